"""A large board on a slow line: as long as bytes arrive, nobody gives up."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.error import ConnectionLost
from twisted.internet.task import LoopingCall, deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from dcc.board.board import Board
from dcc.core.canvas import Canvas
from dcc.core.palette import Colour, Palette
from dcc.protocol.frames import FrameDecoder, frame
from dcc.record.memory import MemoryRecord
from dcc.server.tcp import CanvasFactory
from tests.support.wire import CANVAS_ID, HELLO_2, make_clients

SIDE_CELLS = 2500
STALL_SECONDS = 0.5
PIECE_BYTES = 8192
PIECE_SECONDS = 0.05
"""160 KB/s: a socket takes more only when a third of its buffer is free, and the buffer grows to megabytes."""

PIECES = 60
"""Three seconds on the slow line."""

PALETTE = Palette(tuple(Colour(str(number), f"#{number:06x}") for number in range(256)))


class SlowLineTests(TestCase):
    """A real socket, whose client reads a little at a time."""

    timeout = 60

    def setUp(self) -> None:
        """A server with a board too noisy for zlib, and a client that has asked for the board."""
        colours = random.Random(5).randbytes(SIDE_CELLS * SIDE_CELLS)
        record = MemoryRecord(CANVAS_ID, Canvas(SIDE_CELLS, SIDE_CELLS, PALETTE, colours))
        self.board = Board(record, reactor, lambda: 0.0)
        self.factory = CanvasFactory(make_clients(self.board, reactor, stall_seconds=STALL_SECONDS))
        self.port = reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        self.client = socket.socket()
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE_BYTES)
        self.client.connect(("127.0.0.1", self.port.getHost().port))
        self.client.setblocking(False)
        self.client.send(frame(HELLO_2))
        self.decoder = FrameDecoder(2**30)

    @inlineCallbacks
    def tearDown(self) -> Iterator[object]:
        """Stop as a server stops."""
        self.client.close()
        yield self.port.stopListening()
        yield self.factory.clients.close()
        self.board.stop()

    def read(self) -> int:
        """Take a piece of what has come."""
        try:
            data = self.client.recv(PIECE_BYTES)
        except BlockingIOError:
            return 0
        except ConnectionResetError:
            raise ConnectionLost from None
        self.decoder.feed(data)
        return len(data)

    @inlineCallbacks
    def test_a_viewer_on_a_slow_line_is_not_cut_off(self) -> Iterator[object]:
        line = LoopingCall(self.read)
        line.start(PIECE_SECONDS).addErrback(Failure.trap, ConnectionLost)
        yield deferLater(reactor, PIECES * PIECE_SECONDS)
        self.assertTrue(line.running, "the server cut the viewer off")
        line.stop()
        payloads: list[bytes] = []
        while len(payloads) < 2:
            yield deferLater(reactor, 0)
            self.read()
            payloads += iter(self.decoder.next_payload, None)
        self.assertEqual(payloads[1][0], 1)

    @inlineCallbacks
    def test_a_viewer_on_a_dead_line_is_cut_off(self) -> Iterator[object]:
        while not self.factory.clients.connected:
            yield deferLater(reactor, 0)
        while self.factory.clients.connected:
            yield deferLater(reactor, PIECE_SECONDS)
