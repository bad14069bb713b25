"""The log in one node of the engine: what the port promises."""

from __future__ import annotations

import errno
import io
import random
from typing import Any

import pytest

from dcc import reasons
from dcc.cluster.engine import NatsLog
from dcc.cluster.follower import WAITING_BYTES
from dcc.cluster.log import ENTRY_BYTES, Extent, LogAway, LogRefused, LogUnknown
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine, Proxy
from tests.support.log_reader import LogReader, publish, publish_all


class PiecesFile(io.BytesIO):
    """A file that notes the lengths of what is read and written, or fails.

    :ivar pieces: the lengths.
    """

    def __init__(self, content: bytes = b"", fault: OSError | None = None) -> None:
        super().__init__(content)
        self.pieces: list[int] = []
        self._fault = fault

    def _note(self, length: int) -> int:
        if self._fault is not None:
            raise self._fault
        self.pieces.append(length)
        return length

    def readinto(self, buffer: Any) -> int:
        """Read a piece."""
        return self._note(super().readinto(buffer))

    def write(self, piece: Any) -> int:
        """Write a piece."""
        return self._note(super().write(piece))


def fetch(log: NatsLog, name: str) -> bytes:
    """Return a snapshot."""
    file = io.BytesIO()
    log.fetch_snapshot(name, file)
    return file.getvalue()


def test_two_readers_receive_what_two_servers_publish_in_the_same_order(
    engine: Engine, name: str, open_log: OpenLog
) -> None:
    logs = [open_log(engine.address(name)) for _ in range(2)]
    readers = [LogReader(log) for log in logs]
    for number in range(100):
        futures = [log.publish(f"{which}-{number}".encode(), f"{which}-{number}") for which, log in enumerate(logs)]
        assert [future.result() for future in futures] == [None, None]
    mine, theirs = (reader.until_entries(200) for reader in readers)
    assert mine == theirs
    for which in range(2):
        own = [payload for payload in mine if payload.startswith(b"%d-" % which)]
        assert own == [b"%d-%d" % (which, number) for number in range(100)]


