"""What lies over the board: the areas with their names, and chosen cells that stand out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PyQt5 import sip
from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen

from dcc.core.actions import Area as NamedArea
from dcc.core.palette import Palette
from dcc.window import theme
from dcc.window.view import Area, View

_VEIL_ALPHA = 190
"""Over all that is not chosen: the drawing stays recognisable, and the chosen cells are found at a glance."""

_NAME_MARGIN = 3
"""Pixels around the name of an area."""

_NAME_SHARE = 4
"""Smallest height of an area with a name, in lines of text: the name hides a quarter at most."""

_NAME_ALPHA = 215
"""Behind the name: the drawing below can be guessed, and the name is read on every colour."""


class Marks:
    """The marks of one board.

    :ivar areas: with names, and who may paint there.
    :ivar name: the proven name of the user, whose own area stands out.
    """

    def __init__(self) -> None:
        self.areas: Sequence[NamedArea] = ()
        self.name = ""
        self._chosen: QImage | None = None
        self._bytes = bytearray()

    @property
    def has_chosen(self) -> bool:
        """Whether chosen cells stand out."""
        return self._chosen is not None

    def choose(self, columns: int, rows: int, palette: Palette, cells: Iterable[tuple[int, int]]) -> None:
        """Have cells stand out, each in the colour of an index into the palette."""
        veil = QColor(theme.hues.backdrop)
        values = [_argb(QColor(colour.value), 255) for colour in palette]
        self._bytes = bytearray(_argb(veil, _VEIL_ALPHA) * (columns * rows))
        for cell, colour in cells:
            self._bytes[4 * cell : 4 * cell + 4] = values[colour]
        self._chosen = QImage(sip.voidptr(self._bytes), columns, rows, 4 * columns, QImage.Format.Format_ARGB32)

    def choose_none(self) -> None:
        """Have no cells stand out."""
        self._chosen = None
        self._bytes = bytearray()

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """Draw the marks over some cells."""
        if self._chosen is not None:
            painter.drawImage(QRect(*view.pixels_of(cells)), self._chosen.copy(QRect(*cells)))
        exposed = QRect(*view.pixels_of(cells)).adjusted(-1, -1, 1, 1)
        for area in self.areas:
            outline = QRect(*view.pixels_of(Area(*area.place))).adjusted(0, 0, -1, -1)
            if outline.intersects(exposed):
                self._draw_area(painter, outline, area)

    def _draw_area(self, painter: QPainter, outline: QRect, area: NamedArea) -> None:
        is_own = isinstance(area.allowed, tuple) and self.name in area.allowed
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.hues.raised), 3 if is_own else 1))
        painter.drawRect(outline)
        pen = QPen(QColor(theme.hues.accent if is_own else theme.hues.muted), 1)
        if not is_own:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRect(outline)
        self._write_name(painter, outline, area.name, is_own)

    def _write_name(self, painter: QPainter, outline: QRect, name: str, is_own: bool) -> None:
        """Write the name in the corner, if the area has room for some of it and for a drawing."""
        metrics = QFontMetrics(painter.font())
        room = outline.width() - 4 * _NAME_MARGIN
        if room < metrics.horizontalAdvance("00") or outline.height() < _NAME_SHARE * metrics.height():
            return
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
        plate = QRect(
            outline.left() + 1,
            outline.top() + 1,
            metrics.horizontalAdvance(text) + 2 * _NAME_MARGIN,
            metrics.height() + _NAME_MARGIN,
        )
        background = QColor(theme.hues.accent if is_own else theme.hues.raised)
        background.setAlpha(_NAME_ALPHA)
        painter.fillRect(plate, background)
        painter.setPen(QColor(theme.hues.on_accent if is_own else theme.hues.ink))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _argb(colour: QColor, alpha: int) -> bytes:
    """The bytes of a pixel of ``Format_ARGB32``, of a machine that stores the lowest byte first."""
    return bytes((colour.blue(), colour.green(), colour.red(), alpha))
