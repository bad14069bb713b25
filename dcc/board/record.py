"""The port between a board and its record: what a board asks, and what the record tells.

1. The record tells, the board listens. Each batch that the record commits is delivered once, in the record's order:
   batches that this board asked for, and batches of other servers on the same canvas.
2. A batch is delivered only when it is durable: what a viewer has seen is never lost.
3. A batch that was asked for is delivered before its ``append`` is answered, and never if ``append`` fails.
4. Batches of other servers may be delivered at any time in between, in turns of the reactor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from dcc.core.canvas import Canvas
from dcc.core.placements import Moment, Placement, Span, Stroke

Deliver = Callable[[Sequence[Stroke], int, int], None]
"""Takes a committed batch: its strokes, the sequence of its last placement, and its time in milliseconds since
1970-01-01 UTC. Every pixel is on the canvas. A batch that ``append`` asked for comes as the same list that ``append``
was given, by which the follower knows the batch. The canvas of ``load()`` shows the batch when the call returns."""


class Record(Protocol):
    """Keeps every placement in one order. The number of the last placement is the sequence of the board.

    :ivar canvas_id: names the canvas; stays through restarts.
    """

    canvas_id: str

    def load(self) -> tuple[int, Canvas]:
        """Give the sequence of the last placement, and the canvas with all placements. Called once, first.

        The caller keeps the canvas up to date: applies each batch that is delivered, and nothing else. So the record
        knows of which sequence the canvas is, and may look at the canvas at any time.
        """

    def follow(self, deliver: Deliver) -> None:
        """Deliver every batch after the loaded sequence. Called once, before the first ``append``."""

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """Add the pixels of the strokes, in order, one placement each, with no other placement between them.

        :param strokes: checked against the canvas; none to find out whether the record would take any.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        :return: fires with the sequence of the batch's last placement (for an empty batch: of any) once the batch is
            delivered; fails with :class:`~dcc.errors.RecordError` if no stroke was kept.
        """

    def span(self) -> Deferred[Span]:
        """Tell how far the record goes. This and the next two fail with RecordError if no history is kept."""

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """Give the board as of a sequence, or as of the nearest sequence that exists."""

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """Give the latest placement on a cell; None if nobody painted the cell."""

    def close(self) -> Deferred[None]:
        """Give back what is held open; fires when that is done."""
