"""The pixels of a board, and packed pixels: n x (u32 cell, u8 colour), little-endian.

A cell is ``row * width + column``.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator

from dcc import reasons
from dcc.core.palette import Palette
from dcc.core.placements import Size
from dcc.errors import PixelRejected
from dcc.wording import clip

_PIXEL = struct.Struct("<IB")

_BYTES = bytes(range(256))

PIXEL_BYTES = _PIXEL.size


_MANY_BYTES = 32 * PIXEL_BYTES
"""From so many packed pixels on, :meth:`Canvas.check` is faster byte by byte than pixel by pixel."""


def pack_pixels(pixels: Iterable[tuple[int, int]]) -> bytes:
    """Pack ``(cell, colour)`` pairs."""
    pack = _PIXEL.pack
    return b"".join([pack(cell, colour) for cell, colour in pixels])


def unpack_pixels(pixels: bytes) -> Iterator[tuple[int, int]]:
    """Unpack pixels into ``(cell, colour)`` pairs, in order."""
    return _PIXEL.iter_unpack(pixels)


def pack_cells(cells: list[int], colours: bytes) -> bytes:
    """Pack cells and the colour of each. A million cells take some ten milliseconds."""
    numbers = array("I", cells)
    if sys.byteorder == "big":
        numbers.byteswap()
    data = numbers.tobytes()
    pixels = bytearray(len(cells) * PIXEL_BYTES)
    for position in range(4):
        pixels[position::PIXEL_BYTES] = data[position::4]
    pixels[4::PIXEL_BYTES] = colours
    return bytes(pixels)


def cells_of(pixels: bytes) -> array[int]:
    """Return the cells of packed pixels, in order; as fast as :func:`pack_cells`."""
    data = bytearray(len(pixels) // PIXEL_BYTES * 4)
    for position in range(4):
        data[position::4] = pixels[position::PIXEL_BYTES]
    numbers = array("I")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def fill_pixels(cells: list[int], colour: int) -> bytes:
    """Pack cells, all in one colour; as fast as :func:`pack_cells`."""
    return pack_cells(cells, bytes([colour]) * len(cells))


class Canvas:
    """A board's size, palette and pixels.

    :ivar colours: ``width * height`` indices into the palette, row by row.
    """

    def __init__(self, width: int, height: int, palette: Palette, colours: bytes | None = None) -> None:
        self.width = width
        self.height = height
        self.palette = palette
        self.colours = bytearray(width * height) if colours is None else bytearray(colours)
        if len(self.colours) != width * height:
            raise ValueError(f"{len(self.colours)} colours for a canvas of {width} x {height}")

    @classmethod
    def blank(cls, size: Size, palette: Palette, ground: int = 0) -> Canvas:
        """Make a board with all cells in the colour of an index into the palette."""
        return cls(*size, palette, bytes([ground]) * (size.width * size.height))

    def check(self, pixels: bytes) -> None:
        """Check that every cell and every colour of packed pixels is on the board.

        :raises PixelRejected: the first cell or colour that is not.
        """
        cells, shades = len(self.colours), len(self.palette)
        if len(pixels) >= _MANY_BYTES and self._is_clearly_on_board(pixels):
            return
        for cell, colour in _PIXEL.iter_unpack(pixels):
            if cell >= cells:
                raise PixelRejected(reasons.OUTSIDE_CELL, celda=cell, ancho=self.width, alto=self.height)
            if colour >= shades:
                raise PixelRejected(reasons.NO_SUCH_COLOUR, color=colour, colores=shades)

    def _is_clearly_on_board(self, pixels: bytes) -> bool:
        """Whether one look at each byte of the cells shows that all are on the board, and all colours too.

        The highest byte that is not 0 in the number of cells decides: a cell whose byte is smaller is on the board.
        """
        last = len(self.colours)
        top = (last.bit_length() - 1) // 8
        return (
            not pixels[4::PIXEL_BYTES].translate(None, _BYTES[: len(self.palette)])
            and not pixels[top::PIXEL_BYTES].translate(None, _BYTES[: last >> 8 * top])
            and not any(pixels[byte::PIXEL_BYTES].strip(b"\0") for byte in range(top + 1, 4))
        )

    def apply(self, pixels: bytes) -> None:
        """Set packed pixels in order. Pass only pixels that :meth:`check` accepts."""
        colours = self.colours
        for cell, colour in _PIXEL.iter_unpack(pixels):
            colours[cell] = colour

    def lookup(self, pixels: bytes) -> bytes:
        """Return the cells of packed pixels in their present colours, packed. Cells outside the board are left out."""
        colours, cells = self.colours, len(self.colours)
        return pack_pixels((cell, colours[cell]) for cell, _colour in _PIXEL.iter_unpack(pixels) if cell < cells)

    def cell(self, column: int, row: int) -> int:
        """Return the number of a cell.

        :raises PixelRejected: the column or the row is outside the board.
        """
        if 0 <= column < self.width and 0 <= row < self.height:
            return row * self.width + column
        raise PixelRejected(reasons.OUTSIDE_POSITION, columna=column, fila=row, ancho=self.width, alto=self.height)

    def pixel(self, column: int, row: int, colour: str) -> bytes:
        """Pack one pixel, whose colour is given by name.

        :raises PixelRejected: the column or the row is outside the board, or the palette has no colour of that name.
        """
        cell = self.cell(column, row)
        if colour not in self.palette.index:
            raise PixelRejected(reasons.NO_SUCH_COLOUR_NAME, color=clip(colour))
        return _PIXEL.pack(cell, self.palette.index[colour])
