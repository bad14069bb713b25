"""``HOST[:PORT]``: the address of a server, as typed on a command line."""

from __future__ import annotations

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


DEFAULT_ADDRESS = Address("127.0.0.1", limits.DEFAULT_PORT)


def parse_address(text: str) -> Address:
    """Read ``HOST`` or ``HOST:PORT``; an IPv6 address with a port stands in brackets.

    :raises DccError: the text is neither.
    """
    parts = split_address(text)
    if parts is None and re.fullmatch(r"\[[^\]]*\](:.*)?", text):
        raise DccError(_("{text}: there is no IPv6 address in the brackets").format(text=clip(text)))
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
