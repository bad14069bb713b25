"""The factory and the protocols: admission, the console, the stop."""

from __future__ import annotations

import socket
import struct
import time
import weakref
from collections.abc import Iterator

from twisted.internet import reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from dcc import limits
from dcc.board.board import Board
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06
from dcc.protocol.frames import frame
from dcc.protocol.messages import Closing, Failed, Goodbye, Hello, PaintOne, Users
from dcc.record.memory import MemoryRecord
from dcc.server.client import REFUSALS_LOGGED
from dcc.server.clients import STOP_SECONDS
from dcc.server.console import Console
from dcc.server.tcp import CanvasFactory, CanvasProtocol
from tests.support.wire import (
    CANVAS_ID,
    GOODBYE,
    HELLO_1,
    HELLO_2,
    RED,
    FakeServer,
    HeldRecord,
    log,
    make_clients,
    names,
    no_collector,
    paint,
    payloads_of,
    pintar,
)

FULL = "the server is full (limit: 1)"


class FactoryTests(SynchronousTestCase):
    """Twisted's classes, and what the factory keeps."""

    def test_the_factory_serves_wherever_twisted_takes_a_factory(self) -> None:
        self.assertTrue(issubclass(CanvasFactory, ServerFactory))
        self.assertTrue(issubclass(CanvasProtocol, Protocol))

    def test_a_client_that_left_is_freed_at_once_without_the_garbage_collector(self) -> None:
        server = FakeServer()
        server.join()
        outside = 50 * 50
        for farewell in (
            [HELLO_1, GOODBYE],
            [HELLO_1, pintar(0, outside, "red")],
            [HELLO_2, paint(1, (0, RED))],
            [HELLO_2, paint(1, (outside, RED))],
            [HELLO_2, b'{"comando": "autor", "solicitud": 1, "columna": 2500, "fila": 0}'],
            [b"nonsense"],
            [],
        ):
            with no_collector():
                peer = server.connect()
                client = peer.protocol.client
                kept = [weakref.ref(each) for each in (client, client.session, client.outbox, peer.protocol)]
                peer.send(*farewell)
                server.clock.advance(1)
                peer.hang_up()
                del peer, client
                self.assertEqual([each() for each in kept], [None] * len(kept), farewell)

    def test_ids_count_from_1_and_are_not_used_again(self) -> None:
        server = FakeServer()
        peers = [server.connect() for _number in range(3)]
        self.assertEqual(sorted(server.factory.protocols), [1, 2, 3])
        self.assertIs(server.factory.protocols[2], peers[1].protocol)
        peers[1].hang_up()
        peers[2].hang_up()
        server.connect()
        self.assertEqual(sorted(server.factory.protocols), [1, 4])

    def test_a_payload_over_the_limit_ends_the_connection_as_soon_as_its_length_is_read(self) -> None:
        most = limits.CLIENT_PAYLOAD_BYTES
        peer = FakeServer().connect()
        peer.send(b'{"comando": "nuevo"%b}' % (b" " * (most - 20)))
        self.assertEqual(len(peer.receive()), 1)
        peer.protocol.dataReceived((most + 1).to_bytes(5, "little"))
        self.assertEqual(peer.receive(), [Closing(f"a message of {most + 1} bytes is longer than the limit of {most}")])
        self.assertTrue(peer.was_closed)

    def test_frames_before_a_fault_are_answered_and_frames_behind_are_not(self) -> None:
        server = FakeServer()
        peer = server.connect()
        hello = frame(b'{"comando": "nuevo"}')
        peer.protocol.dataReceived(hello + hello + frame(b"?") + hello)
        self.assertEqual(
            [type(message).__name__ for message in peer.receive()], ["NamedBoard", "NamedBoard", "Closing"]
        )


class ConsoleTests(SynchronousTestCase):
    """A line for everything that an operator wants to know."""

    def test_the_console_tells_of_coming_and_going_in_the_published_words(self) -> None:
        with log() as logged:
            FakeServer().connect().hang_up()
        self.assertEqual(
            logged.lines,
            [
                "A new client has arrived with id 1!",
                "Listening to client 1!",
                "Closing the connection with client 1...",
                "The socket of client 1 has been removed.",
            ],
        )

    def test_a_fault_is_one_line_with_client_address_and_reason(self) -> None:
        for address, shown in (
            (IPv4Address("TCP", "192.0.2.7", 5000), "192.0.2.7:5000"),
            (IPv6Address("TCP", "2001:db8::7", 5000), "[2001:db8::7]:5000"),
        ):
            peer = FakeServer().connect(StringTransport(peerAddress=address))
            with log() as logged:
                peer.send(b"hola")
            self.assertEqual(
                logged.lines,
                [f"Client 1 ({shown}) is disconnected: not a JSON object, and no opcode: the first byte is 0x68"],
            )

    def test_words_from_a_client_are_no_format_and_begin_no_line(self) -> None:
        peer = FakeServer().connect()
        with log() as logged:
            peer.send(rb'{"comando": "{client} %s {0.__class__}\nServer stopped"}')
        [line] = logged.lines
        self.assertIn(r"unknown command '{client} %s {0.__class__}\nServer stopped'", line)
        self.assertNotIn("\n", line)

    def test_the_first_refused_paints_have_a_line_each_and_the_rest_are_counted(self) -> None:
        peer = FakeServer().join()
        with log() as logged:
            for request in range(1000):
                peer.send(paint(request, (9999, RED)))
            peer.hang_up()
        refused = [line for line in logged.lines if "refused" in line]
        self.assertEqual(len(refused), REFUSALS_LOGGED + 1)
        self.assertEqual(refused[-1], "995 more paints of client 1 (127.0.0.1:50000) were refused.")

    def test_a_few_refused_paints_are_not_counted_again(self) -> None:
        peer = FakeServer().join()
        with log() as logged:
            for request in range(REFUSALS_LOGGED):
                peer.send(paint(request, (9999, RED)))
            peer.hang_up()
        self.assertEqual(len([line for line in logged.lines if "refused" in line]), REFUSALS_LOGGED)


