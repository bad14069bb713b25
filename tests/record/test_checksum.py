"""The running checksum: its format, and that it follows the strokes through failures, restarts and updates."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from contextlib import closing
from hashlib import blake2b, sha256
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest

from dcc.core.canvas import Canvas
from dcc.core.palette import AF06
from dcc.core.placements import Size
from dcc.errors import RecordError
from dcc.record import migration, replay, rows
from dcc.record import writer as writing
from dcc.record.checksum import BLOCK_BYTES, NO_STROKES, brief, extend
from dcc.record.maintenance import resize, verify
from dcc.record.replay import Keyframe
from tests.support.records import (
    SIZE,
    Batch,
    PaintingWriter,
    assert_holds,
    expected_strokes,
    random_batches,
    write_old_record,
)
from tests.support.wire import log


def kept(path: Path) -> rows.Kept:
    """Read the checksums of a record."""
    with closing(sqlite3.connect(path)) as connection:
        return rows.read_checksums(connection)


def write(path: Path, batches: list[Batch]) -> None:
    """Record batches."""
    writer = PaintingWriter(path, SIZE)
    for batch in batches:
        writer.append(*batch)
    writer.stop()


def by_the_document(batches: list[Batch]) -> bytes:
    """Compute the state as docs/architecture.md says, without code of ours."""
    stream = b""
    for one in expected_strokes(batches):
        name, address = one.painter.name.encode(), one.painter.address.encode()
        painter = struct.pack("<QI", one.painter.connection, len(name)) + name + address
        stream += struct.pack("<QI", one.time_ms, len(one.pixels) // 5)
        stream += sha256(painter).digest()[:8] + one.pixels
    link = bytes(32)
    while len(stream) >= 2048:
        link = sha256(link + stream[:2048]).digest()
        stream = stream[2048:]
    return link + stream


def test_the_checksum_is_as_the_document_says(tmp_path: Path) -> None:
    batches = random_batches(Random(1), 40)
    write(tmp_path / "record", batches)
    assert kept(tmp_path / "record")[:2] == (expected_strokes(batches)[-1].sequence, by_the_document(batches))
    assert verify(tmp_path / "record").checksum == sha256(by_the_document(batches)).hexdigest()[:32]


def test_the_checksum_does_not_depend_on_batches_restarts_and_kept_boards(tmp_path: Path) -> None:
    batches = random_batches(Random(2), 30)
    one_by_one = [Batch([one], batch.time_ms) for batch in batches for one in batch.strokes]
    write(tmp_path / "whole", batches)
    for batch in one_by_one:
        write(tmp_path / "cut", [batch])
    assert kept(tmp_path / "whole").strokes == kept(tmp_path / "cut").strokes


@pytest.mark.parametrize("piece", [1, 7, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 5 * BLOCK_BYTES])
def test_a_state_does_not_depend_on_the_pieces(piece: int) -> None:
    stream = Random(3).randbytes(4 * BLOCK_BYTES + 99)
    state = NO_STROKES
    for start in range(0, len(stream), piece):
        state = extend(state, stream[start : start + piece])
    assert state == extend(NO_STROKES, stream) != NO_STROKES
    assert len(brief(state)) == 16


def test_every_kept_board_has_the_checksum_of_its_moment(tmp_path: Path) -> None:
    """Also a board that was packed some commits ago, and one from before the commits that the writer remembers."""
    path = tmp_path / "record"
    batches = random_batches(Random(4), 24)
    with patch.object(writing, "STATES_REMEMBERED", 3), patch.object(writing, "KEYFRAME_PLACEMENTS", 1):
        writer = PaintingWriter(path, SIZE)
        boards = []
        for number, batch in enumerate(batches):
            writer.append(*batch)
            boards.append(writer._board())
            if number % 6 == 5:
                writer.write_keyframe(boards[number - number // 6])
        writer.stop()
    assert verify(path).problems == ()
    assert verify(path).keyframes >= 5


def test_a_file_that_continues_another_is_told_from_one_that_does_not(tmp_path: Path) -> None:
    batches = random_batches(Random(5), 20)
    write(tmp_path / "record", batches[:12])
    before = kept(tmp_path / "record")
    write(tmp_path / "record", batches[12:])
    write(tmp_path / "other", [*batches[:11], Batch(batches[11].strokes, 1), *batches[12:]])
    for name, continues in (("record", True), ("other", False)):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            after = rows.read_checksums(connection)
            state = replay.checksum_after(connection, before, after)
            assert (state == after.strokes) is continues


def test_a_start_refuses_a_record_whose_last_placements_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "record"
    writer = PaintingWriter(path, SIZE)
    for batch in random_batches(Random(6), 3, longest=1):
        writer.append(*batch)
    last = writer.sequence
    writer.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM strokes WHERE sequence = ?", (last,))
    with pytest.raises(RecordError, match=rf"damaged \(the last placement is {last - 1}, and should be {last}\)"):
        PaintingWriter(path)


def test_the_canvas_and_its_sizes_are_covered_after_it_has_grown(tmp_path: Path) -> None:
    path = tmp_path / "record"
    write(path, random_batches(Random(7), 4))
    for size in (Size(31, 20), Size(40, 30)):
        before = kept(path)
        resize(path, *size)
        assert kept(path)[:2] == before[:2]
        assert kept(path).canvas != before.canvas
        assert verify(path).problems == ()


# --- older records ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_record_gets_the_checksums_that_it_would_have(tmp_path: Path, version: int) -> None:
    batches = random_batches(Random(8), 30)
    path = tmp_path / "record"
    write_old_record(path, version, batches, kept_every=7)
    writer = PaintingWriter(path)
    writer.stop()
    assert writer.backup == tmp_path / f"record.schema-{version}"
    assert kept(path)[:2] == (writer.sequence, by_the_document(batches))
    assert verify(path).keyframes == 5
    assert_holds(path, batches)


def make_schema_3(path: Path, batches: list[Batch]) -> bytes:
    """Make a record as version 0.2.0 did, on a ground that is not white, which grew; return the board."""
    with patch.object(writing, "KEYFRAME_PLACEMENTS", 60):
        writer = PaintingWriter(path, SIZE, ground=AF06[3])
        for number, batch in enumerate(batches):
            if number == len(batches) // 2:
                writer.stop()
                resize(path, SIZE.width + 3, SIZE.height + 1)
                writer = PaintingWriter(path)
            writer.append(*batch)
            if writer.keyframe_due:
                writer.keep_board()
        board = bytes(writer.canvas.colours)
        writer.stop()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (
            "DROP TABLE bookmark",
            "DROP TABLE authors",
            "DROP TABLE actions",
            "ALTER TABLE painters DROP COLUMN proven",
            "ALTER TABLE checksums DROP COLUMN actions",
            "ALTER TABLE canvas DROP COLUMN secret",
            "PRAGMA user_version = 3",
        ):
            connection.execute(statement)
        put_checksums_of_0_2(connection)
    return board


def put_checksums_of_0_2(connection: sqlite3.Connection) -> None:
    """Compute the checksums as the document of version 0.2.0 said, without code of ours."""
    stream, streams = b"", {0: b""}
    for sequence, pixels, *painter, time_ms in connection.execute(
        "SELECT sequence, pixels, connection, name, address, since_ms + after_ms"
        " FROM strokes JOIN painters ON painters.id = painter ORDER BY sequence"
    ):
        name, address = painter[1].encode(), painter[2].encode()
        digest = blake2b(struct.pack("<QI", painter[0], len(name)) + name + address, digest_size=8).digest()
        stream += struct.pack("<QI", time_ms, len(pixels) // 5) + digest + pixels
        streams[sequence] = stream
    states = {}
    for sequence, rest in streams.items():
        link = bytes(16)
        while len(rest) >= 1024:
            link = blake2b(link + rest[:1024], digest_size=16).digest()
            rest = rest[1024:]
        states[sequence] = link + rest
    kept = connection.execute("SELECT sequence, width, height, colours FROM keyframes ORDER BY sequence").fetchall()
    for sequence, *_rest in kept:
        connection.execute("UPDATE keyframes SET checksum = ? WHERE sequence = ?", (states[sequence], sequence))
    ((canvas_id, palette),) = connection.execute("SELECT id, palette FROM canvas").fetchall()
    canvas = struct.pack("<II", len(canvas_id.encode()), len(palette.encode())) + canvas_id.encode() + palette.encode()
    before = None
    for sequence, width, height, _colours in kept:
        if (width, height) != before:
            canvas += struct.pack("<QII", sequence, width, height)
        before = width, height
    canvas += zlib.decompress(kept[0][3])[:1]
    row = states[max(states)], blake2b(canvas, digest_size=16).digest()
    connection.execute("UPDATE checksums SET strokes = ?, canvas = ?", row)


def test_a_record_of_schema_4_keeps_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "record"
    writer = PaintingWriter(path, SIZE)
    for batch in random_batches(Random(13), 20):
        writer.append(*batch)
    writer.stop()
    before = verify(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("DROP TABLE bookmark", "DROP TABLE authors", "PRAGMA user_version = 4"):
            connection.execute(statement)
    writer = PaintingWriter(path)
    writer.stop()
    assert writer.backup == tmp_path / "record.schema-4"
    assert verify(path) == before


def test_a_record_of_schema_3_is_updated(tmp_path: Path) -> None:
    path = tmp_path / "record"
    board = make_schema_3(path, random_batches(Random(11), 20, longest=30))
    writer = PaintingWriter(path)
    assert (bytes(writer.canvas.colours), writer.backup) == (board, tmp_path / "record.schema-3")
    writer.stop()
    assert verify(path).problems == ()
    assert verify(path).keyframes > 4


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE strokes SET after_ms = after_ms + 1 WHERE sequence > 200", "placements [0-9]+ to [0-9]+ differ"),
        ("UPDATE painters SET name = 'Eva' WHERE id = 2", "placements [0-9]+ to [0-9]+ differ"),
        ("UPDATE canvas SET id = 'another'", "the id, the palette, a size or the ground"),
        ("UPDATE checksums SET strokes = x'00'", "the checksums have a wrong value"),
        ("UPDATE checksums SET sequence = sequence + 1", "the last placement is [0-9]+, and should be [0-9]+"),
        ("DELETE FROM checksums", "there is not one row of checksums, but 0"),
        ("UPDATE keyframes SET checksum = x'00' WHERE sequence > 0", "placements 1 to [0-9]+ differ"),
        ("UPDATE keyframes SET checksum = x'00' WHERE sequence = 0", "the checksums have a wrong value"),
        ("DELETE FROM strokes WHERE sequence = (SELECT max(sequence) FROM strokes)", "the last placement is [0-9]+"),
    ],
)
def test_what_the_checksums_of_schema_3_alone_can_tell_is_not_updated(
    tmp_path: Path, statement: str, said: str
) -> None:
    path = tmp_path / "record"
    make_schema_3(path, random_batches(Random(12), 20, longest=30))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(RecordError, match=rf"is damaged \({said}.*\), and was not updated"):
        PaintingWriter(path)
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {"record"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE strokes SET after_ms = 'noon' WHERE sequence > 50",
        "UPDATE painters SET name = x'41'",
        "UPDATE strokes SET pixels = x'0100000001' || substr(pixels, 6)",
        "DELETE FROM strokes WHERE sequence = (SELECT min(sequence) FROM strokes)",
        "UPDATE keyframes SET width = NULL WHERE sequence > 0",
        "UPDATE canvas SET palette = 5.5",
    ],
)
def test_a_damaged_older_record_is_refused_and_left_as_it_is(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "record"
    write_old_record(path, 2, random_batches(Random(9), 12), kept_every=4)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '')")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(RecordError) as refused:
            PaintingWriter(path)
        assert str(refused.value).startswith(f"{path} is damaged (")
        assert str(refused.value).endswith("), and was not updated: start the server on a backup")
    assert path.read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {"record"}


def test_a_long_update_says_what_it_does(tmp_path: Path) -> None:
    write_old_record(tmp_path / "record", 2, random_batches(Random(10), 12))
    with patch.object(migration, "_TOLD_PLACEMENTS", 10), log() as logged:
        writer = PaintingWriter(tmp_path / "record")
        writer.stop()
    (line,) = logged.warnings
    assert line == f"Updating {writer.path}: reading {writer.sequence} placements, in some 0 s"


def test_another_colour_of_the_blank_board_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "record"
    write(path, [])
    assert verify(path).problems == ()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        blank = replay.keyframe_at(connection, 0)
        other = Keyframe.of(0, Canvas.blank(blank.size, AF06, 3))
        connection.execute("UPDATE keyframes SET colours = ?", (other.packed,))
    assert verify(path).problems == (
        "the id, the palette, a size or the ground of the board differs from its checksum",
    )
