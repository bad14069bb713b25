"""Shared templates in the page: offered, shown over the board, counted live, and led through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from people import owner
from selenium.webdriver.support.select import Select

from dcc.core import templates
from dcc.core.actions import AddTemplate, Rectangle, RemoveTemplate
from dcc.core.templates import TemplatePixels
from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

RED, BLUE = 2, 5

# Red, nothing, blue above three red cells, from (5, 4) on.
PLACE = Rectangle(5, 4, 3, 2)
COLOURS, PAINTED = bytes([RED, 0, BLUE, RED, RED, RED]), bytes([1, 0, 1, 1, 1, 1])
CAT = AddTemplate("cat", PLACE, templates.spell(TemplatePixels(COLOURS, PAINTED)))
DOG = AddTemplate("dog", Rectangle(20, 10, 1, 1), templates.spell(TemplatePixels(bytes([BLUE]), b"\1")))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", "--canvas", "40x30", language="en") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Chromium() as chromium:
        yield chromium


def progress(tab: Tab) -> list[str]:
    """What the panel tells of each template."""
    return list(tab.script("return [...document.querySelectorAll('#together small')].map((each) => each.textContent)"))


def chosen(tab: Tab, name: str) -> None:
    """Choose a template in the panel."""
    tab.script(
        "[...document.querySelectorAll('#together label')].find((l) => l.innerText.includes(arguments[0])).click()",
        name,
    )
    tab.until(lambda: not tab.attribute("togetherOptions", "hidden"))


def test_templates_are_offered_shown_counted_and_led_through(
    browser: Browser, server: WebServer, tmp_path: Path
) -> None:
    with owner(server) as own:
        own.act(CAT)
        tab = browser.open(server.url)
        notices = tab.notices()
        own.act(DOG)
        tab.until(lambda: any("dog. Choose it under Template." in notice for notice in notices()))
        tab.press("template")
        tab.until(lambda: progress(tab) == ["0 of 5 pixels, 0 %", "0 of 1 pixels, 0 %"])
        before = tab.picture()
        chosen(tab, "cat")
        tab.until(lambda: tab.picture()[4][5] != before[4][5])
        assert tab.violations() == []
        tab.press("template")
        board = tab.element("board")
        board.click()
        tab.type("n")
        tab.until(lambda: tab.text("colour") == "red")
        assert tab.text("spoken") == "Column 5, row 4: white"
        tab.type(" ")
        tab.until_colour(5, 4, "red")
        tab.type("n")
        tab.until(lambda: tab.text("colour") == "blue")
        assert tab.text("spoken") == "Column 7, row 4: white"
        tab.type(" ")
        tab.until_colour(7, 4, "blue")
        own.paint([(5, 5), (6, 5)], RED)
        tab.press("template")
        tab.until(lambda: progress(tab) == ["4 of 5 pixels, 80 %", "0 of 1 pixels, 0 %"])
        own.paint([(7, 5)], RED)
        tab.until(lambda: progress(tab)[0] == "5 of 5 pixels, 100 %")
        tab.press("nextMissing")
        tab.until(lambda: "Nothing is missing of cat." in notices())
        own.act(RemoveTemplate("cat"))
        tab.until(lambda: progress(tab) == ["0 of 1 pixels, 0 %"])
        tab.until(lambda: tab.attribute("togetherOptions", "hidden") is not None)


def test_a_template_is_shown_as_dots_or_as_what_is_missing_and_one_colour_at_a_time(
    browser: Browser, server: WebServer
) -> None:
    with owner(server) as own:
        own.act(CAT)
        own.paint([(5, 4)], RED)
        tab = browser.open(server.url)
        tab.press("template")
        tab.until(lambda: progress(tab) == ["1 of 5 pixels, 20 %"])
        chosen(tab, "cat")
        look = Select(tab.element("togetherLook"))

        def shows(*cells: tuple[int, int]) -> bool:
            """Whether these cells of the template alone differ from a white board in their middle."""
            seen = tab.pixels(*(tab.point(column, row) for column in (5, 6, 7) for row in (4, 5)))
            places = [(column, row) for column in (5, 6, 7) for row in (4, 5)]
            return {place for place, colour in zip(places, seen, strict=True) if colour != "#ffffff"} == {*cells}

        all_cells = ((5, 4), (7, 4), (5, 5), (6, 5), (7, 5))
        tab.until(lambda: shows(*all_cells))
        look.select_by_visible_text("only what is missing")
        tab.until(lambda: tab.pixels(tab.point(7, 4)) == ["#0000ff"])
        assert shows(*all_cells)  # the painted one in its own colour
        look.select_by_visible_text("dots")
        tab.until(lambda: tab.pixels(tab.point(6.6, 3.6)) == ["#ffffff"])
        assert tab.pixels(tab.point(7, 4)) == ["#0000ff"]
        tab.press("oneColour")
        chosen_colour = tab.text("colour")
        assert chosen_colour == "black"
        tab.until(lambda: shows((5, 4)))  # of the board itself
        tab.element("board").click()
        tab.type("6")
        tab.until(lambda: shows((5, 4), (7, 4)))
