"""Stores: where a board is kept, as ``--store`` names the place.

1. ``sqlite:PATH`` is a record in an SQLite file.
2. ``PATH`` alone is the same file. A path that begins with a word and a colon needs ``sqlite:``, or ``./``, in front.
3. ``memory:`` keeps the board as long as the server runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dcc.errors import RecordError
from dcc.language import _
from dcc.wording import clip

_MEMORY, _SQLITE = "memory", "sqlite"

DEFAULT_STORE = f"{_SQLITE}:dcc.sqlite3"
"""A file in the working directory: a server keeps what people draw unless the operator asks for the opposite."""

_KIND = re.compile(r"([A-Za-z]{2,}):(.*)", re.DOTALL)
"""Two letters or more: ``C:`` is a drive of Windows."""


@dataclass(frozen=True)
class Store:
    """Where a board is kept.

    :ivar path: of the record's file; None in memory.
    """

    path: str | None


def parse_store(text: str) -> Store:
    """Read the name of a store. Nothing is opened.

    :raises RecordError: no store has such a name.
    """
    match = _KIND.fullmatch(text)
    kind, rest = match.groups() if match else (_SQLITE, text)
    if kind == _SQLITE and rest and text not in (_MEMORY, _SQLITE):  # those two lack their colon
        return Store(rest)
    if kind == _MEMORY and not rest:
        return Store(None)
    raise RecordError(_("{url}: expected sqlite:PATH, such as sqlite:dcc.sqlite3, or memory:").format(url=clip(text)))
