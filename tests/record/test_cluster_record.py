"""Records of several servers over one log in memory."""

from __future__ import annotations

import random
import sqlite3
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from dcc import reasons
from dcc.cluster.log import LogRefused
from dcc.cluster.memory_log import MemoryEngine, MemoryLog
from dcc.core.actions import Freeze, Thaw
from dcc.core.canvas import PIXEL_BYTES
from dcc.errors import RecordError, RecordInDoubt, RecordLate, Refusal
from dcc.record.cluster import ANSWERED_SECONDS, PUBLISHED_AGAIN_SECONDS, READ_BACK_SECONDS
from dcc.record.maintenance import verify
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.support.cluster import TIME_MS, Server, stop_all, turn_until
from tests.support.records import ANA, BRUNO, SIZE, stroke
from tests.support.thread_clock import ThreadClock


@pytest.fixture
def reactor() -> ThreadClock:
    return ThreadClock()


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


def _checksum(path: Path) -> bytes:
    verdict = verify(path)
    assert verdict.problems == ()
    return verdict.checksum


def test_two_servers_have_the_same_board_after_racing_paints(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    for number in range(20):
        painted = [
            one.paint(stroke((number, 1)), stroke((number + 1, 2), by=BRUNO)),
            two.paint(stroke((number, 3), (number + 2, 4), by=BRUNO)),
        ]
        sequences = [reactor.turn_until(each) for each in painted]
        assert sorted(sequences)[1] == 4 * (number + 1)
    turn_until(reactor, lambda: one.follower.sequence == two.follower.sequence == 80)
    assert one.follower.canvas.colours == two.follower.canvas.colours
    assert one.follower.shown == two.follower.shown
    stop_all(engine, one, two)
    assert _checksum(tmp_path / "one") == _checksum(tmp_path / "two")
    with Reader(tmp_path / "one") as reader, Reader(tmp_path / "two") as other:
        assert list(reader.strokes()) == list(other.strokes())


def test_an_own_batch_comes_as_the_very_list_that_was_given(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    server = Server(engine, tmp_path / "one", reactor)
    strokes = [stroke((1, 1))]
    assert reactor.turn_until(server.record.append(strokes, 5)) == 1
    assert server.follower.batches[0] is strokes
    server.stop()


def test_paints_of_old_rules_come_too_late(tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    frozen, painted = one.act(Freeze()), two.paint(stroke((1, 1)))
    reactor.turn_until(frozen)
    with pytest.raises(RecordLate):
        reactor.turn_until(painted)
    assert reactor.turn_until(two.paint(stroke((1, 1)))) == 1  # the rules are the board's business
    stop_all(engine, one, two)
    assert _checksum(tmp_path / "one") == _checksum(tmp_path / "two")


def test_an_action_comes_too_late_after_a_paint_that_its_author_did_not_know(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    painted, acted = one.paint(stroke((1, 1))), two.act(Freeze())
    reactor.turn_until(painted)
    with pytest.raises(RecordLate):
        reactor.turn_until(acted)
    assert reactor.turn_until(two.act(Thaw())).number == 1
    stop_all(engine, one, two)


def test_a_server_that_comes_back_has_all_of_the_log(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor)
    two.stop()
    for number in range(5):
        reactor.turn_until(one.paint(stroke((number, 2), by=ANA)))
    reactor.turn_until(one.act(Freeze()))
    two = Server(engine, tmp_path / "two", reactor)
    assert two.follower.canvas.colours == one.follower.canvas.colours
    assert two.follower.sequence == 5
    assert [entry.action for entry in two.follower.entries] == [Freeze()]
    assert two.record.client_ids != one.record.client_ids
    stop_all(engine, one, two)


def test_a_record_of_one_server_takes_no_statement_more_for_a_commit(tmp_path: Path) -> None:
    statements: list[str] = []

    class Traced(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.set_trace_callback(statements.append)

    writer = Writer(tmp_path / "one", SIZE, connection_class=Traced)
    statements.clear()
    writer.append([stroke((1, 1))], TIME_MS)
    assert [statement.split()[0] for statement in statements] == ["BEGIN", "UPDATE", "INSERT", "INSERT", "COMMIT"]
    statements.clear()
    writer.append([stroke((1, 1))], TIME_MS)
    assert [statement.split()[0] for statement in statements] == ["BEGIN", "UPDATE", "INSERT", "COMMIT"]
    statements.clear()
    writer.act(ANA, Freeze(), b"", TIME_MS)
    assert [statement.split()[0] for statement in statements] == ["BEGIN", "UPDATE", "INSERT", "UPDATE", "COMMIT"]
    writer.close()


class ForgetfulLog(MemoryLog):
    """Loses entries that it acknowledges, or has no room.

    :ivar is_forgetful: whether entries are lost.
    :ivar is_full: whether there is no room.
    :ivar published: the marks of all publications.
    """

    is_forgetful = False
    is_full = False

    def __init__(self, engine: MemoryEngine) -> None:
        super().__init__(engine)
        self.published: list[str] = []

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Lose an entry, have no room for one, or take it."""
        self.published.append(mark)
        answer: Future[None] = Future()
        if self.is_forgetful:
            answer.set_result(None)
            return answer
        if self.is_full:
            answer.set_exception(LogRefused(reasons.LOG_FULL))
            return answer
        return super().publish(payload, mark)


def _forgetful(server: Server) -> ForgetfulLog:
    assert isinstance(server.log, ForgetfulLog)
    return server.log


def test_an_entry_that_was_acknowledged_and_is_not_read_back_is_published_again(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    server = Server(engine, tmp_path / "one", reactor, make_log=ForgetfulLog)
    log = _forgetful(server)
    log.is_forgetful = True
    asked = server.paint(stroke((1, 1)))
    reactor.advance(READ_BACK_SECONDS)
    assert [fault.code for fault in server.follower.faults] == [reasons.LOG_AWAY.code]
    with pytest.raises(RecordError):
        reactor.turn_until(server.paint())  # as the board tries the record
    log.is_forgetful, log.is_full = False, True
    reactor.advance(PUBLISHED_AGAIN_SECONDS)  # a refusal now says nothing of the first publication
    turn_until(reactor, lambda: len(server.follower.faults) == 2)
    log.is_full = False
    reactor.advance(PUBLISHED_AGAIN_SECONDS)
    assert reactor.turn_until(asked) == 1
    assert len(set(log.published[-3:])) == 1
    assert reactor.turn_until(server.paint(stroke((2, 2)))) == 2
    server.stop()


def test_an_action_that_is_too_long_for_an_entry_is_refused_and_no_fault_of_the_record(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock
) -> None:
    server = Server(engine, tmp_path / "one", reactor)
    pixels = random.Random(1).randbytes(400_000 * PIXEL_BYTES)
    with pytest.raises(Refusal, match="choose an area, or less time"):
        reactor.turn_until(server.act(Freeze(), pixels))
    assert not server.follower.faults
    assert reactor.turn_until(server.paint(stroke((1, 1)))) == 1
    server.stop()


@pytest.mark.parametrize("is_first_under_way", [True, False])
def test_a_server_that_stops_answers_all_batches_within_one_wait(
    tmp_path: Path, engine: MemoryEngine, reactor: ThreadClock, is_first_under_way: bool
) -> None:
    server = Server(engine, tmp_path / "one", reactor, make_log=ForgetfulLog)
    _forgetful(server).is_forgetful = True
    if not is_first_under_way:
        server.record.answer_soon()
    asked = server.paint(stroke((1, 1)))
    if is_first_under_way:
        server.record.answer_soon()
    reactor.advance(ANSWERED_SECONDS)
    with pytest.raises(RecordInDoubt):
        reactor.turn_until(asked)
    with pytest.raises(RecordError, match="the server stops"):
        reactor.turn_until(server.paint(stroke((2, 2))))  # a batch that waited
    server.stop()
    assert not reactor.getDelayedCalls()
