"""A shared template over the board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from PyQt5 import sip
from PyQt5.QtCore import QRect, QRectF
from PyQt5.QtGui import QColor, QImage, QPainter

from dcc.client.templates import Template
from dcc.core.palette import Palette
from dcc.window.view import Area, View

_DOT_ZOOM = 4
"""Smallest zoom with dots, as in the page: below, a dot could not be told from its cell."""

_DOT = 0.4
"""Side of a dot, in cells."""

_CLEAR = bytes(4)


class Look(Enum):
    """How a template is shown."""

    HALF = auto()
    DOTS = auto()
    MISSING = auto()


class TemplateLayer:
    """Draws the chosen template, and knows what is missing of it.

    :ivar template: the chosen one; None without one.
    :ivar missing: the wanted colour of each cell that does not show it.
    :ivar is_hidden: whether nothing is drawn now.
    """

    def __init__(self) -> None:
        self.template: Template | None = None
        self.missing: dict[int, int] = {}
        self.is_hidden = False
        self._look = Look.HALF
        self._only: int | None = None
        self._shown: Sequence[int] = b""
        self._values: list[bytes] = []
        self._colours: list[QColor] = []
        self._columns = 0
        self._bytes = bytearray()
        self._image = QImage()

    def set_board(self, columns: int, palette: Palette, shown: Sequence[int]) -> None:
        """Look at another board.

        :param shown: not copied: call :meth:`note` after changes in place.
        """
        self._columns, self._shown = columns, shown
        self._colours = [QColor(colour.value) for colour in palette]
        self._values = [bytes((each.blue(), each.green(), each.red(), 255)) for each in self._colours]
        self._begin()

    def show(self, template: Template | None, look: Look, only: int | None) -> None:
        """Show a template.

        :param only: the only colour to show; None for all.
        """
        self.template, self._look, self._only = template, look, only
        self._begin()

    def _begin(self) -> None:
        template = self.template
        self.missing = {} if template is None else template.missing(self._shown)
        if template is None:
            self._image, self._bytes = QImage(), bytearray()
            return
        width, height = template.place.width, template.place.height
        self._bytes = bytearray(4 * width * height)
        self._image = QImage(sip.voidptr(self._bytes), width, height, 4 * width, QImage.Format.Format_ARGB32)
        self._write(template, template.wanted if self._look is Look.HALF else self.missing)

    def note(self, cells: Iterable[int]) -> None:
        """Take the news that cells show other colours."""
        template = self.template
        if template is None:
            return
        touched = [cell for cell in cells if cell in template.wanted]
        missing = template.missing(self._shown, touched)
        for cell in touched:
            self.missing.pop(cell, None)
        self.missing.update(missing)
        if self._look is not Look.HALF:
            self._write(template, touched)

    def _write(self, template: Template, cells: Iterable[int]) -> None:
        place = template.place
        shows_all = self._look is Look.HALF
        for cell in cells:
            row, column = divmod(cell, self._columns)
            at = 4 * ((row - place.row) * place.width + column - place.column)
            colour = template.wanted[cell] if shows_all else self.missing.get(cell)
            is_seen = colour is not None and self._only in (None, colour)
            self._bytes[at : at + 4] = self._values[colour] if is_seen and colour is not None else _CLEAR

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """Draw over some cells."""
        if self.template is None or self.is_hidden:
            return
        place = QRect(*self.template.place)
        seen = place & QRect(*cells)
        if seen.isEmpty():
            return
        piece = self._image.copy(seen.translated(-place.topLeft()))
        if self._look is Look.DOTS and view.zoom >= _DOT_ZOOM:
            self._draw_dots(painter, view, seen)
            return
        painter.setOpacity(0.5 if self._look is Look.HALF else 1)
        area = Area(seen.left(), seen.top(), seen.width(), seen.height())
        painter.drawImage(QRect(*view.pixels_of(area)), piece)
        painter.setOpacity(1)

    def _draw_dots(self, painter: QPainter, view: View, seen: QRect) -> None:
        zoom = float(view.zoom)
        side, rim = zoom * _DOT, max(1.0, zoom / 16)
        edge = QColor(128, 128, 128, 136)
        for row in range(seen.top(), seen.bottom() + 1):
            for column in range(seen.left(), seen.right() + 1):
                colour = self.missing.get(row * self._columns + column)
                if colour is None or self._only not in (None, colour):
                    continue
                dot = QRectF(0, 0, side, side)
                dot.moveCenter(QRectF(QRect(*view.pixels_of(Area(column, row, 1, 1)))).center())
                painter.fillRect(dot.adjusted(-rim, -rim, rim, rim), edge)
                painter.fillRect(dot, self._colours[colour])
