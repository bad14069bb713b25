"""Twisted's reactor in a thread of its own, for scripts that do one thing after another and wait for people meanwhile.

    with ReactorThread() as thread:
        board = thread.wait(lambda: ask_for_board())
        if input() == "y":
            ...

Connections and records live on while the script waits, and Ctrl+C ends the script at once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from dcc.monotonic import wait_monotonically

_T = TypeVar("_T")

_STOP_SECONDS = 10.0
"""Longest wait for the reactor to stop. It waits for its own threads: one may wait for a name server without answer."""


class ReactorThread:
    """Runs a reactor during a block, or from :meth:`start` to :meth:`stop`. A reactor runs once.

    :ivar reactor: to be used in its own thread alone.
    """

    def __init__(self, reactor: Any = None) -> None:
        """:param reactor: a new one; without it the reactor of the process."""
        if reactor is None:
            from twisted.internet import reactor

        self.reactor: Any = reactor
        self._thread = Thread(target=self.reactor.run, args=(False,), name="reactor", daemon=True)

    def start(self) -> None:
        """Run the reactor."""
        wait_monotonically(self.reactor)
        self._thread.start()

    def stop(self) -> None:
        """Stop the reactor, and wait for its end."""
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> ReactorThread:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def call(self, function: Callable[[], _T]) -> _T:
        """Have the reactor call a function, and return its result or raise its exception."""
        return self.wait(lambda: maybeDeferred(function))

    def wait(self, begin: Callable[[], Deferred[_T]]) -> _T:
        """Have the reactor call a function, and wait for the outcome.

        :param begin: called in the thread of the reactor.
        :raises Exception: what the function raised, or what its Deferred failed with.
        """
        return self.submit(begin).result()

    def submit(self, begin: Callable[[], Deferred[_T]]) -> Future[_T]:
        """Have the reactor call a function.

        :param begin: called in the thread of the reactor.
        :return: has the outcome, and cannot be cancelled.
        """
        outcome: Future[_T] = Future()
        outcome.set_running_or_notify_cancel()

        def take(result: _T | Failure) -> None:
            if isinstance(result, Failure):
                outcome.set_exception(result.value)
            else:
                outcome.set_result(result)

        self.reactor.callFromThread(lambda: maybeDeferred(begin).addBoth(take))
        return outcome
