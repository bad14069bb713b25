"""The port between a board and its record: the questions of a board, and the news of a record.

1. The record tells, the board listens. Each committed batch is delivered once, in the record's order: the board's own
   batches, and batches of other servers on the same canvas.
2. A batch is delivered only when the batch is durable. So nothing that a viewer has seen is ever lost.
3. An own batch is delivered before ``append`` is answered, and never if ``append`` fails.
4. Batches of other servers are delivered at any time, also between an own batch and the answer.
5. Actions are delivered in the same order, between the batches.
6. All deliveries are made in the reactor's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred

from dcc.core.actions import Action, Choice, LogEntry
from dcc.core.canvas import Canvas
from dcc.core.heat import Heat
from dcc.core.painted_by import PainterMap
from dcc.core.placements import Moment, Painter, Placement, Span, Stroke
from dcc.errors import RecordError

BATCH_BYTES = 900 * 1024
"""Most bytes of a batch: a log that servers share takes entries of up to a MiB."""

STROKE_BYTES = 300
"""Bytes to count for a stroke beside its pixels: the longest painter, and two numbers."""

Deliver = Callable[[Sequence[Stroke], int, int], None]
"""Takes a committed batch: the strokes, the sequence of the last placement, and the time in milliseconds since
1970-01-01 UTC. Every pixel is on the canvas: the record checks the batches of other servers. An own batch comes as the
very list that ``append`` was given, so that the follower can tell own batches. When the call returns, the canvas of
``load()`` shows the batch."""


DeliverAction = Callable[[LogEntry, Sequence[Stroke]], None]
"""Takes a recorded action, and the strokes that it painted, as durable as a batch and in the same order. Until the call
returns, nothing else is delivered; then the canvas of ``load()`` shows the strokes."""

Notice = Callable[[RecordError], None]
"""Takes the news that the record takes no paints, found out while nobody paints. It may come again and again. The
record takes paints again when a batch is answered."""


@dataclass(frozen=True)
class Selection:
    """Chosen placements, as of a sequence.

    :ivar choice: what was chosen.
    :ivar sequence: of the last placement that was looked at.
    :ivar placements: how many placements are chosen.
    :ivar pixels: what a roll back would paint, packed and in the order of the cells: for each cell whose last placement
        is chosen, the colour of the last placement that is not, otherwise the colour of the blank board.
    """

    choice: Choice
    sequence: int
    placements: int
    pixels: bytes


class Record(Protocol):
    """Keeps every placement in one order. The number of the last placement is the sequence of the board.

    :ivar canvas_id: names the canvas; stays through restarts.
    :ivar ground: the index of the colour of the blank board.
    :ivar secret: of the canvas, to hash addresses with, see :func:`dcc.core.addresses.hash_address`.
    :ivar client_ids: the ids of clients are above this number, so that those of no two servers are the same; 0 if no
        other server shares the canvas.
    """

    canvas_id: str
    ground: int
    secret: bytes
    client_ids: int

    def load(self) -> tuple[int, Canvas]:
        """Return the sequence of the last placement, and the canvas with all placements. Called once, first.

        The caller applies each delivered batch to the canvas, and nothing else. So the record knows the sequence of the
        canvas at any time, and may copy the canvas.
        """

    def log(self) -> Sequence[LogEntry]:
        """Return every action up to the loaded sequence, in order. Called once, after ``load()``."""

    def painted_since(self, time_ms: int) -> Sequence[tuple[Painter, int, int]]:
        """Return who painted lately, so that a restart ends no cooldown. Called once, after ``load()``.

        :return: for each stroke not before the time: painter, time in milliseconds, and the number of its pixels.
        """

    def follow(self, deliver: Deliver, deliver_action: DeliverAction, notice: Notice) -> None:
        """Deliver every batch and every action after the loaded ones, and give notice of faults. Called once, before
        the first ``append``.
        """

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """Add the pixels of the strokes, in order, one placement each, with no other placement between them.

        :param strokes: checked against the canvas, of up to ``BATCH_BYTES``; none to find out whether the record would
            take any.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        :return: fires with the sequence of the batch's last placement (for an empty batch: of any) once the batch is
            delivered; fails with :class:`~dcc.errors.RecordError` if no stroke was kept, and with
            :class:`~dcc.errors.RecordLate` if another server's action came first: then it is delivered before.
        """

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> Deferred[LogEntry]:
        """Add an action after the last placement, and the pixels that it paints, if any.

        No ``append`` is under way, and none begins before the answer.

        :param pixels: packed, on the canvas.
        :return: fires once the action is delivered; fails with RecordError if nothing was kept, and with RecordLate if
            another server was first: then what came first is delivered before.
        """

    def select(self, choice: Choice) -> Deferred[Selection]:
        """Find the chosen placements, while others paint on.

        :return: fails with Refusal if the choice names what does not exist, or more than an action can paint; with
            RecordError if no history is kept.
        """

    def complete(self, selection: Selection) -> Deferred[Selection]:
        """Bring a selection up to the last placement. Called while no ``append`` is under way."""

    def span(self) -> Deferred[Span]:
        """Tell how far the record goes. This and the next two fail with RecordError if no history is kept."""

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """Return the board as of a sequence, or as of the nearest sequence that exists."""

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """Return the latest placement on a cell; None if the cell was never painted."""

    def answer_soon(self) -> None:
        """Answer all that is asked within some seconds, also what is of unknown outcome: the server stops."""

    def heat(self) -> Deferred[Heat]:
        """Count how often each cell was painted, by the latest ``HEAT_PLACEMENTS``; fails as :meth:`span` does."""

    def painters(self) -> Deferred[PainterMap]:
        """Find who painted each cell last, of the latest ``PAINTER_PLACEMENTS``; fails as :meth:`span` does."""

    def close(self) -> Deferred[None]:
        """Close what is held open; fires when that is done.

        Fails with :class:`~dcc.errors.RecordError` if what was recorded is not where it was kept, or not to be had; the
        line is for the operator, and says where it is.
        """
