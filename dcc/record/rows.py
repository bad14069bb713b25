"""From rows of a record to values: the one place that checks types and ranges of what the file holds.

SQLite keeps any type of value in any column, and a damaged file may hold anything. Each function here reads rows,
checks every value that the caller asked for, and raises :class:`Damage` for the first wrong value. A value that no
caller asked for is not checked: ``dcc verify`` asks for all of them.

Text is read with :func:`decode`, since SQLite does not check that text is UTF-8.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from dcc import limits
from dcc.core import actions
from dcc.core.actions import Action
from dcc.core.addresses import SECRET_BYTES
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.palette import Palette
from dcc.core.placements import LATEST_MS, Painter, Size
from dcc.errors import PaletteError, Refusal
from dcc.language import _
from dcc.record import checksum

ROWS_AT_ONCE = 200
"""Strokes in one query. No query lasts long, since the write-ahead log cannot be emptied during a query. No query takes
much memory either: a stroke has up to 40 KiB. More strokes at once are no faster.
"""

_ACTIONS_AT_ONCE = 50
"""Actions in one query: the longest, a list of areas, has some hundred KiB."""

_MOST_CELLS = 2**32 - 1
"""As the checksum has it."""

_PAINTERS_REMEMBERED = 1000
"""Painters whose row is not looked up again, in some 0.5 MB: one part of a record is rarely by more painters."""


class Damage(Exception):
    """A contradiction in the record; the text names the place."""


class Identity(NamedTuple):
    """Which canvas a record belongs to.

    :ivar palette_text: the palette as the file has it, for the checksum.
    """

    canvas_id: str
    palette: Palette
    palette_text: str


class KnownPainter(NamedTuple):
    """A painter's row.

    :ivar since_ms: from when the times of the painter's strokes count, in milliseconds since 1970-01-01 UTC.
    :ivar digest: stands for the painter in the checksum.
    """

    painter: Painter
    since_ms: int
    digest: bytes


def decode(text: bytes) -> str:
    """Decode text from the file; what is no UTF-8 becomes characters that :func:`is_text` refuses."""
    return text.decode("utf-8", "surrogateescape")


def is_text(value: object) -> bool:
    """Whether a value is a text that UTF-8 can spell."""
    return type(value) is str and not any("\ud800" <= character <= "\udfff" for character in value)


def _is_whole(value: object, least: int, most: int = 2**63 - 1) -> bool:
    return type(value) is int and least <= value <= most


# --- the canvas ----------------------------------------------------------------------------------


def read_identity(connection: sqlite3.Connection) -> Identity:
    """Read which canvas a record belongs to.

    :raises Damage: the row is missing, there is another row, or the row has wrong values.
    """
    rows = connection.execute("SELECT id, palette FROM canvas LIMIT 2").fetchall()
    if len(rows) != 1:
        raise Damage(_("there is not one canvas, but {count}").format(count=len(rows)))
    ((canvas_id, text),) = rows
    if not is_text(canvas_id) or not 0 < len(canvas_id) <= limits.CANVAS_ID_CHARACTERS:
        raise Damage(_("the id of the canvas is no text of 1 to 64 characters"))
    if not is_text(text):
        raise Damage(_("the palette is no text"))
    try:
        pairs = json.loads(text)
        if not all(is_text(word) for pair in pairs for word in pair):
            raise TypeError
        palette = Palette.of_pairs(pairs)
    except PaletteError as error:
        raise Damage(str(error)) from None
    except (ValueError, TypeError, RecursionError):
        raise Damage(_("a palette that cannot be read")) from None
    return Identity(canvas_id, palette, text)


def read_secret(connection: sqlite3.Connection) -> bytes:
    """Read with what the addresses of a canvas are hashed.

    :raises Damage: there is no such secret.
    """
    row = connection.execute("SELECT secret FROM canvas").fetchone()
    if row is None or type(row[0]) is not bytes or len(row[0]) != SECRET_BYTES:
        raise Damage(_("the secret of the canvas is not {count} bytes").format(count=SECRET_BYTES))
    return bytes(row[0])


def read_sizes(connection: sqlite3.Connection) -> list[tuple[int, Size]]:
    """Read the sizes that the board had, each with the sequence of its beginning.

    :raises Damage: no board is kept, the first kept board is not the blank board, or a board shrank.
    """
    sizes: list[tuple[int, Size]] = []
    for sequence, size in keyframe_sizes(connection):
        if not sizes or sizes[-1][1] != size:
            sizes.append((sequence, size))
    return sizes


def keyframe_sizes(connection: sqlite3.Connection) -> Iterator[tuple[int, Size]]:
    """Read the sequences and the sizes of all kept boards, in order.

    :raises Damage: see :func:`read_sizes`.
    """
    before: Size | None = None
    for sequence, *sides in connection.execute("SELECT sequence, width, height FROM keyframes ORDER BY sequence"):
        size = _size(sequence, *sides)
        if before is None and sequence:
            raise Damage(_("the first kept board is {number}, not 0").format(number=sequence))
        if before is not None and (size.width < before.width or size.height < before.height):
            raise Damage(_("kept board {number} is smaller than the kept board before").format(number=sequence))
        yield sequence, size
        before = size
    if before is None:
        raise Damage(_("there is no kept board"))


def _size(sequence: int, width: object, height: object) -> Size:
    for side in (width, height):
        if not _is_whole(side, 1, limits.CANVAS_SIDE_CELLS):
            raise Damage(
                _("kept board {number}: a side is not 1 to {most} cells").format(
                    number=sequence, most=limits.CANVAS_SIDE_CELLS
                )
            )
    return Size(width, height)  # type: ignore[arg-type]


def read_keyframe(connection: sqlite3.Connection, until: int) -> tuple[int, Size, bytes]:
    """Read the last kept board up to a sequence.

    :return: the sequence, the size and the packed colours of the board.
    :raises Damage: there is no such board, or the row has wrong values.
    """
    row = connection.execute(
        "SELECT sequence, width, height, colours FROM keyframes WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1",
        (until,),
    ).fetchone()
    if row is None or row[0] < 0:
        raise Damage(_("no kept board up to {sequence}").format(sequence=until))
    sequence, width, height, packed = row
    size = _size(sequence, width, height)
    if type(packed) is not bytes:
        raise Damage(_("kept board {number}: the colours are no bytes").format(number=sequence))
    return sequence, size, packed


# --- strokes -------------------------------------------------------------------------------------


def last_sequence(connection: sqlite3.Connection) -> int:
    """Read the sequence of the last placement; 0 before the first.

    :raises Damage: all sequences are below 1.
    """
    (sequence,) = connection.execute("SELECT max(sequence) FROM strokes").fetchone()
    if sequence is None:
        return 0
    if sequence < 1:
        raise Damage(_("the last placement has the number {sequence}").format(sequence=sequence))
    return int(sequence)


def read_strokes(
    connection: sqlite3.Connection, after: int, until: int, *columns: str
) -> Iterator[list[tuple[Any, ...]]]:
    """Read the strokes with the placements ``after + 1`` to ``until``, some at a time.

    :param after: the end of a stroke.
    :param columns: of the table, unchecked, beside the first two.
    :return: rows of sequence, pixels and the columns. The last stroke may end after ``until``.
    :raises Damage: a placement is missing, two have the same number, or pixels are no whole pixels.
    """
    query = (
        f"SELECT {', '.join(('sequence', 'pixels', *columns))} FROM strokes"
        " WHERE sequence > ? ORDER BY sequence LIMIT ?"
    )
    reached = after
    while reached < until:
        strokes = connection.execute(query, (reached, ROWS_AT_ONCE)).fetchall()
        if not strokes:
            raise Damage(_("no placement after {sequence}").format(sequence=reached))
        pixels = [stroke[1] for stroke in strokes]
        if set(map(type, pixels)) != {bytes}:
            raise _no_pixels(next(stroke[0] for stroke in strokes if type(stroke[1]) is not bytes))
        ends = accumulate(map(len, pixels), initial=reached * PIXEL_BYTES)
        next(ends)
        for end, stroke in zip(ends, strokes, strict=True):
            if end != stroke[0] * PIXEL_BYTES:
                if len(stroke[1]) % PIXEL_BYTES or not stroke[1]:
                    raise _no_pixels(stroke[0])
                raise Damage(
                    _("the stroke up to {sequence} does not follow the stroke before").format(sequence=stroke[0])
                )
        reached = strokes[-1][0]
        while reached - len(strokes[-1][1]) // PIXEL_BYTES >= until:
            reached -= len(strokes.pop()[1]) // PIXEL_BYTES
        yield strokes


def find_stroke(
    connection: sqlite3.Connection, after: int, until: int, condition: str, values: Sequence[object]
) -> int | None:
    """Find the first stroke that meets a condition, and ends after one sequence and not after another.

    :param condition: in SQL; empty for none.
    :return: the sequence of its first placement.
    :raises Damage: it has no whole pixels.
    """
    row = connection.execute(
        f"SELECT sequence, pixels FROM strokes WHERE sequence > ? AND sequence <= ? AND {condition or 'true'}"
        " ORDER BY sequence LIMIT 1",
        (after, until, *values),
    ).fetchone()
    return None if row is None else int(row[0]) - count_pixels(*row) + 1


def read_joined(
    connection: sqlite3.Connection, floor: int, after: int, end: int, condition: str, values: Sequence[object]
) -> tuple[int, bytes, list[tuple[int, int]]]:
    """Read the pixels of many strokes as one string, and which of the strokes meet a condition.

    :param floor: the end of a stroke, where to begin at the earliest.
    :param after: about where to begin; at least one stroke is read.
    :param end: the end of the last stroke.
    :param condition: in SQL; empty for none.
    :return: the sequence before the first placement, the pixels, and begin and end of the strokes that meet the
        condition, as sequences: of the placement before the first, and of the last. Strokes without another between
        them come as one.
    :raises Damage: a placement is missing, or pixels are no whole pixels.
    """
    # In the order of the rows: a table without an index is read from one end to the other. All in one query: another
    # thread runs during a query, and at its end this one may have to wait.
    joined = "CAST(group_concat(pixels, '') AS BLOB)"
    ends = f"group_concat(CASE WHEN {condition} THEN sequence || ' ' || length(pixels) END)" if condition else "NULL"
    first = "SELECT ifnull(max(sequence), ?) AS start FROM strokes WHERE sequence > ? AND sequence <= ?"
    start, pixels, text = connection.execute(
        f"SELECT start, {joined}, {ends} FROM ({first}) CROSS JOIN strokes WHERE sequence > start AND sequence <= ?",
        (*values, floor, floor, after, end),
    ).fetchone()
    if start is None or len(pixels) != (end - start) * PIXEL_BYTES:
        for _strokes in read_strokes(connection, floor if start is None else start, end):
            pass  # says which
        raise Damage(_("the stroke up to {sequence} does not follow the stroke before").format(sequence=end))
    if not condition:
        return start, pixels, [(start, end)]
    met: list[tuple[int, int]] = []
    for pair in text.split(",") if text else ():
        last, length = map(int, pair.split(" "))
        begin = last - length // PIXEL_BYTES
        if met and met[-1][1] == begin:
            begin, _end = met.pop()
        met.append((begin, last))
    return start, pixels, met


def read_chosen(
    connection: sqlite3.Connection, after: int, end: int, condition: str, values: Sequence[object]
) -> bytes:
    """Read the pixels of the strokes that meet a condition, as one string.

    :param after: the strokes end after this sequence.
    :param end: the strokes end at this sequence or before.
    :param condition: in SQL; empty for none.
    :raises Damage: they are no whole pixels.
    """
    joined = "CAST(ifnull(group_concat(pixels, ''), '') AS BLOB)"
    pixels: bytes
    (pixels,) = connection.execute(
        f"SELECT {joined} FROM strokes WHERE sequence > ? AND sequence <= ? AND {condition or 'true'}",
        (after, end, *values),
    ).fetchone()
    if len(pixels) % PIXEL_BYTES:
        for _strokes in read_strokes(connection, after, end):
            pass  # says which
        raise Damage(_("the stroke up to {sequence} does not follow the stroke before").format(sequence=end))
    return pixels


def count_pixels(sequence: int, pixels: object) -> int:
    """Count the pixels of a stroke that was read alone.

    :raises Damage: they are no pixels, or more than the placements so far.
    """
    if type(pixels) is not bytes or not pixels or len(pixels) % PIXEL_BYTES:
        raise _no_pixels(sequence)
    count = len(pixels) // PIXEL_BYTES
    if count > sequence:
        raise Damage(_("the stroke up to {sequence} does not follow the stroke before").format(sequence=sequence))
    return count


def _no_pixels(sequence: int) -> Damage:
    return Damage(_("the stroke up to {sequence} has no whole pixels").format(sequence=sequence))


def painter_values(painter: Painter) -> tuple[int, str, str, bool]:
    """Return the last values of a painter's row."""
    return painter.connection, painter.name, painter.address, painter.is_proven


