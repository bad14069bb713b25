"""Undo and redo in the window by its keys: while another window paints, against a model of the strokes; and what the
server refuses, or takes in more than one request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from dcc.client.link import LinkState
from dcc.core.shapes import cells_between
from dcc.window.window import Window
from tests.support.commands import dcc
from tests.support.desk import CTRL, Desk
from tests.support.server_process import ServerProcess
from tests.window.test_window_vectors import BLACK, SHIFT, board_of, by_mouse, open_board, set_board

WIDTH, HEIGHT = 6, 4
Stroke = dict[int, tuple[int, int]]


@pytest.fixture
def desk(qtbot: object) -> Iterator[Desk]:
    """Where the windows are."""
    with Desk() as desk:
        yield desk


class Model:
    """The board, and for each stroke the cells with the colours before and after."""

    def __init__(self) -> None:
        self.board = [0] * (WIDTH * HEIGHT)
        self.done: list[Stroke] = []
        self.undone: list[Stroke] = []

    def draw(self, cells: list[int], colour: int) -> None:
        """A stroke; what has the colour already does not belong to it."""
        stroke = {cell: (self.board[cell], colour) for cell in cells if self.board[cell] != colour}
        if stroke:
            self.done.append(stroke)
            self.undone = []
        self.others_draw([], 0, stroke)

    def others_draw(self, cells: list[int], colour: int, stroke: Stroke | None = None) -> None:
        """What others paint belongs to no stroke any longer."""
        for cell in cells:
            for each in (*self.done, *self.undone):
                each.pop(cell, None)
            self.board[cell] = colour
        for cell, (_before, after) in (stroke or {}).items():
            self.board[cell] = after

    def step(self, source: list[Stroke], target: list[Stroke], side: int) -> None:
        """Undo (side 1) or redo (side 0) the last stroke of which something is there."""
        while source:
            stroke = source.pop()
            still = {cell: pair for cell, pair in stroke.items() if self.board[cell] == pair[side]}
            if still:
                target.append(still)
                for cell, pair in still.items():
                    self.board[cell] = pair[1 - side]
                return


@pytest.mark.parametrize("seed", [1, 2])
def test_undo_and_redo_by_keys_are_those_of_the_model_while_another_paints(seed: int, desk: Desk) -> None:
    chance, model = Random(seed), Model()
    done = {"undo": 0, "redo": 0}
    with ServerProcess("--canvas", f"{WIDTH}x{HEIGHT}") as server:
        other = desk.open(server.port)
        window = open_board(desk, server)
        for _step in range(60):
            path = [(chance.randrange(WIDTH), chance.randrange(HEIGHT)) for _ in range(2)]
            cells = [row * WIDTH + column for column, row in cells_between(*path)]
            colour = chance.randrange(4)
            before = list(model.board)
            match deed := chance.choice(["draw", "draw", "others", "undo", "undo", "redo"]):
                case "draw":
                    QTest.keyClick(window.board, Qt.Key.Key_1 + colour)
                    by_mouse(desk, window, path)
                    model.draw(cells, colour)
                case "others":
                    other.link.paint([(cell, colour) for cell in cells])
                    model.others_draw(cells, colour)
                case "undo":
                    QTest.keyClick(window.board, Qt.Key.Key_Z, CTRL)
                    model.step(model.done, model.undone, 1)
                case _:
                    QTest.keyClick(window.board, Qt.Key.Key_Y, CTRL)
                    model.step(model.undone, model.done, 0)
            if deed in done:
                done[deed] += model.board != before
            for each in (window, other):
                desk.until_answered(each)
            desk.until(lambda: board_of(window) == model.board and board_of(other) == model.board)
            desk.until(lambda: window.link.replica.sequence == other.link.replica.sequence)
    assert min(done.values()) > 2


# --- what the server refuses, or takes in more than one request -------------------------------------------


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The record of a server that can be moderated, or started again."""
    return tmp_path / "board.sqlite3"


def press_undo(window: Window) -> None:
    """Press Ctrl+Z, before the window reads what the server has sent."""
    QTest.keyClick(window.board, Qt.Key.Key_Z, CTRL)


def press_redo(window: Window) -> None:
    """Press Ctrl+Y likewise."""
    QTest.keyClick(window.board, Qt.Key.Key_Y, CTRL)


def draw_line(desk: Desk, window: Window, *path: tuple[int, int]) -> None:
    """Draw in black with the pencil, and wait for the answer."""
    QTest.keyClick(window.board, Qt.Key.Key_2)
    by_mouse(desk, window, path)
    desk.until_answered(window)


def test_a_large_rectangle_on_a_small_board_is_undone_and_done_again(desk: Desk, record: Path) -> None:
    """The server holds fewer changes, and records on a disk what has come meanwhile as one batch."""
    options = ("--store", f"sqlite:{record}", "--pixel-rate", "50000")
    with ServerProcess("--canvas", "300x300", *options) as server:
        window = open_board(desk, server)
        set_board(desk, window, [cell % 5 + 2 for cell in range(300 * 300)])
        before = board_of(window)
        QTest.keyClick(window.board, Qt.Key.Key_R, SHIFT)
        by_mouse(desk, window, [(0, 0), (199, 199)])
        desk.until_answered(window)
        drawn = board_of(window)
        assert drawn.count(BLACK) == 200 * 200
        for step, board in ((press_undo, before), (press_redo, drawn), (press_undo, before)):
            step(window)
            desk.until_answered(window)
            assert board_of(window) == board
        assert not window.notice.isVisible()


