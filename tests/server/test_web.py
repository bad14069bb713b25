"""The web port on a fake wire: pages, headers, limits, and WebSocket beside TCP on one board."""

from __future__ import annotations

import gzip
import json
import sys
import weakref
from typing import Any

import txaio
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.core.canvas import pack_pixels
from dcc.errors import RecordError
from dcc.protocol import codec
from dcc.protocol.messages import Acknowledged, Changes, Closing, NamedBoard, Users, Welcome, WholeBoard
from dcc.server.log import TextLog
from dcc.server.turns import TURN_SECONDS
from dcc.server.twisted_internals import READ_BYTES
from dcc.server.web.board_pages import PICTURE_SIDE_PIXELS
from dcc.server.web.channel import HTTP_HEADER_NAME_BYTES, HTTP_HEADERS, HTTP_REQUEST_SECONDS
from dcc.server.web.metrics import LOOP_LAG_SECONDS
from dcc.server.web.origins import Origins, parse_origin
from dcc.server.web.settings import WebSettings
from dcc.server.web.site import CanvasSite
from dcc.server.web.websocket import DROPPED_BYTES, PING_SECONDS, PONG_SECONDS
from tests.support.websocket import (
    BINARY,
    CLOSE,
    INVALID_DATA,
    NORMAL,
    PING,
    PONG,
    PROTOCOL_ERROR,
    TEXT,
    Frame,
    close_code,
    frame,
    frames_of,
    message,
    opening,
)
from tests.support.wire import (
    GOODBYE,
    HELLO_1,
    HELLO_2,
    RED,
    FakeServer,
    HeldRecord,
    SlowTransport,
    log,
    lose,
    names,
    no_collector,
    paint,
    pintar,
)

HOST = "canvas.example"


def changes(sequence: int, *pixels: tuple[int, int]) -> Changes:
    """A message that brings ``(cell, colour)`` pairs."""
    return Changes(sequence, pack_pixels(pixels))


class WebPeer:
    """A connection to the web port, on a fake wire."""

    def __init__(self, site: CanvasSite, transport: StringTransport | None = None) -> None:
        self._clock: Any = site.clock
        self._rest = b""
        self.transport = transport or SlowTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 50001))
        protocol = site.buildProtocol(None)
        assert protocol is not None
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)

    def receive(self, data: bytes) -> None:
        """The server reads this."""
        self.transport.protocol.dataReceived(data)

    def ask(self, target: str, *headers: str, method: str = "GET", version: str = "HTTP/1.1") -> Answer:
        """One request in a turn of its own, and its answer."""
        self._clock.advance(TURN_SECONDS)
        lines = [f"{method} {target} {version}", f"Host: {HOST}", *headers, "", ""]
        self.receive("\r\n".join(lines).encode())
        return self.answer()

    def answer(self) -> Answer:
        """What was answered since the last look."""
        return Answer(self.transport.take())

    def upgrade(self, *headers: str) -> bytes:
        """Open a WebSocket; the server's answer."""
        self._clock.advance(TURN_SECONDS)
        self.receive(opening(HOST, *headers))
        head, blank, self._rest = self.transport.take().partition(b"\r\n\r\n")
        return head + blank

    def frames(self) -> list[Frame]:
        """What came over WebSocket since the last look."""
        data, self._rest = self._rest + self.transport.take(), b""
        return frames_of(data)

    def messages(self) -> list[Any]:
        """The same as messages of the protocol."""
        frames = self.frames()
        for opcode, payload in frames:
            assert opcode == (TEXT if payload.startswith(b"{") else BINARY), frames
        return [codec.decode_server(payload) for _opcode, payload in frames]

    def hang_up(self) -> None:
        """The connection is gone."""
        lose(self.transport)
        protocol, self.transport.protocol = self.transport.protocol, None
        protocol.connectionLost(Failure(ConnectionDone()))

    @property
    def was_closed(self) -> bool:
        """Whether the server closed the connection, or aborted it."""
        return self.transport.disconnecting or self.transport.disconnected


class Answer:
    """One HTTP answer."""

    def __init__(self, data: bytes) -> None:
        head, _blank, self.body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


class WebTests(SynchronousTestCase):
    """A board with a TCP port and a web port."""

    record: Any = None

    def setUp(self) -> None:
        """Serve a board; all timers are on one clock."""
        self.server = FakeServer(record=self.record)
        self.clock = self.server.clock
        self.patch(txaio.config, "loop", self.clock)
        settings = WebSettings(hosts=[HOST], origins=[parse_origin("https://friend.example")])
        self.site = CanvasSite(self.server.clients, settings, self.clock)

    def connect(self, transport: StringTransport | None = None) -> WebPeer:
        """A connection on which nothing was said yet."""
        return WebPeer(self.site, transport)

    def ask(self, target: str, *headers: str, method: str = "GET") -> Answer:
        """One request on a connection of its own."""
        return self.connect().ask(target, *headers, method=method)

    def open(self, *greetings: bytes) -> WebPeer:
        """A WebSocket on which this was said."""
        peer = self.connect()
        self.assertTrue(peer.upgrade().startswith(b"HTTP/1.1 101 "))
        for greeting in greetings:
            peer.receive(message(greeting))
        return peer

    def join(self) -> WebPeer:
        """A client of version 2 that has been shown the board, and everybody told of it."""
        peer = self.open(HELLO_2)
        self.clock.advance(1)
        peer.transport.take()
        return peer


