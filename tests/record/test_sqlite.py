"""The record in an SQLite file: written, read, verified, backed up, grown, and refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from queue import Queue
from random import Random
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from dcc.board.questions import Questions
from dcc.core import packing
from dcc.core.actions import LogEntry
from dcc.core.canvas import pack_pixels, unpack_pixels
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.placements import Moment, Painter, Placement, Size, Span, Stroke
from dcc.errors import RecordError
from dcc.record import emptying, open_record, reader, rows, schema
from dcc.record import writer as writing
from dcc.record.maintenance import backup, resize, verify
from dcc.record.place import read_alone
from dcc.record.reader import Reader
from dcc.record.sharing import KEPT_SECONDS
from dcc.record.sqlite import BUSY_SECONDS, REST_SECONDS, SqliteRecord
from dcc.record.store import Store
from dcc.record.writer import DEFAULT_SIZE
from tests.support.disk import FAULTS, SQLITE_FULL, Operation, sqlite_disk
from tests.support.records import (
    ANA,
    BRUNO,
    SIZE,
    Batch,
    PaintingWriter,
    assert_holds,
    expected_board,
    expected_strokes,
    random_batches,
    stroke,
    write_old_record,
)
from tests.support.server_process import PATIENCE_SECONDS
from tests.support.wire import log

_T = TypeVar("_T")

GREY = Palette((Colour("black", "#000000"), Colour("grey", "#888888")))


class RecordTestCase(SynchronousTestCase):
    """A test case with an own folder.

    :ivar path: of a record that does not exist yet.
    """

    def setUp(self) -> None:
        """Make the folder, to be removed at the end."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.path = self.folder / "dcc.sqlite3"

    def write(self, *batches: Batch, path: Path | None = None) -> None:
        """Record batches with a writer of their own."""
        writer = PaintingWriter(path or self.path)
        for batch in batches:
            writer.append(*batch)
        writer.stop()

    def query(self, statement: str, *values: object) -> list[Any]:
        """Run a statement on the file itself."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    @property
    def files(self) -> list[str]:
        """The names of the files in the folder."""
        return sorted(path.name for path in self.folder.iterdir())


class WriterTests(RecordTestCase):
    """Batches in, and out again."""

    def test_a_new_record_is_a_blank_canvas_of_the_size_and_palette_asked_for(self) -> None:
        """Otherwise of the size and palette of the published activity."""
        writer = PaintingWriter(self.path)
        self.assertEqual((writer.canvas.width, writer.canvas.height), DEFAULT_SIZE)
        self.assertEqual(writer.canvas.palette, AF06)
        writer.stop()
        other = PaintingWriter(self.folder / "other", SIZE, GREY)
        self.assertEqual((other.canvas.width, other.canvas.height), SIZE)
        self.assertEqual(other.canvas.palette, GREY)
        self.assertEqual((other.sequence, bytes(other.canvas.colours)), (0, bytes(600)))
        self.assertNotEqual(other.canvas_id, writer.canvas_id)
        other.stop()

    def test_a_batch_ends_at_the_number_of_its_last_pixel(self) -> None:
        writer = PaintingWriter(self.path)
        self.assertEqual(writer.append([stroke((1, 1), (2, 2)), stroke((3, 3), by=BRUNO)], 1000), 3)
        self.assertEqual(writer.append([stroke((1, 4))], 2000), 4)
        writer.stop()

    def test_everything_comes_back_after_an_orderly_stop_and_after_none(self) -> None:
        batches = random_batches(Random(1), 30)
        writer = PaintingWriter(self.path, SIZE)
        for batch in batches[:20]:
            writer.append(*batch)
        writer.stop()
        again = PaintingWriter(self.path)
        self.assertEqual(again.canvas_id, writer.canvas_id)
        self.assertEqual((again.sequence, again.canvas.colours), (writer.sequence, writer.canvas.colours))
        for batch in batches[20:]:
            again.append(*batch)
        assert_holds(self.path, batches)  # while it is open
        again.stop()
        assert_holds(self.path, batches)

    def test_an_orderly_stop_leaves_one_file_with_the_last_board(self) -> None:
        self.write(Batch([stroke((1, 1))], 0))
        self.assertEqual(self.files, ["dcc.sqlite3"])
        self.assertEqual(self.query("SELECT sequence FROM keyframes"), [(0,), (1,)])

    def test_a_painter_has_one_row_a_connection_in_each_run(self) -> None:
        self.write(Batch([stroke((1, 1)), stroke((2, 1))], 0), Batch([stroke((3, 1))], 5))
        self.write(Batch([stroke((4, 1))], 9))
        self.assertEqual(
            self.query("SELECT since_ms, connection, name, address FROM painters"),
            [(0, 1, "Ana", "127.0.0.1:40001"), (9, 1, "Ana", "127.0.0.1:40001")],
        )

    def test_a_stroke_keeps_the_name_that_its_painter_had_then(self) -> None:
        named = Painter(ANA.connection, "Ana María", ANA.address)
        self.write(Batch([stroke((1, 1)), stroke((2, 1), by=named), stroke((3, 1))], 0))
        with Reader(self.path) as reader:
            self.assertEqual([found.painter for found in reader.strokes()], [ANA, named, ANA])

    def test_more_painters_than_are_remembered_are_all_kept(self) -> None:
        self.patch(writing, "PAINTERS_REMEMBERED", 3)
        painters = [Painter(number, f"p{number}", "::1") for number in range(10)]
        batches = [Batch([stroke((number, 1), by=painter)], number) for number, painter in enumerate(painters * 2)]
        self.write(*batches)
        with Reader(self.path) as reader:
            self.assertEqual(list(reader.strokes()), expected_strokes(batches))

    def test_a_painter_that_goes_on_keeps_the_row_however_many_others_pass_by(self) -> None:
        self.patch(writing, "PAINTERS_REMEMBERED", 3)
        passing = [Painter(number, f"p{number}", "::1") for number in range(10, 20)]
        self.write(*(Batch([stroke((1, 1)), stroke((2, 1), by=painter)], 0) for painter in passing))
        self.assertEqual(self.query("SELECT count(*) FROM painters WHERE connection = ?", ANA.connection), [(1,)])

    def test_times_of_a_clock_that_is_set_back_are_kept_as_given(self) -> None:
        self.write(*(Batch([stroke((1, 1))], time_ms) for time_ms in (5000, 1000, 6000)))
        with Reader(self.path) as reader:
            self.assertEqual([found.time_ms for found in reader.strokes()], [5000, 1000, 6000])

    def test_single_pixels_take_at_most_24_bytes_each_with_the_kept_boards(self) -> None:
        """Even painted one by one, by hundreds of people over weeks."""
        random = Random(2)
        painters = [Painter(number, f"painter {number}", f"192.168.0.1:{number}") for number in range(500)]
        cells = DEFAULT_SIZE.width * DEFAULT_SIZE.height
        writer = PaintingWriter(self.path)
        for number in range(60):
            strokes = [
                stroke((random.randrange(cells), random.randrange(8)), by=random.choice(painters)) for _ in range(1000)
            ]
            writer.append(strokes, 1_700_000_000_000 + number * 30_000_000)
        # The numbers of the first 60,000 are a byte shorter than those of the ten-millionth.
        writer.stop()
        self.assertLess(self.path.stat().st_size / writer.sequence + 1, 24)


class KeyframeTests(RecordTestCase):
    """Kept boards, so that every moment is near a board."""

    def setUp(self) -> None:
        """Keep boards often."""
        super().setUp()
        self.patch(writing, "KEYFRAME_PLACEMENTS", 100)

    def keyframes(self) -> list[int]:
        """Read the sequences of the kept boards."""
        return [sequence for (sequence,) in self.query("SELECT sequence FROM keyframes ORDER BY sequence")]

    def paint(self, writer: PaintingWriter, placements: int) -> None:
        """Paint pixels, one a batch, and keep the board when a keyframe is due."""
        for _ in range(placements):
            writer.append([stroke((writer.sequence % 600, 1 + writer.sequence % 7))], 0)
            if writer.keyframe_due:
                writer.keep_board()

    def test_boards_are_kept_at_intervals_and_at_the_stop(self) -> None:
        writer = PaintingWriter(self.path, SIZE)
        self.paint(writer, 350)
        writer.stop()
        self.assertEqual(self.keyframes(), [0, 100, 200, 300, 350])
        self.assertEqual(verify(self.path).problems, ())

    def test_large_boards_are_kept_less_often(self) -> None:
        """So they cost a byte a placement at most, whatever people paint."""
        random = Random(4)
        writer = PaintingWriter(self.path, SIZE)
        writer.append([stroke(*((cell, random.randrange(8)) for cell in range(600)))], 0)
        writer.keep_board()
        ((length,),) = self.query("SELECT length(colours) FROM keyframes WHERE sequence = 600")
        self.assertGreater(length, 200)
        self.paint(writer, length - 1)
        self.assertEqual(self.keyframes(), [0, 600])
        self.paint(writer, 1)
        self.assertEqual(self.keyframes(), [0, 600, 600 + length])
        writer.stop()

    def test_frequent_restarts_do_not_pile_up_boards(self) -> None:
        for _ in range(30):
            writer = PaintingWriter(self.path, SIZE)
            self.paint(writer, 10)
            writer.stop()
        self.assertEqual(self.keyframes(), [0, 100, 200, 300])
        self.assertEqual(verify(self.path).problems, ())

    def test_a_start_and_a_stop_without_a_paint_leave_the_file_as_it_was(self) -> None:
        self.write(Batch([stroke((1, 1))], 0))
        before = self.path.read_bytes()
        self.write()
        self.assertEqual(self.path.read_bytes(), before)


class ReaderTests(RecordTestCase):
    """Answers of a reader, compared with a plain list of placements."""

    def setUp(self) -> None:
        """Record something on a board that grows twice meanwhile."""
        super().setUp()
        self.patch(writing, "KEYFRAME_PLACEMENTS", 150)
        self.patch(reader, "_PLACEMENTS_AT_ONCE", 37)
        self.patch(rows, "ROWS_AT_ONCE", 7)
        self.batches = random_batches(Random(5), 40, longest=20)
        self.writer = PaintingWriter(self.path, SIZE)
        self.addCleanup(self.writer.stop)
        sizes = {13: Size(41, 20), 27: Size(41, 33)}
        self.size = Size(41, 33)
        self.placements: list[tuple[Placement, int, int]] = []  # with cell, as on the last board, and colour
        for number, batch in enumerate(self.batches):
            if number in sizes:
                self.writer.resize(sizes[number])
            self.writer.append(*batch)
            if self.writer.keyframe_due:
                self.writer.keep_board()
            width = self.writer.canvas.width
            for one in batch.strokes:
                for cell, colour in unpack_pixels(one.pixels):
                    placement = Placement(len(self.placements) + 1, batch.time_ms, one.painter)
                    self.placements.append((placement, cell // width * 41 + cell % width, colour))
        self.reader = Reader(self.path)
        self.addCleanup(self.reader.close)

    def board(self, sequence: int) -> bytes:
        """Make the board as of a placement."""
        colours = bytearray(self.size.width * self.size.height)
        for _placement, cell, colour in self.placements[:sequence]:
            colours[cell] = colour
        return bytes(colours)

    def test_the_latest_placements_are_counted_by_cell_as_on_the_board_of_today(self) -> None:
        for most in (0, 1, 33, 150, len(self.placements), 10_000):
            counted = self.placements[max(0, len(self.placements) - most) :]
            counts = Counter(cell for _placement, cell, _colour in counted)
            heat = self.reader.heat(most)
            self.assertEqual((heat.sequence, heat.since), (len(self.placements), len(self.placements) - len(counted)))
            self.assertEqual(list(heat.times), [counts[cell] for cell in range(self.size.width * self.size.height)])
            self.assertEqual(packing.unpack(*heat.packed, 10_000), heat.times)

    def test_the_last_painter_of_each_cell_is_found_as_on_the_board_of_today(self) -> None:
        count = len(self.placements)
        for most in (0, 1, 33, 150, 10_000):
            looked_at = self.placements[max(0, count - most) :]
            last = {cell: placement.painter for placement, cell, _colour in looked_at}
            found = self.reader.painters(most)
            self.assertEqual((found.sequence, found.since), (count, count - len(looked_at)))
            names = ["", *(painter.name for painter in found.painters)]
            expected = [last[cell].name if cell in last else "" for cell in range(len(found.numbers))]
            self.assertEqual([names[number] for number in found.numbers], expected)
            cells = [found.numbers.count(number) for number in range(1, len(names))]
            self.assertEqual(cells, sorted(cells, reverse=True))

    def test_a_reader_knows_the_canvas_and_how_far_the_record_goes(self) -> None:
        self.assertEqual(self.reader.canvas_id, self.writer.canvas_id)
        self.assertEqual(self.reader.palette, AF06)
        self.assertEqual(self.reader.size, self.size)
        self.assertEqual(self.reader.last_sequence(), len(self.placements))
        first, last = self.placements[0][0], self.placements[-1][0]
        self.assertEqual(self.reader.span(), Span(len(self.placements), first.time_ms, last.time_ms))

    def test_the_board_as_of_every_placement_is_what_the_placements_so_far_make(self) -> None:
        for sequence in range(len(self.placements) + 1):
            self.assertEqual(self.reader.canvas_at(sequence).colours, self.board(sequence), sequence)

    def test_a_moment_beyond_either_end_is_the_nearest_moment(self) -> None:
        last = len(self.placements)
        for asked, sequence in ((-5, 0), (0, 0), (77, 77), (last, last), (last + 1, last)):
            time_ms = self.placements[sequence - 1][0].time_ms if sequence else 0
            colours = self.board(sequence)
            packed = packing.pack(colours)
            self.assertEqual(self.reader.moment(asked), Moment(sequence, time_ms, colours, packed))

    def test_every_time_finds_the_last_placement_of_then_or_before(self) -> None:
        times = [placement.time_ms for placement, _cell, _colour in self.placements]
        for time_ms in {known + shift for known in times for shift in (-1, 0, 1)}:
            self.assertEqual(self.reader.sequence_at(time_ms), sum(other <= time_ms for other in times))
        for sequence in range(1, len(times) + 1):
            self.assertEqual(self.reader.time_of(sequence), times[sequence - 1])
        self.assertIsNone(self.reader.time_of(0))
        self.assertIsNone(self.reader.time_of(len(times) + 1))

    def test_a_time_finds_the_last_placement_of_then_or_before_whatever_the_clock_did(self) -> None:
        """Set ahead for the first placements, for some in between, and set back an hour."""
        hour = 3_600_000
        for times in (
            [9 * hour, 9 * hour, hour, hour + 1, hour + 2],
            [hour, 9 * hour, 9 * hour, 9 * hour, hour + 2],
            [2 * hour, 2 * hour + 5, hour, hour + 5, 2 * hour + 9],
            [5, 4, 3, 2, 1],
        ):
            path = self.folder / f"clock-{times[0]}-{times[1]}"
            self.write(*(Batch([stroke((1, 1)), stroke((2, 2))], time_ms) for time_ms in times), path=path)
            with Reader(path) as clock:
                for asked in {time_ms + shift for time_ms in times for shift in (-1, 0, 1)}:
                    expected = max((2 * number for number, at in enumerate(times, 1) if at <= asked), default=0)
                    self.assertEqual(clock.sequence_at(asked), expected, (times, asked))

    def test_any_range_can_be_read_as_pixels_and_as_strokes(self) -> None:
        """Ranges begin and end in the middle of strokes too."""
        random = Random(6)
        last = len(self.placements)
        ranges = [(0, last), (0, 0), (last, last), (last - 1, last), (0, 1)]
        for _ in range(60):
            after, until = sorted((random.randint(0, last), random.randint(0, last)))
            ranges.append((after, until))
        for after, until in ranges:
            wanted = self.placements[after:until]
            packed = pack_pixels((cell, colour) for _placement, cell, colour in wanted)
            self.assertEqual(b"".join(self.reader.pixels(after, until)), packed, (after, until))
            found = []
            for one in self.reader.strokes(after, until):
                pixels = list(unpack_pixels(one.pixels))
                self.assertEqual(one.sequence, after + len(found) + len(pixels))
                found += [(Placement(0, one.time_ms, one.painter), cell, colour) for cell, colour in pixels]
            self.assertEqual(
                [(item.time_ms, item.painter, cell, colour) for item, cell, colour in found],
                [(item.time_ms, item.painter, cell, colour) for item, cell, colour in wanted],
            )
        self.assertEqual(b"".join(self.reader.pixels()), b"".join(self.reader.pixels(0, last)))

    def test_the_history_of_every_cell_is_newest_first(self) -> None:
        for cell in range(self.size.width * self.size.height):
            self.assertEqual(
                [(painting.placement, painting.colour) for painting in self.reader.history(cell)],
                [(placement, colour) for placement, other, colour in reversed(self.placements) if other == cell],
            )

    def test_no_question_takes_the_whole_record_into_memory(self) -> None:
        """Not even about a cell in every stroke, or about the moment after a kept board."""
        self.patch(rows, "ROWS_AT_ONCE", 20)
        path = self.folder / "large"
        size = Size(100, 50)
        everywhere = stroke(*((cell, 1) for cell in range(5000)))
        with closing(PaintingWriter(path, size)) as writer:
            writer.append([everywhere] * 200, 0)
        whole = 200 * len(everywhere.pixels)
        with Reader(path) as large:
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            for ask in (
                lambda: next(large.history(7)),
                lambda: large.canvas_at(1),
                lambda: next(large.strokes()),
                lambda: next(large.pixels()),
            ):
                tracemalloc.reset_peak()
                ask()
                self.assertLess(tracemalloc.get_traced_memory()[1], whole / 3)

    def test_a_reader_in_the_middle_of_a_range_holds_up_no_writer(self) -> None:
        pieces = self.reader.pixels()
        first = next(pieces)
        last = self.writer.append([stroke((0, 5))], 0)
        self.assertEqual(self.reader.last_sequence(), last)
        packed = pack_pixels((cell, colour) for _placement, cell, colour in self.placements)
        self.assertEqual(first + b"".join(pieces), packed)

    def test_an_interrupted_reader_reads_no_more(self) -> None:
        strokes = self.reader.strokes()
        next(strokes)
        self.reader.interrupt()
        self.assertRaises(RecordError, list, strokes)
        self.assertRaises(RecordError, self.reader.last_sequence)

    def test_another_process_reads_while_this_one_may_write(self) -> None:
        program = "import sys; from dcc.record.reader import Reader; print(Reader(sys.argv[1]).last_sequence())"
        done = subprocess.run(
            [sys.executable, "-c", program, self.path], capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        self.assertEqual((done.stdout, done.stderr), (f"{len(self.placements)}\n", ""))


class RefusalTests(RecordTestCase):
    """Files that are no record, or no record for now: one line, and the file as before."""

    def refuse(self, reason: str, size: Size | None = None, palette: Palette | None = None) -> None:
        """Try to open the file for writing."""
        before = self.path.read_bytes() if self.path.is_file() else None
        error = self.assertRaises(RecordError, PaintingWriter, self.path, size, palette)
        self.assertEqual(str(error), reason.format(path=self.path))
        self.assertEqual(self.path.read_bytes() if self.path.is_file() else None, before)

    def refuse_to_read(self, reason: str) -> None:
        """Try to open the file for reading."""
        error = self.assertRaises(RecordError, Reader, self.path)
        self.assertEqual(str(error), reason.format(path=self.path))

    def test_a_second_writer_is_refused_until_the_first_is_gone(self) -> None:
        writer = PaintingWriter(self.path)
        self.refuse("{path} is in use by another server")
        link = self.folder / "link"
        link.symlink_to(self.path)
        self.assertRaises(RecordError, PaintingWriter, link)
        writer.append([stroke((1, 1))], 0)  # the first one was not disturbed
        writer.stop()
        PaintingWriter(self.path).stop()

    def test_another_size_or_palette_than_the_records_is_refused(self) -> None:
        PaintingWriter(self.path, SIZE, GREY).stop()
        PaintingWriter(self.path, SIZE, GREY).stop()
        self.refuse("the canvas in {path} is 30x20: leave --canvas out, or see dcc resize", Size(31, 20))
        self.refuse("the canvas in {path} has another palette, of 2 colours: leave --palette out", palette=AF06)

    def test_another_kind_of_file_is_refused_and_left_alone(self) -> None:
        for content in (b"x", b"my notes\n" * 1000, bytes(8192), b"SQLite format 3\0" + b"\xff" * 5000):
            self.path.write_bytes(content)
            self.refuse("{path} is another kind of file, and no record of a canvas")
            self.refuse_to_read("{path} is another kind of file, and no record of a canvas")
            self.assertEqual(self.files, ["dcc.sqlite3"])

    def test_a_database_of_another_program_is_refused(self) -> None:
        self.query("CREATE TABLE notes (text)")
        self.refuse("{path} is a database of another program, and no record of a canvas")
        self.refuse_to_read("{path} is a database of another program, and no record of a canvas")
        self.assertEqual(self.files, ["dcc.sqlite3"])

    def test_a_record_of_a_newer_version_is_refused(self) -> None:
        self.write()
        self.query(f"PRAGMA user_version = {schema.VERSION + 1}")
        reason = (
            f"{{path}} was written by a newer version (schema {schema.VERSION + 1}, this one knows {schema.VERSION});"
            " update dcc"
        )
        self.refuse(reason)
        self.refuse_to_read(reason)

    def test_a_start_notices_damage_to_what_it_reads(self) -> None:
        damages: list[tuple[str, tuple[object, ...], str]] = [
            ("UPDATE keyframes SET colours = ?", (b"",), "kept board 2: not the 2500 cells of 50x50"),
            (
                "UPDATE keyframes SET colours = ?",
                (b"??",),
                "kept board 2: not the 2500 cells of 50x50 (Error -3 while decompressing data",
            ),
            ("UPDATE keyframes SET width = 51", (), "kept board 2: not the 2550 cells of 51x50"),
            ("DELETE FROM keyframes", (), "no kept board up to 2"),
            ("DELETE FROM canvas", (), "there is not one canvas, but 0"),
            ("UPDATE canvas SET palette = '[]'", (), "a palette has 1 to 256 colours, this one has 0"),
            ("UPDATE canvas SET palette = '[1]'", (), "a palette that cannot be read"),
            ("UPDATE canvas SET palette = '?'", (), "a palette that cannot be read"),
            ("INSERT INTO strokes VALUES (4, 1, 0, ?)", (bytes(5),), "the stroke up to 4 does not follow"),
            ("INSERT INTO strokes VALUES (3, 1, 0, ?)", (bytes(10),), "the stroke up to 3 does not follow"),
            ("INSERT INTO strokes VALUES (3, 1, 0, ?)", (bytes(4),), "the stroke up to 3 has no whole pixels"),
            ("INSERT INTO strokes VALUES (3, 1, 0, ?)", (b"\xff" * 5,), "cell 4294967295 is outside of the board"),
        ]
        for statement, values, reason in damages:
            with self.subTest(statement=statement, values=values):
                self.path.unlink(missing_ok=True)
                self.write(Batch([stroke((1, 1)), stroke((2, 1))], 0))
                self.query(statement, *values)
                error = self.assertRaises(RecordError, PaintingWriter, self.path)
                self.assertIn(f"{self.path} is damaged ({reason}", str(error))
                self.assertIn("): start the server on a backup, or see what dcc verify says", str(error))

    def test_a_copy_that_was_not_finished_is_refused(self) -> None:
        self.write(Batch([stroke(*((cell, 1) for cell in range(2500)))], 0))
        self.path.write_bytes(self.path.read_bytes()[:9000])
        self.refuse(
            "{path} is damaged (database disk image is malformed): start the server on a backup, or see what dcc verify"
            " says"
        )
        problem = "damaged and unreadable (database disk image is malformed); use a backup"
        self.assertEqual(verify(self.path).problems, (problem,))

    def test_a_log_without_its_file_is_refused(self) -> None:
        """SQLite would delete the log, and with it the latest placements."""
        log_path = self.path.with_name("dcc.sqlite3-wal")
        log_path.write_bytes(b"?" * 100)
        self.refuse(f"{log_path} is there without {{path}}; move both together")
        self.path.touch()
        self.refuse_to_read(f"{log_path} is there without {{path}}; move both together")
        self.assertEqual(log_path.read_bytes(), b"?" * 100)

    def test_a_folder_that_does_not_exist_is_named_in_the_systems_words(self) -> None:
        self.path = self.folder / "missing" / "dcc.sqlite3"
        self.refuse("cannot use {path}: No such file or directory")
        self.refuse_to_read("there is no file {path}")

    def test_a_folder_is_no_record(self) -> None:
        self.path = self.folder
        self.refuse("cannot use {path}: it is not a file")

    def test_an_empty_file_becomes_a_record(self) -> None:
        """An operator may have made the file for its owner and rights."""
        self.path.touch()
        self.refuse_to_read("{path} is empty: there is no canvas in it yet")
        self.write()
        self.assertEqual(verify(self.path).problems, ())


class MigrationTests(RecordTestCase):
    """A record of an older schema."""

    def setUp(self) -> None:
        """Record something with the first version's tables."""
        super().setUp()
        self.batches = random_batches(Random(7), 5)
        self.canvas_id = write_old_record(self.path, 1, self.batches)

    def test_a_reader_does_not_update_an_older_record(self) -> None:
        error = self.assertRaises(RecordError, Reader, self.path)
        self.assertIn("was written by an older version; start the server on it once", str(error))

    def test_a_writer_updates_an_older_record_and_keeps_the_old_file(self) -> None:
        with log() as logged:
            record = open_record(Store(str(self.path)), None, None, Threads())
        kept = self.folder / "dcc.sqlite3.schema-1"
        self.assertEqual(
            logged.warnings, [f"{self.path} was updated from an older version; the old file is kept as {kept}"]
        )
        self.assertEqual(record.canvas_id, self.canvas_id)
        self.assertEqual(bytes(record.load()[1].colours), expected_board(self.batches))
        assert_holds(self.path, self.batches)
        self.assertEqual(len(self.query("SELECT * FROM log")), len(expected_strokes(self.batches)))
        connection = sqlite3.connect(kept)
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("PRAGMA user_version").fetchone(), (1,))
        ((last,),) = connection.execute("SELECT max(sequence) FROM strokes").fetchall()
        self.assertEqual(last, expected_strokes(self.batches)[-1].sequence)

    def test_the_copy_of_an_older_record_gets_a_free_name(self) -> None:
        (self.folder / "dcc.sqlite3.schema-1").write_text("mine")
        writer = PaintingWriter(self.path)
        writer.stop()
        self.assertEqual(writer.backup, self.folder / "dcc.sqlite3.schema-1-2")
        self.assertEqual((self.folder / "dcc.sqlite3.schema-1").read_text(), "mine")

    def test_an_update_that_fails_changes_nothing(self) -> None:
        self.query("CREATE VIEW log AS SELECT 1")  # in the way of ours
        before = self.path.read_bytes()
        error = self.assertRaises(RecordError, PaintingWriter, self.path)
        self.assertEqual(str(error), f"cannot use {self.path}: view log already exists")
        self.assertEqual(self.path.read_bytes(), before)


