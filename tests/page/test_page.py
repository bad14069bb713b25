"""The page in a real browser, on a real server, worked as people work it."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from proxy import Proxy

from tests.support.browser import ALT, Browser, Tab
from tests.support.chromium import Chromium
from tests.support.desk import Desk
from tests.support.server_process import DCC, Version1Process, WebServer

PAGE = Path(__file__).parents[2] / "dcc/page"

Cell = tuple[int, int]

KEEPS_SOCKETS = """
    const Real = WebSocket;
    window.sockets = [];
    window.WebSocket = class extends Real {
        constructor(...url) {
            super(...url);
            sockets.push(this);
        }
    };
"""
"""Lets a test speak in the name of the server."""

HALF_RED = ("#ff7f7f", "#ff8080")  # on white; browsers round either way


@pytest.fixture(scope="module")
def servers() -> Iterator[list[WebServer]]:
    """A server for many tests with Chromium, and one for those with WebKit."""
    options = "--canvas", "40x30"
    with WebServer(*options, language="en") as first, WebServer(*options, language="en") as second:
        yield [first, second]


@pytest.fixture
def common_server(request: pytest.FixtureRequest, servers: list[WebServer]) -> WebServer:
    """A server for many tests; a test may find what another test has painted."""
    callspec = getattr(request.node, "callspec", None)
    return servers[callspec is not None and callspec.params.get("browser") == "webkit_en"]


@pytest.fixture
def tab(browser: Browser, common_server: WebServer) -> Tab:
    """A page of the common server."""
    return browser.open(common_server.url)


def painted(before: list[list[str]], after: list[list[str]]) -> set[Cell]:
    """List the changed cells, column and row."""
    return {
        (column, row)
        for row, (old, new) in enumerate(zip(before, after, strict=True))
        for column, (was, is_now) in enumerate(zip(old, new, strict=True))
        if was != is_now
    }


def rest(tab: Tab) -> tuple[float, float, float]:
    """Wait for a moved view in the page's address; return column, row and zoom."""
    match = tab.until(lambda: re.fullmatch(r"#([\d.]+),([\d.]+),([\d.]+)", tab.hash()), "no view in the address")
    return float(match[1]), float(match[2]), float(match[3])


@pytest.mark.usefixtures("qtbot")
def test_two_browsers_a_window_and_a_version_1_client_draw_and_see_the_same(chromium: Chromium) -> None:
    with WebServer("--canvas", "24x18", language="en") as server, Version1Process(server.port) as old, Desk() as desk:
        first, second = chromium.open(server.url), chromium.open(server.url)
        window = desk.open(server.port)
        first.click(3, 4)
        second.type("3")
        second.drag((5, 2), (20, 9))
        old.paint(10, 7, "blue")  # row 10, column 7
        desk.click(window, 1, 16)
        desk.until_answered(window)
        expected = {(3, 4): "black", (5, 2): "red", (20, 9): "red", (7, 10): "blue"}
        boards = [
            tab.until_board(lambda board: all(board.colour(*cell) == name for cell, name in expected.items()))
            for tab in (first, second)
        ]
        desk.until(lambda: desk.colour(window, 20, 9) == "#ff0000" and desk.colour(window, 3, 4) == "#000000")
        boards = [tab.until_board(lambda board: board.colour(1, 16) != "white") for tab in (first, second)]
        assert boards[0] == boards[1]
        assert first.picture() == second.picture() == desk.picture(window)
        assert first.picture()[10][7] == "#0000ff"
        old.wait_for_boards(2)
        names = boards[0].rows()
        of_old = old.board()
        assert [[of_old[str(column)][str(row)] for column in range(24)] for row in range(18)] == names
        first.until(lambda: first.text("users") == "4 online")


def test_two_far_events_of_a_fast_drag_are_joined_without_a_gap(tab: Tab) -> None:
    tab.type("4")
    before = tab.board().rows()
    tab.drag((2, 25), (11, 28), (35, 3))
    tab.until_colour(35, 3, "green")
    cells = painted(before, tab.board().rows())
    assert len(cells) == 1 + 9 + 25  # the longer side of each part, and the first
    for column, row in cells - {(2, 25)}:
        assert any((column + dx, row + dy) in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0))


