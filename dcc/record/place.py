"""The record's file in the file system: held open, locked, and watched.

1. One writer: the file itself is locked, not its name, so neither a hard link nor a deleted lock file lets a second
   server in. The lock ends with the process, however the process ends, and never holds up a reader.
2. The file is in its place if its name leads to the file that is held open, and nobody else has written into it.
   Otherwise nothing more may be acknowledged: what is written then is lost with the last descriptor.
3. The file's name may lead to the same file again; then all is well again. A file that was written over stays refused.

POSIX drops all locks of a process on a file as soon as the process closes any descriptor of the file, SQLite's locks
too. So a place is opened before SQLite's connections and closed after them, and a process holds a file only once.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import sleep, time_ns
from typing import ClassVar, Literal, NamedTuple

from dcc import reasons
from dcc.errors import RecordError, RecordInUse, RecordLogGone
from dcc.language import _, system_reason
from dcc.record import rows
from dcc.record.rows import Damage

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LOCKED_BYTE = 2**62
"""The byte that stands for the lock, far beyond every byte that SQLite locks or that a record has."""

_SHARED_LOCK = 0x40000002, 510
"""First byte and length of the lock of SQLite's readers (https://www.sqlite.org/fileformat.html, "The Lock-Byte
Page"). While somebody holds the lock, a connection that closes leaves the file alone."""

_WAL_MODE = b"\x02\x02"
"""Bytes 18 and 19 of an SQLite file that has a log (https://www.sqlite.org/fileformat.html, "File format version
numbers"). A copy by ``dcc backup`` has 1 and 1."""

_CLOCK_STEP_NS = 2_000_000_000
"""File systems tell times apart in steps of this many nanoseconds or fewer (FAT; most others, in some milliseconds)."""

_LOOKS = 3
_LOOK_AGAIN_SECONDS = 0.02
"""A database shell may be writing its part of the log into the file during a look: some milliseconds."""


class Alone(NamedTuple):
    """What a record's file says without its log."""

    canvas_id: str
    sequence: int


def has_log(descriptor: int) -> bool:
    """Whether an open SQLite file says that it has a log. A file without any is a copy: of ``dcc backup``, for one."""
    os.lseek(descriptor, 18, os.SEEK_SET)
    return os.read(descriptor, len(_WAL_MODE)) == _WAL_MODE


def is_held(path: Path) -> bool:
    """Whether a server, or another writer, has a record open. True on Windows, where nobody can tell.

    :raises OSError: the file cannot be opened.
    """
    if _file(str(path)) in Place.held:  # by this process, which must close no descriptor of the file
        return True
    if fcntl is None:
        return True
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if hasattr(fcntl, "F_OFD_GETLK"):
            answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _lock_request(fcntl.F_WRLCK, _LOCKED_BYTE))
            return answer[:2] != _lock_request(fcntl.F_UNLCK, 0)[:2]
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock_request(kind: int, first: int, length: int = 1) -> bytes:
    # "struct flock" of fcntl(2), of some bytes: a lock on the whole file, which flock() is on NFS and SMB, would keep
    # SQLite out.
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, first, length, 0)


class Emptied(NamedTuple):
    """How far a log was written into its file.

    :ivar pages: the length of the log.
    :ivar is_whole: whether all of it is in the file.
    """

    pages: int
    is_whole: bool


def open_alone(path: Path) -> sqlite3.Connection:
    """Open a file as if there were no log and no other process. Nothing is written, locked or left behind."""
    return sqlite3.connect(path.as_uri() + "?mode=ro&immutable=1", uri=True, isolation_level=None)


def read_alone(path: Path) -> Alone:
    """Read what a record's file says without its log.

    :raises Damage: the numbers of the placements are wrong.
    :raises sqlite3.Error: the file cannot be read, or is no record.
    """
    with closing(open_alone(path)) as connection:
        ((canvas_id,),) = connection.execute("SELECT id FROM canvas LIMIT 1").fetchall() or [("",)]
        return Alone(str(canvas_id), rows.last_sequence(connection))


def log_of(path: Path) -> Path:
    """Return the name of a file's write-ahead log."""
    return path.with_name(path.name + "-wal")


def shared_memory_of(path: Path) -> Path:
    """Return the name of the index of a file's write-ahead log."""
    return path.with_name(path.name + "-shm")


