"""How fast one painter may paint: so many pixels a second by itself, and together with everybody from its address; or
one pixel, and then a pause.
"""

from __future__ import annotations

from collections.abc import Callable

from dcc import reasons
from dcc.core.token_bucket import TokenBucket
from dcc.errors import PixelRejected, StillResting, TooFast


class PaintThrottle:
    """See above. Time is in seconds; a clock that is set back makes no pause longer."""

    __slots__ = ("_buckets", "_cooldown", "_now", "_rested_at")

    def __init__(self, now: Callable[[], float], buckets: tuple[TokenBucket, ...] = (), cooldown: float = 0) -> None:
        """
        :param buckets: of pixels; all of them must allow a paint.
        :param cooldown: seconds from one pixel to the next, and from now to the first, so that nobody gains by
            coming anew; 0 for none.
        """
        self._now = now
        self._buckets = buckets
        self._cooldown = cooldown
        self._rested_at = now() + cooldown

    def use_buckets(self, buckets: tuple[TokenBucket, ...]) -> None:
        """Paint within these from now on."""
        self._buckets = buckets

    @property
    def has_cooldown(self) -> bool:
        """Whether there is a pause after each pixel."""
        return self._cooldown > 0

    def cooldown_left(self) -> float:
        """Seconds of the cooldown that are left."""
        return min(self._cooldown, max(0.0, self._rested_at - self._now()))

    def start_cooldown(self, pixels: int) -> None:
        """A painter asks for so many pixels: from now on it rests.

        :raises StillResting: its cooldown is not over.
        :raises PixelRejected: it is more than one, where there is a cooldown.
        """
        if not self._cooldown:
            return
        if pixels > 1:
            raise PixelRejected(reasons.ONE_CELL, segundos=self._cooldown)
        rest = self.cooldown_left()
        if rest > 0:
            raise StillResting(reasons.COOLDOWN, rest, segundos=self._cooldown)
        self._rested_at = self._now() + self._cooldown

    def cancel_cooldown(self) -> None:
        """Nothing was painted after all."""
        self._rested_at = self._now()

    def check_rate(self) -> None:
        """A painter asks for pixels.

        :raises TooFast: it has painted more than it may.
        """
        wait = self.wait()
        if wait > 0:
            now = self._now()
            slowest = max(self._buckets, key=lambda bucket: bucket.wait(now))
            raise TooFast(reasons.TOO_FAST, wait, pixeles=slowest.per_second)

    def take(self, pixels: int) -> None:
        """They are painted."""
        now = self._now()
        for bucket in self._buckets:
            bucket.take(pixels, now)

    def wait(self) -> float:
        """Seconds until the painter may paint, but for its cooldown."""
        now = self._now()
        longest = 0.0
        for bucket in self._buckets:
            wait = bucket.wait(now)
            if wait > longest:
                longest = wait
        return longest
