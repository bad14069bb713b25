"""rollback: one painter's placements, spread over a long record, are rolled back while others paint.

The record has single pixels by a hundred painters, each on a random cell, and so many of one painter among them from
the first to the last. A moderator rolls that painter back through a server. Painters paint at leisure before and
meanwhile; ``p99`` is of their answers. ``rss`` is how much memory of the server the roll back took at its height.
Each run is of a copy of the record.
"""

from __future__ import annotations

import argparse
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from bench.processes import NO_QUOTAS, READY_SECONDS, BenchError, Clients, Process, Server
from bench.start import BYTES_A_PLACEMENT, CELLS, MILLION, PAINTERS, SIZE, TIME_MS
from bench.table import Row
from dcc.client.address import parse_any_address
from dcc.client.conversation import Conversation
from dcc.client.endpoint import Server as Address
from dcc.client.identity import Identity
from dcc.client.reactor_thread import ReactorThread
from dcc.core.actions import Choice, RollBack
from dcc.core.canvas import pack_pixels
from dcc.core.placements import Painter, Stroke
from dcc.operator_file import read_operator
from dcc.record.replay import Keyframe
from dcc.record.writer import Writer

VANDAL = Painter(PAINTERS + 1, "vandal", "192.0.2.66:4000", is_proven=True)
BATCH = 10_000
WARM_SECONDS = 0.5
"""The painters paint so long before the roll back begins."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--placements", type=float, default=10, help="in millions")
    parser.add_argument("--chosen", type=int, default=100_000, help="of them by the painter that is rolled back")
    parser.add_argument("--painters", type=int, default=8, help="others who paint meanwhile")
    parser.add_argument("--rate", type=float, default=200.0, help="their paints a second, all together")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long they paint before, and again meanwhile")
    parser.add_argument("--repeat", type=int, default=5, help="roll backs")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each roll back."""
    placements = int(options.placements * MILLION)
    needed = 2 * placements * BYTES_A_PLACEMENT
    if shutil.disk_usage(clients.folder).free < needed:
        raise BenchError(f"{clients.folder} has no room for {needed / 2**30:.1f} GiB; TMPDIR chooses another place")
    path = clients.folder / "history.dcc"
    make(path, placements, options.chosen)
    rows: list[Row] = []
    with ReactorThread() as thread:
        for number in range(options.repeat):
            copy = clients.folder / f"copy-{number}.dcc"
            shutil.copy(path, copy)
            with Server(clients.folder, f"sqlite:{copy}", *NO_QUOTAS) as server:
                operator = read_operator(copy)
                with Conversation(
                    thread, Address(parse_any_address(operator.address)), Identity(key=operator.key)
                ) as moderator:
                    row = _measure(clients, server, moderator, options)
            copy.unlink()
            rows.append({"placements": placements, "chosen": options.chosen, **row})
            print(f"  {row['cells']} cells in {row['seconds']:.2f} s", flush=True)
    return rows


def make(path: Path, placements: int, chosen: int) -> None:
    """Make a record."""
    random = Random(1)
    writer = Writer(path, SIZE)
    painters = [Painter(number, f"painter {number}", f"127.0.0.1:{number}") for number in range(PAINTERS)]
    while writer.sequence < placements:
        strokes = [
            Stroke(
                VANDAL if random.random() * placements < chosen else random.choice(painters),
                pack_pixels([(random.randrange(CELLS), random.randrange(8))]),
            )
            for _ in range(min(BATCH, placements - writer.sequence))
        ]
        writer.append(strokes, TIME_MS + writer.sequence)
        writer.canvas.apply(b"".join([stroke.pixels for stroke in strokes]))
        if writer.keyframe_due:
            writer.write_keyframe(Keyframe.of(writer.sequence, writer.canvas))
            writer.shorten_log()
    writer.close()


def _measure(clients: Clients, server: Server, moderator: Conversation, options: argparse.Namespace) -> Row:
    clients.expect_placements(0)  # nobody wants to know when each was written
    with _painters(clients, server, options) as painters:
        before = painters.figures(options.seconds + READY_SECONDS)["answer"]
    rss, cpu = server.memory().rss, server.cpu()
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # the most memory is that of now (proc(5))
    with _painters(clients, server, options) as painters:
        time.sleep(WARM_SECONDS)
        began = time.monotonic()
        done = moderator.ask(lambda link: link.act(RollBack(Choice(names=(VANDAL.name,)))))
        seconds = time.monotonic() - began
        meanwhile = painters.figures(options.seconds + READY_SECONDS)["answer"]
    most = re.search(r"^VmHWM:\s*(\d+) kB$", Path(f"/proc/{server.pid}/status").read_text(), re.MULTILINE)
    if most is None or not done.cells:
        raise BenchError("nothing was rolled back, or the system tells no memory")
    return {
        "cells": done.cells,
        "seconds": seconds,
        "server cpu s": server.cpu() - cpu,
        "rss MiB": int(most[1]) / 1024 - rss / 2**20,
        "p99 before, ms": before["p99_ms"],
        "p99 meanwhile, ms": meanwhile["p99_ms"],
        "most before, ms": before["max_ms"],
        "most meanwhile, ms": meanwhile["max_ms"],
    }


@contextmanager
def _painters(clients: Clients, server: Server, options: argparse.Namespace) -> Iterator[Process]:
    """Let painters begin to paint."""
    with clients.painter(server.port, options.painters, rate=options.rate, seconds=options.seconds) as painters:
        painters.hear("^ready")
        painters.say("go")
        yield painters
