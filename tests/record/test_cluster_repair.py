"""Snapshots of a shared canvas, logs that are behind or different, and their repair."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from io import BufferedIOBase
from pathlib import Path
from random import Random
from threading import Event
from typing import cast

import pytest

from dcc import reasons
from dcc.cluster.log import Deliver, Entry, Extent, LogAway, LogLost, LogRefused, Notice
from dcc.cluster.memory_log import ENTRIES_AT_ONCE, MemoryEngine, MemoryLog
from dcc.cluster.server_state import ServerState
from dcc.core.actions import Freeze
from dcc.errors import RecordError, RecordInDoubt
from dcc.record import entries
from dcc.record.entries import SnapshotKept
from dcc.record.forgetting import forget
from dcc.record.inflow import HELD_ENTRIES
from dcc.record.maintenance import resize, verify
from dcc.record.repairing import leave, repair
from dcc.record.snapshots import kept_snapshots, put_snapshot
from dcc.record.writer import Writer
from tests.support.cluster import ADDRESS, Server, stop_all, turn_until
from tests.support.records import SIZE, PaintingWriter, random_batches, stroke
from tests.support.server_process import PATIENCE_SECONDS
from tests.support.thread_clock import ThreadClock


@pytest.fixture
def reactor() -> ThreadClock:
    return ThreadClock()


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


def _paint(server: Server, count: int) -> None:
    for number in range(count):
        server.reactor.turn_until(server.paint(stroke((number, 5))))


def _equal(*paths: Path) -> bool:
    checked = [verify(path) for path in paths]
    assert all(check.problems == () for check in checked)
    return len({(check.sequence, check.checksum) for check in checked}) == 1


def test_a_canvas_that_exists_is_brought_in_with_its_whole_history(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    writer = PaintingWriter(tmp_path / "one", SIZE)
    for batch in random_batches(Random(1), 20):
        writer.append(*batch)
    writer.stop()
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    _paint(two, 1)
    stop_all(engine, one, two)
    assert _equal(tmp_path / "one", tmp_path / "two")


def test_a_record_of_another_canvas_does_not_join(tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    Writer(tmp_path / "other", SIZE).close()
    with pytest.raises(RecordError, match="the log is of another canvas"):
        Server(engine, tmp_path / "other", reactor)
    one.stop()


class QuickerLog(MemoryLog):
    """Another server begins the log while this one is about to."""

    def open(self) -> Extent:
        """Look at the log; then let the other server be quicker."""
        extent = super().open()
        self.begin_elsewhere()
        return extent

    begin_elsewhere: Callable[[], None] = staticmethod(lambda: None)


@pytest.mark.parametrize("is_same", [True, False])
def test_of_two_servers_that_begin_a_log_at_once_the_later_starts_again(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock, is_same: bool
) -> None:
    others: list[Server] = []

    def make_log(engine: MemoryEngine) -> QuickerLog:
        log = QuickerLog(engine)
        if is_same:
            log.begin_elsewhere = lambda: others.append(Server(engine, tmp_path / "copy", reactor))
        else:
            log.begin_elsewhere = lambda: others.append(Server(engine, tmp_path / "new", reactor))
        return log

    if is_same:
        Writer(tmp_path / "one", SIZE).close()
        (tmp_path / "copy").write_bytes((tmp_path / "one").read_bytes())
    with pytest.raises(RecordError, match="another server began the log at the same moment"):
        Server(engine, tmp_path / "one", reactor, make_log=make_log)
    third = Server(engine, tmp_path / "third", reactor)
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 1)
    stop_all(engine, one, third, *others)
    assert _equal(tmp_path / "one", tmp_path / "third", others[0].path)


class FullLog(MemoryLog):
    """Has no room for snapshots."""

    def put_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """Refuse."""
        raise LogRefused("the engine has no room for a snapshot")


def test_a_new_canvas_stays_if_the_log_has_begun_with_it_and_the_next_start_puts_the_snapshot(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    with pytest.raises(RecordError, match="no room"):
        Server(engine, tmp_path / "one", reactor, make_log=FullLog)
    with pytest.raises(RecordError, match="the log has no copy of the canvas to fetch"):
        Server(engine, tmp_path / "two", reactor)
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    _paint(two, 1)
    stop_all(engine, one, two)
    assert _equal(tmp_path / "one", tmp_path / "two")


class SlowLog(MemoryLog):
    """A log whose snapshots take until the log is closed, or until released, once it is slow. Forgets no entry.

    :ivar is_putting: set while a snapshot is on its way.
    :ivar was_closed: whether the log was closed while a snapshot was on its way.
    """

    def __init__(self, engine: MemoryEngine) -> None:
        super().__init__(engine)
        self.is_putting, self.was_closed = Event(), False
        self._is_slow, self._may_go_on, self._has_closed = False, Event(), Event()

    def slow_down(self) -> None:
        """Have snapshots wait from now on."""
        self._is_slow = True

    def release(self) -> None:
        """Let the snapshot that waits, and all later ones, go on."""
        self._may_go_on.set()

    def put_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """Keep a snapshot, late."""
        if self._is_slow:
            self.is_putting.set()
            assert self._may_go_on.wait(PATIENCE_SECONDS)
            self.was_closed = self._has_closed.is_set()
            if self.was_closed:
                raise LogAway("the connection was closed")
        super().put_snapshot(name, file)

    def trim(self, upto: int) -> None:
        """Forget nothing."""

    def close(self) -> None:
        """Disconnect."""
        self._has_closed.set()
        self.release()
        super().close()


def _snapshots_told(engine: MemoryEngine) -> list[int]:
    """Return the positions of the snapshots that the log tells of."""
    contents = [entries.decode(payload).content for payload in engine.entries]
    return [content.position for content in contents if isinstance(content, SnapshotKept)]


def test_a_snapshot_that_is_overtaken_by_newer_ones_stops_nobody(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor, make_log=SlowLog, log_keep=16)
    two = Server(engine, tmp_path / "two", reactor, make_log=SlowLog, log_keep=16)
    slow = cast(SlowLog, one.log)
    slow.slow_down()
    while not slow.is_putting.is_set():
        _paint(one, 1)
        turn_until(reactor, lambda: two.record.position == engine.last)
    while len(_snapshots_told(engine)) < 3:
        _paint(two, 1)
    turn_until(reactor, lambda: two.record.position == engine.last and not two.record._upkeep._is_busy)
    newer = _snapshots_told(engine)
    slow.release()
    turn_until(reactor, lambda: len(_snapshots_told(engine)) > len(newer))
    told = _snapshots_told(engine)
    assert told[-1] < min(newer)
    turn_until(reactor, lambda: one.record.position == two.record.position == engine.last)
    _paint(two, 1)
    _paint(one, 1)
    stop_all(engine, one, two)
    assert _snapshots_told(engine) == told  # the next one is due as if the late one were not there
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 1)
    one.stop()


def test_a_server_that_stops_does_not_wait_for_its_snapshot(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor, make_log=SlowLog, log_keep=8)
    slow = cast(SlowLog, one.log)
    slow.slow_down()
    while not slow.is_putting.is_set():
        _paint(one, 1)
    assert len(list(tmp_path.glob("one.snapshot-*"))) == 1
    one.stop()
    assert slow.was_closed
    assert _snapshots_told(engine) == []
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_start_removes_the_copy_that_a_killed_server_was_making(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    for name in ("one.snapshot-x1_y2z3", "other.snapshot-x1_y2z3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "copy.sqlite3").write_bytes(b"x")
    one = Server(engine, tmp_path / "one", reactor)
    one.stop()
    assert {path.name for path in tmp_path.iterdir()} == {"one", "other.snapshot-x1_y2z3"}


def test_the_log_forgets_what_a_snapshot_has_and_a_new_server_begins_with_the_snapshot(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor, log_keep=8)
    two = Server(engine, tmp_path / "two", reactor, log_keep=8)
    two.stop()
    _paint(one, 30)
    while engine.trimmed <= 3 or kept_snapshots(MemoryLog(engine))[-1].position <= 8:
        _paint(one, 1)  # entries at which a snapshot is due while one is under way pass without one
    turn_until(reactor, lambda: not one.record._upkeep._is_busy)  # or the log would forget more during the start
    three = Server(engine, tmp_path / "three", reactor, log_keep=8)
    assert three.follower.canvas.colours == one.follower.canvas.colours
    with pytest.raises(RecordError, match=f"the log no longer has the entries that {tmp_path / 'two'} lacks"):
        Server(engine, tmp_path / "two", reactor)
    stop_all(engine, one, three)
    assert _equal(tmp_path / "one", tmp_path / "three")


def test_a_log_that_lost_entries_is_refused_and_goes_on_from_the_most_advanced_copy(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    _paint(one, 5)
    turn_until(reactor, lambda: two.follower.sequence == 5)
    stop_all(engine, one, two)
    del engine.entries[4:]  # as after a restart from an older copy of the engine's files
    with pytest.raises(RecordError, match=re.escape(f"See dcc cluster repair {ADDRESS} {tmp_path / 'one'}")):
        Server(engine, tmp_path / "one", reactor)
    repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "one")
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    _paint(two, 3)
    turn_until(reactor, lambda: one.follower.sequence == 8)
    stop_all(engine, one, two)
    assert _equal(tmp_path / "one", tmp_path / "two")


class DeafLog(MemoryLog):
    """Refuses every entry."""

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Refuse."""
        refused: Future[None] = Future()
        refused.set_exception(LogRefused("the disk of the engine is full"))
        return refused


