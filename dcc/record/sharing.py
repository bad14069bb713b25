"""Answers that take the record long, and that everybody gets who asks within a few seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

_T = TypeVar("_T")

KEPT_SECONDS = 4.0
"""How long an answer is given again. Clients ask anew every 5 seconds while people paint, and a class may look."""


class SharedAnswer(Generic[_T]):
    """The answer to one question. The board has one question under way at a time, so no two wait for the same."""

    def __init__(self, ask: Callable[[], Deferred[_T]], clock: IReactorTime) -> None:
        """:param ask: looks for a new answer."""
        self._ask = ask
        self._clock = clock
        self._kept: tuple[_T, float] | None = None

    def get(self) -> Deferred[_T]:
        """Return the kept answer, or a new one; fails as the question does."""
        if self._kept is not None and self._clock.seconds() < self._kept[1]:
            return succeed(self._kept[0])
        return self._ask().addCallback(self._keep)

    def _keep(self, answer: _T) -> _T:
        self._kept = answer, self._clock.seconds() + KEPT_SECONDS
        return answer
