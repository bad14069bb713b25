"""The chosen colour, and a ring around the colour that grows until one may paint again."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, QSize, Qt
from PyQt5.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QSizePolicy, QWidget

from dcc.window import theme

_SIDE = 26
_LINE = 3.0

_TURN = 360 * 16
"""A full turn in Qt's sixteenths of a degree, which count against the clock from three o'clock."""

_NOON = _TURN // 4


class Ring(QWidget):
    """Shows a colour and a part of a ring."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = "#000000"
        self._part: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A square beside a line of text."""
        return QSize(_SIDE, _SIDE)

    def show_colour(self, value: str) -> None:
        """Show another colour, ``#rrggbb``."""
        self._value = value
        self.update()

    def show_part(self, part: float | None) -> None:
        """Show a part of the ring, 0 to 1; no ring for None."""
        if part != self._part:
            self._part = part
            self.update()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draw the colour, and the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        box = QRectF(self.rect())
        inner = box.adjusted(6, 6, -6, -6)
        painter.setPen(QPen(QColor(theme.hues.muted), 1))
        painter.setBrush(QColor(self._value))
        painter.drawEllipse(inner)
        if self._part is not None:
            draw_ring(painter, box.adjusted(2, 2, -2, -2), self._part, theme.hues.line, theme.hues.good)


def draw_ring(painter: QPainter, box: QRectF, part: float, ground: str, value: str) -> None:
    """Draw a ring in a box, and a part of the ring in another colour, from the top with the clock.

    :param ground: the colour of the whole ring, and ``value`` of its part, ``#rrggbb`` each.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(ground), _LINE))
    painter.drawEllipse(box)
    pen = QPen(QColor(value), _LINE)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawArc(box, _NOON, -round(part * _TURN))
