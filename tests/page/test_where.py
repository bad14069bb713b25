"""Where one is on the board: going to a cell, links to what is seen, the colours at hand, the minimap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer


@pytest.fixture(scope="module")
def large_server() -> Iterator[WebServer]:
    """A server with a board larger than every screen."""
    with WebServer("--canvas", "900x600", language="en") as server:
        yield server


@pytest.fixture(scope="module")
def colourful_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server whose palette has 64 colours with names."""
    path = tmp_path_factory.mktemp("palette") / "64.gpl"
    lines = [f"{4 * number} {number} 0 {'dark' if number < 32 else 'light'} red {number}" for number in range(63)]
    path.write_text("\n".join(["GIMP Palette", *lines, "0 128 255 Océano"]), encoding="utf-8")
    with WebServer("--palette", str(path), "--canvas", "40x30", language="en") as server:
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
    assert tab.script("return document.documentElement.scrollWidth === innerWidth")
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
    third.until(lambda: re.match(r"Column 4(0\d|10), row 2[12]\d", third.text("where")))  # the tools are at the left


def test_the_whole_board_has_a_link_without_a_place(browser: Browser, large_server: WebServer) -> None:
    tab = browser.open(large_server.url)
    notices = tab.notices()
    tab.press("copyLink")
    tab.until(lambda: notices() == [f"Link copied: {large_server.url}"])


def test_a_link_is_copied_at_an_address_without_encryption(chromium: Chromium, large_server: WebServer) -> None:
    url = large_server.url.replace("127.0.0.1", "0.0.0.0")
    tab = chromium.open(url)
    assert tab.script("return navigator.clipboard === undefined")
    notices = tab.notices()
    tab.press("copyLink")
    tab.until(lambda: notices() == [f"Link copied: {url}"])
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


# --- colours ------------------------------------------------------------------------------------------


def recent(tab: Tab) -> list[str]:
    """The names of the colours chosen last."""
    return [str(each.get_attribute("title")) for each in tab.driver.find_elements("css selector", "#recent button")]


def swatch(tab: Tab, number: int) -> Any:
    """The swatch of a colour."""
    return tab.driver.find_element("css selector", f"#palette label:nth-child({number + 1})")


def test_a_large_palette_keeps_the_colours_chosen_last_at_hand(browser: Browser, colourful_server: WebServer) -> None:
    tab = browser.open(colourful_server.url)
    tab.until(lambda: recent(tab) == ["dark red 1"])
    for number in (40, 50, 60, 50):
        swatch(tab, number).click()
    assert recent(tab) == ["light red 60", "light red 50", "light red 40", "dark red 1"]
    tab.driver.find_element("css selector", "#recent button:nth-child(3)").click()
    assert tab.text("colour") == "light red 40"
    for number in range(10, 20):
        swatch(tab, number).click()
    assert recent(tab) == [f"dark red {number}" for number in range(19, 11, -1)]


def test_a_colour_is_searched_by_name_and_value_and_taken_with_enter(
    browser: Browser, colourful_server: WebServer
) -> None:
    tab = browser.open(colourful_server.url)
    tab.until(lambda: recent(tab))
    for words, found in (("light", 31), ("oceano", 1), ("#00", 2), ("violet", 0)):
        tab.type("/")
        tab.element("search").send_keys(words)
        tab.until(lambda found=found: sum(swatch(tab, number).is_displayed() for number in range(64)) == found, words)
        assert tab.violations() == []
        assert ("No colour of this name." in tab.text("drawing")) == (not found)
        tab.type("ESCAPE")
        assert tab.script("return document.activeElement.id") == "board"
    tab.type("/")
    tab.element("search").send_keys("oceano")
    tab.type("ENTER")
    assert tab.text("colour") == "Océano"
    assert tab.script("return document.activeElement.id") == "board"
    assert all(swatch(tab, number).is_displayed() for number in (0, 1))


def test_a_small_palette_has_neither_search_nor_recent_colours(browser: Browser, large_server: WebServer) -> None:
    tab = browser.open(large_server.url)
    tab.type("/", "3")
    assert not tab.driver.find_elements("css selector", "#search, #recent")
    assert tab.script("return getComputedStyle(document.getElementById('ink')).fill") == "rgb(255, 0, 0)"


