"""Tells when one may paint again: in the window's title, and with a sound and a notification if the user wants them."""

from __future__ import annotations

import time

from PyQt5.QtCore import QEvent, QObject
from PyQt5.QtWidgets import QAction, QApplication, QMainWindow, QSystemTrayIcon

from dcc.language import _
from dcc.window.preferences import NOTIFICATION, SOUND, Preferences
from dcc.window.prompt import Prompt

_LEAST_SECONDS = 5.0
"""Shortest pause whose end is told, as in the page: a shorter one is waited for."""


class Again(QObject):
    """Follows the pauses of a window.

    :ivar sound: switches the sound on or off; for a menu.
    :ivar notification: likewise; disabled if the desktop shows no notifications of programs.
    """

    def __init__(self, window: QMainWindow, prompt: Prompt, title: str, preferences: Preferences) -> None:
        """:param title: of the window while there is nothing to tell."""
        super().__init__(window)
        self._window = window
        self._prompt = prompt
        self._title = title
        self._preferences = preferences
        self._rests_since: float | None = None
        self._is_untold = False
        self._is_online = False
        self._tray: QSystemTrayIcon | None = None
        self.sound = self._switch(_("&Sound when I can paint again"), SOUND)
        self.notification = self._switch(_("&Notification when I can paint again"), NOTIFICATION)
        self.notification.setEnabled(QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages())
        prompt.resting_changed.connect(self._resting_changed)
        prompt.counted.connect(self._show_title)
        window.installEventFilter(self)
        self._show_title()

    def _switch(self, text: str, name: str) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)
        action.setChecked(self._preferences[name])
        action.toggled.connect(lambda wanted: self._preferences.keep(name, wanted))
        return action

    def set_online(self, is_online: bool) -> None:
        """Set whether there is a server: the end of a connection is no end of a pause."""
        self._is_online = is_online

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """See the user come back."""
        if event is not None and event.type() == QEvent.Type.WindowActivate:
            self._is_untold = False
            self._show_title()
        return super().eventFilter(watched, event)

    def _resting_changed(self, is_resting: bool) -> None:
        if is_resting:
            self._rests_since = time.monotonic()
            self._is_untold = False
            return
        since, self._rests_since = self._rests_since, None
        if self._is_online and since is not None and time.monotonic() - since >= _LEAST_SECONDS:
            self._tell()
        self._show_title()

    def _tell(self) -> None:
        self._is_untold = not self._window.isActiveWindow()
        if self._preferences[SOUND]:
            QApplication.beep()
        if not self._is_untold:
            return
        QApplication.alert(self._window)
        if self._preferences[NOTIFICATION] and self.notification.isEnabled():
            self._notify()

    def _notify(self) -> None:
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.messageClicked.connect(self._window.activateWindow)
        self._tray.show()  # only an icon that is shown can have a message
        self._tray.showMessage(_("You can paint again"), self._title)

    def _show_title(self) -> None:
        words = self._prompt.time_left or ("● " + _("You can paint again") if self._is_untold else "")
        title = f"{words} · {self._title}" if words else self._title
        if title != self._window.windowTitle():
            self._window.setWindowTitle(title)
