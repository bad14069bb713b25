"""``dcc paint``: the place of an image, the pixels sent, and their arrival whatever happens."""

from __future__ import annotations

import contextlib
import io
import random
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from dcc import limits
from dcc.client.script import AWAY_SECONDS, CONNECT_SECONDS
from dcc.commands.painting import (
    ANSWER_SECONDS,
    REQUESTS_IN_FLIGHT,
    VERSION_1_PAINTS_IN_FLIGHT,
    Painting,
    plan_image,
)
from dcc.core.actions import Freeze, SetCooldown
from dcc.core.canvas import PIXEL_BYTES, unpack_pixels
from dcc.core.palette import AF06
from dcc.errors import ImageError, ServerUnavailable
from dcc.images.files import flat_palette, load_image
from dcc.images.placing import Placement, place
from dcc.limits import RECONNECT_LONGEST_SECONDS
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    Closing,
    Cooldown,
    Failed,
    Goodbye,
    Paint,
    PaintOne,
    Rejected,
    Welcome,
    WholeBoard,
)
from dcc.server.addresses import Quotas
from tests.support.script_wire import ScriptTestCase, Wire
from tests.support.server_process import DCC, PATIENCE_SECONDS, ServerProcess
from tests.support.wire import BLACK, CANVAS_ID, RED, FakeServer, HeldRecord, paint


def picture(colours: np.ndarray) -> Image.Image:
    """An image in the colours of AF06, from their indices; transparent where that is 255."""
    rgb = np.array([*(colour.rgb for colour in AF06), *[(9, 9, 9)] * 248], np.uint8)[colours]
    alpha = np.where(colours == 255, 0, 255).astype(np.uint8)
    return Image.fromarray(np.dstack([rgb, alpha]), "RGBA")


def painting(image: Image.Image, at: tuple[int, int] = (0, 0), width: int | None = None) -> Painting:
    """The work, without a progress bar."""
    return Painting(plan_image(image, at, width, mixes=False), tqdm(disable=True))


def board(server: FakeServer) -> np.ndarray:
    """What a server shows, height x width."""
    canvas = server.board.canvas
    return np.frombuffer(bytes(canvas.colours), np.uint8).reshape(canvas.height, canvas.width)


class PlaceTests(unittest.TestCase):
    """The size in which an image is painted."""

    def test_an_image_keeps_its_size_and_a_larger_one_is_made_to_fit_the_board(self) -> None:
        table = [
            ((40, 30), (10, 20), None, Placement(10, 20, 40, 30)),
            ((400, 300), (0, 0), None, Placement(0, 0, 50, 38)),
            ((400, 300), (0, 12), None, Placement(0, 12, 50, 38)),
            ((300, 400), (0, 0), None, Placement(0, 0, 37, 49)),
            ((400, 300), (0, 0), 20, Placement(0, 0, 20, 15)),
            ((4, 3), (2, 5), 48, Placement(2, 5, 48, 36)),
            ((3000, 1), (0, 0), None, Placement(0, 0, 50, 1)),
            ((1, 3000), (7, 0), None, Placement(7, 0, 1, 50)),
        ]
        for size, at, width, expected in table:
            self.assertEqual(place(size, at, width, (50, 50)), expected, (size, at, width))

    def test_an_image_that_does_not_fit_there_is_refused_with_what_would(self) -> None:
        room = "does not fit: from"
        table = [
            ((40, 30), (50, 0), None, "--at 50,0 is outside of the board of 50 x 40"),
            (
                *((40, 30), (10, 0), 45),
                f"45 x 34 {room} 10,0 there is room for 40 x 40; it fits with --at 5,0 or with --width 40",
            ),
            (
                *((32, 32), (45, 35), None),
                f"32 x 32 {room} 45,35 there is room for 5 x 5; it fits with --at 18,8 or with --width 5",
            ),
            (
                *((400, 300), (30, 35), None),
                f"50 x 38 {room} 30,35 there is room for 20 x 5; it fits with --at 0,2 or with --width 6",
            ),
            ((30, 40), (0, 0), 31, f"31 x 41 {room} 0,0 there is room for 50 x 40; it fits with --width 30"),
            ((1, 3000), (0, 7), None, f"1 x 40 {room} 0,7 there is room for 50 x 33; it fits with --at 0,0"),
            ((1, 3000), (0, 0), 1, f"1 x 3000 {room} 0,0 there is room for 50 x 40"),
        ]
        for size, at, width, expected in table:
            with self.assertRaises(ImageError) as caught:
                place(size, at, width, (50, 40))
            self.assertEqual(str(caught.exception), expected)

    def test_the_width_that_an_error_names_is_the_widest_that_fits(self) -> None:
        seed = random.randrange(2**32)
        numbers = random.Random(seed)
        for _ in range(300):
            size = numbers.randint(10, 900), numbers.randint(10, 900)
            with self.assertRaises(ImageError) as caught:
                place(size, (3, 4), 4000, (200, 120))
            widest = int(str(caught.exception).rpartition(" ")[2])
            place(size, (3, 4), widest, (200, 120))
            whole = place((size[0] * 1000, size[1] * 1000), (0, 0), None, (197, 116))
            self.assertEqual(whole.width, widest, seed)

    def test_the_place_that_an_error_names_fits(self) -> None:
        with self.assertRaises(ImageError) as caught:
            place((32, 32), (45, 45), None, (50, 50))
        named = re.search(r"--at (\d+),(\d+)", str(caught.exception))
        assert named is not None
        at = int(named[1]), int(named[2])
        self.assertEqual(place((32, 32), at, None, (50, 50)), Placement(*at, 32, 32))


