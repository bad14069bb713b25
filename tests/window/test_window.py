"""The window, driven by mouse and keys; its client talks to a real server process."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QElapsedTimer, QEvent, QObject, QPoint, Qt
from PyQt5.QtGui import QImage, QPaintEvent
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol

from dcc.client.link import LinkState
from dcc.commands.draw import translate
from dcc.core.canvas import unpack_pixels
from dcc.core.palette import AF06
from dcc.language import speak
from dcc.protocol import codec, version2
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import Acknowledged, Changes, Cooldown, Hello, Paint, Rejected, Welcome, WholeBoard
from dcc.window.board_view import FRAME_MS
from dcc.window.dialogs import HelpDialog
from dcc.window.save_dialogs import ScaleDialog
from dcc.window.window import Window
from tests.support import version1_server
from tests.support.desk import ALT, CTRL, LEFT, MIDDLE, NO_KEY, WHEEL_NOTCH, Desk
from tests.support.server_process import LineProcess, ServerProcess, Version1Process

WHITE, BLACK, RED, GREEN, YELLOW = (colour.value for colour in AF06.colours[:5])
Key = Qt.Key


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def shared_server() -> Iterator[ServerProcess]:
    """A server for the tests to which its board does not matter."""
    with ServerProcess() as server:
        yield server


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    """A server of the test's own."""
    with ServerProcess() as server:
        yield server


# --- painting ------------------------------------------------------------------------------------------


