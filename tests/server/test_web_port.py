"""The web port as an operator has it: a real server, a real port, and everything that the careless and the malicious
send to it, while a neighbour goes on drawing.
"""

from __future__ import annotations

import io
import json
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from contextlib import ExitStack
from pathlib import Path
from random import Random

from PIL import Image

from dcc import limits
from tests.support.server_process import DCC, PATIENCE_SECONDS, TWISTD, Peer, WebServer
from tests.support.websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    TOO_BIG,
    Connection,
    WebSocket,
    ask,
    close_code,
    frame,
    get,
    message,
    opening,
    read_answer,
)
from tests.support.wire import BLACK, HELLO_1, HELLO_2, RED, paint

MEBIBYTE = 2**20

GROWTH_BYTES = 8 * MEBIBYTE
"""What the server's memory may grow by under any attack: each of them sends or asks for several times as much. Some of
it is what Python keeps for later."""

CHANGES, ACKNOWLEDGED = b"\x02", b"\x04"

LEADING_OUT = (
    "/../../../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/%252e%252e/%252e%252e/etc/passwd",
    "/..%2f..%2fsetup.cfg",
    "/..%5c..%5csetup.cfg",
    "/..\\..\\setup.cfg",
    "//etc/passwd",
    "///etc/passwd",
    "/%2fetc%2fpasswd",
    "/.%2e/http.py",
    "/../http.py",
    "/./main.js/../../site.py",
    "/page/main.js",
    "/..;/http.py",
    "/%c0%ae%c0%ae/http.py",
    "/main.js%00.html",
    "/%00",
    "/ws/../../http.py",
    "/api/../../http.py",
    "/index.html/../../http.py",
    "file:///etc/passwd",
    "http://127.0.0.1/../../etc/passwd",
    "etc/passwd",
)
"""Paths out of the folder of the page."""


class WebPortTestCase(unittest.TestCase):
    """A server for every test. It is stopped by Ctrl+C, and must not have logged a fault of its own.

    :cvar options: the server's.
    """

    options: tuple[str, ...] = ()
    command: tuple[str, ...] = TWISTD

    def setUp(self) -> None:
        """Start it."""
        self.server = WebServer(*self.options, command=self.command)
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)

    @property
    def port(self) -> int:
        """Of the web."""
        return self.server.web_port


