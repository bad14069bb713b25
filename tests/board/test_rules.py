"""The rules that decide whether a painter may paint pixels now."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from dcc import reasons
from dcc.board.rules import admit
from dcc.board.throttle import PaintThrottle
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import AF06
from dcc.core.token_bucket import BURST_SECONDS, TokenBucket
from dcc.errors import PixelRejected, StillResting, TooFast

WIDTH, HEIGHT = 4, 3
RATE = 1
BURST = RATE * BURST_SECONDS
COOLDOWN_SECONDS = 5

ON_THE_BOARD = pack_pixels([(0, 1)])
TWO_ON_THE_BOARD = pack_pixels([(0, 1), (1, 2)])
NO_SUCH_CELL = pack_pixels([(WIDTH * HEIGHT, 1)])
NO_SUCH_COLOUR = pack_pixels([(0, 255)])


class RuleTests(SynchronousTestCase):
    """A painter with a rate limit, with and without a cooldown."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.bucket = TokenBucket(RATE, self.clock.seconds())
        self.canvas = Canvas(WIDTH, HEIGHT, AF06)
        self.throttle = PaintThrottle(self.clock.seconds, (self.bucket,))

    def begin_with_cooldown(self) -> None:
        """Give the painter a cooldown, whose first wait is over."""
        self.throttle = PaintThrottle(self.clock.seconds, (self.bucket,), COOLDOWN_SECONDS)
        self.throttle.cancel_cooldown()

    def admit(self, pixels: bytes, *, may_wait: bool = True) -> None:
        """Apply the rules to a paint."""
        admit(self.canvas, self.throttle, pixels, may_wait=may_wait)

    def refusal_of(self, pixels: bytes, *, may_wait: bool = True) -> PixelRejected:
        """Apply the rules to a paint, and return the refusal."""
        return self.assertRaises(PixelRejected, self.admit, pixels, may_wait=may_wait)

    def tokens_taken(self) -> bool:
        """Whether any pixel was counted."""
        return not self.bucket.is_full(self.clock.seconds())

    def test_each_pixel_of_an_admitted_paint_is_counted(self) -> None:
        self.admit(pack_pixels([(0, 1)] * (BURST + 3)))
        self.assertAlmostEqual(self.throttle.wait(), 3, places=2)

    def test_an_admitted_paint_starts_the_cooldown(self) -> None:
        self.begin_with_cooldown()
        self.admit(ON_THE_BOARD)
        self.assertEqual(self.throttle.cooldown_left(), COOLDOWN_SECONDS)

    def test_the_canvas_is_not_changed(self) -> None:
        self.admit(ON_THE_BOARD)
        self.assertEqual(self.canvas.colours, bytes(WIDTH * HEIGHT))

    def test_a_cell_or_a_colour_outside_the_board_is_refused_and_not_counted(self) -> None:
        self.begin_with_cooldown()
        for pixels, reason in (
            (NO_SUCH_CELL, reasons.OUTSIDE_CELL),
            (NO_SUCH_COLOUR, reasons.NO_SUCH_COLOUR),
            (ON_THE_BOARD + NO_SUCH_CELL, reasons.OUTSIDE_CELL),
        ):
            for may_wait in (True, False):
                error = self.refusal_of(pixels, may_wait=may_wait)
                self.assertEqual(error.code, reason.code)
                self.assertNotIsInstance(error, TooFast)
        self.assertFalse(self.tokens_taken())
        self.assertEqual(self.throttle.cooldown_left(), 0)

    def test_a_paint_above_the_rate_is_refused_and_neither_counted_nor_rested_for(self) -> None:
        self.begin_with_cooldown()
        self.throttle.take(BURST + 2)
        wait = self.throttle.wait()
        error = self.refusal_of(ON_THE_BOARD)
        self.assertEqual((error.code, error.wait), (reasons.TOO_FAST.code, wait))
        self.assertEqual((self.throttle.wait(), self.throttle.cooldown_left()), (wait, 0))

    def test_a_painter_that_cannot_be_told_to_wait_may_exceed_the_rate_and_is_counted(self) -> None:
        self.throttle.take(BURST + 2)
        self.admit(ON_THE_BOARD, may_wait=False)
        self.assertAlmostEqual(self.throttle.wait(), 3, places=2)

    def test_a_paint_before_the_end_of_the_cooldown_is_refused_and_not_counted(self) -> None:
        self.begin_with_cooldown()
        self.throttle.start_cooldown(1)
        self.clock.advance(1)
        for may_wait in (True, False):
            error = self.refusal_of(ON_THE_BOARD, may_wait=may_wait)
            self.assertIsInstance(error, StillResting)
            self.assertEqual((error.code, error.wait), (reasons.COOLDOWN.code, COOLDOWN_SECONDS - 1))
        self.assertFalse(self.tokens_taken())
        self.assertEqual(self.throttle.cooldown_left(), COOLDOWN_SECONDS - 1)

    def test_several_pixels_on_a_board_with_a_cooldown_are_refused_and_not_counted(self) -> None:
        self.begin_with_cooldown()
        for may_wait in (True, False):
            self.assertEqual(self.refusal_of(TWO_ON_THE_BOARD, may_wait=may_wait).code, reasons.ONE_CELL.code)
        self.assertFalse(self.tokens_taken())
        self.assertEqual(self.throttle.cooldown_left(), 0)

    def test_the_board_is_checked_before_the_rate_and_the_rate_before_the_cooldown(self) -> None:
        self.begin_with_cooldown()
        self.throttle.start_cooldown(1)
        self.throttle.take(BURST + 2)
        self.assertEqual(self.refusal_of(NO_SUCH_CELL + ON_THE_BOARD).code, reasons.OUTSIDE_CELL.code)
        self.assertEqual(self.refusal_of(TWO_ON_THE_BOARD).code, reasons.TOO_FAST.code)
        self.assertEqual(self.refusal_of(TWO_ON_THE_BOARD, may_wait=False).code, reasons.ONE_CELL.code)
        self.assertEqual(self.refusal_of(ON_THE_BOARD, may_wait=False).code, reasons.COOLDOWN.code)
