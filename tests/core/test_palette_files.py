"""Palette files as people download and save them."""

from __future__ import annotations

import struct

from dcc.core.palette_files import read_palette
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

GIMP_COLOURS = ["Warm red #ff0000", "Sky #0080ff", "#010203 #010203", "#040506 #040506"]

RED_AND_BLUE = ["#ff0000 #ff0000", "#0000ff #0000ff"]

LOSPEC_GIMP = """GIMP Palette
#Palette Name: Two
#Author: Ana
#Description: Made for a game.
It has a red

and a blue, 2 colours in all.
#Colors: 2
255\t0\t0\tff0000
0\t0\t255\t0000ff
"""

LOSPEC_PAINT_NET = """;paint.net Palette File
;Downloaded from Lospec.com/palette-list
;Palette Name: Two
;Author: Ana
;Description: Made for a game.
It has a red
;Colors: 2
FFff0000
FF0000ff
"""

JASC = "JASC-PAL\r\n0100\r\n2\r\n255 0 0\r\n0 0 255\r\n"

ASEPRITE_GIMP = """GIMP Palette
Channels: RGBA
#
  0   0   0   0 Untitled
255   0   0 255 Untitled
  0   0 255 128 Half
"""


def riff(*colours: tuple[int, int, int], size: int | None = None) -> bytes:
    """Write a palette of Microsoft's."""
    body = struct.pack("<HH", 0x300, len(colours)) + b"".join(bytes([*colour, 0]) for colour in colours)
    data = b"RIFF" + struct.pack("<I", len(body) + 12) + b"PAL data" + struct.pack("<I", len(body)) + body
    return data[:size]


def adobe(*swatches: tuple[str, bytes, tuple[float, ...]], size: int | None = None) -> bytes:
    """Write Adobe's swatch exchange, in a group as Lospec does."""

    def block(kind: int, body: bytes) -> bytes:
        return struct.pack(">HI", kind, len(body)) + body

    def word(text: str) -> bytes:
        return struct.pack(">H", len(text) + 1) + (text + "\0").encode("utf-16-be")

    blocks = [block(0xC001, word("Two"))]
    for name, model, levels in swatches:
        blocks.append(block(1, word(name) + model + struct.pack(f">{len(levels)}fH", *levels, 0)))
    blocks.append(block(0xC002, b""))
    return (b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks))[:size]


def read(data: str | bytes, ending: str = "") -> list[str]:
    """Names and values of a palette file."""
    palette = read_palette(data.encode() if isinstance(data, str) else data, ending)
    return [f"{colour.name} {colour.value}" for colour in palette]


