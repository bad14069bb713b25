"""Ports: who is let in, and what a lost connection leaves behind."""

from __future__ import annotations

import contextlib
import gc
import socket
import ssl
import tempfile
import threading
import time
import unittest
import weakref
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import ITransport
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from dcc.board.board import Board
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06
from dcc.protocol.frames import frame
from dcc.record.memory import MemoryRecord
from dcc.server import listening
from dcc.server.addresses import names_of
from dcc.server.listening import Door, Endpoint, listen, own_names_addresses
from dcc.server.tcp import CanvasFactory
from dcc.server.twisted_internals import close_port_now
from tests.support.certificates import authority, local_endpoint
from tests.support.wire import CANVAS_ID, GOODBYE, HELLO_2, make_clients

CONNECTIONS = 5


class NameTests(unittest.TestCase):
    """Where programs on this machine look for this machine."""

    def test_the_addresses_of_the_name_are_listened_on_each_once(self) -> None:
        for found, expected in (
            (["127.0.0.1"], ["127.0.1.1"]),
            (["127.0.1.1", "127.0.1.1"], ["127.0.1.1"]),
            (["192.0.2.7", "127.0.0.2"], ["127.0.1.1", "192.0.2.7", "127.0.0.2"]),
        ):
            answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0)) for host in found]
            with mock.patch.object(listening.socket, "getaddrinfo", return_value=answers):
                self.assertEqual(own_names_addresses(), expected)

    def test_a_name_that_does_not_resolve_does_no_harm(self) -> None:
        # The last two cannot even be looked up: a host name on Linux may have 64 characters, a label of DNS has 63.
        for name in ("nosuch.invalid", "a" * 64, "a..b"):
            faults: list[object] = []
            with (
                self.subTest(name),
                mock.patch.object(listening.socket, "gethostname", return_value=name),
                mock.patch.object(threading, "excepthook", faults.append),
            ):
                self.assertEqual(own_names_addresses(), ["127.0.1.1"])
                self.assertEqual(faults, [])

    def test_no_address_of_this_machine_alone_is_counted(self) -> None:
        for host in ("127.0.0.1", "127.0.1.1", "127.255.0.9"):
            self.assertEqual(names_of(IPv4Address("TCP", host, 5)), (), host)
        self.assertEqual(names_of(IPv4Address("TCP", "12.7.0.1", 5)), ("12.7.0.1",))


class PortTests(TestCase):
    """Real ports in front of a real board."""

    timeout = 120

    def setUp(self) -> None:
        """Make a board."""
        self.board = Board(MemoryRecord(CANVAS_ID, Canvas(50, 50, AF06)), reactor, time.time)
        self.factory = CanvasFactory(make_clients(self.board, reactor))

    def listen(self, description: str, door: Door) -> int:
        """Listen until the test is over."""
        port = listen(reactor, Endpoint(description, description, "--port"), door)
        door.open(self.factory)

        @inlineCallbacks
        def stop() -> Iterator[object]:
            yield port.stopListening()
            yield self.factory.clients.close()
            self.board.stop()

        self.addCleanup(stop)
        number: int = port.getHost().port
        return number

    @inlineCallbacks
    def test_only_connections_from_the_address_itself_are_let_in(self) -> Iterator[object]:
        number = self.listen("tcp:0:interface=127.0.0.2", Door(lets_in="127.0.0.2"))

        def hear(source: str) -> bytes:
            with socket.create_connection(("127.0.0.2", number), 60, source_address=(source, 0)) as ours:
                try:
                    ours.sendall(frame(HELLO_2) + frame(GOODBYE))
                    return ours.recv(100)
                except ConnectionError:
                    return b""

        welcome = yield deferToThread(hear, "127.0.0.2")
        refusal = yield deferToThread(hear, "127.0.0.3")
        self.assertIn(b"bienvenida", welcome)
        self.assertEqual(refusal, b"")

    def test_a_failed_start_closes_a_unix_socket_whose_file_is_gone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "s"
            port = listen(reactor, Endpoint(f"unix:{path}", f"unix:{path}", "--port"), Door())
            path.unlink()
            close_port_now(port)
        self.assertNotIn(port, reactor.getReaders())

    @pytest.mark.tls
    @inlineCallbacks
    def test_a_lost_tls_connection_is_freed_without_the_garbage_collector(self) -> Iterator[object]:
        """Whether the peer says goodbye in TLS, closes without a word, or never speaks TLS."""
        number = self.listen(local_endpoint(), Door())
        kept: weakref.WeakSet[ITransport] = weakref.WeakSet()
        connect = self.factory.clients.connect

        def noting(audience: object, transport: ITransport, *rest: object) -> object:
            kept.add(transport)
            return connect(audience, transport, *rest)

        self.patch(self.factory.clients, "connect", noting)
        context = authority().context()

        def converse(end: str) -> None:
            with socket.create_connection(("127.0.0.1", number), 60) as raw:
                if end == "never":
                    raw.sendall(b"hello, is this TLS?")
                    raw.recv(100)
                    return
                with context.wrap_socket(raw, server_hostname="127.0.0.1") as ours:
                    ours.sendall(frame(HELLO_2))
                    ours.recv(10)
                    if end == "polite":
                        with contextlib.suppress(ssl.SSLError):  # what the server had sent comes first
                            ours.unwrap()

        gc.disable()
        self.addCleanup(gc.enable)
        for end in ("polite", "silent", "never"):
            for _connection in range(CONNECTIONS):
                yield deferToThread(converse, end)
            while self.factory.protocols:
                yield deferLater(reactor, 0.01, lambda: None)
            yield deferLater(reactor, 0, lambda: None)
            self.assertEqual(len(kept), 0, end)
