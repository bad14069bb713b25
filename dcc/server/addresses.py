"""Where clients come from: how much everybody from one address may have together.

An address is one of IPv4, or a network of 64 bits of IPv6, which is what one customer has of it (RFC 6177). What comes
from this machine itself, by 127.0.0.1, ::1 or a Unix socket, is not counted: it is its operator's, or comes through a
proxy, which alone can tell its clients apart. One that speaks the PROXY protocol does: behind Twisted's endpoint
``haproxy:tcp:…`` a connection has its client's address as soon as there is something to read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv6Address as IPv6
from ipaddress import IPv6Network, ip_address

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.protocols.policies import ProtocolWrapper

from dcc import limits
from dcc.core.token_bucket import TokenBucket
from dcc.server.console import Console


@dataclass(frozen=True)
class Quotas:
    """What a client may have, and all from one address together; 0 for no limit.

    :ivar client_pixels: painted a second.
    :ivar client_bytes: read a second.
    :ivar address_clients: connections at a time.
    :ivar address_pixels: painted a second.
    :ivar address_bytes: read a second.
    :ivar hello_seconds: until a client has said its first command.
    :ivar cooldown_seconds: see :class:`dcc.board.throttle.PaintThrottle`.
    """

    client_pixels: float = limits.CLIENT_PIXELS_A_SECOND
    client_bytes: float = limits.CLIENT_BYTES_A_SECOND
    address_clients: int = limits.ADDRESS_CLIENTS
    address_pixels: float = limits.ADDRESS_PIXELS_A_SECOND
    address_bytes: float = limits.ADDRESS_BYTES_A_SECOND
    hello_seconds: float = limits.HELLO_SECONDS
    cooldown_seconds: float = 0.0


DEFAULT_QUOTAS = Quotas()


class AddressUsage:
    """One address.

    :ivar name: for people.
    :ivar connections: how many there are from it.
    :ivar turned_away: how many more wanted to be there, since there was room last.
    :ivar pixels: what everybody from there may paint; nothing where there is no limit.
    :ivar bytes: what is read of everybody from there.
    """

    __slots__ = ("bytes", "connections", "name", "pixels", "turned_away")

    def __init__(self, name: str, pixels: TokenBucket | None, bytes: TokenBucket | None) -> None:
        self.name = name
        self.connections = self.turned_away = 0
        self.pixels = pixels
        self.bytes = bytes

    def is_spent(self, now: float) -> bool:
        """Whether there is something about it to remember."""
        return any(bucket is not None and not bucket.is_full(now) for bucket in (self.pixels, self.bytes))


class AddressTable:
    """The addresses from which somebody is connected, or was until a moment ago."""

    def __init__(self, quotas: Quotas, console: Console, clock: IReactorTime) -> None:
        self._quotas = quotas
        self._console = console
        self._clock = clock
        self._busy: dict[str, AddressUsage] = {}
        self._left: dict[str, AddressUsage] = {}  # nobody is there, but something is spent; the first one left first

    def have_room(self, address: IAddress | None) -> bool:
        """Whether one more connection from there may stay. To be asked about each."""
        source = self._busy.get(network_of(address) or "")
        most = self._quotas.address_clients
        if source is None or not most or source.connections < most:
            return True
        if not source.turned_away:
            self._console.too_many_from(source.name, most)
        source.turned_away += 1
        return False

    def enter(self, address: IAddress | None) -> AddressUsage | None:
        """One more connection.

        :return: what to :meth:`leave`; nothing where it does not count.
        """
        name = network_of(address)
        if name is None:
            return None
        source = self._busy.get(name)
        if source is None:
            source = self._left.pop(name) if name in self._left else self._new(name)
            self._busy[name] = source
            self._forget()
        source.connections += 1
        return source

    def leave(self, source: AddressUsage | None) -> None:
        """One less."""
        if source is None:
            return
        source.connections -= 1
        if source.turned_away and source.connections <= self._quotas.address_clients // 2:
            if source.turned_away > 1:  # the one was told of
                self._console.turned_away_from(source.name, source.turned_away)
            source.turned_away = 0
        if not source.connections:
            del self._busy[source.name]
            if source.is_spent(self._clock.seconds()):
                self._left[source.name] = source

    def _new(self, name: str) -> AddressUsage:
        quotas, now = self._quotas, self._clock.seconds()
        return AddressUsage(name, bucket_of(quotas.address_pixels, now), bucket_of(quotas.address_bytes, now))

    def _forget(self) -> None:
        """Those that are as good as new: for each that comes two at most, so that they grow less in number."""
        now = self._clock.seconds()
        for name in list(self._left)[:2]:
            if self._left[name].is_spent(now):
                break
            del self._left[name]


def address_may_change(transport: object) -> bool:
    """Whether the address of a new connection may be another one at the first read."""
    return isinstance(transport, ProtocolWrapper)


def bucket_of(per_second: float, now: float) -> TokenBucket | None:
    """Of that much; none where there is no limit."""
    return TokenBucket(per_second, now) if per_second else None


def network_of(address: IAddress | None) -> str | None:
    """What counts as one address; nothing where it does not count."""
    if isinstance(address, IPv4Address):
        return None if address.host == "127.0.0.1" else address.host
    if not isinstance(address, IPv6Address):
        return None
    try:
        host: IPv4 | IPv6 = ip_address(address.host)
    except ValueError:  # a proxy's own idea of one
        return address.host
    if isinstance(host, IPv6) and host.ipv4_mapped is not None:
        host = host.ipv4_mapped
    if host.is_loopback and str(host) in ("127.0.0.1", "::1"):
        return None
    if isinstance(host, IPv4):
        return str(host)
    return str(IPv6Network((host.packed[:8] + bytes(8), 64)))
