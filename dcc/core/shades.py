"""The colours of a palette for the colours that a Pixelflut client sends, as fast as a client floods.

A colour of the palette is found exactly. Every other colour is rounded to 32 levels of red, green and blue, and the
nearest colour is looked for once for each of these 32,768 shades: to look for every pixel's own would cost 5 us with 8
colours, and 60 us with 256.
"""

from __future__ import annotations

from dcc.core.palette import OPAQUE, Palette

NOTHING = -1
"""For a colour that is less than half opaque, and paints nothing; as ``dcc paint`` leaves such pixels out."""

_LEVELS = 32
_UNKNOWN = 0xFFFF

KNOWN = 65_536
"""Most texts of colours that are remembered: the colours of a photo, in some 6 MiB."""


class Shades:
    """Finds the palette's index for hexadecimal texts such as ``b"ff8000"``."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._exact = {colour.rgb: index for index, colour in reversed(list(enumerate(palette)))}
        self._nearest = [_UNKNOWN] * _LEVELS**3
        self._known: dict[bytes, int] = {}

    def indices(self, texts: list[bytes]) -> list[int]:
        """Return an index for each text: of the nearest colour, or :data:`NOTHING`.

        :param texts: each of two digits (a grey), six (``rrggbb``) or eight (``rrggbbaa``), in either case.
        """
        known = self._known
        try:
            return [known[text] for text in texts]
        except KeyError:
            return [self._find(text) for text in texts]

    def _find(self, text: bytes) -> int:
        index = self._known.get(text)
        if index is None:
            index = self._look_up(*bytes.fromhex(text.decode("ascii")))
            if len(self._known) < KNOWN:
                self._known[text] = index
        return index

    def _look_up(self, red: int, green: int | None = None, blue: int | None = None, alpha: int = 255) -> int:
        if alpha < OPAQUE:
            return NOTHING
        rgb = (red, red, red) if green is None or blue is None else (red, green, blue)
        exact = self._exact.get(rgb)
        if exact is not None:
            return exact
        steps = [level * _LEVELS // 256 for level in rgb]
        shade = (steps[0] * _LEVELS + steps[1]) * _LEVELS + steps[2]
        nearest = self._nearest[shade]
        if nearest == _UNKNOWN:
            red, green, blue = (step * 255 // (_LEVELS - 1) for step in steps)
            nearest = self._nearest[shade] = self._palette.nearest((red, green, blue))
        return nearest
