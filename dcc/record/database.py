"""Opening a record's file: make sure that the file is a record, is whole, and is free.

A file of another program is never overwritten. Every fault of the file is a :class:`~dcc.errors.RecordError`, one line
with the path.
"""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dcc.core.canvas import Canvas
from dcc.errors import RecordError, RecordInUse
from dcc.language import _, system_reason
from dcc.record import checksum, migration, schema
from dcc.record.replay import Keyframe, insert_checksums, insert_keyframe
from dcc.record.rows import Damage, decode
from dcc.wording import printable

_BUSY_SECONDS = 5.0
"""How long to wait for another process, such as a database shell, that keeps the file from being read or written.
Afterwards that is an error."""


_SIGNS_OF_DAMAGE = ("malformed", "no such table", "no such column", "unsupported file format", "has no column")
"""In SQLite's errors. Tables and columns are missing if their description is damaged."""


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about a file, and damage in the file, into one line with the path.

    :raises RecordError: instead of ``sqlite3.Error`` and ``Damage``.
    """
    try:
        yield
    except Damage as damage:
        raise RecordError(damaged(path, str(damage))) from None
    except UnicodeDecodeError:  # in the text of an error of SQLite, which quotes the file
        raise RecordError(damaged(path, _("the tables are described by no text"))) from None
    except sqlite3.Error as error:
        raise RecordError(_explain(path, error)) from None


def _explain(path: Path, error: sqlite3.Error) -> str:
    # By the text: Python 3.10 has no error codes, and SQLite keeps these texts stable.
    reason = printable(str(error))  # may quote what the file holds
    if "not a database" in reason:
        return _another_kind(path)
    if isinstance(error, sqlite3.IntegrityError) or any(sign in reason for sign in _SIGNS_OF_DAMAGE):
        return damaged(path, reason)
    return _("cannot use {path}: {reason}").format(path=path, reason=printable(_reason(path, error)))


def _reason(path: Path, error: sqlite3.Error | OSError) -> str:
    if "unable to open" in str(error):  # SQLite gives no reason; the system does
        try:
            path.open("ab").close()
        except OSError as fault:
            error = fault
    return system_reason(error) if isinstance(error, OSError) else str(error)


def _another_kind(path: Path) -> str:
    return _("{path} is another kind of file, and no record of a canvas").format(path=path)


def damaged(path: Path, reason: str) -> str:
    """Make the line for a damaged record."""
    return _("{path} is damaged ({reason}): start the server on a backup, or see what dcc verify says").format(
        path=path, reason=reason
    )


def resolve(path: str | Path) -> Path:
    """Return the one absolute name of a file, without links.

    :raises RecordError: the path is a directory, or a device.
    """
    try:
        resolved = Path(path).resolve()
        is_another = resolved.exists() and not resolved.is_file()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        reason = system_reason(error) if isinstance(error, OSError) else str(error)
        raise RecordError(_("cannot use {path}: {reason}").format(path=path, reason=reason)) from None
    if is_another:
        raise RecordError(_("cannot use {path}: it is not a file").format(path=path))
    return resolved


# --- the one writer ------------------------------------------------------------------------------


def lock(path: Path) -> sqlite3.Connection:
    """Become the only writer of a record, until the connection is closed or the process ends, however it ends.

    The lock is SQLite's own write lock, on an empty file beside the record. It works on every system, ends with the
    process, and never holds up a reader. The write lock of the record itself is no choice, since SQLite needs it for
    each commit. The mere presence of a file is no choice either, since the file would outlive a killed server.

    :raises RecordInUse: another process is the writer.
    :raises RecordError: the lock cannot be taken at all.
    """
    beside = path.with_name(path.name + "-lock")
    with faults_of(path):
        holder = sqlite3.connect(beside, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            holder.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            holder.close()
            if "locked" in str(error):
                raise RecordInUse(_("{path} is in use by another server").format(path=path)) from None
            raise
    return holder


def connect(path: Path, connection_class: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Open a file for writing; the file may be empty or missing. Nothing is written yet.

    The connection may go from one thread to another, but only one thread at a time may use it.

    :raises RecordError: only the log exists.
    :raises sqlite3.Error: the file cannot be opened.
    """
    _check_log(path)
    connection = sqlite3.connect(
        path,
        timeout=_BUSY_SECONDS,
        isolation_level=None,  # every transaction begins and ends explicitly
        check_same_thread=False,
        factory=connection_class,
    )
    connection.text_factory = decode
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # where fsync does not reach the disk (macOS)
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check_log(path: Path) -> None:
    """Refuse a log without its file: SQLite would delete the log as a left-over.

    :raises RecordError: only the log exists.
    """
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size and not (path.exists() and path.stat().st_size):
        raise RecordError(_("{log} is there without {path}; move both together").format(log=log, path=path))


