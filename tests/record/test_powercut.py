"""The power fails at any moment: the record comes back with every acknowledged batch.

A record's life is lived once, and every write and sync is noted. Then the power is cut at every point of the life, and
the test opens what a disk would have kept.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random
from typing import NamedTuple

from dcc.errors import RecordError
from dcc.record.emptying import LogEmptier
from dcc.record.reader import Reader
from tests.support.disk import FAULTS, Operation, PoweredDisk, sqlite_disk
from tests.support.records import SIZE, Batch, PaintingWriter, assert_holds, expected_strokes, random_batches

BATCHES_A_LOG = 4
"""After so many batches the log is emptied into the file, which a server does every second."""


class Point(NamedTuple):
    """A point at which the power may fail.

    :ivar operation: what SQLite was about to do.
    :ivar canvas_id: of the record, once opened.
    :ivar accepted: how many batches were acknowledged.
    :ivar trying: the batch under way, which may survive or not.
    """

    operation: Operation
    canvas_id: str | None
    accepted: int
    trying: Batch | None


class Life:
    """A record's life: the operations on the disk, and the promises so far.

    :ivar accepted: the batches that were acknowledged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.points: list[Point] = []
        self.accepted: list[Batch] = []
        self._trying: Batch | None = None
        self._canvas_id: str | None = None
        self._sync_fails = False

    def watch(self, operation: Operation) -> int:
        """Note an operation, or let the operation fail."""
        if operation.kind == "read":
            return 0
        if operation.kind == "sync" and self._sync_fails:
            self._sync_fails = False
            return FAULTS["sync"]
        if operation == Operation("open", str(self.path)):
            operation = operation._replace(position=1)  # the writer makes the file just before SQLite opens it
        self.points.append(Point(operation, self._canvas_id, len(self.accepted), self._trying))
        return 0

    def start(self) -> PaintingWriter:
        """Open the record, and note the canvas."""
        writer = PaintingWriter(self.path, SIZE)
        self._canvas_id = writer.canvas_id
        return writer

    def append(self, writer: PaintingWriter, batch: Batch) -> None:
        """Record a batch."""
        self._trying = batch
        writer.append(*batch)
        self.accepted.append(batch)
        self._trying = None
        if len(self.accepted) % BATCHES_A_LOG == 0:
            emptier = LogEmptier(writer.place)
            emptier.empty()
            emptier.close()

    def append_in_vain(self, writer: PaintingWriter, batch: Batch) -> None:
        """Try to record a batch of which everything is written, but the sync fails."""
        self._trying = batch
        self._sync_fails = True
        try:
            writer.append(*batch)
        except RecordError:
            assert not self._sync_fails
        else:
            raise AssertionError("a batch was taken whose sync failed")
        self._trying = None

    def live(self, batches: list[Batch]) -> None:
        """Start, paint, fail, keep boards, stop, start again, and paint on."""
        third = len(batches) // 3
        writer = self.start()
        for batch in batches[:third]:
            self.append(writer, batch)
        self.append_in_vain(writer, batches[-1])
        writer.keep_board()
        for batch in batches[third : 2 * third]:
            self.append(writer, batch)
        writer.stop()
        writer = self.start()
        for batch in batches[2 * third : -1]:
            self.append(writer, batch)
        writer.stop()


def look(path: Path, point: Point, accepted: list[Batch]) -> None:
    """Start on the remains of a power cut.

    :raises AssertionError: an acknowledged batch is missing, or the record holds more than was painted.
    """
    PaintingWriter(path, SIZE).stop()
    with Reader(path) as reader:
        found = list(reader.strokes())
        assert point.canvas_id in (None, reader.canvas_id)
    promised = accepted[: point.accepted]
    if point.trying is not None and found != expected_strokes(promised):
        promised = [*promised, point.trying]
    assert_holds(path, promised)


def cut_everywhere(life: Life, random: Random, folder: Path) -> int:
    """Cut the power at each point, so that nothing, everything and a part of the unsynced writes survive.

    :param folder: does not exist yet; for the remains.
    :return: the number of cuts.
    :raises AssertionError: see :func:`look`.
    """
    disk = PoweredDisk()
    cuts = 0
    for point in life.points:
        for survival in (0.0, 1.0, random.random()):
            folder.mkdir()
            disk.cut(random, survival, folder)
            look(folder / life.path.name, point, life.accepted)
            shutil.rmtree(folder)
            cuts += 1
        disk.watch(point.operation)
    return cuts


def test_every_cut_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """No rejected batch comes back either; a batch is recorded whole or not at all, and the record is sound."""
    seed = int(os.environ.get("DCC_SEED", "0")) or Random().randrange(1, 2**32)
    print(f"DCC_SEED={seed}")
    random = Random(seed)
    life = Life(tmp_path / "dcc.sqlite3")
    batches = random_batches(random, 45)
    with sqlite_disk(life.watch):
        life.live(batches)
    assert_holds(life.path, life.accepted)
    checkpoints = [p for p in life.points if p.operation == Operation("sync", str(life.path)) and p.accepted]
    assert len(checkpoints) >= 2, "the log was not written into the file while painting went on"

    with sqlite_disk():
        cuts = cut_everywhere(life, random, tmp_path / "after")
    print(f"{cuts} cuts, {len(life.accepted)} batches")
