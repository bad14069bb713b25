"""The menus of the window, and its keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QAction, QMenu, QShortcut

from dcc.core.shapes import Stamp
from dcc.language import _
from dcc.window.history_controller import HistoryController
from dcc.window.moderation_dialogs import CodeDialog
from dcc.window.palette_widget import KEYS
from dcc.window.save_dialogs import ask_and_save
from dcc.window.together import Together
from dcc.window.tools import ToolBar
from dcc.window.view import GRID_ZOOM

if TYPE_CHECKING:
    from dcc.window.window import Window


class Menus:
    """The menus of a window, with what only they lead to.

    :ivar tool_bar: shares its actions with the menus.
    :ivar together: the shared templates.
    :ivar moderate_menu: for moderators alone.
    :ivar code_action: asks for the code of the room.
    :ivar need_board: the actions that need a board.
    """

    def __init__(self, window: Window, past: HistoryController) -> None:
        self._window = window
        self._past = past
        bar = window.menuBar()
        assert bar is not None

        def add(menu: QMenu | None, text: str, keys: list[str], does: Callable[..., Any]) -> QAction:
            action = QAction(text, window)
            action.triggered.connect(does)
            return put(menu, action, keys)

        def put(menu: QMenu | None, action: QAction, keys: list[str]) -> QAction:
            assert menu is not None
            action.setShortcuts([QKeySequence(key) for key in keys])
            menu.addAction(action)
            return action

        board = bar.addMenu(_("&Board"))
        save = add(board, _("&Save a picture…"), ["Ctrl+S"], lambda: ask_and_save(window.board, window.notice, window))
        add(board, _("&Another server…"), [], window.elsewhere_wanted.emit)
        add(board, _("&Quit"), ["Ctrl+Q"], window.close)
        edit = bar.addMenu(_("&Edit"))
        assert edit is not None
        drawing = window.drawing
        undo = add(edit, _("&Undo"), ["Ctrl+Z"], drawing.undo)
        redo = add(edit, _("&Redo"), ["Ctrl+Shift+Z", "Ctrl+Y"], drawing.redo)
        edit.addSeparator()
        cut = add(edit, _("Cu&t"), ["Ctrl+X"], window.clipboard.cut)
        copy = add(edit, _("&Copy"), ["Ctrl+C"], window.clipboard.copy)
        paste = add(edit, _("&Paste"), ["Ctrl+V"], window.clipboard.paste)
        put(edit, window.clipboard.mix_action, [])
        erase = add(edit, _("&Erase the selection"), ["Del"], drawing.erase)
        mirror = add(edit, _("&Mirror"), ["Shift+H"], lambda: drawing.change_stamp(Stamp.mirrored))
        flip = add(edit, _("&Flip"), ["Shift+V"], lambda: drawing.change_stamp(Stamp.flipped))
        turn = add(edit, _("Turn cl&ockwise"), ["Shift+T"], lambda: drawing.change_stamp(Stamp.turned))
        edit.addSeparator()
        self.tool_bar = ToolBar(undo, redo, window)
        self.tool_bar.tool_chosen.connect(drawing.choose)
        self.tool_bar.size_chosen.connect(drawing.choose_size)
        tools = bar.addMenu(_("&Tools"))
        assert tools is not None
        for action in self.tool_bar.actions_of.values():
            tools.addAction(action)
        tools.addMenu(self.tool_bar.size_menu)
        view = bar.addMenu(_("&View"))
        zoom_in = add(view, _("Zoom &in"), ["+", "="], lambda: window.board.zoom_by(1))
        zoom_out = add(view, _("Zoom &out"), ["-"], lambda: window.board.zoom_by(-1))
        fit = add(view, _("&Fit to the window"), ["0"], window.board.fit)
        grid = add(view, _("&Grid"), ["G"], lambda: self._show_grid(grid.isChecked()))
        grid.setCheckable(True)
        where = window.where
        for action, key in ((where.go_to, "J"), (where.copy_link, "K"), (where.show_minimap, "V")):
            put(view, action, [key])
        assert view is not None
        view.addSeparator()
        for switch in (window.again.sound, window.again.notification):
            put(view, switch, [])
        together = bar.addMenu(_("Togethe&r"))
        assert together is not None
        self.together = Together(window.link, window.board, window.palette_widget, window.notice, together, window)
        self.together.next_action.setShortcut(QKeySequence("N"))
        window.status.add(self.together.progress)
        history = bar.addMenu(_("H&istory"))
        watch = add(history, _("&Watch the history"), ["H"], past.toggle)
        author = put(history, past.author_action, ["W"])
        layers = [put(history, action, [key]) for key, action in window.layers.actions_of.items()]
        moderate = bar.addMenu(_("&Moderate"))
        assert moderate is not None
        self.moderate_menu = moderate
        moderation = window.moderation
        put(moderate, moderation.freeze_action, ["C"])
        put(moderate, moderation.find_action, ["Shift+W"])
        put(moderate, moderation.people_action, ["O"])
        put(moderate, moderation.announce_action, ["A"])
        put(moderate, moderation.log_action, ["Shift+L"])
        moderate.addSeparator()
        put(moderate, moderation.area_action, [])
        put(moderate, moderation.remove_action, [])
        moderate.addSeparator()
        put(moderate, moderation.start_over_action, [])
        add(edit, _("Your &name…"), [], lambda: window.name_field.change(window.link.identity.name))
        self.code_action = add(edit, _("Enter the &code of the room…"), [], self._ask_code)
        add(bar.addMenu(_("&Help")), _("&Keys"), ["F1", "?"], window.show_help)
        self.need_board = (
            *(save, undo, redo, cut, copy, paste, erase, mirror, flip, turn, zoom_in, zoom_out, fit, grid),
            *(where.go_to, where.copy_link, watch, author, *layers, *self.tool_bar.actions_of.values()),
        )

        self._add_keys()

    def _add_keys(self) -> None:
        """Add the keys that no menu has."""
        window, drawing = self._window, self._window.drawing

        def add(key: str, does: Callable[[], None]) -> None:
            QShortcut(QKeySequence(key), window).activated.connect(does)

        for index in range(KEYS):
            add(str(index + 1), partial(window.palette_widget.choose, index))
        add(",", lambda: self._step(-1))
        add(".", lambda: self._step(1))
        add("[", lambda: drawing.choose_size(drawing.size - 1))
        add("]", lambda: drawing.choose_size(drawing.size + 1))
        add("/", lambda: window.search.field.setFocus() if window.search.isVisible() else None)
        add("Esc", self._escape)

    def _show_grid(self, is_shown: bool) -> None:
        board = self._window.board
        board.set_grid(is_shown)
        if is_shown and board.view is not None and board.view.zoom < GRID_ZOOM:
            self._window.notice.show_text(_("The grid is seen from 8× on: zoom in."))

    def _step(self, direction: int) -> None:
        palette = self._window.palette_widget
        if self._past.is_past:
            self._past.step(direction)
        else:
            palette.choose(palette.chosen + direction)

    def _escape(self) -> None:
        if self._window.search.field.hasFocus():
            self._window.search.leave()
        elif self._past.is_past:
            self._past.leave()
        else:
            self._window.board.escape()

    def _ask_code(self) -> None:
        dialog = CodeDialog(self._window.link.identity.name, self._window)
        dialog.told.connect(self._tell_code)
        dialog.open()

    def _tell_code(self, name: str, code: str) -> None:
        self._window.keep_name(name)
        self._window.link.introduce(code=code)
