"""Network addresses as a record keeps them: whole, hashed, or not at all."""

from __future__ import annotations

from contextlib import suppress
from hashlib import blake2b
from ipaddress import ip_address

SECRET_BYTES = 16
"""Of a canvas's secret: without it, nobody can try all addresses of IPv4 until one has the same hash."""

_HASH_BYTES = 8
_MARK = "~"


def hash_address(secret: bytes, host: str) -> str:
    """Return what stands for an address: a tilde and 16 hexadecimal digits, the same for the same address.

    :param secret: of the canvas.
    :param host: without a port.
    """
    with suppress(ValueError):  # a host without an address of the internet
        host = str(ip_address(host))
    return _MARK + blake2b(host.encode(), digest_size=_HASH_BYTES, key=secret).hexdigest()


def host_of(address: str) -> str:
    """Return an address of a record without its port, if it has one."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _colon, port = address.partition(":")
    return address if ":" in port else host


def is_hashed(address: str) -> bool:
    """Whether an address of a record is hashed."""
    return address.startswith(_MARK)
