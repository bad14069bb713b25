"""A token bucket, with time as an argument."""

from __future__ import annotations

BURST_SECONDS = 10
"""Burst size, in seconds of the rate. Hand drawing and a script that paints one picture never reach this limit."""

_MARGIN_SECONDS = 1e-3
"""Added to each wait, so that a peer that waits exactly as long as told is not told to wait again: times
are rounded."""


class TokenBucket:
    """A token bucket (as in RFC 2697) with debt: a steady rate, and a burst of :data:`BURST_SECONDS` of the rate.

    Any number of units may be taken while the bucket is not empty; a debt is waited for afterwards. Therefore the
    bucket need not be as large as the largest request, and in the long run the rate holds.
    """

    # Every read and every paint calls these methods; min() or max() would double their cost.
    __slots__ = ("_as_of", "_left", "_most", "_per_second")

    def __init__(self, per_second: float, now: float) -> None:
        """Start with a full bucket.

        :param per_second: units a second in the long run.
        :param now: monotonic time in seconds, as in all methods.
        """
        self._per_second = per_second
        self._most = self._left = per_second * BURST_SECONDS
        self._as_of = now

    @property
    def per_second(self) -> float:
        """Units a second in the long run."""
        return self._per_second

    def wait(self, now: float) -> float:
        """Return the seconds until units may be taken; 0 if now."""
        if self._left > 0:
            return 0.0
        left = self._gather(now)
        return 0.0 if left > 0 else _MARGIN_SECONDS - left / self._per_second

    def take(self, units: float, now: float) -> None:
        """Take units, even if :meth:`wait` is not over."""
        self._left = self._gather(now) - units
        self._as_of = now

    def is_full(self, now: float) -> bool:
        """Return whether the bucket is full, hence no different from a new bucket."""
        return self._gather(now) >= self._most

    def _gather(self, now: float) -> float:
        left = self._left + (now - self._as_of) * self._per_second
        return left if left < self._most else self._most
