"""The line above the palette: to choose a colour, or how long it is until one can paint again."""

from __future__ import annotations

import math
import time

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QLabel, QWidget

_MS = 1000


class Prompt(QLabel):
    """Counts down to the next paint where the server asks for a pause."""

    resting_changed = pyqtSignal(bool)
    """Whether there is a pause, from now on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("prompt")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._until = 0.0  # as time.monotonic()
        self._is_resting = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._count)
        self._count()

    @property
    def is_resting(self) -> bool:
        """Whether it is too early to paint."""
        return time.monotonic() < self._until

    def rest(self, wait_ms: int) -> None:
        """Count down from so many milliseconds, whatever was counted before; from 0, be ready."""
        self._until = time.monotonic() + wait_ms / _MS
        self._count()

    def _count(self) -> None:
        left = self._until - time.monotonic()
        if left > 0:
            self.setText(self.tr("You can paint again in {time}").format(time=_clock(math.ceil(left))))
            self._timer.start(math.ceil(left % 1 * _MS))  # to the next full second
        else:
            self._timer.stop()
            self.setText(self.tr("Choose a colour:"))
        self._show_whether(left > 0)

    def _show_whether(self, is_resting: bool) -> None:
        if is_resting == self._is_resting:
            return
        self._is_resting = is_resting
        self.setProperty("resting", "true" if is_resting else "false")
        style = self.style()
        assert style is not None
        style.polish(self)  # the property is part of its style
        self.resting_changed.emit(is_resting)


def _clock(seconds: int) -> str:
    """``7 s``, and from a minute on ``4:07``."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60}:{seconds % 60:02}"
