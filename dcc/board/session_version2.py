"""Version 2: changes instead of boards, answers to each request, questions about the history.

1. ``nuevo`` is answered with ``bienvenida``, and then with a board or the changes since the peer's board. A peer that
   comes from another server with more than this board has is answered once the board has as much.
2. A paint is acknowledged after the message that shows the paint, or rejected with the true colours of its cells.
3. Questions about the history are answered one at a time, since an answer may be a whole board.
4. An action is done after the paints before it, and answered after the message that shows it.
5. Moderators alone may ask who is here and what was done; everybody may ask for a shared template. Such an answer is
   made when the peer takes it, so a slow peer holds no lists.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import reasons
from dcc.board.acting import require
from dcc.board.board import Board
from dcc.board.commits import Outcome
from dcc.board.conversation import NOTHING, Conversation, Sender
from dcc.board.cooldowns import NO_COOLDOWN
from dcc.board.throttle import PaintThrottle
from dcc.core.actions import Choice, LogEntry
from dcc.core.addresses import host_of
from dcc.core.people import Role
from dcc.core.placements import MILLISECONDS, NamedMoment, Painter, Placement
from dcc.errors import DccError, PixelRejected, RecordError, Refusal, TooFast
from dcc.protocol.messages import (
    Acknowledged,
    Act,
    ActionLog,
    AskAuthor,
    AskHeat,
    AskHistory,
    AskLog,
    AskPainters,
    AskPeople,
    AskPreview,
    AskTemplate,
    Author,
    Cooldown,
    Done,
    Guest,
    HeatMap,
    Hello,
    History,
    KeyHolder,
    Paint,
    PaintersMap,
    PastBoard,
    People,
    Preview,
    Rejected,
    RulesNews,
    ServerMessage,
    SharedTemplate,
    Users,
    Welcome,
)

_Question = AskHistory | AskAuthor | AskHeat | AskPainters | AskPreview

_Found = History | PastBoard | HeatMap | PaintersMap | Author | Preview

_Reply = Acknowledged | Done | Rejected | Cooldown | _Found | AskPeople | AskLog | AskTemplate
"""What a peer is owed. A question instead of an answer is answered on sending."""


_MOMENTS_TOLD = 200
"""Most named moments in an answer: more would not stand apart on a slider."""

_SHOWN = Acknowledged, Done
"""Replies that follow the change that they tell of."""


class Version2(Conversation):
    """See the rules above."""

    __slots__ = ("_asking", "_board_owed", "_is_ahead", "_looking_up", "_replies", "_rules", "_users", "_welcome_owed")

    _log = Logger()

    def __init__(self, board: Board, painter: Painter, throttle: PaintThrottle) -> None:
        super().__init__(board, painter, throttle)
        self._welcome_owed = self._board_owed = False
        self._is_ahead = False  # of this server: the peer comes from another one
        # A list instead of a deque: an empty deque takes 700 bytes, and moving a few replies is cheap.
        self._replies: list[_Reply] = []
        self._asking = False  # a question is not answered, or the answer not sent
        self._looking_up: Deferred[_Found] | None = None
        self._users: Users = board.users  # without this peer, hence the next count is news
        self._rules: RulesNews = board.no_rules  # the same object as of a board that never had a rule

    # --- messages from the peer ------------------------------------------------------------------

    def greet(self, hello: Hello, sender: Sender) -> None:
        """Owe the peer a welcome, and a board or the changes since the peer's own board."""
        self.shown = NOTHING
        if hello.since is not None and hello.canvas_id == self._board.record.canvas_id:
            self.shown = hello.since
        self._welcome_owed = self._board_owed = True
        self._owe_cooldown()
        if self.shown > self._board.sequence:
            self._is_ahead = True

            def reached() -> None:
                self._is_ahead = False
                sender.wake()

            self._board.await_sequence(self.shown, reached)
        sender.wake()

    def paint(self, paint: Paint, sender: Sender) -> PixelRejected | None:
        """Have the board paint pixels.

        :return: the reason for which the paint changes nothing, if the peer is at fault.
        """
        try:
            rests = self._admit(paint.pixels, may_wait=True)
        except PixelRejected as error:
            self._reject(paint, error)
            sender.wake()
            return error.with_traceback(None)  # see Conversation

        def answered(outcome: Outcome) -> None:
            if isinstance(outcome, DccError):
                self._give_back(rests, paint.pixels)
                self._reject(paint, outcome)
            else:
                self._replies.append(Acknowledged(paint.request, outcome))
                self._owe_cooldown()  # also if the cooldown began after the paint: programs wait for it

        self._request(paint.pixels, answered, sender)
        return None

    def _reject(self, paint: Paint, error: DccError) -> None:
        retry_ms = math.ceil(error.wait * MILLISECONDS) if isinstance(error, TooFast) else None
        self._replies.append(_rejected(paint.request, error, paint.pixels, retry_ms))

    def _owe_cooldown(self) -> None:
        if self._board.cooldowns.seconds:
            self._licence.renew()
            if self._licence.rests:
                self._replies.append(Cooldown(0))  # the charges are filled in on sending

    def tell_cooldown(self) -> bool:
        """See :class:`.Present`. News that waits already will be as of its sending."""
        if any(isinstance(reply, Cooldown) for reply in self._replies):
            return False
        self._replies.append(Cooldown(0))
        return True

    # --- actions, and what moderators ask --------------------------------------------------------

    def act(self, act: Act, sender: Sender, source: str) -> None:
        """Have the board do an action.

        :param source: see :meth:`.Questions.ask`.
        """

        def answered(outcome: LogEntry | DccError) -> None:
            self._unanswered -= 1
            if isinstance(outcome, DccError):
                self._replies.append(_rejected(act.request, outcome))
            else:
                sequence = outcome.sequence + outcome.cells
                self._replies.append(Done(act.request, outcome.number, sequence, outcome.cells))
            sender.wake()

        self._begin(sender)
        if isinstance(act.action, Refusal):
            answered(act.action)
        else:
            self._board.act(self.person, self.painter, act.action, answered, source)

    def ask_list(self, question: AskPeople | AskLog | AskTemplate, sender: Sender) -> None:
        """Owe anybody a template, or a moderator a list, or a refusal. A projector, with a moderator's key that only
        watches, may ask who is here too: it shows the word of the room.
        """
        self._replies.append(question)
        sender.wake()

    def _list(self, question: AskPeople | AskLog) -> People | ActionLog | Rejected:
        """Answer as of now: since the question, the person may have lost the role."""
        board, person = self._board, self.person
        if isinstance(question, AskPeople):
            person = replace(person, only_watches=False)
        try:
            require(board.rules.role(person, board.now_ms()), Role.MODERATE)
        except Refusal as refusal:
            return _rejected(question.request, refusal)
        if isinstance(question, AskPeople):
            return self._people(question.request)
        return ActionLog(question.request, board.log_before(question.before))

    def _template(self, question: AskTemplate) -> SharedTemplate | Rejected:
        try:
            template = self._board.rules.templates.find(question.number)
        except Refusal as refusal:
            return _rejected(question.request, refusal)
        return SharedTemplate(question.request, question.number, template)

    def _people(self, request: int) -> People:
        board = self._board
        rules, now_ms = board.rules, board.now_ms()
        guests = [
            Guest(
                each.painter.connection,
                each.painter.name,
                each.painter.is_proven,
                rules.role(each.person, now_ms),
                each.person.host,
            )
            for each in board.presence
        ]
        keys = rules.keys.values() if rules.role(self.person, now_ms) is Role.OWN else ()
        return People(
            request,
            tuple(sorted(guests, key=lambda guest: guest.client_id)),
            rules.bans(now_ms),
            rules.code,
            board.guesses.counts,
            tuple(KeyHolder(key.name, key.role, key.until_ms) for key in keys),
        )

    # --- the history -----------------------------------------------------------------------------

    def ask(self, question: _Question, sender: Sender, source: str) -> None:
        """Look up the answer in the record, as the sources of questions take turns.

        A second question meanwhile is rejected: an answer may be a whole board.
        """
        if self._asking:
            self._refuse(question, DccError(reasons.ONE_QUESTION), sender)
            return
        if isinstance(question, AskPreview):
            try:
                require(self.role, Role.MODERATE)
                if isinstance(question.choice, Refusal):
                    raise question.choice
            except Refusal as refusal:
                self._refuse(question, refusal.with_traceback(None), sender)
                return

        def answer(reply: _Found) -> None:
            self._looking_up = None
            self._unanswered -= 1
            self._replies.append(reply)
            sender.wake()

        def refuse(failure: Failure) -> None:
            self._looking_up = None
            if failure.check(CancelledError):  # by lost()
                return
            error = failure.value
            if not isinstance(error, DccError):
                self._log.failure("while looking up", failure)  # a bug; the peer needs an answer anyway
                error = RecordError(reasons.NOT_LOOKED_UP)
            self._asking = False
            self._unanswered -= 1
            self._refuse(question, error, sender)

        self._asking = True
        self._begin(sender)
        look_up = partial(self._look_up, question, self.role >= Role.MODERATE)
        self._looking_up = looked_up = self._board.ask(source, look_up)
        looked_up.addCallbacks(answer, refuse)
        looked_up.addErrback(lambda failure: self._log.failure("while answering a question", failure))

    def _refuse(self, question: _Question, error: DccError, sender: Sender) -> None:
        self._replies.append(_rejected(question.request, error))
        sender.wake()

    def _look_up(self, question: _Question, is_moderator: bool) -> Deferred[_Found]:
        request, record = question.request, self._board.record
        match question:
            case AskPreview(choice=Choice() as choice):
                return record.select(choice).addCallback(
                    lambda chosen: Preview(request, chosen.sequence, chosen.placements, chosen.pixels)
                )
            case AskAuthor(column=column, row=row):
                cell = self._board.canvas.cell(column, row)
                return record.last_placement(cell).addCallback(partial(_author, question, is_moderator))
            case AskHeat():
                return record.heat().addCallback(
                    lambda heat: HeatMap(request, heat.sequence, heat.since, heat.times, heat.packed)
                )
            case AskPainters():
                return record.painters().addCallback(
                    lambda found: PaintersMap(
                        request, found.sequence, found.since, found.painters, found.numbers, found.packed
                    )
                )
            case AskHistory(sequence=int() as sequence):
                return record.board_at(sequence).addCallback(
                    lambda moment: PastBoard(request, moment.sequence, moment.time_ms, moment.colours, moment.packed)
                )
            case _:
                return record.span().addCallback(
                    lambda span: History(request, span.sequence, span.first_ms, span.last_ms, self._moments())
                )

    def _moments(self) -> tuple[NamedMoment, ...]:
        latest = list(self._board.rules.moments.items())[-_MOMENTS_TOLD:]
        return tuple(NamedMoment(name, sequence) for name, sequence in latest)

    def lost(self) -> None:
        """See :class:`Conversation`. A pending lookup is cancelled, since the lookups of other clients wait for it."""
        super().lost()
        if self._looking_up is not None:
            self._looking_up.cancel()

    # --- messages to the peer --------------------------------------------------------------------

    def is_up_to_date(self, sequence: int, rules: RulesNews, users: Users) -> bool:
        """Return whether the peer has the board as of a sequence, these rules, and these users."""
        return self.shown == sequence and self._rules is rules and self._users is users

    def mark_sent(self, sequence: int, rules: RulesNews, users: Users) -> None:
        """Note the state that the audience has sent to the peer."""
        if not self._board_owed:  # otherwise a new ``nuevo`` has set the sequence
            self.shown = sequence
        self._rules, self._users = rules, users

    @property
    def owed(self) -> int:
        """See :class:`Conversation`."""
        return self._unanswered + self._welcome_owed + self._board_owed + len(self._replies)

    def next_message(self) -> ServerMessage | None:
        """See :class:`Conversation`."""
        board = self._board
        if self._is_ahead:
            return None
        if self._welcome_owed:
            self._welcome_owed = False
            canvas = board.canvas
            return Welcome(
                self.painter.connection,
                board.record.canvas_id,
                canvas.width,
                canvas.height,
                canvas.palette,
                board.sequence,
                self.role,
                self.person.name,
            )
        # Replies come before news if possible, or a peer that is always behind would never get replies.
        if self._replies and not self._board_owed:
            reply = self._replies[0]
            if not isinstance(reply, _SHOWN):
                del self._replies[0]
                return self._as_of_now(reply)
            if reply.sequence <= self.shown:
                del self._replies[0]
                return reply
        if self._board_owed or self.shown < board.announced:
            self._board_owed = False
            changes = board.catch_up(self.shown)
            self.shown = changes.sequence
            return changes
        if self._rules is not board.rules_news:
            self._rules = board.rules_news
            return board.rules_news
        if self._users is not board.users and board.users.connected:
            self._users = board.users
            return board.users
        return None

    def _as_of_now(self, reply: _Reply) -> ServerMessage:
        match reply:
            case Cooldown():
                self._licence.renew()
                return self._board.cooldowns.news(self._who) if self._licence.rests else NO_COOLDOWN
            case Rejected():
                return replace(reply, pixels=self._board.canvas.lookup(reply.pixels))
            case AskPeople() | AskLog():
                return self._list(reply)
            case AskTemplate():
                return self._template(reply)
            case _:
                self._asking = False
                return reply


def _author(question: AskAuthor, is_moderator: bool, placement: Placement | None) -> Author:
    request, column, row = question.request, question.column, question.row
    if placement is None:
        return Author(request, column, row)
    painter = placement.painter
    address = host_of(painter.address) if is_moderator else None
    return Author(
        request,
        column,
        row,
        painter.name,
        painter.connection,
        placement.time_ms,
        placement.sequence,
        painter.is_proven,
        address,
    )


def _rejected(request: int, error: DccError, pixels: bytes = b"", retry_ms: int | None = None) -> Rejected:
    return Rejected(request, str(error), pixels, retry_ms, error.code, error.values)