def use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging: one sync a commit instead of several, and readers need not wait.

    :raises RecordError: the file system cannot share memory between processes.
    """
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise RecordError(_("a record cannot be kept on this file system: it shares no memory between processes"))


def bring_up_to_date(connection: sqlite3.Connection, path: Path, canvas: Canvas) -> Path | None:
    """Make an empty file a record of this canvas, or update an older record after a backup.

    :return: the backup of an older record, if any.
    :raises RecordError: the file is of another program or of a newer version, the backup failed, or the older record
        is damaged.
    :raises sqlite3.Error: the file cannot be read or written.
    """
    version = schema_version(connection, path)
    if version == schema.VERSION:
        return None
    backup = None
    if version:
        backup = _free_name(path.with_name(f"{path.name}.schema-{version}"))
        copy(connection, backup)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number, script in enumerate(schema.SCRIPTS[version:], version + 1):
            for statement in script:
                connection.execute(statement)
            if version:
                migration.fill(connection, path, number)
        if not version:
            palette = json.dumps(canvas.palette.pairs)
            connection.execute("INSERT INTO canvas VALUES (?, ?)", (new_canvas_id(), palette))
            insert_keyframe(connection, Keyframe.of(0, canvas), checksum.NO_STROKES)
            insert_checksums(connection, 0, checksum.NO_STROKES)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if backup is not None:  # or every try would leave another
            backup.unlink(missing_ok=True)
        if isinstance(error, Damage):
            line = _("{path} is damaged ({reason}), and was not updated: start the server on a backup")
            raise RecordError(line.format(path=path, reason=error)) from None
        raise
    return backup


def new_canvas_id() -> str:
    """Make a name that no other canvas has."""
    return uuid.uuid4().hex


def _free_name(wanted: Path) -> Path:
    name, number = wanted, 1
    while name.exists():
        number += 1
        name = wanted.with_name(f"{wanted.name}-{number}")
    return name


def copy(connection: sqlite3.Connection, target: Path) -> None:
    """Copy a whole file as of one moment, also during writes. The target appears once the copy is whole.

    :raises RecordError: a file cannot be read or written.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        copied = sqlite3.connect(unfinished, isolation_level=None)
        try:
            # In one step: otherwise every commit meanwhile would start the copy anew.
            connection.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")  # one plain file, readable on read-only media too
        finally:
            copied.close()
        os.replace(unfinished, target)
    except (sqlite3.Error, OSError) as error:
        reason = _reason(unfinished, error)
        for suffix in ("", "-journal", "-wal", "-shm"):  # SQLite leaves its own files behind if it cannot write
            with suppress(OSError):
                target.with_name(unfinished.name + suffix).unlink()
        raise RecordError(_("cannot write {path}: {reason}").format(path=target, reason=reason)) from None


# --- readers --------------------------------------------------------------------------------------


def check_there(path: Path) -> None:
    """Make sure that a record exists.

    :raises RecordError: the file is missing or empty.
    """
    if not path.exists():
        raise RecordError(_("there is no file {path}").format(path=path))
    _check_log(path)
    if not path.stat().st_size:
        raise _empty(path)


def _empty(path: Path) -> RecordError:
    return RecordError(_("{path} is empty: there is no canvas in it yet").format(path=path))


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a record for reading, also while a server writes.

    :raises RecordError: the file is no record, or of another version.
    :raises sqlite3.Error: the file cannot be read.
    """
    check_there(path)
    # Not "mode=ro": a reader that closes last could not remove the log's files then.
    connection = sqlite3.connect(
        path.as_uri() + "?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = decode
    try:
        connection.execute("PRAGMA query_only = ON")
        version = schema_version(connection, path)
        if not version:
            raise _empty(path)
        if version < schema.VERSION:
            raise RecordError(
                _("{path} was written by an older version; start the server on it once, which updates it").format(
                    path=path
                )
            )
    except BaseException:
        connection.close()
        raise
    return connection


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """Read the version of a record's tables; 0 for an empty file.

    :raises RecordError: the file is of another program, or of a newer version.
    """
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if not pages and path.stat().st_size:  # SQLite takes a file of one byte for an empty one
        raise RecordError(_another_kind(path))
    if not pages:
        return 0
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != schema.APPLICATION_ID or version < 1:
        raise RecordError(_("{path} is a database of another program, and no record of a canvas").format(path=path))
    if version > schema.VERSION:
        raise RecordError(
            _("{path} was written by a newer version (schema {version}, this one knows {known}); update dcc").format(
                path=path, version=version, known=schema.VERSION
            )
        )
    return int(version)
