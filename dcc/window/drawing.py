"""The tools: from presses on the board to pixels for the server.

1. The pencil paints along the pointer. Line, rectangle and selection are seen while they are drawn, and count at the
   release; Escape leaves them.
2. A stamp is a pasted picture or a lifted selection. A stamp is placed first and painted then: with Enter, or with a
   press beside the stamp.
3. On a board with a pause after each pixel a press chooses a cell, and a second press or Enter paints the cell. Tools
   of several pixels rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QWidget

from dcc.client.link import Link
from dcc.core.actions import Rectangle
from dcc.core.canvas import Canvas
from dcc.core.shapes import (
    MAX_FILL,
    SIZES,
    Cell,
    Stamp,
    cells_between,
    fill,
    filled_rectangle,
    line,
    pencil,
    rectangle,
)
from dcc.language import _, number
from dcc.window.board_widget import BoardWidget
from dcc.window.overlay import Notice
from dcc.window.painting import Painting
from dcc.window.palette_widget import PaletteWidget
from dcc.window.tools import Tool
from dcc.window.view import Area

GROUND = 0
"""The colour that a cut leaves. Servers do not tell the colour of the blank board, which is mostly this."""

_SHAPES = (Tool.LINE, Tool.RECTANGLE, Tool.FILLED_RECTANGLE)
_MORE_THAN_A_PIXEL = (*_SHAPES, Tool.FILL)


class Drawing(QObject):
    """The tools on one board.

    :ivar tool: the chosen tool.
    :ivar size: side of the pencil's square in cells.
    :ivar selection: the selected part of the board.
    :ivar stamp: to be placed.
    :ivar chosen: the cell to confirm, on a board with a pause.
    :ivar painting: takes the pixels.
    """

    changed = pyqtSignal()
    """Tool, size, selection, stamp, or chosen cell."""

    def __init__(
        self,
        link: Link,
        board: BoardWidget,
        palette: PaletteWidget,
        notice: Notice,
        may_draw: Callable[[], bool],
        gathered: Callable[[], int],
        parent: QWidget,
    ) -> None:
        """
        :param may_draw: whether the server takes paints now; says why if not.
        :param gathered: how many pixels a server with a cooldown takes now.
        """
        super().__init__(parent)
        self.tool = Tool.PENCIL
        self.size = SIZES[0]
        self.selection: Rectangle | None = None
        self.stamp: Stamp | None = None
        self.chosen: Cell | None = None
        self.clipboard: Stamp | None = None
        self._link = link
        self._board = board
        self._palette = palette
        self._notice = notice
        self.painting = Painting(link, board, notice, may_draw, gathered)
        self._tool_before = Tool.PENCIL
        self._start: Cell | None = None
        self._last: Cell | None = None
        self._stamp_at: Cell = (0, 0)
        self._held_at: Cell | None = None  # of the stamp: the cell under the pointer, from the corner
        self._lifted: Rectangle | None = None  # where the stamp was
        board.pressed.connect(self.press)
        board.dragged.connect(self.drag)
        board.released.connect(self.release)
        board.confirmed.connect(self.confirm)
        board.cancelled.connect(self.cancel)
        board.cell_picked.connect(self._pick)
        palette.colour_chosen.connect(lambda _index: self._sketch())

    # --- what is chosen ------------------------------------------------------------------------------------

    def choose(self, tool: Tool) -> None:
        """Choose a tool; leave a shape in progress."""
        if self._rests(tool):
            self.changed.emit()  # its button is pressed already
            return
        if self.tool is not Tool.PICK:
            self._tool_before = self.tool
        self._leave_shape()
        self._drop_stamp()
        self.tool = tool
        self._board.set_moving(tool is Tool.MOVE)
        self._sketch()
        self.changed.emit()

    def choose_size(self, size: int) -> None:
        """Choose the size of the pencil; do nothing beyond the sizes."""
        if size in SIZES and not (size > 1 and self._has_pause(_("a larger pencil"))):
            self.size = size
            self._sketch()
            self.changed.emit()

    def tools_changed(self) -> None:
        """Take note of other rules: a board may have got a pause."""
        if self.painting.has_cooldown:
            if self.tool in _MORE_THAN_A_PIXEL:
                self.choose(Tool.PENCIL)
            self.size = 1
            self._leave_shape()
            self._drop_stamp()
        else:
            self.chosen = None
        self._sketch()
        self.changed.emit()

    def _rests(self, tool: Tool) -> bool:
        return tool in _MORE_THAN_A_PIXEL and self._has_pause(_(tool.words).replace("&", ""))

    def _has_pause(self, what: str) -> bool:
        """Say that a tool rests, if it does."""
        if self.painting.has_cooldown:
            self._notice.show_text(
                _("{tool}: rests here, since this board takes a pixel at a time with a pause after it.").format(
                    tool=what[:1].upper() + what[1:]
                )
            )
        return self.painting.has_cooldown

    # --- the pointer, and the keys in its place --------------------------------------------------------------

    def press(self, cell: Cell) -> None:
        """Begin to draw at a cell, which may be outside of the board."""
        if self.stamp is not None:
            self._press_stamp(cell)
            return
        match self.tool:
            case Tool.PENCIL if self.painting.has_cooldown:
                self._choose_cell(cell)
            case Tool.PENCIL:
                self.painting.begin()
                self._last = cell
                self._paint_cells(self._pencil([cell]))
            case Tool.LINE | Tool.RECTANGLE | Tool.FILLED_RECTANGLE:
                self._start = self._last = cell
                self._sketch()
            case Tool.FILL:
                self._fill(cell)
            case Tool.SELECT if self.selection is not None and self.selection.holds(*cell):
                if self._lift():
                    self._press_stamp(cell)
            case Tool.SELECT:
                self.selection = None
                self._start = self._last = cell
                self._sketch()
            case Tool.PICK:
                self._pick_at(cell)

    def drag(self, cell: Cell) -> None:
        """Go on to a cell."""
        if self.stamp is not None:
            if self._held_at is not None:
                self._stamp_at = cell[0] - self._held_at[0], cell[1] - self._held_at[1]
                self._sketch()
        elif self._start is not None:
            self._last = cell
            self._sketch()
        elif self._last is not None and self.tool is Tool.PENCIL:
            path = cells_between(self._last, cell)[1:]
            self._last = cell
            self._paint_cells(self._pencil(path))

    def release(self) -> None:
        """End the shape, and paint its cells."""
        self._held_at = None
        start, last = self._start, self._last
        self._start = self._last = None
        if start is not None and last is not None:
            if self.tool is Tool.SELECT:
                self.selection = self._board.view.place_between(start, last) if self._board.view else None
                if start == last:
                    self.selection = None  # a click selects nothing
            elif self.tool is not Tool.FILLED_RECTANGLE or not self.painting.is_too_large(_between(start, last)):
                self.painting.begin()
                self._paint_cells(self._shape(start, last))
        self._sketch()
        self.changed.emit()

    def confirm(self) -> None:
        """Paint the stamp, or the chosen cell."""
        if self.stamp is not None:
            self._paint_stamp()
        elif self.chosen is not None:
            chosen = self.chosen
            if self.painting.may_draw():
                self.chosen = None
                self.painting.begin()
                self._paint_cells([chosen])
                self._sketch()
                self.changed.emit()

    def cancel(self) -> None:
        """Leave the shape in progress; otherwise the stamp, the chosen cell, or the selection."""
        if self._start is not None:
            self._leave_shape()
        elif self.stamp is not None:
            self._drop_stamp()
        elif self.chosen is not None:
            self.chosen = None
        else:
            self.selection = None
        self._sketch()
        self.changed.emit()

    def interrupt(self) -> None:
        """Leave the shape in progress, whose end would not be painted: the connection is lost. A stamp stays."""
        self._held_at = None
        self._leave_shape()
        self._sketch()

    def _leave_shape(self) -> None:
        self._start = self._last = None
        self._board.let_go()

    def _choose_cell(self, cell: Cell) -> None:
        view = self._board.view
        if view is None or not view.has(*cell):
            return
        if cell == self.chosen:
            self.confirm()
            return
        if self.painting.refuses(self._place(cell)):
            return
        self.chosen = cell
        self._sketch()
        self.changed.emit()

    def _fill(self, cell: Cell) -> None:
        view, canvas = self._board.view, self._canvas
        if view is None or not view.has(*cell) or not self.painting.may_draw():
            return
        if self.painting.refuses(self._place(cell)):
            return
        shown, allowed = self._link.replica.shown, self.painting.rights.map()
        if shown[self._place(cell)] == self._palette.chosen:
            return
        width = canvas.width
        if allowed is None:
            filled = fill(shown, width, canvas.height, cell)
        else:
            where = allowed
            filled = fill(shown, width, canvas.height, cell, lambda at: bool(where[at[1] * width + at[0]]))
        self.painting.begin()
        self._paint_cells(filled.cells)
        if filled.is_cut:
            self._notice.show_text(
                _("The fill ends after {most} cells; fill again to go on.").format(most=number(MAX_FILL))
            )

    def _pick_at(self, cell: Cell) -> None:
        view = self._board.view
        if view is not None and view.has(*cell):
            self._pick(cell[1] * view.columns + cell[0])
            self.choose(self._tool_before)

    def _pick(self, place: int) -> None:
        self._palette.choose(self._board.shown[place])

    # --- selection and stamp -------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Copy the stamp or the selection."""
        copied = self.stamp or self._selected()
        if copied is not None:
            self.clipboard = copied

    def cut(self) -> None:
        """Copy the selection, and paint its place in the board's first colour."""
        if self.stamp is not None:
            self.copy()
            self._drop_stamp()
            self._sketch()
        elif not self._has_pause(_("cut")):
            self.copy()
            self.erase()

    def erase(self) -> None:
        """Paint the selection in the board's first colour."""
        if self.selection is None or self.painting.is_too_large(self.selection):
            return
        if not self._has_pause(_("erase")) and self.painting.may_draw():
            self.painting.begin()
            self._paint_cells(_cells_of(self.selection), GROUND)
            self.changed.emit()

    def paste(self, stamp: Stamp | None) -> None:
        """Have a stamp to be placed, in the middle of what is seen of the board."""
        if self._board.view is None or self._has_pause(_("paste")):
            return
        if stamp is None:
            self._notice.show_text(_("There is nothing to paste: copy a part of the board, or a picture, first."))
            return
        self._drop_stamp()
        self.choose(Tool.SELECT)
        self._hold(stamp, self._board.stamp_corner(stamp.width, stamp.height), None)

    def change_stamp(self, change: Callable[[Stamp], Stamp]) -> None:
        """Mirror, flip or turn the stamp; a selection becomes a stamp first. The upper left corner stays."""
        if self.stamp is None and not self._lift():
            return
        assert self.stamp is not None
        self.stamp = change(self.stamp)
        self._sketch()
        self.changed.emit()

    def _selected(self) -> Stamp | None:
        view = self._board.view
        if view is None or self.selection is None:
            self._notice.show_text(_("Select a part of the board first (S)."))
            return None
        if self.painting.is_too_large(self.selection):
            return None
        return Stamp.copy(self._board.shown, view.columns, *self.selection)

    def _lift(self) -> bool:
        """Make a stamp of the selection."""
        selected = self._selected()
        if selected is None or self._has_pause(_("move a part")):
            return False
        assert self.selection is not None
        self._hold(selected, (self.selection.column, self.selection.row), self.selection)
        return True

    def _hold(self, stamp: Stamp, at: Cell, lifted: Rectangle | None) -> None:
        self.stamp, self._stamp_at, self._lifted = stamp, at, lifted
        self.selection = None
        self._notice.show_text(_("Drag it to its place. Enter paints it, Escape leaves it."))
        self._sketch()
        self.changed.emit()

    def _press_stamp(self, cell: Cell) -> None:
        assert self.stamp is not None
        left, top = self._stamp_at
        if Rectangle(left, top, self.stamp.width, self.stamp.height).holds(*cell):
            self._held_at = cell[0] - left, cell[1] - top
        else:
            self._paint_stamp()

    def move_stamp(self, right: int, down: int) -> None:
        """Move the stamp by cells."""
        self._stamp_at = self._stamp_at[0] + right, self._stamp_at[1] + down
        self._sketch()

    def _paint_stamp(self) -> None:
        stamp = self.stamp
        if stamp is None or not self.painting.may_draw():
            return
        canvas = self._canvas
        # A lifted part leaves the ground behind, except where it is put down. The ground goes last: a connection lost
        # in between leaves the part on the board.
        wanted = dict(stamp.pixels(*self._stamp_at, canvas.width, canvas.height))
        for cell in _cells_of(self._lifted) if self._lifted is not None else ():
            wanted.setdefault(cell, GROUND)
        self.painting.begin()
        if self.painting.paint([(self._place(cell), colour) for cell, colour in wanted.items()]):
            view = self._board.view
            left, top = self._stamp_at
            far = left + stamp.width - 1, top + stamp.height - 1
            self.selection = view.place_between(self._stamp_at, far) if view is not None else None
            self._drop_stamp()
        self._sketch()
        self.changed.emit()

    def _drop_stamp(self) -> None:
        self.stamp = self._lifted = self._held_at = None

    # --- undo --------------------------------------------------------------------------------------------------

    def undo(self) -> None:
        """Leave what is in progress; otherwise undo the last stroke."""
        self._go(self.painting.undo)

    def redo(self) -> None:
        """Leave what is in progress; otherwise do the last undone stroke again."""
        self._go(self.painting.redo)

    def _go(self, step: Callable[[], None]) -> None:
        if self._start is not None or self.stamp is not None:
            self.cancel()
        else:
            step()
            self.changed.emit()

    def forget(self) -> None:
        """Forget strokes, selection, stamp and copy: the board was replaced, perhaps by one of other colours."""
        self.painting.forget()
        self._leave_shape()
        self._drop_stamp()
        self.selection = self.chosen = self.clipboard = None
        self._sketch()
        self.changed.emit()

    # --- painting ------------------------------------------------------------------------------------------------

    @property
    def _canvas(self) -> Canvas:
        canvas = self._link.replica.canvas
        assert canvas is not None  # while a board is shown
        return canvas

    def _place(self, cell: Cell) -> int:
        return cell[1] * self._canvas.width + cell[0]

    def _pencil(self, path: list[Cell]) -> list[Cell]:
        return pencil(path, self.size, self._canvas.width, self._canvas.height)

    def _shape(self, start: Cell, end: Cell) -> list[Cell]:
        width, height = self._canvas.width, self._canvas.height
        if self.tool is Tool.LINE:
            return line(start, end, self.size, width, height)
        if self.tool is Tool.RECTANGLE:
            return rectangle(start, end, self.size, width, height)
        return filled_rectangle(start, end, width, height)

    def _paint_cells(self, cells: Iterable[Cell], colour: int | None = None) -> None:
        shade = self._palette.chosen if colour is None else colour
        self.painting.paint([(self._place(cell), shade) for cell in cells])

    # --- what is about to be painted -------------------------------------------------------------------------------

    def _sketch(self) -> None:
        sketch, canvas = self._board.sketch, self._link.replica.canvas
        sketch.clear()
        sketch.selection = self.selection
        if canvas is not None:
            value = canvas.palette[min(self._palette.chosen, len(canvas.palette) - 1)].value
            if self.stamp is not None:
                sketch.show_stamp(self.stamp, self._stamp_at, canvas.palette)
                if self._lifted is not None:
                    sketch.areas, sketch.value = [Area(*self._lifted)], canvas.palette[GROUND].value
            elif self._start is not None and self._last is not None:
                view = self._board.view
                assert view is not None
                place = view.place_between(self._start, self._last)
                if self.tool is Tool.SELECT:
                    sketch.selection = place
                elif self.tool is Tool.FILLED_RECTANGLE:
                    sketch.areas, sketch.value = ([Area(*place)] if place is not None else []), value
                else:
                    sketch.show_cells(self._shape(self._start, self._last), value)
            elif self.chosen is not None:
                sketch.show_cells([self.chosen], value)
        self._board.update()


def _cells_of(place: Rectangle) -> list[Cell]:
    left, top, width, height = place
    return [(column, row) for row in range(top, top + height) for column in range(left, left + width)]


def _between(one: Cell, other: Cell) -> Rectangle:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return Rectangle(left, top, abs(one[0] - other[0]) + 1, abs(one[1] - other[1]) + 1)
