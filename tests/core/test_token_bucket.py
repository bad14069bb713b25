"""The token bucket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from dcc.core.token_bucket import BURST_SECONDS, TokenBucket

STEPS = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 5000)), max_size=50)
"""Pairs of seconds to wait and units to request afterwards."""


class TokenBucketTests(SynchronousTestCase):
    """A rate, and a burst of ten seconds of the rate."""

    def test_the_burst_may_be_taken_at_once_and_a_debt_is_waited_for(self) -> None:
        bucket = TokenBucket(100, now=5)
        self.assertEqual(bucket.wait(5), 0)
        bucket.take(999, 5)
        self.assertEqual(bucket.wait(5), 0)
        bucket.take(201, 5)
        self.assertAlmostEqual(bucket.wait(5), 2, places=2)
        self.assertAlmostEqual(bucket.wait(6), 1, places=2)
        self.assertEqual(bucket.wait(7.001), 0)

    def test_a_bucket_fills_up_again_at_its_rate(self) -> None:
        bucket = TokenBucket(100, now=0)
        self.assertTrue(bucket.is_full(0))
        bucket.take(500, 0)
        self.assertFalse(bucket.is_full(4.9))
        self.assertTrue(bucket.is_full(5.1))

    @given(st.sampled_from([10, 100_000, 10**9]), st.integers(1, 10**6))
    def test_a_peer_that_waits_as_long_as_told_may_take(self, rate: int, units: int) -> None:
        # Also today, 1,800,000,000 s after 1970: a fraction of a second has few digits left.
        now = 1.8e9
        bucket = TokenBucket(rate, now)
        bucket.take(rate * BURST_SECONDS + units, now)
        self.assertEqual(bucket.wait(now + bucket.wait(now)), 0)

    @given(st.integers(1, 1000), STEPS)
    def test_a_peer_that_waits_never_gets_more_than_rate_burst_and_one_request(
        self, rate: int, steps: list[tuple[float, int]]
    ) -> None:
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