def test_the_wheel_zooms_at_the_pointer_and_the_link_carries_the_view(browser: Browser, tab: Tab) -> None:
    at = tab.point(9, 7)
    tab.hover_point(at)
    tab.until(lambda: "Column 9, row 7" in tab.text("where"))
    tab.wheel(at, -200)
    _column, _row, zoom = rest(tab)
    assert zoom > 30
    tab.hover_point((at[0] + 1, at[1]))
    tab.until(lambda: "Column 9, row 7" in tab.text("where"))
    other = browser.open(tab.script("return location.href"))
    other.hover_point(at)
    other.until(lambda: "Column 9, row 7" in other.text("where"))
    tab.script("location.hash = '#5,6,40'")
    tab.drawn()
    tab.hover_point(tuple(tab.of_module("view", "[innerWidth / 2, innerHeight / 2]")))
    assert tab.hash() == "#5,6,40"
    tab.type("0")
    tab.until(lambda: tab.hash() == "")


def moves_the_view(tab: Tab, how: str) -> None:
    """Drag by 100 pixels to the right and up, and look where the view is."""
    before = tab.board()
    tab.wheel(tab.point(20, 15), -200)
    column, row, zoom = rest(tab)
    path = [(640.0, 400.0), (660.0, 380.0), (740.0, 300.0)]
    if how == "space":
        tab.hover_point(path[0])
        with tab.holding(" "):
            tab.drag_points(path)
    elif how == "middle":
        tab.drag_points(path, button="middle")
    else:
        tab.press("move")
        tab.drag_points(path)
    tab.until(lambda: rest(tab)[:2] != (column, row))
    moved = rest(tab)
    assert moved[2] == zoom
    assert abs(column - 100 / zoom - moved[0]) <= 1
    assert abs(row + 100 / zoom - moved[1]) <= 1
    assert tab.board() == before


@pytest.mark.parametrize("how", ["space", "tool"])
def test_the_view_is_moved_without_painting(tab: Tab, how: str) -> None:
    moves_the_view(tab, how)


def test_the_middle_button_moves_the_view(chromium: Chromium, common_server: WebServer) -> None:
    """Not in WebKit, whose driver never lets go of the middle button."""
    moves_the_view(chromium.open(common_server.url), "middle")


def test_a_space_bar_that_is_let_go_in_another_window_is_not_held(browser: Browser, common_server: WebServer) -> None:
    tab = browser.open(common_server.url)
    before = tab.board().rows()
    left, top, _cell = tab.rectangle()
    tab.script("document.getElementById('board').focus()")
    tab.type("7", "ARROW_RIGHT")
    with tab.holding(" "):
        tab.type("ARROW_RIGHT")
        assert tab.of_module("main", "module.drawing.isByKey")
        tab.script("dispatchEvent(new Event('blur'))")  # no driver goes to another window with a key held
        assert not tab.of_module("main", "module.drawing.isByKey")
        tab.drag((3, 3), (5, 3))
        tab.until_colour(5, 3, "cyan")
    assert tab.rectangle()[:2] == (left, top)
    assert {(3, 3), (4, 3), (5, 3)} <= painted(before, tab.board().rows())
    tab.type("Ctrl+z", "Ctrl+z")
    tab.until_board(lambda board: board.rows() == before)


def test_the_keyboard_alone_suffices_from_the_first_tab_on(browser: Browser, common_server: WebServer) -> None:
    tab = browser.open(common_server.url)
    before = tab.board().rows()
    for _ in range(9):  # past the actions, to the board
        tab.type("TAB")
        if tab.script("return document.activeElement.id") == "board":
            break
    assert tab.script("return document.activeElement.id") == "board"
    here = tab.until(lambda: re.match(r"Column (\d+), row (\d+): (\w+)", tab.text("where")), "no cursor")
    column, row = int(here[1]), int(here[2])
    tab.type("6", "SPACE")
    tab.until_colour(column, row, "blue")
    with tab.holding(" "):
        tab.type("ARROW_RIGHT", "ARROW_RIGHT", "ARROW_DOWN")
    tab.until_colour(column + 2, row + 1, "blue")
    line = {(column, row), (column + 1, row), (column + 2, row), (column + 2, row + 1)}
    assert painted(before, tab.board().rows()) == line
    assert f"Column {column + 2}, row {row + 1}: blue" in str(tab.attribute("spoken", "textContent"))
    tab.type("Shift+ARROW_UP")
    tab.until(lambda: f"row {row + 1 - 10}" in tab.text("where"))
    tab.type("p", "SPACE")
    assert tab.text("colour") == tab.board().colour(column + 2, row + 1 - 10)
    assert tab.attribute("pencil", "aria-pressed") == "true", "the tool before"
    tab.type("g")
    assert tab.attribute("grid", "aria-pressed") == "true"
    tab.type("?")
    tab.until(lambda: "Space" in tab.driver.find_element("tag name", "dialog").text)
    tab.type("ESCAPE")
    tab.until(lambda: not tab.driver.find_element("tag name", "dialog").is_displayed())
    tab.type("+", "+", "-", "3")
    assert tab.text("colour") == "red"
    for undo, redo in (("Ctrl+z", "Ctrl+Shift+z"), ("Ctrl+z", "Ctrl+y")):
        drawn = tab.board()
        tab.type(undo)
        tab.until_board(lambda board: not painted(before, board.rows()) - line)
        tab.type(redo)
        tab.until_board(lambda board, drawn=drawn: board == drawn)
    tab.type("Ctrl+z")
    tab.until_board(lambda board: not painted(before, board.rows()) - line)


