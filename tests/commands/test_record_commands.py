"""The commands that work on a record, each against what the record was made of."""

from __future__ import annotations

import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import av
import numpy as np
from PIL import Image

from dcc import cli
from dcc.commands import stats
from dcc.commands.arguments import When, parse_area, parse_when, record_path
from dcc.commands.timelapse import boards, moments
from dcc.core.actions import Rectangle
from dcc.core.canvas import Canvas, pack_pixels, unpack_pixels
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.placements import Size
from dcc.errors import DccError
from dcc.images.files import flat_palette
from dcc.images.film import Apng, Gif, Mp4, WebP
from dcc.record.reader import Reader
from dcc.record.writer import Writer
from tests.support.records import ANA, BRUNO, SIZE, Batch, expected_strokes, random_batches, stroke
from tests.support.server_process import DCC, PATIENCE_SECONDS

MANY = Palette(tuple(Colour(str(i), f"#{i:02x}{(i * 7) % 256:02x}{255 - i:02x}") for i in range(256)))
FEW = Palette(AF06.colours[:2])


class RecordTestCase(unittest.TestCase):
    """A record of random strokes, in a folder of its own.

    :ivar path: of the record.
    :ivar pixels: the ``(cell, colour)`` of every placement, in order.
    """

    def setUp(self) -> None:
        """Make it."""
        self.seed = random.randrange(2**32)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name) / "record.sqlite3"
        self.batches = random_batches(random.Random(self.seed), 24)
        for start in range(0, len(self.batches), 8):  # as by a server that is started three times
            writer = Writer(self.path, SIZE)
            for batch in self.batches[start : start + 8]:
                writer.append(batch.strokes, batch.time_ms)
            writer.close()
        self.strokes = expected_strokes(self.batches)
        self.pixels = [pixel for one in self.strokes for pixel in unpack_pixels(one.pixels)]

    def board(self, sequence: int) -> np.ndarray:
        """What the board was, height x width."""
        canvas = Canvas(*SIZE, AF06)
        canvas.apply(pack_pixels(self.pixels[:sequence]))
        return np.frombuffer(canvas.colours, np.uint8).reshape(SIZE.height, SIZE.width)

    def run_command(self, *words: str, record: Path | None = None, status: int = 0) -> str:
        """Run ``dcc`` in this process and return the output, an error unless the status is 0."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                ended = cli.main([*words, "--store", str(record or self.path)])
            except SystemExit as usage:
                ended = int(usage.code)
        self.assertEqual(ended, status, (err.getvalue(), self.seed))
        if status:
            self.assertEqual((out.getvalue(), err.getvalue().count("\n")), ("", 1))
        return err.getvalue() if status else out.getvalue()

    def assert_no_file(self) -> None:
        """A command that failed has left nothing behind."""
        others = [name for name in os.listdir(self.folder.name) if not name.startswith(self.path.name)]
        self.assertEqual(others, [])

    def out(self, name: str) -> str:
        """A path for a file that a test makes."""
        return str(Path(self.folder.name) / name)


class ExportTests(RecordTestCase):
    """``dcc export``."""

    def export(self, *words: str) -> np.ndarray:
        """The indices of the picture."""
        path = self.out("out.png")
        self.run_command("export", path, *words)
        with Image.open(path) as image:
            self.assertEqual(image.mode, "P")
            self.assertEqual(bytes(image.getpalette()[:24]), flat_palette(AF06))
            return np.asarray(image)

    def test_a_board_is_exported_as_of_now_any_placement_and_any_time(self) -> None:
        self.assertTrue((self.export() == self.board(len(self.pixels))).all(), self.seed)
        for sequence in (0, 1, len(self.pixels) // 3, len(self.pixels)):
            self.assertTrue((self.export("--at", str(sequence)) == self.board(sequence)).all(), (sequence, self.seed))
        for number in (0, 11, 23):
            milliseconds = self.batches[number].time_ms
            sequence = max(one.sequence for one in self.strokes if one.time_ms <= milliseconds)
            text = np.datetime64(milliseconds, "ms").item().isoformat() + "Z"
            self.assertTrue((self.export("--at", text) == self.board(sequence)).all(), (text, self.seed))
        self.assertFalse(self.export("--at", "2020-01-01").any())
        self.assertTrue((self.export("--at", "1s") == self.board(len(self.pixels))).all())

    def test_an_export_has_the_chosen_number_of_pixels_a_cell(self) -> None:
        board = self.board(len(self.pixels))
        self.assertTrue((self.export("--scale", "3") == board.repeat(3, 0).repeat(3, 1)).all())

    def test_a_picture_of_another_kind_than_png_is_refused(self) -> None:
        for words in (["export", self.out("a.gif")], ["heatmap", self.out("a.jpg")], ["export", self.out("png")]):
            said = self.run_command(*words, status=2)
            self.assertIn("expected a name that ends in .png, or - for standard output", said)
        self.assert_no_file()

    def test_an_export_that_is_impossible_leaves_no_file(self) -> None:
        last = len(self.pixels)
        path = self.out("no.png")
        said = self.run_command("export", path, "--at", str(last + 1), status=1)
        self.assertEqual(said, f"dcc export: there is no placement {last + 1} yet, the last is {last}\n")
        self.assertIn("at most --scale 546", self.run_command("export", path, "--scale", "1000", status=1))
        said = self.run_command("export", path, record=Path(path + ".sqlite3"), status=1)
        self.assertIn("there is no file ", said)
        self.run_command("export", path, "--at", "noon", status=2)
        self.assert_no_file()


def timeline(path: str, frames_per_second: int) -> list[np.ndarray]:
    """The picture that an animation shows at every frame's time, red, green and blue."""
    pictures = []
    shown_ms = 0
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            rgb = np.asarray(image.convert("RGB"))  # WebP tells a frame's duration once it is decoded
            shown_ms += image.info["duration"]
            pictures += [rgb] * (round(shown_ms * frames_per_second / 1000) - len(pictures))
    return pictures


