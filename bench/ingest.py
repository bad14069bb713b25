"""ingest: painters that send as fast as the server acknowledges. The rival is a bare loop of SQLite.

Each painter has ``window`` requests in flight. The loop commits as many rows of as many pixels in as many batches as
the server in the run just before, with the same settings, and nothing else (see ``record``): no sockets, no checks, no
board, no viewers. ``rate to loop`` is the server's part of the loop's speed.

The first row is a paint on an idle server: a painter with a fixed number of paints a second, one after another; the
loop rests as long between its commits. ``on top`` is how much longer a painter waits than the loop for its commit of
the same size. ``over own`` is the same against the record's own commits for these painters (the server's figure, ``own
commit``). Both are means, and show the cost of everything around the record.
"""

from __future__ import annotations

import argparse
import statistics
import time
from itertools import pairwise
from random import Random

from bench.fanout import COMMITS, READY_SECONDS, wait_until_idle
from bench.processes import NO_QUOTAS, BenchError, Clients, Server
from bench.record import Batches, bare_loop
from bench.table import Row, median
from dcc.core.canvas import pack_pixels
from dcc.core.placements import Painter, Stroke

CELLS = 2500
IDLE_RATE = 50.0
"""Paints a second: 20 ms apart, and a paint takes a part of the time."""
COMMIT_SECONDS = "dcc_commit_seconds_sum"
DIFFERENT_STROKES = 1000
"""Different strokes in the loop, which commits them again and again."""
MILLISECONDS = 1000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--painters", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--windows", type=int, nargs="+", default=[1, 8, 64], help="requests of each on their way")
    parser.add_argument("--pixels", type=int, nargs="+", default=[1, 100], help="in each request")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long they paint in each run")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, interleaved with the loop's")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return the row of an idle server, and a row for each number of pixels, painters and requests: medians of the
    repeats.
    """
    kinds = [(1, 1, 1, IDLE_RATE)]
    kinds += [
        (pixels, painters, window, 0.0)
        for pixels in options.pixels
        for painters in options.painters
        for window in options.windows
    ]
    rows = []
    for pixels, painters, window, rate in kinds:
        runs = [
            run_once(clients, pixels, painters, window, rate, options.seconds, number)
            for number in range(options.repeat)
        ]
        rows.append(median(runs))
        print(
            f"  {painters} painters x {window} requests x {pixels} pixels{' at leisure' if rate else ''}: "
            f"{rows[-1]['rate to loop']:.2f} of the loop",
            flush=True,
        )
    return rows


def run_once(
    clients: Clients, pixels: int, painters: int, window: int, rate: float, seconds: float, number: int
) -> Row:
    """Run the server once, and the loop once."""
    clients.expect_placements(0)  # nobody wants to know when each was written
    with (
        Server(clients.folder, "sqlite:", "--http=0", *NO_QUOTAS) as server,
        clients.painter(
            server.port, painters, cells=CELLS, rate=rate, seconds=seconds, window=window, pixels=pixels
        ) as painter,
    ):
        painter.hear("^ready")
        wait_until_idle(server)
        at_first = server.metrics()
        before = server.cpu()
        painter.say("go")
        painted = painter.figures(seconds + READY_SECONDS)
        used = server.cpu() - before
        at_last = server.metrics()
        rss = server.memory().rss
    if painted["rejected"] or painted["answered"] < painted["painted"]:
        raise BenchError("{painted} paints: {answered} answered, {rejected} rejected".format(**painted))

    commits = int(at_last[COMMITS] - at_first[COMMITS])
    own_commit = MILLISECONDS * (at_last[COMMIT_SECONDS] - at_first[COMMIT_SECONDS]) / commits
    strokes, took = painted["answered"], painted["seconds"] + painted["drain_s"]
    batches = _batches(strokes, commits, pixels)
    path = clients.folder / f"loop-{pixels}-{painters}-{window}-{rate:g}-{number}"
    began, loop_before = time.perf_counter(), time.process_time()
    times = sorted(MILLISECONDS * each for each in bare_loop(path, batches, 1 / rate if rate else 0.0))
    loop_cpu, loop_took = time.process_time() - loop_before, time.perf_counter() - began
    loop_p50, loop_p99 = statistics.median(times), times[int(0.99 * len(times))]
    answer = painted["answer"]
    return {
        "pixels": pixels,
        "painters": painters,
        "window": window,
        "rate": f"{rate:g}/s" if rate else "full",
        "paints/s": int(strokes / took),
        "pixels/s": int(strokes * pixels / took),
        "paints/commit": strokes / commits,
        "p50 ms": answer["p50_ms"],
        "p99 ms": answer["p99_ms"],
        "max ms": answer["max_ms"],
        "mean ms": answer["mean_ms"],
        "own commit": own_commit,
        "over own": answer["mean_ms"] - own_commit,
        "loop p50": loop_p50,
        "loop p99": loop_p99,
        "on top p50": answer["p50_ms"] - loop_p50,
        "on top p99": answer["p99_ms"] - loop_p99,
        "cpu %": 100 * used / took,
        "painters %": 100 * painted["painters_cpu_s"] / took,
        "rss MiB": rss / 2**20,
        "us/paint": 1e6 * used / strokes,
        "loop us": 1e6 * loop_cpu / strokes,
        "loop pixels/s": int(strokes * pixels / loop_took),
        "rate to loop": loop_took / took,
    }


def _batches(strokes: int, commits: int, pixels: int) -> Batches:
    """Divide the strokes over the commits as evenly as possible."""
    random = Random(strokes)
    painter = Painter(1, "", "127.0.0.1:1")
    some = [
        Stroke(painter, pack_pixels((random.randrange(CELLS), random.randrange(8)) for _ in range(pixels)))
        for _ in range(min(strokes, DIFFERENT_STROKES))
    ]
    ends = [number * strokes // commits for number in range(commits + 1)]
    return [[some[at % len(some)] for at in range(start, end)] for start, end in pairwise(ends)]