def test_one_finger_moves_the_view_until_drawing_is_chosen_and_two_never_draw(
    browser: Browser, common_server: WebServer
) -> None:
    tab = browser.open(common_server.url, size=(360, 740), touch=True)
    before = tab.board()
    left, top, cell = tab.rectangle()
    tab.touch([tab.point(20, 15)])
    tab.touch([tab.point(5, 5), tab.point(7, 7), tab.point(12, 12)])
    rest(tab)
    assert tab.attribute("move", "aria-pressed") == "true"
    tab.press("fit")
    tab.until(lambda: tab.hash() == "")
    assert tab.rectangle() == (left, top, cell)
    assert tab.board() == before

    tab.tap("pencil")
    two = [tab.point(10, 10), tab.point(20, 20)]
    apart = [tab.point(5, 5), tab.point(25, 25)]
    tab.touch([two[0], apart[0]], [two[1], apart[1]])  # pinch
    assert rest(tab)[2] == pytest.approx(2 * cell, rel=0.05)
    assert tab.board() == before

    tab.tap("fit")
    tab.until(lambda: tab.rectangle() == (left, top, cell))
    tab.tap("pencil")
    tab.type("7")
    tab.touch([tab.point(30, 2), tab.point(33, 5), tab.point(36, 2)])
    tab.until_colour(36, 2, "cyan")
    assert len(painted(before.rows(), tab.board().rows())) == 7


def test_a_click_on_too_small_cells_zooms_in_and_paints_nothing(browser: Browser) -> None:
    with WebServer("--canvas", "600x400", language="en") as server:
        tab = browser.open(server.url)
        before = tab.board()
        at = tab.point(450, 100)
        tab.drag_points([at])
        _column, _row, zoom = rest(tab)
        assert zoom == 12
        assert tab.board() == before
        tab.drag_points([at])
        tab.until(lambda: tab.board() != before)
        [(column, row)] = painted(before.rows(), tab.board().rows())
        assert abs(column - 450) <= 1
        assert abs(row - 100) <= 1


def test_colours_are_chosen_by_swatch_and_key_and_picked_by_alt_and_by_the_tool(tab: Tab) -> None:
    tab.driver.find_element("css selector", "#palette label:nth-child(5)").click()
    assert tab.text("colour") == "yellow"
    tab.click(1, 1)
    tab.until_colour(1, 1, "yellow")
    tab.type("1")
    assert tab.text("colour") == "white"
    tab.click(1, 1, modifiers=ALT)
    assert tab.text("colour") == "yellow"
    assert tab.board().colour(1, 1) == "yellow"
    tab.press("pick")
    tab.click(1, 2)
    assert tab.text("colour") == tab.board().colour(1, 2) == "white"


def test_undo_leaves_what_another_painter_has_painted_over(
    browser: Browser, tab: Tab, common_server: WebServer
) -> None:
    other = browser.open(common_server.url)
    tab.type("8")
    tab.drag((2, 20), (6, 20))
    other.until_colour(6, 20, "magenta")
    other.type("6")
    other.click(4, 20)
    tab.until_colour(4, 20, "blue")
    tab.press("undo")
    board = other.until_board(lambda board: board.colour(6, 20) == "white")
    assert [board.colour(column, 20) for column in range(2, 7)] == ["white", "white", "blue", "white", "white"]
    notices = tab.notices()
    tab.press("undo")
    tab.until(lambda: notices() == ["There is nothing of yours to undo."])


