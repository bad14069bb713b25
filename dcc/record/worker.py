"""A thread that does one thing after the other, for the loop that goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

_T = TypeVar("_T")


class Worker:
    """One thread and what it is to do, in order.

    Twisted's thread pool does the same for any number of threads. To wake one of them takes it some 50 µs more,
    half as much again as a commit takes on a fast disk, and every paint on an idle server waits for that.
    """

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._tasks: SimpleQueue[tuple[Callable[[], Any], Deferred[Any]] | None] = SimpleQueue()
        # Started with the first task: a server that fails to start must end, and a thread would keep it.
        self._thread = Thread(target=self._work, name=name)

    def do(self, task: Callable[[], _T]) -> Deferred[_T]:
        """Have it done after what was asked for before.

        :return: fires in the reactor's thread, with what the task returns or raises. Cancelled before the task's turn
            has come, it is not done.
        """
        done: Deferred[_T] = Deferred()
        self._tasks.put((task, done))
        if self._thread.ident is None:
            self._thread.start()
        return done

    def stop(self) -> None:
        """Wait for what was asked for, and end the thread."""
        if self._thread.ident is not None:
            self._tasks.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (item := self._tasks.get()) is not None:
            task, done = item
            if done.called:  # cancelled: nobody waits for it any more
                continue
            try:
                result = task()
            except BaseException:
                self._reactor.callFromThread(done.errback, Failure())
            else:
                self._reactor.callFromThread(done.callback, result)
            del item, task, done  # or a board would be held until the next one
