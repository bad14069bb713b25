"""What a transaction adds to a record: strokes and actions in order, as rows, with the checksum after them.

An addition is made in memory from where the record stands. Only if the transaction succeeds does the writer take over
what the addition has counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from dcc.core.actions import Action, LogEntry
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.placements import Painter, Stroke
from dcc.record import checksum, rows
from dcc.record.actions import Done
from dcc.record.rows import KnownPainter

PainterRow = tuple[KnownPainter, int]
"""A painter, and the number of the painter's row."""


class Addition:
    """Strokes and actions after the last ones of a record.

    :ivar sequence: of the last placement.
    :ivar state: the checksum up to then.
    :ivar last_painter: the number of the last painter's row.
    :ivar last_action: the number of the last action.
    :ivar painters: by connection, the painters of the addition.
    :ivar states: by sequence, the checksum after each batch with a placement.
    """

    def __init__(
        self, sequence: int, state: bytes, last_painter: int, last_action: int, known: Mapping[int, PainterRow]
    ) -> None:
        """:param known: by connection, painters that have a row."""
        self.sequence = sequence
        self.state = state
        self.last_painter = last_painter
        self.last_action = last_action
        self.painters: dict[int, PainterRow] = {}
        self.states: dict[int, bytes] = {}
        self._known = known
        self._actions_before = last_action
        self._painter_rows: list[tuple[int, int, int, str, str, bool]] = []
        self._stroke_rows: list[tuple[int, int, int, bytes]] = []
        self._action_rows: list[tuple[int, int, int, int, str, int]] = []

    def paint(self, strokes: Sequence[Stroke], time_ms: int) -> None:
        """Add a batch of strokes, each with a pixel or more.

        :param time_ms: milliseconds since 1970-01-01 UTC.
        """
        sequence, placed = self.sequence, self._stroke_rows
        values: dict[int, tuple[Painter, int, int, bytes]] = {}  # what all strokes of a painter share
        heads: dict[int, bytes] = {}
        pieces: list[bytes] = []
        for stroke in strokes:
            painter, pixels = stroke.painter, stroke.pixels
            shared = values.get(painter.connection)
            if shared is None or shared[0] is not painter:
                (_painter, since_ms, digest), number = self._row_of(painter, time_ms)
                shared = values[painter.connection] = painter, number, time_ms - since_ms, digest
            _painter, number, after_ms, digest = shared
            length = len(pixels)
            head = heads.get(length)
            if head is None:
                head = heads[length] = checksum.pack_head(time_ms, length // PIXEL_BYTES)
            sequence += length // PIXEL_BYTES
            placed.append((sequence, number, after_ms, pixels))
            pieces += head, digest, pixels
        self._reached(sequence, b"".join(pieces))

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> tuple[LogEntry, list[Stroke]]:
        """Add an action, and the pixels that it paints.

        :param pixels: packed; may be empty.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        :return: the action as it will be recorded, and its strokes.
        """
        known, number = self._row_of(painter, time_ms)
        entry = LogEntry(self.last_action + 1, self.sequence, time_ms, painter, action, len(pixels) // PIXEL_BYTES)
        done = Done(entry, pixels, known, number)
        self.last_action += 1
        self._action_rows.append(done.row)
        self._stroke_rows += done.stroke_rows
        self._reached(self.sequence + entry.cells, done.stream)
        return entry, done.strokes

    def _reached(self, sequence: int, stream: bytes) -> None:
        self.state = checksum.extend(self.state, stream)
        if sequence > self.sequence:
            self.states[sequence] = self.state
        self.sequence = sequence

    def _row_of(self, painter: Painter, time_ms: int) -> PainterRow:
        found = self.painters.get(painter.connection) or self._known.get(painter.connection)
        if found is None or found[0].painter != painter:
            self.last_painter += 1
            found = KnownPainter(painter, time_ms, checksum.painter_digest(painter)), self.last_painter
            self._painter_rows.append((self.last_painter, time_ms, *rows.painter_values(painter)))
        self.painters[painter.connection] = found
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing is added."""
        return not (self._stroke_rows or self._action_rows)

    def insert(self, connection: sqlite3.Connection) -> None:
        """Add all rows, inside of a transaction."""
        if self._painter_rows:
            connection.executemany("INSERT INTO painters VALUES (?, ?, ?, ?, ?, ?)", self._painter_rows)
        if self._stroke_rows:
            connection.executemany("INSERT INTO strokes VALUES (?, ?, ?, ?)", self._stroke_rows)
        if self._action_rows:
            connection.executemany("INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?)", self._action_rows)
            connection.execute("UPDATE checksums SET actions = ?", (self.last_action,))