def test_the_grid_is_seen_between_the_cells_and_not_in_them(tab: Tab) -> None:
    before = tab.picture()
    left, top, cell = tab.rectangle()
    edge = (left + cell, top + cell / 2)
    plain = tab.pixels(edge)
    tab.press("grid")
    assert tab.pixels(edge) != plain
    assert tab.picture() == before


def test_the_board_is_saved_as_a_picture_whose_cells_are_squares(chromium: Chromium, common_server: WebServer) -> None:
    tab = chromium.open(common_server.url)
    tab.click(2, 2)
    tab.until_colour(2, 2, "black")
    expected = tab.picture()
    tab.press("save")
    file = chromium.downloads / "board.png"
    tab.until(file.exists, "nothing was saved")
    image = Image.open(io.BytesIO(tab.until(lambda: file.read_bytes() or None))).convert("RGB")
    scale = image.width // 40
    assert image.size == (40 * scale, 30 * scale)
    pixels = [
        ["#{:02x}{:02x}{:02x}".format(*image.getpixel((column * scale, row * scale))) for column in range(40)]
        for row in range(30)
    ]
    assert pixels == expected


def test_no_saved_picture_stays_in_memory_but_the_last(browser: Browser, common_server: WebServer) -> None:
    tab = browser.open(common_server.url)
    tab.script("""
        Object.assign(window, { made: [], freed: [] });
        const { createObjectURL, revokeObjectURL } = URL;
        URL.createObjectURL = (picture) => made[made.push(createObjectURL.call(URL, picture)) - 1];
        URL.revokeObjectURL = (address) => revokeObjectURL.call(URL, freed[freed.push(address) - 1]);
    """)
    for count in (1, 2):
        tab.type("Ctrl+s")
        tab.until(lambda count=count: tab.script("return made.length") == count)
    assert tab.script("return made.map((address) => freed.includes(address))") == [True, False]


def test_the_whole_screen_is_taken_by_the_button_and_given_back_by_the_key(tab: Tab) -> None:
    tab.press("fullscreen")
    tab.until(lambda: tab.script("return document.fullscreenElement !== null"))
    tab.type("Shift+f")
    tab.until(lambda: tab.script("return document.fullscreenElement === null"))


def test_a_rejected_paint_is_taken_back_with_the_reason_and_painting_goes_on(
    chromium: Chromium, tmp_path: Path
) -> None:
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", "--canvas", "20x20", language="en") as server:
        tab = chromium.open(server.url)
        limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))  # as if the disk were full
        notices = tab.notices()
        tab.click(5, 5)
        tab.until(lambda: any(notice.startswith("Not painted: ") for notice in notices()))
        tab.until_colour(5, 5, "white")
        assert tab.attribute("state", "textContent") == "Online"
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
        tab.click(6, 6)
        tab.until_answered()
        assert tab.board().colour(6, 6) == "black"


def test_a_cooldown_is_counted_down_and_nothing_is_painted_before_its_end(
    chromium: Chromium, common_server: WebServer
) -> None:
    tab = chromium.open(common_server.url)
    tab.command("Page.addScriptToEvaluateOnNewDocument", source=KEEPS_SOCKETS)
    tab.driver.refresh()
    tab.until_online()

    def wait(wait_ms: int) -> None:
        words = json.dumps({"comando": "espera", "espera_ms": wait_ms})
        tab.script("sockets.at(-1).dispatchEvent(new MessageEvent('message', { data: arguments[0] }))", words)

    before = tab.board()
    tab.type("6")
    wait(0)
    tab.drag((20, 20), (25, 20))
    rest(tab)
    tab.type("0")
    tab.click(30, 21)
    tab.press("confirm")
    tab.until_answered()
    assert painted(before.rows(), tab.board().rows()) == {(30, 21)}
    wait(2_867_400)
    tab.until(lambda: re.fullmatch(r"You can paint again in 4\d:[0-5]\d", tab.text("prompt")))
    assert tab.script("return getComputedStyle(document.querySelector('#board')).cursor") == "not-allowed"
    assert tab.violations() == []
    notices = tab.notices()
    tab.click(30, 23)
    assert not tab.element("confirm").is_enabled()
    tab.click(30, 23)
    tab.until(lambda: notices() == ["Too early: nothing was drawn."])
    tab.type("Ctrl+z")
    wait(300)
    tab.until(lambda: tab.text("prompt") == "Choose a colour:")
    assert painted(before.rows(), tab.board().rows()) == {(30, 21)}
    tab.press("confirm")
    tab.until_answered()
    assert painted(before.rows(), tab.board().rows()) == {(30, 21), (30, 23)}