class PaintingTests(ScriptTestCase):
    """The whole way to the board and back, on a wire."""

    def setUp(self) -> None:
        """An image of noise, with holes."""
        self.seed = random.randrange(2**32)
        self.numbers = np.random.default_rng(self.seed)
        self.colours = self.numbers.integers(0, 8, (180, 200), np.uint8)
        self.colours[self.numbers.random((180, 200)) < 0.1] = 255
        self.wanted = np.zeros((200, 210), np.uint8)
        hole = self.colours == 255
        self.wanted[5:185, 7:207][~hole] = self.colours[~hole]
        self.changing = np.count_nonzero(self.wanted)

    def assert_painted(self, server: FakeServer) -> None:
        """The board is the image, and the script has ended well."""
        self.assertTrue((board(server) == self.wanted).all(), self.seed)
        self.assertIsNone(self.successResultOf(self.ended))

    def test_every_opaque_pixel_of_another_colour_is_painted_once(self) -> None:
        server = FakeServer(210, 200)
        wire = Wire(server)
        work = painting(picture(self.colours), (7, 5))
        self.start(wire, server, work)
        wire.carry()
        self.assert_painted(server)
        self.assertEqual(server.board.sequence, self.changing)
        self.assertIsInstance(wire.sent[-1], Goodbye)
        opaque = np.count_nonzero(self.colours != 255)
        self.assertEqual(work.summary, f"painted {self.changing:,} pixels; {opaque - self.changing:,} already matched")

    def test_pixels_that_match_already_are_not_painted_again(self) -> None:
        server = FakeServer(20, 20)
        wire = Wire(server)
        self.start(wire, server, painting(picture(np.zeros((20, 20), np.uint8))))
        wire.carry()
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertFalse(any(isinstance(message, Paint) for message in wire.sent))

    def test_a_bounded_number_of_requests_is_on_its_way(self) -> None:
        record = HeldRecord(300, 300)  # fewer cells than a client may paint without being told to wait
        server = FakeServer(record=record)
        wire = Wire(server)
        self.start(wire, server, painting(picture(np.full((300, 300), RED, np.uint8))))
        most = 0
        wire.carry()
        while record.is_committing:
            sent = [message for message in wire.sent if isinstance(message, Paint)]
            painted = server.board.sequence
            on_their_way = sum(len(message.pixels) for message in sent) // PIXEL_BYTES - painted
            most = max(most, on_their_way)
            record.commit()
            wire.carry()
        self.assertEqual(most, REQUESTS_IN_FLIGHT * limits.REQUEST_PIXELS)
        self.assertTrue((board(server) == RED).all())
        self.assertIsNone(self.successResultOf(self.ended))

    def test_nothing_is_missing_after_connections_lost_at_any_point(self) -> None:
        record = HeldRecord(500, 500)
        server = FakeServer(record=record)
        wire = Wire(server)
        self.start(wire, server, painting(picture(np.full((500, 500), RED, np.uint8))))
        for _ in range(3):
            wire.carry()
            record.commit()  # the first request
            wire.to_client()
            wire.to_server()
            while record.is_committing:
                record.commit()  # those that came meanwhile; that is never told
            wire.cut()
            server.clock.advance(RECONNECT_LONGEST_SECONDS)
        wire.carry()
        while record.is_committing:
            record.commit()
            wire.carry()
        self.assertTrue((board(server) == RED).all())
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertEqual(server.board.sequence, 500 * 500)

    def test_another_canvas_of_another_size_gets_the_whole_image(self) -> None:
        server, later = FakeServer(210, 200), FakeServer(300, 200)
        later.record.canvas_id = "another"
        later.clock = server.clock
        wire = Wire(server)
        script = self.start(wire, server, painting(picture(self.colours), (7, 5)))
        wire.to_server()
        wire.to_client()
        wire.to_server()
        self.assertEqual(server.board.sequence, self.changing)
        wire.server = later
        wire.cut()
        server.clock.advance(RECONNECT_LONGEST_SECONDS)
        wire.carry()
        self.assertTrue((board(later)[:, :210] == self.wanted).all(), self.seed)
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertEqual(script.link.replica.canvas.width, 300)

    def test_nothing_is_sent_before_the_grown_board_has_come(self) -> None:
        server = FakeServer(300, 300)
        wire = Wire(server)
        self.start(wire, server, painting(picture(np.full((300, 300), RED, np.uint8))))
        wire.to_server()
        wire.to_client()
        self.assertEqual(len(self.paints_of(wire)), REQUESTS_IN_FLIGHT)
        wire.say(Welcome(1, CANVAS_ID, 310, 300, AF06, 0), Acknowledged(0, 1))
        self.assertEqual(self.paints_of(wire), [])
        wire.say(WholeBoard(0, bytes(310 * 300)))
        cells = [cell for cell, _colour in unpack_pixels(self.paints_of(wire)[0].pixels)]
        self.assertEqual(cells[298:302], [298, 299, 310, 311])

    def test_a_request_rejected_for_now_is_repeated_when_the_server_says(self) -> None:
        server = FakeServer(210, 200)
        wire = Wire(server)
        self.start(wire, server, painting(picture(self.colours), (7, 5)))
        wire.to_server()
        wire.to_client()
        *rejected, taken = [message.request for message in self.paints_of(wire)]
        wire.say(*(Rejected(request, "too fast", b"", 2500) for request in rejected), Acknowledged(taken, 1))
        server.clock.advance(2.4)
        self.assertEqual(self.paints_of(wire), [])
        server.clock.advance(0.2)
        self.assertEqual(len(self.paints_of(wire)), 1)

    def test_a_painting_above_the_rate_of_the_server_says_once_how_long_it_takes(self) -> None:
        for side, lines in ((300, 1), (120, 0)):  # 90,000 pixels, and 14,400: a burst of 10,000 is free
            server = FakeServer(300, 300, quotas=Quotas(client_pixels=1000))
            wire = Wire(server)
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.start(wire, server, painting(picture(np.full((side, side), RED, np.uint8))))
                wire.carry()
                for _ in range(100):
                    server.clock.advance(1)
                    wire.carry()
            self.assertIsNone(self.successResultOf(self.ended))
            told = said.getvalue().splitlines()
            self.assertEqual(len(told), lines, told)
            if told:
                self.assertRegex(
                    told[0], "^dcc paint: the server accepts 1,000 pixels a second: 73,616 pixels take about 0:01:14;"
                )

    def test_a_cooldown_is_followed_pixel_by_pixel_and_its_length_is_told(self) -> None:
        server = FakeServer(30, 20)
        wire = Wire(server)
        self.start(wire, server, painting(picture(np.full((1, 3), RED, np.uint8))))
        wire.to_server()
        wire.to_client()
        [whole] = self.paints_of(wire)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            wire.say(Cooldown(4000), Rejected(whole.request, "one cell at a time here", b""))
            server.clock.advance(3.9)
            self.assertEqual(self.paints_of(wire), [])
            server.clock.advance(0.2)
            for cell in range(3):
                [one] = self.paints_of(wire)
                self.assertEqual(list(unpack_pixels(one.pixels)), [(cell, RED)])
                wire.say(Changes(cell + 1, one.pixels), Acknowledged(one.request, cell + 1))
                self.assertEqual(wire.lose(), [])
                wire.say(Cooldown(10_000))
                if cell < 2:
                    server.clock.advance(9.9)
                    self.assertEqual(wire.lose(), [])
                    server.clock.advance(0.2)
        wire.carry()
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertEqual(
            said.getvalue(),
            "dcc paint: the server accepts a pixel every 10 s: 2 pixels take about 0:00:20; Ctrl+C stops\n",
        )

    def test_gathered_charges_are_painted_together(self) -> None:
        server = FakeServer(30, 20)
        server.act(SetCooldown(10, 3))
        wire = Wire(server)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.start(wire, server, painting(picture(np.full((1, 5), RED, np.uint8))))
            for _second in range(25):
                wire.carry()
                server.clock.advance(1)
            wire.carry()
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertEqual([len(each.pixels) // 5 for each in wire.sent if isinstance(each, Paint)], [5, 3, 1, 1])
        self.assertEqual(
            said.getvalue(),
            "dcc paint: the server accepts a pixel every 10 s: 2 pixels take about 0:00:20; Ctrl+C stops\n",
        )

    def test_a_rule_ends_the_painting_also_on_a_board_with_a_cooldown(self) -> None:
        server = FakeServer(30, 20)
        server.act(SetCooldown(10, 3))
        server.act(Freeze())
        wire = Wire(server)
        self.start(wire, server, painting(picture(np.full((1, 2), RED, np.uint8))))
        for _second in range(5):
            wire.carry()
            server.clock.advance(1)
        self.assert_fails(ImageError, "the server refuses: the board is frozen")

    def paints_of(self, wire: Wire) -> list[Paint]:
        """The requests that are on the wire. They do not arrive."""
        return [message for message in wire.lose() if isinstance(message, Paint)]

    def test_a_rejection_for_good_ends_the_painting_with_its_reason(self) -> None:
        server = FakeServer(210, 200)
        wire = Wire(server)
        work = painting(picture(self.colours), (7, 5))
        self.start(wire, server, work)
        wire.to_server()
        wire.to_client()
        wire.say(Rejected(0, "the canvas is frozen", b""))
        wire.carry()
        self.assert_fails(ImageError, "the server refuses: the canvas is frozen")
        self.assertIn(
            f"; {self.changing:,} of {np.count_nonzero(self.colours != 255):,} pixels are not painted yet",
            work.what_is_left,
        )

    def test_a_server_of_version_1_is_painted_on_a_few_pixels_at_a_time(self) -> None:
        server = FakeServer(30, 20)
        wire = Wire(server, version=1)
        colours = self.colours[:15, :25]
        self.start(wire, server, painting(picture(colours), (4, 3)))
        while wire.to_server():
            paints = sum(isinstance(message, PaintOne) for message in wire.sent)
            self.assertLessEqual(paints - server.board.sequence, VERSION_1_PAINTS_IN_FLIGHT)
            wire.to_client()
        expected = np.zeros((20, 30), np.uint8)
        expected[3:18, 4:29] = np.where(colours == 255, 0, colours)
        self.assertTrue((board(server) == expected).all(), self.seed)
        self.assertIsNone(self.successResultOf(self.ended))

    def test_an_acknowledged_pixel_is_not_painted_again_over_others(self) -> None:
        record = HeldRecord(30, 20)
        server = FakeServer(record=record)
        wire = Wire(server)
        neighbour = server.join()
        self.start(wire, server, painting(picture(np.full((2, 2), RED, np.uint8))))
        wire.carry()
        neighbour.send(paint(1, (0, BLACK)))
        record.commit()
        record.commit()
        wire.carry()
        self.assertIsNone(self.successResultOf(self.ended))
        self.assertEqual((board(server)[0, 0], server.board.sequence), (BLACK, 5))


class EndTests(ScriptTestCase):
    """How a script ends that cannot do its work."""

    def begin(self, server: FakeServer, wire: Wire) -> None:
        """Start to paint."""
        self.start(wire, server, painting(picture(np.full((3, 3), RED, np.uint8))))

    def test_a_first_attempt_that_fails_ends_the_script(self) -> None:
        wire = Wire(None)
        self.begin(FakeServer(), wire)
        wire.carry()
        self.assert_fails(ServerUnavailable, "The connection was refused")

    def test_a_server_that_never_shows_its_board_is_given_up(self) -> None:
        server = FakeServer()
        self.begin(server, Wire(server))
        server.clock.advance(CONNECT_SECONDS - 1)
        self.assertNoResult(self.ended)
        server.clock.advance(1)
        server.clock.advance(limits.GOODBYE_SECONDS)
        self.assert_fails(ServerUnavailable, "no answer")

    def test_a_board_that_comes_slowly_is_waited_for_until_nothing_comes(self) -> None:
        server = FakeServer()
        wire = Wire(server)
        self.begin(server, wire)
        wire.protocol.dataReceived(b"\x00\x10")
        for byte in (b"\x00", b"\x00", b"\x00", b"{", b"}", b"}"):
            server.clock.advance(CONNECT_SECONDS - 1)
            wire.protocol.dataReceived(byte)
        self.assertNoResult(self.ended)
        server.clock.advance(CONNECT_SECONDS)
        server.clock.advance(CONNECT_SECONDS)
        server.clock.advance(limits.GOODBYE_SECONDS)
        self.assert_fails(ServerUnavailable, "no answer")

    def test_a_server_that_does_not_come_back_is_given_up(self) -> None:
        server = FakeServer()
        wire = Wire(server)
        self.begin(server, wire)
        wire.to_server()
        wire.to_client()
        wire.server = None
        wire.cut()
        for _ in range(int(AWAY_SECONDS)):
            self.assertNoResult(self.ended)
            server.clock.advance(1)
            wire.carry()
        self.assert_fails(ServerUnavailable, "connection lost: The server closed the connection")

    def test_a_server_that_answers_no_paint_is_given_up(self) -> None:
        server = FakeServer(record=HeldRecord())
        wire = Wire(server)
        self.begin(server, wire)
        wire.carry()
        server.clock.advance(ANSWER_SECONDS)
        wire.carry()
        self.assert_fails(ServerUnavailable, "no answer for 60 s")

    def test_a_client_that_is_sent_away_shows_the_reason_and_does_not_return(self) -> None:
        server = FakeServer()
        wire = Wire(server)
        self.begin(server, wire)
        wire.to_server()
        wire.to_client()
        wire.say(Failed("banned until Monday"), Closing("banned until Monday"))
        wire.carry()
        self.assert_fails(ServerUnavailable, "banned until Monday")

    def test_a_full_server_is_told_before_any_board(self) -> None:
        server = FakeServer(max_clients=0)
        wire = Wire(server)
        self.begin(server, wire)
        wire.carry()
        self.assert_fails(ServerUnavailable, "the server is full")

    def test_a_fault_of_the_work_ends_the_script_as_itself(self) -> None:
        server = FakeServer()
        wire = Wire(server)

        class Broken:
            def begin(self, _script: object) -> None:
                raise ZeroDivisionError

        self.start(wire, server, Broken())
        wire.carry()
        self.failureResultOf(self.ended, ZeroDivisionError)


class LoadTests(unittest.TestCase):
    """Files that are images, and files that are none."""

    def setUp(self) -> None:
        """A folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "image"

    def test_every_mode_of_pixel_has_the_same_colours(self) -> None:
        orange = Image.new("RGBA", (3, 2), (250, 120, 30, 255))
        for mode, kind in (("RGBA", "PNG"), ("RGB", "PNG"), ("P", "GIF"), ("RGB", "WEBP"), ("CMYK", "JPEG")):
            orange.convert(mode).save(self.path, kind, quality=100)
            loaded = load_image(str(self.path))
            self.assertEqual((loaded.mode, loaded.size), ("RGBA", (3, 2)))
            np.testing.assert_allclose(loaded.getpixel((1, 1)), (250, 120, 30, 255), atol=8, err_msg=mode)
        Image.fromarray(np.array([[0, 257 * 100, 65535]], np.uint16)).save(self.path, "PNG")
        self.assertEqual([load_image(str(self.path)).getpixel((x, 0))[0] for x in range(3)], [0, 100, 255])

    def test_a_photo_is_turned_as_its_camera_noted(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # Orientation
        Image.new("RGB", (30, 20)).save(self.path, "JPEG", exif=exif)
        self.assertEqual(load_image(str(self.path)).size, (20, 30))

    def assert_refused(self, reason: str) -> None:
        """One line that begins with the path and goes on like that."""
        with self.assertRaises(ImageError) as caught:
            load_image(str(self.path))
        self.assertIn(f"{self.path}: {reason}", str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_a_file_that_is_no_image_is_named_with_the_reason(self) -> None:
        self.assert_refused("No such file or directory")
        self.path.mkdir()
        self.assert_refused("Is a directory")
        self.path.rmdir()
        self.path.write_text("no image")
        self.assert_refused("not a readable image")
        content = io.BytesIO()
        Image.fromarray(np.random.default_rng(1).integers(0, 256, (9, 9, 3), np.uint8)).save(content, "PNG")
        for end in range(len(content.getvalue()) - 40):
            self.path.write_bytes(content.getvalue()[:end])
            self.assert_refused("")

    def test_a_file_that_claims_to_be_huge_is_given_no_memory(self) -> None:
        for side in (12_000, 60_000):
            header = Image.new("1", (1, 1))
            content = io.BytesIO()
            header.save(content, "PPM")
            self.path.write_bytes(b"P4 %d %d\n" % (side, side))
            self.assert_refused("more than ")


class ProcessTests(unittest.TestCase):
    """The real command and a real server."""

    def test_a_snapshot_shows_exactly_what_was_painted(self) -> None:
        colours = np.random.default_rng(3).integers(0, 8, (30, 40), np.uint8)
        image = Image.fromarray(colours, "P")
        image.putpalette(flat_palette(AF06))
        with (
            tempfile.TemporaryDirectory() as folder,
            ServerProcess("--store", "memory:", "--canvas", "60x50") as server,
        ):
            given, shown = Path(folder) / "given.png", Path(folder) / "shown.png"
            image.save(given)
            address = f"127.0.0.1:{server.port}"
            for words in (
                ("paint", str(given), "--at", "5,6", address),
                ("snapshot", "--scale", "2", str(shown), address),
            ):
                ended = subprocess.run([DCC, *words], capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
                self.assertEqual((ended.returncode, ended.stdout), (0, ""), ended.stderr)
            expected = np.zeros((50, 60), np.uint8)
            expected[6:36, 5:45] = colours
            with Image.open(shown) as snapshot:
                self.assertTrue((np.asarray(snapshot) == expected.repeat(2, axis=0).repeat(2, axis=1)).all())

    def test_a_photo_that_is_decoded_at_half_its_size_is_named_by_its_whole_size(self) -> None:
        with tempfile.TemporaryDirectory() as folder, ServerProcess("--canvas", "4x3") as server:
            photo = Path(folder) / "photo.jpg"
            Image.new("L", (16_320, 12_240)).save(photo)
            words = [DCC, "paint", "--lang", "en", str(photo), f"127.0.0.1:{server.port}"]
            ended = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.assertIn("16320 x 12240 becomes 4 x 3 on the board", ended.stderr)

    def test_a_painter_with_a_name_is_recorded_by_the_name(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            image, record = Path(folder) / "red.png", Path(folder) / "record.sqlite3"
            Image.new("RGB", (1, 1), (255, 0, 0)).save(image)
            with ServerProcess("--store", str(record)) as server:
                words = [DCC, "paint", str(image), "--name", "Ana", f"127.0.0.1:{server.port}"]
                ended = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
                self.assertEqual(ended.returncode, 0, ended.stderr)
            words = [DCC, "history", "0,0", "--store", str(record)]
            listed = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
            self.assertIn("Ana", listed.stdout)
