"""A server with a record, as an operator runs it: restarts, a second server, a full disk, Ctrl+C."""

from __future__ import annotations

import resource
import tempfile
import unittest
from pathlib import Path

from dcc.core.canvas import pack_pixels
from dcc.protocol import codec, version2
from dcc.protocol.messages import Acknowledged, Changes, Hello, Paint, Rejected, ServerMessage, Welcome, WholeBoard
from dcc.record.maintenance import verify
from dcc.record.reader import Reader
from tests.support.server_process import TWISTD, LineProcess, Peer, ServerProcess


class Painter(Peer):
    """A client of version 2.

    :ivar welcome: the first message of the server.
    """

    def __init__(self, port: int, hello: Hello | None = None) -> None:
        super().__init__(port)
        self.say(hello or Hello(2))
        welcome = self.hear(Welcome)
        assert isinstance(welcome, Welcome)
        self.welcome = welcome
        self._request = 0

    def say(self, message: Hello | Paint) -> None:
        """Send a message."""
        self.send(version2.encode_command(message))

    def hear(self, *kinds: type) -> ServerMessage:
        """Receive the next message of some kinds; pass over all others."""
        while not isinstance(message := codec.decode_server(self.receive()), kinds):
            pass
        return message

    def paint(self, *pixels: tuple[int, int]) -> ServerMessage:
        """Paint ``(cell, colour)`` pairs.

        :return: the answer.
        """
        self._request += 1
        self.say(Paint(self._request, pack_pixels(pixels)))
        return self.hear(Acknowledged, Rejected)


class RecordProcessTests(unittest.TestCase):
    """A server on a record in an own folder."""

    def setUp(self) -> None:
        """Make the folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name).resolve() / "dcc.sqlite3"
        self.store = ("--store", f"sqlite:{self.path}")

    def start(self, *options: str, port: int = 0) -> ServerProcess:
        """Start a server that speaks English."""
        server = ServerProcess(*self.store, *options, port=port, language="en")
        self.addCleanup(server.close)
        return server

    def refused(self, *options: str) -> str:
        """Start a server, which must fail.

        :return: the line with the reason.
        """
        command = [*TWISTD, "--port", "0", "--lang", "en", *self.store, *options]
        with LineProcess(command) as server:
            self.assertEqual(server.finish(), 1)
            (line,) = [line for line in server.lines if "dcc serve: " in line]
            self.assertNotIn("Traceback", server.output)
        return line.partition("dcc serve: ")[2]

    def test_a_restarted_server_goes_on_with_the_same_canvas(self) -> None:
        """A client that comes back gets the changes it missed, and no more."""
        server = self.start("--canvas", "30x20")
        with Painter(server.port) as first:
            self.assertEqual(first.paint((7, 2)), Acknowledged(1, 1))
        server.stop()
        server = self.start()
        with Painter(server.port) as second:
            self.assertEqual((second.welcome.width, second.welcome.height), (30, 20))
            self.assertEqual((second.welcome.canvas_id, second.welcome.sequence), (first.welcome.canvas_id, 1))
            board = second.hear(WholeBoard)
            self.assertEqual(board, WholeBoard(1, bytes(7) + b"\x02" + bytes(592)))
            self.assertEqual(second.paint((8, 3)), Acknowledged(1, 2))
            with Painter(server.port, Hello(2, first.welcome.canvas_id, 1)) as third:
                self.assertEqual(third.hear(Changes, WholeBoard), Changes(2, pack_pixels([(8, 3)])))
        server.stop()

    def test_a_second_server_is_refused_in_one_line_and_a_killed_one_is_in_nobodys_way(self) -> None:
        server = self.start()
        self.assertEqual(self.refused(), f"{self.path} is in use by another server")
        with Painter(server.port) as painter:
            self.assertEqual(painter.paint((1, 1)), Acknowledged(1, 1))
        server.process.kill()
        server.finish()
        self.start().stop()

    def test_another_size_than_the_records_is_refused_in_one_line(self) -> None:
        self.start("--canvas", "30x20").stop()
        self.assertEqual(
            self.refused("--canvas", "50x50"),
            f"the canvas in {self.path} is 30x20: leave --canvas out, or see dcc resize",
        )

    def test_a_server_that_cannot_listen_leaves_the_record_free(self) -> None:
        server = ServerProcess("--store", "memory:", language="en")
        self.addCleanup(server.close)
        self.assertIn("cannot listen", self.refused("--port", str(server.port)))
        self.start().stop()

    def test_a_stopped_server_has_recorded_every_paint_that_it_answers(self) -> None:
        """Ctrl+C comes right after the last paint was sent. One file is left."""
        server = self.start("--canvas", "30x20")
        with Painter(server.port) as painter:
            for request in range(1, 51):
                painter.say(Paint(request, pack_pixels([(request, 1)])))
            painter.hear(Acknowledged)
            server.interrupt()
            answers = [codec.decode_server(payload) for payload in painter.receive_rest()]
        self.assertEqual(server.finish(), 0)
        acknowledged = 1 + sum(isinstance(answer, Acknowledged) for answer in answers)
        self.assertEqual(sorted(path.name for path in self.path.parent.iterdir()), ["dcc.sqlite3"])
        with Reader(self.path) as reader:
            self.assertGreaterEqual(reader.last_sequence(), acknowledged)
        self.assertEqual(verify(self.path).problems, ())

    def test_a_full_disk_rejects_paints_and_painting_goes_on_by_itself(self) -> None:
        """Viewers stay and see no rejected paint. The log has one line at the beginning and one line at the end."""
        server = self.start("--canvas", "30x20")
        with Painter(server.port) as painter, Painter(server.port) as viewer:
            self.assertEqual(painter.paint((1, 1)), Acknowledged(1, 1))
            self.assertEqual(viewer.hear(Changes), Changes(1, pack_pixels([(1, 1)])))
            # The system lets no file of the server's grow (which it reports as an error, not as a full disk).
            log = self.path.with_name("dcc.sqlite3-wal")
            limit = log.stat().st_size
            _soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, hard))
            reasons = []
            for number in range(3):
                rejected = painter.paint((2, 2 + number), (1, 5))
                assert isinstance(rejected, Rejected), rejected
                self.assertEqual(rejected.pixels, pack_pixels([(2, 0), (1, 1)]))
                reasons.append(rejected.reason)
            self.assertEqual(reasons[0], "whether the paint is recorded is unknown: the disk or the common log failed")
            self.assertEqual(set(reasons[1:]), {"the record cannot be written: disk I/O error"})
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
            self.assertEqual(painter.paint((3, 6)), Acknowledged(5, 2))
            self.assertEqual(viewer.hear(Changes), Changes(2, pack_pixels([(3, 6)])))
            self.assertEqual(viewer.paint((4, 7)), Acknowledged(1, 3))
        server.stop()
        self.assertEqual(
            [line for line in server.console if "record" in line],
            [
                f"The record takes no paints: {reasons[0]}",
                "The record takes paints again.",
            ],
        )
        self.assertEqual(verify(self.path).problems, ())
        with Reader(self.path) as reader:
            self.assertEqual(b"".join(reader.pixels()), pack_pixels([(1, 1), (3, 6), (4, 7)]))
