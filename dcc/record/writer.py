"""The only writer of a record's file: a transaction for each batch of strokes, and keyframes now and then.

1. When :meth:`Writer.append` returns, the batch is on the disk.
2. When :meth:`Writer.append` raises :class:`~dcc.errors.RecordError`, nothing of the batch is on the disk, and nothing
   turns up later.

The second promise takes work, since a COMMIT that failed may have written everything. If only the sync at the end
failed, the write-ahead log holds a whole transaction that SQLite does not count; a reader of the log after a crash does
count the transaction. The next transaction is written in the same place. So after a failure the writer makes a small
transaction at once. If the small one fails too, the batch is in doubt (:class:`~dcc.errors.RecordInDoubt`) and the file
is closed; when the file opens again, the writer first takes the doubtful batch out.

A batch counts only while the file is in its place (:mod:`dcc.record.place`), before and after the COMMIT. A file that
went away stays open, since the log of a deleted file lasts as long as the connection.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dcc import reasons
from dcc.board.record import Selection
from dcc.core.actions import Action, LogEntry
from dcc.core.canvas import PIXEL_BYTES, Canvas
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.placements import Painter, Size, Stroke
from dcc.errors import RecordError, RecordInDoubt
from dcc.language import _
from dcc.record import actions, database, logs, replay, rows, schema, selecting
from dcc.record.addition import Addition, PainterRow
from dcc.record.place import Place
from dcc.record.replay import Keyframe
from dcc.record.rows import Damage

DEFAULT_SIZE = Size(50, 50)
"""Of a new board: the size of the published activity."""

KEYFRAME_PLACEMENTS = 100_000
"""Fewest placements from one kept board to the next: read and painted in 50 ms, so that a start and any moment of the
history take little time. More if a packed board is larger than so many bytes."""

PAINTERS_REMEMBERED = 10_000
"""Painters whose row is known without a look at the file, the latest ones: some 4 MB. If more painters take turns,
they get further rows, of 40 bytes each."""

STATES_REMEMBERED = 4096
"""Commits whose checksum is known without a look at the file, the latest ones: some 4 MB, for a second of commits. A
board that is kept takes less time to pack."""

PROBE_BYTES = 64 * 1024
"""What a disk must have room for to be told well: more than nearly every batch. After a larger batch had no room, as
much as that batch."""


def new_canvas(size: Size | None, palette: Palette | None, ground: Colour | None) -> Canvas:
    """Make a blank board.

    :param size: by default that of the published activity; the same for the palette.
    :param ground: a colour of the palette; by default the first one.
    """
    colours = palette or AF06
    values = [colour.value for colour in colours]
    return Canvas.blank(size or DEFAULT_SIZE, colours, 0 if ground is None else values.index(ground.value))


class Writer:
    """Opens a record, or makes a new one. Used by one thread at a time; blocks on the disk.

    :ivar path: of the file.
    :ivar canvas_id: names the canvas.
    :ivar sequence: of the last placement.
    :ivar canvas: with all placements, when the file was opened. From then on the caller applies every recorded batch,
        and gives the canvas back as keyframes. So a board is held and painted once, not twice.
    :ivar log: every action up to the opening; the caller may empty it.
    :ivar ground: the index of the colour of the blank board.
    :ivar secret: of the canvas, to hash addresses with.
    :ivar place: the file in the file system.
    :ivar backup: a copy of the file before an update to the newest schema; None without an update.
    """

    def __init__(
        self,
        path: str | Path,
        size: Size | None = None,
        palette: Palette | None = None,
        connection_class: type[sqlite3.Connection] = sqlite3.Connection,
        ground: Colour | None = None,
    ) -> None:
        """
        :param size: of a new canvas; an old canvas must have this size.
        :param palette: of a new canvas; an old canvas must have this palette.
        :param ground: of a new canvas, a colour of its palette; an old canvas must have begun with this colour.
        :raises RecordError: the file cannot be opened, is in use, is no record, is damaged, or has another canvas.
        """
        self.path = database.resolve(path)
        self._connection_class = connection_class
        self._connection: sqlite3.Connection | None = None
        self._is_settled = True  # no remains of a failed transaction are left
        self._is_in_place = True  # as of the last transaction
        self._room_wanted = PROBE_BYTES
        database.check_log(self.path)
        self.place = Place(self.path)
        try:
            with database.faults_of(self.path):
                self._open(size, palette, ground)
        except BaseException:
            self._let_go()
            raise
        # By connection, the latest painter at the end: with the number of the row.
        self._painters: OrderedDict[int, PainterRow] = OrderedDict()
        # The checksum by sequence, without the actions after that placement.
        self._states: dict[int, bytes] = {}
        self._keyframe_due_at = self._kept.sequence + self._keyframe_interval()

    def _open(self, size: Size | None, palette: Palette | None, ground: Colour | None) -> None:
        logs.check_belongs(self.path, self.place.descriptor)
        self._connection = connection = database.connect(self.place, self._connection_class)
        self.backup = database.bring_up_to_date(connection, self.path, new_canvas(size, palette, ground))
        database.use_wal(connection)
        self.canvas_id, own_palette, _text = rows.read_identity(connection)
        self.sequence = rows.last_sequence(connection)
        self._kept = replay.keyframe_at(connection, self.sequence)
        self.canvas = replay.board_at(connection, own_palette, self.sequence)
        checksums = rows.read_checksums(connection)
        if checksums.sequence != self.sequence:
            raise Damage(
                _("the last placement is {sequence}, and should be {expected}").format(
                    sequence=self.sequence, expected=checksums.sequence
                )
            )
        self._last_action = rows.last_action(connection)
        if checksums.actions != self._last_action:
            raise Damage(
                _("the last action is {number}, and should be {expected}").format(
                    number=self._last_action, expected=checksums.actions
                )
            )
        self.log = list(actions.read(connection, rows.Painters(connection)))
        self.ground, self.secret = replay.ground(connection, own_palette), rows.read_secret(connection)
        self._state = checksums.strokes
        self.place.canvas_id, self.place.most = self.canvas_id, self.sequence
        self.place.note_log()
        self.place.empty_log(connection, "PASSIVE")
        (self._last_painter,) = connection.execute("SELECT ifnull(max(id), 0) FROM painters").fetchone()
        self._open_more(connection)
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
        if ground is not None:
            own_ground = own_palette[self.ground]
            if ground.value != own_ground.value:
                raise RecordError(
                    _("the canvas in {path} began with the ground {colour}: leave --background out").format(
                        path=self.path, colour=own_ground.name
                    )
                )

    def _open_more(self, connection: sqlite3.Connection) -> None:
        """Look at further tables, while the file is opened."""
        database.check_alone(connection, self.path)

    # --- placements ------------------------------------------------------------------------------

    def append(self, strokes: list[Stroke], time_ms: int) -> int:
        """Add the pixels of the strokes, all on the canvas, in one transaction.

        :param strokes: each with a pixel or more; none to find out whether the disk takes anything.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        :return: the sequence of the last placement; all placements are on the disk.
        :raises RecordError: nothing was added, or, as RecordInDoubt, nobody can tell.
        """
        if not strokes:
            self._probe()
            return self.sequence
        addition = self._addition()
        addition.paint(strokes, time_ms)
        self._add(addition)
        return self.sequence

    def _addition(self) -> Addition:
        return Addition(self.sequence, self._state, self._last_painter, self._last_action, self._painters)

    def _add(
        self, addition: Addition, write_more: Callable[[sqlite3.Connection], None] = lambda _connection: None
    ) -> None:
        """Record an addition in one transaction.

        :param write_more: writes further rows.
        :raises RecordError: nothing was added, or, as RecordInDoubt, nobody can tell.
        """
        self.place.most = addition.sequence
        try:
            with self._transaction(addition.sequence, addition.state) as connection:
                addition.insert(connection)
                write_more(connection)
        except RecordError as error:
            if error.code == reasons.DISK_FULL.code:
                self._room_wanted = max(PROBE_BYTES, 2 * PIXEL_BYTES * (addition.sequence - self.sequence))
            raise
        self._remember(addition.painters)
        self.sequence, self._state = addition.sequence, addition.state
        self._last_painter, self._last_action = addition.last_painter, addition.last_action
        self._states.update(addition.states)
        while len(self._states) > STATES_REMEMBERED:
            del self._states[next(iter(self._states))]

    def _probe(self) -> None:
        """Find out whether the disk has room for the next batch, and keep the room.

        The pages that are written and freed are the room in the file, and the log that is emptied is the room in the
        log. Otherwise the probe itself would take the room, and the record would be told well and ill in turn.

        :raises RecordError: there is no room, or the file cannot be written.
        """
        with self._transaction(self.sequence, self._state) as connection:
            _write_much(connection, self._room_wanted)
        self.shorten_log()

    def _remember(self, painters: dict[int, PainterRow]) -> None:
        self._painters.update(painters)
        for connection in painters:
            self._painters.move_to_end(connection)
        while len(self._painters) > PAINTERS_REMEMBERED:
            self._painters.popitem(last=False)  # gets a second row for the next stroke

    # --- actions ---------------------------------------------------------------------------------

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> tuple[LogEntry, list[Stroke]]:
        """Add an action after the last placement, and the pixels that it paints, in one transaction.

        :param pixels: packed, all on the canvas; may be empty.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        :return: the action as recorded, and its strokes; all is on the disk.
        :raises RecordError: nothing was added, or, as RecordInDoubt, nobody can tell.
        """
        addition = self._addition()
        entry, strokes = addition.act(painter, action, pixels, time_ms)
        self._add(addition)
        return entry, strokes

    def painted_since(self, time_ms: int) -> list[tuple[Painter, int, int]]:
        """Read who painted lately; see :class:`dcc.board.record.Record`.

        :raises RecordError: the file cannot be read, or is damaged.
        """
        with database.faults_of(self.path):
            connection = self._ready_connection()
            return actions.painted_since(connection, rows.Painters(connection), time_ms, self.sequence)

    def complete(self, selection: Selection) -> Selection:
        """Bring a selection up to the last placement; see :class:`dcc.board.record.Record`.

        :raises Refusal: it has become more than an action can paint.
        :raises RecordError: the file cannot be read, or is damaged.
        """
        with database.faults_of(self.path):
            return selecting.complete(self._ready_connection(), selection)

    # --- keyframes -------------------------------------------------------------------------------

    @property
    def keyframe_due(self) -> bool:
        """Whether it is time for the next keyframe."""
        return self.sequence >= self._keyframe_due_at

    def _keyframe_interval(self) -> int:
        """Return the distance in placements: keyframes cost at most a byte a placement, whatever people draw."""
        return max(KEYFRAME_PLACEMENTS, len(self._kept.packed))

    def write_keyframe(self, keyframe: Keyframe) -> None:
        """Keep a whole board, of now or of some batches ago; do nothing if the board is kept already.

        The keyframe before goes if it came early (at a shutdown), so that frequent restarts do not fill the disk.

        :raises RecordError: the board was not kept; the next keyframe is due as usual.
        """
        self._keyframe_due_at = keyframe.sequence + self._keyframe_interval()
        if self._kept.sequence == keyframe.sequence:
            return
        with self._transaction(self.sequence, self._state) as connection:
            state = self._state_at(connection, keyframe.sequence)
            before = replay.keyframe_at(connection, self._kept.sequence - 1) if self._kept.sequence else None
            if (
                before is not None
                and before.size == self._kept.size  # otherwise it marks where the board grew
                and self._kept.sequence - before.sequence < KEYFRAME_PLACEMENTS
            ):
                connection.execute("DELETE FROM keyframes WHERE sequence = ?", (self._kept.sequence,))
            replay.insert_keyframe(connection, keyframe, state)
        self._kept = keyframe
        self._keyframe_due_at = keyframe.sequence + self._keyframe_interval()

    def _state_at(self, connection: sqlite3.Connection, sequence: int) -> bytes:
        """Return the strokes' checksum as of a commit."""
        state = self._states.get(sequence)
        if state is not None:
            return state
        return replay.kept_checksum_after(connection, self._kept.sequence, sequence)

    def resize(self, size: Size) -> None:
        """Grow the canvas, as of the last placement, to the right and downwards. The canvas gets a new id, since copies
        that clients hold no longer fit.

        :param size: at least as wide and as high.
        :raises RecordError: nothing was changed.
        """
        canvas_id = database.new_canvas_id()
        with self._transaction(self.sequence, self._state) as connection:
            canvas = replay.grow(self.canvas, size, connection)
            keyframe = Keyframe.of(self.sequence, canvas)
            connection.execute("UPDATE canvas SET id = ?", (canvas_id,))
            replay.insert_keyframe(connection, keyframe, self._state_at(connection, self.sequence))
            connection.execute("UPDATE checksums SET canvas = ?", (replay.canvas_checksum(connection),))
        self.canvas_id, self.canvas, self._kept = canvas_id, canvas, keyframe
        self.place.canvas_id = canvas_id

    # --- the file --------------------------------------------------------------------------------

    def check(self) -> None:
        """Make sure that the file is in its place, and no other program has written into it.

        :raises RecordError: otherwise.
        """
        self.place.check_file()
        if self._connection is not None:
            self.place.check()
            self.place.check_log()

    def renew_log(self) -> None:
        """Go on with a new log after the log was deleted. No other connection of this process may be open.

        :raises RecordError: the file cannot be written.
        """
        try:
            self.place.check_file()
            if self._connection is not None:
                if not self.place.empty_log(self._connection, "TRUNCATE").is_whole:
                    raise RecordError(reasons.RECORD_UNWRITABLE, detalle=_("its log is being read"))
                self._disconnect()
            self._connection = self._reconnect()
        except sqlite3.Error as error:
            raise _fault(error) from None

    def shorten_log(self) -> None:
        """Write the rest of the log into the file between two commits, so that the next commit begins the log anew.

        :raises RecordError: the file is not in its place, or cannot be written.
        """
        if self._connection is not None:
            try:
                self.place.empty_log(self._connection, "PASSIVE")
            except sqlite3.Error as error:
                raise _fault(error) from None

    def empty_log(self) -> None:
        """Write the whole log into the file, if nobody reads it."""
        if self._connection is not None:
            with suppress(sqlite3.Error, RecordError):  # the log stays beside the file, for the next start
                self.place.empty_log(self._connection, "TRUNCATE")

    def copy(self, target: Path) -> None:
        """Copy everything that was recorded to a new file, also if the record's file is no longer in its place.

        :raises RecordError: something cannot be read or written.
        """
        connection = self._connection
        if connection is None:
            raise RecordError(reasons.RECORD_MOVED)
        if not self._is_settled:
            with suppress(sqlite3.Error):
                self._settle(connection)
        if not self.place.is_overwritten:
            with suppress(sqlite3.Error):  # then the file is whole too, wherever it is
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.copy(connection, target)

    def close(self, keyframe: Keyframe | None = None) -> None:
        """Write everything into the one file, and close the file.

        :param keyframe: the last board, to be kept for a quick start.
        :raises RecordError: the board was not kept; the rest is done.
        """
        try:
            if keyframe is not None:
                self.write_keyframe(keyframe)
        finally:
            self._let_go()

    # --- transactions ----------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, sequence: int, state: bytes) -> Iterator[sqlite3.Connection]:
        """Do all of a block on the disk, or nothing.

        :param sequence: of the last placement after the block.
        :param state: the checksum of the strokes up to then.
        :raises RecordError: nothing was done.
        """
        is_begun = is_committing = False
        try:
            connection = self._ready_connection()
            connection.execute("BEGIN IMMEDIATE")
            if not self._write_checksum(connection, sequence, state):
                raise self._shared()
            is_begun = True
            yield connection
            is_committing = True
            connection.execute("COMMIT")
            self.place.check()
            self._is_in_place = True
        except BaseException as error:
            is_settled = self._recover(is_begun)
            if isinstance(error, Damage):
                raise RecordError(database.damaged(self.path, str(error))) from None
            if not isinstance(error, (sqlite3.Error, RecordError)):
                raise
            self._is_in_place = False
            # A full disk fails at a write before the last one, which would have made the transaction whole. The log of
            # a file of another content is applied to nothing.
            is_certain = is_settled or _is_full(error) or self.place.is_overwritten
            if is_committing and not is_certain:
                raise RecordInDoubt(reasons.IN_DOUBT) from None
            if isinstance(error, sqlite3.Error):
                self._check_place_after(error)
                error = _fault(error)
            raise error from None

    def _write_checksum(self, connection: sqlite3.Connection, sequence: int, state: bytes) -> bool:
        """Write the checksum, if the file is as the last transaction left it. One statement takes half of the time."""
        written = connection.execute(
            "UPDATE checksums SET sequence = ?, strokes = ?"
            " WHERE sequence = ? AND ifnull((SELECT max(sequence) FROM strokes), 0) = ?",
            (sequence, state, self.sequence, self.sequence),
        )
        return written.rowcount == 1

    def _shared(self) -> RecordError:
        fault = RecordError(reasons.RECORD_SHARED)
        fault.advice = _("See what dcc verify says of {path}, and start the server anew.").format(path=self.path)
        return fault

    def _check_place_after(self, error: sqlite3.Error) -> None:
        """Find out whether the place of the file is the reason for an error of SQLite.

        :raises RecordError: it is.
        """
        if not _is_full(error):
            with suppress(sqlite3.Error):
                self.place.check()

    def _ready_connection(self) -> sqlite3.Connection:
        """Return a connection to the file in its place, without remains of a failed transaction.

        :raises RecordError: the file is not in its place.
        :raises sqlite3.Error: the file cannot be opened or written.
        """
        if self._connection is None:
            self._connection = self._reconnect()
        if not self._is_in_place:  # otherwise the check after the COMMIT is enough, and takes back what was written
            self.place.check()
        if not self._is_settled:
            self._settle(self._connection)
        return self._connection

    def _recover(self, is_begun: bool) -> bool:
        """Take back a failed transaction.

        :param is_begun: whether something may have been written.
        :return: whether nothing of the transaction is left for certain; otherwise the file is closed, if the file is in
            its place.
        """
        if self._connection is None:
            return False
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if is_begun:
                self._settle(self._connection)
        except sqlite3.Error:
            self._is_settled = False
            if self.place.is_in_place:
                self._disconnect()
            return False
        return True

    def _settle(self, connection: sqlite3.Connection) -> None:
        """Write over the remains of a failed transaction in the log, and delete rows that came back from the log.

        :raises sqlite3.Error: the file cannot be written.
        """
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM strokes WHERE sequence > ?", (self.sequence,))
        connection.execute("DELETE FROM painters WHERE id > ?", (self._last_painter,))
        connection.execute("DELETE FROM actions WHERE id > ?", (self._last_action,))
        connection.execute(
            "UPDATE checksums SET sequence = ?, strokes = ?, actions = ?",
            (self.sequence, self._state, self._last_action),
        )
        self._settle_more(connection)
        _write_something(connection)
        connection.execute("COMMIT")
        self._is_settled = True

    def _settle_more(self, connection: sqlite3.Connection) -> None:
        """Restore further rows."""

    def _reconnect(self) -> sqlite3.Connection:
        """Open the file again, and make sure that nobody put another file in its place.

        :raises RecordError: it is another file.
        :raises sqlite3.Error: the file cannot be opened.
        """
        connection = database.connect(self.place, self._connection_class)
        try:
            if (
                database.schema_version(connection, self.path) != schema.VERSION
                or rows.read_identity(connection).canvas_id != self.canvas_id
                or rows.last_sequence(connection) < self.sequence
                or rows.last_action(connection) < self._last_action
            ):
                raise RecordError(reasons.RECORD_REPLACED)
            self._settle(connection)
            self.place.note_log()
            self.place.empty_log(connection, "PASSIVE")
        except BaseException:
            connection.close()
            raise
        return connection

    def _let_go(self) -> None:
        self._disconnect()  # the last connection to a file empties its log
        self.place.close()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self.place.expect_changes()
        if connection is not None:
            with suppress(sqlite3.Error):  # what was committed stays in the log, for the next start
                connection.close()


def _write_something(connection: sqlite3.Connection) -> None:
    """Write a page without changing anything."""
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _write_much(connection: sqlite3.Connection, length: int) -> None:
    """Write a number of bytes, and change nothing: the pages are free for what follows."""
    connection.execute("CREATE TABLE room (filling)")
    connection.execute("INSERT INTO room VALUES (zeroblob(?))", (length,))
    connection.execute("DROP TABLE room")


def _fault(error: sqlite3.Error) -> RecordError:
    """Say why nothing was recorded, for painters: without the path, which is the operator's business."""
    return (
        RecordError(reasons.DISK_FULL)
        if _is_full(error)
        else RecordError(reasons.RECORD_UNWRITABLE, detalle=str(error))
    )


def _is_full(error: Exception) -> bool:
    return "full" in str(error)  # Python 3.10 has no error codes