def test_a_page_that_is_loaded_anew_waits_for_the_cooldown_too(chromium: Chromium) -> None:
    with WebServer("--canvas", "20x20", "--cooldown", "3000", language="en") as server:
        tab = chromium.open(server.url)
        tab.until(lambda: tab.element("confirm").is_displayed())
        tab.click(4, 4)
        tab.until(lambda: tab.text("confirm") == "Paint it")
        tab.press("confirm")
        tab.until_colour(4, 4, "black")
        tab.until_answered()
        tab.driver.refresh()
        tab.until(lambda: re.fullmatch(r"You can paint again in [34]\d:\d\d", tab.text("prompt")))
        notices = tab.notices()
        tab.click(5, 5)
        tab.click(5, 5)
        tab.until(lambda: notices() == ["Too early: nothing was drawn."])
        assert tab.board().colour(5, 5) == "white"


def test_a_restart_is_bridged_without_loading_the_page_anew(browser: Browser, tmp_path: Path) -> None:
    """The board stays and is marked, drawing is refused, and the same page goes on."""
    store = f"sqlite:{tmp_path}/board.sqlite3"
    with WebServer("--store", store, "--canvas", "20x20", language="en") as server:
        tab = browser.open(server.url)
        tab.script("window.wasHere = true")
        tab.click(1, 1)
        tab.until_answered()
    tab.until(lambda: "Offline" in tab.text("banner"))
    assert re.search(r"Next try in \d+ s|Connecting", tab.text("banner"))
    assert tab.text("state").endswith("Offline")
    assert tab.violations() == []
    before = tab.board()
    assert before.colour(1, 1) == "black"
    notices = tab.notices()
    tab.click(9, 9)
    tab.until(lambda: notices() == ["Offline: nothing was drawn."])
    assert tab.board() == before
    tab.press("retry")
    with WebServer("--store", store, port=server.port, web_port=server.web_port, language="en"):
        tab.until_online()
        assert not tab.element("banner").is_displayed()
        tab.click(9, 9)
        tab.until_answered()
        board = tab.board()
        assert (board.colour(1, 1), board.colour(9, 9)) == ("black", "black")
        assert tab.script("return window.wasHere")


def test_a_key_whose_part_of_the_page_is_not_loaded_says_so_and_works_after_a_restart(
    browser: Browser, tmp_path: Path
) -> None:
    store = f"sqlite:{tmp_path}/board.sqlite3"
    with WebServer("--store", store, "--canvas", "20x20", language="en") as server:
        tab = browser.open(server.url)
    tab.until(lambda: "Offline" in tab.text("banner"))
    notices = tab.notices()
    for count, key in enumerate("jsvjs", 1):
        tab.type(key)
        tab.until(lambda count=count: notices() == ["The server did not answer."] * count, key)
        tab.script("document.getElementById('notice').textContent = ''")
    assert (tab.attribute("select", "aria-pressed"), tab.attribute("pencil", "aria-pressed")) == ("false", "true")
    tab.press("retry")
    with WebServer("--store", store, port=server.port, web_port=server.web_port, language="en"):
        tab.until_online()
        tab.type("s")
        tab.until(lambda: tab.element("paste").is_displayed())
        assert tab.attribute("select", "aria-pressed") == "true"
        tab.type("j")
        tab.until(lambda: tab.element("place").is_displayed())
        assert tab.script("return getComputedStyle(document.querySelector('.asking .row')).display") == "flex"
        assert tab.attribute("minimapShown", "checked") == "true"
        tab.press("minimapShown")
        tab.type("ESCAPE", "v")
        tab.type("j")
        assert tab.attribute("minimapShown", "checked") == "true", "the key and the dialog have the same switch"


def test_the_name_is_asked_with_the_next_pixel_if_the_question_was_not_loaded(chromium: Chromium) -> None:
    with WebServer("--canvas", "20x20", language="en") as server:
        tab = chromium.open(server.url)
        tab.command("Network.enable")
        tab.command("Network.setBlockedURLs", urls=["*/naming.js*"])
        tab.click(3, 3)
        asked_for = "return performance.getEntriesByType('resource').filter(({ name }) => /naming/.test(name)).length"
        tab.until(lambda: tab.script(asked_for) == 1)
        tab.command("Network.setBlockedURLs", urls=[])
        tab.click(4, 3)
        tab.until(lambda: tab.driver.find_elements("id", "naming"))


