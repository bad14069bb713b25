"""Where an image goes on a board, how large, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dcc.core.palette import Palette
from dcc.errors import ImageError
from dcc.images import quantize
from dcc.images.files import true_size
from dcc.images.quantize import Bytes
from dcc.language import _


@dataclass(frozen=True)
class Placement:
    """Where an image goes on a board, and how large, in cells."""

    column: int
    row: int
    width: int
    height: int


def place(size: tuple[int, int], at: tuple[int, int], width: int | None, board: tuple[int, int]) -> Placement:
    """Find where an image goes, and how large.

    An image larger than the board is made smaller; the place never changes the size.

    :param size: of the image: width, height.
    :param at: column and row of its upper left corner.
    :param width: of the painting; if left out, the image's own, or less to fit the board.
    :param board: its width and height.
    :raises ImageError: the image does not fit; the error says what would.
    """
    column, row = at
    if column >= board[0] or row >= board[1]:
        raise ImageError(
            _("--at {column},{row} is outside of the board of {width} x {height}").format(
                column=column, row=row, width=board[0], height=board[1]
            )
        )
    if width is None:
        width = min(size[0], max(1, _widest(size, board)))
        height = min(board[1], _in_proportion(size, width))
    else:
        height = _in_proportion(size, width)
    room = board[0] - column, board[1] - row
    if width <= room[0] and height <= room[1]:
        return Placement(column, row, width, height)
    raise ImageError(
        _("{width} x {height} does not fit: from {column},{row} there is room for {room_width} x {room_height}").format(
            width=width, height=height, column=column, row=row, room_width=room[0], room_height=room[1]
        )
        + _what_fits(size, (width, height), at, board)
    )


def _what_fits(size: tuple[int, int], wanted: tuple[int, int], at: tuple[int, int], board: tuple[int, int]) -> str:
    """Write the end of a line: the options with which an image fits; empty if there are none."""
    options = []
    if wanted[0] <= board[0] and wanted[1] <= board[1]:
        options.append(f"--at {min(at[0], board[0] - wanted[0])},{min(at[1], board[1] - wanted[1])}")
    if widest := _widest(size, (board[0] - at[0], board[1] - at[1])):
        options.append(f"--width {widest}")
    match options:
        case []:
            return ""
        case [option]:
            return _("; it fits with {option}").format(option=option)
    return _("; it fits with {option} or with {other}").format(option=options[0], other=options[1])


def _widest(size: tuple[int, int], room: tuple[int, int]) -> int:
    """Return the largest width in proportion that fits; 0 if none does."""
    return min(room[0], room[1] * size[0] // size[1])


def _in_proportion(size: tuple[int, int], width: int) -> int:
    return max(1, round(size[1] * width / size[0]))


@dataclass(frozen=True)
class Placed:
    """An image on a board.

    :ivar colours: an index into the palette for each cell of the placement, height x width.
    :ivar opaque: which of these cells are to be painted.
    """

    placement: Placement
    colours: Bytes
    opaque: NDArray[np.bool_]


def put(
    image: Image.Image, at: tuple[int, int], width: int | None, *, mixes: bool, board: tuple[int, int], palette: Palette
) -> Placed:
    """Put an image on a board.

    :param image: RGBA.
    :param at, width, board: as for :func:`place`.
    :param mixes: see :func:`dcc.images.quantize.in_colours`.
    :raises ImageError: the image does not fit.
    """
    placement = place(true_size(image), at, width, board)
    size = placement.width, placement.height
    if size != image.size:
        # An enlarged drawing keeps its hard edges.
        shrinks = size[0] < image.width
        image = image.resize(size, Image.Resampling.LANCZOS if shrinks else Image.Resampling.NEAREST)
    return Placed(placement, *quantize.in_colours(np.asarray(image), palette, mixes=mixes))


def tell_size(image: Image.Image, placement: Placement) -> str:
    """Say in a line that an image has another size on the board; empty if it has not."""
    true, size = true_size(image), (placement.width, placement.height)
    if size == true:
        return ""
    return _("{width} x {height} becomes {columns} x {rows} on the board").format(
        width=true[0], height=true[1], columns=size[0], rows=size[1]
    )
