"""abuse: the waiting times of painters before, during and after an attack on the server, and the fate of the attackers.

A few people paint and a hundred look on, half of them on TCP and half on WebSocket. ``before``, ``while`` and ``after``
are the painters' waits for acknowledgements, in milliseconds; ``join`` is a newcomer's wait for the board during the
attack, and how many of the newcomers had the board within 5 s. ``cpu %`` is the server's, ``MiB`` the growth of its
resident memory. ``others`` says how many of the hundred end with the server's board.

The attackers come from as many addresses as a real crowd, 30 from each, so that limits by address do not help.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.fanout import CELLS, WEB_PATHS, fetch_board, wait_until_idle
from bench.memory import BEHIND, join
from bench.processes import NO_QUOTAS, BenchError, Clients, Process, Server
from bench.table import Row
from dcc.protocol.frames import FrameDecoder, frame

PAINTERS, PAINTS_A_SECOND, PIXELS_A_PAINT = 4, 100.0, 50
"""Enough bytes to fill, within seconds, the buffers of a client that does not read."""
ONLOOKERS = 100
JOIN_SECONDS = 5.0
JOINS_A_SECOND = 4.0
PATIENCE_SECONDS = 90.0
STALLED_BYTES = 4096
"""Kernel buffer for a viewer that does not read; the default would hold megabytes."""
CONNECTED = "dcc_clients"
DESCRIPTORS_LEFT = 400
"""How many more descriptors the server may have, in the scenario that uses them up."""
PLACEMENTS = 60_000_000
"""Capacity of the shared file of times: mostly a hole."""

Steps = Generator[str, None, None]
"""A generator that yields before the attack begins, before its end, and at the end; the strings tell the fate of the
attackers."""


@dataclass
class Stage:
    """A server, and what a scenario needs to know about the server."""

    clients: Clients
    server: Server
    count: int
    seconds: float
    sequence: int = 0
    closing: ExitStack = field(default_factory=ExitStack)

    def abuser(self, what: str, *, web: bool = False) -> Process:
        """See ``abuser.c``; ends with the stage."""
        return self.closing.enter_context(_abuser(self.clients, what, self.port(web), self.count, web=web))

    def port(self, web: bool) -> int:
        """Of TCP or of browsers."""
        return self.server.web_port if web else self.server.port


@dataclass(frozen=True)
class Scenario:
    """An attack, and the server for it.

    :ivar count: how many abusers.
    :ivar serve: options of the server.
    """

    steps: Callable[[Stage], Steps]
    count: int
    serve: tuple[str, ...] = ()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--only", nargs="+", choices=[*SCENARIOS, RESTART], default=[*SCENARIOS, RESTART], metavar="NAME"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each is abused")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the abusers")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return a row for each scenario."""
    if not clients.compiled:
        raise BenchError("this one needs a C compiler")
    rows = []
    for name in options.only:
        if name == RESTART:
            row = _restart(clients, max(1, int(RETURNING * options.scale)), options.seconds)
        else:
            row = _abuse(clients, name, SCENARIOS[name], options)
        rows.append({"scenario": name, **row})
        print("  " + "  ".join(f"{key}: {value}" for key, value in rows[-1].items()), flush=True)
    return rows


def _abuse(clients: Clients, name: str, scenario: Scenario, options: argparse.Namespace) -> Row:
    seconds, calm = options.seconds, _calm_seconds(options.seconds)
    count = max(1, int(scenario.count * options.scale))
    clients.expect_placements(PLACEMENTS)
    with Server(clients.folder, "sqlite:", "--http=0", *scenario.serve) as server, ExitStack() as closing:
        stage = Stage(clients, server, count, seconds, closing=closing)
        onlookers = _onlookers(stage)
        before, meanwhile, after = (_painters(stage, length) for length in (calm, seconds, calm))
        steps = scenario.steps(stage)
        fates = [next(steps)]
        wait_until_idle(server)
        waited_before = _paint(before)
        used, held = server.cpu(), server.memory().rss
        fates.append(next(steps))
        with Joining(server.port) as joining:
            began = time.monotonic()
            waited_meanwhile = _paint(meanwhile)
            cpu = (server.cpu() - used) / (time.monotonic() - began)
        grown = server.memory().rss - held
        stage.sequence = waited_meanwhile["sequence"]
        fates.append(next(steps))
        waited_after = _paint(after)
        fates.append(next(steps, ""))
        return {
            "abusers": count,
            **_waits("before", waited_before),
            **_waits("while", waited_meanwhile),
            **_waits("after", waited_after),
            "join ms": joining.spell(),
            "cpu %": 100 * cpu,
            "MiB": grown / 2**20,
            "MiB after": (server.memory().rss - held) / 2**20,
            "others": _agreeing(stage, onlookers, waited_after["sequence"]),
            "abusers' fate": "; ".join(filter(None, fates)),
        }


