"""From a record's tables to boards: keyframes, and the strokes after each keyframe.

Functions over a connection, for the writer and for readers. Boards and pixels are in the size of their time;
:func:`grow` and :func:`grow_pixels` bring them to the size of today. A canvas grows to the right and downwards, so
every pixel keeps column and row.
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
from dcc.language import _

ROWS_AT_ONCE = 200
"""Strokes in one query. No query lasts long, since the write-ahead log cannot be emptied during a query. No query takes
much memory either: a stroke has up to 40 KiB. More strokes at once are no faster.
"""


class Damage(Exception):
    """A contradiction in the record; the text, in English like all of ``dcc verify``, names the place."""


class Keyframe(NamedTuple):
    """A whole board as of a sequence.

    :ivar packed: the colours as the record keeps them.
    """

    sequence: int
    size: Size
    packed: bytes

    @classmethod
    def of(cls, sequence: int, canvas: Canvas) -> Keyframe:
        """Make the keyframe of a canvas as of ``sequence``."""
        return cls(sequence, Size(canvas.width, canvas.height), packing.compress(canvas.colours))

    def canvas(self, palette: Palette) -> Canvas:
        """Unpack the board.

        :raises Damage: the packed colours are no board of this size.
        """
        cells = self.size.width * self.size.height
        try:
            colours = packing.decompress(self.packed, cells)
            if len(colours) != cells:
                raise ValueError(f"there are {len(colours)}")
        except ValueError as error:
            shape = f"{self.size.width}x{self.size.height}"
            raise Damage(
                _("kept board {number}: not the {cells} cells of {shape} ({error})").format(
                    number=self.sequence, cells=cells, shape=shape, error=error
                )
            ) from None
        return Canvas(self.size.width, self.size.height, palette, colours)


def insert_keyframe(connection: sqlite3.Connection, keyframe: Keyframe) -> None:
    """Add a keyframe, or replace the keyframe of the same sequence."""
    connection.execute(
        "INSERT OR REPLACE INTO keyframes VALUES (?, ?, ?, ?)", (keyframe.sequence, *keyframe.size, keyframe.packed)
    )


def keyframe_at(connection: sqlite3.Connection, sequence: int) -> Keyframe:
    """Read the last keyframe up to ``sequence``.

    :raises Damage: there is no keyframe.
    """
    row = connection.execute(
        "SELECT sequence, width, height, colours FROM keyframes WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1",
        (sequence,),
    ).fetchone()
    if row is None:
        raise Damage(_("no kept board up to {sequence}").format(sequence=sequence))
    number, width, height, packed = row
    return Keyframe(number, Size(width, height), packed)


def last_sequence(connection: sqlite3.Connection) -> int:
    """Read the sequence of the last placement; 0 before the first."""
    (sequence,) = connection.execute("SELECT max(sequence) FROM strokes").fetchone()
    return sequence or 0


def read_pixels(connection: sqlite3.Connection, after: int, until: int) -> Iterator[bytes]:
    """Read the pixels of the placements ``after + 1`` to ``until``, packed, in pieces, in the sizes of their time.

    :param after: the end of a stroke.
    :raises Damage: a placement is missing, or two have the same number.
    """
    reached = after
    while reached < until:
        rows = connection.execute(
            "SELECT sequence, pixels FROM strokes WHERE sequence > ? ORDER BY sequence LIMIT ?",
            (reached, ROWS_AT_ONCE),
        ).fetchall()
        if not rows:
            raise Damage(_("no placement after {sequence}").format(sequence=reached))
        pieces = []
        for sequence, pixels in rows:
            if sequence >= until:
                pixels = pixels[: len(pixels) - (sequence - until) * PIXEL_BYTES]
                sequence = until
            reached += len(pixels) // PIXEL_BYTES
            if reached != sequence or not pixels or len(pixels) % PIXEL_BYTES:
                raise Damage(
                    _("the stroke up to {sequence} does not follow the stroke before").format(sequence=sequence)
                )
            pieces.append(pixels)
            if reached == until:
                break
        yield b"".join(pieces)


def board_at(connection: sqlite3.Connection, palette: Palette, sequence: int) -> Canvas:
    """Make the board as of ``sequence``, in the size of then.

    :raises Damage: see above.
    """
    keyframe = keyframe_at(connection, sequence)
    canvas = keyframe.canvas(palette)
    for pixels in read_pixels(connection, keyframe.sequence, sequence):
        apply(canvas, pixels)
    return canvas


def apply(canvas: Canvas, pixels: bytes) -> None:
    """Set pixels from a file.

    :raises Damage: the canvas lacks a cell or a colour.
    """
    try:
        canvas.check(pixels)
    except PixelRejected as error:
        raise Damage(str(error)) from None
    canvas.apply(pixels)


def ground(connection: sqlite3.Connection, palette: Palette) -> int:
    """Read the colour of the blank board, on which the record begins.

    :raises Damage: there is no blank board.
    """
    return keyframe_at(connection, 0).canvas(palette).colours[0]


def grow(canvas: Canvas, size: Size, connection: sqlite3.Connection) -> Canvas:
    """Put the same picture on a board of at least the same width and height; new cells have the ground's colour.

    :raises Damage: there is no blank board.
    """
    if size == (canvas.width, canvas.height):
        return canvas
    new = bytes([ground(connection, canvas.palette)])
    margin = new * (size.width - canvas.width)
    rows = [
        bytes(canvas.colours[start : start + canvas.width]) + margin
        for start in range(0, len(canvas.colours), canvas.width)
    ]
    rows.append(new * (size.width * (size.height - canvas.height)))
    return Canvas(size.width, size.height, canvas.palette, b"".join(rows))


def grow_pixels(pixels: bytes, old_width: int, width: int) -> bytes:
    """Renumber the cells of pixels for a board of another width."""
    if old_width == width:
        return pixels
    return pack_pixels((cell // old_width * width + cell % old_width, colour) for cell, colour in unpack_pixels(pixels))
