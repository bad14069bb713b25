"""The keys that servers accepted, in a file of this user, by the address of the server.

The file is ``dcc/keys.json`` in the folder for settings of the XDG Base Directory Specification, a JSON object. Only
the user can read it: who holds a key is the person.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from dcc.core.people import is_key
from dcc.errors import DccError
from dcc.language import _, system_reason


def usual_path() -> Path:
    """Return where the keys of this user are."""
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(folder) if os.path.isabs(folder) else Path.home() / ".config") / "dcc" / "keys.json"


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
        self._write({server: key for server, key in keys.items() if key})

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

    def _write(self, keys: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Its mode is 0600 from the start.
            with NamedTemporaryFile("w", dir=self._path.parent, delete=False, encoding="utf-8") as file:
                json.dump(keys, file, indent=1)
            os.replace(file.name, self._path)
        except OSError as error:
            raise DccError(f"{self._path}: {system_reason(error)}") from None
