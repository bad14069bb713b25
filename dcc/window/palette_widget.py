"""The colours to choose from, in as many rows as needed."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PyQt5.QtCore import QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PyQt5.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from dcc.core.palette import Palette
from dcc.core.search import is_found
from dcc.language import _
from dcc.window import theme
from dcc.window.labels import Label, set_tool_tip

KEYS = 9
"""Colours with a key: the digits from 1 on; 0 fits the board to the window."""

_FEW = 16
"""Most colours with large swatches, which are easy to hit; more colours get small swatches, which fit."""

_LARGE, _SMALL = 42, 24
"""Sides of a swatch with its ring, in logical pixels (WCAG 2.2, 2.5.8: at least 24)."""

_RING = 2

_RECENT = 8
"""Colours that are kept at hand: those of one drawing, in the narrowest window."""

_SEARCH_WIDTH = 240
"""Largest width of the search, in logical pixels: some words."""


class Swatch(QAbstractButton):
    """One colour to choose.

    :ivar value: ``#rrggbb``.
    """

    def __init__(self, value: str, name: str, label: str, side: int) -> None:
        """
        :param value: ``#rrggbb``.
        :param label: its key, shown if there is room.
        """
        super().__init__()
        self.value = value
        self._label = label
        self._side = side
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_tool_tip(self, f"{name} ({label})" if label else name)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self._side, self._side)

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draw the colour; around a chosen colour a ring with a gap, visible next to every colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        box = QRectF(self.rect())
        inner = box.adjusted(5, 5, -5, -5) if self._side == _LARGE else box.adjusted(4, 4, -4, -4)
        if self.isChecked() or self.hasFocus() or self.underMouse():
            ring = theme.hues.accent if self.isChecked() or self.hasFocus() else theme.hues.muted
            painter.setPen(
                QPen(QColor(ring), _RING, Qt.PenStyle.SolidLine if not self.hasFocus() else Qt.PenStyle.DashLine)
            )
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(_RING / 2, _RING / 2, -_RING / 2, -_RING / 2), 7, 7)
        painter.setPen(QPen(QColor(0, 0, 0, 90), 1))
        painter.setBrush(QColor(self.value))
        painter.drawRoundedRect(inner.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(theme.contrasting(self.value))
        if self.isChecked():
            self._draw_tick(painter, inner)
        elif self._label and self._side == _LARGE:
            font = self.font()
            font.setPointSizeF(max(font.pointSizeF() * 0.85, 7))
            painter.setFont(font)
            painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, self._label)

    def _draw_tick(self, painter: QPainter, box: QRectF) -> None:
        width, height = box.width(), box.height()
        tick = QPolygonF()
        for x, y in ((0.26, 0.52), (0.43, 0.70), (0.75, 0.32)):
            tick << box.topLeft() + QRectF(0, 0, width * x, height * y).bottomRight()
        painter.setPen(
            QPen(
                theme.contrasting(self.value),
                2.2,
                Qt.PenStyle.SolidLine,
                Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin,
            )
        )
        painter.drawPolyline(tick)


class PaletteWidget(QWidget):
    """The colours of a board, with the chosen colour.

    :ivar chosen: index of the chosen colour.
    """

    colour_chosen = pyqtSignal(int)
    palette_changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen = 0
        self._side = _LARGE
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(self._toggled)
        self._swatches: list[Swatch] = []
        self._offered: Collection[int] = ()
        policy = QSizePolicy(QSizePolicy.Expanding, QSizePolicy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_palette(self, palette: Palette, names: list[str]) -> None:
        """Offer these colours under these names. The chosen colour stays, if there is a colour of its name.

        The first choice is the second colour, since the first is the board's ground, and invisible there.
        """
        before = self._swatches[self.chosen].accessibleName() if self._swatches else None
        for swatch in self._swatches:
            self._group.removeButton(swatch)
            swatch.deleteLater()
        self._side = _LARGE if len(palette) <= _FEW else _SMALL
        self._swatches = []
        for index, (colour, name) in enumerate(zip(palette, names, strict=True)):
            swatch = Swatch(colour.value, name, str(index + 1) if index < KEYS else "", self._side)
            swatch.setParent(self)
            swatch.show()
            self._group.addButton(swatch, index)
            self._swatches.append(swatch)
        self._offered = range(len(names))
        self._arrange()
        self.updateGeometry()
        self.palette_changed.emit()
        self.choose(names.index(before) if before in names else min(1, len(names) - 1))

    @property
    def is_large(self) -> bool:
        """Whether there are more colours than are seen at a glance."""
        return len(self._swatches) > _FEW

    def choose(self, index: int) -> None:
        """Choose a colour; do nothing if there is no colour of this index."""
        if 0 <= index < len(self._swatches):
            self._swatches[index].setChecked(True)

    @property
    def value(self) -> str:
        """The chosen colour, ``#rrggbb``; empty before the first palette."""
        return self._swatches[self.chosen].value if self._swatches else ""

    def swatch(self, index: int) -> Swatch:
        """Return the button of a colour."""
        return self._swatches[index]

    def search(self, query: str) -> list[int]:
        """Offer only the colours that a search finds, and return their indices."""
        found = [
            index for index, each in enumerate(self._swatches) if is_found(query, each.value, each.accessibleName())
        ]
        self._offered = found
        self._arrange()
        return found

    def _toggled(self, index: int, checked: bool) -> None:
        if checked:
            self.chosen = index
            self.colour_chosen.emit(index)

    # --- rows -------------------------------------------------------------------------------------------

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows, in logical pixels."""
        columns = self._columns(width)
        return -(-len(self._swatches) // columns) * self._side

    def sizeHint(self) -> QSize:
        """All colours in a row, if not too wide."""
        width = min(len(self._swatches), 32) * self._side
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """At least a swatch."""
        return QSize(self._side, self._side)

    def resizeEvent(self, _event: QResizeEvent | None) -> None:
        """Fill the rows again."""
        self._arrange()

    def _columns(self, width: int) -> int:
        most = max(width // self._side, 1)
        rows = -(-len(self._swatches) // most) or 1
        # Rows of the same length, if this needs no further row. Large palettes are mostly sorted by hue, and another
        # length of rows would tear the hues apart.
        return max(-(-len(self._swatches) // rows), 1) if self._side == _LARGE else most

    def _arrange(self) -> None:
        columns = self._columns(self.width())
        left = (self.width() - min(columns, len(self._swatches)) * self._side) // 2
        for index, swatch in enumerate(self._swatches):
            swatch.setVisible(index in self._offered)
        for place, index in enumerate(self._offered):
            swatch = self._swatches[index]
            row, column = divmod(place, columns)
            swatch.setGeometry(QRect(left + column * self._side, row * self._side, self._side, self._side))


class RecentColours(QWidget):
    """The colours that were chosen last, of a palette too large to find them again at a glance."""

    def __init__(self, palette: PaletteWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._recent: list[int] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setAccessibleName(_("Colours chosen last"))
        self.hide()
        palette.colour_chosen.connect(self._note)
        palette.palette_changed.connect(self._forget)

    @property
    def swatches(self) -> list[Swatch]:
        """The buttons, the latest first."""
        items = [self._row.itemAt(place) for place in range(self._row.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if isinstance(widget, Swatch)]

    def _forget(self) -> None:
        self._recent = []
        self._show()
        self.setVisible(self._palette.is_large)
        self.setFixedHeight(_SMALL)  # also while it is empty: the board does not move

    def _note(self, index: int) -> None:
        if self._palette.is_large and index not in self._recent:  # a colour that is here keeps its place
            self._recent = [index, *self._recent][:_RECENT]
            self._show()

    def _show(self) -> None:
        for swatch in self.swatches:
            self._row.removeWidget(swatch)
            swatch.deleteLater()
        for index in self._recent:
            shown = self._palette.swatch(index)
            swatch = Swatch(shown.value, shown.accessibleName(), "", _SMALL)
            swatch.setCheckable(False)
            swatch.clicked.connect(partial(self._palette.choose, index))
            self._row.addWidget(swatch)


class ColourSearch(QWidget):
    """Searches a palette too large for a glance; hidden for others."""

    left = pyqtSignal()
    """The user is done with the search."""

    def __init__(self, palette: PaletteWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Search colours"))
        self.field.setAccessibleName(_("Search colours"))
        self.field.setClearButtonEnabled(True)
        self.field.setMaximumWidth(_SEARCH_WIDTH)
        self.field.setMinimumHeight(_SMALL)
        set_tool_tip(self.field, _("Search colours") + " (/)")
        self.none = Label(_("No colour of this name."))
        self.none.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field)
        row.addWidget(self.none)
        self.none.hide()
        self.hide()
        self.field.textChanged.connect(self._find)
        self.field.returnPressed.connect(self._take)
        palette.palette_changed.connect(self._start)

    def _start(self) -> None:
        self.setVisible(self._palette.is_large)
        self.field.clear()

    def _find(self, query: str) -> None:
        self.none.setVisible(not self._palette.search(query))

    def _take(self) -> None:
        found = self._palette.search(self.field.text())
        if found:
            self._palette.choose(found[0])
            self.leave()

    def leave(self) -> None:
        """Offer all colours again."""
        self.field.clear()
        self.left.emit()
