"""What the user of a log hears of the engine: away, well again, lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dcc.cluster.log import LogAway, LogError, LogLost

GRACE_SECONDS = 1.0
"""A connection to another node takes a moment, and nobody needs to hear of that."""


class State:
    """The state of a log. Used in the loop only.

    :ivar away: the latest reason why the log does not work; None if the log works.
    :ivar is_away: whether that lasts.
    :ivar lost: why the log will not work again.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tell: Callable[[LogAway | LogLost | None], None] = lambda news: None
        self._grace: asyncio.TimerHandle | None = None
        self._told: set[str] = set()  # the kinds since the log works no longer; the advice tells them apart
        self.away: LogAway | None = None
        self.is_away = False
        self.lost: LogLost | None = None

    def follow(self, tell: Callable[[LogAway | LogLost | None], None]) -> None:
        """Tell every change from now on, and the present state unless all is well."""
        self._tell = tell
        self._told.clear()
        if self.lost is not None:
            tell(self.lost)
        elif self.is_away:
            self._tell_away()

    def note(self, fault: LogError) -> None:
        """The log does not work."""
        is_new = self.away is None
        self.away = LogAway(str(fault), fault.advice)
        if is_new:
            self._grace = self._loop.call_later(GRACE_SECONDS, self._tell_away)
        elif self.is_away:
            self._tell_away()

    def _tell_away(self) -> None:
        self.is_away = True
        if self.away is not None and self.away.advice not in self._told:
            self._told.add(self.away.advice)
            self._tell(self.away)

    def well(self) -> None:
        """The log works."""
        self._end_grace()
        self._told.clear()
        was_away, self.away, self.is_away = self.is_away, None, False
        if was_away:
            self._tell(None)

    def lose(self, lost: LogLost) -> None:
        """The log is lost."""
        self._end_grace()
        self.lost = lost
        self._tell(lost)

    def _end_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
