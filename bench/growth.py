"""growth: the cost of a unit of each kind of work as the work doubles again and again.

No cost should grow with the work: a delivered message with the viewers, a board of version 1 with its clients, a paint
with the painters, a join with the joins, a viewer's memory with the viewers, a start with the history. Each point is
one run of a few seconds; the other benchmarks measure the same with more care.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench import fanout, ingest, joins, memory, start, version1
from bench.processes import Clients
from bench.table import Row

FANOUT_RATE = 10.0
"""Paints a second: few enough for a core to tell 8,000 viewers of each paint separately."""
VERSION_1_RATE = 50.0
JOINS_A_SECOND = 5000.0
STARTS = 3


@dataclass(frozen=True)
class Growth:
    """A kind of work.

    :ivar of: the counted unit, such as viewers.
    :ivar unit: the unit of the figure that ``cost`` returns.
    :ivar first: how much at first.
    :ivar doublings: how often the amount doubles.
    """

    what: str
    of: str
    unit: str
    first: int
    doublings: int
    cost: Callable[[Clients, int, float], float]


def _fanout(wire: str, clients: Clients, viewers: int, seconds: float) -> float:
    figures = fanout.serve_once(clients, viewers, FANOUT_RATE, seconds, wire=wire)
    return float(1e6 * figures["server_cpu_s"] / figures["messages"])


def _version_1(clients: Clients, viewers: int, seconds: float) -> float:
    row = version1.run_once(clients, version1.OURS, viewers, VERSION_1_RATE, seconds)
    return float(1e3 * row["ms/paint"] * row["paints"] / row["boards"])


def _ingest(clients: Clients, painters: int, seconds: float) -> float:
    return float(ingest.run_once(clients, 1, painters, 8, 0.0, seconds, 0)["us/paint"])


def _start(clients: Clients, placements: int, _seconds: float) -> float:
    path = clients.folder / "history.dcc"
    start.extend(path, placements)
    return statistics.median(start.start_once(clients, path)[0] for _ in range(STARTS))


def _memory(kind: str, wire: str, clients: Clients, viewers: int, _seconds: float) -> float:
    return float(memory.measure(clients, kind, wire, viewers)["KiB each"])


def _joins(wire: str, clients: Clients, viewers: int, seconds: float) -> float:
    within = viewers / JOINS_A_SECOND
    row = joins.measure(clients, "noise", wire, viewers, within, joins.RATE, seconds)
    return float(1e6 * row["cpu s"] / viewers)


GROWTHS = (
    *(
        Growth(f"fan-out, {wire}", "viewers", "CPU us a message", 125, 6, partial(_fanout, wire))
        for wire in fanout.WEB_PATHS
    ),
    Growth("version 1", "clients", "CPU us a board", 8, 6, _version_1),
    Growth("ingest", "painters", "CPU us a paint", 1, 6, _ingest),
    Growth("start", "placements", "seconds", 1_000_000, 5, _start),
    *(
        Growth(f"memory, {kind}, {wire}", "viewers", "KiB a viewer", 250, doublings, partial(_memory, kind, wire))
        for kind, doublings in (("idle", 4), ("stalled", 2))
        for wire in fanout.WEB_PATHS
    ),
    *(
        Growth(f"joins, {wire}", "viewers", "CPU us a viewer", 625, 3, partial(_joins, wire))
        for wire in fanout.WEB_PATHS
    ),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    names = [growth.what for growth in GROWTHS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="WHAT", help=f"of {names}")
    parser.add_argument("--doublings", type=int, default=99, help="how often at most")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long is painted for each point")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each kind and amount of work."""
    rows: list[Row] = []
    for growth in GROWTHS:
        if growth.what not in options.only:
            continue
        first = 0.0
        for doubling in range(min(growth.doublings, options.doublings) + 1):
            work = growth.first << doubling
            cost = growth.cost(clients, work, options.seconds)
            first = first or cost
            rows.append(
                {
                    "what": growth.what,
                    "of": growth.of,
                    "work": work,
                    "cost": cost,
                    "unit": growth.unit,
                    "to the first": cost / first,
                }
            )
            print(f"  {growth.what}, {work:,} {growth.of}: {cost:.3g} {growth.unit}", flush=True)
    return rows
