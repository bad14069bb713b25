"""copies: plain copies of a busy record, once a second, and what keeping them fresh costs the painters.

A server empties its write-ahead log into the record's file beside the commits, so that a copy of the file alone is only
a moment behind. Painters paint at a fixed rate, the file is copied once a second with ``cp``, and after some seconds
each copy is opened and read. For the next seconds SQLite's own lock on emptying the log is held from outside, so that
the log stays as it is: the difference between both times is the cost of emptying.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import READY_SECONDS, BenchError, Clients, Server
from bench.table import Row
from dcc.core.placements import MILLISECONDS
from dcc.errors import RecordError
from dcc.record.reader import Reader

CELLS = 2500
PAINTERS = 20
EMPTYING_LOCK = 121
"""The byte of the log's index that a connection locks to empty the log (https://www.sqlite.org/walformat.html, "WAL
Locks")."""

WITHOUT = 1 / 3
"""For how much of the time with copies the log is kept from being emptied: it grows by some megabytes a second."""

SETTLING_SECONDS = 3.0
"""After which a long log is certainly emptied again."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--minutes", type=float, default=5.0, help="how long copies are made")
    parser.add_argument("--rate", type=float, default=2000.0, help="paints a second, of one pixel each")
    parser.add_argument("--each", type=float, default=30.0, help="seconds with copies before some without")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for the time with emptying, and a row without."""
    with Server(clients.folder, "sqlite:", "--http=0", f"--canvas={CELLS // 50}x50") as server:
        (path,) = clients.folder.glob("*/board.dcc")
        return _Copies(clients, server, path, options).run()


class _Copies:
    def __init__(self, clients: Clients, server: Server, path: Path, options: argparse.Namespace) -> None:
        self._clients = clients
        self._server = server
        self._path = path
        self._rate = options.rate
        self._rounds = max(1, round(60 * options.minutes / options.each))
        self._each = options.each
        self._behind: list[float] = []
        self._unreadable: list[str] = []

    def run(self) -> list[Row]:
        emptied, kept = [], []
        for number in range(self._rounds):
            self._paint(SETTLING_SECONDS)
            emptied.append(self._paint(self._each, counts=True))
            with self._log_kept():
                kept.append(self._paint(WITHOUT * self._each))
            print(f"  round {number + 1} of {self._rounds}: {len(self._behind)} copies", flush=True)
        for reason in self._unreadable:
            print(f"  not readable: {reason}", flush=True)
        nothing = {"copies": "", "not readable": "", "behind s": "", "worst s": ""}
        return [
            {
                "log": "emptied",
                **_spread(emptied),
                "copies": len(self._behind) + len(self._unreadable),
                "not readable": len(self._unreadable),
                "behind s": statistics.median(self._behind),
                "worst s": max(self._behind),
            },
            {"log": "kept", **_spread(kept), **nothing},
        ]

    def _paint(self, seconds: float, *, counts: bool = False) -> Row:
        self._clients.expect_placements(int(self._rate * seconds))
        with self._clients.painter(
            self._server.port, PAINTERS, cells=CELLS, rate=self._rate, seconds=seconds
        ) as painter:
            painter.hear("^ready")
            painter.say("go")
            began = time.monotonic()
            copies = []
            for second in range(1, int(seconds)):
                time.sleep(max(0.0, began + second - time.monotonic()))
                copies.append(self._make_copy(second))
            figures = painter.figures(seconds + READY_SECONDS)
        if figures["rejected"] or figures["answered"] < figures["painted"]:
            raise BenchError("{painted} paints: {answered} answered, {rejected} rejected".format(**figures))
        for copy, made_at in copies:
            if counts:
                self._read_copy(copy, made_at)
            copy.unlink()
        return {"paints": figures["answered"], **figures["answer"]}

    def _make_copy(self, number: int) -> tuple[Path, float]:
        copy = self._path.with_name(f"copy{number}")
        subprocess.run(["cp", self._path, copy], check=True)
        return copy, time.time()

    def _read_copy(self, copy: Path, made_at: float) -> None:
        try:
            with Reader(copy) as reader:
                for _pixels in reader.pixels():
                    pass
                last = reader.last_sequence()
                reader.canvas_at(last)
                newest_ms = reader.time_of(last)
        except RecordError as error:
            self._unreadable.append(str(error))
            return
        assert newest_ms is not None
        self._behind.append(made_at - newest_ms / MILLISECONDS)

    @contextmanager
    def _log_kept(self) -> Iterator[None]:
        with open(self._path.with_name(f"{self._path.name}-shm"), "r+b") as index:
            fcntl.lockf(index, fcntl.LOCK_EX, 1, EMPTYING_LOCK, os.SEEK_SET)
            yield


def _spread(phases: list[Row]) -> Row:
    return {
        "paints": sum(phase["paints"] for phase in phases),
        "p50 ms": statistics.median(phase["p50_ms"] for phase in phases),
        "p99 ms": statistics.median(phase["p99_ms"] for phase in phases),
        "worst p99": max(phase["p99_ms"] for phase in phases),
        "max ms": max(phase["max_ms"] for phase in phases),
    }
