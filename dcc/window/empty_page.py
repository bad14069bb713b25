"""The page without a board: the server's address, and why the connection fails."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from dcc.language import _
from dcc.window import theme
from dcc.window.labels import Label

_ROOM_FOR_EMBLEM = 430
"""Least height with room for both the emblem and the text, in logical pixels."""


class EmptyPage(QScrollArea):
    """A card in the middle; a window too small for the card scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        ground = QWidget()
        ground.setObjectName("empty")
        ground.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(ground)
        card = QFrame(ground)
        card.setObjectName("card")
        card.setMaximumWidth(460)
        self._emblem = emblem = Label(parent=card)
        picture = theme.emblem(round(72 * self.devicePixelRatioF()))
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        emblem.setPixmap(picture)
        self.title = _text("card_title", card)
        self.reason = _text("muted", card)
        self.hint = _text("card_hint", card)
        self.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column = column = QVBoxLayout(card)
        column.addWidget(emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        self.try_now = QPushButton(_("Try now"))
        self.elsewhere = QPushButton(_("Another server…"))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.try_now, self.elsewhere):
            button.hide()
            buttons.addWidget(button)
        buttons.addStretch(1)
        for label in (self.title, self.reason, self.hint):
            column.addWidget(label)
        column.addLayout(buttons)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card, 100)  # up to its maximum width with any text
        row.addStretch(1)
        page = QVBoxLayout(ground)
        page.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        page.addStretch(1)
        page.addLayout(row)
        page.addStretch(1)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Leave a small window to the text."""
        super().resizeEvent(event)
        has_room = self.height() >= _ROOM_FOR_EMBLEM
        self._emblem.setVisible(has_room)
        margin = (3 if has_room else 1) * theme.GAP
        self._column.setContentsMargins(margin, margin, margin, margin)
        self._column.setSpacing((2 if has_room else 1) * theme.GAP)

    def show_text(self, title: str, reason: str, hint: str, failed: bool) -> None:
        """
        :param hint: advice, or nothing.
        :param failed: whether to offer a second attempt, and another server.
        """
        self.title.setText(title)
        self.reason.setText(reason)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.try_now.setVisible(failed)
        self.elsewhere.setVisible(failed)


def _text(name: str, parent: QWidget) -> QLabel:
    label = Label(parent=parent)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
