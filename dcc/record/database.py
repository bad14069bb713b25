"""Opening a record's file: make sure that the file is a record, is whole, and is free.

A file of another program is never overwritten. Every fault of the file is a :class:`~dcc.errors.RecordError`, one line
with the path.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from dcc.core.addresses import SECRET_BYTES
from dcc.core.canvas import Canvas
from dcc.errors import RecordError
from dcc.language import _, system_reason
from dcc.record import checksum, logs, migration, schema
from dcc.record.place import Place, is_held, log_of, shared_memory_of
from dcc.record.replay import Keyframe, insert_checksums, insert_keyframe
from dcc.record.rows import Damage, decode, read_bookmark
from dcc.wording import printable

_BUSY, _LOCKED = 5, 6
"""``SQLITE_BUSY`` and ``SQLITE_LOCKED``; Python 3.10 has no names for them."""

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
        error = _fault_of(path) or error
    return system_reason(error) if isinstance(error, OSError) else str(error)


def _fault_of(path: Path) -> OSError | None:
    """Find the system's reason for not opening a file, without opening it: see :mod:`dcc.record.place`."""
    try:
        place = path if path.exists() else path.parent
        os.stat(place)
        if os.access(place, os.R_OK | os.W_OK):
            return None
        is_read_only = hasattr(os, "statvfs") and os.statvfs(place).f_flag & os.ST_RDONLY
    except OSError as error:
        return error
    number = errno.EROFS if is_read_only else errno.EACCES
    return OSError(number, os.strerror(number))


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


# --- the writer ----------------------------------------------------------------------------------