class VerifyTests(RecordTestCase):
    """Contradictions in a record, wherever they are."""

    def setUp(self) -> None:
        """Record something, with kept boards in between."""
        super().setUp()
        self.patch(writing, "KEYFRAME_PLACEMENTS", 10)
        writer = PaintingWriter(self.path, SIZE)
        for number in range(1, 36):
            writer.append([stroke((number, number % 8))], number)
            if number in (10, 20, 30):
                writer.keep_board()
        writer.stop()

    def test_the_check_of_a_sound_record_says_how_much_it_looked_at(self) -> None:
        found = verify(self.path)
        self.assertEqual((found.sequence, found.strokes, found.keyframes, found.problems), (35, 35, 5, ()))

    def test_the_check_names_every_contradiction(self) -> None:
        blank = sqlite3.connect(self.path).execute("SELECT colours FROM keyframes WHERE sequence = 0").fetchone()[0]
        for statement, values, problem in (
            ("DELETE FROM strokes WHERE sequence = 13", (), "the stroke up to 14 does not follow the stroke before"),
            ("DELETE FROM strokes WHERE sequence = 1", (), "the stroke up to 2 does not follow the stroke before"),
            ("UPDATE strokes SET pixels = ? WHERE sequence = 15", (bytes(10),), "the stroke up to 15 does not follow"),
            ("UPDATE strokes SET pixels = ? WHERE sequence = 15", (b"\xff" * 5,), "cell 4294967295 is outside"),
            ("UPDATE strokes SET pixels = ? WHERE sequence = 15", (b"\0\0\0\0\x08",), "colour 8 is not in the palette"),
            (
                "UPDATE strokes SET pixels = ? WHERE sequence = 15",
                (bytes(5),),
                "placements 11 to 20 differ from their checksum",
            ),
            (
                "UPDATE keyframes SET colours = ? WHERE sequence = 30",
                (blank,),
                "kept board 30 differs from the placements",
            ),
            (
                "UPDATE keyframes SET sequence = 31 WHERE sequence = 30",
                (),
                "placements 21 to 35 differ from their checksum",
            ),
            ("UPDATE keyframes SET width = 10 WHERE sequence = 30", (), "kept board 30 is smaller"),
            ("DELETE FROM keyframes WHERE sequence = 0", (), "the first kept board is 10, not 0"),
            ("DELETE FROM keyframes", (), "there is no kept board"),
            ("DELETE FROM painters", (), "no painter 1"),
        ):
            with self.subTest(statement=statement):
                broken = self.folder / "broken"
                broken.write_bytes(self.path.read_bytes())
                whole, self.path = self.path, broken
                self.query(statement, *values)
                self.path = whole
                (found,) = verify(broken).problems
                self.assertIn(problem, found)

    def test_the_check_finds_damaged_pages(self) -> None:
        whole = self.path.read_bytes()
        pages = dict(self.query("SELECT name, rootpage FROM sqlite_schema WHERE rootpage"))
        for start in ((pages["strokes"] - 1) * 4096 + 8, (pages["keyframes"] - 1) * 4096, 100):
            self.path.write_bytes(whole[:start] + b"\xff" * 16 + whole[start + 16 :])
            self.assertNotEqual(verify(self.path).problems, (), start)

    def test_the_check_looks_at_all_commits_while_a_server_writes(self) -> None:
        writer = PaintingWriter(self.path)
        self.addCleanup(writer.stop)
        writer.append([stroke((1, 1))], 0)
        self.assertEqual((verify(self.path).sequence, verify(self.path).problems), (36, ()))


