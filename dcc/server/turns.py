"""Turns: what may come as a flood is done a few pieces at a time, so that the flood does not hold up painters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from twisted.internet.interfaces import IReactorTime

from dcc.later import Later

TURN_SECONDS = 0.004
"""Time from a turn to the next: half of it is left for painters and viewers, and for the thread that writes the record,
which gets Python's lock at once only while the loop waits."""


class Turns:
    """A queue of work, of which each turn does a few pieces, first come, first served."""

    def __init__(self, clock: IReactorTime, most: int) -> None:
        """:param most: pieces in a turn: some 2 ms."""
        self._most = self._left = most
        self._waiting: OrderedDict[Hashable, Callable[[], object]] = OrderedDict()
        self._next = Later(clock)

    def take(self, owner: Hashable, work: Callable[[], object]) -> None:
        """Do a piece of work now, or in a later turn.

        :param owner: of the work; an owner has one piece of work at a time.
        """
        if not self._next.is_set:
            self._next.set(TURN_SECONDS, self._begin)
        if self._left and not self._waiting:
            self._left -= 1
            work()
        else:
            self._waiting[owner] = work

    def drop(self, owner: Hashable) -> None:
        """Forget the work that waits for an owner, if any: the work would take the turn of another."""
        self._waiting.pop(owner, None)

    def rest(self) -> None:
        """Keep no timer without work: the port is closed. Work that waits is still done."""
        if not self._waiting:
            self._next.cancel()
            self._left = self._most

    def _begin(self) -> None:
        self._left = self._most
        if self._waiting:
            self._next.set(TURN_SECONDS, self._begin)
        while self._left and self._waiting:
            self._left -= 1
            _owner, work = self._waiting.popitem(last=False)
            work()
