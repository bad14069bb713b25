"""joins: a storm of viewers that join a large board within a second, while others paint. Target: all have the board in
5 s.

The clients open their connections at a fixed rate, none waiting for another. The times go from the first connection to
the last whole board, and from each connection to its own board. Meanwhile painters paint and earlier viewers look on;
the painters' wait has a target too, a p99 below 250 ms. Every hundredth new viewer keeps its board, and must end with
the server's. The rival, in the same run, is a bare Python loop that accepts, and sends everybody the bytes of the first
viewer: some 457 KB for a board of noise, 5 KB for a white board.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from bench.fanout import WEB_PATHS, fetch_board, wait_until_idle
from bench.memory import CELLS, SIDE, fill, join
from bench.processes import HERE, BenchError, Clients, Process, Server
from bench.table import Row, median

BOARDS = ("noise", "white")
PAINTERS = 10
ONLOOKERS = 20
RATE = 50.0
"""Paints a second, of all painters together."""
TARGET_S = 5.0
DEADLINE_SECONDS = 60.0
READY_SECONDS = 60.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--wires", nargs="+", choices=list(WEB_PATHS), default=list(WEB_PATHS))
    parser.add_argument("--boards", nargs="+", choices=BOARDS, default=list(BOARDS))
    parser.add_argument("--viewers", type=int, nargs="+", default=[5000])
    parser.add_argument("--within", type=float, default=1.0, help="seconds in which they connect")
    parser.add_argument("--rate", type=float, default=RATE, help="paints a second")
    parser.add_argument("--repeat", type=int, default=3, help="storms of each, interleaved with the rival's")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each board, wire and number of viewers: medians of the repeats."""
    rows = []
    for board in options.boards:
        for wire in options.wires:
            for viewers in options.viewers:
                runs: list[Row] = []
                # Paints before and after a storm would flatter the percentiles: paint as long as the last storm took.
                seconds = TARGET_S / 2
                for _ in range(options.repeat):
                    runs.append(measure(clients, board, wire, viewers, options.within, options.rate, seconds))
                    seconds = max(0.5, runs[-1]["all s"])
                rows.append(median(runs))
                print(f"  {viewers} on {wire}, {board}: {rows[-1]['all s']:.2f} s", flush=True)
    return rows


def measure(clients: Clients, board: str, wire: str, viewers: int, within: float, rate: float, seconds: float) -> Row:
    """Run a storm on a server, and a storm on the rival.

    :raises BenchError: somebody is lost, or has another board.
    """
    recording = clients.folder / "joining"
    storm = _storm(clients, board, wire, viewers, within, rate, seconds, recording)
    bare = _bare(clients, wire, viewers, within, recording)
    return {
        "board": board,
        "wire": wire,
        "viewers": viewers,
        "KB each": recording.stat().st_size / 1000,
        "all s": storm["seconds"],
        "to reach": TARGET_S,
        "p50 ms": storm["join"]["p50_ms"],
        "p99 ms": storm["join"]["p99_ms"],
        "bare s": bare["seconds"],
        "to bare": storm["seconds"] / bare["seconds"],
        "ack p99 ms": storm["answer"]["p99_ms"],
        "ack max": storm["answer"]["max_ms"],
        "view p99 ms": storm["latency"]["p99_ms"],
        "view max": storm["latency"]["max_ms"],
        "cpu s": storm["server_cpu_s"],
        "bare cpu s": bare["server_cpu_s"],
        "cpu to bare": storm["server_cpu_s"] / bare["server_cpu_s"],
        "joiners cpu s": storm["cpu_s"],
        "MiB before": storm["rss"] / 2**20,
        "peak MiB": storm["peak"] / 2**20,
    }


def _storm(
    clients: Clients,
    board: str,
    wire: str,
    viewers: int,
    within: float,
    rate: float,
    seconds: float,
    recording: Path,
) -> dict[str, Any]:
    path = clients.folder / "board"
    with Server(clients.folder, "sqlite:", f"--canvas={SIDE}x{SIDE}", "--http=0") as server:
        if board == "noise":
            fill(clients, server.port)
        clients.expect_placements(10_000_000)
        with (
            clients.swarm(server.port, ONLOOKERS, cells=CELLS) as onlookers,
            clients.painter(server.port, PAINTERS, cells=CELLS, rate=rate, seconds=seconds) as painter,
            _joiners(clients, server.port if wire == "tcp" else server.web_port, wire, viewers, recording) as joiners,
        ):
            onlookers.hear("^ready")
            painter.hear("^ready")
            wait_until_idle(server)
            onlookers.say("mark")
            onlookers.hear("^marked")
            before, rss = server.cpu(), server.memory().rss
            painter.say("go")
            figures = join(joiners, viewers, viewers / within, DEADLINE_SECONDS)
            used = server.cpu() - before
            painted = painter.figures(seconds + READY_SECONDS)
            onlookers.say(f"finish {painted['sequence']} {DEADLINE_SECONDS} {path}")
            joiners.say(f"finish {painted['sequence']} {DEADLINE_SECONDS} {path}")
            looked = onlookers.figures(DEADLINE_SECONDS + READY_SECONDS)
            agreeing = joiners.hear(r"^agreeing (\d+) of (\d+)")
            if agreeing[1] != agreeing[2] or path.read_bytes() != fetch_board(server.port):
                raise BenchError(f"of {agreeing[2]} whose board was looked at, not all have the server's")
            peak = _peak(server)
    return {
        **figures,
        "server_cpu_s": used,
        "rss": rss,
        "peak": peak,
        "answer": painted["answer"],
        "latency": looked["latency"],
    }


def _joiners(clients: Clients, port: int, wire: str, viewers: int, recording: Path | None = None) -> Process:
    return clients.joiners(port, viewers, web=WEB_PATHS[wire], cells=CELLS, recording=str(recording or "-"))


def _bare(clients: Clients, wire: str, viewers: int, within: float, recording: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.bare_joins", "1" if wire == "websocket" else "0", str(recording)]
    with Process(command, cwd=HERE.parent) as bare:
        port = int(bare.hear(r"^port (\d+)")[1])
        with _joiners(clients, port, wire, viewers) as joiners:
            before = bare.cpu()
            figures = join(joiners, viewers, viewers / within, DEADLINE_SECONDS)
            return {**figures, "server_cpu_s": bare.cpu() - before}


def _peak(server: Server) -> int:
    """Return the largest resident memory so far, in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    held = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(held[1]) * 1024 if held else 0
