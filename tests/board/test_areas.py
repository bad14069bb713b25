"""The areas of a board."""

from __future__ import annotations

from random import Random

from dcc import limits, reasons
from dcc.board.areas import Areas, grid
from dcc.core.actions import Allowed, Area, Group, Rectangle
from dcc.core.canvas import pack_pixels
from dcc.core.people import Role
from dcc.core.placements import Size
from dcc.errors import PixelRejected, Refusal
from tests.support.wire import TableTestCase, each

SIZE = Size(12, 9)


def area(name: str, column: int, row: int, width: int, height: int, allowed: Allowed = ("Ada",)) -> Area:
    """Make an area."""
    return Area(name, Rectangle(column, row, width, height), allowed)


class AreaTests(TableTestCase):
    """Who may paint where."""

    def setUp(self) -> None:
        self.areas = Areas(SIZE)

    def refusal(self, name: str, column: int, row: int, role: Role = Role.PAINT) -> str:
        """Try to paint a cell, and return the code of the refusal; nothing if the person may paint there."""
        allowed = self.areas.allowed(name, role)
        if allowed is None:
            return ""
        try:
            self.areas.permit(allowed, pack_pixels([(row * SIZE.width + column, 0)]))
        except PixelRejected as error:
            return error.code
        return ""

    def test_without_an_area_everybody_paints_everywhere(self) -> None:
        self.assertIsNone(self.areas.allowed("", Role.PAINT))

    def test_an_area_ends_at_its_border(self) -> None:
        self.areas.add((area("Ada's", 2, 3, 4, 2),))
        inside = [
            (column, row)
            for column in range(SIZE.width)
            for row in range(SIZE.height)
            if self.refusal("Bob", column, row) == reasons.FOREIGN_AREA.code
        ]
        self.assertEqual(inside, [(column, row) for column in range(2, 6) for row in range(3, 5)])

    @each(
        {
            "everybody": (Group.EVERYBODY, ["Ada", "Bob", "", "Mo"]),
            "moderators": (Group.MODERATORS, ["Mo"]),
            "nobody": (Group.NOBODY, []),
            "a list": (("Ada",), ["Ada", "Mo"]),
            "an empty list": ((), ["Mo"]),
        }
    )
    def test_who_may_paint_in_an_area_and_outside(self, row: tuple[Allowed, list[str]]) -> None:
        allowed, expected = row
        self.areas.add((area("one", 0, 0, 1, 1, allowed),))
        self.areas.rest = allowed
        for column in (0, 1):
            may = [
                name
                for name in ("Ada", "Bob", "", "Mo")
                if not self.refusal(name, column, 0, Role.MODERATE if name == "Mo" else Role.PAINT)
            ]
            self.assertEqual(may, expected)

    def test_a_claimed_name_is_nobody_of_a_list(self) -> None:
        self.areas.add((area("one", 0, 0, 1, 1, ("",)),))
        self.assertEqual(self.refusal("", 0, 0), reasons.FOREIGN_AREA.code)

    def test_one_foreign_pixel_refuses_a_paint(self) -> None:
        self.areas.add((area("Ada's", 0, 0, 1, 1), area("Bob's", 1, 0, 1, 1, ("Bob",))))
        allowed = self.areas.allowed("Ada", Role.PAINT)
        assert allowed is not None
        error = self.assertRaises(PixelRejected, self.areas.permit, allowed, pack_pixels([(0, 1), (1, 1)]))
        self.assertEqual(error.values, {"zona": "Bob's"})

    def test_a_board_closed_outside_of_areas_that_are_not_there_takes_nothing(self) -> None:
        self.areas.rest = Group.NOBODY
        self.assertEqual(self.refusal("Ada", 0, 0), reasons.FOREIGN_REST.code)

    def test_the_map_is_the_same_however_areas_came_and_went(self) -> None:
        seed = Random().randrange(2**32)
        random = Random(seed)
        for number in range(60):
            if random.random() < 0.3 and self.areas.all:
                self.areas.remove((random.choice(self.areas.all).name,))
            else:
                column, row = random.randrange(SIZE.width), random.randrange(SIZE.height)
                width, height = random.randint(1, SIZE.width - column), random.randint(1, SIZE.height - row)
                self.areas.add((area(str(number), column, row, width, height, (f"p{number % 3}",)),))
            for name in ("p0", "p1", "p2"):
                for column in range(SIZE.width):
                    for row in range(SIZE.height):
                        top = next((each for each in reversed(self.areas.all) if _covers(each, column, row)), None)
                        expected = "" if top is None or top.allowed == (name,) else reasons.FOREIGN_AREA.code
                        self.assertEqual(self.refusal(name, column, row), expected, f"seed {seed}")

    def test_removing_no_name_removes_all(self) -> None:
        self.areas.add((area("a", 0, 0, 1, 1), area("b", 1, 0, 1, 1)))
        self.areas.remove(())
        self.assertIsNone(self.areas.allowed("Bob", Role.PAINT))

    @each(
        {
            "beyond the right": ((area("a", 11, 0, 2, 1),), reasons.AREA_OUTSIDE),
            "beyond the bottom": ((area("a", 0, 9, 1, 1),), reasons.AREA_OUTSIDE),
            "huge": ((area("a", 0, 0, 10**17, 1),), reasons.AREA_OUTSIDE),
            "a name twice": ((area("a", 0, 0, 1, 1), area("a", 1, 0, 1, 1)), reasons.SAME_NAME_TWICE),
            "a taken name": ((area("there", 0, 0, 1, 1),), reasons.NAME_TAKEN),
            "too many": (tuple(area(str(n), 0, 0, 1, 1) for n in range(limits.AREAS)), reasons.TOO_MANY_AREAS),
        }
    )
    def test_wrong_areas_are_refused(self, row: tuple[tuple[Area, ...], reasons.Reason]) -> None:
        added, reason = row
        self.areas.add((area("there", 5, 5, 1, 1),))
        self.assertEqual(self.assertRaises(Refusal, self.areas.check, added).code, reason.code)


