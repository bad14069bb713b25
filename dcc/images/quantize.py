"""Images in the colours of a palette: for every pixel the index of a colour. Pure, on numpy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dcc.core import perception
from dcc.core.palette import OPAQUE, Palette

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_LIGHT = np.array(perception.LIGHT)
_TO_CONES = np.array(perception.TO_CONES)
_TO_LAB = np.array(perception.TO_LAB)
_LAB_STEPS = np.array(perception.LAB_STEPS)

_DISTANCES = 2**17
"""Distances that are computed at a time: 1 MiB, which stays in a processor's cache. 16 MiB take three times as long."""


def in_colours(rgba: Bytes, palette: Palette, *, mixes: bool) -> tuple[Bytes, NDArray[np.bool_]]:
    """Find the colour for each pixel of a picture.

    :param rgba: height, width, and red, green, blue and alpha.
    :param mixes: whether colours between those of the palette are mixed, see :func:`dithered`.
    :return: indices, and which pixels are to be painted; both height by width.
    """
    rgb, opaque = rgba[..., :3], rgba[..., 3] >= OPAQUE
    return dithered(rgb, opaque, palette) if mixes else nearest(rgb, palette), opaque


def oklab(rgb: Bytes) -> Doubles:
    """Convert pixels to OKLab: :func:`dcc.core.perception.oklab` for arrays.

    :param rgb: any shape, the last axis red, green and blue.
    :return: the same shape, the last axis L, a and b in steps, whole numbers.
    """
    lab: Doubles = np.floor(np.cbrt(_LIGHT[rgb] @ _TO_CONES.T) @ _TO_LAB.T * _LAB_STEPS + 0.5)
    return lab


def nearest(rgb: Bytes, palette: Palette) -> Bytes:
    """Find the nearest colour for each pixel: :meth:`dcc.core.palette.Palette.nearest` for arrays.

    :param rgb: any shape, the last axis red, green and blue.
    :return: indices, of that shape without the last axis.
    """
    codes = rgb[..., 0].astype(np.uint32) << 16 | rgb[..., 1].astype(np.uint32) << 8 | rgb[..., 2]
    # However many pixels an image has, each colour is computed once.
    table = np.zeros(2**24, np.uint8)
    table[codes] = 1
    present = np.flatnonzero(table)
    shades = _rgb(palette)
    step = _DISTANCES // len(palette)
    for start in range(0, len(present), step):
        part = present[start : start + step]
        colours = np.stack([part >> 16, part >> 8 & 255, part & 255], axis=-1).astype(np.uint8)
        table[part] = _closest(oklab(colours), oklab(shades))  # whole numbers below 2**53: exact
    indices: Bytes = table[codes]
    return indices


def dithered(rgb: Bytes, opaque: NDArray[np.bool_], palette: Palette) -> Bytes:
    """Mix the colours of the palette: the error of each pixel is passed on to the neighbours.

    Error diffusion after Floyd and Steinberg (1976): 7/16 to the right, below 3/16 to the left, 5/16, and 1/16
    to the right. Colours are compared in sRGB, the space in which errors are added: in another space errors would grow.
    sRGB keeps the detail of dark parts on a board with visible pixels.

    :param rgb: height x width x 3.
    :param opaque: height x width; a transparent pixel passes no error on.
    :return: indices, height x width.
    """
    height, width = opaque.shape
    shades = _rgb(palette).astype(np.float32)
    # A margin left, right and below receives the errors that leave the image.
    stride = width + 2
    wanted = np.zeros((height + 1, stride, 3), np.float32)
    wanted[:-1, 1:-1] = rgb
    passing = np.zeros((height + 1, stride, 1), np.float32)
    passing[:-1, 1:-1, 0] = opaque
    chosen = np.zeros((height + 1, stride), np.uint8)
    wanted_flat, passing_flat, chosen_flat = wanted.reshape(-1, 3), passing.reshape(-1, 1), chosen.reshape(-1)
    # A pixel needs the left neighbour and the row above as far as one column to the right. So all pixels of the same
    # column + 2 * row can be done at once; in flat order these pixels are stride - 2 apart.
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
    """Make an array of the palette's colours, one a row."""
    return np.array([colour.rgb for colour in palette], np.uint8)


def _closest(colours: Floats | Doubles, shades: Floats | Doubles) -> NDArray[np.intp]:
    """Find the row of ``shades`` nearest to each row of ``colours``; the first row if several are equally near."""
    # |c - s|^2 without |c|^2, which is the same for all shades.
    rows: NDArray[np.intp] = ((shades * shades).sum(axis=1) - 2 * (colours @ shades.T)).argmin(axis=1)
    return rows