@pytest.mark.parametrize("is_copy", [True, False])
def test_a_repair_that_broke_off_once_the_log_was_empty_is_done_again(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock, is_copy: bool
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 5)
    one.stop()
    if is_copy:
        del engine.entries[4:]
    else:
        leave(tmp_path / "one")
    logs = [DeafLog(engine), MemoryLog(engine)] if is_copy else [DeafLog(engine)]
    with pytest.raises(RecordError, match="the disk of the engine is full"):
        repair(lambda: logs.pop(), ADDRESS, tmp_path / "one")
    assert engine.entries == []
    repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "one")
    two = Server(engine, tmp_path / "two", reactor)
    one = Server(engine, tmp_path / "one", reactor)
    _paint(two, 1)
    stop_all(engine, one, two)
    assert _equal(tmp_path / "one", tmp_path / "two")


def test_a_less_advanced_copy_does_not_end_a_repair_that_broke_off(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    one.stop()
    (tmp_path / "less").write_bytes((tmp_path / "one").read_bytes())
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 5)
    one.stop()
    engine.kept.clear()
    MemoryLog(engine).renew(engine.last)
    with pytest.raises(RecordError, match=f"the log no longer has the entries that {tmp_path / 'less'} lacks"):
        repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "less")


def test_a_repair_that_is_refused_since_a_server_goes_further_leaves_the_record_as_it_is(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    Server(engine, tmp_path / "other", reactor).stop()
    Writer(tmp_path / "one", SIZE).close()
    running = [ServerState("one", "host", users=1, position=9, sequence=9)]
    with pytest.raises(RecordError, match="a server on host goes further"):
        repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "one", running)
    Writer(tmp_path / "one").close()  # which would refuse a copy


