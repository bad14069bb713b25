"""The tools of the page by mouse, by fingers and by keys alone, in real browsers; the server tells what was painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

import dcc.api
from dcc.core.shapes import MAX_FILL, Cell, filled_rectangle, line, pencil, rectangle
from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

WIDTH, HEIGHT = 20, 16


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A server of the test's own, with a small board."""
    with WebServer("--canvas", f"{WIDTH}x{HEIGHT}", language="en") as server:
        yield server


def painted(server: WebServer, colour: str) -> set[Cell]:
    """The cells in a colour, as a program is told them that comes anew."""
    with dcc.api.connect(f"127.0.0.1:{server.port}") as canvas:
        cells = ((column, row) for row in range(canvas.height) for column in range(canvas.width))
        return {cell for cell in cells if canvas[cell] == colour}


def go_to(tab: Tab, column: int, row: int) -> None:
    """Lead the cursor with the arrows alone, from the upper left corner."""
    tab.script("document.getElementById('board').focus()")
    tab.type(*["Shift+ARROW_LEFT", "Shift+ARROW_UP"] * 2)
    step(tab, column, row)


def step(tab: Tab, right: int, down: int) -> None:
    """Press arrow keys."""
    for key, times in (("RIGHT", right), ("LEFT", -right), ("DOWN", down), ("UP", -down)):
        tab.type(*[f"ARROW_{key}"] * times)


def by_mouse(tab: Tab, *cells: Cell) -> None:
    tab.drag(*cells)


def by_finger(tab: Tab, *cells: Cell) -> None:
    tab.touch([tab.point(*cell) for cell in cells])
    tab.tap("status")  # Chromium takes a tap right after a quick move for the end of a scroll


def by_keys(tab: Tab, start: Cell, end: Cell) -> None:
    """Go to the start, press Enter, go to the end with the arrows, press Enter."""
    go_to(tab, *start)
    tab.type("ENTER")
    step(tab, end[0] - start[0], end[1] - start[1])
    tab.type("ENTER")


