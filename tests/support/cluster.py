"""Servers' records over one log, within one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from dcc.cluster.log import Log
from dcc.cluster.memory_log import MemoryEngine, MemoryLog
from dcc.core.actions import Action, LogEntry
from dcc.core.placements import Painter, Stroke
from dcc.errors import RecordError
from dcc.record.cluster import DEFAULT_LOG_KEEP, ClusterRecord
from dcc.record.joining import join
from tests.support.records import ANA, SIZE
from tests.support.thread_clock import ThreadClock

ADDRESS = "nats://127.0.0.1/test"
TIME_MS = 1_700_000_000_000


class Follower:
    """Listens to a record as a board does.

    :ivar shown: the sequences that were delivered.
    :ivar entries: the actions that were delivered.
    :ivar faults: the notices.
    :ivar seen: called with each sequence that a viewer could see, and the board as of then.
    """

    def __init__(self, record: ClusterRecord) -> None:
        self.record = record
        self.sequence, self.canvas = record.load()
        self.shown = [self.sequence]
        self.batches: list[Sequence[Stroke]] = []
        self.entries: list[LogEntry] = list(record.log())
        self.faults: list[RecordError] = []
        self.seen: Callable[[int, bytes], None] = lambda _sequence, _colours: None
        record.follow(self._deliver, self._deliver_action, self.faults.append)

    def _deliver(self, strokes: Sequence[Stroke], sequence: int, _time_ms: int) -> None:
        for stroke in strokes:
            self.canvas.apply(stroke.pixels)
        self.batches.append(strokes)
        self.sequence = sequence
        self.shown.append(sequence)
        self.seen(sequence, bytes(self.canvas.colours))

    def _deliver_action(self, entry: LogEntry, strokes: Sequence[Stroke]) -> None:
        self.entries.append(entry)
        if strokes:
            self._deliver(strokes, entry.sequence + entry.cells, entry.time_ms)


class Server:
    """One server: its log, its record, and a listener in the place of a board."""

    def __init__(
        self,
        engine: MemoryEngine,
        path: Path,
        reactor: ThreadClock,
        make_log: Callable[[MemoryEngine], Log] = MemoryLog,
        log_keep: int = DEFAULT_LOG_KEEP,
    ) -> None:
        self.path = path
        self.reactor = reactor
        self.log = make_log(engine)
        size = None if path.exists() or engine.last else SIZE
        self.record = join(self.log, ADDRESS, path, size, None, reactor, log_keep=log_keep)
        self.follower = Follower(self.record)

    def paint(self, *strokes: Stroke) -> Deferred[int]:
        """Ask for a batch."""
        return self.record.append(list(strokes), TIME_MS)

    def act(self, action: Action, pixels: bytes = b"", by: Painter = ANA) -> Deferred[LogEntry]:
        """Ask for an action."""
        return self.record.act(by, action, pixels, TIME_MS)

    def stop(self) -> None:
        """Stop, as a server does."""
        self.reactor.turn_until(self.record.close())


def turn_until(reactor: ThreadClock, is_done: Callable[[], Any]) -> None:
    """Turn the loop until a state is reached."""
    while not is_done():
        reactor.turn()


def stop_all(engine: MemoryEngine, *servers: Server) -> None:
    """Stop servers once each has all of the log."""
    for server in servers:
        turn_until(server.reactor, lambda server=server: server.record.position == engine.last)
    for server in servers:
        server.stop()
