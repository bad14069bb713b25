"""What goes over the wires: each message encoded by its version, and once for all clients of a wire."""

from __future__ import annotations

from collections.abc import Callable

from dcc.core.canvas import Canvas
from dcc.protocol import version1, version2
from dcc.protocol.messages import Changes, RulesNews, ServerMessage, Users, WholeBoard
from dcc.server.audience import Encode

_SENT_TO_MANY = (Changes, WholeBoard, RulesNews, Users)


def cache_last(encode: Encode) -> Encode:
    """Cache the last encoding of each broadcast message type."""
    last: dict[tuple[int, type], tuple[ServerMessage, bytes]] = {}

    def cached(version: int, message: ServerMessage) -> bytes:
        if not isinstance(message, _SENT_TO_MANY):
            return encode(version, message)
        key = version, type(message)
        known = last.get(key)
        if known is not None and known[0] is message:
            return known[1]
        data = encode(version, message)
        last[key] = message, data
        return data

    return cached


class Encoder:
    """Encodes the messages about one board."""

    def __init__(self, canvas: Canvas) -> None:
        self._boards = version1.BoardEncoder(canvas.width, canvas.height, canvas.palette)
        self._payload = cache_last(self._encode)  # every wire frames payloads in its own way

    def for_wire(self, pack: Callable[[bytes], bytes]) -> Encode:
        """Encode as one wire sends.

        :param pack: puts a payload into the wire's frame.
        """
        return cache_last(lambda version, message: pack(self._payload(version, message)))

    def _encode(self, version: int, message: ServerMessage) -> bytes:
        if version == 1 and isinstance(message, WholeBoard):
            return self._boards.encode(message)
        return version2.encode(message)
