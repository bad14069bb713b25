"""Proxies, browsers and programs that speak another protocol than the port expects."""

from __future__ import annotations

import socket
import ssl
import struct

import pytest

from dcc.protocol.frames import frame
from dcc.server.first_words import for_browsers, for_programs
from tests.support.server_process import PATIENCE_SECONDS, WebServer
from tests.support.wire import HELLO_1, HELLO_2, paint, pintar


def client_hello() -> bytes:
    """Return the first bytes of a client of TLS."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


PROXY_1 = b"PROXY TCP4 198.51.100.7 192.0.2.1 51000 45743\r\n"
PROXY_1_UNKNOWN = b"PROXY UNKNOWN\r\n"
PROXY_2 = (
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes((198, 51, 100, 7, 192, 0, 2, 1)) + struct.pack(">HH", 51000, 45743)
)
HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

PROXY, TLS = "proxy-inesperado", "tls-inesperado"
PROGRAM, BROWSER = "programa-en-otro-puerto", "pagina-en-otro-puerto"

WORDS = {
    "PROXY protocol, version 1": (PROXY_1, PROXY, PROXY),
    "PROXY protocol, version 1, no address": (PROXY_1_UNKNOWN, PROXY, PROXY),
    "PROXY protocol, version 2": (PROXY_2, PROXY, PROXY),
    "TLS": (client_hello(), TLS, TLS),
    "a page": (HTTP, BROWSER, None),
    "a target in the absolute form": (b"GET http://localhost/ HTTP/1.1\r\n\r\n", BROWSER, None),
    "a question about the server": (b"OPTIONS * HTTP/1.1\r\n\r\n", BROWSER, None),
    "a form": (b"POST /x HTTP/1.1\r\n\r\n", BROWSER, None),
    "an upload": (b"PUT /x HTTP/1.1\r\n\r\n", BROWSER, None),
    "a tunnel": (b"CONNECT localhost:1 HTTP/1.1\r\n\r\n", BROWSER, None),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BROWSER, None),
    "a command": (frame(HELLO_1), None, PROGRAM),
    "a command of version 2": (frame(HELLO_2), None, PROGRAM),
    "a paint": (frame(pintar(1, 1, "red")), None, PROGRAM),
    "a paint of version 2": (frame(paint(1, (0, 1))), None, PROGRAM),
    "a frame as long as the type of TLS and its version": (frame(bytes(0x0316)), None, PROGRAM),
    "the longest frame": (frame(bytes(65536)), None, PROGRAM),
}
"""The first bytes, and the code of the refusal of the port for programs and of that for browsers."""


@pytest.mark.parametrize("name", WORDS)
def test_first_words_are_recognised_by_each_port(name: str) -> None:
    data, programs, browsers = WORDS[name]
    for recognise, code in ((for_programs, programs), (for_browsers, browsers)):
        reason = recognise(data)
        assert (None if reason is None else reason.code) == code


def exchange(port: int, data: bytes) -> bytes:
    """Send the first words, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def test_the_operator_is_told_once_which_option_helps() -> None:
    with WebServer(language="en") as server:
        for _time in range(3):
            for data, words in (
                (PROXY_1 + frame(HELLO_1), b"PROXY protocol"),
                (PROXY_2, b"PROXY protocol"),
                (client_hello(), b'"tls-inesperado"'),
                (HTTP, b"HTTP/1.1 400 Bad Request"),
            ):
                assert words in exchange(server.port, data)
            for data in (PROXY_1 + HTTP, PROXY_2 + HTTP, client_hello(), frame(HELLO_1)):
                assert exchange(server.web_port, data).startswith(b"HTTP/1.1 400 Bad Request\r\n")
        server.wait_for(r"PROXY protocol to --port,.* --port haproxy:tcp:\d+:interface=127\.0\.0\.1, or")
        server.wait_for(r"PROXY protocol to --http,.* --http haproxy:tcp:\d+:interface=127\.0\.0\.1, or")
        server.wait_for(r"TLS comes to --port,.* --port ssl:\d+:interface=127\.0\.0\.1:privateKey=")
        server.wait_for(r"TLS comes to --http,.* --http ssl:\d+:interface=127\.0\.0\.1:privateKey=")
        server.wait_for("this port is for programs; browsers open the page at the port of dcc serve --http")
        server.stop()
        hints = [line for line in server.lines if "Start dcc serve with" in line]
        assert len(hints) == 4, server.output
        assert "is longer than the limit" not in server.output


def test_the_option_that_the_operator_is_told_works() -> None:
    with WebServer(language="en") as server:
        exchange(server.port, PROXY_1)
        exchange(server.web_port, PROXY_1)
        programs = server.wait_for(r"dcc serve with --port (\S+), or")[1].replace(str(server.port), "0", 1)
        browsers = server.wait_for(r"dcc serve with --http (\S+), or")[1].replace(str(server.web_port), "0", 1)
    with WebServer("--port", programs, "--http", browsers, language="en") as server:
        assert b'{"0": {"0": "white"' in exchange(
            server.port, PROXY_1 + frame(HELLO_1) + frame(b'{"comando": "cerrar"}')
        )
        assert exchange(server.web_port, PROXY_1 + HTTP).startswith(b"HTTP/1.1 200 OK\r\n")
        server.wait_for(r"client 1\b")