def test_a_mark_is_taken_once(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    for payload, mark in ((b"one", "w-1"), (b"one", "w-1"), (b"two", "w-2"), (b"one", "w-1"), (b"three", "w-3")):
        publish(log, payload, mark)
    assert LogReader(log).until_entries(3) == [b"one", b"two", b"three"]
    assert log.extent() == Extent(1, 3)


def test_a_new_log_is_empty_and_an_old_one_is_found_again(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    assert log.open() == log.extent() == Extent(1, 0)
    publish_all(log, (b"%d" % number for number in range(50)))
    log.close()
    log = open_log(engine.address(name))
    assert log.open() == Extent(1, 50)
    reader = LogReader(log, after=48)
    assert len(reader.until_entries(2)) == 2
    publish(log, b"more")
    assert reader.until_entries(3)[-1] == b"more"


def test_two_canvases_in_one_engine_know_nothing_of_each_other(engine: Engine, name: str, open_log: OpenLog) -> None:
    log, other = open_log(engine.address(name)), open_log(engine.address(f"{name}-other"))
    publish(other, b"theirs")
    publish(log, b"ours", "the same mark")
    publish(other, b"theirs again", "the same mark")
    assert LogReader(log).until_entries(1) == [b"ours"]
    assert LogReader(other).until_entries(2) == [b"theirs", b"theirs again"]


def test_any_bytes_of_any_length_come_back(engine: Engine, name: str, open_log: OpenLog) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    bytes_of = random.Random(seed).randbytes
    payloads = [bytes_of(length) for length in (0, 1, 100, 5000, ENTRY_BYTES)]
    log = open_log(engine.address(name))
    for number, payload in enumerate(payloads):
        publish(log, payload, str(number))
    assert LogReader(log).until_entries(len(payloads)) == payloads


def test_too_long_an_entry_is_refused_and_the_next_one_is_taken(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    with pytest.raises(LogRefused) as caught:
        log.publish(bytes(ENTRY_BYTES + 1), "long").result()
    assert caught.value.code == reasons.LOG_REFUSED.code
    publish(log, b"short")
    assert log.extent() == Extent(1, 1)


def test_a_full_log_refuses_and_takes_entries_again_once_there_is_room(
    engine: Engine, name: str, open_log: OpenLog
) -> None:
    log = open_log(engine.address(name))
    reader = LogReader(log)
    engine.change_stream(f"DCC_{name}", max_bytes=20_000)
    payload, taken = bytes(1000), 0
    with pytest.raises(LogRefused) as caught:
        for number in range(1000):
            log.publish(payload, str(number)).result()
            taken += 1
    assert caught.value.code == reasons.LOG_FULL.code
    assert "max_bytes" in caught.value.advice
    assert 10 < taken < 20
    log.trim(taken)
    publish(log, b"room")
    assert reader.until_entries(taken + 1)[-1] == b"room"
    assert log.extent() == Extent(taken + 1, taken + 1)


def test_fifty_thousand_entries_are_caught_up_in_order(name: str, open_log: OpenLog) -> None:
    payloads = [b"%d" % number for number in range(50_000)]
    with Engine(sync="1m") as engine:  # to fill the log quicker
        log = open_log(engine.address(name))
        engine.fill(f"DCC_{name}", payloads)
        reader = LogReader(log)
        assert reader.until_entries(50_000) == payloads
        assert reader.calls < 5000  # many entries a call
        log.close()


def test_a_slow_reader_slows_the_reading_and_misses_nothing(engine: Engine, name: str, open_log: OpenLog) -> None:
    payloads = [b"%06d" % number + bytes(500_000) for number in range(100)]
    with Proxy(engine.ports[0]) as proxy:
        log = open_log(engine.address(name, proxy.port))
        for payload in payloads:
            publish(log, payload, payload[:6].decode())
        reader = LogReader(log, held=True)
        try:
            proxy.until_passed(WAITING_BYTES)
            for _ in range(30):
                log.extent()  # questions go on, and their answers queue behind entries on the way
            assert proxy.passed < 3 * WAITING_BYTES
            publish(log, b"meanwhile")  # so do publications
        finally:
            reader.release()
        assert reader.until_entries(101) == [*payloads, b"meanwhile"]


def test_trimming_forgets_the_first_entries(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    publish_all(log, (b"%d" % number for number in range(10)))
    log.trim(4)
    assert log.extent() == Extent(5, 10)
    assert len(LogReader(log, after=4).until_entries(6)) == 6
    log.trim(10)
    assert log.extent() == Extent(11, 10)
    publish(log, b"next")
    assert log.extent() == Extent(11, 11)


def test_a_renewed_log_is_empty_and_begins_at_the_wanted_position(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    publish_all(log, (b"%d" % number for number in range(10)))
    log.renew(7)
    assert log.extent() == Extent(8, 7)
    reader = LogReader(log, after=7)
    publish(log, b"first")
    assert reader.until_entries(1) == [b"first"]
    assert log.extent() == Extent(8, 8)


def test_the_newest_snapshots_are_kept_beside_the_log(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    assert log.snapshots() == []
    seed = random.randrange(2**32)
    print("seed", seed)
    large = random.Random(seed).randbytes(3_000_000)
    log.put_snapshot("z-1", io.BytesIO(b"old"))
    log.put_snapshot("m-2", io.BytesIO())
    log.put_snapshot("a-3", io.BytesIO(large))
    other = open_log(engine.address(name))
    assert other.snapshots() == ["m-2", "a-3"]
    assert fetch(other, "a-3") == large
    assert fetch(other, "m-2") == b""
    with pytest.raises(LogRefused, match="there is no snapshot 'z-1'"):
        fetch(other, "z-1")


def test_snapshots_move_in_pieces(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    source, target = PiecesFile(bytes(3_000_000)), PiecesFile()
    log.put_snapshot("1", source)
    log.fetch_snapshot("1", target)
    assert target.getvalue() == source.getvalue()
    assert max(*source.pieces, *target.pieces) < 200_000


def test_a_disk_that_fails_is_not_taken_for_an_engine_that_is_away(
    engine: Engine, name: str, open_log: OpenLog
) -> None:
    log = open_log(engine.address(name))
    with pytest.raises(OSError, match="No space left"):
        log.put_snapshot("1", PiecesFile(b"x", OSError(errno.ENOSPC, "No space left")))
    assert log.snapshots() == []
    log.put_snapshot("1", io.BytesIO(b"x"))
    with pytest.raises(OSError, match="No space left"):
        log.fetch_snapshot("1", PiecesFile(b"", OSError(errno.ENOSPC, "No space left")))


def test_a_bucket_that_is_gone_in_the_middle_of_a_snapshot_is_an_engine_that_is_away(
    engine: Engine, name: str, open_log: OpenLog
) -> None:
    class Interrupted(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            if self.tell() == 0:  # nats-py reads in a thread
                engine.ask(f"STREAM.DELETE.OBJ_DCC_{name}")
            return super().readinto(buffer)

    log = open_log(engine.address(name))
    log.put_snapshot("1", io.BytesIO(b"x"))
    with pytest.raises(LogAway):
        log.put_snapshot("2", Interrupted(bytes(300_000)))


def test_an_engine_that_is_away_at_the_start_is_named_and_found_later() -> None:
    with Engine() as engine:
        (port,) = engine.ports
        engine.kill(0)
        log = NatsLog(engine.address("late"))
        with pytest.raises(LogAway) as caught:
            log.open()
        assert str(caught.value) == f"the engine at 127.0.0.1:{port} cannot be reached: Connection refused"
        assert caught.value.advice.startswith("Start nats-server there")
        engine.start(0)
        assert log.open() == Extent(1, 0)
        publish(log, b"here")
        log.close()


def test_an_engine_that_goes_away_is_noticed_and_all_goes_on_when_it_returns(name: str, open_log: OpenLog) -> None:
    with Engine() as engine:
        log = open_log(engine.address(name))
        reader = LogReader(log)
        publish(log, b"before")
        engine.kill(0)
        assert "Connection refused" in str(reader.until_notice(LogAway))
        with pytest.raises(LogAway):
            log.extent()
        waiting = log.publish(b"after", "after")
        engine.start(0)
        waiting.result()
        reader.until_notice(type(None))
        assert reader.until_entries(2) == [b"before", b"after"]


def test_what_is_published_while_a_log_closes_fails_at_once(engine: Engine, name: str) -> None:
    with Engine() as engine:
        log = NatsLog(engine.address(name))
        log.open()
        engine.pause(0)
        future = log.publish(b"x", "x")
        log.close()
        assert isinstance(future.exception(), LogUnknown)
