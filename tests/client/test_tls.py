"""TLS: what the server does on it, and which servers a client refuses. The authority is one of the tests' own."""

from __future__ import annotations

import atexit
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import unittest
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PyQt5.QtCore import Qt
from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.threads import deferToThread

from dcc import limits
from dcc.client.address import Address
from dcc.client.endpoint import Server
from dcc.client.link import Link, LinkState
from dcc.client.tls import trust_in
from dcc.errors import DccError
from dcc.language import speak
from dcc.protocol.frames import frame
from dcc.protocol.messages import ServerMessage
from tests.support.certificates import Authority, authority, days_from_now, local_endpoint
from tests.support.desk import Desk
from tests.support.server_process import DCC, PATIENCE_SECONDS, TWISTD, Peer, ServerProcess, WebServer
from tests.support.sockets import SocketTestCase
from tests.support.websocket import BINARY, CLOSE, TEXT, Connection, WebSocket, ask, message
from tests.support.wire import BLACK, HELLO_1, HELLO_2, RED, paint, pintar

pytestmark = pytest.mark.tls

KIBIBYTE = 1024

UNKNOWN = "the certificate is signed by an authority that is not trusted here; --ca FILE trusts its certificates"
NO_TLS = "The server does not speak TLS: try without --tls and --ca"
SPEAKS_TLS = "The server speaks TLS: try with --tls"
SILENT = "The server hung up without an answer; perhaps only one side uses TLS (--tls)"


class Watcher:
    """Waits for what a link tells.

    :ivar reasons: why there was no connection, each time.
    """

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self._states: dict[LinkState, Deferred[str]] = {}

    def until(self, state: LinkState) -> Deferred[str]:
        """Fires with the reason, when the link comes to that state."""
        return self._states.setdefault(state, Deferred())

    def link_changed(self, state: LinkState, reason: str) -> None:
        """See :class:`dcc.client.link.LinkListener`."""
        if reason:
            self.reasons.append(reason)
        if state in self._states:
            self._states.pop(state).callback(reason)

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """See :class:`dcc.client.link.LinkListener`."""


