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

_MASK = (0, 0xFFFFFFFF)
"""What is left out, and what is drawn."""


class Look(Enum):
    """How a template is shown."""

    HALF = auto()
    DOTS = auto()
    MISSING = auto()


class TemplateLayer:
    """Draws the chosen template, and knows what is missing of it.

    :ivar template: the chosen one; None without one.
    :ivar left: how many of its cells do not show the wanted colour.
    :ivar is_hidden: whether nothing is drawn now.
    """

    def __init__(self) -> None:
        self.template: Template | None = None
        self.left = 0
        self.is_hidden = False
        self._look = Look.HALF
        self._only: int | None = None
        self._shown: Sequence[int] = b""
        self._colours: list[QColor] = []
        self._missing = bytearray()  # 1 for each cell of the template that is missing, otherwise 0

    def set_board(self, palette: Palette, shown: Sequence[int]) -> None:
        """Look at another board.

        :param shown: not copied: call :meth:`note` after changes in place.
        """
        self._shown = shown
        self._colours = [QColor(colour.value) for colour in palette]
        self._compare()

    def show(self, template: Template | None, look: Look, only: int | None) -> None:
        """Show a template.

        :param only: the only colour to show; None for all.
        """
        is_other = template is not self.template
        self.template, self._look, self._only = template, look, only
        if is_other:
            self._compare()

    def _compare(self) -> None:
        self._missing = bytearray() if self.template is None else bytearray(self.template.compare(self._shown))
        self.left = self._missing.count(1)

    def note(self, cells: Iterable[int]) -> None:
        """Take the news that cells show other colours."""
        template = self.template
        if template is None:
            return
        colours, painted = template.pixels
        for cell in cells:
            at = template.at(cell)
            if at is None or not painted[at]:
                continue
            is_missing = self._shown[cell] != colours[at]
            self.left += is_missing - self._missing[at]
            self._missing[at] = is_missing

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """Draw over some cells."""
        template = self.template
        if template is None or self.is_hidden:
            return
        place = QRect(*template.place)
        seen = place & QRect(*cells)
        if seen.isEmpty():
            return
        if self._look is Look.DOTS and view.zoom >= _DOT_ZOOM:
            self._draw_dots(painter, view, seen, template)
            return
        painter.setOpacity(0.5 if self._look is Look.HALF else 1)
        area = Area(seen.left(), seen.top(), seen.width(), seen.height())
        painter.drawImage(QRect(*view.pixels_of(area)), self._piece(template, seen.translated(-place.topLeft())))
        painter.setOpacity(1)

    def _piece(self, template: Template, part: QRect) -> QImage:
        """Copy a part of the template, as the look wants the part, one pixel a cell."""
        colours, painted = template.pixels
        is_seen = [self._only in (None, index) for index in range(len(self._colours))]
        values = [value.rgba() if seen else 0 for value, seen in zip(self._colours, is_seen, strict=True)]
        piece = _copy(colours, template, part, values).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        mask = _copy(painted if self._look is Look.HALF else self._missing, template, part, _MASK)
        cut = QPainter(piece)  # QImage.setAlphaChannel is missing in early versions of PyQt5 5.15
        cut.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        cut.drawImage(0, 0, mask)
        cut.end()
        return piece

    def _draw_dots(self, painter: QPainter, view: View, seen: QRect, template: Template) -> None:
        zoom = float(view.zoom)
        side, rim = zoom * _DOT, max(1.0, zoom / 16)
        edge = QColor(128, 128, 128, 136)
        place, colours = template.place, template.pixels.colours
        for row in range(seen.top(), seen.bottom() + 1):
            start = (row - place.row) * place.width - place.column
            for column in range(seen.left(), seen.right() + 1):
                colour = colours[start + column]
                if not self._missing[start + column] or self._only not in (None, colour):
                    continue
                dot = QRectF(0, 0, side, side)
                dot.moveCenter(QRectF(QRect(*view.pixels_of(Area(column, row, 1, 1)))).center())
                painter.fillRect(dot.adjusted(-rim, -rim, rim, rim), edge)
                painter.fillRect(dot, self._colours[colour])


def _copy(cells: bytes | bytearray, template: Template, part: QRect, values: Sequence[int]) -> QImage:
    """Copy a part of a byte for each cell as an image.

    :param values: the colour of each byte, as of Qt.
    """
    width, height = template.place.width, template.place.height
    piece = QImage(sip.voidptr(cells), width, height, width, QImage.Format.Format_Indexed8).copy(part)
    piece.setColorTable(values)
    return piece
