"""Entries on their way from the log's thread to the record: held until taken, some thousand and 8 MiB at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition

from dcc.cluster.log import Entry, LogAway, LogLost

HELD_ENTRIES = 4096
HELD_BYTES = 8 * 1024 * 1024
"""Entries, and bytes, that may wait before the log's thread does: some transactions of catching up. One delivery more
may be held, of another 16 MiB at most (:mod:`dcc.cluster.follower`)."""

TAKEN_ENTRIES = 1024
TAKEN_BYTES = 1024 * 1024
"""Most entries, and bytes, that go into one transaction: while a server catches up, a sync for each would take most of
the time; a longer transaction would delay the painters of this server."""


class Inflow:
    """What the log delivers. Every method may be called in any thread.

    :ivar arrived: called in the log's thread after each delivery and each notice.
    :ivar fault: the last notice of the log; None if all is well.
    """

    def __init__(self) -> None:
        self.arrived: Callable[[], None] = lambda: None
        self.fault: LogAway | LogLost | None = None
        self._changed = Condition()
        self._held: deque[Entry] = deque()
        self._held_bytes = 0
        self._is_closed = False

    def put(self, entries: Sequence[Entry]) -> None:
        """Take a delivery. Blocks while too much is held."""
        with self._changed:
            while self._is_full and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                return
            self._held.extend(entries)
            self._held_bytes += sum([len(entry.payload) for entry in entries])
            self._changed.notify_all()
        self.arrived()

    def notice(self, fault: LogAway | LogLost | None) -> None:
        """Take a notice."""
        with self._changed:
            self.fault = fault
            self._changed.notify_all()
        self.arrived()

    def take(self, most: int = TAKEN_ENTRIES) -> list[Entry]:
        """Return the entries for the next transaction; none if none have arrived."""
        taken: list[Entry] = []
        length = 0
        with self._changed:
            while self._held and len(taken) < most and length < TAKEN_BYTES:
                taken.append(self._held.popleft())
                length += len(taken[-1].payload)
            self._held_bytes -= length
            self._changed.notify_all()
        return taken

    @property
    def held(self) -> int:
        """How many entries wait."""
        return len(self._held)

    @property
    def _is_full(self) -> bool:
        return len(self._held) >= HELD_ENTRIES or self._held_bytes >= HELD_BYTES

    def wait(self, seconds: float) -> bool:
        """Wait until an entry has arrived, at most for so long.

        :return: whether an entry has arrived.
        :raises LogLost: none will arrive.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._held or isinstance(self.fault, LogLost), seconds)
            if not self._held and isinstance(self.fault, LogLost):
                raise self.fault
            return bool(self._held)

    def close(self) -> None:
        """Drop what comes from now on."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
