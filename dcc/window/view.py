"""Place of the board in its window: zoom, pan, and the cell at a point. Pure.

All lengths are pixels of the screen, not Qt's logical pixels: a cell is a whole number of pixels at every scale factor
of the desktop, and no column of cells looks wider than the next.
"""

from __future__ import annotations

from typing import NamedTuple

from dcc.core.actions import Rectangle

SMALLEST_ZOOM, LARGEST_ZOOM = 1, 64
"""Pixels a cell. Below one, pixels of the drawing would be left out; above, a cell tells nothing more."""

GRID_ZOOM = 8
"""Smallest zoom with a grid: below, the lines would hide more of a drawing than they explain."""

_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)

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

    :ivar zoom: pixels a cell.
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
        self.zoom = SMALLEST_ZOOM
        self.fit()

    def fit(self) -> None:
        """Show the whole board at the largest zoom that fits, or else at the smallest zoom."""
        across = (self._width - 2 * _MARGIN) // self.columns
        down = (self._height - 2 * _MARGIN) // self.rows
        self.is_fitted = True
        self.zoom = min(max(min(across, down), SMALLEST_ZOOM), LARGEST_ZOOM)
        self._place(
            (self._width - self.columns * self.zoom) // 2,
            (self._height - self.rows * self.zoom) // 2,
        )

    def resize(self, width: int, height: int) -> None:
        """Take another size of the window, keeping the middle of the view."""
        right, down = (width - self._width) // 2, (height - self._height) // 2
        self._width, self._height = width, height
        if self.is_fitted:
            self.fit()
        else:
            self._place(self.left + right, self.top + down)

    def zoom_by(self, steps: int, x: int | None = None, y: int | None = None) -> None:
        """Zoom in by steps, or out by negative steps; the point ``(x, y)``, or the middle, keeps its place."""
        if steps > 0:
            zooms = [zoom for zoom in _STEPS if zoom > self.zoom] or [LARGEST_ZOOM]
        elif steps < 0:
            zooms = [zoom for zoom in reversed(_STEPS) if zoom < self.zoom] or [SMALLEST_ZOOM]
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

    def pan(self, right: int, down: int) -> None:
        """Move a board larger than the window by pixels, at most until the board would leave the window's middle."""
        self.is_fitted = False
        self._place(self.left + right, self.top + down)

    def _place(self, left: int, top: int) -> None:
        """Centre a board that fits the window; keep a larger board over the middle."""
        across, down = self.columns * self.zoom, self.rows * self.zoom
        if across + 2 * _MARGIN <= self._width and down + 2 * _MARGIN <= self._height:
            left, top = (self._width - across) // 2, (self._height - down) // 2
        self.left = min(max(left, self._width // 2 - across), self._width // 2)
        self.top = min(max(top, self._height // 2 - down), self._height // 2)

    # --- from pixels to cells and back ----------------------------------------------------------------

    def cell_at(self, x: int, y: int) -> tuple[int, int]:
        """Return column and row at a point; outside of the board too, also negative."""
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
        left, top = max(left, 0), max(top, 0)
        return Area(left, top, min(right, self.columns - 1) - left + 1, min(bottom, self.rows - 1) - top + 1)

    def pixels_of(self, cells: Area) -> Area:
        """Return the pixels under some cells."""
        zoom = self.zoom
        return Area(self.left + cells.left * zoom, self.top + cells.top * zoom, cells.width * zoom, cells.height * zoom)

    @property
    def board(self) -> Area:
        """All pixels of the board."""
        return self.pixels_of(Area(0, 0, self.columns, self.rows))
