"""Moderators work in the window, on a real server, by mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QDialog, QDialogButtonBox, QPushButton

from dcc.client.identity import Identity
from dcc.core.actions import AddAreas, Area, Entry, Freeze, Rectangle, SetCooldown, SetEntry
from dcc.core.people import Role
from dcc.window.moderation_dialogs import (
    ActionDialog,
    AnnounceDialog,
    AreaDialog,
    BanDialog,
    CodeDialog,
    LogDialog,
    PeopleDialog,
    StartOverDialog,
)
from dcc.window.window import Window
from tests.support.desk import LEFT, Desk
from tests.support.people import key_of, make_record
from tests.support.server_process import ServerProcess

KEYS = {"Olga": Role.OWN, "Mo": Role.MODERATE, "Ada": Role.PAINT, "Eve": Role.PAINT}
BLACK, RED = 1, 2
_Dialog = TypeVar("_Dialog", bound=QDialog)
COLUMNS = 50
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Windows that are closed after the test."""
    with Desk() as desk:
        yield desk


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of a canvas with keys."""
    with ServerProcess("--store", make_record(tmp_path / "board.sqlite3", KEYS), "--lang", "en") as server:
        yield server


def open_as(desk: Desk, server: ServerProcess, name: str) -> Window:
    """Open a window with somebody's key; without a key for an empty name."""
    window = desk.open(server.port, key=key_of(name) if name else "")
    desk.until(lambda: window.link.replica.name == name)
    return window


def paint(desk: Desk, window: Window, colour: int, *cells: int) -> None:
    """Paint cells, and wait for the answer."""
    window.link.paint([(cell, colour) for cell in cells])
    desk.until_answered(window)


def colours(window: Window, *cells: int) -> list[int]:
    """What a window has in some cells."""
    return [window.link.replica.shown[cell] for cell in cells]


def dialog_of(desk: Desk, window: Window, kind: type[_Dialog]) -> _Dialog:
    """Wait for a dialog."""
    desk.until(lambda: any(dialog.isVisible() for dialog in window.findChildren(kind)))
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


def click_button(dialog: QDialog, text: str, number: int = 0) -> None:
    """Click one of the buttons with a text."""
    buttons = [button for button in dialog.findChildren(QPushButton) if button.text() == text]
    QTest.mouseClick(buttons[number], LEFT)


def confirm(dialog: ActionDialog) -> None:
    """Click the button that does the action."""
    assert dialog.ok.isEnabled()
    QTest.mouseClick(dialog.ok, LEFT)


def is_moderating(window: Window) -> bool:
    """Whether the menu for moderators is there."""
    action = window.moderate_menu.menuAction()
    return action is not None and action.isVisible()


def test_only_moderators_have_the_menu_and_its_keys(desk: Desk, server: ServerProcess) -> None:
    mo, ada, nobody = (open_as(desk, server, name) for name in ("Mo", "Ada", ""))
    assert [is_moderating(window) for window in (mo, ada, nobody)] == [True, False, False]
    desk.press(ada, Qt.Key.Key_C)
    paint(desk, ada, BLACK, 0)
    desk.until(lambda: colours(mo, 0) == [BLACK])
    assert not mo.link.replica.rules.is_frozen


def test_a_board_is_frozen_and_thawed_with_one_key(desk: Desk, server: ServerProcess) -> None:
    mo, ada = open_as(desk, server, "Mo"), open_as(desk, server, "Ada")
    desk.press(mo, Qt.Key.Key_C)
    desk.until(lambda: "frozen" in ada.bulletin.text() and ada.bulletin.isVisible())
    desk.click(ada, 3, 0)
    desk.until(lambda: "frozen" in ada.notice.text())
    desk.until(lambda: colours(ada, 3) == [0])
    paint(desk, mo, RED, 4)
    desk.until(lambda: colours(ada, 4) == [RED])
    desk.press(mo, Qt.Key.Key_C)
    desk.until(lambda: not ada.bulletin.isVisible())
    paint(desk, ada, BLACK, 3)
    desk.until(lambda: colours(mo, 3) == [BLACK])


def test_a_vandal_is_found_by_a_cell_rolled_back_and_banned(desk: Desk, server: ServerProcess) -> None:
    """What others painted before comes back, what others painted since stays, and the log undoes the roll back."""
    mo, ada, eve = (open_as(desk, server, name) for name in ("Mo", "Ada", "Eve"))
    paint(desk, ada, RED, 0, 1, 2)
    paint(desk, eve, BLACK, 1, 2, 3)
    paint(desk, ada, RED, 2)
    desk.until(lambda: colours(mo, 0, 1, 2, 3) == [RED, BLACK, RED, BLACK])
    desk.hover(mo, 1, 0)
    desk.press(mo, Qt.Key.Key_W, SHIFT)
    desk.until(lambda: mo.roll_back.who.text() == "Eve: 3 pixels; 2 on top")
    desk.until(lambda: desk.colour(mo, 1, 0) == "#ff0000")  # as it would be
    desk.click(mo, 5, 5)
    assert "nothing was drawn" in mo.notice.text()
    QTest.mouseClick(mo.roll_back.ban, LEFT)
    ban = dialog_of(desk, mo, BanDialog)
    confirm(ban)
    desk.until(lambda: mo.notice.text() == "Banned.")
    QTest.mouseClick(mo.roll_back.roll_back, LEFT)
    desk.until(lambda: colours(eve, 0, 1, 2, 3) == [RED, RED, RED, 0])
    desk.until(lambda: not mo.roll_back.isVisible())
    desk.click(eve, 9, 9)
    desk.until(lambda: "vandalism" in eve.notice.text())
    desk.press(mo, Qt.Key.Key_L, SHIFT)
    click_button(dialog_of(desk, mo, LogDialog), "Undo")
    desk.until(lambda: colours(ada, 0, 1, 2, 3) == [RED, BLACK, RED, BLACK])


