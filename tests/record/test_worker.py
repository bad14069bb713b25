"""The record's threads do one thing after the other, and nothing that nobody waits for."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from dcc.record.worker import Worker
from tests.support.server_process import PATIENCE_SECONDS


class Loop:
    """What a worker asks of a reactor: it keeps the calls until the test makes them."""

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
    """A worker whose thread is held by its first task until the test lets it go."""

    def setUp(self) -> None:
        """Hold it."""
        self.loop, self.began, self.go = Loop(), Event(), Event()
        self.worker = Worker(self.loop, "test")
        self.first = self.worker.do(self.wait)
        self.assertTrue(self.began.wait(PATIENCE_SECONDS))
        self.did: list[str] = []

    def wait(self) -> str:
        """Wait to be let go."""
        self.began.set()
        assert self.go.wait(PATIENCE_SECONDS)
        return "first"

    def finish(self) -> None:
        """Let it do all that it was asked for."""
        self.go.set()
        self.worker.stop()
        self.loop.turn()

    def test_in_order(self) -> None:
        """What was asked for first is done first."""
        self.worker.do(lambda: self.did.append("second"))
        self.worker.do(lambda: self.did.append("third"))
        self.finish()
        self.assertEqual(self.did, ["second", "third"])
        self.assertEqual(self.successResultOf(self.first), "first")

    def test_what_is_cancelled_is_not_done(self) -> None:
        """Those who ask and leave must not keep those waiting who stay."""
        cancelled = self.worker.do(lambda: self.did.append("second"))
        third = self.worker.do(lambda: self.did.append("third"))
        cancelled.cancel()
        self.finish()
        self.assertEqual(self.did, ["third"])
        self.failureResultOf(cancelled, CancelledError)
        self.successResultOf(third)

    def test_what_is_cancelled_too_late_is_done_in_vain(self) -> None:
        """Its outcome goes nowhere."""
        self.first.cancel()
        self.finish()
        self.failureResultOf(self.first, CancelledError)
