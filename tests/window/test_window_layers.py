"""What has happened, in the window: named moments and playing, what glows, where was painted how often."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtTest import QTest

from dcc.client.identity import Identity
from dcc.client.own_name import OwnName
from dcc.core import painted_by
from dcc.core.actions import NameMoment
from dcc.core.canvas import pack_pixels
from dcc.core.heat import COLOURS, step_of
from dcc.core.people import Role
from dcc.core.placements import NamedMoment
from dcc.protocol.messages import Changes
from dcc.window.controls import Controls
from dcc.window.dialogs import HelpDialog
from dcc.window.layers import Glow
from dcc.window.moment_names import moment_at, next_moment
from dcc.window.recent import Recent
from dcc.window.window import Window
from tests.support.desk import LEFT, Desk
from tests.support.people import key_of, make_record
from tests.support.server_process import ServerProcess

BLACK = 1


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Windows that are closed after the test."""
    with Desk() as desk:
        yield desk


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of a canvas with a moderator."""
    store = make_record(tmp_path / "board.sqlite3", {"Mo": Role.MODERATE})
    with ServerProcess("--store", store, "--lang", "en") as server:
        yield server


def open_moderator(desk: Desk, server: ServerProcess) -> Window:
    """Open the window of a moderator."""
    window = desk.open(server.port, key=key_of("Mo"))
    desk.until(lambda: window.link.replica.role is Role.MODERATE)
    return window


def paint(desk: Desk, window: Window, *cells: int) -> None:
    """Paint cells one by one, and wait for the answers."""
    for cell in cells:
        window.link.paint([(cell, BLACK)])
    desk.until_answered(window)


def name_moment(desk: Desk, window: Window, name: str) -> None:
    """Name the board as of now."""
    done: list[object] = []
    window.link.act(NameMoment(name)).addCallback(done.append)
    desk.until(lambda: bool(done))


def open_past(desk: Desk, window: Window) -> None:
    """Watch the history."""
    desk.press(window, Qt.Key.Key_H)
    desk.until(lambda: window.history.isVisible() and bool(window.history.moment.text()))


def test_the_way_from_moment_to_moment_ends_at_both_ends_of_the_history() -> None:
    moments = [NamedMoment("blank", 0), NamedMoment("start", 5), NamedMoment("half", 50), NamedMoment("same", 50)]
    assert [next_moment(moments, at, 1, 100) for at in (0, 5, 49, 50, 100)] == [5, 50, 50, 100, 100]
    assert [next_moment(moments, at, -1, 100) for at in (100, 51, 50, 5, 0)] == [50, 50, 5, 0, 0]
    assert [getattr(moment_at(moments[1:], at), "name", None) for at in (4, 5, 60)] == [None, "start", "same"]


def test_named_moments_are_marks_that_keys_and_the_mouse_reach(desk: Desk, server: ServerProcess) -> None:
    window = open_moderator(desk, server)
    paint(desk, window, 0, 1)
    name_moment(desk, window, "<b>two</b>")
    paint(desk, window, 2, 3, 4, 5)
    name_moment(desk, window, "six")
    paint(desk, window, 6, 7, 8, 9)
    open_past(desk, window)
    bar = window.history
    assert bar.names.isVisible()
    assert sorted(bar.names.seen) == ["<b>two</b>", "six"]
    chosen = window.palette_widget.chosen
    places = []
    for key in (Qt.Key.Key_Comma, Qt.Key.Key_Comma, Qt.Key.Key_Comma, Qt.Key.Key_Period):
        desk.press(window, key)
        places.append(bar.slider.value())
    assert places == [6, 2, 0, 2]
    desk.until(lambda: bar.slider.accessibleDescription().endswith(", <b>two</b>"))
    assert window.palette_widget.chosen == chosen, "in the past the keys choose no colour"
    QTest.mouseClick(bar.after, LEFT)
    desk.until(lambda: bar.slider.accessibleDescription().endswith(", six"))
    bar.slider.setValue(5)
    desk.until(lambda: bar.slider.accessibleDescription().endswith(", after <b>two</b>"))
    QTest.mouseClick(bar.names, LEFT, pos=QPoint(round(bar.names.width() * 0.6), bar.names.height() - 1))
    assert bar.slider.value() == 6
    window.resize(320, 480)
    desk.until(lambda: window.width() == 320)
    for widget in (bar.again, bar.before, bar.after, bar.loop, bar.speed, bar.close_button):
        assert widget.geometry().right() < 320 and widget.width() >= widget.minimumSizeHint().width()


def test_without_named_moments_there_are_no_marks(desk: Desk, server: ServerProcess) -> None:
    window = open_moderator(desk, server)
    paint(desk, window, 0)
    open_past(desk, window)
    bar = window.history
    assert [widget.isVisible() for widget in (bar.names, bar.before, bar.after, bar.again)] == [False] * 3 + [True]
    desk.press(window, Qt.Key.Key_Comma)
    assert bar.slider.value() == 1


def test_the_past_is_played_from_the_beginning_faster_slower_and_in_a_loop(desk: Desk, server: ServerProcess) -> None:
    window = open_moderator(desk, server)
    paint(desk, window, *range(8))
    open_past(desk, window)
    bar = window.history
    seen: list[int] = []
    bar.slider.valueChanged.connect(seen.append)
    bar.speed.setCurrentText("4×")
    QTest.mouseClick(bar.again, LEFT)
    desk.until(lambda: not bar.play.isChecked())
    assert seen == [0, 4, 8]
    seen.clear()
    bar.speed.setCurrentText("0.25×")
    bar.slider.setValue(6)
    bar.play.click()
    desk.until(lambda: not bar.play.isChecked())
    assert seen == [6, 7, 8]
    seen.clear()
    bar.speed.setCurrentText("2×")
    bar.loop.click()
    desk.press(window, Qt.Key.Key_Space)
    desk.until(lambda: seen.count(8) == 2)
    assert seen[:10] == [0, 2, 4, 6, 8] * 2
    desk.press(window, Qt.Key.Key_Space)
    assert not bar.play.isChecked()
    desk.press(window, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    desk.hover(window, 20, 20)
    desk.press(window, Qt.Key.Key_Right)
    desk.press(window, Qt.Key.Key_Space)
    desk.until(lambda: window.link.replica.shown.count(BLACK) == 9)  # on the present board the key paints


def test_changes_glow_for_five_minutes_the_latest_last() -> None:
    clock = [1000.0]
    recent = Recent(lambda: clock[0])
    recent.add([1, 2])
    clock[0] += 60
    recent.add([])
    recent.add([2, 3])
    assert list(recent.glowing()) == [(0.2, (1, 2)), (0, (2, 3))]
    clock[0] += 240
    assert [cells for _age, cells in recent.glowing()] == [(2, 3)]
    recent.clear()
    assert not list(recent.glowing())


def test_a_flood_of_changes_is_cut_from_its_beginning() -> None:
    recent = Recent(lambda: 0.0)
    for number in range(12):
        recent.add([number] * 10_000)
    kept = [cells[0] for _age, cells in recent.glowing()]
    assert kept == list(range(2, 12))


def test_changes_that_glow_no_longer_are_dropped_as_others_come() -> None:
    """Nobody asks what glows while the layer is not shown."""
    clock = [0.0]
    recent = Recent(lambda: clock[0])
    tracemalloc.start()
    try:
        recent.add(range(1000, 60_000))
        clock[0] += 300
        recent.add([1])
        taken, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 100_000
    assert list(recent.glowing()) == [(0, (1,))]


def on_screen(window: Window, column: int, row: int) -> str:
    """The colour in the middle of a drawn cell."""
    return window.board.grab().toImage().pixelColor(window.board.point_of(column, row)).name()


def test_the_latest_changes_glow_and_the_veil_comes_back(desk: Desk, server: ServerProcess) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.press(window, Qt.Key.Key_E)
    assert window.layers.legend.text.text() == "No changes so far. They glow as they come."
    other.link.paint([(50 * 30 + 20, BLACK), (50 * 30 + 21, BLACK)])
    desk.until(lambda: window.layers.legend.text.text().startswith("2 cells changed in the last 5 minutes."))
    assert on_screen(window, 20, 30) == "#000000"
    veiled = on_screen(window, 25, 25)
    assert veiled not in ("#ffffff", "#808080")
    desk.press(window, Qt.Key.Key_E)
    assert not window.layers.legend.isVisible()
    assert on_screen(window, 25, 25) == "#ffffff"


def test_a_change_gets_paler_with_its_age(desk: Desk, server: ServerProcess) -> None:
    window = desk.open(server.port)
    clock = [0.0]
    glow = Glow(window.board, window.layers.legend, lambda: clock[0])
    window.board.layer = glow.draw
    glow.show(50, 50)
    glow.saw(Changes(1, pack_pixels([(50 * 30 + 20, 0)])))
    greys = []
    for _ in range(4):
        glow.age()
        greys.append(int(on_screen(window, 20, 30)[1:3], 16))
        clock[0] += 100
    assert greys[0] == 255 and greys == sorted(greys, reverse=True) and len(set(greys)) == 4
    assert f"#{greys[3]:02x}" == on_screen(window, 25, 25)[:3]
    glow.leave()


def test_the_heat_map_has_a_legend_and_counts_on(desk: Desk, server: ServerProcess) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    hot, warm = 50 * 30 + 20, 50 * 30 + 21
    for colour in (1, 2, 1, 2, 1):
        other.link.paint([(hot, colour)])
    other.link.paint([(warm, BLACK)])
    desk.until_answered(other)
    desk.press(window, Qt.Key.Key_Q)
    text = window.layers.legend.text
    desk.until(lambda: text.text() == "How often each cell was painted. Most often: column 20, row 30, 5 times.")
    assert window.layers.legend.words == ["never", "1", "2–3", "4–7"]
    cells = ((20, 30), (21, 30), (25, 25))
    assert [on_screen(window, *cell) for cell in cells] == [COLOURS[step_of(times)] for times in (5, 1, 0)]
    for colour in (2, 1, 2, 1, 2, 1, 2, 1):
        other.link.paint([(warm, colour)])
    desk.until(lambda: text.text().endswith("Most often: column 21, row 30, 9 times."))
    assert on_screen(window, 21, 30) == COLOURS[step_of(9)]
    window.resize(320, 480)
    desk.until(lambda: window.layers.legend.geometry().right() < window.board.width())
    assert window.layers.legend.text.height() >= text.heightForWidth(text.width())
    open_past(desk, window)
    assert not window.layers.legend.isVisible()
    desk.press(window, Qt.Key.Key_Q)
    assert not window.history.isVisible()
    desk.until(lambda: "9 times" in text.text())


def test_a_heat_map_that_was_counted_for_an_earlier_asker_gets_what_came_since(
    desk: Desk, server: ServerProcess
) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    hot, warm = 50 * 30 + 20, 50 * 30 + 21
    paint(desk, other, hot)
    desk.press(other, Qt.Key.Key_Q)
    desk.until(lambda: other.layers.legend.text.text().endswith("No cell was painted more than once."))
    for colour in (1, 2, 1):
        other.link.paint([(warm, colour)])
    desk.until(lambda: window.link.replica.sequence == 4)
    desk.press(window, Qt.Key.Key_Q)
    desk.until(lambda: window.layers.legend.isVisible())
    other.link.paint([(warm, 2)])
    desk.until(lambda: window.layers.legend.text.text().endswith("column 21, row 30, 4 times."))
    assert on_screen(window, 21, 30) == COLOURS[step_of(4)]


def test_each_painter_has_a_colour_and_a_name_in_the_legend(desk: Desk, server: ServerProcess) -> None:
    window, ada = desk.open(server.port), desk.open(server.port, identity=Identity("<b>Ada"))
    mo = open_moderator(desk, server)
    paint(desk, ada, *range(1000, 1005))
    paint(desk, mo, 1000, 1001)  # black already: another placement all the same
    paint(desk, window, 20)
    desk.press(window, Qt.Key.Key_U)
    legend = window.layers.legend
    number = window.link.replica.client_id
    desk.until(lambda: legend.words == ["<b>Ada: 3", "Mo ✓: 2", f"painter {number}: 1"])
    assert legend.text.text() == "Who painted each cell last, and how many"
    colours = [on_screen(window, column, 20) for column in (0, 1, 2, 9)]
    first, second = painted_by.COLOURS[:2]
    assert colours == [second, second, first, painted_by.NOBODY_COLOUR]
    paint(desk, mo, 1002, 1003)
    desk.until(lambda: legend.words[0] == "Mo ✓: 4")


def test_a_server_without_a_history_counts_nothing_and_says_so(desk: Desk) -> None:
    with ServerProcess("--store", "memory:", "--lang", "en") as server:
        window = desk.open(server.port)
        desk.press(window, Qt.Key.Key_Q)
        desk.until(lambda: "keeps no history" in window.notice.text())
        assert not window.layers.legend.isVisible()
        assert not window.layers.actions_of["Q"].isChecked()


def test_the_name_is_asked_once_as_the_first_pixel_is_painted(desk: Desk, server: ServerProcess) -> None:
    kept: list[str] = []
    identity = Identity(asks_name=True, keep_name=kept.append)
    window = desk.open(server.port, identity=identity)
    field = window.name_field
    assert not field.isVisible()
    height = window.board.height()
    desk.click(window, 3, 3)
    desk.until(field.isVisible)
    assert field.label.isVisible() and not window.findChild(Controls).colour_name.isVisible()
    assert window.board.height() == height, "the board stays under the pointer"
    assert window.board.hasFocus() or not field.field.hasFocus()
    QTest.mouseClick(field.field, LEFT)
    QTest.keyClicks(field.field, "Ada B, 1")
    QTest.keyClick(field.field, Qt.Key.Key_Return)
    assert kept == ["Ada B, 1"] and not field.isVisible()
    assert window.findChild(Controls).colour_name.isVisible()
    desk.hover(window, 4, 4)
    desk.click(window, 4, 4)
    desk.until_answered(window)
    assert not field.isVisible()
    desk.press(window, Qt.Key.Key_W)
    desk.until(lambda: "Column 4, row 4: Ada B, 1," in window.notice.text())
    field.change(window.link.identity.name)
    assert field.field.selectedText() == "Ada B, 1" and field.field.hasFocus()
    window.resize(320, 480)
    desk.until(lambda: field.none.mapTo(window, field.none.rect().bottomRight()).x() < 320)


def test_who_stays_unnamed_is_not_asked_again(desk: Desk, server: ServerProcess) -> None:
    kept: list[str] = []
    window = desk.open(server.port, identity=Identity(asks_name=True, keep_name=kept.append))
    for column in (3, 4):
        desk.click(window, column, 3)
        desk.until_answered(window)
        desk.until(lambda: window.name_field.isVisible() == (not kept))
        if not kept:
            QTest.mouseClick(window.name_field.none, LEFT)
    assert kept == [""]


def test_the_name_is_remembered_for_the_next_window(tmp_path: Path) -> None:
    own = OwnName(tmp_path / "dcc" / "name.json")
    assert own.read() is None
    for name in ("Ada", "", "é" * 32):
        own.keep(name)
        assert own.read() == name
    for content in ("", "5", '"' + "x" * 33 + '"', "{"):
        (tmp_path / "dcc" / "name.json").write_text(content, encoding="utf-8")
        assert own.read() is None


def test_a_blank_board_says_that_nobody_has_painted(desk: Desk, server: ServerProcess) -> None:
    window, other = desk.open(server.port), desk.open(server.port)
    desk.move_away(window)
    assert window.status.cell.text() == "50 × 50  Nobody has painted yet."
    other.link.paint([(0, BLACK)])
    desk.until(lambda: window.status.cell.text() == "50 × 50")


def test_the_help_has_a_picture_of_the_keys_with_what_each_does(desk: Desk, server: ServerProcess) -> None:
    window = desk.open(server.port)
    desk.press(window, Qt.Key.Key_F1)
    desk.until(lambda: bool(window.findChildren(HelpDialog)))
    [dialog] = window.findChildren(HelpDialog)
    keyboard = dialog.keyboard
    assert keyboard.words_of("E") == "Latest changes"
    assert keyboard.words_of("B") == "Pencil"
    assert keyboard.words_of("R").split("\n") == ["Rectangle", "Shift + R: Filled rectangle"]
    assert keyboard.words_of("Z").split("\n") == ["Ctrl + Z: Undo", "Ctrl Shift + Z: Redo"]
    assert keyboard.words_of("+") == "Zoom in" and keyboard.words_of("-") == "Zoom out"
    assert keyboard.words_of("8") == "choose a colour" and keyboard.words_of("9") == ""
    assert keyboard.words_of(",") == "the previous colour" and keyboard.words_of(".") == "the next colour"
    assert keyboard.words_of("O") == "", "only moderators have it"
    assert keyboard.key_at(keyboard.place_of("W").center()) == "W"
    image = keyboard.grab().toImage()
    colours = {image.pixelColor(keyboard.place_of(key).center()).name() for key in "EI"}
    assert len(colours) == 2, "keys with a use stand out"
    dialog.close()
