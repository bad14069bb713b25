"""What the browsers of the tests have in common: pages that are worked with mouse, touch and keys.

    with Chromium() as browser:
        tab = browser.open("http://127.0.0.1:8080/")
        tab.click(3, 4)
        tab.until_board(lambda board: board.colour(3, 4) == "black")

Nothing sleeps: each wait ends with a state of the page.
"""

from __future__ import annotations

import base64
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from typing_extensions import Self

from tests.support.server_process import PATIENCE_SECONDS

ALT = 1
"""The modifier in the number of the DevTools protocol."""

Point = tuple[float, float]

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"

_POLL_SECONDS = 0.02

_COPY = """
    const canvas = document.getElementById("board");
    const { width, height } = canvas;
    const copy = Object.assign(document.createElement("canvas"), { width, height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
"""
"""To read from: the page's own canvas is made for being drawn on."""

_FIND_BOARD = f"""
    {_COPY}
    const data = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    const isBoard = (pixel) => pixel >>> 24 === 255;
    const first = data.findIndex(isBoard), last = data.findLastIndex(isBoard);
    const place = (pixel) => [pixel % width, Math.floor(pixel / width)];
    return first < 0 ? null : [...place(first), ...place(last).map((end) => end + 1)];
"""
"""Left, top, right and bottom of the board, in pixels of the screen; the edge around the board is half transparent."""


_COLLECT_NOTICES = """
    const notice = document.getElementById("notice");
    notice.textContent = "";  // the page leaves words alone that it is to say again
    window.notices = [];
    const collect = () => getComputedStyle(notice).visibility === "visible" && notices.push(notice.innerText.trim());
    new MutationObserver(collect).observe(notice, { childList: true });
"""


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


class Browser(ABC):
    """A browser without a visible window, whose pages are all closed after each test."""

    driver: Any
    _home: str

    def __init__(self) -> None:
        self.errors: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    @abstractmethod
    def open(self, url: str, *, size: tuple[int, int] = (1280, 800), touch: bool = False, online: bool = True) -> Tab:
        """Open a page in a new window.

        :param size: of the viewport, in CSS pixels.
        :param online: whether to wait for the board.
        """

    @abstractmethod
    def complaints(self) -> list[str]:
        """Return what the page in front has complained of."""

    def close_tabs(self) -> None:
        """Close every page, and keep the complaints."""
        for handle in self.driver.window_handles:
            if handle != self._home:
                self.driver.switch_to.window(handle)
                self.errors += self.complaints()
                self.driver.close()
        self.driver.switch_to.window(self._home)

    def take_errors(self) -> list[str]:
        """Return the complaints of closed pages since the last call."""
        errors, self.errors = self.errors, []
        return errors


def clean(browser: Browser) -> Iterator[Any]:
    """Give a browser to a test, and close the pages, which have to have had nothing to complain of."""
    yield browser
    browser.close_tabs()
    errors = browser.take_errors()
    assert not errors, errors


def command(name: str) -> str:
    """Find a program.

    :raises AssertionError: it is not installed.
    """
    path = shutil.which(name)
    assert path is not None, f"{name} is not installed: tools/system-packages screen browser"
    return path


class Tab(ABC):
    """A page in a separate window. Points are [x, y] in CSS pixels of the window."""

    def __init__(self, browser: Browser, handle: str) -> None:
        self._browser = browser
        self._handle = handle

    @property
    def driver(self) -> Any:
        """The driver, turned to the page."""
        driver = self._browser.driver
        if driver.current_window_handle != self._handle:
            driver.switch_to.window(self._handle)
        return driver

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

    def notices(self) -> Callable[[], list[str]]:
        """Collect notices from now on: a notice stays for seconds, and a slow machine may look later.

        :return: returns what was shown so far.
        """
        self.script(_COLLECT_NOTICES)
        return lambda: list(self.script("return notices"))

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

    @abstractmethod
    def hover_point(self, at: Point) -> None:
        """Move the mouse to a point."""

    @abstractmethod
    def drag_points(self, points: Sequence[Point], button: str = "left", modifiers: int = 0) -> None:
        """Press a button at the first point, move over the others, let it go at the last."""

    @abstractmethod
    def wheel(self, at: Point, pixels: float) -> None:
        """Turn the wheel; towards the hand is positive."""

    @abstractmethod
    def touch(self, *paths: Sequence[Point]) -> None:
        """Put a finger down at the start of each path in turn, move all fingers together, lift the fingers."""

    def hover(self, column: int, row: int) -> None:
        """Move the mouse to a cell."""
        self.hover_point(self.point(column, row))

    def click(self, column: int, row: int, modifiers: int = 0) -> None:
        """Click a cell."""
        self.drag_points([self.point(column, row)], modifiers=modifiers)

    def drag(self, *cells: tuple[int, int], button: str = "left") -> None:
        """Drag from cell to cell."""
        self.drag_points([self.point(*cell) for cell in cells], button)

    def press(self, identity: str) -> None:
        """Click a control."""
        self.element(identity).click()

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
