"""``HOST[:PORT]`` or ``unix:PATH``: the address of a server, as typed on a command line; and links to its page.

A link such as ``http://HOST:8080/#clave=KEY`` is handed out for browsers. It names the port of the page, and the part
after ``#`` says the rest: ``clave`` is a key, ``codigo`` the code of the room, ``puerto`` the port for other clients
unless that is the usual one. A link to the page's WebSocket (``ws:``, ``wss:``) is read likewise. A link
``dcc://HOST[:PORT]/#clave=KEY`` names the port for other clients itself, and its slashes may be left out. Each link may
end in a place on the board (:mod:`dcc.core.places`), such as ``#12,30,16`` or ``#puerto=5000&12,30``.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from dcc import limits
from dcc.core.people import is_key
from dcc.core.places import Place, read_place
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


class Invitation(NamedTuple):
    """Where a server is, and as whom a link invites there.

    :ivar key: empty without one.
    :ivar code: the word of the room; empty without one.
    :ivar only_watches: whether the link is for watching alone.
    :ivar needs_tls: whether the page is encrypted. A key from its link never travels in the clear.
    :ivar page: the address of the page, without key, code and place; empty if not known.
    :ivar place: what to show of the board; None for all of it.
    """

    address: AnyAddress
    key: str = ""
    code: str = ""
    only_watches: bool = False
    needs_tls: bool = False
    page: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        return str(self.address)


def parse_invitation(text: str) -> Invitation:
    """Read a link to the page of a server, a link for clients, or what :func:`parse_any_address` reads.

    :raises DccError: the text is none of them. The error does not show a key.
    """
    if re.match("dcc:(?!//)", text, re.IGNORECASE):
        text = f"dcc://{text[len('dcc:') :]}"
    if not re.match("(https?|wss?|dcc)://", text, re.IGNORECASE):
        return Invitation(parse_any_address(text))
    shown = clip(text.partition("#")[0])
    try:
        link = urlsplit(text)
        host = _host_of(link)
    except ValueError:
        raise DccError(_("{text}: the link cannot be read").format(text=shown)) from None
    said = parse_qs(link.fragment)
    key, code, digits = (said.get(word, [""])[-1] for word in ("clave", "codigo", "puerto"))
    if key and not is_key(key):
        raise DccError(_("{text}: the key in the link is not whole; copy the link again").format(text=shown))
    if link.scheme == "dcc" and link.port is not None:
        digits = str(link.port)
    port = whole_number(digits or str(limits.DEFAULT_PORT), PORTS[0], PORTS[-1])
    if not host or port is None:
        raise DccError(_("{text}: the link cannot be read").format(text=shown))
    watches = parse_qs(link.query).get("view", [""])[-1] == "only"
    page = f"{link.scheme}://{link.netloc.rpartition('@')[2]}{link.path or '/'}" if link.scheme[:4] == "http" else ""
    return Invitation(
        Address(host, port), key, code, watches, link.scheme in ("https", "wss"), page, read_place(f"#{link.fragment}")
    )


def link_to(invitation: Invitation) -> str:
    """Write a link to a server and a place on its board, without key and code: the page's link if known."""
    address, place = invitation.address, invitation.place
    if isinstance(address, UnixAddress):
        return str(address)
    words = [] if place is None else [str(place)]
    if invitation.page and address.port != limits.DEFAULT_PORT:
        words.insert(0, f"puerto={address.port}")
    link = invitation.page or f"dcc://{show_address(address.host, address.port)}/"
    return f"{link}#{'&'.join(words)}" if words else link


def _host_of(link: SplitResult) -> str:
    """:raises ValueError: the link has no sound host."""
    split = split_address(f"[{link.hostname}]" if ":" in (link.hostname or "") else link.hostname or "")
    if split is None or (link.port is not None and link.port not in PORTS):
        raise ValueError
    return split[0]


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
