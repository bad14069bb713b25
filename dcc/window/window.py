"""The window of ``dcc draw``."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
    QShowEvent,
)
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
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
from dcc.window.clipboard import Clipboard
from dcc.window.controls import Controls
from dcc.window.dialogs import HelpDialog
from dcc.window.drawing import Drawing
from dcc.window.empty_page import EmptyPage
from dcc.window.history_bar import HistoryBar
from dcc.window.history_controller import HistoryController
from dcc.window.layers import Layers
from dcc.window.menus import Menus
from dcc.window.moderation import Moderation
from dcc.window.overlay import Banner, Notice
from dcc.window.palette_widget import KEYS
from dcc.window.preferences import Preferences
from dcc.window.roll_back_bar import RollBackBar
from dcc.window.status import StatusLine
from dcc.window.tools import Tool
from dcc.window.where import Where
from dcc.wording import sentence

_LEAVE_SECONDS = 0.5
"""Longest wait of a closed window for its goodbye to be sent: the program ends within a second, also if the server does
not read."""

_TWO_ENDS = (Tool.LINE, Tool.RECTANGLE, Tool.FILLED_RECTANGLE, Tool.SELECT)
"""Tools for which one press of a key begins, and another ends."""

_PAINT_NOTHING = (Tool.SELECT, Tool.MOVE, Tool.PICK)

_WIDTH, _HEIGHT = 720, 800
"""First size of the window, if the screen is large enough."""

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
        self._controls = controls = Controls()
        self.prompt, self.ring, self.palette_widget = controls.prompt, controls.ring, controls.palette_widget
        self.recent, self.search, self.name_field = controls.recent, controls.search, controls.name_field
        self.confirm_button = controls.confirm_button
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
            self.link, self.board, self.history, self.notice, self._controls, self._show_present
        )
        self.layers = Layers(self.link, self.board, self.notice, self._past.leave)
        self._past.begun.connect(self.layers.close)
        self.moderation = Moderation(self.link, self.board, self.roll_back, self.notice, self._controls, self)
        self.drawing = Drawing(
            self.link, self.board, self.palette_widget, self.notice, self._can_paint, lambda: self.prompt.gathered, self
        )
        self.clipboard = Clipboard(self.drawing, self.board, self.notice, lambda: self._offered, self)
        self._menus = menus = Menus(self, self._past)
        self.tool_bar, self.together, self.moderate_menu = menus.tool_bar, menus.together, menus.moderate_menu
        self.code_action = menus.code_action
        self._beside.insertWidget(0, self.tool_bar)

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
        for widget in (self._controls, self.history, self.roll_back):
            column.addWidget(widget)
        for widget in (self.bulletin, self.history, self.roll_back):
            widget.hide()
        self.setCentralWidget(centre)
        bar = self.statusBar()
        assert bar is not None
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.status, 1)

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
                self.drawing.painting.disconnected()
                self._past.disconnected()
                self.moderation.disconnected()
                self.prompt.forget()
                self.drawing.interrupt()
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
        self.drawing.painting.received(message)
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
        if name != self.link.identity.name:
            self.link.rename(name)
        self.keep_name(name)
        self.board.setFocus()

    def keep_name(self, name: str) -> None:
        """Take the name that the user gave, also for the next window, and ask no longer."""
        identity = self.link.identity
        identity.name, identity.asks_name = name, False
        if identity.keep_name is not None:
            identity.keep_name(name)

    def _show_board(self) -> None:
        replica = self.link.replica
        canvas = replica.canvas
        assert canvas is not None
        if self._shown is replica.shown:
            if not self._past.is_past:  # which ends with the present board
                self._show_present()
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
            _("No connection to {server}").format(server=self._server),
            _("{reason} Trying again…").format(reason=sentence(reason)),
            "" if self._goodbye else self._advice,
            failed=True,
        )

    def _show_page(self, page: QWidget) -> None:
        has_board = page is self.board
        self._pages.setCurrentWidget(page)
        self._controls.setVisible(has_board)
        self.tool_bar.setVisible(has_board)
        for action in self._menus.need_board:
            action.setEnabled(has_board)
        self._fit_controls()

    def _show_rejection(self, rejected: Rejected) -> None:
        reason = tell(rejected.code, rejected.values, rejected.reason).rstrip(".")
        self.notice.show_text(_("Not painted: {reason}.").format(reason=reason))
        if rejected.retry_ms is not None:
            self.prompt.rest(rejected.retry_ms)

    # --- drawing ------------------------------------------------------------------------------------------

    def _show_colour(self, index: int) -> None:
        self._controls.show_colour(index)
        self._show_brush()

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

    # --- files that are dropped -------------------------------------------------------------------------

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
        if data is not None:
            self.clipboard.take(data)

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
        view, palette = self.board.view, self._offered
        if cell < 0 or view is None or palette is None:
            self.status.show_cell(None)
        else:
            colour = palette[self.board.shown[cell]]
            self.status.show_cell((cell % view.columns, cell // view.columns), colour.shown_name, colour.value)

    def _show_zoom(self) -> None:
        if self.board.view is not None:
            self.status.show_zoom(self.board.view.zoom)

    def show_help(self) -> None:
        """Show the keys."""
        self.notice.hide()
        colours = [colour.value for colour in self._offered][:KEYS] if self._offered is not None else []
        help_dialog = HelpDialog(self, colours)
        help_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        help_dialog.show()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give a large palette its share of the height."""
        super().resizeEvent(event)
        self._fit_controls()

    def _fit_controls(self) -> None:
        self._controls.fit(self.width(), self.height())
        for bar in (self.history, self.roll_back):
            bar.setMinimumHeight(self._controls.sizeHint().height())  # so that the board keeps its scale
