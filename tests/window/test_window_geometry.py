"""What the window computes without Qt: where the board stands, lines, strokes."""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.client.strokes import Strokes
from dcc.core.shapes import cells_between
from dcc.window.view import DRAWING_ZOOM, LARGEST_ZOOM, Area, View

SIDES = st.integers(1, limits.CANVAS_SIDE_CELLS)
WINDOWS = st.integers(1, 5000)
POSITIONS = st.integers(-9, 9)


class ViewTests(SynchronousTestCase):
    """Zoom, pan, and which cell is at a point."""

    def test_a_board_is_fitted_as_large_as_it_goes_and_stands_in_the_middle(self) -> None:
        view = View(50, 50, 720, 460)
        self.assertEqual(view.board, Area(160, 30, 400, 400))

    def test_a_fitted_board_is_fitted_again_when_the_window_changes(self) -> None:
        view = View(50, 50, 720, 460)
        view.resize(1100, 1100)
        self.assertEqual(view.zoom, 21)
        view.zoom_by(1)
        view.resize(300, 300)
        self.assertEqual(view.zoom, 24)

    def test_what_is_in_the_middle_stays_there_when_the_window_changes(self) -> None:
        view = View(2000, 2000, 800, 600)
        view.zoom_by(3)
        middle = view.cell_at(400, 300)
        view.resize(1000, 900)
        self.assertEqual(view.cell_at(500, 450), middle)

    def test_a_board_larger_than_the_window_is_fitted_whole(self) -> None:
        view = View(2000, 2000, 800, 600)
        self.assertEqual((view.zoom, view.cell_at(400, 300)), (Fraction(1, 4), (1000, 1000)))

    @settings(deadline=None, derandomize=True)
    @given(SIDES, SIDES, st.integers(280, 5000), st.integers(280, 5000))
    def test_each_board_is_fitted_whole_and_as_large_as_it_goes(
        self, columns: int, rows: int, width: int, height: int
    ) -> None:
        view = View(columns, rows, width, height)
        left, top, across, down = view.board
        self.assertTrue(left >= 0 and top >= 0 and left + across <= width and top + down <= height)
        if view.zoom < 1:
            larger = Fraction(1, view.zoom.denominator - 1)
            self.assertTrue(columns * larger > width - 24 or rows * larger > height - 24)
        for steps in (1, 5, 20, -40):
            view.zoom_by(steps)
        self.assertEqual(view.zoom, view.smallest)

    @settings(deadline=None, derandomize=True)
    @given(SIDES, SIDES, WINDOWS, WINDOWS)
    def test_what_comes_closer_is_large_enough(self, columns: int, rows: int, width: int, height: int) -> None:
        view = View(columns, rows, width, height)
        view.come_closer(width // 2, height // 2)
        self.assertGreaterEqual(view.zoom, DRAWING_ZOOM)

    @settings(deadline=None, derandomize=True)
    @given(SIDES, SIDES, st.integers(280, 5000), st.integers(280, 5000), st.integers(0, 12), st.data())
    def test_a_revealed_cell_is_in_the_window(
        self, columns: int, rows: int, width: int, height: int, steps: int, data: st.DataObject
    ) -> None:
        view = View(columns, rows, width, height)
        view.zoom_by(steps)
        column, row = data.draw(st.integers(0, columns - 1)), data.draw(st.integers(0, rows - 1))
        view.reveal(column, row)
        x, y = view.middle_of(column, row)
        self.assertTrue(0 <= x <= width and 0 <= y <= height)

    @settings(deadline=None, derandomize=True)
    @given(SIDES, SIDES, WINDOWS, WINDOWS, st.lists(st.integers(-3, 3), max_size=8), st.data())
    def test_the_cell_under_the_pointer_stays_there(
        self, columns: int, rows: int, width: int, height: int, zooms: list[int], data: st.DataObject
    ) -> None:
        """Whenever the board is larger than the window afterwards, and the pointer was on it."""
        view = View(columns, rows, width, height)
        for steps in zooms:
            x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
            cell, on_board, before = view.cell_at(x, y), view.has(*view.cell_at(x, y)), view.zoom
            view.zoom_by(steps, x, y)
            self.assertTrue(view.smallest <= view.zoom <= LARGEST_ZOOM)
            if on_board and steps > 0 and (view.board.width > width or view.board.height > height):
                # Of the cells under one pixel, one or more were under the pointer before.
                shared, after = max(1 / before, Fraction(1)), max(1 / view.zoom, Fraction(1))
                for now, then in zip(view.cell_at(x, y), cell, strict=True):
                    self.assertTrue(-after < now - then < shared)

    @settings(deadline=None, derandomize=True)
    @given(SIDES, SIDES, WINDOWS, WINDOWS, st.integers(-9000, 9000), st.integers(-9000, 9000), st.integers(0, 8))
    def test_the_board_is_never_lost(
        self, columns: int, rows: int, width: int, height: int, right: int, down: int, steps: int
    ) -> None:
        """It touches the middle of the window, however far it is moved."""
        view = View(columns, rows, width, height)
        view.zoom_by(steps)
        view.pan(right, down)
        left, top, across, below = view.board
        self.assertTrue(left <= width // 2 <= left + across)
        self.assertTrue(top <= height // 2 <= top + below)

    @settings(deadline=None, derandomize=True)
    @given(SIDES, SIDES, st.integers(280, 5000), st.integers(280, 5000), st.integers(0, 12), st.data())
    def test_the_cells_in_an_area_are_those_with_a_pixel_in_it(
        self, columns: int, rows: int, width: int, height: int, steps: int, data: st.DataObject
    ) -> None:
        """No more, so that no more is drawn; no less, so that nothing is missing."""
        view = View(columns, rows, width, height)
        view.zoom_by(steps)
        area = Area(
            data.draw(st.integers(0, width - 1)),
            data.draw(st.integers(0, height - 1)),
            data.draw(st.integers(1, 40)),
            data.draw(st.integers(1, 40)),
        )
        points = [(x, y) for x in range(area.left, area.left + area.width) for y in (area.top,)]
        points += [(area.left, y) for y in range(area.top, area.top + area.height)]
        shared = range(view.zoom.denominator)  # cells under one pixel
        expected_columns = {view.cell_at(x, y)[0] + more for x, y in points for more in shared} & set(range(columns))
        expected_rows = {view.cell_at(x, y)[1] + more for x, y in points for more in shared} & set(range(rows))
        cells = view.cells_in(area)
        if expected_columns and expected_rows:
            self.assertEqual(set(range(cells.left, cells.left + cells.width)), expected_columns)
            self.assertEqual(set(range(cells.top, cells.top + cells.height)), expected_rows)
            left, top, _width, _height = view.pixels_of(cells)
            self.assertEqual(view.cell_at(left, top), (cells.left, cells.top))
        else:
            self.assertTrue(cells.width <= 0 or cells.height <= 0)


class LineTests(SynchronousTestCase):
    """Lines without a gap."""

    @settings(deadline=None, derandomize=True)
    @given(POSITIONS, POSITIONS, POSITIONS, POSITIONS)
    def test_each_cell_is_a_neighbour_of_the_last(self, left: int, top: int, right: int, bottom: int) -> None:
        """From one end to the other, none twice, never more than half a cell beside the straight line."""
        cells = cells_between((left, top), (right, bottom))
        self.assertEqual((cells[0], cells[-1]), ((left, top), (right, bottom)))
        longest = max(abs(right - left), abs(bottom - top))
        self.assertEqual(len(cells), longest + 1)
        for (column, row), (next_column, next_row) in itertools.pairwise(cells):
            self.assertEqual(max(abs(next_column - column), abs(next_row - row)), 1)
        for column, row in cells:
            beside = abs((right - left) * (row - top) - (bottom - top) * (column - left))
            self.assertTrue(2 * beside <= longest * max(longest, 1))


class StrokeTests(SynchronousTestCase):
    """Taking back."""

    def setUp(self) -> None:
        """A board of six cells."""
        self.shown = bytearray(6)
        self.strokes = Strokes()

    def paint(self, *pixels: tuple[int, int]) -> None:
        """As the window does: note, then paint."""
        self.strokes.add(pixels, self.shown)
        for cell, colour in pixels:
            self.shown[cell] = colour

    def test_a_stroke_over_its_own_cells_goes_back_to_before_it(self) -> None:
        self.strokes.begin()
        self.paint((1, 3), (2, 3))
        self.paint((1, 5))
        self.assertEqual(self.strokes.undo(self.shown), [(1, 0), (2, 0)])

    def test_what_others_painted_since_stays(self) -> None:
        self.strokes.begin()
        self.paint((1, 3), (2, 3))
        self.shown[2] = 4
        self.assertEqual(self.strokes.undo(self.shown), [(1, 0)])

    def test_the_stroke_before_comes_next(self) -> None:
        """And strokes that painted nothing do not count."""
        self.strokes.begin()
        self.paint((0, 1))
        self.strokes.begin()
        self.strokes.begin()
        self.paint((0, 2))
        self.strokes.begin()
        for expected in ([(0, 1)], [(0, 0)], []):
            pixels = self.strokes.undo(self.shown)
            self.assertEqual(pixels, expected)
            for cell, colour in pixels:
                self.shown[cell] = colour

    def test_no_more_are_kept_than_the_limit(self) -> None:
        for _ in range(limits.STROKES_KEPT + 5):
            self.strokes.begin()
            self.paint((0, self.shown[0] ^ 1))
        taken = 0
        while self.strokes.undo(self.shown):
            self.shown[0] ^= 1
            taken += 1
        self.assertEqual(taken, limits.STROKES_KEPT)

    def test_of_another_board_nothing_is_taken_back(self) -> None:
        self.strokes.begin()
        self.paint((0, 1))
        self.strokes.forget()
        self.assertEqual(self.strokes.undo(self.shown), [])
