"""Network addresses as a record keeps them: whole, hashed, or not at all."""

from __future__ import annotations

from hashlib import blake2b
from ipaddress import IPv6Address, IPv6Network, ip_address

SECRET_BYTES = 16
"""Of a canvas's secret: without it, nobody can try all addresses of IPv4 until one has the same hash."""

UNIX_SOCKET = "UNIXAddress"
"""What a record keeps of the address of whoever came by a Unix socket."""

HOUSEHOLD_BITS = 64
"""Of an address of IPv6: the share of a customer (RFC 6177), whose machines take any address within."""

_HASH_BYTES = 8
_MARK = "~"


def household(host: str) -> str:
    """Return an address, or the network of 64 bits of an IPv6 address; any other text unchanged."""
    try:
        address = ip_address(host)
    except ValueError:  # a Unix socket, or somebody whom a proxy does not name
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((int(address), HOUSEHOLD_BITS), strict=False))
    return host


def hash_address(secret: bytes, host: str) -> str:
    """Return what stands for an address: a tilde and 16 hexadecimal digits, the same for the same :func:`household`.

    :param secret: of the canvas.
    :param host: without a port; empty on a Unix socket.
    """
    home = household(host) or UNIX_SOCKET
    return _MARK + blake2b(home.encode(), digest_size=_HASH_BYTES, key=secret).hexdigest()


def host_of(address: str) -> str:
    """Return an address of a record without its port, if it has one."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _colon, port = address.partition(":")
    return address if ":" in port else host


def is_hashed(address: str) -> bool:
    """Whether an address of a record is hashed."""
    return address.startswith(_MARK)
