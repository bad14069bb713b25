"""What the server uses of Twisted beyond Twisted's documented interfaces.

``USED`` lists every name, and a test makes sure that Twisted still has all names. The functions use the names of
sockets and ports; :mod:`dcc.server.web.channel` uses the names of HTTP.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

from twisted.internet import tcp
from twisted.internet.protocol import connectionDone

if sys.platform.startswith("linux"):
    import fcntl
    import termios

USED = {
    "twisted.internet.tcp.Connection": ("TLS", "bufferSize", "connectionLost", "producerPaused"),
    "twisted.internet.tcp.Port": ("doRead", "numberAccepts"),
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


def is_plain_socket(transport: object) -> bool:
    """Whether the transport is a socket without TLS, to which this process can write directly."""
    return isinstance(transport, tcp.Connection) and not transport.TLS


def unacknowledged_bytes(transport: Any) -> int | None:
    """Return how many bytes the kernel holds that the peer has not acknowledged; nothing if the system does not tell.

    Linux tells (``SIOCOUTQ`` in tcp(7), the number of ``TIOCOUTQ``).
    """
    connection = getattr(transport, "socket", None)
    if connection is None or not sys.platform.startswith("linux"):
        return None
    try:
        return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:
        return None


def configure_transport(transport: Any) -> None:
    """Set TCP_NODELAY, keep-alive and a small read buffer."""
    for option in ("setTcpNoDelay", "setTcpKeepAlive"):  # not every transport is TCP
        getattr(transport, option, bool)(True)
    transport.bufferSize = READ_BYTES


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