class SingleClientTests(SynchronousTestCase):
    """One client at a time, as in the activity's first part."""

    def setUp(self) -> None:
        """A server for a single client."""
        self.server = FakeServer(max_clients=1)
        self.first = self.server.join(version=1)

    def test_another_client_is_told_that_the_server_is_full_and_closed(self) -> None:
        with log() as logged:
            second = self.server.connect()
        self.assertEqual(second.receive(), [Closing(FULL)])
        self.assertTrue(second.was_closed)
        self.assertEqual(logged.warnings, [f"Client 2 (127.0.0.1:50000) is disconnected: {FULL}"])
        second.say(PaintOne(0, 0, "red"))
        self.first.say(PaintOne(1, 0, "red"))
        self.assertEqual([names(board) for board in self.first.receive()], [{(1, 0): "red"}])
        self.assertEqual(second.receive(), [])

    def test_the_next_client_is_let_in_when_the_first_has_said_goodbye(self) -> None:
        self.first.say(Goodbye())
        second = self.server.join(version=1)
        self.assertFalse(second.was_closed)
        self.first.hang_up()
        second.hang_up()
        self.assertFalse(self.server.join(version=1).was_closed)

    def test_refused_clients_do_not_count_however_long_they_stay(self) -> None:
        for _number in range(5):
            self.server.connect()
        self.first.hang_up()
        self.assertFalse(self.server.join(version=1).was_closed)

    def test_max_clients_lets_in_as_many_as_it_says(self) -> None:
        server = FakeServer(max_clients=3)
        peers = [server.connect() for _number in range(4)]
        self.assertEqual([peer.was_closed for peer in peers], [False, False, False, True])


class StoppingTests(SynchronousTestCase):
    """A stop."""

    def setUp(self) -> None:
        """A server with a client of each version and one that has said nothing."""
        self.record = HeldRecord()
        self.server = FakeServer(record=self.record)
        self.peers = [self.server.join(version=1), self.server.join(), self.server.connect()]
        for peer in self.peers:
            peer.receive()

    def test_a_stop_tells_every_client_and_ends_when_all_have_left(self) -> None:
        closed = self.server.clients.close()
        for peer in self.peers:
            self.assertEqual(peer.payloads(), [b'{"cerrar": true}'])
            self.assertTrue(peer.was_closed)
            self.assertNoResult(closed)
            peer.hang_up()
        self.assertIsNone(self.successResultOf(closed))

    def test_a_stop_answers_what_was_asked_before(self) -> None:
        self.peers[1].send(paint(1, (0, RED)))
        self.server.clients.close()
        self.assertEqual(self.peers[1].receive(), [])
        self.record.commit()
        self.assertEqual(
            [type(message).__name__ for message in self.peers[1].receive()], ["Changes", "Acknowledged", "Closing"]
        )

    def test_a_stop_does_not_wait_for_slow_clients(self) -> None:
        self.peers[0].pause()
        self.peers[1].send(paint(1, (0, RED)))
        self.server.clients.close()
        self.server.clock.advance(STOP_SECONDS - 0.1)
        self.assertEqual([peer.was_aborted for peer in self.peers], [False] * 3)
        self.server.clock.advance(0.1)
        self.assertEqual([peer.was_aborted for peer in self.peers], [True] * 3)

    def test_a_stop_leaves_no_call_pending(self) -> None:
        self.peers[0].pause()
        closed = self.server.clients.close()
        for peer in self.peers:
            peer.hang_up()
        self.successResultOf(closed)
        self.server.board.stop()
        self.assertEqual(self.server.clock.getDelayedCalls(), [])

    def test_a_stop_without_clients_ends_at_once(self) -> None:
        self.assertIsNone(self.successResultOf(FakeServer().factory.clients.close()))

    def test_a_client_that_comes_during_the_stop_is_told_goodbye(self) -> None:
        closed = self.server.clients.close()
        late = self.server.connect()
        self.assertEqual(late.receive(), [Closing()])
        for peer in self.peers:
            peer.hang_up()
        self.assertNoResult(closed)
        late.hang_up()
        self.assertIsNone(self.successResultOf(closed))
        self.server.connect().hang_up()


