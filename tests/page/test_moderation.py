"""Who may paint what, in real browsers: keys and codes, rules on the board, the moderators' panel, the projector."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from people import Painter, key_of, owner, owner_key
from selenium.webdriver.support.select import Select

from dcc.core.actions import (
    AddAreas,
    AddGrid,
    Announce,
    Area,
    Ban,
    Entry,
    Freeze,
    Group,
    Rectangle,
    RevokeKey,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
)
from dcc.core.people import Role
from tests.support.browser import Browser, Tab
from tests.support.chromium import Chromium
from tests.support.server_process import WebServer

Cell = tuple[int, int]

SIZE = (40, 30)
GREEN, RED, BLUE = 3, 2, 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    """A new canvas, with an owner."""
    store = f"sqlite:{tmp_path}/board.sqlite3"
    with WebServer("--store", store, "--canvas", "40x30", language="en") as server:
        yield server


def opened(browser: Browser, server: WebServer, key: str = "", query: str = "") -> Tab:
    """Open a page with a key, or without one whatever key another page of the test has kept."""
    if key:
        return browser.open(f"{server.url}{query}#clave={key}")
    return browser.open(server.url.replace("127.0.0.1", "localhost") + query)


def moderating(browser: Browser, server: WebServer, key: str) -> Tab:
    """Open a page with the moderators' panel."""
    tab = opened(browser, server, key)
    tab.press("moderate")
    tab.until(lambda: tab.element("moderation").is_displayed())
    tab.until(lambda: tab.driver.find_elements("css selector", "#people li"))
    tab.drawn()
    return tab


def said(tab: Tab, words: str) -> None:
    """Wait for what the panel says."""
    tab.until(lambda: words in tab.text("said"), words)


def content(tab: Tab, identity: str) -> str:
    """Return the text of an element; the driver of WebKit sees nothing of ``bdi``."""
    return str(tab.attribute(identity, "textContent"))


def row(column: int, line: int, length: int) -> list[Cell]:
    """List the cells of a horizontal line."""
    return [(each, line) for each in range(column, column + length)]


# --- keys and codes


def test_a_key_is_taken_out_of_the_address_at_once_and_kept(browser: Browser, server: WebServer) -> None:
    with owner(server) as own:
        own.add_keys("Ana")
        tab = opened(browser, server, key_of("Ana"))
        tab.until(lambda: content(tab, "me") == "Ana")
        assert tab.script("return location.href") == server.url
        assert "clave" not in str(tab.script("return JSON.stringify(history.state) + document.referrer"))
        tab.driver.get(server.url)
        tab.until_online()
        tab.until(lambda: content(tab, "me") == "Ana")


def test_a_refused_key_is_said_forgotten_and_not_sent_again(browser: Browser, server: WebServer) -> None:
    with owner(server) as own:
        own.add_keys("Ana")
        tab = opened(browser, server, key_of("Ana"))
        tab.until(lambda: content(tab, "me") == "Ana")
        own.act(RevokeKey("Ana"))
        tab.until(lambda: "Nobody has this key, or no longer: ask for a new link." in tab.text("banner"))
        assert "Offline: drawing is paused" not in tab.text("banner")
        assert tab.text("retry") == "Go on without a key"
        assert tab.violations() == []
        tab.press("retry")
        tab.until_online()
        assert content(tab, "me") == ""
        assert key_of("Ana") not in str(tab.script("return JSON.stringify(localStorage)"))
        assert sum("is disconnected: nobody has this key" in line for line in server.lines) <= 1


def test_a_link_with_a_wrong_key_says_so_before_there_is_a_board(chromium: Chromium, server: WebServer) -> None:
    tab = chromium.open(f"{server.url}#clave={key_of('nobody')}", online=False)
    tab.until(lambda: "Your link no longer works" in tab.text("banner"))
    assert tab.script("return location.hash") == ""
    tab.press("retry")
    tab.until_online()
    tab.click(3, 3)
    tab.until_answered()
    assert tab.board().colour(3, 3) == "black"


