"""Actions in a record: in the order of its placements, on the disk when answered, covered by the checksum."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dcc import limits
from dcc.core.actions import Action, AddAreas, Area, Ban, Clear, Freeze, LogEntry, NameMoment, Rectangle, Thaw
from dcc.core.canvas import pack_pixels
from dcc.core.placements import Painter, Size
from dcc.errors import RecordError, RecordInDoubt
from dcc.record import rows
from dcc.record.maintenance import backup, resize, restore, verify
from dcc.record.reader import Reader
from tests.record.test_faults import Spell
from tests.support.disk import FAULTS, Operation, sqlite_disk
from tests.support.records import ANA, SIZE, Batch, PaintingWriter, random_batches, stroke

MODERATOR = Painter(9, "Mod", "10.0.0.9:1", is_proven=True)
AREA = Area("pupils' corner", Rectangle(20, 10, 10, 10), ("Ana", "Бруно"))
TIME_MS = 1_700_000_000_000

Step = Batch | tuple[Action, bytes]

STEPS: list[Step] = [
    (NameMoment("Lesson 3"), b""),
    *random_batches(Random(31), 2),
    (Freeze(), b""),
    (AddAreas((AREA,)), b""),
    *random_batches(Random(32), 2),
    (Clear(), pack_pixels([(cell, 0) for cell in range(200)])),
    (Thaw(), b""),
    *random_batches(Random(33), 1),
    (Ban("", "10.0.0.0/8", why="ruido ñ"), b""),
]


def do(writer: PaintingWriter, step: Step) -> None:
    """Append a batch, or do an action."""
    if isinstance(step, Batch):
        writer.append(*step)
    else:
        writer.act(MODERATOR, *step, TIME_MS)


def make(path: Path, steps: list[Step]) -> None:
    """Make a record with these steps, stopped in order."""
    writer = PaintingWriter(path, SIZE)
    for step in steps:
        do(writer, step)
    writer.stop()


def expected(steps: list[Step]) -> tuple[list[LogEntry], list[tuple[Painter, bytes]]]:
    """Return the log and the strokes after these steps."""
    log: list[LogEntry] = []
    strokes: list[tuple[Painter, bytes]] = []
    for step in steps:
        if isinstance(step, Batch):
            strokes += [(one.painter, one.pixels) for one in step.strokes]
            continue
        sequence = sum(len(pixels) for _painter, pixels in strokes) // 5
        action, pixels = step
        log.append(LogEntry(len(log) + 1, sequence, TIME_MS, MODERATOR, action, len(pixels) // 5))
        if pixels:
            strokes.append((MODERATOR, pixels))
    return log, strokes


def found(path: Path) -> tuple[list[LogEntry], list[tuple[Painter, bytes]]]:
    """Return the log and the strokes of a record, which is sound."""
    assert verify(path).problems == ()
    with Reader(path) as reader:
        return list(reader.log()), [(one.painter, one.pixels) for one in reader.strokes()]


def test_a_record_has_actions_and_strokes_in_their_order(tmp_path: Path) -> None:
    make(tmp_path / "record", STEPS)
    assert found(tmp_path / "record") == expected(STEPS)


def test_a_start_reads_the_log_and_goes_on_after_it(tmp_path: Path) -> None:
    """However often the server starts, also between an action and the next placement."""
    path = tmp_path / "record"
    for number, step in enumerate(STEPS):
        writer = PaintingWriter(path, SIZE)
        assert writer.log == expected(STEPS[:number])[0]
        do(writer, step)
        writer.stop()
    assert found(path) == expected(STEPS)
    make(tmp_path / "at once", STEPS)
    assert verify(path).checksum == verify(tmp_path / "at once").checksum


def test_the_checksum_of_actions_is_as_the_document_says(tmp_path: Path) -> None:
    """Computed as docs/architecture.md says, without code of ours."""
    make(tmp_path / "record", STEPS)
    name, address = MODERATOR.name.encode(), MODERATOR.address.encode()
    moderator = sha256(struct.pack("<QI", 9, len(name) | 0x8000_0000) + name + address).digest()[:8]
    stream = b""
    for step in STEPS:
        if isinstance(step, Batch):
            for one in step.strokes:
                named = one.painter.name.encode()
                painter = struct.pack("<QI", one.painter.connection, len(named)) + named + one.painter.address.encode()
                stream += struct.pack("<QI", step.time_ms, len(one.pixels) // 5)
                stream += sha256(painter).digest()[:8] + one.pixels
            continue
        with closing(sqlite3.connect(tmp_path / "record")) as connection:
            number = 1 + [other for other in STEPS if not isinstance(other, Batch)].index(step)
            ((text,),) = connection.execute("SELECT action FROM actions WHERE id = ?", (number,))
        count = len(step[1]) // 5
        stream += struct.pack("<QI", TIME_MS, 0) + moderator + struct.pack("<II", count, len(text.encode()))
        stream += text.encode()
        if count:
            stream += struct.pack("<QI", TIME_MS, count) + moderator + step[1]
    link = bytes(32)
    while len(stream) >= 2048:
        link = sha256(link + stream[:2048]).digest()
        stream = stream[2048:]
    assert verify(tmp_path / "record").checksum == sha256(link + stream).hexdigest()[:32]


def test_the_pixels_of_an_action_are_strokes_as_long_as_those_of_clients(tmp_path: Path) -> None:
    writer = PaintingWriter(tmp_path / "record", Size(200, 200))
    pixels = pack_pixels([(cell, cell % 8) for cell in range(20_000)])
    entry, strokes = writer.act(MODERATOR, Clear(), pixels, TIME_MS)
    writer.stop()
    assert [len(one.pixels) // 5 for one in strokes] == [limits.REQUEST_PIXELS, limits.REQUEST_PIXELS, 3616]
    assert b"".join(one.pixels for one in strokes) == pixels
    assert found(tmp_path / "record") == ([entry], [(MODERATOR, one.pixels) for one in strokes])


def test_areas_and_the_log_stay_when_the_board_grows_and_in_a_backup(tmp_path: Path) -> None:
    path, copied = tmp_path / "record", tmp_path / "backup"
    make(path, STEPS)
    log = found(path)[0]
    resize(path, 40, 30)
    assert found(path)[0] == log
    backup(path, copied)
    restore(copied, tmp_path / "restored")
    assert found(tmp_path / "restored")[0] == log


def test_the_moments_of_a_record_have_their_sequences(tmp_path: Path) -> None:
    path = tmp_path / "record"
    make(path, [*STEPS, (NameMoment("end"), b""), *random_batches(Random(34), 1), (NameMoment("Lesson 3"), b"")])
    last = sum(len(pixels) for _painter, pixels in expected(STEPS)[1]) // 5
    with Reader(path) as reader:
        assert reader.moments() == {"end": last, "Lesson 3": reader.last_sequence()}
        assert [entry.number for entry in reader.log(after=2, until=4)] == [3, 4]


def test_who_painted_lately_is_known_after_a_start(tmp_path: Path) -> None:
    path = tmp_path / "record"
    writer = PaintingWriter(path, SIZE)
    for time_ms in (1000, 2000, 3000):
        writer.append([stroke((1, 1)), stroke((2, 2), (3, 3), by=MODERATOR)], time_ms)
    writer.stop()
    writer = PaintingWriter(path)
    assert writer.painted_since(2000) == [(ANA, 2000, 1), (MODERATOR, 2000, 2), (ANA, 3000, 1), (MODERATOR, 3000, 2)]
    assert writer.painted_since(3001) == []
    assert len(writer.painted_since(0)) == 6
    writer.close()


def test_a_start_refuses_a_record_whose_last_action_is_missing(tmp_path: Path) -> None:
    """A ban or a freeze that is gone lets somebody paint: that is not to be found out by dcc verify alone."""
    path = tmp_path / "record"
    make(path, STEPS)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        last = rows.last_action(connection)
        connection.execute("DELETE FROM actions WHERE id = ?", (last,))
    with pytest.raises(RecordError, match=rf"damaged \(the last action is {last - 1}, and should be {last}\)"):
        PaintingWriter(path)


# --- failures --------------------------------------------------------------------------------------


def live(path: Path, spell: Spell, connection_class: type[sqlite3.Connection] = sqlite3.Connection) -> tuple[int, int]:
    """Take the steps, each once, while some operations fail: the record has exactly those that were answered.

    :return: how many operations there were, and how many steps failed.
    """
    done: list[Step] = []
    doubtful: list[Step] = []  # in the record or not, if the writer is closed now
    failures, writer = 0, None
    for number, step in enumerate(STEPS):
        try:
            if number == 5 and writer is not None:
                writer.close()
                writer = None
            if writer is None:
                writer = PaintingWriter(path, SIZE, connection_class=connection_class)
                if (writer.log, writer.sequence) != far(done):
                    done += doubtful
                assert (writer.log, writer.sequence) == far(done)
                doubtful = []
            do(writer, step)
        except RecordError as error:
            failures += 1
            if isinstance(error, RecordInDoubt):
                doubtful = [step]
        else:
            done.append(step)
            doubtful = []
    if writer is not None:
        writer.close()
    asked = spell.asked
    spell.end()
    assert found(path) in (expected(done), expected(done + doubtful))
    return asked, failures


def far(steps: list[Step]) -> tuple[list[LogEntry], int]:
    """Return the log and the sequence after these steps."""
    log, strokes = expected(steps)
    return log, sum(len(pixels) for _painter, pixels in strokes) // 5


def test_an_action_is_in_the_record_as_a_whole_or_not_at_all_whatever_operation_of_the_disk_fails() -> None:
    failures = first = asked = 0
    while first <= asked:
        for length in (1, 4):
            spell = Spell(first, length)

            def watch(operation: Operation, spell: Spell = spell) -> int:
                return FAULTS[operation.kind] if spell.fails() else 0

            with tempfile.TemporaryDirectory() as folder, sqlite_disk(watch):
                asked, failed = live(Path(folder) / "record", spell)
            failures += failed
        first += 1
    assert failures > first // 3


@pytest.mark.parametrize("having_done_it", [False, True])
def test_an_action_is_in_the_record_as_a_whole_or_not_at_all_whatever_call_fails(having_done_it: bool) -> None:
    failures = first = asked = 0
    while first <= asked:
        for length in (1, 4):
            spell = Spell(first, length)

            class FailingConnection(sqlite3.Connection):
                spell: Spell

                def execute(self, *arguments: Any) -> sqlite3.Cursor:
                    return self._fail_or(super().execute, *arguments)

                def executemany(self, *arguments: Any) -> sqlite3.Cursor:
                    return self._fail_or(super().executemany, *arguments)

                def _fail_or(self, call: Callable[..., sqlite3.Cursor], *arguments: Any) -> sqlite3.Cursor:
                    if not self.spell.fails():
                        return call(*arguments)
                    if having_done_it:
                        call(*arguments)
                    raise sqlite3.OperationalError("disk I/O error")

            FailingConnection.spell = spell
            with tempfile.TemporaryDirectory() as folder, sqlite_disk():
                asked, failed = live(Path(folder) / "record", spell, FailingConnection)
            failures += failed
        first += 1
    assert failures >= first // 3
