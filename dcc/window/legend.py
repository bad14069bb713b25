"""What a layer over the board means: a text, and a colour for each of some words."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QObject, Qt
from PyQt5.QtGui import QColor, QPixmap
from PyQt5.QtWidgets import QFrame, QGridLayout, QWidget

from dcc.window import theme
from dcc.window.labels import Label

_CHIP = 13
"""Side of a colour in logical pixels."""

_COLUMNS = 3


class Legend(QFrame):
    """Lies over the upper left corner of another widget, as wide as needed; the pointer reaches what is below."""

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
            chip.deleteLater()
        self._chips = []
        for number, (words, colour) in enumerate(colours):
            row, column = divmod(number, _COLUMNS)
            chip, label = Label(), Label(words)
            chip.setPixmap(_chip(colour, self.devicePixelRatioF()))
            self._grid.addWidget(chip, 1 + row, 2 * column)
            self._grid.addWidget(label, 1 + row, 2 * column + 1)
            self._chips += [chip, label]
        self.setAccessibleName(", ".join([text, *self.words]))
        self.show()
        self._place()

    def _place(self) -> None:
        room = self._over.width() - 2 * theme.GAP
        width = min(max(self.fontMetrics().horizontalAdvance(self.text.text()) + 3 * theme.GAP, 200), room)
        height = self._grid.heightForWidth(width) if self._grid.hasHeightForWidth() else self.sizeHint().height()
        self.setGeometry(theme.GAP, theme.GAP, width, height)


def _chip(colour: str, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(_CHIP * ratio), round(_CHIP * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(colour))
    return pixmap