def test_a_screen_without_controls_shows_the_board_and_takes_nothing(
    browser: Browser, common_server: WebServer
) -> None:
    tab = browser.open(common_server.url + "?view=only")
    before = tab.board()
    assert not any(tab.element(name).is_displayed() for name in ("actions", "drawing", "zoom", "status"))
    tab.type("2")
    tab.drag((3, 3), (20, 20))
    tab.type("Ctrl+z", "t", "SPACE")
    tab.drawn()
    assert tab.board() == before
    assert not tab.element("panel").is_displayed()
    assert tab.violations() == []


def test_the_page_works_behind_a_proxy_below_a_path_and_under_tls(chromium: Chromium, common_server: WebServer) -> None:
    with Proxy(common_server.web_port) as proxy:
        tab = chromium.open(proxy.url)
        other = chromium.open(common_server.url)
        tab.type("3")
        tab.click(39, 29)
        other.until_colour(39, 29, "red")


def test_a_template_is_chosen_moved_resized_traced_kept_hidden_and_removed(browser: Browser, tmp_path: Path) -> None:
    image = Image.new("RGBA", (8, 6), (250, 10, 20, 255))  # nearly red
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.save(tmp_path / "template.png")
    with WebServer("--canvas", "20x16", language="en") as server:
        tab = browser.open(server.url)
        tab.press("template")
        tab.element("file").send_keys(str(tmp_path / "template.png"))
        tab.until(lambda: tab.text("left") == "47 of 47 pixels to do")
        assert [tab.attribute(field, "value") for field in ("column", "row", "width")] == ["6", "5", "8"]
        assert tab.picture()[8][9] in HALF_RED  # half of the palette's red, half of the board's white
        assert tab.picture()[5][6] == "#ffffff"

        tab.drag((9, 8), (6, 5), (4, 4))
        assert [tab.attribute(field, "value") for field in ("column", "row", "width")] == ["1", "1", "8"]
        left, top, cell = tab.rectangle()
        corner = (left + 9 * cell, top + 7 * cell)
        tab.drag_points([corner, (corner[0] + 4 * cell, corner[1] + 3 * cell)])
        tab.until(lambda: tab.attribute("width", "value") == "12")
        tab.until(lambda: tab.text("left").startswith("10"))
        assert not any(colour != "white" for row in tab.board().rows() for colour in row)
        for field, value in (("column", "2"), ("row", "3"), ("width", "8")):
            tab.element(field).clear()
            tab.element(field).send_keys(value)
        tab.until(lambda: tab.text("left") == "47 of 47 pixels to do")
        tab.press("done")

        tab.click(4, 5, modifiers=ALT)  # takes the colour that the template wants there
        assert tab.text("colour") == "red"
        tab.drag((3, 5), (9, 5))
        tab.until_answered()
        tab.press("template")
        tab.until(lambda: tab.text("left") == "40 of 47 pixels to do")

        tab.driver.refresh()
        tab.until_online()
        tab.press("template")
        tab.until(lambda: tab.text("left") == "40 of 47 pixels to do")
        assert tab.picture()[3][3] in HALF_RED
        tab.press("visible")
        assert tab.picture()[3][3] == "#ffffff"
        tab.press("remove")
        tab.until(lambda: not tab.element("left").is_displayed())
        (tmp_path / "text.png").write_text("no picture")
        notices = tab.notices()
        tab.element("file").send_keys(str(tmp_path / "text.png"))
        tab.until(lambda: notices() == ["This file is not a picture that the browser can read."])


def test_no_panel_of_the_template_covers_the_picture_to_place(chromium: Chromium, tmp_path: Path) -> None:
    """On a telephone the panel is a sheet at the bottom, beside which the corner of the picture has to be in reach."""
    Image.new("RGB", (50, 50), "red").save(tmp_path / "red.png")
    with WebServer(language="es") as server:
        for size in ((1280, 720), (390, 844), (320, 568)):
            tab = chromium.open(server.url, size=size, language="es")
            tab.press("template")
            tab.element("file").send_keys(str(tmp_path / "red.png"))
            tab.until(lambda tab=tab: tab.element("left").is_displayed())
            left, top, cell = tab.until(lambda tab=tab: tab.rectangle())
            panel = tab.element("panel").rect
            assert left + 50 * cell <= panel["x"] or top + 50 * cell <= panel["y"], size


