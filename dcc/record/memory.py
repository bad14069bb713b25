"""A record that lasts as long as the server: ``memory:``."""

from __future__ import annotations

import os

from twisted.internet.defer import Deferred, fail, succeed

from dcc import reasons
from dcc.board.record import Deliver, DeliverAction, Notice, Selection
from dcc.core.actions import Action, Choice, LogEntry
from dcc.core.addresses import SECRET_BYTES
from dcc.core.canvas import PIXEL_BYTES, Canvas
from dcc.core.heat import Heat
from dcc.core.painted_by import PainterMap
from dcc.core.placements import Moment, Painter, Placement, Span, Stroke
from dcc.errors import RecordError
from dcc.record.actions import strokes_of


class MemoryRecord:
    """Counts placements and keeps none, since nobody reads placements back.

    Implements :class:`dcc.board.record.Record`.
    """

    client_ids = 0
    _deliver: Deliver
    _deliver_action: DeliverAction

    def __init__(self, canvas_id: str, canvas: Canvas) -> None:
        """:param canvas: blank."""
        self.canvas_id = canvas_id
        self.ground = canvas.colours[0]
        self.secret = os.urandom(SECRET_BYTES)
        self._canvas = canvas
        self._sequence = self._actions = 0

    def load(self) -> tuple[int, Canvas]:
        """See :class:`dcc.board.record.Record`."""
        return self._sequence, self._canvas

    def log(self) -> list[LogEntry]:
        """See :class:`dcc.board.record.Record`: nothing is kept from one start to the next."""
        return []

    def painted_since(self, _time_ms: int) -> list[tuple[Painter, int, int]]:
        """See :class:`dcc.board.record.Record`: nothing is kept from one start to the next."""
        return []

    def follow(self, deliver: Deliver, deliver_action: DeliverAction, _notice: Notice) -> None:
        """See :class:`dcc.board.record.Record`; memory has no faults."""
        self._deliver, self._deliver_action = deliver, deliver_action

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """Deliver and answer at once; see :class:`dcc.board.record.Record`."""
        if strokes:
            self._sequence += sum([len(stroke.pixels) for stroke in strokes]) // PIXEL_BYTES
            self._deliver(strokes, self._sequence, time_ms)
        return succeed(self._sequence)

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> Deferred[LogEntry]:
        """Deliver and answer at once; see :class:`dcc.board.record.Record`."""
        self._actions += 1
        cells = len(pixels) // PIXEL_BYTES
        entry = LogEntry(self._actions, self._sequence, time_ms, painter, action, cells)
        self._sequence += cells
        self._deliver_action(entry, strokes_of(painter, pixels))
        return succeed(entry)

    def select(self, _choice: Choice) -> Deferred[Selection]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def complete(self, _selection: Selection) -> Deferred[Selection]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def span(self) -> Deferred[Span]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def answer_soon(self) -> None:
        """Do nothing: everything is answered at once."""

    def heat(self) -> Deferred[Heat]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def painters(self) -> Deferred[PainterMap]:
        """Fail: there is no history."""
        return fail(RecordError(reasons.NO_HISTORY))

    def close(self) -> Deferred[None]:
        """Do nothing: there is nothing to give back."""
        return succeed(None)
