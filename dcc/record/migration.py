"""The parts of an update to a newer schema that SQL alone cannot do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twisted.logger import Logger

from dcc.language import _, number
from dcc.record import checksum3, replay, rows

_log = Logger(namespace="dcc.record")

_WITH_CHECKSUMS = 4
"""The schema from which on a record has the checksums of today."""

_TOLD_PLACEMENTS = 500_000
"""A record of more placements takes longer than a second, and the operator is told."""

_PLACEMENTS_A_SECOND = 400_000
"""Roughly, for single pixels on an old computer."""


def fill(connection: sqlite3.Connection, path: Path, schema: int) -> None:
    """Fill the new columns and tables of a record, inside of the transaction that made them: compute the checksums, and
    check all of the record on the way, since a checksum of damage is worth nothing.

    :param path: of the record, for the log.
    :param schema: the version from before.
    :raises Damage: the record contradicts itself.
    """
    if schema >= _WITH_CHECKSUMS:
        return
    last = rows.last_sequence(connection)
    if last > _TOLD_PLACEMENTS:
        line = _("Updating {path}: reading {placements} placements, in some {seconds} s")
        seconds = number(round(last / _PLACEMENTS_A_SECOND))
        _log.warn("{line}", line=line.format(path=path, placements=number(last), seconds=seconds))
    if schema == 3:
        checksum3.compare(connection)
    replay.renew_checksums(connection)
