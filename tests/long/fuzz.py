"""Broken conversations for a real server, which may end their connections, and nothing else.

    python -m tests.long.fuzz [--inputs N] [--seed N]
    python -m tests.long.fuzz --replay FILE

Recorded conversations are changed at random (:mod:`tests.support.conversations`) and sent over real sockets, on TCP,
WebSocket and HTTP, a batch at a time on as many connections. Meanwhile three neighbours share the board. After every
batch each connection must be closed, and each answer must have been legal. The neighbours must be answered, see their
own paints, and hold the same board as a new client. The server must have no client or socket left, and nothing in its
log but its own lines of information or warning.

If a check fails, the inputs are saved; a single input, if one alone causes the failure. (A seed makes the same inputs
again, except for the sequences of returning clients, which are the board's at that moment.)
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import re
import select
import socket
import struct
import sys
import tempfile
import termios
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

from dcc.client.replica import Replica
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.errors import DccError
from dcc.protocol import codec, version2
from dcc.protocol.frames import FrameDecoder
from dcc.protocol.messages import (
    Acknowledged,
    Author,
    Changes,
    Closing,
    Cooldown,
    Failed,
    Goodbye,
    HeatMap,
    Hello,
    History,
    NamedBoard,
    Paint,
    PaintersMap,
    PaintOne,
    PastBoard,
    Rejected,
    RulesNews,
    ServerMessage,
    Users,
    Welcome,
    WholeBoard,
)
from dcc.record.maintenance import verify
from dcc.record.reader import Reader
from tests.support import websocket
from tests.support.conversations import CANVAS_ID, Input, Mutator, load_corpus, load_inputs, save_inputs
from tests.support.server_process import PATIENCE_SECONDS, Peer, ServerProcess
from tests.support.websocket import WebSocket, take_frame

WIDTH, HEIGHT = 16, 12
BATCH = 128
MEBIBYTE = 2**20
CHECK_EVERY = 16
"""Batches between two readings of the server's memory."""

WARM_UP = 100_000
"""Inputs until the bounded caches of the server are full, such as its latest 10,000 painters, and the 10,000 names of
headers that Twisted keeps."""

GROWTH_BYTES = 8 * MEBIBYTE
"""Most growth of the server's memory from then on."""

FAULTS = (AssertionError, DccError, OSError, EOFError)
"""Exceptions that show a fault of the server."""

LONGEST_ANSWER = 2**26
LINES_KEPT = 300
_LISTEN = "tcp:0:interface=127.0.0.1:backlog=1024"

_OWN_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} \[(-|[\w.]+#(info|warn))\] \S")
"""The beginning of a harmless line in the log. Bytes of a peer must not begin a line."""

_HTTP_HEAD = re.compile(rb"HTTP/1\.[01] (\d{3}) [^\r\n]*\r\n((?:[\w-]+: [^\r\n]*\r\n)*)\r\n")
_HTTP_STATUSES = {101, 200, 304, 400, 403, 404, 405, 408, 413, 414, 417, 421, 426, 431, 501, 505}
_CLOSE_CODES = {1000, 1002, 1007, 1009}


class Server(ServerProcess):
    """A real server with all of its ports and a record on the disk; checks its log line by line.

    :ivar web_port: on 127.0.0.1.
    :ivar strange: unexpected lines of the log.
    """

    def __init__(self, path: Path) -> None:
        """:param path: of the record."""
        self.strange: list[str] = []
        self._is_reading = False
        options = ("--http", _LISTEN, "--canvas", f"{WIDTH}x{HEIGHT}", "--store", f"sqlite:{path}")
        super().__init__(*options, "--port", _LISTEN, language="en")
        self.web_port = int(self.wait_for(r"http://127\.0\.0\.1:(\d+)/$")[1])

    def _read(self) -> None:
        """Keep the latest lines alone: a million clients have some ten million."""
        assert self.process.stdout is not None
        pipe, rest = self.process.stdout.fileno(), b""
        while True:
            select.select([pipe], [], [])
            with self._changed:
                self._is_reading = True
            data = os.read(pipe, 2**16)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            self._take([line.decode("utf-8", "backslashreplace") for line in lines])
        self._take([rest.decode()] if rest else [])
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, lines: list[str]) -> None:
        self.strange += [line for line in lines if not _OWN_LINE.match(line)]
        with self._changed:
            self.lines[:] = (self.lines + lines)[-LINES_KEPT:]
            self._is_reading = False
            self._changed.notify_all()

    def read_so_far(self) -> None:
        """Wait until every line that was written before is read: twistd writes a line before it goes on."""
        assert self.process.stdout is not None
        pipe = self.process.stdout.fileno()

        def is_read() -> bool:
            waiting = int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
            return not (self._is_reading or waiting) or self._ended

        with self._changed:
            assert self._changed.wait_for(is_read, PATIENCE_SECONDS)

    def memory_bytes(self) -> int:
        """Return the resident memory of the process."""
        match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert match is not None
        return int(match[1]) * 1024

    def sockets(self) -> int:
        """Return the number of open sockets."""
        count = 0
        folder = f"/proc/{self.process.pid}/fd"
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):
                count += os.readlink(f"{folder}/{name}").startswith("socket:")
        return count