class ServedTests(WebPortTestCase):
    """What is served, over real sockets."""

    options = ("--canvas", "20x10", "--store", "memory:")

    def test_the_picture_shows_the_board_and_is_sent_again_only_after_a_paint(self) -> None:
        with WebSocket(self.port, greeting=HELLO_2) as painter, Connection(self.port) as browser:
            painter.send(message(paint(1, (3 * 20 + 10, RED))))
            painter.read_until_frame(BINARY, ACKNOWLEDGED)
            status, headers, body = ask(browser, "/board.png?scale=3")
            self.assertEqual((status, headers["content-type"]), (200, "image/png"))
            picture = Image.open(io.BytesIO(body)).convert("RGB")
            self.assertEqual(picture.size, (60, 30))
            red = {(x, y) for x in range(60) for y in range(30) if picture.getpixel((x, y)) == (255, 0, 0)}
            self.assertEqual(red, {(x, y) for x in range(30, 33) for y in range(9, 12)})

            again, _headers, body = ask(browser, "/board.png?scale=3", f"If-None-Match: {headers['etag']}")
            self.assertEqual((again, body), (304, b""))
            painter.send(message(paint(2, (0, RED))))
            painter.read_until_frame(BINARY, ACKNOWLEDGED)
            status, new_headers, _body = ask(browser, "/board.png?scale=3", f"If-None-Match: {headers['etag']}")
            self.assertEqual(status, 200)
            self.assertNotEqual(new_headers["etag"], headers["etag"])

    def test_one_connection_asks_for_everything_and_becomes_a_websocket(self) -> None:
        with Connection(self.port) as browser:
            for target in ("/", "/main.js", "/api/info", "/metrics", "/healthz", "/nothing"):
                self.assertEqual(ask(browser, target)[0], 404 if target == "/nothing" else 200, target)
            browser.send(opening(browser.host))
            self.assertTrue(browser.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 "))

    def test_both_versions_draw_on_one_board_over_both_wires(self) -> None:
        with (
            Peer(self.server.port) as tcp_1,
            Peer(self.server.port) as tcp_2,
            WebSocket(self.port, greeting=HELLO_1) as web_1,
            WebSocket(self.port, greeting=HELLO_2) as web_2,
        ):
            tcp_1.send(HELLO_1)
            tcp_2.send(HELLO_2)
            tcp_1.receive()
            welcome, _board = tcp_2.receive(), tcp_2.receive()
            web_1.read_frame()
            web_2.read_until_frame(BINARY, b"\x01")
            web_2.send(message(paint(1, (5, BLACK))))
            sequence = web_2.read_until_frame(BINARY, CHANGES)[1:9]
            self.assertGreater(int.from_bytes(sequence, "little"), json.loads(welcome)["secuencia"])
            while not (changed := tcp_2.receive()).startswith(CHANGES):
                pass
            self.assertEqual(changed, CHANGES + sequence + struct.pack("<IB", 5, BLACK))
            for board in (tcp_1.receive(), web_1.read_until_frame(TEXT)):
                self.assertEqual(json.loads(board)["5"]["0"], "black")

    def test_one_client_too_many_is_told_so_after_the_handshake(self) -> None:
        with WebServer("--single-client", "--lang", "en") as server, Peer(server.port) as first:
            first.send(HELLO_2)
            first.receive()
            with WebSocket(server.web_port) as second:
                self.assertTrue(second.head.startswith(b"HTTP/1.1 101 "), second.head)
                self.assertIn(b"full", second.read_until_frame(TEXT))
                self.assertEqual(second.read_frame()[0], CLOSE)

    def test_a_stop_tells_browsers_and_ends_with_status_0(self) -> None:
        with WebServer() as server, WebSocket(server.web_port, greeting=HELLO_2) as client, Connection(server.web_port):
            client.read_frame()
            server.interrupt()
            client.read_until_frame(TEXT, b'{"cerrar": true}')
            self.assertEqual(client.read_frame()[0], CLOSE)
            self.assertEqual(server.finish(), 0)
            self.assertNotIn("Traceback", server.output)


class RefusalTests(unittest.TestCase):
    """A server says in a line why a start is impossible."""

    def run_server(self, *options: str, command: tuple[str, ...] = TWISTD) -> tuple[int, str]:
        """Return the exit status and the last line."""
        done = subprocess.run(
            [*command, "--port", "0", "--lang", "en", *options],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        self.assertNotIn("Traceback", done.stdout + done.stderr)
        match = re.search("dcc serve: .*", done.stdout + done.stderr)
        return done.returncode, match[0] if match else ""

    def test_a_wrong_value_is_one_line_and_status_2(self) -> None:
        for options, reason in [
            (("--http", "x"), "--http 'x': expected a number or an endpoint"),
            (("--http", "70000"), "--http '70000': a port is a number from 0 to 65535"),
            (("--origin", "example.org"), "--origin 'example.org': expected an origin such as https://example.org"),
            (("--embed", "example.org"), "--embed 'example.org': expected an origin such as https://example.org"),
            (("--host", "http://a.b"), "--host 'http://a.b': expected a name such as canvas.example.org"),
            (
                ("--trusted-proxy", "nginx"),
                "--trusted-proxy 'nginx': expected an address, a network such as 10.0.0.0/8",
            ),
        ]:
            with self.subTest(options=options):
                status, line = self.run_server(*options)
                self.assertEqual(status, 2)
                self.assertIn(reason, line)

    def test_a_taken_port_is_one_line_with_the_option_to_change(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            status, line = self.run_server("--store", "memory:", "--http", str(other.getsockname()[1]))
        self.assertEqual(status, 1)
        self.assertRegex(line, r"^dcc serve: cannot listen on 127.0.0.1:\d+: .*--http or --interface$")

    def test_without_the_extra_the_error_names_the_command_that_installs_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "prometheus_client.py").write_text("raise ImportError(name='prometheus_client')")
            code = f"import sys; sys.path.insert(0, {folder!r}); from twisted.scripts.twistd import run; run()"
            command = (sys.executable, "-c", code, *TWISTD[1:])
            status, line = self.run_server("--store", "memory:", "--http", "0", command=command)
        self.assertEqual(status, 1)
        self.assertIn("pip install 'drawcolorcanvas[web]'", line)


class OtherPortTests(WebPortTestCase):
    """Who comes to the web port with the protocol of the other one, since the link for browsers names its number."""

    def test_a_script_on_the_web_port_is_told_at_once_which_port_it_wants(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run(
                [DCC, "snapshot", f"{folder}/board.png", f"127.0.0.1:{self.port}"],
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
            )
        self.assertEqual((ended.returncode, ended.stdout), (1, ""))
        self.assertIn(f"server 127.0.0.1:{self.port}: A web server answers", ended.stderr)
        self.assertIn("(dcc serve --port)", ended.stderr)

    def test_a_browser_on_the_port_for_programs_is_told_in_http_where_the_page_is(self) -> None:
        for request in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HEAD /board.png HTTP/1.0\r\n\r\n"):
            with Connection(self.server.port) as browser:
                browser.send(request)
                status, headers, body = read_answer(browser)
                self.assertEqual((status, headers["connection"]), (400, "close"))
                self.assertIn("--http", body.decode())
                browser.read_to_end()
        self.server.wait_for(r"client 1 \(127\.0\.0\.1:\d+\)|cliente 1 \(127\.0\.0\.1:\d+\)")
        self.assertNotIn("202405856583", self.server.output)


class AbuseTests(WebPortTestCase):
    """No abuse grows the server's memory or disturbs other clients."""

    options = ("--canvas", "1000x1000", "--store", "memory:", "--origin", "https://friend.example", "--pixel-rate", "0")

    def setUp(self) -> None:
        """A neighbour, who draws before and after."""
        super().setUp()
        self.neighbour = WebSocket(self.port, greeting=HELLO_2)
        self.addCleanup(self.neighbour.close)
        self.request = 0
        self.draw()
        self.before = self.server.memory_bytes()

    def draw(self) -> None:
        """The neighbour paints, and sees it."""
        self.request += 1
        self.neighbour.send(message(paint(self.request, (self.request, RED))))
        self.neighbour.read_until_frame(BINARY, CHANGES)
        self.neighbour.read_until_frame(BINARY, ACKNOWLEDGED)

    def assert_undisturbed(self) -> None:
        """The neighbour draws on, and the memory has not grown."""
        self.draw()
        self.assertLess(self.server.memory_bytes() - self.before, GROWTH_BYTES)

    def test_a_page_from_another_site_may_not_connect(self) -> None:
        for origin, status in [
            (f"http://127.0.0.1:{self.port}", 101),
            ("https://friend.example", 101),
            ("https://evil.example", 403),
            (f"http://127.0.0.1:{self.server.port}", 403),
            (f"http://127.0.0.1:{self.port}.evil.example", 403),
            ("null", 403),
        ]:
            with self.subTest(origin=origin), WebSocket(self.port, f"Origin: {origin}") as page:
                self.assertEqual(int(page.head.split()[1]), status)
        self.assert_undisturbed()

    def test_a_path_that_leads_out_is_not_found(self) -> None:
        for target in LEADING_OUT:
            with self.subTest(target=target):
                status, headers, body = get(self.port, target)
                self.assertEqual((status, body), (404, b"404 Not Found: no such page\n"))
                self.assertEqual(headers["content-type"], "text/plain; charset=utf-8")
        self.assert_undisturbed()

    def test_a_hundred_megabytes_of_headers_are_cut_off(self) -> None:
        for name, start, piece in [
            ("one line", b"GET / HTTP/1.1\r\nX: ", b"x" * MEBIBYTE),
            ("many lines", b"GET / HTTP/1.1\r\n", b"X: x\r\n" * 100_000),
            ("a line that goes on", b"GET / HTTP/1.1\r\nX: x\r\n", b" x\r\n" * 100_000),
            ("no line", b"", b"x" * MEBIBYTE),
            ("many requests", b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20_000),
        ]:
            with self.subTest(name=name), Connection(self.port) as attacker:
                sent = 0
                try:
                    attacker.send(start)
                    while sent < 100 * MEBIBYTE:
                        attacker.socket.settimeout(1)
                        attacker.send(piece)
                        sent += len(piece)
                except (ConnectionError, TimeoutError):  # cut off, or not read from any more
                    pass
                self.assertLess(sent, 100 * MEBIBYTE)
            self.assert_undisturbed()

    def test_ten_megabytes_of_header_names_are_not_remembered(self) -> None:
        for number in range(700):
            status, _headers, _body = get(self.port, "/healthz", f"x{number}-{'a' * 15_000}: x")
            self.assertEqual(status, 431)
        self.assert_undisturbed()

    def test_a_body_is_refused_unread_and_the_answer_arrives(self) -> None:
        for headers in (
            ["Content-Length: 1000000000000"],
            ["Transfer-Encoding: chunked"],
            ["Content-Length: 100000", "Content-Encoding: gzip"],
            ["Content-Length: 100000", "Expect: 100-continue"],
        ):
            for method, status in (("GET", 413), ("POST", 405)):
                with self.subTest(headers=headers, method=method), Connection(self.port) as attacker:
                    lines = [f"{method} / HTTP/1.1", *headers, "", ""]
                    attacker.send("\r\n".join(lines).encode() + b"x" * 100_000)
                    self.assertEqual(read_answer(attacker)[0], status)
                    self.assertEqual(attacker.read_to_end(), b"")
        self.assert_undisturbed()

    def test_a_thousand_unread_answers_cost_no_memory(self) -> None:
        with Connection(self.port) as attacker:
            request = "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            requests = (request.format("/board.png?scale=4") * 100 + request.format("/main.js") * 5000).encode()
            attacker.socket.setblocking(False)
            sent = attacker.socket.send(requests)
            self.assert_undisturbed()
            self.assertGreater(sent, 10_000)

    def test_hundreds_of_unread_pictures_are_held_once(self) -> None:
        noise = Random(1)
        for number in range(50):  # a picture of 150 kB
            pixels = [(8000 * number + place, colour % 8) for place, colour in enumerate(noise.randbytes(8000))]
            self.neighbour.send(message(paint(number, *pixels)))
            self.neighbour.read_until_frame(BINARY, ACKNOWLEDGED)
        status, headers, picture = get(self.port, "/board.png")
        self.assertEqual(status, 200)
        self.assertGreater(len(picture), 100_000)
        self.before = self.server.memory_bytes()
        with ExitStack() as stack:
            attackers = [stack.enter_context(Connection(self.port, receive_buffer=4096)) for _number in range(100)]
            for attacker in attackers:
                attacker.send(f"GET /board.png HTTP/1.1\r\nHost: {attacker.host}\r\n\r\n".encode())
            for attacker in attackers:
                attacker.read_more()  # the answer has begun
            self.assert_undisturbed()
            status, again, same = read_answer(attackers[50])
            self.assertEqual((status, again["etag"], same), (200, headers["etag"], picture))

    def test_a_giant_message_is_refused_as_soon_as_its_length_is_read(self) -> None:
        for name, data in [
            ("announced", frame(BINARY, length=2**62)),
            ("one byte too long", frame(BINARY, length=limits.CLIENT_PAYLOAD_BYTES + 1)),
            ("fragments", frame(BINARY, b"x" * 1000, final=False) + frame(0, b"x" * 1000, final=False) * 70),
        ]:
            with self.subTest(name=name), WebSocket(self.port) as attacker:
                attacker.send(data)
                self.assertEqual(close_code(attacker.read_frame()), TOO_BIG)
        self.assert_undisturbed()

    def test_a_frame_against_the_rules_ends_the_connection(self) -> None:
        for name, data in [
            ("unmasked", frame(TEXT, HELLO_2, masked=False)),
            ("packed", frame(BINARY, b"\x4b\x4c\x1c\x05\xa3\x60\x00" * 100, reserved=4)),
            ("reserved opcode", frame(3)),
            ("a ping in pieces", frame(PING, b"x", final=False)),
            ("a ping too long", frame(PING, b"x" * 126)),
            ("the rest of nothing", frame(0, b"x")),
            ("a message within a message", frame(TEXT, b"{", final=False) + frame(TEXT, b"}")),
            ("a closing frame of one byte", frame(CLOSE, b"x")),
        ]:
            with self.subTest(name=name), WebSocket(self.port) as attacker:
                attacker.send(data)
                self.assertEqual(close_code(attacker.read_frame()), PROTOCOL_ERROR)
        self.assert_undisturbed()

    def test_the_server_agrees_to_no_compression(self) -> None:
        for offer in ("permessage-deflate", "permessage-deflate; server_no_context_takeover", "permessage-bzip2"):
            with WebSocket(self.port, f"Sec-WebSocket-Extensions: {offer}") as client:
                self.assertTrue(client.head.startswith(b"HTTP/1.1 101 "))
                self.assertNotIn(b"extensions", client.head.lower())

    def test_empty_fragments_without_end_cost_nothing(self) -> None:
        with WebSocket(self.port) as attacker:
            attacker.send(frame(TEXT, final=False))
            pieces = frame(0, final=False) * 100_000
            for _round in range(5):
                attacker.send(pieces)
            attacker.send(frame(PING, b"all read?"))
            self.assertEqual(attacker.read_frame(), (PONG, b"all read?"))
            self.assert_undisturbed()

    def test_a_ping_without_an_end_is_cut_off_and_not_kept(self) -> None:
        junk = bytes(MEBIBYTE)
        with WebSocket(self.port) as attacker, self.assertRaises(OSError):
            attacker.send(frame(PING, b"", length=2**40))
            for _piece in range(100):
                attacker.send(junk)
        self.assert_undisturbed()

    def test_a_client_that_reads_no_pongs_is_not_read(self) -> None:
        pieces = frame(PING, b"x" * 125) * 1000
        with WebSocket(self.port) as attacker:
            attacker.socket.settimeout(1)
            whole, cut = 0, b""
            try:
                while whole < 1000:
                    cut = pieces
                    while cut:
                        cut = cut[attacker.socket.send(cut) :]
                    whole += 1
            except TimeoutError:
                pass
            self.assertLess(whole, 1000, "all of 130 MB was read")
            self.assert_undisturbed()
            attacker.socket.settimeout(PATIENCE_SECONDS)
            for _number in range(whole * 1000):
                self.assertEqual(attacker.read_frame(), (PONG, b"x" * 125))

    def test_one_message_brings_a_viewer_that_never_read_up_to_date(self) -> None:
        rounds = 150
        with WebSocket(self.port, greeting=HELLO_2, receive_buffer=32 * 1024) as viewer:
            for number in range(rounds):
                pixels = [(8000 * number % 1_000_000 + place, (number + place) % 8) for place in range(8000)]
                self.neighbour.send(message(paint(number, *pixels)))
                self.neighbour.read_until_frame(BINARY, ACKNOWLEDGED)
            self.assert_undisturbed()
            self.neighbour.send(message(paint(0, (999_999, RED))))
            last = self.neighbour.read_until_frame(BINARY, ACKNOWLEDGED)[5:]
            messages = 1
            while viewer.read_until_frame(BINARY)[1:9] != last:
                messages += 1
            self.assertLess(messages, rounds)


class SlowRequestTests(WebPortTestCase):
    """Trickling requests, against a server with little patience."""

    PATIENCE = 1.0
    options = ("--store", "memory:")
    command = (
        sys.executable,
        "-c",
        f"from dcc.server.web import channel; channel.HTTP_REQUEST_SECONDS = {PATIENCE}\n"
        "from twisted.scripts.twistd import run; run()",
        *TWISTD[1:],
    )

    def test_hundreds_of_trickling_requests_end_in_time_and_others_are_served(self) -> None:
        request = b"GET / HTTP/1.1\r\nX: " + b"x" * 10_000
        attackers = [Connection(self.port) for _number in range(200)]
        for attacker in attackers:
            self.addCleanup(attacker.close)
        with WebSocket(self.port, greeting=HELLO_2) as neighbour:
            left, at = attackers, 0
            while left:
                self.assertLess(at, len(request), "they are still let in")
                still = []
                for attacker in left:
                    try:
                        attacker.send(request[at : at + 1])
                        still.append(attacker)
                    except ConnectionError:
                        pass
                ended, _writable, _broken = select.select([each.socket for each in still], [], [], 0.05)
                left = [each for each in still if each.socket not in ended]
                at += 1
                neighbour.send(message(paint(at, (at, RED))))
                neighbour.read_until_frame(BINARY, ACKNOWLEDGED)
            self.assertEqual(get(self.port, "/healthz")[0], 200)
