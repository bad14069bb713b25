"""The layer of who painted each cell last, in colours by painter; the page has the same."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5 import sip
from PyQt5.QtCore import QObject, QRect, QTimer
from PyQt5.QtGui import QColor, QImage, QPainter
from twisted.python.failure import Failure

from dcc.client.link import Link
from dcc.core.painted_by import COLOURS, NOBODY_COLOUR, OTHERS_COLOUR, PaintedBy
from dcc.errors import Refusal, ServerUnavailable
from dcc.language import _, number
from dcc.protocol.messages import Changes, PaintersMap
from dcc.window.board_widget import BoardWidget
from dcc.window.legend import Legend
from dcc.window.view import Area, View
from dcc.wording import one_line, sentence

AGAIN_MS = 5000
"""Between two questions, since an answer is given again for some seconds, and changes do not name their painters."""

_TABLE = (NOBODY_COLOUR, *COLOURS, OTHERS_COLOUR)
_LAST = len(_TABLE) - 1
_INDEX_OF = bytes(min(each, _LAST) for each in range(256))


class Painters(QObject):
    """Implements :class:`dcc.window.layers.Layer`."""

    def __init__(self, link: Link, board: BoardWidget, legend: Legend, fail: Callable[[str], None]) -> None:
        """:param fail: takes the reason for which there is no answer."""
        super().__init__(board)
        self._link = link
        self._board = board
        self._legend = legend
        self._fail = fail
        self._size = 1, 1
        self._shown = 0  # times; an answer to an earlier time is no longer wanted
        self._sequence = -1  # of the answer
        self._bytes = bytearray()
        self._image: QImage | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(AGAIN_MS)
        self._timer.timeout.connect(self._ask_again)

    def show(self, columns: int, rows: int) -> None:
        """Begin."""
        self._shown += 1
        self._size = columns, rows
        self._sequence = -1
        self._legend.show_text(_("Counting…"))
        self._ask()
        self._timer.start()

    def _ask_again(self) -> None:
        if self._sequence >= 0 and self._link.replica.sequence != self._sequence:
            self._ask()

    def _ask(self) -> None:
        shown = self._shown

        def answered(found: PaintersMap) -> None:
            if shown == self._shown:
                self._take(found)

        def failed(failure: Failure) -> None:
            failure.trap(Refusal, ServerUnavailable)
            if shown == self._shown and self._sequence < 0:
                self._fail(sentence(failure.getErrorMessage()))

        self._link.ask_painters().addCallbacks(answered, failed)

    def _take(self, found: PaintersMap) -> None:
        columns, rows = self._size
        self._sequence = found.sequence
        numbers = found.numbers[: columns * rows].ljust(columns * rows, b"\0")
        self._bytes = bytearray(numbers.translate(_INDEX_OF))
        self._image = QImage(sip.voidptr(self._bytes), columns, rows, columns, QImage.Format.Format_Indexed8)
        counts = [self._bytes.count(index) for index in range(_LAST + 1)]
        named = [
            (f"{_shown(painter)}: {number(counts[index])}", COLOURS[index - 1])
            for index, painter in enumerate(found.painters[: len(COLOURS)], 1)
        ]
        if counts[_LAST]:
            named.append((_("others") + f": {number(counts[_LAST])}", OTHERS_COLOUR))
        title = _("Who painted each cell last, and how many")
        if found.since:
            latest = _("Who painted each cell last, and how many, of the latest {count} pixels")
            title = latest.format(count=number(found.sequence - found.since))
        self._legend.show_text(title if named else _("Nobody has painted yet."), named)
        self._board.update()

    def leave(self) -> None:
        """Free what only a shown layer needs."""
        self._shown += 1
        self._timer.stop()
        self._image = None
        self._bytes = bytearray()

    def forget(self) -> None:
        """Take another board: everything is asked for anew."""

    def saw(self, changes: Changes) -> None:
        """Take what everybody has painted: it does not tell the painter."""

    def draw(self, painter: QPainter, view: View, cells: Area) -> None:
        """Draw over some cells."""
        if self._image is None:
            return
        piece = self._image.copy(QRect(*cells))
        piece.setColorTable([QColor(colour).rgb() for colour in _TABLE])
        painter.drawImage(QRect(*view.pixels_of(cells)), piece)


def _shown(painter: PaintedBy) -> str:
    name = one_line(painter.name)
    if not name:
        return _("painter {number}").format(number=painter.client_id)
    return f"{name} ✓" if painter.is_proven else name
