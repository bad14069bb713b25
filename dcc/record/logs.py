"""A write-ahead log must be the log of the file beside it.

SQLite does not tie a log to its file: a log that a killed server left is applied to whatever file has the name, such as
a backup that was copied there, and the result is the old board or no record at all.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from dcc.errors import RecordError
from dcc.language import _
from dcc.record import replay, rows
from dcc.record.place import has_log, log_of, open_alone
from dcc.record.rows import Damage

_ROWS_COMPARED = 200
"""Strokes before the end of the file alone that the log may not change: the part of a record where logs differ."""


def check_belongs(path: Path, descriptor: int) -> None:
    """Make sure that a log, if any, continues its file. Nothing is written.

    :param descriptor: of the file.
    :raises RecordError: it is the log of another file, or of an earlier or later state of the file.
    :raises sqlite3.Error: the file cannot be read.
    """
    log = log_of(path)
    if not (log.exists() and log.stat().st_size and path.stat().st_size):
        return
    with closing(open_alone(path)) as alone, closing(_open_with_log(path)) as whole:
        try:
            continues = has_log(descriptor) and _continues(alone, whole)
        except Damage:
            continues = False
        except sqlite3.DatabaseError as error:
            if "malformed" not in str(error):
                return  # no record, or cannot be read: whoever opens it next says so
            continues = False
    if not continues:
        raise RecordError(
            _(
                "{log} is not the log of {path}, but of a file that was there before. If {name} is a backup, "
                "move {log_name} away, or move both away and use dcc restore"
            ).format(log=log, path=path, name=path.name, log_name=log.name)
        )


def _open_with_log(path: Path) -> sqlite3.Connection:
    # Read-only: it neither writes the log into the file nor deletes the log when it is closed.
    return sqlite3.connect(path.as_uri() + "?mode=ro", uri=True, isolation_level=None)


def _continues(alone: sqlite3.Connection, whole: sqlite3.Connection) -> bool:
    """Whether a file with its log has all that the file alone has, and what follows.

    :raises Damage: the file with its log is no record.
    :raises sqlite3.DatabaseError: the same.
    """
    try:
        canvas = alone.execute("SELECT id FROM canvas").fetchall()
        last = rows.last_sequence(alone)
        ends = _last_rows(alone, last)
    except (Damage, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.DatabaseError) and "malformed" not in str(error):
            raise
        return _is_sound(whole)  # the power failed while the log was written into the file
    until = rows.last_sequence(whole)
    if whole.execute("SELECT id FROM canvas").fetchall() != canvas or until < last:
        return False
    for _pixels in replay.read_pixels(whole, last, until):
        pass
    return _last_rows(whole, last) == ends or (not _is_sound(alone) and _is_sound(whole)) or _has_its_checksum(whole)


def _has_its_checksum(whole: sqlite3.Connection) -> bool:
    """Whether the strokes since the last kept board have the checksum of the last commit: pages of two files have not.

    A file alone that a power cut left half written may look sound, and contradict the log.
    """
    try:
        found = rows.read_checksums(whole)
        (kept,) = whole.execute("SELECT max(sequence) FROM keyframes").fetchone()
        before = rows.count_actions_before(whole, kept)
        start = rows.Kept(kept, rows.read_kept_checksum(whole, kept), b"", before)
        state = replay.checksum_after(whole, start, found)
        return state == found.strokes and rows.last_sequence(whole) == found.sequence and _is_sound(whole)
    except (Damage, sqlite3.DatabaseError):  # or a record from before there were checksums
        return False


def _last_rows(connection: sqlite3.Connection, last: int) -> list[tuple[int, ...]]:
    return connection.execute(
        "SELECT sequence, painter, after_ms, pixels FROM strokes WHERE sequence <= ? ORDER BY sequence DESC LIMIT ?",
        (last, _ROWS_COMPARED),
    ).fetchall()


def _is_sound(connection: sqlite3.Connection) -> bool:
    return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
