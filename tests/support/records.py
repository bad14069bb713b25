"""Records and their expected contents, for tests."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from random import Random
from typing import NamedTuple

from dcc.core import packing
from dcc.core.actions import Action, LogEntry
from dcc.core.canvas import PIXEL_BYTES, Canvas, pack_pixels
from dcc.core.palette import AF06
from dcc.core.placements import Painter, Size, Stroke
from dcc.record.maintenance import verify
from dcc.record.reader import Reader, RecordedStroke
from dcc.record.replay import Keyframe
from dcc.record.schema import SCRIPTS
from dcc.record.writer import Writer

SIZE = Size(30, 20)

ANA = Painter(1, "Ana", "127.0.0.1:40001")
BRUNO = Painter(2, "", "127.0.0.1:40002")


class Batch(NamedTuple):
    """Strokes that are appended together."""

    strokes: list[Stroke]
    time_ms: int


class PaintingWriter(Writer):
    """Keeps the canvas up to date, as the board of a server does."""

    def append(self, strokes: list[Stroke], time_ms: int) -> int:
        """Record strokes, and apply them to the canvas."""
        sequence = super().append(strokes, time_ms)
        for one in strokes:
            self.canvas.apply(one.pixels)
        return sequence

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> tuple[LogEntry, list[Stroke]]:
        """Record an action, and apply what it paints to the canvas."""
        entry, strokes = super().act(painter, action, pixels, time_ms)
        self.canvas.apply(pixels)
        return entry, strokes

    def keep_board(self) -> None:
        """Keep the board as of now."""
        self.write_keyframe(self._board())

    def stop(self) -> None:
        """Keep the last board, and close."""
        self.close(self._board())

    def _board(self) -> Keyframe:
        return Keyframe.of(self.sequence, self.canvas)


def write_old_record(path: Path, version: int, batches: Sequence[Batch], kept_every: int = 1) -> str:
    """Make a record as earlier versions of this program did, of schema 1 or 2, on a board of ``SIZE``.

    :param kept_every: batches from one kept board to the next.
    :return: the id of the canvas.
    """
    canvas, canvas_id = Canvas(*SIZE, AF06), "0123456789abcdef" * 2
    sequence = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in chain.from_iterable(SCRIPTS[:version]):
            connection.execute(statement)
        connection.execute("INSERT INTO canvas VALUES (?, ?)", (canvas_id, json.dumps(AF06.pairs)))
        connection.execute("INSERT INTO keyframes VALUES (0, ?, ?, ?)", (*SIZE, packing.compress(canvas.colours)))
        since: dict[Painter, tuple[int, int]] = {}
        for number, batch in enumerate(batches, 1):
            for painter, pixels in ((one.painter, one.pixels) for one in batch.strokes):
                if painter not in since:
                    since[painter] = len(since) + 1, batch.time_ms
                    row = (*since[painter], painter.connection, painter.name, painter.address)
                    connection.execute("INSERT INTO painters VALUES (?, ?, ?, ?, ?)", row)
                row_number, since_ms = since[painter]
                sequence += len(pixels) // PIXEL_BYTES
                row = sequence, row_number, batch.time_ms - since_ms, pixels
                connection.execute("INSERT INTO strokes VALUES (?, ?, ?, ?)", row)
                canvas.apply(pixels)
            if number % kept_every == 0:
                kept = sequence, *SIZE, packing.compress(canvas.colours)
                connection.execute("INSERT INTO keyframes VALUES (?, ?, ?, ?)", kept)
        connection.execute(f"PRAGMA user_version = {version}")
    return canvas_id


def stroke(*pixels: tuple[int, int], by: Painter = ANA) -> Stroke:
    """Make a stroke of ``(cell, colour)`` pairs."""
    return Stroke(by, pack_pixels(pixels))


def random_batches(random: Random, count: int, longest: int = 40) -> list[Batch]:
    """Make batches of a few strokes by a few painters, of 1 to ``longest`` pixels on a board of ``SIZE``."""
    painters = [ANA, BRUNO, *(Painter(number, f"p{number}", "::1") for number in range(3, 9))]
    cells = SIZE.width * SIZE.height
    batches = []
    time_ms = 1_700_000_000_000
    for _ in range(count):
        time_ms += random.randrange(5000)
        strokes = [
            stroke(
                *((random.randrange(cells), random.randrange(len(AF06))) for _ in range(random.randint(1, longest))),
                by=random.choice(painters),
            )
            for _ in range(random.randint(1, 4))
        ]
        batches.append(Batch(strokes, time_ms))
    return batches


def expected_strokes(batches: Sequence[Batch]) -> list[RecordedStroke]:
    """Return the strokes that a reader should find after exactly these batches."""
    sequence = 0
    strokes = []
    for batch in batches:
        for one in batch.strokes:
            sequence += len(one.pixels) // PIXEL_BYTES
            strokes.append(RecordedStroke(sequence, batch.time_ms, one.painter, one.pixels))
    return strokes


def expected_board(batches: Sequence[Batch]) -> bytes:
    """Return the board after exactly these batches."""
    canvas = Canvas(*SIZE, AF06)
    for batch in batches:
        for one in batch.strokes:
            canvas.apply(one.pixels)
    return bytes(canvas.colours)


def assert_holds(path: Path, batches: Sequence[Batch]) -> None:
    """Make sure that a record holds exactly these batches, and is sound.

    :raises AssertionError: otherwise.
    """
    with Reader(path) as reader:
        assert list(reader.strokes()) == expected_strokes(batches)
        assert bytes(reader.canvas_at(reader.last_sequence()).colours) == expected_board(batches)
    assert verify(path).problems == ()