class LinkTests(SocketTestCase):
    """A client's connection, and a server on a real port of TLS."""

    @inlineCallbacks
    def listen(self, endpoint: str) -> Iterator[Any]:
        """Let the server listen there too, until the test is over."""
        port = yield serverFromString(reactor, endpoint).listen(self.factory)
        self.addCleanup(port.stopListening)
        return port.getHost().port

    def link(self, port: int, host: str = "127.0.0.1", trusted: Authority | None = None) -> tuple[Link, Watcher]:
        """A link that is started.

        :param trusted: the tests' own authority if left out.
        """
        trust = trust_in((trusted or authority()).file.read_bytes())
        watcher = Watcher()
        link = Link(reactor, Server(Address(host, port), trust).endpoint(reactor), watcher)
        self.addCleanup(link.stop)
        link.start()
        return link, watcher

    @inlineCallbacks
    def assert_refused(self, reason: str, endpoint: str, **of_link: Any) -> Iterator[Any]:
        """The link says so."""
        port = yield self.listen(endpoint)
        _link, watcher = self.link(port, **of_link)
        told = yield watcher.until(LinkState.AWAY)
        self.assertEqual(told, reason)

    @inlineCallbacks
    def test_a_name_and_an_address(self) -> Iterator[Any]:
        """Whichever of those that the certificate is for."""
        port = yield self.listen(local_endpoint())
        for host in ("localhost", "127.0.0.1"):
            link, watcher = self.link(port, host)
            yield watcher.until(LinkState.ONLINE)
            link.paint([(7, RED)])
            self.assertEqual(watcher.reasons, [])

    @inlineCallbacks
    def test_a_certificate_for_another_name_is_refused(self) -> Iterator[Any]:
        endpoint = authority().endpoint("elsewhere", *(f"{name}.example" for name in "abcde"))
        yield self.assert_refused(
            "the certificate is for 'a.example', 'b.example', 'c.example', … and not for localhost",
            endpoint,
            host="localhost",
        )

    @inlineCallbacks
    def test_an_address_is_no_name(self) -> Iterator[Any]:
        """Who types an address wants that very machine."""
        yield self.assert_refused(
            "the certificate is for 'localhost' and not for 127.0.0.1", authority().endpoint("name", "localhost")
        )

    @inlineCallbacks
    def test_a_name_is_no_address(self) -> Iterator[Any]:
        yield self.assert_refused(
            "the certificate is for '127.0.0.1' and not for localhost",
            authority().endpoint("address", "127.0.0.1"),
            host="localhost",
        )

    @inlineCallbacks
    def test_an_expired_certificate_is_refused_with_its_date(self) -> Iterator[Any]:
        end = days_from_now(-1)
        endpoint = authority().endpoint("old", "127.0.0.1", not_before=days_from_now(-9), not_after=end)
        yield self.assert_refused(f"the certificate has expired, on {end:%Y-%m-%d %H:%M} UTC", endpoint)

    @inlineCallbacks
    def test_a_certificate_that_is_not_valid_yet_is_refused(self) -> Iterator[Any]:
        begin = days_from_now(1)
        endpoint = authority().endpoint("early", "127.0.0.1", not_before=begin, not_after=days_from_now(9))
        yield self.assert_refused(
            f"the certificate is not valid before {begin:%Y-%m-%d %H:%M} UTC; is the clock of this machine right?",
            endpoint,
        )

    @inlineCallbacks
    def test_a_certificate_of_an_unknown_authority_is_refused(self) -> Iterator[Any]:
        yield self.assert_refused(UNKNOWN, local_endpoint(), trusted=authority("another"))

    @inlineCallbacks
    def test_a_certificate_is_refused_in_spanish_too(self) -> Iterator[Any]:
        speak("es")
        self.addCleanup(speak, "en")
        reason = (
            "el certificado está firmado por una autoridad en la que aquí no se confía; "
            "--ca ARCHIVO confía en sus certificados"
        )
        yield self.assert_refused(reason, local_endpoint(), trusted=authority("another"))

    @inlineCallbacks
    def test_a_link_over_tls_resumes_after_the_server_was_away(self) -> Iterator[Any]:
        port = yield self.listen(local_endpoint())
        link, watcher = self.link(port)
        yield watcher.until(LinkState.ONLINE)
        [protocol] = self.factory.protocols.values()
        away = watcher.until(LinkState.AWAY)
        online = watcher.until(LinkState.ONLINE)
        protocol.transport.abortConnection()
        yield away
        yield online
        link.paint([(7, RED)])
        self.assertEqual(link.replica.version, 2)

    @inlineCallbacks
    def test_nothing_is_told_to_a_server_that_is_refused(self) -> Iterator[Any]:
        """Its certificate comes first; the goodbye is all that it gets."""
        key, certificate = authority().server_files("nosy", "nosy.example")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        def listen(port: socket.socket) -> bytes:
            connection, _address = port.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as encrypted:
                    return encrypted.recv(1000)
            except OSError as error:
                return repr(error).encode()

        with socket.create_server(("127.0.0.1", 0)) as port:
            heard = deferToThread(listen, port)
            _link, watcher = self.link(port.getsockname()[1])
            yield watcher.until(LinkState.AWAY)
            told = yield heard
        self.assertNotIn(b"comando", told)

    @inlineCallbacks
    def answered_by(self, answer: bytes, host: str = "127.0.0.1") -> Iterator[Any]:
        """A link's line about a server with such an answer, and the first bytes heard by the server."""
        heard: Deferred[bytes] = Deferred()
        factory = Factory.forProtocol(lambda: Answering(answer, heard))
        port = yield serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
        self.addCleanup(port.stopListening)
        _link, watcher = self.link(port.getHost().port, host)
        reason = yield watcher.until(LinkState.AWAY)
        first = yield heard
        return reason, first

    @inlineCallbacks
    def test_a_server_without_tls_is_named_as_such(self) -> Iterator[Any]:
        answers = [frame(b'{"cerrar": true}'), b"HTTP/1.1 400 Bad Request\r\n\r\n"]
        for answer in answers:
            reason, _heard = yield self.answered_by(answer)
            self.assertEqual(reason, NO_TLS)
        reason, _heard = yield self.answered_by(b"")
        self.assertEqual(reason, SILENT)
        reason, _heard = yield self.answered_by(b"\x15\x03\x03\0\x02\x02\x28")  # "handshake failure"
        self.assertRegex(reason, "^TLS failed: .*handshake failure")

    @inlineCallbacks
    def test_the_server_is_told_the_name_but_not_an_address(self) -> Iterator[Any]:
        for host, is_told in (("localhost", True), ("127.0.0.1", False)):
            _reason, heard = yield self.answered_by(b"", host)
            self.assertEqual(host.encode() in heard, is_told)

    @inlineCallbacks
    def test_without_tls_on_a_port_with_tls(self) -> Iterator[Any]:
        """Whether it hangs up without a word, or with one of its own."""
        port = yield self.listen(local_endpoint())
        alert = Factory.forProtocol(lambda: Answering(b"\x15\x03\x01\0\x02\x02\x46", Deferred()))
        another = yield serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(alert)
        self.addCleanup(another.stopListening)
        for plain, expected in ((port, SILENT), (another.getHost().port, SPEAKS_TLS)):
            watcher = Watcher()
            link = Link(reactor, Server(Address("127.0.0.1", plain)).endpoint(reactor), watcher)
            self.addCleanup(link.stop)
            link.start()
            reason = yield watcher.until(LinkState.AWAY)
            self.assertEqual(reason, expected)

    def test_a_name_that_no_certificate_can_be_for(self) -> None:
        trust = trust_in(authority().file.read_bytes())
        with self.assertRaisesRegex(DccError, "^no certificate can be for a host called 'a_b'"):
            Server(Address("a_b", 1), trust).endpoint(reactor)


