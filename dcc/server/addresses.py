"""How much all clients from one address may have together.

An IPv4 address counts alone. An IPv6 address counts twice: in its network of 64 bits, the share of a customer (RFC
6177), which has the same limits as an IPv4 address; and alone, with a part of the limits (``HOST_PART``), so that one
machine does not turn its neighbours away. Connections from this machine, by 127.0.0.0/8, ::1 or a Unix socket, do not
count: the operator makes them, or a proxy, and only the proxy can tell clients apart. A proxy tells the client's
address by the PROXY protocol (Twisted's endpoint ``haproxy:tcp:…``, whose connections have the client's address as soon
as there is something to read), or in a header of HTTP (:mod:`dcc.server.web.forwarded`).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv6Address as IPv6
from ipaddress import IPv6Network, ip_address

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IReactorTime
from zope.interface import implementer

from dcc import limits
from dcc.core.token_bucket import TokenBucket
from dcc.parsing import show_address
from dcc.server.console import Console

HOST_PART = 4
"""An IPv6 address alone has this part of the limits of its network: a quarter is far above the needs of one machine,
and leaves most of the network's share to the others."""

UNKNOWN = "unknown"
"""The name of everybody whom a proxy does not name: they count together."""


@implementer(IAddress)
class UnknownAddress:
    """The address of somebody whom a trusted proxy does not name."""


@dataclass(frozen=True)
class Quotas:
    """Limits of a client, and of all clients from an address together; 0 means no limit.

    :ivar client_pixels: pixels painted per second.
    :ivar client_bytes: bytes read per second.
    :ivar address_clients: connections at a time.
    :ivar address_pixels: pixels painted per second.
    :ivar address_bytes: bytes read per second.
    :ivar hello_seconds: time until a client has sent its first command.
    """

    client_pixels: float = limits.CLIENT_PIXELS_A_SECOND
    client_bytes: float = limits.CLIENT_BYTES_A_SECOND
    address_clients: int = limits.ADDRESS_CLIENTS
    address_pixels: float = limits.ADDRESS_PIXELS_A_SECOND
    address_bytes: float = limits.ADDRESS_BYTES_A_SECOND
    hello_seconds: float = limits.HELLO_SECONDS


DEFAULT_QUOTAS = Quotas()


class AddressUsage:
    """An address or a network, with its connections and buckets.

    :ivar name: the address, for people.
    :ivar most: most connections at a time; 0 means no limit.
    :ivar network: the network of an IPv6 address, which counts the same connections.
    :ivar connections: how many connections come from the address now.
    :ivar refused: how many more were refused, since there was room last.
    """

    __slots__ = ("_bytes", "_pixels", "connections", "most", "name", "network", "refused")

    def __init__(self, name: str, most: int, pixels: TokenBucket | None, bytes: TokenBucket | None) -> None:
        self.name = name
        self.most = most
        self.network: AddressUsage | None = None
        self.connections = self.refused = 0
        self._pixels = (pixels,) if pixels is not None else ()
        self._bytes = (bytes,) if bytes is not None else ()

    @property
    def pixels(self) -> tuple[TokenBucket, ...]:
        """Return the buckets for the pixels of all clients from the address, and from its network."""
        return self._pixels if self.network is None else self._pixels + self.network.pixels

    @property
    def bytes(self) -> tuple[TokenBucket, ...]:
        """Return the buckets for the bytes read from all clients."""
        return self._bytes if self.network is None else self._bytes + self.network.bytes

    def full(self) -> AddressUsage | None:
        """Return the address, or its network, if it has as many connections as it may have."""
        if self.most and self.connections >= self.most:
            return self
        return None if self.network is None else self.network.full()

    def is_spent(self, now: float) -> bool:
        """Whether a bucket is not full, and the address has to be remembered."""
        return any(not bucket.is_full(now) for bucket in self._pixels + self._bytes)


