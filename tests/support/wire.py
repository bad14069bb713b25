"""A real server core on a fake wire, for tests of sessions, frames and viewers.

    server = FakeServer()
    peer = server.connect()
    peer.send(b'{"comando": "nuevo"}')
    [board] = peer.receive()

Nothing of ours is replaced: the factory, the board and the record are real. The wire is Twisted's
``StringTransport``, time is a ``Clock`` that stands still until a test moves it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent, LogLevel, capturedLogs, formatEvent
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from dcc import reasons
from dcc.board.board import Board
from dcc.board.record import Selection
from dcc.core.actions import Action, Choice, LogEntry
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import AF06, Palette
from dcc.core.people import OPERATOR, Person
from dcc.core.placements import Painter, Stroke
from dcc.errors import DccError, RecordError
from dcc.protocol import codec, version2
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import (
    ClientMessage,
    Closing,
    Failed,
    Hello,
    NamedBoard,
    Paint,
    PaintOne,
    Rejected,
    ServerMessage,
    WholeBoard,
)
from dcc.record.memory import MemoryRecord
from dcc.server.addresses import DEFAULT_QUOTAS, Quotas
from dcc.server.admission import Admission
from dcc.server.clients import Clients
from dcc.server.console import Console
from dcc.server.tcp import CanvasFactory

CANVAS_ID = "5f0c3a1e9b7d4c2f8a6e0d1b3c5f7a99"
WALL_CLOCK_SECONDS = 1_700_000_000.0

HELLO_1 = b'{"comando": "nuevo"}'
HELLO_2 = b'{"comando": "nuevo", "version": 2}'
GOODBYE = b'{"comando": "cerrar"}'

WHITE, BLACK, RED, GREEN = range(4)
"""Indices into the palette of the activity."""

ELSEWHERE = Painter(1, "Bruno", "192.168.0.2:5000")
"""Paints on another server: has the same number as the first client of this one."""

OPERATOR_PERSON = Person(OPERATOR, is_operator=True)
OPERATOR_PAINTER = Painter(0, OPERATOR, "", True)

TRANSPORT_BUFFER_BYTES = 64 * 1024
"""When Twisted's transports tell their producer to pause."""


def pintar(column: int, row: int, colour: str) -> bytes:
    """A version 1 paint, as payload."""
    return version2.encode_command(PaintOne(column, row, colour))


def paint(request: int, *pixels: tuple[int, int]) -> bytes:
    """A version 2 paint of ``(cell, colour)`` pairs, as payload."""
    return version2.encode_command(Paint(request, pack_pixels(pixels)))


def payloads_of(data: bytes) -> list[bytes]:
    """The payloads of whole frames."""
    decoder = FrameDecoder(2**40)
    decoder.feed(data)
    payloads = list(iter(decoder.next_payload, None))
    assert b"".join(map(frame, payloads)) == data, "a frame was cut short"
    return payloads


class SlowTransport(StringTransport):
    """Holds bytes until the test takes them. Tells the producer when full and when empty, like Twisted's
    transports.

    :ivar held_most: the most bytes that were held at a time.
    """

    held_most = 0
    _full = False

    def write(self, data: bytes) -> None:
        """Hold the bytes, and pause the producer above the limit."""
        super().write(data)
        held = self.io.tell()
        self.held_most = max(self.held_most, held)
        if self.producer is not None and held > TRANSPORT_BUFFER_BYTES:
            self._full = True
            self.producer.pauseProducing()

    def take(self) -> bytes:
        """Read all held bytes."""
        data = self.value()
        self.clear()
        if self._full:
            self._full = False
            if self.producer is not None:
                self.producer.resumeProducing()
        return data


def lose(transport: StringTransport) -> None:
    """Do the same as Twisted's transports before they call ``connectionLost``."""
    transport.connected = False
    producer, transport.producer = transport.producer, None
    if producer is not None:
        producer.stopProducing()


