"""The list of keys, and what dialogs share.

No dialog runs an event loop of its own (``exec_``): the program can end while a dialog is open.
"""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QIcon
from PyQt5.QtWidgets import (
    QAction,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dcc.core.places import read_place
from dcc.language import _
from dcc.window import theme
from dcc.window.keyboard import Keyboard, uses_of
from dcc.window.labels import Label

_FAULT_LINES = 3
"""Room for the longest fault: a dialog does not grow with a text that wraps."""


class HelpDialog(QDialog):
    """Shows the keys as a keyboard, and lists them with the actions of the pointer.

    :ivar keyboard: the picture.
    """

    def __init__(self, parent: QWidget | None = None, colours: Sequence[str] = ()) -> None:
        """:param colours: that keys choose, ``#rrggbb``."""
        super().__init__(parent)
        self.keyboard = Keyboard(uses_of(parent.findChildren(QAction) if parent is not None else ()), colours)
        self.setWindowTitle(_("Keys"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        sections = (
            (
                _("Tools"),
                (
                    ("B", _("pencil; a press paints, a drag paints a line")),
                    ("[   ]", _("a smaller, a larger pencil")),
                    ("L", _("line")),
                    (_("R, Shift + R"), _("rectangle: its outline, or filled")),
                    ("F", _("fill, up to lines and to what you may not paint")),
                    ("S", _("select; drag a selection to move it")),
                    ("M", _("move the board; also space and the left button, or a drag with the middle button")),
                    ("P", _("pick the colour of a cell; also a click with the middle button, or Alt + click")),
                    (_("Escape"), _("leave what is being drawn")),
                    (_("Enter"), _("paint a stamp, or the chosen cell")),
                ),
            ),
            (
                _("Colours"),
                (
                    ("1 … 9", _("choose a colour")),
                    (_("Comma, period"), _("the previous colour, the next colour")),
                    ("/", _("search a colour of a large palette")),
                ),
            ),
            (
                _("Edit"),
                (
                    ("Ctrl + Z", _("undo your last stroke, except where others have painted since")),
                    ("Ctrl + Y", _("do it again; also Ctrl + Shift + Z")),
                    ("Ctrl + C, X, V", _("copy, cut, paste")),
                    ("Shift + H, V, T", _("mirror, flip, turn what is selected")),
                    (_("Delete"), _("erase the selection")),
                ),
            ),
            (
                _("Without a mouse"),
                (
                    (_("Arrows"), _("go from cell to cell; with Shift by ten")),
                    (
                        _("Space, Enter"),
                        _("press there: space held and arrows paint a line; a shape takes two presses"),
                    ),
                ),
            ),
            (
                _("Look"),
                (
                    (_("Wheel, +, -"), _("zoom, the wheel at the pointer")),
                    ("0", _("fit the board to the window")),
                    ("J", _("go to a cell")),
                    ("K", _("copy a link to what you see")),
                    ("G", _("grid, from 8× on")),
                    ("V", _("show or hide the minimap")),
                    ("N", _("next missing pixel of what is drawn together")),
                ),
            ),
            (
                _("History"),
                (
                    ("H", _("watch the history of the board; Escape leaves it, space plays it")),
                    (_("Comma, period"), _("there: the previous, the next named moment")),
                    ("W", _("who painted the cell under the pointer")),
                    ("E", _("the latest changes glow")),
                    ("Q", _("heat map: how often each cell was painted")),
                    ("U", _("painters: who painted each cell last")),
                ),
            ),
            (
                _("For moderators"),
                (
                    ("C", _("freeze the board, or let everybody paint again")),
                    (
                        _("Shift + W"),
                        _("find the pixels of the painter of the cell under the pointer, to roll them back"),
                    ),
                    ("O", _("who is here, and who is banned")),
                    ("A", _("announce something")),
                    (_("Shift + L"), _("the log of actions, to undo one")),
                ),
            ),
            (
                _("Program"),
                (
                    ("Ctrl + S", _("save a picture")),
                    ("F1, ?", _("these keys")),
                    ("Ctrl + Q", _("quit")),
                ),
            ),
        )
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.GAP)
        grid.setVerticalSpacing(theme.GAP)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.keyboard, 0, 0, 1, 2)
        for title, rows in sections:
            heading = Label(title)
            heading.setObjectName("heading")
            heading.setContentsMargins(0, theme.GAP if grid.count() else 0, 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            for keys, meaning in rows:
                row = grid.rowCount()
                key = Label(keys)
                key.setObjectName("key")
                key.setAlignment(Qt.AlignmentFlag.AlignCenter)
                key.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
                text = Label(meaning)
                text.setWordWrap(True)
                grid.addWidget(key, row, 0)
                grid.addWidget(text, row, 1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QDialogButtonBox(QDialogButtonBox.Close)
        label_buttons(buttons)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP)
        column.setSpacing(2 * theme.GAP)
        column.addWidget(area)
        column.addWidget(buttons)
        hint = body.sizeHint() + QSize(6 * theme.GAP, 12 * theme.GAP)
        screen = self.screen()
        assert screen is not None
        self.resize(hint.expandedTo(QSize(540, 0)).boundedTo(screen.availableSize()))


class PlaceDialog(QDialog):
    """Asks for a cell to show: what :func:`~dcc.core.places.read_place` reads."""

    chosen = pyqtSignal(object)
    """A :class:`~dcc.core.places.Place` on the board."""

    def __init__(self, columns: int, rows: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Go to a cell"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self._columns, self._rows = columns, rows
        self.field = QLineEdit()
        self.field.setPlaceholderText("12,5")
        label = Label(_("&Column, row, or a link:"))
        label.setBuddy(self.field)
        self.fault = Label()
        self.fault.setObjectName("muted")
        self.fault.setWordWrap(True)
        self._range = _("Columns from 0 to {columns}, rows from 0 to {rows}.").format(
            columns=columns - 1, rows=rows - 1
        )
        self.fault.setText(self._range)
        self.fault.setMinimumHeight(_FAULT_LINES * self.fontMetrics().lineSpacing())
        buttons = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
        label_buttons(buttons)
        buttons.accepted.connect(self._go)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP)
        column.setSpacing(theme.GAP)
        for widget in (label, self.field, self.fault, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(280)

    def _go(self) -> None:
        place = read_place(self.field.text())
        if place is None:
            self._refuse(_("Write two numbers, such as 12,5."))
        elif not (0 <= place.column < self._columns and 0 <= place.row < self._rows):
            self._refuse(_("That is not on the board.") + " " + self._range)
        else:
            self.chosen.emit(place)
            self.accept()

    def _refuse(self, reason: str) -> None:
        self.fault.setText(reason)
        self.fault.setObjectName("fault")
        style = self.style()
        assert style is not None
        style.polish(self.fault)  # the style depends on the name
        self.field.selectAll()
        self.field.setFocus()


def label_buttons(buttons: QDialogButtonBox) -> None:
    """Label standard buttons in the language of this process, for which Qt may have no translation here."""
    for kind, text in (
        (QDialogButtonBox.Close, _("Close")),
        (QDialogButtonBox.Ok, _("&OK")),
        (QDialogButtonBox.Save, _("&Save")),
        (QDialogButtonBox.Cancel, _("Cancel")),
    ):
        if (button := buttons.button(kind)) is not None:
            button.setText(text)
            button.setIcon(QIcon())  # not those of the desktop's theme
