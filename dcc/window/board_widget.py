"""The actions of pointer and keys on the board."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PyQt5.QtWidgets import QWidget

from dcc.core.palette import Palette
from dcc.core.shapes import Cell
from dcc.window.board_view import BoardView
from dcc.window.view import DRAWING_ZOOM

_WHEEL_NOTCH = 120
"""A step of a wheel in eighths of a degree, as in Qt; touchpads send parts of a step."""

_KEY_PAN = 48
"""Pixels per press of an arrow key."""

_FAST = 10
"""Cells per press of an arrow key with Shift."""

_SLOP = 3
"""Pixels that a hand moves the mouse while it clicks."""

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class BoardWidget(BoardView):
    """Tells which cells are pressed, with the mouse or with keys, and moves the board.

    :ivar needs_close_look: whether a press on cells that are too small to hit one brings them closer instead.
    :ivar has_two_ends: whether one press of a key begins a shape, and another ends it.
    :ivar holds_stamp: whether the arrows move a stamp.
    :ivar waits_for_enter: whether Enter confirms instead of pressing.
    """

    pressed = pyqtSignal(object)
    """The left button, or a key in its place, was pressed at a cell ``(column, row)``, also outside of the board."""
    dragged = pyqtSignal(object)
    """The pressed pointer is at another cell."""
    released = pyqtSignal()
    confirmed = pyqtSignal()
    cancelled = pyqtSignal()
    stepped = pyqtSignal(int, int)
    """Arrow keys while a stamp is held: right and down, in cells."""
    came_closer = pyqtSignal()
    """The cells were too small to hit one: the board is larger now, and nothing was painted."""
    cell_picked = pyqtSignal(int)
    place_chosen = pyqtSignal(object)
    """A part of the board was drawn with the pointer, as a :class:`~dcc.core.actions.Rectangle`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.needs_close_look = True
        self.holds_stamp = False
        self.has_two_ends = False
        self.waits_for_enter = False
        self._is_resting = False
        self._drawing_at: Cell | None = None
        self._draws_by_key = False
        self._is_moving = False
        self._pressed_at: tuple[int, int] | None = None  # the middle button, until it is moved
        self._choosing_from: tuple[int, int] | None = None
        self._is_choosing_place = False
        self._panning_from: tuple[int, int] | None = None
        self._space_held = False
        self._wheel = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._set_cursor()

    # --- what a press does ------------------------------------------------------------------------------------

    def show_board(self, columns: int, rows: int, palette: Palette, shown: bytearray) -> None:
        """See :meth:`.BoardView.show_board`. On a board of another size, what was begun is left."""
        before = self.view
        super().show_board(columns, rows, palette, shown)
        if self.view is not before:
            self._drawing_at = None

    def set_live(self, is_live: bool) -> None:
        """See :meth:`.BoardView.set_live`. Draw no further until the next press."""
        super().set_live(is_live)
        self.let_go()
        self._set_cursor()

    def set_resting(self, is_resting: bool) -> None:
        """Set whether the painter has to wait."""
        self._is_resting = is_resting
        self._set_cursor()

    def set_moving(self, is_moving: bool) -> None:
        """Set whether the left button moves the board instead of drawing."""
        self._is_moving = is_moving
        self._set_cursor()

    def let_go(self) -> None:
        """Draw no further until the next press."""
        self._drawing_at = None
        self._draws_by_key = False

    def choose_place(self, is_choosing: bool) -> None:
        """Set whether the left button draws a part of the board, for :attr:`place_chosen`, instead of painting."""
        self._is_choosing_place = is_choosing
        self._choosing_from = self._chosen_place = None
        self._set_cursor()
        self.update()

    def stamp_corner(self, width: int, height: int) -> Cell:
        """Return where a stamp of this size is in the middle of what is seen, on the board as far as it can be."""
        view = self.view
        assert view is not None
        column, row = view.middle_cell()
        return (
            min(max(column - width // 2, 0), max(view.columns - width, 0)),
            min(max(row - height // 2, 0), max(view.rows - height, 0)),
        )

    # --- the pointer ----------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Draw, pick or pan."""
        assert event is not None
        view = self.view
        if view is None:
            return
        if self._draws_by_key:
            self.cancelled.emit()
        self._hide_cursor()
        point = self._point(event.pos())
        cell = view.cell_at(*point)
        is_left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (
            is_left and not self._is_choosing_place and (self._space_held or self._is_moving)
        ):
            self._panning_from = point
            self._pressed_at = None if is_left else point
            self._set_cursor()
        elif is_left and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._pick(cell)
        elif is_left and self._is_choosing_place:
            self._choosing_from = cell
            self._show_place(cell)
        elif is_left:
            self._press(cell, point)

    def _press(self, cell: Cell, point: tuple[int, int]) -> None:
        view = self.view
        assert view is not None
        if self.needs_close_look and view.zoom < DRAWING_ZOOM:
            self._change_view(lambda view: view.come_closer(*point))
            self.came_closer.emit()
            return
        self._drawing_at = cell
        self.pressed.emit(cell)

    def _pick(self, cell: Cell) -> None:
        view = self.view
        if view is not None and view.has(*cell):
            self.cell_picked.emit(cell[1] * view.columns + cell[0])

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Continue drawing or panning."""
        assert event is not None
        if self._draws_by_key:
            return
        self._hide_cursor()
        self._hover_at(event.pos())
        view = self.view
        if view is None:
            return
        point = self._point(event.pos())
        if self._panning_from is not None:
            (x, y), (x_before, y_before) = point, self._panning_from
            if self._pressed_at is not None:
                if max(abs(x - x_before), abs(y - y_before)) <= _SLOP:
                    return
                self._pressed_at = None
            self._panning_from = x, y
            self._change_view(lambda view: view.pan(x - x_before, y - y_before))
        elif self._choosing_from is not None:
            self._show_place(view.cell_at(*point))
        elif self._drawing_at is not None:
            self._drag(view.cell_at(*point))

    def _drag(self, cell: Cell) -> None:
        if cell != self._drawing_at:
            self._drawing_at = cell
            self.dragged.emit(cell)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End drawing or panning; a middle button that was not moved picks a colour."""
        assert event is not None
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        if self._pressed_at is not None and self.view is not None:
            self._pick(self.view.cell_at(*self._pressed_at))
        self._panning_from = self._pressed_at = None
        self._set_cursor()
        if self._choosing_from is not None:
            place = self._chosen_place
            self.choose_place(False)
            if place is not None:
                self.place_chosen.emit(place)
        elif self._drawing_at is not None and not self._draws_by_key:
            self._drawing_at = None
            self.released.emit()

    def _show_place(self, cell: tuple[int, int]) -> None:
        """Show the part of the board from where the pointer was pressed to a cell."""
        assert self.view is not None
        assert self._choosing_from is not None
        self._chosen_place = self.view.place_between(self._choosing_from, cell)
        self.update()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom at the pointer."""
        assert event is not None
        self._wheel += event.angleDelta().y()
        steps = int(self._wheel / _WHEEL_NOTCH)
        self._wheel -= steps * _WHEEL_NOTCH
        self._pointer = event.position().toPoint()
        x, y = self._point(self._pointer)
        self._change_view(lambda view: view.zoom_by(steps, x, y))
        event.accept()

    def _set_cursor(self) -> None:
        if self._panning_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space_held or self._is_moving:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            takes_paint = self._is_choosing_place or (self._is_live and not self._is_resting)
            self.setCursor(Qt.CursorShape.CrossCursor if takes_paint else Qt.CursorShape.ForbiddenCursor)

    # --- the keys -------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows move the keyboard's cell, or the board; Enter and the space bar press there.

        While the mouse is in use, the space bar makes the left button pan.
        """
        assert event is not None
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space and self.key_cell is None:
            if not event.isAutoRepeat():
                self._space_held = True
                self._set_cursor()
        elif key in (Qt.Key.Key_Space, *_ENTER):
            if not event.isAutoRepeat():
                self._press_key(key)
        elif key == Qt.Key.Key_Escape:
            self.escape()
        elif (direction := _ARROWS.get(key)) is not None:
            fast = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._step(*(step * (_FAST if fast else 1) for step in direction))
        else:
            super().keyPressEvent(event)

    def escape(self) -> None:
        """Leave what is being drawn."""
        if self._is_choosing_place:
            self.choose_place(False)
        else:
            self.cancelled.emit()

    def _step(self, right: int, down: int) -> None:
        view = self.view
        if view is None:
            return
        if self._is_moving:
            self._change_view(lambda view: view.pan(-right * _KEY_PAN, -down * _KEY_PAN))
            return
        if self.holds_stamp:
            self.stepped.emit(right, down)
            return
        if self.key_cell is None:
            start = divmod(self.hovered, view.columns)[::-1] if self.hovered >= 0 else view.middle_cell()
        else:
            start = self.key_cell
        column = min(max(start[0] + right, 0), view.columns - 1)
        row = min(max(start[1] + down, 0), view.rows - 1)
        self.show_cursor(column, row)
        if self._draws_by_key:
            self._drag((column, row))

    def show_cursor(self, column: int, row: int) -> None:
        """Put the keyboard's cell somewhere, and show the part of the board around it."""
        self.key_cell = column, row
        self._space_held = False
        self._change_view(lambda view: view.reveal(column, row))
        self._hover_at(self._pointer)

    def _hide_cursor(self) -> None:
        if self.key_cell is not None and not self._draws_by_key:
            self.key_cell = None
            self.update()

    def _press_key(self, key: Qt.Key) -> None:
        cursor, view = self.key_cell, self.view
        if key in _ENTER and (cursor is None or self.waits_for_enter):
            self.confirmed.emit()
        elif cursor is None or view is None or self._is_moving:
            return
        elif self._draws_by_key:
            self._release_key()
        else:
            self._press(cursor, view.middle_of(*cursor))
            self._draws_by_key = self._drawing_at is not None
            if key in _ENTER and not self.has_two_ends:
                self._release_key()

    def _release_key(self) -> None:
        if self._draws_by_key:
            self._drawing_at = None
            self._draws_by_key = False
            self.released.emit()

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """See :meth:`keyPressEvent`."""
        assert event is not None
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space_held = False
                self._set_cursor()
                if not self.has_two_ends:
                    self._release_key()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Forget the space bar: its release in another window is not reported."""
        self._space_held = False
        if not self.has_two_ends:
            self._release_key()
        self._set_cursor()
        super().focusOutEvent(event)
