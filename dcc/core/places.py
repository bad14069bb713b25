"""Places on a board as people write them, and as the end of a link; ``dcc/page/places.js`` reads the same."""

from __future__ import annotations

import re
from typing import NamedTuple

_PLACE = re.compile(
    r"\s*\(?\s*(-?[0-9]{1,9})\s*(?:[,;x]|\s)\s*(-?[0-9]{1,9})(?:,([0-9]{1,4}(?:\.[0-9]*)?))?\s*\)?\s*", re.IGNORECASE
)


class Place(NamedTuple):
    """A cell, perhaps outside of the board, and how large its cells are shown.

    :ivar zoom: pixels a cell, as a page counts pixels; None if the text does not say.
    """

    column: int
    row: int
    zoom: float | None = None

    def __str__(self) -> str:
        """``COLUMN,ROW,ZOOM``, the part of a link after ``#``."""
        zoom = "" if self.zoom is None else f",{round(self.zoom, 2):g}"
        return f"{self.column},{self.row}{zoom}"


def read_place(text: str) -> Place | None:
    """Read ``12,30``, ``12 30``, ``(12, 30)`` or a link that ends in ``#12,30`` or ``#12,30,16``; None for other texts.

    The third number of a link is the zoom. Other words of a link may stand before, such as ``#puerto=5000&12,30``.
    """
    found = _PLACE.fullmatch(re.sub("%2C", ",", re.split("[#&]", text)[-1], flags=re.IGNORECASE))
    if found is None:
        return None
    column, row, digits = found.groups()
    zoom = None if digits is None else float(digits)
    return None if zoom == 0 else Place(int(column), int(row), zoom)
