"""version 1: published clients look on while a client paints. The rival is a server with a thread a client.

The rival is written from the activity's description (``threads.py``): after every paint, the whole board to everyone.
The rival makes the JSON again for each client, like the activity's own function; "threads, once" makes the JSON once
per paint. All three servers get the same paints at the same rate from the same clients. Ours keeps every paint on the
disk, the rivals keep none.

``ms/paint`` is CPU of the server, ``dcc takes`` our CPU as a part of that row's, ``shown %`` the part of all paints
that reached all viewers, ``age`` the age of a viewer's board: from before the painter's write to after the viewer's
read of a board with the paint. ``drain s`` is the time from the last paint to the last answer. A server that has not
caught up half a minute later has ``shown %`` below 100, and paints not shown have no age.

Published clients read 128 bytes at a time; these clients read all available bytes, and so cost less than the servers.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

from bench.fanout import DELIVERY_SECONDS, READY_SECONDS, wait_until_idle
from bench.processes import HERE, BenchError, Clients, Process, Server
from bench.table import Row, median
from dcc.protocol.frames import FrameDecoder, frame

OURS = "dcc"
RIVALS = {"threads": "each", "threads, once": "once"}
CELLS = 2500


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--clients", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--rates", type=float, nargs="+", default=[50], help="paints a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long they paint in each run")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, interleaved with the rivals'")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each number of clients, rate and server: medians of the repeats."""
    rows = []
    for viewers in options.clients:
        for rate in options.rates:
            runs: dict[str, list[Row]] = {name: [] for name in (OURS, *RIVALS)}
            for _number in range(options.repeat):
                for name in runs:
                    runs[name].append(run_once(clients, name, viewers, rate, options.seconds))
            medians = {name: median(of_one) for name, of_one in runs.items()}
            for row in medians.values():
                row["dcc takes 1/"] = row["ms/paint"] / medians[OURS]["ms/paint"]
                rows.append(row)
            print(f"  {viewers} clients, {rate:g} paints/s: 1/{medians['threads']['dcc takes 1/']:.1f}", flush=True)
    return rows


def run_once(clients: Clients, name: str, viewers: int, rate: float, seconds: float) -> Row:
    """Run a server once."""
    served = _serve_once(clients, name, viewers, rate, seconds)
    return {
        "clients": viewers,
        "paints/s": int(rate),
        "paints": served["painted"],
        "server": name,
        "boards": served["boards"],
        "MB sent": served["bytes"] / 1e6,
        "shown %": 100 * served["shown"],
        "age p50": served["latency"]["p50_ms"],
        "age p99": served["latency"]["p99_ms"],
        "age max ms": served["latency"]["max_ms"],
        "drain s": served["drain_s"],
        "viewers %": 100 * served["viewers_cpu_s"] / served["took_s"],
        "cpu %": 100 * served["server_cpu_s"] / served["took_s"],
        "rss MiB": served["rss"] / 2**20,
        "ms/paint": 1e3 * served["server_cpu_s"] / max(1, served["answered"]),
    }


def _serve_once(clients: Clients, name: str, viewers: int, rate: float, seconds: float) -> dict[str, Any]:
    """Paint for a while with viewers looking on.

    :return: the figures of ``swarm.c`` and ``painter.c``; ``server_cpu_s`` and ``took_s`` from the first paint to the
        last arrival; ``rss`` in bytes; ``shown``, the part of the paints that reached the viewers.
    :raises BenchError: a viewer was lost, or does not end with the server's board.
    """
    clients.expect_placements(int(rate * (seconds + 1)) + 1000)
    board = clients.folder / "board"
    with _server(clients, name) as server:
        port = server.port if isinstance(server, Server) else int(server.hear(r"^port (\d+)")[1])
        with clients.swarm(port, viewers, version=1, cells=CELLS) as swarm:
            swarm.hear("^ready")
            with clients.painter(port, 1, version=1, cells=CELLS, rate=rate, seconds=seconds) as painter:
                painter.hear("^ready")
                wait_until_idle(server)
                swarm.say("mark")
                swarm.hear("^marked")
                before, began = server.cpu(), time.monotonic()
                painter.say("go")
                painted = painter.figures(seconds + READY_SECONDS)
                kept_up = painted["answered"] == painted["painted"]
                swarm.say(f"finish {painted['painted']} {DELIVERY_SECONDS if kept_up else 0} {board}")
                figures = {**painted, **swarm.figures(DELIVERY_SECONDS + READY_SECONDS)}
                figures["server_cpu_s"] = server.cpu() - before
                figures["took_s"] = time.monotonic() - began
                figures["rss"] = server.memory().rss
                latency = figures["latency"]
                figures["shown"] = (latency["count"] + figures["untimed"]) / max(1, painted["painted"] * viewers)
                _make_sure(figures, name, port, board)
    return figures


def _server(clients: Clients, name: str) -> Process:
    if name == OURS:
        return Server(clients.folder, "sqlite:")
    return Process([sys.executable, str(HERE / "threads.py"), RIVALS[name]])


def _make_sure(figures: dict[str, Any], name: str, port: int, board: Path) -> None:
    if figures["lost"] or figures["backwards"]:
        raise BenchError(f"{name}: {figures['lost']} clients lost, {figures['backwards']} boards out of order")
    if figures["behind"]:
        if name == OURS:
            raise BenchError(f"{figures['behind']} clients were not shown all that was painted")
        return
    if figures["agreeing"] != figures["viewers"] or board.read_bytes() != _fetch_initials(port):
        raise BenchError(f"{name}: not every client ends with the server's board")


def _fetch_initials(port: int) -> bytes:
    """Return the initials of the colours on the board, as seen by a client of version 1 that joins now."""
    decoder = FrameDecoder(1 << 25)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(frame(b'{"comando": "nuevo"}'))
        while piece := connection.recv(1 << 16):
            decoder.feed(piece)
            if (payload := decoder.next_payload()) is not None:
                columns = json.loads(payload).values()
                return "".join(name[0] for column in columns for name in column.values()).encode()
    raise BenchError("the server sent no board")