def connect(place: Place, connection_class: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    """Open a record's file for writing; the file may be empty. Nothing is written yet.

    The connection may go from one thread to another, but only one thread at a time may use it.

    :raises RecordError: the file is not in its place.
    :raises sqlite3.Error: the file cannot be opened.
    """
    place.check_file()
    connection = sqlite3.connect(
        place.path.as_uri() + "?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,  # every transaction begins and ends explicitly
        check_same_thread=False,
        factory=connection_class,
    )
    connection.text_factory = decode
    try:
        place.check_file()  # nothing was read yet: to close another file now leaves that file as it is
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # where fsync does not reach the disk (macOS)
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the log is emptied beside the commits
    except BaseException:
        connection.close()
        raise
    return connection


def check_log(path: Path) -> None:
    """Refuse a log without its file: SQLite would delete the log as a left-over.

    :raises RecordError: only the log exists.
    """
    log = log_of(path)
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
        backup = free_name(path.with_name(f"{path.name}.schema-{version}"))
        copy(connection, backup)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in chain.from_iterable(schema.SCRIPTS[version:]):
            connection.execute(statement)
        if version:
            migration.fill(connection, path, version)
        else:
            palette = json.dumps(canvas.palette.pairs)
            row = new_canvas_id(), palette, os.urandom(SECRET_BYTES)
            connection.execute("INSERT INTO canvas VALUES (?, ?, ?)", row)
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


def free_name(wanted: Path) -> Path:
    """Return a name that no file has: the wanted name, or the same with a number."""
    name, number = wanted, 1
    while name.exists():
        number += 1
        name = wanted.with_name(f"{wanted.name}-{number}")
    return name


def _give_up_after(seconds: float) -> Callable[[int, int, int], None]:
    """Make a callback that ends a copy which is kept from its file for so long: Python would try for ever."""
    end = time.monotonic() + seconds

    def check(status: int, _remaining: int, _pages: int) -> None:
        if status & 0xFF in (_BUSY, _LOCKED) and time.monotonic() > end:
            raise sqlite3.OperationalError("database is locked")

    return check


def copy(connection: sqlite3.Connection, target: Path) -> None:
    """Copy a whole file as of one moment, also during writes. The target appears once the copy is whole.

    :raises RecordError: a file cannot be read or written, or the target exists.
    """
    for left_over in (log_of(target), target.with_name(target.name + "-journal")):
        if left_over.exists():  # SQLite would apply it to the copy
            raise RecordError(
                _("{left_over} is left from another file and would spoil {path}; choose another name").format(
                    left_over=left_over, path=target
                )
            )
    unfinished = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.unfinished")
    try:
        copied = sqlite3.connect(unfinished, isolation_level=None)
        try:
            # In one step: otherwise every commit meanwhile would start the copy anew.
            connection.backup(copied, progress=_give_up_after(_BUSY_SECONDS))
            copied.execute("PRAGMA journal_mode = DELETE")  # one plain file, readable on read-only media too
        finally:
            copied.close()
        put(unfinished, target)
    except (sqlite3.Error, OSError) as error:
        reason = _reason(unfinished, error)
        for suffix in ("", "-journal", "-wal", "-shm"):  # SQLite leaves its own files behind if it cannot write
            with suppress(OSError):
                target.with_name(unfinished.name + suffix).unlink()
        if isinstance(error, FileExistsError):
            raise there_already(target) from None
        raise RecordError(_("cannot write {path}: {reason}").format(path=target, reason=reason)) from None


def there_already(path: Path) -> RecordError:
    """Make the line for a file that is not overwritten."""
    return RecordError(_("{path} is there already; choose another name").format(path=path))


def put(file: Path, name: Path) -> None:
    """Give a file a name that no other file has, for good: also if the power fails.

    :raises FileExistsError: another file has the name.
    :raises OSError: the folder cannot be written.
    """
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if name.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(file, name)
    else:
        os.unlink(file)
    sync_folder(name.parent)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system can."""
    with suppress(OSError):  # Windows opens no folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- readers --------------------------------------------------------------------------------------


def check_there(path: Path) -> None:
    """Make sure that a record exists.

    :raises RecordError: the file is missing or empty.
    """
    if not path.exists():
        raise RecordError(_("there is no file {path}").format(path=path))
    check_log(path)
    if not path.stat().st_size:
        raise _empty(path)


def _empty(path: Path) -> RecordError:
    return RecordError(_("{path} is empty: there is no canvas in it yet").format(path=path))


def connect_to_read(path: Path, *, may_be_older: bool = False) -> sqlite3.Connection:
    """Open a record for reading, also while a server writes, and on read-only media.

    :param may_be_older: whether a record of an older version is as good.
    :raises RecordError: the file is no record, or of another version, or its log is of another file.
    :raises sqlite3.Error: the file cannot be read.
    """
    check_there(path)
    _check_log_of_no_server(path)
    connection, version = _connect_to_read(path)
    if not version:
        connection.close()
        raise _empty(path)
    if version < schema.VERSION and not may_be_older:
        connection.close()
        raise RecordError(
            _("{path} was written by an older version; start the server on it once, which updates it").format(path=path)
        )
    return connection


def _check_log_of_no_server(path: Path) -> None:
    """Make sure that the log of a killed server belongs to the file; a running server has done so.

    :raises RecordError: the log is of another file.
    """
    try:
        if not log_of(path).exists() or is_held(path):
            return
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise RecordError(_("cannot use {path}: {reason}").format(path=path, reason=system_reason(error))) from None
    try:
        logs.check_belongs(path, descriptor)
    finally:
        os.close(descriptor)


def _connect_to_read(path: Path) -> tuple[sqlite3.Connection, int]:
    """:return: a connection, and the version of the tables."""
    # Not "mode=ro" at first: a reader that closes last could not remove the log's files then.
    modes = ["rw", "ro"]
    if not shared_memory_of(path).exists() and not (log_of(path).exists() and log_of(path).stat().st_size):
        modes.append("ro&immutable=1")  # where no file can be made beside the record: nobody writes either
    while True:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={modes.pop(0)}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.text_factory = decode
        try:
            connection.execute("PRAGMA query_only = ON")
            return connection, schema_version(connection, path)
        except sqlite3.OperationalError as error:
            connection.close()
            if not ("unable to open" in str(error) or "readonly" in str(error)):
                raise
            if not modes:
                raise _log_unreadable(path, error) from None
        except BaseException:
            connection.close()
            raise


def _log_unreadable(path: Path, error: sqlite3.Error) -> RecordError:
    return RecordError(
        _(
            "cannot use {path} here ({reason}): its newest placements are in {log}, which needs a folder that can be "
            "written. Copy both files to such a folder"
        ).format(path=path, reason=_reason(path, error), log=log_of(path).name)
    )


def check_alone(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a server's copy of a shared log: a change that is not in the log would set the copies apart.

    :raises RecordError: the record is such a copy.
    :raises Damage: nobody can tell.
    """
    if read_bookmark(connection) is not None:
        raise RecordError(
            _(
                "{path} is one server's copy of a canvas that several servers share: "
                "start the server with --cluster, or see dcc cluster leave"
            ).format(path=path)
        )


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
