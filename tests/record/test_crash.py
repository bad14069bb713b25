"""The server is killed at random moments; nothing that anyone was shown is lost. ``make crashtest`` runs longer."""

from __future__ import annotations

from random import Random

from tests.long.crashtest import Crashtest
from tests.support.crash_rounds import run_rounds

ROUNDS = 25


def test_a_server_that_is_killed_again_and_again_loses_nothing() -> None:
    seed = Random().randrange(2**32)
    print(f"seed {seed}")
    counts = run_rounds(Crashtest, ROUNDS, seed)
    assert counts["paints acknowledged"] > 0
