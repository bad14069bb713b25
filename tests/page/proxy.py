"""A reverse proxy in front of a web port, as operators have one: TLS, and the canvas below a path."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Mapping

import trustme

PREFIX = b"/art/canvas"


class Proxy:
    """Takes ``https://127.0.0.1:PORT/art/canvas/…``, and passes it on as ``/…``; stops as the block ends.

    :ivar url: the address for browsers.
    :ivar web_port: where the server is.
    :ivar replaced: lines in place of the browser's headers of these names, in the handshake of a WebSocket and in the
        question about a refused one; ``b""`` drops a header.
    """

    def __init__(self, web_port: int, replaced: Mapping[bytes, bytes] | None = None) -> None:
        self.web_port = web_port
        self.replaced = replaced or {}
        self._silent: list[threading.Event] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}{PREFIX.decode()}/"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def lose_connections(self) -> None:
        """Keep all connections open and pass nothing on, as a network that a telephone has left; new ones work."""
        for silent in self._silent:
            silent.set()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as browser:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = browser.recv(65536)
                    if not piece:
                        return
                    head += piece
                if b" " + PREFIX + b"/" not in head:
                    return
                head = head.replace(b" " + PREFIX + b"/", b" /", 1)
                for name, line in self.replaced.items() if b" /ws HTTP" in head else ():
                    head = re.sub(rb"(?im)^" + name + rb":.*\r\n", line and line + b"\r\n", head)
                if b"upgrade: websocket" not in head.lower():
                    head = head.replace(b"Connection: keep-alive", b"Connection: close")
                try:
                    server = socket.create_connection(("127.0.0.1", self.web_port))
                except OSError:
                    browser.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                silent = threading.Event()
                self._silent.append(silent)
                with server:
                    server.sendall(head)
                    back = threading.Thread(target=_pass_on, args=(server, browser, silent), daemon=True)
                    back.start()
                    _pass_on(browser, server, silent)
                    back.join()
        except OSError:
            pass  # a browser that goes away


def _pass_on(source: socket.socket, sink: socket.socket, silent: threading.Event) -> None:
    try:
        while data := source.recv(65536):
            if not silent.is_set():
                sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
