"""The bar of the board's past: a slider over all placements, and a button to play them."""

from __future__ import annotations

from PyQt5.QtCore import QSignalBlocker, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QGridLayout, QSlider, QToolButton, QWidget

from dcc.language import _
from dcc.protocol.messages import History, PastBoard
from dcc.window import theme
from dcc.window.labels import Label, moment
from dcc.window.tools import PAUSE, PLAY, icon

_PLAY_SECONDS = 20
"""Time to play the whole past, of any length: long enough to follow, short enough to watch."""

_FRAME_MS = 40
"""Shortest time from board to board: the bar asks for the next only once a board is on the screen."""


_SLIDER_WIDTH = 120
"""Narrower, a step of the hand would be a large part of the past; in logical pixels."""


class HistoryBar(QWidget):
    """Asks for boards of the past, one at a time, and shows the moment of the board on the screen.

    The slider counts placements, not hours: nobody wants to watch a board rest at night.
    """

    asked = pyqtSignal(int)
    """Asks for the board as of a sequence."""
    closed = pyqtSignal()
    """Back to the present board."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.play = QToolButton()
        self.play.setCheckable(True)
        self.play.setToolTip(_("Play"))
        self.play.toggled.connect(self._play_or_pause)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.valueChanged.connect(self._moved)
        self.moment = Label()
        self.moment.setMinimumWidth(self.fontMetrics().horizontalAdvance("0000-00-00 00:00:00 ") + theme.GAP)
        self.close_button = QToolButton()
        self.close_button.setText(_("Back to now"))
        self.close_button.clicked.connect(self.closed)
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        grid.setSpacing(theme.GAP)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.play, 0, 0)
        grid.addWidget(self.close_button, 0, 3)
        self._place(True)
        self._awaited: int | None = None
        self._step = 1
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(_FRAME_MS)
        self._next.timeout.connect(self._go_on)
        self._show_icon()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give a narrow bar two rows."""
        super().resizeEvent(event)
        rest = sum(widget.sizeHint().width() for widget in (self.play, self.close_button))
        is_wide = self.width() >= rest + self.moment.minimumWidth() + _SLIDER_WIDTH + 5 * theme.GAP
        self._place(is_wide)

    def _place(self, is_wide: bool) -> None:
        for widget in (self.slider, self.moment):
            self._grid.removeWidget(widget)
        if is_wide:
            self._grid.addWidget(self.slider, 0, 1)
            self._grid.addWidget(self.moment, 0, 2)
        else:
            self._grid.addWidget(self.slider, 0, 1, 1, 2)
            self._grid.addWidget(self.moment, 1, 0, 1, 4)

    def minimumSizeHint(self) -> QSize:
        """The smallest window has room for two rows, and a bar in one row would hold it open."""
        return QSize(0, super().minimumSizeHint().height())

    def begin(self, history: History) -> None:
        """Start at the end of the past."""
        self._awaited = None
        self._step = max(1, history.sequence * _FRAME_MS // (_PLAY_SECONDS * 1000))
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, history.sequence)
            self.slider.setPageStep(max(1, history.sequence // 20))
            self.slider.setSingleStep(self._step)
            self.slider.setValue(history.sequence)
        self.moment.setText("")
        self._moved()

    def end(self) -> None:
        """Stop asking."""
        self.play.setChecked(False)
        self._awaited = None

    def show_moment(self, board: PastBoard) -> None:
        """Show the moment of the board on the screen; ask for the next board, if the slider has moved on."""
        self._awaited = None
        self.moment.setText(moment(board.time_ms) if board.time_ms else _("blank"))
        if board.sequence != self.slider.value():
            self._moved()
        elif self.play.isChecked():
            self._next.start()

    def _moved(self) -> None:
        if self._awaited is None:
            self._awaited = self.slider.value()
            self.asked.emit(self._awaited)

    def _play_or_pause(self, playing: bool) -> None:
        self._show_icon()
        if not playing:
            self._next.stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self.slider.value() == self.slider.maximum():
            self.play.setChecked(False)
        else:
            self.slider.setValue(self.slider.value() + self._step)

    def _show_icon(self) -> None:
        playing = self.play.isChecked()
        self.play.setIcon(icon(PAUSE if playing else PLAY, self.devicePixelRatioF()))
        self.play.setAccessibleName(_("Pause") if playing else _("Play"))
