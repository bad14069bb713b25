"""Short texts over the board: a banner while offline, and notices that go by themselves."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, Qt, QTimer
from PyQt5.QtWidgets import QWidget

from dcc.window import theme
from dcc.window.labels import Label

NOTICE_MS = 6000
"""Time of a notice on the screen: enough to read a line twice, at three words a second."""

INSIST_MS = 700
"""Time of the banner's emphasis after a refused stroke."""


class _OverlayText(Label):
    """A text at the top or the bottom of another widget, as wide as needed."""

    def __init__(self, over: QWidget, name: str, at_top: bool) -> None:
        super().__init__(parent=over)
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = over
        self._at_top = at_top
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
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
        top = theme.GAP if self._at_top else self._over.height() - height - theme.GAP
        self.setGeometry((self._over.width() - width) // 2, top, width, height)


class Banner(_OverlayText):
    """Says that the board is not up to date."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, "banner", at_top=True)
        self.timer.timeout.connect(lambda: self._set_insisting(False))

    def show_text(self, text: str) -> None:
        """Show a text until :meth:`hide`."""
        self.setText(text)
        self.place()
        self.show()
        self.raise_()

    def insist(self) -> None:
        """Stand out for a moment."""
        self._set_insisting(True)
        self.timer.start(INSIST_MS)

    def _set_insisting(self, insists: bool) -> None:
        self.setProperty("insists", "true" if insists else "false")
        style = self.style()
        assert style is not None
        style.polish(self)  # the style depends on the property


class Notice(_OverlayText):
    """Tells of an event."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, "notice", at_top=False)
        self.timer.timeout.connect(self.hide)

    def show_text(self, text: str) -> None:
        """Show a text for a while."""
        self.setText(text)
        self.place()
        self.show()
        self.raise_()
        self.timer.start(NOTICE_MS)
