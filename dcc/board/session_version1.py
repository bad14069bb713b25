"""Version 1, the published activity: every command is answered with one whole board.

1. The answer to a command shows the effect of the command, and answers come in the order of the commands.
2. A refused paint is answered too, which corrects the sender's screen.
3. The rules hold as for everybody. The answer to a refused paint is the unchanged board. A client is known by its
   address, or by the name that a proxy has told.
4. Boards for the paints of other peers are merged: a peer is owed the latest board, up to twenty times a second.
"""

from __future__ import annotations

from dcc.board.board import Board
from dcc.board.commits import Outcome
from dcc.board.conversation import Conversation, Sender
from dcc.board.throttle import PaintThrottle
from dcc.core.placements import Painter
from dcc.errors import DccError, PixelRejected
from dcc.protocol.messages import Hello, PaintOne, WholeBoard


class Version1(Conversation):
    """See the rules above."""

    __slots__ = ("_boards_owed", "_boards_owed_from")

    def __init__(self, board: Board, painter: Painter, throttle: PaintThrottle) -> None:
        super().__init__(board, painter, throttle)
        self.shown = board.announced
        self._boards_owed = 0
        self._boards_owed_from = 0  # the sequence that the next answer must show

    def answer(self, message: Hello | PaintOne, sender: Sender) -> PixelRejected | None:
        """Answer a command with a board.

        :return: the reason for which a paint changes nothing, if the peer is at fault.
        """
        pixels, rests, refusal = b"", None, None
        if isinstance(message, PaintOne):
            try:
                pixels, rests = self._admitted(message)
            except PixelRejected as error:
                refusal = error.with_traceback(None)  # see Conversation

        def answered(outcome: Outcome) -> None:
            self._boards_owed += 1
            if isinstance(outcome, DccError):  # only a request with pixels can fail
                self._give_back(rests, pixels)
            else:
                self._boards_owed_from = outcome

        self._request(pixels, answered, sender)
        return refusal

    def _admitted(self, paint: PaintOne) -> tuple[bytes, str | None]:
        pixel = self._board.canvas.pixel(paint.column, paint.row, paint.colour)
        return pixel, self._admit(pixel, may_wait=False)

    @property
    def owed(self) -> int:
        """See :class:`Conversation`."""
        return self._unanswered + self._boards_owed

    def next_message(self) -> WholeBoard | None:
        """See :class:`Conversation`."""
        if self._boards_owed:
            if self._boards_owed_from > self._board.announced:
                return None
            self._boards_owed -= 1
        elif self.shown >= self._board.announced_whole:
            return None
        whole = self._board.whole()
        self.shown = whole.sequence
        return whole
