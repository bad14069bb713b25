"""A crowd for the soak: people and programs of every kind that come and go. Their behaviour counts, not their cost."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import AF06
from dcc.errors import DccError
from dcc.protocol import codec, version1, version2
from dcc.protocol.frames import PREFIX_BYTES, frame
from dcc.protocol.messages import (
    Acknowledged,
    AskAuthor,
    AskHistory,
    Author,
    Changes,
    Closing,
    Goodbye,
    Hello,
    History,
    NamedBoard,
    Paint,
    PaintOne,
    PastBoard,
    Rejected,
    ServerMessage,
    Welcome,
    WholeBoard,
)

HOST = "127.0.0.1"
PEERS_PER_ADDRESS = 30
"""A server may count its clients by address."""
PATIENCE_SECONDS = 30.0
_PASSING_PIXELS = 60
_NAMES = ("", "Ada", "Grace")
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: to close is to reset."""

Lost = (OSError, EOFError, asyncio.TimeoutError, WebSocketException)
"""The other side is gone, or silent."""


class Wrong(Exception):
    """The server broke a rule."""


def address(number: int) -> tuple[str, int]:
    """Return the loopback address of this client, which few other clients share."""
    place = number // PEERS_PER_ADDRESS % (1 << 15)
    return f"127.9.{place >> 8}.{(place & 0xFF) + 1 if place & 0xFF < 255 else 1}", 0


# --- the wires -----------------------------------------------------------------------------------


class Wire(Protocol):
    """Send and receive payloads."""

    async def send(self, payload: bytes) -> None:
        """Send a message."""

    async def receive(self) -> bytes:
        """Return the next message; raise one of :data:`Lost`."""

    async def close(self) -> None:
        """Close the connection in good order."""

    def reset(self) -> None:
        """Be gone at once."""


class TcpWire:
    """See ``docs/protocol.md``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, payload: bytes) -> None:
        """Send a frame."""
        self._writer.write(frame(payload))
        await self._writer.drain()

    async def receive(self) -> bytes:
        """The next frame's payload."""
        prefix = await self._reader.readexactly(PREFIX_BYTES)
        return await self._reader.readexactly(int.from_bytes(prefix, "little"))

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    def reset(self) -> None:
        """Close the connection with a reset, an error for the other side."""
        reset(self._writer)