class AddressTable:
    """The addresses with connections or with a bucket that is not full again."""

    def __init__(self, quotas: Quotas, console: Console, clock: IReactorTime) -> None:
        self._quotas = quotas
        self._console = console
        self._clock = clock
        self._busy: dict[str, AddressUsage] = {}
        self._left: dict[str, AddressUsage] = {}  # without a connection, but spent; the first one left first

    def full(self, address: IAddress | None) -> AddressUsage | None:
        """Return the address, or its network, if there is no room for one more connection.

        To be asked once for each connection.
        """
        usage = next((self._busy[name] for name in names_of(address) if name in self._busy), None)
        full = None if usage is None else usage.full()
        if full is not None:
            if not full.refused:
                self._console.too_many_from(full.name, full.most)
            full.refused += 1
        return full

    def enter(self, address: IAddress | None) -> AddressUsage | None:
        """Count another connection.

        :return: what to :meth:`leave`; nothing if the address is not counted.
        """
        usage = None
        for name in reversed(names_of(address)):
            network, usage = usage, self._busy.get(name)
            if usage is None:
                usage = self._left.pop(name) if name in self._left else self._new(name)
                usage.network = network
                self._busy[name] = usage
                self._forget()
            usage.connections += 1
        return usage

    def leave(self, usage: AddressUsage | None) -> None:
        """Count one connection less."""
        while usage is not None:
            usage.connections -= 1
            if usage.refused and usage.connections <= usage.most // 2:
                if usage.refused > 1:  # the first one had a line of its own
                    self._console.refused_from(usage.name, usage.refused)
                usage.refused = 0
            network = usage.network
            if not usage.connections:
                del self._busy[usage.name]
                usage.network = None
                if usage.is_spent(self._clock.seconds()):
                    self._left[usage.name] = usage
            usage = network

    def _new(self, name: str) -> AddressUsage:
        quotas, now = self._quotas, self._clock.seconds()
        part = HOST_PART if _is_host_of_a_network(name) else 1
        return AddressUsage(
            name,
            -(-quotas.address_clients // part),  # at least one, unless there is no limit
            bucket_of(quotas.address_pixels / part, now),
            bucket_of(quotas.address_bytes / part, now),
        )

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


def names_of(address: IAddress | None) -> tuple[str, ...]:
    """Return the names that an address counts by, the network last; none if the address does not count."""
    if isinstance(address, UnknownAddress):
        return (UNKNOWN,)
    if not isinstance(address, IPv4Address | IPv6Address):
        return ()
    host = host_of(address)
    if host is None:
        return (UNKNOWN,)
    if host.is_loopback:
        return ()
    if isinstance(host, IPv4):
        return (str(host),)
    return str(IPv6(host.packed)), str(IPv6Network((host.packed[:8] + bytes(8), 64)))


def _is_host_of_a_network(name: str) -> bool:
    return ":" in name and "/" not in name


def host_of(address: IPv4Address | IPv6Address) -> IPv4 | IPv6 | None:
    """Return the address itself, an IPv4 address within an IPv6 one as IPv4; nothing if a proxy told something else."""
    try:
        return plain(ip_address(address.host))
    except ValueError:
        return None


def plain(host: IPv4 | IPv6) -> IPv4 | IPv6:
    """Return an IPv4 address that is written as an IPv6 one (``::ffff:192.0.2.7``) as IPv4."""
    mapped = host.ipv4_mapped if isinstance(host, IPv6) else None
    return host if mapped is None else mapped


def spell_address(address: IAddress) -> str:
    """Spell an address as ``host:port``, or as ``host`` without a port; name the kind of any other address.

    What a proxy told is spelled only if it is an address: it could be anything, such as codes for a terminal.
    """
    if isinstance(address, UnknownAddress):
        return UNKNOWN
    if not isinstance(address, IPv4Address | IPv6Address):
        return type(address).__name__
    if host_of(address) is None:
        return UNKNOWN
    return show_address(address.host, address.port) if address.port else address.host


def spell_host(address: IAddress) -> str:
    """Spell an address without its port, an IPv4 address within an IPv6 one as IPv4; empty on a Unix socket.

    Everybody whom a proxy does not name has one name, as everybody on a Unix socket.
    """
    if isinstance(address, UnknownAddress):
        return UNKNOWN
    if not isinstance(address, IPv4Address | IPv6Address):
        return ""
    return str(host_of(address) or UNKNOWN)
