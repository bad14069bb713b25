"""The list of keys, and how large a picture is to be saved.

None of them runs an event loop of its own (``exec_``): the program can end while one is open.
"""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from dcc import limits
from dcc.window import theme

_GOOD_SIDE = 1000
"""Pixels of a picture that is large enough to look at, for the scale that is offered first."""


class HelpDialog(QDialog):
    """Lists what the keys and the pointer do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        sections = (
            (
                self.tr("Draw"),
                (
                    (self.tr("Click, drag"), self.tr("paint a cell, a line")),
                    ("1 … 9", self.tr("choose a colour")),
                    (",  .", self.tr("the colour before, the next one")),
                    (self.tr("Alt + click"), self.tr("pick the colour of a cell")),
                    ("Ctrl + Z", self.tr("take back your last stroke, where nobody has painted since")),
                ),
            ),
            (
                self.tr("Look"),
                (
                    (self.tr("Wheel, +, -"), self.tr("zoom, the wheel at the pointer")),
                    ("0", self.tr("fit the board to the window")),
                    (self.tr("Arrows"), self.tr("move the board")),
                    (self.tr("Middle button"), self.tr("drag the board; also space and the left button")),
                    ("G", self.tr("grid, from 8× on")),
                ),
            ),
            (
                self.tr("History"),
                (
                    ("H", self.tr("watch the board from its beginning")),
                    ("W", self.tr("who painted the cell under the pointer")),
                ),
            ),
            (
                self.tr("Program"),
                (
                    ("Ctrl + S", self.tr("save a picture")),
                    ("F1", self.tr("these keys")),
                    ("Ctrl + Q", self.tr("quit")),
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
            heading = QLabel(title)
            heading.setObjectName("prompt")
            heading.setContentsMargins(0, theme.GAP if grid.count() else 0, 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            for keys, meaning in rows:
                row = grid.rowCount()
                key = QLabel(keys)
                key.setObjectName("key")
                key.setAlignment(Qt.AlignmentFlag.AlignCenter)
                key.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
                text = QLabel(meaning)
                text.setWordWrap(True)
                grid.addWidget(key, row, 0)
                grid.addWidget(text, row, 1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QDialogButtonBox(QDialogButtonBox.Close)
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


class ScaleDialog(QDialog):
    """Asks how many pixels a cell of the saved picture has.

    :ivar scale: that, chosen with a spin box.
    """

    def __init__(self, columns: int, rows: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save a picture"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self._columns, self._rows = columns, rows
        longest = max(columns, rows)
        self.scale = QSpinBox()
        self.scale.setRange(1, max(limits.SAVED_SIDE_PIXELS // longest, 1))
        self.scale.setSuffix(" ×")
        self.scale.setMinimumWidth(96)
        self._size = QLabel()
        self._size.setObjectName("muted")
        self.scale.valueChanged.connect(self._write_size)
        self.scale.setValue(max(_GOOD_SIDE // longest, 1))
        self._write_size()
        label = QLabel(self.tr("&Scale:"))
        label.setBuddy(self.scale)
        buttons = QDialogButtonBox(QDialogButtonBox.Save | QDialogButtonBox.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for widget in (label, self.scale, self._size):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP, 2 * theme.GAP)
        column.setSpacing(2 * theme.GAP)
        column.addLayout(row)
        column.addWidget(buttons)
        self.setMinimumWidth(340)

    def _write_size(self) -> None:
        scale = self.scale.value()
        self._size.setText(
            self.tr("{width} × {height} pixels").format(width=self._columns * scale, height=self._rows * scale)
        )
