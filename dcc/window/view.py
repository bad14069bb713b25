"""Place of the board in its window: zoom, pan, and the cell at a point. Pure.

All lengths are pixels of the screen, not Qt's logical pixels: a cell is a whole number of pixels at every scale factor
of the desktop, and no column of cells looks wider than the next. Of a board that is larger than the window a whole
number of cells shares a pixel.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from dcc.core.actions import Rectangle

LARGEST_ZOOM = 64
"""Pixels a cell: above, a cell tells nothing more."""

DRAWING_ZOOM = 4
"""Smallest zoom at which a hand hits the cell that it means, as in the page."""

_CLOSE_ZOOM = 8
"""After a press on cells that are too small."""

GRID_ZOOM = 8
"""Smallest zoom with a grid: below, the lines would hide more of a drawing than they explain."""

_STEPS = (
    *(Fraction(1, cells) for cells in (16, 12, 8, 6, 4, 3, 2)),
    *map(Fraction, (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, LARGEST_ZOOM)),
)

_MARGIN = 12
"""Pixels left free around a board that fits."""


class Area(NamedTuple):
    """A rectangle of cells or pixels, empty if its width or height is not positive."""

    left: int
    top: int
    width: int
    height: int


class View:
    """A board of ``columns`` x ``rows`` cells, seen through a window.

    :ivar zoom: pixels a cell: a whole number, or one divided by a whole number.
    :ivar smallest: the smallest zoom: 1, or that at which the whole board is seen.
    :ivar left: left edge of column 0, in pixels from the window's left edge; may be negative.
    :ivar top: top edge of row 0, from the window's top.
    :ivar is_fitted: whether the whole board is fitted to the window, also after a change of the window's size.
    """

    def __init__(self, columns: int, rows: int, width: int, height: int) -> None:
        """Fit the board into a window of ``width`` x ``height`` pixels."""
        self.columns = columns
        self.rows = rows
        self._width = width
        self._height = height
        self.left = self.top = 0
        self.zoom = self.smallest = Fraction(1)
        self.fit()

    def fit(self) -> None:
        """Show the whole board at the largest zoom that fits."""
        self.is_fitted = True
        self.zoom = self._fitting()
        self.smallest = min(self.zoom, Fraction(1))
        _left, _top, across, down = self.board
        self._place((self._width - across) // 2, (self._height - down) // 2)

    def _fitting(self) -> Fraction:
        width, height = max(self._width - 2 * _MARGIN, 1), max(self._height - 2 * _MARGIN, 1)
        zoom = min(width // self.columns, height // self.rows)
        if zoom:
            return Fraction(min(zoom, LARGEST_ZOOM))
        return Fraction(1, max(-(-self.columns // width), -(-self.rows // height)))

    def resize(self, width: int, height: int) -> None:
        """Take another size of the window, keeping the middle of the view."""
        right, down = (width - self._width) // 2, (height - self._height) // 2
        self._width, self._height = width, height
        if self.is_fitted:
            self.fit()
        else:
            self.smallest = min(self._fitting(), Fraction(1))
            self._place(self.left + right, self.top + down)

    def zoom_by(self, steps: int, x: int | None = None, y: int | None = None) -> None:
        """Zoom in by steps, or out by negative steps; the point ``(x, y)``, or the middle, keeps its place."""
        if steps > 0:
            zooms = [zoom for zoom in _STEPS if zoom > self.zoom] or [Fraction(LARGEST_ZOOM)]
        elif steps < 0:
            zooms = [zoom for zoom in reversed(_STEPS) if self.smallest < zoom < self.zoom] + [self.smallest]
        else:
            return
        zoom = zooms[min(abs(steps), len(zooms)) - 1]
        x = self._width // 2 if x is None else x
        y = self._height // 2 if y is None else y
        # From the middle of a pixel, so that zooming in and out again returns to the same place.
        left = round(x + 0.5 - (x + 0.5 - self.left) * zoom / self.zoom)
        top = round(y + 0.5 - (y + 0.5 - self.top) * zoom / self.zoom)
        self.zoom = zoom
        self.is_fitted = False
        self._place(left, top)

    def come_closer(self, x: int, y: int) -> None:
        """Zoom in at a point until the cells are large enough to draw."""
        self.zoom_by(sum(self.zoom < zoom <= _CLOSE_ZOOM for zoom in _STEPS), x, y)

    def go_to(self, column: int, row: int, zoom: float | None = None) -> None:
        """Show a cell in the middle, large enough to draw. A board stays where it is if all its cells are in sight and
        large enough.

        :param zoom: wanted pixels a cell; the nearest zoom of the window is taken.
        """
        if zoom is not None:
            zooms = [each for each in (self.smallest, *_STEPS) if each >= self.smallest]
            self.zoom = min(zooms, key=lambda each: abs(math.log(each / zoom)))
        elif self.zoom < DRAWING_ZOOM:
            self.zoom = Fraction(_CLOSE_ZOOM)
        elif self.is_fitted:
            return
        self.show_middle(column, row)

    def reveal(self, column: int, row: int) -> None:
        """Move the board as far as needed for a cell to be in the window."""
        left, top, across, down = self.pixels_of(Area(column, row, 1, 1))
        right = max(_MARGIN - left, 0) or min(self._width - _MARGIN - left - across, 0)
        below = max(_MARGIN - top, 0) or min(self._height - _MARGIN - top - down, 0)
        if right or below:
            self.pan(right, below)

    def show_middle(self, column: int, row: int) -> None:
        """Move a cell to the middle of the window, as far as the board is larger than the window."""
        left, top, across, down = self.pixels_of(Area(column, row, 1, 1))
        self.pan(self._width // 2 - left - across // 2, self._height // 2 - top - down // 2)

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of what the window shows, in cells; also beside the board."""
        zoom = float(self.zoom)
        return -self.left / zoom, -self.top / zoom, self._width / zoom, self._height / zoom

    @property
    def shows_all(self) -> bool:
        """Whether the window shows the whole board."""
        left, top, across, down = self.board
        return left >= 0 and top >= 0 and left + across <= self._width and top + down <= self._height

    def middle_cell(self) -> tuple[int, int]:
        """Return the cell of the board nearest to the middle of the window."""
        column, row = self.cell_at(self._width // 2, self._height // 2)
        return min(max(column, 0), self.columns - 1), min(max(row, 0), self.rows - 1)

    def middle_of(self, column: int, row: int) -> tuple[int, int]:
        """Return the pixel in the middle of a cell."""
        left, top, across, down = self.pixels_of(Area(column, row, 1, 1))
        return left + across // 2, top + down // 2

    def pan(self, right: int, down: int) -> None:
        """Move a board larger than the window by pixels, at most until the board would leave the window's middle."""
        self.is_fitted = False
        self._place(self.left + right, self.top + down)

    def _place(self, left: int, top: int) -> None:
        """Centre a board that fits the window; keep a larger board over the middle."""
        _left, _top, across, down = self.board
        if across + 2 * _MARGIN <= self._width and down + 2 * _MARGIN <= self._height:
            left, top = (self._width - across) // 2, (self._height - down) // 2
        self.left = min(max(left, self._width // 2 - across), self._width // 2)
        self.top = min(max(top, self._height // 2 - down), self._height // 2)

    # --- from pixels to cells and back ----------------------------------------------------------------

    def cell_at(self, x: int, y: int) -> tuple[int, int]:
        """Return column and row at a point; outside of the board too, also negative. Below a zoom of 1 the first of the
        cells that share the pixel.
        """
        return (x - self.left) // self.zoom, (y - self.top) // self.zoom

    def has(self, column: int, row: int) -> bool:
        """Return whether the board has a cell."""
        return 0 <= column < self.columns and 0 <= row < self.rows

    def place_between(self, one: tuple[int, int], other: tuple[int, int]) -> Rectangle | None:
        """Return the part of the board between two cells, both included; None if all of it is outside of the board."""
        left, right = max(min(one[0], other[0]), 0), min(max(one[0], other[0]), self.columns - 1)
        top, bottom = max(min(one[1], other[1]), 0), min(max(one[1], other[1]), self.rows - 1)
        if left > right or top > bottom:
            return None
        return Rectangle(left, top, right - left + 1, bottom - top + 1)

    def cells_in(self, pixels: Area) -> Area:
        """Return the board's cells that touch an area."""
        left, top = self.cell_at(pixels.left, pixels.top)
        right, bottom = self.cell_at(pixels.left + pixels.width - 1, pixels.top + pixels.height - 1)
        if self.zoom < 1:
            right, bottom = right + self.zoom.denominator - 1, bottom + self.zoom.denominator - 1
        left, top = max(left, 0), max(top, 0)
        return Area(left, top, min(right, self.columns - 1) - left + 1, min(bottom, self.rows - 1) - top + 1)

    def pixels_of(self, cells: Area) -> Area:
        """Return the pixels under some cells."""
        zoom = self.zoom
        if zoom >= 1:
            side = zoom.numerator  # fast, for the runs of a shape and the areas of a board
            left, top, width, height = cells
            return Area(self.left + left * side, self.top + top * side, width * side, height * side)
        left, top = math.floor(cells.left * zoom), math.floor(cells.top * zoom)
        right, bottom = math.ceil((cells.left + cells.width) * zoom), math.ceil((cells.top + cells.height) * zoom)
        return Area(self.left + left, self.top + top, right - left, bottom - top)

    @property
    def board(self) -> Area:
        """All pixels of the board."""
        return self.pixels_of(Area(0, 0, self.columns, self.rows))
