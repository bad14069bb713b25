"""A server's copy on a disk that fails: in the end every entry of the log is taken once."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from threading import Event

import pytest

from dcc.cluster.log import Entry, LogLost
from dcc.cluster.memory_log import MemoryEngine, MemoryLog
from dcc.core.actions import Freeze, Thaw
from dcc.errors import RecordError
from dcc.record.following import CopyWriter
from dcc.record.maintenance import verify
from dcc.record.snapshots import kept_snapshots
from tests.record.test_faults import Spell
from tests.support.cluster import Server, stop_all, turn_until
from tests.support.disk import FAULTS, Kind, Operation, sqlite_disk
from tests.support.records import BRUNO, stroke
from tests.support.server_process import PATIENCE_SECONDS
from tests.support.thread_clock import ThreadClock

GROUP = 3
"""Entries in a transaction."""


def _paint_much(engine: MemoryEngine, path: Path) -> str:
    """Fill the log with paints and actions, and return the checksum after them."""
    reactor = ThreadClock()
    server = Server(engine, path, reactor)
    for number in range(8):
        reactor.turn_until(server.paint(stroke((number, 1)), stroke((number, 2), (9, number % 8), by=BRUNO)))
        if number % 3 == 0:
            reactor.turn_until(server.act(Freeze() if number else Thaw(), stroke((number, 7)).pixels))
    server.stop()
    return verify(path).checksum


@pytest.mark.parametrize("kind", ["write", "sync"])
@pytest.mark.parametrize("length", [1, 2, 9])
def test_every_entry_is_taken_once_whichever_operations_of_the_disk_fail(
    tmp_path: Path, kind: Kind, length: int
) -> None:
    engine = MemoryEngine()
    checksum = _paint_much(engine, tmp_path / "one")
    [snapshot] = engine.kept.values()
    [kept] = kept_snapshots(MemoryLog(engine))
    entries = [Entry(number, payload) for number, payload in enumerate(engine.entries, 1) if number > kept.position]
    failures = 0
    for first in count(0, 5):
        path = tmp_path / f"{first}"
        path.write_bytes(snapshot)
        spell = Spell(first, length)
        failures += _follow(path, entries, kind, spell)
        assert (verify(path).problems, verify(path).checksum) == ((), checksum)
        if not spell.is_over:
            break
    assert failures


def _follow(path: Path, entries: list[Entry], kind: Kind, spell: Spell) -> int:
    """Take all entries while operations of the disk fail, and return how often some were not taken."""
    is_open = False

    def watch(operation: Operation) -> int:
        return FAULTS[kind] if is_open and operation.kind == kind and spell.fails() else 0

    with sqlite_disk(watch):
        writer = CopyWriter(path)
        is_open = True
        failures = sum(_take(writer, entries[begin : begin + GROUP]) for begin in range(0, len(entries), GROUP))
        is_open = False
        assert writer.bookmark is not None
        assert writer.bookmark.position == entries[-1].position
        writer.close()
    return failures


def _take(writer: CopyWriter, entries: list[Entry]) -> int:
    """Try until the entries are taken, and return how often they were not."""
    for failures in range(20):
        try:
            writer.take(entries)
        except RecordError:
            continue
        return failures
    raise AssertionError("the entries are never taken")


def test_a_server_whose_disk_is_full_refuses_paints_and_catches_up_once_there_is_room(
    tmp_path: Path,
) -> None:
    engine, reactor = MemoryEngine(), ThreadClock()
    faulty: list[Kind] = []
    with sqlite_disk(lambda operation: FAULTS["write"] if faulty and "one" in operation.path else 0):
        one = Server(engine, tmp_path / "one", reactor)
        two = Server(engine, tmp_path / "two", reactor)
        faulty.append("write")
        asked = one.paint(stroke((1, 1)))
        turn_until(reactor, lambda: one.follower.faults and two.follower.sequence == 1)
        assert one.follower.sequence == 0
        with pytest.raises(RecordError):
            reactor.turn_until(one.paint(stroke((2, 2))))
        faulty.clear()
        reactor.advance(2)
        assert reactor.turn_until(asked) == 1
        assert one.follower.shown == two.follower.shown
        stop_all(engine, one, two)
    assert verify(tmp_path / "one").checksum == verify(tmp_path / "two").checksum


def test_a_log_that_is_lost_while_the_disk_takes_entries_stays_lost(tmp_path: Path) -> None:
    engine, reactor = MemoryEngine(), ThreadClock()
    is_writing, may_write = Event(), Event()
    may_write.set()

    def watch(operation: Operation) -> int:
        if operation.kind == "write" and not may_write.is_set():
            is_writing.set()
            may_write.wait(PATIENCE_SECONDS)
        return 0

    with sqlite_disk(watch):
        one = Server(engine, tmp_path / "one", reactor)
        may_write.clear()
        asked = one.paint(stroke((1, 1)))
        turn_until(reactor, lambda: one.record._is_taking)
        assert is_writing.wait(PATIENCE_SECONDS)
        one.record._inflow.notice(LogLost("the log ends at entry 1, and entry 3 was read"))  # as an engine tells it
        turn_until(reactor, lambda: one.follower.faults)
        may_write.set()
        assert reactor.turn_until(asked) == 1
        with pytest.raises(RecordError):
            reactor.turn_until(one.paint())  # as the board tries the record
        one.stop()