@lru_cache(4096)
def _decode(payload: bytes) -> ServerMessage:
    return codec.decode_server(payload)


# --- the answers ------------------------------------------------------------------------------------


class Judge:
    """Reads the server's answers on a connection, and fails if they break the protocol.

    :ivar seen: counts of answers, by kind.
    """

    def __init__(self, seen: Counter[str]) -> None:
        self._seen = seen
        self._replica = Replica()
        self._over = False
        self._failed = False

    def judge(self, wire: str, data: bytes) -> None:
        """Check all bytes received on a connection, whose end may be missing.

        :raises AssertionError: an answer is not legal.
        :raises DccError: an answer breaks the protocol, or does not fit the answers before.
        """
        if wire == "tcp":
            decoder = FrameDecoder(LONGEST_ANSWER)
            decoder.feed(data)
            while (payload := decoder.next_payload()) is not None:
                self.take(payload)
        elif wire == "http":
            self._judge_http(data)
        else:
            self._judge_websocket(data)

    def take(self, payload: bytes) -> None:
        """Check a payload."""
        message = _decode(payload)
        self._seen[type(message).__name__] += 1
        assert not self._over, f"{message} after the goodbye"
        assert not self._failed or isinstance(message, Closing), f"{message} after the reason of a goodbye"
        replica = self._replica
        match message:
            case NamedBoard():
                assert replica.version != 2, "a board of version 1 in version 2"
                assert len(message.names) == WIDTH * HEIGHT, "a part of a board"
                replica.version = 1
            case Closing():
                self._over = True
            case _:
                assert replica.version != 1, f"{message} in version 1"
                assert isinstance(message, Welcome) or replica.version == 2, f"{message} before the welcome"
                self._take_of_version_2(message)

    def _take_of_version_2(self, message: ServerMessage) -> None:
        replica = self._replica
        match message:
            case Welcome():
                assert (message.width, message.height, message.palette) == (WIDTH, HEIGHT, AF06), message
            case Failed():
                self._failed = True
            case Acknowledged():
                assert message.sequence <= replica.sequence, "acknowledged before it was shown"
            case WholeBoard() | PastBoard():
                assert len(message.colours) == WIDTH * HEIGHT, message
                assert max(message.colours) < len(AF06), message
            case Changes() if not replica.is_live:
                # The changes apply to the board that the client named.
                replica.apply(WholeBoard(0, bytes(WIDTH * HEIGHT)))
            case Changes() | Rejected() | History() | Author() | Users() | RulesNews() | Cooldown():
                pass
            case HeatMap() | PaintersMap():
                cells = message.times if isinstance(message, HeatMap) else message.numbers
                assert len(cells) == WIDTH * HEIGHT, message
            case _:
                raise AssertionError(f"the server sent {message}")
        replica.apply(message)

    def _judge_websocket(self, data: bytes) -> None:
        head = _HTTP_HEAD.match(data)
        if head is None or head[1] != b"101":
            self._judge_http(data)
            return
        self._seen["HTTP 101"] += 1
        data = data[head.end() :]
        closed = False
        while (taken := take_frame(data)) is not None:
            (opcode, payload), data = taken
            assert not closed, "a frame after the closing one"
            if opcode == websocket.CLOSE:
                closed = True
                code = int.from_bytes(payload[:2], "big")
                assert not payload or code in _CLOSE_CODES or 3000 <= code <= 4999, code
                payload[2:].decode()
                self._seen[f"WebSocket closed {code}"] += 1
            elif opcode == websocket.PONG:
                self._seen["WebSocket pong"] += 1
            elif opcode != websocket.PING:
                assert opcode == (websocket.TEXT if payload.startswith(b"{") else websocket.BINARY), opcode
                self.take(payload)

    def _judge_http(self, data: bytes) -> None:
        while data:
            head = _HTTP_HEAD.match(data)
            if head is None:
                assert b"HTTP/1."[: len(data)] == data[:7], f"no head of HTTP: {data[:200]!r}"
                assert b"\r\n\r\n" not in data, f"a head of HTTP that cannot be read: {data[:200]!r}"
                return
            status, headers = int(head[1]), head[2].lower()
            assert status in _HTTP_STATUSES or status == 100, data[:200]
            self._seen[f"HTTP {status}"] += 1
            length = re.search(rb"content-length: (\d+)\r\n", headers)
            assert length is not None or status in (100, 101, 304, 400, 408), headers
            data = data[head.end() :]
            if length is not None and not data.startswith(b"HTTP/1."):  # as after HEAD
                data = data[int(length[1]) :]
            if b"connection: close\r\n" in headers:
                assert not data, "more than the last answer"


