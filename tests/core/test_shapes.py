"""The cells of the tools, against slow definitions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.core.shapes import (
    MAX_FILL,
    SIZES,
    TRANSPARENT,
    Cell,
    Stamp,
    cells_between,
    fill,
    filled_rectangle,
    line,
    pencil,
    rectangle,
)

SIDES = st.integers(1, 12)
PLACES = st.tuples(st.integers(-6, 18), st.integers(-6, 18))
SIZE = st.sampled_from(SIZES)


def board(width: int, height: int) -> set[Cell]:
    """All cells of a board."""
    return {(column, row) for column in range(width) for row in range(height)}


def under(cell: Cell, middle: Cell, size: int) -> bool:
    """Whether a cell is under a pencil: the square around the middle, of an even side half a cell further."""
    shift = Fraction(1 - size % 2, 2)
    return all(abs(at - (centre + shift)) <= Fraction(size - 1, 2) for at, centre in zip(cell, middle, strict=True))


class PathTests(SynchronousTestCase):
    """Pencil, line, rectangle."""

    @given(st.lists(PLACES, max_size=6), SIZE, SIDES, SIDES)
    def test_a_pencil_paints_what_is_under_it_on_the_board_each_once(
        self, path: list[Cell], size: int, width: int, height: int
    ) -> None:
        cells = pencil(path, size, width, height)
        slow = {cell for cell in board(width, height) if any(under(cell, middle, size) for middle in path)}
        self.assertEqual((set(cells), len(cells)), (slow, len(slow)))

    @given(PLACES, PLACES, SIDES, SIDES)
    def test_a_line_has_in_each_step_the_cell_nearest_to_the_straight_line(
        self, start: Cell, end: Cell, width: int, height: int
    ) -> None:
        (column, row), (to_column, to_row) = start, end
        across, down = to_column - column, to_row - row
        longest = max(abs(across), abs(down))
        on_line = [
            (column + Fraction(across * step, longest or 1), row + Fraction(down * step, longest or 1))
            for step in range(longest + 1)
        ]
        cells = cells_between(start, end)
        self.assertEqual(len(cells), len(on_line))
        for cell, point in zip(cells, on_line, strict=True):
            self.assertTrue(all(abs(at - exact) <= Fraction(1, 2) for at, exact in zip(cell, point, strict=True)))
        inside = [cell for cell in cells if cell in board(width, height)]
        self.assertEqual(line(start, end, 1, width, height), inside)

    @given(PLACES, PLACES, SIZE, SIDES, SIDES)
    def test_a_rectangle_is_its_border_drawn_with_the_pencil_from_any_corner(
        self, start: Cell, end: Cell, size: int, width: int, height: int
    ) -> None:
        left, right = sorted((start[0], end[0]))
        top, bottom = sorted((start[1], end[1]))
        border = [
            (column, row)
            for column in range(left, right + 1)
            for row in range(top, bottom + 1)
            if column in (left, right) or row in (top, bottom)
        ]
        cells = rectangle(start, end, size, width, height)
        self.assertEqual(set(cells), set(pencil(border, size, width, height)))
        self.assertEqual(len(cells), len(set(cells)))
        for corners in ((end, start), ((start[0], end[1]), (end[0], start[1]))):
            self.assertEqual(rectangle(*corners, size, width, height), cells)
        within = [cell for cell in border if cell in board(width, height)]
        self.assertLessEqual(set(within), set(filled_rectangle(start, end, width, height)))

    @given(PLACES, PLACES, SIDES, SIDES)
    def test_a_filled_rectangle_has_all_cells_between_its_corners(
        self, start: Cell, end: Cell, width: int, height: int
    ) -> None:
        slow = sorted(
            (row, column)
            for column, row in board(width, height)
            if min(start[0], end[0]) <= column <= max(start[0], end[0])
            and min(start[1], end[1]) <= row <= max(start[1], end[1])
        )
        self.assertEqual(filled_rectangle(start, end, width, height), [(column, row) for row, column in slow])


class FillTests(SynchronousTestCase):
    """The bucket."""

    @settings(max_examples=50, deadline=None)
    @given(SIDES, SIDES, st.data())
    def test_a_fill_is_the_smallest_closed_set_around_its_start(
        self, width: int, height: int, data: st.DataObject
    ) -> None:
        """Cells are joined with neighbours again and again, until nothing changes."""
        colours = data.draw(st.lists(st.integers(0, 1), min_size=width * height, max_size=width * height))
        start = data.draw(st.sampled_from(sorted(board(width, height))))
        forbidden = data.draw(st.sets(st.sampled_from(sorted(board(width, height))), max_size=9))
        wanted = colours[start[1] * width + start[0]]
        open_cells = {cell for cell in board(width, height) - forbidden if colours[cell[1] * width + cell[0]] == wanted}
        slow: set[Cell] = {start} & open_cells
        while True:
            grown = {
                (column, row)
                for column, row in open_cells
                if slow & {(column, row), (column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1)}
            }
            if grown == slow:
                break
            slow = grown
        filled = fill(colours, width, height, start, lambda cell: cell not in forbidden)
        self.assertEqual((set(filled.cells), len(filled.cells), filled.is_cut), (slow, len(slow), False))
        most = data.draw(st.integers(1, 20))
        cut = fill(colours, width, height, start, lambda cell: cell not in forbidden, most)
        self.assertEqual(cut.cells, filled.cells[:most])
        self.assertEqual(cut.is_cut, len(slow) > most)

    def test_a_fill_ends_at_the_limit_of_cells(self) -> None:
        filled = fill(bytes(200 * 200), 200, 200, (100, 100))
        self.assertEqual((len(filled.cells), filled.is_cut), (MAX_FILL, True))
        distances = [abs(column - 100) + abs(row - 100) for column, row in filled.cells]
        self.assertEqual(distances, sorted(distances))


class StampTests(SynchronousTestCase):
    """Copies of a part of the board."""

    stamps = SIDES.flatmap(
        lambda width: SIDES.flatmap(
            lambda height: st.lists(
                st.integers(TRANSPARENT, 255), min_size=width * height, max_size=width * height
            ).map(lambda colours: Stamp(width, height, tuple(colours)))
        )
    )

    @given(stamps)
    def test_a_stamp_that_is_mirrored_flipped_or_turned_has_each_cell_where_it_belongs(self, stamp: Stamp) -> None:
        def at(each: Stamp, column: int, row: int) -> int:
            return each.colours[row * each.width + column]

        width, height, _colours = stamp
        for column, row in board(width, height):
            colour = at(stamp, column, row)
            self.assertEqual(at(stamp.mirrored(), width - 1 - column, row), colour)
            self.assertEqual(at(stamp.flipped(), column, height - 1 - row), colour)
            self.assertEqual(at(stamp.turned(), height - 1 - row, column), colour)
        self.assertEqual(stamp.turned().turned(), stamp.mirrored().flipped())
        self.assertEqual(stamp.turned().turned().turned().turned(), stamp)

    @given(stamps, PLACES, SIDES, SIDES)
    def test_a_stamp_paints_its_cells_that_are_on_the_board_and_not_transparent(
        self, stamp: Stamp, at: Cell, width: int, height: int
    ) -> None:
        pixels = dict(stamp.pixels(*at, width, height))
        for column, row in board(width, height):
            x, y = column - at[0], row - at[1]
            inside = 0 <= x < stamp.width and 0 <= y < stamp.height
            colour = stamp.colours[y * stamp.width + x] if inside else TRANSPARENT
            self.assertEqual(pixels.pop((column, row), TRANSPARENT), colour)
        self.assertEqual(pixels, {})

    @given(SIDES, SIDES, st.data())
    def test_a_copy_put_down_where_it_was_changes_nothing(self, width: int, height: int, data: st.DataObject) -> None:
        colours = bytes(data.draw(st.lists(st.integers(0, 255), min_size=width * height, max_size=width * height)))
        left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
        across, down = data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top))
        pixels = Stamp.copy(colours, width, left, top, across, down).pixels(left, top, width, height)
        self.assertEqual(len(pixels), across * down)
        self.assertTrue(all(colours[row * width + column] == colour for (column, row), colour in pixels))
