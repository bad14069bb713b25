"""One pending call that can be set, moved and cancelled, in place of an optional ``IDelayedCall`` in each owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Later:
    """At most one pending call.

    The function is given to :meth:`set`, and dropped when the call is made or cancelled. Therefore an owner that passes
    a method of its own is in a reference cycle only while the call is pending.
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
        """Call a function after a number of seconds; cancel the pending call, if any."""
        self.cancel()
        self._call = self._clock.callLater(seconds, self._make, function, arguments)

    def move(self, seconds: float) -> None:
        """Delay the pending call until a number of seconds from now; do nothing if no call is pending."""
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
