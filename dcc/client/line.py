"""Lines of cells without a gap. Pure."""

from __future__ import annotations


def line(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The ``(column, row)`` cells from one to the other, both with them, each the neighbour of the last.

    After J. E. Bresenham, "Algorithm for computer control of a digital plotter", IBM Systems Journal 4 (1),
    1965, with one error for both directions.
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
