"""The tools of window and page as cells: what a pencil, a line, a rectangle, a fill and a stamp paint. Pure.

A cell is ``(column, row)``. Every function lists the cells in the order of painting, each once, and leaves out the
cells outside of the board. ``tests/vectors/tools.json`` has samples, for the page too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Cell = tuple[int, int]

SIZES = range(1, 6)
"""Sides of the pencil's square in cells: a larger one is a filled rectangle."""

MAX_FILL = 10_000
"""Most cells of one fill: the whole of a board of 100 x 100. On a larger board a fill that runs out through a gap would
take away the work of many people, and a painter's limit of pixels with it."""

TRANSPARENT = -1
"""In a stamp: a cell that is left as it is."""


def cells_between(start: Cell, end: Cell) -> list[Cell]:
    """List the cells from start to end, both included, each the neighbour of the cell before; also outside of a board.

    After J. E. Bresenham, "Algorithm for computer control of a digital plotter", IBM Systems Journal 4 (1), 1965. If
    the straight line passes exactly between two cells, the cell further from the start is chosen, in every direction:
    a mirrored or turned line has mirrored or turned cells. (Drawn from the other end, a line with such ties has other
    cells.) ``tests/vectors/lines.json`` has the lines of a neighbourhood.
    """
    column, row = start
    across, down = abs(end[0] - column), -abs(end[1] - row)
    right, below = (1 if end[0] > column else -1), (1 if end[1] > row else -1)
    error = across + down
    cells = [start]
    while (column, row) != end:
        doubled = 2 * error
        if doubled >= down:
            error += down
            column += right
        if doubled <= across:
            error += across
            row += below
        cells.append((column, row))
    return cells


def pencil(path: Iterable[Cell], size: int, width: int, height: int) -> list[Cell]:
    """List the cells under a square pencil that goes along a path.

    :param path: cells, also outside of the board.
    :param size: side of the square, 1 to 5. A square of an even side reaches one cell further right and down.
    :param width: of the board, in cells.
    :param height: of the board, in cells.
    """
    before, after = (size - 1) // 2, size // 2
    cells: dict[Cell, None] = {}
    for column, row in path:
        left, right = max(column - before, 0), min(column + after, width - 1)
        for y in range(max(row - before, 0), min(row + after, height - 1) + 1):
            for x in range(left, right + 1):
                cells[x, y] = None
    return list(cells)


def line(start: Cell, end: Cell, size: int, width: int, height: int) -> list[Cell]:
    """List the cells of a straight line, drawn with the :func:`pencil`."""
    return pencil(cells_between(start, end), size, width, height)


def rectangle(start: Cell, end: Cell, size: int, width: int, height: int) -> list[Cell]:
    """List the cells of a rectangle's outline between two opposite corners.

    The :func:`pencil` goes round clockwise from the corner at the top left.
    """
    left, top, right, bottom = _sides(start, end)
    path = [(column, top) for column in range(left, right + 1)]
    path += [(right, row) for row in range(top + 1, bottom + 1)]
    if bottom > top:
        path += [(column, bottom) for column in range(right - 1, left - 1, -1)]
    if right > left:
        path += [(left, row) for row in range(bottom - 1, top, -1)]
    return pencil(path, size, width, height)


def filled_rectangle(start: Cell, end: Cell, width: int, height: int) -> list[Cell]:
    """List all cells between two opposite corners, row by row."""
    left, top, right, bottom = _sides(start, end)
    columns = range(max(left, 0), min(right, width - 1) + 1)
    return [(column, row) for row in range(max(top, 0), min(bottom, height - 1) + 1) for column in columns]


def _sides(start: Cell, end: Cell) -> tuple[int, int, int, int]:
    (left, right), (top, bottom) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return left, top, right, bottom


class Fill(NamedTuple):
    """The cells of a fill.

    :ivar is_cut: whether further cells would belong to it.
    """

    cells: list[Cell]
    is_cut: bool


def fill(
    colours: Sequence[int],
    width: int,
    height: int,
    start: Cell,
    may_paint: Callable[[Cell], bool] = lambda _cell: True,
    most: int = MAX_FILL,
) -> Fill:
    """List the connected cells that have the colour of the start, the nearest first.

    Cells are connected by the sides. The neighbours of a cell come in the order right, below, left, above. So a fill
    that is cut is a diamond around the start.

    :param colours: ``width * height`` indices, row by row.
    :param may_paint: a cell that one may not paint bounds the fill as another colour does.
    :param most: cells at most.
    """
    wanted = colours[start[1] * width + start[0]]
    if not may_paint(start):
        return Fill([], False)
    cells, seen, waiting = [start], {start}, deque([start])
    while waiting:
        column, row = waiting.popleft()
        for cell in ((column + 1, row), (column, row + 1), (column - 1, row), (column, row - 1)):
            x, y = cell
            if not (0 <= x < width and 0 <= y < height) or cell in seen or colours[y * width + x] != wanted:
                continue
            seen.add(cell)
            if not may_paint(cell):
                continue
            if len(cells) == most:
                return Fill(cells, True)
            cells.append(cell)
            waiting.append(cell)
    return Fill(cells, False)


class Stamp(NamedTuple):
    """A picture to be placed on a board.

    :ivar colours: ``width * height`` indices into the palette, row by row, or :data:`TRANSPARENT`.
    """

    width: int
    height: int
    colours: tuple[int, ...]

    @classmethod
    def copy(cls, colours: Sequence[int], board_width: int, left: int, top: int, width: int, height: int) -> Stamp:
        """Copy a part of a board, all of which has to be on the board."""
        rows = (colours[row * board_width + left :][:width] for row in range(top, top + height))
        return cls(width, height, tuple(colour for row in rows for colour in row))

    def mirrored(self) -> Stamp:
        """Exchange left and right."""
        rows = (self.colours[start : start + self.width] for start in range(0, len(self.colours), self.width))
        return Stamp(self.width, self.height, tuple(colour for row in rows for colour in reversed(row)))

    def flipped(self) -> Stamp:
        """Exchange top and bottom."""
        starts = range(len(self.colours) - self.width, -1, -self.width)
        return Stamp(
            self.width, self.height, tuple(colour for start in starts for colour in self.colours[start:][: self.width])
        )

    def turned(self) -> Stamp:
        """Turn by 90 degrees clockwise."""
        width, height, colours = self
        turned = (colours[row * width + column] for column in range(width) for row in range(height - 1, -1, -1))
        return Stamp(height, width, tuple(turned))

    def pixels(self, left: int, top: int, board_width: int, board_height: int) -> list[tuple[Cell, int]]:
        """List cells and colours of the stamp with its corner at ``(left, top)``, row by row."""
        first, last = max(0, -left), min(self.width, board_width - left)
        return [
            ((left + x, top + y), colour)
            for y in range(max(0, -top), min(self.height, board_height - top))
            for x in range(first, last)
            if (colour := self.colours[y * self.width + x]) != TRANSPARENT
        ]
