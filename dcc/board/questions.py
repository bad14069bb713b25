"""Questions about the history, which the record answers one at a time: an answer may take the record a second.

1. The sources of questions take turns. A source is a network address. However many connections a source has, a question
   waits for the question under way, for one question of each other source, and for earlier questions of its own source.
2. A question that is withdrawn before its turn costs the record nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred

LookUp = Callable[[], Deferred[Any]]


class Questions:
    """The questions of all clients of one board."""

    def __init__(self) -> None:
        # The source with the next turn comes first.
        self._waiting: dict[str, deque[tuple[LookUp, Deferred[Any]]]] = {}
        self._is_looking_up = False
        self._is_starting = False

    def ask(self, source: str, look_up: LookUp) -> Deferred[Any]:
        """Have something looked up when the source has its turn.

        :return: fires with the outcome of ``look_up``. May be cancelled: then ``look_up`` is not called any more, or
            nobody takes its outcome.
        """
        answered: Deferred[Any] = Deferred()
        self._waiting.setdefault(source, deque()).append((look_up, answered))
        self._go_on()
        return answered

    def _go_on(self) -> None:
        if self._is_starting:  # a stopping record answers thousands of questions at once: no recursion
            return
        self._is_starting = True
        while self._waiting and not self._is_looking_up:
            source = next(iter(self._waiting))
            questions = self._waiting.pop(source)
            look_up, answered = questions.popleft()
            if questions:
                self._waiting[source] = questions  # behind all other sources
            if not answered.called:
                self._is_looking_up = True
                maybeDeferred(look_up).addBoth(self._looked_up, answered)
        self._is_starting = False

    def _looked_up(self, outcome: Any, answered: Deferred[Any]) -> None:
        self._is_looking_up = False
        if not answered.called:  # otherwise the client has left
            answered.callback(outcome)  # a Failure fails it
        self._go_on()
