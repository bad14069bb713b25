"""Frames on TCP: a length of 5 bytes, unsigned and little-endian, then as many bytes of payload.

Pure: bytes in, payloads out. Where the pieces break makes no difference to what comes out, and little
to what it costs: every byte is copied a fixed number of times however it arrives.
(``twisted.protocols.basic.IntNStringReceiver`` unpacks with ``struct``, which has no 5-byte integer, and
copies its whole buffer at every piece.)
"""

from __future__ import annotations

from dcc import reasons
from dcc.errors import FrameTooLong

PREFIX_BYTES = 5


def frame(payload: bytes) -> bytes:
    """The payload with its length before it."""
    return len(payload).to_bytes(PREFIX_BYTES, "little") + payload


class FrameDecoder:
    """Puts the payloads of one connection together again.

    :ivar limit: the longest payload taken, in bytes; may be changed between frames.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._wanted = PREFIX_BYTES  # bytes without which nothing can be done

    def feed(self, data: bytes) -> None:
        """Take the next piece. Call :meth:`next_payload` until it gives nothing."""
        self._buffer += data

    def next_payload(self) -> bytes | None:
        """The next whole payload, or nothing until more pieces have come.

        :raises FrameTooLong: the next frame announces more than the limit. Nothing of it was kept, and
            nothing after it can be read.
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
        del buffer[:end]  # moves the beginning; what is left is copied only when it is less than half
        return payload
