"""The window of ``dcc draw``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PyQt5.QtCore import (
    QT_TRANSLATE_NOOP,
    QCoreApplication,
    QDateTime,
    QLocale,
    QSaveFile,
    QSize,
    QStandardPaths,
    Qt,
    pyqtSignal,
)
from PyQt5.QtGui import QCloseEvent, QGuiApplication, QImageWriter, QKeySequence, QResizeEvent, QShowEvent
from PyQt5.QtWidgets import (
    QAction,
    QFileDialog,
    QFrame,
    QMainWindow,
    QMenu,
    QScrollArea,
    QShortcut,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from twisted.internet.defer import Deferred
from twisted.internet.error import TimeoutError
from twisted.internet.interfaces import IStreamClientEndpoint

from dcc import limits
from dcc.client.link import Link, LinkState
from dcc.client.strokes import Strokes
from dcc.core.palette import Colour, Palette
from dcc.errors import ServerUnavailable
from dcc.protocol.messages import Author, Closing, Cooldown, Failed, History, PastBoard, Rejected, ServerMessage, Users
from dcc.window import theme
from dcc.window.board_widget import BoardWidget
from dcc.window.dialogs import HelpDialog, ScaleDialog
from dcc.window.empty_page import EmptyPage
from dcc.window.history_bar import HistoryBar
from dcc.window.overlay import Banner, Notice
from dcc.window.palette_widget import KEYS, PaletteWidget
from dcc.window.prompt import Prompt
from dcc.window.status import StatusLine

_PALETTE_SHARE = 0.3
"""The part of the window's height that a large palette may take; the rest of it is scrolled to."""

_WIDTH, _HEIGHT = 720, 800
"""The window's first size, where the screen is that large."""

_COLOUR_NAMES = (
    QT_TRANSLATE_NOOP("Colour", "white"),
    QT_TRANSLATE_NOOP("Colour", "black"),
    QT_TRANSLATE_NOOP("Colour", "red"),
    QT_TRANSLATE_NOOP("Colour", "green"),
    QT_TRANSLATE_NOOP("Colour", "yellow"),
    QT_TRANSLATE_NOOP("Colour", "blue"),
    QT_TRANSLATE_NOOP("Colour", "cyan"),
    QT_TRANSLATE_NOOP("Colour", "magenta"),
)


def colour_name(colour: Colour) -> str:
    """What a colour is called here; those that are not of the activity keep the server's name."""
    return QCoreApplication.translate("Colour", colour.name) if colour.name in _COLOUR_NAMES else colour.name


