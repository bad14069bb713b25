"""Shared templates in the window: offered in a menu, shown over the board, counted live, and led through."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtWidgets import QAction

from dcc.client.templates import Template
from dcc.core import templates
from dcc.core.actions import AddTemplate, Clear, Rectangle
from dcc.core.palette import AF06
from dcc.core.people import Role
from dcc.core.placements import Size
from dcc.core.templates import TemplatePixels
from dcc.record.writer import Writer
from dcc.window.template_layer import Look, TemplateLayer
from dcc.window.window import Window
from tests.support.commands import dcc
from tests.support.desk import Desk
from tests.support.people import key_of, make_record
from tests.support.server_process import ServerProcess

WHITE, BLACK, RED, GREEN, YELLOW, BLUE = range(6)

# Red, nothing, blue above three red cells, from (5, 4) on.
COLOURS, PAINTED = bytes([RED, 0, BLUE, RED, RED, RED]), bytes([1, 0, 1, 1, 1, 1])
CAT = AddTemplate("cat & co", Rectangle(5, 4, 3, 2), templates.spell(TemplatePixels(COLOURS, PAINTED)))
DOG = AddTemplate("dog", Rectangle(20, 10, 1, 1), templates.spell(TemplatePixels(bytes([BLUE]), b"\1")))


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record with two templates."""
    make_record(tmp_path / "board.sqlite3", {}, CAT, DOG)
    return tmp_path / "board.sqlite3"


def entry(window: Window, text: str) -> QAction:
    """The entry of the menu whose text begins so."""
    return next(action for action in window.together.menu.actions() if action.text().replace("&", "").startswith(text))


def screen_colour(desk: Desk, window: Window, column: int, row: int) -> str:
    """The middle of a cell on the screen."""
    return desk.colour(window, column, row)


def test_templates_are_offered_shown_counted_and_led_through(desk: Desk, record: Path) -> None:
    with ServerProcess("--store", f"sqlite:{record}") as server:
        window, other = desk.open(server.port), desk.open(server.port)
        together = window.together
        desk.until(lambda: "cat & co, dog" in window.notice.text())
        together.menu.popup(QPoint())
        desk.until(lambda: entry(window, "cat  co").text() == "cat && co: 0 of 5 pixels, 0 %")
        desk.until(lambda: entry(window, "dog").text() == "dog: 0 of 1 pixels, 0 %")
        together.menu.close()
        assert not together.progress.isVisible()
        entry(window, "cat").trigger()
        desk.until(lambda: together.progress.text() == "cat & co: 0 %")
        desk.move_away(window)
        desk.until(lambda: screen_colour(desk, window, 5, 4) == "#ff8080")
        assert screen_colour(desk, window, 6, 4) == "#ffffff"
        desk.press(window, Qt.Key.Key_N)
        assert (window.board.key_cell, window.palette_widget.chosen) == ((5, 4), RED)
        desk.press(window, Qt.Key.Key_Return)
        desk.until_answered(window)
        desk.until(lambda: together.progress.text() == "cat & co: 20 %")
        desk.press(window, Qt.Key.Key_N)
        assert (window.board.key_cell, window.palette_widget.chosen) == ((7, 4), BLUE)
        other.link.paint([(50 * 5 + column, RED) for column in (5, 6)] + [(50 * 4 + 7, BLUE)])
        desk.until(lambda: together.progress.text() == "cat & co: 80 %")
        desk.press(window, Qt.Key.Key_N)
        assert window.board.key_cell == (7, 5)
        other.link.paint([(50 * 5 + 7, RED), (50 * 4 + 5, BLACK)])
        desk.until(lambda: window.link.replica.shown[50 * 4 + 5] == BLACK)
        desk.press(window, Qt.Key.Key_N)
        assert window.board.key_cell == (5, 4), "what was painted over is missing again, and the search begins anew"
        other.link.paint([(50 * 4 + 5, RED)])
        desk.until(lambda: together.progress.text() == "cat & co: 100 %")
        desk.press(window, Qt.Key.Key_N)
        assert window.notice.text() == "Nothing is missing of cat & co."
        assert dcc("template", "remove", "cat & co", store=record).status == 0
        desk.until(lambda: not together.progress.isVisible())
        assert [action.text() for action in together.menu.actions()][:2] == ["N&one", "dog"]


