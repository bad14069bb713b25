"""``painter.c`` in Python, for a machine without a compiler: the same command line and figures.

    python -m bench.painter PORT PAINTERS VERSION WEB_PATH CELLS COLOURS TIMES RATE SECONDS WINDOW PIXELS SEED

Costs more than the server.
"""

from __future__ import annotations

import json
import math
import select
import sys
import time
from random import Random

from bench.machine import raise_descriptor_limit
from bench.wire import (
    OPCODE_ACKNOWLEDGED,
    OPCODE_BOARD,
    OPCODE_CHANGES,
    OPCODE_PAINT,
    PIXEL,
    READ_BYTES,
    ROUND_NAMES,
    WEB_BINARY,
    WEB_TEXT,
    Peer,
    Spread,
    map_times,
)

REST_SECONDS = 0.0005
"""Shortest wait between two looks at the schedule."""
PATIENCE_SECONDS = 30.0


class Painter:
    """A painter.

    :ivar written: the write time of each unanswered request, in nanoseconds.
    """

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.greeted = False
        self.asked = self.answered = 0
        self.written: dict[int, int] = {}


class Painters:
    """All painters."""

    def __init__(
        self, version: int, cells: int, colours: int, times: memoryview, window: int, pixels: int, seed: int
    ) -> None:
        self._version = version
        self._cells = cells
        self._side = math.isqrt(cells - 1) + 1
        self._colours = colours
        self._times = times
        self._window = window
        self._pixels = pixels
        self._random = Random(seed)
        self._poller = select.epoll()
        self._poller.register(sys.stdin.fileno(), select.EPOLLIN)
        self._painters: dict[int, Painter] = {}
        self._answers = Spread()
        self._painted = self._answered = self._rejected = self._changes = 0
        self.last_sequence = 0

    def join(self, port: int, count: int, web_path: str) -> None:
        """Connect all painters, each after the board of the painter before."""
        for number in range(count):
            painter = Painter(Peer(port, 1_000_000 + number, web=web_path != "-"))
            painter.peer.greet(self._version, web_path)
            self._painters[painter.peer.socket.fileno()] = painter
            self._poller.register(painter.peer.socket, select.EPOLLIN)
            while not painter.greeted:
                self.turn(0.01)

    def turn(self, seconds: float) -> bool:
        """Read available bytes; return whether a command has come."""
        command = False
        for descriptor, _events in self._poller.poll(seconds):
            if descriptor == sys.stdin.fileno():
                command = True
            else:
                self._read(self._painters[descriptor])
        return command

    def paint(self, rate: float, seconds: float) -> dict[str, object]:
        """Paint, and wait for the answers.

        :param rate: paints a second, of all painters together, ``rate * seconds`` of them; 0 for as fast as
            acknowledged.
        :return: the figures.
        """
        self._changes = 0
        cpu_before, start = time.process_time(), time.monotonic()
        painters = list(self._painters.values())
        while (spent := time.monotonic() - start) < seconds or self._painted < rate * seconds:
            if rate:
                while self._painted < min(spent, seconds) * rate:
                    self._paint(painters[self._painted % len(painters)])
                self.turn(max(REST_SECONDS, start + self._painted / rate - time.monotonic()))
            else:
                for painter in painters:
                    while painter.asked - painter.answered < self._window:
                        self._paint(painter)
                self.turn(1.0)
        stopped = time.monotonic()
        while self._answered < self._painted and time.monotonic() - stopped < PATIENCE_SECONDS:
            self.turn(0.01)
        return {
            "painted": self._painted,
            "answered": self._answered,
            "rejected": self._rejected,
            "sequence": self._answered if self._version == 1 else self.last_sequence,
            "changes": self._changes,
            "seconds": stopped - start,
            "drain_s": time.monotonic() - stopped,
            "painters_cpu_s": time.process_time() - cpu_before,
            "answer": self._answers.figures(),
        }

    def _paint(self, painter: Painter) -> None:
        painter.asked += 1
        self._painted += 1
        if self._version == 1:
            done = painter.asked - 1
            cell = done % self._cells
            command = {
                "comando": "pintar",
                "x_pos": str(cell % self._side),
                "y_pos": str(cell // self._side),
                "nombre_color": ROUND_NAMES[(done // self._cells + 1) % 3],
            }
            payload, web_opcode = json.dumps(command).encode(), WEB_TEXT
        else:
            some = self._random.random
            pixels = [PIXEL.pack(int(some() * self._cells), int(some() * self._colours)) for _ in range(self._pixels)]
            payload = bytes([OPCODE_PAINT]) + painter.asked.to_bytes(4, "little") + b"".join(pixels)
            web_opcode = WEB_BINARY
        painter.written[painter.asked] = time.monotonic_ns()
        painter.peer.say(payload, web_opcode)

    def _read(self, painter: Painter) -> None:
        data = painter.peer.socket.recv(READ_BYTES)
        now = time.monotonic_ns()
        if not data:
            raise SystemExit("a painter's connection was lost")
        for frame in painter.peer.receive(data):
            self._take(painter, frame.payload, now)

    def _take(self, painter: Painter, payload: bytes, now: int) -> None:
        if payload[0] == OPCODE_ACKNOWLEDGED:
            request = int.from_bytes(payload[1:5], "little")
            self._acknowledged(painter, request, int.from_bytes(payload[5:13], "little"), now)
        elif payload[0] == OPCODE_CHANGES:
            self._changes += 1
        elif payload[0] == OPCODE_BOARD:
            painter.greeted = True
            self.last_sequence = max(self.last_sequence, int.from_bytes(payload[1:9], "little"))
        elif payload.startswith(b'{"cerrar"'):
            raise SystemExit(f"a painter was sent away: {payload.decode()}")
        elif self._version == 1 and not painter.greeted:
            painter.greeted = True
        elif self._version == 1 and painter.answered < painter.asked:
            # The only painter of version 1: its n-th paint is placement n.
            self._acknowledged(painter, painter.answered + 1, painter.answered + 1, now)
        elif payload.startswith(b'{"comando": "rechazado"'):
            self._rejected += 1
            painter.answered += 1
            self._answered += 1

    def _acknowledged(self, painter: Painter, request: int, sequence: int, now: int) -> None:
        written = painter.written.pop(request)
        for number in range(sequence - self._pixels + 1, sequence + 1):
            if number < len(self._times):
                self._times[number] = written
        self.last_sequence = max(self.last_sequence, sequence)
        self._answers.add(now - written)
        painter.answered += 1
        self._answered += 1


def main() -> None:
    """See above."""
    port, count, version, web_path, cells, colours, times, rate, seconds, window, pixels, seed = sys.argv[1:]
    raise_descriptor_limit()
    painters = Painters(int(version), int(cells), int(colours), map_times(times), int(window), int(pixels), int(seed))
    painters.join(int(port), int(count), web_path)
    print("ready", painters.last_sequence, flush=True)
    while not painters.turn(1.0):
        pass
    if not sys.stdin.readline():
        sys.exit(1)
    print(json.dumps(painters.paint(float(rate), float(seconds))), flush=True)
    while not painters.turn(1.0):  # stays to the end, and reads
        pass


if __name__ == "__main__":
    main()
