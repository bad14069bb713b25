"""Open files used up: connected clients stay, newcomers are told, and the operator once."""

from __future__ import annotations

import json
import re
import resource
import signal
import socket
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from dcc.protocol.messages import Acknowledged, Author
from dcc.server.console import Console
from dcc.server.open_files import CALM_SECONDS, OpenFiles
from dcc.server.twisted_internals import accept_few_at_a_time
from tests.record.test_process import Painter
from tests.support.server_process import TWISTD, Peer, WebServer
from tests.support.websocket import Connection, ask
from tests.support.wire import HELLO_1, HELLO_2, log

TURNED_AWAY = "Se rechazan conexiones nuevas: este proceso puede tener {most} archivos abiertos"
NO_ROOM = {"cerrar": True, "error": "el servidor no tiene lugar para otra conexión", "codigo": "sin-sitio"}


def with_limit(most: int, *options: str) -> tuple[str, ...]:
    """The command of a server that may have so many files open."""
    return ("sh", "-c", f'ulimit {" ".join(options)} -n {most} && exec "$@"', "sh", *TWISTD)


def open_files_limit(pid: int) -> tuple[int, int]:
    """How many files a process may open, and how many it may ask for."""
    match = re.search(r"Max open files +(\d+) +(\d+)", Path(f"/proc/{pid}/limits").read_text())
    assert match is not None
    return int(match[1]), int(match[2])


class UsedUpTests(unittest.TestCase):
    """A server with 64 open files at most, 16 of them reserved."""

    most = 64

    def setUp(self) -> None:
        """Start the server on a new record, with a painter."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        store = f"sqlite:{folder.name}/dcc.sqlite3"
        self.server = WebServer("--store", store, command=with_limit(self.most))
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)
        self.painter = Painter(self.server.port)
        self.addCleanup(self.painter.socket.close)

    def arrive(self, greeting: bytes) -> tuple[Peer, bytes]:
        """Connect a client, and return the first payload to the client."""
        peer = Peer(self.server.port)
        self.addCleanup(peer.socket.close)
        peer.send(greeting)
        return peer, peer.receive()

    def fill(self) -> list[Peer]:
        """Connect viewers until the server refuses, and return the accepted viewers."""
        viewers: list[Peer] = []
        while len(viewers) < self.most:
            viewer, told = self.arrive(HELLO_2)
            if told.startswith(b'{"cerrar"'):
                self.assertEqual(json.loads(told), NO_ROOM)
                return viewers
            viewers.append(viewer)
        self.fail("nobody was turned away")

    def test_connected_clients_go_on_and_so_does_a_first_question_about_the_history(self) -> None:
        viewers = self.fill()
        self.assertGreater(len(viewers), 20)
        self.assertEqual(self.painter.paint((7, 2)), Acknowledged(1, 1))
        self.painter.send(b'{"comando": "autor", "solicitud": 2, "columna": 7, "fila": 0}')
        self.assertIsInstance(self.painter.hear(Author), Author)
        for viewer in viewers:
            while not (told := viewer.receive()).startswith(b"\x02"):
                pass
            self.assertEqual(told[-5:], b"\x07\0\0\0\x02")

    def test_the_operator_is_told_once_however_many_are_refused(self) -> None:
        viewers = self.fill()
        with Connection(self.server.web_port) as browser:
            browser.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            self.assertEqual(browser.read_until(b"\r\n").rstrip(), b"HTTP/1.1 503 Service Unavailable")
        self.server.process.send_signal(signal.SIGSTOP)
        crowd = [Peer(self.server.port) for _number in range(300)]
        self.server.process.send_signal(signal.SIGCONT)
        for peer in crowd:
            self.assertEqual(list(map(json.loads, peer.receive_rest())), [NO_ROOM])
            peer.socket.close()
        self.painter.paint((1, 1))
        for viewer in viewers:
            viewer.socket.close()
        with Connection(self.server.web_port) as browser:
            browser.send(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            self.assertIn(b'dcc_sent_away_total{reason="sin-sitio"} 302.0', browser.read_to_end())
        about = [line for line in self.server.lines if "EMFILE" in line or "archivos abiertos" in line]
        self.assertEqual(len(about), 1, about)
        self.assertIn(TURNED_AWAY.format(most=self.most), about[0])

    def test_a_newcomer_is_let_in_as_soon_as_another_client_leaves(self) -> None:
        viewers = self.fill()
        for greeting in (HELLO_1, HELLO_2):
            viewers.pop().socket.close()
            told = b'{"cerrar"'
            while told.startswith(b'{"cerrar"'):  # the server may see who comes before it sees who went
                _newcomer, told = self.arrive(greeting)
        viewers.pop().socket.close()
        while True:
            with Connection(self.server.web_port) as browser:
                if ask(browser, "/healthz")[0] == 200:
                    break


class RoomTests(SynchronousTestCase):
    """The operator's line about room again."""

    def test_the_operator_is_told_when_nobody_was_refused_for_a_while(self) -> None:
        clock = Clock()
        descriptors = OpenFiles(Console(), clock)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with log() as said:
            self.assertTrue(descriptors.have_room())
            for _number in range(3):
                resource.setrlimit(resource.RLIMIT_NOFILE, (1, hard))
                self.assertFalse(descriptors.have_room())
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                clock.advance(CALM_SECONDS - 1)
                self.assertTrue(descriptors.have_room())
            self.assertEqual(len(said.lines), 1)
            clock.advance(1)
            self.assertTrue(descriptors.have_room())
            self.assertTrue(descriptors.have_room())
        self.assertEqual(said.lines[1:], ["New connections are accepted again."])


