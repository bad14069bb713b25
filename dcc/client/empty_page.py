"""What the window shows while there is no board yet: where it connects to, and why that fails."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from dcc.client import look


class EmptyPage(QWidget):
    """A card in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        card = QFrame(self)
        card.setObjectName("card")
        card.setMaximumWidth(460)
        card.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Maximum)
        emblem = QLabel(card)
        picture = look.emblem(round(72 * self.devicePixelRatioF()))
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        emblem.setPixmap(picture)
        self.title = _text("card_title", card)
        self.reason = _text("muted", card)
        self.hint = _text("card_hint", card)
        self.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(card)
        column.setContentsMargins(3 * look.GAP, 3 * look.GAP, 3 * look.GAP, 3 * look.GAP)
        column.setSpacing(2 * look.GAP)
        column.addWidget(emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self.title, self.reason, self.hint):
            column.addWidget(label)
        page = QVBoxLayout(self)
        page.setContentsMargins(2 * look.GAP, 2 * look.GAP, 2 * look.GAP, 2 * look.GAP)
        page.addStretch(1)
        page.addWidget(card)
        page.addStretch(1)
        page.setAlignment(card, Qt.AlignmentFlag.AlignHCenter)

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
