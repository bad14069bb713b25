"""A record that is a server's copy of a shared log: every entry is taken exactly once, the same on every server.

What an entry does depends on nothing but the entries before:

1. An entry whose number is not above the last number of its author is a copy, and does nothing.
2. An entry of another epoch was on its way during a repair, and does nothing.
3. Strokes and actions do nothing if the last action is another one than the author knew: the rules have changed, and
   the author asks again. An action also does nothing if a placement came between, since what the action paints was
   worked out from the board before.
4. A beginning does nothing if the log has begun. An entry of another canvas, whose server tried to begin the log at the
   same moment, does nothing either.
5. A witness that differs from the own history means that copy and log are no longer the same: nothing is taken any more
   (:class:`LogDiffers`). The same holds for an entry that cannot be read, or paints what the board does not have, and
   for a log that begins with another canvas.

Position, epoch and the numbers of the authors are written in the transaction of the strokes.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from dcc import reasons
from dcc.cluster.log import Entry, LogError, LogLost
from dcc.core.actions import LogEntry
from dcc.core.placements import Stroke
from dcc.errors import PixelRejected, RecordError
from dcc.language import _
from dcc.record import checksum, entries, rows
from dcc.record.addition import Addition
from dcc.record.entries import Acted, Beginning, Contribution, Painted, SnapshotKept, Start, Witness
from dcc.record.rows import Bookmark, Damage
from dcc.record.writer import Writer

HISTORY_ENTRIES = 65_536
"""Entries whose witnesses can be compared, the latest ones: some 10 MB, and minutes of a busy canvas. An author is
behind by as many entries as arrive during one publication."""


class LogDiffers(RecordError):
    """Copy and log are not the same, or the log cannot be read.

    :ivar where: the place, for the operator.
    :ivar needs_repair: whether a repair helps; otherwise a newer version of this program does.
    """

    def __init__(self, where: str, *, needs_repair: bool = True) -> None:
        super().__init__(reasons.LOG_LOST)
        self.where = where
        self.needs_repair = needs_repair


def line_of(error: LogError, repair: str = "") -> str:
    """Return a fault of the log as one line for the operator, with the next step.

    :param repair: how to repair, for a lost log that has no other advice.
    """
    advice = error.advice or (repair if isinstance(error, LogLost) else "")
    return f"{error}. {advice}" if advice else str(error)


class Outcome(Enum):
    """What became of an entry."""

    TAKEN = "taken"
    COPY = "copy"
    """A copy, or of another epoch or canvas (rules 1, 2 and 4)."""
    LATE = "late"
    """Another action or placement came first (rule 3)."""


@dataclass(frozen=True)
class Taken:
    """An entry after its turn.

    :ivar witness: how far the copy goes with the entry.
    :ivar actions: the number of the last action then.
    :ivar starts: how many times a server has started then.
    :ivar log_entry: an action as recorded; None otherwise.
    :ivar strokes: what was painted.
    """

    said: Contribution
    outcome: Outcome
    witness: Witness
    actions: int
    starts: int
    log_entry: LogEntry | None = None
    strokes: Sequence[Stroke] = ()


_NOTHING = Bookmark(0, bytes(rows.EPOCH_BYTES), bytes(rows.DIGEST_BYTES), 0, 0)
"""Of a record that has nothing of a log."""


class CopyWriter(Writer):
    """Writes the record of a server in a cluster.

    :ivar bookmark: how far the record has the log; None if it has none of it.
    """

    bookmark: Bookmark | None

    def _open_more(self, connection: sqlite3.Connection) -> None:
        self.bookmark = rows.read_bookmark(connection)
        self._authors = rows.read_authors(connection)
        self._history: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        witness = self.witness
        self._history[witness.position] = witness.sequence, witness.digest

    def _settle_more(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM bookmark")
        connection.execute("DELETE FROM authors")
        if self.bookmark is not None:
            rows.write_bookmark(connection, self.bookmark)
            rows.write_authors(connection, self._authors)

    @property
    def witness(self) -> Witness:
        """How far the record goes."""
        position = 0 if self.bookmark is None else self.bookmark.position
        return Witness(position, self.sequence, checksum.brief(self._state))

    @property
    def last_action(self) -> int:
        """The number of the last action."""
        return self._last_action

    def take(self, found: Sequence[Entry]) -> list[Taken]:
        """Take the next entries of the log, in one transaction.

        :raises LogDiffers: copy and log are not the same; nothing was written.
        :raises RecordError: nothing was written, or, as RecordInDoubt, nobody can tell; to be tried again.
        """
        turn = _Turn(self, self.bookmark, self._authors, self._history, self._addition())
        taken = [turn.take(entry) for entry in found]
        self._add(turn.addition, turn.write)
        self.bookmark = turn.bookmark
        self._authors.update(turn.authors)
        self._history.update(turn.history)
        while len(self._history) > HISTORY_ENTRIES:
            self._history.popitem(last=False)
        return taken

    def begin_after(self, position: int) -> None:
        """Make an ordinary record the copy of a log that goes on after a position.

        :raises RecordError: nothing was written.
        """
        if position:
            bookmark = _NOTHING._replace(position=position)
            self._add(self._addition(), lambda connection: rows.write_bookmark(connection, bookmark))
            self.bookmark = bookmark
            self._history[position] = self.sequence, self.witness.digest

    def leave(self) -> None:
        """Make the record an ordinary one, of no log.

        :raises RecordError: nothing was written.
        """

        def clear(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM bookmark")
            connection.execute("DELETE FROM authors")

        self._add(self._addition(), clear)
        self.bookmark = None
        self._authors.clear()


class _Turn:
    """Takes some entries in memory: what the writer takes over once the transaction has succeeded."""

    def __init__(
        self,
        writer: CopyWriter,
        bookmark: Bookmark | None,
        authors: dict[bytes, int],
        history: OrderedDict[int, tuple[int, bytes]],
        addition: Addition,
    ) -> None:
        self.bookmark = bookmark
        self.authors: dict[bytes, int] = {}  # those of the turn
        self.history: dict[int, tuple[int, bytes]] = {}
        self.addition = addition
        self._canvas_id, self._canvas = writer.canvas_id, writer.canvas
        self._known_authors, self._known_history = authors, history

    def write(self, connection: sqlite3.Connection) -> None:
        if self.bookmark is not None:
            rows.write_bookmark(connection, self.bookmark)
        rows.write_authors(connection, self.authors)

    def take(self, entry: Entry) -> Taken:
        """:raises LogDiffers: see the rules."""
        try:
            return self._take(entry)
        except Damage as damage:
            raise LogDiffers(str(damage)) from None
        except entries.NewerEntry as error:
            raise LogDiffers(str(error), needs_repair=False) from None

    def _take(self, entry: Entry) -> Taken:
        said = entries.decode(entry.payload)
        mark = self.bookmark or _NOTHING
        if entry.position != mark.position + 1:
            raise Damage(_("the entry after {position} of the log is missing").format(position=mark.position))
        begins = isinstance(said.content, Beginning) and said.witness.position == mark.position
        if begins and said.canvas_id != self._canvas_id:
            raise Damage(_("the log is of another canvas"))
        last = self.authors.get(said.author) or self._known_authors.get(said.author, 0)
        log_entry: LogEntry | None = None
        strokes: Sequence[Stroke] = ()
        if said.number <= last or (said.epoch != mark.epoch and not begins):
            outcome = Outcome.COPY
        else:
            self.authors[said.author] = said.number
            self._compare(said.witness, mark)
            mark, outcome, log_entry, strokes = self._act_on(said, mark)
        self.bookmark = mark._replace(position=entry.position, entry=entries.digest(entry.payload))
        addition = self.addition
        witness = Witness(entry.position, addition.sequence, checksum.brief(addition.state))
        self.history[entry.position] = witness.sequence, witness.digest
        return Taken(said, outcome, witness, addition.last_action, mark.starts, log_entry, strokes)

    def _compare(self, witness: Witness, mark: Bookmark) -> None:
        """Compare a witness with the own history, if it goes back so far."""
        position = witness.position
        if position > mark.position:
            raise Damage(_("an entry knows of entries after it"))
        own = self.history.get(position) or self._known_history.get(position)
        if own is not None and own != (witness.sequence, witness.digest):
            raise Damage(_("after entry {position} another server has another board").format(position=position))

    def _act_on(
        self, said: Contribution, mark: Bookmark
    ) -> tuple[Bookmark, Outcome, LogEntry | None, Sequence[Stroke]]:
        addition = self.addition
        match said.content:
            case Beginning():
                mark = mark._replace(epoch=said.epoch, snapshot=mark.position)
            case Start():
                mark = mark._replace(starts=mark.starts + 1)
            case SnapshotKept(position):
                if position > mark.position:
                    raise Damage(_("a snapshot of no entry"))
                newest = max(mark.snapshot, position)  # a slow server's snapshot ends after a newer one
                mark = mark._replace(snapshot=newest)
            case Painted(strokes):
                self._check(b"".join([stroke.pixels for stroke in strokes]))
                if said.actions != addition.last_action:
                    return mark, Outcome.LATE, None, ()
                addition.paint(strokes, said.time_ms)
                return mark, Outcome.TAKEN, None, strokes
            case Acted(painter, action, pixels):
                self._check(pixels)
                if (said.actions, said.witness.sequence) != (addition.last_action, addition.sequence):
                    return mark, Outcome.LATE, None, ()
                entry, painted = addition.act(painter, action, pixels, said.time_ms)
                return mark, Outcome.TAKEN, entry, painted
        return mark, Outcome.TAKEN, None, ()

    def _check(self, pixels: bytes) -> None:
        try:
            self._canvas.check(pixels)
        except PixelRejected as error:
            raise Damage(str(error)) from None
