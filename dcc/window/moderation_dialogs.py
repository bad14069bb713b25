"""Questions to moderators, and the lists for them. As all dialogs here, none runs an event loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from PyQt5.QtCore import Qt, pyqtBoundSignal, pyqtSignal
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dcc import limits
from dcc.core.actions import (
    Action,
    AddAreas,
    Allowed,
    Announce,
    Area,
    Ban,
    Group,
    LogEntry,
    NameMoment,
    Rectangle,
    Unban,
)
from dcc.core.people import Role, is_name
from dcc.core.placements import MILLISECONDS
from dcc.language import _
from dcc.protocol.messages import Guest, People
from dcc.telling import tell_action
from dcc.window import theme
from dcc.window.dialogs import label_buttons
from dcc.window.labels import Label, moment
from dcc.wording import one_line

_HOUR = 3600


class ActionDialog(QDialog):
    """Asks for what an action needs; OK is there once everything is.

    :ivar form: for the questions.
    """

    acted = pyqtSignal(object)
    """The action to do."""

    def __init__(self, title: str, does: str, parent: QWidget | None = None) -> None:
        """:param does: what the button does, in words."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = QFormLayout()
        self.form.setSpacing(theme.GAP)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.buttons = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
        label_buttons(self.buttons)
        self.ok.setText(does)
        self.buttons.accepted.connect(self._act)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP)
        column.setSpacing(2 * theme.GAP)
        column.addLayout(self.form)
        column.addWidget(self.buttons)
        self.setMinimumWidth(520)

    @property
    def ok(self) -> QPushButton:
        """The button that does the action."""
        button = self.buttons.button(QDialogButtonBox.Ok)
        assert button is not None
        return button

    def line(self, label: str, most: int, text: str = "") -> QLineEdit:
        """Ask for a line of text."""
        line = QLineEdit(text)
        line.setMaxLength(most)
        line.textChanged.connect(self.check)
        self.form.addRow(label, line)
        return line

    def choice(self, label: str, *choices: tuple[str, object]) -> QComboBox:
        """Ask for one of some texts, each with a value."""
        box = QComboBox()
        for text, value in choices:
            box.addItem(text, value)
        box.currentIndexChanged.connect(self.check)
        self.form.addRow(label, box)
        return box

    def check(self) -> None:
        """Enable the button if there is an action to do."""
        self.ok.setEnabled(self.action() is not None)

    def action(self) -> Action | None:
        """Return the action as asked for; None while something is missing."""
        raise NotImplementedError

    def _act(self) -> None:
        action = self.action()
        if action is not None:
            self.acted.emit(action)
            self.accept()


class AnnounceDialog(ActionDialog):
    """Asks for an announcement."""

    def __init__(self, present: str, parent: QWidget | None = None) -> None:
        """:param present: the announcement that is shown now."""
        super().__init__(_("Announce"), _("&Announce"), parent)
        self.text = self.line(_("&Text for everybody:"), limits.ANNOUNCEMENT_CHARACTERS, present)
        self.text.setPlaceholderText(_("Empty takes the announcement away"))

    def action(self) -> Action | None:
        """See :class:`ActionDialog`."""
        return Announce(self.text.text().strip())


class BanDialog(ActionDialog):
    """Asks from what, how long and why somebody is banned."""

    def __init__(self, name: str, network: str, parent: QWidget | None = None) -> None:
        """:param name: the proven name to ban; empty for the address."""
        who = name or network
        super().__init__(_("Ban {who}").format(who=one_line(who)), _("&Ban"), parent)
        self._name, self._network = name, "" if name else network
        self.scope = self.choice(_("&From:"), (_("painting; watching stays allowed"), False), (_("connecting"), True))
        self.time = self.choice(_("&How long:"), (_("1 hour"), _HOUR), (_("1 day"), 24 * _HOUR), (_("for good"), None))
        self.why = self.line(_("&Why, told to the banned:"), limits.ANNOUNCEMENT_CHARACTERS, _("vandalism"))

    def action(self) -> Action | None:
        """See :class:`ActionDialog`."""
        why = self.why.text().strip()
        if not why:
            return None
        seconds = self.time.currentData()
        until_ms = None if seconds is None else int((time.time() + seconds) * MILLISECONDS)
        return Ban(self._name, self._network, why, self.scope.currentData(), until_ms)


