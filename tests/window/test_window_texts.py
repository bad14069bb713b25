"""Texts from a server in the window: shown as they are, never as HTML, and without characters that steer a screen."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QEvent, QPoint, Qt
from PyQt5.QtGui import QTextDocument
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QLabel, QMenu, QWidget

from dcc.client.link import LinkState
from dcc.protocol.messages import Closing, Rejected
from dcc.window.dialogs import HelpDialog
from dcc.window.labels import set_tool_tip
from dcc.window.save_dialogs import ScaleDialog
from dcc.window.window import Window
from tests.support.desk import LEFT, Desk
from tests.support.server_process import ServerProcess

NAMES = {
    "<b>bold</b>": "<b>bold</b>",
    '<img src="file:///etc/hostname">': '<img src="file:///etc/hostname">',
    "<h1>a": "<h1>a",
    "&lt;&amp; plain": "&lt;&amp; plain",
    "white\u202egpj": "white gpj",
    "\x1b]0;title\x07 x": "]0;title x",
}


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server whose palette has such names."""
    lines = [f"{10 * number} 0 0 {name}" for number, name in enumerate(NAMES)]
    (tmp_path / "palette.gpl").write_text("GIMP Palette\n" + "\n".join(lines), encoding="utf-8")
    options = ("--palette", str(tmp_path / "palette.gpl"), "--store", str(tmp_path / "record.sqlite3"))
    with ServerProcess(*options) as server:
        yield server


def seen(tool_tip: str) -> str:
    """What a tooltip shows, as Qt decides between plain text and HTML."""
    document = QTextDocument()
    if Qt.mightBeRichText(tool_tip):
        document.setHtml(tool_tip)
    else:
        document.setPlainText(tool_tip)
    return document.toPlainText()


def labels_of(*widgets: QWidget) -> list[QLabel]:
    return [label for widget in widgets for label in widget.findChildren(QLabel)]


@pytest.mark.parametrize("size", [(320, 360), (320, 480), (720, 600)])
def test_a_window_without_a_board_shows_the_whole_advice(size: tuple[int, int], desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    window = desk.open(port, online=False)
    window.resize(*size)
    desk.until(lambda: window.empty.hint.isVisible())
    for label in (window.empty.title, window.empty.reason, window.empty.hint):
        desk.until(lambda label=label: label.height() >= label.heightForWidth(label.width()))


def test_no_label_of_the_window_reads_html(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    labels = labels_of(window, HelpDialog(window), ScaleDialog(5, 5, window))
    assert len(labels) > 20
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_names_of_colours_are_shown_as_they_are(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    for index, shown in enumerate(NAMES.values()):
        swatch = window.palette_widget.swatch(index)
        assert (seen(swatch.toolTip()), swatch.accessibleName()) == (f"{shown} ({index + 1})", shown)
        window.palette_widget.choose(index)
        desk.click(window, index, 0)
        desk.until_answered(window)

        def is_shown(index: int = index, shown: str = shown) -> bool:
            desk.hover(window, index, 0)  # again and again: a window that opens slowly forgets where the pointer is
            return bool(window.status.colour.text().startswith(shown))

        desk.until(is_shown)


@pytest.mark.parametrize("text", NAMES)
def test_a_tool_tip_shows_a_text_as_it_is(text: str, qtbot: object) -> None:
    widget = QWidget()
    set_tool_tip(widget, text)
    assert seen(widget.toolTip()) == text


def test_a_reason_of_a_server_is_shown_without_its_controls(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    window.link_received(Rejected(0, "<b>no</b>\x1b[2J\u202e", b""), None)
    assert window.notice.text() == "Not painted: <b>no</b> [2J."
    window.link_received(Closing("<i>bye</i>\x07"), None)
    window.link_changed(LinkState.AWAY, "")
    assert window.banner.text().startswith("The server says: <i>bye</i>.")


def author_menu(window: Window) -> QMenu:
    """The menu with the question about a cell."""
    bar = window.menuBar()
    assert bar is not None
    return next(menu for menu in bar.findChildren(QMenu) if window._past.author_action in menu.actions())


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_the_menu_asks_who_painted_the_cell_that_the_pointer_came_from(
    by: str, server: ServerProcess, desk: Desk
) -> None:
    window = desk.open(server.port)
    desk.click(window, 4, 3)
    desk.until_answered(window)
    desk.hover(window, 4, 3)
    menu = author_menu(window)
    if by == "mouse":
        desk.move_away(window)
    else:
        QApplication.sendEvent(window.board, QEvent(QEvent.Type.Leave))  # as when a menu opens over the board
    menu.popup(window.mapToGlobal(QPoint(1, 1)))
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(window._past.author_action).center())
    desk.until(lambda: window.notice.isVisible())
    assert window.notice.text().startswith("Column 4, row 3: painter ")


def test_without_a_cell_the_question_says_what_to_do(server: ServerProcess, desk: Desk) -> None:
    window = desk.open(server.port)
    window._past.author_action.trigger()
    assert window.notice.text() == "Point at a cell first."