def test_a_roll_back_can_be_left(desk: Desk, server: ServerProcess) -> None:
    mo = open_as(desk, server, "Mo")
    paint(desk, mo, BLACK, 0)
    desk.hover(mo, 0, 0)
    desk.press(mo, Qt.Key.Key_W, SHIFT)
    desk.until(lambda: mo.roll_back.roll_back.isEnabled())
    assert not mo.palette_widget.isVisible()
    mo.roll_back.closed.emit()
    assert mo.palette_widget.isVisible()
    desk.until(lambda: desk.colour(mo, 0, 0) == "#000000")


def test_a_cell_that_nobody_painted_has_no_painter_to_find(desk: Desk, server: ServerProcess) -> None:
    mo = open_as(desk, server, "Mo")
    desk.hover(mo, 7, 7)
    desk.press(mo, Qt.Key.Key_W, SHIFT)
    desk.until(lambda: mo.notice.text() == "Nobody has painted here.")
    assert not mo.roll_back.isVisible()


def test_an_area_is_drawn_with_the_mouse_and_holds_for_others(desk: Desk, server: ServerProcess) -> None:
    mo, ada, eve = (open_as(desk, server, name) for name in ("Mo", "Ada", "Eve"))
    mo.moderation.area_action.trigger()
    desk.draw_line(mo, (2, 3), (5, 7))
    dialog = dialog_of(desk, mo, AreaDialog)
    assert "4 × 5" in dialog.windowTitle()
    assert not dialog.ok.isEnabled()
    QTest.keyClicks(dialog.name, "Ada's corner")
    assert not dialog.ok.isEnabled()
    QTest.keyClicks(dialog.names, "Ada")
    confirm(dialog)
    desk.until(lambda: [area.name for area in ada.link.replica.rules.areas] == ["Ada's corner"])
    desk.click(eve, 3, 4)
    desk.until(lambda: "Ada's corner" in eve.notice.text())
    paint(desk, ada, RED, 4 * COLUMNS + 3)
    desk.until(lambda: colours(eve, 4 * COLUMNS + 3) == [RED])
    assert colours(mo, 3 * COLUMNS + 2) == [0]  # drawing the area painted nothing
    mo.moderation.remove_action.trigger()
    desk.until(lambda: eve.link.replica.rules.areas == ())


def test_escape_leaves_the_drawing_of_an_area(desk: Desk, server: ServerProcess) -> None:
    mo = open_as(desk, server, "Mo")
    mo.moderation.area_action.trigger()
    desk.press(mo, Qt.Key.Key_Escape)
    desk.click(mo, 2, 2)
    desk.until(lambda: colours(mo, 2 * COLUMNS + 2) == [mo.palette_widget.chosen])


def test_an_announcement_is_seen_by_everybody_until_it_is_taken_away(desk: Desk, server: ServerProcess) -> None:
    mo, nobody = open_as(desk, server, "Mo"), open_as(desk, server, "")
    for text in ("<b>Ten</b> minutes left", ""):
        desk.press(mo, Qt.Key.Key_A)
        dialog = dialog_of(desk, mo, AnnounceDialog)
        dialog.text.selectAll()
        QTest.keyClick(dialog.text, Qt.Key.Key_Delete)
        QTest.keyClicks(dialog.text, text)
        confirm(dialog)
        desk.until(lambda text=text: nobody.bulletin.text() == text)
        assert nobody.bulletin.isVisible() is bool(text)
        desk.until(lambda: not any(each.isVisible() for each in mo.findChildren(AnnounceDialog)))


def test_somebody_is_banned_from_the_list_of_people_and_forgiven(desk: Desk, server: ServerProcess) -> None:
    mo, eve = open_as(desk, server, "Mo"), open_as(desk, server, "Eve")
    desk.press(mo, Qt.Key.Key_O)
    people = dialog_of(desk, mo, PeopleDialog)
    names = [people.table.item(row, 0).text() for row in range(people.table.rowCount())]
    assert names == ["Mo (you)", "Eve"]
    click_button(people, "Ban…")
    ban = dialog_of(desk, mo, BanDialog)
    ban.scope.setCurrentIndex(1)
    ban.time.setCurrentIndex(2)
    confirm(ban)
    desk.until(lambda: "vandalism" in eve.banner.text())
    desk.until(lambda: not any(each.isVisible() for each in mo.findChildren(PeopleDialog)))
    desk.press(mo, Qt.Key.Key_O)
    click_button(dialog_of(desk, mo, PeopleDialog), "Lift")
    desk.until_online(eve)


