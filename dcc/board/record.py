"""The port between a board and its record: the questions of a board, and the news of a record.

1. The record tells, the board listens. Each committed batch is delivered once, in the record's order: the board's own
   batches, and batches of other servers on the same canvas.
2. A batch is delivered only when the batch is durable. So nothing that a viewer has seen is ever lost.
3. An own batch is delivered before ``append`` is answered, and never if ``append`` fails.
4. Batches of other servers are delivered at any time, also between an own batch and the answer.
5. All deliveries are made in the reactor's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from dcc.core.canvas import Canvas
from dcc.core.placements import Moment, Placement, Span, Stroke
from dcc.errors import RecordError

Deliver = Callable[[Sequence[Stroke], int, int], None]
"""Takes a committed batch: the strokes, the sequence of the last placement, and the time in milliseconds since
1970-01-01 UTC. Every pixel is on the canvas: the record checks the batches of other servers. An own batch comes as the
very list that ``append`` was given, so that the follower can tell own batches. When the call returns, the canvas of
``load()`` shows the batch."""


Notice = Callable[[RecordError], None]
"""Takes the news that the record takes no paints, found out while nobody paints. It may come again and again. The
record takes paints again when a batch is answered."""


class Record(Protocol):
    """Keeps every placement in one order. The number of the last placement is the sequence of the board.

    :ivar canvas_id: names the canvas; stays through restarts.
    """

    canvas_id: str

    def load(self) -> tuple[int, Canvas]:
        """Return the sequence of the last placement, and the canvas with all placements. Called once, first.

        The caller applies each delivered batch to the canvas, and nothing else. So the record knows the sequence of the
        canvas at any time, and may copy the canvas.
        """

    def follow(self, deliver: Deliver, notice: Notice) -> None:
        """Deliver every batch after the loaded sequence, and give notice of faults. Called once, before the first
        ``append``.
        """

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
        """Return the board as of a sequence, or as of the nearest sequence that exists."""

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """Return the latest placement on a cell; None if the cell was never painted."""

    def close(self) -> Deferred[None]:
        """Close what is held open; fires when that is done.

        Fails with :class:`~dcc.errors.RecordError` if what was recorded is not where it was kept, or not to be had; the
        line is for the operator, and says where it is.
        """
