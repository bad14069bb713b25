"""The first minute on a telephone, upright and sideways, by touch alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

UPRIGHT, SIDEWAYS = (390, 844), (844, 390)
ON_THE_BOARD = {UPRIGHT: (195.0, 350.0), SIDEWAYS: (370.0, 200.0)}
MOST_TAPS = 3


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
