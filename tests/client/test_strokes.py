"""Undo and redo while others paint, against a model that remembers every paint of every cell."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from dcc import limits
from dcc.client.replica import Replica
from dcc.client.strokes import Strokes
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.protocol.messages import Acknowledged, Changes, Rejected, Welcome, WholeBoard

CELLS = 6
COLOURS = st.integers(0, 3)
CLOSED = st.sets(st.integers(0, CELLS - 1), max_size=3)
PIXELS = st.dictionaries(st.integers(0, CELLS - 1), COLOURS, min_size=1, max_size=4)


class Stroke(NamedTuple):
    """Of each cell the colours before and after; what undo took back is apart from the rest."""

    done: dict[int, tuple[int, int]]
    undone: dict[int, tuple[int, int]]


class Painters(RuleBasedStateMachine):
    """One painter with undo and redo, and others. The server answers each paint at once, or is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.replica, self.strokes = Replica(), Strokes()
        self.welcome()
        self.replica.apply(WholeBoard(0, bytes(CELLS)))
        self.sequence = self.request = 0
        self.board = [0] * CELLS
        self.own = [False] * CELLS  # whether this painter was the last there
        self.model: list[Stroke] = []

    def welcome(self) -> None:
        """Connect."""
        self.replica.apply(Welcome(1, "c", CELLS, 1, AF06, 0))

    def tell(self, pixels: list[tuple[int, int]]) -> None:
        """Say what the server has recorded."""
        self.sequence += len(pixels)
        self.replica.apply(Changes(self.sequence, pack_pixels(pixels)))
        self.strokes.lose(self.replica.others or ())

    def send(self, pixels: list[tuple[int, int]]) -> int:
        """Paint, without an answer."""
        self.request += 1
        self.replica.paint(self.request, pack_pixels(pixels))
        return self.request

    def paint(self, pixels: list[tuple[int, int]]) -> None:
        """Paint, and have the answer."""
        request = self.send(pixels)
        self.strokes.sent([request])
        self.tell(pixels)
        self.replica.apply(Acknowledged(request, self.sequence))
        self.strokes.accepted(request)
        for cell, colour in pixels:
            self.board[cell], self.own[cell] = colour, True

    @rule(pixels=PIXELS)
    def draw(self, pixels: dict[int, int]) -> None:
        """A stroke."""
        self.strokes.begin()
        self.strokes.add(pixels.items(), self.replica.shown)
        for stroke in self.model:
            stroke.undone.clear()
        self.model.append(Stroke({cell: (self.board[cell], colour) for cell, colour in pixels.items()}, {}))
        self.paint(list(pixels.items()))

    @rule(pixels=PIXELS)
    def others_draw(self, pixels: dict[int, int]) -> None:
        """Others paint, also in the colour that is there."""
        self.tell(list(pixels.items()))
        for cell, colour in pixels.items():
            self.board[cell], self.own[cell] = colour, False
            for stroke in self.model:  # what is below the paint of another is out of reach
                stroke.done.pop(cell, None)
                stroke.undone.pop(cell, None)

    def step(self, board: list[int], closed: set[int], *, is_undo: bool) -> dict[int, tuple[int, int]]:
        """What the model takes: of the nearest stroke with something that changes, and is there."""
        for stroke in reversed(self.model) if is_undo else self.model:
            source, target = (stroke.done, stroke.undone) if is_undo else (stroke.undone, stroke.done)
            open_cells = {cell: source.pop(cell) for cell in list(source) if cell not in closed}
            taken = {
                cell: pair
                for cell, pair in open_cells.items()
                if board[cell] == pair[1 if is_undo else 0] and pair[0] != pair[1]
            }
            if taken:
                assert all(self.own[cell] for cell in taken)  # never what somebody else has painted since
                target.update(taken)
                return taken
        return {}

    def go(self, board: list[int], closed: set[int], *, is_undo: bool) -> list[tuple[int, int]]:
        """Undo or redo in both, without a word to the server."""
        taken = self.step(board, closed, is_undo=is_undo)
        allowed = bytes(cell not in closed for cell in range(CELLS))
        step = self.strokes.undo if is_undo else self.strokes.redo
        pixels = step(self.replica.shown, None, allowed if closed else None)
        assert dict(pixels) == {cell: before if is_undo else after for cell, (before, after) in taken.items()}
        return pixels

    @rule(closed=CLOSED, is_undo=st.booleans())
    def undo_or_redo(self, closed: set[int], is_undo: bool) -> None:
        """The server takes an undo, or a redo."""
        if pixels := self.go(self.board, closed, is_undo=is_undo):
            self.paint(pixels)

    @rule(steps=st.lists(st.booleans(), min_size=1, max_size=4), others=PIXELS, is_lost=st.booleans())
    def undo_and_redo_in_vain(self, steps: list[bool], others: dict[int, int], is_lost: bool) -> None:
        """The server refuses several, or is lost, after somebody else has painted."""
        board, before = list(self.board), [Stroke(dict(each.done), dict(each.undone)) for each in self.model]
        requests = []
        for is_undo in steps:
            if pixels := self.go(board, set(), is_undo=is_undo):
                requests.append(self.send(pixels))
                self.strokes.sent(requests[-1:])
                for cell, colour in pixels:
                    board[cell] = colour
        for index, stroke in enumerate(self.model):  # as it was, without what a step has passed over
            kept = stroke.done.keys() | stroke.undone.keys()
            self.model[index] = Stroke(*({c: each[c] for c in each if c in kept} for each in before[index]))
        self.others_draw(others)
        if is_lost:
            self.replica.disconnected()
            self.strokes.lose(self.replica.others or ())
            self.strokes.lost()
            self.welcome()
        for request in [] if is_lost else requests:
            self.replica.apply(Rejected(request, "", b""))
            self.strokes.lose(self.replica.others or ())
            self.strokes.refused(request)

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


