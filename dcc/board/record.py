"""The port between a board and its record: what a board asks of it."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from dcc.core.canvas import Canvas
from dcc.core.placements import Moment, Placement, Span, Stroke


class Record(Protocol):
    """Keeps every placement in one order. The number of the last one is the board's sequence.

    :ivar canvas_id: names the canvas; stays through restarts.
    """

    canvas_id: str

    def load(self) -> tuple[int, Canvas]:
        """The sequence of the last placement, and the canvas with all of them. Called once, first.

        The caller keeps the canvas up to date: they apply a batch to it before they ask for the next one. The
        record may look at it then.
        """

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """Add the pixels of the strokes, in order, one placement each.

        :param strokes: without one, it is only found out whether any would be kept.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        :return: fires with the sequence of the last placement when all of them are durable; fails with
            :class:`~dcc.errors.RecordError` when none of them was kept.
        """

    def span(self) -> Deferred[Span]:
        """How far it goes. This and the next two fail with RecordError where no history is kept."""

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """The board as of a sequence; as of the nearest one that there is."""

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """The latest placement on a cell, if anybody painted it."""

    def close(self) -> Deferred[None]:
        """Give back what is held open; fires when that is done."""
