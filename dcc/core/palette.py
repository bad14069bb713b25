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
from dcc.wording import clip, one_line

OPAQUE = 128
"""Least alpha of a pixel that is painted, of 255: half opaque. A board has no transparent cells."""

_VALUE = re.compile(r"#[0-9A-Fa-f]{6}")


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
        """The name in the language of this process; colours beyond AF06's keep their own name, fit for any screen."""
        return _(self.name) if self.name in AF06.index else one_line(self.name) or self.value

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
