"""WebKitGTK's MiniBrowser: the engine of every browser on a telephone or tablet of Apple.

The driver makes real mouse and key events. Events of fingers and of the wheel are made by a script: the driver has no
touch, and loses turns of the wheel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.support.browser import ALT, Browser, Point, Tab, command

LOCALES = {"en": "en_US.UTF-8", "es": "es_CL.UTF-8"}

_EMPTY_LOCALE = Path("/usr/lib/locale/C.utf8")
"""WebKit tells pages the language of the process, of a locale that has to exist. This locale is everywhere, and a copy
may have any name."""

NARROWEST = 460
"""In CSS pixels: the window's own bar needs as much."""

_KEEP_COMPLAINTS = """
    window.complaints = [];
    addEventListener("error", ({ message }) => complaints.push(message));
    addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
"""

_TOUCH = """
    const [paths] = arguments;
    const at = (kind, pointerId, [clientX, clientY]) => {
        const element = document.elementFromPoint(clientX, clientY);
        element.setPointerCapture = () => {};  // for pointers of the system alone
        const buttons = kind === "pointerup" ? 0 : 1;
        const rest = { isPrimary: pointerId === 100, bubbles: true, cancelable: true };
        const finger = { pointerId, pointerType: "touch", clientX, clientY, buttons, ...rest };
        element.dispatchEvent(new PointerEvent(kind, finger));
    };
    paths.forEach((path, finger) => at("pointerdown", 100 + finger, path[0]));
    for (let step = 1; step < paths[0].length; step++)
        paths.forEach((path, finger) => at("pointermove", 100 + finger, path[step]));
    paths.forEach((path, finger) => at("pointerup", 100 + finger, path.at(-1)));
"""

_WHEEL = """
    const [clientX, clientY, deltaY] = arguments;
    const turn = { clientX, clientY, deltaY, bubbles: true, cancelable: true };
    document.elementFromPoint(clientX, clientY).dispatchEvent(new WheelEvent("wheel", turn));
"""


class WebKit(Browser):
    """MiniBrowser on a display of its own, without a window manager.

    :param language: which pages get to know.
    """

    def __init__(self, language: str = "en") -> None:
        super().__init__()
        self._folder = tempfile.mkdtemp(prefix="dcc-webkit-")
        locale = LOCALES[language]
        shutil.copytree(_EMPTY_LOCALE, Path(self._folder, locale))
        self._screen = subprocess.Popen(
            [command("Xvfb"), "-displayfd", "1", "-screen", "0", "2000x1200x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._screen.stdout is not None
        environment = {
            **os.environ,
            "DISPLAY": f":{self._screen.stdout.readline().decode().strip()}",
            "LOCPATH": self._folder,
            "LC_ALL": locale,
            "HOME": self._folder,
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",  # there is no graphics card
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # containers cannot make another one, nor can root
            "GTK_A11Y": "none",  # nor is there a message bus
            "NO_AT_BRIDGE": "1",
        }
        options = Options()
        options.binary_location = str(_minibrowser())
        options.add_argument("--automation")
        try:
            service = Service(command("WebKitWebDriver"), env=environment)
            self.driver = webdriver.WebKitGTK(options=options, service=service)
        except BaseException:
            self._end_screen()
            raise
        self._home = self.driver.current_window_handle

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()
        self._end_screen()

    def _end_screen(self) -> None:
        self._screen.terminate()
        self._screen.wait()
        assert self._screen.stdout is not None
        self._screen.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def open(
        self, url: str, *, size: tuple[int, int] = (1280, 800), touch: bool = False, online: bool = True
    ) -> WebKitTab:
        """Open a page in a new window.

        :param size: of the viewport, in CSS pixels; at least :data:`NARROWEST` wide.
        :param touch: has no effect: a page is told of fingers only by their events.
        """
        self.driver.switch_to.new_window("window")
        tab = WebKitTab(self, self.driver.current_window_handle)
        tab.until(lambda: tab.has_size(max(size[0], NARROWEST), size[1]), "another size")
        self.driver.get(url)
        tab.script(_KEEP_COMPLAINTS)
        if online:
            tab.until_online()
        return tab

    def complaints(self) -> list[str]:
        """Return what the page in front has complained of since its start."""
        return list(map(str, self.driver.execute_script("return window.complaints ?? []")))


def _minibrowser() -> Path:
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"))
    assert found, "MiniBrowser is not installed: tools/system-packages browser"
    return found[-1]


class WebKitTab(Tab):
    """A page in a separate window of WebKit."""

    def has_size(self, width: int, height: int) -> bool:
        """Whether the viewport has a size; otherwise the window is told to take it."""
        inner_width, inner_height, bars = self.script("return [innerWidth, innerHeight, outerHeight - innerHeight]")
        if [inner_width, inner_height] == [width, height]:
            return True
        self.driver.set_window_rect(0, 0, width, height + bars)
        return False

    def _actions(self) -> ActionBuilder:
        return ActionBuilder(self.driver, duration=0)

    def hover_point(self, at: Point) -> None:
        """Move the mouse to a point."""
        actions = self._actions()
        x, y = map(round, at)
        # The driver makes no event of what it takes to be so already, even in another window.
        actions.pointer_action.move_to_location(x + 1, y).move_to_location(x, y)
        actions.perform()

    def drag_points(self, points: Sequence[Point], button: str = "left", modifiers: int = 0) -> None:
        """Press a button at the first point, move over the others, let it go at the last."""
        assert button == "left", "the driver never lets go of another button"
        with self.holding(Keys.ALT) if modifiers == ALT else nullcontext():
            actions = self._actions()
            pointer = actions.pointer_action
            pointer.move_to_location(*map(round, points[0])).pointer_down(0)
            for point in points[1:]:
                pointer.move_to_location(*map(round, point))
            pointer.pointer_up(0)
            actions.perform()

    def wheel(self, at: Point, pixels: float) -> None:
        """Turn the wheel; towards the hand is positive. The driver loses turns where the mouse is already."""
        self.script(_WHEEL, *at, pixels)

    def touch(self, *paths: Sequence[Point]) -> None:
        """Put a finger down at the start of each path in turn, move all fingers together, lift the fingers."""
        self.script(_TOUCH, paths)

    def tap(self, identity: str) -> None:
        """Click a control: fingers of a script click nothing."""
        self.press(identity)
