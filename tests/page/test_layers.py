"""What has happened, in the page: named moments and playing, what glows, where was painted how often."""

from __future__ import annotations

from pathlib import Path

import pytest
from people import Painter, key_of, owner, owner_key

from dcc.core import painted_by
from dcc.core.actions import Freeze, NameMoment, Thaw
from dcc.core.heat import COLOURS, step_of
from tests.support.browser import ALT, Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

BLACK = 1
RED = 2


KEEP_A_CHANGE = """
    const [address, done] = arguments;
    const run = async () => {
        const [{ Heat }, { NoAnswer }] = await Promise.all([import(address), import(new URL("link.js", address))]);
        const board = { width: 2, height: 1, sequence: 9 };
        let asked = 0;
        const link = {
            replica: board,
            async ask() {
                if (asked++) throw new NoAnswer(null);
                return { times: new Uint8Array(2), since: 0, sequence: 1 };
            },
        };
        const later = setTimeout;
        window.setTimeout = (deed) => deed();
        window.heat = new Heat(link, () => {}, () => {});
        await heat.show(board);
        window.setTimeout = later;
        await new Promise((resolve) => later(resolve));
        const change = { sequence: 10, pixels: [[0, 1]] };
        heat.saw(change);
        window.change = new WeakRef(change);
        return asked;
    };
    run().then(done, (error) => done(String(error)));
"""
"""A heat map whose second question has failed sees a change, which is ``window.change``."""


def open_board(tmp_path: Path, *options: str) -> WebServer:
    """Start a server with a record."""
    store = f"sqlite:{tmp_path}/board.sqlite3"
    return WebServer("--store", store, "--canvas", "20x16", *options, language="en")


def make_history(server: WebServer, *names: str) -> Painter:
    """Paint a row for each name, and name the moment after each; a row more at the end."""
    mo = owner(server)
    for row, name in enumerate(names):
        assert mo.paint([(column, row) for column in range(10)], BLACK) == ""
        mo.act(NameMoment(name))
    assert mo.paint([(column, 15) for column in range(10)], RED) == ""
    return mo


def shown_names(tab: Tab) -> list[str]:
    """The names over the slider that have room."""
    code = (
        "return [...document.querySelectorAll('#marks bdi')].filter((name) => !name.hidden).map((n) => n.textContent)"
    )
    return list(tab.script(code))


def test_named_moments_are_marks_that_keys_buttons_and_the_mouse_reach(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "first <b>", "second")
        tab = browser.open(server.url)
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("· after second · 30 / 30"))
        assert sorted(shown_names(tab)) == ["first <b>", "second"]
        for key, words in (
            (",", "second · 20 / 30"),
            (",", "first <b> · 10 / 30"),
            (",", "· 0 / 30"),
            (".", "· 10 / 30"),
        ):
            tab.type(key)
            tab.until(lambda words=words: tab.text("when").endswith(words))
        assert [row.count("#000000") for row in tab.picture()[:2]] == [10, 0]
        assert "first <b>" in str(tab.attribute("moment", "aria-valuetext"))
        tab.press("momentAfter")
        tab.until(lambda: tab.text("when").endswith("· second · 20 / 30"))
        tab.driver.find_element("css selector", "#marks bdi").click()
        tab.until(lambda: tab.text("when").endswith("· first <b> · 10 / 30"))
        assert tab.violations() == []
        tab.script("document.getElementById('momentAfter').focus()")
        tab.type("ESCAPE")
        assert not tab.element("past").is_displayed()
        assert tab.script("return document.activeElement.id") == "history"


def test_keys_of_the_page_work_while_the_slider_of_the_history_has_the_focus(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server)
        tab = browser.open(server.url)
        for close, grid in (("h", "true"), ("ESCAPE", "false")):
            tab.type("h")
            tab.until(lambda: tab.text("when").endswith("· 10 / 10"))
            assert tab.script("return document.activeElement.id") == "moment"
            tab.type("g")
            assert tab.attribute("grid", "aria-pressed") == grid
            tab.type(close)
            tab.until(lambda: not tab.element("past").is_displayed())


