"""The board's past: a slider over all that was painted, and a button that plays it."""

from __future__ import annotations

from PyQt5.QtCore import QDateTime, QLocale, QSignalBlocker, Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QSlider, QStyle, QToolButton, QWidget

from dcc.protocol.messages import History, PastBoard
from dcc.window import theme

_PLAY_SECONDS = 20
"""How long the whole past takes to play, however much it is: long enough to follow, short enough to watch."""

_FRAME_MS = 40
"""Milliseconds from one board to the next, at least: the next is asked for when this one is on the screen."""


class HistoryBar(QWidget):
    """Asks for boards of the past, one at a time, and says which moment the shown one is of.

    The slider counts placements and not hours: a board rests at night, and nobody wants to watch that.
    """

    asked = pyqtSignal(int)
    """Wants the board as of this sequence."""
    closed = pyqtSignal()
    """Back to the board as it is now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.play = QToolButton()
        self.play.setCheckable(True)
        self.play.setToolTip(self.tr("Play"))
        self.play.toggled.connect(self._play_or_pause)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.valueChanged.connect(self._moved)
        self.moment = QLabel()
        self.moment.setMinimumWidth(self.fontMetrics().horizontalAdvance("0000-00-00 00:00:00 ") + theme.GAP)
        close = QToolButton()
        close.setText(self.tr("Back to now"))
        close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        row.setSpacing(theme.GAP)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.moment)
        row.addWidget(close)
        self._awaited: int | None = None
        self._step = 1
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(_FRAME_MS)
        self._next.timeout.connect(self._go_on)
        self._show_icon()

    def begin(self, history: History) -> None:
        """Show how far the past goes, and its end."""
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
        """Ask for nothing any more."""
        self.play.setChecked(False)
        self._awaited = None

    def show_moment(self, board: PastBoard) -> None:
        """The board that was asked for is on the screen; there may be another one to ask for by now."""
        self._awaited = None
        when = QDateTime.fromMSecsSinceEpoch(board.time_ms)
        self.moment.setText(when.toString("yyyy-MM-dd HH:mm:ss") if board.time_ms else self.tr("blank"))
        self.moment.setToolTip(QLocale().toString(when) if board.time_ms else "")
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
        style = self.style()
        assert style is not None
        playing = self.play.isChecked()
        self.play.setIcon(
            style.standardIcon(QStyle.StandardPixmap.SP_MediaPause if playing else QStyle.StandardPixmap.SP_MediaPlay)
        )
        self.play.setAccessibleName(self.tr("Pause") if playing else self.tr("Play"))
