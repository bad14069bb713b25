"""Which pages may open a WebSocket: browsers let every page do so, and tell the page's origin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from dcc import reasons
from dcc.errors import DccError
from dcc.language import _
from dcc.parsing import show_address
from dcc.wording import clip

_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host, port."""


def parse_origin(text: str) -> Origin:
    """Read an origin such as ``https://example.org`` or ``http://10.0.0.7:8080``.

    :raises ValueError: the text is no origin.
    """
    try:
        parts = urlsplit(text.lower())
        if parts.scheme in _PORTS and parts.hostname and _is_bare(parts) and re.fullmatch(r"[!-~]+", text):
            return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
    except ValueError:  # urlsplit's own
        pass
    raise ValueError(_("{text}: expected an origin such as https://example.org").format(text=clip(text)))


def _is_bare(parts: SplitResult) -> bool:
    return not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)


def spell_origin(origin: Origin) -> str:
    """Spell an origin as browsers do: without the usual port of the scheme."""
    scheme, host, port = origin
    address = show_address(host, port)
    return f"{scheme}://{address.removesuffix(f':{_PORTS[scheme]}')}"


class Origins:
    """The allowed origins: this server's own, and the given origins."""

    def __init__(self, others: Iterable[Origin]) -> None:
        self._others = frozenset(others)

    def refusal(self, origin: bytes | None, host: bytes | None) -> DccError | None:
        """Tell why a request with these headers may not open a WebSocket, if so. A request without an origin comes from
        no page.

        The scheme is not compared: behind a proxy with TLS the page has another scheme than this server.
        """
        if origin is None:
            return None
        shown, option = clip(origin.decode("latin-1")), "--origin URL"
        with suppress(ValueError):
            parsed = parse_origin(origin.decode("ascii"))
            shown = spell_origin(parsed)
            option = f"--origin {shown}"
            if parsed in self._others:
                return None
            if host is not None and parse_origin(f"{parsed[0]}://{host.decode('ascii')}") == parsed:
                return None
        return DccError(reasons.FOREIGN_ORIGIN, origen=shown, host=(host or b"-").decode("latin-1"), opcion=option)
