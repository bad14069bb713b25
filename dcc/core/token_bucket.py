"""How much of something a peer may have: a token bucket, with time as an argument."""

from __future__ import annotations

from dcc import limits


class TokenBucket:
    """So much a second, and what gathers in a while without any at once.

    What is taken may exceed what is there, as long as anything is; the debt is waited for afterwards. So the largest
    request needs no bucket of its own size, and in the long run the rate holds. (A token bucket, as in RFC 2697, with
    debt.)
    """

    # It is asked at every read and every paint: a call of min() or max() would cost as much as all the rest.
    __slots__ = ("_as_of", "_left", "_most", "_per_second")

    def __init__(self, per_second: float, now: float) -> None:
        """Begin full.

        :param per_second: units a second in the long run.
        :param now: seconds. A clock that is set back gives nothing, and costs nothing: Twisted's is the machine's.
        """
        self._per_second = per_second
        self._most = self._left = per_second * limits.BURST_SECONDS
        self._as_of = now

    @property
    def per_second(self) -> float:
        """Units a second in the long run."""
        return self._per_second

    def wait(self, now: float) -> float:
        """Seconds until something may be taken; 0 where it may be now."""
        if self._left > 0:
            return 0.0
        left = self._gather(now)
        return 0.0 if left > 0 else _A_MOMENT_SECONDS - left / self._per_second

    def take(self, units: float, now: float) -> None:
        """Take it, whether it may be or not."""
        self._left = self._gather(now) - units
        self._as_of = now

    def is_full(self, now: float) -> bool:
        """Whether no more gathers: it is as good as a new one."""
        return self._gather(now) >= self._most

    def _gather(self, now: float) -> float:
        passed = now - self._as_of
        if passed <= 0:
            return self._left
        left = self._left + passed * self._per_second
        return left if left < self._most else self._most


_A_MOMENT_SECONDS = 1e-3
"""So that a peer that waits as long as it was told is not told to wait a moment more."""
