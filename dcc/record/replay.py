"""From a record's tables to boards: keyframes, and the strokes after each keyframe.

Functions over a connection, for the writer and for readers. Boards and pixels are in the size of their time;
:func:`grow` and :func:`grow_pixels` bring them to the size of today. A canvas grows to the right and downwards, so
every pixel keeps column and row.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from dcc import reasons
from dcc.core import packing
from dcc.core.canvas import PIXEL_BYTES, Canvas, pack_pixels, unpack_pixels
from dcc.core.palette import Palette
from dcc.core.placements import Size
from dcc.errors import PixelRejected
from dcc.language import _
from dcc.record import checksum, rows
from dcc.record.rows import Damage, Painters


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


def insert_keyframe(connection: sqlite3.Connection, keyframe: Keyframe, state: bytes) -> None:
    """Add a keyframe, or replace the keyframe of the same sequence.

    :param state: the checksum of the strokes up to the keyframe.
    """
    connection.execute(
        "INSERT OR REPLACE INTO keyframes VALUES (?, ?, ?, ?, ?)",
        (keyframe.sequence, *keyframe.size, keyframe.packed, state),
    )


def insert_checksums(connection: sqlite3.Connection, sequence: int, state: bytes) -> None:
    """Add the row of checksums to a record without actions.

    :param sequence: of the last placement.
    :param state: the checksum of the strokes up to then.
    :raises Damage: the canvas has wrong values.
    """
    row = sequence, state, canvas_checksum(connection), 0
    connection.execute("INSERT INTO checksums VALUES (?, ?, ?, ?)", row)


def canvas_checksum(connection: sqlite3.Connection) -> bytes:
    """Compute the checksum of id, palette, sizes, ground and secret.

    :raises Damage: one of them has a wrong value.
    """
    identity = rows.read_identity(connection)
    return checksum.canvas_digest(
        identity.canvas_id,
        identity.palette_text,
        rows.read_sizes(connection),
        ground(connection, identity.palette),
        rows.read_secret(connection),
    )


def keyframe_at(connection: sqlite3.Connection, sequence: int) -> Keyframe:
    """Read the last keyframe up to ``sequence``.

    :raises Damage: there is no keyframe, or the keyframe has wrong values.
    """
    return Keyframe(*rows.read_keyframe(connection, sequence))


def read_pixels(connection: sqlite3.Connection, after: int, until: int) -> Iterator[bytes]:
    """Read the pixels of the placements ``after + 1`` to ``until``, packed, in pieces, in the sizes of their time.

    :param after: the end of a stroke.
    :raises Damage: a placement is missing, two have the same number, or pixels are no whole pixels.
    """
    for strokes in rows.read_strokes(connection, after, until):
        pieces = [pixels for _sequence, pixels in strokes]
        surplus = strokes[-1][0] - until
        if surplus > 0:
            pieces[-1] = pieces[-1][: -surplus * PIXEL_BYTES]
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


class Replay:
    """Paints a record again from the blank board on, and computes the checksum of the strokes and actions.

    :ivar sequence: of the last placement so far.
    :ivar canvas: as of then.
    :ivar state: the checksum, with the actions up to which fewer placements were recorded.
    :ivar strokes: how many so far.
    :ivar painters: the numbers of the painters so far.
    """

    def __init__(self, connection: sqlite3.Connection, canvas: Canvas) -> None:
        self.sequence = 0
        self.canvas = canvas
        self.state = checksum.NO_STROKES
        self.strokes = 0
        self.painters: set[int] = set()
        self._connection = connection
        self._known = Painters(connection)
        self._actions = Actions(connection)

    def advance(self, until: int, progress: Callable[[int], object] = lambda _placements: None) -> None:
        """Paint the placements up to ``until``, which must be the end of a stroke.

        :param progress: told each number of placements that were painted.
        :raises Damage: a stroke has a wrong value, or a place that is not on the board.
        """
        for strokes in rows.read_strokes(self._connection, self.sequence, until, "painter", "after_ms"):
            self.state, pixels = add_strokes(self.state, strokes, self._known, self._actions)
            apply(self.canvas, pixels)
            self.painters.update([stroke[2] for stroke in strokes])
            self.strokes += len(strokes)
            self.sequence = strokes[-1][0]
            progress(len(pixels) // PIXEL_BYTES)
        if self.sequence != until:
            raise Damage(_("a board is kept as of {number}, inside of a stroke").format(number=until))

    @property
    def actions(self) -> int:
        """How many actions so far."""
        return self._actions.taken

    def finish(self, last_action: int) -> None:
        """Add the actions after the last placement to the checksum.

        :raises Damage: the last action is another one, or an action has a wrong value.
        """
        self.state = add_actions(self.state, self._known, self._actions, last_action, self.sequence)
        self.painters |= self._actions.painters


def renew_checksums(
    connection: sqlite3.Connection, progress: Callable[[int], object] = lambda _placements: None
) -> None:
    """Compute all checksums of a record anew, and check all of the record on the way: a checksum of damage is worth
    nothing.

    :param progress: told each number of placements that were read.
    :raises Damage: the record contradicts itself.
    """
    last, last_action = rows.last_sequence(connection), rows.last_action(connection)
    palette, kept = rows.read_identity(connection).palette, list(rows.keyframe_sizes(connection))
    run = Replay(connection, Canvas.blank(kept[0][1], palette, ground(connection, palette)))
    for sequence, size in kept:
        run.advance(sequence, progress)
        run.canvas = grow(run.canvas, size, connection)
        if keyframe_at(connection, sequence).canvas(palette).colours != run.canvas.colours:
            raise Damage(_("kept board {number} differs from the placements before").format(number=sequence))
        connection.execute("UPDATE keyframes SET checksum = ? WHERE sequence = ?", (run.state, sequence))
    run.advance(last, progress)
    run.finish(last_action)
    connection.execute("DELETE FROM checksums")
    row = last, run.state, canvas_checksum(connection), last_action
    connection.execute("INSERT INTO checksums VALUES (?, ?, ?, ?)", row)


class Actions:
    """The actions after one, to be taken in the order of the record.

    :ivar taken: the number of the last action that was taken.
    :ivar painters: the numbers of the painters of those that were taken.
    """

    def __init__(self, connection: sqlite3.Connection, after: int = 0) -> None:
        """:param after: the number of an action."""
        self.taken = after
        self.painters: set[int] = set()
        self._actions = rows.read_actions(connection, after)
        self._next: rows.RecordedAction | None = None
        self._step()

    def _step(self) -> None:
        self._next = next(self._actions, None)
        self.next_at = sys.maxsize if self._next is None else self._next.sequence
        """The sequence of the last placement before the next action; a huge number without one."""

    def take(self, painters: Painters) -> bytes:
        """Take the next action.

        :return: the part of the stream of the checksum.
        :raises Damage: there is no such painter, or the action after has a wrong value.
        """
        action = self._next
        assert action is not None
        self.taken = action.number
        self.painters.add(action.painter)
        digest = painters[action.painter].digest
        self._step()
        return checksum.pack_action(action.time_ms, digest, action.cells, action.text)


def add_strokes(
    state: bytes, strokes: Sequence[tuple[int, bytes, Any, Any]], painters: Painters, actions: Actions
) -> tuple[bytes, bytes]:
    """Add strokes, and the actions before each of them, to a checksum.

    :param strokes: rows of sequence, pixels, painter and after_ms.
    :return: the new state, and the pixels of all.
    :raises Damage: a stroke or an action has a wrong value.
    """
    pieces: list[bytes] = []
    pixels = [stroke[1] for stroke in strokes]
    for (painter, time_ms), stroke in zip(painters.of(strokes), strokes, strict=True):
        count = len(stroke[1]) // PIXEL_BYTES
        if actions.next_at < stroke[0]:
            while actions.next_at <= stroke[0] - count:
                pieces.append(actions.take(painters))
            if actions.next_at < stroke[0]:
                raise Damage(_("action {number} is inside of a stroke").format(number=actions.taken + 1))
        pieces += (checksum.pack_head(time_ms, count), painter.digest, stroke[1])
    return checksum.extend(state, b"".join(pieces)), b"".join(pixels)


def add_actions(state: bytes, painters: Painters, actions: Actions, last_action: int, last_sequence: int) -> bytes:
    """Add the actions after the last stroke to a checksum.

    :param last_action: the number of the last action.
    :param last_sequence: of the last stroke.
    :return: the new state.
    :raises Damage: the last action is another one, or one of them has a wrong value.
    """
    while actions.next_at <= last_sequence and actions.taken < last_action:
        state = checksum.extend(state, actions.take(painters))
    if actions.taken != last_action:
        raise Damage(
            _("the last action is {number}, and should be {expected}").format(
                number=actions.taken, expected=last_action
            )
        )
    return state


def kept_checksum_after(connection: sqlite3.Connection, sequence: int, until: int) -> bytes:
    """Compute the checksum as a board kept as of ``until`` has it, from the board kept as of ``sequence``.

    :param until: the end of a stroke.
    :raises Damage: a stroke between them is missing, or has a wrong value.
    """
    state, painters = rows.read_kept_checksum(connection, sequence), Painters(connection)
    actions = Actions(connection, rows.count_actions_before(connection, sequence))
    for strokes in rows.read_strokes(connection, sequence, until, "painter", "after_ms"):
        state, _pixels = add_strokes(state, strokes, painters, actions)
    return state


def checksum_after(connection: sqlite3.Connection, start: rows.Kept, end: rows.Kept) -> bytes:
    """Compute the checksum as of ``end`` from the checksum as of ``start``. A file continues another file if this
    gives the checksum of the first for the sequence and the checksum of the other (:func:`rows.read_checksums`).

    :return: the state.
    :raises Damage: a stroke or an action between them is missing, or has a wrong value.
    """
    state, painters, actions = start.strokes, Painters(connection), Actions(connection, start.actions)
    for strokes in rows.read_strokes(connection, start.sequence, end.sequence, "painter", "after_ms"):
        state, _pixels = add_strokes(state, strokes, painters, actions)
    return add_actions(state, painters, actions, end.actions, end.sequence)


def apply(canvas: Canvas, pixels: bytes) -> None:
    """Set pixels from a file.

    :raises Damage: the canvas lacks a cell or a colour.
    """
    check(pixels, Size(canvas.width, canvas.height), canvas.palette)
    canvas.apply(pixels)


def check(pixels: bytes, size: Size, palette: Palette) -> None:
    """Check packed pixels from a file.

    :raises Damage: a board of this size and palette lacks a cell or a colour.
    """
    # max() is four times as fast as a loop over the pixels.
    cell, _colour = max(unpack_pixels(pixels), default=(0, 0))
    if cell >= size.width * size.height:
        outside = PixelRejected(reasons.OUTSIDE_CELL, celda=cell, ancho=size.width, alto=size.height)
        raise Damage(str(outside))
    colour = max(pixels[PIXEL_BYTES - 1 :: PIXEL_BYTES], default=0)
    if colour >= len(palette):
        raise Damage(str(PixelRejected(reasons.NO_SUCH_COLOUR, color=colour, colores=len(palette))))


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