class StormTests(TestCase):
    """A real port of this process, and more newcomers than are accepted at a time."""

    @inlineCallbacks
    def test_other_connections_have_their_turn_between_newcomers(self) -> Iterator[object]:
        factory = Factory.forProtocol(Protocol)
        accepted: list[Protocol] = []
        factory.buildProtocol = lambda _address: accepted.append(protocol := Protocol()) or protocol
        port = reactor.listenTCP(0, factory, backlog=100, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        accept_few_at_a_time(port)
        crowd = [socket.create_connection(("127.0.0.1", port.getHost().port)) for _number in range(50)]
        port.numberAccepts = 1000
        counts = []
        for _turn in range(3):
            port.doRead()
            counts.append(len(accepted))
        self.assertEqual(counts, [20, 40, 50])
        for newcomer, protocol in zip(crowd, accepted, strict=True):
            newcomer.close()
            protocol.transport.abortConnection()
        yield deferLater(reactor, 0, lambda: None)


class StartTests(unittest.TestCase):
    """What a server asks the system for."""

    def test_the_server_raises_its_limit_of_open_files_to_the_most_allowed(self) -> None:
        with WebServer(command=with_limit(300, "-S")) as server:
            soft, hard = open_files_limit(server.process.pid)
            self.assertEqual(soft, hard)
            self.assertGreater(soft, 300)

    def test_with_select_the_server_takes_no_descriptor_that_select_refuses(self) -> None:
        command = (TWISTD[0], "--reactor=select", *TWISTD[1:])
        with WebServer(command=command) as server:
            self.assertLessEqual(open_files_limit(server.process.pid)[0], 1024)

    def test_a_crowd_that_connects_at_once_finds_a_place_in_the_queue(self) -> None:
        with WebServer() as server:
            server.process.send_signal(signal.SIGSTOP)
            for port in (server.port, server.web_port):
                crowd = [socket.socket() for _number in range(400)]
                for newcomer in crowd:
                    self.addCleanup(newcomer.close)
                    newcomer.setblocking(False)
                    newcomer.connect_ex(("127.0.0.1", port))
                for newcomer in crowd:  # on the loopback a connection is there at once, or not at all
                    newcomer.getpeername()
            server.process.send_signal(signal.SIGCONT)
            for newcomer in crowd:
                newcomer.close()
