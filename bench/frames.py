"""frames: a board of 2000 x 2000 in a browser on a slow device: frames a second while the board is watched and worked.

The browser's own throttle makes its CPU slower, 4 times by default. Mouse and wheel are events of the browser, not of
the page. Others paint 200 cells a second all the time. The limit is an empty page in the same browser under the same
throttle, events and load, measured right after each view. A frame is a call of ``requestAnimationFrame``; a long task
takes 50 ms or more.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Generator
from typing import Any

from bench.page import SIDE, browser, make_noise, sequence
from bench.processes import NO_QUOTAS, Clients, Server
from bench.table import Row

EVENT_SECONDS = 0.008
"""Between two events of a mouse: 125 a second, as an ordinary mouse sends."""

MIDDLE = (1000.0, 450.0)
"""In a window of 1920 x 1080: on the board, and beside all bars."""

WARM_UP_SECONDS = 1.0
"""Until the page is compiled, and the load has begun."""

COUNT_FRAMES = """
    const [seconds] = arguments;
    window.counted = new Promise((resolve) => {
        const times = [];
        let long = 0;
        const observer = new PerformanceObserver((list) => { long += list.getEntries().length; });
        observer.observe({ entryTypes: ["longtask"] });
        requestAnimationFrame(function frame(time) {
            times.push(time);
            if (time - times[0] < seconds * 1000) return requestAnimationFrame(frame);
            observer.disconnect();
            const lengths = times.slice(1).map((end, n) => end - times[n]).sort((a, b) => a - b);
            const part = (share) => lengths[Math.floor((lengths.length - 1) * share)];
            resolve([lengths.length * 1000 / (time - times[0]), part(.5), part(.95), part(.99), part(1), long]);
        });
    });
"""

Point = tuple[float, float]
Hand = Callable[["Mouse"], Generator[None, None, None]]


class Mouse:
    """The mouse of the browser."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def send(self, kind: str, at: Point, **rest: Any) -> None:
        """Send an event of the DevTools protocol."""
        self._driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "x": at[0], "y": at[1], **rest})


def _watch(_mouse: Mouse) -> Generator[None, None, None]:
    """Do nothing."""
    while True:
        yield


def _drag(mouse: Mouse) -> Generator[None, None, None]:
    """Go round with the button held: a stroke, or a move of the view."""
    held = {"button": "left", "buttons": 1, "clickCount": 1}
    mouse.send("mouseMoved", MIDDLE)
    mouse.send("mousePressed", MIDDLE, **held)
    began = time.monotonic()
    try:
        while True:
            angle = 2 * (time.monotonic() - began)
            at = MIDDLE[0] + 300 * math.sin(angle), MIDDLE[1] + 200 * math.sin(1.3 * angle)
            mouse.send("mouseMoved", at, **held)
            yield
    finally:
        mouse.send("mouseReleased", MIDDLE, button="left", clickCount=1)


def _zoom(mouse: Mouse) -> Generator[None, None, None]:
    """Turn the wheel to and fro."""
    began = time.monotonic()
    while True:
        towards = -1 if (time.monotonic() - began) % 2 < 1 else 1
        mouse.send("mouseWheel", MIDDLE, deltaX=0, deltaY=towards * 12)
        yield


VIEWS: tuple[tuple[str, str, str, Hand], ...] = (
    ("watch the whole board", "", "b", _watch),
    ("watch at 4x", "#1000,1000,4", "b", _watch),
    ("move at 4x", "#1000,1000,4", "m", _drag),
    ("move at 0.7x", "#1000,1000,0.7", "m", _drag),
    ("zoom from 1x to 8x", "#1000,1000,1", "m", _zoom),
    ("draw at 8x", "#1000,1000,8", "b", _drag),
)
"""Name, end of the address, key of the tool, and what the hand does."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--throttle", type=float, default=4.0, help="how many times slower the browser's CPU is")
    parser.add_argument("--rate", type=float, default=200.0, help="paints of others a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the frames of each view are counted")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each view."""
    rows = []
    with (
        Server(clients.folder, "memory:", f"--canvas={SIDE}x{SIDE}", "--http=0", *NO_QUOTAS) as server,
        browser() as driver,
    ):
        make_noise(clients, server)
        for name, view, key, hand in VIEWS:
            seconds = 2 * options.seconds + 60
            with clients.painter(server.port, 1, cells=SIDE**2, rate=options.rate, seconds=seconds) as painter:
                painter.hear("^ready")
                driver.get(f"http://127.0.0.1:{server.web_port}/{view}")
                driver.execute_async_script("window.ready.then(arguments[0])")
                driver.switch_to.active_element.send_keys(key)
                painter.say("go")
                before = sequence(driver)
                began = time.monotonic()
                fps, median, p95, p99, most, long = _count(driver, options, hand)
                changes = (sequence(driver) - before) / (time.monotonic() - began)
                driver.get("about:blank")
                empty = _count(driver, options, hand)[0]
            rows.append(
                {
                    "view": name,
                    "changes/s": int(changes),
                    "frames/s": fps,
                    "median ms": median,
                    "p95 ms": p95,
                    "p99 ms": p99,
                    "max ms": most,
                    "long tasks": int(long),
                    "empty page": empty,
                    "to empty": fps / empty,
                }
            )
    return rows


def _count(driver: Any, options: argparse.Namespace, hand: Hand) -> list[float]:
    """Count the frames of the page while a hand works: frames a second, milliseconds of frames, long tasks."""
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": options.throttle})
    works = hand(Mouse(driver))
    _work(works, WARM_UP_SECONDS)
    driver.execute_script(COUNT_FRAMES, options.seconds)
    _work(works, options.seconds)
    works.close()
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
    figures: list[float] = driver.execute_async_script("window.counted.then(arguments[0])")
    return figures


def _work(works: Generator[None, None, None], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        next(works)
        time.sleep(EVENT_SECONDS)
