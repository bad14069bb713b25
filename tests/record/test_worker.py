"""The record's threads run one task after the other, and no task that nobody waits for."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from dcc.record.worker import Worker
from tests.support.server_process import PATIENCE_SECONDS


class Loop:
    """Stands in for a reactor: keeps the calls until the test makes them."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Any, ...]] = SimpleQueue()

    def callFromThread(self, call: Any, *arguments: object) -> None:
        """See ``IReactorFromThreads``."""
        self._calls.put((call, *arguments))

    def turn(self) -> None:
        """Make all calls."""
        while not self._calls.empty():
            call, *arguments = self._calls.get()
            call(*arguments)


class WorkerTests(SynchronousTestCase):
    """A worker with a first task that lasts until the test ends the task."""

    def setUp(self) -> None:
        """Start the first task."""
        self.loop, self.began, self.go = Loop(), Event(), Event()
        self.worker = Worker(self.loop, "test")
        self.first = self.worker.do(self.wait)
        self.assertTrue(self.began.wait(PATIENCE_SECONDS))
        self.did: list[str] = []

    def wait(self) -> str:
        """Run until the test ends the task."""
        self.began.set()
        assert self.go.wait(PATIENCE_SECONDS)
        return "first"

    def finish(self) -> None:
        """End the first task, and wait for all others."""
        self.go.set()
        self.worker.stop()
        self.loop.turn()

    def test_tasks_run_in_the_order_in_which_they_were_asked_for(self) -> None:
        self.worker.do(lambda: self.did.append("second"))
        self.worker.do(lambda: self.did.append("third"))
        self.finish()
        self.assertEqual(self.did, ["second", "third"])
        self.assertEqual(self.successResultOf(self.first), "first")

    def test_a_task_that_is_cancelled_before_its_turn_never_runs(self) -> None:
        """Clients that ask and leave must not keep the others waiting."""
        cancelled = self.worker.do(lambda: self.did.append("second"))
        third = self.worker.do(lambda: self.did.append("third"))
        cancelled.cancel()
        self.finish()
        self.assertEqual(self.did, ["third"])
        self.failureResultOf(cancelled, CancelledError)
        self.successResultOf(third)

    def test_the_result_of_a_task_that_is_cancelled_too_late_goes_nowhere(self) -> None:
        self.first.cancel()
        self.finish()
        self.failureResultOf(self.first, CancelledError)
