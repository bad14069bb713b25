"""Names of files from names that people chose: harmless on every file system, and all different."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_FORBIDDEN = re.compile(r'[<>:"/\\|?*%]')
"""Windows forbids all but the last, POSIX the slash; the per cent sign marks what was replaced."""

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
"""Devices of Windows, whatever follows a dot (Microsoft, "Naming Files, Paths, and Namespaces")."""


def file_names(names: Iterable[str]) -> list[str]:
    """Return a file name for each name, in order, without an ending.

    1. A character that some file system forbids is spelled ``%`` and two digits, as in an address of the web.
    2. So is a dot or a space at an end, and the first letter of a device of Windows.
    3. Names that are the same file for some file system, since they differ in case or in the form of accents alone, get
       a number: ``ana``, ``Ana (2)``.

    :param names: of 1 to 32 printable characters, see :func:`dcc.core.people.is_name`.
    """
    taken: set[str] = set()
    found = []
    for name in names:
        safe = _safe(name)
        number, candidate = 1, safe
        while _folded(candidate) in taken:
            number += 1
            candidate = f"{safe} ({number})"
        taken.add(_folded(candidate))
        found.append(candidate)
    return found


def _safe(name: str) -> str:
    safe = _FORBIDDEN.sub(lambda match: _spelled(match[0]), name)
    if safe[0] in ". -~" or _RESERVED.fullmatch(safe):  # hidden, or read as an option or a home by a shell
        safe = _spelled(safe[0]) + safe[1:]
    if safe[-1] in ". ":
        safe = safe[:-1] + _spelled(safe[-1])
    return safe


def _spelled(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
