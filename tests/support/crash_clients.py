"""Clients that paint while servers are killed, and check what they were shown and told."""

from __future__ import annotations

import socket
from random import Random

from dcc.core.canvas import PIXEL_BYTES, pack_pixels, unpack_pixels
from dcc.core.palette import AF06
from dcc.core.placements import Size
from dcc.protocol import codec, version2
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import (
    Acknowledged,
    Changes,
    ClientMessage,
    Closing,
    Hello,
    NamedBoard,
    Paint,
    PaintOne,
    Rejected,
    RulesNews,
    Users,
    Welcome,
    WholeBoard,
)
from dcc.record.reader import Reader
from tests.support.server_process import PATIENCE_SECONDS

SIZE = Size(30, 20)
IN_FLIGHT = 3
PAINTS_A_ROUND = 150
"""Of each client: enough to keep the record busy all through a round, and few enough to check 500 rounds."""

BY_RULES = ("congelado", "zona-ajena", "resto-ajeno", "vetado")
"""Codes of refusals of a paint that a moderator is the cause of."""


class Client:
    """A client of version 2 that paints without a pause, and remembers everything received.

    :cvar longest_stroke: pixels.
    :ivar name: the painter's name in the record.
    """

    longest_stroke = 30

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.random = random
        self.sent: list[bytes] = []  # in this round, as packed pixels
        self.answers: dict[int, int | None] = {}  # the sequence of a request's last pixel; None if it was refused
        self._sequence = 0
        self._colours = bytearray(SIZE.width * SIZE.height)
        self._canvas_id: str | None = None

    def connect(self, port: int) -> None:
        """Join a server, coming back with the board of the round before."""
        self.sent, self.answers = [], {}
        self._acknowledged = 0
        self._decoder = FrameDecoder(2**24)
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self.hello()

    def hello(self) -> None:
        """Ask for the changes since the last board."""
        self.send(Hello(2, self._canvas_id, self._sequence, self.name))

    def send(self, message: ClientMessage) -> None:
        """Send a message."""
        self.socket.sendall(frame(version2.encode_command(message)))

    def paint_on(self) -> None:
        """Send paints, as many as may be in flight."""
        while len(self.sent) - len(self.answers) < IN_FLIGHT and len(self.sent) < PAINTS_A_ROUND:
            self.paint()

    def paint(self) -> None:
        """Send a paint."""
        length = self.random.randint(1, self.longest_stroke)
        self.sent.append(pack_pixels(self.random_pixel() for _ in range(length)))
        self.send(Paint(len(self.sent), self.sent[-1]))

    def random_pixel(self) -> tuple[int, int]:
        """A cell and a colour."""
        return self.random.randrange(SIZE.width * SIZE.height), self.random.randrange(len(AF06))

    def receive(self, data: bytes) -> None:
        """Read messages, and make sure that each fits the messages before."""
        self._decoder.feed(data)
        while (payload := self._decoder.next_payload()) is not None:
            self.take(payload)

    def take(self, payload: bytes) -> None:
        """Handle a payload."""
        match codec.decode_server(payload):
            case Welcome() as welcome:
                assert welcome.canvas_id == (self._canvas_id or welcome.canvas_id), "another canvas"
                assert welcome.sequence >= self._sequence, f"the sequence went back to {welcome.sequence}"
                self._canvas_id = welcome.canvas_id
            case WholeBoard() as board:
                assert board.sequence >= self._sequence, f"the sequence went back to {board.sequence}"
                self._sequence, self._colours = board.sequence, bytearray(board.colours)
            case Changes() as changes:
                self._sequence += len(changes.pixels) // PIXEL_BYTES
                assert changes.sequence == self._sequence, "changes are missing, or came twice"
                for cell, colour in unpack_pixels(changes.pixels):
                    self._colours[cell] = colour
            case Acknowledged() as answer:
                assert answer.request > self._acknowledged, "acknowledged out of order"
                assert answer.sequence <= self._sequence, "acknowledged before it was shown"
                self._acknowledged = answer.request
                self._answered(answer.request, answer.sequence)
            case Users() | Closing() | RulesNews():
                pass
            case Rejected() as rejected:
                by_file = rejected.reason.startswith("the record's file was")
                assert by_file or rejected.code in BY_RULES, rejected.reason
                self._answered(rejected.request, None)
            case message:
                raise AssertionError(f"the server sent {message}")

    def _answered(self, request: int, sequence: int | None) -> None:
        assert request not in self.answers, "answered twice"
        self.answers[request] = sequence

    def check(self, reader: Reader, since: int) -> None:
        """Make sure that the record has every pixel that this client saw.

        :param since: the last sequence of the record before this round.
        """
        assert self._sequence <= reader.last_sequence(), "shown, and lost"
        assert reader.canvas_at(self._sequence).colours == self._colours, "shown otherwise than recorded"
        for request, sequence in self.answers.items():
            if sequence is None:
                continue
            pixels = self.sent[request - 1]
            after = sequence - len(pixels) // PIXEL_BYTES
            assert b"".join(reader.pixels(after, sequence)) == pixels, "acknowledged, and lost"

    def check_board(self, reader: Reader) -> None:
        """Make sure that a record without its history has the last board."""
        assert reader.canvas_at(reader.last_sequence()).colours == self._colours, "shown, and lost"
        self._canvas_id, self._sequence = None, 0

    def expected(self) -> list[bytes]:
        """Return the requests that may be recorded, in order."""
        return [pixels for request, pixels in enumerate(self.sent, start=1) if self.answers.get(request, 0) is not None]

    @property
    def acknowledged(self) -> int:
        """Return the number of acknowledged requests."""
        return sum(sequence is not None for sequence in self.answers.values())


class Version1Client(Client):
    """A client of the published activity, which receives boards and knows no sequences."""

    def __init__(self, random: Random) -> None:
        super().__init__("", random)

    def paint_on(self) -> None:
        """Send a paint after each board: no board tells which paint it answers."""
        if len(self.sent) < PAINTS_A_ROUND:
            self.paint()

    def hello(self) -> None:
        """Ask for the board."""
        self._board: bytes | None = None
        self.send(Hello())

    def paint(self) -> None:
        """Paint a pixel."""
        cell, colour = self.random_pixel()
        row, column = divmod(cell, SIZE.width)
        self.sent.append(pack_pixels([(cell, colour)]))
        self.send(PaintOne(column, row, AF06[colour].name))

    def take(self, payload: bytes) -> None:
        """Handle a board, the answer to a paint or the effect of others' paints."""
        board = codec.decode_server(payload)
        if isinstance(board, Closing):
            return
        assert isinstance(board, NamedBoard), board
        colours = bytearray(SIZE.width * SIZE.height)
        for (column, row), name in board.names.items():
            colours[row * SIZE.width + column] = AF06.index[name]
        self._board = bytes(colours)

    def check_board(self, reader: Reader) -> None:
        """Make sure that a record without its history has the last board."""
        assert self._board in (None, bytes(reader.canvas_at(reader.last_sequence()).colours)), "shown, and lost"

    def check(self, reader: Reader, since: int) -> None:
        """Make sure that the last board received is a state in the record's history."""
        canvas = reader.canvas_at(since)
        boards = [bytes(canvas.colours)]
        for stroke in reader.strokes(since):
            canvas.apply(stroke.pixels)
            boards.append(bytes(canvas.colours))
        assert self._board is None or self._board in boards, "shown, and lost"
