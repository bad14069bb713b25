"""The list of keys, and what dialogs share.

No dialog runs an event loop of its own (``exec_``): the program can end while a dialog is open.
"""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dcc.language import _
from dcc.window import theme
from dcc.window.labels import Label


class HelpDialog(QDialog):
    """Lists the keys and the actions of the pointer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Keys"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        sections = (
            (
                _("Draw"),
                (
                    (_("Click, drag"), _("paint a cell, a line")),
                    ("1 … 9", _("choose a colour")),
                    (",  .", _("the previous colour, the next colour")),
                    (_("Alt + click"), _("pick the colour of a cell")),
                    ("Ctrl + Z", _("undo your last stroke, except where others have painted since")),
                ),
            ),
            (
                _("Look"),
                (
                    (_("Wheel, +, -"), _("zoom, the wheel at the pointer")),
                    ("0", _("fit the board to the window")),
                    (_("Arrows"), _("move the board")),
                    (_("Middle button"), _("drag the board; also space and the left button")),
                    ("G", _("grid, from 8× on")),
                ),
            ),
            (
                _("History"),
                (
                    ("H", _("watch the history of the board")),
                    ("W", _("who painted the cell under the pointer")),
                ),
            ),
            (
                _("For moderators"),
                (
                    ("C", _("freeze the board, or let everybody paint again")),
                    ("R", _("find the pixels of the painter of the cell under the pointer, to roll them back")),
                    ("P", _("who is here, and who is banned")),
                    ("A", _("announce something")),
                    ("L", _("the log of actions, to undo one")),
                ),
            ),
            (
                _("Program"),
                (
                    ("Ctrl + S", _("save a picture")),
                    ("F1", _("these keys")),
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
        for title, rows in sections:
            heading = Label(title)
            heading.setObjectName("prompt")
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


def label_buttons(buttons: QDialogButtonBox) -> None:
    """Label standard buttons in the language of this process, for which Qt may have no translation here."""
    for kind, text in (
        (QDialogButtonBox.Close, _("Close")),
        (QDialogButtonBox.Save, _("&Save")),
        (QDialogButtonBox.Cancel, _("Cancel")),
    ):
        if (button := buttons.button(kind)) is not None:
            button.setText(text)