def test_a_template_has_no_pixel_to_do_after_dcc_paint_of_the_same_picture(chromium: Chromium, tmp_path: Path) -> None:
    """Both choose the same colour for each of 400 pixels."""
    chance = random.Random(7)
    image = Image.new("RGB", (20, 20))
    image.putdata([(chance.randrange(256), chance.randrange(256), chance.randrange(256)) for _ in range(400)])
    image.save(tmp_path / "noise.png")
    with WebServer("--canvas", "20x20", language="en") as server:
        tab = chromium.open(server.url)
        tab.press("template")
        tab.element("file").send_keys(str(tmp_path / "noise.png"))
        tab.until(lambda: re.fullmatch(r"3\d\d of 400 pixels to do", tab.text("left")))
        subprocess.run([DCC, "paint", str(tmp_path / "noise.png"), f"127.0.0.1:{server.port}"], check=True, timeout=60)
        tab.until(lambda: tab.text("left") == "0 of 400 pixels to do")


def test_history_is_seen_by_the_slider_and_played_while_drawing_is_refused(browser: Browser, tmp_path: Path) -> None:
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", "--canvas", "20x16", language="en") as server:
        tab = browser.open(server.url)
        for row in range(8, 16):
            tab.drag((0, row), (19, row))
        tab.drag((0, 0), (9, 0))
        tab.until_colour(9, 0, "black")
        tab.until_answered()
        full = tab.picture()
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("· 170 / 170"))
        assert tab.attribute("history", "aria-pressed") == "true"
        assert tab.script("return document.getElementById('moment').value") == "170"
        assert tab.picture() == full
        tab.type("ARROW_LEFT", "ARROW_LEFT", "ARROW_LEFT")
        tab.until(lambda: tab.text("when").endswith("· 167 / 170"))
        assert [colour == "#000000" for colour in tab.picture()[0][:10]] == [True] * 7 + [False] * 3
        notices = tab.notices()
        tab.click(5, 5)
        tab.until(lambda: notices() == ["This is the past: nothing was drawn."])
        tab.type("TAB", "TAB", "ARROW_RIGHT", "ARROW_RIGHT")
        tab.until(lambda: tab.text("when").endswith("· 169 / 170"))
        tab.script(
            "window.states = []; const play = document.getElementById('play');"
            "new MutationObserver(() => window.states.push(play.dataset.state)).observe(play, {attributes: true});"
        )  # a slow look would come after the end
        tab.press("play")
        tab.until(lambda: tab.text("when").endswith("· 170 / 170"))
        tab.until(lambda: tab.attribute("play", "data-state") == "play")
        assert "pause" in tab.script("return window.states")
        assert tab.violations() == []
        tab.type("TAB", "HOME")
        tab.until(lambda: tab.text("when").endswith("· 0 / 170"))
        assert {colour for row in tab.picture() for colour in row} == {"#ffffff"}
        tab.press("now")
        assert tab.attribute("history", "aria-pressed") == "false"
        assert tab.picture() == full
        assert tab.board().colour(5, 5) == "white"


def test_a_cell_tells_who_painted_it_by_name_or_number(browser: Browser, tmp_path: Path) -> None:
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", "--canvas", "20x16", language="en") as server:
        tab = browser.open(server.url)
        tab.click(2, 2)
        tab.press("help")
        tab.element("name").send_keys("Ana")
        tab.driver.find_element("css selector", "dialog button").click()
        tab.click(3, 2)
        tab.until_answered()
        tab.press("who")
        for column, who in ((2, "painter 1, "), (3, "Ana, "), (4, "nobody has painted here")):
            notices = tab.notices()
            tab.click(column, 2)
            start = f"Column {column}, row 2: {who}"
            tab.until(lambda notices=notices, start=start: any(notice.startswith(start) for notice in notices()))
        tab.type("m", "w")
        assert tab.attribute("who", "aria-pressed") == "true", "by the key that the window has for this"


def test_a_server_without_history_says_so_and_the_page_stays_in_the_present(tab: Tab) -> None:
    notices = tab.notices()
    tab.press("history")
    tab.until(notices)
    assert not tab.element("past").is_displayed()