class GoodNeighboursTests(SynchronousTestCase):
    """A peer's fault is its own."""

    def test_neighbours_of_a_faulty_client_go_on(self) -> None:
        server = FakeServer()
        first, second, third = server.join(version=1), server.join(), server.join()
        second.receive()
        third.send(b'{"comando": "error"}')
        self.assertIsInstance(third.receive()[0], Failed)
        third.hang_up()
        first.say(PaintOne(5, 0, "red"))
        self.assertEqual([names(board) for board in first.receive()], [{(5, 0): "red"}])
        server.clock.advance(1)
        self.assertEqual(second.receive()[-1:], [Users(2)])
        second.say(Hello(2))
        self.assertEqual(len(second.receive()), 2)


def converse(family: int, address: object, data: bytes) -> list[bytes]:
    """Send all, then read until the server closes its side; in a thread, with a blocking socket."""
    with socket.socket(family, socket.SOCK_STREAM) as ours:
        ours.settimeout(60)
        ours.connect(address)
        ours.sendall(data)
        received = bytearray()
        while piece := ours.recv(128):  # as the published client reads
            received += piece
    return payloads_of(bytes(received))


class TellingConsole(Console):
    """Tells a test too.

    :ivar gone: fires when a client has gone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gone: Deferred[int] = Deferred()

    def removed(self, client: int) -> None:
        """A client is forgotten."""
        super().removed(client)
        self.gone.callback(client)


class SocketTests(TestCase):
    """Behaviour of real sockets."""

    timeout = 120

    def setUp(self) -> None:
        """A server that listens nowhere yet."""
        self.board = Board(MemoryRecord(CANVAS_ID, Canvas(50, 50, AF06)), reactor, time.time)
        self.console = TellingConsole()
        self.factory = CanvasFactory(make_clients(self.board, reactor, self.console))

    @inlineCallbacks
    def listen(self, endpoint: str = "tcp:0:interface=127.0.0.1") -> Iterator[object]:
        """Listen until the test is over."""
        port = yield serverFromString(reactor, endpoint).listen(self.factory)

        @inlineCallbacks
        def stop() -> Iterator[object]:
            yield port.stopListening()
            yield self.factory.clients.close()
            self.board.stop()

        self.addCleanup(stop)
        return port.getHost()

    @inlineCallbacks
    def test_a_client_that_sends_everything_at_once_is_answered_to_the_end(self) -> Iterator[object]:
        host = yield self.listen()
        paints = [
            b'{"comando": "pintar", "x_pos": "%d", "y_pos": "0", "nombre_color": "red"}' % row for row in range(50)
        ]
        data = b"".join(map(frame, [HELLO_1, *paints, GOODBYE]))
        *boards, goodbye = yield deferToThread(converse, socket.AF_INET, (host.host, host.port), data)
        self.assertEqual(goodbye, b'{"cerrar": true}')
        self.assertEqual(len(boards), 51)
        for number, board in enumerate(boards):  # each shows at least what was asked for up to it
            self.assertGreaterEqual(board.count(b"red"), number)

    @inlineCallbacks
    def test_a_client_that_goes_on_sending_still_reads_the_goodbye(self) -> Iterator[object]:
        host = yield self.listen()
        data = frame(HELLO_2) + frame(b"?") + bytes(3_000_000)
        payloads = yield deferToThread(converse, socket.AF_INET, (host.host, host.port), data)
        self.assertEqual(
            payloads[-2:],
            [
                b'{"comando": "error", "error": "not a JSON object, and no opcode: the first byte is 0x3f", '
                b'"codigo": "ni-json-ni-opcode", "valores": {"byte": 63}}',
                b'{"cerrar": true}',
            ],
        )

    @inlineCallbacks
    def test_a_unix_socket_is_served_like_tcp(self) -> Iterator[object]:
        path = self.mktemp()[-90:]  # the kernel takes no long ones
        yield self.listen(f"unix:{path}")
        data = frame(HELLO_1) + frame(GOODBYE)
        payloads = yield deferToThread(converse, socket.AF_UNIX, path, data)
        self.assertEqual((len(payloads), payloads[-1]), (2, b'{"cerrar": true}'))

    @inlineCallbacks
    def test_a_connection_that_is_reset_is_forgotten(self) -> Iterator[object]:
        host = yield self.listen()

        def reset() -> None:
            with socket.socket() as ours:
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                ours.connect((host.host, host.port))
                ours.sendall(frame(HELLO_2))

        yield deferToThread(reset)
        yield self.console.gone
        self.assertEqual(self.factory.protocols, {})
