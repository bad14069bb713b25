"""The web port on a fake wire: names of the server, people behind proxies, and answers on slow connections."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import StringTransport

from dcc import limits
from dcc.server.addresses import Quotas
from dcc.server.admission import RefusedConnection
from dcc.server.turns import TURN_SECONDS
from dcc.server.twisted_internals import acknowledged_bytes
from dcc.server.web import board_pages, channel
from dcc.server.web.board_pages import PICTURE_SECONDS
from dcc.server.web.channel import PIECE_BYTES, REQUESTS_A_TURN, Page, answer
from dcc.server.web.forwarded import TrustedProxies, parse_proxy
from dcc.server.web.metrics import METRICS_SECONDS
from dcc.server.web.origins import parse_origin
from dcc.server.web.page_files import put
from dcc.server.web.settings import WebSettings
from dcc.server.web.site import CanvasSite
from tests.server.test_web import HOST, Answer, WebPeer, WebTests
from tests.support.websocket import message, opening
from tests.support.wire import HELLO_2, RED, TRANSPORT_BUFFER_BYTES, FakeServer, SlowTransport, log, paint

ADA, BRUNO = "198.51.100.7", "198.51.100.8"
NGINX = IPv4Address("TCP", "127.0.0.1", 40000)
ORIGIN = f"http://{HOST}"


class RawTests(WebTests):
    """Requests as they stand."""

    def exchange(self, *lines: str) -> Answer:
        """Send the lines of a request, in a turn of its own, and return the answer."""
        peer = self.connect()
        self.clock.advance(TURN_SECONDS)
        peer.receive("\r\n".join([*lines, "", ""]).encode("latin-1"))
        return peer.answer()


class HostTests(RawTests):
    """Which hosts a request may name."""

    def test_a_request_is_answered_for_known_hosts_only(self) -> None:
        for authority, status in [
            ("localhost", 200),
            ("LOCALHOST:8080", 200),
            ("a.localhost", 200),
            ("127.0.0.1:8080", 200),
            ("192.168.1.20", 200),
            ("[::1]:8080", 200),
            ("[2001:db8::1]", 200),
            (HOST, 200),
            (f"{HOST.upper()}.:443", 200),
            ("friend.example", 200),
            ("evil.example", 421),
            ("evil.example:8080", 421),
            (f"{HOST}.evil.example", 421),
            ("localhost.evil.example", 421),
            ("xn--mnchen-3ya.example", 421),
            ("münchen.example", 400),
            ("", 400),
            ("a b", 400),
            ("[::1", 400),
            ("http://localhost", 400),
            ("evil.example, localhost", 400),
        ]:
            for target in ("/", "/healthz", "/metrics", "/nothing", "/api/info", "/ws"):
                with self.subTest(authority=authority, target=target):
                    found = self.exchange(f"GET {target} HTTP/1.1", f"Host: {authority}").status
                    usual = {"/nothing": 404, "/ws": 426}.get(target, 200)
                    self.assertEqual(found, usual if status == 200 else status)

    def test_an_unknown_host_is_told_with_the_option_that_helps(self) -> None:
        answer = self.exchange("GET / HTTP/1.1", "Host: Canvas.Example.org:443", "Accept: text/html,*/*;q=0.8")
        self.assertEqual(answer.headers["content-type"], "text/plain; charset=utf-8")
        self.assertEqual(
            answer.body.decode(),
            "421 Misdirected Request: this server does not go by the name canvas.example.org: "
            "start dcc serve with --host canvas.example.org\n",
        )

    def test_a_request_names_one_host(self) -> None:
        for lines, status in [
            (["GET /healthz HTTP/1.1"], 400),
            (["GET /healthz HTTP/1.0"], 200),
            (["GET /healthz HTTP/1.0", "Host: evil.example"], 421),
            (["GET /healthz HTTP/1.1", "Host: localhost", "Host: localhost"], 400),
            (["GET /healthz HTTP/1.1", "Host: localhost", "Host: evil.example"], 400),
            (["GET /healthz HTTP/1.1", "Host: localhost", " evil.example"], 400),
        ]:
            with self.subTest(lines=lines):
                self.assertEqual(self.exchange(*lines).status, status)

    def test_a_target_in_the_absolute_form_names_the_host(self) -> None:
        for target, status in [
            ("http://localhost/healthz", 200),
            ("HTTP://LocalHost:8080/healthz", 200),
            (f"https://{HOST}/healthz?x=1", 200),
            ("http://localhost", 200),
            ("http://localhost?view=only", 200),
            ("http://localhost/nothing", 404),
            ("http://evil.example/healthz", 421),
            ("http://localhost@evil.example/healthz", 400),
            ("http:///healthz", 400),
        ]:
            with self.subTest(target=target):
                self.assertEqual(self.exchange(f"GET {target} HTTP/1.1", "Host: localhost").status, status)
        self.assertEqual(self.exchange("GET http://localhost/healthz HTTP/1.1", "Host: evil.example").status, 200)
        self.assertEqual(self.exchange("GET http://localhost/healthz HTTP/1.1").status, 400)

    def test_a_stranger_s_page_that_gave_its_name_our_address_opens_no_websocket(self) -> None:
        for host, origin, status in [
            ("evil.example", "http://evil.example", b"421"),
            ("evil.example:8080", "http://evil.example:8080", b"421"),
            (HOST, "http://evil.example", b"403"),
            ("localhost:8080", "http://localhost:8080", b"101"),
            ("192.168.1.20:8080", "http://192.168.1.20:8080", b"101"),
        ]:
            peer = self.connect()
            peer.receive(opening(host, f"Origin: {origin}"))
            self.assertEqual(peer.transport.take().split()[1], status, (host, origin))


class AskedTests(RawTests):
    """A page asks why its WebSocket is refused."""

    def asked(self, *headers: str, host: str = HOST) -> tuple[int, Any]:
        """Ask as a page does: the status, and the JSON."""
        answer = self.exchange("GET /ws HTTP/1.1", f"Host: {host}", "Accept: application/json", *headers)
        self.assertEqual(answer.headers["content-type"], "application/json")
        return answer.status, json.loads(answer.body)

    def test_a_page_that_may_connect_is_told_the_address_that_counts(self) -> None:
        for origin in (f"X-Dcc-Origin: {ORIGIN}", f"Origin: {ORIGIN}", "X-Dcc-Origin: https://friend.example"):
            self.assertEqual(self.asked(origin), (200, {"direccion": "127.0.0.1:50001"}))

    def test_a_page_behind_a_proxy_that_changes_the_host_is_told_the_option(self) -> None:
        values = {
            "origen": "https://canvas.example",
            "host": "127.0.0.1:8080",
            "opcion": "--origin https://canvas.example",
        }
        status, told = self.asked("X-Dcc-Origin: https://canvas.example", host="127.0.0.1:8080")
        self.assertEqual((status, told["codigo"], told["valores"]), (403, "origen-ajeno", values))
        self.assertIn("start dcc serve with --origin https://canvas.example", told["error"])

    def test_a_page_at_an_unknown_host_is_told_the_option(self) -> None:
        values = {"host": "dcc", "opcion": "--host dcc"}
        status, told = self.asked(f"X-Dcc-Origin: {ORIGIN}", host="dcc:8080")
        self.assertEqual((status, told["codigo"], told["valores"]), (421, "host-desconocido", values))

    def test_the_header_of_the_browser_counts_more_than_that_of_the_page(self) -> None:
        status, told = self.asked(f"X-Dcc-Origin: {ORIGIN}", "Origin: http://evil.example")
        self.assertEqual((status, told["valores"]["origen"]), (403, "http://evil.example"))

    def test_an_origin_that_is_none_is_shown_harmlessly(self) -> None:
        for origin, shown in (
            ("null", "'null'"),
            ("\x1b[2J", "'\\x1b[2J'"),
            ("<b>", "'<b>'"),
            ("x" * 99, f"'{'x' * 40}…'"),
        ):
            status, told = self.asked(f"X-Dcc-Origin: {origin}")
            self.assertEqual((status, told["valores"]["origen"]), (403, shown))
            self.assertEqual(told["valores"]["opcion"], "--origin URL")

    def test_only_a_handshake_opens_a_websocket(self) -> None:
        self.assertEqual(self.exchange("GET /ws HTTP/1.1", f"Host: {HOST}", "Accept: */*").status, 426)
        self.assertEqual(len(self.server.clients.connected), 0)


class CacheTests(WebTests):
    """What a browser or a proxy has already, and what it takes."""

    def test_a_tag_matches_as_rfc_9110_has_it(self) -> None:
        tag = self.ask("/main.js").headers["etag"]
        for value, status in [
            (tag, 304),
            (f"W/{tag}", 304),
            (f'"a", W/"b" ,{tag}', 304),
            (f'"a",{tag},"b"', 304),
            ("*", 304),
            (f'"a{tag[1:]}', 200),
            (tag[1:-1], 200),
            (f"{tag[:-2]}", 200),
            ("", 200),
            ('"', 200),
        ]:
            with self.subTest(value=value):
                answer = self.ask("/main.js", f"If-None-Match: {value}")
                self.assertEqual((answer.status, answer.headers["etag"]), (status, tag))
                if status == 304:
                    self.assertEqual((answer.body, "content-length" in answer.headers), (b"", False))

    def test_a_file_is_packed_only_for_a_client_that_takes_gzip(self) -> None:
        for value, is_packed in [
            ("gzip", True),
            ("GZIP", True),
            ("x-gzip", True),
            ("br, gzip;q=0.5", True),
            ("deflate,gzip ; q=1.000", True),
            ("gzip;q=0.001", True),
            ("gzip;q=0", False),
            ("gzip; q=0.0, *", False),
            ("gzip;Q=0.000", False),
            ("br", False),
            ("identity", False),
            ("notgzip", False),
            ("", False),
        ]:
            with self.subTest(value=value):
                answer = self.ask("/main.js", f"Accept-Encoding: {value}")
                self.assertEqual(answer.headers.get("content-encoding"), "gzip" if is_packed else None)

    def test_the_numbers_are_read_five_times_a_second_at_most(self) -> None:
        first = self.ask("/metrics").body
        self.join().receive(message(paint(1, (0, RED))))
        self.clock.advance(-1 - 2 * TURN_SECONDS)  # which the joining took
        self.assertEqual(self.ask("/metrics").body, first)
        self.clock.advance(METRICS_SECONDS)
        self.assertIn(b"dcc_placements_total 1.0", self.ask("/metrics").body)


class EmbedTests(WebTests):
    """Sites whose pages may show ours."""

    def frame_ancestors(self, *origins: str) -> str:
        """Return who may frame the page."""
        settings = WebSettings(hosts=[HOST], embedders=list(map(parse_origin, origins)))
        self.site = CanvasSite(self.server.clients, settings, self.clock)
        policies = {self.ask(target).headers["content-security-policy"] for target in ("/", "/index.html")}
        [policy] = policies
        return policy.rpartition("frame-ancestors ")[2]

    def test_the_page_may_be_framed_by_the_given_sites(self) -> None:
        self.assertEqual(self.frame_ancestors(), "'none'")
        self.assertEqual(self.frame_ancestors("https://School.example"), "https://school.example")
        self.assertEqual(
            self.frame_ancestors("https://school.example:443", "http://10.0.0.7:8080", "http://[::1]"),
            "https://school.example http://10.0.0.7:8080 http://[::1]",
        )
        self.assertNotIn("x-frame-options", self.ask("/").headers)
        self.assertIn("frame-ancestors *", self.ask("/?view=only").headers["content-security-policy"])


class ProxyTests(WebTests):
    """People behind a trusted proxy."""

    def setUp(self) -> None:
        """Trust the proxy; two connections per address."""
        super().setUp()
        quotas = Quotas(address_clients=2, address_pixels=10, hello_seconds=0)
        self.server = FakeServer(quotas=quotas)
        self.clock = self.server.clock
        proxies = TrustedProxies(map(parse_proxy, ("127.0.0.1", "10.0.0.0/8", "unix")))
        self.site = CanvasSite(self.server.clients, WebSettings(hosts=[HOST], proxies=proxies), self.clock)

    def through(self, peer: IAddress = NGINX) -> WebPeer:
        """A connection from a proxy."""
        return self.connect(SlowTransport(peerAddress=peer))

    def opened(self, person: str, header: str = "X-Forwarded-For", peer: IAddress = NGINX) -> WebPeer:
        """A client on WebSocket through the proxy."""
        web = self.through(peer)
        self.assertTrue(web.upgrade(f"{header}: {person}").startswith(b"HTTP/1.1 101 "))
        web.receive(message(HELLO_2))
        return web

    def usage(self) -> dict[str, int]:
        """How many connections count by address."""
        busy = self.server.clients.admission.addresses._busy
        return {name: usage.connections for name, usage in busy.items()}

    def test_a_client_on_websocket_has_its_own_address(self) -> None:
        first = self.opened(f"8.8.8.8, {ADA}")
        second = self.opened('for="[2001:db8::1]:4711"', "Forwarded", UNIXAddress(None))
        self.assertEqual([each.address for each in self.server.clients.connected.values()], [ADA, "2001:db8::1"])
        self.assertEqual(self.usage(), {ADA: 1, "2001:db8::1": 1, "2001:db8::/64": 1})
        for each in (first, second):
            each.hang_up()
        self.assertEqual(self.usage(), {})

    def test_the_record_names_the_person(self) -> None:
        named = []
        append = self.server.record.append
        self.patch(
            self.server.record, "append", lambda strokes, *rest: (named.extend(strokes), append(strokes, *rest))[1]
        )
        self.opened(ADA).receive(message(paint(1, (0, RED))))
        self.assertEqual([stroke.painter.address for stroke in named], [ADA])

    def test_clients_on_websocket_are_limited_by_person_and_told_why(self) -> None:
        for _connection in range(2):
            self.opened(ADA)
        self.opened(BRUNO)
        with log() as logged:
            head = self.through().upgrade(f"X-Forwarded-For: {ADA}")
            asked = self.through().ask("/ws", f"X-Forwarded-For: {ADA}", "Accept: application/json")
        self.assertEqual(head.split()[1], b"503")
        self.assertEqual((asked.status, json.loads(asked.body)["codigo"]), (503, "direccion-llena"))
        self.assertEqual(self.usage(), {ADA: 2, BRUNO: 1})
        self.assertEqual(self.server.clients.sent_away, {"direccion-llena": 2})
        self.assertIn(ADA, logged.warnings[0])

    def test_people_behind_a_proxy_have_buckets_of_their_own(self) -> None:
        ada, bruno = self.opened(ADA), self.opened(BRUNO)
        ada.receive(message(paint(1, *[(0, RED)] * 110)) + message(paint(2, (0, RED))))
        bruno.receive(message(paint(1, (0, RED))))
        self.assertIn(b"demasiado-rapido", ada.transport.value())
        self.assertNotIn(b"demasiado-rapido", bruno.transport.value())

    def test_a_request_counts_while_it_is_answered_and_the_connection_stays_the_proxy_s(self) -> None:
        proxy = self.through()
        for person in (ADA, BRUNO, ADA):
            self.assertEqual(proxy.ask("/healthz", f"X-Forwarded-For: {person}").status, 200)
            self.assertEqual(self.usage(), {})
        self.assertTrue(proxy.upgrade(f"X-Forwarded-For: {BRUNO}").startswith(b"HTTP/1.1 101 "))
        self.assertEqual(self.usage(), {BRUNO: 1})

    def test_a_proxy_itself_is_not_limited(self) -> None:
        peer = IPv4Address("TCP", "10.0.0.2", 40000)
        for _connection in range(5):
            self.assertEqual(self.through(peer).ask("/healthz", f"X-Forwarded-For: {ADA}").status, 200)
            self.assertNotIsInstance(self.site.buildProtocol(peer), RefusedConnection)

    def test_who_sends_no_header_counts_as_the_peer_on_http_as_on_websocket(self) -> None:
        """A proxy that forgets the header would otherwise lift every limit by address."""
        for peer, counted in (
            (IPv4Address("TCP", "10.0.0.2", 40000), {"10.0.0.2": 2}),
            (IPv6Address("TCP", "::ffff:10.0.0.3", 40000), {"10.0.0.3": 2}),
            (NGINX, {}),  # this machine counts nowhere
            (UNIXAddress(None), {}),
        ):
            with self.subTest(peer=peer), log():
                viewers = [self.through(peer) for _viewer in range(2)]
                for viewer in viewers:
                    self.assertTrue(viewer.upgrade().startswith(b"HTTP/1.1 101 "))
                self.assertEqual(self.usage(), counted)
                status = 503 if counted else 200
                for target, headers in (("/healthz", ()), ("/ws", ("Accept: application/json",))):
                    self.assertEqual(self.through(peer).ask(target, *headers).status, status)
                self.assertEqual(self.through(peer).ask("/healthz", f"X-Forwarded-For: {ADA}").status, 200)
                viewers[0].hang_up()
                self.assertEqual(self.through(peer).ask("/healthz").status, 200)
                viewers[1].hang_up()
                self.assertEqual(self.usage(), {})

    def test_anybody_else_is_limited_by_the_connection_and_believed_nothing(self) -> None:
        for peer, name in (
            (IPv4Address("TCP", "203.0.113.9", 1), "203.0.113.9"),
            (IPv6Address("TCP", "::ffff:203.0.113.10", 1), "203.0.113.10"),
        ):
            with log():
                for number in range(2):
                    self.opened(f"192.0.2.{number}", peer=peer)
                self.assertEqual(self.usage()[name], 2)
                self.assertIsInstance(self.site.buildProtocol(peer), RefusedConnection)

    def test_headers_that_contradict_each_other_are_refused_in_words(self) -> None:
        for headers, words in (
            ((f"X-Forwarded-For: {ADA}", "Forwarded: for=127.0.0.1"), b"name different people"),
            (('Forwarded: for="', f"X-Forwarded-For: {ADA}"), b"the header Forwarded cannot be read"),
        ):
            answer = self.through().ask("/healthz", *headers)
            self.assertEqual(answer.status, 400)
            self.assertIn(words, answer.body)
        self.assertEqual(self.usage(), {})

    def test_people_without_an_address_count_together(self) -> None:
        for person in ("unknown", "\x1b[2J"):
            self.opened(person)
        self.assertEqual(self.usage(), {"unknown": 2})
        with log():
            self.assertEqual(self.through().upgrade("X-Forwarded-For: _hidden").split()[1], b"503")
        self.assertEqual({each.address for each in self.server.clients.connected.values()}, {"unknown"})


class HeldPool:
    """Makes what a thread would make, when the test says so.

    :ivar made: how many pieces of work were done.
    """

    def __init__(self) -> None:
        self.made = 0
        self._held: list[Any] = []

    @property
    def waiting(self) -> int:
        """Return how many pieces of work are held."""
        return len(self._held)

    def callInThreadWithCallback(self, report: Any, work: Any, *arguments: Any) -> None:
        """Hold the work."""
        self._held.append((report, work, arguments))

    def work(self) -> None:
        """Do the work that is held."""
        held, self._held = self._held, []
        for report, work, arguments in held:
            self.made += 1
            report(True, work(*arguments))


class PictureTests(WebTests):
    """The picture of a board that changes all the time."""

    def setUp(self) -> None:
        """A thread that works when told."""
        super().setUp()
        self.pool = HeldPool()
        reactor: Any = self.clock
        reactor.getThreadPool = lambda: self.pool
        reactor.callFromThread = lambda deed, *arguments: deed(*arguments)
        self.painter = self.join()
        self.request = 0

    def paint(self) -> None:
        """Change the board."""
        self.request += 1
        self.painter.receive(message(paint(self.request, (self.request, RED))))

    def ask_for(self, scale: int = 1) -> WebPeer:
        """Ask for the picture."""
        peer = self.connect()
        self.clock.advance(TURN_SECONDS)
        peer.receive(f"GET /board.png?scale={scale} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        return peer

    def test_the_picture_is_made_once_a_second_and_never_older_than_the_request(self) -> None:
        for second in range(3):
            peers = []
            for _change in range(5):
                self.paint()
                peers.append(self.ask_for())
                self.pool.work()
            self.clock.advance(PICTURE_SECONDS)
            self.pool.work()
            first, *others = [peer.answer() for peer in peers]
            self.assertEqual({each.headers["etag"] for each in others}, {others[0].headers["etag"]})
            self.assertIn(f"-{self.request}-1", others[0].headers["etag"])
            self.assertEqual(self.pool.made, 2 + second * 2)
            self.assertEqual(first.status, 200)
            self.clock.advance(PICTURE_SECONDS)

    def test_pictures_of_many_scales_are_made_one_at_a_time_with_rests(self) -> None:
        peers = [self.ask_for(scale) for scale in (1, 2, 3)]
        for number in range(3):
            self.assertEqual(self.pool.waiting, 1)
            self.clock.advance(0.5)  # a picture takes half a second
            self.pool.work()
            self.assertEqual((self.pool.waiting, self.pool.made), (0, number + 1))
            self.clock.advance(0.6)
        self.assertEqual([peer.answer().status for peer in peers], [200] * 3)

    def test_slow_readers_of_old_pictures_hold_no_more_than_the_limit(self) -> None:
        self.patch(board_pages, "PICTURES_HELD_BYTES", 2000)
        self.patch(channel, "PIECE_BYTES", 16)
        tags = []
        for _reader in range(40):
            self.paint()
            transport = SlowTransport(peerAddress=NGINX)
            transport.write = lambda data, transport=transport: (  # type: ignore[method-assign]
                StringTransport.write(transport, data),
                transport.producer.pauseProducing(),
            )
            self.patch(self, "connect", lambda transport=transport: WebPeer(self.site, transport))
            peer = self.ask_for()
            self.clock.advance(PICTURE_SECONDS)
            self.pool.work()
            tags.append(Answer(peer.transport.value()).headers["etag"])
        held = len(set(tags))
        self.assertLess(held, 20)
        self.assertEqual(tags[held - 1 :], [tags[-1]] * (41 - held))


class Large(Page):
    """A large answer."""

    BODY = bytes(range(256)) * 10_000

    def show(self, request: Any) -> int:
        """Answer with it."""
        return answer(request, self.BODY)


class TransferTests(WebTests):
    """Answers on their way."""

    def setUp(self) -> None:
        """Serve a large page too."""
        super().setUp()
        put(self.site.resource, ("large",), Large())

    def asked(self, *targets: str) -> WebPeer:
        """A connection that asked, and has read nothing yet."""
        peer = self.connect()
        peer.receive(b"".join(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() for target in targets))
        return peer

    def test_a_large_answer_is_sent_in_pieces_as_it_is_taken(self) -> None:
        peer = self.asked("/large", "/healthz")
        data = b""
        while piece := peer.transport.take():
            data += piece
        head, _blank, rest = data.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "))
        self.assertEqual(rest[: len(Large.BODY)], Large.BODY)
        self.assertEqual(Answer(rest[len(Large.BODY) :]).body, b"ok\n")
        self.assertLess(peer.transport.held_most, TRANSPORT_BUFFER_BYTES + 2 * PIECE_BYTES)

    def test_a_slow_reader_is_served_to_the_end_and_a_stalled_one_is_cut_off(self) -> None:
        slow, stalled = self.asked("/large"), self.asked("/large")
        received = 0
        while piece := slow.transport.take():
            received += len(piece)
            self.assertFalse(slow.transport.disconnected)
            self.clock.advance(limits.STALL_SECONDS - 1)
        self.assertGreater(received, len(Large.BODY))
        self.assertTrue(stalled.transport.disconnected)

    def test_bytes_that_leave_the_kernel_are_progress_though_the_transport_is_full(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        reader = socket.create_connection(listener.getsockname())
        writer, _address = listener.accept()
        for each in (listener, reader, writer):
            self.addCleanup(each.close)
        writer.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                writer.send(bytes(65536))
        transport: Any = SlowTransport(peerAddress=NGINX)
        transport.socket = writer
        peer = self.connect(transport)
        peer.receive(f"GET /large HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        held = acknowledged_bytes(transport)
        assert held is not None
        for _minute in range(2):
            while acknowledged_bytes(transport) == held:
                reader.recv(65536)
            held = acknowledged_bytes(transport)
            self.clock.advance(limits.STALL_SECONDS)
            self.assertFalse(transport.disconnected)
        self.clock.advance(limits.STALL_SECONDS)
        self.assertTrue(transport.disconnected)

    def test_a_client_that_asks_on_and_reads_nothing_is_not_read_until_it_has_read(self) -> None:
        peer = self.asked("/large")
        more = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        peer.receive(more * 10)
        self.assertEqual(peer.transport.producerState, "paused")
        data = b""
        while piece := peer.transport.take():
            data += piece
            self.clock.advance(TURN_SECONDS)
        self.assertEqual(data.count(b"HTTP/1.1 200 OK"), 11)
        self.assertEqual(peer.transport.producerState, "producing")

    def test_a_reader_that_leaves_in_between_leaves_no_timer(self) -> None:
        peer = self.asked("/large")
        peer.transport.take()
        peer.hang_up()
        self.clock.advance(TURN_SECONDS)  # the turn ends
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_head_sends_no_piece_of_a_large_answer(self) -> None:
        head = self.ask("/large", method="HEAD")
        self.assertEqual((head.status, head.body, head.headers["content-length"]), (200, b"", str(len(Large.BODY))))


class TurnTests(WebTests):
    """Requests take turns."""

    def test_a_turn_answers_a_few_requests_and_the_next_turn_the_next(self) -> None:
        peers = [self.connect() for _peer in range(2 * REQUESTS_A_TURN + 1)]
        for peer in peers:
            peer.receive(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        answered = []
        for _turn in range(3):
            answered.append([bool(peer.transport.value()) for peer in peers].count(True))
            self.clock.advance(TURN_SECONDS)
        self.assertEqual(answered, [REQUESTS_A_TURN, 2 * REQUESTS_A_TURN, 2 * REQUESTS_A_TURN + 1])

    def test_clients_that_have_left_take_no_turn(self) -> None:
        peers = [self.connect() for _peer in range(10 * REQUESTS_A_TURN)]
        for peer in peers:
            peer.receive(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        last = peers[-1]
        for gone in peers[REQUESTS_A_TURN:-1]:
            gone.hang_up()
        self.clock.advance(TURN_SECONDS)
        self.assertEqual(last.answer().status, 200)

    def test_a_closed_port_leaves_no_timer(self) -> None:
        peer = self.connect()
        peer.receive(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        self.assertEqual(peer.answer().status, 200)
        peer.hang_up()
        self.site.stopFactory()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_many_requests_of_a_connection_take_turns_too(self) -> None:
        peer = self.connect(StringTransport(peerAddress=NGINX))
        peer.receive(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 20)
        answered = []
        for _turn in range(3):
            answered.append(peer.transport.value().count(b"HTTP/1.1 200"))
            self.clock.advance(TURN_SECONDS)
        self.assertEqual(answered, [REQUESTS_A_TURN, 2 * REQUESTS_A_TURN, 20])
