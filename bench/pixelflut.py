"""pixelflut: what a pixel costs through the Pixelflut gateway, beside a painter of version 2, and what a flood does.

The first rows are painters of version 2 and Pixelflut clients, alternately, at the same number of pixels a second, in
requests and writes of 200 pixels, without quotas and without viewers. ``us a pixel`` is the server's CPU time for each
recorded pixel.

``flood``: four people paint, while Pixelflut clients send as fast as the server reads, on a server with the default
quotas. From this machine each client has a quota, and all together have none: from elsewhere an address has the pixels
of ten. The waits are the people's, in milliseconds, before, during and after the flood.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from typing import Any

from bench.fanout import READY_SECONDS, wait_until_idle
from bench.flood import LINES
from bench.processes import NO_QUOTAS, BenchError, Clients, Process, Server
from bench.table import Row

PAINTERS, PAINTS_A_SECOND, PIXELS_A_PAINT = 4, 100.0, 10
PLACEMENTS = "dcc_placements_total"

_TIMES = ("before", "while", "after")
_PARTS = ("p50", "p99", "max")
_COLUMNS = (
    "what",
    "us a pixel",
    "to version 2",
    "pixels/s",
    "cpu %",
    *(f"{name} {part}" for name in _TIMES for part in _PARTS),
)
"""Those of the first rows, which the table takes."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--clients", type=int, default=8, help="of each kind, to compare the cost")
    parser.add_argument("--rate", type=float, default=500.0, help="requests and writes a second, of all clients")
    parser.add_argument("--flood", type=int, default=50, help="clients of the flood")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long they paint in each run")
    parser.add_argument("--flood-seconds", type=float, default=20.0, help="how long the flood lasts")
    parser.add_argument("--repeat", type=int, default=5, help="pairs of runs")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for the cost of each kind, and a row for the flood."""
    costs: dict[str, list[tuple[float, float]]] = {"version 2": [], "pixelflut": []}
    for number in range(options.repeat):
        for kind in costs if number % 2 else reversed(costs):
            costs[kind].append(_cost(clients, kind, options))
    rows: list[Row] = []
    for kind, runs in costs.items():
        us, speed = (statistics.median(each) for each in zip(*runs, strict=True))
        rows.append(dict.fromkeys(_COLUMNS, "") | {"what": kind, "us a pixel": us, "pixels/s": int(speed)})
    ratios = [flut[0] / own[0] for own, flut in zip(costs["version 2"], costs["pixelflut"], strict=True)]
    rows[-1]["to version 2"] = f"{min(ratios):.2f}-{max(ratios):.2f}"
    rows.append({"what": f"flood of {options.flood}", **_flood(clients, options.flood, options.flood_seconds)})
    return rows


class Flood(Process):
    """Pixelflut clients, see ``bench/flood.py``."""

    def __init__(self, server: Server, count: int, rate: float = 0.0) -> None:
        super().__init__([sys.executable, "-m", "bench.flood", str(_port(server)), str(count), str(rate)])
        self.hear("^ready")


def _port(server: Server) -> int:
    deadline = time.monotonic() + READY_SECONDS
    while (heard := re.search(r"Pixelflut on \S+:(\d+)", server.console.read_text())) is None:
        if time.monotonic() > deadline:
            raise BenchError("the server has no port for Pixelflut")
        time.sleep(0.01)
    return int(heard[1])


def _cost(clients: Clients, kind: str, options: argparse.Namespace) -> tuple[float, float]:
    """Return CPU microseconds a pixel, and pixels a second."""
    count, rate, seconds = options.clients, options.rate, options.seconds
    clients.expect_placements(0)
    with Server(clients.folder, "sqlite:", "--http=0", "--pixelflut=0", *NO_QUOTAS) as server:
        if kind == "pixelflut":
            with Flood(server, count, rate) as flood:
                wait_until_idle(server)
                used, at_first, began = server.cpu(), server.metrics()[PLACEMENTS], time.monotonic()
                flood.say("go")
                time.sleep(seconds)
                flood.say("stop")
                flood.figures()
                took = time.monotonic() - began
            wait_until_idle(server)  # until what is on its way is read
        else:
            with clients.painter(server.port, count, rate=rate, seconds=seconds, pixels=LINES) as painter:
                painter.hear("^ready")
                wait_until_idle(server)
                used, at_first, began = server.cpu(), server.metrics()[PLACEMENTS], time.monotonic()
                painter.say("go")
                painter.figures(seconds + READY_SECONDS)
                took = time.monotonic() - began
        used = server.cpu() - used
        painted = server.metrics()[PLACEMENTS] - at_first
    return 1e6 * used / painted, painted / took


def _flood(clients: Clients, count: int, seconds: float) -> Row:
    clients.expect_placements(60_000_000)
    calm = min(5.0, seconds)
    row: Row = {}
    with Server(clients.folder, "sqlite:", "--http=0", "--pixelflut=0") as server, Flood(server, count) as flood:
        for name, length in zip(_TIMES, (calm, seconds, calm), strict=True):
            with clients.painter(
                server.port, PAINTERS, rate=PAINTS_A_SECOND, seconds=length, pixels=PIXELS_A_PAINT
            ) as people:
                people.hear("^ready")
                used, at_first, began = server.cpu(), server.metrics()[PLACEMENTS], time.monotonic()
                if name == "while":
                    flood.say("go")
                people.say("go")
                figures: dict[str, Any] = people.figures(length + READY_SECONDS)
                if name == "while":
                    took = time.monotonic() - began
                    row["pixels/s"] = int((server.metrics()[PLACEMENTS] - at_first) / took)
                    row["cpu %"] = 100 * (server.cpu() - used) / took
                    flood.say("stop")
                    flood.figures()
            if figures["rejected"] or figures["answered"] != figures["painted"]:
                raise BenchError(f"paints of people were lost or rejected: {figures}")
            row |= {f"{name} {part}": figures["answer"][f"{part}_ms"] for part in _PARTS}
    return row
