"""A reactor for a record's threads, whose time stands still."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from tests.support.server_process import PATIENCE_SECONDS

_T = TypeVar("_T")


class ThreadClock(Clock):
    """Time that stands still, and a loop that a test turns by hand."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def callFromThread(self, function: Callable[..., object], *arguments: Any) -> None:
        """See Twisted's ``IReactorFromThreads``."""
        self._calls.put(lambda: function(*arguments))

    def turn(self) -> None:
        """Wait for a result of a thread, and take it."""
        self._calls.get(timeout=PATIENCE_SECONDS)()

    @property
    def has_calls(self) -> bool:
        """Whether a thread has a result."""
        return not self._calls.empty()

    def wait_for_result(self) -> None:
        """Wait until a thread has a result, and do not take it."""
        call = self._calls.get(timeout=PATIENCE_SECONDS)
        self._calls.put(call)

    def turn_until(self, done: Deferred[_T]) -> _T:
        """Turn until a Deferred has fired; the result.

        :raises Exception: it has failed.
        """
        fired: list[_T | Failure] = []
        done.addBoth(fired.append)
        while not fired:
            self.turn()
        [result] = fired
        if isinstance(result, Failure):
            result.raiseException()
        return result  # type: ignore[return-value]  # a Failure raises
