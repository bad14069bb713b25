"""The first minute on a telephone, upright and sideways, by touch alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from people import owner_key

from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

UPRIGHT, SIDEWAYS = (390, 844), (844, 390)
ON_THE_BOARD = {UPRIGHT: (195.0, 350.0), SIDEWAYS: (370.0, 200.0)}
MOST_TAPS = 3

ENTRIES = """
    const seen = (element) => Boolean(element?.getBoundingClientRect().width);
    const terms = [...document.querySelectorAll("#helping dt")].filter((term) => seen(term.nextElementSibling));
    const entries = terms.map((term) => {
        const icon = term.querySelector("svg");
        return [seen(icon) ? icon.innerHTML : null, term.nextElementSibling.textContent];
    });
    return [entries, [...document.querySelectorAll("#helping dl kbd")].filter(seen).length];
"""
"""What the help lists: the icon of each entry if it is seen, and the words; and the number of keys that are seen."""


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A server with the usual board."""
    with WebServer(language="en") as server:
        yield server


def placements(tab: Tab) -> int:
    """Return how many pixels are painted, once all are answered."""
    tab.until_answered()
    return int(tab.of_module("main", "module.replica.sequence"))


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS])
@pytest.mark.parametrize(("board", "is_large"), [("50x50", False), ("1000x1000", True)])
def test_a_stroke_is_drawn_within_three_taps_of_opening_the_link(
    board: str, is_large: bool, size: tuple[int, int], chromium: Chromium
) -> None:
    with WebServer("--canvas", board, language="en") as server:
        tab = chromium.open(server.url, size=size, touch=True)
        x, y = ON_THE_BOARD[size]
        taps = 1
        tab.tap("pencil")
        if is_large:
            taps += 1
            tab.touch([(x, y)])  # comes closer
            tab.until(lambda: "Zoomed in" in tab.text("notice"))
        taps += 1
        tab.touch([(x, y), (x + 20, y), (x + 40, y)])
        tab.until(lambda: placements(tab) >= 2)
        assert taps <= MOST_TAPS


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS])
def test_a_pixel_of_a_board_with_a_cooldown_is_painted_within_three_taps(
    size: tuple[int, int], chromium: Chromium
) -> None:
    with WebServer("--cooldown", "60", language="en") as server:
        tab = chromium.open(server.url, size=size, touch=True)
        tab.until(lambda: tab.element("confirm").is_displayed())
        tab.tap("pencil")
        tab.touch([ON_THE_BOARD[size]])
        tab.until(lambda: tab.element("confirm").is_enabled())
        tab.tap("confirm")
        tab.until(lambda: placements(tab) == 1)


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS])
def test_the_tool_that_is_shown_as_chosen_is_what_the_first_finger_does(
    size: tuple[int, int], chromium: Chromium, server: WebServer
) -> None:
    tab = chromium.open(server.url, size=size, touch=True)
    assert (tab.attribute("move", "aria-pressed"), tab.attribute("pencil", "aria-pressed")) == ("true", "false")
    x, y = ON_THE_BOARD[size]
    tab.touch([(x, y), (x + 20, y), (x + 40, y)])
    tab.until(tab.hash)
    assert placements(tab) == 0
    notices = tab.notices()
    tab.tap("status")  # Chromium takes a tap right after a quick move for the end of a scroll
    tab.touch([(x, y)])
    tab.until(lambda: notices() == ["Choose the pencil to draw."])
    assert placements(tab) == 0


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS])
def test_the_panel_of_a_moderator_makes_the_finger_ask_who_painted(
    size: tuple[int, int], chromium: Chromium, tmp_path: Path
) -> None:
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", "--canvas", "20x16", language="en") as server:
        tab = chromium.open(f"{server.url}#clave={owner_key(server)}", size=size, touch=True)
        tab.tap("moderate")
        tab.until(lambda: tab.attribute("who", "aria-pressed") == "true")
        tab.drawn()
        tab.touch([tab.point(3, 3)])
        tab.until(lambda: tab.text("said") == "Nobody has painted column 3, row 3.")
        assert tab.attribute("who", "aria-pressed") == "true"


def test_the_first_finger_takes_away_the_pencil_that_nobody_chose(chromium: Chromium, server: WebServer) -> None:
    tab = chromium.open(server.url)
    tab.command("Emulation.setTouchEmulationEnabled", enabled=True)
    tab.touch([tab.point(20, 20), tab.point(23, 22)])
    tab.until(lambda: tab.attribute("move", "aria-pressed") == "true")
    assert placements(tab) == 0


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS])
def test_the_help_names_the_icons_and_lists_no_keys(
    size: tuple[int, int], chromium: Chromium, server: WebServer
) -> None:
    tab = chromium.open(server.url, size=size, touch=True)
    expected = tab.script(
        "return [...document.querySelectorAll('button[data-key]:not([hidden])')].filter((b) => b.querySelector('svg'))"
        ".map((button) => [button.querySelector('svg').innerHTML, button.textContent])"
    )
    tab.tap("help")
    tab.until(lambda: tab.element("title").is_displayed())
    entries, keys = tab.script(ENTRIES)
    assert sorted(entries) == sorted(expected)
    assert {"Pencil", "Undo", "Zoom in"} <= {name for _icon, name in entries}
    assert keys == 0
    assert entries[0][1] == "Move", "the tools first"
    assert "Two fingers" in tab.text("helping") and "wheel" not in tab.text("helping")
    bottom = "return document.querySelector('#helping form > button').getBoundingClientRect().bottom"
    assert tab.script(bottom) <= size[1], "closed without scrolling"


def test_the_help_lists_the_keys_where_there_is_a_mouse(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    tab.press("help")
    tab.until(lambda: tab.element("title").is_displayed())
    entries, keys = tab.script(ENTRIES)
    assert {icon for icon, _name in entries} == {None}
    assert {"Pencil", "leave what is being drawn"} <= {name for _icon, name in entries}
    assert keys > len(entries) / 2


def test_a_mouse_begins_with_the_pencil(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    assert tab.attribute("pencil", "aria-pressed") == "true"
    tab.click(3, 3)
    tab.until_colour(3, 3, "black")


@pytest.mark.parametrize("size", [UPRIGHT, SIDEWAYS])
def test_the_board_takes_most_of_a_telephone(size: tuple[int, int], chromium: Chromium, server: WebServer) -> None:
    """The bars of a telephone held sideways stand beside the board."""
    tab = chromium.open(server.url, size=size, touch=True)
    _left, _top, cell = tab.rectangle()
    assert 50 * cell >= 0.75 * min(size)
