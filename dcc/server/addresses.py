"""How much all clients from one address may have together.

An address is an IPv4 address or an IPv6 network of 64 bits, the share of a customer (RFC 6177). Connections from this
machine, by 127.x.x.x, ::1 or a Unix socket, do not count: the operator makes them, or a proxy, and only the proxy can
tell clients apart. A proxy with the PROXY protocol tells the client's address: behind Twisted's endpoint
``haproxy:tcp:…`` a connection has the client's address as soon as there is something to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv6Address as IPv6
from ipaddress import IPv6Network, ip_address

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IReactorTime

from dcc import limits
from dcc.core.token_bucket import TokenBucket
from dcc.server.console import Console


@dataclass(frozen=True)
class Quotas:
    """Limits of a client, and of all clients from an address together; 0 means no limit.

    :ivar client_pixels: pixels painted per second.
    :ivar client_bytes: bytes read per second.
    :ivar address_clients: connections at a time.
    :ivar address_pixels: pixels painted per second.
    :ivar address_bytes: bytes read per second.
    :ivar hello_seconds: time until a client has sent its first command.
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
    """An address with its connections and buckets.

    :ivar name: the address, for people.
    :ivar connections: how many connections come from the address now.
    :ivar refused: how many more were refused, since there was room last.
    :ivar pixels: limits the pixels of all clients from the address; nothing without a limit.
    :ivar bytes: limits the bytes read from all clients; the same.
    """

    __slots__ = ("bytes", "connections", "name", "pixels", "refused")

    def __init__(self, name: str, pixels: TokenBucket | None, bytes: TokenBucket | None) -> None:
        self.name = name
        self.connections = self.refused = 0
        self.pixels = pixels
        self.bytes = bytes

    def is_spent(self, now: float) -> bool:
        """Whether a bucket is not full, and the address has to be remembered."""
        return any(bucket is not None and not bucket.is_full(now) for bucket in (self.pixels, self.bytes))


class AddressTable:
    """The addresses with connections or with a bucket that is not full again.

    :ivar most_clients: most connections from an address; 0 means no limit.
    """

    def __init__(self, quotas: Quotas, console: Console, clock: IReactorTime) -> None:
        self.most_clients = quotas.address_clients
        self._quotas = quotas
        self._console = console
        self._clock = clock
        self._busy: dict[str, AddressUsage] = {}
        self._left: dict[str, AddressUsage] = {}  # without a connection, but spent; the first one left first

    def have_room(self, address: IAddress | None) -> bool:
        """Whether one more connection from an address may stay. To be asked once for each connection."""
        usage = self._busy.get(network_of(address) or "")
        if usage is None or not self.most_clients or usage.connections < self.most_clients:
            return True
        if not usage.refused:
            self._console.too_many_from(usage.name, self.most_clients)
        usage.refused += 1
        return False

    def enter(self, address: IAddress | None) -> AddressUsage | None:
        """Count another connection.

        :return: what to :meth:`leave`; nothing if the address is not counted.
        """
        name = network_of(address)
        if name is None:
            return None
        usage = self._busy.get(name)
        if usage is None:
            usage = self._left.pop(name) if name in self._left else self._new(name)
            self._busy[name] = usage
            self._forget()
        usage.connections += 1
        return usage

    def leave(self, usage: AddressUsage | None) -> None:
        """Count one connection less."""
        if usage is None:
            return
        usage.connections -= 1
        if usage.refused and usage.connections <= self.most_clients // 2:
            if usage.refused > 1:  # the first one had a line of its own
                self._console.refused_from(usage.name, usage.refused)
            usage.refused = 0
        if not usage.connections:
            del self._busy[usage.name]
            if usage.is_spent(self._clock.seconds()):
                self._left[usage.name] = usage

    def _new(self, name: str) -> AddressUsage:
        quotas, now = self._quotas, self._clock.seconds()
        return AddressUsage(name, bucket_of(quotas.address_pixels, now), bucket_of(quotas.address_bytes, now))

    def _forget(self) -> None:
        """Forget addresses with full buckets: at most two for each new address, and so the table shrinks."""
        now = self._clock.seconds()
        for name in list(self._left)[:2]:
            if self._left[name].is_spent(now):
                break
            del self._left[name]


def bucket_of(per_second: float, now: float) -> TokenBucket | None:
    """Make a bucket; none if there is no limit."""
    return TokenBucket(per_second, now) if per_second else None


def network_of(address: IAddress | None) -> str | None:
    """Return the name that an address counts by; nothing if the address does not count."""
    if isinstance(address, IPv4Address):
        return None if address.host.startswith("127.") else address.host
    if not isinstance(address, IPv6Address):
        return None
    try:
        host: IPv4 | IPv6 = ip_address(address.host)
    except ValueError:  # a proxy's own idea of an address
        return address.host
    if isinstance(host, IPv6) and host.ipv4_mapped is not None:
        host = host.ipv4_mapped
    if host.is_loopback:
        return None
    if isinstance(host, IPv4):
        return str(host)
    return str(IPv6Network((host.packed[:8] + bytes(8), 64)))
