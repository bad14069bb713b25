"""``HOST[:PORT]`` or ``unix:PATH``: the address of a server, as typed on a command line."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from dcc import limits
from dcc.errors import DccError
from dcc.language import _
from dcc.parsing import PORTS, show_address, split_address, whole_number
from dcc.wording import clip


class Address(NamedTuple):
    """The address of a server.

    :ivar host: a name, an IPv4 address, or an IPv6 address without brackets.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return show_address(self.host, self.port)


class UnixAddress(NamedTuple):
    """The address of a server on a Unix socket of this machine."""

    path: str

    def __str__(self) -> str:
        return f"{UNIX}{self.path}"


UNIX = "unix:"
"""Begins the address of a Unix socket."""

_LINK = re.compile(r"https?://([\w.-]+|\[[0-9a-f:]+\])(?=[:/?#]|$)", re.ASCII | re.IGNORECASE)
"""What a server prints for browsers, and people paste; the group is the host."""

_PATH_BYTES = 107
"""Longest path of a Unix socket on Linux (unix(7): ``sun_path``, without the NUL at its end)."""

AnyAddress = Address | UnixAddress

DEFAULT_ADDRESS = Address("127.0.0.1", limits.DEFAULT_PORT)


def parse_address(text: str) -> Address:
    """Read ``HOST`` or ``HOST:PORT``; an IPv6 address with a port stands in brackets.

    :raises DccError: the text is neither.
    """
    parts = split_address(text)
    if parts is None and re.fullmatch(r"\[[^\]]*\](:.*)?", text):
        raise DccError(_("{text}: there is no IPv6 address in the brackets").format(text=clip(text)))
    if link := _LINK.match(text):
        raise DccError(
            _("{text}: a link for browsers; windows and scripts take the host alone, such as {host}").format(
                text=clip(text), host=link[1]
            )
        )
    if parts is None:
        raise DccError(
            _("{text}: expected HOST or HOST:PORT, such as {example} or [::1]:8080").format(
                text=clip(text), example=f"192.168.1.20:{limits.DEFAULT_PORT}"
            )
        )
    host, digits = parts
    if digits is None:
        return Address(host, limits.DEFAULT_PORT)
    port = whole_number(digits, PORTS[0], PORTS[-1])
    if port is None:
        raise DccError(
            _("{text}: a port is a number from {least} to {most}").format(
                text=clip(text), least=PORTS[0], most=PORTS[-1]
            )
        )
    return Address(host, port)


def parse_any_address(text: str) -> AnyAddress:
    """Read ``unix:PATH``, or what :func:`parse_address` reads.

    :raises DccError: the text is neither, or no socket can have such a path.
    """
    if not text.startswith(UNIX):
        return parse_address(text)
    path = text.removeprefix(UNIX)
    if not path:
        raise DccError(_("{text}: expected unix:PATH, such as {example}").format(text=clip(text), example=_EXAMPLE))
    if (length := len(os.fsencode(path))) > _PATH_BYTES:
        raise DccError(
            _(
                "{text}: a path of {length} bytes, and that of a Unix socket has at most {most}; try a relative one"
            ).format(text=clip(text), length=length, most=_PATH_BYTES)
        )
    return UnixAddress(path)


_EXAMPLE = "unix:/run/dcc/dcc.sock"
