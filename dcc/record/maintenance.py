"""Maintenance of records by an operator: verify, back up, resize."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dcc import limits
from dcc.core.canvas import Canvas
from dcc.core.palette import Palette
from dcc.core.placements import Size
from dcc.errors import RecordError, RecordInUse
from dcc.language import _
from dcc.record import database, replay
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
            canvas = Canvas.blank(Size(width, height), palette, replay.ground(connection, palette))
        for pixels in replay.read_pixels(connection, reached, number):
            replay.apply(canvas, pixels)
        reached = number
        if width < canvas.width or height < canvas.height:
            raise Damage(_("kept board {number} is smaller than the kept board before").format(number=number))
        canvas = replay.grow(canvas, Size(width, height), connection)
        keyframe: Keyframe = replay.keyframe_at(connection, number)
        if keyframe.canvas(palette).colours != canvas.colours:
            raise Damage(_("kept board {number} differs from the placements before").format(number=number))
    if canvas is None:
        raise Damage(_("there is no kept board"))
    for pixels in replay.read_pixels(connection, reached, last):
        replay.apply(canvas, pixels)


def backup(path: str | Path, target: str | Path) -> None:
    """Copy a record as of one moment, also while a server writes. To restore a backup, start a server on the copy.

    :raises RecordError: the record cannot be read, or ``target`` cannot be written or exists.
    """
    path, target = database.resolve(path), database.resolve(target)
    if target.exists():
        raise RecordError(_("{path} is there already; choose another name").format(path=target))
    with database.faults_of(path), closing(database.connect_to_read(path)) as connection:
        database.copy(connection, target)


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
        raise RecordError(_("{path} is in use by a server; stop it first").format(path=path)) from None
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