class PageTests(WebTests):
    """What is served, and how."""

    def test_the_page_is_at_the_root_and_at_its_own_name(self) -> None:
        answer = self.ask("/")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(answer.body, self.ask("/index.html").body)

    def test_every_file_that_the_page_names_is_served_with_its_type(self) -> None:
        for name, content_type in [
            ("main.js", "text/javascript; charset=utf-8"),
            ("page.css", "text/css; charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
        ]:
            self.assertIn(f'"{name}"'.encode(), self.ask("/").body)
            answer = self.ask(f"/{name}")
            self.assertEqual((answer.status, answer.headers["content-type"]), (200, content_type))

    def test_a_browser_that_takes_gzip_gets_the_same_file_packed_under_another_tag(self) -> None:
        plain, packed = self.ask("/main.js"), self.ask("/main.js", "Accept-Encoding: br, gzip")
        self.assertEqual(packed.headers["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertNotEqual(packed.headers["etag"], plain.headers["etag"])
        self.assertEqual([answer.headers["vary"] for answer in (plain, packed)], ["Accept-Encoding"] * 2)

    def test_a_file_that_the_browser_has_is_not_sent_again(self) -> None:
        first = self.ask("/main.js")
        self.assertEqual(first.headers["cache-control"], "no-cache")
        again = self.ask("/main.js", f"If-None-Match: {first.headers['etag']}")
        self.assertEqual((again.status, again.body), (304, b""))

    def test_head_is_answered_like_get_without_the_body(self) -> None:
        head, get = self.ask("/", method="HEAD"), self.ask("/")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["content-length"], get.headers["content-length"])

    def test_every_answer_has_the_strict_headers_and_names_no_server(self) -> None:
        for answer in [
            self.ask("/"),
            self.ask("/nothing"),
            self.ask("/api/info"),
            self.ask("/api/pixel"),
            self.ask("/metrics"),
            self.ask("/healthz"),
            self.ask("/ws"),
            self.ask("/", method="DELETE"),
            self.ask("/", "Content-Length: 5", method="POST"),
            self.ask("*", method="OPTIONS"),
        ]:
            with self.subTest(status=answer.status):
                policy = answer.headers["content-security-policy"].split("; ")
                self.assertIn("default-src 'none'", policy)
                self.assertIn("script-src 'self'", policy)
                self.assertIn("frame-ancestors 'none'", policy)
                self.assertNotIn("unsafe", answer.headers["content-security-policy"])
                self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
                self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
                self.assertNotIn("server", answer.headers)

    def test_the_page_may_be_framed_only_without_controls(self) -> None:
        self.assertIn("frame-ancestors *", self.ask("/?view=only").headers["content-security-policy"])
        self.assertIn("frame-ancestors 'none'", self.ask("/?view=all").headers["content-security-policy"])

    def test_an_unknown_path_is_one_line_of_plain_text(self) -> None:
        for target in ("/nothing", "/api", "/api/", "/board.png/x", "/ws/x", "/main.js/", "//", "/%2e%2e/site.py"):
            with self.subTest(target=target):
                answer = self.ask(target)
                self.assertEqual((answer.status, answer.headers["content-type"]), (404, "text/plain; charset=utf-8"))
                self.assertEqual(answer.body, b"404 Not Found: no such page\n")

    def test_another_method_is_refused_with_the_allowed_ones(self) -> None:
        for target in ("/", "/ws", "/api/info", "/healthz"):
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
                with self.subTest(target=target, method=method):
                    answer = self.ask(target, method=method)
                    self.assertEqual(answer.status, 405)
                    self.assertIn("GET", answer.headers["allow"])
        self.assertEqual(self.ask("/", "Content-Length: 9", method="POST").headers["allow"], "GET, HEAD")


class RequestTests(WebTests):
    """Requests that nobody who means well makes."""

    def test_a_body_is_refused_before_it_is_read(self) -> None:
        for header in ("Content-Length: 1000000000000", "Transfer-Encoding: chunked"):
            with self.subTest(header=header):
                peer = self.connect()
                answer = peer.ask("/", header)
                self.assertEqual((answer.status, peer.was_closed), (413, True))
                peer.receive(b"x" * 100_000)
                self.assertEqual(peer.transport.take(), b"")

    def test_a_line_that_is_too_long_is_refused_before_its_end(self) -> None:
        peer = self.connect()
        peer.receive(b"GET /" + b"a" * 20_000)
        self.assertEqual((peer.answer().status, peer.was_closed), (431, True))

    def test_more_headers_than_any_browser_sends_are_refused(self) -> None:
        for headers in (
            [f"X-{number}: x" for number in range(HTTP_HEADERS + 1)],
            [f"X-{number}: {'x' * 1000}" for number in range(20)],
        ):
            peer = self.connect()
            self.assertEqual((peer.ask("/", *headers).status, peer.was_closed), (400, True))
        most = [f"X-{number}: x" for number in range(HTTP_HEADERS - 1)]
        self.assertEqual(self.ask("/", *most).status, 200)

    def test_a_header_with_an_overlong_name_is_refused_and_nothing_behind_is_read(self) -> None:
        peer = self.connect()
        self.assertEqual(peer.ask("/", f"{'x' * HTTP_HEADER_NAME_BYTES}: x").status, 200)
        data = b"GET / HTTP/1.1\r\n%b: x\r\nX: x\r\n\r\nGET / HTTP/1.1\r\n\r\n"
        peer.receive(data % (b"x" * (HTTP_HEADER_NAME_BYTES + 1)))
        answer = peer.answer()
        self.assertEqual((answer.status, peer.was_closed), (431, True))
        self.assertEqual(len(answer.body), int(answer.headers["content-length"]))

    def test_a_request_that_trickles_has_a_time_limit_as_a_whole(self) -> None:
        peer = self.connect()
        request = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1000
        for second in range(int(HTTP_REQUEST_SECONDS)):
            self.assertFalse(peer.was_closed, second)
            peer.receive(request[second : second + 1])
            self.clock.advance(1)
        self.assertTrue(peer.was_closed)

    def test_a_connection_without_a_request_has_the_same_time_limit(self) -> None:
        for asked in (0, 1):
            peer = self.connect()
            if asked:
                self.clock.advance(HTTP_REQUEST_SECONDS - 1)
                self.assertEqual(peer.ask("/healthz").status, 200)
            self.clock.advance(HTTP_REQUEST_SECONDS - 1)
            self.assertFalse(peer.was_closed)
            self.clock.advance(1)
            self.assertTrue(peer.was_closed)

    def test_a_browser_that_keeps_its_connection_leaves_no_line_on_the_console(self) -> None:
        lines: list[str] = []
        console = TextLog(lines.append)
        globalLogPublisher.addObserver(console)
        self.addCleanup(globalLogPublisher.removeObserver, console)
        peer = self.connect()
        self.assertEqual(peer.ask("/").status, 200)
        self.clock.advance(HTTP_REQUEST_SECONDS)
        self.assertTrue(peer.was_closed)
        self.assertEqual(lines, [])

    def test_many_requests_at_once_are_answered_only_while_the_answers_are_taken(self) -> None:
        peer = self.connect()
        peer.receive(f"GET /index.html HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 1000)
        answers = 0
        while data := peer.transport.take():
            answers += data.count(b"HTTP/1.1 200 ")
            self.clock.advance(TURN_SECONDS)
        self.assertEqual(answers, 1000)
        self.assertLess(peer.transport.held_most, 200_000)

    def test_a_few_requests_at_once_are_answered_in_order(self) -> None:
        peer = self.connect()
        for target in ("/healthz", "/nothing"):
            peer.receive(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        data = peer.transport.take()
        self.assertEqual((data.count(b"HTTP/1.1 200 "), data.count(b"HTTP/1.1 404 ")), (1, 1))
        self.assertFalse(peer.was_closed)


class BoardPageTests(WebTests):
    """What is told of the board."""

    def test_info_tells_size_palette_and_sequence(self) -> None:
        self.join().receive(message(paint(1, (0, RED), (1, RED))))
        info = json.loads(self.ask("/api/info").body)
        self.assertEqual((info["width"], info["height"], info["sequence"], info["users"]), (50, 50, 2, 1))
        self.assertEqual(info["palette"][RED], {"name": "red", "value": "#ff0000"})
        self.assertEqual(info["canvas"], self.server.record.canvas_id)

    def test_pixel_tells_the_colour_and_without_a_history_no_painter(self) -> None:
        self.join().receive(message(paint(1, (3 * 50 + 10, RED))))
        pixel = json.loads(self.ask("/api/pixel?column=10&row=3").body)
        self.assertEqual(pixel, {"column": 10, "row": 3, "colour": {"index": RED, "name": "red", "value": "#ff0000"}})

    def test_a_question_whose_client_has_left_ends_quietly(self) -> None:
        asked: list[Deferred[None]] = []

        def last_placement(_cell: int) -> Deferred[None]:
            asked.append(Deferred())
            return asked[-1]

        self.patch(self.server.record, "last_placement", last_placement)
        peer = self.connect()
        peer.receive(b"GET /api/pixel?column=1&row=1 HTTP/1.1\r\nHost: %b\r\n\r\n" % HOST.encode())
        self.assertFalse(asked[0].called)
        peer.hang_up()
        asked[0].callback(None)

    def test_a_wrong_question_is_answered_with_what_is_expected(self) -> None:
        for query in (
            "",
            "?column=1",
            "?column=50&row=0",
            "?column=0&row=50",
            "?column=-1&row=0",
            "?column=1&column=2&row=0",
            "?column=x&row=0",
            f"?column={'9' * 5000}&row=0",
        ):
            answer = self.ask(f"/api/pixel{query}")
            self.assertEqual((answer.status, answer.body.count(b"\n")), (400, 1), query)
        for query in ("?scale=0", "?scale=x", "?scale=-1", f"?scale={PICTURE_SIDE_PIXELS // 50 + 1}"):
            self.assertEqual(self.ask(f"/board.png{query}").status, 400, query)

    def test_every_metric_is_there_at_0_before_anything_happened(self) -> None:
        numbers = self.numbers()
        for name in (
            *(f'dcc_clients{{version="{version}",wire="{wire}"}}' for version in "12" for wire in ("tcp", "websocket")),
            'dcc_clients{version="0",wire="pixelflut"}',
            'dcc_sent_bytes_total{wire="pixelflut"}',
            *(f'dcc_rejected_total{{reason="{kind}"}}' for kind in ("celda-fuera", "pausa", "disco-lleno")),
            *(f'dcc_sent_away_total{{reason="{kind}"}}' for kind in ("no-json", "mensaje-largo", "lleno")),
        ):
            self.assertEqual(numbers.get(name), 0, name)

    def test_metrics_follow_what_happens(self) -> None:
        peer = self.join()
        self.server.join(version=1).pause()
        peer.receive(message(paint(1, (0, RED), (1, RED), (2, RED))))
        peer.receive(message(paint(2, (9999, RED))))
        self.server.connect().send(b"{}")
        expected = {
            'dcc_clients{version="2",wire="websocket"}': 1,
            'dcc_clients{version="1",wire="tcp"}': 2,  # also the one that is being sent away
            'dcc_clients_behind{wire="tcp"}': 1,
            'dcc_clients_behind{wire="websocket"}': 0,
            "dcc_placements_total": 3,
            "dcc_commit_seconds_count": 1,
            "dcc_commit_pixels_sum": 3,
            'dcc_commit_pixels_bucket{le="1"}': 0,
            'dcc_commit_pixels_bucket{le="4"}': 1,
            'dcc_commit_pixels_bucket{le="+Inf"}': 1,
            "dcc_tell_seconds_count": 1,
            "dcc_record_ok": 1,
            'dcc_rejected_total{reason="celda-fuera"}': 1,
            'dcc_sent_away_total{reason="falta-clave"}': 1,
        }
        numbers = self.numbers()
        self.assertEqual({name: numbers.get(name) for name in expected}, expected)

    def test_the_lag_of_the_loop_is_measured(self) -> None:
        self.site.doStart()
        self.clock.advance(LOOP_LAG_SECONDS + 0.25)
        numbers = self.numbers()
        self.assertEqual(numbers["dcc_loop_lag_seconds"], 0.25)
        self.assertEqual(numbers['dcc_loop_lag_measured_seconds_bucket{le="0.1"}'], 0)
        self.assertEqual(numbers['dcc_loop_lag_measured_seconds_bucket{le="0.5"}'], 1)
        self.site.doStop()

    def test_the_count_of_bytes_sent_stays_when_the_client_leaves(self) -> None:
        peer = self.join()
        before = self.numbers()['dcc_sent_bytes_total{wire="websocket"}']
        peer.hang_up()
        self.assertGreater(before, 100)
        self.assertEqual(self.numbers()['dcc_sent_bytes_total{wire="websocket"}'], before)

    def numbers(self) -> dict[str, float]:
        """What a scrape gives."""
        lines = self.ask("/metrics").body.decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


class HealthTests(WebTests):
    """Whether paints are taken."""

    def setUp(self) -> None:
        """A record that does what the test says."""
        self.record = HeldRecord()
        super().setUp()

    def test_health_is_503_while_the_record_refuses_and_200_again_after_the_next_paint(self) -> None:
        self.assertEqual(self.ask("/healthz").status, 200)
        peer = self.server.join()
        with log():
            peer.send(paint(1, (0, RED)))
            self.record.refuse(RecordError("the disk is full"))
            answer = self.ask("/healthz")
            self.assertEqual((answer.status, answer.body), (503, b"503 Service Unavailable: the disk is full\n"))
            peer.send(paint(2, (0, RED)))
            self.record.commit()
        self.assertEqual(self.ask("/healthz").status, 200)


class OriginTests(SynchronousTestCase):
    """Which pages may open a WebSocket."""

    def test_a_page_may_connect_from_this_server_and_from_named_origins(self) -> None:
        origins = Origins([parse_origin("https://friend.example"), parse_origin("http://10.0.0.7:8080")])
        for origin, host, welcome in [
            (None, b"canvas.example", True),
            (b"http://canvas.example", b"canvas.example", True),
            (b"http://canvas.example", b"canvas.example:80", True),
            (b"https://canvas.example", b"canvas.example", True),
            (b"https://canvas.example", b"canvas.example:443", True),
            (b"http://canvas.example:8080", b"canvas.example:8080", True),
            (b"http://CANVAS.example", b"canvas.EXAMPLE", True),
            (b"http://[::1]:8080", b"[::1]:8080", True),
            (b"https://friend.example", b"canvas.example", True),
            (b"https://friend.example:443", b"canvas.example", True),
            (b"http://10.0.0.7:8080", b"canvas.example", True),
            (b"http://friend.example", b"canvas.example", False),
            (b"http://10.0.0.7", b"canvas.example", False),
            (b"http://evil.example", b"canvas.example", False),
            (b"http://canvas.example.evil.example", b"canvas.example", False),
            (b"http://canvas.example:8080", b"canvas.example", False),
            (b"http://canvas.example@evil.example", b"canvas.example", False),
            (b"http://evil.example/canvas.example", b"canvas.example", False),
            (b"http://canvas.example", None, False),
            (b"null", b"canvas.example", False),
            (b"file://", b"canvas.example", False),
            (b"", b"", False),
            (b"http://", b"", False),
            (b"http://a:99999", b"a:99999", False),
            (b"http://\xff", b"\xff", False),
            (b"http://a, http://b", b"a", False),
        ]:
            with self.subTest(origin=origin, host=host):
                self.assertEqual(origins.refusal(origin, host) is None, welcome)

    def test_a_wrong_origin_is_an_error_for_the_operator(self) -> None:
        for text in (
            "friend.example",
            "https://friend.example/",
            "ftp://friend.example",
            "",
            "*",
            "null",
            "https://a b",
        ):
            with self.subTest(text=text):
                self.assertRaises(ValueError, parse_origin, text)


class SocketTests(WebTests):
    """The protocol over WebSocket."""

    def test_version_2_says_words_in_text_messages_and_pixels_in_binary_ones(self) -> None:
        tcp = self.server.join()
        peer = self.open(HELLO_2)
        welcome, board = peer.messages()
        self.assertEqual((type(welcome), type(board)), (Welcome, WholeBoard))
        self.assertEqual(welcome.client_id, 2)
        self.clock.advance(1)
        self.assertEqual(peer.messages(), [Users(2)])
        tcp.receive()
        peer.receive(message(paint(7, (0, RED))))
        self.assertEqual(peer.messages(), [changes(1, (0, RED)), Acknowledged(7, 1)])
        self.assertEqual(tcp.receive(), [changes(1, (0, RED))])

    def test_version_1_gets_a_board_as_text_for_every_command(self) -> None:
        peer = self.open(HELLO_1)
        [board] = peer.messages()
        self.assertIsInstance(board, NamedBoard)
        peer.receive(message(pintar(10, 3, "red")))
        [board] = peer.messages()
        self.assertEqual(names(board), {(10, 3): "red"})

    def test_clients_of_all_wires_share_ids_and_the_most_at_a_time(self) -> None:
        self.server.clients.max_clients = 2
        self.server.join()
        self.assertEqual(self.open(HELLO_2).messages()[0].client_id, 2)
        [closing], [close] = self.split(self.open().frames())
        self.assertIn("full", closing.error)
        self.assertEqual(close_code(close), NORMAL)

    def split(self, frames: list[Frame]) -> tuple[list[Any], list[Frame]]:
        """Messages, and what is not."""
        messages = [codec.decode_server(payload) for opcode, payload in frames if opcode in (TEXT, BINARY)]
        return messages, [each for each in frames if each[0] not in (TEXT, BINARY)]

    def test_a_client_that_left_is_freed_at_once_without_the_garbage_collector(self) -> None:
        for farewell in (
            message(HELLO_2) + message(GOODBYE),
            message(HELLO_2) + message(paint(1, (0, RED))),
            message(HELLO_2) + message(paint(1, (2500, RED))),
            message(HELLO_2) + frame(CLOSE),
            message(b"{"),
            message(b"{\xff}"),
            frame(TEXT, b"not masked", masked=False),
        ):
            with no_collector():
                peer = self.open()
                peer.receive(farewell)
                [client] = self.server.clients.connected.values()
                socket = peer.transport.protocol
                kept = [weakref.ref(each) for each in (client, client.session, client.outbox, socket)]
                self.clock.advance(1)
                peer.hang_up()
                del peer, client, socket
                self.clock.advance(PING_SECONDS)
                self.assertEqual([each() for each in kept], [None] * len(kept), farewell)

    def test_a_ping_that_is_too_long_is_refused_and_not_kept(self) -> None:
        peer = self.join()
        peer.receive(frame(PING, b"x" * 100, length=2**40))
        self.assertEqual(close_code(peer.frames()[-1]), PROTOCOL_ERROR)
        piece = bytes(READ_BYTES)
        for _piece in range(DROPPED_BYTES // len(piece)):
            self.assertFalse(peer.transport.disconnected)
            peer.receive(piece)
        peer.receive(piece)
        self.assertTrue(peer.transport.disconnected)

    def test_what_follows_a_closing_frame_is_not_kept(self) -> None:
        peer = self.join()
        socket = peer.transport.protocol
        socket.client.outbox.pauseProducing()
        peer.receive(frame(CLOSE, NORMAL.to_bytes(2, "big")))
        for _piece in range(100):
            peer.receive(b"x" * READ_BYTES)
        self.assertEqual(socket.data, b"")
        self.clock.advance(limits.GOODBYE_SECONDS + 1)
        self.assertTrue(peer.transport.disconnected)

    def test_a_fault_after_a_goodbye_is_not_reported(self) -> None:
        peer = self.join()
        with log() as logged:
            peer.receive(message(GOODBYE))
            peer.receive(frame(TEXT, b"{}", reserved=7))
        self.assertEqual((logged.warnings, logged.has_traceback), ([], False))
        self.assertEqual(sum(self.server.clients.sent_away.values()), 0)

    def test_a_client_that_sends_many_messages_of_the_wrong_kind_is_sent_away_once(self) -> None:
        peer = self.join()
        with log() as logged:
            peer.receive(10 * frame(BINARY, b"{"))
        self.assertEqual(len(logged.warnings), 1)
        self.assertEqual(sum(self.server.clients.sent_away.values()), 1)

    def test_a_change_is_framed_once_for_all_viewers(self) -> None:
        written: list[bytes] = []
        peers = [self.join() for _number in range(3)]
        for peer in peers:
            self.patch(peer.transport, "write", written.append)
        self.server.join().send(paint(1, (0, RED)))
        changes_frames = [data for data in written if codec_is_changes(data)]
        self.assertEqual(len(changes_frames), 3)

        encode = peers[0].transport.protocol.factory.audience.encode
        made = Changes(9, b"")
        self.assertIs(encode(2, made), encode(2, made))

    def test_a_message_of_the_wrong_kind_ends_the_connection_with_a_reason(self) -> None:
        for opcode, payload in ((BINARY, HELLO_2), (TEXT, paint(1, (0, RED)))):
            peer = self.open()
            peer.receive(frame(opcode, payload))
            [closing], [close] = self.split(peer.frames())
            self.assertIn("text message", closing.error)
            self.assertEqual(close_code(close), NORMAL)

    def test_a_client_that_leaves_by_command_gets_a_goodbye_and_a_closing_frame(self) -> None:
        peer = self.open(HELLO_1)
        peer.frames()
        peer.receive(message(b'{"comando": "cerrar"}'))
        [closing], [close] = self.split(peer.frames())
        self.assertEqual((closing, close_code(close), peer.was_closed), (Closing(), NORMAL, False))
        peer.receive(frame(CLOSE, close[1]))
        self.assertTrue(peer.was_closed)
        self.assertFalse(peer.transport.disconnected)

    def test_a_closing_frame_is_answered_and_nothing_follows_the_answer(self) -> None:
        peer = self.join()
        peer.receive(frame(CLOSE, NORMAL.to_bytes(2, "big")))
        self.server.join().send(paint(1, (0, RED)))
        [close] = peer.frames()
        self.assertEqual((close_code(close), peer.was_closed), (NORMAL, True))

    def test_a_client_at_fault_is_read_from_again_while_it_is_owed_much(self) -> None:
        self.record = HeldRecord()
        self.setUp()
        peer = self.join()
        paints = b"".join(message(paint(request, (0, RED))) for request in range(limits.REPLIES_OWED))
        peer.receive(paints)
        self.assertEqual(peer.transport.producerState, "paused")
        peer.receive(frame(TEXT, b"not masked", masked=False))  # it was in the same read
        [close] = peer.frames()
        self.assertEqual(peer.transport.producerState, "producing")
        peer.receive(frame(CLOSE, close[1]))
        self.assertTrue(peer.was_closed)

    def test_a_client_that_never_answers_the_closing_frame_is_cut_off(self) -> None:
        peer = self.open(HELLO_1, b'{"comando": "cerrar"}')
        self.clock.advance(limits.GOODBYE_SECONDS)
        self.assertTrue(peer.transport.disconnected)

    def test_everybody_is_told_that_the_server_stops(self) -> None:
        late = self.connect()
        tcp, peer = self.server.join(), self.join()
        tcp.receive()
        done = self.server.clients.close()
        late.upgrade()
        [closing], [close] = self.split(peer.frames())
        self.assertEqual((closing, close_code(close), tcp.receive()), (Closing(), NORMAL, [Closing()]))
        self.assertTrue(late.transport.protocol.client.session.is_over)
        for each in (tcp, peer, late):
            self.assertNoResult(done)
            each.hang_up()
        self.successResultOf(done)

    def test_compression_is_neither_agreed_to_nor_accepted(self) -> None:
        peer = self.connect()
        head = peer.upgrade("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
        self.assertTrue(head.startswith(b"HTTP/1.1 101 "))
        self.assertNotIn(b"extensions", head.lower())
        peer.receive(frame(BINARY, b"\x4a\x4c", reserved=4))
        [close] = peer.frames()
        self.assertEqual(close_code(close), PROTOCOL_ERROR)

    def test_empty_fragments_are_not_kept(self) -> None:
        peer = self.open()
        peer.receive(frame(TEXT, final=False))
        peer.receive(frame(0, final=False) * 10_000)
        self.assertEqual(peer.transport.protocol.message_data, [])
        peer.receive(frame(0, HELLO_2))
        self.assertEqual(type(peer.messages()[0]), Welcome)

    def test_a_message_in_fragments_is_taken_whole_and_pings_between_them_are_answered_first(self) -> None:
        peer = self.open()
        peer.receive(frame(TEXT, HELLO_2[:9], final=False) + frame(PING, b"now") + frame(0, HELLO_2[9:]))
        pong, *rest = peer.frames()
        self.assertEqual(pong, (PONG, b"now"))
        self.assertEqual([opcode for opcode, _payload in rest], [TEXT, BINARY])

    def test_answers_have_the_order_of_what_they_answer(self) -> None:
        peer = self.join()
        peer.receive(message(paint(1, (0, RED))) + frame(PING, b"now") + frame(CLOSE, b"\x03\xe8"))
        frames = peer.frames()
        self.assertEqual([opcode for opcode, _payload in frames], [BINARY, BINARY, PONG, CLOSE])
        self.assertEqual(self.server.board.canvas.colours[0], RED)

    def test_text_that_is_no_utf_8_is_refused_at_the_fragment_that_is_wrong(self) -> None:
        for fragments in ([b"{\xff}"], [b"{\xce", b"\xba\xff", b"}"]):
            peer = self.open()
            with log() as logged:
                for fragment, kind in zip(fragments, (TEXT, 0, 0), strict=False):
                    peer.receive(frame(kind, fragment, final=len(fragments) == 1))
                    if b"\xff" in fragment:
                        [close] = peer.frames()
                        self.assertEqual(close_code(close), INVALID_DATA)
            self.assertEqual(len(logged.warnings), 1)
            peer.receive(frame(CLOSE, close[1]))
            self.assertTrue(peer.was_closed)

    def test_what_follows_text_that_is_no_utf_8_in_one_read_is_not_taken(self) -> None:
        peer = self.open(HELLO_2)
        peer.frames()
        peer.receive(frame(TEXT, b"\xff") + message(paint(1, (0, RED))) + frame(PING) + frame(CLOSE))
        self.assertEqual([close_code(each) for each in peer.frames()], [INVALID_DATA])
        self.assertNotEqual(self.server.board.canvas.colours[0], RED)

    def test_a_closing_frame_between_two_fragments_is_answered(self) -> None:
        peer = self.join()
        with log() as logged:
            peer.receive(frame(TEXT, b"{", final=False) + frame(CLOSE, b"\x03\xe8") + frame(0, b"}"))
        self.assertEqual([close_code(each) for each in peer.frames()], [NORMAL])
        self.assertEqual((logged.warnings, peer.was_closed), ([], True))

    def test_the_key_of_the_handshake_is_answered(self) -> None:
        head = self.connect().upgrade()
        self.assertIn(b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head)

    def test_pages_from_elsewhere_are_refused(self) -> None:
        for origin, status in [
            (f"http://{HOST}", b"101"),
            ("https://friend.example", b"101"),
            ("https://evil.example", b"403"),
            ("null", b"403"),
        ]:
            head = self.connect().upgrade(f"Origin: {origin}")
            self.assertEqual(head.split()[1], status, origin)


def codec_is_changes(data: bytes) -> bool:
    """Whether a frame carries a change: by its opcode."""
    return [payload[0] for opcode, payload in frames_of(data) if opcode == BINARY] == [2]


class SlowLine:
    """What the kernel says of a connection (``struct tcp_info``).

    :ivar acknowledged: the bytes that the peer has taken.
    """

    acknowledged = 0

    def getsockopt(self, _level: int, _option: int, length: int) -> bytes:
        """As of a socket."""
        return bytes(length - 8) + self.acknowledged.to_bytes(8, sys.byteorder)


class PingTests(WebTests):
    """Who is there, and what goes between two messages."""

    def test_a_quiet_client_that_answers_pings_stays(self) -> None:
        peer = self.join()
        for _minute in range(3):
            ping = self.next_ping(peer)
            peer.receive(frame(PONG, ping))
        self.assertFalse(peer.was_closed)

    def test_a_client_that_answers_no_ping_is_cut_off(self) -> None:
        peer = self.join()
        self.next_ping(peer)
        self.clock.pump([1] * int(PONG_SECONDS + 1))
        self.assertTrue(peer.transport.disconnected)

    def test_a_client_whose_machine_still_takes_bytes_is_cut_off_only_after_that(self) -> None:
        peer = self.join()
        peer.transport.socket = line = SlowLine()  # the ping stands behind a board in the kernel
        self.next_ping(peer)
        for _minute in range(3):
            line.acknowledged += 100_000
            self.clock.pump([1] * int(PONG_SECONDS + 1))
            self.assertFalse(peer.was_closed)
        self.clock.pump([1] * int(PONG_SECONDS + 1))
        self.assertTrue(peer.transport.disconnected)

    def test_a_client_that_leaves_before_it_answers_a_ping_leaves_no_timer(self) -> None:
        leaver, stayer = self.join(), self.join()
        for peer in (leaver, stayer):
            peer.frames()
        self.clock.pump([1] * int(PING_SECONDS + 1))
        [_first], [(opcode, payload)] = leaver.frames(), stayer.frames()
        self.assertEqual(opcode, PING)
        leaver.hang_up()
        stayer.receive(frame(PONG, payload))
        with log() as logged:
            self.clock.pump([1] * int(PONG_SECONDS + 1))
        self.assertFalse(logged.has_traceback)
        self.assertFalse(stayer.was_closed)

    def test_any_message_answers_a_ping(self) -> None:
        peer = self.join()
        self.next_ping(peer)
        peer.receive(message(paint(1, (0, RED))))
        peer.transport.take()
        self.clock.pump([1] * int(PONG_SECONDS + 1))
        self.assertFalse(peer.was_closed)
        self.next_ping(peer)

    def test_a_client_that_is_behind_is_not_timed_out(self) -> None:
        peer = self.join()
        peer.transport.protocol.client.outbox.pauseProducing()
        for _second in range(int(PING_SECONDS + PONG_SECONDS) + 5):
            self.clock.advance(1)
        self.assertFalse(peer.was_closed)

    def test_a_client_that_is_not_read_from_is_not_timed_out(self) -> None:
        peer = self.join()
        ping = self.next_ping(peer)
        peer.transport.protocol.client.outbox.pause_reading(PONG_SECONDS + 5)
        self.clock.pump([1] * int(PONG_SECONDS + 6))
        self.assertFalse(peer.was_closed)
        peer.receive(frame(PONG, ping))
        self.next_ping(peer)
        self.clock.pump([1] * int(PONG_SECONDS + 1))
        self.assertTrue(peer.transport.disconnected)

    def next_ping(self, peer: WebPeer) -> bytes:
        """Let the time pass that it takes."""
        for _second in range(int(PING_SECONDS) + 1):
            self.clock.advance(1)
            for opcode, payload in peer.frames():
                self.assertEqual(opcode, PING)
                return payload
        raise AssertionError("no ping")

    def test_a_pong_waits_for_the_end_of_a_board_that_is_sent_piece_by_piece(self) -> None:
        self.server = FakeServer(1000, 1000)
        board = self.server.board
        board.canvas.colours[:] = bytes(index * index % 251 % 8 for index in range(10**6))
        self.site = CanvasSite(self.server.clients, WebSettings(hosts=[HOST]), self.server.clock)
        peer = self.connect()
        peer.upgrade()
        peer.receive(message(HELLO_2))
        peer.receive(frame(PING, b"are you there"))
        data = b""
        for _piece in range(100):
            data += peer.transport.take()
        opcodes = [opcode for opcode, _payload in frames_of(data)]
        self.assertEqual(opcodes, [TEXT, BINARY, PONG])

    def test_a_client_that_pings_and_takes_no_answer_is_not_read_from(self) -> None:
        peer = self.join()
        outbox = peer.transport.protocol.client.outbox
        outbox.pauseProducing()
        peer.receive(frame(PING, b"x" * 100) * 100)
        self.assertEqual(peer.transport.producerState, "paused")
        self.assertEqual(peer.frames(), [])
        outbox.resumeProducing()
        self.assertEqual(peer.transport.producerState, "producing")
        self.assertEqual(peer.frames(), [(PONG, b"x" * 100)] * 100)
