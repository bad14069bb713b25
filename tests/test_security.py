"""Promises of SECURITY.md that no other test shows."""

from __future__ import annotations

import re
from pathlib import Path

import dcc
from tests.support.server_process import Peer, WebServer
from tests.support.websocket import get
from tests.support.wire import HELLO_2, RED, paint

ACKNOWLEDGED = b"\x04"
TEXT = (Path(__file__).parent.parent / "SECURITY.md").read_text(encoding="utf-8")


def test_the_supported_version_is_the_one_at_hand() -> None:
    assert re.findall(r"(?m)^\| ([0-9.]+) \(latest", TEXT) == [dcc.__version__.rpartition(".")[0]]


def test_nobody_receives_the_address_of_a_painter(tmp_path: Path) -> None:
    store = str(tmp_path / "board.sqlite3")
    with WebServer("--store", store, language="en") as server, Peer(server.port, source="127.0.0.77") as painter:
        painter.send(HELLO_2)
        painter.send(paint(1, (7, RED)))
        while painter.receive()[:1] != ACKNOWLEDGED:
            pass
        with Peer(server.port) as viewer:
            viewer.send(HELLO_2)
            viewer.send(b'{"comando": "autor", "solicitud": 1, "columna": 7, "fila": 0}')
            received = [viewer.receive()]
            while b'"solicitud": 1' not in received[-1]:
                received.append(viewer.receive())
            viewer.send(b'{"comando": "cerrar"}')
            received += viewer.receive_rest()
        for path in ("/", "/api/info", "/api/pixel?column=7&row=0", "/metrics", "/healthz", "/board.png"):
            status, headers, body = get(server.web_port, path)
            assert status == 200
            received += [body, repr(headers).encode()]
        assert b'"client": 1' in b"".join(received)
        assert not [each for each in received if b"127.0.0.77" in each]
        painter.send(b"?")
        server.wait_for(r"Client 1 \(127\.0\.0\.77:\d+\) is disconnected")
