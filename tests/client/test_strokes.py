"""Undo and redo while others paint, against a model that remembers every paint of every cell."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from dcc.client.replica import Replica
from dcc.client.strokes import Strokes
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.protocol.messages import Acknowledged, Changes, Welcome, WholeBoard

CELLS = 6
COLOURS = st.integers(0, 3)
PIXELS = st.dictionaries(st.integers(0, CELLS - 1), COLOURS, min_size=1, max_size=4)


class Painters(RuleBasedStateMachine):
    """One painter with undo and redo, and others. The server takes each paint at once."""

    def __init__(self) -> None:
        super().__init__()
        self.replica, self.strokes = Replica(), Strokes()
        self.replica.apply(Welcome(1, "c", CELLS, 1, AF06, 0))
        self.replica.apply(WholeBoard(0, bytes(CELLS)))
        self.sequence = self.request = 0
        self.board = [0] * CELLS
        self.own = [False] * CELLS  # whether this painter was the last there
        # The model: for each stroke the cells with the colours before and after.
        self.done: list[dict[int, tuple[int, int]]] = []
        self.undone: list[dict[int, tuple[int, int]]] = []

    def tell(self, pixels: list[tuple[int, int]]) -> None:
        """Say what the server has recorded."""
        self.sequence += len(pixels)
        self.replica.apply(Changes(self.sequence, pack_pixels(pixels)))
        self.strokes.lose(self.replica.others or ())

    def paint(self, pixels: list[tuple[int, int]]) -> None:
        """Paint, and have the answer."""
        self.request += 1
        self.replica.paint(self.request, pack_pixels(pixels))
        self.tell(pixels)
        self.replica.apply(Acknowledged(self.request, self.sequence))
        for cell, colour in pixels:
            self.board[cell], self.own[cell] = colour, True

    @rule(pixels=PIXELS)
    def draw(self, pixels: dict[int, int]) -> None:
        """A stroke."""
        self.strokes.begin()
        self.strokes.add(pixels.items(), self.replica.shown)
        self.done.append({cell: (self.board[cell], colour) for cell, colour in pixels.items()})
        self.undone = []
        self.paint(list(pixels.items()))

    @rule(pixels=PIXELS)
    def others_draw(self, pixels: dict[int, int]) -> None:
        """Others paint, also in the colour that is there."""
        self.tell(list(pixels.items()))
        for cell, colour in pixels.items():
            self.board[cell], self.own[cell] = colour, False
            for stroke in (*self.done, *self.undone):
                stroke.pop(cell, None)  # what is below the paint of another is out of reach

    def step(self, strokes: list[dict[int, tuple[int, int]]], side: int) -> dict[int, tuple[int, int]]:
        """What the model takes: of the last stroke with something that changes, and is there."""
        while strokes:
            stroke = strokes.pop()
            taken = {
                cell: pair for cell, pair in stroke.items() if self.board[cell] == pair[side] and pair[0] != pair[1]
            }
            if taken:
                assert all(self.own[cell] for cell in taken)  # never what somebody else has painted since
                return taken
        return {}

    @rule()
    def undo(self) -> None:
        """Undo."""
        taken = self.step(self.done, 1)
        pixels = self.strokes.undo(self.replica.shown)
        assert dict(pixels) == {cell: before for cell, (before, _after) in taken.items()}
        if taken:
            self.undone.append(taken)
            self.paint(pixels)

    @rule()
    def redo(self) -> None:
        """Redo."""
        taken = self.step(self.undone, 0)
        pixels = self.strokes.redo(self.replica.shown)
        assert dict(pixels) == {cell: after for cell, (_before, after) in taken.items()}
        if taken:
            self.done.append(taken)
            self.paint(pixels)

    @invariant()
    def the_board_is_that_of_the_model(self) -> None:
        """All paints have arrived."""
        assert list(self.replica.shown) == self.board


def test_undo_and_redo_are_those_of_the_model_whatever_others_paint_in_between() -> None:
    run_machine(Painters, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))


def test_a_stroke_that_goes_on_after_its_undo_is_another() -> None:
    strokes, shown = Strokes(), bytearray(CELLS)

    def add(cell: int) -> None:
        strokes.add([(cell, 1)], shown)
        shown[cell] = 1

    def paint(pixels: list[tuple[int, int]]) -> list[tuple[int, int]]:
        for cell, colour in pixels:
            shown[cell] = colour
        return pixels

    strokes.begin()
    add(0)
    add(1)
    assert paint(strokes.undo(shown)) == [(0, 0), (1, 0)]
    add(2)
    assert strokes.redo(shown) == []
    assert paint(strokes.undo(shown)) == [(2, 0)]
    assert paint(strokes.redo(shown)) == [(2, 1)]
    add(3)
    assert paint(strokes.undo(shown)) == [(3, 0)]
    assert paint(strokes.undo(shown)) == [(2, 0)]
