"""soak: mixed load for a long time, with clients coming and going. Memory and descriptors should not grow.

People of both versions on TCP and WebSocket look on, paint, ask for the history, stop reading for a while, leave in
order or not, and come back with their earlier board. Browsers ask for pages, peers that are no clients send anything,
and the metrics are scraped. The load is moderate, since the soak looks for growth and not for speed. In the end every
client must hold the server's board. Bounded caches of the server, such as the painters in its record, are filled before
the measurement.

A figure is flat if a straight line, fitted over the last two thirds of the time, grows by no more than twice its own
standard error plus an allowance: 1 MiB of memory, the smallest step of Python's allocator; 5 descriptors, the noise
between two readings; half a thread. After all have left, the descriptors must be as many as before the first client.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.fanout import fetch_board
from bench.processes import BenchError, Clients, Server
from bench.table import Row
from dcc.record.writer import PAINTERS_REMEMBERED

if TYPE_CHECKING:
    from bench.crowd import Crowd, OldViewer, Viewer

CANVAS = "80x60"
SAMPLE_SECONDS = 5.0
SETTLE_SECONDS = 30.0
PASSING_AT_ONCE = 20
MIB = 2**20

FLAT = {"rss MiB": 1.0, "descriptors": 5.0, "threads": 0.5}
"""How much each may grow over the last two thirds and be called flat."""

Sample = dict[str, float]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--minutes", type=float, default=30.0, help="how long")
    parser.add_argument("--people", type=int, default=100, help="viewers of each wire; painters and others go with it")
    parser.add_argument("--seed", type=int, help="of the run to be had again, as far as time allows [a new one]")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each figure that should be flat, and some about the run; write the samples to
    ``soak-samples.json``.
    """
    try:
        from bench.crowd import Crowd
    except ImportError as error:
        raise BenchError(f"{error.name} is not there: pip install 'drawcolorcanvas[web,cluster,bench]'") from None
    seed = secrets.randbits(32) if options.seed is None else options.seed
    print(f"  seed {seed}", flush=True)
    with Server(clients.folder, "sqlite:", f"--canvas={CANVAS}", "--http=0") as server:
        soak = _Soak(server, Crowd(server.port, server.web_port, Random(seed)), options)
        try:
            asyncio.run(soak.run())
        finally:
            if options.out is not None:
                soak.save(seed)
    return soak.rows


