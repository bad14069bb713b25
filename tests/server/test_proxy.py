"""A proxy that tells whom it comes from (the PROXY protocol, Twisted's endpoint ``haproxy:tcp:…``), and fast painters,
on real ports.
"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import unittest
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image

from dcc.protocol.frames import frame
from tests.commands.test_paint import picture
from tests.server.test_web_port import WebServer
from tests.support.server_process import DCC, PATIENCE_SECONDS, Peer, ServerProcess
from tests.support.websocket import Connection, WebSocket, ask, message, opening
from tests.support.wire import GOODBYE, HELLO_1, HELLO_2, RED, paint, pintar

PROXIED = "haproxy:tcp:0:interface=127.0.0.1"


def proxy_line(host: str) -> bytes:
    """Return the first line of a proxy, with the client's address."""
    family, own = ("TCP6", "::1") if ":" in host else ("TCP4", "192.0.2.1")
    return f"PROXY {family} {host} {own} 50000 45743\r\n".encode()


class ProxiedPeer(Peer):
    """A client on TCP that comes through a proxy."""

    def __init__(self, port: int, host: str) -> None:
        super().__init__(port)
        self.socket.sendall(proxy_line(host))


class ProxiedConnection(Connection):
    """A connection to the web port that comes through a proxy."""

    def __init__(self, port: int, host: str) -> None:
        super().__init__(port)
        self.send(proxy_line(host))

    def upgrade(self) -> bytes:
        """Open a WebSocket; the head of the answer."""
        self.send(opening(self.host))
        return self.read_until(b"\r\n\r\n")


class ProxiedTests(unittest.TestCase):
    """The PROXY protocol, by an endpoint of Twisted's."""

    def test_clients_of_one_proxied_address_are_counted_together_on_both_ports(self) -> None:
        options = ("--port", PROXIED, "--http", PROXIED, "--address-clients", "2", "--lang", "en")
        with WebServer(*options) as server, ExitStack() as stack:

            def connect(host: str) -> ProxiedPeer:
                peer = stack.enter_context(ProxiedPeer(server.port, host))
                peer.send(HELLO_1)
                return peer

            def browse(host: str) -> ProxiedConnection:
                return stack.enter_context(ProxiedConnection(server.web_port, host))

            first, second = connect("2001:db8::1"), browse("2001:db8::2")
            first.receive()
            self.assertEqual(ask(second, "/healthz")[0], 200)
            self.assertTrue(second.upgrade().startswith(b"HTTP/1.1 101"))

            reason = "too many connections from your address (limit: 2)"
            third = connect("2001:db8::3:0:0:1")
            told = {"cerrar": True, "error": reason, "codigo": "direccion-llena", "valores": {"conexiones": 2}}
            self.assertEqual([json.loads(payload) for payload in third.receive_rest()], [told])
            fourth = browse("2001:db8::4")
            status, headers, body = ask(fourth, "/healthz")
            self.assertEqual((status, headers["connection"]), (503, "close"))
            self.assertEqual(body.decode(), f"503 Service Unavailable: {reason}\n")
            self.assertEqual(fourth.read_to_end(), b"")
            third.socket.close()
            fourth.close()

            for other in ("2001:db8:0:1::1", "192.0.2.7", "::ffff:192.0.2.7"):
                connect(other).receive()
            self.assertEqual(ask(browse("192.0.2.7"), "/healthz")[0], 503)
            away = next(line for line in ask(browse("192.0.2.8"), "/metrics")[2].splitlines() if b"llena" in line)
            self.assertEqual(away, b'dcc_sent_away_total{reason="direccion-llena"} 3.0')

            second.close()
            server.wait_for("The socket of client 2 has been removed")
            self.assertTrue(browse("2001:db8::5").upgrade().startswith(b"HTTP/1.1 101"))
            turned = [line for line in server.console if line.startswith("More connections")]
            hosts = ("2001:db8::/64", "192.0.2.7")
            line = "More connections from {} are refused: it has 2 (--address-clients)"
            self.assertEqual(turned, [line.format(host) for host in hosts])

    def test_a_whole_conversation_goes_through_the_proxy_and_the_address_is_known(self) -> None:
        options = ("--port", PROXIED, "--canvas", "1000x1000")
        with (
            ServerProcess(*options, language="en") as server,
            ProxiedPeer(server.port, "192.0.2.7") as painter,
            ProxiedPeer(server.port, "2001:db8::1") as viewer,
        ):
            for peer in (painter, viewer):
                peer.send(HELLO_2)
                self.assertIn(b"bienvenida", peer.receive())
                self.assertEqual(peer.receive()[0], 1)
            painter.send(paint(1, (999_999, RED), (10**6, RED)))
            while b"rechazado" not in painter.receive():
                pass
            server.wait_for(r"client 1 \(192\.0\.2\.7:50000\) is refused")
            painter.send(paint(2, *((cell, RED) for cell in range(8000))))
            while (payload := viewer.receive())[0] != 2:
                pass
            self.assertEqual(len(payload), 9 + 8000 * 5)
            viewer.send(GOODBYE)
            self.assertEqual(viewer.receive_rest()[-1], b'{"cerrar": true}')
            server.interrupt()
            self.assertEqual(painter.receive_rest()[-1], b'{"cerrar": true}')

    def test_a_proxy_header_without_a_usable_address_does_no_harm(self) -> None:
        with (
            ServerProcess("--port", PROXIED, "--address-clients", "1") as server,
            Peer(server.port) as odd,
            Peer(server.port) as local,
            Peer(server.port) as silent,
        ):
            odd.socket.sendall(b"PROXY TCP6 \x1b]0;owned\x07 there 1 2\r\n")
            local.socket.sendall(b"PROXY UNKNOWN :: :: 1 2\r\n")
            for peer in (odd, local):
                peer.send(HELLO_1)
                self.assertIn("0", json.loads(peer.receive()))
            silent.socket.sendall(b"no proxy\r\n")
            self.assertEqual(silent.receive_rest(), [])
            odd.send(b"{")
            server.wait_for(r"\(unknown\)")
            self.assertNotIn("\x1b", server.output)

    def test_an_address_that_sends_too_much_is_read_slowly_and_others_are_not(self) -> None:
        options = ("--port", PROXIED, "--address-byte-rate", "20000", "--lang", "en")
        with (
            ServerProcess(*options) as server,
            ProxiedPeer(server.port, "192.0.2.7") as greedy,
            ProxiedPeer(server.port, "192.0.2.8") as other,
        ):
            filler = b'{"comando": "nuevo"%b}' % (b" " * 40_000)
            for _time in range(6):  # 240 kB, of which 200 kB are there at once
                greedy.send(filler)
            other.send(HELLO_1)
            other.receive()
            for _time in range(6):
                greedy.receive()


