"""The parts of an update to a newer schema that SQL alone cannot do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from twisted.logger import Logger

from dcc.language import _, number
from dcc.record import replay, rows

_log = Logger(namespace="dcc.record")

_TOLD_PLACEMENTS = 500_000
"""A record of more placements takes longer than a second, and the operator is told."""

_PLACEMENTS_A_SECOND = 400_000
"""Roughly, for single pixels on an old computer."""


def fill(connection: sqlite3.Connection, path: Path, schema: int) -> None:
    """Fill the new columns and tables of a record, inside of the transaction that made them.

    :param path: of the record, for the log.
    :param schema: the version whose columns and tables are to be filled; all later ones are there too, and empty.
    :raises Damage: the record contradicts itself.
    """
    if schema in _STEPS:
        _STEPS[schema](connection, path)


def _add_checksums(connection: sqlite3.Connection, path: Path) -> None:
    """Compute the checksums of a record, and check all of the record on the way: a checksum of damage is worth nothing.

    :raises Damage: the record contradicts itself.
    """
    last = rows.last_sequence(connection)
    if last > _TOLD_PLACEMENTS:
        line = _("Updating {path}: reading {placements} placements, in some {seconds} s")
        seconds = number(round(last / _PLACEMENTS_A_SECOND))
        _log.warn("{line}", line=line.format(path=path, placements=number(last), seconds=seconds))
    replay.renew_checksums(connection)


_STEPS: dict[int, Callable[[sqlite3.Connection, Path], None]] = {4: _add_checksums}
