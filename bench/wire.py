"""Shared code of the clients in Python: sockets, frames, percentiles. See ``wire.h``."""

from __future__ import annotations

import mmap
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PREFIX_BYTES = 5
PIXEL = struct.Struct("<IB")
PEERS_PER_ADDRESS = 30
READ_BYTES = 1 << 20
BIN_NS = 10_000

OPCODE_BOARD = 1
OPCODE_CHANGES = 2
OPCODE_PAINT = 3
OPCODE_ACKNOWLEDGED = 4

WEB_TEXT = 1
WEB_BINARY = 2
WEB_CLOSE = 8
WEB_PING = 9
WEB_PONG = 10

ROUND_NAMES = ("white", "black", "green")
"""The colours of the version 1 painter, which goes over the board round after round."""


@dataclass(frozen=True)
class Frame:
    """A frame of a stream.

    :ivar head: the number of bytes before the payload.
    :ivar web_opcode: the opcode of WebSocket; 0 on TCP.
    """

    data: bytes
    head: int
    web_opcode: int

    @property
    def payload(self) -> bytes:
        """Return the payload."""
        return self.data[self.head :]


class Peer:
    """A connection to a server on 127.0.0.1."""

    def __init__(self, port: int, number: int, *, web: bool) -> None:
        """Connect from a loopback address that few other clients share.

        :param web: use frames of WebSocket.
        """
        self.socket = socket.socket()
        place = 0x7F010001 + number // PEERS_PER_ADDRESS
        self.socket.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT, for which Python 3.10 has no name
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.bind((socket.inet_ntoa(place.to_bytes(4, "big")), 0))
        self.socket.connect(("127.0.0.1", port))
        self._port = port
        self._web = web
        self._pending = bytearray()

    def greet(self, version: int, web_path: str) -> None:
        """Send ``nuevo``; on WebSocket, open the WebSocket first."""
        if self._web:
            self._upgrade(web_path)
        self.say(b'{"comando": "nuevo", "version": 2}' if version == 2 else b'{"comando": "nuevo"}', WEB_TEXT)

    def _upgrade(self, path: str) -> None:
        """Ask an HTTP server for a WebSocket, and read the answer's head to its end, byte by byte."""
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Origin: http://127.0.0.1:{self._port}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (byte := self.socket.recv(1)):
                raise SystemExit(f"{path}: no WebSocket")
            head += byte
        if not head.startswith(b"HTTP/1.1 101"):
            raise SystemExit(f"{path}: {head[:60]!r}")

    def say(self, payload: bytes, web_opcode: int) -> None:
        """Send a frame; on WebSocket masked with zero, which leaves the payload unchanged."""
        length = len(payload)
        if not self._web:
            head = length.to_bytes(PREFIX_BYTES, "little")
        elif length < 126:
            head = bytes([0x80 | web_opcode, 0x80 | length]) + bytes(4)
        else:
            head = bytes([0x80 | web_opcode, 0x80 | 126]) + length.to_bytes(2, "big") + bytes(4)
        self.socket.sendall(head + payload)

    def receive(self, data: bytes) -> Iterator[Frame]:
        """Return the messages that this piece completes. Answer pings."""
        self._pending += data
        while (frame := self._next_frame()) is not None:
            if frame.web_opcode == WEB_PING:
                self.say(frame.payload, WEB_PONG)
            elif frame.web_opcode < WEB_CLOSE and len(frame.data) > frame.head:
                yield frame

    def _next_frame(self) -> Frame | None:
        pending = self._pending
        if len(pending) < (2 if self._web else PREFIX_BYTES):
            return None
        head, web_opcode = PREFIX_BYTES, 0
        if self._web:
            web_opcode = pending[0] & 0x0F
            length = pending[1] & 0x7F
            wide = {126: 2, 127: 8}.get(length, 0)
            head = 2 + wide
            if len(pending) < head:
                return None
            if wide:
                length = int.from_bytes(pending[2:head], "big")
        else:
            length = int.from_bytes(pending[:head], "little")
        if len(pending) < head + length:
            return None
        frame = Frame(bytes(pending[: head + length]), head, web_opcode)
        del pending[: head + length]
        return frame


def map_times(path: str) -> memoryview:
    """The write time of each placement by its painter, in nanoseconds, by sequence; shared through a file."""
    with Path(path).open("r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")


class Spread:
    """How often each time came, to 10 microseconds."""

    def __init__(self) -> None:
        self._bins: Counter[int] = Counter()
        self._total = self._most = 0

    def add(self, nanoseconds: int) -> None:
        """Count a time."""
        self._bins[nanoseconds // BIN_NS] += 1
        self._total += nanoseconds
        self._most = max(self._most, nanoseconds)

    def figures(self) -> dict[str, float]:
        """Return the figures that ``wire.h`` prints."""
        count = self._bins.total()
        return {
            "count": count,
            "mean_ms": self._total / max(1, count) / 1e6,
            "p50_ms": self._milliseconds(0.5),
            "p99_ms": self._milliseconds(0.99),
            "max_ms": self._most / 1e6,
        }

    def _milliseconds(self, part: float) -> float:
        wanted, seen = int(part * self._bins.total()), 0
        for number in sorted(self._bins):
            seen += self._bins[number]
            if seen > wanted:
                return min((number + 1) * BIN_NS, self._most) / 1e6
        return 0.0
