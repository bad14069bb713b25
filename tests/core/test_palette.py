"""The colours of a board, and the files that name them."""

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

    def test_colours(self) -> None:
        """In its order, with Qt's values."""
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
    """What a palette must be."""

    def test_value(self) -> None:
        """Six hexadecimal digits after a hash."""
        for value in ("red", "#fff", "#ff00000", "ff0000", "#ff000g", "#ff0000\n", ""):
            self.assertRaises(PaletteError, Colour, "x", value)

    def test_count(self) -> None:
        """One to 256: an index is one byte."""
        colours = tuple(Colour(str(number), "#000000") for number in range(257))
        self.assertEqual(len(Palette(colours[:256])), 256)
        error = self.assertRaises(PaletteError, Palette, colours)
        self.assertEqual(str(error), "a palette has 1 to 256 colours, this one has 257")
        self.assertRaises(PaletteError, Palette, ())

    def test_names_are_unique(self) -> None:
        """Version 1 names a colour by nothing else."""
        twice = (Colour("red", "#ff0000"), Colour("blue", "#0000ff"), Colour("red", "#ee0000"))
        error = self.assertRaises(PaletteError, Palette, twice)
        self.assertEqual(str(error), "two colours have the name 'red'")

    def test_a_palette_comes_back_from_its_pairs(self) -> None:
        self.assertEqual(Palette.of_pairs(AF06.pairs), AF06)
        self.assertEqual(AF06.pairs[0], ["white", "#ffffff"])

    def test_pairs_that_are_no_palette_are_refused(self) -> None:
        for pairs in (None, 7, [1], [["white"]], [["white", "#ffffff", 1]], [["white", "white"]], []):
            self.assertRaises(PaletteError, Palette.of_pairs, pairs)


class FileTests(TableTestCase):
    """Palette files."""

    def test_gimp(self) -> None:
        """Headers and comments are passed over; a colour without a name is called by its value."""
        expected = [
            ("Warm red", "#ff0000"),
            ("Sky", "#0080ff"),
            ("#010203", "#010203"),
            ("#040506", "#040506"),
        ]
        self.assertEqual(read(GIMP), expected)
        self.assertEqual(read(GIMP.replace("\n", "\r\n")), expected)
        self.assertEqual(read("\ufeff" + GIMP), expected)

    def test_one_hexadecimal_colour_a_line(self) -> None:
        """With or without a hash; comments as the common tools write them."""
        self.assertEqual(
            read("; from a site\n// and another\n\n#FF8800\n00ff00\n"),
            [("#ff8800", "#ff8800"), ("#00ff00", "#00ff00")],
        )

    def test_a_name_that_came_before(self) -> None:
        """Two shades of one name stay apart by their values; the same colour twice is one."""
        self.assertEqual(
            read("GIMP Palette\n255 0 0 red\n200 0 0 red\n200 0 0 red\n255 0 0 red\n"),
            [("red", "#ff0000"), ("#c80000", "#c80000"), ("#ff0000", "#ff0000")],
        )

    def test_a_long_name_is_cut(self) -> None:
        """A version 1 board repeats it in every cell."""
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
    def test_fault(self, row: tuple[str, str]) -> None:
        """What is wrong, in which line, and what was expected."""
        text, line = row
        error = self.assertRaises(PaletteError, parse_palette, text)
        self.assertEqual(str(error), line)
