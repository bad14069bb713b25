"""Small files of this user: JSON, in the folder for settings of the XDG Base Directory Specification."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from dcc.errors import DccError
from dcc.language import system_reason


def folder() -> Path:
    """Return where the files of this user are."""
    chosen = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(chosen) if os.path.isabs(chosen) else Path.home() / ".config") / "dcc"


def write(path: Path, content: object) -> None:
    """Replace a file as a whole; make its folder if there is none. Only the user can read the file, from the start.

    :param content: to be written as JSON.
    :raises DccError: the file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(content, file, indent=1)
        os.replace(file.name, path)
    except OSError as error:
        raise DccError(f"{path}: {system_reason(error)}") from None