def test_the_code_of_the_room_is_asked_for_with_a_name_and_kept(browser: Browser, server: WebServer) -> None:
    with owner(server) as own:
        own.act(SetEntry(Entry.CODE, "girasol"))
        tab = opened(browser, server)
        tab.until(lambda: tab.driver.find_elements("id", "code"))
        tab.until(lambda: tab.element("code").is_displayed())
        assert tab.violations() == []
        tab.element("codeName").send_keys("Eva")
        tab.element("code").send_keys("rosa")
        tab.press("join")
        tab.until(lambda: tab.text("wrongCode") == "This is not the code of the room.")
        tab.element("code").clear()
        tab.element("code").send_keys(" Girasol ")
        tab.press("join")
        tab.until(lambda: not tab.element("code").is_displayed())
        tab.until_online()
        tab.press("pencil")
        tab.click(5, 5)
        tab.until_answered()
        assert tab.board().colour(5, 5) == "black"
        tab.driver.refresh()
        tab.until_online()
        tab.until(lambda: tab.element("palette").is_displayed())
        tab.press("who")
        notices = tab.notices()
        tab.click(5, 5)
        tab.until(lambda: any("Column 5, row 5: Eva, " in notice for notice in notices()))


def test_those_who_may_not_paint_watch_and_are_told_why_in_one_line(chromium: Chromium, server: WebServer) -> None:
    with owner(server) as own:
        tab = opened(chromium, server)
        assert not tab.element("watching").is_displayed()
        own.act(SetEntry(Entry.KEYS))
        tab.until(
            lambda: content(tab, "watching").startswith("You are watching. Here people draw with a link of their own")
        )
        tab.until(lambda: tab.element("watching").is_displayed())
        assert not any(tab.element(name).is_displayed() for name in ("pencil", "palette", "undo", "redo"))
        before = tab.board()
        tab.click(4, 4)
        tab.type("b", "SPACE")
        tab.drawn()
        assert tab.board() == before
        assert tab.violations() == []
        own.act(SetEntry(Entry.CODE, "sol"))
        tab.until(lambda: tab.driver.find_elements("id", "code") and tab.element("code").is_displayed())
        tab.type("ESCAPE")
        assert "To draw, say the code of the room." in tab.text("watching")
        tab.press("sayCode")
        tab.until(lambda: tab.element("code").is_displayed())
        own.act(SetEntry(Entry.OPEN))
        tab.until(lambda: tab.element("palette").is_displayed())
        assert not tab.element("code").is_displayed()


# --- rules on the board


def test_a_stroke_ends_at_the_border_of_the_own_area_and_the_page_says_whose_the_next_is(
    browser: Browser, server: WebServer
) -> None:
    with owner(server) as own:
        own.add_keys("Ana", "Ben")
        own.act(AddGrid(("Ana", "Ben")), SetRest(Group.NOBODY))
        tab = opened(browser, server, key_of("Ana"))
        tab.until(lambda: tab.of_module("main", "module.rights.rules.areas.length") == 2)
        notices = tab.notices()
        tab.drag((15, 5), (25, 5))
        tab.until(lambda: any(said.endswith("left out: the area Ben is for others.") for said in notices()))
        tab.until_answered()
        board = tab.board()
        assert [board.colour(column, 5) for column in (14, 15, 19, 20, 25)] == ["white", "black", "black"] + [
            "white"
        ] * 2
        tab.hover(30, 9)
        tab.until(lambda: tab.text("where") == "Column 30, row 9: white · Ben")
        inside, outside = tab.pixels(tab.point(8, 20), tab.point(30, 20))
        assert inside == "#ffffff"
        assert outside not in ("#ffffff", "#000000")


def test_freeze_and_announcement_are_a_band_and_a_frozen_board_takes_nothing(
    browser: Browser, server: WebServer
) -> None:
    with owner(server) as own:
        tab = opened(browser, server)
        own.act(Announce("<b>Ten</b> more minutes"), Freeze())
        tab.until(lambda: "Frozen: only moderators draw for now." in tab.text("band"))
        assert "<b>Ten</b> more minutes" in tab.text("band")
        notices = tab.notices()
        tab.click(5, 5)
        tab.until(lambda: "Not painted: the board is frozen: only moderators paint until it is thawed." in notices())
        assert tab.board().colour(5, 5) == "white"
        assert tab.violations() == []
        own.act(Thaw(), Announce(""))
        tab.until(lambda: not tab.element("band").is_displayed())
        tab.click(5, 5)
        tab.until_colour(5, 5, "black")


