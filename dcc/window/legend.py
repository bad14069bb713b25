"""What a layer over the board means: a text, and a colour for each of some words."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtGui import QColor, QPainter, QPixmap
from PyQt5.QtWidgets import QFrame, QGridLayout, QWidget

from dcc.window import theme
from dcc.window.labels import Label

_CHIP = 13
"""Side of a colour in logical pixels."""

_COLUMNS = 3

_WIDTH = 220
"""Narrow: a board of any shape has more often room beside it than above it."""


class Legend(QFrame):
    """Lies over the upper left corner of another widget, as high as needed; the pointer reaches what is below."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("legend")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = over
        self.text = Label()
        self.text.setWordWrap(True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, theme.GAP // 2)
        self._grid.setVerticalSpacing(2)
        self._grid.setHorizontalSpacing(theme.GAP // 2)
        self._grid.setColumnStretch(2 * _COLUMNS - 1, 1)
        self._grid.addWidget(self.text, 0, 0, 1, 2 * _COLUMNS)
        self._chips: list[Label] = []
        self.words: list[str] = []
        over.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the size of the widget below."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def show_text(self, text: str, colours: Sequence[tuple[str, str]] = ()) -> None:
        """:param colours: words for each colour, ``#rrggbb``."""
        self.text.setText(text)
        self.words = [words for words, _colour in colours]
        for chip in self._chips:
            self._grid.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = []
        room = _WIDTH - 2 * theme.GAP - _CHIP - self._grid.horizontalSpacing()
        shown = [self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room) for words in self.words]
        widest = max((self.fontMetrics().horizontalAdvance(words) for words in shown), default=1)
        columns = max(1, min(_COLUMNS, _WIDTH // (widest + _CHIP + 2 * theme.GAP)))
        for number, (words, (_words, colour)) in enumerate(zip(shown, colours, strict=True)):
            row, column = divmod(number, columns)
            chip, label = Label(), Label(words)
            chip.setPixmap(_chip(colour, self.devicePixelRatioF()))
            self._grid.addWidget(chip, 1 + row, 2 * column)
            self._grid.addWidget(label, 1 + row, 2 * column + 1)
            for each in (chip, label):
                each.show()  # the layout counts no hidden one
                self._chips.append(each)
        self.setAccessibleName(", ".join([text, *self.words]))
        self.show()
        self._grid.activate()  # its height is asked for at once
        self._place()

    def _place(self) -> None:
        width = min(_WIDTH, self._over.width() - 2 * theme.GAP)
        height = self._grid.totalHeightForWidth(width)
        self.setGeometry(theme.GAP, theme.GAP, width, height)


def _chip(colour: str, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(_CHIP * ratio), round(_CHIP * ratio))
    pixmap.fill(QColor(theme.hues.muted))  # an edge: a colour may be that of the legend
    painter = QPainter(pixmap)
    edge = round(ratio)
    painter.fillRect(pixmap.rect().adjusted(edge, edge, -edge, -edge), QColor(colour))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
