"""Where one is on the board, in the window: going to a cell, links to what is seen, colours, the minimap."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtTest import QTest

from dcc.client.address import Address, Invitation, parse_invitation
from dcc.core.places import Place
from dcc.window.dialogs import PlaceDialog
from dcc.window.window import Window
from tests.support.desk import Desk
from tests.support.server_process import ServerProcess

Key = Qt.Key


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """A server with a board larger than every window."""
    with ServerProcess("--canvas", "900x600") as server:
        yield server


def ask(desk: Desk, window: Window, words: str) -> PlaceDialog:
    """Type a place into the dialog."""
    desk.press(window, Key.Key_J)
    dialog: PlaceDialog = window.findChild(PlaceDialog)
    QTest.keyClicks(dialog.field, words)
    QTest.keyClick(dialog.field, Key.Key_Return)
    return dialog


@pytest.mark.parametrize("words", ["700,30", "700 30", "(700, 30)", "http://192.168.1.20:8080/#700,30,8"])
def test_a_place_that_is_typed_is_shown_large_enough_to_draw(words: str, server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    ask(desk, window, words)
    view = window.board.view
    assert view is not None
    assert (view.middle_cell(), view.zoom, window.board.key_cell) == ((700, 30), 8, (700, 30))


def test_a_place_off_the_board_is_refused_with_the_bounds_and_the_dialog_stays(
    server: ServerProcess, desk: Desk
) -> None:
    window = desk.open(server.port)
    for words in ("900,0", "-1,0"):
        dialog = ask(desk, window, words)
        assert dialog.isVisible()
        assert dialog.fault.text() == "That is not on the board. Columns from 0 to 899, rows from 0 to 599."
        dialog.reject()
        desk.until(lambda: window.findChild(PlaceDialog) is None)
    assert window.board.key_cell is None


def clipboard() -> str:
    """What was copied."""
    found = QGuiApplication.clipboard()
    assert found is not None
    return found.text()


def test_a_link_to_what_is_seen_is_copied_and_another_window_opens_with_it(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    ask(desk, window, "700,30")
    desk.press(window, Key.Key_K)
    ratio = window.devicePixelRatioF()
    link = f"dcc://127.0.0.1:{server.port}/#{Place(700, 30, 8 / ratio)}"
    assert clipboard() == link
    assert window.notice.text() == f"Link copied: {link}"
    other = desk.open(server.port, invitation=parse_invitation(link))
    view = other.board.view
    assert view is not None
    assert (view.middle_cell(), view.zoom) == ((700, 30), 8)
    assert other.board.key_cell is None


def test_the_link_of_the_whole_board_has_no_place_and_is_that_of_the_page_if_known(
    server: ServerProcess, desk: Desk
) -> None:
    page = Invitation(Address("127.0.0.1", server.port), page="http://127.0.0.1:8080/")
    for invitation, link in (
        (None, f"dcc://127.0.0.1:{server.port}/"),
        (page, f"http://127.0.0.1:8080/#puerto={server.port}"),
    ):
        window = desk.open(server.port, invitation=invitation)
        desk.press(window, Key.Key_K)
        assert clipboard() == link


def test_a_link_of_the_page_shows_its_place_even_if_that_is_partly_off_the_board(
    server: ServerProcess, desk: Desk
) -> None:
    link = f"http://127.0.0.1:8080/#puerto={server.port}&5000,30,16.4"
    window = desk.open(server.port, invitation=parse_invitation(link))
    view = window.board.view
    assert view is not None
    assert (view.middle_cell(), view.zoom) == ((899, 30), 16)
