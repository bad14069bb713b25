"""The name that the user gave when asked, in a file.

The file is ``name.json`` in :func:`dcc.client.settings.folder`: a JSON text, empty for a user that stays unnamed.
"""

from __future__ import annotations

import json
from pathlib import Path

from dcc.client import settings
from dcc.limits import NAME_CHARACTERS


class OwnName:
    """Remembers a name."""

    def __init__(self, path: Path) -> None:
        """:param path: of the file; made with its folder as a name is kept."""
        self._path = path

    def read(self) -> str | None:
        """Return the name; None if nobody has been asked, or the file cannot be read or has another content."""
        try:
            name = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        return name if isinstance(name, str) and len(name) <= NAME_CHARACTERS else None

    def keep(self, name: str) -> None:
        """Remember a name.

        :raises DccError: the file cannot be written.
        """
        settings.write(self._path, name)
