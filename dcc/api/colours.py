"""Colours as programs name them."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache

from dcc.api.errors import UnknownColour
from dcc.core.palette import Colour, Palette
from dcc.core.perception import Rgb
from dcc.language import _
from dcc.wording import clip

ColourLike = str | Colour | Sequence[int]
"""A colour of the palette, its name such as ``"red"``, or any colour as ``"#ff8000"`` or ``(255, 128, 0)``."""

_VALUE = re.compile("#([0-9a-f]{6})", re.IGNORECASE)

_LISTED = 12
"""Names in an error: all of a usual palette, and not 256."""

_REMEMBERED = 65_536
"""Colours whose nearest one is remembered: those of a picture."""


class Colours:
    """Finds the colours of a palette."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._names = {
            name.casefold(): index
            for index, colour in enumerate(palette)
            for name in (colour.value, colour.shown_name, colour.name)
        } | palette.index
        self._nearest = lru_cache(_REMEMBERED)(palette.nearest)

    def index(self, colour: ColourLike) -> int:
        """Return the index of a colour: of the nearest one, if it is given as red, green and blue.

        :raises UnknownColour: the palette has no colour of that name, or this is no colour.
        """
        if isinstance(colour, Colour):
            colour = colour.name
        if not isinstance(colour, str):
            return self._nearest(_rgb(colour))
        known = self._names.get(colour)
        if known is None:
            known = self._names.get(colour.casefold())
        if known is not None:
            return known
        if match := _VALUE.fullmatch(colour):
            red, green, blue = bytes.fromhex(match[1])
            return self._nearest((red, green, blue))
        if colour.startswith("#"):
            raise _no_colour(colour)
        raise UnknownColour(self._unknown(colour))

    def _unknown(self, colour: str) -> str:
        near = get_close_matches(colour.casefold(), self._names, 1)
        if near:
            line = _("there is no colour {colour}; did you mean {near}?")
            return line.format(colour=clip(colour), near=clip(near[0]))
        names = [each.name for each in self._palette]
        listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
        return _("there is no colour {colour}; the palette has {names}").format(colour=clip(colour), names=listed)


def _rgb(colour: Sequence[int]) -> Rgb:
    """:raises UnknownColour: it is no colour."""
    try:
        red, green, blue = map(operator.index, colour)
        if min(red, green, blue) < 0 or max(red, green, blue) > 255:
            raise ValueError
    except (TypeError, ValueError):
        raise _no_colour(colour) from None
    return red, green, blue


def _no_colour(colour: object) -> UnknownColour:
    line = _('{colour} is no colour; expected a name, "#ff8000", or red, green and blue, whole numbers from 0 to 255')
    return UnknownColour(line.format(colour=clip(colour)))
