"""Undo and redo in the window by its keys, while another window paints, against a model of the strokes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest

from dcc.core.shapes import cells_between
from tests.support.desk import CTRL, Desk
from tests.support.server_process import ServerProcess
from tests.window.test_window_vectors import board_of, by_mouse, open_board

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