def test_a_snapshot_is_made_beside_the_record(
    tmp_path: Path, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))  # in place of a small one, or one of others
    Writer(tmp_path / "one", SIZE).close()
    assert put_snapshot(MemoryLog(engine), tmp_path / "one").name in engine.kept
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_snapshot_that_cannot_be_made_is_told_in_a_line(tmp_path: Path, engine: MemoryEngine) -> None:
    with pytest.raises(RecordError, match=f"cannot write {tmp_path}/none: No such file or directory"):
        put_snapshot(MemoryLog(engine), tmp_path / "none" / "one")


class EagerLog(MemoryLog):
    """Is closed only after more entries have come than a reader holds, as when much follows the place that differs."""

    def __init__(self, engine: MemoryEngine) -> None:
        super().__init__(engine)
        self._read = 0
        self._is_full = Event()

    def follow(self, after: int, deliver: Deliver, notice: Notice) -> None:
        """Count what is delivered."""

        def count(found: Sequence[Entry]) -> None:
            self._read += len(found)
            if self._read > HELD_ENTRIES + ENTRIES_AT_ONCE + 1:  # the start takes one
                self._is_full.set()
            deliver(found)

        super().follow(after, count, notice)

    def close(self) -> None:
        """Disconnect once enough was read."""
        if self._follower is not None:
            self._is_full.wait(PATIENCE_SECONDS)
        super().close()


def test_a_start_and_a_repair_end_however_many_entries_follow_the_place_that_differs(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 2)
    one.stop()
    engine.entries[-1:] = [b"another"] * 10_000
    with pytest.raises(RecordError, match="another one than in"):
        Server(engine, tmp_path / "one", reactor, make_log=EagerLog)
    logs = iter((EagerLog(engine), MemoryLog(engine)))
    repair(lambda: next(logs), ADDRESS, tmp_path / "one")
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 1)
    one.stop()


def test_a_copy_that_goes_further_than_a_repaired_log_is_refused(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    two.stop()
    _paint(one, 5)
    one.stop()
    del engine.entries[2:]
    repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "two")
    two = Server(engine, tmp_path / "two", reactor)
    _paint(two, 9)
    with pytest.raises(RecordError, match="another one than in"):
        Server(engine, tmp_path / "one", reactor)
    two.stop()


