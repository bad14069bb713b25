"""The pace of paints of more than one request.

A server takes a burst of pixels and then so many a second, and holds a part of the latest changes. The requests of a
large paint, all sent at once, would be refused in part, and would make the server send the whole board.

1. The requests of a large paint go out one at a time, the next when the one before is answered.
2. Later paints wait behind them, in order. A paint of one request goes out at once if nothing waits.
3. A request after its turn, refused for the rate, goes out again when the server takes pixels again.
4. A lost connection drops what waits: the replica has taken back the pixels.

``dcc/page/link.js`` does the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from twisted.internet.interfaces import IReactorTime

from dcc import reasons
from dcc.core.placements import MILLISECONDS
from dcc.later import Later
from dcc.protocol.messages import Acknowledged, Paint, Rejected, ServerMessage

_LONGEST_REST_SECONDS = 60.0
"""Longest rest. A server with an error in its arithmetic may tell a longer one, and is asked again."""


class Pace:
    """Sends paints, large ones request by request."""

    def __init__(self, send: Callable[[Paint], None], clock: IReactorTime) -> None:
        """:param send: sends a paint; called only while there is a connection."""
        self._send = send
        self._waiting: deque[Paint] = deque()  # the first is on the wire, or rests
        self._rest = Later(clock)

    def paint(self, paints: Sequence[Paint]) -> None:
        """Send the requests of a paint, or have them wait for their turn (rules 1 and 2)."""
        if len(paints) == 1 and not self._waiting:
            self._send(paints[0])
        elif paints:
            is_first = not self._waiting
            self._waiting.extend(paints)
            if is_first:
                self._send_first()

    def take(self, message: ServerMessage) -> bool:
        """Take a message, and send the request behind the answered one.

        :return: whether the message is a refusal by rule 3, which concerns nobody else.
        """
        if not isinstance(message, Acknowledged | Rejected):
            return False
        if not self._waiting or message.request != self._waiting[0].request:
            return False
        if isinstance(message, Rejected) and message.code == reasons.TOO_FAST.code and message.retry_ms is not None:
            seconds = min(max(0, message.retry_ms) / MILLISECONDS, _LONGEST_REST_SECONDS)
            self._rest.set(seconds, self._send_first)
            return True
        self._rest.cancel()
        self._waiting.popleft()
        if self._waiting:
            self._send_first()
        return False

    def drop(self) -> None:
        """Drop the waiting requests (rule 4)."""
        self._rest.cancel()
        self._waiting.clear()

    def _send_first(self) -> None:
        self._send(self._waiting[0])
