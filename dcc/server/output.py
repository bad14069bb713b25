"""Output that never holds up the server: a thread of its own writes the lines.

A pipe without a reader, a terminal stopped by Ctrl+S and a stalled disk all block a write. Lines wait for the thread in
a queue of limited size. Lines that find the queue full are dropped and counted, and the count is told as soon as the
output takes lines again.
"""

from __future__ import annotations

import errno
import os
import select
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread
from typing import Protocol

from dcc.errors import DccError
from dcc.language import _, system_reason

WAITING_BYTES = 256 * 1024
"""Most bytes that wait: some thousand lines, as many as the start of a large class makes while a terminal scrolls."""

FLUSH_SECONDS = 1.0
"""How long the end of the program waits for the last lines to be written."""


class Sink(Protocol):
    """A place for bytes; may block."""

    def write(self, data: bytes) -> None:
        """Write all bytes.

        :raises OSError: the bytes, or a part of them, are lost.
        """


class Descriptor:
    """An open file descriptor, such as of standard output."""

    def __init__(self, number: int) -> None:
        self._number = number

    def write(self, data: bytes) -> None:
        """See :class:`Sink`."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._number, rest) :]
            except BlockingIOError:  # a parent process may have made the descriptor non-blocking
                select.select([], [self._number], [])


class LogFile:
    """A file that grows. If the file is renamed or deleted, as by logrotate, the next lines go to a new file."""

    def __init__(self, path: Path) -> None:
        """
        :param path: absolute, since the working directory of a daemon changes.
        :raises DccError: the file cannot be written.
        """
        self._path = path
        try:
            self._open()
        except OSError as error:
            is_unread = error.errno == errno.ENXIO and path.is_fifo()
            reason = _("nobody reads the pipe, start the reader first") if is_unread else system_reason(error)
            raise DccError(
                _("--log-file {path}: cannot be written: {reason}").format(path=path, reason=reason)
            ) from None

    def _open(self) -> None:
        # Non-blocking, since to open a pipe waits for its reader.
        number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
        self._number, self._identity = number, _identity(os.fstat(number))

    def write(self, data: bytes) -> None:
        """See :class:`Sink`."""
        if not self._is_in_place():
            before = self._number
            with suppress(OSError):  # the folder is gone: the lines go on in the old file
                self._open()
                os.close(before)
        Descriptor(self._number).write(data)

    def _is_in_place(self) -> bool:
        try:
            return _identity(os.stat(self._path)) == self._identity
        except OSError:
            return False


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


class Output:
    """Lines on their way to a sink. The methods may be called from any thread, and never block."""

    def __init__(self, sink: Sink, tell_dropped: Callable[[int], str], encoding: str = "utf-8") -> None:
        """
        :param tell_dropped: makes the text, with its line end, that tells how many texts were dropped.
        :param encoding: of the texts; what the encoding lacks is escaped.
        """
        self._sink = sink
        self._tell_dropped = tell_dropped
        self._encoding = encoding
        self._changed = Condition()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = self._dropped = 0
        self._is_writing = False
        Thread(target=self._run, name="output", daemon=True).start()  # a daemon: the process ends while a write blocks

    def write(self, text: str) -> None:
        """Write a text of one or more whole lines, or drop all of the text if too much waits."""
        data = text.encode(self._encoding, "backslashreplace")
        with self._changed:
            if self._waiting_bytes + len(data) > WAITING_BYTES:
                self._dropped += 1
                return
            self._waiting.append(data)
            self._waiting_bytes += len(data)
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until everything is written, for at most :data:`FLUSH_SECONDS`."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._waiting or self._is_writing), FLUSH_SECONDS)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                texts, dropped = list(self._waiting), self._dropped
                self._waiting.clear()
                self._waiting_bytes = self._dropped = 0
                self._is_writing = True
            if dropped:
                texts.append(self._tell_dropped(dropped).encode(self._encoding, "backslashreplace"))
            try:
                self._sink.write(b"".join(texts))
            except OSError:  # a full disk, a closed terminal: later lines may have more luck
                with self._changed:
                    self._dropped += dropped + len(texts) - bool(dropped)
