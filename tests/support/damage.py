"""Damaged records: a sound one, ways to damage a copy, and every reader with what it answers."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from dcc import cli
from dcc.core.actions import Action, AddAreas, Area, Choice, Clear, Freeze, NameMoment, Rectangle, Thaw
from dcc.core.canvas import pack_pixels
from dcc.core.placements import Painter
from dcc.errors import DccError
from dcc.record import writer as writing
from dcc.record.maintenance import resize
from dcc.record.reader import Reader
from dcc.record.selecting import Search
from tests.support.records import SIZE, PaintingWriter, random_batches

TABLES = {
    "canvas": ("id", "palette", "secret"),
    "painters": ("since_ms", "connection", "name", "address", "proven"),
    "strokes": ("painter", "after_ms", "pixels"),
    "keyframes": ("width", "height", "colours", "checksum"),
    "checksums": ("sequence", "strokes", "canvas", "actions"),
    "actions": ("sequence", "time_ms", "painter", "action", "cells"),
}
"""The columns of each table, without keys."""

CELL = (7, 0)
"""Column and row of the cell that ``dcc history`` is asked about."""


MODERATOR = Painter(20, "Mod", "127.0.0.1:40020", is_proven=True)

ACTIONS: dict[int, tuple[Action, bytes]] = {
    3: (Freeze(), b""),
    4: (Thaw(), b""),
    9: (Clear(), pack_pixels([(1, 0), (2, 0), (3, 0)])),
    12: (AddAreas((Area("hill", Rectangle(0, 0, 4, 4), ("Eva",)),)), b""),
    15: (NameMoment("the end"), b""),
}
"""What the moderator does, and paints, after which batch."""


class Answer(NamedTuple):
    """What a reader did.

    :ivar status: the exit status of a command; 1 for an error of the record.
    :ivar said: what it printed or made; the error for status 1.
    """

    status: int
    said: str | bytes


def make_record(path: Path) -> None:
    """Make a sound record with several kept boards and actions, whose board has grown, stopped in order."""
    with patch.object(writing, "KEYFRAME_PLACEMENTS", 60):
        batches = random_batches(Random(17), 16, longest=9)
        writer = PaintingWriter(path, SIZE)
        for number, batch in enumerate(batches):
            if number == 8:
                writer.stop()
                resize(path, 33, 24)
                writer = PaintingWriter(path)
            writer.append(*batch)
            if number in ACTIONS:
                writer.act(MODERATOR, *ACTIONS[number], batch.time_ms)
            if writer.keyframe_due:
                writer.keep_board()
        writer.stop()


def put(path: Path, table: str, column: str, row: int, value: object) -> None:
    """Put a value of any type into a column of a table.

    :param row: which row, from 0; counted from the end below 0.
    """
    with _Loosened(path) as connection:
        keys = [key for (key,) in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
        value_sql = f"CAST(x'{value.hex()}' AS TEXT)" if isinstance(value, NoUtf8) else "?"
        values = () if isinstance(value, NoUtf8) else (value,)
        connection.execute(f"UPDATE {table} SET {column} = {value_sql} WHERE rowid = ?", (*values, keys[row]))


class NoUtf8(bytes):
    """Bytes to be put into a file as text."""


def change(path: Path, statement: str, *values: object) -> None:
    """Run a statement on the file, whose tables take any type of value."""
    with _Loosened(path) as connection:
        connection.execute(statement, values)


class _Loosened:
    """A connection to a record whose columns take any type; afterwards the tables are described as before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        with closing(self._schema_writer()) as connection:
            self._before = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
            for name, text in self._before:
                loose = text.replace("INTEGER NOT NULL", "BLOB").replace("NOT NULL", "").replace("TEXT", "BLOB")
                connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (loose, name))
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        return self._connection

    def __exit__(self, *_raised: object) -> None:
        self._connection.close()
        with closing(self._schema_writer()) as connection:
            for name, text in self._before:
                connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (text, name))

    def _schema_writer(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA writable_schema = ON")
        return connection


def contents(path: Path) -> list[Any] | None:
    """Return every value of a record; None if SQLite cannot read them."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.text_factory = lambda text: ("text", text)
            found: list[Any] = []
            for table, columns in TABLES.items():
                query = f"SELECT rowid, {', '.join(columns)} FROM {table} ORDER BY rowid"
                rows = connection.execute(query).fetchall()
                if table in ("canvas", "checksums"):  # the key of a single row means nothing
                    rows = [row[1:] for row in rows]
                found.append([[(type(value), value) for value in row] for row in rows])
            return found
    except (sqlite3.Error, UnicodeDecodeError):
        return None


# --- readers --------------------------------------------------------------------------------------


def _command(*words: str, out: str = "") -> Callable[[Path], Answer]:
    def run(path: Path) -> Answer:
        target = path.with_name(out) if out else None
        said, complained = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(complained):
            paths = [str(target)] if target else []
            status = cli.main([words[0], *paths, *words[1:], "--store", str(path), "--lang", "en"])
        if status:
            assert target is None or not target.exists()
            return Answer(status, complained.getvalue())
        made = target.read_bytes() if target is not None else said.getvalue()
        if target is not None:
            target.unlink()
        return Answer(status, made)

    return run


def _start(path: Path) -> Answer:
    try:
        writer = writing.Writer(path)
    except DccError as error:
        return Answer(1, f"dcc serve: {error}\n")
    writer.close()
    return Answer(0, bytes(writer.canvas.colours) + writer.canvas_id.encode())


def _resize(path: Path) -> Answer:
    answer = _command("resize", "40x40")(path)
    return answer if answer.status else _command("export", out="resized.png")(path)


def _search(choice: Choice) -> Callable[[Path], Answer]:
    def run(path: Path) -> Answer:
        try:
            with Reader(path) as reader:
                search = Search(choice)
                while (found := reader.search(search)) is None:
                    pass
        except DccError as error:
            return Answer(1, f"dcc serve: {error}\n")
        return Answer(0, f"{found.sequence} {found.placements} {found.pixels.hex()}")

    return run


READERS: dict[str, Callable[[Path], Answer]] = {
    "stats": _command("stats"),
    "heatmap": _command("heatmap", out="heat.png"),
    "history": _command("history", f"{CELL[0]},{CELL[1]}"),
    "log": _command("log"),
    "export": _command("export", out="now.png"),
    "export --at NUMBER": _command("export", "--at", "90", out="then.png"),
    "export --at TIME": _command("export", "--at", "2023-11-14T22:13:35Z", out="then.png"),
    "timelapse": _command("timelapse", "--seconds", "1", "--fps", "3", "--scale", "1", out="film.gif"),
    "verify": _command("verify"),
    "backup": _command("backup", out="copy.sqlite3"),
    "search": _search(Choice()),
    "search of a place": _search(Choice(("Eva", "Mod"), ("127.0.0.1",), place=Rectangle(0, 0, 9, 9), since_ms=1)),
    "start": _start,
    "resize": _resize,
}
"""By name: read a record. The last two write to the record, if they can."""


def read_all(path: Path, names: Sequence[str] = tuple(READERS)) -> Iterator[tuple[str, Answer]]:
    """Let readers read a record, each as if alone.

    :raises Exception: a reader failed with more than a line.
    """
    before = path.read_bytes()
    for name in names:
        yield name, READERS[name](path)
        if name in ("start", "resize"):
            for each in path.parent.glob(path.name + "*"):
                each.unlink()
            path.write_bytes(before)


def assert_one_line(name: str, answer: Answer) -> None:
    """Make sure that an error is one line for people; ``dcc verify`` has a line for each problem.

    :raises AssertionError: otherwise.
    """
    assert answer.status == 1, (name, answer)
    lines = str(answer.said).splitlines()
    assert lines and all(line.startswith("dcc ") and line.isprintable() for line in lines), (name, answer)
    assert len(lines) == 1 or name == "verify", (name, answer)
