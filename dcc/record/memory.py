"""A record that lasts as long as the server: ``memory:``."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed

from dcc import reasons
from dcc.core.canvas import PIXEL_BYTES, Canvas
from dcc.core.placements import Moment, Placement, Span, Stroke
from dcc.errors import RecordError


class MemoryRecord:
    """Counts placements, and keeps none: nothing reads them back before the server ends."""

    def __init__(self, canvas_id: str, canvas: Canvas) -> None:
        self.canvas_id = canvas_id
        self._canvas = canvas
        self._sequence = 0

    def load(self) -> tuple[int, Canvas]:
        """See :class:`dcc.board.record.Record`."""
        return self._sequence, self._canvas

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """See :class:`dcc.board.record.Record`; fires at once."""
        self._sequence += sum(len(stroke.pixels) for stroke in strokes) // PIXEL_BYTES
        return succeed(self._sequence)

    def span(self) -> Deferred[Span]:
        """See :class:`dcc.board.record.Record`; there is no history."""
        return fail(_no_history())

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """See :class:`dcc.board.record.Record`; there is no history."""
        return fail(_no_history())

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """See :class:`dcc.board.record.Record`; there is no history."""
        return fail(_no_history())

    def close(self) -> Deferred[None]:
        """See :class:`dcc.board.record.Record`; there is nothing to give back."""
        return succeed(None)


def _no_history() -> RecordError:
    return RecordError(reasons.NO_HISTORY)
