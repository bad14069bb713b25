"""The names that this server goes by: what a request names as its host.

Any page of the web can give its own name the address of this machine (DNS rebinding), and its requests then look like
those of our own page: both ``Origin`` and ``Host`` have the strange name. Therefore a request is answered only if the
host is an address, ``localhost``, a name of this machine, or a name that the operator gave.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from typing import NamedTuple

import idna

from dcc.language import _
from dcc.wording import clip

_MOST_CHARACTERS = 253
"""Of a name (RFC 1035, section 2.3.4)."""

_AUTHORITY = re.compile(
    r"(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([A-Za-z0-9_-][A-Za-z0-9._-]*))(?::[0-9]{0,5})?", re.ASCII
)


class Host(NamedTuple):
    """A host.

    :ivar name: in lower case, without a dot at the end.
    :ivar is_address: whether the name is an address of IPv4 or IPv6.
    """

    name: str
    is_address: bool


def parse_authority(authority: bytes) -> Host:
    """Read the value of a header ``Host`` (RFC 9110, section 7.2), and drop the port.

    :raises ValueError: the value names no host.
    """
    match = _AUTHORITY.fullmatch(authority.decode("latin-1"))
    if match is None:
        raise ValueError("the header Host names no host")
    if match[1]:
        return Host(str(ip_address(match[1])), is_address=True)
    return _host(match[2])


def _host(name: str) -> Host:
    name = name.lower().removesuffix(".")
    if not 0 < len(name) <= _MOST_CHARACTERS:
        raise ValueError("the header Host names no host")
    try:
        return Host(str(ip_address(name)), is_address=True)
    except ValueError:
        return Host(name, is_address=False)


def parse_name(text: str) -> str:
    """Read a host name such as ``canvas.example.org``, perhaps with letters beyond ASCII.

    :return: the name as browsers send it.
    :raises ValueError: the text is no name.
    """
    try:
        encoded = text if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
        if ":" not in encoded:
            return parse_authority(encoded.encode("ascii")).name
    except (ValueError, UnicodeError):
        pass
    raise ValueError(_("{text}: expected a name such as canvas.example.org").format(text=clip(text)))


class KnownHosts:
    """The names that are answered."""

    def __init__(self, names: Iterable[str]) -> None:
        """:param names: those that the operator gave."""
        self._names = {"localhost", *names, *_names_from(socket.gethostname())}

    def include(self, host: Host) -> bool:
        """Whether requests for a host are answered."""
        return host.is_address or host.name in self._names or host.name.endswith(".localhost")

    def look_up_own_names(self) -> None:
        """Learn the full name of this machine, in a thread: the look-up takes seconds where no name server answers."""
        threading.Thread(target=self._look_up, name="own names", daemon=True).start()

    def _look_up(self) -> None:
        with suppress(OSError, UnicodeError):
            self._names.update(_names_from(socket.getfqdn()))


def _names_from(name: str) -> list[str]:
    """Return a name of this machine, and the name that mDNS gives to it (RFC 6762)."""
    name = name.lower().removesuffix(".")
    return [name, f"{name.partition('.')[0]}.local"] if name and not name.startswith("localhost.") else []
