"""The end of a record: everything that was acknowledged lies in a file, if need be in a new one.

1. If the file is in its place, everything is in the file.
2. If the file was moved, deleted or replaced, the connection to it still has everything, and a new file beside the old
   name gets a copy. If the folder is gone too, the copy goes to the working directory or to the folder for temporary
   files.
3. If another program wrote into the file, the connection may have lost the history. Then the new file has at least the
   board, as one painter's strokes on what the file has now.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from dcc import limits
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.placements import MILLISECONDS, Painter, Stroke
from dcc.errors import RecordError, RecordLogGone
from dcc.language import _
from dcc.record import database, replay, rows
from dcc.record.place import open_alone
from dcc.record.replay import Keyframe
from dcc.record.rows import Damage
from dcc.record.writer import Writer


def close(writer: Writer, keyframe: Keyframe) -> RecordError | None:
    """Close a record with its last board. Every other connection of this process to the file is closed.

    :return: why the board was not kept in the file; None if it was.
    :raises RecordError: the file was not in its place; the line names the new file.
    """
    not_kept = None
    try:
        _keep(writer, keyframe)
    except RecordError as error:
        not_kept = error
    try:
        writer.place.check_file()
    except sqlite3.Error:
        pass  # the disk fails; what is in the log stays there
    except RecordError as fault:
        _close_elsewhere(writer, keyframe, fault)
    writer.close()
    return not_kept


def _keep(writer: Writer, keyframe: Keyframe) -> None:
    try:
        writer.write_keyframe(keyframe)
    except RecordLogGone:
        writer.renew_log()
        writer.write_keyframe(keyframe)
    writer.empty_log()


def _close_elsewhere(writer: Writer, keyframe: Keyframe, fault: RecordError) -> None:
    """Save everything in a new file.

    :raises RecordError: always: the line names the new file, or says why there is none.
    """
    path = writer.path
    failures = []
    try:
        for folder in _folders(path.parent):
            target = database.free_name(folder / f"{path.name}.rescued-{time.strftime('%Y%m%d-%H%M%S')}")
            try:
                is_whole = _save(writer, keyframe, target)
            except RecordError as error:
                failures.append(str(error))
                continue
            writer.place.remove_log()
            break
        else:
            raise RecordError(
                _("{path}: {fault}, and what was painted could not be saved ({reason})").format(
                    path=path, fault=fault, reason="; ".join(failures)
                )
            )
    finally:
        if writer.place.is_overwritten:
            writer.place.leave_alone()
        writer.close()
    saved = (
        _("{path}: {fault}. Everything is saved in {target}; to go on with it: dcc restore {target} --store {path}")
        if is_whole
        else _(
            "{path}: {fault}. The board is saved in {target}, without a part of its history; to go on with it: "
            "dcc restore {target} --store {path}"
        )
    )
    raise RecordError(saved.format(path=path, fault=fault, target=target))


def _folders(own: Path) -> Iterator[Path]:
    yield own
    with suppress(OSError):  # a working directory that was deleted
        yield Path.cwd()
    yield Path(tempfile.gettempdir())


def _save(writer: Writer, keyframe: Keyframe, target: Path) -> bool:
    """Save everything, or at least the board.

    :return: whether it is everything.
    :raises RecordError: the file cannot be written.
    """
    try:
        writer.copy(target)
        if _is_copy_of(writer, keyframe, target):
            return True
    except RecordError:
        pass  # it is not there to be read any more, or there is no room: writing the board will tell
    target.unlink(missing_ok=True)
    _save_board(writer, keyframe, target)
    return False


def _is_copy_of(writer: Writer, keyframe: Keyframe, target: Path) -> bool:
    try:
        with closing(open_alone(target)) as copied:
            if (
                rows.read_identity(copied).canvas_id != writer.canvas_id
                or rows.last_sequence(copied) != writer.sequence
            ):
                return False
            if not writer.place.is_overwritten:
                return True
            if copied.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                return False
            for _pixels in replay.read_pixels(copied, 0, writer.sequence):
                pass
            palette = writer.canvas.palette
            return replay.board_at(copied, palette, writer.sequence).colours == keyframe.canvas(palette).colours
    except (sqlite3.Error, Damage, RecordError):
        return False


def _save_board(writer: Writer, keyframe: Keyframe, target: Path) -> None:
    board = keyframe.canvas(writer.canvas.palette)
    try:
        with closing(open_alone(writer.path)) as now:
            if rows.read_identity(now).canvas_id != writer.canvas_id:
                raise RecordError("another canvas")
            database.copy(now, target)
        saved = Writer(target)
        if saved.canvas.width > board.width or saved.canvas.height > board.height:
            saved.close()
            raise RecordError("another board")
        saved.resize(keyframe.size)  # a new name too, since clients know other numbers
    except (sqlite3.Error, Damage, RecordError):
        target.unlink(missing_ok=True)
        saved = Writer(target, keyframe.size, board.palette)
    try:
        for pixels in _differences(saved.canvas, board):
            saved.append([Stroke(Painter(0, "", ""), pixels)], int(time.time() * MILLISECONDS))
    finally:
        saved.close()


def _differences(before: Canvas, after: Canvas) -> Iterator[bytes]:
    cells = [
        cell for cell, colours in enumerate(zip(before.colours, after.colours, strict=True)) if len(set(colours)) > 1
    ]
    for start in range(0, len(cells), limits.REQUEST_PIXELS):
        part = cells[start : start + limits.REQUEST_PIXELS]
        yield pack_pixels((cell, after.colours[cell]) for cell in part)
