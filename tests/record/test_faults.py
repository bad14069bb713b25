"""The disk fails: rejected batches are not in the record, taken batches stay, and painting goes on by itself."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from twisted.trial.unittest import SynchronousTestCase

from dcc.core.canvas import PIXEL_BYTES
from dcc.errors import RecordError, RecordInDoubt
from tests.support.disk import FAULTS, SQLITE_FULL, Operation, sqlite_disk
from tests.support.records import SIZE, Batch, PaintingWriter, assert_holds, expected_board, random_batches, stroke

_T = TypeVar("_T")

BATCHES = random_batches(Random(3), 8)
"""Enough to start, paint, keep a board, stop, start again and paint."""


class Spell:
    """Counts operations, and lets some in a row fail.

    :ivar asked: how many operations there were.
    """

    def __init__(self, first: int, length: int) -> None:
        """
        :param first: the number of the first operation to fail, from 0.
        :param length: how many operations in a row fail.
        """
        self.asked = 0
        self._bad = range(first, first + length)

    def fails(self) -> bool:
        """Whether the next operation fails."""
        self.asked += 1
        return self.asked - 1 in self._bad

    def end(self) -> None:
        """Let no later operation fail."""
        self._bad = range(0)

    @property
    def is_over(self) -> bool:
        """Whether no later operation fails."""
        return self.asked >= self._bad.stop


class Life:
    """A record's life of many steps. Each step is tried once; a step that fails is not repeated.

    :ivar accepted: the batches in the record.
    :ivar doubtful: batches in doubt, of which one may be in the record too.
    :ivar failures: how many steps failed.
    """

    def __init__(
        self, path: Path, spell: Spell, connection_class: type[sqlite3.Connection] = sqlite3.Connection
    ) -> None:
        """:param spell: a step that begins after the spell may not fail."""
        self.accepted: list[Batch] = []
        self.doubtful: list[Batch] = []
        self.failures = 0
        self._path = path
        self._spell = spell
        self._connection_class = connection_class
        writer = self._start()
        self._paint(writer, BATCHES[:3])
        self._attempt(writer.keep_board)
        self._paint(writer, BATCHES[3:5])
        self._attempt(writer.stop)
        writer = self._start()
        self._paint(writer, BATCHES[5:])
        self._attempt(writer.stop)
        self._start().stop()

    def _start(self) -> PaintingWriter:
        writer = self._attempt(lambda: PaintingWriter(self._path, SIZE, connection_class=self._connection_class))
        if isinstance(writer, RecordError):
            return self._start()
        possible = [self.accepted, *([*self.accepted, batch] for batch in self.doubtful)]
        boards = [(_last_sequence(batches), expected_board(batches)) for batches in possible]
        self.accepted = possible[boards.index((writer.sequence, bytes(writer.canvas.colours)))]
        self.doubtful.clear()
        return writer

    def _paint(self, writer: PaintingWriter, batches: list[Batch]) -> None:
        for batch in batches:
            before = writer.sequence
            outcome = self._attempt(partial(writer.append, *batch))
            if isinstance(outcome, int):
                self.accepted.append(batch)
                self.doubtful.clear()
                continue
            assert writer.sequence == before
            if isinstance(outcome, RecordInDoubt):
                self.doubtful.append(batch)

    def _attempt(self, step: Callable[[], _T]) -> _T | RecordError:
        was_over = self._spell.is_over
        try:
            return step()
        except RecordError as error:
            self.failures += 1
            assert not was_over, f"{error}, though the disk works again"
            return error


def _last_sequence(batches: list[Batch]) -> int:
    return sum(len(stroke.pixels) // PIXEL_BYTES for batch in batches for stroke in batch.strokes)


class DiskTests(SynchronousTestCase):
    """Every operation of the disk fails in turn."""

    def live(self, first: int, length: int) -> tuple[int, Life]:
        """Live while some operations fail.

        :return: the number of operations, and the life.
        """
        spell = Spell(first, length)

        def watch(operation: Operation) -> int:
            return FAULTS[operation.kind] if spell.fails() else 0

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dcc.sqlite3"
            with sqlite_disk(watch):
                life = Life(path, spell)
            assert_holds(path, life.accepted)
        return spell.asked, life

    def test_an_operation_that_fails_once_costs_one_batch_at_most_and_leaves_no_doubt(self) -> None:
        operations, life = self.live(0, 0)
        self.assertEqual(life.failures, 0)
        self.assertGreater(operations, 100)
        failures = 0
        for number in range(operations):
            with self.subTest(number=number):
                life = self.live(number, 1)[1]
                self.assertLessEqual(life.failures, 1)
                self.assertEqual(life.doubtful, [])
                failures += life.failures
        self.assertGreater(failures, operations // 3)

    def test_operations_that_fail_in_a_row_lose_nothing_that_was_taken(self) -> None:
        """Taking a batch back and opening the file again fail too."""
        operations, _life = self.live(0, 0)
        for first in range(0, operations, 3):
            for length in (3, 11):
                with self.subTest(first=first, length=length):
                    self.live(first, length)


class CallTests(SynchronousTestCase):
    """Every call of SQLite fails in turn: before it did anything, or after it did everything."""

    def live(self, first: int, length: int, *, having_done_it: bool) -> tuple[int, Life]:
        """Live while some calls fail.

        :return: the number of operations, and the life.
        """
        spell = Spell(first, length)

        class FailingConnection(sqlite3.Connection):
            def execute(self, *arguments: Any) -> sqlite3.Cursor:
                return self._fail_or(super().execute, *arguments)

            def executemany(self, *arguments: Any) -> sqlite3.Cursor:
                return self._fail_or(super().executemany, *arguments)

            def _fail_or(self, call: Callable[..., sqlite3.Cursor], *arguments: Any) -> sqlite3.Cursor:
                if not spell.fails():
                    return call(*arguments)
                if having_done_it:
                    call(*arguments)
                raise sqlite3.OperationalError("disk I/O error")

        with tempfile.TemporaryDirectory() as folder, sqlite_disk():
            path = Path(folder) / "dcc.sqlite3"
            life = Life(path, spell, FailingConnection)
            assert_holds(path, life.accepted)
        return spell.asked, life

    def test_a_call_that_fails_leaves_only_the_taken_batches_in_the_record(self) -> None:
        for having_done_it in (False, True):
            calls, life = self.live(0, 0, having_done_it=having_done_it)
            self.assertEqual(life.failures, 0)
            for number in range(calls):
                for length in (1, 4):
                    with self.subTest(having_done_it=having_done_it, number=number, length=length):
                        life = self.live(number, length, having_done_it=having_done_it)[1]
                        self.assertGreater(life.failures, 0)
                        self.assertLessEqual(life.failures, length)


def limited(room: Callable[[], int | None]) -> Callable[[Operation], int]:
    """Make a disk with so many bytes of room; with None, with room for everything."""
    sizes: dict[str, int] = {}

    def watch(operation: Operation) -> int:
        sizes[operation.path] = Path(operation.path).stat().st_size if Path(operation.path).exists() else 0
        most = room()
        if operation.kind == "write" and most is not None:
            grown = max(0, operation.position + len(operation.data) - sizes[operation.path])
            if sum(sizes.values()) + grown > most:
                return SQLITE_FULL
        return 0

    return watch


class FullDiskTests(SynchronousTestCase):
    """A disk with limited room, until somebody makes room."""

    def test_a_full_disk_rejects_every_batch_for_certain_until_there_is_room(self) -> None:
        for room in range(43_000, 99_000, 3_500):
            with self.subTest(room=room), tempfile.TemporaryDirectory() as folder:
                self.fill(Path(folder) / "dcc.sqlite3", room)

    def test_an_empty_batch_finds_out_whether_there_is_room_and_changes_nothing(self) -> None:
        is_full = False
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dcc.sqlite3"
            with sqlite_disk(lambda operation: SQLITE_FULL if is_full and operation.kind == "write" else 0):
                writer = PaintingWriter(path, SIZE)
                writer.append(*BATCHES[0])
                is_full = True
                with self.assertRaises(RecordError):
                    writer.append([], 0)
                is_full = False
                self.assertEqual(writer.append([], 0), writer.sequence)
                writer.stop()
            assert_holds(path, BATCHES[:1])

    def test_a_record_that_is_told_well_on_a_full_disk_takes_the_next_batch(self) -> None:
        """However little room somebody makes, and also if not one batch had room before."""
        small, large = BATCHES[0], Batch([stroke(*((cell % 600, 1) for cell in range(8000)))] * 3, 0)
        for batch, room in ((small, 300_000), (large, 300_000), (large, 60_000)):
            for more in range(0, 400_000, 19_000):
                with self.subTest(room=room, more=more), tempfile.TemporaryDirectory() as folder:
                    self.ask(Path(folder) / "dcc.sqlite3", batch, room, more)
        self.assertGreater(self.good_news, 10)
        self.assertGreater(self.bad_news, 10)

    good_news = bad_news = 0

    def ask(self, path: Path, batch: Batch, room: int, more: int) -> None:
        """Paint until the disk is full, make some room, ask whether it is enough, and if so, paint again."""
        accepted = []
        with sqlite_disk(limited(lambda: room)), contextlib.closing(PaintingWriter(path, SIZE)) as writer:
            with contextlib.suppress(RecordError):
                while True:
                    writer.append(*batch)
                    accepted.append(batch)
            room += more
            try:
                writer.append([], 0)
            except RecordError:
                self.bad_news += 1
            else:
                self.good_news += 1
                writer.append(*batch)
                accepted.append(batch)
        assert_holds(path, accepted)

    def fill(self, path: Path, room: int) -> None:
        """Paint until the disk is full, and on until there is room."""
        is_full = True
        accepted = []
        rejected = 0
        with sqlite_disk(limited(lambda: room if is_full else None)):
            writer = PaintingWriter(path, SIZE)
            for batch in BATCHES * 4:
                try:
                    writer.append(*batch)
                except RecordError as error:
                    self.assertEqual(str(error), "the disk is full")
                    self.assertNotIsInstance(error, RecordInDoubt)
                    rejected += 1
                else:
                    accepted.append(batch)
            self.assertGreater(rejected, 0)
            is_full = False
            for batch in BATCHES:
                writer.append(*batch)
                accepted.append(batch)
            writer.stop()
        assert_holds(path, accepted)
