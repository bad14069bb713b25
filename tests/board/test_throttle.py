"""The rate of one connection."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from dcc.board.throttle import PaintThrottle
from dcc.core.token_bucket import BURST_SECONDS, TokenBucket
from dcc.errors import TooFast


class RateTests(SynchronousTestCase):
    """Buckets of pixels."""

    def setUp(self) -> None:
        self.clock = Clock()

    def bucket(self, rate: float) -> TokenBucket:
        """Return a full bucket."""
        return TokenBucket(rate, self.clock.seconds())

    def throttle(self, *rates: float) -> PaintThrottle:
        """Return a throttle with a full bucket for each rate."""
        return PaintThrottle(self.clock.seconds, tuple(map(self.bucket, rates)))

    def test_a_throttle_without_buckets_allows_any_rate(self) -> None:
        throttle = self.throttle()
        throttle.take(10**9)
        throttle.check_rate()
        self.assertEqual(throttle.wait(), 0)

    def test_a_paint_counts_in_every_bucket_and_the_longest_wait_holds(self) -> None:
        throttle = self.throttle(10, 1, 100)
        throttle.take(12 * BURST_SECONDS)
        # In debt are 20 pixels at 10 a second, and 110 at 1 a second.
        self.assertAlmostEqual(throttle.wait(), 110, places=2)

    def test_a_paint_above_the_rate_is_told_the_slowest_rate_and_the_wait(self) -> None:
        throttle = self.throttle(10, 1, 100)
        throttle.take(12 * BURST_SECONDS)
        error = self.assertRaises(TooFast, throttle.check_rate)
        self.assertEqual(
            (str(error), error.code), ("too fast: this server accepts 1 pixels per second", "demasiado-rapido")
        )
        self.assertEqual(error.wait, throttle.wait())

    def test_a_paint_is_allowed_again_after_the_wait(self) -> None:
        throttle = self.throttle(10)
        throttle.take(10 * BURST_SECONDS + 5)
        self.clock.advance(throttle.wait())
        throttle.check_rate()
        self.assertEqual(throttle.wait(), 0)

    def test_pixels_count_in_the_buckets_that_were_given_last(self) -> None:
        first, second = self.bucket(1), self.bucket(1)
        throttle = PaintThrottle(self.clock.seconds, (first,))
        throttle.use_buckets((second,))
        throttle.take(1)
        self.assertEqual((first.is_full(0), second.is_full(0)), (True, False))
