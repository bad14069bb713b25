"""The common part of both versions: requests, which the board answers in order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from dcc import limits
from dcc.board.board import Board, Viewer
from dcc.board.throttle import PaintThrottle
from dcc.core.placements import Painter, Stroke
from dcc.errors import RecordError
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

    :ivar painter: the peer, as recorded with its strokes.
    :ivar shown: the sequence of the peer's board.
    """

    __slots__ = ("_board", "_throttle", "_unanswered", "painter", "shown")

    def __init__(self, board: Board, painter: Painter, throttle: PaintThrottle) -> None:
        self.painter = painter
        self.shown = NOTHING
        self._board = board
        self._throttle = throttle
        self._unanswered = 0  # requests that the board has not answered yet

    @property
    @abstractmethod
    def owed(self) -> int:
        """The number of commands without an answer, plus the number of answers not yet sent."""

    @abstractmethod
    def next_message(self) -> ServerMessage | None:
        """Take the next message to the peer, if any."""

    @abstractmethod
    def lost(self) -> None:
        """Stop all work for this peer alone, since the connection was lost."""

    def _request(self, pixels: bytes, answered: Callable[[int | RecordError], None], sender: Sender) -> None:
        """Have the board paint pixels, if any.

        :param answered: called in the order of the requests, with the sequence from which on the board has the pixels,
            or with the reason for which the pixels were not recorded.
        """

        def answer(outcome: int | RecordError) -> None:
            self._unanswered -= 1
            answered(outcome)
            # Otherwise the announcement wakes the sender, and the answer follows the announced changes.
            if isinstance(outcome, RecordError) or outcome <= self._board.announced:
                sender.wake()

        self._begin(sender)
        self._board.paint(Stroke(self.painter, pixels), answer)

    def _begin(self, sender: Sender) -> None:
        """Count a command that the peer is now owed an answer to."""
        is_first = not self.owed
        self._unanswered += 1
        # On the first, the sender leaves the audience; on too many, the sender stops reading from the peer.
        if is_first or self.owed >= limits.REPLIES_OWED:
            sender.wake()