class WebWire:
    """A WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, payload: bytes) -> None:
        """Send a message: JSON as text."""
        await self._socket.send(payload, text=payload.startswith(b"{"))

    async def receive(self) -> bytes:
        """The next message."""
        return await self._socket.recv(decode=False)

    async def close(self) -> None:
        """Close the connection with WebSocket's handshake."""
        await self._socket.close()

    def reset(self) -> None:
        """Be gone without a word."""
        self._socket.transport.abort()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection with a reset, an error for the other side."""
    own: socket.socket | None = writer.get_extra_info("socket")
    if own is not None and own.fileno() >= 0:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


# --- visitors --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Memory:
    """A board from an earlier visit."""

    canvas_id: str
    sequence: int
    colours: bytes


class Crowd:
    """All visitors, and their shared state.

    :ivar happened: counts of events, by name.
    :ivar answer_seconds: how long steady painters waited, since somebody last looked.
    :ivar faults: broken rules, in words.
    :ivar people: the visitors that hold a board now.
    :ivar over: true when painting and leaving end; connected visitors stay.
    """

    def __init__(self, port: int, web_port: int, random: Random) -> None:
        self.port = port
        self.web_port = web_port
        self.random = random
        self.happened: Counter[str] = Counter()
        self.answer_seconds: list[float] = []
        self.faults: list[str] = []
        self.people: set[Viewer | OldViewer] = set()
        self.over = asyncio.Event()
        self.memories: list[Memory] = []
        self._number = 0

    async def keep_coming(self, visit: Callable[[], Awaitable[None]], pause: float = 0.0) -> None:
        """Repeat a kind of visit until the soak is over.

        :param pause: seconds between two visits, on the average.
        """
        while not self.over.is_set():
            try:
                await visit()
            except (Wrong, DccError, *Lost) as error:
                self.faults.append(f"{visit.__qualname__}: {error!r}")
                await self.wait(1.0)
            if pause:
                await self.wait(self.random.expovariate(1 / pause))

    async def wait(self, seconds: float) -> None:
        """Wait for a time, or until the soak is over."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)

    def next_address(self) -> tuple[str, int]:
        """For somebody new."""
        self._number += 1
        self.happened["connections"] += 1
        return address(self._number)

    async def open_tcp(self) -> TcpWire:
        """Let a visitor come on TCP."""
        return TcpWire(*await asyncio.open_connection(HOST, self.port, local_addr=self.next_address()))

    async def open_web(self) -> WebWire:
        """Let a visitor come on WebSocket."""
        return WebWire(
            await connect(
                f"ws://{HOST}:{self.web_port}/ws",
                local_addr=self.next_address(),
                compression=None,
                max_size=None,
                ping_interval=None,
                open_timeout=PATIENCE_SECONDS,
                proxy=None,
            )
        )

    # --- visits ----------------------------------------------------------------------------------

    async def view_by_tcp(self) -> None:
        """Let a viewer come, with random behaviour."""
        await Viewer(self, await self.open_tcp()).live(self.random.expovariate(1 / 15))

    async def view_by_web(self) -> None:
        """The same in a browser."""
        await Viewer(self, await self.open_web()).live(self.random.expovariate(1 / 15))

    async def paint_by_tcp(self) -> None:
        """Let a steady painter come."""
        await Viewer(self, await self.open_tcp(), paints_a_second=5.0).live(self.random.expovariate(1 / 60))

    async def paint_by_web(self) -> None:
        """The same in a browser."""
        await Viewer(self, await self.open_web(), paints_a_second=5.0).live(self.random.expovariate(1 / 60))

    async def view_as_of_old(self) -> None:
        """A published client."""
        await OldViewer(self, await self.open_tcp()).live(self.random.expovariate(1 / 15))

    async def paint_and_go(self) -> None:
        """Let a visitor paint once and ask for the author; the server's record remembers painters, for either."""
        wire = await self.open_tcp()
        await wire.send(version2.encode_command(Hello(2, name=self.random.choice(_NAMES))))
        pixels = [(cell, self.random.randrange(8)) for cell in range(_PASSING_PIXELS)]
        await wire.send(version2.encode_command(Paint(1, pack_pixels(pixels))))
        while not isinstance(codec.decode_server(await wire.receive()), Acknowledged):
            pass
        await wire.send(version2.encode_command(AskAuthor(2, 0, 0)))
        while not isinstance(codec.decode_server(await wire.receive()), Author):
            pass
        wire.reset()

    async def browse(self) -> None:
        """Send a browser's requests, on one connection."""
        cell = f"column={self.random.randrange(10)}&row={self.random.randrange(10)}"
        paths = ["/", "/main.js", "/page.css", "/board.png", "/board.png?scale=4", "/api/info", f"/api/pixel?{cell}"]
        reader, writer = await asyncio.open_connection(HOST, self.web_port, local_addr=self.next_address())
        try:
            for path in self.random.sample(paths, 4):
                status, _body = await ask(reader, writer, path)
                if status not in (200, 404):
                    raise Wrong(f"{path} was answered with {status}")
                self.happened["requests"] += 1
        finally:
            writer.close()

    async def misbehave(self) -> None:
        """Connect as a peer that is no client, to either port."""
        random = self.random
        port = random.choice((self.port, self.port, self.web_port))
        reader, writer = await asyncio.open_connection(HOST, port, local_addr=self.next_address())
        self.happened["bad peers"] += 1
        try:
            said = random.choice(_NONSENSE)(random)
            if random.random() < 0.1:  # a byte now and then
                for byte in said[:20]:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await self.wait(0.1)
            else:
                writer.write(said)
            if random.random() < 0.7:
                await asyncio.wait_for(reader.read(), random.uniform(0.1, 3.0))
        except Lost:
            pass
        finally:
            if random.random() < 0.5:
                reset(writer)
            writer.close()


def _garbage(random: Random) -> bytes:
    return random.randbytes(random.randrange(1, 5000))


_OPENING = b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
_NONSENSE: list[Callable[[Random], bytes]] = [
    _garbage,
    lambda random: frame(_garbage(random)),
    lambda _random: b"",
    lambda random: random.randrange(1 << 17, 1 << 40).to_bytes(PREFIX_BYTES, "little") + b"x" * 100,
    lambda random: frame(b'{"comando": "nuevo", "version": 2}')[: random.randrange(1, 30)],
    lambda _random: frame(b'{"comando": "nuevo", "version": 2}') + frame(b"\x03\x00"),
    lambda _random: frame(b'{"comando": "nuevo", "version": 2}') + frame(b'{"comando": "nuevo", "version": "x"}'),
    lambda _random: frame(b'{"comando": "bailar"}'),
    lambda _random: frame(b'{"comando": ' + b"[" * 5000),
    lambda _random: frame(version2.encode_command(Paint(1, pack_pixels([(0, 1)])))),
    lambda _random: b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    lambda _random: b"POST /board.png HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 2000,
    lambda _random: b"GET /" + b"a" * 20000,
    lambda _random: _OPENING + b"Sec-WebSocket-Version: 1\r\n\r\n",
    lambda _random: _OPENING + b"Origin: http://elsewhere.example\r\n\r\n",
    lambda random: (
        _OPENING
        + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        + _garbage(random)
    ),
]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, bytes]:
    """Send an HTTP request.

    :return: the status and the body.
    :raises Wrong: the answer is not HTTP.
    """
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
    if "content-length" not in fields:
        raise Wrong(f"{path} was answered without a length")
    return int(head.split()[1]), await reader.readexactly(int(fields["content-length"]))


