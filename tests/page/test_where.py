"""Where one is on the board: going to a cell, links to what is seen, the colours at hand, the minimap."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
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


def copied(tab: Tab) -> str:
    """Paste what is on the clipboard into the dialog for places, and return it."""
    tab.type("j")
    tab.until(lambda: tab.script("return document.activeElement.id") == "place", "no dialog")
    tab.type("Ctrl+v")
    tab.until(lambda: tab.attribute("place", "value"), "nothing was copied")
    return str(tab.attribute("place", "value"))


@pytest.mark.parametrize("by", ["key", "button"])
def test_a_link_to_what_is_seen_is_copied_and_leads_others_there(
    browser: Browser, large_server: WebServer, by: str
) -> None:
    tab, other = browser.open(large_server.url), browser.open(large_server.url)
    go(tab, "410,220")
    tab.until(lambda: tab.hash() == "#410,220,12")
    notices = tab.notices()
    if by == "key":
        tab.type("k")
    else:
        tab.press("copyLink")
    link = f"{large_server.url}#410,220,12"
    tab.until(lambda: notices() == [f"Link copied: {link}"])
    assert copied(tab) == link
    tab.type("ESCAPE")
    go(other, link)
    other.until(lambda: other.hash() == "#410,220,12")
    third = browser.open(link)
    middle = tuple(third.of_module("view", "[innerWidth / 2, innerHeight / 2]"))
    third.hover_point(middle)
    third.until(lambda: re.match(r"Column 410, row 2[12]\d", third.text("where")))


def test_the_whole_board_has_a_link_without_a_place(browser: Browser, large_server: WebServer) -> None:
    tab = browser.open(large_server.url)
    notices = tab.notices()
    tab.press("copyLink")
    tab.until(lambda: notices() == [f"Link copied: {large_server.url}"])


def test_a_link_is_copied_at_an_address_without_encryption(chromium: Chromium, large_server: WebServer) -> None:
    url = large_server.url.replace("127.0.0.1", "0.0.0.0")
    tab = chromium.open(url)
    assert tab.script("return navigator.clipboard === undefined")
    tab.press("copyLink")
    assert copied(tab) == url


def test_a_link_is_shown_to_copy_by_hand_where_the_browser_copies_nothing(
    browser: Browser, large_server: WebServer
) -> None:
    tab = browser.open(large_server.url)
    tab.script("document.execCommand = () => false; delete Navigator.prototype.clipboard")
    tab.press("copyLink")
    tab.until(lambda: tab.script("return document.activeElement.id") == "link", "no field")
    assert tab.script("const field = document.activeElement; return field.selectionEnd === field.value.length")
    assert tab.attribute("link", "value") == large_server.url
    assert tab.violations() == []
    tab.type("ESCAPE")
    tab.until(lambda: tab.script("return document.getElementById('link') === null"))


def test_a_telephone_opens_its_share_sheet(chromium: Chromium, large_server: WebServer) -> None:
    tab = chromium.open(large_server.url, size=(390, 844), touch=True)
    tab.script("navigator.share = async (what) => { window.shared = what; }")  # the sheet is the system's
    tab.tap("copyLink")
    tab.until(lambda: tab.script("return window.shared") == {"url": large_server.url, "title": "DrawColorCanvas"})
