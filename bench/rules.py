"""rules: the price of a thousand areas and ten thousand bans, beside the same server without a rule.

Painters send as fast as the server acknowledges, without a viewer (``ingest``) and at a fixed rate with viewers
(``fan-out``), on a record with the rules and on one without, alternately. Half of the areas are for everybody and cover
all cells that are painted; the others are for named people, so that each pixel is looked up. The bans are of addresses
and of names, half each, and of nobody who paints. ``ratio`` is the server's CPU time a paint with the rules to that
without: the median of the pairs.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import statistics
from pathlib import Path
from typing import Any

from bench.fanout import READY_SECONDS, wait_until_idle
from bench.ingest import CELLS
from bench.processes import NO_QUOTAS, BenchError, Clients, Server
from bench.table import Row
from dcc.core.actions import AddAreas, Area, Ban, Group, Rectangle
from dcc.core.placements import Painter, Size
from dcc.record.writer import Writer

SIZE = Size(50, 100)
"""Of the board: the painted cells are the upper half."""

_PAINTER = Painter(0, "dcc", "", True)
_FAN_OUT_RATE = 1000.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--areas", type=int, default=1000, help="an even number, at most 5000")
    parser.add_argument("--bans", type=int, default=10_000)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long they paint in each run")
    parser.add_argument("--repeat", type=int, default=5, help="pairs of runs")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for ingest and a row for fan-out."""
    records = {ruled: clients.folder / f"{ruled}.dcc" for ruled in (False, True)}
    for ruled, path in records.items():
        _make_record(path, options.areas if ruled else 0, options.bans if ruled else 0)
    rows = []
    for name, viewers, rate in (("ingest", 0, 0.0), ("fan-out", options.viewers, _FAN_OUT_RATE)):
        costs: dict[bool, list[float]] = {False: [], True: []}
        for pair in range(options.repeat):
            for ruled in (False, True) if pair % 2 else (True, False):
                costs[ruled].append(_run_once(clients, records[ruled], viewers, rate, options.seconds))
        ratios = [after / before for before, after in zip(costs[False], costs[True], strict=True)]
        rows.append(
            {
                "what": name,
                "viewers": viewers,
                "us without": 1e6 * statistics.median(costs[False]),
                "us with": 1e6 * statistics.median(costs[True]),
                "ratio": statistics.median(ratios),
                "range": f"{min(ratios):.3f}-{max(ratios):.3f}",
            }
        )
        print(f"  {name}: {rows[-1]['ratio']:.3f} times the CPU time", flush=True)
    return rows


def _make_record(path: Path, areas: int, bans: int) -> None:
    class Quick(sqlite3.Connection):
        """Waits for no disk: ten thousand commits."""

        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("synchronous = FULL", "synchronous = OFF"), *rest)

    writer = Writer(path, SIZE, connection_class=Quick)
    if areas:
        cells = CELLS * 2 // areas
        half = SIZE.height // 2
        width = max(1, cells)
        places = (Rectangle(column, row, width, 1) for row in range(half) for column in range(0, SIZE.width, width))
        open_to_all = [
            Area(f"open {n}", place, Group.EVERYBODY) for n, place in zip(range(areas // 2), places, strict=False)
        ]
        named = [
            Area(area.name.replace("open", "own"), area.place._replace(row=area.place.row + half), ("Ana",))
            for area in open_to_all
        ]
        writer.act(_PAINTER, AddAreas((*open_to_all, *named)), b"", 0)
    for number in range(bans):
        name = f"nobody {number}" if number % 2 else ""
        network = "" if number % 2 else f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        writer.act(_PAINTER, Ban(name, network, "none"), b"", 0)
    writer.close()


def _run_once(clients: Clients, record: Path, viewers: int, rate: float, seconds: float) -> float:
    """Paint for a while.

    :return: CPU seconds of the server for each paint.
    """
    copy = Path(shutil.copy(record, clients.folder / "copy.dcc"))
    clients.expect_placements(int(rate * (seconds + 1)) + 1000 if rate else 0)
    with Server(clients.folder, f"sqlite:{copy}", "--http=0", *NO_QUOTAS) as server:
        if not viewers:
            return _paint(clients, server, rate, seconds)
        with clients.swarm(server.port, viewers, cells=SIZE.width * SIZE.height) as swarm:
            swarm.hear("^ready")
            return _paint(clients, server, rate, seconds)


def _paint(clients: Clients, server: Server, rate: float, seconds: float) -> float:
    with clients.painter(server.port, 8, cells=CELLS, rate=rate, seconds=seconds, window=8, pixels=10) as painter:
        painter.hear("^ready")
        wait_until_idle(server)
        before = server.cpu()
        painter.say("go")
        painted = painter.figures(seconds + READY_SECONDS)
        used = server.cpu() - before
    if painted["rejected"] or not painted["answered"]:
        raise BenchError("{painted} paints: {answered} answered, {rejected} rejected".format(**painted))
    return used / painted["answered"]