class AreaDialog(ActionDialog):
    """Asks for the name of an area and who may paint there."""

    def __init__(self, place: Rectangle, taken: Sequence[str], parent: QWidget | None = None) -> None:
        title = _("Area of {width} × {height} cells").format(width=place.width, height=place.height)
        super().__init__(title, _("&Make the area"), parent)
        self._place, self._taken = place, taken
        self.name = self.line(_("&Name:"), limits.NAME_CHARACTERS)
        self.allowed = self.choice(
            _("&Who paints there:"),
            (_("people with these names:"), None),
            (_("everybody"), Group.EVERYBODY),
            (_("moderators"), Group.MODERATORS),
            (_("nobody"), Group.NOBODY),
        )
        self.names = self.line("", 10_000)
        self.names.setPlaceholderText(_("Ada, Bob"))
        self.hint = Label()
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.form.addRow("", self.hint)
        self.check()

    def check(self) -> None:
        """Also say what is missing."""
        super().check()
        if not hasattr(self, "hint"):  # the questions are still being made
            return
        self.names.setEnabled(self.allowed.currentData() is None)
        name = self.name.text().strip()
        taken = _("The name is taken.") if name in self._taken else ""
        self.hint.setText(taken or ("" if self.ok.isEnabled() else _("A name for the area, and for whom it is.")))

    def action(self) -> Action | None:
        """See :class:`ActionDialog`."""
        if not hasattr(self, "names"):
            return None
        name, allowed = self.name.text().strip(), self._allowed()
        if not is_name(name) or name in self._taken or allowed is None:
            return None
        return AddAreas((Area(name, self._place, allowed),))

    def _allowed(self) -> Allowed | None:
        group = self.allowed.currentData()
        if isinstance(group, Group):
            return group
        names = tuple(filter(None, (name.strip() for name in self.names.text().split(","))))
        return names if names and all(map(is_name, names)) else None


