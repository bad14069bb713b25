"""Palette files, as drawing programs and collections of palettes write them. Pure: bytes in, a palette out.

====================  ==============================================================================================
format                source
====================  ==============================================================================================
GIMP, ``.gpl``        https://developer.gimp.org/core/standards/gpl/; with ``Channels: RGBA``, an alpha after blue:
                      https://github.com/aseprite/aseprite/blob/main/docs/gpl-palette-extension.md
JASC, ``.pal``        ``JASC-PAL``, ``0100``, the count, then red, green and blue a line (Paint Shop Pro)
Microsoft, ``.pal``   RIFF with the chunk ``data``: LOGPALETTE, 4 bytes a colour
Paint.NET, ``.txt``   https://www.getpaint.net/doc/latest/WorkingWithPalettes.html: ``AARRGGBB`` a line
hexadecimal, ``.hex`` ``rrggbb``, ``#rrggbb``, or as in CSS ``#rgb``, ``#rgba``, ``#rrggbbaa``, a line
Adobe, ``.ase``       swatch exchange: ``ASEF``, blocks of UTF-16 names and floats; here those in RGB and grey
Adobe, ``.act``       256 times red, green and blue; perhaps the count, and the index of a transparent colour
====================  ==============================================================================================

A board has no transparency. A colour with alpha 0 is left out, and any other alpha is ignored.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dcc import limits
from dcc.core.kinds import kind_of
from dcc.core.palette import Colour, Palette
from dcc.errors import PaletteError
from dcc.language import _
from dcc.wording import clip, one_line

_NAME_CHARACTERS = 64
"""Longest name of a colour. A file may hold any text, and a version 1 board repeats the name for each cell."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_HEX = re.compile(r"#?(?P<rgb>[0-9A-Fa-f]{6})|#(?P<css>[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{8})|(?P<argb>[0-9A-Fa-f]{8})")
_NUMBERS = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:(\s+)(.*?))?\s*")
_ALMOST_NUMBERS = re.compile(r"\s*[-+.\d]+\s+[-+.\d]+")
_ALPHA = re.compile(r"(\d{1,3})(?:\s+(.*))?")
_KEY = re.compile(r"[A-Za-z][\w -]*:")
_CHANNELS = re.compile(r"Channels:\s*RGBA\s*")

_SUGGESTION = ".gpl, .hex, .pal"


class Swatch(NamedTuple):
    """A colour as found in a file.

    :ivar name: may be empty.
    :ivar value: ``#rrggbb``.
    :ivar line: its line from 1 up; 0 if the file has no lines.
    """

    name: str
    value: str
    line: int = 0


def read_palette(data: bytes, ending: str = "") -> Palette:
    """Read a palette file of any format above.

    A colour without a name, or with the name of an earlier colour, is named by its value. A colour with the name and
    the value of an earlier colour is left out.

    :param ending: of the file's name, such as ``.act``: two formats of Adobe have no mark of their own.
    :raises PaletteError: the file has another format (the message names a known one), a line is no colour (the message
        names the line), or the palette has no colour or too many colours.
    """
    ending = ending.lower()
    if data.startswith(b"ASEF"):
        return make_palette(_adobe_swatches(data))
    if data.startswith(b"RIFF") and data[8:12] == b"PAL ":
        return make_palette(_microsoft(data))
    if ending == ".act" and len(data) in (_ACT_BYTES, _ACT_BYTES + 4):
        return make_palette(_adobe_table(data))
    if ending == ".aco":
        raise refusal(_("an Adobe .aco file"))
    text = _decode(data)
    lines = _LINE_END.split(text)
    first = lines[0].strip()
    if first == "GIMP Palette":
        return make_palette(_gimp(lines))
    if first == "JASC-PAL":
        return make_palette(_jasc(lines))
    if kind := kind_of(data):
        raise refusal(kind.name)
    return make_palette(_hexadecimal(lines))


def refusal(kind: str) -> PaletteError:
    """Make the error for a file of another kind.

    :param kind: the name of the kind, as in :class:`dcc.core.kinds.Kind`.
    """
    return PaletteError(
        _("{kind}; save the palette as {endings}, or as a PNG picture of one pixel a colour").format(
            kind=kind, endings=_SUGGESTION
        )
    )


