"""Reading a record, in any process, also while a server writes.

    with Reader("dcc.sqlite3") as reader:
        canvas = reader.canvas_at(reader.sequence_at(time_ms))
        for pixels in reader.pixels(after=0):
            canvas.apply(pixels)

Memory does not grow with the record. No read lasts long: a range is read in pieces, as consistent as one read, since
recorded placements never change. All cells are numbered as on the board of today, also in strokes from before the board
grew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from dcc.core import packing
from dcc.core.canvas import PIXEL_BYTES, Canvas, unpack_pixels
from dcc.core.placements import Moment, Painter, Placement, Size, Span
from dcc.errors import RecordError
from dcc.language import _
from dcc.record import database, replay
from dcc.record.replay import Damage

_PLACEMENTS_AT_ONCE = 1_000_000
"""How many placements one query searches, in some 50 ms."""

_PAINTERS_REMEMBERED = 1000
"""Painters whose row is not looked up again, in some 0.5 MB: one part of a record is rarely by more painters."""


@dataclass(frozen=True)
class RecordedStroke:
    """Pixels that were painted together.

    :ivar sequence: of the last placement; the others have the sequences before.
    :ivar time_ms: milliseconds since 1970-01-01 UTC.
    :ivar pixels: packed, in order.
    """

    sequence: int
    time_ms: int
    painter: Painter
    pixels: bytes


@dataclass(frozen=True)
class Painting:
    """One placement on a cell, and the index of its colour."""

    placement: Placement
    colour: int


class Reader:
    """Reads one record. Used by one thread at a time.

    :ivar canvas_id: names the canvas.
    :ivar palette: the colours of the canvas.
    :ivar size: width and height in cells.
    """

    def __init__(self, path: str | Path) -> None:
        """:raises RecordError: the file is missing, is no record, or is of another version."""
        self.path = database.resolve(path)
        self._painter = lru_cache(_PAINTERS_REMEMBERED)(self._read_painter)
        self._interrupted = False
        with database.faults_of(self.path):
            self._connection = database.connect_to_read(self.path)
        try:
            with self._faults():
                self.canvas_id, self.palette = database.read_identity(self._connection, self.path)
                self._sizes = self._read_sizes()
        except BaseException:
            self._connection.close()
            raise
        self.size = self._sizes[-1][1]

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def interrupt(self) -> None:
        """From another thread: end the current read with RecordError, and refuse all later reads."""
        self._interrupted = True
        self._connection.interrupt()

    # --- moments ---------------------------------------------------------------------------------

    def last_sequence(self) -> int:
        """Read the sequence of the last placement as of now; 0 before the first.

        :raises RecordError: the file cannot be read, as in every method.
        """
        with self._faults():
            return replay.last_sequence(self._connection)

    def time_of(self, sequence: int) -> int | None:
        """Read the time of a placement, in milliseconds since 1970-01-01 UTC; None without such a placement."""
        return self._stroke_of(sequence)[1] if 1 <= sequence <= self.last_sequence() else None

    def sequence_at(self, time_ms: int) -> int:
        """Find the last placement of a time or earlier; 0 if all placements are later.

        If the server's clock was once set back, the answer is one of the moments at which the clock showed the time.
        """
        low, high = 0, self.last_sequence()
        while low < high:
            last, made_ms, count = self._stroke_of((low + high + 1) // 2)
            if made_ms <= time_ms:
                low = last
            else:
                high = last - count
        return low

    def span(self) -> Span:
        """Tell how far the record goes."""
        sequence = self.last_sequence()
        return Span(sequence, self.time_of(1), self.time_of(sequence))

    def canvas_at(self, sequence: int) -> Canvas:
        """Make the board as of a placement, in the size of today; 0 is the blank board.

        :param sequence: at most the last.
        """
        with self._faults():
            return replay.grow(replay.board_at(self._connection, self.palette, sequence), self.size, self._connection)

    def moment(self, sequence: int) -> Moment:
        """Make the board as of a placement, or of the nearest placement, with its time."""
        sequence = max(0, min(sequence, self.last_sequence()))
        colours = bytes(self.canvas_at(sequence).colours)
        return Moment(sequence, self.time_of(sequence) or 0, colours, packing.pack(colours))

    # --- ranges ----------------------------------------------------------------------------------

    def pixels(self, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """Read the pixels of the placements ``after + 1`` to ``until`` (the last as of now), packed, in pieces.

        The fast way: 10 million in a few seconds.
        """
        until = self.last_sequence() if until is None else until
        for begin, end, size in self._stretches(after, until):
            last, _time_ms, count = self._stroke_of(begin + 1)
            surplus = begin - (last - count)  # pixels of the first stroke up to ``begin``
            pieces = replay.read_pixels(self._connection, begin - surplus, end)
            while True:
                with self._faults():
                    piece = next(pieces, None)
                if piece is None:
                    break
                yield replay.grow_pixels(piece[surplus * PIXEL_BYTES :], size.width, self.size.width)
                surplus = 0

    def strokes(self, after: int = 0, until: int | None = None) -> Iterator[RecordedStroke]:
        """Read the strokes with the placements ``after + 1`` to ``until`` (the last as of now), cut to the range."""
        until = self.last_sequence() if until is None else until
        for begin, end, size in self._stretches(after, until):
            reached = begin
            while reached < end:
                rows = self._rows(
                    "SELECT sequence, painter, after_ms, pixels FROM strokes"
                    " WHERE sequence > ? ORDER BY sequence LIMIT ?",
                    reached,
                    replay.ROWS_AT_ONCE,
                )
                if not rows:
                    raise self._damaged(f"no placement after {reached}")
                for sequence, painter_id, after_ms, pixels in rows:
                    first = sequence - len(pixels) // PIXEL_BYTES
                    last = min(sequence, end)
                    pixels = pixels[max(0, begin - first) * PIXEL_BYTES : (last - first) * PIXEL_BYTES]
                    painter, since_ms = self._painter(painter_id)
                    yield RecordedStroke(
                        last,
                        since_ms + after_ms,
                        painter,
                        replay.grow_pixels(pixels, size.width, self.size.width),
                    )
                    reached = sequence
                    if reached >= end:
                        break

    def history(self, cell: int) -> Iterator[Painting]:
        """Read the placements on a cell, newest first.

        Without an index, the record is searched as far back as the caller asks: 10 million placements in about half a
        second.
        """
        row, column = divmod(cell, self.size.width)
        rows = 1  # most callers want the newest alone
        for begin, end, size in reversed(list(self._stretches(0, self.last_sequence()))):
            if column >= size.width or row >= size.height:
                continue
            wanted = row * size.width + column
            while end > begin:
                start = max(begin, end - _PLACEMENTS_AT_ONCE)
                found = self._rows(
                    "SELECT sequence, painter, after_ms, pixels FROM strokes"
                    " WHERE sequence > ? AND sequence <= ? AND instr(pixels, ?) ORDER BY sequence DESC LIMIT ?",
                    start,
                    end,
                    wanted.to_bytes(4, "little"),  # also found across two pixels: compared below
                    rows,
                )
                for sequence, painter_id, after_ms, pixels in found:
                    painter, since_ms = self._painter(painter_id)
                    for back, (other, colour) in enumerate(reversed(list(unpack_pixels(pixels)))):
                        if other == wanted:
                            yield Painting(Placement(sequence - back, since_ms + after_ms, painter), colour)
                end = start if len(found) < rows else found[-1][0] - 1
                rows = min(2 * rows, replay.ROWS_AT_ONCE)

    # --- rows ------------------------------------------------------------------------------------

    @contextmanager
    def _faults(self) -> Iterator[None]:
        with database.faults_of(self.path):
            if self._interrupted:
                raise sqlite3.OperationalError("interrupted")
            try:
                yield
            except Damage as damage:
                raise self._damaged(str(damage)) from None

    def _damaged(self, reason: str) -> RecordError:
        return RecordError(database.damaged(self.path, reason))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._faults():
            return self._connection.execute(query, values).fetchall()

    def _stroke_of(self, sequence: int) -> tuple[int, int, int]:
        """Read the last sequence, the time and the number of pixels of the stroke of a placement."""
        rows = self._rows(
            "SELECT sequence, since_ms + after_ms, length(pixels) FROM strokes"
            " JOIN painters ON painters.id = painter WHERE sequence >= ? ORDER BY sequence LIMIT 1",
            sequence,
        )
        if not rows:
            raise self._damaged(f"no placement {sequence}")
        last, time_ms, length = rows[0]
        return last, time_ms, length // PIXEL_BYTES

    def _read_painter(self, number: int) -> tuple[Painter, int]:
        """Read a painter, and the time from which the times of their strokes count."""
        rows = self._rows("SELECT connection, name, address, since_ms FROM painters WHERE id = ?", number)
        if not rows:
            raise self._damaged(f"no painter {number}")
        connection, name, address, since_ms = rows[0]
        return Painter(connection, name, address), since_ms

    def _read_sizes(self) -> list[tuple[int, Size]]:
        """Read the sizes that the board had, each with the sequence of its beginning."""
        sizes: list[tuple[int, Size]] = []
        for sequence, width, height in self._connection.execute(
            "SELECT sequence, width, height FROM keyframes ORDER BY sequence"
        ):
            if not sizes or sizes[-1][1] != (width, height):
                sizes.append((sequence, Size(width, height)))
        if not sizes:
            raise Damage(_("there is no kept board"))
        return sizes

    def _stretches(self, after: int, until: int) -> Iterator[tuple[int, int, Size]]:
        """Cut a range into parts of one board size: after which sequence, until which sequence, the size."""
        ends = [sequence for sequence, _size in self._sizes[1:]] + [until]
        for (start, size), end in zip(self._sizes, ends, strict=True):
            if max(start, after) < min(end, until):
                yield max(start, after), min(end, until), size