class GridTests(TableTestCase):
    """Equal areas for a list of names."""

    @each({"one": 1, "a pair": 2, "a prime number": 7, "a class": 40, "as many as cells": 50 * 50})
    def test_each_name_has_an_area_of_its_own_and_all_are_equal(self, count: int) -> None:
        place = Rectangle(3, 4, 50, 50)
        areas = grid(tuple(map(str, range(count))), place)
        self.assertEqual([each.name for each in areas], [str(number) for number in range(count)])
        self.assertEqual(len({(each.place.width, each.place.height) for each in areas}), 1)
        cells = [
            (column, row)
            for _name, own, _allowed in areas
            for column in range(own.column, own.column + own.width)
            for row in range(own.row, own.row + own.height)
        ]
        self.assertEqual(len(cells), len(set(cells)))
        self.assertTrue(all(3 <= column < 53 and 4 <= row < 54 for column, row in cells))

    def test_the_areas_are_as_square_as_they_can_be(self) -> None:
        (first, *_rest) = grid(tuple(map(str, range(40))), Rectangle(0, 0, 160, 100))
        self.assertEqual((first.place.width, first.place.height), (20, 20))

    def test_a_name_that_comes_twice_is_refused(self) -> None:
        refusal = self.assertRaises(Refusal, grid, ("Ada", "Bob", "Ada"), Rectangle(0, 0, 9, 9))
        self.assertEqual((refusal.code, refusal.values), (reasons.SAME_NAME_TWICE.code, {"nombre": "Ada"}))

    @each({"no name": ((), 5), "more names than cells": (tuple(map(str, range(26))), 5)})
    def test_what_does_not_fit_is_refused(self, row: tuple[tuple[str, ...], int]) -> None:
        names, side = row
        refusal = self.assertRaises(Refusal, grid, names, Rectangle(0, 0, side, side))
        self.assertEqual(refusal.code, reasons.NO_ROOM_FOR_AREAS.code)


def _covers(one: Area, column: int, row: int) -> bool:
    place = one.place
    return place.column <= column < place.column + place.width and place.row <= row < place.row + place.height
