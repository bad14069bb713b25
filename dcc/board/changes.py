"""The board's pixels, and the changes that bring an older copy up to date.

1. The latest changes are held as one string. The string ends at the board's sequence and is never longer than a board.
2. A copy that is behind by no more than the held changes gets the end of the string.
3. Any other copy gets the whole board. Newcomers within one moment share one copy of a large board, and get the later
   changes next. So a crowd of newcomers costs one packing.
4. Equal questions get the same object until the board changes: a message is encoded once for all viewers.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.interfaces import IReactorTime

from dcc import limits
from dcc.core.canvas import PIXEL_BYTES, Canvas
from dcc.core.placements import Stroke
from dcc.protocol.messages import Changes, WholeBoard

SERVES_SECONDS_A_CELL = 1e-7
"""How long a whole board serves newcomers: some ten times as long as packing takes, 0.1 s for 1000 x 1000. So packing
takes a tenth of the loop's time at most, however many clients come while painters paint."""

_SHARED_ABOVE_CELLS = 65_536
"""Boards of up to so many cells are packed anew for each question, in half a millisecond."""

FORMS = 16
"""Most answers about the latest changes that are kept, each from another sequence. Viewers in step ask from one or two
sequences; a crowd of clients that come back must not fill the memory with copies."""


class LatestChanges:
    """A canvas, its sequence, and the latest changes of it.

    :ivar canvas: every placement up to ``sequence``, applied.
    """

    def __init__(self, sequence: int, canvas: Canvas, clock: IReactorTime) -> None:
        self.sequence = sequence
        self.canvas = canvas
        self._clock = clock
        worth_holding = min(limits.CHANGES_HELD_BYTES, max(limits.WRITE_PIECE_BYTES, len(canvas.colours)))
        self._held_bytes = worth_holding // PIXEL_BYTES * PIXEL_BYTES
        self._held = bytearray()  # packed; ends at ``sequence``
        self._changes: dict[int, Changes] = {}  # by starting sequence, made since ``sequence`` last grew
        self._whole: WholeBoard | None = None
        self._whole_serves_until = 0.0

    def apply(self, strokes: Sequence[Stroke], sequence: int) -> None:
        """Apply a batch.

        :param sequence: of the batch's last placement.
        """
        pixels = b"".join([stroke.pixels for stroke in strokes])
        self.canvas.apply(pixels)
        self._held += pixels
        if len(self._held) > 2 * self._held_bytes:  # seldom, so that each byte is moved once on average
            del self._held[: -self._held_bytes]
        self.sequence = sequence
        self._changes.clear()

    def whole(self) -> WholeBoard:
        """Return the board as of now; the same object until the board changes."""
        if self._whole is None or self._whole.sequence != self.sequence:
            cells = len(self.canvas.colours)
            self._whole = WholeBoard(self.sequence, bytes(self.canvas.colours))
            serves = cells * SERVES_SECONDS_A_CELL if cells > _SHARED_ABOVE_CELLS else 0
            self._whole_serves_until = self._clock.seconds() + serves
        return self._whole

    def catch_up(self, since: int) -> Changes | WholeBoard:
        """Return the changes since a sequence, or a whole board (rules 2 and 3)."""
        if (changes := self._changes.get(since)) is not None:
            return changes
        length = (self.sequence - since) * PIXEL_BYTES  # negative for a sequence that never was
        if not 0 <= length <= min(len(self._held), self._held_bytes):
            lately = self._whole
            if lately is not None and lately.sequence > since and self._clock.seconds() < self._whole_serves_until:
                return lately
            return self.whole()
        if len(self._changes) == FORMS:
            del self._changes[next(iter(self._changes))]
        changes = Changes(self.sequence, bytes(self._held[len(self._held) - length :]))
        self._changes[since] = changes
        return changes
