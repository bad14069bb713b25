"""The areas of a board: named parts, and who may paint in each.

A map has the number of the topmost area of each cell, so that a paint costs one lookup for each pixel, however many
areas there are.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter

from dcc import limits, reasons
from dcc.core.actions import Allowed, Area, Group, Rectangle, is_allowed
from dcc.core.canvas import PIXEL_BYTES, unpack_pixels
from dcc.core.people import Role
from dcc.core.placements import Size
from dcc.errors import PixelRejected, Refusal

_SEVERAL = 8
"""Pixels from which on one call for all of them is faster than one for each."""

_read_cell = struct.Struct("<I").unpack_from


def _reader_of(count: int) -> Callable[[bytes], tuple[int, ...]]:
    """Return what reads the cells of so many packed pixels."""
    return struct.Struct("<" + "Ix" * count).unpack


_kept_reader_of = lru_cache(maxsize=64)(_reader_of)
"""Painters use few counts again and again."""

_KEPT = 1000
"""Pixels up to which a reader is kept: it takes 32 bytes for each of its pixels."""


_REST = 0
"""In the map: no area."""


class Areas:
    """The areas of one board.

    :ivar rest: who may paint outside of all areas.
    :ivar all: from below to the top.
    """

    def __init__(self, size: Size) -> None:
        self.rest: Allowed = Group.EVERYBODY
        self.all: tuple[Area, ...] = ()
        self._size = size
        self._map: array[int] | None = None  # the number of each cell's area, from 1; None without an area

    def check(self, added: tuple[Area, ...]) -> None:
        """Check that areas can be added.

        :raises Refusal: they are too many, one is not on the board, or a name is taken or comes twice.
        """
        if len(self.all) + len(added) > limits.AREAS:
            raise Refusal(reasons.TOO_MANY_AREAS, zonas=limits.AREAS)
        names, taken = set[str](), {area.name for area in self.all}
        for area in added:
            if area.name in names:
                raise Refusal(reasons.SAME_NAME_TWICE, nombre=area.name)
            if area.name in taken:
                raise Refusal(reasons.NAME_TAKEN, nombre=area.name)
            self.check_place(area.place, area.name)
            names.add(area.name)

    def check_place(self, place: Rectangle, name: str = "") -> None:
        """Check that a part of the board is on the board.

        :raises Refusal: it is not.
        """
        width, height = self._size
        if place.column + place.width > width or place.row + place.height > height:
            shown = name or f"{place.column},{place.row} {place.width}x{place.height}"
            raise Refusal(reasons.AREA_OUTSIDE, zona=shown, ancho=width, alto=height)

    def add(self, added: tuple[Area, ...]) -> None:
        """Put areas on top of the others."""
        first = len(self.all) + 1
        self.all += added
        self._draw(first)

    def remove(self, names: tuple[str, ...]) -> None:
        """Remove areas by name; all of them if no name is given."""
        self.all = tuple(area for area in self.all if names and area.name not in names)
        self._map = None
        self._draw(1)

    def _draw(self, first: int) -> None:
        """Draw areas on the map, from the first number on."""
        if not self.all:
            return
        width, height = self._size
        if self._map is None:
            self._map = array("H", bytes(2 * width * height))
        for number, area in enumerate(self.all[first - 1 :], start=first):
            place = area.place
            line = array("H", [number]) * place.width
            for row in range(place.row, place.row + place.height):
                start = row * width + place.column
                self._map[start : start + place.width] = line

    def allowed(self, name: str, role: Role) -> bytes | None:
        """Find out where somebody may paint.

        :param name: the proven name; empty without one.
        :return: 1 or 0 for the rest of the board and for each area; None for everywhere.
        """
        places = [self.rest, *(area.allowed for area in self.all)]
        allowed = bytes([is_allowed(each, name, role) for each in places])
        return allowed if 0 in allowed else None

    def permit(self, allowed: bytes, pixels: bytes) -> None:
        """Check that each pixel is where somebody may paint.

        :param allowed: from :meth:`allowed`, since the areas last changed.
        :param pixels: packed, on the board.
        :raises PixelRejected: one is not.
        """
        numbers = self._map
        if numbers is None:
            raise PixelRejected(reasons.FOREIGN_REST)
        if len(pixels) == PIXEL_BYTES:
            number = numbers[_read_cell(pixels)[0]]
            if not allowed[number]:
                raise self._forbidden(number)
            return
        if len(pixels) < _SEVERAL * PIXEL_BYTES:
            for cell, _colour in unpack_pixels(pixels):
                if not allowed[numbers[cell]]:
                    raise self._forbidden(numbers[cell])
            return
        count = len(pixels) // PIXEL_BYTES
        read_cells = _kept_reader_of(count) if count <= _KEPT else _reader_of(count)
        painted = itemgetter(*read_cells(pixels))(numbers)
        if 0 in itemgetter(*painted)(allowed):
            raise self._forbidden(next(number for number in painted if not allowed[number]))

    def _forbidden(self, number: int) -> PixelRejected:
        if number == _REST:
            return PixelRejected(reasons.FOREIGN_REST)
        return PixelRejected(reasons.FOREIGN_AREA, zona=self.all[number - 1].name)


def grid(names: tuple[str, ...], place: Rectangle) -> tuple[Area, ...]:
    """Divide a part of the board into equal areas, as square as they can be, one for each name, row by row.

    :raises Refusal: no name is given, a name comes twice, or the areas do not fit.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Refusal(reasons.SAME_NAME_TWICE, nombre=name)
        seen.add(name)
    best: tuple[float, int, int] | None = None
    for columns in range(1, min(len(names), place.width) + 1):
        lines = -(-len(names) // columns)
        if lines <= place.height:
            width, height = place.width // columns, place.height // lines
            best = max(best or (0.0, 0, 0), (min(width, height) + width * height / 2**32, columns, lines))
    if best is None:
        raise Refusal(reasons.NO_ROOM_FOR_AREAS, zonas=len(names), ancho=place.width, alto=place.height)
    _size, columns, lines = best
    width, height = place.width // columns, place.height // lines
    return tuple(
        Area(
            name,
            Rectangle(place.column + number % columns * width, place.row + number // columns * height, width, height),
            (name,),
        )
        for number, name in enumerate(names)
    )
