"""The limits on the speed of one painter: the rate of pixels, and the cooldown."""

from __future__ import annotations

from collections.abc import Callable

from dcc import reasons
from dcc.core.token_bucket import TokenBucket
from dcc.errors import PixelRejected, StillResting, TooFast


class PaintThrottle:
    """The rate and the cooldown of one painter. Times are in seconds."""

    __slots__ = ("_buckets", "_cooldown", "_cooldown_ends", "_now")

    def __init__(self, now: Callable[[], float], buckets: tuple[TokenBucket, ...] = (), cooldown: float = 0) -> None:
        """
        :param now: a monotonic clock.
        :param buckets: buckets of pixels, such as the painter's own and the bucket of its address; all must allow a
            paint.
        :param cooldown: seconds from one pixel to the next; 0 for no cooldown. The same wait comes before the first
            pixel, counted from now, because otherwise a new connection would end the cooldown.
        """
        self._now = now
        self._buckets = buckets
        self._cooldown = cooldown
        self._cooldown_ends = now() + cooldown

    def use_buckets(self, buckets: tuple[TokenBucket, ...]) -> None:
        """Replace the buckets of pixels."""
        self._buckets = buckets

    @property
    def has_cooldown(self) -> bool:
        """Whether a cooldown follows each pixel."""
        return self._cooldown > 0

    def cooldown_left(self) -> float:
        """Return the seconds until the cooldown is over; 0 if over."""
        return max(0.0, self._cooldown_ends - self._now())

    def start_cooldown(self, pixels: int) -> None:
        """Start the cooldown for a paint of a number of pixels; do nothing on a board without a cooldown.

        :raises StillResting: the previous cooldown is not over.
        :raises PixelRejected: the paint has more than one pixel.
        """
        if not self._cooldown:
            return
        if pixels > 1:
            raise PixelRejected(reasons.ONE_CELL, segundos=self._cooldown)
        left = self.cooldown_left()
        if left > 0:
            raise StillResting(reasons.COOLDOWN, left, segundos=self._cooldown)
        self._cooldown_ends = self._now() + self._cooldown

    def cancel_cooldown(self) -> None:
        """End the cooldown now, because its paint changed nothing."""
        self._cooldown_ends = self._now()

    def check_rate(self) -> None:
        """Check that the rate allows another paint.

        :raises TooFast: the painter or its address has painted more than the rate allows.
        """
        wait = self.wait()
        if wait > 0:
            now = self._now()
            slowest = max(self._buckets, key=lambda bucket: bucket.wait(now))
            raise TooFast(reasons.TOO_FAST, wait, pixeles=slowest.per_second)

    def take(self, pixels: int) -> None:
        """Count painted pixels."""
        now = self._now()
        for bucket in self._buckets:
            bucket.take(pixels, now)

    def wait(self) -> float:
        """Return the seconds until the rate allows another paint, regardless of the cooldown."""
        now = self._now()
        longest = 0.0
        for bucket in self._buckets:
            wait = bucket.wait(now)
            if wait > longest:
                longest = wait
        return longest
