"""``dcc snapshot``: the board as a picture, and files that are there whole or not at all."""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from dcc import limits
from dcc.commands.snapshot import TakeSnapshot
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06, Colour, Palette
from dcc.errors import ImageError
from dcc.images.files import board_image, check_size, save_png, whole_file
from tests.support.script_wire import ScriptTestCase, Wire
from tests.support.server_process import DCC, PATIENCE_SECONDS, ServerProcess
from tests.support.wire import RED, FakeServer, paint


class LookTests(ScriptTestCase):
    """What the server shows."""

    def look(self, wire: Wire, server: FakeServer) -> Canvas:
        """The board that a snapshot takes."""
        look = TakeSnapshot()
        self.start(wire, server, look)
        wire.carry()
        self.assertIsNone(self.successResultOf(self.ended))
        return look.canvas

    def test_a_snapshot_is_the_whole_board_as_of_now(self) -> None:
        for version in (1, 2):
            server = FakeServer(7, 5)
            neighbour = server.join()
            neighbour.send(paint(1, (3, RED), (34, 7)))
            canvas = self.look(Wire(server, version), server)
            neighbour.send(paint(2, (4, RED)))
            self.assertEqual((canvas.width, canvas.height), (7, 5))
            self.assertEqual(bytes(canvas.colours), bytes([0, 0, 0, RED, *[0] * 30, 7]), version)


class PictureTests(unittest.TestCase):
    """A board as a PNG file."""

    def setUp(self) -> None:
        """A folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_picture_has_the_palette_of_the_board_in_its_order(self) -> None:
        many = Palette(tuple(Colour(str(i), f"#{i:02x}{255 - i:02x}80") for i in range(256)))
        for palette, shown in ((AF06, bytes(range(6))), (many, bytes(range(250, 256)))):
            save_png(board_image(Canvas(3, 2, palette, shown), 3), str(self.folder / "out.png"))
            with Image.open(self.folder / "out.png") as image:
                self.assertEqual((image.format, image.mode, image.size), ("PNG", "P", (9, 6)))
                self.assertEqual(np.asarray(image)[1::3, 1::3].tobytes(), shown)
                self.assertEqual(
                    np.asarray(image).tobytes(), np.asarray(image)[::3, ::3].repeat(3, 0).repeat(3, 1).tobytes()
                )
                expected = [channel for colour in palette for channel in colour.rgb]
                self.assertEqual(image.getpalette()[: len(expected)], expected)

    def test_a_picture_too_large_names_the_largest_scale(self) -> None:
        check_size(1000, 2000, limits.SAVED_SIDE_PIXELS // 2000)
        with self.assertRaisesRegex(ImageError, "10000 x 20000 is too large; at most --scale 8$"):
            check_size(1000, 2000, 10)

    def test_a_file_is_complete_or_the_one_before(self) -> None:
        target = self.folder / "out.png"
        target.write_bytes(b"before")
        with self.assertRaises(ZeroDivisionError), whole_file(str(target)) as file:
            file.write(b"half")
            file.flush()
            self.assertEqual(target.read_bytes(), b"before")
            raise ZeroDivisionError
        self.assertEqual((target.read_bytes(), os.listdir(self.folder)), (b"before", ["out.png"]))
        with whole_file(str(target)) as file:
            file.write(b"after")
        self.assertEqual((target.read_bytes(), os.listdir(self.folder)), (b"after", ["out.png"]))

    def test_the_target_of_a_symbolic_link_is_replaced(self) -> None:
        (self.folder / "link").symlink_to("target")
        with whole_file(str(self.folder / "link")) as file:
            file.write(b"x")
        self.assertTrue((self.folder / "link").is_symlink())
        self.assertEqual((self.folder / "target").read_bytes(), b"x")

    def test_a_picture_may_be_read_as_any_new_file(self) -> None:
        (self.folder / "new").touch()
        with whole_file(str(self.folder / "out")):
            pass
        self.assertEqual((self.folder / "out").stat().st_mode, (self.folder / "new").stat().st_mode)

    def test_a_picture_that_cannot_be_written_is_one_line_and_no_file(self) -> None:
        for path, reason in (("no/out.png", "No such file or directory"), (".", "Is a directory")):
            path = str(self.folder / path)
            with self.assertRaises(ImageError) as caught, whole_file(path):
                pass
            self.assertEqual(str(caught.exception), f"cannot write {path}: {reason}")
        self.assertEqual(os.listdir(self.folder), [])


class ProcessTests(unittest.TestCase):
    """The real command."""

    def test_a_picture_on_standard_output_comes_alone_or_not_at_all(self) -> None:
        with ServerProcess("--store", "memory:", "--canvas", "9x4") as server:
            words = [DCC, "snapshot", "-", f"127.0.0.1:{server.port}"]
            ended = subprocess.run(words, capture_output=True, timeout=PATIENCE_SECONDS)
            self.assertEqual((ended.returncode, ended.stderr), (0, b""))
            with Image.open(BytesIO(ended.stdout)) as image:
                self.assertEqual(image.size, (9, 4))
            with open("/dev/full", "wb") as full:
                ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_SECONDS)
            line = b"dcc snapshot: cannot write standard output: No space left on device\n"
            self.assertEqual((ended.returncode, ended.stderr), (1, line))
        ended = subprocess.run(words, capture_output=True, timeout=PATIENCE_SECONDS)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr.count(b"\n")), (1, b"", 1))
