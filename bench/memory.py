"""memory: the server's memory for an idle viewer, and for a stalled viewer. Targets: at most 8 and 256 KiB.

As many viewers join as are connected already; the figure is the growth of the server's memory, divided by their number:
of the resident set, and of the private memory. The first viewers stay. They take memory that is allocated once, such as
the held changes of a board, and memory that the allocator has left over from other work.

Idle viewers join a board of 1000 x 1000, all noise, and nobody paints. Stalled viewers join and read no more while
millions of pixels are painted; at the measurement all of them are behind. Memory of the kernel for sockets is not
included.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from bench.fanout import WEB_PATHS, wait_until_idle
from bench.processes import NO_QUOTAS, BenchError, Clients, Process, Server
from bench.table import Row, median

SIDE = 1000
CELLS = SIDE * SIDE
KIB = 1024
TARGETS_KIB = {"idle": 8, "stalled": 256}
JOINS_A_SECOND = 1000.0
JOIN_SECONDS = 60.0
RECEIVE_BUFFER = 4096
"""Kernel buffer of a stalled viewer, in bytes: small, so that the viewer is soon behind."""
STALL_SECONDS = 3600
"""Timeout of the server for a stalled viewer: longer than the measurement."""
PAINT_PIXELS = 8000
"""In a request."""
PAINTERS = 100
STALL_RATE = 50.0
"""Requests a second while viewers stall, and for how many seconds, repeated until all are behind:"""
STALLED_SECONDS = 3.0
STALLED_ROUNDS = 10
BEHIND = "dcc_clients_behind"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--wires", nargs="+", choices=list(WEB_PATHS), default=list(WEB_PATHS))
    parser.add_argument("--kinds", nargs="+", choices=list(TARGETS_KIB), default=list(TARGETS_KIB))
    parser.add_argument("--viewers", type=int, nargs="+", default=[1000])
    parser.add_argument("--repeat", type=int, default=3, help="runs of each")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each kind of viewer, wire and number of viewers: medians of the repeats."""
    rows = []
    for kind in options.kinds:
        for wire in options.wires:
            for viewers in options.viewers:
                rows.append(median([measure(clients, kind, wire, viewers) for _ in range(options.repeat)]))
                print(f"  {viewers} {kind} on {wire}: {rows[-1]['KiB each']:.1f} KiB each", flush=True)
    return rows


def measure(clients: Clients, kind: str, wire: str, viewers: int) -> Row:
    """Measure the memory of a viewer of a kind.

    :raises BenchError: a stalled viewer is not behind, or an idle viewer is.
    """
    painted = 0
    options = (f"--canvas={SIDE}x{SIDE}", "--http=0", f"--stall-timeout={STALL_SECONDS}", *NO_QUOTAS)
    with Server(clients.folder, "memory:", *options) as server:
        fill(clients, server.port)
        port = server.port if wire == "tcp" else server.web_port
        memories = []
        with ExitStack() as stack:
            for crowd in (1, 2):
                joiners = stack.enter_context(_joiners(clients, port, kind, wire, viewers))
                join(joiners, viewers, JOINS_A_SECOND, JOIN_SECONDS)
                if kind == "stalled":
                    joiners.say("stall")
                    painted = _paint_until_behind(clients, server, crowd * viewers)
                wait_until_idle(server)
                memories.append(server.memory())
                behind = int(server.metrics()[BEHIND])
                if behind != (crowd * viewers if kind == "stalled" else 0):
                    raise BenchError(f"{behind} of {crowd * viewers} {kind} viewers are behind")
    before, after = memories
    each = (after.rss - before.rss) / viewers / KIB
    return {
        "viewers": viewers,
        "kind": kind,
        "wire": wire,
        "painted": painted,
        "MiB before": before.rss / KIB / KIB,
        "MiB with them": after.rss / KIB / KIB,
        "KiB each": each,
        "pss KiB each": (after.pss - before.pss) / viewers / KIB,
        "to reach": TARGETS_KIB[kind],
        "of it": each / TARGETS_KIB[kind],
    }


def fill(clients: Clients, port: int) -> None:
    """Paint noise on a board of 1000 x 1000: nearly three times as many random pixels as cells."""
    _paint(clients, port, 100.0, 3.5)


def _paint_until_behind(clients: Clients, server: Server, viewers: int) -> int:
    """Paint until the kernel's buffers of all viewers are full, and then as much again.

    :return: how many pixels.
    """
    painted = 0
    for _ in range(STALLED_ROUNDS):
        is_last = server.metrics()[BEHIND] >= viewers
        painted += _paint(clients, server.port, STALL_RATE, STALLED_SECONDS)
        if is_last:
            break
    return painted


def _paint(clients: Clients, port: int, rate: float, seconds: float) -> int:
    """Paint random pixels, thousands per request, from enough painters to stay below the server's limits.

    :return: how many pixels.
    """
    clients.expect_placements(0)
    with clients.painter(port, PAINTERS, cells=CELLS, rate=rate, seconds=seconds, pixels=PAINT_PIXELS) as painter:
        painter.hear("^ready")
        painter.say("go")
        figures = painter.figures(seconds + 60)
    return int(figures["painted"] - figures["rejected"]) * PAINT_PIXELS


def _joiners(clients: Clients, port: int, kind: str, wire: str, viewers: int) -> Process:
    buffer = RECEIVE_BUFFER if kind == "stalled" else 0
    return clients.joiners(port, viewers, web=WEB_PATHS[wire], cells=CELLS, receive_buffer=buffer)


def join(joiners: Process, viewers: int, rate: float, seconds: float) -> dict[str, float]:
    """Let viewers join.

    :return: the figures of ``joiners.c``.
    :raises BenchError: not everybody came to have the board.
    """
    joiners.hear("^ready")
    joiners.say(f"join {rate} {seconds}")
    figures = joiners.figures(seconds + 60)
    if figures["joined"] != viewers:
        raise BenchError(f"{figures['joined']} of {viewers} have the board, {figures['lost']} were lost")
    return figures
