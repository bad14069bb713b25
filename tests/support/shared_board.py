"""Servers that share a canvas through a real NATS JetStream, and clients that note each board that they were shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from dcc.core.canvas import unpack_pixels
from dcc.protocol import codec
from dcc.protocol.messages import Acknowledged, Changes, Rejected, Users, Welcome, WholeBoard
from dcc.record.maintenance import verify
from dcc.record.reader import Reader
from tests.support import websocket
from tests.support.engine import Engine
from tests.support.server_process import PATIENCE_SECONDS, Peer, ServerProcess
from tests.support.websocket import WebSocket
from tests.support.wire import paint

HELLO = {"comando": "nuevo", "version": 2}
WIDTH, HEIGHT = 40, 30
CELLS = WIDTH * HEIGHT


class Watcher:
    """A client of version 2 that notes each board that it has shown.

    :ivar boards: by sequence.
    :ivar sequence: of the board shown now.
    :ivar users: as last told.
    :ivar answers: to its paints, by their numbers.
    """

    def __init__(self, send: Callable[[bytes], None], receive: Callable[[], bytes], **hello: object) -> None:
        self.boards: dict[int, bytes] = {}
        self.sequence = 0
        self.users = 0
        self.answers: dict[int, Acknowledged | Rejected] = {}
        self.canvas_id = ""
        self._send, self._receive = send, receive
        self._colours = bytearray(hello.pop("held", b""))  # type: ignore[arg-type]
        self._changed = threading.Condition()
        send(json.dumps({**HELLO, **hello}).encode())
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                message = codec.decode_server(self._receive())
            except (EOFError, OSError):
                return
            with self._changed:
                self._take(message)
                self._changed.notify_all()

    def _take(self, message: object) -> None:
        match message:
            case Welcome():
                self.canvas_id = message.canvas_id
            case Users():
                self.users = message.connected
            case WholeBoard():
                self._colours = bytearray(message.colours)
                self._show(message.sequence)
            case Changes():
                for cell, colour in unpack_pixels(message.pixels):
                    self._colours[cell] = colour
                self._show(message.sequence)
            case Acknowledged() | Rejected():
                self.answers[message.request] = message

    def _show(self, sequence: int) -> None:
        assert sequence >= self.sequence, "a board of an earlier moment"
        self.sequence = sequence
        self.boards[sequence] = bytes(self._colours)

    def ask(self, request: int, *pixels: tuple[int, int]) -> None:
        """Paint, and wait for nothing."""
        self._send(paint(request, *pixels))

    def answer(self, request: int) -> Acknowledged | Rejected:
        """Wait for the answer to a paint."""
        self.until(lambda: request in self.answers)
        return self.answers[request]

    def until(self, is_done: Callable[[], bool]) -> None:
        """Wait for a state."""
        with self._changed:
            assert self._changed.wait_for(is_done, PATIENCE_SECONDS)


class Servers:
    """Servers that share a canvas.

    :ivar folder: of their copies.
    """

    def __init__(self, engine: Engine, folder: Path, stack: ExitStack) -> None:
        self.engine, self.folder = engine, folder
        self._stack = stack

    def start(self, name: str, *options: str) -> ServerProcess:
        """Start a server with a copy of that name."""
        new = () if any(self.folder.glob("*.sqlite3")) else ("--canvas", f"{WIDTH}x{HEIGHT}")
        address = str(self.engine.address("shared"))
        store = str(self.folder / f"{name}.sqlite3")
        server = ServerProcess("--cluster", address, "--store", store, *new, *options, language="en")
        self._stack.callback(server.close)
        return server

    def watch(self, server: ServerProcess, **hello: object) -> Watcher:
        """Connect a client of version 2."""
        peer = self._stack.enter_context(Peer(server.port))
        return Watcher(peer.send, peer.receive, **hello)

    def watch_web(self, server: ServerProcess) -> Watcher:
        """Connect a client on WebSocket."""
        port = int(server.wait_for(r"Open in a browser: http://[^:]+:(\d+)/")[1])
        client = self._stack.enter_context(WebSocket(port))
        return Watcher(
            lambda payload: client.send(websocket.message(payload)),
            lambda: next(
                payload
                for opcode, payload in iter(client.read_frame, None)
                if opcode in (websocket.TEXT, websocket.BINARY)
            ),
        )

    def copies_are_equal(self) -> bool:
        """Compare the copies of servers that have stopped."""
        checked = [verify(path) for path in self.folder.glob("*.sqlite3")]
        assert all(each.problems == () for each in checked)
        return len({(each.sequence, each.checksum) for each in checked}) == 1

    def recorded_boards(self) -> dict[int, bytes]:
        """Return the board after each stroke of the history, by sequence, from one of the copies."""
        path = min(self.folder.glob("*.sqlite3"))
        with Reader(path) as reader:
            canvas = reader.canvas_at(0)
            boards = {0: bytes(canvas.colours)}
            for stroke in reader.strokes():
                canvas.apply(stroke.pixels)
                boards[stroke.sequence] = bytes(canvas.colours)
        return boards


def compare(watchers: Iterable[Watcher]) -> None:
    """Make sure that at each sequence all have shown the same."""
    shown: dict[int, bytes] = {}
    for watcher in watchers:
        for sequence, colours in watcher.boards.items():
            assert shown.setdefault(sequence, colours) == colours, f"two boards as of {sequence}"
