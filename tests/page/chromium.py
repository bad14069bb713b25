"""A real browser, worked with mouse, touch and keys.

    with Chromium() as chromium:
        tab = chromium.open("http://127.0.0.1:8080/")
        tab.click(3, 4)
        tab.until_board(lambda board: board.colour(3, 4) == "black")

Nothing sleeps: each wait ends with a state of the page.
"""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from bench.page import BROWSER_FLAGS
from tests.support.server_process import PATIENCE_SECONDS

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"

ALT, CTRL, SHIFT = 1, 2, 8
"""Modifiers in the numbers of the DevTools protocol."""

_POLL_SECONDS = 0.02

_NO_SERVER = "WebSocket connection to "
"""The browser's own complaint of each failed attempt to reach a server; no page can prevent the complaint."""

_COPY = """
    const canvas = document.getElementById("board");
    const { width, height } = canvas;
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
"""
"""To read from: the page's own canvas is made for being drawn on."""

_FIND_BOARD = f"""
    {_COPY}
    const data = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    const first = data.findIndex((pixel) => pixel !== 0), last = data.findLastIndex((pixel) => pixel !== 0);
    const place = (pixel) => [pixel % width, Math.floor(pixel / width)];
    return first < 0 ? null : [...place(first), ...place(last).map((end) => end + 1)];
"""
"""Left, top, right and bottom of what is drawn, in pixels of the screen; around the board there is nothing."""


@dataclass(frozen=True)
class Board:
    """A board of the page."""

    width: int
    height: int
    palette: tuple[str, ...]
    colours: bytes

    def colour(self, column: int, row: int) -> str:
        """The name of a cell's colour."""
        return self.palette[self.colours[row * self.width + column]]

    def rows(self) -> list[list[str]]:
        """All names, row by row."""
        return [[self.colour(column, row) for column in range(self.width)] for row in range(self.height)]