class Peer:
    """A client on a fake wire.

    :ivar protocol: the server's side.
    """

    def __init__(self, factory: CanvasFactory, transport: StringTransport | None = None) -> None:
        self.transport = transport or StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 50000))
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)

    def send(self, *payloads: bytes) -> None:
        """Send each payload in a frame, each frame in a read of its own."""
        for payload in payloads:
            self.protocol.dataReceived(frame(payload))

    def say(self, *messages: ClientMessage) -> None:
        """Send messages."""
        self.send(*map(version2.encode_command, messages))

    def payloads(self) -> list[bytes]:
        """Return the payloads since the last look."""
        data = self.transport.value()
        self.transport.clear()
        return payloads_of(data)

    def receive(self) -> list[ServerMessage]:
        """What came since the last look, as messages; see :func:`without_code`."""
        return [without_code(codec.decode_server(payload)) for payload in self.payloads()]

    def pause(self) -> None:
        """The peer's transport is full."""
        self.transport.producer.pauseProducing()

    def resume(self) -> None:
        """Say that the transport is empty again."""
        self.transport.producer.resumeProducing()

    def resume_for_one_message(self) -> None:
        """Say that the transport is empty again, and full after another message."""
        producer, write = self.transport.producer, self.transport.write

        def write_and_pause(data: bytes) -> None:
            write(data)
            producer.pauseProducing()

        self.transport.write = write_and_pause
        try:
            producer.resumeProducing()
        finally:
            self.transport.write = write

    def hang_up(self) -> None:
        """The connection is gone."""
        lose(self.transport)
        self.protocol.connectionLost(Failure(ConnectionDone()))

    @property
    def is_read_from(self) -> bool:
        """Whether the server reads what the peer sends."""
        return self.transport.producerState == "producing"

    @property
    def was_closed(self) -> bool:
        """Whether the server closed the connection."""
        return self.transport.disconnecting

    @property
    def was_aborted(self) -> bool:
        """Whether the server closed it without waiting for anything."""
        return self.transport.disconnected


def make_clients(
    board: Board, clock: Any, console: Console | None = None, quotas: Quotas = DEFAULT_QUOTAS, **options: Any
) -> Clients:
    """Make the clients of a board, as the service does."""
    console = console or Console()
    return Clients(board, Admission(quotas, console, clock), console, clock, quotas=quotas, **options)


class FakeServer:
    """A server core whose clients are connected by fake wires.

    :ivar clock: stands still until a test moves the time.
    :ivar wall_clock_seconds: likewise, since 1970-01-01 UTC.
    """

    def __init__(
        self,
        width: int = 50,
        height: int = 50,
        *,
        palette: Palette = AF06,
        record: Any = None,
        clock: Clock | None = None,
        wall_clock_seconds: float = WALL_CLOCK_SECONDS,
        **options: Any,
    ) -> None:
        """:param options: of :class:`~dcc.server.clients.Clients`."""
        self.clock = Clock() if clock is None else clock
        self.record = MemoryRecord(CANVAS_ID, Canvas(width, height, palette)) if record is None else record
        self.wall_clock_seconds = wall_clock_seconds
        self.board = Board(self.record, self.clock, lambda: self.wall_clock_seconds)
        self.clients = make_clients(self.board, self.clock, **options)
        self.factory = CanvasFactory(self.clients)

    def act(self, *actions: Action) -> list[LogEntry | DccError]:
        """Do actions as the operator, and return their outcomes so far."""
        outcomes: list[LogEntry | DccError] = []
        for action in actions:
            self.board.act(OPERATOR_PERSON, OPERATOR_PAINTER, action, outcomes.append)
        return outcomes

    def connect(self, transport: StringTransport | None = None) -> Peer:
        """Connect a client, without a command."""
        return Peer(self.factory, transport)

    def join(self, *, version: int = 2, transport: StringTransport | None = None) -> Peer:
        """Connect a client, and wait until the client has the board and all are told of the client."""
        peer = self.connect(transport)
        peer.say(Hello(version))
        self.clock.advance(1)
        peer.transport.clear()
        return peer


