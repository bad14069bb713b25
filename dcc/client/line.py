"""Lines of cells without a gap. Pure."""

from __future__ import annotations


def cells_between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """List the ``(column, row)`` cells from start to end, both included, each the neighbour of the cell before.

    After J. E. Bresenham, "Algorithm for computer control of a digital plotter", IBM Systems Journal 4 (1), 1965. If
    the straight line passes exactly between two cells, the cell further from the start is chosen, in every direction:
    a mirrored or turned line has mirrored or turned cells. (Drawn from the other end, a line with such ties has other
    cells.) ``dcc/page/strokes.js`` chooses the same cells; ``tests/vectors/lines.json`` compares.
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