def test_charges_are_shown_as_they_gather_and_are_shared_by_the_pages_of_a_person(
    chromium: Chromium, server: WebServer
) -> None:
    with owner(server) as own:
        own.act(SetCooldown(3600, 5))
        first, second = opened(chromium, server), opened(chromium, server)
        for tab in (first, second):
            tab.until(lambda tab=tab: tab.text("count") == "5/5")
        for column in (3, 4, 5):
            first.click(column, 3)
            first.press("confirm")
            first.until_answered()
        for tab in (first, second):
            tab.until(lambda tab=tab: tab.text("count") == "2/5")
        for column in (3, 4):
            second.click(column, 6)
            second.press("confirm")
            second.until_answered()
        notices = second.notices()
        for _ in range(2):
            second.click(5, 6)
        second.until(lambda: "Too early: nothing was drawn." in notices())
        assert [second.board().colour(column, 6) for column in (3, 4, 5)] == ["black", "black", "white"]
        first.until(lambda: re.fullmatch(r"You can paint again in \d+:\d\d", first.text("prompt")))
        assert first.violations() == []
        own.act(SetCooldown(0))
        first.until(lambda: not first.element("charges").is_displayed())
        first.drag((20, 20), (30, 20))
        first.until_answered()
        assert first.board().colour(30, 20) == "black"


def test_the_banned_are_told_in_plain_words_and_are_not_connected_again(chromium: Chromium, server: WebServer) -> None:
    with owner(server) as own:
        own.add_keys("Ana")
        tab = opened(chromium, server, key_of("Ana"))
        own.act(Ban("Ana", "", "painted over others"))
        notices = tab.notices()
        tab.click(5, 5)
        tab.until(lambda: "Not painted: you may not paint here any more: painted over others." in notices())
        own.act(Ban("Ana", "", "painted over others", from_connecting=True))
        tab.until(lambda: "You may not connect any more: painted over others." in tab.text("banner"))
        assert tab.text("next") == ""
        assert tab.violations() == []


# --- the panel


def test_a_moderator_finds_vandals_by_a_click_previews_rolls_back_and_bans(browser: Browser, server: WebServer) -> None:
    """Two scripts paint over the work of somebody else, who has repaired a cell of it."""
    with ExitStack() as stack:
        own = stack.enter_context(owner(server))
        own.add_keys("Ana")
        own.add_keys("Eva", role=Role.MODERATE)
        ana = stack.enter_context(Painter(server, key=key_of("Ana")))
        vandals = [stack.enter_context(Painter(server, name=name)) for name in ("X<i>", "")]
        ana.paint(row(2, 4, 12) + row(2, 8, 12), GREEN)
        vandals[0].paint(row(4, 4, 6), RED)
        vandals[1].paint(row(4, 8, 6), RED)
        ana.paint([(6, 4)], BLUE)
        tab = moderating(browser, server, key_of("Eva"))
        tab.click(4, 4)
        tab.until(lambda: tab.text("chosen").startswith("6 pixels painted. 5 of them still show"))
        assert "X<i>" in content(tab, "moderation")
        assert "unproven" in tab.text("moderation")
        vandals[0].paint([(10, 4)], RED)  # is seen without a click
        tab.until(lambda: tab.text("rollBack") == "Roll back 6 cells")

        points = [tab.point(*cell) for cell in ((4, 4), (6, 4), (4, 8))]
        shown = tab.pixels(*points)
        assert shown[0] == "#ff0000"
        assert shown[1] != "#0000ff"  # below the veil, as is what the other vandal has painted
        assert shown[2] != "#ff0000"
        tab.press("asAfter")
        assert tab.pixels(points[0]) == ["#00ff00"]
        tab.press("rollBack")
        said(tab, "6 cells rolled back.")
        board = tab.until_board(lambda board: board.colour(4, 4) == "green")
        assert [board.colour(column, 4) for column in (5, 6, 9, 10)] == ["green", "blue", "green", "green"]
        assert board.colour(4, 8) == "red"
        tab.press("undoAction")
        tab.until_colour(4, 4, "red")
        assert tab.board().colour(6, 4) == "blue"

        tab.press("tab-log")  # what was undone is painted by the moderator, and undone like everything
        tab.until(lambda: tab.driver.find_elements("css selector", "#log .undoRoll"))
        tab.driver.find_element("css selector", "#log .undoRoll").click()
        tab.until_colour(4, 4, "green")
        tab.click(4, 8)
        tab.until(lambda: tab.text("rollBack") == "Roll back 6 cells")
        vandals[0].paint(row(20, 20, 3), RED)
        Select(tab.element("whose")).select_by_index(1)  # everybody from the same address
        tab.until(lambda: tab.text("rollBack") == "Roll back 9 cells")
        tab.press("rollBack")
        tab.until_board(lambda board: (board.colour(4, 8), board.colour(20, 20)) == ("green", "white"))
        tab.press("doBan")
        said(tab, "127.0.0.1")
        assert [vandal.paint([(0, 0)], RED) for vandal in vandals] == ["vetado-hasta"] * 2
        assert ana.paint([(0, 1)], GREEN) == ""
        tab.press("tab-bans")
        tab.until(lambda: "painted over the work of others" in content(tab, "bans"))
        tab.driver.find_element("css selector", "#bans .lift").click()
        said(tab, "Ban lifted")
        assert vandals[0].paint([(0, 0)], RED) == ""


