"""Who painted each cell last: a number a cell, and the painters by their numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from dcc.core.canvas import PIXEL_BYTES, cells_of
from dcc.core.placements import Painter

OTHERS = 255
"""The number of all painters without a number of their own; 0 is nobody. A byte a cell is enough: nobody tells more
colours apart."""


COLOURS = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999933", "#882255", "#44aa99",
    "#332288", "#88ccee",
)  # fmt: skip
"""For the painters with most cells: the colours of Okabe and Ito (2008), and of Tol. Most colour-blind people tell
them apart. The page has the same."""

OTHERS_COLOUR = "#9a9a9a"
NOBODY_COLOUR = "#26282c"


class PaintedBy(NamedTuple):
    """A painter as everybody may know them.

    :ivar name: may be empty.
    :ivar client_id: of a connection of theirs.
    """

    name: str
    client_id: int
    is_proven: bool


@dataclass(frozen=True)
class PainterMap:
    """Who painted each cell last, of the placements after one, up to another.

    :ivar sequence: of the last placement that was looked at.
    :ivar since: of the placement before the first one.
    :ivar painters: those with most cells first, at most 254; the first has the number 1.
    :ivar numbers: a byte a cell: 0 for nobody, :data:`OTHERS` for all further painters.
    :ivar packed: the coding and the bytes that :func:`dcc.core.packing.pack` makes of the numbers.
    """

    sequence: int
    since: int
    painters: tuple[PaintedBy, ...]
    numbers: bytes
    packed: tuple[int, bytes] = field(compare=False, repr=False)


class LastPainters:
    """Takes strokes in order, and remembers the last painter of each cell.

    A name is one painter over all connections, a proven one apart; without a name each connection is one.
    """

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._latest: dict[tuple[str, int], Painter] = {}
        self._last: dict[int, tuple[str, int]] = {}

    def add(self, painter: Painter, pixels: bytes) -> None:
        """Take a stroke of packed pixels."""
        key = (painter.name, -1 if painter.is_proven else -2) if painter.name else ("", painter.connection)
        self._latest[key] = painter
        if len(pixels) == PIXEL_BYTES:  # most strokes of people; four times as fast
            self._last[int.from_bytes(pixels[:4], "little")] = key
        else:
            self._last.update(dict.fromkeys(cells_of(pixels), key))

    def result(self) -> tuple[tuple[PaintedBy, ...], bytes]:
        """Return the painters, those with most cells first, and the number of each cell."""
        ranked = [key for key, _cells in Counter(self._last.values()).most_common(OTHERS - 1)]
        number_of = {key: number for number, key in enumerate(ranked, 1)}
        numbers = bytearray(self._cells)
        for cell, key in self._last.items():
            numbers[cell] = number_of.get(key, OTHERS)
        painters = [self._latest[key] for key in ranked]
        return tuple(PaintedBy(each.name, each.connection, each.is_proven) for each in painters), bytes(numbers)
