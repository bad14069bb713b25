"""Records whose canvas has keys, for tests of people and their rights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dcc.core.actions import Action, AddKey
from dcc.core.people import OPERATOR, Role, digest_key
from dcc.core.placements import Painter
from dcc.record.writer import Writer

TIME_MS = 1_700_000_000_000

OPERATOR_PAINTER = Painter(0, OPERATOR, "", is_proven=True)


def key_of(name: str) -> str:
    """The key that :func:`make_record` gives to somebody."""
    return f"key of {name}".ljust(26, "2")


def make_record(path: Path, keys: Mapping[str, Role], *actions: Action) -> str:
    """Make a record whose canvas has a key for each name, and on which some actions were done.

    :return: the store, for ``--store``.
    """
    writer = Writer(path)
    try:
        for name, role in keys.items():
            writer.act(OPERATOR_PAINTER, AddKey(name, digest_key(key_of(name)), role), b"", TIME_MS)
        for action in actions:
            writer.act(OPERATOR_PAINTER, action, b"", TIME_MS)
    finally:
        writer.close()
    return f"sqlite:{path}"
