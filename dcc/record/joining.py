"""How a server joins a canvas that several servers share: all of it before anybody is let in. Blocks.

1. A log without an entry begins with this server's record. The snapshot follows: of two servers that begin at once, the
   later one must leave no snapshot.
2. A server without a record fetches the newest snapshot.
3. The copy must be of this log: the last entry that the copy has is the entry of that position in the log.
4. The copy catches up with the log. Then the server publishes its start, and waits until it reads it back: so the log
   takes entries, and nothing that anybody saw before the start is missing.
5. If the log continues no snapshot, since a server or a repair ended too soon, the server puts a snapshot.
"""

from __future__ import annotations

import os
import shlex
import socket
import time
from pathlib import Path

from dcc.cluster.log import Extent, Log, LogError, LogRefused
from dcc.core.palette import Colour, Palette
from dcc.core.placements import MILLISECONDS, Size
from dcc.errors import RecordError
from dcc.language import _
from dcc.record import database, entries
from dcc.record.author import Author
from dcc.record.cluster import DEFAULT_LOG_KEEP, ClusterRecord
from dcc.record.entries import Beginning, Content, Start
from dcc.record.following import CopyWriter, LogDiffers, Outcome, Taken, line_of
from dcc.record.inflow import Inflow
from dcc.record.rows import EPOCH_BYTES
from dcc.record.snapshots import Snapshot, fetch_snapshot, put_missing_snapshot, put_snapshot, remove_left_over
from dcc.record.sqlite import Reactor

PATIENCE_SECONDS = 30.0
"""How long nothing may arrive while a server starts: a new leader of the engine takes six seconds."""

_AGAIN_SECONDS = 1.0


class Mismatch(RecordError):
    """Log and copy differ; a repair is needed."""


class Joining:
    """One start of a server, or one repair.

    :ivar may_have_begun: whether the log may have begun with this record, perhaps the only one of the canvas.
    """

    def __init__(self, log: Log, writer: CopyWriter, address: str, advice: str) -> None:
        """
        :param address: of the log, for people.
        :param advice: how to repair the log.
        """
        self._log = log
        self._writer = writer
        self._address = address
        self._inflow = Inflow()
        self._author = Author(writer.canvas_id)
        self._advice = advice
        self.may_have_begun = False

    def close(self) -> None:
        """Take nothing more. Before the log is closed, whose thread may be waiting until more is taken."""
        self._inflow.close()

    def join(self, extent: Extent, reactor: Reactor, log_keep: int) -> ClusterRecord:
        """Catch up with the log, or begin the log, and start.

        :raises RecordError: one clear line.
        """
        if not extent.last and self._writer.bookmark is None:
            self.begin()
        else:
            self.catch_up(extent)
            put_missing_snapshot(self._log, self._writer.path)
        bookmark = self._writer.bookmark
        assert bookmark is not None
        self._author.epoch = bookmark.epoch
        started = self._publish(Start(socket.gethostname()[:64]))
        return ClusterRecord(
            self._writer, reactor, self._log, self._inflow, self._author, started, self._advice, log_keep
        )

    def catch_up(self, extent: Extent) -> None:
        """Take the log up to its end.

        :raises Mismatch: log and copy differ.
        :raises RecordError: another clear line.
        """
        self._check(extent)
        # The last entry that the copy has is looked at once more, if it is there.
        position = self._writer.witness.position
        is_there = extent.first <= position
        self._log.follow(position - is_there, self._inflow.put, self._inflow.notice)
        if is_there and not self._has_last():
            raise self._differs(
                _("entry {position} of the log is another one than in {path}").format(
                    position=position, path=self._writer.path
                )
            )
        last = self._log.extent().last
        while self._writer.witness.position < last:
            self._wait()
            self._take()

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

    def _differs(self, where: str) -> Mismatch:
        return Mismatch(f"{where}. {self._advice}")

    def begin(self) -> None:
        """Begin the log with this record, or let the log go on after a repair."""
        writer = self._writer
        position = writer.witness.position
        self._log.follow(position, self._inflow.put, self._inflow.notice)
        self._author.epoch = os.urandom(EPOCH_BYTES)
        self.may_have_begun = True
        try:
            self._publish(Beginning(Snapshot.of(position + 1, writer.canvas_id).name))
        except Mismatch:
            self.may_have_begun = False
            raise RecordError(_("another server began the log at the same moment; start again")) from None
        except LogRefused:
            self.may_have_begun = False
            raise
        put_snapshot(self._log, writer.path)

    def _has_last(self) -> bool:
        """Whether the first entry to arrive is the last one that the copy has."""
        self._wait()
        (last,) = self._inflow.take(1)
        bookmark = self._writer.bookmark
        return bookmark is not None and entries.digest(last.payload) == bookmark.entry

    def _publish(self, content: Content) -> Taken:
        """Publish an entry, and take all up to the entry.

        :raises RecordError: the entry does not come back, or another server was quicker.
        """
        writer = self._writer
        said = self._author.say(content, writer.witness, writer.last_action, int(time.time() * MILLISECONDS))
        payload = entries.encode(said)
        published = self._log.publish(payload, said.mark)
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            if self._inflow.wait(_AGAIN_SECONDS):
                for taken in self._take():
                    if self._author.wrote(taken.said) and taken.said.number == said.number:
                        if taken.outcome is not Outcome.TAKEN:
                            raise self._differs(_("the log does not take the entries of this server"))
                        return taken
                end = time.monotonic() + PATIENCE_SECONDS
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
            line_of(fault)
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
            raise self._differs(error.where) if error.needs_repair else RecordError(error.where) from None
        for taken in found:
            for stroke in taken.strokes:
                writer.canvas.apply(stroke.pixels)
            if taken.log_entry is not None:
                writer.log.append(taken.log_entry)
        return found


def repair_advice(address: str, path: Path, credentials: Path | None = None) -> str:
    """Name the whole command for a log and a copy that differ."""
    advice = _("See dcc cluster repair {address} {path}").format(address=address, path=shlex.quote(str(path)))
    return f"{advice} --cluster-credentials {shlex.quote(str(credentials))}" if credentials is not None else advice


def join(
    log: Log,
    address: str,
    path: str | Path,
    size: Size | None,
    palette: Palette | None,
    reactor: Reactor,
    ground: Colour | None = None,
    *,
    credentials: Path | None = None,
    log_keep: int = DEFAULT_LOG_KEEP,
) -> ClusterRecord:
    """Join a shared canvas, or begin to share one.

    :param address: of the log, for people.
    :param path: of this server's copy.
    :param credentials: the file for the log, for people.
    :param log_keep: entries that the log keeps at least.
    :raises RecordError: one clear line; the log is closed.
    """
    writer: CopyWriter | None = None
    joining: Joining | None = None
    resolved = database.resolve(path)
    is_new = not _is_there(resolved)
    advice = repair_advice(address, resolved, credentials)
    try:
        extent = log.open()
        if extent.last and is_new:
            fetch_snapshot(log, extent, resolved)
        writer = CopyWriter(path, size, palette, ground=ground)
        remove_left_over(writer.path)
        joining = Joining(log, writer, address, advice)
        return joining.join(extent, reactor, log_keep)
    except BaseException as error:
        if joining is not None:
            joining.close()
        log.close()
        if writer is not None:
            writer.close()
            may_have_begun = joining is not None and joining.may_have_begun
            if is_new and not may_have_begun:  # or the next start would begin another canvas, or with an old copy
                resolved.unlink(missing_ok=True)
        if isinstance(error, LogError):
            raise RecordError(line_of(error, advice)) from None
        raise


def _is_there(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