def make_palette(swatches: Iterable[Swatch]) -> Palette:
    """Make a palette of the colours of a file, each with a unique name that any screen can show.

    :raises PaletteError: there are no colours, or too many.
    """
    colours: dict[str, Colour] = {}
    for swatch in swatches:
        name = one_line(swatch.name)[:_NAME_CHARACTERS].strip()
        if not name or name in colours:
            name = swatch.value
        if name in colours:
            continue
        if len(colours) == limits.PALETTE_COLOURS:
            raise _too_many(swatch)
        colours[name] = Colour(name, swatch.value)
    if not colours:
        raise PaletteError(_("no colours; a palette has 1 to {most}").format(most=limits.PALETTE_COLOURS))
    return Palette(tuple(colours.values()))


def _too_many(swatch: Swatch) -> PaletteError:
    most = limits.PALETTE_COLOURS
    if not swatch.line:
        return PaletteError(
            _("a palette has at most {most} colours; {value} is one too many").format(most=most, value=swatch.value)
        )
    return PaletteError(
        _("a palette has at most {most} colours; {value} in line {number} is one too many").format(
            most=most, value=swatch.value, number=swatch.line
        )
    )


# --- text ----------------------------------------------------------------------------------------


def _decode(data: bytes) -> str:
    """Decode a text: UTF-8 or UTF-16, or else Windows-1252, since a GIMP file may have the encoding of any machine.

    The colours are the same in every other encoding too. UTF-16 without a mark is guessed, and only for plain ASCII.

    :raises PaletteError: the bytes are no text.
    """
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data:
        encoding = "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252" if encoding == "utf-8" else encoding, "replace")
    if "\0" in text or (encoding.startswith("utf-16-") and not text.isascii()):
        kind = kind_of(data)
        raise refusal(kind.name if kind else _("no text file"))
    return text.lstrip("\ufeff")


def _rgb(parts: Iterable[str]) -> str | None:
    """Spell three decimals as ``#rrggbb``; nothing if one is above 255."""
    numbers = [int(part) for part in parts]
    return "#" + "".join(f"{number:02x}" for number in numbers) if max(numbers) <= 255 else None


def _gimp(lines: list[str]) -> Iterator[Swatch]:
    """Read a GIMP palette.

    Text before the first colour belongs to the head: collections continue a long description on the next line.
    """
    has_alpha = False
    found: list[tuple[int, str, str, str]] = []  # line, value, what follows it, and the space before
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.lstrip().startswith("#") or _KEY.match(line):
            has_alpha = has_alpha or _CHANNELS.fullmatch(line) is not None
            continue
        match = _NUMBERS.fullmatch(line)
        value = _rgb(match.group(1, 2, 3)) if match else None
        if match is None or value is None:
            if not found and not _ALMOST_NUMBERS.match(line):
                continue
            raise _no_colour(number, line)
        found.append((number, value, match[5] or "", match[4] or ""))
    has_alpha = has_alpha or _all_have_alpha([(rest, space) for _number, _value, rest, space in found])
    for number, value, rest, _space in found:
        name = rest
        if has_alpha and (match := _ALPHA.fullmatch(rest)):
            if not int(match[1]):
                continue
            name = match[2] or ""
        yield Swatch(name if name.lower() != "untitled" else "", value, number)


def _all_have_alpha(rests: list[tuple[str, str]]) -> bool:
    """Guess whether the numbers after red, green and blue are alpha, in a file that does not say.

    Alpha if each colour has such a number, and most are 255. Names that are numbers count up, or follow a tab.
    """
    numbers = [_ALPHA.fullmatch(rest) for rest, space in rests if "\t" not in space]
    alphas = [int(match[1]) for match in numbers if match is not None]
    return len(alphas) == len(rests) and max(alphas, default=256) <= 255 and alphas.count(255) * 2 > len(alphas)


