"""The colours of a board: their order, names and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dcc import limits
from dcc.core.perception import Rgb, oklab
from dcc.errors import PaletteError
from dcc.language import N_, _
from dcc.wording import clip

_NAME_CHARACTERS = 64
"""Longest name of a colour. A ``.gpl`` file may hold any text, and a version 1 board repeats the name for each cell."""

_VALUE = re.compile(r"#[0-9A-Fa-f]{6}")
_HEX = re.compile(r"#?([0-9A-Fa-f]{6})")
_GPL_COLOUR = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(.*?))?\s*")


@dataclass(frozen=True)
class Colour:
    """One colour of a palette.

    :ivar name: the word for the colour in version 1; unique in a palette.
    :ivar value: ``#rrggbb``.
    :raises PaletteError: the value has another form.
    """

    name: str
    value: str

    def __post_init__(self) -> None:
        if _VALUE.fullmatch(self.value) is None:
            raise PaletteError(_("{value} is no colour; expected one like #ff8800").format(value=clip(self.value)))

    @property
    def shown_name(self) -> str:
        """The name in the language of this process; colours beyond AF06's keep their own name."""
        return _(self.name) if self.name in AF06.index else self.name

    @property
    def rgb(self) -> Rgb:
        """Red, green and blue, 0 to 255 each."""
        number = int(self.value[1:], 16)
        return number >> 16, number >> 8 & 0xFF, number & 0xFF


@dataclass(frozen=True)
class Palette:
    """The colours of a board in their order; a pixel is an index into the palette.

    :raises PaletteError: there is no colour, there are more than 256, or two colours have the same name.
    """

    colours: tuple[Colour, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.colours) <= limits.PALETTE_COLOURS:
            raise PaletteError(
                _("a palette has 1 to {most} colours, this one has {count}").format(
                    most=limits.PALETTE_COLOURS, count=len(self.colours)
                )
            )
        if len(self.index) != len(self.colours):
            names = [colour.name for colour in self.colours]
            twice = next(name for name in names if names.count(name) > 1)
            raise PaletteError(_("two colours have the name {name}").format(name=clip(twice)))

    def __len__(self) -> int:
        return len(self.colours)

    def __iter__(self) -> Iterator[Colour]:
        return iter(self.colours)

    def __getitem__(self, index: int) -> Colour:
        return self.colours[index]

    @classmethod
    def of_pairs(cls, pairs: Iterable[Any]) -> Palette:
        """Make a palette of ``[name, value]`` pairs that came from outside.

        :raises PaletteError: they are no palette.
        """
        try:
            return cls(tuple(Colour(str(name), str(value)) for name, value in pairs))
        except (TypeError, ValueError):
            raise PaletteError(_("a palette that cannot be read")) from None

    @property
    def pairs(self) -> list[list[str]]:
        """The ``[name, value]`` pairs, as messages and records have a palette."""
        return [[colour.name, colour.value] for colour in self.colours]

    @cached_property
    def index(self) -> dict[str, int]:
        """The index of each colour by name."""
        return {colour.name: number for number, colour in enumerate(self.colours)}

    @cached_property
    def _shades(self) -> list[tuple[int, int, int]]:
        return [oklab(colour.rgb) for colour in self.colours]

    def nearest(self, rgb: Rgb) -> int:
        """Find the colour of the palette that looks nearest to a colour, judged in OKLab.

        :return: an index; the first one if several are equally near.
        """
        lightness, hue_a, hue_b = oklab(rgb)
        distances = [(x - lightness) ** 2 + (y - hue_a) ** 2 + (z - hue_b) ** 2 for x, y, z in self._shades]
        return distances.index(min(distances))


AF06 = Palette(
    (
        Colour(N_("white"), "#ffffff"),
        Colour(N_("black"), "#000000"),
        Colour(N_("red"), "#ff0000"),
        Colour(N_("green"), "#00ff00"),
        Colour(N_("yellow"), "#ffff00"),
        Colour(N_("blue"), "#0000ff"),
        Colour(N_("cyan"), "#00ffff"),
        Colour(N_("magenta"), "#ff00ff"),
    )
)
"""The palette of the published activity. The values are Qt's: ``Qt::green`` is the full ``#00ff00``, unlike the CSS
colour green."""


def parse_palette(text: str) -> Palette:
    """Read a palette file: a GIMP palette, or one hexadecimal colour a line.

    The GIMP format: the line ``GIMP Palette``, header lines ``Key: value``, comments with ``#``, then
    ``red green blue name`` with decimals from 0 to 255 (https://developer.gimp.org/core/standards/gpl/).
    The plain format: ``#rrggbb`` or ``rrggbb`` a line; empty lines and lines that begin with ``;`` or ``//`` are
    ignored. A colour without a name, or with the name of an earlier colour, is named by its value.

    :raises PaletteError: a line has neither format (the message names the line), or the palette has no colour or too
        many colours.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if lines and lines[0].strip() == "GIMP Palette":
        return Palette(tuple(_named(_gpl_colours(lines))))
    return Palette(tuple(_named(_hex_colours(lines))))


def _gpl_colours(lines: list[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if re.match(r"[A-Za-z]+:", line):
            continue
        match = _GPL_COLOUR.fullmatch(line)
        if match is None or any(int(part) > 255 for part in match.group(1, 2, 3)):
            raise PaletteError(
                _("line {number} is no colour: {line}; expected red, green and blue from 0 to 255, and a name").format(
                    number=number, line=clip(line)
                )
            )
        red, green, blue = (int(part) for part in match.group(1, 2, 3))
        name = match.group(4) or ""
        yield name if name.lower() != "untitled" else "", f"#{red:02x}{green:02x}{blue:02x}"


def _hex_colours(lines: list[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, start=1):
        word = line.strip()
        if not word or word.startswith((";", "//")):
            continue
        match = _HEX.fullmatch(word)
        if match is None:
            raise PaletteError(
                _("line {number} is no colour: {line}; expected one like #ff8800").format(
                    number=number, line=clip(line)
                )
            )
        yield "", f"#{match.group(1).lower()}"


def _named(colours: Iterable[tuple[str, str]]) -> Iterator[Colour]:
    """Give every colour a unique name, and drop a colour with the name and the value of an earlier colour."""
    names: set[str] = set()
    for name, value in colours:
        name = name[:_NAME_CHARACTERS]
        if not name or name in names:
            name = value
        if name in names:
            continue
        names.add(name)
        yield Colour(name, value)
