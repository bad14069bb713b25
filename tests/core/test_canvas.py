"""The pixels of a board, and packed pixels."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.core.canvas import Canvas, pack_pixels, unpack_pixels
from dcc.core.palette import AF06
from dcc.errors import PixelRejected
from tests.support.wire import TableTestCase, each

WIDTH, HEIGHT = 4, 3
CELLS = WIDTH * HEIGHT


def canvas() -> Canvas:
    """Return a small white canvas."""
    return Canvas(WIDTH, HEIGHT, AF06)


class PackingTests(SynchronousTestCase):
    """n x (u32 cell, u8 colour), little-endian."""

    def test_a_packed_pixel_has_five_bytes_without_padding(self) -> None:
        self.assertEqual(pack_pixels([(1, 2), (0x0A0B0C0D, 255)]), bytes.fromhex("01000000 02 0d0c0b0a ff"))
        self.assertEqual(pack_pixels([]), b"")

    @given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 255))))
    @settings(deadline=None, derandomize=True, max_examples=30)
    def test_unpacking_undoes_packing_in_order(self, pixels: list[tuple[int, int]]) -> None:
        self.assertEqual(list(unpack_pixels(pack_pixels(pixels))), pixels)


class CanvasTests(TableTestCase):
    """Checking, setting, looking up."""

    def test_a_cell_is_row_times_width_plus_column(self) -> None:
        self.assertEqual(canvas().cell(3, 2), 11)
        self.assertEqual(canvas().pixel(1, 2, "red"), pack_pixels([(9, 2)]))

    def test_a_new_canvas_has_the_first_colour_of_its_palette(self) -> None:
        self.assertEqual(canvas().colours, bytes(CELLS))

    def test_a_canvas_copies_given_colours_and_refuses_another_number_of_them(self) -> None:
        colours = bytes(range(6)) * 2
        made = Canvas(WIDTH, HEIGHT, AF06, colours)
        self.assertEqual(made.colours, colours)
        self.assertRaises(ValueError, Canvas, WIDTH, HEIGHT, AF06, colours[1:])

    def test_pixels_are_set_in_order_and_the_last_pixel_of_a_cell_stays(self) -> None:
        made = canvas()
        made.apply(pack_pixels([(0, 1), (11, 7), (0, 2)]))
        self.assertEqual(made.colours, bytes([2] + [0] * 10 + [7]))

    def test_lookup_gives_true_colours_in_order_and_leaves_out_cells_outside_the_board(self) -> None:
        made = canvas()
        made.apply(pack_pixels([(3, 5)]))
        asked = pack_pixels([(4, 1), (3, 1), (CELLS, 1), (3, 2)])
        self.assertEqual(list(unpack_pixels(made.lookup(asked))), [(4, 0), (3, 5), (3, 5)])

    @each(
        {
            "the cell after the last": ([(0, 1), (12, 1)], "cell 12 is outside of the board of 4 x 3"),
            "the last cell that a number holds": (
                [(2**32 - 1, 1)],
                "cell 4294967295 is outside of the board of 4 x 3",
            ),
            "the colour after the last": ([(0, 8)], "colour 8 is not in the palette of 8"),
            "the last colour that a byte holds": ([(0, 255)], "colour 255 is not in the palette of 8"),
            "the first fault of several": ([(0, 9), (99, 1)], "colour 9 is not in the palette of 8"),
        }
    )
    def test_check_names_the_first_pixel_that_the_board_does_not_have(
        self, row: tuple[list[tuple[int, int]], str]
    ) -> None:
        pixels, line = row
        error = self.assertRaises(PixelRejected, canvas().check, pack_pixels(pixels))
        self.assertEqual(str(error), line)

    def test_check_accepts_every_cell_in_every_colour_and_no_pixel_at_all(self) -> None:
        canvas().check(pack_pixels((cell, colour) for cell in range(CELLS) for colour in range(8)))
        canvas().check(b"")

    @each(
        {
            "a column too far": ((4, 0, "red"), "column 4, row 0 is outside of the board of 4 x 3"),
            "a row too far": ((0, 3, "red"), "column 0, row 3 is outside of the board of 4 x 3"),
            "a column below zero": ((-1, 0, "red"), "column -1, row 0 is outside of the board of 4 x 3"),
            "a row below zero": ((0, -1, "red"), "column 0, row -1 is outside of the board of 4 x 3"),
            "a colour that there is not": ((0, 0, "púrpura"), "there is no colour 'púrpura'"),
            "no name of a colour": ((0, 0, ""), "there is no colour ''"),
        }
    )
    def test_a_pixel_outside_the_board_or_of_an_unknown_colour_is_rejected(
        self, row: tuple[tuple[int, int, str], str]
    ) -> None:
        place, line = row
        error = self.assertRaises(PixelRejected, canvas().pixel, *place)
        self.assertEqual(str(error), line)
