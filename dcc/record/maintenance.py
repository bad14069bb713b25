"""Maintenance of records by an operator: verify, back up, restore, resize."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from dcc import limits
from dcc.core.canvas import Canvas
from dcc.core.palette import Palette
from dcc.core.placements import Size
from dcc.errors import RecordError, RecordInUse
from dcc.language import _, system_reason
from dcc.record import database, logs, replay, schema
from dcc.record.place import Place, log_of, shared_memory_of
from dcc.record.replay import Damage, Keyframe
from dcc.record.writer import Writer


@dataclass(frozen=True)
class Verification:
    """The result of a check.

    :ivar sequence: of the last placement, which is the number of placements.
    :ivar strokes: how many strokes the placements are in.
    :ivar keyframes: how many boards are kept; without problems, each equals the placements before.
    :ivar problems: a line each; empty if the record is sound.
    """

    sequence: int
    strokes: int
    keyframes: int
    problems: tuple[str, ...]


def verify(path: str | Path) -> Verification:
    """Check a record from end to end as of now, also while a server writes.

    1. SQLite's own check of the file finds nothing.
    2. Every placement exists once, on a cell and in a colour of the board, by a painter with a row.
    3. Every keyframe equals the placements before the keyframe.

    :raises RecordError: the file is missing, is no record, or cannot be read at all.
    """
    path = database.resolve(path)
    with database.faults_of(path):
        try:
            with closing(database.connect_to_read(path)) as connection:
                connection.execute("BEGIN")  # everything as of one moment
                return _verify(connection, path)
        except sqlite3.DatabaseError as error:
            if "malformed" not in str(error):
                raise
            problem = _("damaged and unreadable ({error}); use a backup").format(error=error)
            return Verification(0, 0, 0, (problem,))


def _verify(connection: sqlite3.Connection, path: Path) -> Verification:
    problems = [line for (line,) in connection.execute("PRAGMA integrity_check").fetchall() if line != "ok"]
    if problems:  # what SQLite cannot read rightly is not worth reading
        return Verification(0, 0, 0, tuple(problems))
    (strangers,) = connection.execute(
        "SELECT count(*) FROM strokes WHERE painter NOT IN (SELECT id FROM painters)"
    ).fetchone()
    if strangers:
        problems.append(_("strokes of unknown painters: {count}").format(count=strangers))
    (strokes,) = connection.execute("SELECT count(*) FROM strokes").fetchone()
    (keyframes,) = connection.execute("SELECT count(*) FROM keyframes").fetchone()
    sequence = replay.last_sequence(connection)
    try:
        _replay(connection, database.read_identity(connection, path).palette, sequence)
    except Damage as damage:
        problems.append(str(damage))
    return Verification(sequence, strokes, keyframes, tuple(problems))


def _replay(connection: sqlite3.Connection, palette: Palette, last: int) -> None:
    """Paint the whole record on a blank board, and compare each keyframe.

    :raises Damage: at the first contradiction.
    """
    canvas: Canvas | None = None
    reached = 0
    for number, width, height in connection.execute("SELECT sequence, width, height FROM keyframes ORDER BY sequence"):
        if canvas is None:
            if number:
                raise Damage(_("the first kept board is {number}, not 0").format(number=number))
            canvas = Canvas(width, height, palette)
        for pixels in replay.read_pixels(connection, reached, number):
            replay.apply(canvas, pixels)
        reached = number
        if width < canvas.width or height < canvas.height:
            raise Damage(_("kept board {number} is smaller than the kept board before").format(number=number))
        canvas = replay.grow(canvas, Size(width, height))
        keyframe: Keyframe = replay.keyframe_at(connection, number)
        if keyframe.canvas(palette).colours != canvas.colours:
            raise Damage(_("kept board {number} differs from the placements before").format(number=number))
    if canvas is None:
        raise Damage(_("there is no kept board"))
    for pixels in replay.read_pixels(connection, reached, last):
        replay.apply(canvas, pixels)


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

    Every pixel keeps column and row; new cells have the first colour of the palette. Clients that come back get the
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
