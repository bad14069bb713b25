"""The port :class:`dcc.cluster.log.Log` within one process: for trials, and for models of racing servers."""

from __future__ import annotations

from concurrent.futures import Future
from io import BufferedIOBase
from threading import Condition, Thread

from dcc import reasons
from dcc.cluster.log import ENTRY_BYTES, Deliver, Entry, Extent, Log, LogRefused, Notice

ENTRIES_AT_ONCE = 256
"""Most entries of a delivery."""


class MemoryEngine:
    """What the logs of several servers have in common.

    :ivar entries: the payloads kept, the oldest first.
    :ivar trimmed: the position of the last entry that was forgotten.
    :ivar kept: the snapshots by name, the newest last.
    :ivar changed: guards all of it, and tells of new entries.
    """

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.trimmed = 0
        self.kept: dict[str, bytes] = {}
        self.changed = Condition()

    @property
    def last(self) -> int:
        """The position of the last entry."""
        return self.trimmed + len(self.entries)


class MemoryLog(Log):
    """The log of one server on an engine in memory."""

    def __init__(self, engine: MemoryEngine) -> None:
        self._engine = engine
        self._is_closed = False
        self._follower: Thread | None = None

    def open(self) -> Extent:
        """See :class:`dcc.cluster.log.Log`."""
        return self.extent()

    def follow(self, after: int, deliver: Deliver, _notice: Notice) -> None:
        """See :class:`dcc.cluster.log.Log`; memory has no faults."""
        self._follower = Thread(target=self._deliver, args=(after, deliver), name="memory log", daemon=True)
        self._follower.start()

    def _deliver(self, reached: int, deliver: Deliver) -> None:
        engine = self._engine
        while True:
            with engine.changed:
                while engine.last <= reached and not self._is_closed:
                    engine.changed.wait()
                if self._is_closed:
                    return
                begin = reached - engine.trimmed
                found = [
                    Entry(position, payload)
                    for position, payload in enumerate(engine.entries[begin : begin + ENTRIES_AT_ONCE], reached + 1)
                ]
            deliver(found)
            reached += len(found)

    def publish(self, payload: bytes, _mark: str) -> Future[None]:
        """See :class:`dcc.cluster.log.Log`. Without a memory for marks: readers must cope with copies anyway."""
        published: Future[None] = Future()
        if len(payload) > ENTRY_BYTES:
            detail = f"{len(payload)} > {ENTRY_BYTES}"
            published.set_exception(LogRefused(reasons.LOG_REFUSED, detalle=detail))
            return published
        with self._engine.changed:
            self._engine.entries.append(payload)
            self._engine.changed.notify_all()
        published.set_result(None)
        return published

    def extent(self) -> Extent:
        """See :class:`dcc.cluster.log.Log`."""
        with self._engine.changed:
            return Extent(self._engine.trimmed + 1, self._engine.last)

    def renew(self, last: int) -> None:
        """See :class:`dcc.cluster.log.Log`."""
        with self._engine.changed:
            self._engine.entries.clear()
            self._engine.trimmed = last

    def trim(self, upto: int) -> None:
        """See :class:`dcc.cluster.log.Log`."""
        engine = self._engine
        with engine.changed:
            count = max(0, min(upto, engine.last) - engine.trimmed)
            del engine.entries[:count]
            engine.trimmed += count

    def put_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """See :class:`dcc.cluster.log.Log`."""
        data = file.read()
        with self._engine.changed:
            self._engine.kept.pop(name, None)
            self._engine.kept[name] = data

    def snapshots(self) -> list[str]:
        """See :class:`dcc.cluster.log.Log`."""
        with self._engine.changed:
            return list(self._engine.kept)

    def fetch_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """See :class:`dcc.cluster.log.Log`."""
        with self._engine.changed:
            data = self._engine.kept[name]
        file.write(data)

    def close(self) -> None:
        """See :class:`dcc.cluster.log.Log`."""
        with self._engine.changed:
            self._is_closed = True
            self._engine.changed.notify_all()
        if self._follower is not None:
            self._follower.join()
