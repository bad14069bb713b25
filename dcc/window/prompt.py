"""The line above the palette: the call to choose a colour, or the time until the next paint."""

from __future__ import annotations

import math
import time

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QWidget

from dcc.language import _, ngettext
from dcc.protocol.messages import Cooldown
from dcc.window.labels import Label

_MS = 1000

_RING_MS = 100
"""Milliseconds between two pictures of a ring: a ring of a minute grows by less than a pixel."""


class Prompt(Label):
    """Counts down to the next paint, if the server asks for a pause."""

    resting_changed = pyqtSignal(bool)
    """A pause begins or ends."""
    counted = pyqtSignal()
    """:attr:`part` or :attr:`time_left` may be another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("prompt")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._until = 0.0  # as time.monotonic()
        self._rest_seconds = 1.0
        self._is_resting = False
        self._news: Cooldown | None = None
        self._news_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._count)
        self._ring_timer = QTimer(self)
        self._ring_timer.setInterval(_RING_MS)
        self._ring_timer.timeout.connect(self._count_parts)
        self._count()

    @property
    def is_resting(self) -> bool:
        """Whether it is too early to paint."""
        return time.monotonic() < self._until

    @property
    def has_cooldown(self) -> bool:
        """Whether the server asks for pauses."""
        return self._news is not None and self._news.most > 0

    @property
    def gathered(self) -> int:
        """How many pixels the server takes now, on a board with a cooldown."""
        charges, _to_next = self._charges()
        tells_charges = self._news is not None and self._news.each_ms > 0
        return charges if tells_charges else int(not self.is_resting)

    @property
    def part(self) -> float:
        """How much of the next pixel has gathered, 0 to 1; 1 if there is nothing to wait for."""
        news = self._news
        if news is not None and news.each_ms:
            _charges, to_next = self._charges()
            return max(1 - to_next * _MS / news.each_ms, 0.0) if to_next else 1.0
        left = self._until - time.monotonic()
        return max(1 - left / self._rest_seconds, 0.0) if left > 0 else 1.0

    @property
    def time_left(self) -> str:
        """The time until the next paint, such as ``7 s``; empty if there is nothing to wait for."""
        left = self._until - time.monotonic()
        return _clock(math.ceil(left)) if left > 0 else ""

    def _count_parts(self) -> None:
        if self.part == 1:
            self._ring_timer.stop()
        self.counted.emit()

    def rest(self, wait_ms: int) -> None:
        """Count down from this many milliseconds in place of any other countdown; 0 ends the pause."""
        self._until = time.monotonic() + wait_ms / _MS
        self._rest_seconds = max(wait_ms, 1) / _MS
        self._count()
        self._ring_timer.start()
        self.counted.emit()

    def forget(self) -> None:
        """End the pause, and forget the cooldown: both were of a connection that was lost."""
        self._news = None
        self.rest(0)

    def show_charges(self, news: Cooldown) -> None:
        """Count down to the next pixel, and count the pixels that gather."""
        self._news, self._news_at = news, time.monotonic()
        self.rest(news.wait_ms)

    def _charges(self) -> tuple[int, float]:
        """Return how many pixels have gathered, and the seconds until there is one more; 0 if there are the most."""
        news = self._news
        if news is None or not news.each_ms or news.charges >= news.most:
            return (news.charges if news else 0), 0.0
        passed = (time.monotonic() - self._news_at) * _MS - news.next_ms
        if passed < 0:
            return news.charges, -passed / _MS
        more = 1 + int(passed // news.each_ms)
        if news.charges + more >= news.most:
            return news.most, 0.0
        return news.charges + more, (more * news.each_ms - passed) / _MS

    def _count(self) -> None:
        left = self._until - time.monotonic()
        charges, to_next = self._charges()
        if left <= 0 and self._news is not None and self._news.most > 1:
            self.setText(
                _("You can paint {count} of {most} pixels; the next comes in {time}").format(
                    count=charges, most=self._news.most, time=_clock(math.ceil(to_next))
                )
                if to_next
                else ngettext("You can paint {count} pixel", "You can paint {count} pixels", charges).format(
                    count=charges
                )
            )
            if to_next:
                self._timer.start(math.ceil(to_next % 1 * _MS) or _MS)
        elif left > 0:
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