def test_a_log_that_fits_is_not_repaired(tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 2)
    one.stop()
    before = list(engine.entries)
    with pytest.raises(RecordError, match="nothing to repair"):
        repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "one")
    assert engine.entries == before


@pytest.mark.parametrize("payload", [b"", b"\1", b"another program", bytes(200)], ids=repr)
def test_a_foreign_entry_stops_a_server_until_the_log_is_repaired(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock, payload: bytes
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 2)
    MemoryLog(engine).publish(payload, "")
    turn_until(reactor, lambda: one.follower.faults)
    assert one.follower.faults[-1].code == reasons.LOG_LOST.code
    assert f"dcc cluster repair {ADDRESS} {tmp_path / 'one'}" in one.follower.faults[-1].advice
    with pytest.raises(RecordError, match="does not fit"):
        reactor.turn_until(one.paint(stroke((1, 1))))
    assert one.follower.sequence == 2  # the board is shown as it was
    one.stop()
    repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "one")
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 1)
    one.stop()


def test_an_entry_of_a_newer_version_stops_a_server_with_a_clear_line(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    one.stop()
    MemoryLog(engine).publish(b"dcc" + bytes((entries.FORMAT + 1,)) + bytes(100), "")
    with pytest.raises(RecordError, match="newer version"):
        Server(engine, tmp_path / "one", reactor)


def test_pixels_off_the_board_are_damage(tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    asked = one.paint(stroke((SIZE.width * SIZE.height, 0)))
    turn_until(reactor, lambda: one.follower.faults)
    assert "outside of the board" in one.follower.faults[-1].advice
    with pytest.raises(RecordInDoubt):
        reactor.turn_until(asked)
    one.stop()


class SilentLog(MemoryLog):
    """Tells nobody what became of a publication, once it is silent."""

    is_silent = False

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Answer later than any test waits."""
        return Future() if self.is_silent else super().publish(payload, mark)


def test_a_paint_under_way_as_the_log_is_lost_is_answered_and_told_how_to_repair(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor, make_log=SilentLog)
    one.log.is_silent = True  # type: ignore[attr-defined]
    asked = one.paint(stroke((1, 1)))
    one.record._inflow.notice(LogLost("the log of test is gone from the engine"))  # as an engine tells it
    with pytest.raises(RecordInDoubt):
        reactor.turn_until(asked)
    command = f"dcc cluster repair {ADDRESS} {tmp_path / 'one'}"
    assert one.follower.faults[-1].advice == f"the log of test is gone from the engine. See {command}"
    one.stop()


def test_a_lost_log_refuses_paints_and_keeps_the_board(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    _paint(one, 1)
    one.record._inflow.notice(LogLost("the log ends at entry 1, and entry 3 was read"))  # as an engine tells it
    turn_until(reactor, lambda: one.follower.faults)
    with pytest.raises(RecordError):
        reactor.turn_until(one.paint(stroke((1, 1))))
    one.stop()


def test_a_copy_is_changed_by_nobody_but_its_server_until_it_leaves(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    reactor.turn_until(one.act(Freeze()))
    one.stop()
    with pytest.raises(RecordError, match="one server's copy"):
        Writer(tmp_path / "one")
    with pytest.raises(RecordError, match="one server's copy"):
        forget(tmp_path / "one", 0, addresses=True, names=None, progress=lambda _count: None)
    leave(tmp_path / "one")
    with closing(Writer(tmp_path / "one")) as writer:
        assert len(writer.log) == 1
    with pytest.raises(RecordError, match="no copy of a shared canvas"):
        leave(tmp_path / "one")


def test_a_board_that_grew_goes_on_in_the_log(tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock) -> None:
    one, two = Server(engine, tmp_path / "one", reactor), Server(engine, tmp_path / "two", reactor)
    _paint(one, 3)
    turn_until(reactor, lambda: two.follower.sequence == 3)
    stop_all(engine, one, two)
    leave(tmp_path / "one")
    resize(tmp_path / "one", SIZE.width + 1, SIZE.height)
    repair(lambda: MemoryLog(engine), ADDRESS, tmp_path / "one")
    assert engine.trimmed >= 3
    with pytest.raises(RecordError, match="another canvas"):
        Server(engine, tmp_path / "two", reactor)
    one, three = Server(engine, tmp_path / "one", reactor), Server(engine, tmp_path / "three", reactor)
    assert reactor.turn_until(three.paint(stroke((SIZE.width, 1)))) == 4
    stop_all(engine, one, three)
    assert _equal(tmp_path / "one", tmp_path / "three")