class StartOverDialog(ActionDialog):
    """Asks under which name the board stays in the history before it is cleared."""

    def __init__(self, taken: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(_("Start over"), _("&Start over"), parent)
        self._taken = taken
        number_of = len(taken) + 1
        self.name = self.line(
            _("&Keep the board in the history as:"),
            limits.NAME_CHARACTERS,
            _("Lesson {number}").format(number=number_of),
        )
        note = Label(_("Then the board is blank. The log of actions can undo that."))
        note.setObjectName("muted")
        note.setWordWrap(True)
        self.form.addRow(note)

    def action(self) -> Action | None:
        """See :class:`ActionDialog`."""
        name = self.name.text().strip()
        return NameMoment(name) if is_name(name) and name not in self._taken else None


class CodeDialog(QDialog):
    """Asks for the code of the room."""

    told = pyqtSignal(str, str)
    """Name and code."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Code of the room"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name, self.code = QLineEdit(name), QLineEdit()
        self.name.setMaxLength(limits.NAME_CHARACTERS)
        self.code.setMaxLength(limits.NAME_CHARACTERS)
        form = QFormLayout()
        form.setSpacing(theme.GAP)
        form.addRow(_("&Your name:"), self.name)
        form.addRow(_("&Code:"), self.code)
        buttons = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
        label_buttons(buttons)
        buttons.accepted.connect(self._tell)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP)
        column.setSpacing(2 * theme.GAP)
        column.addLayout(form)
        column.addWidget(buttons)
        self.setMinimumWidth(340)
        self.code.setFocus()

    def _tell(self) -> None:
        self.told.emit(self.name.text().strip(), self.code.text().strip())
        self.accept()


# --- lists -----------------------------------------------------------------------------------------


class _List(QDialog):
    """A table, with a button in each row."""

    def __init__(self, title: str, columns: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.table = QTableWidget(0, len(columns) + 1)
        self.table.setHorizontalHeaderLabels([*columns, ""])
        self.table.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        across, down = self.table.horizontalHeader(), self.table.verticalHeader()
        assert across is not None
        assert down is not None
        across.setSectionResizeMode(QHeaderView.ResizeToContents)
        across.setSectionResizeMode(len(columns) - 1, QHeaderView.Stretch)
        across.setDefaultAlignment(Qt.Alignment(Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter)
        down.hide()
        self.footer = QHBoxLayout()
        buttons = QDialogButtonBox(QDialogButtonBox.Close)
        label_buttons(buttons)
        buttons.rejected.connect(self.reject)
        self.footer.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP)
        column.setSpacing(theme.GAP)
        column.addWidget(self.table)
        column.addLayout(self.footer)
        self.resize(640, 420)

    def add(self, texts: Sequence[str], *buttons: tuple[str, Callable[[], None]]) -> None:
        """Add a row of texts from anywhere, with buttons."""
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column, text in enumerate(texts):
            item = QTableWidgetItem(one_line(text))
            item.setToolTip("")
            self.table.setItem(row, column, item)
        cell = QWidget()
        line = QHBoxLayout(cell)
        line.setContentsMargins(2, 2, 2, 2)
        line.setSpacing(theme.GAP // 2)
        line.addStretch(1)
        for text, does in buttons:
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(does)
            line.addWidget(button)
        self.table.setCellWidget(row, len(texts), cell)
        self.table.resizeRowToContents(row)


class PeopleDialog(_List):
    """Who is here, and who is banned."""

    acted = pyqtSignal(object)
    ban_wanted = pyqtSignal(str, str)
    """A proven name, and an address."""
    found = pyqtSignal(str, str)
    """Find the pixels of a proven name, or of an address."""

    def __init__(self, people: People, own_id: int | None, parent: QWidget | None = None) -> None:
        super().__init__(_("People"), (_("Name"), _("Role"), _("Address")), parent)
        if people.code:
            self.footer.insertWidget(0, Label(_("Code of the room: {code}").format(code=people.code)), 1)
        for guest in people.guests:
            self._add_guest(guest, guest.client_id == own_id)
        for ban in people.bans:
            who = ban.name or ban.network
            self.add((_("{who}, banned").format(who=who), ban_of(ban), ban.why), (_("Lift"), partial(self._lift, ban)))

    def _add_guest(self, guest: Guest, is_own: bool) -> None:
        name = one_line(guest.name) or _("painter {number}").format(number=guest.client_id)
        if is_own:
            name = _("{name} (you)").format(name=name)
        elif guest.name and not guest.is_proven:
            name = _("{name} (claimed)").format(name=name)
        proven = guest.name if guest.is_proven else ""
        buttons: list[tuple[str, Callable[[], None]]] = []
        if not is_own and (proven or guest.address):
            buttons = [
                (_("Find"), lambda: self._close_and(self.found, proven, guest.address)),
                (_("Ban…"), lambda: self._close_and(self.ban_wanted, proven, guest.address)),
            ]
        self.add((name, role_name(guest.role), guest.address), *buttons)

    def _lift(self, ban: Ban) -> None:
        self.acted.emit(Unban(ban.name, "" if ban.name else ban.network))
        self.accept()

    def _close_and(self, signal: pyqtBoundSignal, name: str, address: str) -> None:
        signal.emit(name, address)
        self.accept()


class LogDialog(_List):
    """The recorded actions, the latest first."""

    undone = pyqtSignal(int)
    """The number of an action to take back."""

    def __init__(self, entries: Sequence[LogEntry], parent: QWidget | None = None) -> None:
        super().__init__(_("Log of actions"), (_("When"), _("Who"), _("What")), parent)
        for entry in entries:
            buttons: list[tuple[str, Callable[[], None]]] = []
            if entry.cells:
                buttons.append((_("Undo"), partial(self._undo, entry.number)))
            when = moment(entry.time_ms)
            self.add((when, entry.painter.name, tell_action(entry)), *buttons)

    def _undo(self, number_of: int) -> None:
        self.undone.emit(number_of)
        self.accept()


def role_name(role: Role) -> str:
    """Name a role in the language of this process."""
    return {
        Role.WATCH: _("watches"),
        Role.PAINT: _("paints"),
        Role.MODERATE: _("moderates"),
        Role.OWN: _("owns"),
    }[role]


def ban_of(ban: Ban) -> str:
    """Say from what somebody is banned, and until when."""
    what = _("from connecting") if ban.from_connecting else _("from painting")
    if ban.until_ms is None:
        return what
    until = moment(ban.until_ms)
    return _("{what} until {time}").format(what=what, time=until)
