"""How fast one painter may paint: a rate of pixels, of its own and shared by its address, and perhaps a cooldown."""

from __future__ import annotations

from collections.abc import Callable

from dcc import reasons
from dcc.core.token_bucket import TokenBucket
from dcc.errors import PixelRejected, StillResting, TooFast


class PaintThrottle:
    """The rate and the cooldown of one painter. Times are in seconds; a clock that is set back makes no wait longer."""

    __slots__ = ("_buckets", "_cooldown", "_cooldown_ends", "_now")

    def __init__(self, now: Callable[[], float], buckets: tuple[TokenBucket, ...] = (), cooldown: float = 0) -> None:
        """
        :param buckets: of pixels; all of them must allow a paint.
        :param cooldown: seconds from one pixel to the next, and from now to the first pixel, so that nobody gains by
            connecting again; 0 for none.
        """
        self._now = now
        self._buckets = buckets
        self._cooldown = cooldown
        self._cooldown_ends = now() + cooldown

    def use_buckets(self, buckets: tuple[TokenBucket, ...]) -> None:
        """Count pixels in these buckets from now on."""
        self._buckets = buckets

    @property
    def has_cooldown(self) -> bool:
        """Whether a cooldown follows each pixel."""
        return self._cooldown > 0

    def cooldown_left(self) -> float:
        """Seconds until the cooldown is over; 0 if it is."""
        return min(self._cooldown, max(0.0, self._cooldown_ends - self._now()))

    def start_cooldown(self, pixels: int) -> None:
        """Start the cooldown for a paint of so many pixels; do nothing on a board without one.

        :raises StillResting: the last cooldown is not over.
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
        """End the cooldown now: its paint changed nothing."""
        self._cooldown_ends = self._now()

    def check_rate(self) -> None:
        """Make sure that the rate allows another paint.

        :raises TooFast: the painter, or its address, has painted more than the rate allows.
        """
        wait = self.wait()
        if wait > 0:
            now = self._now()
            slowest = max(self._buckets, key=lambda bucket: bucket.wait(now))
            raise TooFast(reasons.TOO_FAST, wait, pixeles=slowest.per_second)

    def take(self, pixels: int) -> None:
        """Count pixels that are painted."""
        now = self._now()
        for bucket in self._buckets:
            bucket.take(pixels, now)

    def wait(self) -> float:
        """Seconds until the rate allows another paint; the cooldown is not part of that."""
        now = self._now()
        longest = 0.0
        for bucket in self._buckets:
            wait = bucket.wait(now)
            if wait > longest:
                longest = wait
        return longest
