"""The token bucket, with time as an argument."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.core.token_bucket import BURST_SECONDS, TokenBucket

STEPS = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 5000)), max_size=50)
"""How long passes, and how much is asked for then."""


class AllowanceTests(SynchronousTestCase):
    """So much a second, and ten times that at once."""

    def test_what_gathers_may_be_had_at_once(self) -> None:
        """And no more of it: afterwards it is waited for, with the debt."""
        bucket = TokenBucket(100, now=5)
        self.assertEqual(bucket.wait(5), 0)
        bucket.take(999, 5)
        self.assertEqual(bucket.wait(5), 0)
        bucket.take(201, 5)
        self.assertAlmostEqual(bucket.wait(5), 2, places=2)
        self.assertAlmostEqual(bucket.wait(6), 1, places=2)
        self.assertEqual(bucket.wait(7.001), 0)

    def test_it_is_full_again_after_a_while(self) -> None:
        """And then as good as a new one."""
        bucket = TokenBucket(100, now=0)
        self.assertTrue(bucket.is_full(0))
        bucket.take(500, 0)
        self.assertFalse(bucket.is_full(4.9))
        self.assertTrue(bucket.is_full(5.1))

    def test_a_clock_that_is_set_back(self) -> None:
        """Gives nothing, and costs nothing: the clock of the loop is the machine's."""
        bucket = TokenBucket(100, now=5000)
        bucket.take(900, 5000)
        self.assertEqual(bucket.wait(1400), 0)
        bucket.take(200, 1400)
        self.assertAlmostEqual(bucket.wait(1400), 1, places=2)
        self.assertAlmostEqual(bucket.wait(1400.5), 0.5, places=2)

    @given(st.sampled_from([10, 100_000, 10**9]), st.integers(1, 10**6))
    def test_who_waits_as_told_may(self, rate: int, units: int) -> None:
        """Today too, when a second is the 1,800,000,000th: a fraction of it has few digits left."""
        now = 1.8e9
        bucket = TokenBucket(rate, now)
        bucket.take(rate * BURST_SECONDS + units, now)
        self.assertEqual(bucket.wait(now + bucket.wait(now)), 0)

    @given(st.integers(1, 1000), STEPS)
    def test_in_the_long_run_the_rate_holds(self, rate: int, steps: list[tuple[float, int]]) -> None:
        """Whoever takes when it may has no more than the rate, what gathers, and one request; who waits as long as it
        is told may take.
        """
        bucket = TokenBucket(rate, now=0)
        now = taken = last = 0.0
        for passes, units in steps:
            now += passes
            wait = bucket.wait(now)
            if wait > 0:
                self.assertEqual(bucket.wait(now + wait), 0)
                continue
            bucket.take(units, now)
            taken += units
            last = max(last, units)
        self.assertLessEqual(taken, rate * (now + BURST_SECONDS) + last + 1e-6 * (1 + taken))
