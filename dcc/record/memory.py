"""A record that lasts as long as the server: ``memory:``."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed

from dcc import reasons
from dcc.board.record import Deliver, Notice
from dcc.core.canvas import PIXEL_BYTES, Canvas
from dcc.core.placements import Moment, Placement, Span, Stroke
from dcc.errors import RecordError


class MemoryRecord:
    """Counts placements and keeps none, since nobody reads placements back.

    Implements :class:`dcc.board.record.Record`.
    """

    _deliver: Deliver

    def __init__(self, canvas_id: str, canvas: Canvas) -> None:
        self.canvas_id = canvas_id
        self._canvas = canvas
        self._sequence = 0

    def load(self) -> tuple[int, Canvas]:
        """See :class:`dcc.board.record.Record`."""
        return self._sequence, self._canvas

    def follow(self, deliver: Deliver, _notice: Notice) -> None:
        """See :class:`dcc.board.record.Record`; memory has no faults."""
        self._deliver = deliver

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """Deliver and answer at once; see :class:`dcc.board.record.Record`."""
        if strokes:
            self._sequence += sum([len(stroke.pixels) for stroke in strokes]) // PIXEL_BYTES
            self._deliver(strokes, self._sequence, time_ms)
        return succeed(self._sequence)

    def span(self) -> Deferred[Span]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def close(self) -> Deferred[None]:
        """Do nothing: there is nothing to give back."""
        return succeed(None)
