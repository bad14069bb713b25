"""A user of a log, for tests: takes entries and notices, and waits for them; and publishes until an entry is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait

from dcc import reasons
from dcc.cluster.log import Entry, Log, LogAway, LogError, LogLost, LogRefused, LogUnknown
from tests.support.server_process import PATIENCE_SECONDS


class LogReader:
    """Follows a log.

    :ivar entries: all that were delivered.
    :ivar notices: all that were given.
    :ivar calls: how many deliveries there were.
    """

    def __init__(self, log: Log, after: int = 0, held: bool = False) -> None:
        """:param held: whether the first delivery stands still, until :meth:`release`."""
        self.entries: list[Entry] = []
        self.notices: list[LogAway | LogLost | None] = []
        self.calls = 0
        self._after = after
        self._changed = threading.Condition()
        self._lets = threading.Event()
        if not held:
            self._lets.set()
        log.follow(after, self._deliver, self._notice)

    def _deliver(self, entries: Sequence[Entry]) -> None:
        with self._changed:
            self.calls += 1
            self.entries += entries
            self._changed.notify_all()
        self._lets.wait()

    def _notice(self, notice: LogAway | LogLost | None) -> None:
        with self._changed:
            self.notices.append(notice)
            self._changed.notify_all()

    def release(self) -> None:
        """Take deliveries again."""
        self._lets.set()

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition on entries and notices.

        :raises AssertionError: it does not come true, or the positions are not 1, 2, 3, … after the beginning.
        """
        with self._changed:
            reached = self._changed.wait_for(condition, PATIENCE_SECONDS)
            shown = f"{len(self.entries)} entries, notices {[str(each) for each in self.notices]}"
            assert reached, f"waited for {what}; there are {shown}"
            positions = [entry.position for entry in self.entries]
            assert positions == list(range(self._after + 1, self._after + 1 + len(positions)))

    def until_entries(self, count: int) -> list[bytes]:
        """Wait for a number of entries; return all payloads."""
        self.until(lambda: len(self.entries) >= count, f"{count} entries")
        return self.payloads

    def until_notice(self, kind: type[LogError] | type[None], count: int = 1) -> LogAway | LogLost | None:
        """Wait for the ``count``-th notice of a kind; return it."""
        self.until(lambda: len(self._of(kind)) >= count, f"{kind.__name__} {count} times")
        return self._of(kind)[count - 1]

    def _of(self, kind: type) -> list[LogAway | LogLost | None]:
        return [each for each in self.notices if isinstance(each, kind)]

    @property
    def payloads(self) -> list[bytes]:
        """Return all payloads so far."""
        return [entry.payload for entry in self.entries]


def publish(log: Log, payload: bytes, mark: str | None = None) -> None:
    """Publish under a mark, by default the payload itself, until the entry is in the log.

    :raises LogRefused: the entry is definitely not in the log, and the reason is not that the engine is away.
    """
    while True:
        error = log.publish(payload, mark or payload.decode()).exception(PATIENCE_SECONDS)
        if error is None:
            return
        if not isinstance(error, LogUnknown) and (
            not isinstance(error, LogRefused) or error.code != reasons.LOG_AWAY.code
        ):
            raise error


def publish_all(log: Log, payloads: Iterable[bytes], at_once: int = 500) -> None:
    """Publish many entries, several at a time; their order in the log is unknown."""
    under_way = set()
    for payload in payloads:
        under_way.add(log.publish(payload, payload.decode()))
        if len(under_way) >= at_once:
            done, under_way = wait(under_way, PATIENCE_SECONDS, FIRST_COMPLETED)
            for each in done:
                each.result()
    for each in under_way:
        each.result(PATIENCE_SECONDS)


class Painter(threading.Thread):
    """Publishes entries one after the other, each until it is in the log, until stopped.

    :ivar acknowledged: how many entries are in the log.
    :ivar fault: what went wrong.
    """

    def __init__(self, log: Log, name: str) -> None:
        super().__init__(daemon=True)
        self._log, self._word = log, name
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self.acknowledged = 0
        self.fault: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Publish."""
        try:
            while not self._stopped.is_set():
                publish(self._log, self._payload(self.acknowledged + 1))
                with self._changed:
                    self.acknowledged += 1
                    self._changed.notify_all()
        except BaseException as error:
            self.fault = error
            with self._changed:
                self._changed.notify_all()

    def _payload(self, number: int) -> bytes:
        return f"{self._word}-{number}".encode()

    def until_more(self, count: int) -> None:
        """Wait until so many more entries are in the log."""
        with self._changed:
            goal = self.acknowledged + count
            reached = self._changed.wait_for(lambda: self.acknowledged >= goal or self.fault, PATIENCE_SECONDS)
        assert reached and self.fault is None, f"{self.acknowledged} of {goal}: {self.fault}"

    def stop(self) -> list[bytes]:
        """Stop after the entry under way; return the payloads of all entries that are in the log."""
        self._stopped.set()
        self.join(PATIENCE_SECONDS)
        assert self.fault is None, self.fault
        return [self._payload(number) for number in range(1, self.acknowledged + 1)]