class Window(QMainWindow):
    """Shows a board, draws on it, and tells how the connection stands.

    :ivar link: the connection; it starts as the window is shown.
    """

    closed = pyqtSignal()
    """The user closed it; the goodbye is on its way, see :meth:`leave`."""

    def __init__(self, reactor: Any, endpoint: IStreamClientEndpoint, server: str, name: str = "") -> None:
        """
        :param server: what the user calls the server.
        :param name: how this painter wants to be listed.
        """
        super().__init__()
        self.link = Link(reactor, endpoint, self, name)
        self._reactor = reactor
        self._server = server
        self._started = False
        self._left: Deferred[None] | None = None
        self._goodbye = ""
        self._strokes = Strokes()
        self._shown: bytearray | None = None
        self._offered: Palette | None = None
        self._question: int | None = None  # the request that is not answered yet

        self.board = BoardWidget()
        self.empty = EmptyPage()
        self.prompt = Prompt()
        self.palette_widget = PaletteWidget()
        self.history = HistoryBar()
        self.status = StatusLine()
        self.banner = Banner(self.board)
        self.notice = Notice(self.board)
        self._pages = QStackedWidget()
        self._lay_out()
        self._add_menus()
        self._add_colour_keys()

        self.palette_widget.colour_chosen.connect(
            lambda index: self._swatches.ensureWidgetVisible(self.palette_widget.swatch(index))
        )
        self.prompt.resting_changed.connect(self.board.set_resting)
        self.history.asked.connect(lambda sequence: self._ask(partial(self.link.ask_history, sequence)))
        self.history.closed.connect(self._leave_history)
        self.board.stroke_began.connect(self._strokes.begin)
        self.board.stroke_went.connect(self._draw)
        self.board.cell_picked.connect(self._pick)
        self.board.hover_changed.connect(self._show_cell)
        self.board.view_changed.connect(self._show_zoom)

        self.setWindowTitle(f"{server} · DrawColorCanvas")
        self.setMinimumSize(320, 360)
        screen = QGuiApplication.primaryScreen()
        assert screen is not None
        self.resize(screen.availableSize().boundedTo(QSize(_WIDTH, _HEIGHT)))
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
        below.addWidget(self.prompt, 0, Qt.AlignmentFlag.AlignHCenter)
        below.addWidget(self._swatches)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addWidget(self._choice)
        column.addWidget(self.history)
        self.history.hide()
        self.setCentralWidget(centre)
        bar = self.statusBar()
        assert bar is not None
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.status, 1)

    def _add_menus(self) -> None:
        bar = self.menuBar()
        assert bar is not None

        def add(menu: QMenu | None, text: str, keys: list[str], does: Callable[[], None]) -> QAction:
            assert menu is not None
            action = QAction(text, self)
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.triggered.connect(does)
            menu.addAction(action)
            return action

        board = bar.addMenu(self.tr("&Board"))
        save = add(board, self.tr("&Save a picture…"), ["Ctrl+S"], self._ask_scale)
        add(board, self.tr("&Quit"), ["Ctrl+Q"], self._quit)
        edit = bar.addMenu(self.tr("&Edit"))
        take_back = add(edit, self.tr("&Take back my last stroke"), ["Ctrl+Z"], self._take_back)
        view = bar.addMenu(self.tr("&View"))
        zoom_in = add(view, self.tr("Zoom &in"), ["+", "="], lambda: self.board.zoom_by(1))
        zoom_out = add(view, self.tr("Zoom &out"), ["-"], lambda: self.board.zoom_by(-1))
        fit = add(view, self.tr("&Fit to the window"), ["0"], self.board.fit)
        grid = add(view, self.tr("&Grid"), ["G"], lambda: self.board.set_grid(grid.isChecked()))
        grid.setCheckable(True)
        past = bar.addMenu(self.tr("H&istory"))
        watch = add(past, self.tr("&Watch it from the beginning"), ["H"], self._ask_past)
        self._author_action = add(past, self.tr("Who &painted this cell?"), ["W"], self._ask_author)
        add(bar.addMenu(self.tr("&Help")), self.tr("&Keys"), ["F1"], self._show_help)
        self._need_board = (save, take_back, zoom_in, zoom_out, fit, grid, watch, self._author_action)

    def _add_colour_keys(self) -> None:
        def add(key: str, choose: Callable[[], None]) -> None:
            QShortcut(QKeySequence(key), self).activated.connect(choose)

        palette = self.palette_widget
        for index in range(KEYS):
            add(str(index + 1), partial(palette.choose, index))
        add(",", lambda: palette.choose(palette.chosen - 1))
        add(".", lambda: palette.choose(palette.chosen + 1))

    # --- coming and going -------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """``nuevo`` is sent as the window opens."""
        super().showEvent(event)
        if not self._started:
            self._started = True
            self.link.start()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """``cerrar`` is sent as the window closes. (Qt does not tell of the last window under Twisted's loop.)"""
        super().closeEvent(event)
        self.leave()
        self.closed.emit()

    def _quit(self) -> None:
        self.close()

    def leave(self) -> Deferred[None]:
        """Say goodbye, and connect no more.

        :return: fires when that is done, or has taken too long.
        """
        if self._left is None:
            self._left = self.link.stop().addTimeout(limits.LEAVE_SECONDS, self._reactor)
            self._left.addErrback(lambda failure: failure.trap(TimeoutError) and None)
        return self._left

    # --- what the link tells ------------------------------------------------------------------------------

    def link_changed(self, state: LinkState, reason: str) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        match state:
            case LinkState.CONNECTING | LinkState.GREETING:
                self.status.show_connection(self.tr("Connecting…"), theme.WARNING)
                if self._shown is None and state is LinkState.CONNECTING:
                    self._show_empty(reason)
            case LinkState.ONLINE:
                self._goodbye = ""
                self.status.show_connection(self.tr("Connected"), theme.GOOD)
                self.banner.hide()
                self._show_board()
                self.board.draws_lines = True
                self.board.set_live(True)
            case LinkState.AWAY:
                self._question = None
                self._leave_history()
                self.prompt.rest(0)
                self.status.show_connection(self.tr("No connection"), theme.BAD)
                self.status.show_users(None)
                if self._shown is None:
                    self._show_empty(self._goodbye or reason)
                else:
                    self.board.set_live(False)
                    lost = self._goodbye or self.tr("The connection was lost.")
                    self.banner.show_text(self.tr("{reason} Trying again…").format(reason=lost))
            case LinkState.STOPPED:
                self.board.set_live(False)

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        match message:
            case Users():
                self.status.show_users(message.connected)
            case Rejected():
                if message.request == self._question:
                    self._question = None
                    self._leave_history()
                    self.notice.show_text(_sentence(message.reason))
                else:
                    self._show_rejection(message)
            case Cooldown():
                self.board.draws_lines = False
                self.prompt.rest(message.wait_ms)
            case History():
                self._watch(message)
            case PastBoard():
                self._show_past(message)
            case Author():
                self._show_author(message)
            case Closing(error=""):
                self._goodbye = self._goodbye or self.tr("The server has closed.")
            case Closing() | Failed():
                self._goodbye = self.tr("The server says: {reason}.").format(reason=message.error.rstrip("."))
        if self.link.state is not LinkState.ONLINE or not self.link.replica.is_live:
            return  # what there is of a new board is not shown before all of it is here
        if self.history.isVisible() and cells is not None:
            return  # the board as it is now is shown again when the past is left
        if cells is None:
            self._show_board()
        else:
            self.board.show_changes(cells)

    def _show_board(self) -> None:
        replica = self.link.replica
        canvas = replica.canvas
        assert canvas is not None
        if self._shown is replica.shown:
            self.board.update()
            return
        self._leave_history()
        self._shown = replica.shown
        self._strokes.forget()
        if canvas.palette != self._offered:
            self._offered = canvas.palette
            self.palette_widget.show_palette(canvas.palette, [colour_name(colour) for colour in canvas.palette])
        self.board.show_board(canvas.width, canvas.height, canvas.palette, replica.shown)
        self.status.show_board(canvas.width, canvas.height)
        self._show_page(self.board)
        self.board.setFocus()

    def _show_empty(self, reason: str) -> None:
        self._show_page(self.empty)
        if not reason:
            self.empty.show_text(self.tr("Connecting to {server}…").format(server=self._server), "", "", failed=False)
            return
        self.empty.show_text(
            self.tr("ERROR: Could not connect to {server}").format(server=self._server),
            self.tr("{reason} Trying again…").format(reason=_sentence(reason)),
            self.tr("To host a board there:") + "\ntwistd -n dcc",
            failed=True,
        )

    def _show_page(self, page: QWidget) -> None:
        has_board = page is self.board
        self._pages.setCurrentWidget(page)
        self._choice.setVisible(has_board)
        for action in self._need_board:
            action.setEnabled(has_board)
        self._fit_swatches()

    def _show_rejection(self, rejected: Rejected) -> None:
        self.notice.show_text(self.tr("Not painted: {reason}.").format(reason=rejected.reason.rstrip(".")))
        if rejected.retry_ms is not None:
            self.prompt.rest(rejected.retry_ms)

    # --- drawing ------------------------------------------------------------------------------------------

    def _draw(self, cells: list[int]) -> None:
        if self._can_paint():
            colour = self.palette_widget.chosen
            pixels = [(cell, colour) for cell in cells]
            self._strokes.add(pixels, self.link.replica.shown)
            self._paint(pixels)

    def _take_back(self) -> None:
        if self._can_paint():
            if pixels := self._strokes.undo(self.link.replica.shown):
                self._paint(pixels)
            else:
                self.notice.show_text(self.tr("There is nothing of yours to take back."))

    def _can_paint(self) -> bool:
        if self.history.isVisible():
            self.notice.show_text(self.tr("This is the past: it can be watched, and not changed."))
            return False
        if self.link.state is LinkState.ONLINE and self.link.replica.is_live:
            if self.prompt.is_resting:
                self.notice.show_text(self.tr("Too early: nothing was drawn."))
            return not self.prompt.is_resting
        self.notice.show_text(self.tr("Nothing can be drawn without a connection."))
        self.banner.insist()
        return False

    def _paint(self, pixels: list[tuple[int, int]]) -> None:
        self.link.paint(pixels)
        self.board.show_changes(cell for cell, _colour in pixels)

    def _pick(self, cell: int) -> None:
        self.palette_widget.choose(self.link.replica.shown[cell])

    # --- the past -----------------------------------------------------------------------------------------

    def _ask(self, question: Callable[[], int]) -> None:
        if self._question is None:
            try:
                self._question = question()
            except ServerUnavailable as error:
                self.notice.show_text(_sentence(str(error)))

    def _ask_past(self) -> None:
        if self.history.isVisible():
            self._leave_history()
        else:
            self._ask(self.link.ask_history)

    def _watch(self, history: History) -> None:
        self._question = None
        if not history.sequence:
            self.notice.show_text(self.tr("Nobody has painted yet."))
            return
        self._choice.hide()
        self._author_action.setEnabled(False)  # one question at a time, and these are the slider's now
        self.history.show()
        self.board.set_live(True)
        self.history.begin(history)

    def _show_past(self, past: PastBoard) -> None:
        self._question = None
        view, palette = self.board.view, self._offered
        if self.history.isVisible() and view is not None and palette is not None:
            self.board.show_board(view.columns, view.rows, palette, bytearray(past.colours))
            self.history.show_moment(past)

    def _leave_history(self) -> None:
        if not self.history.isVisible():
            return
        self.history.end()
        self.history.hide()
        self._author_action.setEnabled(True)
        self._choice.show()
        view, palette, shown = self.board.view, self._offered, self._shown
        if view is not None and palette is not None and shown is not None:
            self.board.show_board(view.columns, view.rows, palette, shown)
        self.board.setFocus()

    def _ask_author(self) -> None:
        view, cell = self.board.view, self.board.hovered
        if view is None or cell < 0:
            self.notice.show_text(self.tr("Point at a cell first."))
            return
        row, column = divmod(cell, view.columns)
        self._ask(partial(self.link.ask_author, column, row))

    def _show_author(self, author: Author) -> None:
        self._question = None
        where = self.tr("Column {column}, row {row}").format(column=author.column, row=author.row)
        if author.time_ms is None:
            self.notice.show_text(self.tr("{where}: nobody has painted it.").format(where=where))
            return
        who = author.name or self.tr("client {number}").format(number=author.client_id)
        when = QLocale().toString(QDateTime.fromMSecsSinceEpoch(author.time_ms), QLocale.FormatType.ShortFormat)
        self.notice.show_text(self.tr("{where}: {who}, {when}").format(where=where, who=who, when=when))

    # --- around it ----------------------------------------------------------------------------------------

    def _show_cell(self, cell: int) -> None:
        view, shown, palette = self.board.view, self._shown, self._offered
        if cell < 0 or view is None or shown is None or palette is None:
            self.status.show_cell(None)
        else:
            colour = palette[shown[cell]]
            self.status.show_cell((cell % view.columns, cell // view.columns), colour_name(colour), colour.value)

    def _show_zoom(self) -> None:
        if self.board.view is not None:
            self.status.show_zoom(self.board.view.zoom)

    def _show_help(self) -> None:
        help_dialog = HelpDialog(self)
        help_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        help_dialog.show()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give a large palette its part of the height."""
        super().resizeEvent(event)
        self._fit_swatches()

    def _fit_swatches(self) -> None:
        needed = self.palette_widget.heightForWidth(self.width() - 2 * theme.GAP)
        most = max(round(self.height() * _PALETTE_SHARE), self.palette_widget.minimumSizeHint().height())
        self._swatches.setFixedHeight(min(needed, most))

    # --- saving -------------------------------------------------------------------------------------------

    def _ask_scale(self) -> None:
        view = self.board.view
        assert view is not None
        dialog = ScaleDialog(view.columns, view.rows, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._ask_path(dialog.scale.value()))
        dialog.open()

    def _ask_path(self, scale: int) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.PicturesLocation) or str(Path.home())
        proposal = Path(folder if Path(folder).is_dir() else Path.home(), self.tr("board.png"))
        dialog = QFileDialog(self, self.tr("Save a picture"), str(proposal), self.tr("PNG pictures (*.png)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(lambda path: self._save_picture(path, scale))
        dialog.open()

    def _save_picture(self, path: str, scale: int) -> None:
        file = QSaveFile(path)  # there whole, or not at all
        opened = file.open(QSaveFile.OpenModeFlag.WriteOnly)
        writer = QImageWriter(file, b"png")
        if opened and writer.write(self.board.to_image(scale)) and file.commit():
            self.notice.show_text(self.tr("Saved: {path}").format(path=path))
        else:
            fault = file.errorString() if not opened else writer.errorString()
            self.notice.show_text(self.tr("Not saved: {path}: {fault}").format(path=path, fault=fault))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
