"""What the conversations of both versions share: requests that the board answers in their order."""

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
"""The sequence of a peer that holds no board: before the first board, whose sequence is 0."""


class Sender(Viewer, Protocol):
    """Sends a peer what its session has to say, and looks at the board for it."""

    def wake(self) -> None:
        """Ask the session for its next message: there may be one."""


class Conversation(ABC):
    """One peer's conversation, once its first command has chosen the version.

    A conversation refers neither to its session nor to the sender, except in the answer to a request that the board
    still owes: so none of the three is in a reference cycle, and all are freed when the connection is gone.

    :ivar painter: who paints, as the record keeps them.
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
        """How many commands wait for their answer, or their answer for the peer."""

    @abstractmethod
    def next_message(self) -> ServerMessage | None:
        """What the peer is to be told next, if anything."""

    @abstractmethod
    def lost(self) -> None:
        """Stop what is under way for the peer alone: the connection is gone."""

    def _request(self, pixels: bytes, answered: Callable[[int | RecordError], None], sender: Sender) -> None:
        """Have the board paint pixels, if any.

        :param answered: told from which sequence on the board has the pixels, or why they were not recorded, in the
            order of the requests.
        """

        def answer(outcome: int | RecordError) -> None:
            self._unanswered -= 1
            answered(outcome)
            # What is not announced yet is told with the announcement, and the answer after it.
            if isinstance(outcome, RecordError) or outcome <= self._board.announced:
                sender.wake()

        self._begin(sender)
        self._board.paint(Stroke(self.painter, pixels), answer)

    def _begin(self, sender: Sender) -> None:
        """Count a command whose answer is owed from now on."""
        is_first = not self.owed
        self._unanswered += 1
        # The first has the peer told by itself instead of with its audience; one too many stops reading from it.
        if is_first or self.owed >= limits.REPLIES_OWED:
            sender.wake()