def test_a_moved_part_larger_than_a_burst_of_the_server_arrives_whole(desk: Desk) -> None:
    with ServerProcess("--canvas", "700x700", "--pixel-rate", "20000") as server:
        window = open_board(desk, server)
        window.link.paint([(700 * row + column, (row + column) % 7 + 1) for row in range(300) for column in range(300)])
        desk.until_answered(window)
        before = board_of(window)
        QTest.keyClick(window.board, Qt.Key.Key_S)
        by_mouse(desk, window, [(0, 0), (299, 299)])
        lifted = window.drawing.selection
        assert lifted is not None and lifted.width * lifted.height > 80_000
        by_mouse(desk, window, [(150, 150), (520, 510)])
        QTest.keyClick(window.board, Qt.Key.Key_Return)
        put = window.drawing.selection
        assert put is not None and put.column > lifted.width and (put.width, put.height) == lifted[2:]
        wanted = list(before)
        for row in range(lifted.height):
            source = (lifted.row + row) * 700 + lifted.column
            target = (put.row + row) * 700 + put.column
            wanted[source : source + put.width] = [0] * put.width
            wanted[target : target + put.width] = before[source : source + put.width]
        desk.until_answered(window)
        assert board_of(window) == wanted
        assert "Not painted" not in window.notice.text()


def moderate(record: Path, *words: str) -> None:
    """Moderate, while no window reads what the server sends."""
    done = dcc("moderate", *words, store=record)
    assert done.status == 0, done.errors


@pytest.mark.parametrize(("step", "shows"), [(press_undo, BLACK), (press_redo, 0)])
def test_what_a_frozen_board_refuses_can_be_undone_or_done_again_after_the_thaw(
    step: Callable[[Window], None], shows: int, desk: Desk, record: Path
) -> None:
    with ServerProcess("--store", f"sqlite:{record}", "--canvas", "6x4", "--lang", "en") as server:
        window = open_board(desk, server)
        draw_line(desk, window, (1, 1), (3, 1))
        line = board_of(window)
        if step is press_redo:
            press_undo(window)
            desk.until_answered(window)
        moderate(record, "freeze")
        assert not window.link.replica.rules.is_frozen  # it has not read so yet
        step(window)
        assert window.link.replica.unanswered == 1
        desk.until_answered(window)
        desk.until(lambda: "the board is frozen" in window.notice.text())
        desk.until(lambda: window.link.replica.rules.is_frozen)
        assert board_of(window)[7] == shows
        window.notice.hide()
        step(window)  # the window knows: nothing is sent
        assert window.link.replica.unanswered == 0
        assert window.notice.isVisible() and window.notice.text().startswith("Not painted: the board is frozen")
        moderate(record, "thaw")
        desk.until(lambda: not window.link.replica.rules.is_frozen)
        step(window)
        desk.until_answered(window)
        assert board_of(window) == ([0] * 24 if step is press_undo else line)


def test_undo_leaves_what_is_in_an_area_of_others_to_be_undone_later(desk: Desk, record: Path) -> None:
    with ServerProcess("--store", f"sqlite:{record}", "--canvas", "6x4", "--lang", "en") as server:
        window = open_board(desk, server)
        draw_line(desk, window, (0, 0), (0, 3))
        draw_line(desk, window, (1, 1), (4, 1))
        moderate(record, "area", "add", "bed", "3,0", "3x4", "--for", "moderators")
        desk.until(lambda: bool(window.link.replica.rules.areas))
        press_undo(window)
        desk.until_answered(window)
        assert "2 cells were left out" in window.notice.text()
        assert {cell for cell, colour in enumerate(board_of(window)) if colour} == {0, 6, 12, 18, 9, 10}
        press_undo(window)  # the stroke before
        desk.until_answered(window)
        assert {cell for cell, colour in enumerate(board_of(window)) if colour} == {9, 10}
        press_undo(window)
        assert window.link.replica.unanswered == 0
        assert window.notice.text().startswith("Not painted: ")
        moderate(record, "area", "remove", "bed")
        desk.until(lambda: not window.link.replica.rules.areas)
        press_undo(window)
        desk.until_answered(window)
        assert board_of(window) == [0] * 24


def test_an_undo_that_is_lost_with_the_connection_can_be_undone_on_the_next(desk: Desk, record: Path) -> None:
    with closing(ServerProcess("--store", f"sqlite:{record}", "--canvas", "6x4")) as server:
        window = open_board(desk, server)
        draw_line(desk, window, (1, 1), (3, 1))
        line = board_of(window)
    # The server was killed, and the window does not know yet.
    press_undo(window)
    assert window.link.replica.unanswered == 1 and window.link.replica.shown[7] == 0
    desk.until(lambda: window.link.state is LinkState.AWAY)
    with ServerProcess("--store", f"sqlite:{record}", "--canvas", "6x4", port=server.port):
        desk.until_online(window)
        assert board_of(window) == line
        press_undo(window)
        desk.until_answered(window)
        assert board_of(window) == [0] * 24
