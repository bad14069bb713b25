"""The band above the board: an announcement, and why the user may not paint."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QWidget

from dcc.core.actions import Entry
from dcc.core.people import Role
from dcc.language import _
from dcc.protocol.messages import RulesNews
from dcc.window.labels import Label
from dcc.wording import one_line


class Bulletin(Label):
    """Is there only while it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("bulletin")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_rules(self, rules: RulesNews, role: Role, name: str) -> None:
        """Show what concerns the user.

        :param role: of the user when the server greeted it.
        :param name: the proven name of the user; empty without one.
        """
        lines = [one_line(rules.announcement), self._rule(rules, role, name)]
        self.setText("\n".join(filter(None, lines)))
        self.setVisible(bool(self.text()))

    def _rule(self, rules: RulesNews, role: Role, name: str) -> str:
        if rules.is_frozen and role >= Role.MODERATE:
            return _("The board is frozen: only moderators paint.")
        if rules.is_frozen:
            return _("The board is frozen: drawing goes on in a moment.")
        if role >= Role.PAINT and (name or rules.entry is not Entry.KEYS):
            return ""
        if rules.entry is Entry.CODE:
            return _("You are watching. To draw, enter the code of the room (menu Edit).")
        return _("You are watching. To draw, open the link that you were given.")
