"""One peer's conversation with the server, as a state machine: messages in, messages out.

The rules:

1. The first command chooses the version: ``nuevo`` with a version of 2 or more speaks version 2, every
   other command speaks version 1. It cannot be changed afterwards.
2. Version 1: every command is answered with one board, in order, that shows it already. A refused paint
   is answered too, so that its sender's screen is put right. Boards that follow from other peers' paints
   are merged: a peer is owed the latest, some twenty times a second.
3. Version 2: ``nuevo`` is answered with ``bienvenida`` and then what brings the peer's board up to date.
   A paint is acknowledged after the message that shows it, or rejected; a rejection carries the true
   colours. Questions about the history are answered one at a time.
4. What is not a command, and ``cerrar``, end the conversation: what was asked before is answered first,
   then comes the goodbye, and whatever the peer sends after that is not read.

What is to be said is not queued but asked for (:meth:`Session.next_message`), when the peer can take it:
so a slow peer gets one message about everything that it missed, and costs no memory meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import limits
from dcc.board.board import Board, Viewer
from dcc.board.throttle import PaintThrottle
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.placements import MILLISECONDS, Painter, Placement, Stroke
from dcc.errors import DccError, PixelRejected, ProtocolError, RecordError, TooFast
from dcc.language import _
from dcc.protocol.messages import (
    Acknowledged,
    AskAuthor,
    AskHistory,
    Author,
    ClientMessage,
    Closing,
    Cooldown,
    Failed,
    Goodbye,
    Hello,
    History,
    Paint,
    PaintOne,
    PastBoard,
    Rejected,
    ServerMessage,
    Users,
    Welcome,
    WholeBoard,
)

NOTHING = -1
"""The sequence of a peer that holds no board: before the first one, which is 0."""


class Sender(Viewer, Protocol):
    """Sends the peer what the session says, and looks at the board for it."""

    def wake(self) -> None:
        """Ask the session for its next message: there may be one."""


class State(Enum):
    """Where a conversation is."""

    NEW = auto()
    """Nothing was said yet."""
    VERSION_1 = auto()
    VERSION_2 = auto()
    CLOSING = auto()
    """Nothing more is read; answers and the goodbye are still to come."""
    CLOSED = auto()
    """The goodbye was said."""


class Session:
    """See the rules above.

    :ivar client_id: counts 1, 2, 3, … while the server runs.
    :ivar version: 1 or 2; 1 until the peer has chosen.
    """

    _log = Logger()

    def __init__(
        self,
        board: Board,
        client_id: int,
        address: str,
        throttle: PaintThrottle,
        *,
        takes_version_1: bool,
    ) -> None:
        """
        :param throttle: how fast it may paint.
        :param takes_version_1: whether the board is small enough for it.
        """
        self.client_id = client_id
        self.version = 1
        self._board = board
        self._painter = Painter(client_id, "", address)
        self._throttle = throttle
        self._takes_version_1 = takes_version_1
        self._state = State.NEW

        self._unanswered = 0  # requests that the board has not answered yet
        self._shown = NOTHING  # the sequence of the peer's board
        self._boards_owed = 0  # version 1
        self._boards_owed_from = 0  # the sequence that such a board must have reached
        self._welcome_owed = self._board_owed = False  # version 2
        # No deque, which takes 700 bytes when it is empty: the few that wait are soon moved.
        self._replies: list[Acknowledged | Rejected | Cooldown | History | PastBoard | Author] = []
        self._asking = False  # a question is not answered yet, or its answer not taken
        self._looking_up: Deferred[History | PastBoard | Author] | None = None
        self._users: Users | None = None
        self._error = ""

    # --- what the peer says ----------------------------------------------------------------------

    def handle(self, message: ClientMessage, sender: Sender) -> PixelRejected | None:
        """Take one message.

        :param sender: joins the board with the peer's first command. The session keeps no reference to the sender,
            except until a request is answered: so the two are in no reference cycle.
        :return: why a paint changes nothing through its sender's fault.
        :raises ProtocolError: it is not legal here. Pass it to :meth:`end`.
        """
        if not self.is_open:
            return None
        match message:
            case Goodbye():
                self.end()
                sender.wake()
            case Hello() if message.version >= 2 and self._state in (State.NEW, State.VERSION_2):
                self._greet(message, sender)
            case Hello() if message.version >= 2:
                raise ProtocolError(_("version 2 is asked for in the first command of a connection"))
            case Paint() if self._state is State.VERSION_2:
                return self._paint(message, sender)
            case AskHistory() | AskAuthor() if self._state is State.VERSION_2:
                self._ask(message, sender)
            case Paint() | AskHistory() | AskAuthor():
                raise ProtocolError(_("a message of version 2 on a connection that did not ask for it"))
            case Hello() | PaintOne() if self._state is State.VERSION_2:
                raise ProtocolError(_("a command of version 1 on a connection of version 2"))
            case _:
                return self._answer_with_board(message, sender)
        return None

    def end(self, error: DccError | None = None) -> None:
        """End the conversation, after the answers to what was asked; ``error`` says why. Wake the sender next."""
        if not self.is_open:
            return
        self._state = State.CLOSING
        self._error = str(error) if error else ""

    def set_address(self, address: str) -> None:
        """The peer connects from there, it turns out."""
        self._painter = replace(self._painter, address=address)

    def lost(self) -> None:
        """The peer is gone."""
        self._state = State.CLOSED
        if self._looking_up is not None:
            self._looking_up.cancel()  # those who stay must not wait for those who ask and leave

    def _greet(self, hello: Hello, sender: Sender) -> None:
        if self._state is State.NEW:
            self._state = State.VERSION_2
            self.version = 2
            self._board.join(sender)
            self._users = self._board.users  # which does not count this peer yet; the next one does
        self._painter = Painter(self.client_id, hello.name, self._painter.address)
        self._shown = NOTHING
        if hello.since is not None and hello.canvas_id == self._board.record.canvas_id:
            self._shown = hello.since
        self._welcome_owed = self._board_owed = True
        self._tell_cooldown()
        sender.wake()

    def _paint(self, paint: Paint, sender: Sender) -> PixelRejected | None:
        try:
            self._board.canvas.check(paint.pixels)
            self._throttle.check_rate()
            self._throttle.start_cooldown(len(paint.pixels) // PIXEL_BYTES)
        except PixelRejected as error:
            self._reject(paint, error)
            sender.wake()
            return error

        def answered(outcome: int | RecordError) -> None:
            if isinstance(outcome, RecordError):
                self._throttle.cancel_cooldown()
                self._reject(paint, outcome)
            else:
                self._replies.append(Acknowledged(paint.request, outcome))
                self._tell_cooldown()

        self._throttle.take(len(paint.pixels) // PIXEL_BYTES)
        self._request(paint.pixels, answered, sender)
        return None

    def _reject(self, paint: Paint, error: DccError) -> None:
        retry_ms = math.ceil(error.wait * MILLISECONDS) if isinstance(error, TooFast) else None
        self._replies.append(Rejected(paint.request, str(error), paint.pixels, retry_ms))

    def _tell_cooldown(self) -> None:
        if self._throttle.has_cooldown:
            self._replies.append(Cooldown(0))  # how long it is shows when the peer is told

    def _ask(self, question: AskHistory | AskAuthor, sender: Sender) -> None:
        """Look something up in the record. An answer may be a whole board: only one at a time is kept."""
        if self._asking:
            reason = _("one question at a time: the one before is not answered yet")
            self._replies.append(Rejected(question.request, reason, b""))
            sender.wake()
            return

        def answer(reply: History | PastBoard | Author) -> None:
            self._looking_up = None
            self._unanswered -= 1
            self._replies.append(reply)
            sender.wake()

        def refuse(failure: Failure) -> None:
            self._looking_up = None
            if failure.check(CancelledError):  # the peer is gone
                return
            error = failure.value
            if not isinstance(error, DccError):
                self._log.failure("while looking up", failure)  # our own fault; the peer is answered all the same
                error = RecordError(_("the server could not look it up"))
            self._asking = False
            self._unanswered -= 1
            self._replies.append(Rejected(question.request, str(error), b""))
            sender.wake()

        self._asking = True
        self._begin(sender)
        self._looking_up = looked_up = maybeDeferred(self._look_up, question)
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

    def _answer_with_board(self, message: Hello | PaintOne, sender: Sender) -> PixelRejected | None:
        if not self._takes_version_1:
            raise ProtocolError(
                _("this board of {width} x {height} is too large for version 1; use a client of version 2").format(
                    width=self._board.canvas.width, height=self._board.canvas.height
                )
            )
        if self._state is State.NEW:
            self._state = State.VERSION_1
            self._shown = self._board.announced
            self._board.join(sender)
        pixels = b""
        refusal: PixelRejected | None = None
        if isinstance(message, PaintOne):
            try:
                pixel = self._board.canvas.pixel(message.column, message.row, message.colour)
                self._throttle.start_cooldown(1)
                self._throttle.take(1)  # it cannot be told to wait; who is too fast is not read from
                pixels = pixel
            except PixelRejected as error:
                refusal = error

        def answered(outcome: int | RecordError) -> None:
            self._boards_owed += 1
            if not isinstance(outcome, RecordError):
                self._boards_owed_from = outcome
            elif pixels:
                self._throttle.cancel_cooldown()

        self._request(pixels, answered, sender)
        return refusal

    def _request(self, pixels: bytes, answered: Callable[[int | RecordError], None], sender: Sender) -> None:
        """Have the board paint pixels, if any; it answers in the order in which it was asked."""

        def answer(outcome: int | RecordError) -> None:
            self._unanswered -= 1
            answered(outcome)
            # What is not announced yet comes with the announcement. And the peer may be gone by now.
            if not self.is_over and (isinstance(outcome, RecordError) or outcome <= self._board.announced):
                sender.wake()

        self._begin(sender)
        self._board.paint(Stroke(self._painter, pixels), answer)

    def _begin(self, sender: Sender) -> None:
        """An answer will be owed from now on."""
        is_first = not self.owed
        self._unanswered += 1
        if is_first or self.has_backlog:  # the peer is told by itself from now on, or not read from
            sender.wake()

    # --- what the peer is told -------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the peer is still listened to."""
        return self._state not in (State.CLOSING, State.CLOSED)

    @property
    def is_over(self) -> bool:
        """Whether the goodbye was said."""
        return self._state is State.CLOSED

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to say but what everybody of version 2 is told."""
        return self._state is State.VERSION_2 and not self.owed

    def is_up_to_date(self, sequence: int, users: Users) -> bool:
        """Whether the peer has the board as of that sequence, and was told of those users."""
        return self._shown == sequence and self._users is users

    def mark_sent(self, sequence: int, users: Users) -> None:
        """The peer has that: it came by the audience."""
        if not self._board_owed:  # else the peer has just said anew what it has
            self._shown = sequence
        self._users = users

    @property
    def owed(self) -> int:
        """How many commands wait for their answer, or their answer for the peer."""
        return self._unanswered + self._boards_owed + self._welcome_owed + self._board_owed + len(self._replies)

    @property
    def has_backlog(self) -> bool:
        """Whether it is better not to hear more of the peer for a while."""
        return self.owed >= limits.REPLIES_OWED and self.is_open

    def next_message(self) -> ServerMessage | None:
        """What the peer is to be told next, if anything."""
        if self._state is State.CLOSING and not self.owed:
            return self._next_goodbye()
        if self._state is State.VERSION_1 or (self.version == 1 and self.owed):
            return self._next_board()
        return self._next_of_version_2() if self.version == 2 and not self.is_over else None

    def _next_board(self) -> WholeBoard | None:
        if self._boards_owed:
            if self._boards_owed_from > self._board.announced:
                return None
            self._boards_owed -= 1
        elif self._shown >= self._board.announced_whole:
            return None
        whole = self._board.whole()
        self._shown = whole.sequence
        return whole

    def _next_of_version_2(self) -> ServerMessage | None:
        board = self._board
        if self._welcome_owed:
            self._welcome_owed = False
            return Welcome(
                self.client_id,
                board.record.canvas_id,
                board.canvas.width,
                board.canvas.height,
                board.canvas.palette,
                board.sequence,
            )
        # Replies that can be given come before what is new, or a peer that is always behind would never get them.
        if self._replies and not self._board_owed:
            reply = self._replies[0]
            if not isinstance(reply, Acknowledged):
                del self._replies[0]
                if isinstance(reply, Cooldown):
                    return Cooldown(math.ceil(self._throttle.cooldown_left() * MILLISECONDS))
                if not isinstance(reply, Rejected):
                    self._asking = False
                    return reply
                return replace(reply, pixels=board.canvas.lookup(reply.pixels))
            if reply.sequence <= self._shown:
                return self._replies.pop(0)
        if self._board_owed or self._shown < board.announced:
            self._board_owed = False
            changes = board.catch_up(self._shown)
            self._shown = changes.sequence
            return changes
        if self._users is not board.users and board.users.connected:
            self._users = board.users
            return board.users
        return None

    def _next_goodbye(self) -> Failed | Closing:
        if self.version == 2 and self._error:
            failed, self._error = Failed(self._error), ""
            return failed
        self._state = State.CLOSED
        return Closing(self._error)
