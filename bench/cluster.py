"""cluster: several servers on one canvas. The rivals are one server alone, and a bare loop over the same engine.

Nodes of the engine (``nats-server``, ``sync_interval: always``) and servers are on this machine; each kind of row has a
table of its own, medians of the repeats.

``paint``: one painter, at leisure or one paint after another; each paint is a batch. ``added`` is how much longer a
painter waits than with SQLite alone. ``loop`` publishes a message of the same size and reads it back with nats-py;
``SQLite`` commits the same batches, and syncs each. ``rate to both`` compares the server with a loop that does both one
after the other, as a server must: a batch is recorded once it was read back. ``log/s`` is the same loop with many
messages in flight: the limit of the log.

``follow``: a server that paints and one that follows, without a viewer: CPU for each entry of the log.

``fan-out``: as many viewers in all, shared between the servers, which are painted on in turn. ``to alone`` compares the
CPU of all servers for a delivered message with the CPU of one server without an engine; ``all us`` has the engine too.
``tell ms`` is how long a server takes to send a batch to its viewers.

``catch up``: a server starts that lacks placements, less the start of a server that lacks none. ``loop`` reads the same
entries and does nothing with them; ``engine us`` is the engine's CPU for an entry of that loop.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from bench import bare_log, machine
from bench.fanout import (
    COMMITS,
    DELIVERY_SECONDS,
    READY_SECONDS,
    TOLD,
    TOLD_SECONDS,
    make_sure,
    painters,
    wait_until_idle,
)
from bench.processes import NO_QUOTAS, BenchError, Clients, Process, Server
from bench.record import bare_loop
from bench.table import Row, median
from dcc.core.canvas import pack_pixels
from dcc.core.placements import Painter, Stroke
from tests.support.engine import Engine

CELLS = 2500
LEISURE_RATE = 50.0
"""Paints a second: 20 ms apart, and a paint takes a part of the time."""
NAME = "bench"
STREAM = f"DCC_{NAME}"
POSITION = "dcc_log_position"
HISTORY_WINDOWS = {"many in an entry": (32, 32), "one in an entry": (1, 1)}
"""Painters and requests of each on their way: they make the entries of a history full, or not."""
HISTORY_SECONDS = 2.0
"""For a part of the history; as many parts as it takes."""
ENTRIES_PART = 1 / 125
"""Of the placements, for the history with one in an entry: some seconds of painting, and a second of catching up."""
MILLISECONDS = 1000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND", help=f"of {[*KINDS]}")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 3], help="of the engine, for paints")
    parser.add_argument("--servers", type=int, nargs="+", default=[1, 2, 4], help="for the fan-out")
    parser.add_argument("--viewers", type=int, default=4000, help="of all servers together")
    parser.add_argument("--rates", type=float, nargs="+", default=[10, 20], help="paints a second, for the fan-out")
    parser.add_argument("--follow-rates", type=float, nargs="+", default=[20, 200, 1000], help="paints a second")
    parser.add_argument("--placements", type=int, default=1_000_000, help="that a server lacks")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long they paint in each run")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, interleaved")


def run(clients: Clients, options: argparse.Namespace) -> list[Row]:
    """Return the rows of all kinds."""
    return [row for kind in options.only for row in KINDS[kind](clients, options)]


def _repeat(options: argparse.Namespace, once: Callable[[int], list[Row]]) -> list[Row]:
    """Return the medians of the repeats, and the range of each first ratio."""
    runs = [once(number) for number in range(options.repeat)]
    rows = []
    for same in zip(*runs, strict=True):
        row = median(same)
        ratio = next((key for key in row if " to " in f" {key}" and row[key] != ""), None)
        if ratio is not None:
            row["range"] = f"{min(each[ratio] for each in same):.2f}-{max(each[ratio] for each in same):.2f}"
        else:
            row["range"] = ""
        row["load"] = machine.load()
        rows.append(row)
        print("  " + ", ".join(f"{key} {row[key]}" for key in list(row)[:6]), flush=True)
    return rows


def _serve(clients: Clients, store: str, engine: Engine | None, *options: str) -> Server:
    shared = () if engine is None else (f"--cluster={engine.address(NAME)}",)
    return Server(clients.folder, store, "--http=0", *shared, *options)


# --- paints ---------------------------------------------------------------------------------------------------


def _paints(clients: Clients, options: argparse.Namespace) -> list[Row]:
    def once(number: int) -> list[Row]:
        return [row for rate in (LEISURE_RATE, 0.0) for row in _paints_once(clients, options, rate, number)]

    return _repeat(options, once)


def _paints_once(clients: Clients, options: argparse.Namespace, rate: float, number: int) -> Iterator[Row]:
    alone = _paint(clients, None, rate, options.seconds)
    batch = [Stroke(Painter(1, "", "127.0.0.1:1"), pack_pixels([(Random(number).randrange(CELLS), 1)]))]
    count = max(1, int(alone["batches/s"] * options.seconds))
    path = clients.folder / f"loop-{rate:g}-{number}"
    times = bare_loop(path, [batch] * count, 1 / rate if rate else 0.0)
    sqlite_ms = MILLISECONDS * statistics.median(times)
    kind = "paint, at leisure" if rate else "paint, one after another"
    row = {"what": kind, "engine": "none", **alone}
    nothing = ("loop p50", "loop p99", "loop/s", "added p50", "added p99", "added to loop", "rate to loop")
    yield row | {"SQLite p50": sqlite_ms} | dict.fromkeys([*nothing, "rate to both", "log/s"], "")
    for nodes in options.nodes:
        with Engine(nodes) as engine:
            shared = _paint(clients, engine, rate, options.seconds)
            state = engine.ask(f"STREAM.INFO.{STREAM}")["state"]
            payload = bytes(state["bytes"] // state["messages"])
            loop = bare_log.publish_and_read_back(_address(engine), nodes, payload, rate, options.seconds)
            together = 0.0 if rate else bare_log.publish_together(_address(engine), nodes, payload, options.seconds)
        p50, p99 = (MILLISECONDS * _part(loop.times, part) for part in (0.5, 0.99))
        loop_rate = len(loop.times) / loop.seconds
        added = shared["p50 ms"] - alone["p50 ms"]
        yield {
            "what": kind,
            "engine": f"{nodes} node{'s' * (nodes > 1)}",
            **shared,
            "SQLite p50": sqlite_ms,
            "loop p50": p50,
            "loop p99": p99,
            "loop/s": loop_rate,
            "added p50": added,
            "added p99": shared["p99 ms"] - alone["p99 ms"],
            "added to loop": added / p50,
            "rate to loop": "" if rate else shared["batches/s"] / loop_rate,
            "rate to both": "" if rate else shared["batches/s"] * (1 / loop_rate + sqlite_ms / MILLISECONDS),
            "log/s": together or "",
        }


def _paint(clients: Clients, engine: Engine | None, rate: float, seconds: float) -> Row:
    clients.expect_placements(0)
    with (
        _serve(clients, "sqlite:", engine, *NO_QUOTAS) as server,
        clients.painter(server.port, 1, cells=CELLS, rate=rate, seconds=seconds) as painter,
    ):
        painter.hear("^ready")
        wait_until_idle(server)
        painter.say("go")
        painted = painter.figures(seconds + READY_SECONDS)
    _make_sure_of_answers(painted)
    answer = painted["answer"]
    return {"p50 ms": answer["p50_ms"], "p99 ms": answer["p99_ms"], "batches/s": painted["painted"] / seconds}


def _make_sure_of_answers(painted: Row) -> None:
    if painted["rejected"] or painted["answered"] < painted["painted"]:
        raise BenchError("{painted} paints: {answered} answered, {rejected} rejected".format(**painted))


def _part(times: Sequence[float], part: float) -> float:
    return sorted(times)[int(part * len(times))]


def _address(engine: Engine) -> str:
    return ",".join(f"nats://127.0.0.1:{port}" for port in engine.ports)


def _engine_cpu(engine: Engine | None) -> float:
    return 0.0 if engine is None else sum(map(machine.cpu_seconds, engine.pids))


# --- following ------------------------------------------------------------------------------------------------


def _follow(clients: Clients, options: argparse.Namespace) -> list[Row]:
    def once(_number: int) -> list[Row]:
        return [_follow_once(clients, rate, options.seconds) for rate in options.follow_rates]

    return _repeat(options, once)


def _follow_once(clients: Clients, rate: float, seconds: float) -> Row:
    alone = _paint_unseen(clients, [_serve(clients, "sqlite:", None)], rate, seconds, None)
    with Engine() as engine:
        servers = [_serve(clients, "sqlite:", engine) for _ in range(2)]
        shared = _paint_unseen(clients, servers, rate, seconds, engine)
    return {
        "what": "follow",
        "paints/s": rate,
        "entries/s": shared["entries"] / seconds,
        "writer us": shared["us"][0],
        "follower us": shared["us"][1],
        "engine us": shared["engine us"],
        "alone us": alone["us"][0],
        "writer to alone": shared["us"][0] / alone["us"][0],
    }


def _paint_unseen(
    clients: Clients, servers: Sequence[Server], rate: float, seconds: float, engine: Engine | None
) -> Row:
    """Paint on the first server with nobody looking on.

    :return: CPU microseconds of each server and of the engine for an entry of the log, or a commit.
    """
    clients.expect_placements(int(rate * (seconds + 1)) + 1000)
    with ExitStack() as stack:
        for each in servers:
            stack.enter_context(each)
        painter = stack.enter_context(painters(clients, servers[0], rate, seconds))
        painter.hear("^ready")
        wait_until_idle(*servers)
        entries = servers[0].metrics()[COMMITS]
        before, engine_before = [each.cpu() for each in servers], _engine_cpu(engine)
        painter.say("go")
        painter.figures(seconds + READY_SECONDS)
        used = [each.cpu() - at_first for each, at_first in zip(servers, before, strict=True)]
        engine_used = _engine_cpu(engine) - engine_before
        entries = servers[0].metrics()[COMMITS] - entries
    return {
        "entries": entries,
        "us": [1e6 * each / entries for each in used],
        "engine us": 1e6 * engine_used / entries,
    }


# --- viewers --------------------------------------------------------------------------------------------------


def _fan_out(clients: Clients, options: argparse.Namespace) -> list[Row]:
    def once(_number: int) -> list[Row]:
        return [row for rate in options.rates for row in _fan_out_once(clients, options, rate)]

    return _repeat(options, once)


def _fan_out_once(clients: Clients, options: argparse.Namespace, rate: float) -> Iterator[Row]:
    """Alone with the viewers of each server, since the cost of a message grows with the viewers of a process."""
    alone = {}
    for servers in sorted(options.servers):
        viewers = options.viewers // servers
        row = alone[viewers] = _tell(clients, None, 1, viewers, rate, options.seconds)
        yield row | {"to alone": ""}
    for servers in options.servers:
        with Engine() as engine:
            row = _tell(clients, engine, servers, options.viewers // servers, rate, options.seconds)
        yield row | {"to alone": row["us/message"] / alone[max(alone)]["us/message"]}


def _tell(clients: Clients, engine: Engine | None, count: int, viewers: int, rate: float, seconds: float) -> Row:
    """Paint on each of some servers for a while, with viewers looking on at each.

    :raises BenchError: something was lost, or a viewer does not end with its server's board.
    """
    clients.expect_placements(int(rate * (seconds + 1)) + 1000)
    boards = [clients.folder / f"board-{number}" for number in range(count)]
    with ExitStack() as stack:
        servers = [stack.enter_context(_serve(clients, "sqlite:", engine)) for _ in range(count)]
        swarms = [stack.enter_context(clients.swarm(each.port, viewers)) for each in servers]
        for swarm in swarms:
            swarm.hear("^ready")
        people = [stack.enter_context(painters(clients, each, rate / count, seconds)) for each in servers]
        for each in people:
            each.hear("^ready")
        wait_until_idle(*servers)
        for swarm in swarms:
            swarm.say("mark")
            swarm.hear("^marked")
        figures = [each.metrics() for each in servers]
        used, engine_used, began = sum(each.cpu() for each in servers), _engine_cpu(engine), time.monotonic()
        painted = _go(people, rate, seconds)
        seen = _finish(swarms, boards, max(each["sequence"] for each in painted))
        took = time.monotonic() - began - (count - 1) / rate  # see _go()
        used, engine_used = sum(each.cpu() for each in servers) - used, _engine_cpu(engine) - engine_used
        figures = [_difference(each.metrics(), before) for each, before in zip(servers, figures, strict=True)]
        for server, own, view, board in zip(servers, painted, seen, boards, strict=True):
            make_sure({**own, **view}, server, board)
    if any(board.read_bytes() != boards[0].read_bytes() for board in boards):
        raise BenchError("the servers show different boards")
    entries = figures[0][COMMITS if engine is None else POSITION]
    messages = sum(each["messages"] for each in seen)
    clients_used = sum(each["viewers_cpu_s"] for each in seen) + sum(each["painters_cpu_s"] for each in painted)
    return {
        "what": "fan-out",
        "engine": "none" if engine is None else "1 node",
        "servers": count,
        "viewers each": viewers,
        "paints/s": rate,
        "messages/s": messages / took,
        "entries/s": entries / took,
        "bytes each": sum(each["bytes"] for each in seen) / messages,
        "p50 ms": statistics.mean(each["latency"]["p50_ms"] for each in seen),
        "p99 ms": max(each["latency"]["p99_ms"] for each in seen),
        "tell ms": MILLISECONDS * sum(each[TOLD_SECONDS] for each in figures) / sum(each[TOLD] for each in figures),
        "cpu %": 100 * used / took,
        "engine %": 100 * engine_used / took,
        "clients %": 100 * clients_used / took,
        "engine us": 1e6 * engine_used / entries,
        "us/message": 1e6 * used / messages,
        "all us": 1e6 * (used + engine_used) / messages,
    }


def _difference(figures: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: figures[name] - before[name] for name in (COMMITS, POSITION, TOLD, TOLD_SECONDS)}


def _go(people: Sequence[Process], rate: float, seconds: float) -> list[Row]:
    """Have the servers painted on in turn: paints at the same moment would share a message, and make messages fewer."""
    for number, each in enumerate(people):
        if number:
            time.sleep(1 / rate)
        each.say("go")
    return [each.figures(seconds + READY_SECONDS) for each in people]


def _finish(swarms: Sequence[Process], boards: Sequence[Path], sequence: int) -> list[Row]:
    for swarm, board in zip(swarms, boards, strict=True):
        swarm.say(f"finish {sequence} {DELIVERY_SECONDS} {board}")
    return [swarm.figures(DELIVERY_SECONDS + READY_SECONDS) for swarm in swarms]


# --- catching up ----------------------------------------------------------------------------------------------


def _catch_up(clients: Clients, options: argparse.Namespace) -> list[Row]:
    many, one = HISTORY_WINDOWS
    return [
        *_catch_up_with(clients, options, many, options.placements),
        *_catch_up_with(clients, options, one, max(1, int(options.placements * ENTRIES_PART))),
    ]


def _catch_up_with(clients: Clients, options: argparse.Namespace, kind: str, wanted: int) -> list[Row]:
    """Make a history once, and have servers catch up with it, each from the same old copy."""
    old = clients.folder / f"copy-{kind}.sqlite3"
    painters, window = HISTORY_WINDOWS[kind]
    clients.expect_placements(0)
    with Engine() as engine, _serve(clients, "sqlite:", engine, *NO_QUOTAS) as server:
        with _serve(clients, f"sqlite:{old}", engine) as copy:
            position = copy.metrics()[POSITION]
        placements = 0
        while placements < wanted:
            with clients.painter(
                server.port, painters, cells=CELLS, rate=0.0, seconds=HISTORY_SECONDS, window=window
            ) as painter:
                painter.hear("^ready")
                painter.say("go")
                painted = painter.figures(HISTORY_SECONDS + READY_SECONDS)
            _make_sure_of_answers(painted)
            placements += painted["painted"]
        entries = int(server.metrics()[POSITION] - position)

        def once(_number: int) -> list[Row]:
            row = _catch_up_once(clients, engine, old, placements, entries)
            return [{"what": f"catch up, {kind}", **row}]

        return _repeat(options, once)


def _catch_up_once(clients: Clients, engine: Engine, old: Path, placements: int, entries: int) -> Row:
    path = old.with_name("copy.sqlite3")
    shutil.copyfile(old, path)
    with _serve(clients, f"sqlite:{path}", engine) as behind:
        cpu = behind.cpu()
    with _serve(clients, f"sqlite:{path}", engine) as level:
        cpu -= level.cpu()
    with _serve(clients, "sqlite:", engine) as new:
        pass
    size = engine.ask(f"STREAM.INFO.{STREAM}")["state"]["bytes"]
    engine_used = _engine_cpu(engine)
    loop_entries, loop_s = bare_log.read(_address(engine), STREAM)
    engine_used = _engine_cpu(engine) - engine_used
    took = behind.started_s - level.started_s
    return {
        "placements": placements,
        "entries": entries,
        "log MiB": size / 2**20,
        "bytes an entry": size / loop_entries,
        "start s": level.started_s,
        "s": took,
        "cpu s": cpu,
        "placements/s": int(placements / took),
        "entries/s": entries / took,
        "new server s": new.started_s,
        "loop s": loop_s,
        "time to loop": took / loop_s * loop_entries / entries,
        "engine us": 1e6 * engine_used / loop_entries,
    }


KINDS: dict[str, Callable[[Clients, argparse.Namespace], list[Row]]] = {
    "paint": _paints,
    "follow": _follow,
    "fan-out": _fan_out,
    "catch-up": _catch_up,
}
