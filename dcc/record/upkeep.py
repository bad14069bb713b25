"""Snapshots of a shared canvas from time to time, and a log that forgets what a snapshot has.

1. A snapshot is due when the newest one lacks as many entries as the log is to keep.
2. The author of the entry at which a snapshot is due makes it. If nothing comes of it, because that server ended, the
   author of an entry some way further on does.
3. The log then forgets what the snapshot has, except for the entries that it is to keep.
"""

from __future__ import annotations

import time

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc.cluster.log import Log, LogError
from dcc.core.placements import MILLISECONDS
from dcc.errors import RecordError
from dcc.language import _
from dcc.record import entries
from dcc.record.author import Author
from dcc.record.entries import SnapshotKept
from dcc.record.following import CopyWriter, Outcome, Taken
from dcc.record.snapshots import put_snapshot
from dcc.record.sqlite import Reactor
from dcc.record.worker import Worker

_TRIES = 8
"""Attempts while as many entries come as the log is to keep, if servers end in the middle of a snapshot."""


class Upkeep:
    """Makes the snapshots of one server. Used in the reactor's thread."""

    _log = Logger()

    def __init__(
        self, log: Log, writer: CopyWriter, reactor: Reactor, epoch: bytes, snapshot: int, log_keep: int
    ) -> None:
        """
        :param epoch: of the log.
        :param snapshot: the position of the newest snapshot.
        :param log_keep: entries that the log keeps at least.
        """
        self._shared_log = log
        self._path = writer.path
        self._keep = log_keep
        self._due_at = snapshot + log_keep
        # Of its own: an entry of this server that is not read back yet must not be overtaken by a later number.
        self._author = Author(writer.canvas_id)
        self._author.epoch = epoch
        self._thread = Worker(reactor, "snapshot")
        self._is_busy = False
        self._is_stopped = False

    def note(self, taken: Taken, *, is_own: bool) -> None:
        """Look at an entry that was delivered."""
        if isinstance(taken.said.content, SnapshotKept) and taken.outcome is Outcome.TAKEN:
            self._due_at = max(self._due_at, taken.said.content.position + self._keep)
        if taken.witness.position < self._due_at:
            return
        self._due_at = taken.witness.position + max(1, self._keep // _TRIES)
        if is_own and not self._is_busy and not self._is_stopped:
            self._is_busy = True
            done: Deferred[None] = self._thread.do(lambda: self._make(taken))
            done.addBoth(self._made)

    def _make(self, taken: Taken) -> None:
        snapshot = put_snapshot(self._shared_log, self._path)
        now_ms = int(time.time() * MILLISECONDS)
        said = self._author.say(SnapshotKept(*snapshot), taken.witness, taken.actions, now_ms)
        self._shared_log.publish(entries.encode(said), said.mark)  # if lost, another server makes the next one
        forgotten = snapshot.position - self._keep
        if forgotten > 0:
            self._shared_log.trim(forgotten)

    def _made(self, outcome: Failure | None) -> None:
        self._is_busy = False
        if outcome is None or self._is_stopped:
            return
        if outcome.check(LogError, RecordError):
            line = _("No snapshot was made for new servers; the next attempt follows: {error}")
            self._log.warn("{line}", line=line.format(error=outcome.getErrorMessage()))
        else:
            self._log.failure("while making a snapshot", outcome)

    def stop(self) -> None:
        """Begin no further snapshot."""
        self._is_stopped = True

    def wait(self) -> None:
        """Wait for the snapshot under way. Blocks; after :meth:`stop`, in any thread."""
        self._thread.stop()
