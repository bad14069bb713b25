"""The tools of the window: their words, keys and icons. The page has the same words and keys."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from PyQt5.QtCore import QPointF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QIcon, QKeySequence, QPainter, QPen, QPixmap, QPolygonF
from PyQt5.QtWidgets import QAction, QActionGroup, QMenu, QToolBar, QToolButton, QWidget

from dcc.core.shapes import SIZES
from dcc.language import N_, _, ngettext
from dcc.window import theme

_GRID = 24
"""Side of the square in which the icons are drawn."""

_SIDE = 20
"""Side of an icon in logical pixels; its button is larger (WCAG 2.2, 2.5.8: at least 24)."""

_Points = Sequence[tuple[float, float]]


class Picture(NamedTuple):
    """An icon: lines through points, and filled shapes."""

    lines: Sequence[_Points] = ()
    filled: Sequence[_Points] = ()


class Tool(Enum):
    """What a press on the board does."""

    PENCIL = N_("&Pencil"), "B", Picture([[(4, 20), (5, 15), (16, 4), (20, 8), (9, 19), (4, 20)], [(13, 7), (17, 11)]])
    LINE = N_("&Line"), "L", Picture([[(4, 20), (20, 4)]], [[(2, 18), (6, 18), (6, 22), (2, 22)]])
    RECTANGLE = N_("&Rectangle"), "R", Picture([[(4, 6), (20, 6), (20, 18), (4, 18), (4, 6)]])
    FILLED_RECTANGLE = (
        N_("Fi&lled rectangle"),
        "Shift+R",
        Picture([[(4, 6), (20, 6), (20, 18), (4, 18), (4, 6)]], [[(4, 6), (20, 6), (20, 18), (4, 18)]]),
    )
    FILL = (
        N_("&Fill"),
        "F",
        Picture(
            [[(11, 3), (3, 11), (10, 19), (18, 11), (8, 1)]],
            [[(3, 11), (18, 11), (10, 19)], [(20, 14), (22, 19), (20, 21), (18, 19)]],
        ),
    )
    SELECT = (
        N_("&Select"),
        "S",
        Picture(
            [
                [(4, 8), (4, 4), (8, 4)],
                [(16, 4), (20, 4), (20, 8)],
                [(20, 16), (20, 20), (16, 20)],
                [(8, 20), (4, 20), (4, 16)],
                [(10.5, 4), (13.5, 4)],
                [(10.5, 20), (13.5, 20)],
                [(4, 10.5), (4, 13.5)],
                [(20, 10.5), (20, 13.5)],
            ]
        ),
    )
    MOVE = (
        N_("&Move"),
        "M",
        Picture(
            [
                [(12, 3), (12, 21)],
                [(3, 12), (21, 12)],
                [(9, 6), (12, 3), (15, 6)],
                [(9, 18), (12, 21), (15, 18)],
                [(6, 9), (3, 12), (6, 15)],
                [(18, 9), (21, 12), (18, 15)],
            ]
        ),
    )
    PICK = (
        N_("Pic&k a colour"),
        "P",
        Picture(
            [[(4, 20), (5, 16), (13, 8), (16, 11), (8, 19), (4, 20)], [(11, 6), (18, 13)]],
            [[(14, 7), (17, 3), (21, 7), (17, 10)]],
        ),
    )

    def __init__(self, words: str, key: str, picture: Picture) -> None:
        self.words = words
        self.key = key
        self.picture = picture


UNDO = Picture([[(8, 5), (4, 9), (8, 13)], [(4, 9), (14, 9), (18, 11), (19.5, 14), (18, 17), (14, 19), (10, 19)]])
REDO = Picture([[(16, 5), (20, 9), (16, 13)], [(20, 9), (10, 9), (6, 11), (4.5, 14), (6, 17), (10, 19), (14, 19)]])
PLAY = Picture(filled=[[(7, 4), (20, 12), (7, 20)]])
PAUSE = Picture(filled=[[(6, 4), (10, 4), (10, 20), (6, 20)], [(14, 4), (18, 4), (18, 20), (14, 20)]])
AGAIN = Picture([[(6, 5), (6, 19)]], [[(19, 5), (9, 12), (19, 19)]])
BEFORE = Picture([[(15, 5), (8, 12), (15, 19)]])
AFTER = Picture([[(9, 5), (16, 12), (9, 19)]])
LOOP = Picture(
    [
        [(4, 12), (4, 8), (6, 6), (19, 6)],
        [(16, 3), (19, 6), (16, 9)],
        [(20, 12), (20, 16), (18, 18), (5, 18)],
        [(8, 15), (5, 18), (8, 21)],
    ]
)


def size_picture(size: int) -> Picture:
    """Draw the square of a pencil."""
    reach = 1 + 1.7 * size
    left, right = _GRID / 2 - reach, _GRID / 2 + reach
    return Picture(filled=[[(left, left), (right, left), (right, right), (left, right)]])


def icon(picture: Picture, ratio: float) -> QIcon:
    """Draw an icon in the colour of text, and paler for what cannot be used.

    :param ratio: pixels of the screen per logical pixel.
    """
    made = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, theme.hues.ink), (QIcon.Mode.Disabled, theme.hues.faint)):
        made.addPixmap(_draw(picture, colour, ratio), mode)
    return made


def _draw(picture: Picture, colour: str, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(_SIDE * ratio), round(_SIDE * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.Antialiasing)
    scale = _SIDE * ratio / _GRID
    painter.scale(scale, scale)
    pen = QPen(QColor(colour), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    for points in picture.lines:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    for points in picture.filled:
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class ToolBar(QToolBar):
    """The tools, the size of the pencil, undo and redo.

    :ivar actions_of: the action of each tool, for the menu too.
    """

    tool_chosen = pyqtSignal(object)
    size_chosen = pyqtSignal(int)

    def __init__(self, undo: QAction, redo: QAction, parent: QWidget) -> None:
        super().__init__(_("Tools"), parent)
        self.setObjectName("tools")
        self.setOrientation(Qt.Orientation.Vertical)
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)  # nobody hides it by accident
        self.setIconSize(QSize(_SIDE, _SIDE))
        self._ratio = self.devicePixelRatioF()
        self._group = QActionGroup(self)
        self.actions_of = {tool: self._add(tool) for tool in Tool}
        self._sizes = QActionGroup(self)
        self.size_button = QToolButton()
        self.size_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.size_menu = QMenu(_("Pencil si&ze"), self)
        self.size_actions = {size: self._add_size(size) for size in SIZES}
        self.size_button.setMenu(self.size_menu)
        self.addWidget(self.size_button)
        self.addSeparator()
        for action, picture in ((undo, UNDO), (redo, REDO)):
            action.setIcon(icon(picture, self._ratio))
            self._finish(action)
            self.addAction(action)
        for button in self.findChildren(QToolButton):
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _add(self, tool: Tool) -> QAction:
        action = QAction(icon(tool.picture, self._ratio), _(tool.words), self)
        action.setShortcut(QKeySequence(tool.key))
        action.setCheckable(True)
        action.triggered.connect(lambda: self.tool_chosen.emit(tool))
        self._finish(action)
        self._group.addAction(action)
        self.addAction(action)
        return action

    def _add_size(self, size: int) -> QAction:
        text = ngettext("{count} cell", "{count} cells", size).format(count=size)
        action = QAction(icon(size_picture(size), self._ratio), text, self)
        action.setCheckable(True)
        action.triggered.connect(lambda: self.size_chosen.emit(size))
        self._sizes.addAction(action)
        self.size_menu.addAction(action)
        return action

    def _finish(self, action: QAction) -> None:
        action.setIconVisibleInMenu(False)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{action.text().replace('&', '').rstrip('…')} ({keys})")

    def show_state(self, tool: Tool, size: int) -> None:
        """Show what is chosen."""
        self.actions_of[tool].setChecked(True)
        self.size_actions[size].setChecked(True)
        self.size_button.setIcon(icon(size_picture(size), self._ratio))
        words = ngettext("Pencil size: {count} cell", "Pencil size: {count} cells", size).format(count=size)
        self.size_button.setToolTip(f"{words} ([ ])")
        self.size_button.setAccessibleName(words)
