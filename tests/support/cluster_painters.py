"""People who paint on several servers of one canvas, and what a copy of the record must have of them."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dcc import reasons
from dcc.core.canvas import PIXEL_BYTES
from dcc.protocol import codec
from dcc.protocol.messages import Changes, Goodbye, Rejected, ServerMessage, WholeBoard
from dcc.record.reader import Reader
from tests.support.cluster_server import ClusterServer
from tests.support.crash_clients import IN_FLIGHT, Client, Version1Client

PAINT_SECONDS = 0.01
"""Between two paints of one client: enough to have some in flight at each kill, and few enough to check."""

AWAY = (reasons.LOG_AWAY.code, reasons.SERVER_STOPS.code)
"""Codes of refusals that the kills are the cause of."""

LEFT_BEHIND = (reasons.LOG_LOST.code, reasons.IN_DOUBT.code)
"""Codes of a server that read too slowly, so that the log has forgotten what comes next."""


class Painter(Client):
    """A client of version 2 that goes from server to server, and remembers everything received in a round.

    The painter's name in the record is another one on each connection.

    :ivar server: to which the client is connected; nothing after a loss.
    :ivar shown: a checksum of each board, by sequence.
    :ivar visits: what was asked, by connection.
    :ivar whole_boards: how many boards came whole, and not as changes of the board before.
    """

    longest_stroke = 8

    def __init__(self, name: str, random: Random) -> None:
        super().__init__(name, random)
        self.server: ClusterServer | None = None
        self.begin_round()
        self.next_paint = 0.0
        self._label, self._connections = name, 0

    def begin_round(self) -> None:
        """Forget what was received before."""
        self.shown: dict[int, int] = {}
        self.visits: list[Visit] = []
        self.whole_boards = 0

    def visit(self, server: ClusterServer) -> None:
        """Join a server, coming back with the last board."""
        assert server.port is not None
        self._connections += 1
        self.name = f"{self._label}.{self._connections}"
        self.connect(server.port)
        self.visits.append(Visit(self.name, self.sent, self.answers))
        self.server = server

    def paint_on(self) -> None:
        """Send a paint, if there is room for one and the time has come."""
        if len(self.sent) - len(self.answers) < IN_FLIGHT and time.monotonic() >= self.next_paint:
            self.next_paint = time.monotonic() + PAINT_SECONDS
            self.paint()

    def take(self, payload: bytes) -> None:
        """Handle a payload."""
        message: ServerMessage = codec.decode_server(payload)
        if isinstance(message, Rejected):
            if message.code in LEFT_BEHIND:
                raise ConnectionError  # go elsewhere: this server must start anew
            assert message.code in AWAY, message.reason
            self._answered(message.request, None)
            return
        super().take(payload)
        if isinstance(message, WholeBoard | Changes):
            self.whole_boards += isinstance(message, WholeBoard)
            board = zlib.crc32(self._colours)
            assert self.shown.setdefault(self._sequence, board) == board, "two boards of one sequence"

    @property
    def sequence(self) -> int:
        """The sequence of the last board."""
        return self._sequence

    @property
    def acknowledgements(self) -> int:
        """How many paints were acknowledged in this round."""
        return sum(sequence is not None for visit in self.visits for sequence in visit.answers.values())

    @property
    def is_answered(self) -> bool:
        """Whether nothing is in flight."""
        return len(self.answers) == len(self.sent)


class OldPainter(Version1Client):
    """A client of the published activity, for a round or until its server is killed.

    :ivar is_leaving: whether the client has said goodbye, which is answered after all paints.
    """

    def hello(self) -> None:
        """Ask for the board."""
        self.is_leaving = False
        super().hello()

    def say_goodbye(self) -> None:
        """Paint no more."""
        self.is_leaving = True
        with suppress(ConnectionError):  # seen when reading
            self.send(Goodbye())


@dataclass(frozen=True)
class Visit:
    """What a client has asked on one connection.

    :ivar sent: packed pixels.
    :ivar answers: the sequence of each request's last pixel; None if it was refused.
    """

    name: str
    sent: list[bytes]
    answers: dict[int, int | None]

    def check(self, history: History) -> Counter[str]:
        """Make sure that the history has what was acknowledged, once, and nothing that was refused.

        :return: counts.
        """
        recorded = history.by_painter.get(self.name, {})
        possible = [pixels for request, pixels in enumerate(self.sent, 1) if self.answers.get(request, 0) is not None]
        rest = iter(possible)
        assert all(pixels in rest for pixels in recorded.values()), "doubled, out of order, or refused and recorded"
        acknowledged = {
            sequence: self.sent[request - 1] for request, sequence in self.answers.items() if sequence is not None
        }
        assert acknowledged.items() <= recorded.items(), "acknowledged, and lost"
        return Counter(
            {
                "paints sent": len(self.sent),
                "paints acknowledged": len(acknowledged),
                "paints refused": len(self.answers) - len(acknowledged),
                "paints recorded": len(recorded),
            }
        )


class History:
    """What a copy has of one round.

    :ivar by_painter: pixels by the sequence of the last one, by the painter's name.
    :ivar boards: a checksum of each board, by sequence.
    """

    def __init__(self, path: Path, since: int) -> None:
        self.by_painter: dict[str, dict[int, bytes]] = {}
        self.strokes: list[tuple[int, str, bytes]] = []
        with Reader(path) as reader:
            canvas = reader.canvas_at(since)
            self.boards = {since: zlib.crc32(canvas.colours)}
            for stroke in reader.strokes(since):
                canvas.apply(stroke.pixels)
                since += len(stroke.pixels) // PIXEL_BYTES
                assert stroke.sequence == since, "a sequence is missing, or was used twice"
                self.boards[since] = zlib.crc32(canvas.colours)
                self.strokes.append((since, stroke.painter.name, stroke.pixels))
                self.by_painter.setdefault(stroke.painter.name, {})[since] = stroke.pixels
        self.sequence = since