def test_the_cell_under_the_pointer_is_framed_in_the_colour_to_be_painted(
    browser: Browser, colourful_server: WebServer
) -> None:
    tab = browser.open(colourful_server.url)
    tab.until(lambda: recent(tab))
    tab.type("/")
    tab.element("search").send_keys("oceano")
    tab.type("ENTER")
    left, top, cell = tab.rectangle()
    inside = (left + 5 * cell + 2.5, top + 6.5 * cell)
    middle = (left + 5.5 * cell, top + 6.5 * cell)
    before = tab.pixels(middle)
    tab.hover(5, 6)
    assert tab.pixels(inside, middle) == ["#0080ff", *before]
    tab.type("m")
    assert tab.pixels(inside) == before


# --- the minimap --------------------------------------------------------------------------------------


def is_mapped(tab: Tab) -> bool:
    """Whether the minimap is seen."""
    return any(each.is_displayed() for each in tab.driver.find_elements("id", "map"))


def on_map(tab: Tab, column: float, row: float) -> tuple[float, float]:
    """Where a cell of the board of 900 x 600 is on the minimap."""
    box = tab.element("map").rect
    return box["x"] + column * box["width"] / 900, box["y"] + row * box["height"] / 600


def colour_on_map(tab: Tab, column: int, row: int) -> str:
    """What the minimap shows there."""
    tab.drawn()
    code = """
        const map = document.getElementById("map");
        const copy = Object.assign(document.createElement("canvas"), { width: map.width, height: map.height });
        const context = copy.getContext("2d");
        context.drawImage(map, 0, 0);
        const at = [arguments[0] * map.width / 900, arguments[1] * map.height / 600].map(Math.floor);
        return [...context.getImageData(...at, 1, 1).data].slice(0, 3).join();
    """
    return str(tab.script(code, column, row))


def seen(tab: Tab) -> tuple[float, float]:
    """Column and row in the middle of the view."""
    match = tab.until(lambda: re.fullmatch(r"#([\d.]+),([\d.]+),[\d.]+", tab.hash()), "no view in the address")
    return float(match[1]), float(match[2])


def test_the_minimap_is_seen_on_a_board_larger_than_the_view_and_moves_it(
    browser: Browser, large_server: WebServer
) -> None:
    tab = browser.open(large_server.url)
    tab.drawn()
    assert not is_mapped(tab)
    go(tab, "200,100")
    tab.until(lambda: is_mapped(tab))
    before = tab.board()
    tab.drag_points([on_map(tab, 600, 450)])
    tab.until(lambda: seen(tab) == pytest.approx((600, 450), abs=6))
    tab.drag_points([on_map(tab, 600, 450), on_map(tab, 400, 300), on_map(tab, 300, 200)])
    tab.until(lambda: seen(tab) == pytest.approx((300, 200), abs=6))
    assert tab.board() == before
    tab.script("document.getElementById('map').focus()")
    column, row = seen(tab)
    tab.type("ARROW_RIGHT", "ARROW_DOWN")
    tab.until(lambda: seen(tab)[0] > column + 20 and seen(tab)[1] > row + 10)
    assert tab.violations() == []
    tab.type("0")
    tab.until(lambda: not is_mapped(tab))


