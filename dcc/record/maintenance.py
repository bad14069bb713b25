"""Maintenance of records by an operator: verify, back up, restore, resize."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from dcc import limits
from dcc.core.canvas import Canvas
from dcc.core.placements import Size
from dcc.errors import RecordError, RecordInUse
from dcc.language import _, system_reason
from dcc.record import checksum, database, logs, replay, rows, schema
from dcc.record.place import Place, log_of, shared_memory_of
from dcc.record.replay import Replay
from dcc.record.rows import Damage
from dcc.record.writer import Writer

Progress: TypeAlias = Callable[[int], object]
"""Takes a number of placements that were read."""


@dataclass(frozen=True)
class Verification:
    """The result of a check.

    :ivar sequence: of the last placement, which is the number of placements.
    :ivar strokes: how many strokes the placements are in.
    :ivar keyframes: how many boards are kept; without problems, each equals the placements before.
    :ivar checksum: of all strokes, in hexadecimal; the same for two records with the same strokes. Empty with problems.
    :ivar problems: a line each; empty if the record is sound.
    """

    sequence: int
    strokes: int
    keyframes: int
    checksum: str
    problems: tuple[str, ...]


def _unwatched(_placements: int) -> AbstractContextManager[Progress]:
    return nullcontext(lambda _placements: None)


def verify(path: str | Path, watch: Callable[[int], AbstractContextManager[Progress]] = _unwatched) -> Verification:
    """Check a record from end to end as of now, also while a server writes.

    1. SQLite's own check of the file finds nothing.
    2. Every placement exists once, on a cell and in a colour of the board, at a time, by a painter with a row.
    3. Every action exists once, can be read, and stands between the strokes where it was done.
    4. Every keyframe equals the placements before the keyframe.
    5. The strokes and the actions, their times and painters, and the id, palette, sizes, ground and secret of the
       canvas equal the checksums.

    :param watch: makes a context for a number of placements; the context takes how many of them were read, in parts.
    :raises RecordError: the file is missing, is no record, or cannot be read at all.
    """
    path = database.resolve(path)
    with database.faults_of(path):
        try:
            with closing(database.connect_to_read(path)) as connection:
                connection.execute("BEGIN")  # everything as of one moment
                return _verify(connection, watch)
        except sqlite3.DatabaseError as error:
            if "malformed" not in str(error):
                raise
            problem = _("damaged and unreadable ({error}); use a backup").format(error=error)
            return _unsound(problem)


def _unsound(*problems: str) -> Verification:
    return Verification(0, 0, 0, "", problems)


def _verify(connection: sqlite3.Connection, watch: Callable[[int], AbstractContextManager[Progress]]) -> Verification:
    problems = [line for (line,) in connection.execute("PRAGMA integrity_check").fetchall() if line != "ok"]
    if problems:  # what SQLite cannot read rightly is not worth reading
        return _unsound(*problems)
    try:
        last = rows.last_sequence(connection)
        with watch(last) as progress:
            return _Check(connection, last, progress).run()
    except Damage as damage:
        return _unsound(str(damage))


class _Check:
    """One check of the rows of a record."""

    def __init__(self, connection: sqlite3.Connection, last: int, progress: Progress) -> None:
        self._connection = connection
        self._last = last
        self._progress = progress
        self._problems: list[str] = []
        self._changed: list[tuple[int, int]] = []  # ranges of placements whose checksum differs, with both ends

    def run(self) -> Verification:
        """Paint the whole record on a blank board, and compare each keyframe and each checksum.

        :raises Damage: nothing more can be compared.
        """
        kept = list(rows.keyframe_sizes(self._connection))
        identity = rows.read_identity(self._connection)
        checksums = rows.read_checksums(self._connection)
        if checksums.canvas != replay.canvas_checksum(self._connection):
            self._problems.append(_("the id, the palette, a size or the ground of the board differs from its checksum"))
        ground = replay.ground(self._connection, identity.palette)
        run = Replay(self._connection, Canvas.blank(kept[0][1], identity.palette, ground))
        try:
            for sequence, size in kept:
                self._advance(run, sequence, rows.read_kept_checksum(self._connection, sequence))
                run.canvas = replay.grow(run.canvas, size, self._connection)
                self._compare_board(run)
            if checksums.sequence != self._last:
                raise Damage(
                    _("the last placement is {sequence}, and should be {expected}").format(
                        sequence=self._last, expected=checksums.sequence
                    )
                )
            self._advance(run, self._last, checksums.strokes, checksums.actions)
            self._look_for_others(run)
        except Damage as damage:
            self._problems.append(str(damage))
        self._problems += [
            _("placements {first} to {last} differ from their checksum").format(first=first, last=last)
            for first, last in self._changed
        ]
        brief = "" if self._problems else checksum.brief(run.state).hex()
        return Verification(self._last, run.strokes, len(kept), brief, tuple(self._problems))

    def _advance(self, run: Replay, until: int, expected: bytes, last_action: int | None = None) -> None:
        """Paint the placements up to ``until``, and compare their checksum.

        :param last_action: the number of the last action, at the end of the record.
        """
        first = run.sequence + 1
        run.advance(until, self._progress)
        if last_action is not None:
            run.finish(last_action)
        if run.state == expected:
            return
        if until < first:
            raise Damage(_("the checksum as of placement {number} is damaged").format(number=until))
        if self._changed and self._changed[-1][1] == first - 1:
            first, _last = self._changed.pop()
        self._changed.append((first, until))
        run.state = expected  # and so find the next range

    def _compare_board(self, run: Replay) -> None:
        keyframe = replay.keyframe_at(self._connection, run.sequence)
        kept = keyframe.canvas(run.canvas.palette)
        if kept.colours == run.canvas.colours:
            return
        if self._changed and self._changed[-1][1] == run.sequence:
            run.canvas = kept  # the placements are to blame
        else:
            self._problems.append(
                _("kept board {number} differs from the placements before").format(number=run.sequence)
            )

    def _look_for_others(self, run: Replay) -> None:
        (count,) = self._connection.execute("SELECT count(*) FROM strokes WHERE sequence < 1").fetchone()
        if count:
            raise Damage(_("strokes before the first placement: {count}").format(count=count))
        (count,) = self._connection.execute("SELECT count(*) FROM painters").fetchone()
        if count != len(run.painters):
            raise Damage(_("painters without a stroke: {count}").format(count=count - len(run.painters)))
        (count,) = self._connection.execute("SELECT count(*) FROM actions").fetchone()
        if count != run.actions:
            raise Damage(_("actions after the last one: {count}").format(count=count - run.actions))


def backup(path: str | Path, target: str | Path) -> None:
    """Copy a record as of one moment, also while a server writes. To put a backup back: :func:`restore`.

    :raises RecordError: the record cannot be read, or ``target`` cannot be written or exists.
    """
    path, target = database.resolve(path), database.resolve(target)
    if target.exists():
        raise database.there_already(target)
    with database.faults_of(path), closing(database.connect_to_read(path)) as connection:
        database.copy(connection, target)


def restore(source: str | Path, path: str | Path) -> Path | None:
    """Put a copy of a backup in the place of a record, while no server runs on the record.

    The name never leads to an unfinished file, and a server that starts meanwhile is refused.

    :param source: a copy by :func:`backup`, or any other record; stays as it is.
    :param path: of the record; may be missing.
    :return: the name under which the record that was there is kept; None if there was none.
    :raises RecordError: the backup is missing or damaged, the record is in use, or a file cannot be written.
    """
    source, path = database.resolve(source), database.resolve(path)
    if source == path or (path.exists() and source.exists() and source.samefile(path)):
        raise RecordError(_("{path} is the record itself; name a backup").format(path=source))
    copied = path.with_name(f"{path.name}.{uuid4().hex[:8]}.restored")
    with database.faults_of(source), closing(database.connect_to_read(source, may_be_older=True)) as connection:
        database.copy(connection, copied)
    try:
        _check_backup(source, copied)
        return _put_in_place(copied, path)
    except OSError as error:
        raise RecordError(_("cannot write {path}: {reason}").format(path=path, reason=system_reason(error))) from None
    finally:
        copied.unlink(missing_ok=True)


def _check_backup(source: Path, copied: Path) -> None:
    with database.faults_of(source), closing(database.connect_to_read(copied, may_be_older=True)) as connection:
        if database.schema_version(connection, copied) == schema.VERSION:
            problems = verify(copied).problems
        else:  # the server updates it at the start
            found = connection.execute("PRAGMA integrity_check").fetchall()
            problems = tuple(line for (line,) in found if line != "ok")
    if problems:
        raise RecordError(
            _("{path} is damaged ({reason}); nothing was restored").format(path=source, reason=problems[0])
        )


def _put_in_place(copied: Path, path: Path) -> Path | None:
    """Give a copy the name of a record, and the record another name.

    :raises RecordError: the record is in use, or a stray log is there.
    :raises OSError: the folder cannot be written.
    """
    if not path.exists():
        _put_aside(path)
        database.put(copied, path)
        return None
    try:
        place = Place(path)
    except RecordInUse:
        raise in_use_by_server(path) from None
    try:
        kept = database.free_name(path.with_name(f"{path.name}.before-{time.strftime('%Y%m%d-%H%M%S')}"))
        _take_log_along(place, kept)
        try:
            os.link(path, kept)
        except OSError:  # a file system without hard links
            path.rename(kept)
        os.replace(copied, path)
        database.sync_folder(path.parent)
    finally:
        place.close()
    return kept


def _take_log_along(place: Place, kept: Path) -> None:
    """Write the log of a record into the record; a log that does not belong to the record gets a name that says so."""
    path = place.path
    try:
        logs.check_belongs(path, place.descriptor)
        with closing(database.connect(place)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        belongs = True
    except sqlite3.Error:
        belongs = True  # a damaged file, which keeps its log
    except RecordError:
        belongs = False
    if belongs and log_of(path).exists():
        log_of(path).rename(log_of(kept))
    _put_aside(path)


def _put_aside(path: Path) -> None:
    """Give a log that does not belong to the file a name that says so."""
    log = log_of(path)
    if log.exists():
        log.rename(database.free_name(log.with_name(f"{log.name}.stray")))
    shared_memory_of(path).unlink(missing_ok=True)


def in_use_by_server(path: Path) -> RecordError:
    """Make the line for a record that a server uses."""
    return RecordError(_("{path} is in use by a server; stop it first").format(path=path))


def resize(path: str | Path, width: int, height: int) -> None:
    """Grow the canvas of a record to the right and downwards, while no server runs on the record.

    Every pixel keeps column and row; new cells have the colour of the blank board. Clients that come back get the
    whole board.

    :raises RecordError: the file is missing, is no record or is in use, or the size is not larger.
    """
    path = database.resolve(path)
    database.check_there(path)
    try:
        writer = Writer(path)
    except RecordInUse:
        raise in_use_by_server(path) from None
    try:
        old = Size(writer.canvas.width, writer.canvas.height)
        most = limits.CANVAS_SIDE_CELLS
        if (width, height) == old or not (old.width <= width <= most and old.height <= height <= most):
            raise RecordError(
                _("a canvas only grows: this one is {width}x{height} and may become up to {most}x{most}").format(
                    width=old.width, height=old.height, most=most
                )
            )
        writer.resize(Size(width, height))
    finally:
        writer.close()