class HeldRecord(MemoryRecord):
    """Commits on the test's demand.

    :ivar batches: the strokes of every batch so far.
    :ivar actions: every action so far.
    :ivar selections: what :meth:`select` was asked and has not answered, each with its choice.
    """

    def __init__(self, width: int = 50, height: int = 50) -> None:
        super().__init__(CANVAS_ID, Canvas(width, height, AF06))
        self.batches: list[list[Stroke]] = []
        self.actions: list[Action] = []
        self.selections: list[tuple[Choice, Deferred[Selection]]] = []
        self._under_way: list[tuple[Deferred[Any], Callable[[], Deferred[Any]]]] = []

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """See :class:`dcc.board.record.Record`."""
        self.batches.append(strokes)
        return self._hold(lambda: super(HeldRecord, self).append(strokes, 0))

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> Deferred[LogEntry]:
        """See :class:`dcc.board.record.Record`."""
        self.actions.append(action)
        return self._hold(lambda: super(HeldRecord, self).act(painter, action, pixels, time_ms))

    def select(self, choice: Choice) -> Deferred[Selection]:
        """See :class:`dcc.board.record.Record`; the test answers."""
        selected: Deferred[Selection] = Deferred()
        self.selections.append((choice, selected))
        return selected

    def complete(self, selection: Selection) -> Deferred[Selection]:
        """See :class:`dcc.board.record.Record`: with a selection of the test, whatever was painted since."""
        assert not self._under_way, "a selection was completed while a batch was under way"
        return succeed(selection)

    def _hold(self, keep: Callable[[], Deferred[Any]]) -> Deferred[Any]:
        assert not self._under_way, "a batch was begun before the last one was done"
        self._under_way.append((Deferred(), keep))
        return self._under_way[-1][0]

    def commit(self, *elsewhere: tuple[int, int]) -> None:
        """Make the batch or the action under way durable.

        :param elsewhere: what another server paints before the batch is answered, as ``(cell, colour)``.
        """
        recorded, keep = self._under_way.pop()

        def answer(outcome: Any) -> None:
            self.commit_elsewhere(*elsewhere)
            recorded.callback(outcome)

        keep().addCallback(answer)

    def commit_all(self) -> None:
        """Make everything durable that is asked for."""
        while self._under_way:
            self.commit()

    def commit_elsewhere(self, *pixels: tuple[int, int]) -> None:
        """Deliver what another server has painted and recorded."""
        if pixels:
            super().append([Stroke(ELSEWHERE, pack_pixels(pixels))], 0)

    def act_elsewhere(self, action: Action) -> None:
        """Deliver an action that another server has recorded."""
        super().act(ELSEWHERE, action, b"", 0)

    def refuse(self, error: Exception | None = None) -> None:
        """The batch or the action under way is not kept."""
        self._under_way.pop()[0].errback(error or RecordError("the disk is full"))

    @property
    def is_committing(self) -> bool:
        """Whether a batch or an action is under way."""
        return bool(self._under_way)


def without_code(message: ServerMessage) -> ServerMessage:
    """A refusal as of a server that sends no codes, after a look at whether its code says the same as its text."""
    if not isinstance(message, Rejected | Failed | Closing):
        return message
    text = message.reason if isinstance(message, Rejected) else message.error
    if text:
        assert message.code, f"a refusal without a code: {message}"
    if message.code in reasons.REASONS:
        assert reasons.REASONS[message.code].tell(message.values) == text, message
    return replace(message, code="", values={})


def names(board: ServerMessage) -> dict[tuple[int, int], str]:
    """The cells of a version 1 board that are not white, by ``(column, row)``."""
    assert isinstance(board, NamedBoard), board
    return {place: name for place, name in board.names.items() if name != "white"}


def cells(board: ServerMessage) -> dict[int, int]:
    """The cells of a whole board that are not of colour 0."""
    assert isinstance(board, WholeBoard), board
    return {cell: colour for cell, colour in enumerate(board.colours) if colour}


class Log:
    """A log.

    :ivar events: every event.
    """

    def __init__(self, events: list[LogEvent]) -> None:
        self.events = events

    @property
    def lines(self) -> list[str]:
        """Every line."""
        return [formatEvent(event) for event in self.events]

    @property
    def warnings(self) -> list[str]:
        """What the operator is to notice: all above the level of information."""
        return [formatEvent(event) for event in self.events if event["log_level"] >= LogLevel.warn]

    @property
    def has_traceback(self) -> bool:
        """Whether anything was logged as our own fault."""
        return any("log_failure" in event for event in self.events)


@contextmanager
def no_collector() -> Iterator[None]:
    """Disable the garbage collector in the block: objects in reference cycles stay."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def log() -> Iterator[Log]:
    """Return the log of the block."""
    with capturedLogs() as events:
        yield Log(events)


Method = TypeVar("Method", bound=Callable[..., Any])


def each(table: Mapping[str, Any]) -> Callable[[Method], Method]:
    """Make a test method of a :class:`TableTestCase` one test for every row; the row is its argument."""

    def mark(method: Method) -> Method:
        method.__dict__["table"] = table
        return method

    return mark


class TableTestCase(SynchronousTestCase):
    """A test case whose methods may go through tables, one test a row, under pytest and trial alike."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, method in list(vars(cls).items()):
            table = getattr(method, "table", None)
            if table is None:
                continue
            delattr(cls, name)
            for label, row in table.items():
                words = "".join(letter if letter.isalnum() else "_" for letter in label)
                test_name = f"{name}__{words}"
                assert not hasattr(cls, test_name), f"two rows of {name} are called {words}"
                setattr(cls, test_name, _one(method, row))


def _one(method: Callable[..., Any], row: Any) -> Callable[[Any], Any]:
    def test(self: Any) -> Any:
        return method(self, row)

    return test
