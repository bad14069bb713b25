"""The board's past in the window: questions to the server, and what their answers change on the screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from PyQt5.QtCore import QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QApplication, QShortcut, QToolButton, QWidget
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from dcc.client.link import Link
from dcc.errors import Refusal, ServerUnavailable
from dcc.language import _
from dcc.protocol.messages import Author, History, PastBoard
from dcc.window.board_widget import BoardWidget
from dcc.window.history_bar import HistoryBar
from dcc.window.labels import moment
from dcc.window.overlay import Notice
from dcc.wording import one_line, sentence

_T = TypeVar("_T")


class HistoryController(QObject):
    """Asks one question at a time, and shows the board of any moment in place of the present board."""

    begun = pyqtSignal()
    """The past is shown."""

    def __init__(
        self,
        link: Link,
        board: BoardWidget,
        bar: HistoryBar,
        notice: Notice,
        hidden: QWidget,
        show_present: Callable[[], None],
    ) -> None:
        """
        :param bar: shown with the past.
        :param hidden: hidden during the past.
        :param show_present: shows the present board again.
        """
        super().__init__(bar)
        self._link = link
        self._board = board
        self._bar = bar
        self._notice = notice
        self._hidden = hidden
        self._show_present = show_present
        self._pointed = -1  # the last cell under the pointer, which leaves the board for the menu
        self._question: Deferred[Any] | None = None  # without an answer so far
        self._play_key = QShortcut(QKeySequence(Qt.Key.Key_Space), bar)
        self._play_key.setContext(Qt.ShortcutContext.WindowShortcut)
        self._play_key.setEnabled(False)  # on the present board the key paints
        self._play_key.activated.connect(self._press_space)
        self.author_action = QAction(_("Who &painted this cell?"), self)
        self.author_action.triggered.connect(self._ask_author)
        board.hover_changed.connect(self._point)
        bar.asked.connect(lambda sequence: self._ask(partial(link.ask_board, sequence), self._show_past))
        bar.closed.connect(self.leave)

    @property
    def is_past(self) -> bool:
        """Whether the past is shown."""
        return self._bar.isVisible()

    def toggle(self) -> None:
        """Go to the past, or back to the present."""
        if self.is_past:
            self.leave()
        else:
            self._ask(self._link.ask_history, self._begin)

    def leave(self) -> None:
        """Go back to the present."""
        if not self.is_past:
            return
        self._bar.end()
        self._bar.hide()
        self._play_key.setEnabled(False)
        self.author_action.setEnabled(True)
        self._hidden.show()
        self._board.template.is_hidden = False
        self._show_present()
        self._board.setFocus()

    def disconnected(self) -> None:
        """Expect no answer any longer, and go back to the present."""
        self._question = None
        self.leave()

    def _ask(self, question: Callable[[], Deferred[_T]], take: Callable[[_T], None]) -> None:
        if self._question is not None:
            return
        asked = self._question = question()

        def answered(answer: _T) -> None:
            if self._question is asked:
                self._question = None
                take(answer)

        def failed(failure: Failure) -> None:
            failure.trap(Refusal, ServerUnavailable)
            if self._question is asked:
                self._question = None
                self.leave()
                self._notice.show_text(sentence(failure.getErrorMessage()))

        asked.addCallbacks(answered, failed)

    def _begin(self, history: History) -> None:
        if not history.sequence:
            self._notice.show_text(_("Nobody has painted yet."))
            return
        self._hidden.hide()
        self._board.template.is_hidden = True
        self._notice.hide()
        self.author_action.setEnabled(False)  # one question at a time, and now the slider asks
        self._bar.show()
        self._play_key.setEnabled(True)
        self._board.set_live(True)
        self._bar.begin(history)
        self.begun.emit()

    def _press_space(self) -> None:
        """Press the button of the bar with the focus, otherwise play or pause."""
        focused = QApplication.focusWidget()
        button = focused if isinstance(focused, QToolButton) and self._bar.isAncestorOf(focused) else self._bar.play
        button.click()

    def step(self, direction: int) -> None:
        """Go to the named moment before (-1) or after (1)."""
        self._bar.step(direction)

    def _show_past(self, past: PastBoard) -> None:
        canvas = self._link.replica.canvas
        if self.is_past and canvas is not None:
            self._board.show_board(canvas.width, canvas.height, canvas.palette, bytearray(past.colours))
            self._bar.show_moment(past)

    def _point(self, cell: int) -> None:
        if cell >= 0:
            self._pointed = cell

    def _ask_author(self) -> None:
        view, cell = self._board.view, self._pointed
        if view is None or not 0 <= cell < view.columns * view.rows:
            self._notice.show_text(_("Point at a cell first."))
            return
        row, column = divmod(cell, view.columns)
        self._ask(partial(self._link.ask_author, column, row), self._show_author)

    def _show_author(self, author: Author) -> None:
        where = _("Column {column}, row {row}").format(column=author.column, row=author.row)
        if author.time_ms is None:
            self._notice.show_text(_("{where}: nobody has painted here.").format(where=where))
            return
        who = one_line(author.name or "") or _("painter {number}").format(number=author.client_id)
        if author.is_proven:
            who += " ✓"
        self._notice.show_text(_("{where}: {who}, {when}").format(where=where, who=who, when=moment(author.time_ms)))