def test_the_history_is_played_faster_from_the_beginning_and_in_a_loop(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "first", "second")
        tab = browser.open(server.url)
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("· 30 / 30"))
        tab.script(
            "window.seen = []; const when = document.getElementById('when');"
            "new MutationObserver(() => seen.push(parseInt(when.value.split(' · ').pop()))).observe(when,"
            " {childList: true, characterData: true, subtree: true});"
        )
        tab.script(
            "const speed = document.getElementById('speed'); speed.value = '4';"
            " speed.dispatchEvent(new Event('change'));"
        )
        tab.press("again")
        tab.until(lambda: tab.attribute("play", "data-state") == "play" and tab.text("when").endswith("· 30 / 30"))
        seen = tab.script("return seen")
        assert seen[0] < 10 and seen[-1] == 30 and seen == sorted(seen)
        tab.script("seen.length = 0")
        tab.press("loop")
        tab.script("document.getElementById('moment').focus()")
        tab.type("SPACE")
        ends = "return seen.filter((at, n) => at === 30 && seen[n + 1] < 30).length"
        tab.until(lambda: tab.script(ends) >= 2)
        tab.type("SPACE")
        tab.until(lambda: tab.attribute("play", "data-state") == "play")


@pytest.mark.parametrize("size", [(360, 740), (740, 360), (1280, 800)])
def test_the_bar_of_the_history_fits_and_is_worked_by_touch(
    chromium: Chromium, tmp_path: Path, size: tuple[int, int]
) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "the first of all lessons", "second", "third", "fourth")
        tab = chromium.open(server.url, size=size, touch=True)
        tab.tap("history")
        tab.until(lambda: tab.text("when").endswith("· 50 / 50"))
        for name in ("play", "again", "momentBefore", "momentAfter", "loop", "speed", "now"):
            box = tab.element(name).rect
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= size[1], name
            assert min(box["width"], box["height"]) >= 38, name
        tab.tap("momentBefore")
        tab.until(lambda: tab.text("when").endswith("· fourth · 40 / 50"))
        assert "fourth" in shown_names(tab)
        left, right = tab.script("const box = marks.getBoundingClientRect(); return [box.left, box.right]")
        for edges in tab.script(
            "return [...document.querySelectorAll('#marks bdi')].filter((name) => !name.hidden)"
            ".map((name) => name.getBoundingClientRect()).map(({left, right}) => [left, right])"
        ):
            assert left - 4 <= edges[0] and edges[1] <= right + 1
        tab.tap("now")
        assert not tab.element("past").is_displayed()


def test_who_moderates_is_not_needed_to_see_named_moments(chromium: Chromium, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server, "first")
        tab = chromium.open(f"{server.url}#clave={owner_key(server)}")
        other = chromium.open(server.url)
        for each in (tab, other):
            each.press("history")
            each.until(lambda each=each: each.text("when").endswith("· after first · 20 / 20"))


def painter_of(server: WebServer) -> Painter:
    """Open a connection of somebody who paints."""
    return Painter(server, name="Ada")


def repaint(painter: Painter, cell: tuple[int, int], times: int) -> None:
    """Paint a cell again and again, each time in another colour."""
    for number in range(times):
        assert painter.paint([cell], 1 + number % 2) == ""


def content(tab: Tab, identity: str) -> str:
    """Return the text of an element that may be hidden."""
    return str(tab.attribute(identity, "textContent"))


def legend(tab: Tab) -> str:
    """What the legend of the shown layer says."""
    return tab.text("legend") if tab.element("happened").is_displayed() else ""


