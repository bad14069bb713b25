"""The bar of a roll back: whose pixels stand out, from when on, and what to do about them."""

from __future__ import annotations

from PyQt5.QtCore import QSignalBlocker, pyqtSignal
from PyQt5.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from dcc.language import _, ngettext, number
from dcc.window import theme
from dcc.window.labels import Label

_MINUTE, _HOUR = 60, 3600


class RollBackBar(QWidget):
    """Shows how much is chosen, and asks what to do."""

    range_changed = pyqtSignal()
    rolled_back = pyqtSignal()
    ban_wanted = pyqtSignal()
    closed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.who = Label()
        self.range = QComboBox()
        for text, seconds in (
            (_("of all time"), None),
            (_("of the last 10 minutes"), 10 * _MINUTE),
            (_("of the last hour"), _HOUR),
            (_("of the last day"), 24 * _HOUR),
        ):
            self.range.addItem(text, seconds)
        self.range.currentIndexChanged.connect(self.range_changed)
        self.roll_back = QToolButton()
        self.roll_back.setText(_("Roll back"))
        self.roll_back.setToolTip(_("Paint what was there before; it can be undone"))
        self.roll_back.clicked.connect(self.rolled_back)
        self.roll_back.setEnabled(False)
        self.ban = QToolButton()
        self.ban.setText(_("Ban…"))
        self.ban.clicked.connect(self.ban_wanted)
        close = QToolButton()
        close.setText(_("Close"))
        close.clicked.connect(self.closed)
        self.who.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.range, 1)
        for widget in (self.roll_back, self.ban, close):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        column.setSpacing(theme.GAP // 2)
        column.addWidget(self.who)
        column.addLayout(row)

    @property
    def seconds(self) -> int | None:
        """How far back the choice goes; None for all time."""
        seconds: int | None = self.range.currentData()
        return seconds

    def begin(self, can_ban: bool) -> None:
        """Start with a choice of all time."""
        with QSignalBlocker(self.range):
            self.range.setCurrentIndex(0)
        self.ban.setVisible(can_ban)
        self.wait()

    def wait(self) -> None:
        """Show that the server is looking."""
        self.who.setText(_("Looking for the pixels…"))
        self.roll_back.setEnabled(False)

    def show_found(self, who: str, placements: int, cells: int) -> None:
        """Show how many placements are chosen, and how many cells a roll back would paint."""
        self.who.setText(
            ngettext(
                "{who}: {placements} pixel; {cells} on top",
                "{who}: {placements} pixels; {cells} on top",
                placements,
            ).format(who=who, placements=number(placements), cells=number(cells))
        )
        self.roll_back.setEnabled(cells > 0)