def test_each_of_a_class_of_forty_paints_in_the_own_area_of_a_grid_alone(chromium: Chromium, server: WebServer) -> None:
    names = [f"Pupil {number}" for number in range(1, 41)]
    with ExitStack() as stack:
        own = stack.enter_context(owner(server))
        own.add_keys(*names)
        teacher = moderating(chromium, server, owner_key(server))
        teacher.press("tab-areas")
        teacher.press("namesOfKeys")
        teacher.until(lambda: len(str(teacher.attribute("gridNames", "value")).split("\n")) == 40)
        teacher.element("gridNames").clear()
        teacher.element("gridNames").send_keys("\ufeff" + "\n\n ".join(names) + "\n")
        teacher.press("makeGrid")
        said(teacher, "Areas made: 40.")
        areas = teacher.until(lambda: teacher.of_module("main", "module.rights.rules.areas") or None)
        homes = {area["name"]: (area["place"]["column"], area["place"]["row"]) for area in areas}
        assert list(homes) == names
        for name, other in zip(names, [*names[1:], names[0]], strict=True):
            with Painter(server, key=key_of(name)) as pupil:
                assert pupil.paint([homes[name]], GREEN) == ""
                assert pupil.paint([homes[other]], RED) == "zona-ajena"
                assert pupil.paint([homes[name], homes[other]], RED) == "zona-ajena"
        for name in (names[0], names[-1]):
            tab = opened(chromium, server, key_of(name))
            tab.until(lambda tab=tab: tab.of_module("main", "module.rights.rules.areas.length") == 40)
            column, line = homes[name]
            tab.type("6")
            tab.drag((column, line + 1), (20, 15))
            tab.until_answered()
            board = teacher.until_board(lambda board, at=(column, line + 1): board.colour(*at) == "blue")
            blue = {
                (x, y) for y, colours in enumerate(board.rows()) for x, colour in enumerate(colours) if colour == "blue"
            }
            place = next(area["place"] for area in areas if area["name"] == name)
            own_cells = {
                (x, y) for x in range(column, column + place["width"]) for y in range(line, line + place["height"])
            }
            assert {cell for cell in blue if cell in own_cells}
            assert blue <= own_cells | {cell for cell in blue if name != names[0]}
        assert "red" not in {colour for colours in teacher.board().rows() for colour in colours}


def test_an_area_is_drawn_with_the_mouse_for_some_people_and_taken_away_again(
    browser: Browser, server: WebServer
) -> None:
    with owner(server) as own:
        own.add_keys("Eva", role=Role.MODERATE)
        tab = moderating(browser, server, key_of("Eva"))
        tab.press("tab-areas")
        tab.press("drawArea")
        said(tab, "Drag over the board")
        before = tab.board()
        tab.drag((5, 6), (14, 9), (12, 8))
        fields = {name: tab.attribute(f"area-{name}", "value") for name in ("column", "row", "width", "height")}
        assert fields == {"column": "5", "row": "6", "width": "8", "height": "3"}
        assert tab.board() == before
        tab.element("areaName").send_keys("Sea")
        Select(tab.element("areaWho")).select_by_value("some")
        tab.element("areaWhoNames").send_keys("Ana\nBen")
        tab.press("makeArea")
        said(tab, "Areas made: 1.")
        tab.until(lambda: "Sea" in content(tab, "areas"))
        with Painter(server) as somebody:
            assert somebody.paint([(5, 6)], RED) == "zona-ajena"
            assert somebody.paint([(4, 6)], RED) == ""
            tab.driver.find_element("css selector", "#areas .remove").click()
            said(tab, "Areas removed: 1.")
            assert somebody.paint([(5, 6)], RED) == ""
            tab.press("undoAction")
            tab.until(lambda: "Ben" in content(tab, "areas"))
            assert somebody.paint([(6, 6)], RED) == "zona-ajena"
        tab.press("drawArea")
        tab.type("ESCAPE")
        tab.press("pencil")
        tab.click(30, 20)
        tab.until_colour(30, 20, "black")


