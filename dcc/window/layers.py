"""What has happened, as layers over the board: one at a time, each with its legend, as in the page.

1. The latest changes glow: everything else is veiled, and the veil comes back as a change gets older.
2. The heat map has a colour for how often each cell was painted, as the server counts, and with what has come since.
3. Each painter has a colour, as the server knows who painted each cell last.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from PyQt5 import sip
from PyQt5.QtCore import QObject, QRect, QTimer
from PyQt5.QtGui import QColor, QImage, QPainter
from PyQt5.QtWidgets import QAction
from twisted.python.failure import Failure

from dcc.client.link import Link
from dcc.core.canvas import cells_of
from dcc.core.heat import COLOURS, MOST, STEPS, step_of
from dcc.errors import Refusal, ServerUnavailable
from dcc.language import N_, _, ngettext, number
from dcc.protocol.messages import Changes, HeatMap
from dcc.window.board_widget import BoardWidget
from dcc.window.legend import Legend
from dcc.window.overlay import Notice
from dcc.window.painters import AGAIN_MS, Painters
from dcc.window.recent import Recent
from dcc.window.view import Area, View
from dcc.wording import sentence

_VEIL = QColor(128, 128, 128)
_VEIL_ALPHA = 208
"""A fifth of the board's own colours is left, as in the page."""

_AGES = 16
"""Steps in which the veil comes back."""

_TICK_MS = 1000

_STEP_OF = bytes(step_of(times) for times in range(MOST + 1))


class Layer(Protocol):
    """A layer over the board."""

    def show(self, columns: int, rows: int) -> None:
        """Begin."""

    def leave(self) -> None:
        """Free what only a shown layer needs."""

    def forget(self) -> None:
        """Take another board."""

    def saw(self, changes: Changes) -> None:
        """Take what everybody has painted."""

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """Draw over some cells."""


class Glow(QObject):
    """The layer of the latest changes."""

    def __init__(self, board: BoardWidget, legend: Legend, now: Callable[[], float] = monotonic) -> None:
        super().__init__(board)
        self._board = board
        self._legend = legend
        self._recent = Recent(now)
        self._bytes = bytearray()
        self._image: QImage | None = None
        self._seen: set[int] = set()  # cells without the whole veil
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.age)

    def show(self, columns: int, rows: int) -> None:
        """See :class:`Layer`."""
        self._bytes = bytearray(_veil(1.0) * (columns * rows))
        self._image = QImage(sip.voidptr(self._bytes), columns, rows, 4 * columns, QImage.Format.Format_ARGB32)
        self._seen = set()
        self._timer.start()
        self.age()

    def leave(self) -> None:
        """See :class:`Layer`."""
        self._timer.stop()
        self._image = None
        self._bytes = bytearray()

    def forget(self) -> None:
        """See :class:`Layer`."""
        self._recent.clear()

    def saw(self, changes: Changes) -> None:
        """See :class:`Layer`."""
        cells = cells_of(changes.pixels)
        self._recent.add(cells)
        if self._image is None:
            return
        bare = _veil(0)
        for cell in cells:  # the others age once a second
            self._bytes[4 * cell : 4 * cell + 4] = bare
        self._seen.update(cells)
        self._board.show_changes(cells)

    def age(self) -> None:
        """Bring the veil up to date."""
        before, seen = self._seen, dict[int, bytes]()
        for age, cells in self._recent.glowing():
            seen |= dict.fromkeys(cells, _veil(int(age * _AGES) / _AGES))
        whole = _veil(1.0)
        for cell in before.difference(seen):
            self._bytes[4 * cell : 4 * cell + 4] = whole
        for cell, veil in seen.items():
            self._bytes[4 * cell : 4 * cell + 4] = veil
        self._seen = set(seen)
        self._board.show_changes(before | self._seen)
        count = len(seen)
        words = ngettext(
            "{count} cell changed in the last 5 minutes. The newest are brightest.",
            "{count} cells changed in the last 5 minutes. The newest are brightest.",
            count,
        )
        none = _("No changes so far. They glow as they come.")
        text = words.format(count=number(count)) if count else none
        if self._legend.text.text() != text or not self._legend.isVisible():
            self._legend.show_text(text)

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """See :class:`Layer`."""
        if self._image is not None:
            painter.drawImage(QRect(*view.pixels_of(cells)), self._image.copy(QRect(*cells)))


