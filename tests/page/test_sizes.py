"""Every state of the page on small and large screens, with text of twice the size: nothing is cut, axe-core is content.

Text is made larger by the size of the root's text, as a reader's settings do; a browser's zoom is a smaller screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from people import Painter, owner

from dcc.core.actions import AddTemplate, NameMoment, Rectangle
from dcc.core.templates import TemplatePixels, spell
from tests.support.browser import Tab
from tests.support.chromium import Chromium, ChromiumTab
from tests.support.server_process import WebServer

FIND_FAULTS = """
    const seen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetWidth > 0;
    const name = (element) => element.id || `${element.tagName} ${element.textContent.slice(0, 30)}`;
    const faults = [];
    const root = document.querySelector("dialog[open]") ?? document.body;
    const all = [...root.querySelectorAll("*")].filter((element) => seen(element) && !element.closest(".unseen, svg"));
    for (const element of [root, ...all]) {
        const box = element.getBoundingClientRect();
        if (element.matches("#marks *, #marks, option, #board")) continue;
        const isOff = box.width && (box.left < -1 || box.right > innerWidth + 1);
        if (isOff) faults.push(`${name(element)} is off the screen`);
        if (!element.matches("canvas, input, #palette, #recent") && element.scrollWidth > element.clientWidth + 1
            && getComputedStyle(element).display !== "inline" && !element.matches("body, #me, #tools"))
            faults.push(`${name(element)} is cut at its side`);
    }
    const bars = ["status", "actions", "tools", "drawing", "zoom", "past", "happened", "panel", "minimap", "naming"]
        .map((id) => document.getElementById(id)).filter((bar) => bar && seen(bar));
    if (root === document.body) for (const [n, one] of bars.entries()) for (const other of bars.slice(n + 1)) {
        if (one.contains(other) || other.contains(one) || [one, other].some((bar) => bar.id === "panel")) continue;
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) faults.push(`${one.id} and ${other.id} cover each other`);
    }
    return faults;
"""

FIND_BOARD = """
    for (let y = 60; y < innerHeight; y += 10)
        if ([0, 10].every((down) => document.elementFromPoint(innerWidth / 2 - 60, y + down)?.id === "board"))
            return [innerWidth / 2 - 60, y + 5];