class UpkeepTests(RecordTestCase):
    """Backing up, restoring and growing."""

    def test_a_backup_during_writes_has_all_commits_and_goes_on_as_a_record(self) -> None:
        batches = random_batches(Random(8), 12)
        writer = PaintingWriter(self.path, SIZE)
        for batch in batches[:6]:
            writer.append(*batch)
        target = self.folder / "backup"
        backup(self.path, target)
        for batch in batches[6:]:
            writer.append(*batch)
        assert_holds(target, batches[:6])
        self.assertEqual([name for name in self.files if name.startswith("backup")], ["backup"])
        writer.stop()
        assert_holds(self.path, batches)
        restored = PaintingWriter(target)
        self.assertEqual(restored.canvas_id, writer.canvas_id)
        restored.append(*batches[6])
        restored.stop()
        assert_holds(target, batches[:7])

    def test_a_backup_writes_over_nothing_and_leaves_nothing_behind(self) -> None:
        self.write()
        target = self.folder / "precious"
        target.write_text("mine")
        error = self.assertRaises(RecordError, backup, self.path, target)
        self.assertEqual(str(error), f"{target} is there already; choose another name")
        self.assertEqual(target.read_text(), "mine")
        error = self.assertRaises(RecordError, backup, self.path, self.folder / "missing" / "backup")
        self.assertEqual(str(error), f"cannot write {self.folder / 'missing' / 'backup'}: No such file or directory")
        self.assertRaises(RecordError, backup, self.folder / "nothing", self.folder / "copy")
        self.assertEqual(self.files, ["dcc.sqlite3", "precious"])

    def test_a_backup_onto_a_full_disk_tells_the_reason_and_leaves_nothing_behind(self) -> None:
        self.write(Batch([stroke(*((cell, 1) for cell in range(2500)))], 0))
        before, target = self.files, self.folder / "backup"
        room = failures = 0

        def watch(operation: Operation) -> int:
            nonlocal left
            is_of_copy = operation.kind == "write" and operation.path.startswith(str(target))
            left -= is_of_copy
            return SQLITE_FULL if is_of_copy and left < 0 else 0

        while not target.exists():
            left = room
            try:
                with sqlite_disk(watch):
                    backup(self.path, target)
            except RecordError as error:
                self.assertEqual(str(error), f"cannot write {target}: database or disk is full")
                self.assertEqual(self.files, before, room)
                failures += 1
            room += 1
        self.assertGreater(failures, 3)
        self.assertEqual(self.files, sorted([*before, "backup"]))

    def test_a_canvas_that_grows_keeps_the_picture_and_gets_a_new_id(self) -> None:
        batches = random_batches(Random(9), 5)
        self.path.unlink(missing_ok=True)
        writer = PaintingWriter(self.path, SIZE)
        for batch in batches:
            writer.append(*batch)
        old = writer.canvas
        writer.stop()
        resize(self.path, 37, 29)
        again = PaintingWriter(self.path)
        self.addCleanup(again.stop)
        self.assertNotEqual(again.canvas_id, writer.canvas_id)
        self.assertEqual((again.sequence, again.canvas.width, again.canvas.height), (writer.sequence, 37, 29))
        for row in range(29):
            for column in range(37):
                inside = column < SIZE.width and row < SIZE.height
                colour = old.colours[old.cell(column, row)] if inside else 0
                self.assertEqual(again.canvas.colours[again.canvas.cell(column, row)], colour)
        self.assertEqual(verify(self.path).problems, ())

    def test_a_size_that_is_no_larger_or_too_large_is_refused(self) -> None:
        PaintingWriter(self.path, SIZE).stop()
        before = self.path.read_bytes()
        for width, height in ((30, 20), (29, 200), (300, 19), (4097, 20)):
            error = self.assertRaises(RecordError, resize, self.path, width, height)
            self.assertEqual(str(error), "a canvas only grows: this one is 30x20 and may become up to 4096x4096")
        self.assertEqual(self.path.read_bytes(), before)

    def test_a_canvas_does_not_grow_while_a_server_runs(self) -> None:
        """Clients of the server hold boards of the old size."""
        writer = PaintingWriter(self.path)
        self.addCleanup(writer.stop)
        error = self.assertRaises(RecordError, resize, self.path, 100, 100)
        self.assertEqual(str(error), f"{self.path} is in use by a server; stop it first")

    def test_growing_makes_no_record_of_a_missing_or_empty_file(self) -> None:
        error = self.assertRaises(RecordError, resize, self.path, 100, 100)
        self.assertEqual(str(error), f"there is no file {self.path}")
        self.assertEqual(self.files, [])
        self.path.touch()
        error = self.assertRaises(RecordError, resize, self.path, 100, 100)
        self.assertEqual(str(error), f"{self.path} is empty: there is no canvas in it yet")
        self.assertEqual((self.files, self.path.read_bytes()), (["dcc.sqlite3"], b""))


