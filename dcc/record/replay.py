"""From a record's tables to boards: keyframes, and the strokes after them.

Functions over a connection, for the writer and for those who read. A board of a size that the canvas has
outgrown is given in the size of the canvas now: it was grown to the right and downwards, so every pixel keeps
its column and its row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from dcc.core import packing
from dcc.core.canvas import PIXEL_BYTES, Canvas, pack_pixels, unpack_pixels
from dcc.core.palette import Palette
from dcc.core.placements import Size
from dcc.errors import PixelRejected

ROWS_AT_ONCE = 200
"""Strokes read in one go. No read lasts long, since the write-ahead log cannot be emptied while one does; and none
takes much memory: a stroke has up to 40 KiB. More at once is no faster.
"""


class Damage(Exception):
    """The record contradicts itself; says how."""


class Keyframe(NamedTuple):
    """A whole board as of a sequence.

    :ivar packed: its colours as the record keeps them.
    """

    sequence: int
    size: Size
    packed: bytes

    @classmethod
    def of(cls, sequence: int, canvas: Canvas) -> Keyframe:
        """The keyframe of a canvas that is as of ``sequence``."""
        return cls(sequence, Size(canvas.width, canvas.height), packing.compress(canvas.colours))

    def canvas(self, palette: Palette) -> Canvas:
        """Unpack it.

        :raises Damage: it is none.
        """
        cells = self.size.width * self.size.height
        try:
            colours = packing.decompress(self.packed, cells)
            if len(colours) != cells:
                raise ValueError(f"there are {len(colours)}")
        except ValueError as error:
            shape = f"{self.size.width}x{self.size.height}"
            raise Damage(f"keyframe {self.sequence}: not the {cells} cells of {shape} ({error})") from None
        return Canvas(self.size.width, self.size.height, palette, colours)


def insert_keyframe(connection: sqlite3.Connection, keyframe: Keyframe) -> None:
    """Add a keyframe, in place of one of the same sequence."""
    connection.execute(
        "INSERT OR REPLACE INTO keyframes VALUES (?, ?, ?, ?)", (keyframe.sequence, *keyframe.size, keyframe.packed)
    )


def keyframe_at(connection: sqlite3.Connection, sequence: int) -> Keyframe:
    """The last keyframe that is not later than ``sequence``.

    :raises Damage: there is none.
    """
    row = connection.execute(
        "SELECT sequence, width, height, colours FROM keyframes WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1",
        (sequence,),
    ).fetchone()
    if row is None:
        raise Damage(f"no keyframe up to {sequence}")
    number, width, height, packed = row
    return Keyframe(number, Size(width, height), packed)


def last_sequence(connection: sqlite3.Connection) -> int:
    """The sequence of the last placement; 0 before the first."""
    (sequence,) = connection.execute("SELECT max(sequence) FROM strokes").fetchone()
    return sequence or 0


def read_pixels(connection: sqlite3.Connection, after: int, until: int) -> Iterator[bytes]:
    """The pixels of the placements ``after + 1`` to ``until``, packed, in pieces, in the sizes of their time.

    :param after: where a stroke ends.
    :raises Damage: a placement is missing, or there are two of a number.
    """
    reached = after
    while reached < until:
        rows = connection.execute(
            "SELECT sequence, pixels FROM strokes WHERE sequence > ? ORDER BY sequence LIMIT ?",
            (reached, ROWS_AT_ONCE),
        ).fetchall()
        if not rows:
            raise Damage(f"no placement after {reached}")
        pieces = []
        for sequence, pixels in rows:
            if sequence >= until:
                pixels = pixels[: len(pixels) - (sequence - until) * PIXEL_BYTES]
                sequence = until
            reached += len(pixels) // PIXEL_BYTES
            if reached != sequence or not pixels or len(pixels) % PIXEL_BYTES:
                raise Damage(f"the stroke up to {sequence} does not follow the one before it")
            pieces.append(pixels)
            if reached == until:
                break
        yield b"".join(pieces)


def board_at(connection: sqlite3.Connection, palette: Palette, sequence: int) -> Canvas:
    """The board as of ``sequence``, in its size of then.

    :raises Damage: the record contradicts itself.
    """
    keyframe = keyframe_at(connection, sequence)
    canvas = keyframe.canvas(palette)
    for pixels in read_pixels(connection, keyframe.sequence, sequence):
        apply(canvas, pixels)
    return canvas


def apply(canvas: Canvas, pixels: bytes) -> None:
    """Set pixels that come from a file.

    :raises Damage: the canvas has no such cell or colour.
    """
    try:
        canvas.check(pixels)
    except PixelRejected as error:
        raise Damage(str(error)) from None
    canvas.apply(pixels)


def grow(canvas: Canvas, size: Size) -> Canvas:
    """The same picture on a board of a size that is no smaller either way; what is new has the first colour."""
    if size == (canvas.width, canvas.height):
        return canvas
    margin = bytes(size.width - canvas.width)
    rows = [
        bytes(canvas.colours[start : start + canvas.width]) + margin
        for start in range(0, len(canvas.colours), canvas.width)
    ]
    rows.append(bytes(size.width * (size.height - canvas.height)))
    return Canvas(size.width, size.height, canvas.palette, b"".join(rows))


def grow_pixels(pixels: bytes, old_width: int, width: int) -> bytes:
    """The same pixels on a board of another width."""
    if old_width == width:
        return pixels
    return pack_pixels((cell // old_width * width + cell % old_width, colour) for cell, colour in unpack_pixels(pixels))
