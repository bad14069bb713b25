"""WebSocket and HTTP by hand, for tests: frames as bytes, even frames against the rules."""

from __future__ import annotations

import os
import socket
import ssl
import struct
from collections.abc import Sequence

from tests.support.server_process import PATIENCE_SECONDS

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
"""Opcodes of RFC 6455."""

NORMAL, PROTOCOL_ERROR, INVALID_DATA, TOO_BIG = 1000, 1002, 1007, 1009
"""Codes of closing frames (RFC 6455)."""

Frame = tuple[int, bytes]
"""An opcode and a payload."""


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    final: bool = True,
    masked: bool = True,
    reserved: int = 0,
    length: int = -1,
    mask: bytes = b"",
) -> bytes:
    """Return a client's frame.

    :param length: the announced length, if not the payload's.
    :param mask: 4 bytes; random by default.
    """
    size = len(payload) if length < 0 else length
    first, mask_bit = final << 7 | reserved << 4 | opcode, masked << 7
    if size < 126:
        head = struct.pack(">BB", first, mask_bit | size)
    elif size < 2**16:
        head = struct.pack(">BBH", first, mask_bit | 126, size)
    else:
        head = struct.pack(">BBQ", first, mask_bit | 127, size)
    if not masked:
        return head + payload
    mask = mask or os.urandom(4)
    stream = mask * (len(payload) // 4 + 1)
    masked_payload = int.from_bytes(payload, "big") ^ int.from_bytes(stream[: len(payload)], "big")
    return head + mask + masked_payload.to_bytes(len(payload), "big")


def message(payload: bytes) -> bytes:
    """A frame with a message of the protocol."""
    return frame(TEXT if payload.startswith(b"{") else BINARY, payload)


def take_frame(data: bytes) -> tuple[Frame, bytes] | None:
    """Return the first frame from a server and the rest; nothing without a whole frame."""
    if len(data) < 2:
        return None
    assert data[0] & 0x70 == 0, "reserved bits"
    assert data[0] & 0x80, "a fragment"
    assert data[1] & 0x80 == 0, "masked by a server"
    length, start = data[1], 2
    if length >= 126:
        start = 4 if length == 126 else 10
        length = int.from_bytes(data[2:start], "big")
    if len(data) < start + length:
        return None
    return (data[0] & 0x0F, data[start : start + length]), data[start + length :]


def frames_of(data: bytes) -> list[Frame]:
    """Whole frames that a server sent."""
    frames = []
    while data:
        taken = take_frame(data)
        assert taken is not None, "a frame was cut short"
        frame, data = taken
        frames.append(frame)
    return frames


def close_code(frame: Frame) -> int:
    """Why the server closes."""
    opcode, payload = frame
    assert opcode == CLOSE, frame
    return int.from_bytes(payload[:2], "big")


def opening(host: str, *headers: str) -> bytes:
    """The request that opens a WebSocket."""
    lines = [
        "GET /ws HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


class Connection:
    """A TCP connection to a web port, on which every wait has an end."""

    def __init__(self, port: int, receive_buffer: int | None = None, tls: ssl.SSLContext | None = None) -> None:
        """
        :param receive_buffer: bytes in the kernel for a client without reading; few, to stall soon.
        :param tls: encrypts, and checks the server.
        """
        self.host = f"127.0.0.1:{port}"
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE_SECONDS)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            # The server's kernel holds 20 segments, which have 64 KiB on the loopback by default.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self.socket.connect(("127.0.0.1", port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.rest = b""

    def send(self, data: bytes) -> None:
        """Send all bytes."""
        self.socket.sendall(data)

    def read_more(self) -> bool:
        """Wait for more; whether there was any before the end."""
        data = self.socket.recv(65536)
        self.rest += data
        return bool(data)

    def read_until(self, mark: bytes) -> bytes:
        """Return all bytes up to and with the mark, or up to the end."""
        while mark not in self.rest and self.read_more():
            pass
        end = self.rest.find(mark) + len(mark) if mark in self.rest else len(self.rest)
        taken, self.rest = self.rest[:end], self.rest[end:]
        return taken

    def read_to_end(self) -> bytes:
        """Return all bytes until the server closes, perhaps with a reset."""
        try:
            while self.read_more():
                pass
        except ConnectionError:
            pass
        return self.rest

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class WebSocket(Connection):
    """A client on WebSocket.

    :ivar head: the server's answer to the opening.
    """

    def __init__(
        self,
        port: int,
        *headers: str,
        greeting: bytes = b"",
        receive_buffer: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(port, receive_buffer, tls)
        self.send(opening(self.host, *headers))
        self.head = self.read_until(b"\r\n\r\n")
        if greeting:
            self.send(message(greeting))

    def read_frame(self) -> Frame:
        """The next frame.

        :raises EOFError: the server has closed.
        """
        while (taken := take_frame(self.rest)) is None:
            if not self.read_more():
                raise EOFError(self.rest)
        frame, self.rest = taken
        return frame

    def read_until_frame(self, opcode: int, start: bytes = b"") -> bytes:
        """Skip frames until a frame with this opcode and start, and return the payload."""
        while True:
            kind, payload = self.read_frame()
            if kind == opcode and payload.startswith(start):
                return payload


def get(port: int, target: str, *headers: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Ask once, with the target as it stands.

    :return: status, headers by their name in lower case, body.
    """
    with Connection(port) as connection:
        return ask(connection, target, *headers, "Connection: close", method=method)


def ask(connection: Connection, target: str, *headers: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """See :func:`get`."""
    lines: Sequence[str] = [f"{method} {target} HTTP/1.1", f"Host: {connection.host}", *headers, "", ""]
    connection.send("\r\n".join(lines).encode("latin-1"))
    return read_answer(connection, method)


def read_answer(connection: Connection, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Read an answer."""
    first, *rest = connection.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in rest if line)}
    length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
    while len(connection.rest) < length and connection.read_more():
        pass
    body, connection.rest = connection.rest[:length], connection.rest[length:]
    return int(first.split()[1]), headers, body
