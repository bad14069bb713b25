"""Version 2: changes instead of boards, answers to each request, questions about the history.

1. ``nuevo`` is answered with ``bienvenida``, and then with a board or the changes since the peer's board.
2. A paint is acknowledged after the message that shows the paint, or rejected with the true colours of its cells.
3. Questions about the history are answered one at a time, since an answer may be a whole board.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import reasons
from dcc.board.board import Board
from dcc.board.conversation import NOTHING, Conversation, Sender
from dcc.board.rules import admit
from dcc.board.throttle import PaintThrottle
from dcc.core.placements import MILLISECONDS, Painter, Placement
from dcc.errors import DccError, PixelRejected, RecordError, TooFast
from dcc.protocol.messages import (
    Acknowledged,
    AskAuthor,
    AskHistory,
    Author,
    Cooldown,
    Hello,
    History,
    Paint,
    PastBoard,
    Rejected,
    ServerMessage,
    Users,
    Welcome,
)


class Version2(Conversation):
    """See the rules above."""

    __slots__ = ("_asking", "_board_owed", "_looking_up", "_replies", "_users", "_welcome_owed")

    _log = Logger()

    def __init__(self, board: Board, painter: Painter, throttle: PaintThrottle) -> None:
        super().__init__(board, painter, throttle)
        self._welcome_owed = self._board_owed = False
        # A list instead of a deque: an empty deque takes 700 bytes, and moving a few replies is cheap.
        self._replies: list[Acknowledged | Rejected | Cooldown | History | PastBoard | Author] = []
        self._asking = False  # a question is not answered, or the answer not sent
        self._looking_up: Deferred[History | PastBoard | Author] | None = None
        self._users: Users = board.users  # without this peer, hence the next count is news

    # --- messages from the peer ------------------------------------------------------------------

    def greet(self, hello: Hello, sender: Sender) -> None:
        """Owe the peer a welcome, and a board or the changes since the peer's own board."""
        self.painter = replace(self.painter, name=hello.name)
        self.shown = NOTHING
        if hello.since is not None and hello.canvas_id == self._board.record.canvas_id:
            self.shown = hello.since
        self._welcome_owed = self._board_owed = True
        self._tell_cooldown()
        sender.wake()

    def paint(self, paint: Paint, sender: Sender) -> PixelRejected | None:
        """Have the board paint pixels.

        :return: the reason for which the paint changes nothing, if the peer is at fault.
        """
        try:
            admit(self._board.canvas, self._throttle, paint.pixels, may_wait=True)
        except PixelRejected as error:
            self._reject(paint, error)
            sender.wake()
            return error.with_traceback(None)  # see Conversation

        def answered(outcome: int | RecordError) -> None:
            if isinstance(outcome, RecordError):
                self._throttle.cancel_cooldown()
                self._reject(paint, outcome)
            else:
                self._replies.append(Acknowledged(paint.request, outcome))
                self._tell_cooldown()

        self._request(paint.pixels, answered, sender)
        return None

    def _reject(self, paint: Paint, error: DccError) -> None:
        retry_ms = math.ceil(error.wait * MILLISECONDS) if isinstance(error, TooFast) else None
        self._replies.append(_rejected(paint.request, error, paint.pixels, retry_ms))

    def _tell_cooldown(self) -> None:
        if self._throttle.has_cooldown:
            self._replies.append(Cooldown(0))  # the remaining time is filled in on sending

    def ask(self, question: AskHistory | AskAuthor, sender: Sender, source: str) -> None:
        """Look up the answer in the record, as the sources of questions take turns.

        A second question meanwhile is rejected: an answer may be a whole board.
        """
        if self._asking:
            self._replies.append(_rejected(question.request, DccError(reasons.ONE_QUESTION)))
            sender.wake()
            return

        def answer(reply: History | PastBoard | Author) -> None:
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
            self._replies.append(_rejected(question.request, error))
            sender.wake()

        self._asking = True
        self._begin(sender)
        self._looking_up = looked_up = self._board.ask(source, partial(self._look_up, question))
        looked_up.addCallbacks(answer, refuse)
        looked_up.addErrback(lambda failure: self._log.failure("while answering a question", failure))

    def _look_up(self, question: AskHistory | AskAuthor) -> Deferred[History | PastBoard | Author]:
        request, record, canvas = question.request, self._board.record, self._board.canvas
        if isinstance(question, AskAuthor):
            column, row = question.column, question.row
            cell = canvas.cell(column, row)

            def author(placement: Placement | None) -> Author:
                if placement is None:
                    return Author(request, column, row)
                painter = placement.painter
                return Author(
                    request, column, row, painter.name, painter.connection, placement.time_ms, placement.sequence
                )

            return record.last_placement(cell).addCallback(author)
        if question.sequence is None:
            return record.span().addCallback(lambda span: History(request, span.sequence, span.first_ms, span.last_ms))
        return record.board_at(question.sequence).addCallback(
            lambda moment: PastBoard(request, moment.sequence, moment.time_ms, moment.colours, moment.packed)
        )

    def lost(self) -> None:
        """See :class:`Conversation`. A pending lookup is cancelled, since the lookups of other clients wait for it."""
        if self._looking_up is not None:
            self._looking_up.cancel()

    # --- messages to the peer --------------------------------------------------------------------

    def is_up_to_date(self, sequence: int, users: Users) -> bool:
        """Return whether the peer has the board as of a sequence, and these users."""
        return self.shown == sequence and self._users is users

    def mark_sent(self, sequence: int, users: Users) -> None:
        """Note the state that the audience has sent to the peer."""
        if not self._board_owed:  # otherwise a new ``nuevo`` has set the sequence
            self.shown = sequence
        self._users = users

    @property
    def owed(self) -> int:
        """See :class:`Conversation`."""
        return self._unanswered + self._welcome_owed + self._board_owed + len(self._replies)

    def next_message(self) -> ServerMessage | None:
        """See :class:`Conversation`."""
        board = self._board
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
            )
        # Replies come before news if possible, or a peer that is always behind would never get replies.
        if self._replies and not self._board_owed:
            reply = self._replies[0]
            if not isinstance(reply, Acknowledged):
                del self._replies[0]
                return self._as_of_now(reply)
            if reply.sequence <= self.shown:
                return self._replies.pop(0)
        if self._board_owed or self.shown < board.announced:
            self._board_owed = False
            changes = board.catch_up(self.shown)
            self.shown = changes.sequence
            return changes
        if self._users is not board.users and board.users.connected:
            self._users = board.users
            return board.users
        return None

    def _as_of_now(self, reply: Rejected | Cooldown | History | PastBoard | Author) -> ServerMessage:
        match reply:
            case Cooldown():
                return Cooldown(math.ceil(self._throttle.cooldown_left() * MILLISECONDS))
            case Rejected():
                return replace(reply, pixels=self._board.canvas.lookup(reply.pixels))
            case _:
                self._asking = False
                return reply


def _rejected(request: int, error: DccError, pixels: bytes = b"", retry_ms: int | None = None) -> Rejected:
    return Rejected(request, str(error), pixels, retry_ms, error.code, error.values)
