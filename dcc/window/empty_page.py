"""What the window shows while there is no board yet: where it connects to, and why that fails."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dcc.window import theme

_ROOM_FOR_EMBLEM = 400
"""Logical pixels of height from which on the emblem takes nothing away from the text."""


class EmptyPage(QWidget):
    """A card in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        card = QFrame(self)
        card.setObjectName("card")
        card.setMaximumWidth(460)
        self._emblem = emblem = QLabel(card)
        picture = theme.emblem(round(72 * self.devicePixelRatioF()))
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        emblem.setPixmap(picture)
        self.title = _text("card_title", card)
        self.reason = _text("muted", card)
        self.hint = _text("card_hint", card)
        self.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(card)
        column.setContentsMargins(3 * theme.GAP, 3 * theme.GAP, 3 * theme.GAP, 3 * theme.GAP)
        column.setSpacing(2 * theme.GAP)
        column.addWidget(emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self.title, self.reason, self.hint):
            column.addWidget(label)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card, 100)  # up to its maximum width, whatever its text
        row.addStretch(1)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        page.addStretch(1)
        page.addLayout(row)
        page.addStretch(1)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """In a small window the text comes first."""
        super().resizeEvent(event)
        self._emblem.setVisible(self.height() >= _ROOM_FOR_EMBLEM)

    def show_text(self, title: str, reason: str, hint: str, failed: bool) -> None:
        """
        :param hint: what to do, or nothing.
        :param failed: whether the title tells of a fault.
        """
        self.title.setText(title)
        self.title.setProperty("failed", "true" if failed else "false")
        style = self.style()
        assert style is not None
        style.polish(self.title)  # the property is part of its style
        self.reason.setText(reason)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))


def _text(name: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)  # reasons come from a server
    return label
