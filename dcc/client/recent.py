"""The last servers of the user, in a file.

The file is ``servers.json`` in :func:`dcc.client.settings.folder`: a JSON list of texts for
:func:`dcc.client.address.parse_invitation`, the latest first, without keys and codes.
"""

from __future__ import annotations

import json
from pathlib import Path

from dcc.client import settings
from dcc.client.address import Invitation, UnixAddress, link_to, parse_invitation
from dcc.errors import DccError

KEPT = 6
"""Servers that are remembered: a list that is read at a glance."""


def _text_of(server: Invitation) -> str:
    """Write the address of a server, without key, code and place."""
    address = server.address
    if server.page:
        return link_to(server._replace(place=None))
    if isinstance(address, UnixAddress) or not server.needs_tls:
        return str(address)
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"wss://{host}/#puerto={address.port}"


class RecentServers:
    """Remembers servers."""

    def __init__(self, path: Path) -> None:
        """:param path: of the file; made with its folder as the first server is kept."""
        self._path = path

    def read(self) -> list[Invitation]:
        """Return the servers, the latest first; none if the file cannot be read, or has another content."""
        try:
            words = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return []
        servers = []
        for text in words if isinstance(words, list) else []:
            try:
                servers.append(parse_invitation(str(text)))
            except DccError:
                continue  # of another version of this program
        return servers[:KEPT]

    def keep(self, server: Invitation) -> None:
        """Put a server first.

        :raises DccError: the file cannot be written.
        """
        others = []
        for each in self.read():
            if (each.address, each.needs_tls) != (server.address, server.needs_tls):
                others.append(each)
            elif not server.page:
                server = server._replace(page=each.page)
        settings.write(self._path, [_text_of(each) for each in (server, *others)][:KEPT])
