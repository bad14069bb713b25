"""The common part of both versions: requests, which the board answers in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from dcc import limits
from dcc.board.board import Board, Viewer
from dcc.board.commits import Outcome
from dcc.board.cooldowns import name_for_charges
from dcc.board.licence import Licence
from dcc.board.throttle import PaintThrottle
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.people import Person, Role
from dcc.core.placements import Painter, Stroke
from dcc.errors import DccError
from dcc.protocol.messages import ServerMessage

NOTHING = -1
"""The sequence of a peer without a board: one below 0, the sequence of an empty board."""


class Sender(Viewer, Protocol):
    """Sends the messages of a session to its peer, and watches the board for the session."""

    def wake(self) -> None:
        """Ask the session for its next message, if any."""


class Conversation(ABC):
    """One peer's conversation, after the first command has chosen the version.

    Only the callbacks of pending requests refer to the sender, and nothing refers to the session. Therefore no lasting
    reference cycle forms, and all three are freed as soon as the connection is lost and the requests are answered.
    For the same reason a refusal is returned without traceback: the frames in a traceback refer to the session, and the
    caller's frame refers to the refusal.

    :ivar person: the peer, as the rules see a person.
    :ivar painter: the peer, as recorded with its strokes.
    :ivar shown: the sequence of the peer's board.
    """

    __slots__ = (
        "_board",
        "_licence",
        "_throttle",
        "_unanswered",
        "_who",
        "painter",
        "person",
        "shown",
    )

    def __init__(self, board: Board, painter: Painter, throttle: PaintThrottle) -> None:
        self.person = Person()
        self.painter = painter
        self.shown = NOTHING
        self._board = board
        self._throttle = throttle
        self._unanswered = 0  # requests that the board has not answered yet
        self._who = ""  # see name_for_charges()
        self._licence = Licence(board.rules, self.person, board.now_ms)

    def be(self, person: Person, claimed_name: str, sender: Sender) -> None:
        """Take who the peer is.

        :param claimed_name: to be shown if no name is proven.
        """
        board = self._board
        board.presence.leave(self._who, self)
        self.person, self._who = person, name_for_charges(person)
        is_proven = bool(person.name)
        self.painter = Painter(self.painter.connection, person.name or claimed_name, self.painter.address, is_proven)
        self._licence = Licence(board.rules, person, board.now_ms)
        board.cooldowns.meet(person)
        board.presence.enter(self._who, self, sender)

    @property
    def role(self) -> Role:
        """What the peer may do as things are."""
        return self._board.rules.role(self.person, self._board.now_ms())

    @property
    @abstractmethod
    def owed(self) -> int:
        """The number of commands without an answer, plus the number of answers not yet sent."""

    @abstractmethod
    def next_message(self) -> ServerMessage | None:
        """Take the next message to the peer, if any."""

    def lost(self) -> None:
        """Stop all work for this peer alone, since the connection was lost."""
        self._board.presence.leave(self._who, self)

    # --- painting --------------------------------------------------------------------------------

    def _admit(self, pixels: bytes, *, may_wait: bool) -> str | None:
        """Admit a paint: check the rules in their order, take charges, count the pixels. A refused paint does neither.

        :param pixels: packed, at least one.
        :param may_wait: whether the peer can be told to wait. A client of version 1 cannot: a paint above the rate is
            admitted and counted, and reading from the client pauses until the rate allows the next paint.
        :return: whose charges were taken; None if nobody's.
        :raises PixelRejected: a rule refuses the paint; :data:`dcc.reasons.OF_PAINTS` lists the reasons.
        :raises TooFast: a rule refuses the paint for now.
        """
        board, throttle = self._board, self._throttle
        board.canvas.check(pixels)
        self._licence.permit(pixels)
        if may_wait:
            throttle.check_rate()
        count = len(pixels) // PIXEL_BYTES
        rests = None
        if board.cooldowns.seconds and self._licence.rests:
            rests = self._who
            board.cooldowns.take(rests, count)
            board.presence.tell_cooldown(rests, self)
        throttle.take(count)
        return rests

    def _give_back(self, rests: str | None, pixels: bytes) -> None:
        """Give back the charges of a paint that was not recorded.

        :param rests: whose charges were taken; None if nobody's.
        """
        if rests is not None:
            self._board.cooldowns.give_back(rests, len(pixels) // PIXEL_BYTES)
            self._board.presence.tell_cooldown(rests)

    def tell_cooldown(self) -> bool:
        """See :class:`.Present`. Version 1 has no words for a cooldown."""
        return False

    def _request(self, pixels: bytes, answered: Callable[[Outcome], None], sender: Sender) -> None:
        """Have the board paint pixels, if any.

        :param answered: called in the order of the requests, with the sequence from which on the board has the pixels,
            or with the reason for which the pixels were not recorded.
        """

        def answer(outcome: Outcome) -> None:
            self._unanswered -= 1
            answered(outcome)
            # Otherwise the announcement wakes the sender, and the answer follows the announced changes.
            if isinstance(outcome, DccError) or outcome <= self._board.announced:
                sender.wake()

        self._begin(sender)
        self._board.paint(Stroke(self.painter, pixels), answer, self._licence.permit)

    def _begin(self, sender: Sender) -> None:
        """Count a command that the peer is now owed an answer to."""
        is_first = not self.owed
        self._unanswered += 1
        # On the first, the sender leaves the audience; on too many, the sender stops reading from the peer.
        if is_first or self.owed >= limits.REPLIES_OWED:
            sender.wake()
