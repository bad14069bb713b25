"""A thread with a queue of tasks, so that the event loop never waits for the disk."""

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
    """One thread, and its tasks in order.

    Twisted's thread pool does the same for any number of threads, but takes some 50 µs more to wake a thread: half of a
    commit on a fast disk. Every paint on an idle server would wait for that.
    """

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._tasks: SimpleQueue[tuple[Callable[[], Any], Deferred[Any]] | None] = SimpleQueue()
        # Started with the first task: a server that fails to start must end, and a thread would keep it.
        self._thread = Thread(target=self._work, name=name)

    def do(self, task: Callable[[], _T]) -> Deferred[_T]:
        """Run a task in the thread, after all earlier tasks.

        :return: fires in the reactor's thread with the result or the exception. If cancelled before the task's turn,
            the task never runs.
        """
        done: Deferred[_T] = Deferred()
        self._tasks.put((task, done))
        if self._thread.ident is None:
            self._thread.start()
        return done

    def stop(self) -> None:
        """Wait for all tasks, and end the thread."""
        if self._thread.ident is not None:
            self._tasks.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (item := self._tasks.get()) is not None:
            task, done = item
            if done.called:  # cancelled: nobody waits for the result
                continue
            try:
                result = task()
            except BaseException:
                self._reactor.callFromThread(done.errback, Failure())
            else:
                self._reactor.callFromThread(done.callback, result)
            del item, task, done  # or a board would stay in memory until the next task
