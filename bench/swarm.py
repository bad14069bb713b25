"""``swarm.c`` in Python, for a machine without a compiler: the same command line, commands and figures.

    python -m bench.swarm PORT VIEWERS VERSION WEB_PATH CELLS TIMES RECORDING

Costs more than the server.
"""

from __future__ import annotations

import json
import os
import re
import select
import struct
import sys
import time
import zlib
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from bench.machine import raise_descriptor_limit
from bench.wire import OPCODE_BOARD, OPCODE_CHANGES, PIXEL, READ_BYTES, ROUND_NAMES, Frame, Peer, Spread, map_times

JOINING = 32
_RECORD_HEAD = struct.Struct("=QI")
_NAMES = re.compile(rb'"(white|black|green)"')


class Viewer:
    """A viewer.

    :ivar sequence: of its board; with a bare loop, the number of frames received.
    """

    def __init__(self, peer: Peer, cells: int) -> None:
        self.peer = peer
        self.board = bytearray(cells)
        self.has_board = False
        self.is_lost = False
        self.sequence = 0


class Swarm:
    """All viewers."""

    def __init__(self, version: int, cells: int, times: memoryview, recording: BinaryIO | None) -> None:
        self._version = version
        self._cells = cells
        self._times = times
        self._recording = recording
        self._viewers: dict[int, Viewer] = {}
        self._first: Viewer
        self._poller = select.epoll()
        self._poller.register(sys.stdin.fileno(), select.EPOLLIN)
        self._mark_ns = 0  # not yet
        self._cpu_before = 0.0
        self._ready = self._lost = 0
        self._counts = dict.fromkeys(("backwards", "messages", "boards", "bytes"), 0)
        self._events: list[tuple[int, int, int]] = []  # time, sequence before, sequence after

    def join(self, port: int, count: int, web_path: str) -> None:
        """Connect all viewers, and wait until each has its board."""
        for number in range(count):
            viewer = Viewer(Peer(port, number, web=web_path != "-"), self._cells)
            if number == 0:
                self._first = viewer
            if self._version:
                viewer.peer.greet(self._version, web_path)
            else:
                self._become_ready(viewer)
            self._viewers[viewer.peer.socket.fileno()] = viewer
            self._poller.register(viewer.peer.socket, select.EPOLLIN)
            while number - self._ready - self._lost >= JOINING:
                self.turn(0.1)
        while self._ready + self._lost < count:
            self.turn(0.1)

    def turn(self, seconds: float) -> bool:
        """Read available bytes; return whether a command has come."""
        command = False
        for descriptor, _events in self._poller.poll(seconds):
            if descriptor == sys.stdin.fileno():
                command = True
            else:
                self._read(self._viewers[descriptor])
        return command

    def mark(self) -> None:
        """Start counting."""
        self._mark_ns = time.monotonic_ns()
        self._cpu_before = time.process_time()

    def finish(self, sequence: int, seconds: float, path: Path) -> dict[str, object]:
        """Wait until all viewers have a sequence, and write the first viewer's board.

        :return: the figures.
        """
        deadline = time.monotonic() + seconds
        while self._count_behind(sequence) and time.monotonic() < deadline:
            self.turn(0.01)
        cpu = time.process_time() - self._cpu_before
        path.write_bytes(self._first.board)
        if self._recording is not None:
            self._recording.flush()
        latency, untimed = Spread(), 0
        for when, before, after in self._events if self._version else ():
            for number in range(before + 1, after + 1):
                if number < len(self._times) and self._times[number]:
                    latency.add(max(0, when - self._times[number]))
                else:
                    untimed += 1
        return {
            "viewers": len(self._viewers),
            "lost": self._lost,
            "behind": self._count_behind(sequence),
            "agreeing": sum(viewer.board == self._first.board for viewer in self._viewers.values()),
            **self._counts,
            "viewers_cpu_s": cpu,
            "untimed": untimed,
            "latency": latency.figures(),
        }

    def _count_behind(self, sequence: int) -> int:
        return sum(viewer.sequence < sequence and not viewer.is_lost for viewer in self._viewers.values())

    def _read(self, viewer: Viewer) -> None:
        try:
            data = viewer.peer.socket.recv(READ_BYTES)
        except OSError:
            data = b""
        now = time.monotonic_ns()
        if not data:
            self._poller.unregister(viewer.peer.socket)
            viewer.is_lost = True
            self._lost += 1
        if self._mark_ns:
            self._counts["bytes"] += len(data)
        for frame in viewer.peer.receive(data):
            if viewer is self._first and self._mark_ns and self._recording is not None:
                self._record(frame, now)
            self._take(viewer, frame.payload, now)

    def _record(self, frame: Frame, now: int) -> None:
        assert self._recording is not None
        if frame.data[frame.head] in (OPCODE_CHANGES, OPCODE_BOARD):
            self._recording.write(_RECORD_HEAD.pack(now - self._mark_ns, len(frame.data)) + frame.data)

    def _take(self, viewer: Viewer, payload: bytes, now: int) -> None:
        if self._version == 0:
            self._advance(viewer, viewer.sequence + 1, now)
        elif self._version == 1:
            self._take_named_board(viewer, payload, now)
        elif payload[0] == OPCODE_CHANGES:
            for cell, colour in PIXEL.iter_unpack(payload[9:]):
                viewer.board[cell] = colour
            self._advance(viewer, int.from_bytes(payload[1:9], "little"), now)
        elif payload[0] == OPCODE_BOARD:
            colours = zlib.decompress(payload[10:]) if payload[9] else payload[10:]
            if len(colours) != self._cells:
                raise SystemExit(f"a board of {len(colours)} cells, expected {self._cells}")
            viewer.board[:] = colours
            self._counts["boards"] += bool(self._mark_ns)
            self._advance(viewer, int.from_bytes(payload[1:9], "little"), now)

    def _take_named_board(self, viewer: Viewer, payload: bytes, now: int) -> None:
        """Find the progress of a board from the next cells: the painter colours the cells in order."""
        initials = b"".join([name[:1] for name in _NAMES.findall(payload)])
        if len(initials) != self._cells:
            raise SystemExit(f"version 1 was sent {payload[:80]!r}")
        sequence = viewer.sequence
        while initials[sequence % self._cells] == ord(ROUND_NAMES[(sequence // self._cells + 1) % 3][0]):
            sequence += 1
        viewer.board[:] = initials
        self._counts["boards"] += bool(self._mark_ns)
        self._advance(viewer, sequence, now)

    def _advance(self, viewer: Viewer, sequence: int, now: int) -> None:
        if sequence < viewer.sequence:
            self._counts["backwards"] += 1
        if self._mark_ns:
            self._counts["messages"] += 1
            self._events.append((now, viewer.sequence, sequence))
        viewer.sequence = sequence
        self._become_ready(viewer)

    def _become_ready(self, viewer: Viewer) -> None:
        if not viewer.has_board:
            viewer.has_board = True
            self._ready += 1


def main() -> None:
    """See above."""
    port, count, version, web_path, cells, times, recording = sys.argv[1:]
    raise_descriptor_limit()
    with nullcontext() if recording == "-" else Path(recording).open("wb") as file:
        swarm = Swarm(int(version), int(cells), map_times(times), file)
        swarm.join(int(port), int(count), web_path)
        print("ready", flush=True)
        _obey(swarm)


def _obey(swarm: Swarm) -> None:
    while True:
        if not swarm.turn(1.0):
            continue
        command, *words = os.read(sys.stdin.fileno(), 4096).decode().split() or sys.exit(1)
        if command == "mark":
            swarm.mark()
            print("marked", flush=True)
        else:
            sequence, seconds, path = words
            print(json.dumps(swarm.finish(int(sequence), float(seconds), Path(path))), flush=True)
            return


if __name__ == "__main__":
    main()
