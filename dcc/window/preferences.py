"""What the user has chosen for every window: ``window.json`` in :func:`dcc.client.settings.folder`."""

from __future__ import annotations

import json
from pathlib import Path

from dcc.client import settings
from dcc.errors import DccError
from dcc.stdout import complain

MINIMAP = "minimap"
"""Whether boards larger than the window have a minimap."""

SOUND = "sound"
"""Whether the end of a pause is heard."""

NOTIFICATION = "notification"
"""Whether the desktop tells of the end of a pause."""

_USUAL = {MINIMAP: True, SOUND: False, NOTIFICATION: False}


class Preferences:
    """Remembers choices, each yes or no."""

    def __init__(self) -> None:
        self._path: Path = settings.folder() / "window.json"
        self._chosen = dict(_USUAL)
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return
        if isinstance(kept, dict):
            self._chosen.update({name: kept[name] for name in _USUAL if isinstance(kept.get(name), bool)})

    def __getitem__(self, name: str) -> bool:
        return self._chosen[name]

    def keep(self, name: str, chosen: bool) -> None:
        """Remember a choice, for this window at least."""
        self._chosen[name] = chosen
        try:
            settings.write(self._path, self._chosen)
        except DccError as error:
            complain(f"dcc draw: {error}")
