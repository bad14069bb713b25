"""The bar of the board's past: a slider over all placements with the named moments, and what plays the placements."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QSignalBlocker, QSize, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QSlider, QToolButton, QWidget

from dcc.core.placements import NamedMoment
from dcc.language import _, number
from dcc.protocol.messages import History, PastBoard
from dcc.window import theme
from dcc.window.labels import Label, moment
from dcc.window.moment_names import MomentNames, moment_at, next_moment
from dcc.window.tools import AFTER, AGAIN, BEFORE, LOOP, PAUSE, PLAY, Picture, icon
from dcc.wording import one_line

_PLAY_SECONDS = 20
"""Time to play a long past at the usual speed: long enough to follow, short enough to watch."""

_FRAME_MS = 40
"""Shortest time from board to board: the bar asks for the next only once a board is on the screen. A short past is
played with a placement a frame."""

SPEEDS = (0.25, 0.5, 1, 2, 4)
"""Times the usual speed. The page has the same."""

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
        self.slider.setAccessibleName(_("Moment"))
        self.names = MomentNames(self.slider)
        self.names.chosen.connect(self.slider.setValue)
        self.again = self._button(AGAIN, _("Play from the beginning"), self._play_again)
        self.before = self._button(BEFORE, _("Previous named moment (,)"), lambda: self.step(-1))
        self.after = self._button(AFTER, _("Next named moment (.)"), lambda: self.step(1))
        self.loop = self._button(LOOP, _("In a loop"), lambda: None)
        self.loop.setCheckable(True)
        self.speed = QComboBox()
        self.speed.setToolTip(_("Speed"))
        self.speed.setAccessibleName(_("Speed"))
        for speed in SPEEDS:
            self.speed.addItem(f"{number(speed)}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1))
        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.again, self.before, self.after, self.loop, self.speed):
            row.addWidget(widget)
        self.close_button = QToolButton()
        self.close_button.setText(_("Back to now"))
        self.close_button.clicked.connect(self.closed)
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        grid.setSpacing(theme.GAP)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.play, 1, 0)
        grid.addWidget(self.close_button, 1, 3)
        self._place(True)
        self._moments: tuple[NamedMoment, ...] = ()
        self._awaited: int | None = None
        self._step = 1.0
        self._position = 0.0  # of the playing, with parts of a placement
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
        for widget in (self.slider, self.names, self.moment, self._controls):
            self._grid.removeWidget(widget)
        columns = 1 if is_wide else 2
        self._grid.addWidget(self.names, 0, 1, 1, columns)
        self._grid.addWidget(self.slider, 1, 1, 1, columns)
        self._grid.addWidget(self._controls, 2, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
        if is_wide:
            self._grid.addWidget(self.moment, 1, 2)
        else:
            self._grid.addWidget(self.moment, 3, 0, 1, 4)

    def _button(self, picture: Picture, words: str, does: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(picture, self.devicePixelRatioF()))
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda _checked: does())
        return button

    def minimumSizeHint(self) -> QSize:
        """The smallest window has room for several rows, and a bar in one row would hold it open."""
        return QSize(0, super().minimumSizeHint().height())

    def begin(self, history: History) -> None:
        """Start at the end of the past."""
        self._awaited = None
        self._step = max(1.0, history.sequence * _FRAME_MS / (_PLAY_SECONDS * 1000))
        self._moments = history.moments
        for button in (self.before, self.after):
            button.setVisible(bool(history.moments))
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, history.sequence)
            self.slider.setPageStep(max(1, history.sequence // 20))
            self.slider.setSingleStep(int(self._step))
            self.slider.setValue(history.sequence)
        self.names.set_moments(history.moments)
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
        self.slider.setAccessibleDescription(self._describe(board.sequence))
        if board.sequence != self.slider.value():
            self._moved()
        elif self.play.isChecked():
            self._next.start()

    def _describe(self, sequence: int) -> str:
        named = moment_at(self._moments, sequence)
        if named is None:
            return self.moment.text()
        name = one_line(named.name)
        place = name if named.sequence == sequence else _("after {name}").format(name=name)
        return f"{self.moment.text()}, {place}"

    def step(self, direction: int) -> None:
        """Go to the named moment before (-1) or after (1)."""
        if self._moments:
            self.play.setChecked(False)
            self.slider.setValue(next_moment(self._moments, self.slider.value(), direction, self.slider.maximum()))

    def _play_again(self) -> None:
        self.slider.setValue(0)
        self.play.setChecked(True)

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
        shown, last = self.slider.value(), self.slider.maximum()
        if shown == last:
            if self.loop.isChecked():
                self.slider.setValue(0)
            else:
                self.play.setChecked(False)
            return
        if int(self._position) != shown:  # the hand has moved the slider
            self._position = float(shown)
        self._position = min(self._position + self._step * self.speed.currentData(), float(last))
        if int(self._position) == shown:
            self._next.start()
        self.slider.setValue(int(self._position))

    def _show_icon(self) -> None:
        playing = self.play.isChecked()
        self.play.setIcon(icon(PAUSE if playing else PLAY, self.devicePixelRatioF()))
        self.play.setAccessibleName(_("Pause") if playing else _("Play"))
