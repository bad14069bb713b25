"""A reverse proxy in front of a web port, as operators have one: TLS, and the canvas below a path."""

from __future__ import annotations

import socket
import ssl
import threading

import trustme

PREFIX = b"/art/canvas"


class Proxy:
    """Takes ``https://127.0.0.1:PORT/art/canvas/…``, and passes it on as ``/…``; stops as the block ends.

    :ivar url: the address for browsers.
    """

    def __init__(self, web_port: int) -> None:
        self._web_port = web_port
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
                if b"upgrade: websocket" not in head.lower():
                    head = head.replace(b"Connection: keep-alive", b"Connection: close")
                with socket.create_connection(("127.0.0.1", self._web_port)) as server:
                    server.sendall(head)
                    back = threading.Thread(target=_pass_on, args=(server, browser), daemon=True)
                    back.start()
                    _pass_on(browser, server)
                    back.join()
        except OSError:
            pass  # a browser that goes away


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
