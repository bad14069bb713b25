"""What is seen of the window, and when not: notices, the grid, its size on the screen, the edge of the board."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QDialogButtonBox

from dcc.window import theme
from dcc.window.dialogs import HelpDialog, PlaceDialog
from dcc.window.labels import moment
from dcc.window.save_dialogs import ScaleDialog
from tests.support.desk import LEFT, Desk
from tests.support.server_process import PATIENCE_SECONDS, ServerProcess

Key = Qt.Key

SIZE_OF_A_WINDOW = """
from PyQt5.QtWidgets import QApplication
application = QApplication([])
from dcc.client.address import Address, Invitation
from dcc.window import theme
from dcc.window.window import Window
theme.apply(application)
window = Window(None, None, Invitation(Address("127.0.0.1", 9)))
screen = application.primaryScreen().availableSize()
print(window.width() <= screen.width(), window.height() <= screen.height(), screen.height())
"""


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of the test's own, with a record."""
    with ServerProcess("--store", f"sqlite:{tmp_path}/board.sqlite3") as server:
        yield server


def test_a_grid_that_is_too_fine_to_be_seen_says_so(desk: Desk) -> None:
    with ServerProcess("--canvas", "300x300") as server:
        window = desk.open(server.port)
        desk.press(window, Key.Key_G)
        assert window.notice.text() == "The grid is seen from 8× on: zoom in."


@pytest.mark.parametrize("key", [Key.Key_F1, Key.Key_Question])
def test_what_a_cell_told_is_gone_with_the_help_which_two_keys_open(
    key: Key, server: ServerProcess, desk: Desk
) -> None:
    window = desk.open(server.port)
    desk.click(window, 3, 3)
    desk.until_answered(window)
    desk.hover(window, 5, 5)
    desk.hover(window, 3, 3)
    desk.press(window, Key.Key_W)
    desk.until(lambda: window.notice.isVisible() and "Column 3, row 3: painter " in window.notice.text())
    desk.press(window, key)
    [help_dialog] = window.findChildren(HelpDialog)
    assert help_dialog.isVisible() and not window.notice.isVisible()
    help_dialog.close()


def test_after_a_click_on_a_swatch_the_arrows_move_the_cursor(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    desk.hover(window, 10, 10)
    QTest.mouseClick(window.palette_widget.swatch(4), LEFT)
    focus = QApplication.focusWidget()
    assert focus is window.board
    QTest.keyClick(focus, Key.Key_Right)
    assert window.palette_widget.chosen == 4
    assert window.board.hovered % 50 == 11


@pytest.mark.parametrize("scale", ["1", "1.5"])
def test_a_new_window_is_no_larger_than_the_screen(scale: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    done = subprocess.run(
        [sys.executable, "-c", SIZE_OF_A_WINDOW],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert done.stdout.startswith("True True "), done.stdout


@pytest.mark.parametrize("is_dark", [True, False])
def test_a_board_in_the_colour_of_the_ground_has_an_edge(is_dark: bool, desk: Desk) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    try:
        with ServerProcess("--background", "black" if is_dark else "white") as server:
            theme.apply(application, is_dark)
            window = desk.open(server.port)
            desk.until_drawn(window)
            view = window.board.view
            assert view is not None
            left, top, _across, _down = view.board
            screen = desk.screen(window)
            outside, edge, inside = (screen.pixelColor(left + by, top + 40).name() for by in (-6, -1, 2))
            assert edge not in (outside, inside)
    finally:
        theme.apply(application)


def test_the_dialogs_have_no_icons_of_the_desktops_theme(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    for dialog in (HelpDialog(window), PlaceDialog(5, 5, window), ScaleDialog(5, 5, window)):
        for buttons in dialog.findChildren(QDialogButtonBox):
            assert [button.icon().isNull() for button in buttons.buttons()] == [True] * len(buttons.buttons())


def test_a_small_board_is_saved_large_enough_to_look_at(qtbot: object) -> None:
    assert ScaleDialog(50, 50).scale.value() == 20


def test_times_have_one_format(server: ServerProcess, desk: Desk) -> None:
    """Who painted, and the moment of the history."""
    window = desk.open(server.port)
    desk.click(window, 3, 3)
    desk.until_answered(window)
    desk.press(window, Key.Key_W)
    desk.until(lambda: window.notice.isVisible())
    told = window.notice.text().rsplit(", ", 1)[1].rstrip(".")
    desk.press(window, Key.Key_H)
    desk.until(lambda: bool(window.history.moment.text()))
    assert window.history.moment.text() == told
    assert len(told) == len(moment(0))
