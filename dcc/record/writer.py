"""The one writer of a record's file: batches of strokes in, each one transaction; keyframes now and then.

What is promised: a batch that :meth:`Writer.append` returned from is on the disk; of one that it raised
:class:`~dcc.errors.RecordError` for, nothing is, and nothing of it turns up later.

The second half takes work, since a COMMIT that failed may have written everything: where only the sync at its
end failed, the write-ahead log holds a whole transaction that SQLite does not count, and whoever reads the log
after a crash does. It is gone as soon as another transaction is written, in the same place. So after a failure
a small one is written at once. Should that fail too, the batch is in doubt
(:class:`~dcc.errors.RecordInDoubt`), the file is closed, and when it is opened again the first thing is to take
out what should not be there.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dcc import limits, reasons
from dcc.core.canvas import PIXEL_BYTES, Canvas
from dcc.core.palette import AF06, Palette
from dcc.core.placements import Painter, Size, Stroke
from dcc.errors import RecordError, RecordInDoubt
from dcc.language import _
from dcc.record import database, replay, schema
from dcc.record.replay import Damage, Keyframe

DEFAULT_SIZE = Size(50, 50)
"""A new board of the published activity."""


class Writer:
    """Opens a record, or makes a new one. Used by one thread at a time; blocks on the disk.

    :ivar path: of the file.
    :ivar canvas_id: names the canvas.
    :ivar sequence: of the last placement.
    :ivar canvas: with all of them, as the file was opened. It is the caller's from then on: he applies what he has
        had recorded, and gives it back as keyframes. So a board is kept and painted once, not twice.
    :ivar backup: what the file was before it was brought up to date, if it had to be.
    """

    def __init__(
        self,
        path: str | Path,
        size: Size | None = None,
        palette: Palette | None = None,
        connection_class: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        """
        :param size: that a new canvas is to have, or an old one has to have.
        :param palette: the same.
        :raises RecordError: it cannot be opened, is in use, is no record, is damaged, or is of another canvas.
        """
        self.path = database.resolve(path)
        self._connection_class = connection_class
        self._connection: sqlite3.Connection | None = None
        self._lock: sqlite3.Connection | None = None
        try:
            with database.faults_of(self.path):
                self._open(size, palette)
        except BaseException:
            self._let_go()
            raise
        # By connection, who painted last at the end: with number and since_ms.
        self._painters: OrderedDict[int, tuple[Painter, int, int]] = OrderedDict()
        self._keyframe_due_at = self._kept.sequence + self._keyframe_interval()

    def _open(self, size: Size | None, palette: Palette | None) -> None:
        self._connection = connection = database.connect(self.path, self._connection_class)
        database.schema_version(connection, self.path)  # leaves no lock beside a file of another kind
        self._lock = database.lock(self.path)
        self.backup = database.bring_up_to_date(connection, self.path, Canvas(*(size or DEFAULT_SIZE), palette or AF06))
        database.use_wal(connection)
        self.canvas_id, own_palette = database.read_identity(connection, self.path)
        try:
            self.sequence = replay.last_sequence(connection)
            self._kept = replay.keyframe_at(connection, self.sequence)
            self.canvas = replay.board_at(connection, own_palette, self.sequence)
        except Damage as damage:
            raise RecordError(database.damaged(self.path, str(damage))) from None
        (self._last_painter,) = connection.execute("SELECT ifnull(max(id), 0) FROM painters").fetchone()
        own_size = Size(self.canvas.width, self.canvas.height)
        if size not in (None, own_size):
            raise RecordError(
                _("the canvas in {path} is {own_width}x{own_height}: leave --canvas out, or see dcc resize").format(
                    path=self.path, own_width=own_size.width, own_height=own_size.height
                )
            )
        if palette not in (None, own_palette):
            raise RecordError(
                _("the canvas in {path} has another palette, of {count} colours: leave --palette out").format(
                    path=self.path, count=len(own_palette)
                )
            )

    # --- placements ------------------------------------------------------------------------------

    def append(self, strokes: list[Stroke], time_ms: int) -> int:
        """Add the pixels of the strokes, which are on the canvas, in one transaction.

        :param strokes: each with a pixel or more; none to find out whether anything can be written.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        :return: the sequence of the last placement; all of them are on the disk.
        :raises RecordError: nothing was added, or, as RecordInDoubt, nobody can tell.
        """
        sequence, last_painter = self.sequence, self._last_painter
        known: dict[int, tuple[Painter, int, int]] = {}
        painters, rows = [], []
        for stroke in strokes:
            painter = stroke.painter
            found = known.get(painter.connection) or self._painters.get(painter.connection)
            if found is None or (found[0] is not painter and found[0] != painter):
                last_painter += 1
                found = painter, last_painter, time_ms
                painters.append((last_painter, time_ms, painter.connection, painter.name, painter.address))
            known[painter.connection] = found
            sequence += len(stroke.pixels) // PIXEL_BYTES
            rows.append((sequence, found[1], time_ms - found[2], stroke.pixels))
        with self._transaction() as connection:
            if painters:
                connection.executemany("INSERT INTO painters VALUES (?, ?, ?, ?, ?)", painters)
            connection.executemany("INSERT INTO strokes VALUES (?, ?, ?, ?)", rows)
            if not rows:
                _write_something(connection)
        self._remember(known)
        self.sequence, self._last_painter = sequence, last_painter
        return sequence

    def _remember(self, painters: dict[int, tuple[Painter, int, int]]) -> None:
        self._painters.update(painters)
        for connection in painters:
            self._painters.move_to_end(connection)
        while len(self._painters) > limits.RECORD_PAINTERS_REMEMBERED:
            self._painters.popitem(last=False)  # paints he again, he gets a second row

    # --- keyframes -------------------------------------------------------------------------------

    @property
    def keyframe_due(self) -> bool:
        """Whether it is time for the next keyframe."""
        return self.sequence >= self._keyframe_due_at

    def _keyframe_interval(self) -> int:
        """In placements: so that keyframes cost at most a byte a placement, whatever is drawn."""
        return max(limits.RECORD_KEYFRAME_PLACEMENTS, len(self._kept.packed))

    def write_keyframe(self, keyframe: Keyframe) -> None:
        """Keep a whole board, which may be one of some batches ago, if it is not kept already.

        The keyframe before it goes when it came early (at a shutdown), so that a server that is often
        restarted does not fill the disk with boards.

        :raises RecordError: it was not written; the next one is due as if it had been.
        """
        self._keyframe_due_at = keyframe.sequence + self._keyframe_interval()
        if self._kept.sequence == keyframe.sequence:
            return
        with self._transaction() as connection:
            before = replay.keyframe_at(connection, self._kept.sequence - 1) if self._kept.sequence else None
            if (
                before is not None
                and before.size == self._kept.size  # else it marks where the board grew
                and self._kept.sequence - before.sequence < limits.RECORD_KEYFRAME_PLACEMENTS
            ):
                connection.execute("DELETE FROM keyframes WHERE sequence = ?", (self._kept.sequence,))
            replay.insert_keyframe(connection, keyframe)
        self._kept = keyframe
        self._keyframe_due_at = keyframe.sequence + self._keyframe_interval()

    def resize(self, size: Size) -> None:
        """Grow the canvas, which is as of the last placement, to the right and downwards. It gets a new id: nobody
        holds a board of it yet.

        :param size: no smaller in either direction.
        :raises RecordError: nothing was changed.
        """
        canvas = replay.grow(self.canvas, size)
        canvas_id = database.new_canvas_id()
        keyframe = Keyframe.of(self.sequence, canvas)
        with self._transaction() as connection:
            connection.execute("UPDATE canvas SET id = ?", (canvas_id,))
            replay.insert_keyframe(connection, keyframe)
        self.canvas_id, self.canvas, self._kept = canvas_id, canvas, keyframe

    def close(self, keyframe: Keyframe | None = None) -> None:
        """Write everything into the one file, and let go of it.

        :param keyframe: the last board, to be kept for a quick start.
        :raises RecordError: it was not kept; the rest is done.
        """
        try:
            if keyframe is not None:
                self.write_keyframe(keyframe)
        finally:
            self._let_go()

    # --- transactions ----------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing.

        :raises RecordError: nothing.
        """
        is_committing = False
        try:
            if self._connection is None:
                self._connection = self._reconnect()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            is_committing = True
            connection.execute("COMMIT")
        except BaseException as error:
            is_settled = self._recover()
            if not isinstance(error, sqlite3.Error):
                raise
            # A full disk fails at a write before the last one, which would have made the transaction whole.
            if is_committing and not is_settled and not _is_full(error):
                raise RecordInDoubt(reasons.IN_DOUBT) from None
            raise _fault(error) from None

    def _recover(self) -> bool:
        """Go back after a failure.

        :return: whether nothing of the failed transaction is left for certain; if not, the file is closed.
        """
        if self._connection is None:
            return False
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._settle(self._connection)
        except sqlite3.Error:
            self._disconnect()
            return False
        return True

    def _settle(self, connection: sqlite3.Connection) -> None:
        """Write over whatever a failed transaction left in the log, and take out what came back from there.

        :raises sqlite3.Error: it cannot be written.
        """
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM strokes WHERE sequence > ?", (self.sequence,))
        connection.execute("DELETE FROM painters WHERE id > ?", (self._last_painter,))
        _write_something(connection)
        connection.execute("COMMIT")

    def _reconnect(self) -> sqlite3.Connection:
        """Open the file again, and make sure that it is the same.

        :raises RecordError: it is not: somebody put another one in its place.
        :raises sqlite3.Error: it cannot be opened.
        """
        connection = database.connect(self.path, self._connection_class)
        try:
            if (
                database.schema_version(connection, self.path) != schema.VERSION
                or database.read_identity(connection, self.path).canvas_id != self.canvas_id
                or replay.last_sequence(connection) < self.sequence
            ):
                raise RecordError(reasons.RECORD_REPLACED)
            self._settle(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _let_go(self) -> None:
        self._disconnect()  # the last connection to a file empties its log
        if self._lock is not None:
            self._lock.close()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # what was committed stays in the log, for the next start
                connection.close()


def _write_something(connection: sqlite3.Connection) -> None:
    """Which changes nothing."""
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _fault(error: sqlite3.Error) -> RecordError:
    """Why nothing was recorded, for painters: without the path, which is none of their business."""
    return (
        RecordError(reasons.DISK_FULL)
        if _is_full(error)
        else RecordError(reasons.RECORD_UNWRITABLE, detalle=str(error))
    )


def _is_full(error: sqlite3.Error) -> bool:
    return "full" in str(error)  # Python 3.10 has no error codes
