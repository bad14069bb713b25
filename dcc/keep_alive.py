"""Connections that are gone without a word: a telephone that sleeps, a cable that was pulled, a router that forgot."""

from __future__ import annotations

import socket
from typing import Any

IDLE_SECONDS = 45
"""Silence before the first probe: less than a minute, after which many routers forget a connection."""

PROBE_SECONDS = 15
"""From one probe to the next."""

PROBES = 4
"""Probes without an answer that end a connection, hence after less than two minutes. The default of Linux is more than
two hours."""

_OPTIONS = (("TCP_KEEPIDLE", IDLE_SECONDS), ("TCP_KEEPINTVL", PROBE_SECONDS), ("TCP_KEEPCNT", PROBES))


def keep_alive(transport: Any) -> None:
    """Have the kernel probe an idle connection, if the transport is on TCP. The peer's program notices nothing."""
    getattr(transport, "setTcpKeepAlive", bool)(True)
    connection = getattr(transport, "socket", None)
    if not isinstance(connection, socket.socket) or connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    for name, value in _OPTIONS:
        option = getattr(socket, name, None)  # not every system has each
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
