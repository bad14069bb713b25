"""The shared board: its viewers, and the parts that paints and changes go through.

1. A paint is applied and shown only when the record has the paint. So everything that anyone has seen is recorded.
2. The record tells, the board listens: each delivered batch is applied and announced, whoever painted the batch.
   Batches of other servers are announced at once, own batches by the rules for commits.

The other rules: :mod:`dcc.board.commits`, :mod:`dcc.board.announcements`, :mod:`dcc.board.changes`. A process may have
several boards, which share nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from dcc.board.announcements import Announcements
from dcc.board.changes import LatestChanges
from dcc.board.commits import Commits
from dcc.board.questions import Questions
from dcc.board.record import Record
from dcc.core.actions import LogEntry
from dcc.core.placements import Stroke
from dcc.protocol.messages import Users


class Viewer(Protocol):
    """Somebody who looks at the board."""

    def board_changed(self) -> None:
        """Take the news: changes up to ``announced``, or another number of users."""


class Board:
    """The board that all connected clients share.

    :ivar record: keeps the board; every change comes from there.
    :ivar canvas: every placement up to ``sequence``, applied.
    :ivar announced: the sequence that the viewers were last told of.
    :ivar announced_whole: the same for viewers that are told in whole boards.
    :ivar users: the number of users, as last told.
    :ivar whole: see :meth:`.LatestChanges.whole`.
    :ivar catch_up: see :meth:`.LatestChanges.catch_up`.
    :ivar paint: see :meth:`.Commits.add`.
    :ivar ask: see :meth:`.Questions.ask`.
    :ivar repeat_users: see :meth:`.Announcements.repeat_count`.

    For the operator:

    :ivar commit_seconds: how long each commit took.
    :ivar commit_pixels: how many pixels went into each commit.
    :ivar tell_seconds: how long each telling of all viewers took.
    :ivar rejections: how many requests changed nothing, by the code of the reason.
    """

    _log = Logger()

    def __init__(self, record: Record, clock: IReactorTime, wall_clock: Callable[[], float]) -> None:
        """
        :param clock: for waiting.
        :param wall_clock: seconds since 1970-01-01 UTC, for the record.
        """
        self.record = record
        self.ask = Questions().ask
        sequence, self.canvas = record.load()
        self.announced = self.announced_whole = sequence
        self.users = Users(0)
        self._joined: set[Viewer] = set()
        self._watching: dict[Viewer, None] = {}  # in the order in which they are told
        self._changes = changes = LatestChanges(sequence, self.canvas, clock)
        self._announcements = Announcements(clock, self._tell, self._tell_whole, self._tell_users)
        self._commits = commits = Commits(record, changes, self._announcements, clock, wall_clock)
        self.whole, self.catch_up, self.paint = changes.whole, changes.catch_up, commits.add
        self.commit_seconds, self.commit_pixels = commits.commit_seconds, commits.commit_pixels
        self.tell_seconds = self._announcements.tell_seconds
        self.repeat_users = self._announcements.repeat_count
        self.rejections = commits.rejections
        record.follow(self._deliver, self._deliver_action, commits.notice)

    def _deliver(self, strokes: Sequence[Stroke], sequence: int, _time_ms: int) -> None:
        self._changes.apply(strokes, sequence)
        self._announcements.add()
        if strokes is not self._commits.under_way:
            self._announcements.tell_when_due()

    def _deliver_action(self, entry: LogEntry, strokes: Sequence[Stroke]) -> None:
        if strokes:
            self._deliver(strokes, entry.sequence + entry.cells, entry.time_ms)

    @property
    def sequence(self) -> int:
        """The number of the last placement."""
        return self._changes.sequence

    @property
    def fault(self) -> str | None:
        """Why the record takes no paints; None while the record does."""
        return self._commits.fault

    def settle(self) -> Deferred[None]:
        """Wait until everything that was asked for so far is recorded or refused."""
        return self._commits.settle()

    def stop(self) -> None:
        """Cancel all pending calls."""
        self._commits.stop()
        self._announcements.stop()

    # --- viewers ---------------------------------------------------------------------------------

    def join(self, viewer: Viewer) -> None:
        """Tell a viewer from now on, and count one user more; do nothing after an earlier join."""
        if viewer not in self._joined:
            self._joined.add(viewer)
            self.watch(viewer)
            self._announcements.count()

    def leave(self, viewer: Viewer) -> None:
        """Tell a viewer no longer, and count one user less; do nothing without a join."""
        if viewer in self._joined:
            self._joined.remove(viewer)
            self.unwatch(viewer)
            self._announcements.count()

    def watch(self, viewer: Viewer) -> None:
        """Tell a viewer from now on, after all the others."""
        self._watching[viewer] = None

    def unwatch(self, viewer: Viewer) -> None:
        """Tell a viewer no longer; a joined viewer still counts as a user."""
        self._watching.pop(viewer, None)

    # --- telling ---------------------------------------------------------------------------------

    def _tell(self, with_whole_boards: bool) -> None:
        self.announced = self._changes.sequence
        if with_whole_boards:
            self.announced_whole = self.announced
        self._wake_viewers()

    def _tell_whole(self) -> None:
        self.announced_whole = self.announced
        self._wake_viewers()

    def _tell_users(self) -> None:
        self.users = Users(len(self._joined))
        self._wake_viewers()

    def _wake_viewers(self) -> None:
        for viewer in list(self._watching):
            try:
                viewer.board_changed()
            except Exception:  # our own fault, and no reason to leave the others in the dark
                self._log.failure("while telling a viewer")
