"""At the cell under the pointer, or at that of the keyboard: the colour that a press paints, or how long to wait."""

from __future__ import annotations

from PyQt5.QtCore import QRect, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPen, QRegion

from dcc.window.ring import draw_ring

REACH = 14
"""Pixels around the ring's cell, or around its middle if the cell is smaller."""

_RADIUS = 11
"""Least radius of the ring in pixels: the ring is seen around the smallest cells."""


class Aim:
    """What the pointer shows.

    :ivar brush: ``#rrggbb``; empty if a press paints nothing.
    :ivar part: how much of the next pixel has gathered, 0 to 1; None if there is nothing to wait for.
    """

    def __init__(self) -> None:
        self.brush = ""
        self.part: float | None = None

    def draw(self, painter: QPainter, cell: QRect) -> None:
        """Draw around a cell.

        The colour is a frame that leaves the cell's own colour to be seen.

        :param cell: in pixels of the screen.
        """
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, inset in (
            (Qt.GlobalColor.black, 0),
            (Qt.GlobalColor.white, 1),
        ):  # at least one is visible on every colour
            painter.setPen(QPen(colour, 1))
            painter.drawRect(cell.adjusted(inset, inset, -1 - inset, -1 - inset))
        if not self.brush:
            return
        if self.part is not None:
            radius = max(cell.width(), _RADIUS)
            ring = QRectF(0, 0, 2 * radius, 2 * radius)
            ring.moveCenter(QRectF(cell).center())
            painter.setRenderHint(QPainter.Antialiasing)
            draw_ring(painter, ring, self.part, "#000000", "#ffffff")
            return
        line = max(cell.width() // 4, 1)
        frame = QRegion(cell.adjusted(2, 2, -2, -2))
        frame -= QRegion(cell.adjusted(2 + line, 2 + line, -2 - line, -2 - line))
        for each in frame.rects():
            painter.fillRect(each, QColor(self.brush))