"""
"""A point of the board that nothing covers."""

LOOKS = [
    ((360, 740), "en", False, 1),
    ((360, 740), "es", True, 2),
    ((844, 390), "es", False, 1),
    ((667, 375), "en", True, 1),
    ((1920, 1080), "es", True, 2),
]

WITHOUT_MINIMAP = [LOOKS[1]]
"""Large text leaves a telephone too little of the board for a minimap over it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server with something of everything: a large palette, named moments, a shared template, painters."""
    folder = tmp_path_factory.mktemp("board")
    palette = folder / "64.gpl"
    lines = [f"{4 * number} {255 - 4 * number} 90 a colour with a name {number}" for number in range(64)]
    palette.write_text("\n".join(["GIMP Palette", *lines]), encoding="utf-8")
    store = f"sqlite:{folder}/board.sqlite3"
    with WebServer("--store", store, "--palette", str(palette), "--canvas", "300x200", language="en") as server:
        with owner(server) as mo:
            assert mo.paint([(column, 20) for column in range(50)], 9) == ""
            mo.act(NameMoment("the first lesson of the year"))
            pixels = TemplatePixels(bytes([5, 6]), b"\1\1")
            mo.act(AddTemplate("our cat in the middle", Rectangle(3, 3, 2, 1), spell(pixels)))
        with Painter(server, name="Ada Lovelace") as ada:
            assert ada.paint([(column, 30) for column in range(50)], 40) == ""
        yield server


def click(tab: Tab, name: str) -> None:
    """Press a button, wherever it is; some are in a menu."""
    tab.script("document.getElementById(arguments[0]).click()", name)


def shown(tab: Tab, css: str) -> Callable[[], bool]:
    """Whether there is something to see of an element."""
    return lambda: any(element.is_displayed() for element in tab.driver.find_elements("css selector", css))


STATES: dict[str, tuple[list[str], str]] = {
    "the board": ([], "#palette"),
    "the menu of the tools": (["others"], "#fill"),
    "the bar of the selection": (["select"], "#paste"),
    "the past": (["history"], "#marks bdi"),
    "the layers": (["layers"], "#happened .switch"),
    "the panel of the template": (["template"], "#together progress"),
    "the dialog for places": (["goto"], "#place"),
    "the help": (["help"], "#title"),
}


def open_look(
    chromium: Chromium, server: WebServer, look: tuple[tuple[int, int], str, bool, int], place: str = ""
) -> ChromiumTab:
    """Open the page on a screen."""
    size, language, dark, scale = look
    enlarge = f"document.documentElement.style.fontSize = '{15 * scale}px'" if scale > 1 else ""
    tab = chromium.open(server.url + place, size=size, touch=size[0] < 1000, language=language, dark=dark)
    tab.script(enlarge)
    tab.drawn()
    return tab


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_state_is_cut_or_covered_on_any_screen(
    chromium: Chromium, server: WebServer, look: tuple[tuple[int, int], str, bool, int]
) -> None:
    tab = open_look(chromium, server, look)
    tab.script("localStorage.setItem('dcc.minimap', 'true')")  # telephones show it on request
    tab.until(shown(tab, "#recent"))
    for state, (buttons, css) in STATES.items():
        if state == "the menu of the tools" and look[0][0] > 1000:
            continue
        for button in buttons:
            click(tab, button)
        tab.until(shown(tab, css), state)
        tab.drawn()
        assert tab.script(FIND_FAULTS) == [], state
        assert tab.violations() == [], state
        if tab.script("return document.querySelector('dialog[open]') !== null"):
            tab.type("ESCAPE")
        elif buttons:
            click(tab, "pencil" if state == "the bar of the selection" else buttons[0])
    tab.until(lambda: not tab.text("notice"))  # of the shared template, which is over the board of a small screen
    for _ in range(8):
        click(tab, "in")
    if look not in WITHOUT_MINIMAP:
        tab.until(shown(tab, "#minimap"), "the minimap")
    tab.drawn()
    assert tab.script(FIND_FAULTS) == [], "the minimap"
    assert tab.violations() == [], "the minimap"
    click(tab, "pencil")
    tab.of_module("main", f"module.shortcuts[{LOOKS.index(look) + 2}]()")  # no other test has the cell in this colour
    tab.touch([tab.script(FIND_BOARD)]) if look[0][0] < 1000 else tab.drag_points([tab.script(FIND_BOARD)])
    tab.until(shown(tab, "#naming"), "the question for the name")
    tab.drawn()
    assert tab.script(FIND_FAULTS) == [], "the question for the name"
    assert tab.violations() == [], "the question for the name"


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_button_that_confirms_is_whole_in_all_its_states(
    chromium: Chromium, look: tuple[tuple[int, int], str, bool, int]
) -> None:
    with WebServer("--canvas", "20x16", "--cooldown", "600", language="en") as server:
        tab = open_look(chromium, server, look)
        click(tab, "pencil")
        for state in ("choose", "paint", "wait"):
            tab.until(shown(tab, "#confirm"))
            assert tab.script(FIND_FAULTS) == [], state
            assert tab.violations() == [], state
            if state == "choose":
                tab.touch([tab.point(5, 5)])
                tab.until(lambda: tab.element("confirm").is_enabled())
            elif state == "paint":
                tab.script("localStorage.setItem('dcc.name', '')")  # otherwise the question for it is over the board
                click(tab, "confirm")
                tab.until(lambda: tab.script("return document.body.classList.contains('resting')"))


def test_a_low_telephone_shows_three_rows_of_its_palette_and_that_there_are_more(
    chromium: Chromium, server: WebServer
) -> None:
    tab = open_look(chromium, server, ((844, 390), "es", False, 1))
    tab.until(shown(tab, "#recent"))
    rows = tab.script(
        "const { bottom } = document.getElementById('drawing').getBoundingClientRect();"
        "const tops = [...document.querySelectorAll('#palette span')]"
        ".map((span) => span.getBoundingClientRect()).filter((box) => box.bottom <= bottom).map((box) => box.top);"
        "return new Set(tops).size"
    )
    assert rows >= 3
    image = tab.screenshot().convert("RGB")
    box = tab.element("drawing").rect
    edge, above = (
        image.getpixel((round(box["x"]) + 3, round(box["y"] + box["height"]) - distance)) for distance in (2, 30)
    )
    assert edge != above, "a shadow at the edge"
