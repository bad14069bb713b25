"""The window watches the past, on a real server with a record, by mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from dcc.core.people import Role
from dcc.window.window import Window
from tests.support.desk import ALT, CTRL, Desk
from tests.support.people import key_of, make_record
from tests.support.server_process import ServerProcess

WHITE, BLACK, RED, GREEN = range(4)


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Windows that are closed after the test."""
    with Desk() as desk:
        yield desk


def on_screen(window: Window, column: int, row: int) -> str:
    """The colour in the middle of a drawn cell."""
    return window.board.grab().toImage().pixelColor(window.board.point_of(column, row)).name()


def test_the_past_is_watched_and_left_again(desk: Desk, tmp_path: Path) -> None:
    """The slider shows the board as it was; what others paint meanwhile is there when the past is left."""
    with ServerProcess("--store", f"sqlite:{tmp_path}/board.sqlite3") as server:
        window, other = desk.open(server.port), desk.open(server.port)
        for cell in (3, 4):
            window.link.paint([(cell, BLACK)])
            desk.until_answered(window)
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: window.history.isVisible() and bool(window.history.moment.text()))
        assert window.history.slider.maximum() == 2
        window.history.slider.setValue(1)
        desk.until(lambda: on_screen(window, 4, 0) == "#ffffff")
        assert on_screen(window, 3, 0) == "#000000"
        desk.click(window, 7, 7)
        assert "past" in window.notice.text()
        other.link.paint([(9, BLACK)])
        desk.until(lambda: window.link.replica.shown[9] == BLACK)
        assert on_screen(window, 9, 0) == "#ffffff"
        desk.press(window, Qt.Key.Key_H)
        assert not window.history.isVisible()
        assert [on_screen(window, column, 0) for column in (3, 4, 9)] == ["#000000"] * 3
        assert window.link.replica.shown[7 * 50 + 7] != BLACK


def test_the_bar_of_the_past_has_room_for_all_of_it_in_each_window(desk: Desk, tmp_path: Path) -> None:
    """In the smallest window the moment is below the slider."""
    with ServerProcess("--store", f"sqlite:{tmp_path}/board.sqlite3") as server:
        window = desk.open(server.port)
        window.link.paint([(3, BLACK)])
        desk.until_answered(window)
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: window.history.isVisible() and bool(window.history.moment.text()))
        bar = window.history
        bar.close_button.setText("Volver al presente")  # longer than in English
        for width, rows in ((320, 2), (720, 1), (320, 2)):
            window.resize(width, 400)
            desk.until(lambda rows=rows: (bar.moment.y() > bar.slider.geometry().bottom()) == (rows == 2))
            assert bar.slider.width() >= 80, width
            assert bar.moment.width() >= bar.moment.sizeHint().width(), width
            assert bar.close_button.width() >= bar.close_button.sizeHint().width(), width
            assert bar.geometry().right() < window.width() == width


def test_the_past_is_played_to_its_end(desk: Desk, tmp_path: Path) -> None:
    """From the blank board on; then the button is up again."""
    with ServerProcess("--store", f"sqlite:{tmp_path}/board.sqlite3") as server:
        window = desk.open(server.port)
        for cell in range(5):
            window.link.paint([(cell, BLACK)])
        desk.until_answered(window)
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: bool(window.history.moment.text()))
        seen: list[str] = []
        window.history.slider.valueChanged.connect(lambda value: seen.append(str(value)))
        QTest.mouseClick(window.history.play, Qt.MouseButton.LeftButton)
        desk.until(lambda: not window.history.play.isChecked())
        assert seen == ["0", "1", "2", "3", "4", "5"]


def test_who_painted_a_cell_is_told(desk: Desk, tmp_path: Path) -> None:
    """The painter, or the line about an unpainted cell."""
    with ServerProcess("--store", f"sqlite:{tmp_path}/board.sqlite3") as server:
        window = desk.open(server.port)
        window.link.paint([(50 * 2 + 3, BLACK)])
        desk.until_answered(window)
        desk.hover(window, 3, 2)
        desk.press(window, Qt.Key.Key_W)
        desk.until(lambda: "Column 3, row 2: painter 1," in window.notice.text())
        desk.hover(window, 5, 5)
        desk.press(window, Qt.Key.Key_W)
        desk.until(lambda: window.notice.text() == "Column 5, row 5: nobody has painted here.")


def test_a_proven_name_has_its_mark(desk: Desk, tmp_path: Path) -> None:
    with ServerProcess("--store", make_record(tmp_path / "board.sqlite3", {"Ada": Role.PAINT})) as server:
        ada, window = desk.open(server.port, key=key_of("Ada")), desk.open(server.port)
        ada.link.paint([(50 * 2 + 3, BLACK)])
        desk.until_answered(ada)
        desk.hover(window, 3, 2)
        desk.press(window, Qt.Key.Key_W)
        desk.until(lambda: window.notice.text().startswith("Column 3, row 2: "))
        assert window.notice.text().startswith("Column 3, row 2: Ada ✓, ")


def test_cells_of_the_past_are_named_picked_and_copied_in_their_colours_of_then(desk: Desk, tmp_path: Path) -> None:
    with ServerProcess("--store", f"sqlite:{tmp_path}/board.sqlite3") as server:
        window = desk.open(server.port)
        for colour in (BLACK, RED):
            window.link.paint([(3, colour)])
            desk.until_answered(window)
        desk.press(window, Qt.Key.Key_S)
        window.palette_widget.choose(GREEN)
        desk.hover(window, 3, 0)
        assert "#ff0000" in window.status.colour.text()
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: window.history.isVisible() and bool(window.history.moment.text()))
        window.history.slider.setValue(1)
        desk.until(lambda: window.board.to_image(1).pixelColor(3, 0).name() == "#000000")
        assert "#000000" in window.status.colour.text()
        desk.click(window, 3, 0, ALT)
        assert window.palette_widget.chosen == BLACK
        desk.draw_line(window, (3, 0), (4, 0))
        desk.press(window, Qt.Key.Key_C, CTRL)
        copied = window.drawing.clipboard
        assert copied is not None and list(copied.colours) == [BLACK, WHITE]
        desk.hover(window, 3, 0)
        desk.press(window, Qt.Key.Key_H)
        assert "#ff0000" in window.status.colour.text()


def test_a_server_without_a_history_says_so(desk: Desk) -> None:
    with ServerProcess("--store", "memory:", "--lang", "en") as server:
        window = desk.open(server.port)
        desk.press(window, Qt.Key.Key_H)
        desk.until(lambda: "keeps no history" in window.notice.text())
        assert not window.history.isVisible()
