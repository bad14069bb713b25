"""What is seen of the page: how large, where, and when not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from people import Painter
from PIL import Image

from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

THUMB = 44
"""Least side of what a thumb hits, in CSS pixels (WCAG 2.2, 2.5.5)."""

TELEPHONES = [(390, 844), (844, 390), (360, 740), (320, 568)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    """A server with a record and the usual board."""
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", language="en") as server:
        yield server


def bottom(tab: Tab, identity: str) -> float:
    """Return the lower edge of an element."""
    box = tab.element(identity).rect
    return float(box["y"] + box["height"])


# --- on telephones


@pytest.mark.parametrize("size", TELEPHONES)
def test_every_control_is_large_enough_for_a_thumb_and_within_the_screen(
    size: tuple[int, int], chromium: Chromium, server: WebServer
) -> None:
    tab = chromium.open(server.url, size=size, touch=True)

    def look() -> None:
        assert tab.script("return document.documentElement.scrollWidth") <= size[0]
        for control in tab.driver.find_elements("css selector", "button, select, #palette label"):
            if control.is_displayed():
                box, name = control.rect, control.get_attribute("id") or control.get_attribute("title")
                assert min(box["width"], box["height"]) >= THUMB, name
                assert box["x"] >= 0 and box["x"] + box["width"] <= size[0], name

    look()
    tab.tap("others")
    look()
    tab.tap("pencil")
    assert Painter(server).paint([(1, 1)], 1) == ""
    tab.tap("history")
    tab.until(lambda: tab.text("when").endswith("1 / 1"))
    look()


def test_a_grid_that_is_too_fine_to_be_seen_says_so(chromium: Chromium, server: WebServer) -> None:
    tab = chromium.open(server.url, size=(390, 844), touch=True)
    assert tab.rectangle()[2] == 7
    notices = tab.notices()
    tab.tap("grid")
    tab.until(lambda: notices() == ["The grid is seen on larger cells: zoom in."])
    tab.tap("in")
    left, top, cell = tab.rectangle()
    edge = (left + cell * 20, top + cell * 20.5)
    tab.until(lambda: tab.pixels(edge) != ["#ffffff"])


# --- keys and the mouse


def frame(tab: Tab) -> str:
    """Return the style of the frame around the board."""
    return str(tab.script("return getComputedStyle(document.getElementById('board')).outlineStyle"))


def test_a_frame_shows_the_board_that_tab_has_reached_and_none_comes_with_a_key(
    browser: Browser, server: WebServer
) -> None:
    tab = browser.open(server.url)
    tab.click(3, 3)
    tab.type("3", "g", "ARROW_RIGHT")
    assert frame(tab) == "none"
    other = browser.open(server.url)
    for _ in range(9):
        other.type("TAB")
        if other.script("return document.activeElement.id") == "board":
            break
    assert frame(other) == "solid"
    other.type("ARROW_RIGHT")
    other.click(3, 3)
    other.type("3")
    assert frame(other) == "none"


@pytest.mark.parametrize("control", ["#palette label:nth-child(5)", "#undo", "#grid", "#fit"])
def test_after_a_click_on_a_control_the_arrows_move_the_cursor(
    control: str, browser: Browser, server: WebServer
) -> None:
    tab = browser.open(server.url)
    tab.driver.find_element("css selector", control).click()
    colour = tab.text("colour")
    tab.hover(10, 10)
    tab.type("ARROW_RIGHT", "ARROW_DOWN")
    tab.until(lambda: tab.text("where").startswith("Column 11, row 11: "))
    assert tab.text("colour") == colour
    tab.type("SPACE")
    tab.until_colour(11, 11, colour)


# --- beside the board


def test_the_name_of_the_colour_stands_apart_from_the_countdown(chromium: Chromium) -> None:
    with WebServer("--cooldown", "600", language="en") as server:
        for size in ((1280, 800), (390, 844)):
            tab = chromium.open(server.url, size=size)
            tab.until(lambda tab=tab: tab.element("confirm").is_displayed())
            tab.click(3, 3)
            tab.press("confirm")
            tab.until(lambda tab=tab: "You can paint again" in tab.text("prompt"))
            prompt, chip, name = (tab.element(each).rect for each in ("prompt", "chip", "colour"))
            assert prompt["x"] + prompt["width"] + 3 <= chip["x"] or prompt["y"] + prompt["height"] <= chip["y"]
            assert chip["x"] + chip["width"] + 3 <= name["x"]


def test_nothing_is_offered_while_there_is_no_board(chromium: Chromium, server: WebServer) -> None:
    tab = chromium.open(server.url, online=False, before="window.WebSocket = class { close() {} };")
    tab.until(lambda: tab.text("state"))
    assert not any(tab.element(name).is_displayed() for name in ("prompt", "tools", "actions", "zoom"))


def test_the_banner_of_a_lost_server_leaves_the_board_in_sight(browser: Browser, tmp_path: Path) -> None:
    with WebServer("--canvas", "20x16", "--store", f"sqlite:{tmp_path}/board.sqlite3", language="en") as server:
        tab = browser.open(server.url)
    tab.until(lambda: tab.element("banner").is_displayed())
    tab.until(lambda: tab.rectangle()[1] >= bottom(tab, "banner"))


def test_a_screen_without_controls_says_no_more_than_that_the_server_is_away(browser: Browser) -> None:
    with WebServer("--canvas", "20x16", language="en") as server:
        tab = browser.open(server.url + "?view=only")
        other = browser.open(server.url)
        other.until(lambda: other.text("users") == "1 online")  # the screen is nobody
    tab.until(lambda: tab.element("banner").is_displayed())
    assert tab.text("banner") == "Offline."


def test_what_a_cell_told_is_gone_with_the_history_and_the_help(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    tab.click(3, 3)
    tab.until_answered()
    tab.press("who")
    for control, leave in (("history", "h"), ("help", "ESCAPE")):
        notices = tab.notices()
        tab.click(3, 3)
        tab.until(lambda notices=notices: any("Column 3, row 3" in each for each in notices()))
        tab.press(control)
        tab.until(lambda: tab.text("notice") == "")
        tab.type(leave)


def test_a_template_is_as_clear_as_its_slider_says_also_after_a_reload(
    browser: Browser, server: WebServer, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 6), "red").save(tmp_path / "red.png")
    tab = browser.open(server.url)
    tab.press("template")
    tab.element("file").send_keys(str(tmp_path / "red.png"))
    tab.until(lambda: tab.element("opacity").is_displayed())
    column, row = (int(str(tab.attribute(field, "value"))) for field in ("column", "row"))
    assert tab.picture()[row][column] in ("#ff7f7f", "#ff8080")
    tab.script("document.getElementById('opacity').focus()")
    tab.type("END")
    tab.until(lambda: tab.picture()[row][column] == "#ff0000")
    tab.driver.refresh()
    tab.until_online()
    tab.until(lambda: tab.picture()[row][column] == "#ff0000")


@pytest.mark.parametrize("dark", [True, False])
def test_a_board_in_the_colour_of_the_page_has_an_edge(dark: bool, chromium: Chromium) -> None:
    backdrop = "#262a31" if dark else "#d9dce1"
    with WebServer("--canvas", "20x16", "--background", "black" if dark else "white", language="en") as server:
        tab = chromium.open(server.url, dark=dark)
        left, top, cell = tab.rectangle()
        image = tab.screenshot().convert("RGB")
        outside, edge, inside = (image.getpixel((int(left) + by, int(top + cell))) for by in (-6, -1, 6))
        assert "#{:02x}{:02x}{:02x}".format(*outside) == backdrop
        assert edge not in (inside, outside)


def test_the_dots_of_the_icons_are_seen(chromium: Chromium, server: WebServer) -> None:
    """Of the question mark, and of the sun in the picture."""
    tab = chromium.open(server.url)
    image = tab.screenshot().convert("L")
    for name, (x, y) in (("help", (12, 18.25)), ("template", (15, 8.5))):
        box = tab.driver.find_element("css selector", f"#{name} svg").rect
        at = [(box["x"] + x + across, box["y"] + y + down) for across in (-0.9, 0.1) for down in (-0.9, 0.1)]
        assert all(image.getpixel((round(left), round(top))) < 120 for left, top in at), name
