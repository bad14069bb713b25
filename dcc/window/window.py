"""The window of ``dcc draw``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeySequence,
    QResizeEvent,
    QShowEvent,
)
from PyQt5.QtWidgets import (
    QAction,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QPushButton,
    QScrollArea,
    QShortcut,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from twisted.internet.defer import Deferred
from twisted.internet.error import TimeoutError
from twisted.internet.interfaces import IStreamClientEndpoint

from dcc.client.address import Invitation
from dcc.client.identity import Identity
from dcc.client.link import Link, LinkState
from dcc.core.actions import Entry
from dcc.core.palette import Palette
from dcc.core.people import Role
from dcc.core.shapes import Stamp
from dcc.errors import ImageError
from dcc.language import _
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Closing,
    Cooldown,
    Failed,
    Rejected,
    RulesNews,
    ServerMessage,
    Users,
    Welcome,
)
from dcc.reasons import tell
from dcc.window import theme
from dcc.window.again import Again
from dcc.window.board_widget import BoardWidget
from dcc.window.bulletin import Bulletin
from dcc.window.dialogs import HelpDialog
from dcc.window.drawing import MOST_PIXELS, Drawing
from dcc.window.empty_page import EmptyPage
from dcc.window.history_bar import HistoryBar
from dcc.window.history_controller import HistoryController
from dcc.window.labels import Label
from dcc.window.layers import Layers
from dcc.window.moderation import Moderation
from dcc.window.moderation_dialogs import CodeDialog
from dcc.window.name_field import NameField
from dcc.window.overlay import Banner, Notice
from dcc.window.palette_widget import KEYS, ColourSearch, PaletteWidget, RecentColours
from dcc.window.pictures import stamp_of
from dcc.window.preferences import Preferences
from dcc.window.prompt import Prompt
from dcc.window.ring import Ring
from dcc.window.roll_back_bar import RollBackBar
from dcc.window.save_dialogs import ask_and_save
from dcc.window.sketch import image_of
from dcc.window.status import StatusLine
from dcc.window.together import Together
from dcc.window.tools import Tool, ToolBar
from dcc.window.view import GRID_ZOOM
from dcc.window.where import Where
from dcc.wording import sentence

_LEAVE_SECONDS = 0.5
"""Longest wait of a closed window for its goodbye to be sent: the program ends within a second, also if the server does
not read."""

_PALETTE_SHARE = 0.3
"""Largest share of the window's height for the palette; a larger palette scrolls."""

_TWO_ENDS = (Tool.LINE, Tool.RECTANGLE, Tool.FILLED_RECTANGLE, Tool.SELECT)
"""Tools for which one press of a key begins, and another ends."""

_PAINT_NOTHING = (Tool.SELECT, Tool.MOVE, Tool.PICK)

_WIDTH, _HEIGHT = 720, 800
"""First size of the window, if the screen is large enough."""

_WIDE = 560
"""Least width with room for the name of the colour beside the call to choose one."""

_FRAME = QSize(16, 48)
"""Room for what the desktop adds around a window, which is known only once the window is on the screen."""


