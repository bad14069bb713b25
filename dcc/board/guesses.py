"""Wrong keys and words of the room, slowed down by address, and counted for moderators."""

from __future__ import annotations

from dataclasses import dataclass

from dcc import reasons
from dcc.errors import ProtocolError

AT_ONCE = 100
"""Wrong guesses from an address before it has to wait, and a right word with it: a class behind one address mistypes
the word of the room, and comes with the word of last week, all at once. Few beside the guesses of a day."""

EACH_SECONDS = 10.0
"""Time from then on from one guess to the next: 8,640 guesses a day, of the million words of a dictionary."""

ADDRESSES = 1000
"""Most addresses that are remembered, those with the latest guesses: enough for a list that somebody reads."""


@dataclass
class _Guesses:
    times: int
    forgiven_at: float


class Guesses:
    """The wrong guesses of all addresses since the server started. Times are of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._by_address: dict[str, _Guesses] = {}  # the latest last

    def check(self, address: str, now: float) -> None:
        """Check that an address may guess.

        :raises ProtocolError: it has to wait first.
        """
        guesses = self._by_address.get(address)
        if guesses is None:
            return
        wait = guesses.forgiven_at - now - (AT_ONCE - 1) * EACH_SECONDS
        if wait > 0:
            raise ProtocolError(reasons.TOO_MANY_GUESSES, segundos=-(-wait // 1))

    def add(self, address: str, now: float) -> None:
        """Count a wrong guess."""
        guesses = self._by_address.pop(address, None) or _Guesses(0, now)
        guesses.times += 1
        guesses.forgiven_at = max(guesses.forgiven_at, now) + EACH_SECONDS
        self._by_address[address] = guesses
        if len(self._by_address) > ADDRESSES:
            del self._by_address[next(iter(self._by_address))]

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Return how many wrong guesses each address made, the latest last."""
        return tuple((address, guesses.times) for address, guesses in self._by_address.items())
