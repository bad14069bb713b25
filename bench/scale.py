"""scale: servers x viewers x paints, simulated from measured times, checked against other measurements, then extended.

The times come from the tables of ``fanout``, ``cluster``, ``ingest`` and ``joins`` in a folder. ``fitted`` points give
the times; ``checked`` points are measured and simulated, and have no part in the times. A checked figure that is not
within 20 % is ``outside``, and the program ends with status 1. The 99th percentile is shown and not judged: the
simulation knows no scheduler of a kernel.

``servers``: how many servers some viewers need. Of each resource the part of its limit: ``loop`` a server's core,
``delay`` the 99th percentile, ``log`` the entries that the log takes, ``engine`` the CPU of the engine (``relayed``
with one relay for each machine in place of a connection for each server), ``network`` of a machine, ``behind`` the
entries while a server catches up. ``first`` is the fullest. ``lost``: a server is lost, or all start anew.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from bench.processes import BenchError
from bench.simulation import Load, Outcome, Service, simulate
from bench.table import Row

TOLERANCE = 0.2
JUDGED = ("messages/s", "us/message", "all us", "p50 ms")

SECONDS = 10.0
"""Of painting, for an extrapolation: enough paints for a 99th percentile."""
VIEWERS_A_SERVER = (10_000, 7_000, 5_000, 3_000, 2_000, 1_000)
"""To choose from. No more than were measured in one process."""
LOOP_PART = 0.85
"""Of a server's core. Telling alone takes half of it at most, and entries take the rest."""
DELAY_SECONDS = 0.35
"""Of the 99th percentile. People are promised 500 ms, and the simulation's percentile is a third too low."""
MACHINE_CORES, ENGINE_CORES = 16, 4
NETWORK_BITS = 10e9
"""A second, of a machine."""
PACKET_BYTES = 66
"""Heads of Ethernet, IP and TCP, with TCP's time stamps: a message is a packet of its own."""
AWAY_SECONDS = 600.0
"""For which a server is away, and then has to catch up."""
MICRO, MILLI = 1e-6, 1e-3


