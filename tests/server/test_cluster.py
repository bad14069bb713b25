"""Several processes of ``dcc serve`` on one canvas, through a real NATS JetStream."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dcc import reasons
from dcc.core.canvas import unpack_pixels
from dcc.protocol import codec
from dcc.protocol.messages import Acknowledged, Changes, Rejected, Users, Welcome, WholeBoard
from dcc.record.maintenance import verify
from tests.support import websocket
from tests.support.engine import Engine
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, Peer, ServerProcess, Version1Process
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
        self.answers: dict[int, Acknowledged | Rejected] = {}
        self.canvas_id = ""
        self.users = 0
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
            case WholeBoard():
                self._colours = bytearray(message.colours)
                self._show(message.sequence)
            case Changes():
                for cell, colour in unpack_pixels(message.pixels):
                    self._colours[cell] = colour
                self._show(message.sequence)
            case Users():
                self.users = message.connected
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


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with Engine() as engine, ExitStack() as stack:
        yield Servers(engine, tmp_path, stack)


def _compare(watchers: list[Watcher]) -> None:
    """Make sure that at each sequence all have shown the same."""
    shown: dict[int, bytes] = {}
    for watcher in watchers:
        for sequence, colours in watcher.boards.items():
            assert shown.setdefault(sequence, colours) == colours, f"two boards as of {sequence}"


def test_painters_and_viewers_of_every_kind_share_a_board_through_two_servers(servers: Servers) -> None:
    one, two = servers.start("one", "--http", "0"), servers.start("two", "--http", "0")
    watchers = [servers.watch(one), servers.watch(two), servers.watch_web(one), servers.watch_web(two)]
    with Version1Process(one.port) as old, Version1Process(two.port) as other:
        for number in range(50):
            for position, watcher in enumerate(watchers):
                watcher.ask(number, (number * 7 + position, position), (number, 7 - position))
            old.paint(0, 1, "red")
            other.paint(1, 0, "black")
        for watcher in watchers:
            assert all(isinstance(watcher.answer(number), Acknowledged) for number in range(50))
            watcher.until(lambda watcher=watcher: watcher.sequence == 50 * 10)
        _compare(watchers)
        while old.board() != other.board():
            pass
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def test_nothing_is_lost_or_doubled_when_a_server_is_killed_in_the_middle(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    first, second = servers.watch(one), servers.watch(two)
    for number in range(200):
        first.ask(number, (number, 3))
        second.ask(number, (number, 5))
        if number == 100:
            first.answer(50)
            one.process.kill()
            break
    acknowledged = max(answer.sequence for answer in first.answers.values() if isinstance(answer, Acknowledged))
    second.until(lambda: second.sequence >= acknowledged)
    one.close()
    one = servers.start("one")
    third = servers.watch(one, held=first.boards[first.sequence], desde=first.sequence, lienzo=first.canvas_id)
    third.ask(1, (5, 5))
    answer = third.answer(1)
    assert isinstance(answer, Acknowledged)
    last = second.answer(100)
    assert isinstance(last, Acknowledged)
    for watcher in (second, third):
        watcher.until(lambda watcher=watcher: watcher.sequence >= max(answer.sequence, last.sequence))
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def test_paints_are_refused_while_the_engine_is_away_and_go_on_by_themselves(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    watchers = [servers.watch(one), servers.watch(two)]
    watchers[0].ask(1, (1, 1))
    watchers[0].answer(1)
    servers.engine.kill(0)
    refused = watchers[1]
    number = 2
    refused.ask(number, (2, 2))
    while not isinstance(refused.answer(number), Rejected):
        number += 1
        refused.ask(number, (number % CELLS, 2))
    assert refused.answers[number].code == reasons.LOG_AWAY.code
    servers.engine.start(0)
    answer: object = None
    while not isinstance(answer, Acknowledged):
        number += 1
        refused.ask(number, (number % CELLS, 4))
        answer = refused.answer(number)
    for watcher in watchers:
        watcher.until(lambda watcher=watcher: watcher.sequence >= answer.sequence)
    _compare(watchers)
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def test_nothing_is_lost_while_the_nodes_of_the_engine_are_killed_in_turn(tmp_path: Path) -> None:
    with Engine(3) as engine, ExitStack() as stack:
        servers = Servers(engine, tmp_path, stack)
        one, two = servers.start("one"), servers.start("two")
        watchers = [servers.watch(one), servers.watch(two)]
        number = 0
        for node in range(3):
            engine.kill(node)
            acknowledged = 0
            while acknowledged < 5:  # refused for some seconds, until there is a leader again
                number += 1
                for position, watcher in enumerate(watchers):
                    watcher.ask(number, (number % WIDTH + position * WIDTH, node))
                acknowledged += all(isinstance(watcher.answer(number), Acknowledged) for watcher in watchers)
            engine.start(node)
            engine.wait_until_whole("DCC_shared", (node + 1) % 3)
        last = max(
            answer.sequence
            for watcher in watchers
            for answer in watcher.answers.values()
            if isinstance(answer, Acknowledged)
        )
        for watcher in watchers:
            watcher.until(lambda watcher=watcher: watcher.sequence >= last)
        _compare(watchers)
        one.stop()
        two.stop()
        assert servers.copies_are_equal()


def test_the_users_of_all_servers_are_counted(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    watchers = [servers.watch(one), servers.watch(two), servers.watch(two)]
    for watcher in watchers:
        watcher.until(lambda watcher=watcher: watcher.users == 3)
    two.process.kill()
    watchers[0].until(lambda: watchers[0].users == 1)
    one.stop()


def test_a_log_is_not_repaired_while_a_server_runs_that_goes_further(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    watchers = [servers.watch(one), servers.watch(two)]
    two.stop()
    watchers[0].ask(1, (1, 1))
    watchers[0].answer(1)
    servers.engine.kill(0)
    shutil.rmtree(servers.engine.folder(0))
    servers.engine.start(0)
    one.wait_for("dcc cluster repair")
    watchers[0].ask(2, (1, 1))
    refused = watchers[0].answer(2)
    assert isinstance(refused, Rejected)
    assert refused.code == reasons.LOG_LOST.code
    address = str(servers.engine.address("shared"))
    status, output = run_dcc("cluster", "repair", address, str(servers.folder / "two.sqlite3"))
    assert status == 1
    assert "goes further" in output
    one.stop()
    status, output = run_dcc("cluster", "repair", address, str(servers.folder / "one.sqlite3"))
    assert status == 0, output
    (servers.folder / "two.sqlite3").unlink()
    one, two = servers.start("one"), servers.start("two")
    last = servers.watch(two)
    last.ask(3, (3, 3))
    answer = last.answer(3)
    assert isinstance(answer, Acknowledged)
    assert answer.sequence == 2
    again = servers.watch(one)
    again.until(lambda: again.sequence == 2)
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def run_dcc(*words: str) -> tuple[int, str]:
    """Run a command, and return its exit status and its output."""
    with LineProcess([DCC, *words], {"DCC_LANG": "en"}) as command:
        return command.finish(), command.output
