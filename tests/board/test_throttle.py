"""The rate and the cooldown of one painter."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from dcc.board.throttle import PaintThrottle
from dcc.core.token_bucket import BURST_SECONDS, TokenBucket
from dcc.errors import PixelRejected, StillResting, TooFast


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

    def test_the_cooldown_is_no_part_of_the_wait_for_the_rate(self) -> None:
        throttle = PaintThrottle(self.clock.seconds, cooldown=10)
        self.assertEqual(throttle.wait(), 0)


class CooldownTests(SynchronousTestCase):
    """The pause after each pixel."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.throttle = PaintThrottle(self.clock.seconds, cooldown=10)

    def test_a_throttle_without_a_cooldown_admits_any_number_of_pixels_at_once(self) -> None:
        throttle = PaintThrottle(self.clock.seconds)
        throttle.start_cooldown(8192)
        throttle.start_cooldown(8192)
        self.assertEqual((throttle.has_cooldown, throttle.cooldown_left()), (False, 0))

    def test_a_newcomer_waits_for_a_whole_cooldown(self) -> None:
        self.assertEqual((self.throttle.has_cooldown, self.throttle.cooldown_left()), (True, 10))
        self.clock.advance(9.5)
        error = self.assertRaises(StillResting, self.throttle.start_cooldown, 1)
        self.assertEqual((str(error), error.wait), ("too soon: a pause of 10 s follows each cell", 0.5))
        self.clock.advance(0.5)
        self.throttle.start_cooldown(1)
        self.assertEqual(self.throttle.cooldown_left(), 10)

    def test_a_refused_pixel_does_not_lengthen_the_cooldown(self) -> None:
        self.clock.advance(4)
        self.assertRaises(StillResting, self.throttle.start_cooldown, 1)
        self.assertEqual(self.throttle.cooldown_left(), 6)

    def test_several_pixels_are_refused_and_waiting_does_not_help(self) -> None:
        for seconds in (0, 10):
            self.clock.advance(seconds)
            error = self.assertRaises(PixelRejected, self.throttle.start_cooldown, 2)
            self.assertNotIsInstance(error, TooFast)
            self.assertEqual(str(error), "one cell at a time: a pause of 10 s follows each cell")
        self.assertEqual(self.throttle.cooldown_left(), 0)

    def test_a_cancelled_cooldown_is_over(self) -> None:
        self.throttle.cancel_cooldown()
        self.assertEqual(self.throttle.cooldown_left(), 0)
        self.throttle.start_cooldown(1)