def test_one_key_freezes_and_thaws_and_does_nothing_for_others(chromium: Chromium, server: WebServer) -> None:
    with owner(server) as own, Painter(server) as somebody:
        own.add_keys("Eva", role=Role.MODERATE)
        tab, other = opened(chromium, server, key_of("Eva")), opened(chromium, server)
        other.type("c", "o")
        assert not other.element("moderate").is_displayed()
        assert not other.driver.find_elements("id", "moderation")
        tab.type("c")
        other.until(lambda: other.element("frozen").is_displayed())
        assert somebody.paint([(1, 1)], RED) == "congelado"
        tab.until(lambda: tab.text("said").startswith("Done."))
        assert tab.attribute("who", "aria-pressed") == "true", "a click would paint, and the panel says that it asks"
        tab.type("c")
        other.until(lambda: not other.element("band").is_displayed())
        assert somebody.paint([(1, 1)], RED) == ""
        tab.type("o")
        tab.until(lambda: not tab.element("moderation").is_displayed())


def test_a_lesson_starts_over_with_a_named_moment_and_the_log_takes_the_clearing_back(
    chromium: Chromium, server: WebServer
) -> None:
    with owner(server), Painter(server) as somebody:
        somebody.paint(row(3, 3, 9), GREEN)
        tab = moderating(chromium, server, owner_key(server))
        tab.press("tab-board")
        tab.element("momentName").clear()
        tab.element("momentName").send_keys("Lesson 3")
        tab.press("startOver")
        said(tab, "9 cells cleared.")
        tab.until_colour(3, 3, "white")
        tab.press("tab-log")
        tab.until(lambda: "named the moment \u2068Lesson 3\u2069" in tab.text("log"))
        tab.driver.find_element("css selector", "#log .undoRoll").click()
        tab.until_colour(3, 3, "green")
        tab.until(lambda: "rolled back 9 cells of action" in tab.text("log"))
        assert tab.violations() == []


def test_an_owner_sets_who_may_draw_and_the_pause_and_a_moderator_cannot(chromium: Chromium, server: WebServer) -> None:
    with owner(server) as own:
        own.add_keys("Eva", role=Role.MODERATE)
        tab = moderating(chromium, server, owner_key(server))
        tab.press("tab-board")
        tab.until(lambda: tab.element("entry-codigo").is_displayed())
        tab.press("entry-codigo")
        tab.element("setCode").send_keys("sol")
        tab.press("setEntry")
        said(tab, "Done.")
        for field, value in (("cooldownSeconds", "20"), ("cooldownCharges", "4")):
            tab.element(field).clear()
            tab.element(field).send_keys(value)
        tab.press("setCooldown")
        other = moderating(chromium, server, key_of("Eva"))
        other.press("tab-board")
        assert not other.element("owned").is_displayed()
        with Painter(server) as somebody:
            assert somebody.paint([(1, 1)], RED) == "falta-codigo"


def test_names_are_shown_harmlessly(chromium: Chromium, server: WebServer) -> None:
    name = "<img src=x>\u202etxt"
    with owner(server), Painter(server, name=name) as somebody:
        somebody.paint([(5, 5)], RED)
        tab = moderating(chromium, server, owner_key(server))
        tab.click(5, 5)
        tab.until(lambda: tab.driver.find_elements("css selector", "#page .who bdi"))
        assert tab.script("return document.querySelector('#page .who bdi').textContent") == name
        assert not tab.driver.find_elements("css selector", "#moderation img")


