"""The page in browsers that lack or withhold something, behind proxies, and on networks that come and go."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from proxy import Proxy

from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

OLD = """
    for (const name of ["DecompressionStream", "CompressionStream", "OffscreenCanvas"]) delete window[name];
    delete PointerEvent.prototype.getCoalescedEvents;
"""
"""As Safari 15.4: what the page can do without."""

NOISE = """
    const original = CanvasRenderingContext2D.prototype.getImageData;
    CanvasRenderingContext2D.prototype.getImageData = function (...where) {
        const image = original.apply(this, where);
        image.data.forEach((level, n) => { image.data[n] = NOISE; });
        return image;
    };
    HTMLCanvasElement.prototype.toBlob = OffscreenCanvas.prototype.convertToBlob = () => { throw new Error("noise"); };
"""

LITTLE_NOISE = NOISE.replace("NOISE", "n % 4 === 3 || !image.data[n | 3] ? level : level + (n % 3) - 1")
"""As Brave and Firefox 145: a level more or less. Whatever makes a picture of a canvas is of no use."""

NOISE_ALONE = NOISE.replace("NOISE", "Math.random() * 256")
"""As Firefox with resistFingerprinting, and the Tor browser."""


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    """A server for many tests; a test may find a painted board."""
    with WebServer("--canvas", "40x30", language="en") as server:
        yield server


def draws(tab: Tab, row: int) -> None:
    """Drag over 30 cells in two events."""
    tab.type("3")
    tab.drag((2, row), (10, row), (31, row))
    tab.until_colour(31, row, "red")
    tab.until_answered()
    assert tab.board().rows()[row][2:32] == ["red"] * 30


def saved(chromium: Chromium, tab: Tab) -> Image.Image:
    """Save the board, a pixel a cell."""
    file = chromium.downloads / "board.png"
    file.unlink(missing_ok=True)
    tab.press("save")
    tab.until(file.exists, "nothing was saved")
    image = Image.open(io.BytesIO(tab.until(lambda: file.read_bytes() or None))).convert("RGB")
    file.unlink()
    board = tab.board()
    scale = image.width // board.width
    assert image.size == (board.width * scale, board.height * scale)
    small = image.resize((board.width, board.height), Image.Resampling.NEAREST)
    assert small.resize(image.size, Image.Resampling.NEAREST).tobytes() == image.tobytes()
    return small


def test_a_drag_draws_without_the_moves_between_two_events(browser: Browser, server: WebServer) -> None:
    tab = browser.open(server.url)
    tab.script("delete PointerEvent.prototype.getCoalescedEvents")
    draws(tab, 3)


def test_the_page_works_at_an_address_without_encryption(chromium: Chromium, server: WebServer) -> None:
    tab = chromium.open(server.url.replace("127.0.0.1", "0.0.0.0"))
    assert tab.script("return isSecureContext") is False
    draws(tab, 5)
    assert saved(chromium, tab).getpixel((31, 5)) == (255, 0, 0)


def test_an_old_browser_reads_packed_boards_draws_and_saves(chromium: Chromium) -> None:
    with WebServer("--canvas", "200x150", language="en") as server:
        tab = chromium.open(server.url, before=OLD)
        draws(tab, 7)
        assert tab.script("return performance.getEntriesByType('resource').some(({name}) => name.endsWith('zlib.js'))")
        assert saved(chromium, tab).getpixel((31, 7)) == (255, 0, 0)


def test_a_saved_picture_has_the_colours_of_the_board_in_a_browser_that_adds_noise(
    chromium: Chromium, tmp_path: Path
) -> None:
    with WebServer("--store", f"sqlite:{tmp_path}/board.sqlite3", "--canvas", "40x30", language="en") as server:
        tab = chromium.open(server.url, before=LITTLE_NOISE)
        draws(tab, 9)
        board = tab.board()
        values = {"white": (255, 255, 255), "red": (255, 0, 0)}
        colours = [values[name] for row in board.rows() for name in row]
        assert list(saved(chromium, tab).get_flattened_data()) == colours
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("30 / 30"))
        tab.type("HOME")
        tab.until(lambda: tab.text("when").endswith("· 0 / 30"))
        tab.drawn()
        assert set(saved(chromium, tab).get_flattened_data()) == {(255, 255, 255)}


@pytest.mark.parametrize(
    ("noise", "todo", "notice"),
    [
        (LITTLE_NOISE, "48 of 48 pixels to do", ""),
        (NOISE_ALONE, "", "This browser hides the pixels of pictures from pages."),
    ],
)
def test_a_template_is_exact_under_a_little_noise_and_refused_where_there_is_nothing_else(
    chromium: Chromium, server: WebServer, tmp_path: Path, noise: str, todo: str, notice: str
) -> None:
    Image.new("RGB", (8, 6), (0, 0, 255)).save(tmp_path / "blue.png")
    tab = chromium.open(server.url, before=noise)
    tab.press("template")
    notices = tab.notices()
    tab.element("file").send_keys(str(tmp_path / "blue.png"))
    tab.until(lambda: tab.text("left") == todo and (todo or any(said.startswith(notice) for said in notices())))
    assert bool(notices()) == bool(notice)
    if todo:
        tab.type("6")
        column, row = (int(str(tab.attribute(field, "value"))) for field in ("column", "row"))
        tab.press("done")
        tab.drag((column, row), (column + 7, row))
        tab.press("template")
        tab.until(lambda: tab.text("left") == "40 of 48 pixels to do")
        tab.press("remove")


def test_a_page_that_was_left_and_comes_back_counts_once(browser: Browser, server: WebServer) -> None:
    watcher, tab = browser.open(server.url), browser.open(server.url)
    watcher.until(lambda: watcher.text("users") == "2 online")
    for _ in range(3):
        tab.driver.get("about:blank")
        watcher.until(lambda: watcher.text("users") == "1 online")
        tab.driver.back()
        tab.until_online()
        watcher.until(lambda: watcher.text("users") == "2 online")
    draws(tab, 11)


def test_a_screen_for_streams_is_clear_around_the_board_and_takes_the_streams_style(
    chromium: Chromium, server: WebServer
) -> None:
    for scheme in (False, True):
        tab = chromium.open(server.url + "?view=only", size=(1000, 630), dark=scheme)
        tab.command("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})
        image = tab.screenshot().convert("RGBA")
        assert image.getpixel((2, 2)) == (0, 0, 0, 0)
        assert image.getpixel((500, 315))[3] == 255
        # The board: 21 pixels a cell, in the middle.
        assert [image.getpixel((x, 300))[3] == 255 for x in (78, 80, 919, 921)] == [False, True, True, False]
        tab.script(
            "const style = document.createElement('style'); style.textContent = 'body { opacity: .5 }';"
            "document.head.append(style);"
        )
        assert tab.screenshot().convert("RGBA").getpixel((500, 315))[3] in (127, 128)


PROXIES = {
    "its own Host": ({b"Host": b"Host: 127.0.0.1:PORT"}, "or start dcc serve with --origin https://127.0.0.1:"),
    "a strange Host": ({b"Host": b"Host: canvas.example"}, "start dcc serve with --host canvas.example."),
    "no Upgrade": ({b"Upgrade": b"", b"Connection": b"Connection: close"}, "have the proxy pass the headers Upgrade"),
}


@pytest.mark.parametrize("what", PROXIES)
def test_a_page_whose_proxy_passes_no_websocket_says_what_the_host_can_do_and_goes_on_trying(
    chromium: Chromium, server: WebServer, what: str
) -> None:
    replaced, words = PROXIES[what]
    with Proxy(server.web_port) as proxy:
        proxy.replaced = {name: line.replace(b"PORT", b"%d" % server.web_port) for name, line in replaced.items()}
        tab = chromium.open(proxy.url, online=False)
        tab.until(lambda: words in tab.text("banner"))
        assert "the host of this canvas has to change a setting" in tab.text("lost")
        assert tab.violations() == []
        proxy.replaced = {}
        tab.until_online()
        assert not tab.element("banner").is_displayed()


def test_a_page_whose_proxy_has_lost_the_server_says_so(chromium: Chromium) -> None:
    with WebServer("--canvas", "40x30", language="en") as server, Proxy(server.web_port) as proxy:
        tab = chromium.open(proxy.url)
        later = ("png.js", "reasons_later.js", "past.js", "template.js")
        loaded = "return performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop())"
        tab.until(lambda: set(later) <= set(tab.script(loaded)))
        server.stop()
        tab.until(lambda: "The proxy answers 502" in tab.text("banner"))
        assert tab.text("lost").startswith("Offline: drawing is paused.")


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_a_page_that_wakes_up_with_a_dead_connection_makes_another_at_once(
    chromium: Chromium, server: WebServer, event: str
) -> None:
    with Proxy(server.web_port) as proxy:
        tab, other = chromium.open(proxy.url), chromium.open(server.url)
        proxy.lose_connections()
        draws(other, 13)
        other.type("Ctrl+z", "5")
        other.click(1, 13)
        other.until_answered()
        assert tab.board().colour(1, 13) != "yellow"
        tab.script("(arguments[0] === 'online' ? window : document).dispatchEvent(new Event(arguments[0]))", event)
        tab.until_colour(1, 13, "yellow")
        tab.until_online()
        other.type("1")
        other.click(1, 13)
        tab.until_colour(1, 13, "white")
