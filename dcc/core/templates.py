"""The pixels of a shared template, and their spelling: a picture that people paint together, in the colours of a board.

The spelling is base64 (RFC 4648, section 4) of a zlib stream (RFC 1950) of two bytes a cell: first the colour of each
cell, row by row, then for each cell 1 if the cell is to be painted, and 0 if the template is transparent there. So a
template may use all 256 colours of a palette, and the second half compresses to next to nothing.
"""

from __future__ import annotations

import base64
import zlib
from typing import NamedTuple

from dcc import limits, reasons
from dcc.core import packing
from dcc.errors import Refusal

_LEVEL = 9
"""The smallest result: a template is packed once, kept for ever and read by everybody."""


class TemplatePixels(NamedTuple):
    """What a template wants, row by row.

    :ivar colours: an index into the palette for each cell; 0 where the template is transparent.
    :ivar painted: 1 for each cell that is to be painted, otherwise 0.
    """

    colours: bytes
    painted: bytes


def spell(pixels: TemplatePixels) -> str:
    """Return the spelling of pixels; the inverse of :func:`read`.

    :raises Refusal: the pixels are too many, or do not compress well enough.
    """
    data = base64.b64encode(zlib.compress(pixels.colours + pixels.painted, _LEVEL)).decode("ascii")
    _check_size(len(pixels.colours), data)
    return data


def read(data: str, cells: int) -> TemplatePixels:
    """Read the spelling of pixels. No more is decompressed than the template has cells.

    :param cells: of the template: width times height.
    :raises Refusal: the text is too long, cannot be read, or wants no cell painted.
    """
    _check_size(cells, data)
    try:
        both = packing.decompress(base64.b64decode(data, validate=True), 2 * cells)
    except ValueError:
        raise Refusal(reasons.TEMPLATE_BROKEN) from None
    pixels = TemplatePixels(both[:cells], both[cells:])
    wanted = pixels.painted.count(1)
    if len(both) != 2 * cells or not wanted or wanted + pixels.painted.count(0) != cells:
        raise Refusal(reasons.TEMPLATE_BROKEN)
    return pixels


def _check_size(cells: int, data: str) -> None:
    if cells > limits.TEMPLATE_CELLS or len(data) > limits.TEMPLATE_CHARACTERS:
        raise Refusal(
            reasons.TEMPLATE_TOO_LARGE, celdas=limits.TEMPLATE_CELLS, bytes=limits.TEMPLATE_CHARACTERS * 3 // 4
        )