# --- the neighbours -----------------------------------------------------------------------------------


class Neighbour:
    """A well-behaved client: paints a pixel, and knows the board.

    :ivar replica: the client's board.
    """

    def __init__(self, server: Server) -> None:
        self.replica = Replica()
        self._answered = -1
        self._requests = 0
        self.connect(server)
        self.send(version2.encode_command(Hello(2, name="neighbour")))
        self.until(lambda: self.replica.is_live)

    def connect(self, server: Server) -> None:
        """Connect."""
        self._peer = Peer(server.port)
        self.socket = self._peer.socket

    def send(self, payload: bytes) -> None:
        """Send a payload."""
        self._peer.send(payload)

    def receive(self) -> bytes:
        """Wait for a payload."""
        return self._peer.receive()

    def until(self, condition: Callable[[], bool]) -> None:
        """Take messages until something holds."""
        while not condition():
            message = _decode(self.receive())
            assert not isinstance(message, Closing | Failed | Rejected), message
            self.replica.apply(message)
            if isinstance(message, Acknowledged):
                self._answered = message.request

    def paint(self, cell: int, colour: int) -> None:
        """Paint a pixel, and wait for the acknowledgement."""
        self._requests += 1
        self.send(version2.encode_command(Paint(self._requests, pack_pixels([(cell, colour)]))))
        self.until(lambda: self._answered == self._requests)

    def board(self) -> bytes:
        """Return the board."""
        assert self.replica.canvas is not None
        return bytes(self.replica.canvas.colours)

    def leave(self) -> int:
        """Say goodbye.

        :return: the id of the client.
        """
        self.send(version2.encode_command(Goodbye()))
        while not isinstance(_decode(self.receive()), Closing):
            pass
        self.socket.close()
        assert self.replica.client_id is not None
        return self.replica.client_id


class WebNeighbour(Neighbour):
    """The same by WebSocket."""

    def connect(self, server: Server) -> None:
        """Connect."""
        self._web = WebSocket(server.web_port)
        self.socket = self._web.socket

    def send(self, payload: bytes) -> None:
        """Send a message."""
        self._web.send(websocket.message(payload))

    def receive(self) -> bytes:
        """Wait for a message."""
        while True:
            opcode, payload = self._web.read_frame()
            assert opcode != websocket.CLOSE, payload
            if opcode == websocket.PING:
                self._web.send(websocket.frame(websocket.PONG, payload))
            else:
                return payload


class OldNeighbour:
    """A neighbour of version 1."""

    def __init__(self, server: Server) -> None:
        self._peer = Peer(server.port)

    def paint(self, cell: int, colour: int) -> None:
        """Paint a pixel."""
        row, column = divmod(cell, WIDTH)
        self._peer.send(version2.encode_command(PaintOne(column, row, AF06[colour].name)))

    def until_board(self, expected: bytes) -> None:
        """Wait until this board arrives."""
        names = {divmod(cell, WIDTH)[::-1]: AF06[colour].name for cell, colour in enumerate(expected)}
        while (board := _decode(self._peer.receive())) != NamedBoard(names):
            assert isinstance(board, NamedBoard), board

    def close(self) -> None:
        """Hang up."""
        self._peer.socket.close()


# --- the fuzzer ---------------------------------------------------------------------------------------