def undo(strokes: Strokes, shown: bytearray, request: int, most: int | None = None) -> None:
    """Undo, by one request."""
    pixels = strokes.undo(shown, most)
    strokes.sent([request])
    for cell, colour in pixels:
        shown[cell] = colour


def test_what_is_refused_of_an_undo_can_be_undone_though_a_new_stroke_has_ended_redo() -> None:
    strokes, shown = Strokes(), bytearray(CELLS)
    strokes.add([(0, 1), (1, 1)], shown)
    shown[:2] = b"\1\1"
    undo(strokes, shown, 7)
    strokes.add([(1, 2), (5, 2)], shown)
    shown[5] = 2
    shown[:2] = b"\1\2"  # the undo is taken back; the new stroke covers a cell of it
    strokes.refused(7)
    assert strokes.redo(shown) == []
    shown[1], shown[5] = 1, 0  # the new stroke is refused too
    assert strokes.undo(shown) == [(0, 0), (1, 0)]


def test_a_refused_part_of_a_large_undo_goes_back_alone() -> None:
    size = 2 * limits.REQUEST_PIXELS + 3
    strokes, shown = Strokes(), bytearray(size)
    strokes.add(((cell, 1) for cell in range(size)), shown)
    shown = bytearray(b"\1" * size)
    pixels = strokes.undo(shown)
    assert pixels == [(cell, 0) for cell in range(size)]
    strokes.sent([10, 11, 12])
    part = slice(limits.REQUEST_PIXELS, 2 * limits.REQUEST_PIXELS)
    shown = bytearray(size)
    shown[part] = b"\1" * limits.REQUEST_PIXELS
    strokes.accepted(10)
    strokes.refused(11)
    strokes.accepted(12)
    strokes.lost()  # of nothing that is answered
    assert strokes.undo(shown) == pixels[part]
    strokes.accepted(13)
    assert strokes.redo(bytearray(size)) == [
        (cell, 1) for cell in (*range(part.start), *range(part.stop, size), *range(part.start, part.stop))
    ]


def test_what_may_not_be_painted_is_left_to_its_stroke_and_told() -> None:
    strokes, shown = Strokes(), bytearray(CELLS)
    for colour, cells in ((1, (0, 1)), (2, (1, 2))):
        strokes.begin()
        strokes.add([(cell, colour) for cell in cells], shown)
        for cell in cells:
            shown[cell] = colour
    allowed = bytes([1, 0, 0, 1, 1, 1])
    assert strokes.undo(shown, None, allowed) == [(0, 0)]  # the last stroke is passed over
    assert strokes.forbidden == [1, 2]
    shown[0] = 0
    assert strokes.undo(shown, None, allowed) == []
    for pixels in ([(1, 1), (2, 0)], [(1, 0)]):
        assert strokes.undo(shown) == pixels
        assert strokes.forbidden == []
        for cell, colour in pixels:
            shown[cell] = colour
