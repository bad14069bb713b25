"""The colours of a board."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from dcc.core.palette import AF06, Colour, Palette
from dcc.errors import PaletteError


class ActivityTests(SynchronousTestCase):
    """The palette of the published activity."""

    def test_the_eight_colours_have_their_order_and_the_values_of_qt(self) -> None:
        self.assertEqual(
            [(colour.name, colour.value) for colour in AF06],
            [
                ("white", "#ffffff"),
                ("black", "#000000"),
                ("red", "#ff0000"),
                ("green", "#00ff00"),
                ("yellow", "#ffff00"),
                ("blue", "#0000ff"),
                ("cyan", "#00ffff"),
                ("magenta", "#ff00ff"),
            ],
        )
        self.assertEqual(AF06.index["green"], 3)
        self.assertEqual(AF06[7].rgb, (255, 0, 255))


class PaletteTests(SynchronousTestCase):
    """The rules of a palette."""

    def test_a_value_is_six_hexadecimal_digits_after_a_hash(self) -> None:
        for value in ("red", "#fff", "#ff00000", "ff0000", "#ff000g", "#ff0000\n", ""):
            self.assertRaises(PaletteError, Colour, "x", value)

    def test_a_palette_has_one_to_256_colours(self) -> None:
        colours = tuple(Colour(str(number), "#000000") for number in range(257))
        self.assertEqual(len(Palette(colours[:256])), 256)
        error = self.assertRaises(PaletteError, Palette, colours)
        self.assertEqual(str(error), "a palette has 1 to 256 colours, this one has 257")
        self.assertRaises(PaletteError, Palette, ())

    def test_two_colours_of_one_name_are_refused(self) -> None:
        twice = (Colour("red", "#ff0000"), Colour("blue", "#0000ff"), Colour("red", "#ee0000"))
        error = self.assertRaises(PaletteError, Palette, twice)
        self.assertEqual(str(error), "two colours have the name 'red'")

    def test_a_palette_comes_back_from_its_pairs(self) -> None:
        self.assertEqual(Palette.of_pairs(AF06.pairs), AF06)
        self.assertEqual(AF06.pairs[0], ["white", "#ffffff"])

    def test_pairs_that_are_no_palette_are_refused(self) -> None:
        for pairs in (None, 7, [1], [["white"]], [["white", "#ffffff", 1]], [["white", "white"]], []):
            self.assertRaises(PaletteError, Palette.of_pairs, pairs)


class NearestTests(SynchronousTestCase):
    """The nearest colour of a palette."""

    def test_a_colour_of_the_palette_is_nearest_to_itself(self) -> None:
        for index, colour in enumerate(AF06):
            self.assertEqual(AF06.nearest(colour.rgb), index)

    def test_the_first_of_equally_near_colours_is_chosen(self) -> None:
        palette = Palette((Colour("a", "#ff0000"), Colour("b", "#808080"), Colour("c", "#808080")))
        self.assertEqual(palette.nearest((130, 130, 130)), 1)

    def test_grey_is_no_red_and_a_light_blue_no_white(self) -> None:
        names = [AF06[AF06.nearest(rgb)].name for rgb in ((150, 150, 150), (60, 60, 60), (190, 40, 40), (90, 200, 230))]
        self.assertEqual(names, ["white", "black", "red", "cyan"])


class NameTests(SynchronousTestCase):
    """Names that come from others."""

    def test_a_name_is_shown_without_characters_that_steer_a_screen(self) -> None:
        for name, shown in (
            ("\x1b[31mred\x07", "[31mred"),
            ("a\nb\tc", "a b c"),
            ("safe\u202egpj\u202c", "safe gpj"),
            ("\u2066\x00", "#ff0000"),
            ("púrpura 紫 🟣", "púrpura 紫 🟣"),
        ):
            self.assertEqual(Colour(name, "#ff0000").shown_name, shown)
