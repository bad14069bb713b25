"""The server is killed at random moments; nothing that anyone was shown is lost. ``make crashtest`` runs longer."""

from __future__ import annotations

from random import Random

from tests.long.crashtest import crashtest


def test_killed_again_and_again() -> None:
    """25 rounds: while it starts, while people paint, while it stops."""
    seed = Random().randrange(2**32)
    print(f"seed {seed}")
    counts = crashtest(25, seed)
    assert counts["paints acknowledged"] > 0