def test_a_lesson_starts_over_with_the_old_board_in_the_history(desk: Desk, server: ServerProcess) -> None:
    mo, ada = open_as(desk, server, "Mo"), open_as(desk, server, "Ada")
    paint(desk, ada, RED, 5, 6)
    mo.moderation.start_over_action.trigger()
    dialog = dialog_of(desk, mo, StartOverDialog)
    assert dialog.name.text() == "Lesson 1"
    confirm(dialog)
    desk.until(lambda: colours(ada, 5, 6) == [0, 0])


def test_who_tells_the_code_may_draw(desk: Desk, tmp_path: Path) -> None:
    store = make_record(tmp_path / "board.sqlite3", KEYS, SetEntry(Entry.CODE, "sunflower"))
    with ServerProcess("--store", store, "--lang", "en") as server:
        kept: list[str] = []
        window = desk.open(server.port, identity=Identity(asks_name=True, keep_name=kept.append))
        desk.until(lambda: "code of the room" in window.bulletin.text())
        window.code_action.trigger()
        dialog = dialog_of(desk, window, CodeDialog)
        QTest.keyClicks(dialog.name, "Zoe")
        QTest.keyClicks(dialog.code, "Sunflower")
        QTest.mouseClick(dialog.findChildren(QDialogButtonBox)[0].button(QDialogButtonBox.Ok), LEFT)
        desk.until(lambda: not window.bulletin.isVisible() and window.link.replica.is_live)
        paint(desk, window, RED, 3)
        desk.until(lambda: colours(window, 3) == [RED])
        assert kept == ["Zoe"], "the name is remembered for the next window"


def test_charges_are_shown_as_they_gather(desk: Desk, tmp_path: Path) -> None:
    store = make_record(tmp_path / "board.sqlite3", KEYS, SetCooldown(3600, 3))
    with ServerProcess("--store", store, "--lang", "en") as server:
        ada = open_as(desk, server, "Ada")
        desk.until(lambda: ada.prompt.text() == "You can paint 3 pixels")
        desk.click(ada, 0, 0)
        desk.press(ada, Qt.Key.Key_Return)
        desk.until(lambda: "2 of 3" in ada.prompt.text())
        for column in (1, 2):
            desk.click(ada, column, 0)
            desk.press(ada, Qt.Key.Key_Return)
        desk.until(lambda: ada.prompt.is_resting and "again in" in ada.prompt.text())


def test_what_is_for_others_is_left_out_of_a_stroke_and_bounds_a_fill(desk: Desk, tmp_path: Path) -> None:
    """A line says whose the area is; the rest is painted."""
    corner = Area("Ada's corner", Rectangle(0, 0, 10, 50), ("Ada",))
    store = make_record(tmp_path / "board.sqlite3", KEYS, AddAreas((corner,)))
    with ServerProcess("--store", store, "--lang", "en") as server:
        eve = open_as(desk, server, "Eve")
        desk.until(lambda: bool(eve.link.replica.rules.areas))
        desk.press(eve, Qt.Key.Key_L)
        desk.draw_line(eve, (5, 3), (14, 3))
        assert eve.notice.text() == "5 cells were left out: the area Ada's corner is for others."
        desk.until_answered(eve)
        assert colours(eve, *range(150 + 5, 150 + 16)) == [0] * 5 + [BLACK] * 5 + [0]
        desk.draw_line(eve, (1, 8), (4, 8))
        assert eve.notice.text() == "Not painted: the area Ada's corner is for others."
        desk.press(eve, Qt.Key.Key_F)
        desk.press(eve, Qt.Key.Key_3)
        desk.click(eve, 30, 30)
        desk.until_answered(eve)
        assert eve.link.replica.shown.count(RED) == 40 * COLUMNS - 5
        assert eve.link.replica.shown[30 * COLUMNS + 9] == 0
        ada = open_as(desk, server, "Ada")
        desk.press(ada, Qt.Key.Key_R)
        desk.draw_line(ada, (5, 40), (14, 43))
        desk.until_answered(ada)
        assert not ada.notice.isVisible() and colours(ada, 40 * COLUMNS + 5) == [BLACK]


def test_on_a_frozen_board_every_tool_says_so_and_paints_nothing(desk: Desk, tmp_path: Path) -> None:
    store = make_record(tmp_path / "board.sqlite3", KEYS, Freeze())
    with ServerProcess("--store", store, "--lang", "en") as server:
        eve = open_as(desk, server, "Eve")
        desk.until(lambda: eve.link.replica.rules.is_frozen)
        for key in (Qt.Key.Key_B, Qt.Key.Key_L, Qt.Key.Key_R, Qt.Key.Key_F):
            desk.press(eve, key)
            eve.notice.hide()
            desk.draw_line(eve, (5, 3), (9, 3))
            assert eve.notice.isVisible() and "the board is frozen" in eve.notice.text()
        desk.until_answered(eve)
        assert set(eve.link.replica.shown) == {0}
