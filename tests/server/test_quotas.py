"""How much a client may have, and all from one address together."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from dcc.core.token_bucket import BURST_SECONDS
from dcc.protocol.frames import frame
from dcc.protocol.messages import (
    Acknowledged,
    Closing,
    Goodbye,
    Rejected,
)
from dcc.server.addresses import Quotas, UnknownAddress, names_of, spell_address
from tests.support.server_process import PATIENCE_SECONDS, ServerProcess, WebServer
from tests.support.wire import GREEN, HELLO_1, HELLO_2, RED, FakeServer, Peer, log, paint, pintar

ADDRESS = IPv4Address("TCP", "192.0.2.7", 5000)
NEIGHBOUR = IPv4Address("TCP", "192.0.2.8", 5000)

PROXIED = "haproxy:tcp:0:interface=127.0.0.1"
TOO_MANY = "too many connections from your address (limit: {})"


def serve(**quotas: Any) -> FakeServer:
    """A server with these quotas and otherwise none."""
    nothing = dict.fromkeys(vars(Quotas()), 0)
    return FakeServer(quotas=Quotas(**(nothing | quotas)))


def join(server: FakeServer, address: IAddress = ADDRESS, version: int = 2) -> Peer:
    """Connect a client from an address, and wait for the board."""
    return server.join(version=version, transport=StringTransport(peerAddress=address))


class PixelsTests(SynchronousTestCase):
    """Pixels per second: 10 in the tests here, in bursts of 100."""

    def test_a_painter_who_is_too_fast_is_told_when_to_go_on(self) -> None:
        server = serve(client_pixels=10)
        peer = join(server)
        peer.send(paint(1, *[(0, RED)] * 110), paint(2, (1, RED)))
        changes, acknowledged, rejected = peer.receive()
        self.assertEqual((changes.sequence, acknowledged), (110, Acknowledged(1, 110)))
        self.assertIsInstance(rejected, Rejected)
        self.assertEqual((rejected.request, rejected.pixels), (2, bytes([1, 0, 0, 0, 0])))
        self.assertIn("too fast", rejected.reason)
        self.assertEqual(rejected.retry_ms, 1001)
        server.clock.advance(rejected.retry_ms / 1000)
        peer.send(paint(3, (1, GREEN)))
        self.assertEqual(peer.receive()[-1], Acknowledged(3, 111))
        self.assertEqual(server.board.rejections, {"demasiado-rapido": 1})

    def test_a_wrong_paint_takes_nothing_from_the_bucket(self) -> None:
        server = serve(client_pixels=10)
        peer = join(server)
        peer.send(paint(1, *[(99_999, RED)] * 200), paint(2, (0, RED)))
        rejected, _changes, acknowledged = peer.receive()
        self.assertIsNone(rejected.retry_ms)
        self.assertEqual(acknowledged, Acknowledged(2, 1))

    def test_painters_from_one_address_share_its_pixels_and_others_do_not(self) -> None:
        server = serve(address_pixels=10)
        first, second, neighbour = join(server), join(server), join(server, NEIGHBOUR)
        here = join(server, IPv4Address("TCP", "127.0.0.1", 1))
        first.send(paint(1, *[(0, RED)] * 110))
        for peer, answer in ((second, Rejected), (neighbour, Acknowledged), (here, Acknowledged), (here, Acknowledged)):
            peer.receive()
            peer.send(paint(1, *[(0, RED)] * 110))
            self.assertIsInstance(peer.receive()[-1], answer)

    def test_a_painter_who_comes_anew_finds_the_same_bucket_until_the_bucket_is_full(self) -> None:
        server = serve(address_pixels=10)
        peer = join(server)
        peer.send(paint(1, *[(0, RED)] * 110))
        peer.hang_up()
        again = join(server)
        again.send(paint(1, (0, RED)))
        self.assertIsInstance(again.receive()[-1], Rejected)
        again.hang_up()
        server.clock.advance(BURST_SECONDS + 2)
        sources = server.clients.admission.addresses
        left: Any = sources._left
        self.assertEqual(list(left), ["192.0.2.7"])
        join(server, NEIGHBOUR)
        self.assertEqual(list(left), [])

    def test_a_fast_painter_of_version_1_is_read_more_slowly_and_answered_in_full(self) -> None:
        server = serve(client_pixels=10)
        peer = join(server, version=1)
        commands = b"".join(frame(pintar(number % 50, number // 50, "red")) for number in range(120))
        peer.protocol.dataReceived(commands)
        self.assertEqual(len(peer.receive()), 120)
        self.assertFalse(peer.is_read_from)
        server.clock.advance(2.01)
        self.assertTrue(peer.is_read_from)
        self.assertEqual(server.board.sequence, 120)


class BytesTests(SynchronousTestCase):
    """Bytes per second: 100 in the tests here, in bursts of 1,000."""

    def test_a_client_that_sends_too_much_is_not_read_for_a_while_but_answered(self) -> None:
        server = serve(client_bytes=100)
        peer = join(server)
        for request in range(80):
            peer.send(paint(request, (0, RED)))  # 15 bytes
        self.assertEqual(len(peer.receive()), 160)
        self.assertFalse(peer.is_read_from)
        server.clock.advance(1)
        self.assertFalse(peer.is_read_from)
        server.clock.advance(1.01)
        self.assertTrue(peer.is_read_from)

    def test_clients_from_one_address_share_its_bytes(self) -> None:
        server = serve(address_bytes=100)
        first, second, neighbour = join(server), join(server), join(server, NEIGHBOUR)
        first.protocol.dataReceived(bytes([200, 15, 0, 0, 0]) + bytes(1200))  # a part of a long message
        for peer, is_read_from in ((second, False), (neighbour, True)):
            peer.send(paint(1, (0, RED)))
            self.assertEqual(peer.is_read_from, is_read_from)

    def test_a_client_that_leaves_while_not_read_is_read_until_the_end(self) -> None:
        for leave in (lambda peer: peer.say(Goodbye()), Peer.hang_up):
            server = serve(client_bytes=1)
            peer = join(server)
            peer.send(paint(1, (0, RED)))
            self.assertFalse(peer.is_read_from)
            leave(peer)
            if leave is not Peer.hang_up:
                self.assertEqual(peer.receive()[-1], Closing())
                self.assertTrue(peer.is_read_from)
                peer.hang_up()
            server.clock.advance(2)
            self.assertEqual(server.clock.getDelayedCalls(), [])


class HelloTests(SynchronousTestCase):
    """Time to say the first command."""

    def test_a_client_without_a_whole_command_is_disconnected_with_the_reason(self) -> None:
        server = serve(hello_seconds=30)
        silent, slow, ready = (server.connect() for _peer in range(3))
        slow.protocol.dataReceived(frame(HELLO_1)[:-1])
        ready.send(HELLO_1)
        with log() as logged:
            server.clock.advance(30)
        for peer in (silent, slow):
            self.assertEqual(peer.receive(), [Closing("no command came within 30 s")])
            self.assertTrue(peer.was_closed)
        self.assertFalse(ready.was_closed)
        self.assertEqual(len(logged.warnings), 2)
        self.assertEqual(server.clients.sent_away, {"sin-comando": 2})

    def test_a_client_that_leaves_before_its_first_command_leaves_no_call_pending(self) -> None:
        server = serve(hello_seconds=30)
        server.connect().hang_up()
        peer = server.connect()
        peer.send(b"?")
        peer.hang_up()
        self.assertEqual(server.clock.getDelayedCalls(), [])


class ConnectionsTests(SynchronousTestCase):
    """Connections from one address."""

    def test_an_address_over_its_limit_is_refused_until_a_connection_leaves(self) -> None:
        server = serve(address_clients=4)
        admission = server.clients.admission
        peers = [join(server) for _peer in range(4)]
        with log() as logged:
            for _try in range(3):
                self.assertIn("too many connections from your address (limit: 4)", str(admission.refusal(ADDRESS)))
            self.assertIsNone(admission.refusal(NEIGHBOUR))
            peers.pop().hang_up()
            self.assertIsNone(admission.refusal(ADDRESS))
            for peer in peers:
                peer.hang_up()
        self.assertEqual(
            logged.warnings,
            [
                "More connections from 192.0.2.7 are refused: it has 4 (--address-clients)",
                "3 connections from 192.0.2.7 were refused.",
            ],
        )

    def test_the_operator_is_told_again_after_a_single_refusal(self) -> None:
        server = serve(address_clients=2)
        admission = server.clients.admission
        stays = join(server)
        with log() as logged:
            for _time in range(2):
                peer = join(server)
                self.assertIsNotNone(admission.refusal(ADDRESS))
                peer.hang_up()
                self.assertIsNone(admission.refusal(ADDRESS))
        self.assertFalse(stays.was_closed)
        line = "More connections from 192.0.2.7 are refused: it has 2 (--address-clients)"
        self.assertEqual(logged.warnings, [line, line])

    def test_an_address_counts_alone_and_in_its_network_of_ipv6_and_this_machine_does_not_count(self) -> None:
        network = "2001:db8:1:2::/64"
        for address, expected in (
            (IPv4Address("TCP", "192.0.2.7", 1), ("192.0.2.7",)),
            (IPv4Address("TCP", "127.0.0.1", 1), ()),
            (IPv4Address("TCP", "127.0.1.1", 1), ()),
            (IPv4Address("TCP", "127.255.255.254", 1), ()),
            (IPv4Address("TCP", "128.0.0.1", 1), ("128.0.0.1",)),
            (IPv6Address("TCP", "2001:db8:1:2:3:4:5:6", 1), ("2001:db8:1:2:3:4:5:6", network)),
            (IPv6Address("TCP", "2001:db8:1:2::7", 1), ("2001:db8:1:2::7", network)),
            (IPv6Address("TCP", "2001:DB8:1:2:0:0:0:7", 1), ("2001:db8:1:2::7", network)),
            (IPv6Address("TCP", "2001:db8:1:3::7", 1), ("2001:db8:1:3::7", "2001:db8:1:3::/64")),
            (IPv6Address("TCP", "fe80::1%eth0", 1), ("fe80::1", "fe80::/64")),
            (IPv6Address("TCP", "::ffff:192.0.2.7", 1), ("192.0.2.7",)),
            (IPv6Address("TCP", "::ffff:127.0.0.1", 1), ()),
            (IPv6Address("TCP", "::1", 1), ()),
            (IPv6Address("TCP", "\x1b[2J", 1), ("unknown",)),
            (IPv4Address("TCP", "here", 1), ("unknown",)),
            (UnknownAddress(), ("unknown",)),
            (UNIXAddress("/run/dcc.sock"), ()),
            (None, ()),
        ):
            with self.subTest(address=address):
                self.assertEqual(names_of(address), expected)

    def test_an_address_is_spelled_only_if_it_is_one(self) -> None:
        for address, words in (
            (IPv4Address("TCP", "192.0.2.7", 1), "192.0.2.7:1"),
            (IPv4Address("TCP", "192.0.2.7", 0), "192.0.2.7"),
            (IPv6Address("TCP", "2001:db8::7", 1), "[2001:db8::7]:1"),
            (IPv6Address("TCP", "2001:db8::7", 0), "2001:db8::7"),
            (IPv4Address("TCP", "\x1b]0;owned\x07", 1), "unknown"),
            (UnknownAddress(), "unknown"),
            (UNIXAddress("/run/dcc.sock"), "UNIXAddress"),
        ):
            with self.subTest(address=address):
                self.assertEqual(spell_address(address), words)

    def test_one_host_of_an_ipv6_network_has_a_quarter_and_does_not_turn_its_neighbours_away(self) -> None:
        admission = serve(address_clients=8).clients.admission
        addresses = admission.addresses

        def host(number: int) -> IPv6Address:
            return IPv6Address("TCP", f"2001:db8::{number}", 1)

        with log() as logged:
            places = [addresses.enter(host(1)) for _connection in range(2)]
            self.assertEqual(str(admission.refusal(host(1))), TOO_MANY.format(2))
            for neighbour in (2, 3, 4):
                for _connection in range(2):
                    self.assertIsNone(admission.refusal(host(neighbour)))
                    places.append(addresses.enter(host(neighbour)))
            self.assertEqual(str(admission.refusal(host(5))), TOO_MANY.format(8))
            self.assertIsNone(admission.refusal(IPv6Address("TCP", "2001:db8:0:1::1", 1)))
            for place in places:
                addresses.leave(place)
            self.assertIsNone(admission.refusal(host(1)))
        line = "More connections from {} are refused: it has {} (--address-clients)"
        self.assertEqual(logged.warnings, [line.format("2001:db8::1", 2), line.format("2001:db8::/64", 8)])

    def test_one_host_of_an_ipv6_network_spends_a_quarter_of_the_pixels_of_all(self) -> None:
        server = serve(address_pixels=40)
        greedy, neighbour = (join(server, IPv6Address("TCP", f"2001:db8::{number}", 1)) for number in (1, 2))
        greedy.send(paint(1, *[(0, RED)] * 110), paint(2, (0, RED)))
        neighbour.send(paint(1, (0, RED)))
        self.assertIn(Rejected, map(type, greedy.receive()))
        self.assertEqual(neighbour.receive()[-1], Acknowledged(1, 111))

    def test_an_address_that_left_leaves_nothing_in_the_table(self) -> None:
        addresses: Any = serve(address_clients=8, address_pixels=10).clients.admission.addresses
        for address in (ADDRESS, IPv6Address("TCP", "2001:db8::1", 1), UnknownAddress()):
            addresses.leave(addresses.enter(address))
            self.assertEqual((addresses._busy, addresses._left), ({}, {}))


class RealPortsTests(SynchronousTestCase):
    """The same on real ports, where a proxy tells the address, since this machine's own do not count."""

    PORTS = ("--port", PROXIED, "--http", PROXIED)

    def connect(self, port: int) -> socket.socket:
        """A connection of 192.0.2.7, by the PROXY protocol."""
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.addCleanup(connection.close)
        connection.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 50000 45743\r\n")
        return connection

    def until_closed(self, connection: socket.socket) -> bytes:
        """Return all bytes until the end."""
        data = b""
        while piece := connection.recv(65536):
            data += piece
        return data

    def test_connections_by_tcp_and_web_are_counted_together(self) -> None:
        with WebServer(*self.PORTS, "--address-clients", "2", "--store", "memory:", "--lang", "en") as server:
            first = self.connect(server.port)
            first.sendall(frame(HELLO_2))
            first.recv(1)
            second = self.connect(server.web_port)
            second.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b" 200 OK", second.recv(65536))
            third = self.connect(server.port)
            third.sendall(frame(HELLO_2))
            told = self.until_closed(third)
            self.assertIn(b"too many connections from your address (limit: 2)", told)
            third = self.connect(server.web_port)
            third.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = self.until_closed(third)
            self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
            self.assertIn(b"too many connections from your address (limit: 2)", answer)
            second.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.until_closed(second)
            third = self.connect(server.web_port)
            third.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.assertIn(b" 200 OK", self.until_closed(third))

    def test_a_websocket_counts_once_until_its_end(self) -> None:
        upgrade = (
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        with WebServer(*self.PORTS, "--address-clients", "2", "--store", "memory:", "--lang", "en") as server:
            sockets = [self.connect(server.web_port) for _socket in range(2)]
            for each in sockets:
                each.sendall(upgrade)
                self.assertIn(b" 101 ", each.recv(65536))
            third = self.connect(server.web_port)
            third.sendall(upgrade)
            self.assertIn(b"too many connections from your address (limit: 2)", self.until_closed(third))
            sockets.pop().close()
            server.wait_for("has been removed")
            another = self.connect(server.web_port)
            another.sendall(upgrade)
            self.assertIn(b" 101 ", another.recv(65536))

    def test_a_silent_connection_is_disconnected_in_time(self) -> None:
        with ServerProcess("--port", PROXIED, "--hello-timeout", "1", "--store", "memory:", "--lang", "en") as server:
            self.assertIn(b"no command came within 1 s", self.until_closed(self.connect(server.port)))
