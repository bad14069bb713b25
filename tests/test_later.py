"""A pending call that can be set, moved and cancelled."""

from __future__ import annotations

import gc
import unittest
import weakref

from twisted.internet.task import Clock

from dcc.later import Later


class Owner:
    """Sets a timer for a method of its own, like the users of a ``Later``."""

    def __init__(self, clock: Clock) -> None:
        self.later = Later(clock)
        self.calls: list[str] = []

    def note(self, word: str) -> None:
        """Note a call."""
        self.calls.append(word)


class LaterTests(unittest.TestCase):
    """Setting, moving, cancelling, and freeing the owner."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.owner = Owner(self.clock)

    def test_a_call_is_made_once_after_its_time(self) -> None:
        self.owner.later.set(2, self.owner.note, "a")
        self.clock.advance(1.9)
        self.assertEqual((self.owner.calls, self.owner.later.is_set), ([], True))
        self.clock.advance(0.1)
        self.assertEqual((self.owner.calls, self.owner.later.is_set), (["a"], False))
        self.clock.advance(10)
        self.assertEqual(self.owner.calls, ["a"])

    def test_a_second_call_takes_the_place_of_the_first(self) -> None:
        self.owner.later.set(2, self.owner.note, "a")
        self.owner.later.set(3, self.owner.note, "b")
        self.clock.advance(10)
        self.assertEqual(self.owner.calls, ["b"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_moved_call_is_made_after_its_new_time_from_now(self) -> None:
        self.owner.later.set(2, self.owner.note, "a")
        self.clock.advance(1)
        self.owner.later.move(5)
        self.clock.advance(4.9)
        self.assertEqual(self.owner.calls, [])
        self.clock.advance(0.1)
        self.assertEqual(self.owner.calls, ["a"])

    def test_moving_or_cancelling_does_nothing_if_no_call_is_pending(self) -> None:
        self.owner.later.move(5)
        self.owner.later.cancel()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_cancelled_call_is_not_made(self) -> None:
        self.owner.later.set(2, self.owner.note, "a")
        self.owner.later.cancel()
        self.clock.advance(10)
        self.assertEqual((self.owner.calls, self.owner.later.is_set), ([], False))

    def test_a_call_may_set_the_next_one(self) -> None:
        def again() -> None:
            self.owner.note("a")
            self.owner.later.set(1, self.owner.note, "b")

        self.owner.later.set(1, again)
        self.clock.pump([1, 1, 1])
        self.assertEqual(self.owner.calls, ["a", "b"])

    def test_an_owner_is_freed_without_the_garbage_collector_once_no_call_is_pending(self) -> None:
        for end in ("cancelled", "made"):
            with self.subTest(end):
                owner = Owner(self.clock)
                owner.later.set(2, owner.note, "a")
                gc.disable()
                try:
                    owner.later.cancel() if end == "cancelled" else self.clock.advance(2)
                    ghost = weakref.ref(owner)
                    del owner
                    self.assertIsNone(ghost())
                finally:
                    gc.enable()