# --- people --------------------------------------------------------------------------------------


class Viewer:
    """Somebody of version 2: looks on, asks, paints now and then, stops reading for a while, leaves in some way.

    :ivar sequence: the sequence of the visitor's board.
    :ivar canvas: the board.
    """

    def __init__(self, crowd: Crowd, wire: Wire, paints_a_second: float = 0.0) -> None:
        self.sequence = -1
        self.canvas: Canvas | None = None
        self._crowd = crowd
        self._wire = wire
        self._paints_a_second = paints_a_second
        self._canvas_id = ""
        self._memory: Memory | None = None
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._ready = asyncio.Event()
        self._request = 0
        self._asked: dict[int, tuple[float, asyncio.Future[ServerMessage]]] = {}
        self._goodbye = asyncio.Event()

    async def live(self, seconds: float) -> None:
        """Come, stay for a time, and leave; or stay to the end.

        :raises Wrong: the server did.
        """
        crowd = self._crowd
        reading = asyncio.ensure_future(self._read())
        acting = asyncio.ensure_future(self._act(seconds))
        try:
            await asyncio.wait({reading, acting}, return_when=asyncio.FIRST_COMPLETED)
            if not acting.done():
                reading.result()
                raise Wrong("the server ended a connection")
            acting.result()
        finally:
            reading.cancel()
            acting.cancel()
            crowd.people.discard(self)
            await asyncio.gather(reading, acting, return_exceptions=True)
            self._wire.reset()

    @property
    def board(self) -> bytes:
        """Return the colours of the board."""
        return bytes(self.canvas.colours) if self.canvas else b""

    async def _act(self, seconds: float) -> None:
        crowd, random = self._crowd, self._crowd.random
        hello = Hello(2, name=random.choice(_NAMES))
        if crowd.memories and random.random() < 0.5:
            memory = self._memory = crowd.memories.pop(random.randrange(len(crowd.memories)))
            hello = Hello(2, memory.canvas_id, memory.sequence, hello.name)
            crowd.happened["resumed"] += 1
        await self._wire.send(version2.encode_command(hello))
        await asyncio.wait_for(self._ready.wait(), PATIENCE_SECONDS)
        crowd.people.add(self)
        until = time.monotonic() + seconds
        while time.monotonic() < until and not crowd.over.is_set():
            if self._paints_a_second:
                await crowd.wait(random.expovariate(self._paints_a_second))
                crowd.answer_seconds.append(await self._paint())
            else:
                await crowd.wait(random.expovariate(1 / 3))
                await random.choice((self._paint, self._ask, self._doze, self._look))()
        if crowd.over.is_set():
            self._may_read.set()
            await asyncio.Event().wait()  # stays until cancelled
        await self._leave()

    async def _paint(self) -> float:
        """:return: how long the answer took, in seconds."""
        crowd, random = self._crowd, self._crowd.random
        assert self.canvas is not None
        cells = len(self.canvas.colours)
        count = 1 if random.random() < 0.95 else random.randrange(2, 500)
        pixels = [(random.randrange(cells), random.randrange(8)) for _ in range(count)]
        wrong = not self._paints_a_second and random.random() < 0.1
        if wrong:
            pixels[-1] = cells, 0
        began = time.monotonic()
        answer = await self._answer(lambda request: Paint(request, pack_pixels(pixels)))
        if isinstance(answer, Rejected) != wrong:
            raise Wrong(f"a paint was answered with {answer!r}")
        crowd.happened["rejected" if wrong else "paints"] += 1
        return time.monotonic() - began

    async def _ask(self) -> None:
        crowd, random = self._crowd, self._crowd.random
        assert self.canvas is not None
        column, row = random.randrange(self.canvas.width), random.randrange(self.canvas.height)
        some = random.randrange(self.sequence + 1)
        question: Callable[[int], AskHistory | AskAuthor] = random.choice(
            (AskHistory, lambda request: AskHistory(request, some), lambda request: AskAuthor(request, column, row))
        )
        answer = await self._answer(question)
        if not isinstance(answer, History | PastBoard | Author):
            raise Wrong(f"a question was answered with {answer!r}")
        crowd.happened["questions"] += 1

    async def _answer(self, make: Callable[[int], Paint | AskHistory | AskAuthor]) -> ServerMessage:
        self._request += 1
        answer: asyncio.Future[ServerMessage] = asyncio.get_running_loop().create_future()
        self._asked[self._request] = time.monotonic(), answer
        await self._wire.send(version2.encode_command(make(self._request)))
        return await asyncio.wait_for(answer, PATIENCE_SECONDS)

    async def _doze(self) -> None:
        self._crowd.happened["stopped reading"] += 1
        self._may_read.clear()
        await self._crowd.wait(self._crowd.random.uniform(0.5, 15.0))
        self._may_read.set()

    async def _look(self) -> None:
        """Only look on."""

    async def _leave(self) -> None:
        crowd, random = self._crowd, self._crowd.random
        if self.canvas is not None and len(crowd.memories) < 50:
            crowd.memories.append(Memory(self._canvas_id, self.sequence, self.board))
        way = random.randrange(3)
        if way == 0:
            await self._wire.send(version2.encode_command(Goodbye()))
            await asyncio.wait_for(self._goodbye.wait(), PATIENCE_SECONDS)
        if way == 2:
            self._wire.reset()
        else:
            await self._wire.close()

    async def _read(self) -> None:
        while True:
            await self._may_read.wait()
            message = codec.decode_server(await self._wire.receive())
            if isinstance(message, Closing):
                if message.error:
                    raise Wrong(f"sent away: {message.error}")
                self._goodbye.set()
                await asyncio.Event().wait()
            self._take(message)

    def _take(self, message: ServerMessage) -> None:
        match message:
            case Welcome():
                colours = None
                if self._memory is not None and self._memory.canvas_id == message.canvas_id:
                    colours, self.sequence = self._memory.colours, self._memory.sequence
                self.canvas = Canvas(message.width, message.height, message.palette, colours)
                self._canvas_id = message.canvas_id
            case WholeBoard() | Changes():
                assert self.canvas is not None
                if message.sequence < self.sequence:
                    raise Wrong(f"told of {message.sequence} after {self.sequence}")
                self.sequence = message.sequence
                if isinstance(message, Changes):
                    self.canvas.apply(message.pixels)
                else:
                    self.canvas.colours[:] = message.colours
                self._crowd.happened["messages"] += 1
                self._ready.set()
            case Acknowledged() | Rejected() | History() | PastBoard() | Author():
                if isinstance(message, Acknowledged) and message.sequence > self.sequence:
                    raise Wrong("a paint was acknowledged before it was shown")
                _began, answer = self._asked.pop(message.request)
                answer.set_result(message)
            case _:
                pass


