"""Frames on TCP: a length of 5 bytes, unsigned and little-endian, then as many bytes of payload.

The decoder copies every byte a fixed number of times, however the stream is cut into pieces.
``twisted.protocols.basic.IntNStringReceiver`` does not fit: ``struct`` has no 5-byte integer, and the receiver copies
its whole buffer for every piece.
"""

from __future__ import annotations

from dcc import reasons
from dcc.errors import FrameTooLong

PREFIX_BYTES = 5


def frame(payload: bytes) -> bytes:
    """Prefix a payload with its length."""
    return len(payload).to_bytes(PREFIX_BYTES, "little") + payload


class FrameDecoder:
    """Extracts the payloads from the bytes of one connection.

    :ivar limit: longest accepted payload, in bytes; may be changed between frames.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._wanted = PREFIX_BYTES  # buffered bytes needed for the next step

    def feed(self, data: bytes) -> None:
        """Buffer a piece of the stream. Call :meth:`next_payload` next, until it returns None."""
        self._buffer += data

    def next_payload(self) -> bytes | None:
        """Return the next complete payload, or None if more pieces are needed.

        :raises FrameTooLong: a prefix announces more than the limit. No further payload of the stream can be read.
        """
        if len(self._buffer) < self._wanted:
            return None
        buffer = self._buffer
        length = int.from_bytes(buffer[:PREFIX_BYTES], "little")
        if length > self.limit:
            raise FrameTooLong(reasons.FRAME_TOO_LONG, bytes=length, limite=self.limit)
        end = PREFIX_BYTES + length
        if len(buffer) < end:
            self._wanted = end
            return None
        self._wanted = PREFIX_BYTES
        payload = bytes(buffer[PREFIX_BYTES:end])
        del buffer[:end]  # cheap: the rest is copied only if shorter than half of the buffer
        return payload
