"""Open files: every connection is one, and the system lets a process have only so many at once.

Some are kept back for the record, and for whatever else the server opens while it runs. A connection that would take
one of those is told that there is no room, and closed; so those who are connected stay, and painting goes on.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.selectreactor import SelectReactor

from dcc import limits
from dcc.server.console import Console

if sys.platform != "win32":
    import resource

    def raise_limit(reactor: object) -> None:
        """Have as many as this process may have without asking: shells usually give it far fewer."""
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = limits.DESCRIPTORS_WHERE_UNLIMITED if hard == resource.RLIM_INFINITY else hard
        if isinstance(reactor, SelectReactor):
            wanted = min(wanted, limits.SELECT_DESCRIPTORS)
        with suppress(OSError, ValueError):  # it stays as it is, then
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    def _most() -> int | None:
        """How many this process may have now; the operator may change it from outside."""
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return None if soft == resource.RLIM_INFINITY else soft

else:  # where sockets are not counted among a few open files

    def raise_limit(reactor: object) -> None:
        """There is none."""

    def _most() -> int | None:
        return None


class OpenFiles:
    """Says whether there is room for one more connection; tells the operator when there is none, and when there is
    again: of all that are turned away within a while, once.
    """

    def __init__(self, console: Console, clock: IReactorTime) -> None:
        self._console = console
        self._clock = clock
        self._turned_away_at: float | None = None  # the last one, since the operator was told

    def have_room(self) -> bool:
        """Whether the connection that was just accepted may stay. To be asked about each."""
        most = _most()
        if most is not None and _are_open(most - min(limits.DESCRIPTORS_KEPT_BACK, most // 4)):
            if self._turned_away_at is None:
                self._console.out_of_descriptors(most)
            self._turned_away_at = self._clock.seconds()
            return False
        since = self._turned_away_at
        if since is not None and self._clock.seconds() - since >= limits.DESCRIPTORS_CALM_SECONDS:
            self._turned_away_at = None
            self._console.has_descriptors()
        return True


def accept_few_at_a_time(port: Any) -> None:
    """Have a listening port let others have their turn between newcomers, however many there are.

    While there are more, Twisted accepts 20 more in each turn of the loop than in the one before; so in a storm it
    comes to accept all that the queue holds, which takes a second.
    """
    accept = port.doRead

    def accept_some() -> None:
        port.numberAccepts = min(port.numberAccepts, limits.ACCEPTED_AT_A_TIME)
        accept()

    port.doRead = accept_some


class RefusedConnection(Protocol):
    """A connection for which there is no room: it is told so, where that takes no time, and closed."""

    def __init__(self, words: bytes) -> None:
        self._words = words

    def connectionMade(self) -> None:
        """Close it at once. In the usual way it would be closed when all others that wait had been accepted too,
        which takes more descriptors than there are.
        """
        transport: Any = self.transport
        if not isinstance(transport, tcp.Connection) or transport.TLS:
            transport.abortConnection()  # TLS would have to be spoken first
            return
        with suppress(OSError):
            transport.socket.send(self._words)
        transport.connectionLost(connectionDone)


def _are_open(number: int) -> bool:
    """Whether so many descriptors are open: a new one gets the lowest number that is free (POSIX)."""
    try:
        with socket.socket() as probe:
            return probe.fileno() >= number
    except OSError:
        return True
