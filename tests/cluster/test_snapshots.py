"""Snapshots beside a log, while connections are lost, logs are closed, and servers end in the middle."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from dcc.cluster import snapshots
from dcc.cluster.engine import NatsLog
from dcc.cluster.log import LogAway
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine, Proxy
from tests.support.server_process import PATIENCE_SECONDS

LARGE = 1_000_000
"""Bytes of a snapshot of several pieces."""


class EventfulFile(io.BytesIO):
    """Does something once, between the first piece that is read and the second."""

    def __init__(self, happen: Callable[[], object]) -> None:
        super().__init__(random.randbytes(LARGE))
        self._happen: Callable[[], object] | None = happen

    def readinto(self, buffer: Any) -> int:
        """Read a piece."""
        if self._happen is not None and self.tell():
            happen, self._happen = self._happen, None
            happen()
        return super().readinto(buffer)


PIECE = 128 * 1024
PIECES = 5
"""That come before a connection is lost."""


class ShortLine:
    """Passes some pieces of a snapshot, and nothing more until the connection is cut.

    :ivar left: how many bytes still pass; None for all.
    """

    left: int | None = None

    def __call__(self, data: bytes) -> bytes:
        if self.left is None:
            return data
        passed, self.left = data[: self.left], max(0, self.left - len(data))
        return passed


class CutOffFile(io.BytesIO):
    """Tells when so many pieces were written."""

    def __init__(self) -> None:
        super().__init__()
        self.has_all = Event()

    def write(self, piece: Any) -> int:
        """Write a piece."""
        written = super().write(piece)
        if self.tell() == PIECES * PIECE:
            self.has_all.set()
        return written


def fetch(log: NatsLog, name: str) -> bytes:
    """Return a snapshot."""
    file = io.BytesIO()
    log.fetch_snapshot(name, file)
    return file.getvalue()


def subjects(engine: Engine, name: str) -> list[str]:
    """Return the kinds of the subjects in the bucket: C for pieces, M for descriptions."""
    state = engine.ask(f"STREAM.INFO.OBJ_DCC_{name}", {"subjects_filter": ">"})["state"]
    return sorted(subject.split(".")[2] for subject in state["subjects"])


def test_a_snapshot_whose_connection_is_cut_is_not_taken_for_whole(
    engine: Engine, name: str, open_log: OpenLog
) -> None:
    large, line, file = random.randbytes(LARGE), ShortLine(), CutOffFile()
    open_log(engine.address(name)).put_snapshot("1", io.BytesIO(large))
    with Proxy(engine.ports[0], line) as proxy, ThreadPoolExecutor() as pool:
        log = open_log(engine.address(name, proxy.port))
        line.left = PIECES * PIECE + PIECE // 2
        fetching = pool.submit(log.fetch_snapshot, "1", file)
        assert file.has_all.wait(PATIENCE_SECONDS)
        line.left = None
        proxy.cut()
        with pytest.raises(LogAway):
            fetching.result(PATIENCE_SECONDS)
        assert file.getvalue() == large[: PIECES * PIECE]
        assert fetch(open_log(engine.address(name, proxy.port)), "1") == large


def test_what_interrupted_and_removed_snapshots_left_is_removed_once_it_is_old(
    engine: Engine, name: str, open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_log(engine.address(name))
    other.put_snapshot("1", io.BytesIO(b"x"))
    with Proxy(engine.ports[0]) as proxy:
        log = open_log(engine.address(name, proxy.port))
        with pytest.raises(LogAway):
            log.put_snapshot("2", EventfulFile(proxy.cut))
    other.put_snapshot("3", io.BytesIO(b"x"))
    assert subjects(engine, name) == ["C", "C", "C", "M", "M"]
    monkeypatch.setattr(snapshots, "ABANDONED_SECONDS", 0)
    other.put_snapshot("4", io.BytesIO(b"x"))
    assert subjects(engine, name) == ["C", "C", "M", "M", "M"]  # one says that 1 was removed
    other.put_snapshot("5", io.BytesIO(b"x"))
    assert subjects(engine, name) == ["C", "C", "M", "M", "M"]  # one says that 3 was removed
    assert other.snapshots() == ["4", "5"]
    assert fetch(other, "4") == b"x"


def test_a_snapshot_that_another_server_is_putting_is_left_alone(engine: Engine, name: str, open_log: OpenLog) -> None:
    log, other = open_log(engine.address(name)), open_log(engine.address(name))
    file = EventfulFile(lambda: other.put_snapshot("1", io.BytesIO(b"x")))
    log.put_snapshot("2", file)
    assert fetch(other, "2") == file.getvalue()


def test_a_log_is_closed_while_a_snapshot_is_on_its_way(engine: Engine, name: str) -> None:
    with Proxy(engine.ports[0]) as proxy, ThreadPoolExecutor() as pool:
        log = NatsLog(engine.address(name, proxy.port))
        log.open()
        is_on_its_way = Event()

        def stall() -> None:
            proxy.stall()
            is_on_its_way.set()

        putting = pool.submit(log.put_snapshot, "1", EventfulFile(stall))
        assert is_on_its_way.wait(PATIENCE_SECONDS)
        log.close()
        with pytest.raises(LogAway):
            putting.result(PATIENCE_SECONDS)
        with pytest.raises(LogAway, match="the connection was closed"):
            log.snapshots()
