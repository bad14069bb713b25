"""Names of hosts to addresses, without keeping anybody waiting."""

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
    """Asks the system, in a thread that ends with the program.

    Where a network is down a lookup takes half a minute. Twisted's own resolver uses the reactor's threads, and a
    reactor that stops waits for those: a closed window would stay in the list of processes for so long.
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
        """See :class:`IHostnameResolver`; of TCP addresses, all that there are."""
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
    """A lookup under way.

    :ivar name: what is looked up.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """There is no way to stop the system's lookup; who asked does not listen to it any more."""


def _address(found: tuple[Any, ...]) -> IPv4Address | IPv6Address:
    return IPv4Address("TCP", *found) if len(found) == 2 else IPv6Address("TCP", *found)
