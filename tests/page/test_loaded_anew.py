"""A page that is loaded anew goes on where it was: the colour, the strokes that can be undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, Tab
from tests.support.server_process import WebServer

Cell = tuple[int, int]


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A server with a small board."""
    with WebServer("--canvas", "20x16", language="en") as server:
        yield server


def load_anew(tab: Tab) -> None:
    """Load the page anew, and wait for the board."""
    tab.until_answered()
    tab.driver.refresh()
    tab.until_online()


def row(tab: Tab, number: int) -> list[str]:
    """Return the names of the colours in a row."""
    return tab.board().rows()[number]


def test_the_colour_and_the_strokes_to_undo_and_redo_are_still_there(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    tab.type("4")
    tab.drag((2, 3), (5, 3))
    tab.type("6")
    tab.drag((2, 3), (3, 3))
    tab.drag((2, 4), (3, 4))
    tab.type("Ctrl+z")
    tab.until_colour(2, 4, "white")
    load_anew(tab)
    assert tab.text("colour") == "blue"
    assert tab.picture()[3][2:6] == ["#0000ff", "#0000ff", "#00ff00", "#00ff00"]
    tab.type("Ctrl+z")
    tab.until_board(lambda board: board.rows()[3][2:6] == ["green"] * 4)
    tab.type("Ctrl+z")
    tab.until_board(lambda board: board.rows()[3][2:6] == ["white"] * 4)
    tab.type("Ctrl+y", "Ctrl+y", "Ctrl+y")
    tab.until_board(lambda board: board.rows()[3][2:6] == ["blue", "blue", "green", "green"])
    tab.until_colour(3, 4, "blue")


def test_what_others_painted_meanwhile_is_left_alone_even_in_the_same_colour(
    browser: Browser, server: WebServer
) -> None:
    tab, other = browser.open(server.url), browser.open(server.url)
    tab.type("4")
    tab.drag((2, 3), (6, 3))
    tab.until_answered()
    tab.driver.get("about:blank")
    other.until_colour(6, 3, "green")
    other.type("3")
    other.click(4, 3)
    other.type("4")
    other.click(4, 3)
    other.type("6")
    other.click(5, 3)
    other.until_answered()
    tab.driver.get(server.url)
    tab.until_online()
    assert row(tab, 3)[2:7] == ["green", "green", "green", "blue", "green"]
    tab.type("Ctrl+z")
    tab.until_board(lambda board: board.rows()[3][2:7] == ["white", "white", "green", "blue", "white"])


def test_no_stroke_is_kept_for_another_board_or_for_another_tab(browser: Browser) -> None:
    with WebServer("--canvas", "20x16", language="en") as server:
        tab = browser.open(server.url)
        tab.type("4")
        tab.click(2, 3)
        tab.until_answered()
        new = browser.open(server.url)
        assert new.text("colour") == "black"
        notices = new.notices()
        new.type("Ctrl+z")
        new.until(lambda: notices() == ["There is nothing of yours to undo."])
    tab.driver.get("about:blank")
    with WebServer("--canvas", "20x16", port=server.port, web_port=server.web_port, language="en"):
        tab.driver.get(server.url)
        tab.until_online()
        notices = tab.notices()
        tab.type("Ctrl+z")
        tab.until(lambda: notices() == ["There is nothing of yours to undo."])
        assert row(tab, 3)[2] == "white"


def test_the_part_of_an_undo_that_still_waits_for_the_servers_rate_can_be_undone_after_loading_anew(
    browser: Browser,
) -> None:
    with WebServer("--canvas", "120x110", "--pixel-rate", "1000", language="en") as server:
        tab = browser.open(server.url)
        tab.type("Shift+r", "4")
        tab.drag((5, 5), (104, 104))
        tab.until_answered()
        tab.type("Ctrl+z")
        tab.until(lambda: tab.of_module("main", "module.replica.unanswered") == 1)  # for eight seconds
        tab.driver.refresh()
        tab.until_online()
        assert sum(names.count("green") for names in tab.board().rows()) == 10_000 - 8192
        tab.type("Ctrl+z")
        tab.until_board(lambda board: not any("green" in names for names in board.rows()))
