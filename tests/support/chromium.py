"""Chromium, worked by the DevTools protocol: real mouse and touch events."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from bench.page import BROWSER_FLAGS
from tests.support.browser import Browser, Tab, command

_NO_SERVER = re.compile(r"WebSocket connection to |/ws - Failed to load resource: |net::ERR_(CONNECTION|EMPTY|SOCKET)_")
"""The browser's own complaints of each failed attempt to reach a server, and of the question why; no page can prevent
the complaints."""


class Chromium(Browser):
    """A headless Chromium with a temporary profile.

    :ivar downloads: the folder for saved files.
    """

    def __init__(self) -> None:
        super().__init__()
        self._profile = tempfile.mkdtemp(prefix="dcc-chromium-")
        self.downloads = Path(self._profile, "downloads")
        options = webdriver.ChromeOptions()
        options.binary_location = command("chromium")
        options.accept_insecure_certs = True
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for flag in (*BROWSER_FLAGS, f"--user-data-dir={self._profile}"):
            options.add_argument(flag)
        self.driver = webdriver.Chrome(options=options, service=Service(command("chromedriver")))
        self.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(self.downloads)}
        )
        self._home = self.driver.current_window_handle

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()
        shutil.rmtree(self._profile, ignore_errors=True)

    def open(
        self,
        url: str,
        *,
        language: str = "en",
        dark: bool = False,
        size: tuple[int, int] = (1280, 800),
        touch: bool = False,
        online: bool = True,
        before: str = "",
    ) -> ChromiumTab:
        """Open a page in a new window.

        :param language: the preferred language of the browser.
        :param size: of the viewport, in CSS pixels.
        :param online: whether to wait for the board.
        :param before: a script to run before the page's own.
        """
        self.driver.switch_to.new_window("window")
        tab = ChromiumTab(self, self.driver.current_window_handle)
        agent = self.driver.execute_script("return navigator.userAgent")
        tab.command("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.command("Emulation.setEmulatedMedia", features=[scheme])
        tab.command(
            "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=touch
        )
        tab.command("Emulation.setTouchEmulationEnabled", enabled=touch)
        if before:
            tab.command("Page.addScriptToEvaluateOnNewDocument", source=before)
        self.driver.get(url)
        if online:
            tab.until_online()
        return tab

    def complaints(self) -> list[str]:
        """Return what the page in front has complained of, except about an absent server."""
        messages = [str(entry["message"]) for entry in self.driver.get_log("browser")]
        return [message for message in messages if not _NO_SERVER.search(message)]


class ChromiumTab(Tab):
    """A page in a separate window of Chromium."""

    def command(self, name: str, **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol."""
        result: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return result

    def save_screenshot(self, path: Path) -> None:
        """The page as a PNG file."""
        self.drawn()
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))

    def screenshot(self) -> Image.Image:
        """The page as a picture."""
        self.drawn()
        return Image.open(io.BytesIO(base64.b64decode(self.command("Page.captureScreenshot")["data"])))

    def _mouse_event(self, kind: str, at: tuple[float, float], **rest: Any) -> None:
        self.command("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], **rest)

    def hover_point(self, at: tuple[float, float]) -> None:
        """Move the mouse to a point."""
        self._mouse_event("mouseMoved", at)

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

    def log(self) -> str:
        """Return the console of the page, for a failed test."""
        return json.dumps(self.driver.get_log("browser"))
