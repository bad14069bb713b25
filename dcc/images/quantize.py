"""Images in the colours of a palette: for every pixel the index of a colour. Pure, on numpy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dcc.core.palette import Palette

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_HUE_WEIGHT = np.array([1, 2, 2], np.float32)
"""Ottosson's own correction, from measured colour differences (w3c/csswg-drafts issue 6642; deltaEOK2 in
color.js). Without it lightness counts for so much that red is the colour of AF06 nearest to a middle grey."""

_DISTANCES = 2**22
"""Distances that are worked out at a time: 16 MiB, however large the image."""


def oklab(rgb: Bytes) -> Floats:
    """From sRGB to OKLab (Björn Ottosson, https://bottosson.github.io/posts/oklab/).

    :param rgb: any shape, the last axis red, green and blue.
    :return: the same shape, the last axis L (0 to 1), a and b.
    """
    level = np.arange(256, dtype=np.float32) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)
    lab: Floats = np.cbrt(light[rgb] @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def nearest(rgb: Bytes, palette: Palette) -> Bytes:
    """The colour of the palette that looks nearest to each pixel, judged in OKLab.

    :param rgb: any shape, the last axis red, green and blue.
    :return: indices, of that shape without the last axis.
    """
    codes = rgb[..., 0].astype(np.uint32) << 16 | rgb[..., 1].astype(np.uint32) << 8 | rgb[..., 2]
    # However many pixels there are, each colour is worked out once.
    table = np.zeros(2**24, np.uint8)
    table[codes] = 1
    present = np.flatnonzero(table)
    shades = _rgb(palette)
    step = _DISTANCES // len(palette)
    for start in range(0, len(present), step):
        part = present[start : start + step]
        colours = np.stack([part >> 16, part >> 8 & 255, part & 255], axis=-1).astype(np.uint8)
        table[part] = _closest(oklab(colours) * _HUE_WEIGHT, oklab(shades) * _HUE_WEIGHT)
    indices: Bytes = table[codes]
    return indices


def dithered(rgb: Bytes, opaque: NDArray[np.bool_], palette: Palette) -> Bytes:
    """The image as a mixture of the palette's colours: what a pixel gets wrong, its neighbours make good.

    Error diffusion after Floyd and Steinberg (1976): 7/16 to the right, below 3/16 to the left, 5/16, and 1/16
    to the right. Colours are compared in the space in which errors are added, or errors would grow; and that
    is sRGB, in which dark parts keep their detail on a board that is looked at pixel by pixel.

    :param rgb: height x width x 3.
    :param opaque: height x width; a pixel that is not hands no error on.
    :return: indices, height x width.
    """
    height, width = opaque.shape
    shades = _rgb(palette).astype(np.float32)
    # A margin left, right and below takes the errors that leave the image.
    stride = width + 2
    wanted = np.zeros((height + 1, stride, 3), np.float32)
    wanted[:-1, 1:-1] = rgb
    passing = np.zeros((height + 1, stride, 1), np.float32)
    passing[:-1, 1:-1, 0] = opaque
    chosen = np.zeros((height + 1, stride), np.uint8)
    wanted_flat, passing_flat, chosen_flat = wanted.reshape(-1, 3), passing.reshape(-1, 1), chosen.reshape(-1)
    # A pixel needs its left neighbour and those above as far as one to the right. So all pixels with the same
    # column + 2 * row can be done at once, and in flat order they are stride - 2 apart.
    step = stride - 2
    for wave in range(1, width + 2 * height - 1):
        first_row = max(0, (wave - width + 1) // 2)
        last_row = min(height - 1, (wave - 1) // 2)
        first, last = wave + first_row * step, wave + last_row * step

        def shifted(by: int, first: int = first, last: int = last) -> slice:
            return slice(first + by, last + by + 1, step)

        colours = np.clip(wanted_flat[shifted(0)], 0, 255)
        choice = _closest(colours, shades)
        chosen_flat[shifted(0)] = choice
        error = (colours - shades[choice]) * passing_flat[shifted(0)] / 16
        wanted_flat[shifted(1)] += 7 * error
        wanted_flat[shifted(stride - 1)] += 3 * error
        wanted_flat[shifted(stride)] += 5 * error
        wanted_flat[shifted(stride + 1)] += error
    return chosen[:-1, 1:-1]


def _rgb(palette: Palette) -> Bytes:
    """The palette's colours, one a row."""
    return np.array([colour.rgb for colour in palette], np.uint8)


def _closest(colours: Floats, shades: Floats) -> NDArray[np.intp]:
    """The row of ``shades`` that is nearest to each row of ``colours``; of equally near ones the first."""
    # |c - s|^2 without |c|^2, which is the same for all shades.
    rows: NDArray[np.intp] = ((shades * shades).sum(axis=1) - 2 * (colours @ shades.T)).argmin(axis=1)
    return rows