@pytest.mark.parametrize(
    ("language", "dark", "size"), [("es", False, (390, 780)), ("en", True, (1366, 768)), ("es", True, (844, 390))]
)
def test_the_panel_is_accessible_and_within_reach_on_every_screen(
    chromium: Chromium, server: WebServer, language: str, dark: bool, size: tuple[int, int]
) -> None:
    with owner(server) as own, Painter(server, name="Eve") as somebody:
        somebody.paint([(5, 5)], RED)
        own.act(
            AddAreas((Area("Sea", Rectangle(0, 0, 20, 20), Group.EVERYBODY),)),
            Ban("", "203.0.113.0/24", "scribbles"),
            Announce("Ten more minutes"),
        )
        url = f"{server.url}#clave={owner_key(server)}"
        tab = chromium.open(url, language=language, dark=dark, size=size, touch=size[0] < 1000)
        tab.press("moderate")
        tab.until(lambda: tab.element("moderation").is_displayed())
        for name in ("board", "people", "areas", "bans", "log"):
            tab.press(f"tab-{name}")
            tab.until(lambda: tab.driver.find_elements("css selector", "#page li, #page #freeze"))
            assert tab.violations() == [], name
            assert tab.script("return document.documentElement.scrollWidth") == size[0]
            assert (
                tab.script("const page = document.getElementById('page'); return page.scrollWidth - page.clientWidth")
                == 0
            )
        for button in tab.driver.find_elements("css selector", "#moderation .tabs button, #closeModeration"):
            box = button.rect
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0], button.text
            assert box["y"] >= 0 and box["y"] + box["height"] <= size[1], button.text
            assert min(box["width"], box["height"]) >= 24, button.text
        tab.press("tab-people")
        tab.click(5, 5)
        tab.until(lambda: tab.driver.find_elements("css selector", "#page .who bdi"))
        tab.until(lambda: tab.element("rollBack").is_enabled())
        assert tab.violations() == []
        tab.press("closeModeration")
        assert tab.script("return document.activeElement.id") == "moderate"


# --- the projector


def test_the_projector_shows_the_board_the_link_and_the_code_and_is_not_counted(
    browser: Browser, tmp_path: Path
) -> None:
    store = f"sqlite:{tmp_path}/board.sqlite3"
    with WebServer("--store", store, "--canvas", "40x30", language="en") as server, owner(server) as own:
        own.add_keys("Eva", role=Role.MODERATE)
        own.act(SetEntry(Entry.CODE, "girasol"))
        tab = opened(browser, server, key_of("Eva"), "?view=only&join")
        assert tab.script("return location.hash") == ""
        tab.until(lambda: content(tab, "roomCode") == "Codegirasol")
        assert str(server.web_port) in tab.text("address")
        picture = "return document.querySelector('#joining img').naturalWidth"
        tab.until(lambda: tab.script(picture) > 0)
        assert not any(tab.element(name).is_displayed() for name in ("status", "actions", "drawing", "banner"))
        assert tab.violations() == []
        own.paint([(7, 7)], RED)
        tab.until_colour(7, 7, "red")
        before = tab.board()
        tab.drag((3, 3), (9, 9))
        tab.drawn()
        assert tab.board() == before
        other = opened(browser, server)
        other.until(lambda: re.search(r"\d+ online", other.text("users")))
        assert other.text("users") == "2 online"  # this page, and the owner
    tab.until(lambda: tab.element("backSoon").is_displayed())
    assert tab.text("backSoon") == "Back soon"
    assert not tab.element("banner").is_displayed()
    with WebServer("--store", store, port=server.port, web_port=server.web_port, language="en"):
        tab.until(lambda: not tab.element("backSoon").is_displayed())


def test_the_projector_writes_the_names_of_areas_larger(browser: Browser, server: WebServer) -> None:
    with owner(server) as own:
        own.act(AddAreas((Area("Ada", Rectangle(0, 0, 20, 20), Group.EVERYBODY),)))
        colours = []
        for query in ("?view=only", "?view=only&join"):
            tab = opened(browser, server, query=query)
            tab.until(lambda tab=tab: tab.of_module("main", "module.rights.rules.areas.length") == 1)
            left, top, _cell = tab.rectangle()
            colours.append(tab.pixels((left + 6, top + 24))[0])
        assert colours[0] == "#ffffff"
        assert colours[1] != "#ffffff"
