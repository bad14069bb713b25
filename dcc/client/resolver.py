"""Lookups of host names that never delay the end of the program."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorFromThreads,
    IResolutionReceiver,
)
from zope.interface import implementer


@implementer(IHostnameResolver)
class DaemonResolver:
    """Asks the system in a thread that ends with the program.

    Without a network a lookup takes half a minute. Twisted's own resolver uses the reactor's threads, and a stopping
    reactor waits for its threads: the process of a closed window would live on for half a minute.
    """

    def __init__(self, reactor: IReactorFromThreads) -> None:
        self._reactor = reactor

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """See :class:`IHostnameResolver`; the addresses for TCP."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def look_up() -> None:
            try:
                found = socket.getaddrinfo(hostName, portNumber, type=socket.SOCK_STREAM)
            except OSError:
                found = []
            self._reactor.callFromThread(tell, [_address(entry[4]) for entry in found])

        def tell(addresses: list[IPv4Address | IPv6Address]) -> None:
            for address in addresses:
                resolutionReceiver.addressResolved(address)
            resolutionReceiver.resolutionComplete()

        threading.Thread(target=look_up, daemon=True).start()
        return resolution


@implementer(IHostResolution)
class _Resolution:
    """A pending lookup.

    :ivar name: of the host.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Do nothing: the system's lookup cannot be stopped, and its result is ignored."""


def _address(found: tuple[Any, ...]) -> IPv4Address | IPv6Address:
    return IPv4Address("TCP", *found) if len(found) == 2 else IPv6Address("TCP", *found)
