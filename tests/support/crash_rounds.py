"""Rounds in which something is killed, one after the other, from a test or from a command line."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random


class Rounds:
    """Rounds on the same files.

    :ivar counts: counts of events so far, by name.
    :ivar last: what happened in the last round.
    """

    def __init__(self, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.last = ""
        self._random = Random(seed)

    def begin(self) -> None:
        """Do what comes before the first round."""

    def round(self) -> None:
        """Kill, and look for what was lost.

        :raises AssertionError: something was lost.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """Do what comes after the last round."""

    def close(self) -> None:
        """Kill what still runs."""


def run_rounds(make: Callable[[Path, int], Rounds], rounds: int, seed: int) -> Counter[str]:
    """Run a number of rounds.

    :param make: makes the rounds, with the files in a folder.
    :return: counts of events, by name.
    :raises AssertionError: something was lost; a printed line names the folder with the files.
    """
    folder = Path(tempfile.mkdtemp(prefix="dcc-crashtest-"))
    test = make(folder, seed)
    try:
        test.begin()
        for _ in range(rounds):
            test.round()
            test.counts["rounds"] += 1
        test.stop()
    except BaseException:
        print(f"in round {test.counts['rounds'] + 1} ({test.last}) with seed {seed}; the files are in {folder}")
        raise
    finally:
        test.close()
    shutil.rmtree(folder)
    return test.counts


def run_from_command_line(program: str, description: str, make: Callable[[Path, int], Rounds], rounds: int) -> None:
    """Run rounds, and print what happened.

    :param rounds: how many, by default.
    """
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seed", type=int, default=Random().randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    for name, count in run_rounds(make, options.rounds, options.seed).items():
        print(f"{count:10,}  {name}")
    print(f"{time.monotonic() - began:10,.0f}  seconds")