class Place:
    """A record's file at its name.

    :cvar held: the files that this process holds, as device and number.
    :ivar path: the name.
    :ivar descriptor: of the open file.
    :ivar canvas_id: names the canvas that the file must have; empty until known.
    :ivar most: the sequence up to which the file may go: that of the newest batch.
    """

    held: ClassVar[set[tuple[int, int]]] = set()

    def __init__(self, path: Path) -> None:
        """Open the file, which may be missing, and lock it.

        :raises RecordInUse: another process, or another part of this process, has the file.
        :raises RecordError: the file cannot be opened or locked.
        """
        self.path = path
        self.canvas_id = ""
        self.most = 0
        self._name, self._log, self._shared = str(path), str(log_of(path)), str(shared_memory_of(path))
        self._folder = str(path.parent)
        self._least = 0  # the sequence up to which the file alone goes, as last seen
        self._as_left: tuple[int, int] | None = None  # size and time after the last own change
        self._files: tuple[tuple[int, int] | None, ...] = (None, None)  # of the log and its index
        self._folder_changed_ns = 0  # when a name in the folder was last changed before the log was there
        self._is_overwritten = False
        self._changing = Lock()
        self._beside: sqlite3.Connection | None = None
        try:
            if _file(self._name) in self.held:
                raise _in_use(path)  # before a descriptor is opened, which could not be closed
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        except OSError as error:
            raise RecordError(_("cannot use {path}: {reason}").format(path=path, reason=system_reason(error))) from None
        status = os.fstat(self.descriptor)
        self._own = status.st_dev, status.st_ino
        try:
            self._lock()
            self.check_file()
        except BaseException:
            self.close()
            raise
        self.held.add(self._own)

    def _lock(self) -> None:
        if fcntl is None:
            self._beside = _lock_beside(self.path)
            return
        try:
            if hasattr(fcntl, "F_OFD_SETLK"):
                fcntl.fcntl(self.descriptor, fcntl.F_OFD_SETLK, _lock_request(fcntl.F_WRLCK, _LOCKED_BYTE))
            else:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise _in_use(self.path) from None
        except OSError as error:
            raise RecordError(
                _("cannot lock {path}: {reason}").format(path=self.path, reason=system_reason(error))
            ) from None

    def close(self) -> None:
        """Give the file back: after all connections to the file are closed."""
        self.held.discard(self._own)
        os.close(self.descriptor)
        if self._beside is not None:
            self._beside.close()

    # --- in its place ----------------------------------------------------------------------------

    def check(self) -> None:
        """Make sure that the file and its log are in their places. Takes a few microseconds.

        The log itself is looked at only after a name in the folder has changed. Linux gives a file whose times somebody
        has read an exact time at its next write, and a commit to ext4 would take a third longer.

        :raises RecordLogGone: only the log is missing.
        :raises RecordError: the file was moved, deleted, replaced or overwritten; the line is for painters, and its
            ``advice`` for the operator.
        :raises sqlite3.Error: the file was changed, and cannot be read.
        """
        self.check_file()
        try:
            changed_ns = os.stat(self._folder).st_ctime_ns
        except OSError:
            raise self._fault(reasons.RECORD_MOVED) from None
        if changed_ns == self._folder_changed_ns:
            return
        self.check_log()
        if time_ns() - changed_ns > _CLOCK_STEP_NS:  # otherwise another change may have the same time
            self._folder_changed_ns = changed_ns

    def check_file(self) -> None:
        """Do the same for the file alone."""
        try:
            status = os.stat(self._name)
        except OSError:
            raise self._fault(reasons.RECORD_MOVED) from None
        if (status.st_dev, status.st_ino) != self._own or self._is_overwritten:
            raise self._fault(reasons.RECORD_REPLACED)
        as_left = self._as_left
        if as_left is not None and (status.st_size, status.st_mtime_ns) != as_left:
            self._look_closer()

    def check_log(self) -> None:
        """Make sure that the log and its index are in their places: without the index other processes get in the way.

        :raises RecordLogGone: one of them is missing.
        """
        if (_file(self._log), _file(self._shared)) != self._files:
            raise RecordLogGone(reasons.RECORD_MOVED)

    @property
    def is_in_place(self) -> bool:
        """Whether the file, with or without its log, is in its place."""
        try:
            self.check_file()
        except (RecordError, sqlite3.Error):
            return False
        return True

    @property
    def is_overwritten(self) -> bool:
        """Whether another program wrote into the file."""
        return self._is_overwritten

    def _fault(self, reason: reasons.Reason) -> RecordError:
        fault = RecordError(reason)
        advice = (
            _("Stop the server: it then saves the board in a new file beside {path}.")
            if self._is_overwritten
            else _("Put the file back as {path}, or stop the server: it then saves everything in a new file beside it.")
        )
        fault.advice = advice.format(path=self.path)
        return fault

    # --- own changes -----------------------------------------------------------------------------

    def note_log(self) -> None:
        """Take the log and its index, as they are now, for the file's own: after the file was opened."""
        self._files = _file(self._log), _file(self._shared)
        self._folder_changed_ns = 0

    def expect_changes(self) -> None:
        """Trust the file as it is until the log is emptied next: the last connection to a file changes the file."""
        self._as_left = None

    def empty_log(self, connection: sqlite3.Connection, how: Literal["PASSIVE", "TRUNCATE"]) -> Emptied:
        """Write the log into the file; only one thread does so at a time.

        :param how: see https://www.sqlite.org/pragma.html#pragma_wal_checkpoint; ``PASSIVE`` waits for nobody, and
            nobody waits for it.
        :raises RecordError: the file is not in its place, or another program wrote into it.
        :raises sqlite3.Error: a file cannot be read or written.
        """
        self.check_file()
        with self._changing:
            self._as_left = None
            is_busy, pages, written = connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
            emptied = Emptied(pages, not is_busy and written == pages)
            if emptied.is_whole:  # otherwise the file alone may be no record
                self._look()
        return emptied

    def _look_closer(self) -> None:
        """Find out who has changed the file.

        :raises RecordError: another program wrote another content.
        :raises sqlite3.Error: the file cannot be read.
        """
        if not self._changing.acquire(blocking=False):
            return  # we are changing the file now
        try:
            self._look()
        finally:
            self._changing.release()

    def _look(self) -> None:
        for _number in range(_LOOKS):
            status = os.fstat(self.descriptor)
            if self._has_own_content():
                self._as_left = status.st_size, status.st_mtime_ns
                return
            sleep(_LOOK_AGAIN_SECONDS)
        self._is_overwritten = True
        raise self._fault(reasons.RECORD_REPLACED)

    def _has_own_content(self) -> bool:
        if not has_log(self.descriptor):
            return False
        try:
            found = read_alone(self.path)
        except Damage:
            return False
        except sqlite3.DatabaseError as error:
            if "malformed" in str(error) or "not a database" in str(error) or "no such" in str(error):
                return False
            raise
        if found.canvas_id != self.canvas_id or not self._least <= found.sequence <= self.most:
            return False
        self._least = found.sequence
        return True

    # --- the end ---------------------------------------------------------------------------------

    def leave_alone(self) -> None:
        """Have the connections that close from now on leave a file of another content as it is."""
        if hasattr(fcntl, "F_OFD_SETLK"):
            fcntl.fcntl(self.descriptor, fcntl.F_OFD_SETLK, _lock_request(fcntl.F_RDLCK, *_SHARED_LOCK))

    def remove_log(self) -> None:
        """Delete the log and the index by name, if both belong to this file: the content is elsewhere."""
        for name, own in zip((self._log, self._shared), self._files, strict=True):
            if own is not None and _file(name) == own:
                os.unlink(name)


def _file(name: str) -> tuple[int, int] | None:
    try:
        status = os.stat(name)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _in_use(path: Path) -> RecordInUse:
    return RecordInUse(_("{path} is in use by another server").format(path=path))


def _lock_beside(path: Path) -> sqlite3.Connection:
    """Lock an empty file beside the record: for Windows, where the name of an open file cannot lead elsewhere.

    The lock is SQLite's own write lock, which ends with the process. The write lock of the record itself is no choice,
    since SQLite needs it for each commit.

    :raises RecordInUse: another process has the lock.
    :raises sqlite3.Error: the lock cannot be taken at all.
    """
    beside = path.with_name(path.name + "-lock")
    holder = sqlite3.connect(beside, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        holder.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written
        holder.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        holder.close()
        if "locked" in str(error):
            raise _in_use(path) from None
        raise
    return holder