class ForwardedTests(unittest.TestCase):
    """A proxy of HTTP, which names people in a header."""

    def test_people_behind_a_trusted_proxy_are_limited_and_named_by_their_own_addresses(self) -> None:
        options = ("--trusted-proxy", "127.0.0.0/8", "--address-clients", "1", "--lang", "en")
        with WebServer(*options) as server, ExitStack() as stack:

            def browse(*headers: str) -> WebSocket:
                return stack.enter_context(WebSocket(server.web_port, *headers, greeting=HELLO_2))

            ada = browse("X-Forwarded-For: 198.51.100.8, 198.51.100.7")
            bruno = browse("Forwarded: for=198.51.100.8;proto=https")
            self.assertTrue(ada.head.startswith(b"HTTP/1.1 101 "), ada.head)
            self.assertTrue(bruno.head.startswith(b"HTTP/1.1 101 "), bruno.head)
            for forged in ("203.0.113.9, 198.51.100.7", "127.0.0.1, 198.51.100.8"):
                self.assertTrue(browse(f"X-Forwarded-For: {forged}").head.startswith(b"HTTP/1.1 503 "))
            ada.send(message(paint(1, (10**6, RED))))
            server.wait_for(r"client 1 \(198\.51\.100\.7\) is refused")

    def test_people_behind_a_proxy_on_a_unix_socket_have_their_own_addresses(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/web.sock"
            options = ("--http", f"unix:{path}", "--trusted-proxy", "unix", "--address-clients", "1")
            with ServerProcess(*options) as server, ExitStack() as stack:
                for person, status in (("198.51.100.7", b"101"), ("198.51.100.7", b"503"), ("198.51.100.8", b"101")):
                    proxy = stack.enter_context(socket.socket(socket.AF_UNIX))
                    proxy.settimeout(PATIENCE_SECONDS)
                    proxy.connect(path)
                    proxy.sendall(opening("localhost", f"X-Forwarded-For: {person}"))
                    self.assertEqual(proxy.recv(65536).split()[1], status)
                server.wait_for("198.51.100.7")


class PaintRateTests(unittest.TestCase):
    """Fast painters."""

    def test_dcc_paint_paints_a_picture_larger_than_a_burst_whole(self) -> None:
        side = 180
        colours = np.random.default_rng(5).integers(0, 8, (side, side), np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            image, copy = Path(folder) / "picture.png", Path(folder) / "copy.png"
            picture(colours).save(image)
            options = ("--pixel-rate", "2000", "--canvas", f"{side}x{side}")
            with ServerProcess(*options, language="en") as server:
                address = f"127.0.0.1:{server.port}"
                for command in (("paint", image, address), ("snapshot", copy, address)):
                    words = [DCC, *map(str, command)]
                    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
                    self.assertEqual(done.returncode, 0, done.stderr)
                server.wait_for("is refused: too fast")
            with Image.open(copy) as drawn, Image.open(image) as meant:
                self.assertEqual(drawn.convert("RGB").tobytes(), meant.convert("RGB").tobytes())

    def test_a_fast_painter_of_version_1_has_everything_painted(self) -> None:
        with ServerProcess("--pixel-rate", "20") as server, Peer(server.port) as painter:
            commands = [pintar(number % 50, number // 50, "red") for number in range(220)]
            painter.socket.sendall(b"".join(map(frame, commands)) + frame(HELLO_1))
            for _command in commands:
                painter.receive()
            board = json.loads(painter.receive())
            self.assertEqual(sum(name == "red" for names in board.values() for name in names.values()), 220)