def test_the_minimap_shows_what_is_painted(browser: Browser) -> None:
    with WebServer("--canvas", "900x600", language="en") as server:
        tab = browser.open(f"{server.url}#700,500,16")
        tab.until(lambda: is_mapped(tab))
        assert colour_on_map(tab, 700, 500) == "255,255,255"
        middle = tuple(tab.of_module("view", "[innerWidth / 2, innerHeight / 2]"))
        for row in range(-4, 5):
            tab.drag_points([(middle[0] - 80, middle[1] + 16 * row), (middle[0] + 80, middle[1] + 16 * row)])
        tab.until_answered()
        painted = [cell for cell, colour in enumerate(tab.board().colours) if colour]
        row, column = divmod(painted[len(painted) // 2], 900)
        tab.until(lambda: int(colour_on_map(tab, column, row).split(",")[0]) < 160)


def test_the_minimap_is_hidden_and_shown_by_button_key_and_dialog_and_the_page_remembers_it(
    browser: Browser, large_server: WebServer
) -> None:
    tab = browser.open(f"{large_server.url}#700,500,16")
    tab.until(lambda: is_mapped(tab))
    tab.press("hideMinimap")
    tab.until(lambda: not is_mapped(tab))
    assert tab.script("return document.activeElement.id") == "board"
    tab.driver.refresh()
    tab.until_online()
    tab.type("j")
    tab.until(lambda: tab.element("minimapShown").is_displayed())
    assert not is_mapped(tab)
    tab.press("minimapShown")
    tab.type("ESCAPE")
    tab.until(lambda: is_mapped(tab))
    tab.type("v")
    tab.until(lambda: not is_mapped(tab))
    notices = tab.notices()
    tab.type("0", "v")
    tab.until(lambda: notices() == ["The minimap is seen when the board is larger than the view."])
    tab.script("localStorage.removeItem('dcc.minimap')")


def test_a_telephone_leaves_the_room_to_the_board_until_the_minimap_is_wanted(
    browser: Browser, large_server: WebServer
) -> None:
    tab = browser.open(f"{large_server.url}#700,500,16", size=(360, 740), touch=True)
    tab.drawn()
    assert not is_mapped(tab)
    tab.tap("goto")
    tab.until(lambda: tab.element("minimapShown").is_displayed())
    tab.press("minimapShown")
    tab.type("ESCAPE")
    tab.until(lambda: is_mapped(tab))
    tab.touch([on_map(tab, 200, 100)])
    tab.until(lambda: seen(tab) == pytest.approx((200, 100), abs=9))
    assert tab.violations() == []
    tab.tap("hideMinimap")
    tab.until(lambda: not is_mapped(tab))
    tab.script("localStorage.removeItem('dcc.minimap')")


# --- when -----------------------------------------------------------------------------------------------

LOOKS_ELSEWHERE = """
    window.told = [];
    document.hasFocus = () => window.isLookedAt ?? true;
    window.Notification = class {
        static requestPermission = async () => { told.push("asked"); return "granted"; };
        constructor(words) { told.push(words); }
    };
    const start = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function (...when) { told.push("tone"); start.apply(this, when); };
"""
"""Lets a test look elsewhere, and see what the system would show and play."""


def test_the_end_of_a_cooldown_is_told_in_the_title_and_as_the_user_wants_it(chromium: Chromium) -> None:
    with WebServer("--canvas", "20x20", "--cooldown", "6", language="en") as server:
        tab = chromium.open(server.url, before=LOOKS_ELSEWHERE)
        tab.until(lambda: tab.driver.find_elements("id", "sound"))
        tab.press("help")
        tab.press("sound")
        tab.press("notify")
        tab.until(lambda: tab.script("return told.join()") == "tone,tone,asked,You will be told like this")
        assert tab.violations() == []
        tab.type("ESCAPE")
        tab.script("told.length = 0; window.isLookedAt = false")
        tab.until(lambda: tab.text("prompt") == "Choose a colour:")
        tab.click(5, 5)
        tab.press("confirm")
        tab.until(lambda: re.fullmatch(r"[4-6] s · DrawColorCanvas", tab.driver.title))
        part = tab.until(lambda: int(str(tab.attribute("ring", "stroke-dasharray")).split()[0]))
        tab.until(lambda: int(str(tab.attribute("ring", "stroke-dasharray")).split()[0]) > part)
        assert tab.violations() == []
        tab.until(lambda: tab.driver.title == "● You can paint again · DrawColorCanvas")
        assert tab.script("return told.join()") == "tone,tone,You can paint again"
        tab.script("window.isLookedAt = true")
        tab.until(lambda: tab.driver.title == "DrawColorCanvas")
        tab.driver.refresh()
        tab.until_online()
        tab.until(lambda: tab.driver.find_elements("id", "sound"))
        assert tab.script("return [sound.checked, notify.checked]") == [True, True]
        tab.script("localStorage.removeItem('dcc.again')")


def test_nobody_is_asked_for_notifications_or_hears_anything_unasked(chromium: Chromium) -> None:
    with WebServer("--canvas", "20x20", "--cooldown", "6", language="en") as server:
        tab = chromium.open(server.url, before=LOOKS_ELSEWHERE)
        tab.script("window.isLookedAt = false")
        tab.until(lambda: tab.text("prompt") == "Choose a colour:")
        tab.click(5, 5)
        tab.press("confirm")
        tab.until(lambda: "You can paint again" in tab.driver.title)
        assert tab.script("return told") == []


def test_a_browser_that_shows_no_notifications_says_so_and_the_switch_goes_back(chromium: Chromium) -> None:
    with WebServer("--canvas", "20x20", "--cooldown", "6", language="en") as server:
        for words in ("'denied'", "'granted'"):
            tab = chromium.open(
                server.url,
                before="window.Notification = class { static requestPermission = async () => WORDS;"
                " constructor() { throw new TypeError(); } }".replace("WORDS", words),
            )
            tab.until(lambda tab=tab: tab.driver.find_elements("id", "notify"))
            tab.press("help")
            tab.press("notify")
            tab.until(lambda tab=tab: tab.text("refused").startswith("This browser shows no notifications"))
            assert tab.script("return notify.checked") is False
