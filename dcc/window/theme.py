"""How the window looks: its few colours, its spacing, its icon.

The surroundings of a drawing are light grey without a hue, as in most image editors, so that the colours of the drawing
look the same everywhere. Every text has a contrast of at least 4.5 : 1 with its background (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from PyQt5.QtCore import QRectF, Qt
from PyQt5.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PyQt5.QtWidgets import QApplication, QStyleFactory

from dcc.core.palette import AF06, Colour
from dcc.core.perception import reads_black

BACKDROP = "#d9dce1"
PANEL = "#f6f7f9"
RAISED = "#ffffff"
LINE = "#c4c9d1"
INK = "#1b222d"
MUTED = "#566070"
ACCENT = "#1f55d0"
GOOD = "#157347"
WARNING = "#8a4b00"
WARNING_PANEL = "#fff1cc"
WARNING_LINE = "#e6c15c"
BAD = "#b3261e"

GAP = 8
"""Space between widgets in logical pixels; larger spaces are multiples."""

STYLE = f"""
QMainWindow, QDialog {{ background: {PANEL}; }}
QMenuBar {{ background: {PANEL}; border-bottom: 1px solid {LINE}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 10px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {ACCENT}; color: white; }}
QToolTip {{ background: {INK}; color: white; border: none; padding: 4px 6px; }}
QStatusBar {{ background: {PANEL}; border-top: 1px solid {LINE}; }}
QStatusBar::item {{ border: none; }}
#prompt {{ color: {INK}; font-weight: 600; border: 1px solid transparent; border-radius: 8px; padding: 1px 10px; }}
#prompt[resting="true"] {{ background: {WARNING_PANEL}; color: {WARNING}; border-color: {WARNING_LINE}; }}
#muted {{ color: {MUTED}; }}
#empty {{ background: {BACKDROP}; }}
#card {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 12px; }}
#card_title {{ color: {INK}; font-size: 15pt; font-weight: 600; }}
#card_title[failed="true"] {{ color: {BAD}; }}
#card_hint {{ background: {PANEL}; border: 1px solid {LINE}; border-radius: 6px; padding: 6px 10px; color: {INK}; }}
#banner {{ background: {WARNING_PANEL}; color: {WARNING}; border: 1px solid {WARNING_LINE}; border-radius: 8px;
    padding: 7px 14px; font-weight: 600; }}
#banner[insists="true"] {{ background: {WARNING}; color: white; border-color: {WARNING}; }}
#bulletin {{ background: {RAISED}; color: {INK}; border-bottom: 1px solid {LINE}; padding: 6px 12px;
    font-weight: 600; }}
#notice {{ background: {INK}; color: white; border-radius: 8px; padding: 8px 14px; }}
#key {{ background: {RAISED}; border: 1px solid {LINE}; border-bottom: 2px solid {LINE}; border-radius: 5px;
    padding: 2px 8px; color: {INK}; }}
"""


def apply(application: QApplication) -> None:
    """Give every window of the program the same look on every desktop."""
    application.setStyle(QStyleFactory.create("Fusion"))
    palette = QPalette()
    for role, colour in (
        (QPalette.Window, PANEL),
        (QPalette.WindowText, INK),
        (QPalette.Base, RAISED),
        (QPalette.AlternateBase, PANEL),
        (QPalette.Text, INK),
        (QPalette.Button, RAISED),
        (QPalette.ButtonText, INK),
        (QPalette.Highlight, ACCENT),
        (QPalette.HighlightedText, RAISED),
        (QPalette.ToolTipBase, INK),
        (QPalette.ToolTipText, RAISED),
        (QPalette.Link, ACCENT),
    ):
        palette.setColor(role, QColor(colour))
    for role in (QPalette.WindowText, QPalette.Text, QPalette.ButtonText):
        palette.setColor(QPalette.Disabled, role, QColor(MUTED))
    application.setPalette(palette)
    application.setStyleSheet(STYLE)
    application.setWindowIcon(QIcon(emblem(64)))


def contrasting(value: str) -> QColor:
    """Choose black or white, the colour with more contrast on this ``#rrggbb``."""
    return QColor(Qt.GlobalColor.black if reads_black(Colour("", value).rgb) else Qt.GlobalColor.white)


def emblem(side: int) -> QPixmap:
    """Draw the program's emblem, ``side`` pixels wide: eight colours around a blank cell."""
    order = (2, 4, 3, 7, 0, 6, 1, 5, 0)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.Antialiasing)
    pitch = side / 3
    for place, colour in enumerate(order):
        row, column = divmod(place, 3)
        painter.setPen(QColor(LINE) if colour == 0 else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(AF06[colour].value))
        cell = QRectF(column * pitch, row * pitch, pitch, pitch).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(cell, pitch / 6, pitch / 6)
    painter.end()
    return pixmap