class _Soak:
    def __init__(self, server: Server, crowd: Crowd, options: argparse.Namespace) -> None:
        self.server = server
        self.samples: list[Sample] = []
        self.rows: list[Row] = []
        self.crowd = crowd
        self._options = options
        self._record = next(server.console.parent.glob("*.dcc"))

    def save(self, seed: int) -> None:
        """Write the samples, for the plot, and for the search for a cause."""
        self._options.out.mkdir(parents=True, exist_ok=True)
        crowd = self.crowd
        text = json.dumps({"seed": seed, "happened": crowd.happened, "faults": crowd.faults, "samples": self.samples})
        (self._options.out / "soak-samples.json").write_text(text + "\n", encoding="utf-8")

    async def run(self) -> None:
        """:raises BenchError: the server did something wrong."""
        crowd, people = self.crowd, self._options.people
        await self._rehearse()
        before = self._descriptors()
        visits = [
            (crowd.view_by_tcp, people),
            (crowd.view_by_web, people),
            (crowd.view_as_of_old, max(1, people // 12)),
        ]
        visits += [(crowd.paint_by_tcp, 5), (crowd.paint_by_web, 3)]
        tasks = [asyncio.ensure_future(crowd.keep_coming(visit)) for visit, count in visits for _ in range(count)]
        tasks += [asyncio.ensure_future(crowd.keep_coming(crowd.browse, 2.0)) for _ in range(4)]
        tasks += [asyncio.ensure_future(crowd.keep_coming(crowd.misbehave, 0.5)) for _ in range(4)]
        try:
            await self._watch(tasks, 60 * self._options.minutes)
            crowd.over.set()
            agreeing = await self._agree()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        after = await self._empty(before)
        if crowd.faults:
            often = Counter(crowd.faults).most_common(5)
            raise BenchError(
                f"{len(crowd.faults)} things went wrong:\n" + "\n".join(f"{n} x {what}" for what, n in often)
            )
        self._judge(before, after, agreeing)

    async def _rehearse(self) -> None:
        """Use everything that opens at first need, and fill every bounded cache: threads, the history's own connection,
        the record's painters, SQLite's pages.
        """
        crowd = self.crowd

        async def some_pass_by() -> None:
            for _ in range(PAINTERS_REMEMBERED // PASSING_AT_ONCE):
                await crowd.paint_and_go()

        await asyncio.gather(*(some_pass_by() for _ in range(PASSING_AT_ONCE)))
        for _ in range(20):
            await crowd.browse()
        visits = [asyncio.ensure_future(crowd.view_by_tcp()) for _ in range(10)]
        await asyncio.sleep(10.0)
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        await asyncio.sleep(1.0)
        crowd.happened.clear()

    def _descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    async def _watch(self, tasks: Sequence[asyncio.Future[None]], seconds: float) -> None:
        """Look at the server every few seconds."""
        began, used = time.monotonic(), self.server.cpu()
        seen = began
        while seen - began < seconds:
            await asyncio.sleep(SAMPLE_SECONDS)
            for task in tasks:
                if task.done():
                    task.result()
            metrics = await asyncio.to_thread(self.server.metrics)
            memory = self.server.memory()
            now, cpu = time.monotonic(), self.server.cpu()
            waited = sorted(self.crowd.answer_seconds)
            self.crowd.answer_seconds.clear()
            status = Path(f"/proc/{self.server.pid}/status").read_text()
            threads = re.search(r"^Threads:\s*(\d+)", status, re.MULTILINE)
            log = self._record.with_name(self._record.name + "-wal")
            self.samples.append(
                {
                    "seconds": round(now - began, 1),
                    "rss MiB": memory.rss / MIB,
                    "pss MiB": memory.pss / MIB,
                    "descriptors": self._descriptors(),
                    "threads": int(threads[1]) if threads else 0,
                    "clients": metrics["dcc_clients"],
                    "behind": metrics["dcc_clients_behind"],
                    "wal MiB": log.stat().st_size / MIB if log.exists() else 0.0,
                    "record MiB": self._record.stat().st_size / MIB,
                    "cpu %": 100 * (cpu - used) / (now - seen),
                    "p99 ms": 1000 * waited[int(0.99 * len(waited))] if waited else 0.0,
                    "connections": self.crowd.happened["connections"],
                }
            )
            seen, used = now, cpu

    async def _agree(self) -> int:
        """Wait until every connected client holds the server's board.

        :return: how many do.
        :raises BenchError: somebody does not.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            await asyncio.sleep(0.5)
            board = await asyncio.to_thread(fetch_board, self.server.port)
            people: list[Viewer | OldViewer] = list(self.crowd.people)
            different = sum(person.board != board for person in people)
            if people and not different:
                return len(people)
            if time.monotonic() > deadline:
                raise BenchError(f"{different} of {len(people)} do not hold the server's board")

    async def _empty(self, before: int) -> int:
        """Wait until nobody is left.

        :return: the descriptors then.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        while (after := self._descriptors()) > before and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
        return after

    def _judge(self, before: int, after: int, agreeing: int) -> None:
        late = [sample for sample in self.samples if sample["seconds"] >= 20 * self._options.minutes]
        came = late[-1]["connections"] - late[0]["connections"]
        times = [sample["seconds"] for sample in late]
        for name, allowed in FLAT.items():
            values = [sample[name] for sample in late]
            growth, error = fitted_growth(times, values)
            self._tell(name, values, growth, error, "yes" if growth - 2 * error <= allowed else "NO", allowed)
        for name in ("pss MiB", "clients", "behind", "wal MiB", "cpu %", "p99 ms"):
            values = [sample[name] for sample in late]
            self._tell(name, values, *fitted_growth(times, values))
        flat = "yes" if after <= before else "NO"
        self.rows.append(
            {**dict.fromkeys(self.rows[0], ""), "what": f"descriptors before {before}, after", "last": after}
        )
        self.rows[-1]["flat"] = flat
        kib = 1024 * self.rows[0]["growth"] / max(1, came)
        print(f"  {came:.0f} connections in that time: {kib:.2f} KiB of growth each", flush=True)
        print(f"  {agreeing} hold the server's board in the end; {dict(self.crowd.happened)}", flush=True)

    def _tell(
        self, name: str, values: list[float], growth: float, error: float, flat: str = "", allowed: float | str = ""
    ) -> None:
        self.rows.append(
            {
                "what": name,
                "first": values[0],
                "median": statistics.median(values),
                "most": max(values),
                "last": values[-1],
                "growth": growth,
                "its error": error,
                "allowed": allowed,
                "flat": flat,
            }
        )


def fitted_growth(times: list[float], values: list[float]) -> tuple[float, float]:
    """Return the growth of a line fitted by least squares from the first time to the last, and its standard error."""
    if len(times) < 3:
        raise BenchError("too short a time to tell whether anything grows: half a minute at least")
    slope, intercept = statistics.linear_regression(times, values)
    rest = sum((value - slope * moment - intercept) ** 2 for moment, value in zip(times, values, strict=True))
    middle = statistics.fmean(times)
    spread = sum((moment - middle) ** 2 for moment in times)
    length = times[-1] - times[0]
    return slope * length, length * (rest / (len(times) - 2) / spread) ** 0.5