def _jasc(lines: list[str]) -> Iterator[Swatch]:
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or number <= 3:  # the version and the count
            continue
        match = _NUMBERS.fullmatch(line)
        value = _rgb(match.group(1, 2, 3)) if match else None
        if match is None or value is None:
            raise _no_colour(number, line)
        if match[5] == "0":  # alpha
            continue
        yield Swatch("", value, number)


def _no_colour(number: int, line: str) -> PaletteError:
    return PaletteError(
        _("line {number} is no colour: {line}; expected red, green and blue from 0 to 255, and a name").format(
            number=number, line=clip(line)
        )
    )


def _hexadecimal(lines: list[str]) -> Iterator[Swatch]:
    """Read a colour a line. Behind a head of comments, text before the first colour continues a comment."""
    in_head = next((line for line in lines if line.strip()), "").lstrip().startswith(";")
    for number, line in enumerate(lines, start=1):
        word = line.strip()
        if not word or word.startswith((";", "//", "# ")):
            continue
        match = _HEX.fullmatch(word)
        if match is not None:
            in_head = False
            if value := _of_digits(match):
                yield Swatch("", value, number)
        elif not in_head:
            raise PaletteError(
                _("line {number} is no colour: {line}; expected one like #ff8800").format(
                    number=number, line=clip(line)
                )
            )


def _of_digits(match: re.Match[str]) -> str | None:
    """Spell hexadecimal digits as ``#rrggbb``; nothing if the colour is transparent."""
    digits = (match["rgb"] or match["css"] or match["argb"]).lower()
    if len(digits) <= 4:
        digits = "".join(2 * digit for digit in digits)
    if match["argb"]:
        digits = digits[2:] + digits[:2]
    return None if digits[6:] == "00" else f"#{digits[:6]}"


# --- bytes ---------------------------------------------------------------------------------------

_ACT_BYTES = 3 * 256


def _microsoft(data: bytes) -> Iterator[Swatch]:
    start = 12
    while start + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, start)
        start += 8
        if name == b"data" and start + 4 <= len(data):
            (count,) = struct.unpack_from("<H", data, start + 2)
            colours = data[start + 4 : start + 4 + 4 * count]
            if len(colours) == 4 * count:
                for place in range(0, len(colours), 4):
                    yield Swatch("", f"#{colours[place : place + 3].hex()}")
                return
        start += length + length % 2
    raise _cut_off()


def _adobe_table(data: bytes) -> Iterator[Swatch]:
    count, transparent = struct.unpack_from(">HH", data, _ACT_BYTES) if len(data) > _ACT_BYTES else (256, 0xFFFF)
    for index in range(min(count or 256, 256)):
        if index != transparent:
            yield Swatch("", f"#{data[3 * index : 3 * index + 3].hex()}")


def _adobe_swatches(data: bytes) -> Iterator[Swatch]:
    colour = 1
    start = 12
    try:
        (blocks,) = struct.unpack_from(">I", data, 8)
        for _block in range(blocks):
            kind, length = struct.unpack_from(">HI", data, start)
            start += 6
            if kind == colour:
                yield _adobe_swatch(data[start : start + length])
            start += length
    except struct.error:
        raise _cut_off() from None


def _adobe_swatch(block: bytes) -> Swatch:
    (letters,) = struct.unpack_from(">H", block)
    name = block[2 : 2 + 2 * letters].decode("utf-16-be", "replace").rstrip("\0")
    model, start = block[2 + 2 * letters : 6 + 2 * letters], 6 + 2 * letters
    if model == b"RGB ":
        levels = struct.unpack_from(">3f", block, start)
    elif model == b"Gray":
        levels = 3 * struct.unpack_from(">f", block, start)
    elif len(model) < 4:
        raise _cut_off()
    else:
        raise PaletteError(
            _("the colour {name} is in {model}, not in RGB; save the palette in RGB").format(
                name=clip(name), model=clip(model.decode("latin-1").strip())
            )
        )
    channels = bytes(round(255 * min(1.0, max(0.0, level))) for level in levels)  # not a number: 0
    return Swatch(name, f"#{channels.hex()}")


def _cut_off() -> PaletteError:
    return PaletteError(_("a part of the file is missing; fetch or save the palette again"))