def test_the_latest_changes_glow_while_a_key_is_on(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        ada = painter_of(server)
        assert ada.paint([(1, 1)], RED) == ""
        tab = browser.open(server.url)
        tab.type("e")
        tab.until(lambda: legend(tab) == "No changes so far. They glow as they come.")
        assert ada.paint([(5, 5), (6, 5)], RED) == ""
        tab.until(lambda: legend(tab).startswith("2 cells changed in the last 5 minutes."))
        picture = tab.picture()
        assert picture[5][5:7] == ["#ff0000"] * 2
        assert picture[1][1] not in ("#ff0000", "#ffffff") and picture[0][0] not in ("#ffffff", "#000000")
        assert picture[1][1] != picture[0][0], "what is veiled is still recognised"
        assert tab.attribute("layers", "aria-pressed") == "true"
        assert tab.violations() == []
        tab.type("e")
        tab.until(lambda: not tab.element("happened").is_displayed())
        picture = tab.picture()
        assert (picture[1][1], picture[0][0], picture[5][5]) == ("#ff0000", "#ffffff", "#ff0000")


def test_own_changes_glow_too_and_the_past_has_no_layers(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        tab = browser.open(server.url)
        tab.click(2, 2)
        tab.until_answered()
        tab.press("layers")
        tab.until(lambda: legend(tab).startswith("1 cell"))
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("1 / 1"))
        assert not tab.element("happened").is_displayed()
        assert tab.picture()[0][0] == "#ffffff"
        tab.type("e")
        tab.until(lambda: legend(tab).startswith("1 cell"))
        assert not tab.element("past").is_displayed()


def test_the_heat_map_has_a_legend_and_counts_on(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        ada = painter_of(server)
        repaint(ada, (3, 3), 5)
        repaint(ada, (4, 3), 1)
        tab = browser.open(server.url)
        tab.type("q")
        tab.until(lambda: "Most often: column 3, row 3, 5 times." in legend(tab))
        assert legend(tab).startswith("How often each cell was painted")
        steps = [item.text for item in tab.driver.find_elements("css selector", "#legend li")]
        assert steps == ["never", "1", "2–3", "4–7"]
        picture = tab.picture()
        assert picture[3][2:6] == [COLOURS[0], COLOURS[step_of(5)], COLOURS[step_of(1)], COLOURS[0]]
        repaint(ada, (4, 3), 8)
        tab.until(lambda: "Most often: column 4, row 3, 9 times." in legend(tab))
        assert tab.picture()[3][3:5] == [COLOURS[step_of(5)], COLOURS[step_of(9)]]
        assert tab.violations() == []
        tab.press("layersOff")
        assert tab.picture()[0][0] == "#ffffff"


def test_each_painter_has_a_colour_and_a_name_in_the_legend(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        assert painter_of(server).paint([(column, 3) for column in range(5)], BLACK) == ""
        mo = owner(server)
        mo.add_keys("<b>Eve")
        eve = Painter(server, key=key_of("<b>Eve"))
        assert eve.paint([(0, 3), (1, 3)], RED) == ""
        unnamed = Painter(server)
        assert unnamed.paint([(9, 9)], RED) == ""
        tab = browser.open(server.url)
        tab.type("u")
        items = "return [...document.querySelectorAll('#legend li')].map((item) => item.textContent)"
        expected = ["Ada 3", "<b>Eve ✓ 2", f"painter {unnamed.welcome.client_id} 1"]
        tab.until(lambda: tab.script(items) == expected)
        picture = tab.picture()
        first, second, third = painted_by.COLOURS[:3]
        assert picture[3][:6] == [second, second, first, first, first, painted_by.NOBODY_COLOUR]
        assert picture[9][9] == third
        assert tab.violations() == []
        assert eve.paint([(2, 3), (3, 3)], RED) == ""
        tab.until(lambda: tab.script(items)[0] == "<b>Eve ✓ 4")


def test_questions_at_the_same_time_wait_for_each_other(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        assert painter_of(server).paint([(3, 3)], RED) == ""
        tab = browser.open(server.url)
        tab.type("e")
        tab.until(lambda: bool(legend(tab)))
        notices = tab.notices()
        tab.of_module("main", "(module.shortcuts.Q(), module.shortcuts.U(), null)")
        tab.until(lambda: "Ada 1" in tab.script("return document.getElementById('legend').textContent"))
        tab.of_module("main", "(module.shortcuts.Q(), module.shortcuts.H(), null)")
        tab.until(lambda: tab.text("when").endswith("· 1 / 1"))
        assert notices() == []


def test_a_cell_of_the_past_has_the_colour_that_is_shown(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        make_history(server)
        tab = browser.open(server.url)
        tab.type("2")
        tab.press("history")
        tab.until(lambda: tab.text("when").endswith("· 10 / 10"))
        tab.hover(3, 15)
        tab.until(lambda: tab.text("where") == "Column 3, row 15: red")
        tab.script("document.getElementById('moment').focus()")
        tab.type("HOME")
        tab.until(lambda: tab.text("when").endswith("· 0 / 10"))
        tab.hover(3, 15)
        tab.until(lambda: tab.text("where") == "Column 3, row 15: white")
        tab.click(3, 15, modifiers=ALT)
        assert content(tab, "colour") == "white"
        tab.type("ESCAPE")
        tab.hover(3, 15)
        tab.until(lambda: tab.text("where") == "Column 3, row 15: red")
        tab.click(3, 15, modifiers=ALT)
        assert content(tab, "colour") == "red"


def test_the_heat_map_keeps_no_changes_for_a_question_that_failed(chromium: Chromium, tmp_path: Path) -> None:
    """The second question, since the first answer was that to an earlier asker."""
    with open_board(tmp_path) as server:
        tab = chromium.open(server.url)
        address = tab.script("return new URL('heat.js', document.baseURI).href")
        assert tab.driver.execute_async_script(KEEP_A_CHANGE, address) == 2
        tab.command("HeapProfiler.collectGarbage")
        assert tab.script("return window.change.deref() === undefined")


def test_a_server_without_history_counts_nothing_and_says_so(browser: Browser) -> None:
    with WebServer("--store", "memory:", "--canvas", "20x16", language="en") as server:
        tab = browser.open(server.url)
        notices = tab.notices()
        tab.type("q")
        tab.until(lambda: any("keeps no history" in notice for notice in notices()))
        assert not tab.element("happened").is_displayed()


@pytest.mark.parametrize("size", [(360, 740), (740, 360), (320, 640)])
def test_the_layers_are_worked_by_touch_and_leave_the_board_in_sight(
    chromium: Chromium, tmp_path: Path, size: tuple[int, int]
) -> None:
    with open_board(tmp_path) as server:
        repaint(painter_of(server), (3, 3), 5)
        tab = chromium.open(server.url, size=size, touch=True)
        tab.tap("layers")
        tab.until(lambda: bool(legend(tab)))
        [_glow, heat, _painters] = tab.driver.find_elements("css selector", "#happened .switch button")
        box = heat.rect
        tab.touch([(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)])
        tab.until(lambda: "5 times" in legend(tab))
        panel = tab.element("happened").rect
        assert panel["x"] >= 0 and panel["x"] + panel["width"] <= size[0] and panel["y"] >= 0
        assert tab.script("return document.documentElement.scrollWidth <= innerWidth")
        if size[1] > 500:
            tab.until(lambda: tab.rectangle()[1] + 16 * tab.rectangle()[2] <= panel["y"] + 1)
        tab.tap("layersOff")
        assert not tab.element("happened").is_displayed()


def test_the_name_is_asked_once_where_one_paints_first(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        tab = browser.open(server.url)
        assert not tab.driver.find_elements("id", "naming")
        before = tab.rectangle()
        tab.click(3, 3)
        tab.until(lambda: tab.driver.find_elements("id", "naming"))
        assert tab.rectangle() == before, "the board stays under the pointer"
        assert tab.script("return document.activeElement.id") != "ownName"
        assert tab.violations() == []
        tab.element("ownName").send_keys("Ada g", "\ue007")
        assert not tab.driver.find_elements("id", "naming")
        assert tab.attribute("grid", "aria-pressed") == "false"
        tab.click(4, 3)
        tab.until_answered()
        tab.press("who")
        notices = tab.notices()
        tab.click(4, 3)
        tab.until(lambda: any(notice.startswith("Column 4, row 3: Ada g, ") for notice in notices()))
        assert not tab.driver.find_elements("id", "naming")
        other = browser.open(server.url)
        other.click(5, 5)
        other.until_answered()
        assert not other.driver.find_elements("id", "naming"), "asked once in this browser"


def test_who_stays_unnamed_on_a_telephone_is_not_asked_again(chromium: Chromium, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        tab = chromium.open(server.url, size=(360, 740), touch=True)
        tab.tap("pencil")
        tab.touch([tab.point(3, 3)])
        tab.until(lambda: tab.driver.find_elements("id", "naming"))
        box = tab.element("naming").rect
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
        tab.tap("nameNone")
        tab.until(lambda: not tab.driver.find_elements("id", "naming"))
        tab.script("location.reload()")
        tab.until_online()
        tab.tap("pencil")
        tab.touch([tab.point(4, 4)])
        tab.until_answered()
        tab.drawn()
        assert not tab.driver.find_elements("id", "naming")


def test_a_blank_board_says_that_nobody_has_painted(browser: Browser, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        tab = browser.open(server.url)
        tab.hover_point((1, 1))
        tab.until(lambda: tab.text("where") == "Nobody has painted yet.")
        assert painter_of(server).paint([(0, 0)], BLACK) == ""
        tab.until(lambda: tab.text("where") == "")


def test_a_frozen_board_says_so_beside_the_palette(chromium: Chromium, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        mo = owner(server)
        tab = chromium.open(server.url)
        mo.act(Freeze())
        tab.until(lambda: tab.text("prompt") == "The board is frozen.")
        mo.act(Thaw())
        tab.until(lambda: tab.text("prompt") == "Choose a colour:")


def test_the_help_has_a_picture_of_the_keys_where_there_is_room(chromium: Chromium, tmp_path: Path) -> None:
    with open_board(tmp_path) as server:
        for size, is_shown in (((1280, 800), True), ((360, 740), False)):
            tab = chromium.open(server.url, size=size)
            tab.type("?")
            tab.until(lambda tab=tab: tab.driver.find_elements("id", "keyboard"))
            assert tab.element("keyboard").is_displayed() == is_shown
            used = tab.script(
                "return Object.fromEntries([...document.querySelectorAll('#keyboard .used')]"
                ".map((key) => [key.firstChild.textContent, key.title]))"
            )
            assert used["G"] == "Grid" and used["Z"] == "Ctrl + Z: Undo" and used["U"] == "painters"
            assert used["8"] == "choose a colour" and not {"9", "O", "I"} & set(used)
            assert used["C"] == "Ctrl + C: Copy", "without what only moderators do"
            assert tab.violations() == []


def test_every_key_of_the_page_is_marked_in_the_picture_with_all_that_it_does(
    chromium: Chromium, tmp_path: Path
) -> None:
    with open_board(tmp_path) as server:
        tab = chromium.open(f"{server.url}#clave={owner_key(server)}")
        tab.until(lambda: tab.element("moderate").is_displayed())
        tab.type("?")
        tab.until(lambda: tab.driver.find_elements("id", "keyboard"))
        marks = tab.script(
            "return Object.fromEntries([...document.querySelectorAll('#keyboard .used')].map((key) =>"
            " [key.firstChild.textContent, [...key.querySelectorAll('span')].map((mark) => mark.textContent)]))"
        )
        colours = tab.of_module("main", "module.replica.palette.length")
        of_page = {"Ctrl+C", "Ctrl+X", "Ctrl+V", ",", ".", *tab.of_module("main", "Object.keys(module.shortcuts)")}
        for name in sorted(of_page - {"Escape", "Delete", "Ctrl+Shift+Z", "F1"}):
            *held, key = [name] if len(name) == 1 else name.split("+")
            if key.isdigit() and 0 < colours < int(key):
                continue
            assert " ".join(held) in marks.get(key, []), name
        cut = tab.script(
            "return [...document.querySelectorAll('#keyboard kbd')].filter((key) => key.scrollHeight > key.clientHeight"
            " || key.scrollWidth > key.clientWidth).map((key) => key.textContent)"
        )
        assert cut == []
        dialog, keyboard = (tab.driver.find_element("css selector", name).rect for name in ("dialog", "#keyboard"))
        assert keyboard["x"] + keyboard["width"] <= dialog["x"] + dialog["width"]
        assert tab.script("const d = document.querySelector('dialog'); return d.scrollWidth <= d.clientWidth")
