"""page: a board of 2000 x 2000 in a browser: time until ready, and frames a second while others paint.

The limit is an empty page in the same browser under the same load. The page itself takes the times: from the start of
loading to the second frame with the board, and of each animation frame (``requestAnimationFrame``). The painters paint
random cells over the whole board, the worst case.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.processes import NO_QUOTAS, BenchError, Clients, Server
from bench.table import Row

SIDE = 2000
PAINTS_A_PAINTER = 250.0
NOISE_SECONDS = 6.0
NOISE_PIXELS = 8000
"""Pixels in each request that fills the board before the measurement."""

BROWSER_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
"""Options for Chromium without a screen, perhaps in a container, and without dialogs."""

WHEN_READY = """
    window.ready = new Promise((resolve) => new MutationObserver((_changes, observer) => {
        if (document.body?.dataset.link !== "online") return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
    }).observe(document, { subtree: true, childList: true, attributeFilter: ["data-link"] }));
"""

COUNT_FRAMES = """
    const [seconds, pans, done] = arguments;
    const board = document.getElementById("board");
    const middle = { pointerId: 1, pointerType: "mouse", button: 1, buttons: 4, clientY: 500 };
    const move = (kind, clientX) => board.dispatchEvent(new PointerEvent(kind, { ...middle, clientX }));
    if (pans) {
        board.setPointerCapture = () => {};
        move("pointerdown", 900);
    }
    const times = [];
    requestAnimationFrame(function frame(time) {
        times.push(time);
        if (pans) move("pointermove", 900 + 300 * Math.sin(times.length / 30));
        if (time - times[0] < seconds * 1000) return requestAnimationFrame(frame);
        if (pans) move("pointerup", 900);
        const lengths = times.slice(1).map((end, n) => end - times[n]).sort((a, b) => a - b);
        done([lengths.length * 1000 / (time - times[0]), lengths[Math.floor(lengths.length * .99)], lengths.at(-1)]);
    });
"""

VIEWS = (("whole board", "", False), ("4x", "#1000,1000,4", False), ("4x, moving", "#1000,1000,4", True))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--rate", type=float, default=8000, help="paints a second")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long the frames are counted in each run")
    parser.add_argument("--repeat", type=int, default=3, help="how often the page is loaded")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for the time until ready with each board, and a row for the frames of each view."""
    rows = []
    with (
        Server(clients.folder, "sqlite:", f"--canvas={SIDE}x{SIDE}", "--http=0", *NO_QUOTAS) as server,
        browser() as driver,
    ):
        url = f"http://127.0.0.1:{server.web_port}/"
        rows.append(_ready(driver, url, "ready, white board", options.repeat))
        make_noise(clients, server)
        rows.append(_ready(driver, url, "ready, noise", options.repeat))
        painters = max(1, round(options.rate / PAINTS_A_PAINTER))
        for name, view, pans in VIEWS:
            seconds = 2 * options.seconds + 10
            with clients.painter(server.port, painters, cells=SIDE**2, rate=options.rate, seconds=seconds) as painter:
                painter.hear("^ready")
                driver.get(url + view)
                driver.execute_async_script("window.ready.then(arguments[0])")
                painter.say("go")
                driver.execute_async_script(COUNT_FRAMES, 1, False)  # until the load has begun
                before = sequence(driver)
                page = driver.execute_async_script(COUNT_FRAMES, options.seconds, pans)
                changes = (sequence(driver) - before) / options.seconds
                driver.get("about:blank")
                empty = driver.execute_async_script(COUNT_FRAMES, options.seconds, False)
                painter.figures(seconds + 60)
            rows.append(
                {
                    "what": name,
                    "ready ms": "",
                    "changes/s": int(changes),
                    "frames/s": page[0],
                    "p99 ms": page[1],
                    "max ms": page[2],
                    "empty page": empty[0],
                    "to empty": page[0] / empty[0],
                }
            )
    return rows


def make_noise(clients: Clients, server: Server) -> None:
    """Fill the board with random cells."""
    clients.expect_placements(100_000_000)
    with clients.painter(
        server.port, 1, cells=SIDE**2, rate=0, seconds=NOISE_SECONDS, window=4, pixels=NOISE_PIXELS
    ) as noise:
        noise.hear("^ready")
        noise.say("go")
        noise.figures()


def _ready(driver: Any, url: str, what: str, repeat: int) -> Row:
    """The median of several loads, each as if for the first time."""
    times = []
    for _ in range(repeat):
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        driver.get(url)
        times.append(driver.execute_async_script("window.ready.then(arguments[0])"))
        driver.get("about:blank")
    columns = ("changes/s", "frames/s", "p99 ms", "max ms", "empty page", "to empty")
    return {"what": what, "ready ms": sorted(times)[repeat // 2], **dict.fromkeys(columns, "")}


def sequence(driver: Any) -> int:
    """Return the number of the last placement that the page shows."""
    code = "import(new URL('main.js', document.baseURI)).then(({ replica }) => arguments[0](replica.sequence))"
    return int(driver.execute_async_script(code))


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium without a screen.

    :return: its driver.
    :raises BenchError: a program is not installed.
    """
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        raise BenchError("selenium is not there: pip install selenium") from None
    browser, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver_path is None:
        raise BenchError("chromium or chromedriver is not there (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    with tempfile.TemporaryDirectory(prefix="dcc-bench-chromium-", ignore_cleanup_errors=True) as profile:
        for flag in (*BROWSER_FLAGS, "--window-size=1920,1080", f"--user-data-dir={Path(profile)}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(driver_path))
        try:
            driver.set_script_timeout(120)
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WHEN_READY})
            yield driver
        finally:
            driver.quit()
