"""The named moments of a history, over the slider: names with marks, and the way from one to the next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt5.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QToolTip, QWidget

from dcc.core.placements import NamedMoment
from dcc.window import theme
from dcc.window.labels import tool_tip
from dcc.wording import one_line

_MARK = 4
"""Height of a mark under its name, in logical pixels."""

_REACH = 12
"""How far from a mark a press still means the mark, in logical pixels."""

_LONGEST = 130
"""Widest name: a longer one is cut, and its tooltip has all of it."""


def next_moment(moments: Sequence[NamedMoment], sequence: int, step: int, last: int) -> int:
    """Return the sequence of the named moment before (-1) or after (1); the ends of the history count as moments.

    :param moments: in the order of their sequences.
    """
    places = [0, *(moment.sequence for moment in moments), last]
    if step > 0:
        return places[min(bisect_right(places, sequence), len(places) - 1)]
    return places[max(bisect_left(places, sequence) - 1, 0)]


def moment_at(moments: Sequence[NamedMoment], sequence: int) -> NamedMoment | None:
    """Return the latest named moment at a sequence or before."""
    return next((moment for moment in reversed(moments) if moment.sequence <= sequence), None)


class MomentNames(QWidget):
    """Names above a slider, each with a mark at its place; hidden without moments.

    For the pointer: keys and buttons of the bar go from moment to moment, and the bar tells the name as text.
    """

    chosen = pyqtSignal(int)
    """A name or a mark was pressed; its sequence."""

    def __init__(self, slider: QSlider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = slider
        self._moments: tuple[NamedMoment, ...] = ()
        self._seen: list[tuple[QRect, NamedMoment]] = []
        self.setFixedHeight(self.fontMetrics().height() + _MARK)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        slider.valueChanged.connect(lambda _value: self.update())
        self.hide()

    def sizeHint(self) -> QSize:
        """As wide as the layout lets."""
        return QSize(0, self.height())

    def set_moments(self, moments: tuple[NamedMoment, ...]) -> None:
        """Show other moments, in the order of their sequences."""
        self._moments = moments
        self.setVisible(bool(moments))
        self.update()

    @property
    def seen(self) -> list[str]:
        """The names with room, those of early moments first, after the name of the shown board."""
        return [one_line(moment.name) for rectangle, moment in self._laid_out() if not rectangle.isEmpty()]

    def _place_of(self, sequence: int) -> int:
        option = QStyleOptionSlider()
        self._slider.initStyleOption(option)
        style = self._slider.style()
        assert style is not None
        handle = style.subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self._slider
        ).width()
        room = self._slider.width() - handle
        return QStyle.sliderPositionFromValue(0, self._slider.maximum(), sequence, room) + handle // 2

    def _laid_out(self) -> list[tuple[QRect, NamedMoment]]:
        """Return the rectangle of each name; an empty one for a name that would cover another."""
        current = moment_at(self._moments, self._slider.value())
        order = sorted(self._moments, key=lambda moment: moment is not current)
        metrics, laid_out = self.fontMetrics(), list[tuple[QRect, NamedMoment]]()
        for moment in order:
            width = min(metrics.horizontalAdvance(one_line(moment.name)) + 2, _LONGEST)
            left = max(0, min(self._place_of(moment.sequence), self.width() - width))
            rectangle = QRect(left, 0, width, metrics.height())
            around = rectangle.adjusted(-4, 0, 4, 0)
            is_covered = any(around.intersects(other) for other, _moment in laid_out)
            laid_out.append((QRect() if is_covered else rectangle, moment))
        return laid_out

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """Draw the names, that of the shown board in the accent colour, and all marks."""
        current = moment_at(self._moments, self._slider.value())
        painter = QPainter(self)
        for rectangle, moment in self._laid_out():
            colour = QColor(theme.hues.accent if moment is current else theme.hues.muted)
            painter.fillRect(self._place_of(moment.sequence) - 1, self.height() - _MARK, 2, _MARK, colour)
            if not rectangle.isEmpty():
                painter.setPen(colour)
                name = self.fontMetrics().elidedText(
                    one_line(moment.name), Qt.TextElideMode.ElideRight, rectangle.width()
                )
                painter.drawText(rectangle, Qt.AlignmentFlag.AlignLeft, name)
        painter.end()

    def _under(self, point: QPoint) -> NamedMoment | None:
        for rectangle, moment in self._laid_out():
            if rectangle.contains(point):
                return moment
        near = min(self._moments, key=lambda moment: abs(self._place_of(moment.sequence) - point.x()), default=None)
        return near if near and abs(self._place_of(near.sequence) - point.x()) <= _REACH else None

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Choose the moment under the pointer."""
        assert event is not None
        if moment := self._under(event.pos()):
            self.chosen.emit(moment.sequence)

    def event(self, event: QEvent | None) -> bool:
        """Tell the whole name in a tooltip."""
        if isinstance(event, QHelpEvent):
            moment = self._under(event.pos())
            name = one_line(moment.name) if moment else ""
            QToolTip.showText(event.globalPos(), tool_tip(name), self)
            return True
        return super().event(event)
