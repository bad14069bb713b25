"""The window of ``dcc draw`` without an address: where to draw, and how to host a board."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QCloseEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from dcc.client.address import Invitation, parse_invitation
from dcc.errors import DccError
from dcc.language import _
from dcc.window import theme
from dcc.window.labels import Label
from dcc.wording import sentence

_AROUND_WORDS = 9 * theme.GAP
"""Room around the words in the empty field: margins of the window, of the field and of its text."""


class StartWindow(QWidget):
    """Asks for a server.

    :ivar field: for an address or a link.
    :ivar servers: a button for each of the last servers, and one for this computer.
    """

    chosen = pyqtSignal(object)
    """An :class:`~dcc.client.address.Invitation`."""
    closed = pyqtSignal()
    """The user closed the window without a choice."""

    def __init__(self, servers: Sequence[Invitation], here: Invitation, to_host: str) -> None:
        """
        :param servers: the last servers, the latest first.
        :param here: a server on this computer.
        :param to_host: the command that hosts a board.
        """
        super().__init__()
        self.setObjectName("start")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("DrawColorCanvas")
        self._is_chosen = False
        title = Label(_("Where do you want to draw?"))
        title.setObjectName("card_title")
        title.setWordWrap(True)
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("a link, or an address such as {example}").format(example="192.168.1.20"))
        self.field.setAccessibleName(_("Link or address"))
        self.field.returnPressed.connect(self._join)
        self.field.setMinimumHeight(36)
        self.field.setTextMargins(theme.GAP, 0, theme.GAP, 0)
        self.join = QPushButton(_("Join"))
        self.join.setObjectName("confirm")
        self.join.clicked.connect(self._join)
        self.fault = Label()
        self.fault.setObjectName("fault")
        self.fault.setWordWrap(True)
        self.fault.hide()
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.join)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setSpacing(theme.GAP)
        column.setContentsMargins(2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP)
        column.addWidget(title)
        column.addLayout(row)
        column.addWidget(self.fault)
        self.servers: list[QPushButton] = []
        if servers:
            column.addSpacing(theme.GAP)
            column.addWidget(_heading(_("Last servers")))
        for server in servers:
            column.addWidget(self._button(str(server), server))
        if here.address not in [server.address for server in servers]:
            column.addWidget(self._button(_("This computer ({address})").format(address=here), here))
        column.addSpacing(theme.GAP)
        column.addWidget(_heading(_("To host a board here, type in a terminal:")))
        hint = Label(to_host)
        hint.setObjectName("card_hint")
        hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(hint)
        then = Label(_("It prints the link to hand out. Everybody on your network can join then."))
        then.setObjectName("muted")
        then.setWordWrap(True)
        column.addWidget(then)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(area)
        self.setMinimumWidth(320)
        words = self.field.fontMetrics().horizontalAdvance(self.field.placeholderText())
        width = words + self.join.sizeHint().width() + _AROUND_WORDS
        self.resize(max(460, width), body.sizeHint().height() + 8 * theme.GAP)  # lines wrap
        self.field.setFocus()

    def _button(self, text: str, server: Invitation) -> QPushButton:
        button = QPushButton(text.replace("&", "&&"))
        button.setObjectName("server")
        button.clicked.connect(lambda: self._choose(server))
        self.servers.append(button)
        return button

    def _join(self) -> None:
        text = self.field.text().strip()
        try:
            if not text:
                raise DccError(_("paste a link, or type the address of a server"))
            self._choose(parse_invitation(text))
        except DccError as error:
            self.refuse(str(error))

    def refuse(self, reason: str) -> None:
        """Say why a choice is not possible."""
        self._is_chosen = False
        self.fault.setText(sentence(reason))
        self.fault.show()

    def _choose(self, server: Invitation) -> None:
        self._is_chosen = True
        self.chosen.emit(server)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Tell whether the user chose something."""
        super().closeEvent(event)
        if not self._is_chosen:
            self.closed.emit()


def _heading(text: str) -> Label:
    heading = Label(text)
    heading.setObjectName("heading")
    heading.setWordWrap(True)
    return heading