class Window(QMainWindow):
    """Shows a board to draw on, and the state of the connection.

    :ivar link: the connection, started as the window is shown.
    """

    closed = pyqtSignal()
    """The user closed the window; the goodbye is on its way, see :meth:`leave`."""

    joined = pyqtSignal()
    """The board is live, each time anew."""
    elsewhere_wanted = pyqtSignal()
    """The user wants another server."""

    def __init__(
        self,
        reactor: Any,
        endpoint: IStreamClientEndpoint,
        invitation: Invitation,
        identity: Identity | None = None,
        advice: str = "",
    ) -> None:
        """
        :param invitation: the server's address, its page if known, and the place to show first.
        :param identity: who this painter says it is.
        :param advice: shown if no server answers.
        """
        super().__init__()
        self.link = Link(reactor, endpoint, self, identity)
        self._reactor = reactor
        self._server = server = str(invitation.address)
        self._advice = advice
        self._started = False
        self._left: Deferred[None] | None = None
        self._goodbye = ""
        self._shown: bytearray | None = None
        self._offered: Palette | None = None

        self.board = BoardWidget()
        self.empty = EmptyPage()
        self.prompt = Prompt()
        self.ring = Ring()
        self.name_field = NameField()
        self.palette_widget = PaletteWidget()
        self.recent = RecentColours(self.palette_widget)
        self.search = ColourSearch(self.palette_widget)
        self.history = HistoryBar()
        self.bulletin = Bulletin()
        self.roll_back = RollBackBar()
        self.status = StatusLine()
        self.banner = Banner()
        self.notice = Notice(self.board)
        self.preferences = Preferences()
        self.again = Again(self, self.prompt, f"{server} · DrawColorCanvas", self.preferences)
        self.where = Where(self.board, self.notice, invitation, self.preferences, self)
        self._pages = QStackedWidget()
        self._lay_out()
        self._past = HistoryController(
            self.link, self.board, self.history, self.notice, self._choice, self._show_present
        )
        self.layers = Layers(self.link, self.board, self.notice, self._past.leave)
        self._past.begun.connect(self.layers.close)
        self.moderation = Moderation(self.link, self.board, self.roll_back, self.notice, self._choice, self)
        self.drawing = Drawing(self.link, self.board, self.palette_widget, self.notice, self._can_paint, self)
        self._add_menus()
        self._add_colour_keys()

        self.palette_widget.colour_chosen.connect(self._show_colour)
        self.search.left.connect(self.board.setFocus)
        self.prompt.resting_changed.connect(self.board.set_resting)
        self.prompt.counted.connect(self._show_part)
        self.prompt.resting_changed.connect(lambda _is_resting: self._show_drawing())
        self.drawing.changed.connect(self._show_drawing)
        self.empty.try_now.clicked.connect(self.link.try_now)
        self.empty.elsewhere.clicked.connect(self.elsewhere_wanted)
        self.name_field.answered.connect(self._take_name)
        self.confirm_button.clicked.connect(self.drawing.confirm)
        self.board.stepped.connect(self.drawing.move_stamp)
        self.board.came_closer.connect(lambda: self.notice.show_text(_("Zoomed in. Click again to paint.")))
        self.board.hover_changed.connect(self._show_cell)
        self.board.view_changed.connect(self._show_zoom)

        self.setMinimumSize(320, 360)
        self.setAcceptDrops(True)
        screen = QGuiApplication.primaryScreen()
        assert screen is not None
        self.resize((screen.availableSize() - _FRAME).boundedTo(QSize(_WIDTH, _HEIGHT)))
        self._show_rules()
        self._show_drawing()
        self.link_changed(self.link.state, "")

    def _lay_out(self) -> None:
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.board)
        self._pages.setMinimumHeight(120)
        self._swatches = QScrollArea()
        self._swatches.setWidget(self.palette_widget)
        self._swatches.setWidgetResizable(True)
        self._swatches.setFrameShape(QFrame.NoFrame)
        self._swatches.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._swatches.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._choice = QWidget()
        below = QVBoxLayout(self._choice)
        below.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        below.setSpacing(theme.GAP // 2)
        self.colour_name = Label()
        self.colour_name.setObjectName("muted")
        self.confirm_button = QPushButton(_("Paint it"))
        self.confirm_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.confirm_button.setObjectName("confirm")
        self.confirm_button.setToolTip(_("Enter"))
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addStretch(1)
        row.addWidget(self.prompt)
        row.addWidget(self.ring)
        row.addWidget(self.colour_name)
        row.addWidget(self.name_field)
        row.addWidget(self.confirm_button)
        # The board would move under the pointer if the button changed the height as it appears.
        row.addStrut(self.confirm_button.sizeHint().height())
        row.addStretch(1)
        below.addLayout(row)
        at_hand = QHBoxLayout()
        at_hand.setSpacing(theme.GAP)
        at_hand.addStretch(1)
        at_hand.addWidget(self.recent)
        at_hand.addWidget(self.search)
        at_hand.addStretch(1)
        below.addLayout(at_hand)
        below.addWidget(self._swatches)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bulletin)
        column.addWidget(self.banner)
        self._beside = QHBoxLayout()  # the tools go left of the board, and leave the palette the whole width
        self._beside.setSpacing(0)
        self._beside.addWidget(self._pages, 1)
        column.addLayout(self._beside, 1)
        for widget in (self._choice, self.history, self.roll_back):
            column.addWidget(widget)
        for widget in (self.bulletin, self.history, self.roll_back):
            widget.hide()
        self.setCentralWidget(centre)
        bar = self.statusBar()
        assert bar is not None
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.status, 1)

    def _add_menus(self) -> None:
        bar = self.menuBar()
        assert bar is not None

        def add(menu: QMenu | None, text: str, keys: list[str], does: Callable[[], None]) -> QAction:
            action = QAction(text, self)
            action.triggered.connect(does)
            return put(menu, action, keys)

        def put(menu: QMenu | None, action: QAction, keys: list[str]) -> QAction:
            assert menu is not None
            action.setShortcuts([QKeySequence(key) for key in keys])
            menu.addAction(action)
            return action

        board = bar.addMenu(_("&Board"))
        save = add(board, _("&Save a picture…"), ["Ctrl+S"], self._save)
        add(board, _("&Another server…"), [], self.elsewhere_wanted.emit)
        add(board, _("&Quit"), ["Ctrl+Q"], self._quit)
        edit = bar.addMenu(_("&Edit"))
        assert edit is not None
        drawing = self.drawing
        undo = add(edit, _("&Undo"), ["Ctrl+Z"], drawing.undo)
        redo = add(edit, _("&Redo"), ["Ctrl+Shift+Z", "Ctrl+Y"], drawing.redo)
        edit.addSeparator()
        cut = add(edit, _("Cu&t"), ["Ctrl+X"], self._cut)
        copy = add(edit, _("&Copy"), ["Ctrl+C"], self._copy)
        paste = add(edit, _("&Paste"), ["Ctrl+V"], self._paste)
        self.mix_action = add(edit, _("Mi&x the colours of pictures"), [], lambda: None)
        self.mix_action.setCheckable(True)
        erase = add(edit, _("&Erase the selection"), ["Del"], drawing.erase)
        mirror = add(edit, _("&Mirror"), ["Shift+H"], lambda: drawing.change_stamp(Stamp.mirrored))
        flip = add(edit, _("&Flip"), ["Shift+V"], lambda: drawing.change_stamp(Stamp.flipped))
        turn = add(edit, _("Turn cl&ockwise"), ["Shift+T"], lambda: drawing.change_stamp(Stamp.turned))
        edit.addSeparator()
        self.tool_bar = ToolBar(undo, redo, self)
        self.tool_bar.tool_chosen.connect(drawing.choose)
        self.tool_bar.size_chosen.connect(drawing.choose_size)
        self._beside.insertWidget(0, self.tool_bar)
        tools = bar.addMenu(_("&Tools"))
        assert tools is not None
        for action in self.tool_bar.actions_of.values():
            tools.addAction(action)
        tools.addMenu(self.tool_bar.size_menu)
        view = bar.addMenu(_("&View"))
        zoom_in = add(view, _("Zoom &in"), ["+", "="], lambda: self.board.zoom_by(1))
        zoom_out = add(view, _("Zoom &out"), ["-"], lambda: self.board.zoom_by(-1))
        fit = add(view, _("&Fit to the window"), ["0"], self.board.fit)
        grid = add(view, _("&Grid"), ["G"], lambda: self._show_grid(grid.isChecked()))
        grid.setCheckable(True)
        where = self.where
        for action, key in ((where.go_to, "J"), (where.copy_link, "K"), (where.show_minimap, "V")):
            put(view, action, [key])
        assert view is not None
        view.addSeparator()
        for switch in (self.again.sound, self.again.notification):
            put(view, switch, [])
        together = bar.addMenu(_("Togethe&r"))
        assert together is not None
        self.together = Together(self.link, self.board, self.palette_widget, self.notice, together, self)
        self.together.next_action.setShortcut(QKeySequence("N"))
        self.status.add(self.together.progress)
        past = bar.addMenu(_("H&istory"))
        watch = add(past, _("&Watch the history"), ["H"], self._past.toggle)
        author = put(past, self._past.author_action, ["W"])
        layers = [put(past, action, [key]) for key, action in self.layers.actions_of.items()]
        moderate = bar.addMenu(_("&Moderate"))
        assert moderate is not None
        self.moderate_menu = moderate
        moderation = self.moderation
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
        add(edit, _("Your &name…"), [], lambda: self.name_field.change(self.link.identity.name))
        self.code_action = add(edit, _("Enter the &code of the room…"), [], self._ask_code)
        add(bar.addMenu(_("&Help")), _("&Keys"), ["F1", "?"], self._show_help)
        self._need_board = (
            *(save, undo, redo, cut, copy, paste, erase, mirror, flip, turn, zoom_in, zoom_out, fit, grid),
            *(where.go_to, where.copy_link, watch, author, *layers, *self.tool_bar.actions_of.values()),
        )

    def _add_colour_keys(self) -> None:
        def add(key: str, choose: Callable[[], None]) -> None:
            QShortcut(QKeySequence(key), self).activated.connect(choose)

        palette = self.palette_widget
        for index in range(KEYS):
            add(str(index + 1), partial(palette.choose, index))
        add(",", lambda: self._step(-1))
        add(".", lambda: self._step(1))
        add("[", lambda: self.drawing.choose_size(self.drawing.size - 1))
        add("]", lambda: self.drawing.choose_size(self.drawing.size + 1))
        add("/", lambda: self.search.field.setFocus() if self.search.isVisible() else None)
        add("Esc", self._escape)

    # --- coming and going -------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """Connect as the window opens."""
        super().showEvent(event)
        if not self._started:
            self._started = True
            self.link.start()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Say goodbye as the window closes. (Under Twisted's loop Qt does not announce the end of the last window.)"""
        super().closeEvent(event)
        self.leave()
        self.closed.emit()

    def _quit(self) -> None:
        self.close()

    def leave(self) -> Deferred[None]:
        """Say goodbye, and connect no longer.

        :return: fires once the goodbye is sent, or has taken too long.
        """
        if self._left is None:
            self._left = self.link.stop().addTimeout(_LEAVE_SECONDS, self._reactor)
            self._left.addErrback(lambda failure: failure.trap(TimeoutError) and None)
        return self._left

    # --- the link ------------------------------------------------------------------------------

    def link_changed(self, state: LinkState, reason: str) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        self.again.set_online(state is LinkState.ONLINE)
        match state:
            case LinkState.CONNECTING | LinkState.GREETING:
                self.status.show_connection(_("Connecting…"), theme.hues.warning)
                if self._shown is None and state is LinkState.CONNECTING:
                    self._show_empty(reason)
            case LinkState.ONLINE:
                self._goodbye = ""
                self.status.show_connection(_("Online"), theme.hues.good)
                self.banner.hide()
                self._show_board()
                self.drawing.tools_changed()
                self.board.set_live(True)
                self.joined.emit()
            case LinkState.AWAY:
                self.drawing.painted_by_others(self.link.replica.others)
                self._past.disconnected()
                self.moderation.disconnected()
                self.prompt.rest(0)
                self.status.show_connection(_("Offline"), theme.hues.bad)
                self.status.show_users(None)
                if self._shown is None:
                    self._show_empty(self._goodbye or reason)
                else:
                    self.board.set_live(False)
                    lost = self._goodbye or _("Offline: drawing is paused.")
                    self.banner.show_text(_("{reason} Trying again…").format(reason=lost))
            case LinkState.STOPPED:
                self.board.set_live(False)

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        self.drawing.painted_by_others(self.link.replica.others)
        match message:
            case Welcome() | RulesNews():
                self._show_rules()
            case Users():
                self.status.show_users(message.connected)
            case Rejected():
                self._show_rejection(message)
            case Acknowledged():
                self._ask_name()
            case Cooldown():
                self.prompt.show_charges(message)
                self.drawing.tools_changed()
            case Changes(pixels=pixels):
                if pixels:
                    self.status.show_painted()
                self.layers.saw(message)
            case Closing(error=""):
                self._goodbye = self._goodbye or _("The server has stopped.")
            case Closing() | Failed():
                reason = tell(message.code, message.values, message.error).rstrip(".")
                self._goodbye = _("The server says: {reason}.").format(reason=reason)
        if self.link.state is not LinkState.ONLINE or not self.link.replica.is_live:
            return  # a new board is shown once it is complete
        if self._past.is_past and cells is not None:
            return  # the present board is shown again after the past
        if cells is None:
            self._show_board()
        else:
            self.board.show_changes(cells)

    def _show_rules(self) -> None:
        replica = self.link.replica
        moderates = self.moderation.may_moderate
        if (entry := self.moderate_menu.menuAction()) is not None:
            entry.setVisible(moderates)
        for each in self.moderate_menu.actions():
            each.setEnabled(moderates)  # its key too
        self.moderation.show_rules()
        self.together.show_rules()
        self.code_action.setVisible(replica.rules.entry is Entry.CODE and replica.role < Role.MODERATE)
        if replica.version:  # before the greeting, nobody knows what the user may do
            self.bulletin.show_rules(replica.rules, replica.role, replica.name)
        self.board.marks.areas, self.board.marks.name = replica.rules.areas, replica.name
        self.board.update()

    def _ask_name(self) -> None:
        """Ask once, as the first pixel is painted."""
        identity = self.link.identity
        if identity.asks_name and not (identity.name or self.link.replica.name):
            self.name_field.show()

    def _take_name(self, name: str) -> None:
        identity = self.link.identity
        identity.asks_name = False
        if name != identity.name:
            self.link.rename(name)
        if identity.keep_name is not None:
            identity.keep_name(name)
        self.board.setFocus()

    def _ask_code(self) -> None:
        dialog = CodeDialog(self.link.identity.name, self)
        dialog.told.connect(self._tell_code)
        dialog.open()

    def _tell_code(self, name: str, code: str) -> None:
        self.link.identity.name = name
        self.link.introduce(code=code)

    def _show_board(self) -> None:
        replica = self.link.replica
        canvas = replica.canvas
        assert canvas is not None
        if self._shown is replica.shown:
            self.board.update()
            return
        self._past.leave()
        self.moderation.leave()
        self.layers.forget()
        self._shown = replica.shown
        self.drawing.forget()
        if canvas.palette != self._offered:
            self._offered = canvas.palette
            self.palette_widget.show_palette(canvas.palette, [colour.shown_name for colour in canvas.palette])
        self.board.show_board(canvas.width, canvas.height, canvas.palette, replica.shown)
        self.status.show_board(canvas.width, canvas.height, replica.version == 2 and not replica.sequence)
        self._show_page(self.board)
        self.board.setFocus()
        self.where.show_first_place()

    def _show_present(self) -> None:
        view, palette, shown = self.board.view, self._offered, self._shown
        if view is not None and palette is not None and shown is not None:
            self.board.show_board(view.columns, view.rows, palette, shown)

    def _show_empty(self, reason: str) -> None:
        self._show_page(self.empty)
        if not reason:
            self.empty.show_text(_("Connecting to {server}…").format(server=self._server), "", "", failed=False)
            return
        self.empty.show_text(
            _("ERROR: Could not connect to {server}").format(server=self._server),
            _("{reason} Trying again…").format(reason=sentence(reason)),
            "" if self._goodbye else self._advice,
            failed=True,
        )

    def _show_page(self, page: QWidget) -> None:
        has_board = page is self.board
        self._pages.setCurrentWidget(page)
        self._choice.setVisible(has_board)
        self.tool_bar.setVisible(has_board)
        for action in self._need_board:
            action.setEnabled(has_board)
        self._fit_swatches()

    def _show_rejection(self, rejected: Rejected) -> None:
        reason = tell(rejected.code, rejected.values, rejected.reason).rstrip(".")
        self.notice.show_text(_("Not painted: {reason}.").format(reason=reason))
        if rejected.retry_ms is not None:
            self.prompt.rest(rejected.retry_ms)

    # --- drawing ------------------------------------------------------------------------------------------

    def _show_colour(self, index: int) -> None:
        swatch = self.palette_widget.swatch(index)
        self._swatches.ensureWidgetVisible(swatch)
        self.colour_name.setText(swatch.accessibleName())
        self._show_brush()
        self.ring.show_colour(swatch.value)

    def _show_brush(self) -> None:
        paints = self.drawing.stamp is None and self.drawing.tool not in _PAINT_NOTHING
        self.board.set_brush(self.palette_widget.value if paints else "")

    def _show_part(self) -> None:
        self.ring.show_part(self.prompt.part if self.prompt.has_cooldown or self.prompt.is_resting else None)
        self.board.set_part(self.prompt.part if self.prompt.is_resting else None)

    def _show_drawing(self) -> None:
        drawing, board = self.drawing, self.board
        board.needs_close_look = drawing.stamp is None and drawing.tool in (Tool.PENCIL, Tool.FILL)
        board.holds_stamp = board.waits_for_enter = drawing.stamp is not None
        board.has_two_ends = drawing.stamp is None and drawing.tool in _TWO_ENDS
        self._show_brush()
        self.tool_bar.show_state(drawing.tool, drawing.size)
        self.confirm_button.setVisible(drawing.stamp is not None or drawing.chosen is not None)
        self.confirm_button.setEnabled(not self.prompt.is_resting)

    # --- the clipboard, and files -------------------------------------------------------------------------

    def _cut(self) -> None:
        self.drawing.cut()
        self._offer()

    def _copy(self) -> None:
        self.drawing.copy()
        self._offer()

    def _offer(self) -> None:
        """Put what was copied on the clipboard of the desktop, for other windows and programs."""
        clipboard, stamp, palette = QGuiApplication.clipboard(), self.drawing.clipboard, self._offered
        if clipboard is not None and stamp is not None and palette is not None:
            clipboard.setImage(image_of(stamp, palette))

    def _paste(self) -> None:
        clipboard = QGuiApplication.clipboard()
        assert clipboard is not None
        data, copied = clipboard.mimeData(), self.drawing.clipboard
        is_own = copied is not None and clipboard.ownsClipboard()
        if is_own or data is None or not data.hasImage():
            self.drawing.paste(copied)
        else:
            self._paste_picture(clipboard.image())

    def _paste_picture(self, picture: QImage | str) -> None:
        view, palette = self.board.view, self._offered
        if view is None or palette is None:
            return
        try:
            board = view.columns, view.rows
            stamp = stamp_of(picture, palette, board, MOST_PIXELS, self.mix_action.isChecked())
        except ImageError as error:
            self.notice.show_text(sentence(str(error)))
        else:
            self.drawing.paste(stamp)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Take a file that is dropped."""
        assert event is not None
        data = event.mimeData()
        if data is not None and self._pages.currentWidget() is self.board and (data.hasUrls() or data.hasImage()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Make a stamp of the picture."""
        assert event is not None
        data = event.mimeData()
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data is not None else []
        if paths:
            self._paste_picture(paths[0])
        elif data is not None and data.hasImage():
            self._paste_picture(QImage(data.imageData()))

    def _show_grid(self, is_shown: bool) -> None:
        self.board.set_grid(is_shown)
        if is_shown and self.board.view is not None and self.board.view.zoom < GRID_ZOOM:
            self.notice.show_text(_("The grid is seen from 8× on: zoom in."))

    def _step(self, direction: int) -> None:
        if self._past.is_past:
            self._past.step(direction)
        else:
            self.palette_widget.choose(self.palette_widget.chosen + direction)

    def _escape(self) -> None:
        if self.search.field.hasFocus():
            self.search.leave()
        elif self._past.is_past:
            self._past.leave()
        else:
            self.board.escape()

    def _can_paint(self) -> bool:
        if self._past.is_past:
            self.notice.show_text(_("This is the past: nothing was drawn."))
            return False
        if self.moderation.is_choosing:
            self.notice.show_text(_("Some pixels stand out: nothing was drawn."))
            return False
        if self.link.state is LinkState.ONLINE and self.link.replica.is_live:
            if self.prompt.is_resting:
                self.notice.show_text(_("Too early: nothing was drawn."))
            return not self.prompt.is_resting
        self.notice.show_text(_("Offline: nothing was drawn."))
        self.banner.insist()
        return False

    # --- around it ----------------------------------------------------------------------------------------

    def _show_cell(self, cell: int) -> None:
        view, shown, palette = self.board.view, self._shown, self._offered
        if cell < 0 or view is None or shown is None or palette is None:
            self.status.show_cell(None)
        else:
            colour = palette[shown[cell]]
            self.status.show_cell((cell % view.columns, cell // view.columns), colour.shown_name, colour.value)

    def _show_zoom(self) -> None:
        if self.board.view is not None:
            self.status.show_zoom(self.board.view.zoom)

    def _save(self) -> None:
        ask_and_save(self.board, self.notice, self)

    def _show_help(self) -> None:
        self.notice.hide()
        colours = [colour.value for colour in self._offered][:KEYS] if self._offered is not None else []
        help_dialog = HelpDialog(self, colours)
        help_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        help_dialog.show()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give a large palette its share of the height."""
        super().resizeEvent(event)
        self.colour_name.setVisible(self.width() >= _WIDE)
        self._fit_swatches()

    def _fit_swatches(self) -> None:
        needed = self.palette_widget.heightForWidth(self.width() - 2 * theme.GAP)
        most = max(round(self.height() * _PALETTE_SHARE), self.palette_widget.minimumSizeHint().height())
        self._swatches.setFixedHeight(min(needed, most))
        for bar in (self.history, self.roll_back):
            bar.setMinimumHeight(self._choice.sizeHint().height())  # so that the board keeps its scale
