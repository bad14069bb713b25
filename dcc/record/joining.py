"""How a server joins a canvas that several servers share: all of it before anybody is let in. Blocks.

1. A log without an entry begins with this server's record. A snapshot of the record comes first.
2. A server without a record fetches the newest snapshot.
3. The copy must be of this log: the last entry that the copy has is the entry of that position in the log.
4. The copy catches up with the log. Then the server publishes its start, and waits until it reads it back: so the log
   takes entries, and nothing that anybody saw before the start is missing.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from pathlib import Path

from dcc.cluster.log import Extent, Log, LogError, LogRefused
from dcc.core.palette import Colour, Palette
from dcc.core.placements import MILLISECONDS, Size
from dcc.errors import RecordError
from dcc.language import _, system_reason
from dcc.record import database, entries
from dcc.record.author import Author
from dcc.record.cluster import DEFAULT_LOG_KEEP, ClusterRecord
from dcc.record.entries import Beginning, Content, Start
from dcc.record.following import CopyWriter, LogDiffers, Taken
from dcc.record.inflow import Inflow
from dcc.record.rows import EPOCH_BYTES
from dcc.record.sqlite import Reactor
from dcc.wording import clip

PATIENCE_SECONDS = 30.0
"""How long nothing may arrive while a server starts: a new leader of the engine takes six seconds."""

_AGAIN_SECONDS = 1.0


class _Joining:
    """One start."""

    def __init__(self, log: Log, writer: CopyWriter, address: str) -> None:
        self._log = log
        self._writer = writer
        self._address = address
        self._inflow = Inflow()
        self._author = Author(writer.canvas_id)
        self._taken: Taken | None = None  # the last entry
        self.advice = repair_advice(address, writer.path)

    def join(self, extent: Extent, reactor: Reactor) -> ClusterRecord:
        """:raises RecordError: one clear line."""
        bookmark = self._writer.bookmark
        self._check(extent)
        if bookmark is None:
            after = 0
        else:
            # The last entry that the copy has is looked at once more, if it is there.
            after = max(bookmark.position, extent.first) - 1 if bookmark.position >= extent.first else bookmark.position
        self._log.follow(after, self._inflow.put, self._inflow.notice)
        if bookmark is None and not extent.last:
            self._begin()
        elif bookmark is not None and bookmark.position > after:
            self._look_at_last()
        self._catch_up()
        bookmark = self._writer.bookmark
        assert bookmark is not None
        self._author.epoch = bookmark.epoch
        started = self._publish(Start(clip(socket.gethostname())))
        return ClusterRecord(self._writer, reactor, self._log, self._inflow, self._author, started, self.advice)

    def _check(self, extent: Extent) -> None:
        bookmark = self._writer.bookmark
        position = 0 if bookmark is None else bookmark.position
        if position > extent.last:
            raise self._differs(
                _("the log ends at entry {last}, and {path} has {position} entries").format(
                    last=extent.last, path=self._writer.path, position=position
                )
            )
        if position < extent.first - 1:
            line = (
                _("{path} is no copy of the log, which has begun without it")
                if bookmark is None
                else _("the log no longer has the entries that {path} lacks")
            )
            raise RecordError(
                _("{line}: move the file away, and the server fetches the newest copy").format(
                    line=line.format(path=self._writer.path)
                )
            )

    def _differs(self, where: str) -> RecordError:
        return RecordError(f"{where}. {self.advice}")

    def _begin(self) -> None:
        name = put_snapshot(self._log, self._writer)
        self._author.epoch = os.urandom(EPOCH_BYTES)
        self._publish(Beginning(name))

    def _look_at_last(self) -> None:
        """Make sure that the log has the last entry that the copy has."""
        bookmark = self._writer.bookmark
        assert bookmark is not None
        self._wait()
        (last,) = self._inflow.take(1)
        if last.position != bookmark.position or entries.digest(last.payload) != bookmark.entry:
            raise self._differs(
                _("entry {position} of the log is another one than in {path}").format(
                    position=bookmark.position, path=self._writer.path
                )
            )

    def _catch_up(self) -> None:
        last = self._log.extent().last
        while self._writer.witness.position < last:
            self._wait()
            self._take()

    def _publish(self, content: Content) -> Taken:
        """Publish an entry, and take all up to it."""
        writer = self._writer
        said = self._author.say(content, writer.witness, writer.last_action, int(time.time() * MILLISECONDS))
        payload = entries.encode(said)
        published = self._log.publish(payload, said.mark)
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            if self._inflow.wait(_AGAIN_SECONDS):
                for taken in self._take():
                    if self._author.wrote(taken.said) and taken.said.number == said.number:
                        return taken
            elif published.done() and (error := published.exception()) is not None:
                if isinstance(error, LogRefused):
                    raise error
                published = self._log.publish(payload, said.mark)
            if time.monotonic() > end:
                raise self._away()

    def _wait(self) -> None:
        if not self._inflow.wait(PATIENCE_SECONDS):
            raise self._away()

    def _away(self) -> RecordError:
        fault = self._inflow.fault
        return RecordError(
            _line(fault)
            if fault is not None
            else _("nothing arrives from the log {address} for {seconds} s").format(
                address=self._address, seconds=int(PATIENCE_SECONDS)
            )
        )

    def _take(self) -> list[Taken]:
        """Take what has arrived, onto the canvas too."""
        writer = self._writer
        try:
            found = writer.take(self._inflow.take())
        except LogDiffers as error:
            raise self._differs(error.advice) from None
        for taken in found:
            for stroke in taken.strokes:
                writer.canvas.apply(stroke.pixels)
            if taken.log_entry is not None:
                writer.log.append(taken.log_entry)
        return found


def repair_advice(address: str, path: Path) -> str:
    """Say what to do if log and copy differ."""
    return _("See dcc cluster repair {address} {path}").format(address=address, path=path)


def join(
    log: Log,
    address: str,
    path: str | Path,
    size: Size | None,
    palette: Palette | None,
    reactor: Reactor,
    ground: Colour | None = None,
    *,
    log_keep: int = DEFAULT_LOG_KEEP,
) -> ClusterRecord:
    """Join a shared canvas, or begin to share one.

    :param address: of the log, for people.
    :param path: of this server's copy.
    :param log_keep: entries that the log keeps at least.
    :raises RecordError: one clear line; the log is closed.
    """
    writer: CopyWriter | None = None
    try:
        extent = log.open()
        if extent.last and not _is_there(database.resolve(path)):
            _fetch(log, database.resolve(path), address)
        writer = CopyWriter(path, size, palette, ground=ground)
        return _Joining(log, writer, address).join(extent, reactor)
    except BaseException as error:
        log.close()
        if writer is not None:
            writer.close()
        if isinstance(error, LogError):
            raise RecordError(_line(error)) from None
        raise


def _line(error: LogError) -> str:
    return f"{error}. {error.advice}" if error.advice else str(error)


def _is_there(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def put_snapshot(log: Log, writer: CopyWriter) -> str:
    """Put a whole copy into the engine.

    :return: the name of the snapshot.
    :raises RecordError: the copy cannot be read.
    :raises LogError: the engine does not take the snapshot.
    """
    name = f"{writer.witness.position:019d}-{writer.canvas_id}"
    with tempfile.TemporaryDirectory(prefix="dcc-") as folder:
        copied = Path(folder) / "copy.sqlite3"
        writer.copy(copied)
        log.put_snapshot(name, copied.read_bytes())
    return name


def _fetch(log: Log, path: Path, address: str) -> None:
    """Fetch the newest snapshot.

    :raises RecordError: there is none, or the file cannot be written.
    """
    names = log.snapshots()
    if not names:
        raise RecordError(
            _("the log {address} has entries and no snapshot: start a server first that has a copy").format(
                address=address
            )
        )
    data = log.snapshot(names[-1])
    database.check_log(path)
    path.unlink(missing_ok=True)  # empty
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        unfinished.write_bytes(data)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        database.put(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise RecordError(_("cannot write {path}: {reason}").format(path=path, reason=system_reason(error))) from None