class Fuzzer:
    """A server, its neighbours, and the inputs.

    :ivar counts: counts of the server's answers so far, by kind.
    :ivar sequence: the board's, after the last batch.
    """

    def __init__(self, folder: Path, random: Random) -> None:
        self.counts: Counter[str] = Counter()
        self.sequence = 0
        self._random = random
        self._path = folder / "dcc.sqlite3"
        self.server = Server(self._path)
        try:
            self._painter = Neighbour(self.server)
            self._viewer = WebNeighbour(self.server)
            self._old = OldNeighbour(self.server)
            with Peer(self.server.port) as peer:
                peer.send(version2.encode_command(Hello(2)))
                welcome = codec.decode_server(peer.receive())
                assert isinstance(welcome, Welcome)
                self._canvas_id = welcome.canvas_id.encode()
            self._check_board()
            self._sockets = self.server.sockets()
        except BaseException:
            self.server.close()
            raise

    def close(self) -> None:
        """Stop the server, and check its record.

        :raises AssertionError: the log has a fault, the exit status is not 0, or the record is not sound.
        """
        for neighbour in (self._painter.socket, self._viewer.socket):
            neighbour.close()
        self._old.close()
        self.server.stop()
        assert not self.server.strange, self.server.strange[:20]
        problems = verify(self._path).problems
        assert not problems, problems
        with Reader(self._path) as reader:
            recorded = bytes(reader.canvas_at(reader.last_sequence()).colours)
        assert recorded == self._painter.board(), "the record has another board than was shown"

    def run(self, inputs: Sequence[Input], meanwhile: Callable[[], list[Input]] = list) -> list[Input]:
        """Send a batch, and check everything.

        :param meanwhile: called when the whole batch is sent.
        :return: the result of ``meanwhile``.
        :raises AssertionError: a check failed. So do other exceptions.
        """
        connections = [self._open(each) for each in inputs]
        heads = [self._read_head(each, connection) for each, connection in zip(inputs, connections, strict=True)]
        for number in range(1, max(len(each.pieces) for each in inputs)):
            for each, connection in zip(inputs, connections, strict=True):
                if number < len(each.pieces):
                    self._send(connection, each.pieces[number])
        for each, connection in zip(inputs, connections, strict=True):
            if each.ending == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            elif each.ending == "at once":
                _hang_up(connection)
        made = meanwhile()
        self._painter.paint(self._random.randrange(WIDTH * HEIGHT), self._random.randrange(len(AF06)))
        for each, connection, head in zip(inputs, connections, heads, strict=True):
            if each.ending != "reset":
                if each.ending == "when answered":
                    _hang_up(connection)
                self._judge(each, head + _read_to_end(connection))
                connection.close()
        self._check_board()
        self.counts["inputs"] += len(inputs)
        return made

    def _open(self, each: Input) -> socket.socket:
        connection = socket.create_connection(
            ("127.0.0.1", self.server.port if each.wire == "tcp" else self.server.web_port), PATIENCE_SECONDS
        )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        if each.pieces:
            self._send(connection, each.pieces[0])
        return connection

    def _send(self, connection: socket.socket, piece: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # closed because of earlier bytes
            connection.sendall(piece.replace(CANVAS_ID, self._canvas_id))

    def _read_head(self, each: Input, connection: socket.socket) -> bytes:
        """The answer to the opening of a WebSocket: no browser says anything before."""
        data = b""
        if each.wire == "websocket" and each.pieces[0].endswith(b"\r\n\r\n"):
            while b"\r\n\r\n" not in data and (piece := _read(connection)):
                data += piece
        return data

    def _judge(self, each: Input, data: bytes) -> None:
        try:
            Judge(self.counts).judge(each.wire, data)
        except (AssertionError, DccError, UnicodeDecodeError) as error:
            raise AssertionError(f"the answer to {each} is {data!r}: {error}") from error

    def _check_board(self) -> None:
        """Paint, with only the neighbours left: all neighbours and a newcomer must see the same board."""
        cell, colour = self._random.randrange(WIDTH * HEIGHT), self._random.randrange(len(AF06))
        self._painter.paint(cell, colour)
        board = self._painter.board()
        assert board[cell] == colour, "a pixel that was acknowledged is not seen"
        replica = self._painter.replica
        self._viewer.until(lambda: self._viewer.replica.sequence >= replica.sequence)
        assert self._viewer.replica.sequence == replica.sequence, "somebody else paints"
        assert self._viewer.board() == board, "two neighbours hold different boards"
        self._old.paint(cell, colour)
        self._old.until_board(board)
        newcomer = Neighbour(self.server)
        assert newcomer.board() == board, "the server's board is another than it told of"
        self.sequence = newcomer.replica.sequence
        newcomer.leave()
        self._check_log()

    def _check_log(self) -> None:
        self.server.read_so_far()
        assert not self.server.strange, "in the log: " + "\n".join(self.server.strange[:40])

    def check_rest(self) -> None:
        """Make sure that nothing is left of departed clients, as soon as the server has noticed their departure."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (left := self._count_left()) != (3, self._sockets):
            assert time.monotonic() < deadline, f"{left} clients and sockets where there were 3 and {self._sockets}"
            self._painter.paint(0, 0)

    def _count_left(self) -> tuple[int, int]:
        status, _headers, body = websocket.get(self.server.web_port, "/metrics")
        assert status == 200, body
        clients = sum(int(float(count)) for count in re.findall(rb"dcc_clients\{.*\} (\S+)", body))
        return clients, self.server.sockets()


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the server has
        connection.shutdown(socket.SHUT_WR)


def _read(connection: socket.socket) -> bytes:
    """Read available bytes; nothing at the end."""
    try:
        return connection.recv(2**16)
    except ConnectionResetError:
        return b""


def _read_to_end(connection: socket.socket) -> bytes:
    pieces = []
    while piece := _read(connection):
        pieces.append(piece)
    return b"".join(pieces)


def fuzz(count: int, seed: int, told: Callable[[str], None] = lambda line: None) -> Counter[str]:
    """Send a number of inputs.

    :param told: called with the progress, now and then.
    :return: counts of the server's answers, by kind.
    :raises AssertionError: a check failed; the message names a file with the inputs.
    """
    mutator = Mutator(load_corpus(), Random(seed))
    left = count

    def make_batch() -> list[Input]:
        nonlocal left
        size = min(BATCH, left)
        left -= size
        mutator.sequence = fuzzer.sequence
        return [mutator.next_input() for _ in range(size)]

    with tempfile.TemporaryDirectory(prefix="dcc-fuzz-") as name:
        fuzzer = Fuzzer(Path(name), Random(seed))
        before: list[Input] = []
        batch = make_batch()
        warm_bytes = memory_bytes = 0
        try:
            while batch:
                following = fuzzer.run(batch, make_batch)
                before, batch = batch, following
                done = fuzzer.counts["inputs"]
                if done // BATCH % CHECK_EVERY == 0 or not batch:
                    fuzzer.check_rest()
                    memory_bytes = fuzzer.server.memory_bytes()
                    if done <= WARM_UP or not warm_bytes:
                        warm_bytes = memory_bytes
                    told(f"{done:,} inputs, memory {memory_bytes / MEBIBYTE:.1f} MiB")
                    grown = memory_bytes - warm_bytes
                    assert grown <= GROWTH_BYTES, f"memory grew from {warm_bytes:,} by {grown:,} bytes"
            fuzzer.close()
        except FAULTS as error:
            fuzzer.server.close()
            told(f"with seed {seed}, after {fuzzer.counts['inputs']:,} inputs: {error}")
            raise AssertionError(f"seed {seed}: {_save([*before, *batch])}") from error
        finally:
            fuzzer.server.close()
    fuzzer.counts["KiB of memory grown since it was warm"] = (memory_bytes - warm_bytes) // 1024
    return fuzzer.counts


def _save(suspects: Sequence[Input]) -> str:
    """Save the first input that fails alone, or all of these inputs."""
    for number, each in enumerate(suspects):
        error = replay([each])
        if error is not None:
            path = _save_as([each])
            return f"input {number} alone, now in {path}, does it: {error}"
    return f"no input alone does it; the last ones are in {_save_as(suspects)}"


def _save_as(inputs: Sequence[Input]) -> Path:
    handle, name = tempfile.mkstemp(prefix="dcc-fuzz-", suffix=".json")
    os.close(handle)
    save_inputs(Path(name), inputs)
    return Path(name)


def replay(inputs: Sequence[Input]) -> BaseException | None:
    """Send inputs to a new server, all at once.

    :return: the failure, if any.
    """
    with tempfile.TemporaryDirectory(prefix="dcc-fuzz-") as name:
        fuzzer = Fuzzer(Path(name), Random(0))
        try:
            fuzzer.run(inputs)
            fuzzer.check_rest()
            fuzzer.close()
        except FAULTS as error:
            return error
        finally:
            fuzzer.server.close()
    return None


def main() -> None:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.long.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=Random().randrange(2**32))
    parser.add_argument("--replay", type=Path, metavar="FILE", help="send what was saved once more")
    options = parser.parse_args()
    if options.replay is not None:
        error = replay(load_inputs(options.replay))
        if error is not None:
            raise error
        print("nothing is wrong")
        return
    print(f"seed {options.seed}")
    began = time.monotonic()
    counts = fuzz(
        options.inputs, options.seed, lambda line: print(f"{time.monotonic() - began:8.0f} s  {line}", flush=True)
    )
    for name, count in sorted(counts.items()):
        print(f"{count:12,}  {name}")
    print(f"{time.monotonic() - began:12,.0f}  seconds")


if __name__ == "__main__":
    main()
