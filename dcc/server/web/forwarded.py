"""Whom a trusted proxy speaks for: the headers ``Forwarded`` (RFC 7239) and ``X-Forwarded-For``.

1. Only a trusted proxy is believed. The headers of anybody else are ignored.
2. Each proxy adds the address of its own peer at the end. The headers are therefore read from the end, past the
   addresses of trusted proxies: the first address of anybody else is the person's. What stands before was written by
   the person, and is not read.
3. If all addresses are those of trusted proxies, the first one is the person's. Without a header, the person is the
   peer.
4. If a trusted proxy names no address (``unknown``, ``_hidden``), the person is unknown. All such people count
   together.
5. Most proxies write one of the two headers and pass the other one on, as the person wrote it. If both are there and do
   not name the same person, the request is refused, and so is a ``Forwarded`` that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.web.http_headers import Headers

from dcc.language import _
from dcc.server.addresses import UnknownAddress, host_of, plain
from dcc.wording import clip

UNIX = "unix"
"""Stands for the peers on a Unix socket."""

MOST_HOPS = 32
"""Addresses that are read: far more than a chain of proxies has, and some 0.1 ms of work."""

TrustedProxy = IPv4Network | IPv6Network | str
"""A network, or :data:`UNIX`."""

_ADDRESS = re.compile(r"\[([^\[\]]*)\](?::\w+)?|([0-9.]+)(?::\w+)?|([^\[\]]*)")
"""An IPv6 address in brackets or an IPv4 address, each perhaps with a port (RFC 7239, section 6); or something else."""

_PAIR = re.compile(
    r"[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([!#$%&'*+.^_`|~0-9A-Za-z:\[\]-]*)))?[ \t]*"
)
"""A pair of ``Forwarded``, or none (RFC 7239, section 4). Some proxies leave out the quotes that ``:`` and brackets
need."""


def parse_proxy(text: str) -> TrustedProxy:
    """Read an address, a network such as ``10.0.0.0/8``, or ``unix``.

    :raises ValueError: the text is none of them.
    """
    if text == UNIX:
        return UNIX
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            _("{text}: expected an address, a network such as 10.0.0.0/8, or unix").format(text=clip(text))
        ) from None


class TrustedProxies:
    """The proxies that are believed."""

    def __init__(self, proxies: Iterable[TrustedProxy] = ()) -> None:
        self._takes_unix = UNIX in (proxies := list(proxies))
        self._networks = [each for each in proxies if not isinstance(each, str)]

    def include(self, address: IAddress | None) -> bool:
        """Whether an address is that of a trusted proxy."""
        if isinstance(address, UNIXAddress):
            return self._takes_unix
        if not self._networks or not isinstance(address, IPv4Address | IPv6Address):
            return False
        host = host_of(address)
        return host is not None and any(host in network for network in self._networks)

    def person(self, peer: IAddress, headers: Headers) -> IAddress:
        """Return the address of the person whose request a peer sent.

        :raises ValueError: the headers contradict each other, or one of them cannot be read; says what to do.
        """
        if not self.include(peer):
            return peer
        found = []
        if hops := _x_forwarded_for(_lines(headers, b"X-Forwarded-For")):
            found.append(self._walk(peer, hops))
        if hops := _forwarded(_lines(headers, b"Forwarded")):
            found.append(self._walk(peer, hops))
        if len({_identity(each) for each in found}) > 1:
            raise ValueError(
                "Forwarded and X-Forwarded-For name different people; "
                "have the proxy remove the one that the proxy does not write"
            )
        return found[0] if found else peer

    def _walk(self, peer: IAddress, hops: Sequence[str | None]) -> IAddress:
        address = peer
        for hop in hops[: -MOST_HOPS - 1 : -1]:
            address = _address(hop or "")
            if not self.include(address):
                break
        return address


def _lines(headers: Headers, name: bytes) -> str:
    return ",".join(line.decode("latin-1") for line in headers.getRawHeaders(name, ()))


def _x_forwarded_for(line: str) -> list[str | None]:
    return [hop for part in line.split(",") if (hop := part.strip(' \t"'))]


def _forwarded(line: str) -> list[str | None]:
    """Return the ``for`` of each element; nothing for an element without one.

    :raises ValueError: the line is not as RFC 7239 has it.
    """
    hops: list[str | None] = []
    pairs: dict[str, str] = {}
    at = 0
    while at <= len(line):
        match = _PAIR.match(line, at)
        assert match is not None  # the pattern takes nothing too
        name, end = (match[1] or "").lower(), line[match.end() : match.end() + 1]
        if end not in ("", ",", ";") or (name and name in pairs):
            raise ValueError("the header Forwarded cannot be read (RFC 7239)")
        if name:
            pairs[name] = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        if end != ";" and pairs:
            hops.append(pairs.get("for"))
            pairs = {}
        at = match.end() + 1
    return hops


def _address(hop: str) -> IAddress:
    """Read an address of a header, without its port."""
    if hop == "unix:":  # nginx names a peer on a Unix socket so
        return UNIXAddress(None)
    match = _ADDRESS.fullmatch(hop)
    try:
        host = plain(ip_address(next(filter(None, match.groups()), "").partition("%")[0] if match else ""))
    except ValueError:
        return UnknownAddress()
    return (IPv4Address if host.version == 4 else IPv6Address)("TCP", str(host), 0)


def _identity(address: IAddress) -> str:
    return address.host if isinstance(address, IPv4Address | IPv6Address) else type(address).__name__
