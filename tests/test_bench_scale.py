"""The simulation of many servers: what it does with known times, and that it says so if it is wrong."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench import scale
from bench.processes import BenchError
from bench.scale import Curve, Surface
from bench.simulation import Load, Outcome, Service, simulate

SEED = 20
PUBLISH = 0.002, 0.002
TELLING = 5e-6


def told(_size: float, _pause: float) -> float:
    """Return what a message costs."""
    return TELLING


def service(own: float = 0.0, followed: float = 0.0, telling: float = TELLING) -> Service:
    return Service(PUBLISH, own, followed, told, lambda _size, _pause: telling)


def paint(load: Load, costs: Service, cores: float = 2.0) -> Outcome:
    return simulate(load, costs, cores, Random(SEED))


def test_at_leisure_a_viewer_waits_for_the_publication_and_on_average_for_half_of_the_telling() -> None:
    outcome = paint(Load(1, 1, 1000, 10.0, 10.0, is_regular=True), service())
    assert outcome.messages == pytest.approx(10, rel=0.02)
    assert outcome.p50 == pytest.approx(0.002 + 0.005 / 2, rel=0.1)
    assert outcome.p99 == pytest.approx(0.002 + 0.005, rel=0.1)
    assert outcome.cpu == pytest.approx(10 * 0.005, rel=0.02)


def test_viewers_that_slept_read_later_and_those_kept_busy_do_not() -> None:
    leisure, busy = Load(1, 1, 1000, 10.0, 10.0, is_regular=True), Load(1, 1, 10_000, 1000.0, 10.0, is_regular=True)
    for load, late in ((leisure, 0.003), (busy, 0.0)):
        slept = paint(load, replace(service(), wake=0.003))
        assert slept.p50 - paint(load, service()).p50 == pytest.approx(late)


def test_telling_takes_half_of_the_time_at_most_and_the_paints_meanwhile_share_a_message() -> None:
    outcome = paint(Load(1, 1, 10_000, 1000.0, 10.0, is_regular=False), service())
    assert outcome.messages == pytest.approx(10, rel=0.05)  # every 2 x 50 ms
    assert outcome.busy == pytest.approx(0.5, rel=0.05)
    assert outcome.message_bytes == pytest.approx(14 + 5 * 100, rel=0.1)


def test_every_server_takes_every_entry_and_one_of_them_as_its_own() -> None:
    load = Load(4, 4, 1, 100.0, 10.0, is_regular=True)
    outcome = paint(load, service(own=0.001, followed=0.0005, telling=0.0))
    assert outcome.entries == pytest.approx(100, rel=0.01)
    assert outcome.cpu == pytest.approx(100 * (0.001 + 3 * 0.0005) + 400 * TELLING, rel=0.01)


def test_paints_that_come_during_a_publication_share_the_next_entry() -> None:
    outcome = paint(Load(1, 1, 1, 5000.0, 2.0, is_regular=True), service())
    assert outcome.entries == pytest.approx(500, rel=0.05)  # one in 2 ms


def test_servers_that_share_too_few_cores_tell_later() -> None:
    load = Load(4, 4, 1000, 10.0, 10.0, is_regular=True)
    enough, few = (paint(load, service(), cores) for cores in (4.0, 1.0))
    assert enough.p99 == pytest.approx(0.002 + 0.005, rel=0.1)
    assert few.p99 == pytest.approx(0.002 + 4 * 0.005, rel=0.1)
    assert few.cpu == pytest.approx(enough.cpu, rel=0.01)


def test_the_same_seed_makes_the_same_run() -> None:
    load = Load(3, 1, 500, 300.0, 2.0, is_regular=False)
    assert paint(load, service(0.001, 0.001)) == paint(load, service(0.001, 0.001))
    assert paint(load, service()) != simulate(load, service(), 2.0, Random(SEED + 1))


def test_a_figure_between_two_measured_ones_is_a_power_and_beyond_them_constant() -> None:
    curve = Curve([(100, 4.0), (1, 2.0), (1, 2.0)])
    assert [curve(x) for x in (0.1, 1, 10, 100, 1e6)] == pytest.approx([2, 2, 8**0.5, 4, 4])


def test_a_byte_costs_what_the_most_viewers_tell_and_a_long_pause_costs_caches() -> None:
    surface = Surface([(1000, 20, 0.1, 8.2), (1000, 20, 0.001, 2.2), (4000, 20, 0.1, 4.2), (4000, 200, 0.1, 6.0)])
    assert surface(4000, 100, 0.1) == pytest.approx(5.0)
    assert [surface(1000, 20, pause) for pause in (0.0001, 0.001, 0.01, 0.1, 1.0)] == pytest.approx(
        [2.2, 2.2, 4.2, 8.2, 8.2]
    )
    assert surface(2000, 0, 0.1) == pytest.approx((8 * 4) ** 0.5)


# --- a folder with tables, of a machine on which the simulation is right ---------------------------------------

MICRO = 1e-6
ALONE, OWN, FOLLOWED, ENGINE, ENGINE_SERVER = 400.0, 900.0, 500.0, 300.0, 30.0


def figures(load: Load, costs: Service, cores: float) -> dict[str, float]:
    outcome = simulate(load, costs, cores, Random(SEED + 1))
    messages = outcome.messages * load.viewers * load.here
    return {
        "messages/s": messages,
        "entries/s": outcome.entries,
        "bytes each": outcome.message_bytes,
        "us/message": outcome.cpu / messages / MICRO,
        "net us": TELLING / MICRO,
        "tell ms": 1000 * TELLING * load.viewers,
        "p50 ms": 1000 * outcome.p50,
        "p99 ms": 1000 * outcome.p99,
        "viewers %": 100 * 2e-6 * messages,
        "clients %": 100 * 2e-6 * messages,
    }


def fan_out(engine: str, servers: int, viewers: int, rate: float) -> dict[str, Any]:
    own = ALONE if engine == "none" else OWN
    costs = Service(PUBLISH, own * MICRO, FOLLOWED * MICRO, told, told, 2e-6)
    found = figures(Load(servers, servers, viewers, rate, 10.0, is_regular=True), costs, 2)
    engine_us = ENGINE + (servers - 2) * ENGINE_SERVER
    all_us = found["us/message"] + found["entries/s"] * engine_us / found["messages/s"]
    row = {"what": "fan-out", "engine": engine, "servers": servers, "viewers each": viewers, "paints/s": rate}
    return {**row, **found, "engine us": engine_us, "all us": all_us}


def tables() -> dict[str, list[dict[str, Any]]]:
    waits = {"p50 ms": 1000 * PUBLISH[0], "p99 ms": 1000 * PUBLISH[1]}
    fanout = []
    for viewers in (1000, 3000, 10_000):
        for rate in (20, 200, 1000):
            costs = Service(PUBLISH, ALONE * MICRO, 0.0, told, told, 2e-6)
            found = figures(Load(1, 1, viewers, rate, 10.0, is_regular=True), costs, 2)
            fanout.append({"wire": "tcp", "viewers": viewers, "paints/s": rate, "ingest us": ALONE, **found})
    follow = {"writer us": OWN, "follower us": FOLLOWED, "engine us": ENGINE, "alone us": ALONE}
    cluster = [
        *({"what": "paint, at leisure", "engine": engine, **waits} for engine in ("none", "1 node", "3 nodes")),
        {"what": "paint, one after another", "engine": "3 nodes", **waits, "log/s": 3000.0},
        *({"what": "follow", "paints/s": rate, "entries/s": rate, **follow} for rate in (20, 1000)),
        {"what": "catch up, one in an entry", "entries": 8000, "entries/s": 10_000.0, "cpu s": 0.8},
    ]
    for rate in (10, 20):
        cluster += [fan_out("none", 1, viewers, rate) for viewers in (4000, 2000, 1000)]
        cluster += [fan_out("1 node", servers, 4000 // servers, rate) for servers in (1, 2, 4)]
    joins = [{"wire": "tcp", "board": "noise", "cpu s": 1.8, "viewers": 5000, "KB each": 457.0}]
    return {"fanout": fanout, "cluster": cluster, "ingest": [{"rate": "50/s", **waits}], "joins": joins}


def write(folder: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in found.items():
        (folder / f"{name}.json").write_text(json.dumps({"machine": "2 x a core, 24 GiB", "rows": rows}))


def run(folder: Path, *viewers: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return scale.run(argparse.Namespace(folders=[folder], viewers=viewers, paints=[20.0], seed=SEED))


def outside(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["point"], row["figure"]) for row in rows if row[""]}


def test_points_that_gave_no_times_are_simulated_within_the_tolerance(tmp_path: Path) -> None:
    write(tmp_path, tables())
    checked, _beyond = run(tmp_path, 1000)
    assert outside(checked) == set()
    judged = {row["figure"] for row in checked if row["use"] == "checked"}
    assert judged == {"messages/s", "us/message", "all us", "p50 ms"}
    assert {row["point"] for row in checked if row["use"] == "fitted"} == {
        *(f"fan-out, {viewers} viewers, {rate} paints/s" for viewers in ("1,000", "10,000") for rate in (20, 1000)),
        *(f"1 server alone, {viewers} viewers each, 20 paints/s" for viewers in ("4,000", "2,000", "1,000")),
    }


def dearer(rows: list[dict[str, Any]], what: Callable[[dict[str, Any]], bool], figure: str) -> None:
    (row,) = filter(what, rows)
    row[figure] *= 1.5


def test_a_measured_point_that_the_simulation_misses_is_outside(tmp_path: Path) -> None:
    found = tables()
    dearer(found["fanout"], lambda row: (row["viewers"], row["paints/s"]) == (3000, 200), "p50 ms")
    dearer(found["cluster"], lambda row: (row.get("servers"), row.get("paints/s")) == (4, 10), "us/message")
    write(tmp_path, found)
    checked, _beyond = run(tmp_path, 1000)
    assert outside(checked) == {
        ("fan-out, 3,000 viewers, 200 paints/s", "p50 ms"),
        ("4 servers, 1,000 viewers each, 10 paints/s", "us/message"),
    }
    by_figure = {row["figure"]: row for row in scale.summary(checked)}
    assert by_figure["p50 ms"]["points"] == 5 + 3 + 6  # of fan-out, servers alone, and servers together
    assert by_figure["p50 ms"]["least ratio"] == pytest.approx(1 / 1.5, rel=0.05)
    assert [by_figure[figure]["outside"] for figure in ("messages/s", "us/message", "p50 ms")] == [0, 1, 1]


def test_more_viewers_need_more_servers_and_a_lost_one_is_made_up_for(tmp_path: Path) -> None:
    write(tmp_path, tables())
    _checked, (few, many, *losses) = run(tmp_path, 10_000, 1_000_000)
    assert many["servers"] == pytest.approx(100 * few["servers"], rel=0.5)
    assert many["to servers/s"] == pytest.approx(many["entries/s"] * many["servers"])
    assert many["relayed"] < many["engine"]
    assert losses[-1]["join us"] == pytest.approx(360)
    assert losses[-1]["all anew: s of a core"] == pytest.approx(many["viewers each"] * 360e-6)


def test_a_start_that_was_quicker_with_more_to_catch_up_with_is_no_measurement(tmp_path: Path) -> None:
    found = tables()
    (row,) = (row for row in found["cluster"] if row["what"] == "catch up, one in an entry")
    row["cpu s"] = -0.1
    write(tmp_path, found)
    with pytest.raises(BenchError, match="too few to time"):
        run(tmp_path, 1000)


def test_a_missing_table_is_named_with_the_command_that_writes_it(tmp_path: Path) -> None:
    found = tables()
    del found["joins"]
    write(tmp_path, found)
    with pytest.raises(BenchError, match=r"no joins\.json in .*; python -m bench joins --out writes it"):
        run(tmp_path, 1000)
