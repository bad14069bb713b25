"""Turns: requests of HTTP are answered a few at a time, so that a flood of requests does not hold up painters."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from dcc.later import Later

REQUESTS_A_TURN = 8
"""Requests answered in a turn: some 2 ms."""

TURN_SECONDS = 0.004
"""Time from a turn to the next: half of it is left for painters and viewers, and for the thread that writes the record,
which gets Python's lock at once only while the loop waits."""


class Turns:
    """A queue of work, of which each turn does a few pieces, first come, first served."""

    def __init__(self, clock: IReactorTime) -> None:
        self._left = REQUESTS_A_TURN
        self._waiting: deque[Callable[[], object]] = deque()
        self._next = Later(clock)

    def take(self, work: Callable[[], object]) -> None:
        """Do a piece of work now, or in a later turn."""
        if not self._next.is_set:
            self._next.set(TURN_SECONDS, self._begin)
        if self._left and not self._waiting:
            self._left -= 1
            work()
        else:
            self._waiting.append(work)

    def _begin(self) -> None:
        self._left = REQUESTS_A_TURN
        if self._waiting:
            self._next.set(TURN_SECONDS, self._begin)
        while self._left and self._waiting:
            self._left -= 1
            self._waiting.popleft()()
