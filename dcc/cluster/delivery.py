"""The thread that hands entries and news to the user of a log.

A thread of its own, since the user writes to a disk: meanwhile the loop goes on reading and publishing. All entries
that arrived during a call are handed over in the next call, so a slow user gets fewer and fuller calls.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from dcc.cluster.log import Deliver, Entry, LogAway, LogLost, Notice

ENTRIES_AT_ONCE = 4096
"""Most entries of a call: a bound for the user's memory and transaction."""


class Delivery:
    """Calls the user, in the order of the calls of :meth:`add` and :meth:`tell`."""

    def __init__(self, deliver: Deliver, notice: Notice, taken: Callable[[int], object]) -> None:
        """:param taken: called in the thread after a delivery, with the number of bytes."""
        self._deliver, self._notice, self._taken = deliver, notice, taken
        self._entries: deque[Entry] = deque()
        self._news: deque[tuple[int, LogAway | LogLost | None]] = deque()
        self._added = self._delivered = 0  # entries, ever; news come after so many entries
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="dcc-log-delivery", daemon=True)
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Deliver an entry after all before."""
        with self._changed:
            self._entries.append(entry)
            self._added += 1
            self._changed.notify()

    def tell(self, news: LogAway | LogLost | None) -> None:
        """Give notice after all entries before."""
        with self._changed:
            self._news.append((self._added, news))
            self._changed.notify()

    def close(self) -> None:
        """Deliver nothing more; wait for the end of the call under way."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._entries or self._news or self._closed)
                if self._closed:
                    return
                news = self._news.popleft() if self._news and self._news[0][0] == self._delivered else None
                if news is None:
                    until = self._news[0][0] - self._delivered if self._news else len(self._entries)
                    entries = [self._entries.popleft() for _count in range(min(until, ENTRIES_AT_ONCE))]
            if news is not None:
                self._notice(news[1])
                continue
            self._deliver(entries)
            self._delivered += len(entries)
            if self._closed:  # by the call itself
                return
            self._taken(sum([len(entry.payload) for entry in entries]))
