"""``HOST[:PORT]``: where a server is, as it is typed on a command line."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from ipaddress import IPv6Address
from typing import NamedTuple

from dcc import limits
from dcc.wording import clip

_PORTS = range(1, 65536)

_IN_BRACKETS = re.compile(r"\[([^\]]*)\](?::(.*))?")
_PLAIN = re.compile(r"([^:\[\]]*)(?::([^:]*))?")


class Address(NamedTuple):
    """Where a server is.

    :ivar host: a name, an IPv4 address, or an IPv6 address without brackets.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


DEFAULT_ADDRESS = Address("127.0.0.1", limits.DEFAULT_PORT)


def parse_address(text: str) -> Address:
    """Read ``HOST`` or ``HOST:PORT``, an IPv6 address in brackets where a port follows; a ``type`` for argparse.

    :raises ArgumentTypeError: it is neither.
    """
    if _is_ipv6(text):
        return Address(text, limits.DEFAULT_PORT)
    match = _IN_BRACKETS.fullmatch(text)
    if match is not None and not _is_ipv6(match[1]):
        raise ArgumentTypeError(f"{clip(text)}: there is no IPv6 address in the brackets")
    match = match or _PLAIN.fullmatch(text)
    if match is None or not match[1] or not match[1].isprintable() or " " in match[1]:
        raise ArgumentTypeError(
            f"{clip(text)}: expected HOST or HOST:PORT, such as 192.168.1.20:{limits.DEFAULT_PORT} or [::1]:8080"
        )
    host, port = match[1], match[2]
    if port is None:
        return Address(host, limits.DEFAULT_PORT)
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) not in _PORTS:
        raise ArgumentTypeError(f"{clip(text)}: a port is a number from {_PORTS[0]} to {_PORTS[-1]}")
    return Address(host, int(port))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True
