"""How often each cell was painted: the count, the steps of the colours, and the colours.

The steps are powers of two, so that cells that are seldom painted stand apart, and equal counts have equal colours on
every board. The command ``dcc heatmap``, the window and the page share the colours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dcc.core.canvas import cells_of

INFERNO = (
    "#000004", "#1b0c42", "#4b0c6b", "#781c6d", "#a52c60", "#cf4446", "#ed6925", "#fb9a06", "#f7d03c", "#fcffa4",
)  # fmt: skip
"""Ten steps of inferno (Smith and van der Walt, 2015; CC0): lighter is always more, also in grey and for most
colour-blind people."""

MOST = 255
"""Highest count that is kept of a cell; it stands for all higher ones too."""

STEPS = (0, 1, 2, 4, 8, 16, 32, 64, 128)
"""Lowest count of each step. The page has the same."""

COLOURS = (INFERNO[0], *INFERNO[2:])
"""The colour of each step."""


@dataclass(frozen=True)
class Heat:
    """How often each cell was painted by the placements after one, up to another.

    :ivar sequence: of the last counted placement.
    :ivar since: of the placement before the first counted one.
    :ivar times: a byte a cell, at most :data:`MOST`.
    :ivar packed: the coding and the bytes that :func:`dcc.core.packing.pack` makes of the counts.
    """

    sequence: int
    since: int
    times: bytes
    packed: tuple[int, bytes] = field(compare=False, repr=False)


class HeatCounter:
    """Counts placements by cell."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._counts: Counter[int] = Counter()

    def add(self, pixels: bytes) -> None:
        """Count packed pixels; a million in some 200 ms."""
        self._counts.update(cells_of(pixels))

    def times(self) -> bytes:
        """Return the count of each cell, at most :data:`MOST`."""
        times = bytearray(self._cells)
        for cell, count in self._counts.items():
            times[cell] = min(count, MOST)
        return bytes(times)


def step_of(times: int) -> int:
    """Return the index of the step of a count."""
    return min(times.bit_length(), len(STEPS) - 1)
