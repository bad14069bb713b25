"""start: from the command to the board on the port, with a long history. The limit is an interpreter that only imports.

The record's own writer makes the record: single pixels all over a board of 1000 x 1000, the worst case to keep. The
record ends like a killed server's, with as many placements after the last keyframe as such a board allows; each
measured server is killed too, so that the next server finds the same. The file is in the system's cache. The
interpreter loads the same modules as the server, and does nothing. "whole s" is the time of a start that reads every
placement, as many programs of this field do: one million are read, and the rest is arithmetic.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import sys
import time
from pathlib import Path
from random import Random

from bench.fanout import fetch_board
from bench.processes import BenchError, Clients, Process, Server
from bench.table import Row
from dcc.core.canvas import pack_pixels
from dcc.core.palette import AF06
from dcc.core.placements import Painter, Size, Stroke
from dcc.record import replay, rows
from dcc.record.database import connect_to_read
from dcc.record.replay import Keyframe
from dcc.record.writer import Writer

SIZE = Size(1000, 1000)
CELLS = SIZE.width * SIZE.height
MILLION = 1_000_000
BATCH = 100_000
TAIL = 300_000
"""Placements after the last keyframe: a keyframe of noise has some 400 KB packed, and the next follows after as many
placements."""
PAINTERS = 100
TIME_MS = 1_700_000_000_000
BYTES_A_PLACEMENT = 26
"""On the disk, generously."""

_IMPORTS = """
import time
from twisted.scripts import twistd
from twisted.internet import epollreactor
epollreactor.install()
from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
list(getPlugins(IServiceMaker))  # twistd looks at all of them
import dcc.tap, dcc.record.sqlite
print("ready", flush=True)
time.sleep(600)
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--placements", type=float, nargs="+", default=[1, 10, 50], help="in millions")
    parser.add_argument("--repeat", type=int, default=5, help="starts of each, interleaved with the interpreter's")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each length of the history: medians of the repeats."""
    lengths = sorted(int(millions * MILLION) for millions in options.placements)
    needed = lengths[-1] * BYTES_A_PLACEMENT
    if shutil.disk_usage(clients.folder).free < needed:
        raise BenchError(f"{clients.folder} has no room for {needed / 2**30:.1f} GiB; TMPDIR chooses another place")
    path = clients.folder / "history.dcc"
    return [_measure(clients, path, length, options.repeat) for length in lengths]


def _measure(clients: Clients, path: Path, placements: int, repeat: int) -> Row:
    extend(path, placements)
    starts, bares = [], []
    for _ in range(repeat):
        starts.append(start_once(clients, path))
        bares.append(_import_once())
    (seconds, rss), (bare_seconds, bare_rss) = map(_medians, (starts, bares))
    row: Row = {
        "placements": placements,
        "file MiB": path.stat().st_size / 2**20,
        "start s": seconds,
        "most s": max(seconds for seconds, _rss in starts),
        "interpreter s": bare_seconds,
        "to interpreter": seconds / bare_seconds,
        "whole s": _reading(path) * placements,
        "rss MiB": rss / 2**20,
        "interpreter MiB": bare_rss / 2**20,
    }
    print(f"  {placements} placements: {seconds:.2f} s, the interpreter {bare_seconds:.2f} s", flush=True)
    return row


def _medians(runs: list[tuple[float, int]]) -> tuple[float, float]:
    return statistics.median(seconds for seconds, _rss in runs), statistics.median(rss for _seconds, rss in runs)


def extend(path: Path, placements: int) -> None:
    """Make a record, or extend a record."""
    writer = Writer(path, SIZE)
    random = Random(writer.sequence)
    painters = [Painter(number, f"painter {number}", f"127.0.0.1:{number}") for number in range(PAINTERS)]
    pool: list[Stroke] = []
    while writer.sequence < placements:
        if writer.sequence % MILLION == 0 or not pool:
            pool = [
                Stroke(random.choice(painters), pack_pixels([(random.randrange(CELLS), random.randrange(8))]))
                for _ in range(BATCH)
            ]
        start = random.randrange(BATCH)
        strokes = (pool[start:] + pool[:start])[: placements - writer.sequence]
        writer.append(strokes, TIME_MS + writer.sequence)
        writer.canvas.apply(b"".join([stroke.pixels for stroke in strokes]))
        rest = placements - writer.sequence
        if rest == TAIL or (rest > TAIL and writer.keyframe_due):
            writer.write_keyframe(Keyframe.of(writer.sequence, writer.canvas))
    writer.close()


def start_once(clients: Clients, path: Path) -> tuple[float, int]:
    """Start a server on a record, and kill the server.

    :return: seconds until somebody has the board, and the server's bytes of memory then.
    """
    began = time.monotonic()
    with Server(clients.folder, f"sqlite:{path}") as server:
        fetch_board(server.port)
        seconds = time.monotonic() - began
        rss = server.memory().rss
        os.kill(server.pid, signal.SIGKILL)
    return seconds, rss


def _import_once() -> tuple[float, int]:
    began = time.monotonic()
    with Process([sys.executable, "-c", _IMPORTS]) as process:
        process.hear("^ready")
        seconds = time.monotonic() - began
        return seconds, process.memory().rss


def _reading(path: Path) -> float:
    """Seconds to read and apply a placement, of the first million."""
    connection = connect_to_read(path)
    try:
        canvas = replay.keyframe_at(connection, 0).canvas(AF06)
        count = min(MILLION, rows.last_sequence(connection))
        began = time.perf_counter()
        for pixels in replay.read_pixels(connection, 0, count):
            replay.apply(canvas, pixels)
        return (time.perf_counter() - began) / count
    finally:
        connection.close()
