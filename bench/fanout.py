"""fan-out: a few paint, many look on. The rival is a bare loop of ``send`` with the same bytes to as many viewers.

The loops send the bytes that the first viewer received in the run just before, at the same times. The ratio (``to
Python``, ``to C``) therefore shows the cost of everything else: receiving the paints, recording, the board, and
Twisted. The painters are on TCP whatever the viewers' wire.

``ingest us`` is the CPU of a commit of the same painters at the same rate without a viewer, in the same run, with
answers to the painters and the paints of the others. ``net`` is the whole less this cost for as many commits: the cost
of telling the viewers alone. The figure does not flatter: with viewers, commits are fewer and hold more paints, and
each costs more.

``tell ms`` is how long the server takes to send a batch to all viewers. ``paint`` is the painters' wait for an
acknowledgement, ``drain`` the time from the last paint to the last answer, ``viewers %`` and ``painters %`` the
clients' own use of a core: less than the server's if the clients are in C.
"""

from __future__ import annotations

import argparse
import socket
import time
from pathlib import Path
from typing import Any

from bench.processes import BenchError, Clients, Process, Server
from bench.table import Row, median
from dcc.protocol import codec
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import WholeBoard

CELLS = 2500
PAINTS_A_PAINTER = 250.0
"""Most paints a second of a painter: 8,000 paints a second come from 32 painters."""
READY_SECONDS = 60.0
DELIVERY_SECONDS = 60.0
IDLE_SECONDS = 10.0
INGEST_PART = 0.5
"""Time of painting without a viewer, as a part of the time with viewers."""
COMMITS = "dcc_commit_pixels_count"
TOLD, TOLD_SECONDS = "dcc_tell_seconds_count", "dcc_tell_seconds_sum"
WEB_PATHS = {"tcp": "-", "websocket": "/ws"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--wires", nargs="+", default=list(WEB_PATHS), choices=WEB_PATHS, help="of the viewers")
    parser.add_argument("--viewers", type=int, nargs="+", default=[100, 1000, 5000, 10000])
    parser.add_argument("--rates", type=float, nargs="+", default=[20, 1000, 8000, 32000], help="paints a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long they paint in each run")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, interleaved with the rival's")
    parser.add_argument("--store", default="sqlite:", choices=["sqlite:", "memory:"], help="what the server keeps")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each wire, number of viewers and rate: medians of the repeats."""
    rows = []
    for wire in options.wires:
        for viewers in options.viewers:
            for rate in options.rates:
                runs = [_run_once(clients, options, wire, viewers, rate) for _number in range(options.repeat)]
                row = median(runs)
                ratios = [run["to Python"] for run in runs]
                row["range"] = f"{min(ratios):.2f}-{max(ratios):.2f}"
                rows.append(row)
                print(
                    f"  {wire}, {viewers} viewers, {rate:g} paints/s: {row['range']} times the Python loop", flush=True
                )
    return rows


def _run_once(clients: Clients, options: argparse.Namespace, wire: str, viewers: int, rate: float) -> Row:
    recording = clients.folder / "recording"
    served = serve_once(clients, viewers, rate, options.seconds, store=options.store, wire=wire, recording=recording)
    ingest = _ingest_once(clients, rate, options.seconds * INGEST_PART, options.store)
    seconds, messages = served["seconds"], max(1, served["messages"])
    us = 1e6 * served["server_cpu_s"] / messages
    net_us = us - 1e6 * ingest * served["commits"] / messages
    row: Row = {
        "wire": wire,
        "viewers": viewers,
        "paints/s": int(rate),
        "messages/s": int(messages / seconds),
        "bytes each": int(served["bytes"] / messages),
        "p50 ms": served["latency"]["p50_ms"],
        "p99 ms": served["latency"]["p99_ms"],
        "max ms": served["latency"]["max_ms"],
        "paint p50": served["answer"]["p50_ms"],
        "paint p99": served["answer"]["p99_ms"],
        "drain s": served["drain_s"],
        "tell ms": 1000 * served["tell_s"],
        "cpu %": 100 * served["server_cpu_s"] / seconds,
        "viewers %": 100 * served["viewers_cpu_s"] / seconds,
        "painters %": 100 * served["painters_cpu_s"] / seconds,
        "rss MiB": served["rss"] / 2**20,
        "commits/s": int(served["commits"] / seconds),
        "ingest us": 1e6 * ingest,
        "us/message": us,
        "net us": net_us,
    }
    for name, in_c in (("Python", False), ("C", True)):
        if in_c and not clients.compiled:
            continue
        bare_us = 1e6 * bare_once(clients, viewers, recording, wire=wire, in_c=in_c)
        row |= {f"{name} us": bare_us, f"to {name}": us / bare_us, f"net to {name}": net_us / bare_us}
    return row


def serve_once(
    clients: Clients,
    viewers: int,
    rate: float,
    seconds: float,
    *,
    store: str = "sqlite:",
    wire: str = "tcp",
    recording: Path | None = None,
) -> dict[str, Any]:
    """Paint for a while with viewers looking on.

    :return: the figures of ``swarm.c`` and ``painter.c``, ``server_cpu_s``, ``commits``, ``tell_s`` of a telling, and
        ``rss`` in bytes.
    :raises BenchError: something was lost, or a viewer does not end with the server's board.
    """
    clients.expect_placements(int(rate * (seconds + 1)) + 1000)
    board = clients.folder / "board"
    with (
        Server(clients.folder, store, "--http=0") as server,
        clients.swarm(
            server.port if wire == "tcp" else server.web_port,
            viewers,
            web=WEB_PATHS[wire],
            recording=str(recording or "-"),
        ) as swarm,
    ):
        swarm.hear("^ready")
        with painters(clients, server, rate, seconds) as painter:
            painter.hear("^ready")
            wait_until_idle(server)
            swarm.say("mark")
            swarm.hear("^marked")
            at_first = server.metrics()
            before = server.cpu()
            painter.say("go")
            painted = painter.figures(seconds + READY_SECONDS)
            swarm.say(f"finish {painted['sequence']} {DELIVERY_SECONDS} {board}")
            figures = {**painted, **swarm.figures(DELIVERY_SECONDS + READY_SECONDS)}
            figures["server_cpu_s"] = server.cpu() - before
            at_last = server.metrics()
            figures["commits"] = at_last[COMMITS] - at_first[COMMITS]
            figures["tell_s"] = (at_last[TOLD_SECONDS] - at_first[TOLD_SECONDS]) / (at_last[TOLD] - at_first[TOLD])
            figures["rss"] = server.memory().rss
            make_sure(figures, server, board)
    return figures


def _ingest_once(clients: Clients, rate: float, seconds: float, store: str) -> float:
    """Paint for a while with nobody looking on.

    :return: CPU seconds of the server a commit.
    """
    clients.expect_placements(int(rate * (seconds + 1)) + 1000)
    with Server(clients.folder, store, "--http=0") as server, painters(clients, server, rate, seconds) as painter:
        painter.hear("^ready")
        wait_until_idle(server)
        commits = server.metrics()[COMMITS]
        before = server.cpu()
        painter.say("go")
        painter.figures(seconds + READY_SECONDS)
        used = server.cpu() - before
        return used / (server.metrics()[COMMITS] - commits)


def painters(clients: Clients, server: Server, rate: float, seconds: float) -> Process:
    """Start painters for a rate; see ``painter.c``."""
    return clients.painter(server.port, max(1, round(rate / PAINTS_A_PAINTER)), rate=rate, seconds=seconds)


def wait_until_idle(*processes: Process) -> None:
    """Wait until the work of the joins is done; not for long, since some servers are never quite idle.

    (Ten thousand WebSockets are sent some 300 pings a second.)
    """
    quiet = 0
    used = [each.cpu() for each in processes]
    deadline = time.monotonic() + IDLE_SECONDS
    while quiet < 3 and time.monotonic() < deadline:
        time.sleep(0.4)
        before, used = used, [each.cpu() for each in processes]
        quiet = quiet + 1 if all(now - then < 0.004 for now, then in zip(used, before, strict=True)) else 0


def make_sure(figures: dict[str, Any], server: Server, board: Path) -> None:
    """Make sure that nothing was lost.

    :param figures: of painters and viewers.
    :param board: the file with a viewer's board.
    :raises BenchError: something was lost, or a viewer does not end with the server's board.
    """
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
    """Return the board of a client that joins now."""
    decoder = FrameDecoder(1 << 25)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(frame(b'{"comando": "nuevo", "version": 2}'))
        while piece := connection.recv(1 << 16):
            decoder.feed(piece)
            while (payload := decoder.next_payload()) is not None:
                message = codec.decode_server(payload)
                if isinstance(message, WholeBoard):
                    return message.colours
    raise BenchError("the server sent no board")


def bare_once(clients: Clients, viewers: int, recording: Path, *, wire: str = "tcp", in_c: bool) -> float:
    """Send a recording to viewers from a bare loop.

    :return: CPU seconds a message.
    :raises BenchError: a viewer did not receive the whole recording.
    """
    with clients.bare(viewers, in_c=in_c) as bare:
        port = int(bare.hear(r"^port (\d+)")[1])
        with clients.swarm(port, viewers, version=0, web=WEB_PATHS[wire]) as swarm:
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
            figures = swarm.figures(DELIVERY_SECONDS + READY_SECONDS)
    if cut_short or figures["lost"] or figures["behind"]:
        raise BenchError(f"the bare loop: {cut_short} messages cut short, {figures['behind']} viewers behind")
    if not frames:
        raise BenchError("nothing was painted for the bare loop to send; paint longer, or more")
    return used / (frames * viewers)