def test_a_template_is_shown_as_dots_or_as_what_is_missing_and_one_colour_at_a_time(desk: Desk, record: Path) -> None:
    with ServerProcess("--store", f"sqlite:{record}") as server:
        window = desk.open(server.port)
        desk.until(lambda: bool(window.link.replica.rules.templates))
        entry(window, "cat").trigger()
        desk.until(window.together.progress.isVisible)
        desk.move_away(window)
        entry(window, "Only what is missing").trigger()
        desk.until(lambda: screen_colour(desk, window, 7, 4) == "#0000ff")
        window.link.paint([(50 * 4 + 7, GREEN)])
        window.board.show_changes([50 * 4 + 7])
        desk.until_answered(window)
        assert screen_colour(desk, window, 7, 4) == "#0000ff", "it is not done in another colour"
        entry(window, "Dots").trigger()
        desk.until_drawn(window)
        point = window.board.point_of(7, 4)
        corner = point - QPoint(3, 3)  # of a cell of 7 pixels
        desk.until(lambda: desk.screen(window).pixelColor(corner).name() == AF06[GREEN].value)
        assert desk.screen(window).pixelColor(point).name() == "#0000ff"
        window.together.one_colour.trigger()
        desk.press(window, Qt.Key.Key_3)
        desk.until(lambda: screen_colour(desk, window, 7, 4) == AF06[GREEN].value)
        assert screen_colour(desk, window, 5, 4) == "#ff0000"
        desk.press(window, Qt.Key.Key_6)
        desk.until(lambda: screen_colour(desk, window, 7, 4) == "#0000ff")
        assert screen_colour(desk, window, 5, 4) == "#ffffff"
        entry(window, "Half transparent").trigger()
        desk.until(lambda: screen_colour(desk, window, 7, 4) not in ("#0000ff", AF06[GREEN].value))
        assert screen_colour(desk, window, 5, 4) == "#ffffff"


def test_a_large_template_takes_few_bytes_a_cell() -> None:
    """A million cells took 120 MB, and the menu asks for every template."""
    side = 1024
    row = bytes(column // 64 % 5 + 1 for column in range(side))
    wanted = TemplatePixels(row * side, b"\1" * side * side)
    published = AddTemplate("large", Rectangle(0, 0, side, side), templates.spell(wanted))
    shown = bytearray(side * side)
    layer = TemplateLayer()
    layer.set_board(AF06, shown)
    tracemalloc.start()
    try:
        layer.show(Template(1, published, "", side), Look.MISSING, None)
        shown[: side * 2] = row * 2
        layer.note(range(side * 2))
        taken, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert layer.left == side * (side - 2)
    assert taken < 4 * side * side


def test_a_whole_board_is_counted_and_named_anew_and_not_shown_in_place_of_the_past(desk: Desk, tmp_path: Path) -> None:
    """A large board that is cleared comes whole: the changes would be longer."""
    path, side = tmp_path / "board.sqlite3", 200
    Writer(path, Size(side, side)).close()
    with ServerProcess("--store", make_record(path, {"Mo": Role.MODERATE}, CAT)) as server:
        mo, window, past = desk.open(server.port, key=key_of("Mo")), desk.open(server.port), desk.open(server.port)
        desk.until(lambda: bool(window.link.replica.rules.templates))
        entry(window, "cat").trigger()
        mo.link.paint((cell, BLACK) for cell in range(side * side))
        mo.link.paint([(side * 4 + 5, RED), (side * 4 + 7, BLUE), *((side * 5 + column, RED) for column in (5, 6, 7))])
        desk.until(lambda: window.together.progress.text() == "cat & co: 100 %")
        desk.press(past, Qt.Key.Key_H)
        desk.until(lambda: past.history.isVisible() and bool(past.history.moment.text()))
        desk.hover(window, 100, 100)
        assert "#000000" in window.status.colour.text()
        mo.link.act(Clear())
        desk.until(lambda: not any(window.link.replica.shown) and not any(past.link.replica.shown))
        assert window.together.progress.text() == "cat & co: 0 %"
        assert "#ffffff" in window.status.colour.text()
        assert past.board.to_image(1).pixelColor(100, 100).name() == "#000000"
        desk.press(past, Qt.Key.Key_H)
        assert past.board.to_image(1).pixelColor(100, 100).name() == "#ffffff"


def test_a_template_is_still_shown_after_a_lost_connection_and_not_over_the_past(desk: Desk, record: Path) -> None:
    with ServerProcess("--store", f"sqlite:{record}") as server:
        window = desk.open(server.port)
        desk.until(lambda: bool(window.link.replica.rules.templates))
        entry(window, "cat").trigger()
        desk.until(window.together.progress.isVisible)
        window.link.introduce()  # connects anew
        desk.until(lambda: not window.link.replica.rules.templates)
        desk.until(lambda: bool(window.link.replica.rules.templates))
        desk.until(lambda: window.board.template.template is not None)
        desk.move_away(window)
        desk.until(lambda: screen_colour(desk, window, 5, 4) == "#ff8080")
        window.link.paint([(0, BLACK)])
        desk.until_answered(window)
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: window.history.isVisible())
        desk.until(lambda: screen_colour(desk, window, 5, 4) == "#ffffff")
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: screen_colour(desk, window, 5, 4) == "#ff8080")
