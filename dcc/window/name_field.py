"""Asks for the painter's name, once, beside the palette, after the first painted pixel."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QHideEvent, QShowEvent
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QWidget

from dcc.language import _
from dcc.limits import NAME_CHARACTERS
from dcc.window import theme
from dcc.window.labels import Label
from dcc.wording import one_line


class NameField(QWidget):
    """A field for the name, one button to keep the name, and one to stay unnamed.

    :ivar label: of the field, where there is room; an empty field says the same.
    """

    answered = pyqtSignal(str)
    """The name; empty to stay unnamed."""
    shown = pyqtSignal()
    """The field came or went."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        why = _("Your name (shown when someone asks who painted a pixel)")
        self.label = Label(_("&Your name:"))
        self.field = QLineEdit()
        self.label.setBuddy(self.field)
        self.field.setMaxLength(NAME_CHARACTERS)
        self.field.setPlaceholderText(_("Your name?"))
        self.field.setAccessibleName(why)
        self.field.setToolTip(why)
        self.field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.field.setMinimumWidth(70)
        self.field.setMaximumWidth(200)
        self.field.returnPressed.connect(self._keep)
        self.keep = _button("✓", _("Save the name"))
        self.keep.clicked.connect(self._keep)
        self.none = _button("✕", _("Stay unnamed"))
        self.none.clicked.connect(lambda: self._answer(""))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP // 2)
        for widget in (self.label, self.field, self.keep, self.none):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Tell that the field came."""
        super().showEvent(event)
        self.shown.emit()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Tell that the field went."""
        super().hideEvent(event)
        self.shown.emit()

    def change(self, name: str) -> None:
        """Ask for another name."""
        self.field.setText(name)
        self.field.selectAll()
        self.show()
        self.field.setFocus()

    def _keep(self) -> None:
        self._answer(one_line(self.field.text()))

    def _answer(self, name: str) -> None:
        self.hide()
        self.answered.emit(name)


def _button(text: str, words: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(words)
    button.setAccessibleName(words)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