class FormatTests(TableTestCase):
    """Files that are read."""

    @each(
        {
            "GIMP": (GIMP, GIMP_COLOURS),
            "GIMP with lines of Windows": (GIMP.replace("\n", "\r\n"), GIMP_COLOURS),
            "GIMP with lines of old Macs": (GIMP.replace("\n", "\r"), GIMP_COLOURS),
            "GIMP with a byte order mark": (b"\xef\xbb\xbf" + GIMP.encode(), GIMP_COLOURS),
            "GIMP in UTF-16": (GIMP.encode("utf-16"), GIMP_COLOURS),
            "GIMP in UTF-16 without a mark": (GIMP.encode("utf-16-be"), GIMP_COLOURS),
            "GIMP in Latin-1": ("GIMP Palette\n#\xa9 Ana\n1 2 3 p\xfarpura".encode("latin-1"), ["púrpura #010203"]),
            "GIMP in another encoding": (
                "GIMP Palette\n1 2 3 紫\n4 5 6".encode("shift-jis"),
                ["Ž‡ #010203", "#040506 #040506"],
            ),
            "GIMP of Lospec": (LOSPEC_GIMP, ["ff0000 #ff0000", "0000ff #0000ff"]),
            "GIMP of Aseprite": (ASEPRITE_GIMP, ["#ff0000 #ff0000", "Half #0000ff"]),
            "GIMP with alpha and no word of it": (
                "GIMP Palette\n0 0 0 255 Black\n255 0 0 255 Red\n9 9 9 0 Nothing\n",
                ["Black #000000", "Red #ff0000"],
            ),
            "GIMP with numbers for names": (
                "GIMP Palette\n0 0 0 0\n9 9 9 1\n255 255 255 255\n",
                ["0 #000000", "1 #090909", "255 #ffffff"],
            ),
            "GIMP with numbers for names after a tab": ("GIMP Palette\n9 9 9\t255\n", ["255 #090909"]),
            "GIMP with a number in a name": ("GIMP Palette\n9 9 9 50 shades\n", ["50 shades #090909"]),
            "JASC": (JASC, RED_AND_BLUE),
            "JASC with an alpha": ("JASC-PAL\n0100\n3\n255 0 0 255\n9 9 9 0\n0 0 255 255\n", RED_AND_BLUE),
            "Paint.NET": ("; Paint.NET palette\n; 2 colours\nFFFF0000\nFF0000FF\n00123456\n", RED_AND_BLUE),
            "Paint.NET of Lospec": (LOSPEC_PAINT_NET.replace("\n", "\r\n"), RED_AND_BLUE),
            "hexadecimal": ("ff0000\r\n0000ff\r\n", RED_AND_BLUE),
            "hexadecimal with hashes and comments": ("// mine\n\n# and yours\n #FF0000 \n#0000ff", RED_AND_BLUE),
            "CSS": (
                "#f00\n#00ff\n#ff8800ff\n#ff880080\n#0000\n",
                ["#ff0000 #ff0000", "#0000ff #0000ff", "#ff8800 #ff8800"],
            ),
            "Microsoft": (riff((255, 0, 0), (0, 0, 255)), RED_AND_BLUE),
            "Adobe swatches": (
                adobe(("Warm", b"RGB ", (1, 0, 0)), ("", b"RGB ", (0, 0, 1)), ("Grey", b"Gray", (0.5,))),
                ["Warm #ff0000", "#0000ff #0000ff", "Grey #808080"],
            ),
        }
    )
    def test_it_is_read(self, row: tuple[str | bytes, list[str]]) -> None:
        data, colours = row
        self.assertEqual(read(data), colours)

    def test_a_table_of_adobe_is_known_by_its_ending(self) -> None:
        colours = bytes([255, 0, 0, 0, 0, 255, 9, 9, 9]).ljust(768, b"\0")
        self.assertEqual(read(colours, ".ACT"), [*RED_AND_BLUE, "#090909 #090909", "#000000 #000000"])
        self.assertEqual(read(colours + struct.pack(">HH", 3, 2), ".act"), RED_AND_BLUE)
        self.assertRaises(PaletteError, read, colours, ".pal")

    def test_a_repeated_name_is_replaced_by_the_value_and_a_repeated_colour_dropped(self) -> None:
        self.assertEqual(
            read("GIMP Palette\n255 0 0 red\n200 0 0 red\n200 0 0 red\n255 0 0 red\n"),
            ["red #ff0000", "#c80000 #c80000", "#ff0000 #ff0000"],
        )

    def test_a_name_has_at_most_64_characters_and_none_that_steer_a_screen(self) -> None:
        self.assertEqual(read("GIMP Palette\n1 2 3 " + "x" * 100), ["x" * 64 + " #010203"])
        self.assertEqual(read("GIMP Palette\n1 2 3 \x1b]0;hi\x07red\u202e\u2066!"), ["]0;hi red ! #010203"])
        self.assertEqual(read("GIMP Palette\n1 2 3 \x1b\u200b"), ["#010203 #010203"])


RGB_EXPECTED = "expected red, green and blue from 0 to 255, and a name"
SAVE = "save the palette as .gpl, .hex, .pal, or as a PNG picture of one pixel a colour"


