"""The last servers of the user, in a file.

The file is ``servers.json`` in :func:`dcc.client.settings.folder`: a JSON list of texts for
:func:`dcc.client.address.parse_invitation`, the latest first, without keys and codes.
"""

from __future__ import annotations

import json
from pathlib import Path

from dcc.client import settings
from dcc.client.address import Invitation, UnixAddress, parse_invitation
from dcc.errors import DccError

KEPT = 6
"""Servers that are remembered: a list that is read at a glance."""


def link_to(server: Invitation) -> str:
    """Write the address of a server, without key and code."""
    address = server.address
    if isinstance(address, UnixAddress) or not server.needs_tls:
        return str(address)
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"https://{host}/#puerto={address.port}"


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
        link = link_to(server)
        settings.write(self._path, [link, *(each for each in map(link_to, self.read()) if each != link)][:KEPT])
