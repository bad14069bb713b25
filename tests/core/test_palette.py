"""The colours of a board, and files of palettes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from dcc.core.palette import AF06, Colour, Palette, parse_palette
from dcc.errors import PaletteError
from tests.support.wire import TableTestCase, each

GIMP = """GIMP Palette
Name: A little one
Columns: 3
#
# a comment
255   0   0 Warm red
  0 128 255\tSky
  1   2   3
  4   5   6 Untitled

"""


def read(text: str) -> list[tuple[str, str]]:
    """Names and values of a palette file."""
    return [(colour.name, colour.value) for colour in parse_palette(text)]


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


class FileTests(TableTestCase):
    """Palette files."""

    def test_a_gimp_palette_is_read_without_its_headers_and_comments(self) -> None:
        expected = [
            ("Warm red", "#ff0000"),
            ("Sky", "#0080ff"),
            ("#010203", "#010203"),
            ("#040506", "#040506"),
        ]
        self.assertEqual(read(GIMP), expected)
        self.assertEqual(read(GIMP.replace("\n", "\r\n")), expected)
        self.assertEqual(read("\ufeff" + GIMP), expected)

    def test_a_file_has_one_hexadecimal_colour_a_line_with_or_without_a_hash(self) -> None:
        self.assertEqual(
            read("; from a site\n// and another\n\n#FF8800\n00ff00\n"),
            [("#ff8800", "#ff8800"), ("#00ff00", "#00ff00")],
        )

    def test_a_repeated_name_is_replaced_by_the_value_and_a_repeated_colour_dropped(self) -> None:
        self.assertEqual(
            read("GIMP Palette\n255 0 0 red\n200 0 0 red\n200 0 0 red\n255 0 0 red\n"),
            [("red", "#ff0000"), ("#c80000", "#c80000"), ("#ff0000", "#ff0000")],
        )

    def test_a_long_name_is_cut_to_64_characters(self) -> None:
        [(name, _value)] = read("GIMP Palette\n1 2 3 " + "x" * 100)
        self.assertEqual(name, "x" * 64)

    @each(
        {
            "a word": ("rojo", "line 1 is no colour: 'rojo'; expected one like #ff8800"),
            "three digits": (
                "#ff0000\n#f00",
                "line 2 is no colour: '#f00'; expected one like #ff8800",
            ),
            "nothing": ("", "a palette has 1 to 256 colours, this one has 0"),
            "comments only": ("; nothing\n", "a palette has 1 to 256 colours, this one has 0"),
            "a GIMP palette without colours": (
                "GIMP Palette\nName: x\n",
                "a palette has 1 to 256 colours, this one has 0",
            ),
            "a value above 255": (
                "GIMP Palette\n256 0 0 red",
                "line 2 is no colour: '256 0 0 red'; expected red, green and blue from 0 to 255, and a name",
            ),
            "two values": (
                "GIMP Palette\n#\n1 2",
                "line 3 is no colour: '1 2'; expected red, green and blue from 0 to 255, and a name",
            ),
            "a value below zero": (
                "GIMP Palette\n-1 0 0",
                "line 2 is no colour: '-1 0 0'; expected red, green and blue from 0 to 255, and a name",
            ),
            "too many": (
                "\n".join(f"{number:06x}" for number in range(300)),
                "a palette has 1 to 256 colours, this one has 300",
            ),
            "another kind of file": (
                "\x89PNG\r\n\x1a\n\x00\x00",
                r"line 1 is no colour: '\x89PNG'; expected one like #ff8800",
            ),
        }
    )
    def test_a_fault_names_the_line_and_what_was_expected(self, row: tuple[str, str]) -> None:
        text, line = row
        error = self.assertRaises(PaletteError, parse_palette, text)
        self.assertEqual(str(error), line)
