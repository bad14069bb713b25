"""Starts of a server on a canvas on which the others never rest."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from dcc.cluster.log import Deliver, Entry, LogUnknown, Notice
from dcc.cluster.memory_log import MemoryEngine, MemoryLog
from dcc.errors import RecordError
from dcc.record import joining
from tests.support.cluster import Server, stop_all
from tests.support.thread_clock import ThreadClock


class BusyLog(MemoryLog):
    """Others add an entry whenever one was read, and the first publications end unknown and are lost.

    :ivar lost: how many publications are still to be lost.
    """

    lost = 1
    _is_busy = True

    def follow(self, after: int, deliver: Deliver, notice: Notice) -> None:
        """Have others add entries, which are copies and do nothing."""

        def deliver_and_add(found: Sequence[Entry]) -> None:
            deliver(found)
            if self._is_busy:
                super(BusyLog, self).publish(found[-1].payload, "")

        super().follow(after, deliver_and_add, notice)

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Lose an entry, or have the others rest at last."""
        if not self.lost:
            self._is_busy = False
            return super().publish(payload, mark)
        self.lost -= 1
        failed: Future[None] = Future()
        failed.set_exception(LogUnknown("no answer came"))
        return failed

    def close(self) -> None:
        """Disconnect."""
        self._is_busy = False
        super().close()


class DeafLog(BusyLog):
    """Loses every publication."""

    lost = 1_000_000_000


def test_a_server_starts_although_its_first_publication_is_lost_and_others_never_rest(tmp_path: Path) -> None:
    engine, reactor = MemoryEngine(), ThreadClock()
    one = Server(engine, tmp_path / "one", reactor)
    two = Server(engine, tmp_path / "two", reactor, make_log=BusyLog)
    stop_all(engine, one, two)


def test_a_server_whose_start_the_log_never_takes_says_so_although_others_never_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, reactor = MemoryEngine(), ThreadClock()
    one = Server(engine, tmp_path / "one", reactor)
    monkeypatch.setattr(joining, "PATIENCE_SECONDS", 1.0)  # in place of half a minute
    with pytest.raises(RecordError, match="does not take the start of this server within 1 s"):
        Server(engine, tmp_path / "two", reactor, make_log=DeafLog)
    stop_all(engine, one)
