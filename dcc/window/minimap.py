"""The whole board in a corner, with a frame around what is seen."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, QRectF, QSize, QSizeF, Qt, QTimer
from PyQt5.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from dcc.language import _
from dcc.window import theme
from dcc.window.board_widget import BoardWidget
from dcc.window.labels import set_tool_tip

_SIDE = 160
"""Longer side in logical pixels: the drawing is recognised."""

_LEAST_SIDE = 90
"""Least longer side: a smaller map shows little, and takes room from the board."""

_ROOM = 2.5
"""The board widget is at least so many times as long and as wide as the map, which is smaller on a small screen."""

_LEAST_FRAME = 6
"""Least side of the frame in logical pixels: the frame is found."""

_FRESH_MS = 250
"""Milliseconds between two pictures of the board: a copy of the largest board takes about 10 ms."""

_SMOOTH_CELLS = 1_000_000
"""Largest board whose cells are mixed on the map, in some 10 ms; of a larger board cells are left out."""

_STEP = 0.5
"""Part of the view for an arrow key."""

_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class Minimap(QWidget):
    """Lies over the board's lower right corner while the board is larger than the widget.

    :ivar is_wanted: whether the user wants the map.
    """

    def __init__(self, board: BoardWidget, is_wanted: bool) -> None:
        super().__init__(board)
        self.is_wanted = is_wanted
        self._board = board
        self._picture = QImage()
        self._timer = QTimer(self)
        self._timer.setInterval(_FRESH_MS)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._draw_anew)
        self.setAccessibleName(_("Minimap: arrows move the view"))
        set_tool_tip(self, _("Minimap ({key} hides it)").format(key="V"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        board.view_changed.connect(self.place)
        board.changed.connect(self._note_change)
        board.installEventFilter(self)
        self.hide()

    def want(self, is_wanted: bool) -> None:
        """Show the map where there is something to see of it, or hide the map."""
        self.is_wanted = is_wanted
        self.place()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the size of the board widget."""
        if event is not None and event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """Take the place in the corner, if the map is needed."""
        view, room = self._board.view, self._board.size()
        if view is None:
            self.hide()
            return
        longer = max(view.columns, view.rows)
        across, down = view.columns / longer, view.rows / longer
        side = min(_SIDE, room.width() / across / _ROOM, room.height() / down / _ROOM)
        size = QSize(max(int(side * across), 24), max(int(side * down), 24))
        is_needed = self.is_wanted and side >= _LEAST_SIDE and not view.shows_all
        if is_needed:
            corner = room - size - QSize(theme.GAP, theme.GAP)
            self.setGeometry(corner.width(), corner.height(), size.width(), size.height())
            if self.isHidden():
                self._draw_anew()
        self.setVisible(is_needed)
        self.update()

    def _note_change(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _draw_anew(self) -> None:
        ratio = self.devicePixelRatioF()
        whole = self._board.to_image(1)
        mixes = self.width() * ratio < whole.width() and whole.width() * whole.height() <= _SMOOTH_CELLS
        self._picture = whole.scaled(
            round(self.width() * ratio),
            round(self.height() * ratio),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation if mixes else Qt.TransformationMode.FastTransformation,
        )
        self.update()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draw the board, and black and white lines around what is seen: one of them is seen on every colour."""
        painter = QPainter(self)
        painter.drawImage(self.rect(), self._picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame = self._frame()
        for colour, line in ((Qt.GlobalColor.white, 4), (Qt.GlobalColor.black, 2)):
            pen = QPen(colour, line)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(frame)
        edge = (theme.hues.accent, 3) if self.hasFocus() else (theme.hues.muted, 1)
        for hue, line in ((theme.hues.panel, 7), edge):  # a board of many colours would hide a thin edge
            painter.setPen(QPen(QColor(hue), line))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _frame(self) -> QRectF:
        """Return where on the map the seen part of the board is."""
        view = self._board.view
        assert view is not None
        left, top, width, height = view.seen
        across, down = self.width() / view.columns, self.height() / view.rows
        frame = QRectF(left * across, top * down, width * across, height * down) & QRectF(self.rect())
        frame.setSize(frame.size().expandedTo(QSizeF(_LEAST_FRAME, _LEAST_FRAME)))
        frame.moveRight(min(frame.right(), self.width()))
        frame.moveBottom(min(frame.bottom(), self.height()))
        return frame.adjusted(1, 1, -1, -1)

    # --- pointer and keys -----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Bring the part of the board under the pointer into the middle."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._lead(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Follow the pressed pointer."""
        assert event is not None
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._lead(event)

    def _lead(self, event: QMouseEvent) -> None:
        view = self._board.view
        assert view is not None
        x, y = event.x() * view.columns // self.width(), event.y() * view.rows // self.height()
        self._board.show_middle(min(max(x, 0), view.columns - 1), min(max(y, 0), view.rows - 1))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move the view with the arrows."""
        assert event is not None
        view, step = self._board.view, _ARROWS.get(Qt.Key(event.key()))
        if view is None or step is None:
            super().keyPressEvent(event)
            return
        _left, _top, width, height = view.seen
        column, row = view.middle_cell()
        self._board.show_middle(round(column + step[0] * width * _STEP), round(row + step[1] * height * _STEP))
