"""Short texts at the board: a banner above it while offline, and notices over it that go by themselves."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer
from PyQt5.QtWidgets import QWidget

from dcc.window import theme
from dcc.window.labels import Label

NOTICE_MS = 6000
"""Time of a notice on the screen: enough to read a line twice, at three words a second."""

INSIST_MS = 700
"""Time of the banner's emphasis after a refused stroke."""


class Banner(Label):
    """Says that the board is not up to date, above the board."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("banner")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self._set_insisting(False))
        self.hide()

    def show_text(self, text: str) -> None:
        """Show a text until :meth:`hide`."""
        self.setText(text)
        self.show()

    def insist(self) -> None:
        """Stand out for a moment."""
        self._set_insisting(True)
        self._timer.start(INSIST_MS)

    def _set_insisting(self, insists: bool) -> None:
        self.setProperty("insists", "true" if insists else "false")
        style = self.style()
        assert style is not None
        style.polish(self)  # the style depends on the property


class Notice(Label):
    """Tells of an event for a while, at the bottom of another widget, as wide as needed."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(parent=over)
        self.setObjectName("notice")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = over
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the size of the widget below."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """Fit the size to the text."""
        room = self._over.width() - 2 * theme.GAP
        words = self.fontMetrics().horizontalAdvance(self.text()) + 40
        width = min(words, room)
        height = self.heightForWidth(width)
        top = self._over.height() - height - theme.GAP
        self.setGeometry((self._over.width() - width) // 2, top, width, height)

    def show_text(self, text: str) -> None:
        """Show a text for a while."""
        self.setText(text)
        self.place()
        self.show()
        self.raise_()
        self._timer.start(NOTICE_MS)
