"""The keys that servers accepted, in a file of this user, by the address of the server.

The file is ``keys.json`` in :func:`dcc.client.settings.folder`, a JSON object. Only the user can read it: who holds a
key is the person.
"""

from __future__ import annotations

import json
from pathlib import Path

from dcc.client import settings
from dcc.core.people import is_key
from dcc.errors import DccError
from dcc.language import _, system_reason


def usual_path() -> Path:
    """Return where the keys of this user are."""
    return settings.folder() / "keys.json"


class Keyring:
    """Remembers keys."""

    def __init__(self, path: Path) -> None:
        """:param path: of the file; made with its folder as the first key is kept."""
        self._path = path

    def key_for(self, server: str) -> str:
        """Return the key for a server; empty without one.

        :param server: its address.
        :raises DccError: the file cannot be read.
        """
        return self._read().get(server, "")

    def keep(self, server: str, key: str) -> None:
        """Remember the key for a server; forget it if the key is empty.

        :raises DccError: the file cannot be read, or not be written.
        """
        keys = self._read()
        if keys.get(server, "") == key:
            return
        keys[server] = key
        settings.write(self._path, {server: key for server, key in keys.items() if key})

    def _read(self) -> dict[str, str]:
        try:
            words = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise DccError(f"{self._path}: {system_reason(error)}") from None
        except (ValueError, RecursionError):
            words = None
        if not isinstance(words, dict) or not all(isinstance(key, str) and is_key(key) for key in words.values()):
            raise DccError(_("{path}: the remembered keys cannot be read; delete the file").format(path=self._path))
        return words
