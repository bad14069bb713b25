"""Where one is on the board: going to a cell, links to what is seen, the colours at hand, the minimap."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, Tab
from tests.support.server_process import WebServer


@pytest.fixture(scope="module")
def large_server() -> Iterator[WebServer]:
    """A server with a board larger than every screen."""
    with WebServer("--canvas", "900x600", language="en") as server:
        yield server


def go(tab: Tab, words: str) -> None:
    """Type a place into the dialog."""
    tab.type("j")
    tab.until(lambda: tab.script("return document.activeElement.id") == "place", "no dialog")
    tab.element("place").send_keys(words)
    tab.type("ENTER")


def is_asking(tab: Tab) -> bool:
    """Whether the dialog is open."""
    return bool(tab.element("place").is_displayed())


@pytest.mark.parametrize("words", ["700,30", "700 30", "(700, 30)", "http://192.168.1.20:8080/#700,30,12"])
def test_a_place_that_is_typed_is_shown_large_enough_to_draw(
    browser: Browser, large_server: WebServer, words: str
) -> None:
    tab = browser.open(large_server.url)
    go(tab, words)
    tab.until(lambda: tab.hash() == "#700,30,12")
    assert not is_asking(tab)
    assert tab.text("where").startswith("Column 700, row 30: ")
    assert tab.script("return document.activeElement.id") == "board"
    before = tab.board().colour(700, 30)
    tab.type("3" if before != "red" else "4", "SPACE")
    tab.until_board(lambda board: board.colour(700, 30) != before)


def test_a_place_off_the_board_is_refused_with_the_bounds_and_the_dialog_stays(
    browser: Browser, large_server: WebServer
) -> None:
    tab = browser.open(large_server.url)
    for words, reason in (
        ("900,0", "That is not on the board. Columns from 0 to 899, rows from 0 to 599."),
        ("-1,0", "That is not on the board. Columns from 0 to 899, rows from 0 to 599."),
        ("there", "Write two numbers, such as 12,5."),
    ):
        go(tab, words)
        tab.until(lambda reason=reason: tab.text("wrongPlace") == reason, words)
        assert tab.violations() == []
        tab.type("ESCAPE")
        tab.until(lambda: not is_asking(tab))
    assert tab.hash() == ""


def test_a_telephone_goes_to_a_cell_by_touch(browser: Browser, large_server: WebServer) -> None:
    tab = browser.open(large_server.url, size=(360, 740), touch=True)
    tab.tap("goto")
    tab.until(lambda: tab.script("return document.activeElement.id") == "place", "no dialog")
    assert tab.script("return document.documentElement.scrollWidth") == 360
    tab.element("place").send_keys("20 500")
    tab.type("ENTER")
    tab.until(lambda: re.fullmatch(r"#20,500,[\d.]+", tab.hash()))
