"""The limit on the speed of one connection: the rate of pixels."""

from __future__ import annotations

from collections.abc import Callable

from dcc import reasons
from dcc.core.token_bucket import TokenBucket
from dcc.errors import TooFast


class PaintThrottle:
    """The rate of one connection. Times are in seconds."""

    __slots__ = ("_buckets", "_now")

    def __init__(self, now: Callable[[], float], buckets: tuple[TokenBucket, ...] = ()) -> None:
        """
        :param now: a monotonic clock.
        :param buckets: buckets of pixels, such as the painter's own and the bucket of its address; all must allow a
            paint.
        """
        self._now = now
        self._buckets = buckets

    def use_buckets(self, buckets: tuple[TokenBucket, ...]) -> None:
        """Replace the buckets of pixels."""
        self._buckets = buckets

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
        """Return the seconds until the rate allows another paint."""
        now = self._now()
        longest = 0.0
        for bucket in self._buckets:
            wait = bucket.wait(now)
            if wait > longest:
                longest = wait
        return longest