def _calm_seconds(seconds: float) -> float:
    return min(15.0, seconds)


def _onlookers(stage: Stage) -> list[Process]:
    swarms = [
        stage.closing.enter_context(stage.clients.swarm(stage.port(wire != "tcp"), ONLOOKERS // 2, web=path))
        for wire, path in WEB_PATHS.items()
    ]
    for swarm in swarms:
        swarm.hear("^ready")
    return swarms


def _painters(stage: Stage, seconds: float, rate: float = PAINTS_A_SECOND) -> Process:
    painters = stage.closing.enter_context(
        stage.clients.painter(stage.server.port, PAINTERS, rate=rate, seconds=seconds, pixels=PIXELS_A_PAINT)
    )
    painters.hear("^ready")
    return painters


def _paint(painters: Process) -> dict[str, Any]:
    painters.say("go")
    figures = painters.figures(2 * PATIENCE_SECONDS)
    if figures["answered"] != figures["painted"] or figures["rejected"]:
        raise BenchError(f"a neighbour's paints were lost or rejected: {figures}")
    return figures


def _waits(name: str, figures: dict[str, Any]) -> Row:
    answer = figures["answer"]
    return {
        f"{name} p50": answer["p50_ms"],
        f"{name} p99": answer["p99_ms"],
        f"{name} max": answer["max_ms"],
    }


def _agreeing(stage: Stage, onlookers: list[Process], sequence: int) -> str:
    """Count the viewers that hold the server's board, and the lost ones."""
    agreeing = lost = 0
    for number, swarm in enumerate(onlookers):
        path = stage.clients.folder / f"board{number}"
        swarm.say(f"finish {sequence} {PATIENCE_SECONDS} {path}")
        figures = swarm.figures(2 * PATIENCE_SECONDS)
        lost += figures["lost"]
        if path.read_bytes() == fetch_board(stage.server.port):
            agreeing += figures["agreeing"]
    return f"{agreeing} of {ONLOOKERS} agree, {lost} lost"


class Joining:
    """Somebody comes now and then, waits for the board and leaves, as long as the block lasts."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._waits: list[float] = []
        self._tried = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_coming)

    def _keep_coming(self) -> None:
        while not self._over.wait(1 / JOINS_A_SECOND):
            self._tried += 1
            began = time.monotonic()
            if joins(self._port):
                self._waits.append(1000 * (time.monotonic() - began))

    def spell(self) -> str:
        """The median and the longest wait, and how many had the board."""
        waits = sorted(self._waits)
        if not waits:
            return f"0/{self._tried}"
        return f"{waits[len(waits) // 2]:.1f}, max {waits[-1]:.0f}, {len(waits)}/{self._tried}"

    def __enter__(self) -> Joining:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()


def joins(port: int) -> bool:
    """Return whether a newcomer has the board in time."""
    decoder = FrameDecoder(1 << 20)
    try:
        with socket.create_connection(("127.0.0.1", port), JOIN_SECONDS) as connection:
            connection.sendall(frame(b'{"comando": "nuevo", "version": 2}'))
            while piece := connection.recv(1 << 16):
                decoder.feed(piece)
                while (payload := decoder.next_payload()) is not None:
                    if payload[0] == 1:
                        return True
    except OSError:
        pass
    return False


def _abuser(clients: Clients, what: str, port: int, count: int, *, web: bool = False) -> Process:
    return Process([str(clients.folder / "abuser"), what, str(port), str(count), str(int(web))])


def _closed(figures: dict[str, Any]) -> str:
    if not figures["closed"]:
        return f"{figures['alive']} still there"
    return (
        f"{figures['alive']} still there, {figures['closed']} closed after "
        f"{figures['first_closed_s']:.1f} to {figures['last_closed_s']:.1f} s"
    )


# --- the scenarios -------------------------------------------------------------------------------------


def _connected(what: str, *, web: bool = False) -> Callable[[Stage], Steps]:
    """Open connections and keep them open."""

    def steps(stage: Stage) -> Steps:
        abuser = stage.abuser(what, web=web)
        yield ""
        abuser.say("go")
        yield ""
        abuser.say("stop")
        yield _closed(abuser.figures())

    return steps


def _ask(path: str) -> Callable[[Stage], Steps]:
    """Ask for a path of the web port without a pause, on many connections that stay open."""

    def steps(stage: Stage) -> Steps:
        abuser = stage.abuser(f"ask:{path}", web=True)
        yield ""
        abuser.say("go")
        yield ""
        abuser.say("stop")
        figures = abuser.figures()
        yield f"{figures['answers'] / stage.seconds:,.0f} answers a second, {_closed(figures)}"

    return steps


def _reset(*, web: bool = False) -> Callable[[Stage], Steps]:
    def steps(stage: Stage) -> Steps:
        abuser = stage.abuser("reset", web=web)
        yield ""
        abuser.say("go")
        yield ""
        abuser.say("stop")
        figures = abuser.figures()
        yield f"{figures['opened'] / stage.seconds:,.0f} resets a second, {figures['failed']} did not get through"

    return steps


def _stalled(stage: Stage) -> Steps:
    """Viewers that are stopped, do not read, and later continue."""
    joiners = [
        stage.closing.enter_context(
            stage.clients.joiners(
                stage.port(wire != "tcp"), stage.count // 2, web=path, cells=CELLS, receive_buffer=STALLED_BYTES
            )
        )
        for wire, path in WEB_PATHS.items()
    ]
    for each in joiners:
        join(each, stage.count // 2, stage.count, PATIENCE_SECONDS)
    connected = stage.server.metrics()[CONNECTED]
    yield ""
    for each in joiners:
        os.kill(each.pid, signal.SIGSTOP)
    yield ""
    metrics = stage.server.metrics()
    for each in joiners:
        os.kill(each.pid, signal.SIGCONT)
        each.say(f"finish {stage.sequence} {PATIENCE_SECONDS} {stage.clients.folder / 'stalled'}")
    checked = [each.hear(r"^agreeing (\d+) of (\d+)", 2 * PATIENCE_SECONDS) for each in joiners]
    agreeing, of = (sum(int(heard[part]) for heard in checked) for part in (1, 2))
    yield (
        f"{metrics[BEHIND]:.0f} were behind and {connected - metrics[CONNECTED]:.0f} gone at the end of it; "
        f"of {of} looked at, {agreeing} had the server's board soon after"
    )


def _flood(version: int, pixels: int) -> Callable[[Stage], Steps]:
    """A painter as fast as the answers, with many requests in flight."""

    def steps(stage: Stage) -> Steps:
        flood = stage.closing.enter_context(
            stage.clients.painter(
                stage.server.port, 1, version=version, rate=0, seconds=stage.seconds, window=64, pixels=pixels
            )
        )
        flood.hear("^ready")
        yield ""
        flood.say("go")
        yield ""
        figures = flood.figures(2 * PATIENCE_SECONDS)
        painted = (figures["answered"] - figures["rejected"]) * pixels / figures["seconds"]
        yield f"{painted:,.0f} pixels a second, {figures['rejected']:,} of {figures['painted']:,} requests rejected"

    return steps


def _descriptors(stage: Stage) -> Steps:
    """Allow the server few descriptors above those in use, and send many clients for them."""
    turned_away, again = "New connections are refused", "New connections are accepted again"
    most = len(os.listdir(f"/proc/{stage.server.pid}/fd")) + DESCRIPTORS_LEFT
    resource.prlimit(stage.server.pid, resource.RLIMIT_NOFILE, (most, most))
    abuser = stage.abuser("insist")
    yield ""
    abuser.say("go")
    yield ""
    abuser.say("stop")
    figures = abuser.figures()
    began = time.monotonic()
    while not joins(stage.server.port):
        pass
    yield (
        f"{figures['alive']} let in, the others turned away {figures['closed']:,} times; "
        f"{1000 * (time.monotonic() - began):.0f} ms after they went somebody new was let in"
    )
    time.sleep(max(0.0, 11 - _calm_seconds(stage.seconds)))
    joins(stage.server.port)
    said = stage.server.console.read_text()
    counts = [said.count(words) for words in (turned_away, again, "EMFILE")]
    yield "said {} time, and {} time that there is room again; Twisted's own lines: {}".format(*counts)


SCENARIOS = {
    "stalled": Scenario(_stalled, 1000),
    "silent": Scenario(_connected("silent"), 2000),
    "silent-free": Scenario(_connected("silent"), 2000, ("--hello-timeout=0",)),
    "silent-web": Scenario(_connected("silent", web=True), 2000),
    "trickle": Scenario(_connected("trickle"), 1000),
    "trickle-free": Scenario(_connected("trickle"), 1000, ("--hello-timeout=0",)),
    "trickle-web": Scenario(_connected("trickle", web=True), 1000),
    "ask-metrics": Scenario(_ask("/metrics"), 450),
    "ask-health": Scenario(_ask("/healthz"), 450),
    "ask-page": Scenario(_ask("/"), 450),
    "ask-picture": Scenario(_ask("/board.png"), 450),
    "ask-nothing": Scenario(_ask("/nothing"), 450),
    "reset": Scenario(_reset(), 1),
    "reset-web": Scenario(_reset(web=True), 1),
    "flood": Scenario(_flood(2, 1), 1),
    "flood-free": Scenario(_flood(2, 1), 1, NO_QUOTAS),
    "flood-8192": Scenario(_flood(2, 8192), 1),
    "flood-8192-free": Scenario(_flood(2, 8192), 1, NO_QUOTAS),
    "flood-v1": Scenario(_flood(1, 1), 1),
    "flood-v1-free": Scenario(_flood(1, 1), 1, NO_QUOTAS),
    "descriptors": Scenario(_descriptors, 1000),
}
"""A scenario with ``free`` in its name runs against a server without the limit that would stop the attack."""

RESTART, RETURNING, RETURNING_RATE = "restart", 10_000, 4.0
"""Paints a second, few: each paint goes to ten thousand viewers, which takes 80 ms."""


def _restart(clients: Clients, count: int, seconds: float) -> Row:
    """Viewers that all come back at once after a restart, with their earlier board."""
    calm = _calm_seconds(seconds)
    clients.expect_placements(PLACEMENTS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = (clients.folder, f"sqlite:{clients.folder / 'restarted'}", "--http=0", f"--port={port}")
    with ExitStack() as closing:
        crowd = closing.enter_context(_abuser(clients, "return", port, count))
        with Server(*words) as first:
            crowd.say("go")
            stage = Stage(clients, first, count, seconds, closing=closing)
            painters = _painters(stage, calm, RETURNING_RATE)
            crowd.hear("^ready")
            wait_until_idle(first)
            waited_before = _paint(painters)
            painters.stop()
        crowd.hear("^away")
        server = closing.enter_context(Server(*words))
        stage = Stage(clients, server, count, seconds, closing=closing)
        onlookers = _onlookers(stage)
        meanwhile, after = (_painters(stage, calm, RETURNING_RATE) for _ in range(2))
        wait_until_idle(server)
        used, held = server.cpu(), server.memory().rss
        crowd.say("back")
        with Joining(port) as joining:
            began = time.monotonic()
            waited_meanwhile = _paint(meanwhile)
            cpu = (server.cpu() - used) / (time.monotonic() - began)
        crowd.hear("^back")
        grown = server.memory().rss - held
        waited_after = _paint(after)
        others = _agreeing(stage, onlookers, waited_after["sequence"])
        crowd.say("stop")
        back = crowd.figures()
        return {
            "abusers": count,
            **_waits("before", waited_before),
            **_waits("while", waited_meanwhile),
            **_waits("after", waited_after),
            "join ms": joining.spell(),
            "cpu %": 100 * cpu,
            "MiB": grown / 2**20,
            "MiB after": (server.memory().rss - held) / 2**20,
            "others": others,
            "abusers' fate": f"{back['up_to_date']} up to date again after p50 {back['back']['p50_ms']:.0f}, "
            f"max {back['back']['max_ms']:.0f} ms, {back['by_changes']} by changes, {back['by_boards']} by a board, "
            f"{back['failed']} tries failed; started in {server.started_s:.2f} s",
        }
