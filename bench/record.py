"""record: placements committed a second, and the wait for a single placement. The rival is a bare loop of SQLite.

The loop has the same rows in the same tables and batches, the same settings and nothing else: BEGIN, executemany,
COMMIT. The record adds a thread beside the reactor, painters, and keyframes. A single paint goes through the board, as
on an idle server, one after another; larger batches are the work of many painters.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Generator
from pathlib import Path
from random import Random
from typing import Any, cast

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred, inlineCallbacks

from bench.processes import Clients
from bench.table import Row
from dcc.board.board import Board
from dcc.core.canvas import pack_pixels
from dcc.core.placements import Painter, Size, Stroke
from dcc.record import open_record
from dcc.record.database import connect, use_wal
from dcc.record.place import Place
from dcc.record.schema import SCRIPTS
from dcc.record.store import Store

SIZE = Size(1000, 1000)
TIME_MS = 1_700_000_000_000
PAINTERS = 100

Batches = list[list[Stroke]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 10, 100, 1000, 10_000], help="strokes in each")
    parser.add_argument("--pixels", type=int, nargs="+", default=[1, 100], help="in each stroke")
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long the loop takes in each run")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each, interleaved with the loop's")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each size of batch and of stroke: medians of the repeats."""
    rows: list[Row] = []
    reactor = cast(Any, installed_reactor)

    @inlineCallbacks
    def measure() -> Generator[Deferred[Any], Any, None]:
        for pixels in options.pixels:
            for size in options.batches:
                batches = _batches(size, pixels, options.seconds)
                loop, record = [], []
                for number in range(options.repeat):
                    name = f"{pixels}-{size}-{number}"
                    loop.append(bare_loop(clients.folder / f"loop-{name}", batches))
                    record.append((yield _record(clients.folder / f"record-{name}", batches, reactor)))
                rows.append(_row(size, pixels, loop, record))

    def finish(outcome: object) -> None:
        outcomes.append(outcome)
        reactor.stop()

    outcomes: list[Any] = []
    reactor.callWhenRunning(lambda: measure().addBoth(finish))
    reactor.run()
    if outcomes != [None]:
        outcomes[0].raiseException()
    return rows


def _batches(size: int, pixels: int, seconds: float) -> Batches:
    """Return as many batches as a loop of some 500 commits and 500,000 rows or 5 million pixels a second commits in
    the time.
    """
    random = Random(size)
    painters = [Painter(number, f"painter {number}", f"127.0.0.1:{number}") for number in range(PAINTERS)]
    cells = SIZE.width * SIZE.height
    count = max(5, int(seconds / (1 / 500 + size / 500_000 + size * pixels / 5_000_000)))
    return [
        [
            Stroke(
                random.choice(painters),
                pack_pixels((random.randrange(cells), random.randrange(8)) for _ in range(pixels)),
            )
            for _ in range(size)
        ]
        for _ in range(count)
    ]


def bare_loop(path: Path, batches: Batches, rest_seconds: float = 0.0) -> list[float]:
    """Commit the batches with SQLite alone, which empties its log after a thousand pages, as it does by itself.

    :param rest_seconds: how long to wait before each.
    :return: the seconds of each.
    """
    place = Place(path)
    connection = connect(place)
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    for script in SCRIPTS:
        for statement in script:
            connection.execute(statement)
    use_wal(connection)
    sequence = 0
    times = []
    for batch in batches:
        if rest_seconds:
            time.sleep(rest_seconds)
        rows = []
        for stroke in batch:
            sequence += len(stroke.pixels) // 5
            rows.append((sequence, stroke.painter.connection, 0, stroke.pixels))
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO strokes VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
        times.append(time.perf_counter() - began)
    connection.close()
    place.close()
    return times


@inlineCallbacks
def _record(path: Path, batches: Batches, reactor: Any) -> Generator[Deferred[Any], Any, list[float]]:
    """Let the record append the batches, each after the answer to the batch before.

    :return: the seconds of each.
    """
    record = open_record(Store(str(path)), SIZE, None, reactor)
    times = []
    if len(batches[0]) == 1:
        board = Board(record, reactor, time.time)
        for (stroke,) in batches:
            began = time.perf_counter()
            answered: Deferred[Any] = Deferred()
            board.paint(stroke, answered.callback)
            yield answered
            times.append(time.perf_counter() - began)
        board.stop()
    else:
        _sequence, canvas = record.load()
        record.follow(lambda *_batch: None, lambda *_action: None, lambda _error: None)
        for batch in batches:
            began = time.perf_counter()
            yield record.append(batch, TIME_MS)
            times.append(time.perf_counter() - began)
            canvas.apply(b"".join([stroke.pixels for stroke in batch]))  # not timed: the board's part
    yield record.close()
    return times


def _row(size: int, pixels: int, loop: list[list[float]], record: list[list[float]]) -> Row:
    placements = size * pixels * len(loop[0])

    def median_of(figure: Callable[[list[float]], float], runs: list[list[float]]) -> float:
        return statistics.median(figure(times) for times in runs)

    loop_rate, record_rate = (placements / median_of(sum, runs) for runs in (loop, record))
    loop_ms, record_ms = (1000 * median_of(statistics.median, runs) for runs in (loop, record))
    return {
        "strokes": size,
        "pixels each": pixels,
        "loop, pixels/s": round(loop_rate),
        "record, pixels/s": round(record_rate),
        "rate to loop": record_rate / loop_rate,
        "loop, ms": loop_ms,
        "record, ms": record_ms,
        "p99, ms": 1000 * median_of(lambda times: sorted(times)[int(0.99 * len(times))], record),
        "time to loop": record_ms / loop_ms,
    }
