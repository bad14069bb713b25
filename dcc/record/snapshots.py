"""Snapshots of a shared canvas: whole copies of a server's file, kept in the log's engine.

A name is the position of the last entry in the copy, in 19 digits, and the id of the canvas.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from dcc.cluster.log import Extent, Log
from dcc.errors import RecordError
from dcc.language import _, system_reason
from dcc.record import database, rows

_NAME = re.compile(r"([0-9]{19})-(.+)")

_COPYING = ".snapshot-"
"""After the name of the record: a folder with a copy on its way into the engine."""


class Snapshot(NamedTuple):
    """A copy in the engine.

    :ivar position: of the last entry in the copy.
    """

    position: int
    name: str

    @classmethod
    def of(cls, position: int, canvas_id: str) -> Snapshot:
        """Name a snapshot."""
        return cls(position, f"{position:019d}-{canvas_id}")


def put_snapshot(log: Log, path: Path) -> Snapshot:
    """Put a copy of a record into the engine, also while a server writes. The copy is made beside the record. Blocks.

    :raises RecordError: the record cannot be read, or no copy be made.
    :raises LogError: the engine does not take the snapshot.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=path.name + _COPYING, dir=path.parent) as folder:
            copied = Path(folder) / "copy.sqlite3"
            with database.faults_of(path):
                with closing(database.connect_to_read(path)) as connection:
                    database.copy(connection, copied)
                with closing(database.connect_to_read(copied)) as connection:
                    bookmark, identity = rows.read_bookmark(connection), rows.read_identity(connection)
            snapshot = Snapshot.of(0 if bookmark is None else bookmark.position, identity.canvas_id)
            with copied.open("rb") as file:
                log.put_snapshot(snapshot.name, file)
    except OSError as error:
        reason = system_reason(error)
        raise RecordError(_("cannot write {path}: {reason}").format(path=path.parent, reason=reason)) from None
    return snapshot


def remove_left_over(path: Path) -> None:
    """Remove the copies of a record that a killed server was making.

    :param path: of a record open for writing here, so that nobody else makes a copy.
    """
    for folder in path.parent.glob(glob.escape(path.name + _COPYING) + "*"):
        shutil.rmtree(folder, ignore_errors=True)


def kept_snapshots(log: Log) -> list[Snapshot]:
    """Return the snapshots in the engine, the newest last. Blocks.

    :raises LogError: the engine does not answer.
    """
    matches = [_NAME.fullmatch(name) for name in log.snapshots()]
    return [Snapshot(int(match[1]), match[0]) for match in matches if match is not None]


def put_missing_snapshot(log: Log, path: Path) -> None:
    """Put a snapshot if the log continues none. Blocks.

    :raises RecordError: the record cannot be read, or no copy be made.
    :raises LogError: the engine does not answer, or does not take the snapshot.
    """
    if not _fitting(log, log.extent()):
        put_snapshot(log, path)


def _fitting(log: Log, extent: Extent) -> list[Snapshot]:
    """Return the snapshots that the log continues, the newest last."""
    return [each for each in kept_snapshots(log) if extent.first - 1 <= each.position <= extent.last]


def fetch_snapshot(log: Log, extent: Extent, path: Path) -> None:
    """Make a file of the newest snapshot that the log continues. Blocks.

    :param path: of no file, or of an empty one.
    :raises RecordError: there is no such snapshot, or the file cannot be written.
    :raises LogError: the engine does not answer.
    """
    fitting = _fitting(log, extent)
    if not fitting:
        raise RecordError(
            _("the log has no copy of the canvas to fetch: start a server that has one, and try again once it serves")
        )
    database.check_log(path)
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            log.fetch_snapshot(fitting[-1].name, file)
            file.flush()
            os.fsync(file.fileno())
        path.unlink(missing_ok=True)  # empty
        database.put(unfinished, path)
    except OSError as error:
        raise RecordError(_("cannot write {path}: {reason}").format(path=path, reason=system_reason(error))) from None
    finally:
        unfinished.unlink(missing_ok=True)
