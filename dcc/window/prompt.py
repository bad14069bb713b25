"""The line above the palette: the call to choose a colour, or the time until the next paint."""

from __future__ import annotations

import math
import time

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QWidget

from dcc.language import _
from dcc.window.labels import Label

_MS = 1000


class Prompt(Label):
    """Counts down to the next paint, if the server asks for a pause."""

    resting_changed = pyqtSignal(bool)
    """A pause begins or ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
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
        """Count down from this many milliseconds in place of any other countdown; 0 ends the pause."""
        self._until = time.monotonic() + wait_ms / _MS
        self._count()

    def _count(self) -> None:
        left = self._until - time.monotonic()
        if left > 0:
            self.setText(_("You can paint again in {time}").format(time=_clock(math.ceil(left))))
            self._timer.start(math.ceil(left % 1 * _MS))  # to the next full second
        else:
            self._timer.stop()
            self.setText(_("Choose a colour:"))
        self._show_whether(left > 0)

    def _show_whether(self, is_resting: bool) -> None:
        if is_resting == self._is_resting:
            return
        self._is_resting = is_resting
        self.setProperty("resting", "true" if is_resting else "false")
        style = self.style()
        assert style is not None
        style.polish(self)  # the style depends on the property
        self.resting_changed.emit(is_resting)


def _clock(seconds: int) -> str:
    """Show ``7 s``, and from a minute on ``4:07``."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60}:{seconds % 60:02}"
