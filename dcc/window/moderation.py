"""Moderation in the window: what moderators ask the server for, and what its answers change on the screen.

What needs a word asks first: a ban, an area. What can be undone does not ask: a roll back, a freeze.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PyQt5.QtCore import QObject
from PyQt5.QtWidgets import QAction, QWidget
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from dcc.client.link import Link
from dcc.core.actions import (
    Action,
    Choice,
    Clear,
    Freeze,
    NameMoment,
    Rectangle,
    RemoveAreas,
    RollBack,
    Thaw,
)
from dcc.core.canvas import unpack_pixels
from dcc.core.people import Role
from dcc.core.placements import MILLISECONDS
from dcc.errors import DccError
from dcc.language import _, ngettext, number
from dcc.protocol.messages import ActionLog, Author, Done, People, Preview, RulesNews
from dcc.window.board_widget import BoardWidget
from dcc.window.moderation_dialogs import (
    ActionDialog,
    AnnounceDialog,
    AreaDialog,
    BanDialog,
    LogDialog,
    PeopleDialog,
    StartOverDialog,
)
from dcc.window.overlay import Notice
from dcc.window.roll_back_bar import RollBackBar
from dcc.wording import one_line, sentence

_Answer = TypeVar("_Answer")


class Moderation(QObject):
    """The actions of a moderator."""

    def __init__(
        self, link: Link, board: BoardWidget, bar: RollBackBar, notice: Notice, hidden: QWidget, window: QWidget
    ) -> None:
        """
        :param bar: shown while pixels are chosen.
        :param hidden: hidden meanwhile.
        :param window: the parent of dialogs.
        """
        super().__init__(window)
        self._link = link
        self._board = board
        self._bar = bar
        self._notice = notice
        self._hidden = hidden
        self._window = window
        self._moments: list[str] = []
        self._pointed = -1
        self._choice: Choice | None = None  # what stands out
        self._who = self._proven = self._address = ""
        self.freeze_action = self._action(_("&Freeze the board"), self._freeze)
        self.freeze_action.setCheckable(True)
        self.find_action = self._action(_("Find this &painter's pixels"), self._find_painter)
        self.area_action = self._action(_("Draw an &area…"), self._draw_area)
        self.remove_action = self._action(_("&Remove all areas"), self._remove_areas)
        self.people_action = self._action(_("P&eople…"), self._show_people)
        self.announce_action = self._action(_("A&nnounce…"), self._announce)
        self.start_over_action = self._action(_("&Start over…"), self._start_over)
        self.log_action = self._action(_("&Log…"), self._show_log)
        board.hover_changed.connect(self._point)
        board.place_chosen.connect(self._ask_area)
        bar.range_changed.connect(self._look_again)
        bar.rolled_back.connect(self._roll_back)
        bar.ban_wanted.connect(lambda: self._ask_ban(self._proven, self._address))
        bar.closed.connect(self.leave)

    def _action(self, text: str, does: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda _checked: does())
        return action

    @property
    def may_moderate(self) -> bool:
        """Whether the server takes actions of the user."""
        return self._link.replica.role >= Role.MODERATE

    @property
    def is_choosing(self) -> bool:
        """Whether pixels stand out."""
        return self._choice is not None

    @property
    def _rules(self) -> RulesNews:
        return self._link.replica.rules

    def show_rules(self) -> None:
        """Show what the rules of now let a moderator do."""
        self.freeze_action.setChecked(self._rules.is_frozen)
        self.remove_action.setEnabled(bool(self._rules.areas))

    def disconnected(self) -> None:
        """Let no pixels stand out."""
        self.leave()

    def leave(self) -> None:
        """Show the board as it is."""
        if self._choice is None:
            return
        self._choice = None
        self._board.marks.choose_none()
        self._bar.hide()
        self._hidden.show()
        self._board.update()
        self._board.setFocus()

    def _ask(self, answer: Deferred[_Answer], answered: Callable[[_Answer], None]) -> None:
        answer.addCallbacks(answered, self._refused)

    def _refused(self, failure: Failure) -> None:
        failure.trap(DccError)
        self._notice.show_text(sentence(failure.getErrorMessage()))
        self.freeze_action.setChecked(self._rules.is_frozen)
        self.leave()

    def _act(self, action: Action, told: str = "", then: Callable[[], None] | None = None) -> None:
        """Do an action.

        :param told: shown once it is done.
        :param then: called once it is done.
        """

        def done(outcome: Done) -> None:
            if told:
                self._notice.show_text(told.format(cells=number(outcome.cells)))
            if then is not None:
                then()

        self._ask(self._link.act(action), done)

    # --- the board ---------------------------------------------------------------------------------------

    def _freeze(self) -> None:
        if self._rules.is_frozen:
            self._act(Thaw(), _("Everybody can paint again."))
        else:
            self._act(Freeze(), _("The board is frozen: only moderators paint."))

    def _announce(self) -> None:
        self._open(AnnounceDialog(self._rules.announcement, self._window), _("Announced."))

    def _start_over(self) -> None:
        dialog = StartOverDialog(self._moments, self._window)
        dialog.check()

        def keep(action: NameMoment) -> None:
            self._act(action, then=lambda: self._clear(action.name))

        dialog.acted.connect(keep)
        dialog.open()

    def _clear(self, name: str) -> None:
        self._moments.append(name)
        self._act(Clear(), _("The board is blank; the log of actions can undo that."))

    def _draw_area(self) -> None:
        self._notice.show_text(_("Draw the area with the left button; Escape to leave it."))
        self._board.choose_place(True)

    def _ask_area(self, place: Rectangle) -> None:
        taken = [area.name for area in self._rules.areas]
        self._open(AreaDialog(place, taken, self._window), _("The area is there."))

    def _remove_areas(self) -> None:
        count = len(self._rules.areas)
        told = ngettext("{count} area was removed.", "{count} areas were removed.", count).format(count=number(count))
        self._act(RemoveAreas(), told)

    def _open(self, dialog: ActionDialog, told: str) -> None:
        dialog.check()
        dialog.acted.connect(lambda action: self._act(action, told))
        dialog.open()

    # --- people ------------------------------------------------------------------------------------------

    def _show_people(self) -> None:
        def answered(people: People) -> None:
            dialog = PeopleDialog(people, self._link.replica.client_id, self._window)
            dialog.acted.connect(lambda action: self._act(action, _("The ban is lifted.")))
            dialog.ban_wanted.connect(self._ask_ban)
            dialog.found.connect(self._find)
            dialog.open()

        self._ask(self._link.ask_people(), answered)

    def _ask_ban(self, name: str, address: str) -> None:
        self._open(BanDialog(name, address, self._window), _("Banned."))

    def _show_log(self) -> None:
        def answered(log: ActionLog) -> None:
            dialog = LogDialog(log.entries, self._window)
            dialog.undone.connect(
                lambda number_of: self._act(
                    RollBack(Choice(action=number_of)), _("Undone: {cells} cells are as they were before.")
                )
            )
            dialog.open()

        self._ask(self._link.ask_log(), answered)

    # --- roll back ---------------------------------------------------------------------------------------

    def _point(self, cell: int) -> None:
        if cell >= 0:
            self._pointed = cell

    def _find_painter(self) -> None:
        view, cell = self._board.view, self._pointed
        if view is None or not 0 <= cell < view.columns * view.rows:
            self._notice.show_text(_("Point at a cell first."))
            return
        row, column = divmod(cell, view.columns)
        self._ask(self._link.ask_author(column, row), self._find_pixels_of)

    def _find_pixels_of(self, author: Author) -> None:
        if author.sequence is None:
            self._notice.show_text(_("Nobody has painted here."))
        elif author.is_proven and author.name:
            self._begin(Choice(names=(author.name,)), author.name, author.name, "")
        else:
            who = one_line(author.name or "") or _("painter {number}").format(number=author.client_id)
            self._begin(Choice(connections_of=(author.sequence,)), who, "", author.address or "")

    def _find(self, name: str, address: str) -> None:
        """Find the pixels of a proven name, or of an address."""
        choice = Choice(names=(name,)) if name else Choice(networks=(address,))
        self._begin(choice, name or address, name, "" if name else address)

    def _begin(self, choice: Choice, who: str, proven: str, address: str) -> None:
        self._choice, self._who, self._proven, self._address = choice, who, proven, address
        self._bar.begin(can_ban=bool(proven or address))
        self._hidden.hide()
        self._bar.show()
        self._look_again()

    def _chosen(self) -> Choice:
        assert self._choice is not None
        seconds = self._bar.seconds
        since_ms = None if seconds is None else int((time.time() - seconds) * MILLISECONDS)
        return replace(self._choice, since_ms=since_ms)

    def _look_again(self) -> None:
        self._bar.wait()
        chosen = self._chosen()
        self._ask(self._link.ask_preview(chosen), self._show_preview)

    def _show_preview(self, preview: Preview) -> None:
        canvas = self._link.replica.canvas
        if canvas is None or self._choice is None:
            return
        pixels = list(unpack_pixels(preview.pixels))
        self._board.marks.choose(canvas.width, canvas.height, canvas.palette, pixels)
        self._board.update()
        self._bar.show_found(self._who, preview.placements, len(pixels))

    def _roll_back(self) -> None:
        chosen = self._chosen()
        told = _("Rolled back: {cells} cells are as they were before. The log of actions can undo that.")
        self._act(RollBack(chosen), told, then=self.leave)