class Threads:
    """Stands in for a reactor: takes calls from threads, and makes the calls while the test waits."""

    def __init__(self) -> None:
        self._calls: Queue[tuple[Callable[..., Any], tuple[Any, ...]]] = Queue()
        self.clock = Clock()
        self.callLater, self.seconds = self.clock.callLater, self.clock.seconds

    def callFromThread(self, function: Callable[..., Any], *arguments: Any) -> None:
        """See ``IReactorFromThreads``."""
        self._calls.put((function, arguments))

    def wait_for(self, deferred: Deferred[_T]) -> _T | Failure:
        """Make calls until a Deferred has a result or a failure, and give that."""
        results: list[_T | Failure] = []
        deferred.addBoth(results.append)
        while not results:
            function, arguments = self._calls.get(timeout=PATIENCE_SECONDS)
            function(*arguments)
        return results[0]


class SqliteRecordTests(RecordTestCase):
    """The record as the board has it: Deferreds in front of threads."""

    def setUp(self) -> None:
        """Open a record, and follow it as the board does."""
        super().setUp()
        self.threads = Threads()
        self.delivered: list[tuple[list[Stroke], int, int]] = []
        self.record = self.open()

    def open(self, size: Size | None = SIZE) -> SqliteRecord:
        """Open the record, to be closed at the end."""
        record = open_record(Store(str(self.path)), size, None, self.threads)
        assert isinstance(record, SqliteRecord)
        _sequence, canvas = record.load()

        def deliver(strokes: Sequence[Stroke], sequence: int, time_ms: int) -> None:
            self.delivered.append((list(strokes), sequence, time_ms))
            for one in strokes:
                canvas.apply(one.pixels)

        self.noticed: list[RecordError] = []
        self.actions: list[tuple[LogEntry, list[Stroke]]] = []

        def deliver_action(entry: LogEntry, strokes: Sequence[Stroke]) -> None:
            self.actions.append((entry, list(strokes)))
            for one in strokes:
                canvas.apply(one.pixels)

        record.follow(deliver, deliver_action, self.noticed.append)
        self.addCleanup(lambda: self.threads.wait_for(record.close()))
        return record

    def wait_for(self, deferred: Deferred[_T]) -> Any:
        """Give the result of a Deferred, or the error."""
        result = self.threads.wait_for(deferred)
        return result.value if isinstance(result, Failure) else result

    def paint(self, *strokes: Stroke) -> None:
        """Record strokes, and wait for a board that is to be kept."""
        self.wait_for(self.record.append(list(strokes), 0))
        self.wait_for(self.record.span())  # answered when a board that is to be kept is on its way to the disk

    def test_each_answer_comes_in_order_when_its_batch_is_on_the_disk(self) -> None:
        batches = random_batches(Random(10), 20)
        answers = [self.record.append(*batch) for batch in batches]
        ends = [expected_strokes(batches[: number + 1])[-1].sequence for number in range(20)]
        self.assertEqual([self.wait_for(answer) for answer in answers], ends)
        assert_holds(self.path, batches)

    def test_every_batch_is_delivered_before_it_is_answered(self) -> None:
        batches = random_batches(Random(10), 20)
        delivered_at_answer: list[int] = []
        for batch in batches:
            answer = self.record.append(*batch)
            answer.addCallback(lambda _sequence: delivered_at_answer.append(len(self.delivered)))
        self.wait_for(self.record.append([], 0))
        self.assertEqual(delivered_at_answer, list(range(1, 21)))
        ends = [expected_strokes(batches[: number + 1])[-1].sequence for number in range(20)]
        expected = [(batch.strokes, end, batch.time_ms) for batch, end in zip(batches, ends, strict=True)]
        self.assertEqual(self.delivered, expected)

    def test_neither_an_empty_batch_nor_a_failed_one_is_delivered(self) -> None:
        self.assertEqual(self.wait_for(self.record.append([], 0)), 0)
        self.query("CREATE TRIGGER no BEFORE INSERT ON strokes BEGIN SELECT RAISE(FAIL, 'no'); END")
        self.assertIsInstance(self.wait_for(self.record.append([stroke((1, 1))], 0)), RecordError)
        self.assertEqual(self.delivered, [])
        self.query("DROP TRIGGER no")
        self.assertEqual(self.wait_for(self.record.append([stroke((1, 1))], 5)), 1)
        self.assertEqual(self.delivered, [([stroke((1, 1))], 1, 5)])

    def test_boards_kept_while_batches_are_under_way_are_as_of_the_delivered_sequence(self) -> None:
        self.patch(writing, "KEYFRAME_PLACEMENTS", 30)
        self.wait_for(self.record.close())
        self.record = self.open()
        batches = random_batches(Random(12), 60)
        for number in range(0, 60, 5):
            for batch in batches[number : number + 5]:
                last = self.record.append(*batch)
            self.wait_for(last)
            self.wait_for(self.record.span())
        self.record.append(*batches[0])
        self.record.append(*batches[1])
        self.wait_for(self.record.close())
        self.assertGreater(self.query("SELECT count(*) FROM keyframes"), [(4,)])
        assert_holds(self.path, [*batches, *batches[:2]])

    def test_closing_waits_for_every_batch_and_frees_the_file(self) -> None:
        batches = random_batches(Random(11), 20)
        for batch in batches:
            self.record.append(*batch)
        self.wait_for(self.record.close())
        assert_holds(self.path, batches)
        self.assertEqual(self.files, ["dcc.sqlite3"])
        sequence, canvas = self.open().load()
        self.assertEqual(sequence, expected_strokes(batches)[-1].sequence)
        self.assertEqual(bytes(canvas.colours), expected_board(batches))

    def test_a_closed_record_takes_neither_batches_nor_questions(self) -> None:
        self.wait_for(self.record.close())
        for asked in (self.record.append([stroke((1, 1))], 0), self.record.span(), self.record.board_at(0)):
            self.assertEqual(str(self.wait_for(asked)), "the server stops")
        self.assertIsNone(self.wait_for(self.record.close()))

    def test_questions_about_the_history_are_answered(self) -> None:
        self.assertEqual(self.wait_for(self.record.span()), Span(0, None, None))
        self.assertIsNone(self.wait_for(self.record.last_placement(7)))
        self.wait_for(self.record.append([stroke((7, 1)), stroke((8, 2), (7, 3), by=BRUNO)], 1000))
        self.wait_for(self.record.append([stroke((8, 4))], 2000))
        self.assertEqual(self.wait_for(self.record.span()), Span(4, 1000, 2000))
        self.assertEqual(self.wait_for(self.record.last_placement(7)), Placement(3, 1000, BRUNO))
        self.assertEqual(self.wait_for(self.record.last_placement(8)), Placement(4, 2000, ANA))
        moment = self.wait_for(self.record.board_at(2))
        self.assertEqual((moment.sequence, moment.time_ms, moment.colours[7:9]), (2, 1000, b"\x01\x02"))
        heat = self.wait_for(self.record.heat())
        self.assertEqual((heat.sequence, heat.since, heat.times[7:10], sum(heat.times)), (4, 0, b"\x02\x02\x00", 4))

    def test_all_who_ask_for_a_map_within_some_seconds_share_one_answer(self) -> None:
        self.wait_for(self.record.append([stroke((7, 1), by=BRUNO)], 1000))
        for ask in (self.record.heat, self.record.painters):
            questions = Questions()
            asked = [questions.ask(f"10.0.0.{number % 5}", ask) for number in range(30)]
            first, *others = [self.wait_for(each) for each in asked]
            self.assertTrue(all(each is first for each in others), ask.__name__)

    def test_a_map_has_what_was_painted_since_once_the_shared_answer_is_old(self) -> None:
        self.wait_for(self.record.append([stroke((7, 1), by=BRUNO)], 1000))
        heat, painters = self.wait_for(self.record.heat()), self.wait_for(self.record.painters())
        self.assertEqual((heat.times[7], [painter.name for painter in painters.painters]), (1, [BRUNO.name]))
        self.wait_for(self.record.append([stroke((7, 4))], 2000))
        self.assertIs(self.wait_for(self.record.heat()), heat)
        self.assertIs(self.wait_for(self.record.painters()), painters)
        self.threads.clock.advance(KEPT_SECONDS)
        heat, painters = self.wait_for(self.record.heat()), self.wait_for(self.record.painters())
        self.assertEqual((heat.times[7], [painter.name for painter in painters.painters]), (2, [ANA.name]))

    def test_a_question_that_failed_is_asked_again_at_once(self) -> None:
        self.wait_for(self.record.append([stroke((7, 1))], 1000))
        self.query("ALTER TABLE strokes RENAME TO away")
        self.assertIsInstance(self.wait_for(self.record.heat()), RecordError)
        self.query("ALTER TABLE away RENAME TO strokes")
        self.assertEqual(self.wait_for(self.record.heat()).times[7], 1)

    def test_a_question_that_fails_does_not_tell_where_the_file_is(self) -> None:
        """The folder is the operator's business."""
        self.wait_for(self.record.append([stroke((7, 1))], 1000))
        self.path.rename(self.path.with_suffix(".gone"))
        error = self.wait_for(self.record.span())
        self.assertIsInstance(error, RecordError)
        self.assertNotIn(str(self.folder), str(error))
        self.assertIn("the record", str(error))
        self.path.with_suffix(".gone").rename(self.path)

    def test_a_paint_that_fails_does_not_tell_where_the_file_is(self) -> None:
        self.wait_for(self.record.append([stroke((1, 1))], 0))
        self.record._writer._disconnect()  # as after a failure
        self.path.unlink()
        (self.folder / "dcc.sqlite3-wal").write_bytes(b"left over")
        error = self.wait_for(self.record.append([stroke((1, 1))], 0))
        self.assertIsInstance(error, RecordError)
        self.assertNotIn(str(self.folder), str(error))

    def test_boards_are_kept_while_people_paint(self) -> None:
        self.patch(writing, "KEYFRAME_PLACEMENTS", 100)
        self.wait_for(self.record.close())
        self.record = self.open()
        for number in range(22):  # a board is on the disk with the second batch after it
            self.paint(stroke(*((cell, number % 8) for cell in range(10))))
        self.assertEqual(self.query("SELECT sequence FROM keyframes"), [(0,), (100,), (200,)])
        self.wait_for(self.record.close())
        self.assertEqual(self.query("SELECT sequence FROM keyframes"), [(0,), (100,), (200,), (220,)])
        self.assertEqual(verify(self.path).problems, ())

    def test_a_board_that_cannot_be_kept_costs_a_line_in_the_log_and_no_paint(self) -> None:
        """The next board is tried as usual."""
        self.patch(writing, "KEYFRAME_PLACEMENTS", 100)
        self.wait_for(self.record.close())
        self.query("CREATE TRIGGER no BEFORE INSERT ON keyframes BEGIN SELECT RAISE(FAIL, 'no'); END")
        self.record = self.open()
        with log() as logged:
            for number in range(15):
                self.paint(stroke(*((cell, number % 8) for cell in range(10))))
        self.assertEqual(
            logged.warnings,
            ["The board was not kept in the record, so the next start takes longer: the record cannot be written: no"],
        )
        self.query("DROP TRIGGER no")
        for number in range(7):
            self.paint(stroke(*((cell, number % 8) for cell in range(10))))
        self.assertEqual(self.query("SELECT sequence FROM keyframes"), [(0,), (200,)])
        self.assertEqual(verify(self.path).problems, ())

    def test_another_file_in_place_of_the_record_is_not_written_to(self) -> None:
        self.wait_for(self.record.append([stroke((1, 1))], 0))
        other = self.folder / "other"
        self.write(path=other)
        writer = self.record._writer
        writer._disconnect()  # as after a failure
        other.replace(self.path)
        for name in ("dcc.sqlite3-wal", "dcc.sqlite3-shm"):
            (self.folder / name).unlink(missing_ok=True)
        before = self.path.read_bytes()
        self.assertEqual(
            str(self.wait_for(self.record.append([stroke((1, 1))], 0))),
            "the record's file was replaced or overwritten while the server ran",
        )
        self.assertEqual(self.path.read_bytes(), before)

    def alone(self, expected: int) -> None:
        """Wait until the file without its log has some placements."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while read_alone(self.path).sequence != expected:
            assert time.monotonic() < give_up_at
            self.threads.wait_for(self.record.span())

    def test_the_file_alone_has_everything_when_painting_rests(self) -> None:
        self.paint(stroke((1, 1)))
        self.threads.clock.advance(REST_SECONDS / 2)
        self.paint(stroke((2, 1)))
        self.threads.clock.advance(REST_SECONDS / 2)
        self.wait_for(self.record._emptier_thread.do(lambda: None))
        self.assertEqual(read_alone(self.path).sequence, 0)  # people paint on
        self.threads.clock.advance(REST_SECONDS)
        self.alone(2)

    def test_the_file_alone_is_soon_up_to_date_while_painting_never_rests(self) -> None:
        for number in range(1, round(2 * BUSY_SECONDS / REST_SECONDS) + 1):
            self.paint(stroke((number, 1)))
            self.threads.clock.advance(REST_SECONDS / 2)
            self.wait_for(self.record._emptier_thread.do(lambda: None))
        self.assertEqual(read_alone(self.path).sequence, number)

    def test_a_long_log_begins_anew_while_painting_never_rests(self) -> None:
        """Otherwise the log would grow as long as people paint."""
        self.patch(emptying, "LOG_PAGES", 20)
        log = self.path.with_name("dcc.sqlite3-wal")
        for number in range(400):
            self.paint(stroke((number % 600, 1)))
            self.threads.clock.advance(BUSY_SECONDS)
        self.assertLess(log.stat().st_size, 100 * 4096)

    def test_a_log_that_cannot_be_emptied_costs_a_line_and_no_paint(self) -> None:
        """Such as a file that only the superuser may write, after the server gave up its privileges."""
        is_bad = True

        def watch(operation: Operation) -> int:
            return FAULTS["open"] if is_bad and operation.kind == "open" else 0

        with log() as logged, sqlite_disk(watch):
            for number in range(3):
                self.paint(stroke((number, 1)))
                self.threads.clock.advance(BUSY_SECONDS)
                self.wait_for(self.record._emptier_thread.do(lambda: None))
                self.wait_for(self.record._aside.do(lambda: None))
        is_bad = False
        (line,) = logged.warnings
        self.assertEqual(
            line,
            f"The log was not written into {self.path}, so a plain copy of the file is old: "
            "the record cannot be written: cannot use the record: unable to open database file",
        )
        self.paint(stroke((3, 1)))
        self.threads.clock.advance(BUSY_SECONDS)
        self.alone(4)


class OpenRecordTests(RecordTestCase):
    """Records of each kind of store."""

    def test_a_record_in_memory_is_new_each_time(self) -> None:
        first, second = (open_record(Store(None), SIZE, GREY, Threads()) for _ in range(2))
        self.assertNotEqual(first.canvas_id, second.canvas_id)
        sequence, canvas = first.load()
        self.assertEqual((sequence, canvas.width, canvas.height, canvas.palette), (0, *SIZE, GREY))
        _sequence, canvas = open_record(Store(None), None, None, Threads()).load()
        self.assertEqual(((canvas.width, canvas.height), canvas.palette), (DEFAULT_SIZE, AF06))
