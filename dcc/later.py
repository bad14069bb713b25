"""One call to come: set, moved, cancelled. What a timer of Twisted leaves to its owner stands here once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Later:
    """At most one pending call.

    The function is given when the call is set, and forgotten when the call is made or cancelled: an owner that
    keeps a ``Later`` and passes one of its own methods is in a reference cycle only while the call is pending.
    """

    __slots__ = ("_call", "_clock")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._call: IDelayedCall | None = None

    @property
    def is_set(self) -> bool:
        """Whether a call is pending."""
        return self._call is not None

    def set(self, seconds: float, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function after a time, in place of the call that is pending."""
        self.cancel()
        self._call = self._clock.callLater(seconds, self._make, function, arguments)

    def move(self, seconds: float) -> None:
        """Make the pending call after this time from now instead; do nothing if no call is pending."""
        if self._call is not None:
            self._call.reset(seconds)

    def cancel(self) -> None:
        """Cancel the pending call, if any."""
        if self._call is not None:
            call, self._call = self._call, None
            call.cancel()

    def _make(self, function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        self._call = None
        function(*arguments)
