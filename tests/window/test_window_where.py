"""Where one is on the board, in the window: going to a cell, links to what is seen, colours, the minimap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QPoint, QSize, Qt
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtTest import QTest

from dcc.client.address import Address, Invitation, parse_invitation
from dcc.core.places import Place
from dcc.window.dialogs import PlaceDialog
from dcc.window.view import Area
from dcc.window.window import Window
from tests.support.desk import LEFT, NO_KEY, Desk
from tests.support.server_process import ServerProcess

Key = Qt.Key


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """A server with a board larger than every window."""
    with ServerProcess("--canvas", "900x600") as server:
        yield server


def ask(desk: Desk, window: Window, words: str) -> PlaceDialog:
    """Type a place into the dialog."""
    desk.until(lambda: window.findChild(PlaceDialog) is None)  # the last one is deleted later
    desk.press(window, Key.Key_J)
    dialog: PlaceDialog = window.findChild(PlaceDialog)
    QTest.keyClicks(dialog.field, words)
    QTest.keyClick(dialog.field, Key.Key_Return)
    return dialog


@pytest.mark.parametrize("words", ["700,30", "700 30", "(700, 30)", "http://192.168.1.20:8080/#700,30,8"])
def test_a_place_that_is_typed_is_shown_large_enough_to_draw(words: str, server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    ask(desk, window, words)
    view = window.board.view
    assert view is not None
    assert (view.middle_cell(), view.zoom, window.board.key_cell) == ((700, 30), 8, (700, 30))


def test_a_place_off_the_board_is_refused_with_the_bounds_and_the_dialog_stays(
    server: ServerProcess, desk: Desk
) -> None:
    window = desk.open(server.port)
    for words in ("900,0", "-1,0"):
        dialog = ask(desk, window, words)
        assert dialog.isVisible()
        assert dialog.fault.text() == "That is not on the board. Columns from 0 to 899, rows from 0 to 599."
        dialog.reject()
        desk.until(lambda: window.findChild(PlaceDialog) is None)
    assert window.board.key_cell is None


def clipboard() -> str:
    """What was copied."""
    found = QGuiApplication.clipboard()
    assert found is not None
    return found.text()


def test_a_link_to_what_is_seen_is_copied_and_another_window_opens_with_it(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    ask(desk, window, "700,30")
    desk.press(window, Key.Key_K)
    ratio = window.devicePixelRatioF()
    link = f"dcc://127.0.0.1:{server.port}/#{Place(700, 30, 8 / ratio)}"
    assert clipboard() == link
    assert window.notice.text() == f"Link copied: {link}"
    other = desk.open(server.port, invitation=parse_invitation(link))
    view = other.board.view
    assert view is not None
    assert (view.middle_cell(), view.zoom) == ((700, 30), 8)
    assert other.board.key_cell is None


def test_the_link_of_the_whole_board_has_no_place_and_is_that_of_the_page_if_known(
    server: ServerProcess, desk: Desk
) -> None:
    page = Invitation(Address("127.0.0.1", server.port), page="http://127.0.0.1:8080/")
    for invitation, link in (
        (None, f"dcc://127.0.0.1:{server.port}/"),
        (page, f"http://127.0.0.1:8080/#puerto={server.port}"),
    ):
        window = desk.open(server.port, invitation=invitation)
        desk.press(window, Key.Key_K)
        assert clipboard() == link


def test_a_link_of_the_page_shows_its_place_even_if_that_is_partly_off_the_board(
    server: ServerProcess, desk: Desk
) -> None:
    link = f"http://127.0.0.1:8080/#puerto={server.port}&5000,30,16.4"
    window = desk.open(server.port, invitation=parse_invitation(link))
    view = window.board.view
    assert view is not None
    assert (view.middle_cell(), view.zoom) == ((899, 30), 16)


# --- colours ------------------------------------------------------------------------------------------


@pytest.fixture
def colourful(desk: Desk, tmp_path: Path) -> Iterator[Window]:
    """A window on a board with 64 colours with names."""
    lines = [f"{4 * number} {number} 0 {'dark' if number < 32 else 'light'} red {number}" for number in range(63)]
    (tmp_path / "64.gpl").write_text("\n".join(["GIMP Palette", *lines, "0 128 255 Océano"]), encoding="utf-8")
    with ServerProcess("--palette", str(tmp_path / "64.gpl"), "--canvas", "40x30") as server:
        yield desk.open(server.port)


def test_a_colour_is_searched_by_name_and_value_and_taken_with_enter(colourful: Window, desk: Desk) -> None:
    field = colourful.search.field
    shown = colourful.palette_widget
    for words, found in (("light", 31), ("oceano", 1), ("#00", 2), ("violet", 0)):
        desk.press(colourful, Key.Key_Slash)
        assert field.hasFocus()
        QTest.keyClicks(field, words)
        assert sum(shown.swatch(index).isVisible() for index in range(64)) == found, words
        assert colourful.search.none.isVisible() == (not found)
        QTest.keyClick(field, Key.Key_Escape)
        assert colourful.board.hasFocus() and shown.swatch(0).isVisible()
    desk.press(colourful, Key.Key_Slash)
    QTest.keyClicks(field, "oceano")
    QTest.keyClick(field, Key.Key_Return)
    assert shown.chosen == 63 and colourful.board.hasFocus()
    assert all(shown.swatch(index).isVisible() for index in range(64))


def test_a_small_palette_has_no_search(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    desk.press(window, Key.Key_Slash)
    assert not window.search.isVisible() and window.board.hasFocus()


def test_the_cell_under_the_pointer_is_framed_in_the_colour_to_be_painted(colourful: Window, desk: Desk) -> None:
    colourful.palette_widget.choose(63)
    desk.hover(colourful, 5, 6)
    view = colourful.board.view
    assert view is not None and view.zoom > 8
    left, top, _width, height = view.pixels_of(Area(5, 6, 1, 1))
    ground = desk.colour(colourful, 20, 20)

    def at(x: int) -> str:
        return desk.screen(colourful).pixelColor(x, top + height // 2).name()

    desk.until(lambda: at(left + 2) == "#0080ff")
    assert desk.colour(colourful, 5, 6) == ground
    desk.press(colourful, Key.Key_M)
    desk.hover(colourful, 5, 6)
    desk.until(lambda: at(left + 2) == ground)


# --- the minimap --------------------------------------------------------------------------------------


def test_the_minimap_is_seen_on_a_board_larger_than_the_window_and_moves_the_view(
    server: ServerProcess, desk: Desk
) -> None:
    window = desk.open(server.port)
    assert not window.where.minimap.isVisible()
    ask(desk, window, "200,100")
    minimap, view = window.where.minimap, window.board.view
    assert view is not None and minimap.isVisible()

    def at(column: int, row: int) -> QPoint:
        return minimap.mapTo(window, QPoint(column * minimap.width() // 900, row * minimap.height() // 600))

    handle = window.windowHandle()
    QTest.mousePress(handle, LEFT, NO_KEY, at(600, 450))
    assert view.middle_cell() == pytest.approx((600, 450), abs=7)
    QTest.mouseMove(handle, at(300, 200))
    desk.until(lambda: view.middle_cell() == pytest.approx((300, 200), abs=7))
    QTest.mouseRelease(handle, LEFT, NO_KEY, at(300, 200))
    assert window.link.replica.unanswered == 0
    minimap.setFocus()
    column, row = view.middle_cell()
    QTest.keyClick(minimap, Key.Key_Right)
    QTest.keyClick(minimap, Key.Key_Down)
    assert view.middle_cell()[0] > column + 20 and view.middle_cell()[1] > row + 10
    desk.press(window, Key.Key_0)
    assert not minimap.isVisible()


def test_the_minimap_is_smaller_on_a_small_screen_and_goes_where_it_would_take_too_much(desk: Desk) -> None:
    with ServerProcess() as server:
        window = desk.open(server.port)
        minimap, board = window.where.minimap, window.board
        for _ in range(6):
            desk.press(window, Key.Key_Plus)
        seen = []
        for size in (QSize(900, 900), QSize(760, 560), QSize(320, 360)):
            window.resize(size)
            desk.until(lambda size=size: window.size() == size)  # type: ignore[misc]
            seen.append(minimap.width() if minimap.isVisible() else 0)
            assert not seen[-1] or minimap.height() * 2.5 <= board.height()
        assert seen[0] > seen[1] > seen[2] == 0


def test_the_minimap_shows_what_is_painted_and_where(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    ask(desk, window, "200,100")
    minimap = window.where.minimap

    def shown(column: int, row: int) -> str:
        image = minimap.grab().toImage()
        return image.pixelColor(column * image.width() // 900, row * image.height() // 600).name()

    assert shown(800, 500) == "#ffffff"
    ask(desk, window, "800,500")
    desk.press(window, Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    desk.press(window, Key.Key_3)
    desk.draw_line(window, (785, 485), (815, 515))
    desk.until_answered(window)
    ask(desk, window, "200,100")
    desk.until(lambda: shown(800, 500) == "#ff0000")
    frame = minimap._frame().center()
    assert (frame.x() / minimap.width() * 900, frame.y() / minimap.height() * 600) == pytest.approx((200, 100), abs=8)


def test_a_hidden_minimap_stays_hidden_in_the_next_window(
    server: ServerProcess, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    window = desk.open(server.port)
    ask(desk, window, "200,100")
    assert window.where.minimap.isVisible()
    desk.press(window, Key.Key_V)
    assert not window.where.minimap.isVisible()
    other = desk.open(server.port)
    ask(desk, other, "200,100")
    assert not other.where.minimap.isVisible() and not other.where.show_minimap.isChecked()
    desk.press(other, Key.Key_V)
    assert other.where.minimap.isVisible()
    desk.press(other, Key.Key_0)
    desk.press(other, Key.Key_V)
    desk.press(other, Key.Key_V)
    assert other.notice.text() == "The minimap is seen when the board is larger than the view."
    (tmp_path / "dcc" / "window.json").write_text("[broken")
    assert desk.open(server.port).where.show_minimap.isChecked()


# --- when -----------------------------------------------------------------------------------------------


def paint_one(desk: Desk, window: Window) -> None:
    """Paint a pixel, and begin the pause with it."""
    desk.click(window, 5, 5)
    desk.press(window, Key.Key_Return)
    desk.until(lambda: window.prompt.is_resting)


def test_a_ring_grows_until_one_may_paint_and_the_title_tells_it_to_whom_looks_elsewhere(
    server: ServerProcess, desk: Desk
) -> None:
    with ServerProcess("--cooldown", "6") as slow:
        window, other = desk.open(slow.port), desk.open(server.port)
        title = f"127.0.0.1:{slow.port} · DrawColorCanvas"
        paint_one(desk, window)
        assert re.fullmatch(rf"[1-6] s · {re.escape(title)}", window.windowTitle())
        part = window.prompt.part
        desk.until(lambda: window.prompt.part > part and window.board.aim.part == pytest.approx(part, abs=0.3))
        other.activateWindow()
        desk.until(lambda: window.windowTitle() == f"● You can paint again · {title}")
        desk.until(lambda: window.prompt.part == 1 and window.board.aim.part is None)
        window.activateWindow()
        desk.until(lambda: window.windowTitle() == title)


def test_a_lost_server_is_no_end_of_a_cooldown(server: ServerProcess, desk: Desk) -> None:
    with ServerProcess("--cooldown", "3600") as slow:
        window, other = desk.open(slow.port), desk.open(server.port)
        paint_one(desk, window)
        assert re.match(r"\d+:\d\d · ", window.windowTitle())
        other.activateWindow()
        slow.stop()
        desk.until(lambda: not window.prompt.is_resting)
        assert window.windowTitle() == f"127.0.0.1:{slow.port} · DrawColorCanvas"


def test_the_sound_is_switched_on_in_the_menu_and_remembered(
    server: ServerProcess, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    sounds = [desk.open(server.port).again.sound for _ in range(2)]
    assert not any(sound.isChecked() for sound in sounds)
    sounds[0].trigger()
    assert desk.open(server.port).again.sound.isChecked()
