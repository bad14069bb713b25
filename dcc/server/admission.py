"""Admission: the way in for the connections of every wire.

1. Before a wire makes a protocol for a connection, the wire asks for a :meth:`~Admission.refusal`, and makes a
   :class:`RefusedConnection` after a refusal.
2. A connection that may stay takes a :class:`Place` with :meth:`~Admission.enter`, and counts as one of its address
   until the place is left.
3. A proxy tells the client's address with the first bytes. Therefore the wire calls :meth:`Place.find_address` before
   the first read if the place's address may change.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Protocol
from twisted.protocols.policies import ProtocolWrapper

from dcc import reasons
from dcc.errors import DccError
from dcc.server.addresses import AddressTable, AddressUsage, Quotas, names_of
from dcc.server.console import Console
from dcc.server.open_files import OpenFiles
from dcc.server.twisted_internals import close_at_once, configure_transport


class Place:
    """A connection's place among all connections from the same address.

    :ivar usage: shared by all connections from the address; nothing if the address does not count.
    :ivar address_may_change: whether a proxy is still to tell where the connection comes from.
    """

    __slots__ = ("_admission", "address_may_change", "usage")

    def __init__(self, admission: Admission, usage: AddressUsage | None, *, address_may_change: bool) -> None:
        self._admission = admission
        self.usage = usage
        self.address_may_change = address_may_change

    def find_address(self, address: IAddress | None) -> DccError | None:
        """Count the connection at the address from the proxy; nowhere if that is nothing.

        :return: why the connection may not stay, if so.
        """
        self.address_may_change = False
        usage = self.usage
        if names_of(address)[:1] == (() if usage is None else (usage.name,)):
            return None
        refusal = self._admission.refusal_of_address(address)
        addresses = self._admission.addresses
        addresses.leave(usage)
        self.usage = addresses.enter(address)
        return refusal

    def leave(self) -> None:
        """Count the connection no longer."""
        self._admission.addresses.leave(self.usage)
        self.usage = None


class Admission:
    """Decides whether a connection may stay. There is one for all wires and boards of a server.

    :ivar addresses: connections by address.
    :ivar open_files: whether there is room for another connection.
    :ivar sent_away: how many connections were ended, at the way in and later, by the code of the reason.
    """

    def __init__(self, quotas: Quotas, console: Console, clock: IReactorTime) -> None:
        self.addresses = AddressTable(quotas, console, clock)
        self.open_files = OpenFiles(console, clock)
        self.sent_away: Counter[str] = Counter()

    def refusal(self, address: IAddress | None) -> DccError | None:
        """Tell why a connection that was just accepted may not stay, if so. To be asked once for each connection."""
        has_room = self.open_files.have_room()
        refusal = self.refusal_of_address(address) if has_room else DccError(reasons.NO_ROOM)
        if refusal is not None:
            self.sent_away[refusal.code] += 1
        return refusal

    def refusal_of_address(self, address: IAddress | None) -> DccError | None:
        """Tell whether an address has as many connections as it may have."""
        full = self.addresses.full(address)
        return None if full is None else DccError(reasons.ADDRESS_FULL, conexiones=full.most)

    def enter(self, transport: Any, address: IAddress | None) -> Place:
        """Take a place for a connection that may stay.

        :param address: where the connection counts; nothing for nowhere.
        """
        configure_transport(transport)
        # A port of Twisted that speaks the PROXY protocol wraps each connection.
        address_may_change = isinstance(transport, ProtocolWrapper)
        return Place(self, self.addresses.enter(address), address_may_change=address_may_change)


class RefusedConnection(Protocol):
    """A connection that may not stay."""

    def __init__(self, words: bytes) -> None:
        """:param words: the refusal, encoded for the wire."""
        self._words = words

    def connectionMade(self) -> None:
        """Tell the peer, and close."""
        close_at_once(self.transport, self._words)
