"""The board on the screen, with what lies over the board."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from PyQt5 import sip
from PyQt5.QtCore import QEvent, QLine, QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PyQt5.QtWidgets import QWidget

from dcc.core.actions import Rectangle
from dcc.core.palette import Palette
from dcc.core.places import Place
from dcc.core.shapes import Cell
from dcc.window import theme
from dcc.window.aim import REACH, Aim
from dcc.window.marks import Marks
from dcc.window.sketch import Sketch
from dcc.window.template_layer import TemplateLayer
from dcc.window.view import GRID_ZOOM, Area, View

FRAME_MS = 16
"""Milliseconds between two repaints, about those of a screen: further repaints would be invisible, and would take time
from a busy board's messages."""

_RECTANGLES = 64
"""Most changed cells to repaint one by one; of more cells, the surrounding rectangle is repainted."""

_OUTLINE_ZOOM = 4
"""Smallest zoom with an outline of the cell under the pointer: below, the outline would hide the cell."""

_CURSOR_SIDE = 7
"""Least side of the frame around the keyboard's cell, in pixels: the frame is found among cells of any size."""


class BoardView(QWidget):
    """Shows a board of palette indices; draws only exposed and changed parts.

    :ivar view: place and zoom of the board; nothing before the first board.
    :ivar shown: the colours of the cells, of now or of the past, as palette indices.
    :ivar hovered: the cell under the pointer, or -1.
    :ivar key_cell: the cell of the keyboard, while the keyboard is in use.
    :ivar marks: what lies over the board.
    :ivar template: the shared template over the board.
    :ivar layer: draws over the board, and under the marks.
    :ivar sketch: what is about to be painted.
    :ivar aim: what the pointer shows.
    """

    hover_changed = pyqtSignal(int)
    view_changed = pyqtSignal()
    changed = pyqtSignal()
    """Other colours are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: View | None = None
        self.hovered = -1
        self.key_cell: Cell | None = None
        self.marks = Marks()
        self.template = TemplateLayer()
        self.sketch = Sketch()
        self.aim = Aim()
        self.layer: Callable[[QPainter, View, Area], None] | None = None
        self.shown = bytearray()
        self._image = QImage()
        self._colour_table: list[int] = []
        self._is_live = False
        self._grid = False

        self._dirty: set[int] = set()
        self._frame = QTimer(self)
        self._frame.setInterval(FRAME_MS)
        self._frame.setSingleShot(True)
        self._frame.timeout.connect(self._repaint_dirty)
        self._pointer: QPoint | None = None
        self._chosen_place: Rectangle | None = None  # a part of the board that is being chosen
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setMinimumSize(120, 120)

    def sizeHint(self) -> QSize:
        """Room for the board of the activity at ten pixels a cell."""
        return QSize(560, 540)

    # --- what is shown ------------------------------------------------------------------------------------

    def show_board(self, columns: int, rows: int, palette: Palette, shown: bytearray) -> None:
        """Show another board.

        :param shown: ``columns * rows`` palette indices, not copied: call :meth:`show_changes` after changes in place.
        """
        self.shown = shown
        # The image reads the same bytes, without a copy. The image has no colour table, since setting a table would
        # copy the bytes; pieces get the table as they are drawn.
        self._image = QImage(sip.voidptr(shown), columns, rows, columns, QImage.Format.Format_Indexed8)
        self._colour_table = [QColor(colour.value).rgb() for colour in palette]
        self.template.set_board(palette, shown)
        if self.view is None or (self.view.columns, self.view.rows) != (columns, rows):
            self.view = View(columns, rows, *self._pixel_size())
            self.key_cell = None
            self.view_changed.emit()
        self._hover_at(self._pointer)
        self.hover_changed.emit(self.hovered)  # the same cell may have another colour
        self.update()
        self.changed.emit()

    def show_changes(self, cells: Iterable[int]) -> None:
        """Repaint changed cells; all changes within a frame at once."""
        cells = set(cells)
        self.template.note(cells)
        self._dirty |= cells
        if self._dirty and not self._frame.isActive():
            self._repaint_dirty()

    def set_live(self, is_live: bool) -> None:
        """Set whether the board is up to date and open for drawing; otherwise the board is shown paler."""
        self._is_live = is_live
        self.update()

    def set_brush(self, value: str) -> None:
        """Set the colour that a press paints, ``#rrggbb``; empty if a press paints nothing."""
        if value != self.aim.brush:
            self.aim.brush = value
            self._update_hovered(self.hovered)

    def set_part(self, part: float | None) -> None:
        """Set how much of the next pixel has gathered, 0 to 1; None if there is nothing to wait for."""
        if part != self.aim.part:
            self.aim.part = part
            self._update_hovered(self.hovered)

    def set_grid(self, grid: bool) -> None:
        """Set whether lines separate the cells, if the cells are large enough."""
        self._grid = grid
        self.update()

    def fit(self) -> None:
        """Show the whole board."""
        self._change_view(lambda view: view.fit())

    def go_to(self, place: Place) -> None:
        """Show a cell of the board in the middle, large enough to draw unless the place says otherwise.

        The keyboard's cell is there afterwards.
        """
        self.key_cell = place.column, place.row
        self.show_place(place)

    def show_place(self, place: Place) -> None:
        """Show a place, or the nearest part of the board."""
        zoom = None if place.zoom is None else place.zoom * self.devicePixelRatioF()
        self._change_view(lambda view: view.go_to(place.column, place.row, zoom))

    def show_middle(self, column: int, row: int) -> None:
        """Move a cell to the middle."""
        self._change_view(lambda view: view.show_middle(column, row))

    def seen(self) -> Place | None:
        """Return what is seen, for a link; None if it is the whole board."""
        view = self.view
        if view is None or view.is_fitted:
            return None
        return Place(*view.middle_cell(), float(view.zoom) / self.devicePixelRatioF())

    def zoom_by(self, steps: int) -> None:
        """Zoom in, or out by negative steps, at the middle of the window."""
        self._change_view(lambda view: view.zoom_by(steps))

    def to_image(self, scale: int) -> QImage:
        """Copy the board as a picture, ``scale`` pixels a cell."""
        return self._piece(self._image.rect()).scaled(
            self._image.size() * scale,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.FastTransformation,
        )

    def _piece(self, cells: QRect) -> QImage:
        """Copy some cells, one pixel each."""
        piece = self._image.copy(cells)
        piece.setColorTable(self._colour_table)
        return piece

    def _repaint_dirty(self) -> None:
        view, dirty = self.view, self._dirty
        if view is None or not dirty:
            return
        self._frame.start()
        columns = view.columns
        if len(dirty) <= _RECTANGLES:
            region = QRegion()
            for cell in dirty:
                region += self._logical(view.pixels_of(Area(cell % columns, cell // columns, 1, 1)))
            self.update(region)
        else:
            left = min(cell % columns for cell in dirty)
            right = max(cell % columns for cell in dirty)
            top, bottom = min(dirty) // columns, max(dirty) // columns
            self.update(self._logical(view.pixels_of(Area(left, top, right - left + 1, bottom - top + 1))))
        if self.hovered in dirty:
            self.hover_changed.emit(self.hovered)
        dirty.clear()
        self.changed.emit()

    # --- drawing it ---------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the exposed parts, in the pixels of the screen."""
        assert event is not None
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        for exposed in event.region().rects():
            self._draw(painter, self._pixels(exposed))
        self._draw_hovered(painter)
        painter.end()

    def _draw(self, painter: QPainter, exposed: QRect) -> None:
        painter.fillRect(exposed, QColor(theme.hues.backdrop))
        view = self.view
        if view is None:
            return
        board = QRect(*view.board)
        painter.fillRect(board.adjusted(-1, -1, 1, 1) & exposed, QColor(theme.hues.muted))
        cells = view.cells_in(Area(exposed.left(), exposed.top(), exposed.width(), exposed.height()))
        if cells.width <= 0 or cells.height <= 0:
            return
        target, piece = QRect(*view.pixels_of(cells)), self._piece(QRect(*cells))
        if view.zoom < 1:  # no pixel of the drawing is left out: several share a pixel of the screen
            smooth = Qt.TransformationMode.SmoothTransformation
            piece = piece.scaled(target.size(), Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        painter.drawImage(target, piece)
        self.template.draw(painter, view, cells)
        if self.layer is not None:
            self.layer(painter, view, cells)
        if self._grid and view.zoom >= GRID_ZOOM:
            self._draw_grid(painter, view, cells)
        self.marks.draw(painter, view, cells)
        self.sketch.draw(painter, view)
        if self._chosen_place is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.hues.accent), 2))
            painter.drawRect(QRect(*view.pixels_of(Area(*self._chosen_place))))
        if not self._is_live:
            veil = QColor(theme.hues.backdrop)
            veil.setAlpha(130)
            painter.fillRect(board & exposed, veil)

    def _draw_grid(self, painter: QPainter, view: View, cells: Area) -> None:
        left, top, width, height = view.pixels_of(cells)
        zoom = view.zoom.numerator
        lines = [QLine(x, top, x, top + height - 1) for x in range(left, left + width, zoom)]
        lines += [QLine(left, y, left + width - 1, y) for y in range(top, top + height, zoom)]
        painter.setPen(QPen(QColor(128, 128, 128, 110), 1))  # visible on black and on white
        painter.drawLines(*lines)

    def _draw_hovered(self, painter: QPainter) -> None:
        view = self.view
        if view is None or self.hovered < 0 or not self._is_live:
            return
        if self.key_cell is None and view.zoom < _OUTLINE_ZOOM:
            return
        cell = QRect(*view.pixels_of(Area(self.hovered % view.columns, self.hovered // view.columns, 1, 1)))
        if self.key_cell is not None and (missing := _CURSOR_SIDE - cell.width()) > 0:
            cell = cell.adjusted(-missing // 2, -missing // 2, missing // 2, missing // 2)
        self.aim.draw(painter, cell)

    # --- pixels of the screen and of Qt ---------------------------------------------------------------------

    def _pixel_size(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return math.ceil(self.width() * ratio), math.ceil(self.height() * ratio)

    def _pixels(self, logical: QRect) -> QRect:
        ratio = self.devicePixelRatioF()
        corner, size = QPointF(logical.topLeft()) * ratio, QSizeF(logical.size()) * ratio
        return QRectF(corner, size).toAlignedRect()

    def _logical(self, pixels: Area) -> QRect:
        ratio = self.devicePixelRatioF()
        left, top, width, height = pixels
        return QRectF(left / ratio, top / ratio, width / ratio, height / ratio).toAlignedRect()

    def _point(self, position: QPoint) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return int((position.x() + 0.5) * ratio), int((position.y() + 0.5) * ratio)

    def point_of(self, column: int, row: int) -> QPoint:
        """Return the middle of a cell in logical pixels, such as to move the pointer there."""
        assert self.view is not None
        return self._logical(self.view.pixels_of(Area(column, row, 1, 1))).center()

    # --- the view -------------------------------------------------------------------------------------------

    def _change_view(self, change: Callable[[View], None]) -> None:
        if self.view is not None:
            change(self.view)
            self._hover_at(self._pointer)
            self.update()
            self.view_changed.emit()

    def resizeEvent(self, _event: QResizeEvent | None) -> None:
        """Keep the middle of the view."""
        size = self._pixel_size()
        self._change_view(lambda view: view.resize(*size))

    # --- the cell under the pointer ---------------------------------------------------------------------------

    def leaveEvent(self, _event: QEvent | None) -> None:
        """Forget the pointer."""
        self._hover_at(None)

    def _hover_at(self, position: QPoint | None) -> None:
        self._pointer = position
        view = self.view
        hovered = -1
        if view is not None and self.key_cell is not None:
            hovered = self.key_cell[1] * view.columns + self.key_cell[0]
        elif view is not None and position is not None and self.rect().contains(position):
            column, row = view.cell_at(*self._point(position))
            hovered = row * view.columns + column if view.has(column, row) else -1
        if hovered == self.hovered:
            return
        before, self.hovered = self.hovered, hovered
        for cell in (before, hovered):
            self._update_hovered(cell)
        self.hover_changed.emit(hovered)

    def _update_hovered(self, cell: int) -> None:
        """Repaint a cell, with the frame and the ring around it."""
        view = self.view
        if cell >= 0 and view is not None:
            place = self._logical(view.pixels_of(Area(cell % view.columns, cell // view.columns, 1, 1)))
            reach = REACH + place.width()
            self.update(place.adjusted(-reach, -reach, reach, reach))
