"""What the server uses of Twisted beyond Twisted's documented interfaces.

``USED`` lists every name, and a test makes sure that Twisted still has all names. The functions use the names of
sockets and ports; :mod:`dcc.server.web.channel` uses the names of HTTP.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from typing import Any

from twisted.internet import tcp
from twisted.internet.protocol import connectionDone

from dcc.keep_alive import keep_alive

USED = {
    "twisted.internet.tcp.Connection": ("TLS", "bufferSize", "connectionLost", "producerPaused"),
    "twisted.internet.tcp.Port": ("connectionLost", "doRead", "numberAccepts"),
    "twisted.protocols.tls.BufferingTLSTransport": ("_producer", "_tlsShutdownFinished", "getHandle"),
    "twisted.web.http.HTTPChannel": (
        "_command",
        "abortTimeout",
        "allHeadersReceived",
        "headerReceived",
        "length",
        "lineLengthExceeded",
        "maxHeaders",
        "rawDataReceived",
        "requestDone",
        "requests",
        "resetTimeout",
        "setRawMode",
        "timeoutConnection",
        "writeHeaders",
    ),
    "twisted.web.http.Request": ("clientproto", "requestReceived", "startedWriting"),
}
"""Names by class."""

ACCEPTED_AT_A_TIME = 20
"""Connections that a port accepts before anybody else has a turn: some 5 ms, with their first words."""

READ_BYTES = 16 * 1024
"""Most bytes read from a plain connection at a time. Twisted allocates as much for each read and gives back the rest;
Twisted's own 64 KiB fragmented the heap."""

_TCP_INFO = getattr(socket, "TCP_INFO", None) if sys.platform == "linux" else None

_BYTES_ACKED = slice(120, 128)
"""Where ``struct tcp_info`` of ``linux/tcp.h`` has ``tcpi_bytes_acked``, since Linux 4.1."""


def takes_ipv4(port: Any) -> bool:
    """Whether a port on every IPv6 address takes IPv4 connections too: the system decides (RFC 3493, 5.3)."""
    return not port.socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def is_plain_socket(transport: object) -> bool:
    """Whether the transport is a socket without TLS, to which this process can write directly."""
    return isinstance(transport, tcp.Connection) and not transport.TLS


def configure_transport(transport: Any) -> None:
    """Set TCP_NODELAY, keep-alive and a small read buffer."""
    getattr(transport, "setTcpNoDelay", bool)(True)  # not every transport is TCP
    keep_alive(transport)
    transport.bufferSize = READ_BYTES


def limit_input(transport: Any, length: int) -> None:
    """Have the kernel hold at most some bytes of what the peer sends, or twice as many on Linux: a peer that is not
    read from soon waits. Does nothing to a transport without a socket of its own.
    """
    if is_plain_socket(transport):
        transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, length)


def acknowledged_bytes(transport: Any) -> int | None:
    """Return how many bytes of this connection the peer's machine has acknowledged so far.

    A socket takes megabytes that a slow line needs minutes for. Only this number shows that the line still works.

    :return: None if the system does not tell: not Linux, or no TCP connection.
    """
    if _TCP_INFO is None:
        return None
    try:
        told = transport.socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _BYTES_ACKED.stop)
    except (AttributeError, OSError):  # another transport; a lost connection
        return None
    return int.from_bytes(told[_BYTES_ACKED], sys.byteorder) if len(told) == _BYTES_ACKED.stop else None


def resume_when_empty(transport: Any) -> None:
    """Have a plain socket call the producer as soon as the buffer is empty.

    By default a socket pauses and resumes the producer only above 64 KiB.
    """
    transport.producerPaused = True


def accept_few_at_a_time(port: Any) -> None:
    """Have a listening port let others have their turn between newcomers.

    While more connections wait, Twisted accepts 20 more in each turn of the loop than in the turn before; in a storm
    Twisted comes to accept all that the queue holds, which takes a second.
    """
    accept = port.doRead

    def accept_some() -> None:
        port.numberAccepts = min(port.numberAccepts, ACCEPTED_AT_A_TIME)
        accept()

    port.doRead = accept_some


def close_at_once(transport: Any, words: bytes) -> None:
    """Close a connection that was just accepted, after a last word if that takes no time.

    In the usual way the connection would be closed after all waiting connections had been accepted, which takes more
    file descriptors than there are. With TLS the last word would need a handshake first, so none is said.
    """
    if not is_plain_socket(transport):
        transport.abortConnection()
        return
    with suppress(OSError):
        transport.socket.send(words)
    transport.connectionLost(connectionDone)


def close_port_now(port: Any) -> None:
    """Close a listening port before the reactor runs, and remove the file of a Unix socket.

    ``stopListening()`` needs another turn of the reactor, which never comes if the start fails.
    """
    try:
        port.connectionLost(connectionDone)
    except OSError:  # the file is gone already, or in a folder of another user
        tcp.Port.connectionLost(port, connectionDone)


def free_tls_at_once(port: Any) -> None:
    """Have a port with TLS make connections that are freed as soon as they are lost; do nothing to another port."""
    try:
        from twisted.protocols.tls import TLSMemoryBIOFactory

        from dcc.server.tls_transport import FreedTransport
    except ImportError:  # without the extra tls
        return
    factory = getattr(port, "factory", None)
    if isinstance(factory, TLSMemoryBIOFactory):
        factory.protocol = FreedTransport