class Curve:
    """A measured figure between and beyond its points: a power of x between two of them, constant beyond."""

    def __init__(self, points: Iterable[tuple[float, float]]) -> None:
        """:param points: x and the figure, both above 0; several figures of an x count as their median."""
        values: dict[float, list[float]] = {}
        for x, value in points:
            values.setdefault(x, []).append(value)
        self._points = sorted((math.log(x), math.log(statistics.median(some))) for x, some in values.items())

    def __call__(self, x: float) -> float:
        """Return the figure at x."""
        at = math.log(max(x, 1e-9))
        before = self._points[0]
        for after in self._points:
            if at <= after[0]:
                part = (at - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0.0
                return math.exp(before[1] + part * (after[1] - before[1]))
            before = after
        return math.exp(before[1])


class Surface:
    """A measured figure by viewers, bytes, and seconds since the end of the last telling.

    Each byte costs the same. The rest depends on the pause: after a long one, nothing is in the processor's caches.
    """

    def __init__(self, points: Iterable[tuple[float, float, float, float]]) -> None:
        """:param points: viewers, bytes, seconds, and the figure, all above 0. The most viewers tell a byte's cost."""
        some = list(points)
        most = max(viewers for viewers, *_rest in some)
        sizes = sorted((size, value) for viewers, size, _pause, value in some if viewers == most)
        (few, low), (many, high) = sizes[0], sizes[-1]
        self._a_byte = max(0.0, (high - low) / (many - few)) if many > few else 0.0
        self._curves = {
            viewers: Curve(
                (pause, max(value - self._a_byte * size, value / 2))
                for others, size, pause, value in some
                if others == viewers
            )
            for viewers in {viewers for viewers, *_rest in some}
        }

    def __call__(self, viewers: float, size: float, pause: float) -> float:
        """Return the figure."""
        return Curve((at, curve(pause)) for at, curve in self._curves.items())(viewers) + self._a_byte * size


@dataclass(frozen=True)
class Point:
    """A measured point, and the same simulated.

    :ivar is_fitted: whether the times of the simulation come from the point.
    :ivar measured: figures by name.
    :ivar simulated: the same.
    """

    name: str
    is_fitted: bool
    measured: dict[str, float]
    simulated: dict[str, float]

    def rows(self) -> list[Row]:
        """Return a row for each figure."""
        rows = []
        for figure, simulated in self.simulated.items():
            ratio = simulated / self.measured[figure]
            is_judged = figure in JUDGED and not self.is_fitted
            is_within = 1 / (1 + TOLERANCE) <= ratio <= 1 + TOLERANCE
            rows.append(
                {
                    "point": self.name,
                    "use": "fitted" if self.is_fitted else "checked" if is_judged else "shown",
                    "figure": figure,
                    "measured": self.measured[figure],
                    "simulated": simulated,
                    "ratio": ratio,
                    "": "outside" if is_judged and not is_within else "",
                }
            )
        return rows


# --- measurements ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """The tables of a folder.

    :ivar cores: of the machine.
    """

    fanout: list[Row]
    cluster: list[Row]
    ingest: list[Row]
    joins: list[Row]
    cores: int

    def of(self, what: str) -> list[Row]:
        """Return the rows of several servers of a kind.

        :raises BenchError: there are none.
        """
        rows = [row for row in self.cluster if row["what"].startswith(what)]
        if not rows:
            raise BenchError(f"cluster.json has no rows of {what!r}")
        return rows


def read(folders: Sequence[Path]) -> Measured:
    """Read the tables.

    :param folders: each with some tables. The rows of equal tables come one after the other.
    :raises BenchError: a table is missing.
    """
    tables: dict[str, list[Row]] = {}
    machine = ""
    for name in ("fanout", "ingest", "joins", "cluster"):
        tables[name] = []
        for path in [folder / f"{name}.json" for folder in folders]:
            if path.exists():
                found = json.loads(path.read_text(encoding="utf-8"))
                tables[name] += found["rows"]
                machine = found["machine"]
        if not tables[name]:
            raise BenchError(
                f"no {name}.json in {', '.join(map(str, folders))}; python -m bench {name} --out writes it"
            )
    return Measured(
        [row for row in tables["fanout"] if row["wire"] == "tcp"],
        tables["cluster"],
        tables["ingest"],
        tables["joins"],
        int(machine.partition(" x ")[0]),
    )


def _figures(outcome: Outcome, load: Load) -> dict[str, float]:
    messages = outcome.messages * load.viewers * load.here
    return {
        "messages/s": messages,
        "us/message": outcome.cpu / messages / MICRO,
        "p50 ms": outcome.p50 / MILLI,
        "p99 ms": outcome.p99 / MILLI,
    }


def _wake(points: Sequence[Point]) -> float:
    """Return how much later, in seconds, viewers read that had slept: a median of fitted points at the lowest rate."""
    fitted = [each for each in points if each.is_fitted]
    lowest = min(each.measured["paints/s"] for each in fitted)
    late = (
        each.measured["p50 ms"] - each.simulated["p50 ms"] for each in fitted if each.measured["paints/s"] == lowest
    )
    return MILLI * max(0.0, statistics.median(late))


# --- one server: fanout ---------------------------------------------------------------------------------------


def corners(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with the fewest and the most viewers, at the lowest and the highest rate."""
    viewers = {row["viewers"] for row in rows}
    rates = {row["paints/s"] for row in rows}
    return [
        row
        for row in rows
        if row["viewers"] in (min(viewers), max(viewers)) and row["paints/s"] in (min(rates), max(rates))
    ]


def message_costs(fitted: Sequence[Row]) -> tuple[Surface, Surface]:
    """Return the CPU of a server for a message, and how long a server takes to send one, in seconds."""

    def surface(value: Callable[[Row], float]) -> Surface:
        return Surface(
            (row["viewers"], row["bytes each"], row["viewers"] / row["messages/s"] - MILLI * row["tell ms"], value(row))
            for row in fitted
        )

    return surface(lambda row: MICRO * row["net us"]), surface(lambda row: MILLI * row["tell ms"] / row["viewers"])


def _reading(messages: float, percent: float) -> float:
    """Return the CPU of a process of viewers for a message, in seconds."""
    return percent / 100 / messages


def fanout_points(measured: Measured, random: Callable[[], Random], wake: float = 0.0) -> list[Point]:
    """Simulate what ``fanout`` measured, from its corners.

    :param wake: see :class:`Service`.
    """
    fitted = corners(measured.fanout)
    message, telling = message_costs(fitted)
    commit = Curve((row["paints/s"], MICRO * row["ingest us"]) for row in fitted)
    reading = Curve((row["viewers"], _reading(row["messages/s"], row["viewers %"])) for row in fitted)
    leisure = next(row for row in measured.ingest if row["rate"] != "full")
    points = []
    for row in measured.fanout:
        viewers, rate = row["viewers"], row["paints/s"]
        load = Load(1, 1, viewers, rate, SECONDS, is_regular=True)
        service = Service(
            (MILLI * leisure["p50 ms"], MILLI * leisure["p99 ms"]),
            commit(rate),
            0.0,
            partial(message, viewers),
            partial(telling, viewers),
            reading(viewers),
            wake,
        )
        simulated = _figures(simulate(load, service, measured.cores, random()), load)
        points.append(Point(f"fan-out, {viewers:,} viewers, {rate:g} paints/s", row in fitted, row, simulated))
    return points


# --- several servers: cluster ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sharing:
    """What several servers cost. CPU in seconds, by the entries of the log in a second.

    :ivar alone: of a server without an engine, for a commit.
    :ivar own: of a server for an entry of its own.
    :ivar followed: of a server for an entry of another server.
    :ivar engine: of the engine for an entry, with two servers.
    :ivar engine_server: of the engine for an entry and one server more.
    """

    alone: Curve
    own: Curve
    followed: Curve
    engine: Curve
    engine_server: float

    def engine_cpu(self, entries: float, servers: float) -> float:
        """Return the CPU of the engine for an entry that goes to so many servers."""
        return max(self.engine(entries) + (servers - 2) * self.engine_server, self.engine_server * servers)


def sharing(measured: Measured) -> Sharing:
    """Return the costs of several servers: of the rows of ``follow``, and of the least and the most servers."""
    follow = measured.of("follow")

    def curve(key: str) -> Curve:
        return Curve((row["entries/s"], MICRO * row[key]) for row in follow)

    _alone, shared = _fan_out(measured)
    few, many = (choose(shared, key=lambda row: row["servers"]) for choose in (min, max))
    more = many["servers"] - few["servers"]
    marginal = (many["engine us"] - few["engine us"]) / more if more else 0.0
    return Sharing(
        curve("alone us"), curve("writer us"), curve("follower us"), curve("engine us"), MICRO * max(0.0, marginal)
    )


def _fan_out(measured: Measured) -> tuple[list[Row], list[Row]]:
    """Return the rows of servers alone and together, those of the highest rate first."""
    rows = sorted(measured.of("fan-out"), key=lambda row: -row["paints/s"])
    alone = [row for row in rows if row["engine"] == "none"]
    return alone, [row for row in rows if row not in alone]


def publishing(measured: Measured, engine: str) -> tuple[float, float]:
    """Return how long a paint waits at leisure, median and 99th percentile, in seconds.

    :raises BenchError: this was not measured.
    """
    for row in measured.of("paint, at leisure"):
        if row["engine"] == engine:
            return MILLI * row["p50 ms"], MILLI * row["p99 ms"]
    raise BenchError(f"cluster.json has no paints with the engine: {engine}")


def _constant(value: float) -> Callable[[float, float], float]:
    """Return a figure that depends neither on bytes nor on the pause: at some paints a second both hardly differ."""
    return lambda _size, _pause: value


def cluster_points(measured: Measured, costs: Sharing, random: Callable[[], Random], wake: float = 0.0) -> list[Point]:
    """Simulate what ``cluster`` measured: from its servers alone at the highest rate, and from ``follow``.

    :param wake: see :class:`Service`.
    """
    alone, shared = _fan_out(measured)
    highest = alone[0]["paints/s"]
    fitted = [row for row in alone if row["paints/s"] == highest]

    def net(row: Row) -> float:
        entries = costs.alone(row["paints/s"]) * row["entries/s"] / row["messages/s"]
        return float(MICRO * row["us/message"] - entries)

    message = Curve((row["viewers each"], net(row)) for row in fitted)
    telling = Curve((row["viewers each"], MILLI * row["tell ms"] / row["viewers each"]) for row in fitted)
    reading = Curve((row["viewers each"], _reading(row["messages/s"], row["clients %"])) for row in fitted)
    points = []
    for row in [*alone, *shared]:
        is_alone = row["engine"] == "none"
        servers, viewers, rate = row["servers"], row["viewers each"], row["paints/s"]
        load = Load(servers, servers, viewers, rate, SECONDS, is_regular=True)
        cost, takes = message(viewers), telling(viewers)
        service = Service(
            publishing(measured, row["engine"]),
            costs.alone(rate) if is_alone else costs.own(rate),
            costs.followed(rate),
            _constant(cost),
            _constant(takes),
            reading(viewers),
            wake,
        )
        outcome = simulate(load, service, measured.cores, random())
        simulated = _figures(outcome, load)
        if not is_alone:
            engine = outcome.entries * costs.engine_cpu(outcome.entries, servers)
            simulated["all us"] = simulated["us/message"] + engine / simulated["messages/s"] / MICRO
        name = (
            f"{servers} server{'s' * (servers > 1)}{' alone' * is_alone}, {viewers:,} viewers each, {rate:g} paints/s"
        )
        points.append(Point(name, row in fitted, row, simulated))
    return points


def summary(checked: Sequence[Row]) -> list[Row]:
    """Return a row for each figure of points that gave no times."""
    rows = []
    for figure in dict.fromkeys(row["figure"] for row in checked):
        some = [row for row in checked if row["figure"] == figure and row["use"] != "fitted"]
        ratios = [row["ratio"] for row in some]
        outside = sum(row[""] == "outside" for row in some)
        rows.append(
            {
                "figure": figure,
                "use": some[0]["use"],
                "points": len(some),
                "least ratio": min(ratios),
                "median": statistics.median(ratios),
                "most": max(ratios),
                "outside": outside,
            }
        )
    return rows


# --- beyond ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Costs:
    """All that an extrapolation needs.

    :ivar publish: median and 99th percentile until an entry of a log with three nodes is read back, in seconds.
    :ivar commit: the same of a server without a log.
    :ivar log: entries that a log with three nodes takes in a second.
    :ivar caught_up: entries in a second, of a server that catches up.
    :ivar message: CPU in seconds, by viewers of a server and bytes.
    :ivar telling: how long a message takes, likewise.
    """

    publish: tuple[float, float]
    commit: tuple[float, float]
    log: float
    caught_up: float
    sharing: Sharing
    message: Surface
    telling: Surface


def all_costs(measured: Measured) -> Costs:
    """Return the costs that the extrapolation uses.

    :raises BenchError: a figure was not measured, or is noise.
    """
    limits = [row for row in measured.of("paint, one after another") if row["log/s"]]
    single = measured.of("catch up, one in an entry")[0]
    if min(single["entries/s"], single["cpu s"]) <= 0:
        raise BenchError(f"cluster.json: {single['entries']} entries are too few to time; take more --placements")
    costs = sharing(measured)
    follow = [(row["entries/s"], MICRO * row["follower us"]) for row in measured.of("follow")]
    in_bulk = (single["entries/s"], single["cpu s"] / single["entries"])
    return Costs(
        publishing(measured, limits[-1]["engine"]),
        publishing(measured, "none"),
        limits[-1]["log/s"],
        single["entries/s"],
        replace(costs, followed=Curve([*follow, in_bulk])),
        *message_costs(corners(measured.fanout)),
    )


def plan(costs: Costs, viewers: int, rate: float, random: Callable[[], Random]) -> Row:
    """Return the fewest servers that some viewers need at a rate of paints, and what is full first.

    If no number of servers is enough, return the fewest that tell the viewers in time, or else soonest.
    """
    rows = []
    for each in VIEWERS_A_SERVER:
        row = _plan_with(costs, viewers, min(each, viewers), rate, random())
        if row["loop"] <= 1 and row["delay"] <= 1:
            return row
        rows.append(row)
    return min(rows, key=lambda row: max(row["delay"], 1.0))


def _plan_with(costs: Costs, viewers: int, each: int, rate: float, random: Random) -> Row:
    servers = math.ceil(viewers / each)
    publish = costs.publish if servers > 1 else costs.commit
    expected = rate / (1 + rate / servers * publish[0])  # paints that come during a publication share the next one
    service = Service(
        publish,
        costs.sharing.own(expected) if servers > 1 else costs.sharing.alone(expected),
        costs.sharing.followed(expected),
        partial(costs.message, each),
        partial(costs.telling, each),
    )
    load = Load(servers, 1, each, rate, SECONDS, is_regular=False)
    outcome = simulate(load, service, 1.0, random)
    machines = math.ceil(servers * outcome.cpu / (LOOP_PART * MACHINE_CORES))
    here = math.ceil(servers / machines)
    bits = 8 * each * outcome.messages * (outcome.message_bytes + PACKET_BYTES)
    parts = {
        "loop": outcome.busy / LOOP_PART,
        "delay": outcome.p99 / DELAY_SECONDS,
        "log": outcome.entries / costs.log if servers > 1 else 0.0,
        "engine": _engine(costs, outcome, servers) if servers > 1 else 0.0,
        "network": here * bits / NETWORK_BITS,
        "behind": outcome.entries / costs.caught_up if servers > 1 else 0.0,
    }
    return {
        "viewers": viewers,
        "paints/s": rate,
        "servers": servers,
        "viewers each": each,
        "machines": machines,
        "entries/s": outcome.entries,
        "messages/s each": outcome.messages,
        "bytes each": outcome.message_bytes,
        "p50 ms": outcome.p50 / MILLI,
        "p99 ms": outcome.p99 / MILLI,
        "Gbit/s of all": servers * bits / 1e9,
        "to servers/s": outcome.entries * servers if servers > 1 else 0.0,
        **parts,
        "relayed": _engine(costs, outcome, machines) if servers > 1 else 0.0,
        "first": max(parts, key=lambda name: parts[name]),
        "fits": "yes" if max(parts.values()) <= 1 else "no",
    }


def _engine(costs: Costs, outcome: Outcome, readers: int) -> float:
    return outcome.entries * costs.sharing.engine_cpu(outcome.entries, readers) / ENGINE_CORES


def losses(measured: Measured, costs: Costs, planned: Sequence[Row]) -> list[Row]:
    """Return how long it takes until all is well again, for plans with more than one server."""
    rows = []
    for row in planned:
        servers, each = row["servers"], row["viewers each"]
        if servers < 2:
            continue
        for joined in measured.joins:
            if joined["wire"] != "tcp":
                continue
            join = joined["cpu s"] / joined["viewers"]
            board_bits = 8000 * joined["KB each"]
            here = math.ceil(servers / row["machines"])
            spare = costs.caught_up - row["entries/s"]
            rows.append(
                {
                    "viewers": row["viewers"],
                    "paints/s": row["paints/s"],
                    "servers": servers,
                    "board": joined["board"],
                    "join us": join / MICRO,
                    "one lost: s of a core": each / (servers - 1) * join,
                    "all anew: s of a core": each * join,
                    "all anew: s of network": here * each * board_bits / NETWORK_BITS,
                    "catch up s": row["entries/s"] * AWAY_SECONDS / spare if spare > 0 else math.inf,
                }
            )
    return rows


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--from", dest="folders", type=Path, nargs="+", required=True, metavar="FOLDER", help="with NAME.json files"
    )
    parser.add_argument("--viewers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--paints", type=float, nargs="+", default=[20, 100, 1000, 5000], help="a second")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")


def run(options: argparse.Namespace) -> tuple[list[Row], list[Row]]:
    """Check the simulation, and extend it.

    :return: the rows of the checked points, and all other rows.
    :raises BenchError: a measurement is missing.
    """
    measured = read(options.folders)

    def random() -> Random:
        return Random(options.seed)

    costs = all_costs(measured)
    points = []
    for simulated in (
        partial(fanout_points, measured, random),
        partial(cluster_points, measured, sharing(measured), random),
    ):
        points += simulated(_wake(simulated()))
    planned = [plan(costs, viewers, rate, random) for viewers in options.viewers for rate in options.paints]
    return [row for point in points for row in point.rows()], [*planned, *losses(measured, costs, planned)]