def rgb_of_bt709(frame: av.VideoFrame) -> np.ndarray:
    """The colours of a frame of a film, by ITU-R BT.709. PyAV below 15 takes another matrix than the film names."""
    height, width = frame.height, frame.width
    levels = frame.to_ndarray(format="yuv420p").astype(float)
    luma = (levels[:height] - 16) * 255 / 219
    chroma = (levels[height:].reshape(2, height // 2, width // 2) - 128) * 255 / 224
    blue, red = chroma.repeat(2, 1).repeat(2, 2)
    rgb = np.stack([luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue], 2)
    return rgb.round().clip(0, 255)


class TimelapseTests(RecordTestCase):
    """``dcc timelapse``."""

    KINDS = ("gif", "webp", "png")

    def test_every_frame_of_every_kind_equals_the_export_of_its_moment(self) -> None:
        last = len(self.pixels)
        for kind in self.KINDS:
            for fps in (7, 30):
                path = self.out(f"out.{kind}")
                self.run_command("timelapse", path, "--seconds", "3", "--fps", str(fps), "--scale", "3")
                pictures = timeline(path, fps)
                self.assertEqual(len(pictures), (3 + 2) * fps)
                still = self.out("still.png")
                for number in (0, 1, fps, 2 * fps - 1, 3 * fps - 2, 3 * fps - 1, 5 * fps - 1):
                    sequence = moments(0, last, 3 * fps)[min(number, 3 * fps - 1)]
                    self.run_command("export", still, "--at", str(sequence), "--scale", "3")
                    with Image.open(still) as image:
                        exported = np.asarray(image.convert("RGB"))
                    self.assertTrue((pictures[number] == exported).all(), (kind, fps, number, self.seed))

    def test_a_timelapse_shows_a_part_of_the_time_and_of_the_board(self) -> None:
        first, last = len(self.pixels) // 4, len(self.pixels) // 2
        for kind in self.KINDS:
            path = self.out(f"out.{kind}")
            words = ("--from", str(first), "--to", str(last), "--area", "7,3,11x5", "--scale", "1")
            self.run_command("timelapse", path, *words, "--seconds", "1")
            pictures = timeline(path, 20)
            for picture, sequence in ((pictures[0], first), (pictures[-1], last)):
                expected = np.array([colour.rgb for colour in AF06])[self.board(sequence)[3:8, 7:18]]
                self.assertTrue((picture == expected).all(), (kind, sequence, self.seed))

    def test_an_mp4_shows_the_same_but_for_its_codec(self) -> None:
        path = self.out("out.mp4")
        self.run_command("timelapse", path, "--seconds", "2", "--fps", "10", "--scale", "9", "--area", "0,0,29x19")
        with av.open(path) as film:
            pictures = [rgb_of_bt709(frame) for frame in film.decode(video=0)]
            self.assertEqual(float(film.streams.video[0].average_rate), 10)
        self.assertEqual((len(pictures), pictures[0].shape), (40, (172, 262, 3)))
        expected = np.array([colour.rgb for colour in AF06])[self.board(len(self.pixels))[:19, :29]]
        middles = pictures[-1][4:171:9, 4:261:9].astype(int)
        self.assertLess(np.abs(middles - expected).max(), 24)

    def test_a_timelapse_without_a_scale_is_as_large_as_fits_a_screen(self) -> None:
        self.run_command("timelapse", path := self.out("out.gif"), "--seconds", "1")
        with Image.open(path) as image:
            self.assertEqual(image.size, (720, 480))

    def test_a_wrong_timelapse_is_one_line_and_no_file(self) -> None:
        for words, status, reason in (
            (["a.avi"], 2, "expected a name that ends in .gif, .webp, .png or .mp4"),
            (["a.gif", "--fps", "51"], 2, "'51': expected a number from 1 to 50"),
            (["a.gif", "--seconds", "0"], 2, "'0': expected a number from 1 to 600"),
            (["a.gif", "--area", "25,0,6x6"], 1, "--area goes beyond the board of 30 x 20"),
            (["a.gif", "--from", "5", "--to", "4"], 1, "--from is later than --to"),
            (["a.gif", "--from", "2099-01-01"], 1, "nothing was painted after --from"),
            (["a.gif", "--scale", "9999"], 1, "at most --scale 546"),
            (["a.gif", "--scale", "0"], 2, "expected a number from 1 to 16384"),
            (["no/a.gif"], 1, "No such file or directory"),
        ):
            out = self.out(words[0])
            self.assertIn(reason, self.run_command("timelapse", out, *words[1:], status=status), words)
        with patch.dict(sys.modules, {"av": None}):  # as where it is not installed
            said = self.run_command("timelapse", self.out("a.mp4"), status=1)
        self.assertIn("needs av: pip install 'drawcolorcanvas[video]'", said)
        self.assert_no_file()

    def test_a_blank_record_is_a_film_of_one_picture(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Writer(Path(folder) / "blank.sqlite3", Size(9, 9)).close()
            for kind in (*self.KINDS, "mp4"):
                path = self.out(f"out.{kind}")
                self.run_command("timelapse", path, "--scale", "2", record=Path(folder) / "blank.sqlite3")
                if kind != "mp4":
                    with Image.open(path) as image:
                        self.assertTrue((np.asarray(image.convert("RGB")) == 255).all(), kind)


class FilmTests(unittest.TestCase):
    """Moving pictures of boards of any palette."""

    def setUp(self) -> None:
        """Boards that change a little or not at all from one to the next."""
        self.seed = random.randrange(2**32)
        numbers = random.Random(self.seed)
        self.changes = [
            [(numbers.randrange(13), numbers.randrange(17), numbers.random()) for _ in range(numbers.choice((0, 1, 9)))]
            for _ in range(30)
        ]

    def boards(self, palette: Palette) -> list[np.ndarray]:
        """The same for a palette."""
        board = np.zeros((13, 17), np.uint8)
        films = []
        for changes in self.changes:
            for row, column, colour in changes:
                board[row, column] = int(colour * len(palette))
            films.append(board.copy())
        return films

    def test_films_have_the_colours_of_small_and_full_palettes(self) -> None:
        for kind, suffix in ((Gif, "gif"), (WebP, "webp"), (Apng, "png")):
            for palette in (FEW, AF06, MANY):
                with tempfile.TemporaryDirectory() as folder:
                    path = f"{folder}/film.{suffix}"
                    with open(path, "wb") as file:
                        film = kind(file, palette, 2, 20)
                        for board in self.boards(palette):
                            film.add(board)
                        film.close()
                    shown = timeline(path, 20)
                    self.assertEqual(len(shown), 30)
                    colours = np.array([colour.rgb for colour in palette])
                    for picture, board in zip(shown, self.boards(palette), strict=True):
                        expected = colours[board].repeat(2, 0).repeat(2, 1)
                        self.assertTrue((picture == expected).all(), (suffix, len(palette), self.seed))

    def test_the_palette_of_a_gif_is_that_of_the_board(self) -> None:
        for palette in (AF06, MANY):
            file = io.BytesIO()
            film = Gif(file, palette, 1, 20)
            for board in self.boards(palette):
                film.add(board)
            film.close()
            self.assertEqual(file.getvalue()[13 : 13 + 3 * len(palette)], flat_palette(palette))
            self.assertEqual(file.getvalue().count(flat_palette(palette)), 1)

    def test_frames_do_not_wait_in_memory_for_the_last(self) -> None:
        for kind in (Gif, WebP, Apng):
            file = io.BytesIO()
            film = kind(file, AF06, 1, 20)
            numbers = np.random.default_rng(1)
            written = []
            for _ in range(6):
                film.add(numbers.integers(0, 8, (40, 40), np.uint8))
                written.append(file.tell())
            self.assertTrue(all(later > sooner + 500 for sooner, later in pairwise(written)))

    def test_unchanged_cells_cost_nothing(self) -> None:
        board = np.random.default_rng(1).integers(0, 8, (200, 200), np.uint8)
        for kind in (Gif, WebP, Apng):
            file = io.BytesIO()
            film = kind(file, AF06, 1, 20)
            film.add(board)
            other = board.copy()
            other[0, 0] ^= 1
            other[-1, -1] ^= 1
            film.add(other)
            written = file.tell()
            film.close()
            self.assertLess(file.tell() - written, 1000)

    def test_an_mp4_of_the_smallest_board_has_even_sides(self) -> None:
        file = io.BytesIO()
        film = Mp4(file, AF06, 1, 20)
        film.add(np.zeros((1, 1), np.uint8))
        film.close()
        file.seek(0)
        with av.open(file) as container:
            self.assertEqual([(frame.width, frame.height) for frame in container.decode(video=0)], [(2, 2)])


class BoardsTests(RecordTestCase):
    """Boards of many moments, in one pass."""

    def test_each_board_is_what_the_placements_before_make(self) -> None:
        sequences = sorted(random.Random(self.seed).choices(range(len(self.pixels) + 1), k=50))
        with Reader(self.path) as reader:
            for sequence, board in zip(sequences, boards(reader, sequences), strict=True):
                self.assertTrue((board == self.board(sequence)).all(), (sequence, self.seed))

    def test_the_frames_are_spread_evenly_from_first_to_last(self) -> None:
        self.assertEqual(moments(10, 20, 6), [10, 12, 14, 16, 18, 20])
        self.assertEqual(moments(0, 2, 5), [0, 1, 1, 2, 2])
        self.assertEqual(moments(3, 9, 1), [9])


class HeatmapTests(RecordTestCase):
    """``dcc heatmap``."""

    def test_lighter_cells_of_a_heatmap_were_painted_more_often(self) -> None:
        path = self.out("hot.png")
        self.run_command("heatmap", path, "--scale", "2")
        counts = np.zeros(SIZE.width * SIZE.height, int)
        for cell, _colour in self.pixels:
            counts[cell] += 1
        with Image.open(path) as image:
            rgb = np.asarray(image.convert("RGB"))[::2, ::2].reshape(-1, 3).astype(int)
        self.assertEqual(set(map(tuple, rgb[counts == 0])) or {(0, 0, 4)}, {(0, 0, 4)})
        self.assertEqual(set(map(tuple, rgb[counts == counts.max()])), {(252, 255, 164)})
        light = rgb @ (0.2126, 0.7152, 0.0722)
        order = np.argsort(counts, kind="stable")
        steps = np.diff(light[order])
        self.assertTrue((steps[np.diff(counts[order]) > 0] > 0).all())
        self.assertTrue((steps[np.diff(counts[order]) == 0] == 0).all())


class HistoryTests(RecordTestCase):
    """``dcc history``."""

    def test_the_history_of_a_cell_as_json_has_every_placement(self) -> None:
        cell = self.pixels[-1][0]
        expected = []
        sequence = 0
        for one in self.strokes:
            for other, colour in unpack_pixels(one.pixels):
                sequence += 1
                if other == cell:
                    expected.append((sequence, one.time_ms, AF06[colour].name, one.painter.name, one.painter.address))
        said = self.run_command("history", f"{cell % SIZE.width},{cell // SIZE.width}", "--json")
        listed = [json.loads(line) for line in said.splitlines()]
        keys = ("sequence", "time_ms", "colour", "name", "address")
        self.assertEqual([tuple(words[key] for key in keys) for words in listed], expected[::-1], self.seed)

    def test_the_history_of_a_cell_for_people_quotes_the_names(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            writer = Writer(Path(folder) / "small.sqlite3", Size(9, 9))
            writer.append([stroke((12, 2))], 1_700_000_000_999)
            writer.append([stroke((12, 0), by=BRUNO)], 1_700_000_060_000)
            writer.close()
            with patch.dict(os.environ, {"TZ": "UTC-1"}):
                time.tzset()
                try:
                    said = self.run_command("history", "3,1", record=writer.path)
                    nobody = self.run_command("history", "1,3", record=writer.path)
                finally:
                    del os.environ["TZ"]
                    time.tzset()
            self.assertEqual(
                said,
                f"2023-11-14 23:14:20+01:00  white    {BRUNO.address}\n"
                f"2023-11-14 23:13:20+01:00  red      '{ANA.name}' {ANA.address}\n",
            )
            self.assertEqual(nobody, "nobody has painted column 1, row 3\n")
            outside = self.run_command("history", "9,1", record=writer.path, status=1)
            self.assertEqual(outside, "dcc history: cell 9,1 is outside of the board of 9 x 9\n")


class StatsTests(RecordTestCase):
    """``dcc stats``."""

    def test_the_statistics_as_json_add_up_to_the_record(self) -> None:
        words = json.loads(self.run_command("stats", "--json"))
        self.assertEqual((words["width"], words["height"]), SIZE)
        self.assertEqual((words["placements"], words["strokes"]), (len(self.pixels), len(self.strokes)))
        self.assertEqual(words["painted_cells"], len({cell for cell, _colour in self.pixels}))
        colours = Counter(AF06[colour].name for _cell, colour in self.pixels)
        self.assertEqual({one["name"]: one["placements"] for one in words["colours"]}, colours)
        painters, hours = Counter(), Counter()
        for one in self.strokes:
            painters[one.painter.name] += len(one.pixels) // 5
            hours[one.time_ms // 3_600_000 * 3_600_000] += len(one.pixels) // 5
        self.assertEqual({one["name"]: one["placements"] for one in words["painters"]}, painters)
        placements = [one["placements"] for one in words["painters"]]
        self.assertEqual(placements, sorted(placements, reverse=True))
        self.assertEqual({one["begin_ms"]: one["placements"] for one in words["hours"]}, hours)

    def test_the_statistics_for_people_join_connections_of_a_painter(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            writer = Writer(Path(folder) / "small.sqlite3", Size(10, 4))
            blank = self.run_command("stats", record=writer.path)
            self.assertEqual(
                blank.splitlines(),
                [
                    "board of 10 x 4, 8 colours",
                    "0 placements in 0 strokes by 0 painters",
                    "0 of 40 cells painted (0%)",
                ],
            )
            back = ANA.__class__(9, ANA.name, "127.0.0.1:50000")
            for batch in (Batch([stroke((1, 2), (2, 2))], 10**12), Batch([stroke((1, 3), by=back)], 10**12 + 9)):
                writer.append(batch.strokes, batch.time_ms)
            writer.close()
            said = self.run_command("stats", record=writer.path)
        self.assertIn("3 placements in 2 strokes by 1 painter\n2 of 40 cells painted (5%)\n", said)
        self.assertIn("  3  'Ana' from 127.0.0.1, ", said)
        self.assertIn("  2  red\n  1  green\n", said)

    def test_a_small_share_of_the_board_is_not_nothing_and_most_of_it_is_not_all(self) -> None:
        for cells, words in ((1, "1 of 2,500 cells painted (< 0.1%)"), (2499, "2,499 of 2,500 cells painted (99.9%)")):
            with tempfile.TemporaryDirectory() as folder:
                writer = Writer(Path(folder) / "share.sqlite3", Size(50, 50))
                writer.append([stroke(*((cell, 2) for cell in range(cells)))], 10**12)
                writer.close()
                self.assertIn(words, self.run_command("stats", record=writer.path))

    def test_painters_without_a_name_are_as_many_as_their_connections(self) -> None:
        """A class behind one address is not one painter."""
        people = [ANA.__class__(number, "", f"10.0.0.1:{5000 + number}") for number in range(1, 4)]
        named = [ANA.__class__(number, "Ana", f"10.0.0.1:{5000 + number}") for number in range(4, 6)]
        path = Path(self.out("class.sqlite3"))
        writer = Writer(path, Size(10, 4))
        for batch in (Batch([stroke((1, 2), by=one) for one in [*people, *named, people[0]]], 10**12),) * 2:
            writer.append(batch.strokes, batch.time_ms)
        writer.close()
        said = self.run_command("stats", record=path)
        self.assertIn("12 placements in 12 strokes by 4 painters\n", said)
        for line in (
            "  4  10.0.0.1:5001, ",
            "  4  'Ana' from 10.0.0.1, ",
            "  2  10.0.0.1:5002, ",
            "  2  10.0.0.1:5003, ",
        ):
            self.assertIn(line, said)
        painters = json.loads(self.run_command("stats", "--json", record=path))["painters"]
        listed = {(one["name"], one["host"], one["connection"]): one["placements"] for one in painters}
        self.assertEqual(
            listed,
            {
                ("", "10.0.0.1", 1): 4,
                ("Ana", "10.0.0.1", None): 4,
                ("", "10.0.0.1", 2): 2,
                ("", "10.0.0.1", 3): 2,
            },
        )

    def test_more_painters_than_are_remembered_are_each_counted(self) -> None:
        whole = json.loads(self.run_command("stats", "--json"))
        with patch.object(stats, "_PAINTERS_REMEMBERED", 1), patch.object(stats, "_COUNTED_AT_ONCE", 10):
            self.assertEqual(json.loads(self.run_command("stats", "--json")), whole)


class UpkeepTests(RecordTestCase):
    """``dcc backup``, ``dcc verify`` and ``dcc resize``."""

    def test_a_backup_is_a_record_and_never_overwrites_a_file(self) -> None:
        copy = self.out("copy.sqlite3")
        self.run_command("backup", copy)
        with Reader(copy) as reader:
            self.assertEqual(list(reader.strokes()), self.strokes)
        self.assertIn("is there already", self.run_command("backup", copy, status=1))

    def verify(self, path: str, *words: str) -> tuple[int, str, str]:
        """Its exit status, and what it prints."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            return cli.main(["verify", "--store", path, *words]), out.getvalue(), err.getvalue()

    def test_a_record_is_verified_in_words_json_and_exit_status(self) -> None:
        status, out, err = self.verify(f"sqlite:{self.path}")
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.startswith(f"sound: {len(self.pixels):,} placements in {len(self.strokes):,} strokes, "))
        status, out, _err = self.verify(str(self.path), "--json")
        self.assertEqual((status, json.loads(out)["sound"], json.loads(out)["problems"]), (0, True, []))
        copy = self.out("copy.sqlite3")
        self.run_command("backup", copy)
        content = bytearray(Path(copy).read_bytes())
        # The colours of a stroke, which no check of SQLite's own would miss.
        where = content.rindex(self.strokes[len(self.strokes) // 2].pixels)
        content[where : where + 5] = struct.pack("<IB", SIZE.width * SIZE.height, 0)
        Path(copy).write_bytes(content)
        status, out, err = self.verify(copy)
        self.assertEqual((status, out), (1, ""))
        self.assertTrue(err.startswith(f"dcc verify: {copy}: "), err)
        status, out, err = self.verify(copy, "--json")
        self.assertEqual((status, json.loads(out)["sound"], len(json.loads(out)["problems"])), (1, False, 1))

    def test_a_resized_board_keeps_its_picture_and_never_shrinks(self) -> None:
        copy = Path(self.out("copy.sqlite3"))
        self.run_command("backup", str(copy))
        self.assertEqual(self.run_command("resize", "40x30", record=copy), "")
        for sequence in (len(self.pixels), len(self.pixels) // 2):
            with Reader(copy) as reader:
                [board] = boards(reader, [sequence])
            expected = np.pad(self.board(sequence), ((0, 10), (0, 10)))
            self.assertTrue((board == expected).all(), self.seed)
        self.assertIn("a canvas only grows", self.run_command("resize", "20x20", record=copy, status=1))

    def test_a_board_too_large_for_af06_programs_is_told(self) -> None:
        copy = self.out("copy.sqlite3")
        self.run_command("backup", copy)
        for size, said in (("256x256", ""), ("257x256", "AF06 programs cannot join this board any longer")):
            with redirect_stderr(io.StringIO()) as err:
                self.assertEqual(cli.main(["resize", size, "--store", copy]), 0)
            self.assertIn(said, err.getvalue())
            self.assertEqual(bool(err.getvalue()), bool(said), size)

    def test_the_default_store_is_a_file_in_the_working_directory(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.run_command("backup", f"{folder}/dcc.sqlite3")
            for words in (("verify",), ("stats",), ("history", "0,0"), ("export", "out.png")):
                ended = subprocess.run(
                    [DCC, *words], cwd=folder, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS
                )
                self.assertEqual((ended.returncode, ended.stderr), (0, ""))


NO_TIMES = (
    "2023-W46-2", "2023-11-14T", "2023-11-14T22:13:20.", "2023-11-14T22:13.5", "2023-11-14T22:13:20+5", "2023-11-14Z",
    "2023-11-14_22:13", "2023-11-14T24:00", "2023-11-14T22:13:60", "２023-11-14", "2023-11-14T22:13:20+25:00",
)  # fmt: skip
"""Some of them are times to some versions of Python."""


class OptionsTests(unittest.TestCase):
    """How times, areas and records are typed."""

    def test_a_moment_is_the_number_of_a_placement_or_a_time(self) -> None:
        self.assertEqual(parse_when("1234"), When(sequence=1234))
        for text, expected in (
            ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-14T22:13:20+00:00", 1_700_000_000_000),
            ("2023-11-15T03:13:20.5+05:00", 1_700_000_000_500),
            ("2023-11-14 17:13-05:00", 1_699_999_980_000),
            ("2023-11-14T22:13:20.5Z", 1_700_000_000_500),  # Python 3.10 itself reads three digits or six
            ("2023-11-14t22:13:20,12z", 1_700_000_000_120),
            ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123),
            ("2023-11-14T22:13:20.001Z", 1_700_000_000_001),
            ("2023-11-14T22Z", 1_699_999_200_000),
            ("2023-11-14T17:13:20-05", 1_700_000_000_000),
            ("2023-11-14T17:13:20-0500", 1_700_000_000_000),
            ("20231114T221320Z", 1_700_000_000_000),
        ):
            self.assertEqual(parse_when(text), When(time_ms=expected), text)
        with patch.dict(os.environ, {"TZ": "UTC+3"}):
            time.tzset()
            try:
                self.assertEqual(parse_when("2023-11-14T19:13:20"), When(time_ms=1_700_000_000_000))
                self.assertEqual(parse_when("2023-11-14"), When(time_ms=1_699_930_800_000))
            finally:
                del os.environ["TZ"]
                time.tzset()
        with patch("time.time", return_value=1_700_000_000.0):
            for text, seconds in (("90s", 90), ("5m", 300), ("2h", 7200), ("-2h", 7200), ("3d", 259_200)):
                self.assertEqual(parse_when(text), When(time_ms=(1_700_000_000 - seconds) * 1000), text)
        for text in (
            "",
            "noon",
            "2h30m",
            "-5",
            "2023-13-01",
            "9" * 30,
            "2023-11-14T25:00",
            "²",
            "0001-01-01",
            *NO_TIMES,
        ):
            with self.assertRaises(DccError, msg=text):
                parse_when(text)

    def test_an_area_is_a_column_a_row_and_a_size(self) -> None:
        self.assertEqual(parse_area("10,5,64x48"), Rectangle(10, 5, 64, 48))
        for text in ("", "1,2,3", "1,2,0x5", "1,2,5x0", "-1,2,5x5", "1,2,5x5x5"):
            with self.assertRaises(DccError, msg=text):
                parse_area(text)

    def test_a_store_is_a_path_or_as_a_server_takes_it(self) -> None:
        self.assertEqual((record_path("a b.sqlite3"), record_path("sqlite:a b.sqlite3")), ("a b.sqlite3",) * 2)
        for text in ("memory:", "sqlite:", ""):
            with self.assertRaises(DccError, msg=text):
                record_path(text)