@pytest.mark.parametrize(
    ("language", "dark", "size", "words"),
    [
        ("es-CL", False, (1920, 1080), ("En línea", "Elige un color:", "Historia", "negro")),
        ("en-GB", True, (360, 740), ("Online", "Choose a colour:", "History", "black")),
        ("es", True, (1920, 1080), ("En línea", "Elige un color:", "Historia", "negro")),
        ("en", False, (360, 740), ("Online", "Choose a colour:", "History", "black")),
        ("es", True, (360, 740), ("En línea", "Elige un color:", "Historia", "negro")),
    ],
)
def test_every_language_scheme_and_size_is_accessible(
    chromium: Chromium,
    common_server: WebServer,
    tmp_path: Path,
    language: str,
    dark: bool,
    size: tuple[int, int],
    words: tuple[str, ...],
) -> None:
    """What axe-core finds in the main states: nothing; and every control is within reach."""
    tab = chromium.open(common_server.url, language=language, dark=dark, size=size)
    tab.hover(3, 3)
    page = tab.script("return document.body.textContent + document.querySelector('#history').title")
    assert all(word in page for word in words)
    assert tab.script("return document.documentElement.lang") == language[:2]
    assert tab.violations(undecided=True) == []
    assert tab.script("return document.documentElement.scrollWidth") == size[0]
    for button in tab.driver.find_elements("css selector", "button, #palette label"):
        if button.is_displayed():
            box = button.rect
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0], button.get_attribute("id")
            assert box["y"] >= 0 and box["y"] + box["height"] <= size[1], button.get_attribute("id")
            assert min(box["width"], box["height"]) >= 24, button.get_attribute("id")  # WCAG 2.5.8
    tab.press("help")
    assert tab.violations() == []
    tab.driver.find_element("css selector", "dialog button").click()
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    tab.press("template")
    tab.element("file").send_keys(str(tmp_path / "red.png"))
    tab.until(lambda: tab.element("left").is_displayed())
    assert tab.violations() == []
    tab.press("remove")


@pytest.mark.parametrize(
    ("browser_language", "language", "words"),
    [("de-DE", "en", "Help"), ("fr", "en", "Help"), ("es-419", "es", "Ayuda")],
)
def test_the_page_speaks_spanish_in_a_spanish_browser_and_english_in_every_other(
    chromium: Chromium, common_server: WebServer, browser_language: str, language: str, words: str
) -> None:
    tab = chromium.open(common_server.url, language=browser_language)
    assert tab.script("return document.documentElement.lang") == language
    assert str(tab.attribute("help", "title")).startswith(words)


@pytest.mark.parametrize("size", [(1280, 720), (390, 844), (320, 568)])
def test_the_help_is_read_from_its_start(chromium: Chromium, common_server: WebServer, size: tuple[int, int]) -> None:
    """The focus in the field at the end would scroll there, and bring up the keyboard of a telephone."""
    tab = chromium.open(common_server.url, size=size, language="es")
    tab.press("help")
    assert tab.script("return document.activeElement.id") == "title"
    assert tab.script("return document.querySelector('dialog').scrollTop") == 0
    tab.type("TAB")
    assert tab.script("return document.activeElement.id") == "name"
    tab.type("ESCAPE")
    tab.until(lambda: not tab.element("title").is_displayed())


def test_a_large_palette_leaves_room_for_the_cell_under_the_pointer(chromium: Chromium, tmp_path: Path) -> None:
    (tmp_path / "64.hex").write_text("".join(f"{number:02x}0000\n" for number in range(0, 256, 4)))
    with WebServer("--palette", str(tmp_path / "64.hex"), "--canvas", "999x999", language="en") as server:
        tab = chromium.open(server.url, size=(1280, 720))
        tab.hover_point((640, 240))
        tab.until(lambda: tab.text("where"))
        assert tab.element("where").rect["height"] <= 63, "two lines"
        drawing = tab.element("drawing").rect
        assert abs(drawing["x"] + drawing["width"] / 2 - 640) < 1, "in the middle"


def test_the_page_is_small_as_a_browser_gets_it_packed_with_gzip() -> None:
    """Without what only an old browser, a moderator or somebody with a key loads, or what is loaded after the board."""
    static = re.compile(r"^import .*from \"\./(\w+\.js)\"", re.MULTILINE)
    found, todo = set(), ["index.html", "page.css", "icon.svg", "main.js"]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += static.findall((PAGE / name).read_text(encoding="utf-8"))
    assert found > {"main.js", "link.js", "renderer.js", "strings.js"}
    assert {file.name for file in PAGE.iterdir()} > found
    assert sum(len(gzip.compress((PAGE / name).read_bytes(), mtime=0)) for name in found) < 68_000


def test_the_modules_that_need_no_browser_pass_the_tests_of_node() -> None:
    tests = sorted(str(file) for file in Path(__file__).parent.glob("*.test.js"))
    assert tests
    done = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
