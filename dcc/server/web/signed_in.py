"""Who has signed in elsewhere: the name in a header that a trusted proxy sets (``--user-header``).

1. Only a trusted proxy is believed. In the requests of anybody else the header is ignored.
2. Without the header, or with an empty one, nobody has signed in.
3. Several names in one request are refused: the proxy passes on what the person wrote, beside its own. So is a name
   with a comma, since proxies join headers by commas.
4. A name of other characters than :func:`dcc.core.people.is_name` has is refused, not mended: two names must not become
   one. So is the operator's name.
"""

from __future__ import annotations

import re

from twisted.internet.interfaces import IAddress
from twisted.web.http_headers import Headers

from dcc import limits, reasons
from dcc.core.people import OPERATOR, is_name
from dcc.errors import ProtocolError
from dcc.language import _
from dcc.server.web.forwarded import TrustedProxies
from dcc.wording import clip

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
"""The name of a header (RFC 9110, section 5.6.2)."""


def parse_header(text: str) -> str:
    """Read the name of a header such as ``X-Forwarded-User``.

    :raises ValueError: the text is none.
    """
    if _HEADER.fullmatch(text) is None:
        raise ValueError(_("{text}: expected the name of a header, such as X-Forwarded-User").format(text=clip(text)))
    return text


class SignIn:
    """Reads the name that a proxy has signed in."""

    def __init__(self, header: str | None, proxies: TrustedProxies) -> None:
        """:param header: nothing if nobody signs people in."""
        self._header = header
        self._proxies = proxies

    def name(self, peer: IAddress, headers: Headers) -> str:
        """Return the name of the person whose request a peer sent; empty if nobody has signed in.

        :raises ProtocolError: the proxy sends no name, or several.
        """
        if self._header is None or not self._proxies.include(peer):
            return ""
        sent = headers.getRawHeaders(self._header.encode(), [])
        if not any(value.strip() for value in sent):
            return ""
        try:
            name = b", ".join(sent).decode("utf-8").strip(" \t")
        except UnicodeDecodeError:
            name = b", ".join(sent).decode("latin-1")
            raise self._refusal(name) from None
        if "," in name or name == OPERATOR or not is_name(name):
            raise self._refusal(name)
        return name

    def _refusal(self, name: str) -> ProtocolError:
        return ProtocolError(
            reasons.NOT_SIGNED_IN,
            nombre=clip(name),
            cabecera=str(self._header),
            caracteres=limits.NAME_CHARACTERS,
        )