class Chromium:
    """A headless Chromium with a temporary profile.

    :ivar downloads: the folder for saved files.
    """

    def __init__(self) -> None:
        self._profile = tempfile.mkdtemp(prefix="dcc-chromium-")
        self.downloads = Path(self._profile, "downloads")
        options = webdriver.ChromeOptions()
        options.binary_location = _command("chromium")
        options.accept_insecure_certs = True
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for flag in (*BROWSER_FLAGS, f"--user-data-dir={self._profile}"):
            options.add_argument(flag)
        self.driver = webdriver.Chrome(options=options, service=Service(_command("chromedriver")))
        self.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(self.downloads)}
        )
        self._home = self.driver.current_window_handle
        self.errors: list[str] = []

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()
        shutil.rmtree(self._profile, ignore_errors=True)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def open(
        self,
        url: str,
        *,
        language: str = "en",
        dark: bool = False,
        size: tuple[int, int] = (1280, 800),
        touch: bool = False,
        online: bool = True,
    ) -> Tab:
        """Open a page in a new window.

        :param language: the preferred language of the browser.
        :param size: of the viewport, in CSS pixels.
        :param online: whether to wait for the board.
        """
        self.driver.switch_to.new_window("window")
        tab = Tab(self, self.driver.current_window_handle)
        agent = self.driver.execute_script("return navigator.userAgent")
        tab.command("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.command("Emulation.setEmulatedMedia", features=[scheme])
        tab.command(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=touch
        )
        tab.command("Emulation.setTouchEmulationEnabled", enabled=touch)
        self.driver.get(url)
        if online:
            tab.until_online()
        return tab

    def close_tabs(self) -> None:
        """Close every page, and keep the complaints, except about an absent server."""
        for handle in self.driver.window_handles:
            if handle != self._home:
                self.driver.switch_to.window(handle)
                messages = [str(entry["message"]) for entry in self.driver.get_log("browser")]
                self.errors += [message for message in messages if _NO_SERVER not in message]
                self.driver.close()
        self.driver.switch_to.window(self._home)

    def take_errors(self) -> list[str]:
        """Return the complaints on the consoles of closed pages since the last call."""
        errors, self.errors = self.errors, []
        return errors


def _command(name: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"{name} is not installed (Debian: chromium, chromium-driver)"
    return path


class Tab:
    """A page in a separate window. Points are [x, y] in CSS pixels of the window."""

    def __init__(self, chromium: Chromium, handle: str) -> None:
        self._chromium = chromium
        self._handle = handle
        self._mouse = (0.0, 0.0)

    @property
    def driver(self) -> webdriver.Chrome:
        """The driver, turned to the page."""
        driver = self._chromium.driver
        if driver.current_window_handle != self._handle:
            driver.switch_to.window(self._handle)
        return driver

    def command(self, name: str, **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol."""
        result: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return result

    def script(self, code: str, *arguments: Any) -> Any:
        """Run JavaScript in the page."""
        return self.driver.execute_script(code, *arguments)

    def of_module(self, module: str, code: str) -> Any:
        """Evaluate an expression about a module of the page, named ``module`` in the expression."""
        found = f"import(new URL('{module}.js', document.baseURI)).then((module) => arguments[0]({code}))"
        return self.driver.execute_async_script(found)

    def until(self, condition: Callable[[], Any], what: str = "") -> Any:
        """Wait for a condition, and return the result.

        :raises AssertionError: after too long a wait.
        """
        return WebDriverWait(self.driver, PATIENCE_SECONDS, _POLL_SECONDS).until(lambda _driver: condition(), what)

    def until_online(self) -> None:
        """Wait until the page holds the board, and has drawn it."""
        self.until(lambda: self.script("return document.body?.dataset.link === 'online'"), "not online")
        self.drawn()

    def drawn(self) -> None:
        """Wait until everything that the page has is on the screen."""
        frames = "requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]()))"
        self.driver.execute_async_script(frames)

    # --- what is seen ---------------------------------------------------------------------------------------

    def element(self, identity: str) -> WebElement:
        """Find the element with an id."""
        return self.driver.find_element("id", identity)

    def text(self, identity: str) -> str:
        """Return the visible text of an element."""
        return self.element(identity).text

    def attribute(self, identity: str, name: str) -> str | None:
        """An attribute of an element."""
        return self.element(identity).get_attribute(name)

    def hash(self) -> str:
        """The end of the page's address, once the view has come to rest."""
        return str(self.script("return location.hash"))

    def board(self) -> Board:
        """Return the board on the screen, unanswered paints included."""
        held = self.of_module(
            "main",
            "{...module.replica, palette: module.replica.palette.map(({name}) => name),"
            " shown: btoa(module.replica.shown.reduce((text, colour) => text + String.fromCharCode(colour), ''))}",
        )
        colours = base64.b64decode(held["shown"])
        return Board(held["width"], held["height"], tuple(held["palette"]), colours)

    def until_board(self, condition: Callable[[Board], bool]) -> Board:
        """Wait for a board, and return the board."""
        found: list[Board] = []

        def look() -> bool:
            found[:] = [self.board()]
            return condition(found[0])

        self.until(look, "no such board")
        return found[0]

    def until_colour(self, column: int, row: int, colour: str) -> None:
        """Wait until a cell shows a colour."""
        self.until_board(lambda board: board.colour(column, row) == colour)

    def until_answered(self) -> None:
        """Wait until the server has answered all that was painted."""
        self.until(lambda: self.of_module("main", "module.replica.unanswered") == 0, "unanswered")

    def rectangle(self) -> tuple[float, float, float]:
        """Where the upper left corner of the board is, and how large a cell; all of it has to be in view."""
        self.hover_point((1, 1))  # a cursor at the edge would reach over it
        self.drawn()
        left, top, right, _bottom = self.until(lambda: self.script(_FIND_BOARD))
        return left, top, (right - left) / self.of_module("main", "module.replica.width")

    def pixels(self, *points: tuple[float, float]) -> list[str]:
        """Return the colours of some points of the board's element on the screen, ``#rrggbb``."""
        self.drawn()
        code = """
            return arguments[0].map((point) => {
                const [red, green, blue] = context.getImageData(...point.map(Math.floor), 1, 1).data;
                return "#" + [red, green, blue].map((byte) => byte.toString(16).padStart(2, "0")).join("");
            });
        """
        return [str(colour) for colour in self.script(_COPY + code, points)]

    def picture(self) -> list[list[str]]:
        """What the middle of every cell looks like, row by row; all of the board has to be in view."""
        left, top, cell = self.rectangle()
        board = self.board()
        rows, columns = range(board.height), range(board.width)
        points = [(left + (column + 0.5) * cell, top + (row + 0.5) * cell) for row in rows for column in columns]
        pixels = self.pixels(*points)
        return [pixels[row * board.width :][: board.width] for row in rows]

    def point(self, column: float, row: float) -> tuple[float, float]:
        """The middle of a cell; all of the board has to be in view."""
        left, top, cell = self.rectangle()
        return left + (column + 0.5) * cell, top + (row + 0.5) * cell

    def save_screenshot(self, path: Path) -> None:
        """The page as a PNG file."""
        self.drawn()
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))

    def violations(self, *, undecided: bool = False) -> list[str]:
        """List the faults of accessibility found by axe-core.

        :param undecided: with the doubtful cases, such as covered elements.
        """
        assert AXE.exists(), "axe-core is not there: npm install"
        self.script(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")
        return [
            f"{rule['id']}: {rule['help']}: " + "; ".join(node["html"] for node in rule["nodes"])
            for rule in found["violations"] + (found["incomplete"] if undecided else [])
        ]

    # --- mouse, touch and keys ----------------------------------------------------------------------------------

    def _mouse_event(self, kind: str, at: tuple[float, float], **rest: Any) -> None:
        self._mouse = at
        self.command("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], **rest)

    def hover_point(self, at: tuple[float, float]) -> None:
        """Move the mouse to a point."""
        self._mouse_event("mouseMoved", at)

    def hover(self, column: int, row: int) -> None:
        """Move the mouse to a cell."""
        self.hover_point(self.point(column, row))

    def click(self, column: int, row: int, modifiers: int = 0) -> None:
        """Click a cell."""
        self.drag_points([self.point(column, row)], modifiers=modifiers)

    def drag(self, *cells: tuple[int, int], button: str = "left") -> None:
        """Drag from cell to cell."""
        self.drag_points([self.point(*cell) for cell in cells], button)

    def drag_points(self, points: Sequence[tuple[float, float]], button: str = "left", modifiers: int = 0) -> None:
        """Press a button at the first point, move over the others, let it go at the last."""
        held = {"button": button, "buttons": {"left": 1, "middle": 4}[button], "modifiers": modifiers}
        self._mouse_event("mouseMoved", points[0], modifiers=modifiers)
        self._mouse_event("mousePressed", points[0], clickCount=1, **held)
        for point in points[1:]:
            self._mouse_event("mouseMoved", point, **held)
        self._mouse_event("mouseReleased", points[-1], clickCount=1, button=button, modifiers=modifiers)

    def wheel(self, at: tuple[float, float], pixels: float) -> None:
        """Turn the wheel; towards the hand is positive."""
        self._mouse_event("mouseWheel", at, deltaX=0, deltaY=pixels)

    def press(self, identity: str) -> None:
        """Click a control."""
        self.element(identity).click()

    def touch(self, *paths: Sequence[tuple[float, float]]) -> None:
        """Put a finger down at the start of each path in turn, move all fingers together, lift the fingers."""
        fingers = [{"x": path[0][0], "y": path[0][1], "id": number} for number, path in enumerate(paths)]
        for count in range(1, len(paths) + 1):
            self.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=fingers[:count])
        for points in zip(*(path[1:] for path in paths), strict=True):
            fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
            self.command("Input.dispatchTouchEvent", type="touchMove", touchPoints=fingers)
        for count in reversed(range(len(paths))):
            self.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=fingers[:count])

    def tap(self, identity: str) -> None:
        """Tap a control with a finger."""
        box = self.element(identity).rect
        self.touch([(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)])

    def type(self, *keys: str) -> None:
        """Press keys in turn; ``Ctrl+`` and ``Shift+`` before a key hold Ctrl and Shift."""
        for key in keys:
            chain = webdriver.ActionChains(self.driver, duration=0)
            *held, last = key.split("+") if len(key) > 1 else [key]
            codes = [{"Ctrl": Keys.CONTROL, "Shift": Keys.SHIFT}[name] for name in held]
            for code in codes:
                chain.key_down(code)
            chain.send_keys(getattr(Keys, last) if len(last) > 1 else last)
            for code in codes:
                chain.key_up(code)
            chain.perform()

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Hold a key down."""
        webdriver.ActionChains(self.driver, duration=0).key_down(key).perform()
        yield
        webdriver.ActionChains(self.driver, duration=0).key_up(key).perform()

    def log(self) -> str:
        """Return the console of the page, for a failed test."""
        return json.dumps(self.driver.get_log("browser"))