class Painters(dict[int, KnownPainter]):
    """Painters by the numbers of their rows, read when asked for; the latest are remembered.

    ``painters[number]`` raises :class:`Damage` if there is no such row, or if the row has wrong values.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, number: int) -> KnownPainter:
        if len(self) >= _PAINTERS_REMEMBERED:
            self.clear()
        self[number] = painter = self._read(number)
        return painter

    def of(self, strokes: Sequence[tuple[int, bytes, Any, Any]]) -> list[tuple[KnownPainter, int]]:
        """Return the painter and the time of each stroke, in milliseconds since 1970-01-01 UTC.

        :param strokes: rows of sequence, pixels, painter and after_ms.
        :raises Damage: there is no such painter, or that is no time.
        """
        _sequences, _pixels, numbers, times = zip(*strokes, strict=True)
        if set(map(type, numbers)) != {int}:
            raise Damage(
                _("the stroke up to {sequence} has no painter").format(
                    sequence=next(stroke[0] for stroke in strokes if type(stroke[2]) is not int)
                )
            )
        painters = [self[number] for number in numbers]
        found = [
            (painter, painter.since_ms + after_ms if type(after_ms) is int else -1)
            for painter, after_ms in zip(painters, times, strict=True)
        ]
        for (_painter, time_ms), stroke in zip(found, strokes, strict=True):
            if not 0 <= time_ms < LATEST_MS:
                raise Damage(_("the stroke up to {sequence} has no time").format(sequence=stroke[0]))
        return found

    def _read(self, number: int) -> KnownPainter:
        query = f"SELECT {_PAINTER} FROM painters WHERE id = ?"
        row = self._connection.execute(query, (number,)).fetchone()
        if row is None:
            raise Damage(_("no painter {number}").format(number=number))
        return _read_painter(number, *row)


_PAINTER = "connection, name, address, proven, since_ms"


def _read_painter(number: int, connection: Any, name: Any, address: Any, proven: object, since_ms: Any) -> KnownPainter:
    if not (
        _is_whole(connection, 0)
        and is_text(name)
        and is_text(address)
        and _is_whole(proven, 0, 1)
        and _is_whole(since_ms, 0, LATEST_MS - 1)
    ):
        raise Damage(_("painter {number} has a wrong value").format(number=number))
    painter = Painter(connection, name, address, bool(proven))
    return KnownPainter(painter, since_ms, checksum.painter_digest(painter))


def read_painters(connection: sqlite3.Connection, after: int = 0) -> Iterator[tuple[int, KnownPainter]]:
    """Read the painters after a number, each with the number of the row.

    :raises Damage: a row has a wrong value.
    """
    query = f"SELECT id, {_PAINTER} FROM painters WHERE id > ? ORDER BY id LIMIT ?"
    while found := connection.execute(query, (after, ROWS_AT_ONCE)).fetchall():
        for number, *values in found:
            yield number, _read_painter(number, *values)
            after = number


def find_painter(connection: sqlite3.Connection, sequence: int) -> tuple[int, Painter] | None:
    """Find the painter of a placement, with the number of the row; None without such a placement.

    :raises Damage: a row has a wrong value.
    """
    row = connection.execute(
        "SELECT sequence, pixels, painter, 0 FROM strokes WHERE sequence >= ? ORDER BY sequence LIMIT 1", (sequence,)
    ).fetchone()
    if row is None or sequence < 1:
        return None
    ((known, _time_ms),) = Painters(connection).of([row])
    return row[2], known.painter


# --- actions -------------------------------------------------------------------------------------


class RecordedAction(NamedTuple):
    """A row of an action.

    :ivar number: 1, 2, 3, …
    :ivar sequence: of the last placement before the action.
    :ivar painter: the number of the painter's row.
    :ivar text: the action as the file has it, for the checksum.
    :ivar cells: how many of the placements after ``sequence`` are the action's own.
    """

    number: int
    sequence: int
    time_ms: int
    painter: int
    text: str
    action: Action
    cells: int


def last_action(connection: sqlite3.Connection) -> int:
    """Read the number of the last action; 0 before the first."""
    return int(connection.execute("SELECT ifnull(max(id), 0) FROM actions").fetchone()[0])


def find_action(connection: sqlite3.Connection, number: int) -> RecordedAction | None:
    """Read an action; None if there is none with that number.

    :raises Damage: it has a wrong value.
    """
    action = next(read_actions(connection, number - 1), None)
    return action if number >= 1 else None


def count_actions_before(connection: sqlite3.Connection, sequence: int) -> int:
    """Count the actions up to which fewer placements were recorded."""
    return int(connection.execute("SELECT count(*) FROM actions WHERE sequence < ?", (sequence,)).fetchone()[0])


def read_actions(connection: sqlite3.Connection, after: int = 0) -> Iterator[RecordedAction]:
    """Read the actions after a number, in order, some at a time.

    :raises Damage: an action is missing, or has a wrong value, or stands before the placements of the action before.
    """
    query = "SELECT id, sequence, time_ms, painter, action, cells FROM actions WHERE id > ? ORDER BY id LIMIT ?"
    least = 0
    while found := connection.execute(query, (after, _ACTIONS_AT_ONCE)).fetchall():
        for row in found:
            after += 1
            if row[0] != after:
                raise Damage(_("action {number} is missing").format(number=after))
            read = _read_action(*row)
            if read.sequence < least:
                raise Damage(_("action {number} is not where it was recorded").format(number=after))
            least = read.sequence + read.cells
            yield read
        if len(found) < _ACTIONS_AT_ONCE:
            return


def _read_action(
    number: int, sequence: object, time_ms: object, painter: object, text: object, cells: object
) -> RecordedAction:
    if not (
        _is_whole(sequence, 0)
        and _is_whole(time_ms, 0, LATEST_MS - 1)
        and _is_whole(painter, 1)
        and is_text(text)
        and _is_whole(cells, 0, _MOST_CELLS)
    ):
        raise Damage(_("action {number} has a wrong value").format(number=number))
    try:
        action = parse_action(text)  # type: ignore[arg-type]
    except ValueError:
        raise Damage(_("action {number} cannot be read").format(number=number)) from None
    return RecordedAction(number, sequence, time_ms, painter, text, action, cells)  # type: ignore[arg-type]


def parse_action(text: str) -> Action:
    """Read the text of an action.

    :raises ValueError: it is none.
    """
    try:
        words = json.loads(text)
        if not isinstance(words, dict):
            raise TypeError
        return actions.read(words)
    except (ValueError, TypeError, RecursionError, Refusal):
        raise ValueError(text) from None


# --- checksums -----------------------------------------------------------------------------------


class Kept(NamedTuple):
    """The checksums of a record as of its last commit.

    :ivar sequence: of the last placement.
    :ivar strokes: the state of the strokes and the actions, see :mod:`dcc.record.checksum`.
    :ivar canvas: the digest of the rest, see :func:`dcc.record.checksum.canvas_digest`.
    :ivar actions: how many actions the state covers.
    """

    sequence: int
    strokes: bytes
    canvas: bytes
    actions: int


def read_checksums(connection: sqlite3.Connection) -> Kept:
    """Read the checksums of the last commit.

    :raises Damage: the row is missing, there is another row, or the row has wrong values.
    """
    rows = connection.execute("SELECT sequence, strokes, canvas, actions FROM checksums LIMIT 2").fetchall()
    if len(rows) != 1:
        raise Damage(_("there is not one row of checksums, but {count}").format(count=len(rows)))
    ((sequence, strokes, canvas, count),) = rows
    if not (_is_whole(sequence, 0) and checksum.is_state(strokes) and type(canvas) is bytes and _is_whole(count, 0)):
        raise Damage(_("the checksums have a wrong value"))
    return Kept(sequence, strokes, canvas, count)


def read_kept_checksum(connection: sqlite3.Connection, sequence: int) -> bytes:
    """Read the strokes' checksum as of a kept board.

    :raises Damage: there is no such board, or its checksum is none.
    """
    row = connection.execute("SELECT checksum FROM keyframes WHERE sequence = ?", (sequence,)).fetchone()
    if row is None or not checksum.is_state(row[0]):
        raise Damage(_("kept board {number} has no checksum").format(number=sequence))
    return bytes(row[0])


# --- a shared log --------------------------------------------------------------------------------

EPOCH_BYTES, AUTHOR_BYTES, DIGEST_BYTES = 8, 16, 16


class Bookmark(NamedTuple):
    """How far a record has a shared log.

    :ivar position: of the last entry that the record has.
    :ivar epoch: of the log, new at each repair.
    :ivar entry: the digest of that entry.
    :ivar starts: how many times a server has started.
    :ivar snapshot: the position of the newest snapshot.
    """

    position: int
    epoch: bytes
    entry: bytes
    starts: int
    snapshot: int


def read_bookmark(connection: sqlite3.Connection) -> Bookmark | None:
    """Read how far a record has a shared log; None for a record that is no copy of a log.

    :raises Damage: there is another row, or a wrong value.
    """
    rows = connection.execute("SELECT position, epoch, entry, starts, snapshot FROM bookmark LIMIT 2").fetchall()
    if not rows:
        return None
    position, epoch, entry, starts, snapshot = rows[0]
    if len(rows) > 1 or not (
        _is_whole(position, 1)
        and type(epoch) is bytes
        and len(epoch) == EPOCH_BYTES
        and type(entry) is bytes
        and len(entry) == DIGEST_BYTES
        and _is_whole(starts, 0)
        and _is_whole(snapshot, 0, position)
    ):
        raise Damage(_("the place in the log of the servers has a wrong value"))
    return Bookmark(position, epoch, entry, starts, snapshot)


def read_authors(connection: sqlite3.Connection) -> dict[bytes, int]:
    """Read the number of the last entry of each author.

    :raises Damage: a row has a wrong value.
    """
    authors = dict(connection.execute("SELECT id, number FROM authors").fetchall())
    for author, number in authors.items():
        if type(author) is not bytes or len(author) != AUTHOR_BYTES or not _is_whole(number, 1):
            raise Damage(_("an author of the log of the servers has a wrong value"))
    return authors


def write_bookmark(connection: sqlite3.Connection, bookmark: Bookmark) -> None:
    """Write how far a record has a shared log."""
    columns = "position, epoch, entry, starts, snapshot"
    if not connection.execute(f"UPDATE bookmark SET ({columns}) = (?, ?, ?, ?, ?)", bookmark).rowcount:
        connection.execute("INSERT INTO bookmark VALUES (?, ?, ?, ?, ?)", bookmark)


def write_authors(connection: sqlite3.Connection, authors: dict[bytes, int]) -> None:
    """Write the numbers of the last entries of some authors."""
    connection.executemany("INSERT OR REPLACE INTO authors VALUES (?, ?)", authors.items())
