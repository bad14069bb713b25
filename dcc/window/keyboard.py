"""The help as a picture of the keys: a keyboard, and on each key the icon of the action that the key does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PyQt5.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PyQt5.QtGui import QColor, QFont, QHelpEvent, QIcon, QKeySequence, QPainter, QPaintEvent
from PyQt5.QtWidgets import QAction, QSizePolicy, QToolTip, QWidget

from dcc.language import _
from dcc.window import theme
from dcc.window.labels import tool_tip

_ROWS = ("1234567890-+", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM,.?")
_SHIFTS = (0.0, 0.4, 0.7, 1.1)
"""By how many keys each row begins further to the right."""

_KEY, _GAP = 44, 4
_HEIGHT = 46
_ACROSS = 12


class Use(NamedTuple):
    """What a key does.

    :ivar held: the keys that are held with it, such as ``Ctrl``.
    """

    held: str
    words: str
    icon: QIcon


def uses_of(actions: Iterable[QAction]) -> dict[str, list[Use]]:
    """Return what each key does, by the last key of the shortcuts of actions that can be done."""
    found: dict[str, list[Use]] = {}
    for action in actions:
        for shortcut in action.shortcuts() if action.isEnabled() and action.text() else ():
            keys = shortcut.toString(QKeySequence.SequenceFormat.PortableText)
            held, key = keys[:-1].rstrip("+"), keys[-1:]
            if held in ("", "Ctrl", "Shift", "Ctrl+Shift"):  # others end a longer name, such as F1 and Del
                use = Use(held.replace("+", " "), action.text().replace("&", "").rstrip("…"), action.icon())
                found.setdefault(key, []).append(use)
    return found


class Keyboard(QWidget):
    """Shows letters and digits; what each key does is in its tooltip, and in the list of keys for screen readers.

    :ivar uses: what each key does.
    """

    def __init__(self, uses: dict[str, list[Use]], colours: Sequence[str], parent: QWidget | None = None) -> None:
        """:param colours: of the keys from 1 on, ``#rrggbb``."""
        super().__init__(parent)
        others = {str(number): _("choose a colour") for number in range(1, len(colours) + 1)}
        if colours:
            others |= {",": _("the previous colour"), ".": _("the next colour")}
        self.uses = {key: [Use("", words, QIcon())] for key, words in others.items()}
        self.uses |= uses
        self._colours = colours
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Room for the keys; in a narrow dialog they are smaller."""
        return QSize(_ACROSS * (_KEY + _GAP), len(_ROWS) * (_HEIGHT + _GAP))

    def key_at(self, point: QPoint) -> str:
        """Return the key at a point; nothing beside the keys."""
        return next((key for key, rectangle in self._keys() if rectangle.contains(point)), "")

    def place_of(self, key: str) -> QRect:
        """Return where a key is."""
        return dict(self._keys())[key]

    def _keys(self) -> list[tuple[str, QRect]]:
        step = min(_KEY + _GAP, self.width() // _ACROSS)
        return [
            (key, QRect(round((shift + place) * step), row * (_HEIGHT + _GAP), step - _GAP, _HEIGHT))
            for row, (keys, shift) in enumerate(zip(_ROWS, _SHIFTS, strict=True))
            for place, key in enumerate(keys)
        ]

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draw the keys."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        small = QFont(self.font())
        small.setPointSizeF(self.font().pointSizeF() * 0.6)
        for key, rectangle in self._keys():
            uses = self.uses.get(key, [])
            painter.setPen(QColor(theme.hues.line))
            painter.setBrush(QColor(theme.hues.raised if uses else theme.hues.panel))
            painter.drawRoundedRect(rectangle.adjusted(0, 0, -1, -1), 6, 6)
            inside = rectangle.adjusted(4, 2, -3, -3)
            painter.setFont(self.font())
            painter.setPen(QColor(theme.hues.ink if uses else theme.hues.faint))
            painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, key)
            if not uses:
                continue
            pictured = next((use for use in uses if not use.icon.isNull()), uses[0])
            if not pictured.icon.isNull():
                side = min(20, inside.width())
                corner = QRect(inside.right() - side, inside.bottom() - side, side, side)
                pictured.icon.paint(painter, corner)
            elif key.isdigit() and 0 < int(key) <= len(self._colours):
                painter.setPen(QColor(theme.hues.line))  # a colour may be that of the key
                painter.setBrush(QColor(self._colours[int(key) - 1]))
                painter.drawRect(inside.adjusted(2, inside.height() - 9, -3, -3))
            elif not pictured.held:
                painter.setBrush(QColor(theme.hues.accent))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawEllipse(QRect(inside.right() - 9, inside.bottom() - 9, 7, 7))
            if pictured.held:
                painter.setFont(small)
                painter.drawText(
                    inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, pictured.held.replace("Shift", "⇧")
                )
        painter.end()

    def words_of(self, key: str) -> str:
        """Say what a key does, a line for each use."""
        return "\n".join(
            f"{use.held} + {key}: {use.words}" if use.held else use.words for use in self.uses.get(key, [])
        )

    def event(self, event: QEvent | None) -> bool:
        """Say in a tooltip what a key does."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tool_tip(self.words_of(self.key_at(event.pos()))), self)
            return True
        return super().event(event)