def test_a_click_paints_in_the_chosen_colour_and_others_see_it(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.press(window, Key.Key_3)
    desk.click(window, 7, 11)
    desk.hover(window, 20, 20)
    for each in (window, other):
        desk.until(lambda each=each: desk.colour(each, 7, 11) == RED)
    assert desk.colour(other, 11, 7) == WHITE


def test_a_version_1_paint_has_its_column_in_y_pos_and_its_row_in_x_pos(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    with Version1Process(server.port) as client:
        client.paint(3, 10, "red")
        desk.until(lambda: desk.colour(window, 10, 3) == RED)
        assert desk.colour(window, 3, 10) == WHITE
        client.leave()


def test_a_fast_drag_leaves_no_gap(server: ServerProcess, desk: Desk) -> None:
    """Two points of the pointer far apart are joined, also where it left the board between them."""
    window = desk.open(server.port)
    desk.draw_line(window, (2, 3), (40, 20), (60, 20), (45, 48))
    desk.until_answered(window)
    desk.until_drawn(window)
    black = {
        (column, row)
        for row, colours in enumerate(desk.picture(window))
        for column, colour in enumerate(colours)
        if colour == BLACK
    }
    assert {(2, 3), (40, 20), (49, 20), (45, 48)} <= black
    first_leg = {cell for cell in black if cell[1] <= 20 and cell[0] <= 40}
    assert {column for column, _row in first_leg} == set(range(2, 41))
    assert {row for _column, row in first_leg} == set(range(3, 21))


def test_a_stroke_is_taken_back_where_nobody_has_painted_since(server: ServerProcess, desk: Desk) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.press(window, Key.Key_4)
    desk.click(window, 5, 5)
    desk.press(window, Key.Key_3)
    desk.draw_line(window, (5, 5), (9, 5))
    desk.until(lambda: desk.colour(other, 9, 5) == RED)
    desk.press(other, Key.Key_5)
    desk.click(other, 7, 5)
    desk.until(lambda: desk.colour(window, 7, 5) == YELLOW)
    desk.press(window, Key.Key_Z, CTRL)
    expected = [GREEN, WHITE, YELLOW, WHITE, WHITE]
    for each in (window, other):
        desk.hover(each, 20, 20)
        desk.until(lambda each=each: [desk.colour(each, column, 5) for column in range(5, 10)] == expected)
    desk.press(window, Key.Key_Z, CTRL)
    desk.until(lambda: desk.colour(other, 5, 5) == WHITE)
    desk.press(window, Key.Key_Z, CTRL)
    assert window.notice.isVisible()


def test_alt_and_click_picks_a_colour_and_paints_nothing(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    desk.press(window, Key.Key_4)
    desk.click(window, 1, 1)
    desk.press(window, Key.Key_2)
    desk.click(window, 1, 1, ALT)
    assert window.palette_widget.chosen == AF06.index["green"]
    desk.until_answered(window)
    desk.hover(window, 20, 20)
    desk.until_drawn(window)
    assert desk.colour(window, 1, 1) == GREEN


def test_a_swatch_is_chosen_with_the_mouse(shared_server: ServerProcess, desk: Desk) -> None:
    window = desk.open(shared_server.port)
    swatches = [window.palette_widget.swatch(index) for index in range(len(AF06))]
    QTest.mouseClick(swatches[6], LEFT)
    assert [swatch.isChecked() for swatch in swatches] == [index == 6 for index in range(8)]
    desk.press(window, Key.Key_Period)
    assert swatches[7].isChecked()
    desk.press(window, Key.Key_Period)  # there is none after it
    assert swatches[7].isChecked()
    desk.press(window, Key.Key_Comma)
    assert swatches[6].isChecked()


# --- looking -------------------------------------------------------------------------------------------


def test_the_wheel_zooms_at_the_pointer_from_1_to_64(shared_server: ServerProcess, desk: Desk) -> None:
    window = desk.open(shared_server.port)
    view = window.board.view
    assert view is not None
    at = window.board.point_of(31, 22)
    for _ in range(20):
        desk.turn_wheel(window, at, WHEEL_NOTCH)
        assert window.board.hovered == 22 * 50 + 31
    assert view.zoom == 64
    for _ in range(40):
        desk.turn_wheel(window, at, -WHEEL_NOTCH // 2)  # as touchpads do
    assert view.zoom == 1
    assert view.board.left == (window.board.width() - 50) // 2  # what fits is in the middle


@pytest.mark.parametrize("hold_space", [False, True], ids=["middle button", "space and left button"])
def test_the_board_is_dragged_without_painting(shared_server: ServerProcess, desk: Desk, hold_space: bool) -> None:
    window = desk.open(shared_server.port)
    view = window.board.view
    assert view is not None
    for _ in range(4):
        desk.press(window, Key.Key_Plus)
    before, start = view.board, QPoint(200, 200)
    if hold_space:
        QTest.keyPress(window.board, Key.Key_Space)
    desk.drag(window, start, start + QPoint(-30, 10), start + QPoint(-50, 20), button=LEFT if hold_space else MIDDLE)
    if hold_space:
        QTest.keyRelease(window.board, Key.Key_Space)
    assert (view.left, view.top) == (before.left - 50, before.top + 20)
    assert window.link.replica.unanswered == 0


def test_keys_zoom_and_pan(shared_server: ServerProcess, desk: Desk) -> None:
    window = desk.open(shared_server.port)
    view = window.board.view
    assert view is not None
    fitted = view.zoom
    desk.press(window, Key.Key_Minus)
    assert view.zoom < fitted
    desk.press(window, Key.Key_0)
    assert view.zoom == fitted and view.is_fitted
    for _ in range(5):
        desk.press(window, Key.Key_Plus)
    assert view.zoom > fitted
    desk.press(window, Key.Key_M)
    left, top = view.left, view.top
    desk.press(window, Key.Key_Left)
    desk.press(window, Key.Key_Up)
    assert view.left > left and view.top > top
    desk.press(window, Key.Key_Right)
    desk.press(window, Key.Key_Down)
    assert (view.left, view.top) == (left, top)


def test_g_shows_a_grid_from_8_pixels_a_cell_on(shared_server: ServerProcess, desk: Desk) -> None:
    """Between two white cells there is a line that is not white; below 8x there is none."""
    window = desk.open(shared_server.port)
    view = window.board.view
    assert view is not None

    def colours_of_a_row() -> set[str]:
        desk.until_drawn(window)
        screen, left, zoom = desk.screen(window), view.left, int(view.zoom)
        middle = view.top + 25 * zoom + zoom // 2
        return {screen.pixelColor(x, middle).name() for x in range(left + 1, left + 50 * zoom - 1)}

    while view.zoom < 8:
        desk.press(window, Key.Key_Plus)
    while view.zoom > 8:
        desk.press(window, Key.Key_Minus)
    assert colours_of_a_row() == {WHITE}
    desk.press(window, Key.Key_G)
    assert len(colours_of_a_row()) == 2
    desk.press(window, Key.Key_Minus)
    assert colours_of_a_row() == {WHITE}


def test_the_status_bar_tells_the_cell_its_colour_and_who_is_there(server: ServerProcess, desk: Desk) -> None:
    """Also of a cell that somebody else paints while the pointer rests on it."""
    window = desk.open(server.port)
    desk.hover(window, 12, 34)
    assert window.status.cell.text() == "column 12, row 34"
    assert window.status.colour.text() == "white  #ffffff"
    with Version1Process(server.port) as other:
        other.paint(34, 12, "blue")
        desk.until(lambda: window.status.colour.text() == "blue  #0000ff")
        desk.until(lambda: window.status.users.text() == "2 online")
    assert window.status.connection.text() == "Online"
    assert not window.status.connection.isVisible(), "how many are online says it"
    QTest.mouseMove(window.windowHandle(), window.board.mapTo(window, QPoint(2, 2)))
    assert window.status.cell.text() == "50 × 50"


def test_a_large_palette_wraps_and_leaves_the_board_its_room(desk: Desk, tmp_path: Path) -> None:
    palette = tmp_path / "palette.txt"
    palette.write_text("\n".join(f"{red:02x}{green:02x}80" for red in range(0, 256, 16) for green in range(0, 256, 16)))
    with ServerProcess("--palette", str(palette), "--canvas", "300x200") as server:
        window = desk.open(server.port)
        window.resize(360, 420)
        desk.until(lambda: window.width() == 360)
        assert window.board.height() >= 120
        swatch = window.palette_widget.swatch(200)
        assert window.palette_widget.width() >= swatch.x() + swatch.width()
        QTest.mouseClick(swatch, LEFT)
        desk.click(window, 150, 100)
        assert window.notice.text() == "Zoomed in. Click again to paint."
        assert window.link.replica.unanswered == 0
        desk.click(window, 150, 100)
        desk.hover(window, 140, 95)
        desk.until(lambda: desk.colour(window, 150, 100) == "#c08080")


class Repaints(QObject):
    """Notes what of a widget is repainted.

    :ivar areas: how many pixels, each time.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.areas: list[int] = []
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject | None, event: QEvent | None) -> bool:
        """See Qt."""
        if isinstance(event, QPaintEvent):
            self.areas.append(sum(rect.width() * rect.height() for rect in event.region().rects()))
        return False


def test_changes_repaint_their_cells_alone_and_once_a_frame(shared_server: ServerProcess, desk: Desk) -> None:
    window = desk.open(shared_server.port)
    view = window.board.view
    assert view is not None
    desk.until_drawn(window)
    repaints = Repaints(window.board)
    window.board.show_changes([7 * 50 + 3, 30 * 50 + 40])
    desk.until(lambda: bool(repaints.areas))
    assert repaints.areas == [2 * view.zoom**2]
    clock = QElapsedTimer()
    clock.start()
    for cell in range(500):
        window.board.show_changes([cell])
        QApplication.processEvents()
    frames = clock.elapsed() // FRAME_MS + 1
    assert len(repaints.areas) <= 2 * frames + 1  # a slow machine has more frames in that time


# --- help and pictures ---------------------------------------------------------------------------------


def test_f1_lists_the_keys(shared_server: ServerProcess, desk: Desk) -> None:
    window = desk.open(shared_server.port)
    desk.press(window, Key.Key_F1)
    dialog = window.findChild(HelpDialog)
    assert dialog is not None and dialog.isVisible()
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for key in ("1 … 9", "Alt + click", "Ctrl + Z", "Ctrl + S", "Wheel, +, -", "Arrows", "Comma, period", "space", "G"):
        assert key in texts


def test_ctrl_s_saves_a_png_at_the_chosen_scale(server: ServerProcess, desk: Desk, tmp_path: Path) -> None:
    """Every cell a square of so many pixels, in the colours of the board."""
    window = desk.open(server.port)
    desk.press(window, Key.Key_3)
    desk.click(window, 49, 0)
    path = tmp_path / "picture.png"
    save_at_scale(desk, window, 3, path)
    desk.until(path.exists)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (150, 150)
    red = {(x, y) for x in range(150) for y in range(150) if image.pixelColor(x, y).name() == RED}
    assert red == {(x, y) for x in (147, 148, 149) for y in (0, 1, 2)}
    desk.until(lambda: str(path) in window.notice.text())


def test_a_picture_that_cannot_be_written_is_told(shared_server: ServerProcess, desk: Desk, tmp_path: Path) -> None:
    window = desk.open(shared_server.port)
    save_at_scale(desk, window, 1, tmp_path / "missing" / "picture.png")
    desk.until(lambda: window.notice.isVisible())
    assert "Not saved" in window.notice.text()
    assert "No such file or directory" in window.notice.text()


def save_at_scale(desk: Desk, window: Window, scale: int, path: Path) -> None:
    """Work the two dialogs with the keys."""
    desk.press(window, Key.Key_S, CTRL)
    dialog = window.findChild(ScaleDialog)
    assert dialog is not None
    dialog.scale.selectAll()
    QTest.keyClicks(dialog.scale, str(scale))
    QTest.keyClick(dialog.scale, Key.Key_Return)
    desk.until(lambda: window.findChild(QFileDialog) is not None)
    files = window.findChild(QFileDialog)
    assert files is not None
    name = files.findChild(QLineEdit, "fileNameEdit")
    assert name is not None
    name.selectAll()
    QTest.keyClicks(name, str(path))
    QTest.keyClick(name, Key.Key_Return)


# --- the connection ------------------------------------------------------------------------------------


def test_a_window_without_a_server_says_so_and_finds_it_when_it_is_there(desk: Desk) -> None:
    """The port is free at first, and then the server's."""
    with ServerProcess() as server:
        port = server.port
    window = desk.open(port, online=False)
    desk.until(lambda: f"No connection to 127.0.0.1:{port}" == window.empty.title.text())
    assert window.empty.isVisible() and not window.board.isVisible()
    assert "no server listens there" in window.empty.reason.text()
    with ServerProcess(port=port):
        desk.until_online(window)
        assert window.board.isVisible() and not window.empty.isVisible()
        desk.click(window, 1, 1)
        desk.until_answered(window)


def test_a_restart_of_the_server_is_survived(desk: Desk, tmp_path: Path) -> None:
    """The board stays in sight, paler; drawing is refused; afterwards it goes on where it was."""
    store = ("--store", f"sqlite:{tmp_path / 'board.sqlite3'}")
    with ServerProcess(*store) as server:
        port = server.port
        window = desk.open(port)
        desk.press(window, Key.Key_3)
        desk.click(window, 4, 4)
        desk.until_answered(window)
    desk.until(lambda: window.link.state is LinkState.AWAY)
    assert window.banner.isVisible()
    assert window.status.connection.text() == "Offline"
    desk.hover(window, 20, 20)
    desk.until(lambda: desk.colour(window, 4, 4) not in (RED, WHITE))  # but paler
    desk.click(window, 8, 8)
    assert window.notice.text() == "Offline: nothing was drawn." and window.notice.isVisible()
    assert window.link.replica.shown[8 * 50 + 8] == AF06.index["white"]
    with ServerProcess(*store, port=port) as server:
        other = desk.open(port)
        desk.press(other, Key.Key_4)
        desk.click(other, 5, 5)
        desk.until_online(window)
        desk.until(lambda: desk.colour(window, 5, 5) == GREEN)
        desk.until(lambda: desk.colour(window, 4, 4) == RED)
        assert not window.banner.isVisible()
        desk.click(window, 8, 8)
        desk.until(lambda: desk.colour(other, 8, 8) == RED)


def test_the_reason_of_a_server_that_sends_us_away_is_shown(desk: Desk) -> None:
    with ServerProcess("--single-client", "--lang", "en") as server:
        first = desk.open(server.port)
        second = desk.open(server.port, online=False)
        desk.until(lambda: "The server says: the server is full (limit: 1)." in second.empty.reason.text())
        desk.close(first)
        desk.until_online(second)


def test_a_closed_window_says_goodbye(server: ServerProcess, desk: Desk) -> None:
    """The server hears of it at once, and the owner of the window too."""
    window = desk.open(server.port)
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    desk.close(window)
    assert closed == [True]
    server.wait_for("Se ha eliminado el socket del cliente 1")
    assert window.link.state is LinkState.STOPPED


class Strict(TwistedProtocol):
    """A server of version 2 that says nothing but what it is told to.

    :ivar asked: every paint request so far.
    """

    def __init__(self) -> None:
        self.asked: list[Paint] = []
        self._decoder = FrameDecoder(100_000)

    def dataReceived(self, data: bytes) -> None:
        """Greet, then listen."""
        self._decoder.feed(data)
        while (payload := self._decoder.next_payload()) is not None:
            message = codec.decode_client(payload)
            if isinstance(message, Hello):
                self.say(Welcome(1, "a", 50, 50, AF06, 0))
                self.say(WholeBoard(0, bytes(2500)))
            elif isinstance(message, Paint):
                self.asked.append(message)

    def say(self, message: Any) -> None:
        """Send one message."""
        assert self.transport is not None
        self.transport.write(frame(version2.encode(message)))


def test_a_rejected_paint_is_taken_back_with_the_reason(desk: Desk) -> None:
    server = Strict()
    port = desk.reactor.listenTCP(0, Factory.forProtocol(lambda: server), interface="127.0.0.1")
    window = desk.open(port.getHost().port)
    desk.draw_line(window, (3, 3), (6, 3))
    desk.hover(window, 20, 20)
    expected = [WHITE, BLACK, BLACK, BLACK, BLACK, WHITE]
    desk.until(lambda: [desk.colour(window, column, 3) for column in range(2, 8)] == expected)
    desk.until(lambda: sum(len(list(unpack_pixels(paint.pixels))) for paint in server.asked) == 4)
    for paint in server.asked:
        server.say(Rejected(paint.request, "too fast", b"", retry_ms=250_000))
    desk.until_answered(window)
    assert window.notice.isVisible()
    assert window.notice.text() == "Not painted: too fast."
    desk.until(lambda: {desk.colour(window, column, 3) for column in range(2, 8)} == {WHITE})
    assert window.prompt.text().startswith("You can paint again in ")
    port.stopListening()


def test_a_cooldown_is_counted_down_and_nothing_is_painted_before_its_end(desk: Desk) -> None:
    """There a press chooses one cell, however far the pointer goes, and another press paints the cell."""
    server = Strict()
    port = desk.reactor.listenTCP(0, Factory.forProtocol(lambda: server), interface="127.0.0.1")
    window = desk.open(port.getHost().port)
    server.say(Cooldown(0))
    desk.until(lambda: window.link.replica.has_cooldown)
    desk.draw_line(window, (3, 3), (6, 3))
    desk.click(window, 3, 3)
    desk.until(lambda: len(server.asked) == 1)
    server.say(Changes(1, server.asked[0].pixels))
    server.say(Acknowledged(server.asked[0].request, 1))
    server.say(Cooldown(2_867_400))
    desk.until(lambda: window.prompt.is_resting)
    assert re.fullmatch(r"You can paint again in 4\d:[0-5]\d", window.prompt.text())
    assert window.board.cursor().shape() == Qt.CursorShape.ForbiddenCursor
    desk.click(window, 10, 10)
    assert not window.confirm_button.isEnabled()
    desk.press(window, Key.Key_Z, CTRL)
    assert window.notice.text() == "Too early: nothing was drawn."
    server.say(Cooldown(1000))
    desk.until(lambda: window.prompt.text() == "You can paint again in 1 s")
    desk.until(lambda: window.prompt.text() == "Choose a colour:")
    assert window.board.cursor().shape() == Qt.CursorShape.CrossCursor
    desk.click(window, 20, 20)
    QTest.mouseClick(window.confirm_button, LEFT)
    desk.until(lambda: len(server.asked) == 2)
    assert [list(unpack_pixels(paint.pixels)) for paint in server.asked] == [[(3 * 50 + 3, 1)], [(20 * 50 + 20, 1)]]
    server.say(Cooldown(60_000))
    desk.until(lambda: window.prompt.is_resting)
    server.transport.loseConnection()
    desk.until(lambda: window.link.state is LinkState.AWAY)
    assert window.prompt.text() == "Choose a colour:"
    port.stopListening()


def test_a_stroke_from_before_a_cooldown_is_undone_one_pixel_at_a_time(desk: Desk, tmp_path: Path) -> None:
    store = str(tmp_path / "dcc.sqlite3")
    with ServerProcess("--store", store) as server:
        window = desk.open(server.port)
        desk.draw_line(window, (2, 3), (4, 3))
        desk.hover(window, 20, 20)
        desk.until_answered(window)
    with ServerProcess("--store", store, "--cooldown", "1", port=server.port) as again:
        desk.until(lambda: window.link.replica.has_cooldown)
        for expected in ([BLACK, BLACK, WHITE], [BLACK, WHITE, WHITE], [WHITE, WHITE, WHITE]):
            desk.until(lambda: not window.prompt.is_resting)
            desk.press(window, Key.Key_Z, CTRL)
            desk.until_answered(window)
            desk.until(lambda expected=expected: [desk.colour(window, column, 3) for column in range(2, 5)] == expected)
            if expected[0] == BLACK:
                assert window.notice.text().startswith("This server takes one pixel at a time: one is undone, ")
        other = desk.open(again.port)
        assert {desk.colour(other, column, 3) for column in range(2, 5)} == {WHITE}


def test_a_cooldown_is_forgotten_with_its_connection(desk: Desk, tmp_path: Path) -> None:
    store = str(tmp_path / "dcc.sqlite3")
    with ServerProcess("--store", store, "--cooldown", "3600", "--charges", "3") as server:
        window = desk.open(server.port)
        desk.until(lambda: window.prompt.text() == "You can paint 3 pixels")
    desk.until(lambda: window.link.state is LinkState.AWAY)
    with ServerProcess("--store", store, "--cooldown", "0", port=server.port):
        desk.until_online(window)
        assert window.prompt.text() == "Choose a colour:"
        assert not window.prompt.has_cooldown


def test_a_server_of_version_1_is_spoken_to_in_version_1(desk: Desk) -> None:
    """One that was written for the activity, and takes the greeting for its own."""
    with LineProcess([sys.executable, version1_server.__file__]) as server:
        window = desk.open(int(server.wait_for(r"escuchando (\d+)")[1]))
        assert window.link.replica.version == 1
        desk.press(window, Key.Key_3)
        desk.draw_line(window, (10, 3), (12, 3))
        desk.hover(window, 20, 20)
        desk.until(lambda: [desk.colour(window, column, 3) for column in range(9, 14)] == [WHITE, RED, RED, RED, WHITE])
        assert '"x_pos": "3", "y_pos": "12"' in server.output
        desk.close(window)
        server.wait_for('"cerrar"')


def test_keys_do_nothing_while_there_is_no_board(desk: Desk) -> None:
    """No key or click fails before the first board has come."""
    window = desk.open(9, online=False)  # "discard": nobody listens there
    for key in (Key.Key_Plus, Key.Key_0, Key.Key_G, Key.Key_Left, Key.Key_1, Key.Key_Space):
        desk.press(window, key)
    desk.press(window, Key.Key_Z, CTRL)
    desk.press(window, Key.Key_S, CTRL)
    QTest.mouseClick(window.board, LEFT, NO_KEY, QPoint(5, 5))
    assert window.board.view is None
    assert window.findChild(ScaleDialog) is None


def test_a_name_is_looked_up(shared_server: ServerProcess, desk: Desk) -> None:
    """An existing name, and an impossible one (RFC 6761, 6.4)."""
    window = desk.open(shared_server.port, host="localhost")
    assert window.link.state is LinkState.ONLINE
    lost = desk.open(shared_server.port, host="canvas.invalid", online=False)
    desk.until(lambda: "There is no host of this name." in lost.empty.reason.text())


def test_the_window_speaks_spanish(desk: Desk) -> None:
    """Its own texts, Qt's, the names of the colours, and the link's reasons."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak("es")
    translate(application, "es")
    try:
        with ServerProcess() as server:
            window = desk.open(server.port)
            assert "Elige un color:" in {label.text() for label in window.findChildren(QLabel)}
            desk.hover(window, 0, 0)
            assert window.status.colour.text() == "blanco  #ffffff"
            desk.press(window, Key.Key_F1)
            dialog = window.findChild(HelpDialog)
            assert dialog is not None
            assert {button.text() for button in dialog.findChildren(QPushButton)} == {"Cerrar"}
            port = server.port
        lost = desk.open(port, online=False)
        desk.until(lambda: lost.empty.title.text() == f"Sin conexión con 127.0.0.1:{port}")
        assert "ningún servidor escucha ahí" in lost.empty.reason.text()
    finally:
        speak("en")
        translate(application, "en")
