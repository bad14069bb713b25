"""Saving a picture of the board: scale, file, and outcome."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QSaveFile, QStandardPaths, Qt
from PyQt5.QtGui import QImageWriter
from PyQt5.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from dcc.language import _
from dcc.limits import SAVED_SIDE_PIXELS
from dcc.window import theme
from dcc.window.board_widget import BoardWidget
from dcc.window.dialogs import label_buttons
from dcc.window.labels import Label
from dcc.window.overlay import Notice

_GOOD_SIDE = 1000
"""Pixels of the longer side at the proposed scale: large enough to look at."""


class ScaleDialog(QDialog):
    """Asks for the width of a cell in the saved picture.

    :ivar scale: the width in pixels.
    """

    def __init__(self, columns: int, rows: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Save a picture"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self._columns, self._rows = columns, rows
        longest = max(columns, rows)
        self.scale = QSpinBox()
        self.scale.setRange(1, max(SAVED_SIDE_PIXELS // longest, 1))
        self.scale.setSuffix(" ×")
        self.scale.setMinimumWidth(96)
        self._size = Label()
        self._size.setObjectName("muted")
        self.scale.valueChanged.connect(self._write_size)
        self.scale.setValue(max(_GOOD_SIDE // longest, 1))
        self._write_size()
        label = Label(_("&Scale:"))
        label.setBuddy(self.scale)
        buttons = QDialogButtonBox(QDialogButtonBox.Save | QDialogButtonBox.Cancel)
        label_buttons(buttons)
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
            _("{width} × {height} pixels").format(width=self._columns * scale, height=self._rows * scale)
        )


def ask_and_save(board: BoardWidget, notice: Notice, parent: QWidget) -> None:
    """Ask for scale and file, and save a picture of the board as shown then."""
    view = board.view
    assert view is not None

    def ask_path() -> None:
        _ask_path(board, notice, parent, dialog.scale.value())

    dialog = ScaleDialog(view.columns, view.rows, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(ask_path)
    dialog.open()


def _ask_path(board: BoardWidget, notice: Notice, parent: QWidget, scale: int) -> None:
    folder = QStandardPaths.writableLocation(QStandardPaths.PicturesLocation) or str(Path.home())
    proposal = Path(folder if Path(folder).is_dir() else Path.home(), _("board.png"))
    dialog = QFileDialog(parent, _("Save a picture"), str(proposal), _("PNG pictures (*.png)"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptSave)
    dialog.setDefaultSuffix("png")
    # Qt's own words only in a language that the desktop has a translation for.
    for label, text in (
        (QFileDialog.LookIn, _("Folder:")),
        (QFileDialog.FileName, _("File &name:")),
        (QFileDialog.FileType, _("File type:")),
        (QFileDialog.Accept, _("&Save")),
        (QFileDialog.Reject, _("Cancel")),
    ):
        dialog.setLabelText(label, text)
    dialog.fileSelected.connect(lambda path: _save(board, notice, path, scale))
    dialog.open()


def _save(board: BoardWidget, notice: Notice, path: str, scale: int) -> None:
    file = QSaveFile(path)  # complete, or missing
    opened = file.open(QSaveFile.OpenModeFlag.WriteOnly)
    writer = QImageWriter(file, b"png")
    if opened and writer.write(board.to_image(scale)) and file.commit():
        notice.show_text(_("Saved: {path}").format(path=path))
    else:
        fault = file.errorString() if not opened else writer.errorString()
        notice.show_text(_("Not saved: {path}: {fault}").format(path=path, fault=fault))
