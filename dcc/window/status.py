"""The line at the bottom of the window: the cell under the pointer, how many are online, the connection."""

from __future__ import annotations

from fractions import Fraction

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtGui import QColor, QPainter, QPixmap, QResizeEvent
from PyQt5.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from dcc.language import _, number
from dcc.window import theme
from dcc.window.labels import Label, set_tool_tip

_WIDE = 560
"""Least width with room for whole words, in logical pixels."""

_DOT = 10
_CHIP = 13


class StatusLine(QWidget):
    """Shows cell, colour, zoom, people and connection."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cell: tuple[int, int] | None = None
        self._colour = ("", "")
        self._size = ""
        self._is_blank = False
        self._zoom = Fraction(0)
        self._users: int | None = None
        self.cell = Label(parent=self)
        self.chip = Label(parent=self)
        self.colour = Label(parent=self)
        self.users = Label(parent=self)
        self.zoom = Label(parent=self)
        self.dot = Label(parent=self)
        self.connection = Label(parent=self)
        self.zoom.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GAP, 3, theme.GAP, 3)
        row.setSpacing(theme.GAP)
        for widget in (self.cell, self.chip, self.colour):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.zoom, self.dot, self.users, self.connection):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)

    def add(self, widget: QWidget) -> None:
        """Show another widget, left of the zoom."""
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(row.indexOf(self.zoom), widget)

    def sizeHint(self) -> QSize:
        """As high as the text; the window decides on the width."""
        return QSize(_WIDE, super().sizeHint().height())

    def show_board(self, columns: int, rows: int, is_blank: bool = False) -> None:
        """Set the board's size, shown while there is no cell under the pointer.

        :param is_blank: whether nobody has painted.
        """
        self._size = f"{columns} × {rows}"
        self._is_blank = is_blank
        self._write()

    def show_painted(self) -> None:
        """Take note that somebody has painted."""
        if self._is_blank:
            self._is_blank = False
            self._write()

    def show_cell(self, cell: tuple[int, int] | None, name: str = "", value: str = "") -> None:
        """Show column and row under the pointer, with the name and the value of the colour."""
        self._cell = cell
        self._colour = name, value
        self._write()

    def show_zoom(self, zoom: Fraction) -> None:
        """Show the pixels per cell."""
        self._zoom = zoom
        self._write()

    def show_users(self, users: int | None) -> None:
        """Show how many are online; nothing if the server does not say."""
        self._users = users
        self._write()

    def show_connection(self, text: str, colour: str) -> None:
        """Show the state of the connection: a word, and a dot of this colour."""
        self.connection.setText(text)
        self.dot.setPixmap(_disc(colour, self.devicePixelRatioF()))

    def resizeEvent(self, _event: QResizeEvent | None) -> None:
        """Show whole words, or short forms in a narrow window."""
        self._write()

    def _write(self) -> None:
        wide = self.width() >= _WIDE
        name, value = self._colour
        if self._cell is None:
            blank = _("Nobody has painted yet.")
            self.cell.setText(f"{self._size}  {blank}" if self._is_blank and wide else self._size)
        elif wide:
            self.cell.setText(_("column {column}, row {row}").format(column=self._cell[0], row=self._cell[1]))
        else:
            self.cell.setText(f"{self._cell[0]}, {self._cell[1]}")
        self.chip.setVisible(self._cell is not None)
        self.colour.setVisible(self._cell is not None)
        if self._cell is not None:
            self.chip.setPixmap(_chip(value, self.devicePixelRatioF()))
            self.colour.setText(f"{name}  {value}" if wide and name != value else name)
        self.zoom.setText(f"{number(float(f'{float(self._zoom):.2g}'))}×" if self._zoom else "")
        self.zoom.setVisible(wide and self._zoom > 0)
        self.users.setVisible(self._users is not None)
        self.connection.setVisible(self._users is None)  # how many are online says it too
        if self._users is not None:
            text = _("{count} online").format(count=self._users)
            self.users.setText(text if wide else f"{self._users}")
            set_tool_tip(self.users, "" if wide else text)


def _blank(side: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _disc(colour: str, ratio: float) -> QPixmap:
    pixmap = _blank(_DOT, ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(0, 0, _DOT, _DOT)
    painter.end()
    return pixmap


def _chip(value: str, ratio: float) -> QPixmap:
    pixmap = _blank(_CHIP, ratio)
    painter = QPainter(pixmap)
    painter.setPen(QColor(theme.hues.muted))
    painter.setBrush(QColor(value))
    painter.drawRect(0, 0, _CHIP - 1, _CHIP - 1)
    painter.end()
    return pixmap
