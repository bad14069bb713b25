"""``/join.svg`` and ``/api/join``: the link for visitors as a QR code and as text, for the projector of a room."""

from __future__ import annotations

import io
from ipaddress import ip_address
from typing import Any

import segno

from dcc.server.web.channel import Page, answer, answer_json, answer_same, has_same
from dcc.server.web.forwarded import TrustedProxies
from dcc.server.web.hosts import Host

_LOCALHOST = "localhost"


class Links:
    """Finds the link for visitors: the address that the asking browser has used, if others can use the same."""

    def __init__(self, link: str | None, proxies: TrustedProxies) -> None:
        """
        :param link: to the port, for other machines; nothing if no link leads there.
        :param proxies: proxies that are believed.
        """
        self._link = link
        self._proxies = proxies

    def link_for(self, request: Any) -> str:
        """Return the link for visitors of the page that sent a request."""
        host: Host | None = request.named_host
        if self._link is not None and (host is None or _is_of_this_machine(host)):
            return self._link
        scheme = "https" if request.isSecure() else "http"
        if self._proxies.include(request.channel.transport.getPeer()):
            told = (request.getHeader(b"X-Forwarded-Proto") or b"").strip().lower()
            scheme = told.decode() if told in (b"http", b"https") else scheme
        authority = request.authority.decode() if host is not None else _LOCALHOST
        return f"{scheme}://{authority}/"


def _is_of_this_machine(host: Host) -> bool:
    if host.is_address:
        return ip_address(host.name).is_loopback
    return host.name == _LOCALHOST or host.name.endswith(f".{_LOCALHOST}")


class JoinCode(Page):
    """``/join.svg``: the link as a QR code."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._links = links

    def show(self, request: Any) -> int:
        """Answer with the picture, unless the browser has the same one."""
        link = self._links.link_for(request)
        if has_same(request, b'"%b"' % link.encode()):
            return answer_same(request)
        drawn = io.BytesIO()
        code = segno.make(link, micro=False)
        code.save(drawn, kind="svg", omitsize=True, border=2, dark="#000", light="#fff", svgclass=None, lineclass=None)
        return answer(request, drawn.getvalue(), b"image/svg+xml")


class JoinLink(Page):
    """``/api/join``: the link as text."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._links = links

    def show(self, request: Any) -> int:
        """Answer with a JSON object."""
        return answer_json(request, {"link": self._links.link_for(request)})
