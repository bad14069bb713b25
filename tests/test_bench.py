"""The benchmarks run, with clients in Python, and every message is delivered (a run with a loss fails)."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parent.parent
PATIENCE_SECONDS = 300


SHORT = "--seconds", "0.3", "--repeat", "1"


def start(out: Path, name: str, *options: str) -> subprocess.Popen[str]:
    """Start a small benchmark."""
    words = [sys.executable, "-m", "bench", name, "--python", "--out", str(out)]
    return subprocess.Popen(
        [*words, *options], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )


def rows(out: Path, running: subprocess.Popen[str], name: str) -> list[dict[str, Any]]:
    """Return the rows of the table."""
    said, _nothing = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 0, said
    found: list[dict[str, Any]] = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))["rows"]
    return found


def test_a_small_run_of_fanout_and_of_version1_delivers_everything(tmp_path: Path) -> None:
    """Both run at the same time, since most of the time is waiting for an idle server."""
    with (
        start(tmp_path, "fanout", *SHORT, "--wires", "websocket", "--viewers", "10", "--rates", "40") as fanout,
        start(tmp_path, "version1", *SHORT, "--clients", "10", "--rates", "40") as version1,
    ):
        (row,) = rows(tmp_path, fanout, "fanout")
        ours, threads, once = rows(tmp_path, version1, "version1")

    assert (row["wire"], row["viewers"]) == ("websocket", 10)
    assert 0 < row["p50 ms"] <= row["p99 ms"] <= row["max ms"]
    assert row["us/message"] > 0
    assert row["to Python"] > 0

    assert [each["server"] for each in (ours, threads, once)] == ["dcc", "threads", "threads, once"]
    assert [each["shown %"] for each in (ours, threads, once)] == [100, 100, 100]
    assert [each["paints"] for each in (ours, threads, once)] == [12, 12, 12]
    # The rivals send the whole board to everyone after every paint; our server may merge paints.
    assert threads["boards"] == once["boards"] == 10 * 12
    assert 10 <= ours["boards"] <= 10 * 12


def test_small_runs_of_the_benchmarks_of_the_record_commit_everything(tmp_path: Path) -> None:
    """All run at the same time, since copies are made once a second."""
    kinds = "--painters", "2", "--windows", "1", "--pixels", "1"
    with (
        start(tmp_path, "copies", "--minutes", "0.05", "--each", "3", "--rate", "100") as copies,
        start(tmp_path, "ingest", *SHORT, *kinds) as ingest,
        start(tmp_path, "record", *SHORT, "--batches", "1", "--pixels", "1") as record,
        start(tmp_path, "rules", *SHORT, "--areas", "100", "--bans", "100", "--viewers", "5") as rules,
        start(tmp_path, "pixelflut", *SHORT, "--clients=2", "--flood=3", "--flood-seconds=0.3") as pixelflut,
    ):
        emptied, kept = rows(tmp_path, copies, "copies")
        at_leisure, at_full_speed = rows(tmp_path, ingest, "ingest")
        (alone,) = rows(tmp_path, record, "record")
        painted, seen = rows(tmp_path, rules, "rules")
        own, flut, flood = rows(tmp_path, pixelflut, "pixelflut")

    for row in (own, flut, flood):
        assert row["pixels/s"] > 0
    assert own["us a pixel"] > 0 < flut["us a pixel"]
    assert 0 < flood["while p50"] <= flood["while p99"] <= flood["while max"]

    assert (emptied["log"], emptied["paints"], emptied["copies"]) == ("emptied", 300, 2)
    assert 0 <= emptied["behind s"] <= emptied["worst s"] < PATIENCE_SECONDS
    assert (kept["log"], kept["paints"]) == ("kept", 100)

    assert (at_leisure["rate"], at_full_speed["rate"]) == ("50/s", "full")
    for row in (at_leisure, at_full_speed):
        assert 0 < row["p50 ms"] <= row["p99 ms"] <= row["max ms"]
        assert row["rate to loop"] > 0

    assert 0 < alone["record, ms"] <= alone["p99, ms"]
    assert alone["time to loop"] > 0

    assert (painted["what"], seen["what"]) == ("ingest", "fan-out")
    assert painted["ratio"] > 0 and seen["ratio"] > 0


def test_a_small_run_with_several_servers_shows_everything_to_everybody(tmp_path: Path) -> None:
    """All kinds run at the same time, each with a node of the engine."""
    sizes = (
        "--nodes",
        "1",
        "--servers",
        "2",
        "--viewers",
        "6",
        "--rates",
        "40",
        "--follow-rates",
        "40",
        "--placements",
        "100",
    )
    with ExitStack() as stack:
        kinds = {
            kind: stack.enter_context(start(tmp_path / kind, "cluster", *SHORT, *sizes, "--only", kind))
            for kind in ("paint", "follow", "fan-out", "catch-up")
        }
        found = {kind: rows(tmp_path / kind, running, "cluster") for kind, running in kinds.items()}
    leisure, shared, full, _full_shared = found["paint"]
    (follow,) = found["follow"]
    alone, told = found["fan-out"]
    caught_up, _one_each = found["catch-up"]

    assert [leisure["engine"], shared["engine"], full["engine"]] == ["none", "1 node", "none"]
    assert shared["added p50"] == pytest.approx(shared["p50 ms"] - leisure["p50 ms"])
    assert shared["loop p50"] > 0 < shared["loop/s"]

    assert 0 < follow["entries/s"] <= 40
    assert follow["follower us"] > 0 < follow["engine us"]

    assert (alone["servers"], alone["viewers each"], told["servers"], told["viewers each"]) == (1, 3, 2, 3)
    assert 0 < told["us/message"] < told["all us"]
    assert told["to alone"] > 0

    assert caught_up["placements"] >= 100
    assert caught_up["entries"] > 0 < caught_up["loop s"]