class FaultTests(TableTestCase):
    """Files that are refused."""

    @each(
        {
            "a word": ("rojo", "line 1 is no colour: 'rojo'; expected one like #ff8800"),
            "five digits": ("#ff0000\n#f0000", "line 2 is no colour: '#f0000'; expected one like #ff8800"),
            "nothing": ("", "no colours; a palette has 1 to 256"),
            "comments alone": ("; nothing\n", "no colours; a palette has 1 to 256"),
            "transparent colours alone": ("#0000", "no colours; a palette has 1 to 256"),
            "GIMP without colours": ("GIMP Palette\nName: x\n", "no colours; a palette has 1 to 256"),
            "a value above 255": ("GIMP Palette\n256 0 0 red", f"line 2 is no colour: '256 0 0 red'; {RGB_EXPECTED}"),
            "two values": ("GIMP Palette\n#\n1 2", f"line 3 is no colour: '1 2'; {RGB_EXPECTED}"),
            "a value below zero": ("GIMP Palette\n-1 0 0", f"line 2 is no colour: '-1 0 0'; {RGB_EXPECTED}"),
            "text after a colour": ("GIMP Palette\n1 2 3\nred", f"line 3 is no colour: 'red'; {RGB_EXPECTED}"),
            "text in Paint.NET": (";\nFF112233\nred", "line 3 is no colour: 'red'; expected one like #ff8800"),
            "text in JASC": ("JASC-PAL\n0100\n1\nred", f"line 4 is no colour: 'red'; {RGB_EXPECTED}"),
            "a value above 255 in JASC": (
                "JASC-PAL\n0100\n1\n0 0 256",
                f"line 4 is no colour: '0 0 256'; {RGB_EXPECTED}",
            ),
            "too many": (
                "\n".join(f"{number:06x}" for number in range(300)),
                "a palette has at most 256 colours; #000100 in line 257 is one too many",
            ),
            "too many of Microsoft's": (
                riff(*((0, number >> 8, number & 255) for number in range(257))),
                "a palette has at most 256 colours; #000100 is one too many",
            ),
            "Microsoft's, cut off": (
                riff((1, 2, 3), (4, 5, 6), size=30),
                "a part of the file is missing; fetch or save the palette again",
            ),
            "Adobe's, cut off": (
                adobe(("Warm", b"RGB ", (1, 0, 0)), size=50),
                "a part of the file is missing; fetch or save the palette again",
            ),
            "Adobe's for print": (
                adobe(("Warm", b"CMYK", (0, 1, 1, 0))),
                r"the colour 'Warm' is in 'CMYK', not in RGB; save the palette in RGB",
            ),
            "Aseprite's own": (
                struct.pack("<IHHHHH", 200, 0xA5E0, 1, 9, 9, 32) + bytes(120),
                f"an Aseprite drawing; {SAVE}",
            ),
            "a JPEG picture": (b"\xff\xd8\xff\xe0" + bytes(9), f"a JPEG picture; {SAVE}"),
            "Krita's": (
                b"PK\x03\x04" + bytes(9),
                f"a ZIP archive, as drawings and palettes of Krita and Procreate are; {SAVE}",
            ),
            "Apple's": (b"bplist00" + bytes(9), f"a palette or another list of Apple's; {SAVE}"),
            "JSON": ('{"colors": ["ff0000"]}', f"a JSON file; {SAVE}"),
            "the page of a palette": ("<!DOCTYPE html>\n<html>", f"a web page; {SAVE}"),
            "zeros": (bytes(100), f"no text file; {SAVE}"),
            "a program": (b"\x7fELF\2\1\1\0" + bytes(range(200)), f"no text file; {SAVE}"),
        }
    )
    def test_the_line_says_what_it_is_and_what_to_do(self, row: tuple[str | bytes, str]) -> None:
        data, line = row
        error = self.assertRaises(PaletteError, read, data)
        self.assertEqual(str(error), line)

    def test_photoshop_has_an_ending_and_no_mark(self) -> None:
        error = self.assertRaises(PaletteError, read, b"\0\1\0\1" + bytes(20), ".aco")
        self.assertEqual(str(error), f"an Adobe .aco file; {SAVE}")

    def test_no_end_of_a_file_raises_anything_else(self) -> None:
        for whole in (
            riff((1, 2, 3)),
            adobe(("Warm", b"RGB ", (1, 0, 0)), ("G", b"Gray", (0.5,))),
            GIMP.encode("utf-16"),
        ):
            for end in range(len(whole)):
                try:
                    read_palette(whole[:end])
                except PaletteError as error:
                    self.assertNotIn("\n", str(error))