class Answering(TwistedProtocol):
    """Answers the first piece that comes, and hangs up.

    :ivar heard: that piece.
    """

    def __init__(self, answer: bytes, heard: Deferred[bytes]) -> None:
        self._answer = answer
        self._heard = heard

    def dataReceived(self, data: bytes) -> None:
        """See above."""
        self.transport.write(self._answer)
        self.transport.loseConnection()
        if not self._heard.called:
            self._heard.callback(data)


class ServerTests(unittest.TestCase):
    """The whole program on TLS, and clients with another TLS than ours."""

    def setUp(self) -> None:
        """It listens with TLS alone."""
        tls = local_endpoint()
        self.server = WebServer("--port", tls, "--http", tls, "--canvas", "20x10", "--lang", "en")
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)
        self.tls = authority().context()

    def test_both_wires_and_both_versions(self) -> None:
        with (
            Peer(self.server.port, tls=self.tls) as tcp_1,
            Peer(self.server.port, tls=self.tls) as tcp_2,
            WebSocket(self.server.web_port, greeting=HELLO_2, tls=self.tls) as web,
        ):
            tcp_1.send(HELLO_1)
            tcp_2.send(HELLO_2)
            for peer in (tcp_1, tcp_2):
                peer.receive()
            web.read_until_frame(BINARY, b"\x01")
            web.send(message(paint(1, (5, BLACK))))
            while not (changes := tcp_2.receive()).startswith(b"\x02"):
                pass
            self.assertEqual(changes[9:], struct.pack("<IB", 5, BLACK))
            self.assertEqual(json.loads(tcp_1.receive())["5"]["0"], "black")
            tcp_1.send(pintar(5, 0, "red"))
            self.assertEqual(json.loads(tcp_1.receive())["5"]["0"], "red")
            self.assertEqual(web.read_until_frame(BINARY, b"\x02")[9:], struct.pack("<IB", 5, BLACK))
            self.assertEqual(web.read_until_frame(BINARY, b"\x02")[9:], struct.pack("<IB", 5, RED))

    def test_the_page_and_its_websocket_are_served_over_tls(self) -> None:
        """The link is right, everything is served on one connection, and the page's WebSocket is let in."""
        self.server.wait_for(rf"Open in a browser: https://127\.0\.0\.1:{self.server.web_port}/$")
        with Connection(self.server.web_port, tls=self.tls) as browser:
            for target in ("/", "/main.js", "/board.png", "/healthz"):
                self.assertEqual(ask(browser, target)[0], 200, target)
        for origin, status in ((f"https://127.0.0.1:{self.server.web_port}", 101), ("https://evil.example", 403)):
            with WebSocket(self.server.web_port, f"Origin: {origin}", tls=self.tls) as page:
                self.assertEqual(int(page.head.split()[1]), status)

    def test_a_goodbye_arrives_with_its_reason_over_tls(self) -> None:
        with (
            Peer(self.server.port, tls=self.tls) as faulty,
            Peer(self.server.port, tls=self.tls) as well,
            WebSocket(self.server.web_port, greeting=HELLO_2, tls=self.tls) as web,
        ):
            faulty.socket.sendall(frame(HELLO_2) + frame(b"?") + bytes(100_000))
            *_rest, failed, closing = faulty.receive_rest()
            self.assertIn(b"not a JSON object", failed)
            self.assertEqual(closing, b'{"cerrar": true}')
            well.send(HELLO_2)
            well.receive()
            web.read_until_frame(BINARY, b"\x01")
            self.server.interrupt()
            self.assertEqual(well.receive_rest()[-1], b'{"cerrar": true}')
            web.read_until_frame(TEXT, b'{"cerrar": true}')
            self.assertEqual(web.read_frame()[0], CLOSE)
            self.assertEqual(self.server.finish(), 0)

    def test_one_client_too_many_is_told_so_over_tls(self) -> None:
        words = ("--port", local_endpoint(), "--single-client", "--lang", "en")
        with ServerProcess(*words) as server, Peer(server.port, tls=self.tls) as first:
            first.send(HELLO_2)
            first.receive()
            with Peer(server.port, tls=self.tls) as second:
                self.assertIn(b"full", b"".join(second.receive_rest()))

    def test_a_connection_that_is_no_tls_is_dropped_without_a_word(self) -> None:
        with Peer(self.server.port, tls=self.tls) as neighbour:
            for port, data in (
                (self.server.port, frame(HELLO_2)),
                (self.server.port, os.urandom(1000)),
                (self.server.web_port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ):
                with Connection(port) as plain:
                    plain.send(data)
                    self.assertNotIn(b"HTTP", plain.read_to_end())
            neighbour.send(HELLO_2)
            neighbour.receive()
        self.server.interrupt()
        self.server.finish()
        self.assertNotIn("Traceback", self.server.output)

    def test_viewers_that_never_read_cost_a_bounded_amount_of_memory(self) -> None:
        viewers, side, step = 20, 1000, limits.REQUEST_PIXELS
        generator = np.random.default_rng(5)
        unlimited = [word for name in ("pixel-rate", "byte-rate") for word in (f"--{name}=0", f"--address-{name}=0")]
        with (
            WebServer("--port", local_endpoint(), "--canvas", f"{side}x{side}", *unlimited) as server,
            Peer(server.port, tls=self.tls) as painter,
            ExitStack() as stack,
        ):

            def draw(request: int, *pixels: tuple[int, int]) -> None:
                painter.send(paint(request, *pixels))
                while not painter.receive().startswith(b"\x04"):
                    pass

            painter.send(HELLO_2)
            for start in range(0, side * side // 2, step):  # what cannot be packed
                colours = generator.integers(0, 8, step).tolist()
                draw(start, *zip(range(start, start + step), colours, strict=True))
            idle = [
                stack.enter_context(Peer(server.port, receive_buffer=8 * KIBIBYTE, tls=self.tls))
                for _ in range(viewers)
            ]
            before = server.memory_bytes()
            for peer in idle:
                peer.send(HELLO_2)
            for request in range(50):
                draw(request, (request, RED))
            self.assertLess(server.memory_bytes() - before, viewers * 256 * KIBIBYTE)
            for peer in idle:
                while not peer.receive().startswith(b"\x02"):
                    pass


class RefusalTests(unittest.TestCase):
    """A server that cannot start says why in one line."""

    def refused(self, endpoint: str, option: str = "--port", **environment: str) -> str:
        """What it says.

        :raises AssertionError: its exit status is not 1.
        """
        words = [*TWISTD, "--port", "0", "--lang", "en", "--store", "memory:", option, endpoint]
        ended = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env={**os.environ, **environment},
            start_new_session=True,  # away from the terminal, where OpenSSL asks for a password
        )
        output = ended.stdout + ended.stderr
        self.assertEqual(ended.returncode, 1, output)
        self.assertNotIn("Traceback", output)
        [line] = re.findall("dcc serve: (.*)", output)
        start = f"cannot listen on {endpoint}: "
        assert line.startswith(start), line
        return str(line.removeprefix(start))

    def test_wrong_files_of_keys_and_certificates_are_named(self) -> None:
        key, certificate = authority().server_files("good", "localhost")
        other_key, _certificate = authority().server_files("other", "localhost")
        text = authority().folder / "text.pem"
        text.write_text("no certificate")
        for option in ("--port", "--http"):
            missing = f"{text}.missing"
            endpoint = f"ssl:0:privateKey={missing}:certKey={certificate}"
            self.assertEqual(self.refused(endpoint, option), f"{missing}: No such file or directory")
        self.assertEqual(
            self.refused(f"ssl:0:privateKey={other_key}:certKey={certificate}"),
            "Certificate public and private keys do not match",
        )
        for pair in ((text, certificate), (key, text)):
            self.assertRegex(
                self.refused("ssl:0:privateKey={}:certKey={}".format(*pair)),
                r"^the key or the certificate cannot be read: is each a PEM file, and the key without a password\?",
            )

    def test_a_server_without_the_extra_says_how_to_install_tls(self) -> None:
        self.assertEqual(
            self.refused(local_endpoint(), PYTHONPATH=without_openssl()),
            "packages are missing (OpenSSL): pip install 'drawcolorcanvas[tls]'",
        )


@cache
def without_openssl() -> str:
    """A folder that makes Python find no pyOpenSSL."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    (Path(folder.name) / "OpenSSL.py").write_text("raise ModuleNotFoundError(name='OpenSSL')")
    return folder.name


class CommandTests(unittest.TestCase):
    """The scripts, as commands."""

    def setUp(self) -> None:
        """A server, and a folder."""
        self.server = ServerProcess("--port", local_endpoint(), "--canvas", "20x10")
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.ca = str(authority().file)

    def run_dcc(self, command: str, *words: str, host: str = "127.0.0.1", **environment: str) -> tuple[int, str]:
        """Exit status, and what is on standard error."""
        ended = subprocess.run(
            [DCC, command, *words, f"{host}:{self.server.port}"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env={**os.environ, **environment},
        )
        return ended.returncode, ended.stderr

    def snapshot(self, *words: str, **of_run: str) -> tuple[int, str]:
        """Take one as ``out.png``."""
        return self.run_dcc("snapshot", str(self.folder / "out.png"), *words, **of_run)

    def test_an_image_painted_over_tls_is_what_a_snapshot_shows(self) -> None:
        Image.new("RGB", (3, 2), (255, 0, 0)).save(self.folder / "in.png")
        status, _said = self.run_dcc("paint", str(self.folder / "in.png"), "--at", "4,5", "--ca", self.ca)
        self.assertEqual(status, 0)
        for words, host, environment in (
            (["--ca", self.ca], "localhost", {}),
            (["--ca", self.ca, "--tls"], "127.0.0.1", {}),
            (["--tls"], "127.0.0.1", {"SSL_CERT_FILE": self.ca}),
        ):
            self.assertEqual(self.snapshot(*words, host=host, **environment), (0, ""))
            with Image.open(self.folder / "out.png") as image:
                shown = np.asarray(image)
            self.assertEqual(np.argwhere(shown == RED).tolist(), [[y, x] for y in (5, 6) for x in (4, 5, 6)])

    def test_a_refused_certificate_is_one_line_and_exit_status_1(self) -> None:
        where = f"server 127.0.0.1:{self.server.port}"
        for words, reason in (
            (["--tls"], UNKNOWN),
            (["--ca", str(authority("another").file)], UNKNOWN),
            ([], SILENT),
        ):
            self.assertEqual(self.snapshot(*words), (1, f"dcc snapshot: {where}: {reason}\n"))
        with ServerProcess() as plain:
            words = [DCC, "snapshot", "--tls", str(self.folder / "out.png"), f"127.0.0.1:{plain.port}"]
            ended = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
            line = f"dcc snapshot: server 127.0.0.1:{plain.port}: {NO_TLS}\n"
            self.assertEqual((ended.returncode, ended.stderr), (1, line))

    def test_a_file_without_certificates_is_a_usage_error(self) -> None:
        text = self.folder / "text.pem"
        text.write_text("no certificate")
        broken = self.folder / "broken.pem"
        broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        nothing = "no certificate in PEM form can be read"
        for path, reason in (
            (self.folder / "missing.pem", "No such file or directory"),
            (self.folder, "Is a directory"),
            (text, nothing),
            (broken, nothing),
        ):
            line = f"dcc snapshot: argument --ca: {path}: {reason} (see dcc snapshot --help)\n"
            self.assertEqual(self.snapshot("--ca", str(path)), (2, line))

    def test_a_command_without_the_extra_says_how_to_install_tls(self) -> None:
        line = "dcc snapshot: TLS needs packages that are missing (OpenSSL): pip install 'drawcolorcanvas[tls]'\n"
        for words in (["--tls"], ["--ca", self.ca]):
            self.assertEqual(self.snapshot(*words, PYTHONPATH=without_openssl()), (1, line))
        with ServerProcess(environment={"PYTHONPATH": without_openssl()}) as server:
            words = [DCC, "snapshot", str(self.folder / "out.png"), f"127.0.0.1:{server.port}"]
            subprocess.run(
                words, check=True, timeout=PATIENCE_SECONDS, env={**os.environ, "PYTHONPATH": without_openssl()}
            )


def test_a_window_draws_over_tls_says_whom_it_refuses_and_tries_again(qtbot: object) -> None:
    another = authority("another")
    with Desk() as desk:
        with ServerProcess("--port", local_endpoint()) as server:
            window = desk.open(server.port, host="localhost", trust=trust_in(authority().file.read_bytes()))
            desk.press(window, Qt.Key.Key_3)
            desk.click(window, column=3, row=4)
            desk.until(lambda: desk.colour(window, 3, 4) == "#ff0000")
            desk.until_answered(window)
            stranger = desk.open(server.port, trust=trust_in(another.file.read_bytes()), online=False)
            desk.until(lambda: UNKNOWN[1:] in stranger.empty.reason.text())
            assert stranger.board.view is None
        endpoint = another.endpoint("another-local", "127.0.0.1").replace("ssl:0:", f"ssl:{server.port}:")
        with ServerProcess("--port", endpoint):
            desk.until_online(stranger)
            assert window.link.state is LinkState.AWAY
