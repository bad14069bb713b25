"""What the page draws anew in a frame, and how it looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from people import Painter

from tests.support.browser import Browser, Tab
from tests.support.server_process import WebServer

NOTES_CLIPS = """
    window.clips = 0;
    const { clip } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clip = function (...path) {
        if (this.canvas.id === "board") clips++;
        return clip.apply(this, path);
    };
"""
"""Counts the frames in which only a part of the board is drawn."""

ALL_PIXELS = """
    const copy = document.createElement("canvas");
    const board = document.getElementById("board");
    Object.assign(copy, { width: board.width, height: board.height });
    const context = copy.getContext("2d");
    context.drawImage(board, 0, 0);
    return copy.toDataURL();
"""


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    """A server with a board that a screen shows in less than a pixel a cell."""
    with WebServer("--canvas", "2000x1500", language="en") as server:
        yield server


def seen(tab: Tab) -> str:
    """All that is on the board's element."""
    tab.drawn()
    return str(tab.script(ALL_PIXELS))


@pytest.mark.parametrize("place", ["", "#100,100,0.7", "#100,100,3.5", "#100,100,12"])
def test_changed_cells_alone_are_drawn_anew_and_look_as_in_a_whole_frame(
    browser: Browser, server: WebServer, place: str
) -> None:
    tab = browser.open(server.url + place)
    tab.hover_point((1, 1))
    before = seen(tab)
    tab.script(NOTES_CLIPS)
    with Painter(server) as painter:
        colour = 1 + ["", "#100,100,0.7", "#100,100,3.5", "#100,100,12"].index(place)
        assert painter.paint([(100, 100), (101, 100), (97, 103), (0, 0), (1999, 1499)], colour) == ""
        tab.until_colour(97, 103, tab.board().palette[colour])
    part = seen(tab)
    assert tab.script("return clips") > 0
    assert part != before
    tab.type("g", "g")  # the lines between the cells, and away again: whole frames
    assert seen(tab) == part


def test_a_view_on_its_way_is_rough_and_a_view_at_rest_is_smooth(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url + "#1000,700,0.7")
    with Painter(server) as painter:
        assert painter.paint([(column, row) for column in range(900, 1100) for row in range(660, 740, 2)], 1) == ""
    tab.until_colour(1099, 738, "black")
    tab.script(
        "window.smooth = []; const { drawImage } = CanvasRenderingContext2D.prototype;"
        "CanvasRenderingContext2D.prototype.drawImage = function (...what) {"
        " if (this.canvas.id === 'board') smooth.push(this.imageSmoothingEnabled);"
        " return drawImage.apply(this, what); }"
    )
    tab.type("m")
    tab.drag_points([(600.0, 400.0), (620.0, 410.0), (640.0, 420.0), (650.0, 430.0)])
    tab.until(lambda: tab.script("return smooth.includes(false) && smooth.at(-1)"))
