"""Servers and nodes of their engine are killed at random moments; nothing is lost. ``make crashtest CLUSTER=1`` runs
longer.
"""

from __future__ import annotations

from random import Random

from tests.long.crashtest_cluster import Crashtest
from tests.support.crash_rounds import run_rounds

ROUNDS = 15
"""108 s on two idle cores, most of them waiting: 2 to 4 s where servers alone are killed, and 10 to 13 s where the
nodes of the engine have to choose a leader."""


def test_servers_and_nodes_that_are_killed_again_and_again_lose_nothing() -> None:
    seed = Random().randrange(2**32)
    print(f"seed {seed}")
    counts = run_rounds(Crashtest, ROUNDS, seed)
    assert counts["paints acknowledged"] > 0
