"""Over the board: a shape in progress, a selection, a stamp, a chosen cell."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QColor, QImage, QPainter, QPen

from dcc.core.actions import Rectangle
from dcc.core.palette import Palette
from dcc.core.shapes import TRANSPARENT, Cell, Stamp
from dcc.window.view import Area, View

_DASH = 4
"""Pixels of a dash around a selection."""


class Sketch:
    """Shows cells that are on no server.

    :ivar areas: parts of the board, each in :attr:`value`.
    :ivar value: ``#rrggbb``.
    :ivar selection: the selected part.
    :ivar stamp: a picture that is about to be placed, one pixel a cell.
    """

    def __init__(self) -> None:
        self.areas: list[Area] = []
        self.value = "#000000"
        self.selection: Rectangle | None = None
        self.stamp: QImage | None = None
        self._stamp_at: Cell = (0, 0)
        self._made: tuple[Stamp, Palette, QImage] | None = None  # a stamp is moved again and again

    def clear(self) -> None:
        """Show nothing but the selection."""
        self.areas = []
        self.stamp = None

    def show_cells(self, cells: Iterable[Cell], value: str) -> None:
        """Show cells in a colour, in place of other cells."""
        self.areas = runs(cells)
        self.value = value

    def show_stamp(self, stamp: Stamp, at: Cell, palette: Palette) -> None:
        """Show a stamp with its upper left corner at a cell, in place of another stamp."""
        if self._made is None or self._made[0] is not stamp or self._made[1] is not palette:
            self._made = stamp, palette, image_of(stamp, palette)
        self.stamp, self._stamp_at = self._made[2], at

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw over the board."""
        for area in self.areas:
            painter.fillRect(QRect(*view.pixels_of(area)), QColor(self.value))
        if self.stamp is not None:
            place = Area(*self._stamp_at, self.stamp.width(), self.stamp.height())
            painter.drawImage(QRect(*view.pixels_of(place)), self.stamp)
            draw_frame(painter, view, place)
        elif self.selection is not None:
            draw_frame(painter, view, Area(*self.selection))


def image_of(stamp: Stamp, palette: Palette) -> QImage:
    """Make a picture of a stamp, one pixel a cell."""
    values = {index: QColor(colour.value).rgba() for index, colour in enumerate(palette)}
    values[TRANSPARENT] = 0
    pixels = b"".join([values[colour].to_bytes(4, sys.byteorder) for colour in stamp.colours])
    # A copy: an image of foreign bytes does not keep them.
    return QImage(pixels, stamp.width, stamp.height, 4 * stamp.width, QImage.Format.Format_ARGB32).copy()


def draw_frame(painter: QPainter, view: View, place: Area) -> None:
    """Draw black and white dashes around a part of the board: one of them is seen on every colour."""
    outline = QRect(*view.pixels_of(place)).adjusted(-1, -1, 0, 0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(Qt.GlobalColor.white, 1))
    painter.drawRect(outline)
    pen = QPen(Qt.GlobalColor.black, 1)
    pen.setDashPattern([_DASH, _DASH])
    painter.setPen(pen)
    painter.drawRect(outline)


def runs(cells: Iterable[Cell]) -> list[Area]:
    """Join cells that are side by side in a row."""
    found: list[Area] = []
    for row, column in sorted((row, column) for column, row in cells):
        last = found[-1] if found else None
        if last is not None and last.top == row and last.left + last.width == column:
            found[-1] = last._replace(width=last.width + 1)
        else:
            found.append(Area(column, row, 1, 1))
    return found