class Heat:
    """The layer of how often each cell was painted."""

    def __init__(self, link: Link, board: BoardWidget, legend: Legend, fail: Callable[[str], None]) -> None:
        """:param fail: takes the reason for which there is no answer."""
        self._link = link
        self._board = board
        self._legend = legend
        self._fail = fail
        self._size = 1, 1
        self._asked = 0  # questions; only the answer to the last one counts
        self._times = bytearray()
        self._steps = bytearray()
        self._image: QImage | None = None
        self._early: list[Changes] | None = None  # since the question, while it is open
        self._again = QTimer(board)
        self._again.setInterval(AGAIN_MS)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._ask)
        self._sequence = 0  # counted up to here
        self._counted = 0  # placements, if not all of them
        self._most = 0  # the cell that was painted most often

    def show(self, columns: int, rows: int) -> None:
        """See :class:`Layer`."""
        self._size = columns, rows
        self._legend.show_text(_("Counting…"))
        self._ask()

    def _ask(self) -> None:
        self._asked += 1
        asked, known = self._asked, self._link.replica.sequence
        self._early = []

        def answered(heat: HeatMap) -> None:
            if asked == self._asked:
                self._take(heat)
                if heat.sequence < known:  # the answer to an earlier asker: what came until the question is missing
                    self._again.start()

        def failed(failure: Failure) -> None:
            failure.trap(Refusal, ServerUnavailable)
            if asked == self._asked and self._image is None:
                self._fail(sentence(failure.getErrorMessage()))

        self._link.ask_heat().addCallbacks(answered, failed)

    def _take(self, heat: HeatMap) -> None:
        columns, rows = self._size
        self._times = bytearray(heat.times[: columns * rows].ljust(columns * rows, b"\0"))
        self._steps = bytearray(self._times.translate(_STEP_OF))
        image = QImage(sip.voidptr(self._steps), columns, rows, columns, QImage.Format.Format_Indexed8)
        self._image = image
        self._sequence = heat.sequence
        self._counted = heat.sequence - heat.since if heat.since else 0
        self._most = self._times.index(max(self._times))
        early, self._early = self._early or [], None
        for changes in early:
            self._count(changes)
        self._tell()
        self._board.update()

    def leave(self) -> None:
        """See :class:`Layer`."""
        self._asked += 1
        self._again.stop()
        self._early = self._image = None
        self._times, self._steps = bytearray(), bytearray()

    def forget(self) -> None:
        """See :class:`Layer`: every count is asked for anew."""

    def saw(self, changes: Changes) -> None:
        """See :class:`Layer`."""
        if self._early is not None:
            self._early = [*self._early, changes][-1000:]
        if self._image is not None:
            self._count(changes)

    def _count(self, changes: Changes) -> None:
        """Count what the server has not counted."""
        missing = changes.sequence - self._sequence
        if missing <= 0:
            return
        self._sequence = changes.sequence
        cells = cells_of(changes.pixels)[-missing:]
        before = self._most, self._times[self._most]
        for cell in cells:
            self._times[cell] = times = min(self._times[cell] + 1, MOST)
            self._steps[cell] = _STEP_OF[times]
            if times > self._times[self._most]:
                self._most = cell
        if before != (self._most, self._times[self._most]):
            self._tell()
        self._board.show_changes(cells)

    def _tell(self) -> None:
        row, column = divmod(self._most, self._size[0])
        times = self._times[self._most]
        text = _("How often each cell was painted")
        if self._counted:
            latest = _("How often each cell was painted, by the latest {count} pixels")
            text = latest.format(count=number(self._counted))
        most = ngettext(
            "Most often: column {column}, row {row}, {count} time.",
            "Most often: column {column}, row {row}, {count} times.",
            times,
        )
        count = f"{number(MOST)}+" if times == MOST else number(times)
        said = most.format(column=column, row=row, count=count)
        if times < 2:  # one cell of many
            said = _("No cell was painted more than once.") if times else _("Nobody has painted yet.")
        shown = range(step_of(times) + 1)
        self._legend.show_text(f"{text}. {said}", [(_range(step), COLOURS[step]) for step in shown])

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """See :class:`Layer`."""
        if self._image is None:
            return
        piece = self._image.copy(QRect(*cells))
        piece.setColorTable([QColor(colour).rgb() for colour in COLOURS])
        painter.drawImage(QRect(*view.pixels_of(cells)), piece)


class Layers(QObject):
    """Shows one of the layers, or none.

    :ivar actions_of: the action of each layer, by its key.
    """

    def __init__(self, link: Link, board: BoardWidget, notice: Notice, leave_past: Callable[[], None]) -> None:
        """:param leave_past: goes back to the present, over which the layers are."""
        super().__init__(board)
        self._board = board
        self._notice = notice
        self._leave_past = leave_past
        self.legend = Legend(board)
        self.glow = Glow(board, self.legend)
        self._layers: dict[str, Layer] = {
            "E": self.glow,
            "Q": Heat(link, board, self.legend, self._failed),
            "U": Painters(link, board, self.legend, self._failed),
        }
        self._shown = ""
        self.actions_of: dict[str, QAction] = {}
        for key, words in (("E", N_("&Latest changes")), ("Q", N_("Heat &map")), ("U", N_("Pain&ters"))):
            action = QAction(_(words), self)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, key=key: self.toggle(key))
            self.actions_of[key] = action
        board.layer = self.draw

    def toggle(self, key: str) -> None:
        """Show a layer, or none if it is shown."""
        self._leave_past()
        self._show("" if self._shown == key else key)

    def close(self) -> None:
        """Show none, for instance during the past."""
        self._show("")

    def forget(self) -> None:
        """Take another board."""
        self._show("")
        for layer in self._layers.values():
            layer.forget()

    def saw(self, changes: Changes) -> None:
        """Take what everybody has painted."""
        for key, layer in self._layers.items():
            if key == self._shown or layer is self.glow:
                layer.saw(changes)

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """Draw the shown layer over some cells."""
        if self._shown:
            self._layers[self._shown].draw(painter, view, cells)

    def _show(self, key: str) -> None:
        view = self._board.view
        if self._shown:
            self._layers[self._shown].leave()
        self._shown = key if view is not None else ""
        for other, action in self.actions_of.items():
            action.setChecked(other == self._shown)
        if self._shown and view is not None:
            self._layers[self._shown].show(view.columns, view.rows)
        else:
            self.legend.hide()
        self._board.update()

    def _failed(self, reason: str) -> None:
        self.close()
        self._notice.show_text(reason)


def _veil(age: float) -> bytes:
    """Return the pixel of the veil over a change of some age, of a machine that stores the lowest byte first."""
    return bytes((_VEIL.blue(), _VEIL.green(), _VEIL.red(), round(_VEIL_ALPHA * age)))


def _range(step: int) -> str:
    """Write which counts a step has."""
    if not step:
        return _("never")
    least = STEPS[step]
    if step == len(STEPS) - 1:
        return f"{number(least)}+"
    last = STEPS[step + 1] - 1
    return number(least) if last == least else f"{number(least)}–{number(last)}"
