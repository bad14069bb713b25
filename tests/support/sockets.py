"""A server core on real sockets, in the process of the test.

No part of the server is replaced; the record is the memory record.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from dcc.board.board import Board
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06
from dcc.protocol.frames import FrameDecoder, frame
from dcc.record.memory import MemoryRecord
from dcc.server.tcp import CanvasFactory
from tests.support.wire import CANVAS_ID, HELLO_1, make_clients


class Client(Protocol):
    """A client on a real socket.

    :ivar news: payloads about the board: all of version 2, the last board of version 1.
    :ivar count: the number of payloads so far.
    """

    def __init__(self, greeting: bytes) -> None:
        self._greeting = greeting
        self._decoder = FrameDecoder(2**30)
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []
        self.news: list[bytes] = []
        self.count = 0
        self.lost: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """Say hello."""
        self.transport.write(frame(self._greeting))

    def dataReceived(self, data: bytes) -> None:
        """Read payloads, and fire the waiting Deferreds."""
        self._decoder.feed(data)
        for payload in iter(self._decoder.next_payload, None):
            if self._greeting == HELLO_1:
                self.news.clear()
            elif payload.startswith(b"{"):
                continue
            self.count += 1
            self.news.append(payload)
        for wait in list(self._waiting):
            condition, reached = wait
            if condition():
                self._waiting.remove(wait)
                reached.callback(None)

    def until(self, condition: Callable[[], bool]) -> Deferred[None]:
        """Return a Deferred that fires when the payloads meet a condition."""
        reached: Deferred[None] = Deferred()
        self._waiting.append((condition, reached))
        self.dataReceived(b"")
        return reached

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """The connection is gone."""
        self.lost.callback(None)


class SocketTestCase(TestCase):
    """A server core in this process, and clients on real sockets of the loopback.

    :cvar kernel_buffer_bytes: of each end of a connection; if missing, the kernel's own choice.
    """

    timeout = 120
    width, height = 50, 50
    kernel_buffer_bytes: int | None = None

    def setUp(self) -> None:
        """A server on a port of the kernel's choice."""
        canvas = Canvas(self.width, self.height, AF06)
        self.board = Board(MemoryRecord(CANVAS_ID, canvas), reactor, time.time)
        self.factory = CanvasFactory(make_clients(self.board, reactor))
        self.port = reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        self._keep_small(self.port.socket)  # accepted sockets inherit the size

    @inlineCallbacks
    def tearDown(self) -> Iterator[object]:
        """Stop as a server stops."""
        yield self.port.stopListening()
        yield self.factory.clients.close()
        self.board.stop()

    @inlineCallbacks
    def connect(self, greeting: bytes) -> Iterator[object]:
        """Return a client that has the board."""
        client = Client(greeting)
        with socket.socket() as ours:
            self._keep_small(ours)  # works only before connecting
            ours.connect(("127.0.0.1", self.port.getHost().port))
            ours.setblocking(False)
            reactor.adoptStreamConnection(ours.fileno(), socket.AF_INET, Factory.forProtocol(lambda: client))
        yield client.until(lambda: client.count == 1)
        self.addCleanup(client.transport.loseConnection)
        return client

    def _keep_small(self, end: socket.socket) -> None:
        if self.kernel_buffer_bytes is not None:
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, option, self.kernel_buffer_bytes)
