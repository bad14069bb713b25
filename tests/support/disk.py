"""The disk as SQLite sees it, for tests: watched, failing, or losing its power.

    with sqlite_disk(watch):
        ...every file that SQLite opens meanwhile in this process goes through watch(operation)

SQLite reaches the disk through a table of C functions, a "VFS" (https://www.sqlite.org/vfs.html). This module makes a
copy of the usual VFS the default. In the copy, the functions that open, delete, read, write, truncate and sync a file
are Python functions around the real ones. So the code under test is the real code, down to SQLite's own recovery, and
faults and losses are faults and losses of a disk. Only syncing is left out: no power fails in a test, and tests would
be as slow as the disk.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

SQLITE_OK, SQLITE_CANTOPEN, SQLITE_FULL = 0, 14, 13
SQLITE_IOERR_READ, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC = 266, 778, 1034
SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_DELETE = 1546, 2570
_OPEN_CREATE = 0x4

Kind = Literal["open", "delete", "read", "write", "truncate", "sync"]

FAULTS: dict[Kind, int] = {
    "open": SQLITE_CANTOPEN,
    "delete": SQLITE_IOERR_DELETE,
    "read": SQLITE_IOERR_READ,
    "write": SQLITE_IOERR_WRITE,
    "truncate": SQLITE_IOERR_TRUNCATE,
    "sync": SQLITE_IOERR_FSYNC,
}
"""SQLite's code for a failure of each operation."""


class Operation(NamedTuple):
    """One operation of SQLite on the disk.

    :ivar path: of the file; empty for a temporary file.
    :ivar position: the place of a write, or the length after truncating; for opening, whether the file may be made;
        for deleting, whether the folder is synced.
    :ivar data: the bytes of a write.
    """

    kind: Kind
    path: str
    position: int = 0
    data: bytes = b""


Watch = Callable[[Operation], int]
"""Called before each operation: 0 lets the operation go on, any other number is SQLite's code for a failure."""

# --- C ---------------------------------------------------------------------------------------------

_sqlite = ctypes.CDLL(_sqlite3.__file__)  # the SQLite that Python's own module uses
_pointer, _int, _int64 = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _pointer, _int, _pointer)
_DELETE = ctypes.CFUNCTYPE(_int, _pointer, ctypes.c_char_p, _int)
_TRANSFER = ctypes.CFUNCTYPE(_int, _pointer, _pointer, _int, _int64)
_TRUNCATE = ctypes.CFUNCTYPE(_int, _pointer, _int64)
_SYNC = ctypes.CFUNCTYPE(_int, _pointer, _int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", _int),
        ("file_bytes", _int),
        ("longest_path", _int),
        ("next", _pointer),
        ("name", ctypes.c_char_p),
        ("data", _pointer),
        ("open", _OPEN),
        ("delete", _DELETE),
        ("rest", _pointer * 13),
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        ("version", _int),
        ("close", _pointer),
        ("read", _TRANSFER),
        ("write", _TRANSFER),
        ("truncate", _TRUNCATE),
        ("sync", _SYNC),
        ("rest", _pointer * 13),
    )


class _File(ctypes.Structure):
    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


_sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)


@contextmanager
def sqlite_disk(watch: Watch = lambda operation: SQLITE_OK) -> Iterator[None]:
    """Send every operation on files that SQLite opens in the block through ``watch``. The block closes all files."""
    usual = _sqlite.sqlite3_vfs_find(None).contents
    watched = _Vfs.from_buffer_copy(usual)
    watched.name = b"watched"
    files: dict[int, tuple[str, _Methods, _Methods]] = {}  # by address: path, the usual methods, ours

    def ask(operation: Operation) -> int:
        try:
            return watch(operation)
        except BaseException as error:  # no exception goes through C; the block raises the exception at the end
            broken.append(error)
            return SQLITE_IOERR_WRITE

    def open_file(vfs: int, name: int | None, file: int, flags: int, out_flags: int | None) -> int:
        path = "" if name is None else ctypes.string_at(name).decode()
        code = ask(Operation("open", path, int(bool(flags & _OPEN_CREATE))))
        handle = _File.from_address(file)
        if code:
            handle.methods = None  # so SQLite has nothing to close
            return code
        code = usual.open(vfs, name, file, flags, out_flags)
        if code == SQLITE_OK:
            own = handle.methods.contents
            ours = _Methods.from_buffer_copy(own)
            ours.read, ours.write, ours.truncate, ours.sync = read, write, truncate, sync
            files[file] = path, own, ours
            handle.methods = ctypes.pointer(ours)
        return code

    def delete_file(vfs: int, name: bytes, sync_folder: int) -> int:
        return ask(Operation("delete", name.decode(), sync_folder)) or usual.delete(vfs, name, 0)

    def read_file(file: int, buffer: int, length: int, offset: int) -> int:
        path, own, _ours = files[file]
        return ask(Operation("read", path, offset)) or own.read(file, buffer, length, offset)

    def write_file(file: int, buffer: int, length: int, offset: int) -> int:
        path, own, _ours = files[file]
        data = ctypes.string_at(buffer, length)
        return ask(Operation("write", path, offset, data)) or own.write(file, buffer, length, offset)

    def truncate_file(file: int, length: int) -> int:
        path, own, _ours = files[file]
        return ask(Operation("truncate", path, length)) or own.truncate(file, length)

    def sync_file(file: int, flags: int) -> int:
        return ask(Operation("sync", files[file][0]))

    broken: list[BaseException] = []
    watched.open, watched.delete = _OPEN(open_file), _DELETE(delete_file)
    read, write = _TRANSFER(read_file), _TRANSFER(write_file)
    truncate, sync = _TRUNCATE(truncate_file), _SYNC(sync_file)
    _sqlite.sqlite3_vfs_register(ctypes.byref(watched), 1)
    try:
        yield
    finally:
        _sqlite.sqlite3_vfs_unregister(ctypes.byref(watched))
        if broken:
            raise broken[0]


