"""fan-out: a few paint, many look on. The rival is a bare loop of ``send`` with the same bytes to as many viewers.

What the loops send is what the first viewer was sent in the run just before, at the same times. So the ratio says what
everything else costs: taking the paints, recording them, keeping the board, and Twisted.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import time
from pathlib import Path
from typing import Any

from bench.processes import BenchError, Clients, Process, Server
from bench.table import Row
from dcc import codec
from dcc.framing import FrameDecoder, frame
from dcc.messages import WholeBoard

CELLS = 2500
PAINTS_A_PAINTER = 250.0
"""A second: so one of 8,000 paints a second comes from 32 painters."""
DELIVERY_SECONDS = 60.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--viewers", type=int, nargs="+", default=[100, 1000, 5000, 10000])
    parser.add_argument("--rates", type=float, nargs="+", default=[20, 1000, 8000, 32000], help="paints a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long they paint in each run")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, interleaved with the rival's")
    parser.add_argument("--store", default="sqlite:", choices=["sqlite:", "memory:"], help="what the server keeps")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """One row for each number of viewers and rate: medians of the repeats."""
    rows = []
    for viewers in options.viewers:
        for rate in options.rates:
            runs = [_run_once(clients, options, viewers, rate, number) for number in range(options.repeat)]
            rows.append(_median(runs))
    return rows


def _median(runs: list[Row]) -> Row:
    """Of numbers the median, of the rest the last; and how far the first ratio ranged."""
    row = {
        key: statistics.median(run[key] for run in runs) if isinstance(value, int | float) else value
        for key, value in runs[-1].items()
    }
    ratios = [run["to Python"] for run in runs]
    row["range"] = f"{min(ratios):.2f}-{max(ratios):.2f}"
    return row


def _run_once(clients: Clients, options: argparse.Namespace, viewers: int, rate: float, number: int) -> Row:
    recording = clients.folder / "recording"
    served = serve_once(clients, viewers, rate, options.seconds, store=options.store, recording=recording)
    row: Row = {
        "viewers": viewers,
        "paints/s": int(rate),
        "messages/s": int(served["messages"] / served["seconds"]),
        "bytes each": int(served["bytes"] / max(1, served["messages"])),
        "p50 ms": served["latency"]["p50_ms"],
        "p99 ms": served["latency"]["p99_ms"],
        "max ms": served["latency"]["max_ms"],
        "ack p99": served["answer"]["p99_ms"],
        "drain s": served["drain_s"],
        "cpu %": 100 * served["server_cpu_s"] / served["seconds"],
        "us/message": 1e6 * served["server_cpu_s"] / max(1, served["messages"]),
        "viewers cpu %": 100 * served["cpu_s"] / served["seconds"],
        "rss MiB": served["rss"] / 2**20,
    }
    for name, in_c in (("Python", False), ("C", True)):
        if in_c and not clients.compiled:
            continue
        bare = bare_once(clients, viewers, recording, in_c=in_c)
        row[f"{name} us"] = 1e6 * bare
        row[f"to {name}"] = row["us/message"] / row[f"{name} us"]
    print(
        f"  {viewers} viewers, {rate:g} paints/s, run {number + 1}: {row['to Python']:.2f} times the Python loop",
        flush=True,
    )
    return row


def serve_once(
    clients: Clients,
    viewers: int,
    rate: float,
    seconds: float,
    *,
    store: str = "sqlite:",
    recording: Path | None = None,
) -> dict[str, Any]:
    """Paint for a while with viewers looking on.

    :return: the figures of ``swarm.c`` and ``painter.c``, ``server_cpu_s`` and ``rss`` in bytes.
    :raises BenchError: something was lost, or a viewer does not end with the server's board.
    """
    clients.expect_placements(int(rate * (seconds + 1)) + 1000)
    painters = max(1, round(rate / PAINTS_A_PAINTER))
    board = clients.folder / "board"
    with (
        Server(clients.folder, store) as server,
        clients.swarm(server.port, viewers, recording=str(recording or "-")) as swarm,
    ):
        swarm.hear("^ready")
        with clients.painter(server.port, painters, rate=rate, seconds=seconds) as painter:
            painter.hear("^ready")
            wait_until_idle(server)
            swarm.say("mark")
            swarm.hear("^marked")
            before = server.cpu()
            painter.say("go")
            painted = painter.figures(seconds + READY)
            swarm.say(f"finish {painted['sequence']} {DELIVERY_SECONDS} {board}")
            figures = {**painted, **swarm.figures(DELIVERY_SECONDS + READY)}
            figures["server_cpu_s"] = server.cpu() - before
            figures["rss"] = server.memory().rss
            _make_sure(figures, server, board)
    return figures


READY = 60.0


def wait_until_idle(process: Process) -> None:
    """Wait for the rest of what the joining caused."""
    quiet = 0
    used = process.cpu()
    while quiet < 3:
        time.sleep(0.4)
        now = process.cpu()
        quiet = quiet + 1 if now - used < 0.004 else 0
        used = now


def _make_sure(figures: dict[str, Any], server: Server, board: Path) -> None:
    for key, wrong in (
        ("lost", figures["lost"]),
        ("behind", figures["behind"]),
        ("with another board", figures["viewers"] - figures["agreeing"]),
        ("told an older sequence", figures["backwards"]),
        ("paints unanswered", figures["painted"] - figures["answered"]),
        ("paints rejected", figures["rejected"]),
    ):
        if wrong:
            raise BenchError(f"{wrong} {key}")
    if board.read_bytes() != fetch_board(server.port):
        raise BenchError("the viewers' board is not the server's")


def fetch_board(port: int) -> bytes:
    """The board as somebody sees it who joins now."""
    decoder = FrameDecoder(1 << 25)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(frame(b'{"comando": "nuevo", "version": 2}'))
        while piece := connection.recv(1 << 16):
            decoder.receive(piece)
            while (payload := decoder.next_payload()) is not None:
                message = codec.decode_server(payload)
                if isinstance(message, WholeBoard):
                    return message.colours
    raise BenchError("the server sent no board")


def bare_once(clients: Clients, viewers: int, recording: Path, *, in_c: bool) -> float:
    """Send a recording to viewers from a bare loop.

    :return: CPU seconds a message.
    :raises BenchError: a viewer did not get all of it.
    """
    with clients.bare(viewers, in_c=in_c) as bare:
        port = int(bare.hear(r"^port (\d+)")[1])
        with clients.swarm(port, viewers, version=0) as swarm:
            swarm.hear("^ready")
            bare.hear("^ready")
            swarm.say("mark")
            swarm.hear("^marked")
            before = bare.cpu()
            bare.say(f"go {recording}")
            sent = bare.hear(r"^sent (\d+) (\d+)")
            frames, cut_short = int(sent[1]), int(sent[2])
            used = bare.cpu() - before
            swarm.say(f"finish {frames} {DELIVERY_SECONDS} {clients.folder / 'board'}")
            figures = swarm.figures(DELIVERY_SECONDS + READY)
    if cut_short or figures["lost"] or figures["behind"]:
        raise BenchError(f"the bare loop: {cut_short} messages cut short, {figures['behind']} viewers behind")
    return used / (frames * viewers)
