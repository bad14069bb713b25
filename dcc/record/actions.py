"""Actions on their way into a record and out of it: rows, and the part of the checksum."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from dcc import limits
from dcc.core import actions
from dcc.core.actions import Action, LogEntry
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.placements import Painter, Stroke
from dcc.record import checksum, rows
from dcc.record.rows import KnownPainter, Painters

_STROKE_BYTES = limits.REQUEST_PIXELS * PIXEL_BYTES
"""Longest stroke: as long as the longest of a client, since every reader holds some hundred strokes at once."""


def spell(action: Action) -> str:
    """Return an action as the file has it."""
    return json.dumps(actions.write(action), ensure_ascii=False, separators=(",", ":"))


def strokes_of(painter: Painter, pixels: bytes) -> list[Stroke]:
    """Cut the pixels of an action into strokes."""
    return [Stroke(painter, pixels[start : start + _STROKE_BYTES]) for start in range(0, len(pixels), _STROKE_BYTES)]


@dataclass(frozen=True)
class Done:
    """An action that is to be recorded.

    :ivar pixels: what the action paints, packed.
    :ivar painter: who did it.
    :ivar painter_row: the number of the painter's row.
    """

    entry: LogEntry
    pixels: bytes
    painter: KnownPainter
    painter_row: int

    @property
    def strokes(self) -> list[Stroke]:
        """What the action paints."""
        return strokes_of(self.entry.painter, self.pixels)

    @property
    def stream(self) -> bytes:
        """The part of the stream of the checksum."""
        time_ms, digest = self.entry.time_ms, self.painter.digest
        pieces = [checksum.pack_action(time_ms, digest, self.entry.cells, spell(self.entry.action))]
        for stroke in self.strokes:
            pieces += (checksum.pack_head(time_ms, len(stroke.pixels) // PIXEL_BYTES), digest, stroke.pixels)
        return b"".join(pieces)

    @property
    def row(self) -> tuple[int, int, int, int, str, int]:
        """The row of the action."""
        entry = self.entry
        return entry.number, entry.sequence, entry.time_ms, self.painter_row, spell(entry.action), entry.cells

    @property
    def stroke_rows(self) -> list[tuple[int, int, int, bytes]]:
        """The rows of what the action paints."""
        sequence, after_ms = self.entry.sequence, self.entry.time_ms - self.painter.since_ms
        placed = []
        for stroke in self.strokes:
            sequence += len(stroke.pixels) // PIXEL_BYTES
            placed.append((sequence, self.painter_row, after_ms, stroke.pixels))
        return placed


def read(connection: sqlite3.Connection, painters: Painters, after: int = 0) -> Iterator[LogEntry]:
    """Read the actions after a number, in order.

    :raises Damage: an action is missing, has a wrong value, or no painter.
    """
    for row in rows.read_actions(connection, after):
        painter = painters[row.painter].painter
        yield LogEntry(row.number, row.sequence, row.time_ms, painter, row.action, row.cells)


def painted_since(
    connection: sqlite3.Connection, painters: Painters, time_ms: int, last: int
) -> list[tuple[Painter, int, int]]:
    """Read who painted lately, from the last placement back to the first that is earlier.

    :param last: the sequence of the last placement.
    :return: for each stroke not before the time, oldest first: painter, time in milliseconds, and number of pixels.
    :raises Damage: a stroke has a wrong value.
    """
    found: list[tuple[Painter, int, int]] = []
    while last:
        strokes = connection.execute(
            "SELECT sequence, pixels, painter, after_ms FROM strokes WHERE sequence <= ?"
            " ORDER BY sequence DESC LIMIT ?",
            (last, rows.ROWS_AT_ONCE),
        ).fetchall()
        if not strokes:
            break
        for (painter, at_ms), (sequence, pixels, *_rest) in zip(painters.of(strokes), strokes, strict=True):
            count = rows.count_pixels(sequence, pixels)
            if at_ms < time_ms:
                return found[::-1]
            found.append((painter.painter, at_ms, count))
            last = sequence - count
    return found[::-1]
