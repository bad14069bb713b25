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
from pathlib import Path
from types import TracebackType
from typing import Any

from dcc.board.record import Selection
from dcc.core import packing
from dcc.core.actions import LogEntry, NameMoment
from dcc.core.canvas import PIXEL_BYTES, Canvas, unpack_pixels
from dcc.core.heat import Heat, HeatCounter
from dcc.core.painted_by import LastPainters, PainterMap
from dcc.core.placements import LATEST_MS, Moment, Painter, Placement, Size, Span
from dcc.language import _
from dcc.limits import HEAT_PLACEMENTS, PAINTER_PLACEMENTS
from dcc.record import actions, database, replay, rows
from dcc.record.rows import Damage, Painters
from dcc.record.selecting import Search

_PLACEMENTS_AT_ONCE = 1_000_000
"""How many placements one query searches, in some 50 ms."""

_LAST_UNTIL = """
    SELECT sequence, NULL, painter, after_ms FROM strokes LEFT JOIN painters ON painters.id = painter
    WHERE sequence > ? AND sequence <= ?
    AND (typeof(since_ms + after_ms) <> 'integer' OR since_ms + after_ms NOT BETWEEN ? AND ?)
    ORDER BY sequence DESC LIMIT 1
"""
"""The last stroke that is not later than a time, or has no time at all, which is damage."""


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
        self._interrupted = False
        with database.faults_of(self.path):
            self._connection = database.connect_to_read(self.path)
        try:
            with self._faults():
                identity = rows.read_identity(self._connection)
                self._sizes = rows.read_sizes(self._connection)
                last = rows.last_sequence(self._connection)
                if self._sizes[-1][0] > last:
                    raise Damage(_("no placement after {sequence}").format(sequence=last))
        except BaseException:
            self._connection.close()
            raise
        self.canvas_id, self.palette = identity.canvas_id, identity.palette
        self.size = self._sizes[-1][1]
        self._painters = Painters(self._connection)

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
            return rows.last_sequence(self._connection)

    def position(self) -> int | None:
        """Return the position of the last entry that a copy of a shared log has; None if the record is no copy."""
        with self._faults():
            bookmark = rows.read_bookmark(self._connection)
            return None if bookmark is None else bookmark.position

    def time_of(self, sequence: int) -> int | None:
        """Read the time of a placement, in milliseconds since 1970-01-01 UTC; None without such a placement."""
        if not 1 <= sequence <= self.last_sequence():
            return None
        with self._faults():
            ((_painter, time_ms),) = self._painters.of([self._stroke_of(sequence)])
            return time_ms

    def sequence_at(self, time_ms: int) -> int:
        """Find the last placement of a time or earlier; 0 if all placements are later.

        If the server's clock was once set back, placements before the found one may have later times. The record is
        searched from its end: 10 million placements in some seconds.
        """
        end = self.last_sequence()
        while end > 0:
            start = max(0, end - _PLACEMENTS_AT_ONCE)
            with self._faults():
                found = self._connection.execute(_LAST_UNTIL, (start, end, time_ms + 1, LATEST_MS - 1)).fetchone()
                if found is not None:
                    self._painters.of([found])
                    return int(found[0])
            end = self._last_until(start)
        return 0

    def span(self) -> Span:
        """Tell how far the record goes."""
        sequence = self.last_sequence()
        return Span(sequence, self.time_of(1), self.time_of(sequence))

    def log(self, after: int = 0, until: int | None = None) -> Iterator[LogEntry]:
        """Read the actions in order.

        :param after: the number of the action before the first.
        :param until: the number of the last; by default that of the last action as of now.
        """
        with self._faults():
            until = rows.last_action(self._connection) if until is None else until
        entries = actions.read(self._connection, self._painters, after)
        while True:
            with self._faults():
                entry = next(entries, None)
            if entry is None or entry.number > until:
                return
            yield entry

    def moments(self) -> dict[str, int]:
        """Read the named moments: the sequence of each name. A name that was given again has its last moment."""
        return {entry.action.name: entry.sequence for entry in self.log() if isinstance(entry.action, NameMoment)}

    def search(self, search: Search) -> Selection | None:
        """Do a part of a search for chosen placements.

        :return: the selection, when the search is at its end.
        :raises Refusal: see :meth:`Search.advance`.
        """
        with self._faults():
            return search.advance(self._connection)

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

    def check_whole(self) -> None:
        """Make sure that no stroke is missing, and none is there twice. As long as a search of the history.

        :raises RecordError: one is.
        """
        with self._faults():
            last, kept = self._connection.execute(
                "SELECT (SELECT max(sequence) FROM strokes), (SELECT sequence FROM checksums)"  # as of one moment
            ).fetchone()
            reached, last = 0, last or 0
            if last != kept:
                raise Damage(_("no placement after {sequence}").format(sequence=last))
        while reached < last:
            with self._faults():
                end, length = self._connection.execute(
                    "SELECT max(sequence), sum(length(pixels)) FROM strokes WHERE sequence > ? AND sequence <= ?",
                    (reached, reached + _PLACEMENTS_AT_ONCE),
                ).fetchone()
                if end is None or length != (end - reached) * PIXEL_BYTES:
                    for _strokes in rows.read_strokes(self._connection, reached, end or last):
                        pass  # raises Damage with the place
                    raise Damage(_("no placement after {sequence}").format(sequence=reached))
                reached = end

    def heat(self, most: int = HEAT_PLACEMENTS) -> Heat:
        """Count how often each cell was painted, by the latest placements.

        :param most: placements to count.
        """
        last = self.last_sequence()
        since, counter = max(0, last - most), HeatCounter(self.size.width * self.size.height)
        for pixels in self.pixels(since, last):
            counter.add(pixels)
        times = counter.times()
        return Heat(last, since, times, packing.pack(times))

    def painters(self, most: int = PAINTER_PLACEMENTS) -> PainterMap:
        """Find who painted each cell last.

        :param most: placements to look at, the latest.
        """
        last = self.last_sequence()
        since, painters = max(0, last - most), LastPainters(self.size.width * self.size.height)
        for stroke in self.strokes(since, last):
            painters.add(stroke.painter, stroke.pixels)
        found, numbers = painters.result()
        return PainterMap(last, since, found, numbers, packing.pack(numbers))

    # --- ranges ----------------------------------------------------------------------------------

    def pixels(self, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """Read the pixels of the placements ``after + 1`` to ``until`` (the last as of now), packed, in pieces.

        The fast way: 10 million in a few seconds.
        """
        until = self.last_sequence() if until is None else until
        for begin, end, size in self._stretches(after, until):
            surplus = begin - self._begin_of(begin + 1)  # pixels of the first stroke up to ``begin``
            pieces = replay.read_pixels(self._connection, begin - surplus, end)
            while True:
                with self._faults():
                    piece = next(pieces, None)
                    if piece is None:
                        break
                    piece = piece[surplus * PIXEL_BYTES :]
                    replay.check(piece, size, self.palette)
                yield replay.grow_pixels(piece, size.width, self.size.width)
                surplus = 0

    def strokes(self, after: int = 0, until: int | None = None) -> Iterator[RecordedStroke]:
        """Read the strokes with the placements ``after + 1`` to ``until`` (the last as of now), cut to the range."""
        until = self.last_sequence() if until is None else until
        for begin, end, size in self._stretches(after, until):
            start = self._begin_of(begin + 1)
            pieces = rows.read_strokes(self._connection, start, end, "painter", "after_ms")
            while True:
                with self._faults():
                    found = next(pieces, None)
                    if found is None:
                        break
                    replay.check(b"".join([stroke[1] for stroke in found]), size, self.palette)
                    painters = self._painters.of(found)
                for (last, pixels, *_rest), (painter, time_ms) in zip(found, painters, strict=True):
                    first = last - len(pixels) // PIXEL_BYTES
                    if first < begin or last > end:
                        pixels = pixels[max(0, begin - first) * PIXEL_BYTES : (end - first) * PIXEL_BYTES]
                    if size.width != self.size.width:
                        pixels = replay.grow_pixels(pixels, size.width, self.size.width)
                    yield RecordedStroke(min(last, end), time_ms, painter.painter, pixels)

    def history(self, cell: int) -> Iterator[Painting]:
        """Read the placements on a cell, newest first.

        Without an index, the record is searched as far back as the caller asks: 10 million placements in about half a
        second.
        """
        row, column = divmod(cell, self.size.width)
        most = 1  # most callers want the newest alone
        for begin, end, size in reversed(list(self._stretches(0, self.last_sequence()))):
            if column >= size.width or row >= size.height:
                continue
            wanted = row * size.width + column
            while end > begin:
                start = max(begin, end - _PLACEMENTS_AT_ONCE)
                with self._faults():
                    found = self._connection.execute(
                        "SELECT sequence, pixels, painter, after_ms FROM strokes WHERE sequence > ? AND sequence <= ?"
                        " AND (instr(pixels, ?) OR typeof(pixels) <> 'blob') ORDER BY sequence DESC LIMIT ?",
                        (start, end, wanted.to_bytes(4, "little"), most),  # also found across two pixels
                    ).fetchall()
                for each in found:
                    with self._faults():
                        paintings = list(self._paintings(wanted, size, *each))
                    yield from paintings
                end = self._last_until(start if len(found) < most else found[-1][0] - 1)
                most = min(2 * most, rows.ROWS_AT_ONCE)

    def _paintings(
        self, wanted: int, size: Size, sequence: int, pixels: bytes, number: object, after_ms: object
    ) -> Iterator[Painting]:
        """Find the placements of a stroke on a cell, newest first."""
        rows.count_pixels(sequence, pixels)
        replay.check(pixels, size, self.palette)
        ((painter, time_ms),) = self._painters.of([(sequence, pixels, number, after_ms)])
        for back, (cell, colour) in enumerate(reversed(list(unpack_pixels(pixels)))):
            if cell == wanted:
                yield Painting(Placement(sequence - back, time_ms, painter.painter), colour)

    # --- rows ------------------------------------------------------------------------------------

    @contextmanager
    def _faults(self) -> Iterator[None]:
        with database.faults_of(self.path):
            if self._interrupted:
                raise sqlite3.OperationalError("interrupted")
            yield

    def _last_until(self, sequence: int) -> int:
        """Return the end of the last stroke up to a sequence; 0 without one. A damaged record may have a wide gap."""
        with self._faults():
            query = "SELECT max(sequence) FROM strokes WHERE sequence <= ?"
            return int(self._connection.execute(query, (sequence,)).fetchone()[0] or 0)

    def _stroke_of(self, sequence: int) -> tuple[int, Any, Any, Any]:
        """Read the stroke of a placement: last sequence, pixels, painter and time, all but the first unchecked.

        :raises Damage: there is no such stroke.
        """
        row: tuple[int, Any, Any, Any] | None = self._connection.execute(
            "SELECT sequence, pixels, painter, after_ms FROM strokes WHERE sequence >= ? ORDER BY sequence LIMIT 1",
            (sequence,),
        ).fetchone()
        if row is None:
            raise Damage(_("no placement after {sequence}").format(sequence=sequence - 1))
        return row

    def _begin_of(self, sequence: int) -> int:
        """Return the sequence before the first placement of the stroke of a placement."""
        with self._faults():
            last, pixels, _number, _after_ms = self._stroke_of(sequence)
            begin = last - rows.count_pixels(last, pixels)
            if begin >= sequence:
                raise Damage(_("no placement after {sequence}").format(sequence=sequence - 1))
            return begin

    def _stretches(self, after: int, until: int) -> Iterator[tuple[int, int, Size]]:
        """Cut a range into parts of one board size: after which sequence, until which sequence, the size."""
        ends = [sequence for sequence, _size in self._sizes[1:]] + [until]
        for (start, size), end in zip(self._sizes, ends, strict=True):
            if max(start, after) < min(end, until):
                yield max(start, after), min(end, until), size
