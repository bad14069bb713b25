"""What speaks another protocol than a port expects, recognised by the first bytes of a connection.

None of these is the beginning of a message that a port accepts. As frames of the activity each would be longer than the
limit, and the error about a length would help nobody.
"""

from __future__ import annotations

import re

from dcc import reasons
from dcc.protocol.frames import PREFIX_BYTES
from dcc.reasons import Reason

_PROXY = re.compile(rb"PROXY |\r\n\r\n\0\r\nQUIT\n")
"""The PROXY protocol of HAProxy: version 1 in text, and the signature of version 2."""

_TLS = re.compile(rb"\x16\x03[\x01-\x04]")
"""A handshake record of TLS (RFC 8446, section 5.1)."""

_HTTP = re.compile(rb"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH) [/*h]|CONNECT |PRI \* HTTP/2")
"""A request, as browsers and proxies send it (RFC 9112, section 3; RFC 9113, section 3.4)."""


def for_programs(data: bytes) -> Reason | None:
    """Tell why the port for programs cannot answer what begins so, if so."""
    if _HTTP.match(data):
        return reasons.HTTP_HERE
    return _for_any(data)


def for_browsers(data: bytes) -> Reason | None:
    """Tell why the port for browsers cannot answer what begins so, if so."""
    reason = _for_any(data)
    if reason is None and b"\0" in data[:PREFIX_BYTES]:  # the length of a frame
        return reasons.PROGRAM_HERE
    return reason


def _for_any(data: bytes) -> Reason | None:
    if _PROXY.match(data):
        return reasons.PROXY_HERE
    return reasons.TLS_HERE if _TLS.match(data) else None