class OldViewer:
    """A published client, of version 1, which may stop reading too."""

    sequence = None

    def __init__(self, crowd: Crowd, wire: TcpWire) -> None:
        self._crowd = crowd
        self._wire = wire
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._last = b""

    @property
    def board(self) -> bytes:
        """Return the colours of the board, row by row."""
        reply = codec.decode_server(self._last)
        if not isinstance(reply, NamedBoard):
            raise Wrong(f"version 1 was told {reply!r}")
        ordered = sorted(reply.names, key=lambda place: (place[1], place[0]))
        return bytes(AF06.index[reply.names[place]] for place in ordered)

    async def live(self, seconds: float) -> None:
        """Come, stay for a time, and leave; or stay to the end.

        :raises Wrong: the server did.
        """
        crowd, random = self._crowd, self._crowd.random
        await self._wire.send(version1.encode_command(Hello()))
        reading = asyncio.ensure_future(self._read())
        crowd.people.add(self)
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until and not crowd.over.is_set():
                await crowd.wait(random.expovariate(1 / 2))
                if random.random() < 0.2:
                    crowd.happened["stopped reading"] += 1
                    self._may_read.clear()
                    await crowd.wait(random.uniform(0.5, 10.0))
                    self._may_read.set()
                elif not crowd.over.is_set():
                    colour = random.choice(list(AF06)).name
                    place = random.randrange(20), random.randrange(20)
                    await self._wire.send(version1.encode_command(PaintOne(*place, colour)))
                    crowd.happened["paints"] += 1
                if reading.done():
                    reading.result()
            if crowd.over.is_set():
                self._may_read.set()
                await reading
            if random.random() < 0.5:
                await self._wire.send(version1.encode_command(Goodbye()))
                await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
        finally:
            reading.cancel()
            crowd.people.discard(self)
            await asyncio.gather(reading, return_exceptions=True)
            self._wire.reset()

    async def _read(self) -> None:
        while True:
            await self._may_read.wait()
            payload = await self._wire.receive()
            if payload.startswith(b'{"cerrar"'):
                if "error" in json.loads(payload):
                    raise Wrong(f"sent away: {payload.decode()}")
                return
            self._last = payload
            self._crowd.happened["boards"] += 1
