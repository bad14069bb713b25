"""A record that lasts as long as the server: ``memory:``."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from dcc.board import Stroke
from dcc.canvas import PIXEL_BYTES, Canvas


class MemoryRecord:
    """Counts placements, and keeps none: nothing reads them back before the server ends."""

    def __init__(self, canvas_id: str, canvas: Canvas) -> None:
        self.canvas_id = canvas_id
        self._canvas = canvas
        self._sequence = 0

    def load(self) -> tuple[int, Canvas]:
        """See :class:`dcc.board.Record`."""
        return self._sequence, self._canvas

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """See :class:`dcc.board.Record`; fires at once."""
        self._sequence += sum(len(stroke.pixels) for stroke in strokes) // PIXEL_BYTES
        return succeed(self._sequence)

    def close(self) -> Deferred[None]:
        """See :class:`dcc.board.Record`; there is nothing to give back."""
        return succeed(None)
