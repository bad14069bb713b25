"""Open files: every connection needs a file descriptor, and the system gives a process only so many.

Some descriptors are reserved for the record and for other files of a running server. The server refuses a connection
above that limit; so connected clients stay, and painting goes on.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

from twisted.internet.interfaces import IReactorTime
from twisted.internet.selectreactor import SelectReactor

from dcc.server.console import Console

RESERVED = 128
"""Descriptors reserved for the record and for refusing connections; at most a quarter of the limit. The record, its
reader and its backup need some 20."""

CALM_SECONDS = 10.0
"""Time without a refusal before the console reports room again: clients try again within this time
(RECONNECT_LONGEST_SECONDS)."""

WANTED_WHERE_UNLIMITED = 10_240
"""Descriptors to ask for if the system names no limit: macOS gives as many (OPEN_MAX)."""

SELECT_DESCRIPTORS = 1024
"""Numbers that select() accepts (FD_SETSIZE): Twisted's choice on macOS. Higher numbers are errors."""

if sys.platform != "win32":
    import resource

    def raise_limit(reactor: object) -> None:
        """Take as many descriptors as this process may have without asking: shells usually give far fewer."""
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = WANTED_WHERE_UNLIMITED if hard == resource.RLIM_INFINITY else hard
        if isinstance(reactor, SelectReactor):
            wanted = min(wanted, SELECT_DESCRIPTORS)
        with suppress(OSError, ValueError):  # the limit stays as it is, then
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    def _limit() -> int | None:
        """Return the limit now; the operator may change the limit from outside."""
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return None if soft == resource.RLIM_INFINITY else soft

else:  # where sockets are not counted among a few open files

    def raise_limit(reactor: object) -> None:
        """Do nothing: there is no limit."""

    def _limit() -> int | None:
        return None


class OpenFiles:
    """Says whether there is room for another connection. The console says once when the room ends, and once when the
    server accepts connections again.
    """

    def __init__(self, console: Console, clock: IReactorTime) -> None:
        self._console = console
        self._clock = clock
        self._refused_at: float | None = None  # the last connection, since the console said that there is no room

    def have_room(self) -> bool:
        """Whether the connection that was just accepted may stay. To be asked once for each connection."""
        limit = _limit()
        if limit is not None and _are_open(limit - min(RESERVED, limit // 4)):
            if self._refused_at is None:
                self._console.out_of_descriptors(limit)
            self._refused_at = self._clock.seconds()
            return False
        since = self._refused_at
        if since is not None and self._clock.seconds() - since >= CALM_SECONDS:
            self._refused_at = None
            self._console.has_descriptors()
        return True


def _are_open(number: int) -> bool:
    """Whether as many descriptors are open: a new one gets the lowest free number (POSIX)."""
    try:
        with socket.socket() as probe:
            return probe.fileno() >= number
    except OSError:
        return True
