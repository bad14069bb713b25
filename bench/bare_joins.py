"""The limit for a storm of joining viewers: a loop that accepts, and sends each viewer the same bytes. See
``joins.py``.

    python -m bench.bare_joins WEB FILE

WEB: 1 for viewers that ask for a WebSocket first; the loop answers the request without reading it. Prints "port N".
"""

import selectors
import socket
import sys
from pathlib import Path

from bench.machine import raise_descriptor_limit

_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


class _Viewer:
    def __init__(self, connection: socket.socket, *, web: bool) -> None:
        self.connection = connection
        self.asks = web
        self.rest = memoryview(b"")


def main(web: bool, content: bytes) -> None:
    """Serve until told to end."""
    raise_descriptor_limit()
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    print("port", listener.getsockname()[1], flush=True)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            if key.fileobj is listener:
                _accept_all(listener, selector, web=web)
                continue
            viewer: _Viewer = key.data
            if not viewer.rest:
                if not viewer.connection.recv(4096):
                    selector.unregister(viewer.connection)
                    viewer.connection.close()
                    continue
                viewer.rest = memoryview(_SWITCH if viewer.asks else content)
                viewer.asks = False
            try:
                viewer.rest = viewer.rest[viewer.connection.send(viewer.rest) :]
            except BlockingIOError:
                continue
            wanted = selectors.EVENT_WRITE if viewer.rest else selectors.EVENT_READ
            if wanted != key.events:
                selector.modify(viewer.connection, wanted, viewer)


def _accept_all(listener: socket.socket, selector: selectors.BaseSelector, *, web: bool) -> None:
    while True:
        try:
            connection, _address = listener.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, _Viewer(connection, web=web))


main(sys.argv[1] == "1", Path(sys.argv[2]).read_bytes())