# --- a power cut -----------------------------------------------------------------------------------

_SECTOR_BYTES = 512
"""Bytes that a disk writes whole or not at all."""


@dataclass
class _Content:
    """A file: the bytes on the disk for sure, and the operations since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[Operation] = field(default_factory=list)
    is_new_log: bool = False  # SQLite syncs the folder with the first sync of a log or journal

    def after(self, operations: list[Operation]) -> bytearray:
        content = bytearray(self.synced)
        for operation in operations:
            if operation.kind == "truncate":
                del content[operation.position :]
                continue
            end = operation.position + len(operation.data)
            content.extend(bytes(max(0, end - len(content))))
            content[operation.position : end] = operation.data
        return content


class PoweredDisk:
    """Remembers how much of a folder would survive a power cut now.

    Each write since a file's last sync may survive or not, in part or whole, in any order. Each file that was made or
    deleted since the folder's last sync may exist or not.
    """

    def __init__(self) -> None:
        self._files: dict[str, _Content] = {}
        self._folder: dict[str, _Content] = {}  # as of its last sync
        self._folder_changes: list[tuple[str, _Content | None]] = []

    def watch(self, operation: Operation) -> int:
        """See :data:`Watch`."""
        kind, path = operation.kind, operation.path
        if kind == "open":
            if operation.position and path not in self._files:
                content = _Content(is_new_log=path.endswith(("-wal", "-journal")))
                self._files[path] = content
                self._folder_changes.append((path, content))
        elif kind == "delete":
            if self._files.pop(path, None) is not None:
                self._folder_changes.append((path, None))
            if operation.position:
                self._sync_folder()
        elif kind in ("write", "truncate"):
            self._files[path].since.append(operation)
        elif kind == "sync":
            content = self._files[path]
            content.synced = content.after(content.since)
            content.since.clear()
            if content.is_new_log:
                content.is_new_log = False
                self._sync_folder()
        return SQLITE_OK

    def _sync_folder(self) -> None:
        self._folder = dict(self._files)
        self._folder_changes.clear()

    def cut(self, random: Random, survival: float, target: Path) -> None:
        """Write the survivors of a power cut into the folder ``target``.

        :param survival: the chance of each operation without a sync to survive: 0 and 1 are the extremes.
        """
        folder = dict(self._folder)
        for path, content in self._folder_changes:  # the file systems' journals keep these in order
            if random.random() >= survival:
                break
            if content is None:
                folder.pop(path, None)
            else:
                folder[path] = content
        for path, content in folder.items():
            survivors = [_torn(operation, random) for operation in content.since if random.random() < survival]
            if 0 < survival < 1:
                random.shuffle(survivors)
            else:
                survivors = content.since[: len(survivors)]
            (target / os.path.basename(path)).write_bytes(content.after(survivors))


def _torn(operation: Operation, random: Random) -> Operation:
    """Cut some sectors from the beginning or the end of every other write."""
    sectors = len(operation.data) // _SECTOR_BYTES
    if operation.kind != "write" or sectors < 2 or random.random() < 0.5:
        return operation
    edge = random.randrange(1, sectors) * _SECTOR_BYTES
    if random.random() < 0.5:
        return operation._replace(data=operation.data[:edge])
    return operation._replace(position=operation.position + edge, data=operation.data[edge:])
