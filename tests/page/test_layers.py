"""What has happened, in the page: named moments and playing, what glows, where was painted how often."""

from __future__ import annotations

from pathlib import Path

import pytest
from people import Painter, owner, owner_key

from dcc.core.actions import NameMoment
from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

BLACK = 1
RED = 2


def open_board(tmp_path: Path, *options: str) -> WebServer:
    """Start a server with a record."""
    store = f"sqlite:{tmp_path}/board.sqlite3"
    return WebServer("--store", store, "--canvas", "20x16", *options, language="en")


def make_history(server: WebServer, *names: str) -> Painter:
    """Paint a row for each name, and name the moment after each; a row more at the end."""
    mo = owner(server)
    for row, name in enumerate(names):
        assert mo.paint([(column, row) for column in range(10)], BLACK) == ""
        mo.act(NameMoment(name))
    assert mo.paint([(column, 15) for column in range(10)], RED) == ""
    return mo


def shown_names(tab: Tab) -> list[str]:
    """The names over the slider that have room."""
    code = (
        "return [...document.querySelectorAll('#marks bdi')].filter((name) => !name.hidden).map((n) => n.textContent)"
    )
    return list(tab.script(code))


def test_named_moments_are_marks_that_keys_buttons_and_the_mouse_reach(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "first <b>", "second")
        tab = browser.open(server.url)
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("· after second · 30 / 30"))
        assert sorted(shown_names(tab)) == ["first <b>", "second"]
        for key, words in (
            (",", "second · 20 / 30"),
            (",", "first <b> · 10 / 30"),
            (",", "· 0 / 30"),
            (".", "· 10 / 30"),
        ):
            tab.type(key)
            tab.until(lambda words=words: tab.text("when").endswith(words))
        assert [row.count("#000000") for row in tab.picture()[:2]] == [10, 0]
        assert "first <b>" in str(tab.attribute("moment", "aria-valuetext"))
        tab.press("momentAfter")
        tab.until(lambda: tab.text("when").endswith("· second · 20 / 30"))
        tab.driver.find_element("css selector", "#marks bdi").click()
        tab.until(lambda: tab.text("when").endswith("· first <b> · 10 / 30"))
        assert tab.violations() == []
        tab.type("ESCAPE")
        assert not tab.element("past").is_displayed()
        assert tab.script("return document.activeElement.id") == "history"


def test_keys_of_the_page_work_while_the_slider_of_the_history_has_the_focus(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server)
        tab = browser.open(server.url)
        for close, grid in (("h", "true"), ("ESCAPE", "false")):
            tab.type("h")
            tab.until(lambda: tab.text("when").endswith("· 10 / 10"))
            assert tab.script("return document.activeElement.id") == "moment"
            tab.type("g")
            assert tab.attribute("grid", "aria-pressed") == grid
            tab.type(close)
            tab.until(lambda: not tab.element("past").is_displayed())


def test_the_history_is_played_faster_from_the_beginning_and_in_a_loop(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "first", "second")
        tab = browser.open(server.url)
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("· 30 / 30"))
        tab.script(
            "window.seen = []; const when = document.getElementById('when');"
            "new MutationObserver(() => seen.push(parseInt(when.value.split(' · ').pop()))).observe(when,"
            " {childList: true, characterData: true, subtree: true});"
        )
        tab.script(
            "const speed = document.getElementById('speed'); speed.value = '4';"
            " speed.dispatchEvent(new Event('change'));"
        )
        tab.press("again")
        tab.until(lambda: tab.attribute("play", "data-state") == "play" and tab.text("when").endswith("· 30 / 30"))
        seen = tab.script("return seen")
        assert seen[0] < 10 and seen[-1] == 30 and seen == sorted(seen)
        tab.script("seen.length = 0")
        tab.press("loop")
        tab.script("document.getElementById('moment').focus()")
        tab.type("SPACE")
        ends = "return seen.filter((at, n) => at === 30 && seen[n + 1] < 30).length"
        tab.until(lambda: tab.script(ends) >= 2)
        tab.type("SPACE")
        tab.until(lambda: tab.attribute("play", "data-state") == "play")


@pytest.mark.parametrize("size", [(360, 740), (740, 360), (1280, 800)])
def test_the_bar_of_the_history_fits_and_is_worked_by_touch(
    chromium: Chromium, tmp_path: Path, size: tuple[int, int]
) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "the first of all lessons", "second", "third", "fourth")
        tab = chromium.open(server.url, size=size, touch=True)
        tab.tap("history")
        tab.until(lambda: tab.text("when").endswith("· 50 / 50"))
        for name in ("play", "again", "momentBefore", "momentAfter", "loop", "speed", "now"):
            box = tab.element(name).rect
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= size[1], name
            assert min(box["width"], box["height"]) >= 38, name
        tab.tap("momentBefore")
        tab.until(lambda: tab.text("when").endswith("· fourth · 40 / 50"))
        assert "fourth" in shown_names(tab)
        left, right = tab.script("const box = marks.getBoundingClientRect(); return [box.left, box.right]")
        for edges in tab.script(
            "return [...document.querySelectorAll('#marks bdi')].filter((name) => !name.hidden)"
            ".map((name) => name.getBoundingClientRect()).map(({left, right}) => [left, right])"
        ):
            assert left - 4 <= edges[0] and edges[1] <= right + 1
        tab.tap("now")
        assert not tab.element("past").is_displayed()


def test_who_moderates_is_not_needed_to_see_named_moments(chromium: Chromium, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "first")
        tab = chromium.open(f"{server.url}#clave={owner_key(server)}")
        other = chromium.open(server.url)
        for each in (tab, other):
            each.press("history")
            each.until(lambda each=each: each.text("when").endswith("· after first · 20 / 20"))