SHAPES: dict[str, tuple[str, Callable[[Cell, Cell], list[Cell]]]] = {
    "line": ("l", lambda start, end: line(start, end, 2, WIDTH, HEIGHT)),
    "rectangle": ("r", lambda start, end: rectangle(start, end, 2, WIDTH, HEIGHT)),
    "filled": ("Shift+r", lambda start, end: filled_rectangle(start, end, WIDTH, HEIGHT)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_painted_alike_by_mouse_finger_and_keys_with_the_pencils_size(
    shape: str, browser: Browser, server: WebServer
) -> None:
    tab = browser.open(server.url)
    key, cells = SHAPES[shape]
    start, end = (3, 2), (9, 6)
    tab.type(key, "]", "3")
    assert tab.attribute(shape, "aria-pressed") == "true"
    assert tab.text("size") == "2"
    for draw in (by_mouse, by_finger, by_keys):
        draw(tab, start, end)
        tab.until_answered()
        assert painted(server, "red") == set(cells(start, end)), draw.__name__
        tab.type("Ctrl+z")
        tab.until_answered()
        assert painted(server, "red") == set()


def test_a_shape_is_seen_while_it_is_drawn_and_left_by_escape_or_a_second_finger(
    chromium: Chromium, server: WebServer
) -> None:
    tab = chromium.open(server.url)
    tab.type("Shift+r", "3")
    start, end = tab.point(3, 2), tab.point(9, 6)
    seen = (tab.point(6, 4), tab.point(12, 4))
    held = {"button": "left", "buttons": 1, "clickCount": 1}
    tab.command("Input.dispatchMouseEvent", type="mousePressed", x=start[0], y=start[1], **held)
    tab.command("Input.dispatchMouseEvent", type="mouseMoved", x=end[0], y=end[1], **held)
    assert tab.pixels(*seen) == ["#ff0000", "#ffffff"]
    tab.type("ESCAPE")
    assert tab.pixels(*seen) == ["#ffffff", "#ffffff"]
    tab.command("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1], **held)
    finger, other = ({"x": x, "y": y, "id": number} for number, (x, y) in enumerate((start, end)))
    moved = {**finger, "x": end[0]}
    tab.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=[finger])
    tab.command("Input.dispatchTouchEvent", type="touchMove", touchPoints=[moved])
    tab.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=[moved, other])
    tab.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    tab.until_answered()
    assert painted(server, "red") == set()


@pytest.mark.parametrize("draw", [by_mouse, by_finger])
@pytest.mark.parametrize("size", [1, 4])
def test_the_pencil_has_a_size(size: int, draw: Callable[..., None], browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    tab.type("b", *"[[[[", *"]]]]"[: size - 1])
    if draw is by_finger:
        tab.press("pencil")
    draw(tab, (0, 5), (3, 5))
    tab.until_answered()
    assert painted(server, "black") == set(pencil([(column, 5) for column in range(4)], size, WIDTH, HEIGHT))


def test_the_pencil_is_led_by_keys_alone(browser: Browser, server: WebServer) -> None:
    """Space held and the arrows draw a line; Enter paints a cell."""
    tab = browser.open(server.url)
    go_to(tab, 2, 3)
    with tab.holding(" "):
        step(tab, 4, 0)
    step(tab, 0, 2)
    tab.type("ENTER")
    tab.until_answered()
    assert painted(server, "black") == {*((column, 3) for column in range(2, 7)), (6, 5)}


def test_a_fill_stays_within_lines_and_is_undone_and_done_again_by_the_buttons(
    browser: Browser, server: WebServer
) -> None:
    tab = browser.open(server.url)
    tab.type("r")
    tab.drag((4, 4), (9, 9))
    tab.type("f", "4")
    tab.click(6, 6)
    inside = set(filled_rectangle((5, 5), (8, 8), WIDTH, HEIGHT))
    tab.until_answered()
    assert painted(server, "green") == inside
    for button, cells in (("undo", set()), ("redo", inside)):
        tab.press(button)
        tab.until_answered()
        assert painted(server, "green") == cells
    go_to(tab, 0, 0)
    tab.type("7", "SPACE")
    tab.until_answered()
    outside = set(filled_rectangle((0, 0), (19, 15), 20, 16)) - set(filled_rectangle((4, 4), (9, 9), 20, 16))
    assert painted(server, "cyan") == outside


def test_a_fill_that_is_cut_and_a_rectangle_that_is_too_large_say_so(chromium: Chromium) -> None:
    with WebServer("--canvas", "400x300", language="en") as server:
        tab = chromium.open(server.url)
        tab.script("location.hash = '#200,150,4'")
        tab.type("f")
        notices = tab.notices()
        tab.drag_points([(640, 400)])
        tab.until(lambda: "The fill ends after 10,000 cells; fill again to go on." in notices())
        tab.until_answered()
        assert len(painted(server, "black")) == MAX_FILL
        tab.type("0", "Shift+r", "3")
        tab.drag((0, 0), (399, 299))
        words = "120,000 cells are too many for once, at most 100,000: nothing was drawn."
        tab.until(lambda: words in notices())
        tab.until_answered()
        assert painted(server, "red") == set()


# --- selection and stamps -------------------------------------------------------------------------------------


def corner(tab: Tab) -> Cell:
    """Where the frame of the stamp is on the board."""
    at = tab.of_module("main", "module.drawing.sketch.frame")
    return at["column"], at["row"]


def place_stamp(tab: Tab, column: int, row: int) -> None:
    """Lead the stamp with the arrows."""
    tab.until(lambda: tab.of_module("main", "module.drawing.isPlacing"))
    left, top = corner(tab)
    step(tab, column - left, row - top)


def two_lines(tab: Tab) -> None:
    """Paint three cells and one below the first, and select them."""
    tab.drag((2, 2), (4, 2))
    tab.click(2, 3)
    tab.type("s")
    tab.until(lambda: tab.element("paste").is_displayed())
    tab.drag((2, 2), (4, 3))


DRAWN = {(2, 2), (3, 2), (4, 2), (2, 3)}


def test_a_selection_is_copied_mirrored_and_placed_before_it_is_painted(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    two_lines(tab)
    tab.type("Ctrl+c", "Ctrl+v")
    place_stamp(tab, 10, 8)
    tab.type("Shift+h")
    tab.until_answered()
    assert painted(server, "black") == DRAWN
    tab.type("ENTER")
    tab.until_answered()
    assert painted(server, "black") == DRAWN | {(10, 8), (11, 8), (12, 8), (12, 9)}


def test_a_selection_is_moved_by_dragging_turned_and_undone_as_one(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    two_lines(tab)
    by_finger(tab, (3, 3), (7, 7))
    tab.press("turn")
    tab.until_answered()
    assert painted(server, "black") == DRAWN
    tab.press("confirm")
    tab.until_answered()
    assert painted(server, "black") == {(7, 6), (7, 7), (7, 8), (6, 6)}
    tab.type("Ctrl+z")
    tab.until_answered()
    assert painted(server, "black") == DRAWN


def test_a_cut_leaves_the_ground_and_escape_leaves_a_stamp(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    two_lines(tab)
    tab.type("Ctrl+x")
    tab.until_answered()
    assert painted(server, "black") == set()
    tab.type("Ctrl+v")
    tab.until(lambda: tab.of_module("main", "module.drawing.isPlacing"))
    tab.type("ESCAPE")
    assert not tab.of_module("main", "module.drawing.isPlacing")
    tab.press("undo")
    tab.until_answered()
    assert painted(server, "black") == DRAWN


def test_a_selected_text_is_copied_by_its_own_keys(chromium: Chromium, server: WebServer) -> None:
    tab = chromium.open(server.url)
    two_lines(tab)
    notices = tab.notices()
    tab.script("getSelection().selectAllChildren(document.getElementById('users'))")
    tab.type("Ctrl+c")
    tab.script("getSelection().removeAllRanges()")
    tab.press("help")
    tab.element("name").click()
    tab.type("Ctrl+c", "ESCAPE", "Ctrl+v")
    tab.until(lambda: any(said.startswith("There is nothing to paste") for said in notices()))
    assert not any("copied" in said for said in notices())


# --- pictures -------------------------------------------------------------------------------------------------


def picture(folder: Path) -> Path:
    """Red and nearly black beside each other, and below a pixel that is not there beside a white one."""
    image = Image.new("RGBA", (2, 2))
    image.putdata([(255, 0, 0, 255), (16, 16, 16, 255), (0, 0, 0, 0), (255, 255, 255, 255)])
    image.save(folder / "picture.png")
    return folder / "picture.png"


GIVE = """
    const [bytes, kind] = arguments;
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(bytes)], "picture", { type: "image/png" }));
    const init = { bubbles: true, cancelable: true };
    const event = kind === "paste" ? new ClipboardEvent("paste", { ...init, clipboardData: data })
        : new DragEvent("drop", { ...init, dataTransfer: data });
    document.getElementById("board").dispatchEvent(event);
"""
"""The event of the browser: no driver has a clipboard with pictures, nor a desktop to drag files from."""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_placed_before_it_is_painted(
    kind: str, chromium: Chromium, server: WebServer, tmp_path: Path
) -> None:
    tab = chromium.open(server.url)
    tab.type("4", "l")
    tab.drag((0, 0), (19, 0))
    tab.script(GIVE, [*picture(tmp_path).read_bytes()], kind)
    place_stamp(tab, 0, 0)
    assert tab.attribute("select", "aria-pressed") == "true"
    tab.until_answered()
    assert painted(server, "red") == set()
    tab.type("ENTER")
    tab.until_answered()
    assert (painted(server, "red"), painted(server, "black")) == ({(0, 0)}, {(1, 0)})
    assert painted(server, "green") == {(column, 0) for column in range(2, 20)}


def test_the_first_finger_moves_a_pasted_picture(chromium: Chromium, server: WebServer, tmp_path: Path) -> None:
    """On a laptop with a touch screen: the mouse comes first, and so the pencil is chosen."""
    tab = chromium.open(server.url)
    tab.command("Emulation.setTouchEmulationEnabled", enabled=True)
    tab.script(GIVE, [*picture(tmp_path).read_bytes()], "drop")
    tab.until(lambda: tab.of_module("main", "module.drawing.isPlacing"))
    column, row = corner(tab)
    tab.touch([tab.point(column, row), tab.point(column + 3, row + 2)])
    tab.until(lambda: corner(tab) == (column + 3, row + 2))


def test_a_file_is_chosen_made_smaller_than_the_board_and_mixed(
    browser: Browser, server: WebServer, tmp_path: Path
) -> None:
    Image.new("RGB", (400, 160), (128, 128, 128)).save(tmp_path / "grey.png")
    (tmp_path / "text.png").write_text("no picture")
    tab = browser.open(server.url)
    tab.press("select") if browser.driver.name != "" else None
    tab.until(lambda: tab.element("mix").is_displayed())
    tab.press("mix")
    notices = tab.notices()
    tab.element("stampFile").send_keys(str(tmp_path / "text.png"))
    tab.until(lambda: "This file is not a picture that the browser can read." in notices())
    tab.element("stampFile").send_keys(str(tmp_path / "grey.png"))
    tab.until(lambda: tab.element("confirm").is_displayed())
    assert tab.of_module("main", "module.drawing.sketch.frame") == {"column": 0, "row": 4, "width": 20, "height": 8}
    tab.press("confirm")
    tab.until_answered()
    black = painted(server, "black")
    assert 40 < len(black) < 120 and all(4 <= row < 12 for _column, row in black)


# --- a board with a cooldown ---------------------------------------------------------------------------------------


def test_on_a_board_with_a_cooldown_a_cell_is_chosen_and_confirmed_and_larger_tools_say_why_they_rest(
    browser: Browser,
) -> None:
    with WebServer("--canvas", f"{WIDTH}x{HEIGHT}", "--cooldown", "60", language="en") as server:
        tab = browser.open(server.url, size=(460, 844), touch=True)
        tab.until(lambda: tab.element("confirm").is_displayed())
        tab.tap("pencil")
        notices = tab.notices()
        for key, name in (("l", "Line"), ("r", "Rectangle"), ("Shift+r", "Filled rectangle"), ("f", "Fill"),
                          ("]", "A larger pencil"), ("Ctrl+v", "Paste")):  # fmt: skip
            tab.type(key)
            words = f"{name}: rests here, since this board takes a pixel at a time with a pause after it."
            tab.until(lambda words=words: words in notices())
            assert tab.attribute("pencil", "aria-pressed") == "true"
        box = tab.element("confirm").rect
        assert min(box["width"], box["height"]) >= 44
        assert tab.text("confirm") == "Choose a cell"
        by_finger(tab, (7, 8))
        tab.until(lambda: tab.text("confirm") == "Paint it")
        assert tab.picture()[8][7] == "#000000"
        assert painted(server, "black") == set()
        by_finger(tab, (8, 8))
        tab.type("ESCAPE")
        tab.until(lambda: tab.text("confirm") == "Choose a cell")
        by_finger(tab, (9, 8))
        tab.tap("confirm")
        tab.until_colour(9, 8, "black")
        tab.until_answered()
        assert painted(server, "black") == {(9, 8)}


def test_a_lost_connection_leaves_nothing_of_the_cooldown_behind(chromium: Chromium, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/board.sqlite3"
    board = ("--store", store, "--canvas", f"{WIDTH}x{HEIGHT}")
    with WebServer(*board, "--cooldown", "600", language="en") as server:
        tab = chromium.open(server.url)
        tab.until(lambda: tab.element("confirm").is_displayed())
        tab.click(3, 3)
        tab.until(lambda: tab.text("confirm") == "Paint it")
    tab.until(lambda: not tab.element("confirm").is_displayed())
    with WebServer(*board, "--cooldown", "0", port=server.port, web_port=server.web_port, language="en") as server:
        tab.script("document.getElementById('retry').click()")  # unless the page itself tries at this moment
        tab.until_online()
        tab.type("l")
        tab.drag((2, 2), (5, 2))
        tab.until_answered()
        assert painted(server, "black") == {(column, 2) for column in range(2, 6)}


# --- more than the server takes at once -----------------------------------------------------------------------------


def test_a_large_rectangle_on_a_small_board_is_undone(browser: Browser, tmp_path: Path) -> None:
    """The server of so small a board tells no more than 18,000 pixels one by one; what comes during a commit is one."""
    with WebServer("--canvas", "300x300", "--store", f"sqlite:{tmp_path}/board.sqlite3", language="en") as server:
        tab = browser.open(server.url)
        tab.type("l", "3")
        tab.drag((40, 60), (120, 60))
        tab.until_answered()
        before, red = tab.picture(), painted(server, "red")
        assert red
        tab.type("Shift+r", "4")
        tab.drag((50, 50), (249, 249))
        tab.until_answered()
        assert painted(server, "green") == set(filled_rectangle((50, 50), (249, 249), 300, 300))
        tab.type("Ctrl+z")
        tab.until_answered()
        assert tab.picture() == before
        assert painted(server, "green") == set()
        assert painted(server, "red") == red


def test_a_moved_part_of_more_pixels_than_the_server_takes_at_once_arrives_whole(chromium: Chromium) -> None:
    side, board = 300, 700
    with WebServer("--canvas", f"{board}x{board}", "--pixel-rate", "15000", language="en") as server:
        with dcc.api.connect(f"127.0.0.1:{server.port}") as canvas:
            names = [colour.name for colour in canvas.palette][1:]
            drawn = {(x, y): names[(x * x + 3 * y) % len(names)] for x in range(side) for y in range(side)}
            canvas.paint((*cell, colour) for cell, colour in drawn.items())
        tab = chromium.open(server.url, size=(1280, 1000))
        tab.type("s")
        tab.until(lambda: tab.element("paste").is_displayed())
        tab.drag((0, 0), (side - 1, side - 1))
        assert tab.of_module("main", "module.drawing.selection.place") == {
            "column": 0,
            "row": 0,
            "width": side,
            "height": side,
        }
        tab.drag((100, 100), (450, 460))
        right, down = corner(tab)
        tab.type("ENTER")
        tab.until_answered()
        with dcc.api.connect(f"127.0.0.1:{server.port}") as canvas:
            cells = ((column, row) for row in range(board) for column in range(board))
            found = {cell: canvas[cell] for cell in cells if canvas[cell] != "white"}
        assert found == {(column + right, row + down): colour for (column, row), colour in drawn.items()}


# --- the bar of the tools --------------------------------------------------------------------------------------------


def test_a_first_touch_without_a_tool_says_how_to_draw(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url, size=(460, 844), touch=True)
    notices = tab.notices()
    by_finger(tab, (3, 3))
    tab.until(lambda: notices() == ["Choose the pencil to draw."])
    tab.tap("pencil")
    by_finger(tab, (3, 3), (6, 3))
    tab.until_answered()
    assert painted(server, "black") == {(column, 3) for column in range(3, 7)}


@pytest.mark.parametrize("size", [(360, 740), (390, 844), (844, 390), (568, 320)])
@pytest.mark.parametrize(("language", "dark"), [("en", False), ("es", True)])
def test_every_tool_is_within_reach_of_a_thumb(
    size: tuple[int, int], language: str, dark: bool, chromium: Chromium, server: WebServer
) -> None:
    tab = chromium.open(server.url, size=size, touch=True, language=language, dark=dark)

    def in_reach(*names: str) -> None:
        for name in names:
            box = tab.element(name).rect
            assert tab.element(name).is_displayed(), name
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0], name
            assert box["y"] >= 0 and box["y"] + box["height"] <= size[1], name
            assert min(box["width"], box["height"]) >= 44, name

    def open_menu() -> None:
        tab.tap("others")
        tab.until(lambda: tab.element("select").is_displayed())

    in_reach("move", "pencil", "others", "undo", "redo")
    assert tab.violations() == []
    open_menu()
    in_reach("line", "rectangle", "filled", "fill", "select", "pick", "who", "smaller", "larger")
    assert tab.violations() == []
    tab.tap("larger")
    tab.until(lambda: tab.text("size") == "2")
    tab.tap("line")
    tab.until(lambda: not tab.element("line").is_displayed())
    left, _top, cell = tab.rectangle()
    assert cell >= 10 and left >= 0 and left + 20 * cell <= size[0], "room for the board"
    by_finger(tab, (3, 3), (9, 6))
    tab.until_answered()
    assert painted(server, "black") == set(line((3, 3), (9, 6), 2, WIDTH, HEIGHT))
    open_menu()
    tab.tap("select")
    tab.until(lambda: tab.element("paste").is_displayed())
    assert tab.violations() == []
    by_finger(tab, (3, 3), (9, 6))
    tab.until(lambda: tab.element("copy").is_displayed())
    in_reach("copy", "cut", "erase", "mirror", "flip", "turn")
    assert tab.violations() == []
    tab.tap("mirror")
    tab.until(lambda: tab.element("confirm").is_displayed())
    in_reach("confirm", "drop")
    assert tab.violations() == []
    tab.tap("confirm")
    tab.until(lambda: not tab.of_module("main", "module.drawing.isPlacing"))
    tab.until_answered()
    drawn = set(line((3, 3), (9, 6), 2, WIDTH, HEIGHT))
    selected = {(column, row) for column, row in drawn if column <= 9 and row <= 6}
    mirrored = {(12 - column, row) for column, row in selected}
    kept = drawn - selected
    assert painted(server, "black") == mirrored | kept


@pytest.mark.parametrize("size", [(360, 740), (1920, 1080), (844, 390)])
def test_text_of_twice_the_size_cuts_no_tool(size: tuple[int, int], chromium: Chromium, server: WebServer) -> None:
    tab = chromium.open(server.url, size=size, language="es")
    tab.script("document.documentElement.style.fontSize = '30px'")
    if size[0] < 861:
        tab.press("others")
    for name in ("pencil", "line", "filled", "larger", "redo"):
        tab.script("document.getElementById(arguments[0]).scrollIntoView({ block: 'nearest' })", name)
        box = tab.element(name).rect
        assert box["x"] >= 0 and box["x"] + box["width"] <= size[0], name
        assert box["y"] >= 0 and box["y"] + box["height"] <= size[1], name
    assert tab.script("return document.documentElement.scrollWidth") <= size[0]
