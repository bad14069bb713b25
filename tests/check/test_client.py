"""Clients with one mistake each, as processes with real sockets: the check of the mistake fails, and no other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from dcc.check.client import ClientExamination, Instruction
from dcc.check.examination import Outcome, Result
from dcc.check.wire import Limits
from tests.check.samples import sample, samples
from tests.support.server_process import LineProcess

STUDENT = Path(__file__).parent / "student_client.py"
VERSION_1_CLIENT = Path(__file__).parent.parent / "support" / "version1_process.py"

LIMITS = Limits(step=4.0, person=3.0, pause=0.01)
"""Only a wrong client makes a check wait for the end of its limit."""

AT_ONCE = 8
"""Clients that are checked at a time, since their checks mostly wait."""

MISTAKES = {
    "never-connects": "connects",
    "no-nuevo": "nuevo",
    "says-hola": "nuevo",
    "dies-at-once": "nuevo",
    "prefix-of-4": "prefix-size",
    "prefix-of-6": "prefix-size",
    "no-prefix": "prefix-size",
    "big-endian": "byte-order",
    "length-with-prefix": "length",
    "getsizeof": "length",
    "pickle": "json",
    "str-of-dict": "json",
    "dumps-twice": "json",
    "no-paint": "paint",
    "integers": "paint-form",
    "short-keys": "paint-form",
    "spanish-colours": "paint-colour",
    "swaps-axes": "paint-axes",
    "nuevo-twice": "one-command",
    "paints-twice": "one-command",
    "floods": "one-command",
    "one-recv": "reads-board",
    "forgets-last-chunk": "reads-board",
    "draws-swapped": "board-axes",
    "recv-prefix-once": "pieces",
    "chunks-of-128": "two-at-once",
    "no-goodbye": "goodbye",
    "stays-after-goodbye": "goodbye-ends",
    "ignores-goodbye": "goodbye-ends",
}

TWO_MISTAKES = [
    ("big-endian", "swaps-axes"),
    ("prefix-of-4", "chunks-of-128"),
    ("swaps-axes", "draws-swapped"),
    ("spanish-colours", "recv-prefix-once"),
    ("length-with-prefix", "no-goodbye"),
]


def examine(*mistakes: str) -> list[Result]:
    """Check the student's client with these mistakes, which a person starts and uses as told."""
    with ExitStack() as stack:
        clients: list[LineProcess] = []

        def obey(instruction: Instruction) -> None:
            if instruction.kind in ("start", "start-again"):
                words = [sys.executable, str(STUDENT), str(examination.port), *mistakes]
                clients.append(stack.enter_context(LineProcess(words)))
            elif instruction.kind == "paint":
                tell(f"pintar {instruction.column} {instruction.row} {instruction.colour}")
            elif instruction.kind == "paint-marked":
                tell(f"marcada {instruction.colour}")
            else:
                tell("cerrar")

        def tell(line: str) -> None:
            clients[-1].tell(line)

        examination = ClientExamination(("127.0.0.1", 0), LIMITS, lambda result: None, obey)
        return examination.run()


def failed(results: Sequence[Result]) -> set[str]:
    """Return the names of the failed checks."""
    return {result.rule.name for result in results if result.outcome is Outcome.FAILED}


Examined = Callable[..., list[Result]]


@pytest.fixture(scope="module")
def examined() -> Iterator[Examined]:
    """Check the clients of all parametrised tests side by side, and return the results of each."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        everything = [*((mistake,) for mistake in MISTAKES), *TWO_MISTAKES]
        coming = {words: pool.submit(examine, *words) for words in everything}
        yield lambda *words: coming[words].result()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_fails_its_own_check_alone(mistake: str, examined: Examined) -> None:
    assert failed(examined(mistake)) == {MISTAKES[mistake]}


@pytest.mark.parametrize("mistakes", TWO_MISTAKES, ids="+".join)
def test_two_mistakes_at_once_are_both_named(mistakes: tuple[str, str], examined: Examined) -> None:
    assert failed(examined(*mistakes)) == {MISTAKES[mistake] for mistake in mistakes}


def test_a_right_client_passes_every_check() -> None:
    assert {result.outcome for result in examine()} == {Outcome.PASSED}


def test_the_tests_own_version_1_client_passes_every_check() -> None:
    boards = 1
    with ExitStack() as stack:
        clients: list[LineProcess] = []

        def obey(instruction: Instruction) -> None:
            nonlocal boards
            if instruction.kind in ("start", "start-again"):
                command = [sys.executable, str(VERSION_1_CLIENT), "127.0.0.1", str(examination.port)]
                clients.append(stack.enter_context(LineProcess(command)))
            elif instruction.kind == "paint":
                clients[0].tell(f"pintar {instruction.row} {instruction.column} {instruction.colour}")
            elif instruction.kind == "paint-marked":
                # The last instruction comes after two boards.
                boards += 2 if boards == 3 else 1
                clients[0].wait_for(f"recibido {boards}$")
                clients[0].tell("tablero")
                board = json.loads(clients[0].wait_for("^tablero (.*)", max(1, min(boards, 4) - 1))[1])
                ((y_pos, x_pos),) = [(y, x) for y, row in board.items() for x, name in row.items() if name == "black"]
                clients[0].tell(f"pintar {x_pos} {y_pos} {instruction.colour}")
            else:
                clients[0].tell("cerrar")

        examination = ClientExamination(("127.0.0.1", 0), Limits(), lambda result: None, obey)
        results = examination.run()
    assert {result.outcome for result in results} == {Outcome.PASSED}


@pytest.mark.parametrize("mistake", samples("client"))
def test_the_samples_in_the_document_are_what_the_program_says(mistake: str, examined: Examined) -> None:
    assert samples("client")[mistake] == sample(examined(mistake))
