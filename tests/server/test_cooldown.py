"""The cooldown against whoever wants to paint more: real servers, sockets and records."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from dcc.core.canvas import pack_pixels
from dcc.protocol import codec, version2
from dcc.protocol.messages import Acknowledged, Cooldown, Hello, NamedBoard, Paint, PaintOne, Rejected, ServerMessage
from tests.support.server_process import Peer, WebServer
from tests.support.websocket import BINARY, TEXT, WebSocket, message

CHARGES = 3
LONG_SECONDS = 100_000
CELLS = 50 * 50
REQUESTS = count(1)

Wire = Peer | WebSocket


def send(wire: Wire, payload: bytes) -> None:
    """Send a payload."""
    wire.send(payload if isinstance(wire, Peer) else message(payload))


def receive(wire: Wire) -> ServerMessage:
    """Wait for a message."""
    if isinstance(wire, Peer):
        return codec.decode_server(wire.receive())
    while True:
        opcode, payload = wire.read_frame()
        if opcode in (TEXT, BINARY):
            return codec.decode_server(payload)


def join(server: WebServer, kind: type[Wire] = Peer) -> Wire:
    """Connect, and say hello."""
    wire: Wire = Peer(server.port) if kind is Peer else WebSocket(server.web_port)
    send(wire, version2.encode_command(Hello(2)))
    return wire


def paints(wire: Wire) -> bool:
    """Paint a cell; whether the server takes it."""
    request = next(REQUESTS)
    send(wire, version2.encode_command(Paint(request, pack_pixels([(request % CELLS, 2)]))))
    while True:
        answer = receive(wire)
        if isinstance(answer, Acknowledged | Rejected) and answer.request == request:
            return isinstance(answer, Acknowledged)


def charges_told(wire: Wire) -> int:
    """Wait for news of the cooldown, and return the charges."""
    while not isinstance(news := receive(wire), Cooldown):
        pass
    return news.charges


def close(wire: Wire) -> None:
    """Hang up."""
    (wire.socket if isinstance(wire, Peer) else wire).close()


def test_nobody_gains_by_tabs_by_two_wires_by_version_1_by_connecting_anew_or_by_a_restart(tmp_path: Path) -> None:
    store = ("--store", f"sqlite:{tmp_path / 'dcc.sqlite3'}")
    with WebServer(*store, "--cooldown", str(LONG_SECONDS), "--charges", str(CHARGES)) as server:
        tabs = [join(server, kind) for kind in (Peer, WebSocket) * 10]
        assert sum(paints(tab) for _ in range(2) for tab in tabs) == CHARGES
        for tab in tabs:
            close(tab)
        again = join(server)
        assert charges_told(again) == 0
        assert not paints(again)
        close(again)
        with Peer(server.port) as old:
            old.send(version2.encode_command(PaintOne(49, 49, "green")))
            board = codec.decode_server(old.receive())
            assert isinstance(board, NamedBoard)
            assert board.names[49, 49] == "white"
    with WebServer(*store) as server:  # the cooldown is in the record
        again = join(server, WebSocket)
        assert charges_told(again) == 0
        assert not paints(again)
        close(again)


def test_a_charge_comes_back_in_time_and_the_other_wire_is_told(tmp_path: Path) -> None:
    with WebServer("--cooldown", "1", "--charges", "2") as server:
        painter, viewer = join(server), join(server, WebSocket)
        assert (charges_told(painter), charges_told(viewer)) == (2, 2)
        assert paints(painter)
        assert charges_told(viewer) == 1
        while paints(painter):  # the server is quicker than a charge a second
            pass
        while not paints(viewer):
            pass
        close(painter)
        close(viewer)
