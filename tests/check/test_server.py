"""Servers with one mistake each, in processes of their own on real sockets: the check of that mistake fails, no other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dcc.check.examination import Outcome, Result
from dcc.check.program import Program
from dcc.check.server import Clients, ServerExamination
from dcc.check.wire import Limits
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, ServerProcess

STUDENT = Path(__file__).parent / "student_server.py"
VERSION_1_SERVER = Path(__file__).parent.parent / "support" / "version1_server.py"

LIMITS = Limits(step=1.5, start=PATIENCE_SECONDS, pause=0.01)
"""Only a wrong server makes a check wait for the end of its limit."""

MISTAKES = {
    # how messages are written and read
    "prefix-of-4": "prefix-size",
    "prefix-of-6": "prefix-size",
    "writes-prefix-of-4": "prefix-size",
    "no-prefix": "prefix-size",
    "big-endian": "byte-order",
    "reads-big-endian": "byte-order",
    "writes-big-endian": "byte-order",
    "length-with-prefix": "length",
    "getsizeof": "length",
    "pickle": "json",
    "str-of-dict": "json",
    "dumps-twice": "json",
    "counts-characters": "bytes-not-characters",
    "ascii": "bytes-not-characters",
    "forgets-last-chunk": "long-message",
    "one-recv": "pieces",
    "recv-prefix-once": "pieces",
    "recv-length-once": "pieces",
    "chunks-of-128": "two-at-once",
    # commands
    "never-listens": "listens",
    "dies-at-start": "listens",
    "never-answers": "nuevo",
    "nuevo-unanswered": "nuevo",
    "board-of-49": "board",
    "spanish-colours": "board",
    "paint-unanswered": "paint-answered",
    "not-to-painter": "paint-answered",
    "answers-twice": "one-answer",
    "floods": "one-answer",
    "paints-nothing": "paint-applied",
    "paints-row": "paint-applied",
    "off-by-one": "paint-applied",
    "swaps-axes": "paint-axes",
    "answers-before-painting": "paint-shown",
    "no-cyan": "eight-colours",
    "goodbye-unanswered": "goodbye",
    "goodbye-as-command": "goodbye",
    "goes-on-after-goodbye": "goodbye-ends",
    "socket-stays-open": "goodbye-ends",
    "board-each": "board-kept",
    # several clients
    "accepting-thread-listens": "second-client",
    "accepts-once": "place-freed",
    "locks-while-reading": "not-blocked",
    "answers-painter-only": "paint-to-all",
    "dead-socket-ends-thread": "left-without-goodbye",
    "dies-of-leaving": "left-without-goodbye",
    "dies-of-bad-input": "bad-input",
    # console
    "prints-nothing": "console-prints",
    "no-start-line": "console-start",
    "no-arrival-line": "console-arrival",
    "ids-again": "unique-ids",
    "no-leave-line": "console-leave",
    "stop-without-goodbye": "stop-goodbye",
    "stop-hangs": "stop-ends",
    "no-stop-line": "console-stop",
}


def examine(*words: str, clients: Clients = "many", limits: Limits = LIMITS) -> list[Result]:
    """Check the student's server with these mistakes."""
    port = 0
    program = Program([sys.executable, str(STUDENT), *words], ("127.0.0.1", port), is_printed=True)
    return ServerExamination(("127.0.0.1", port), limits, lambda result: None, program=program, clients=clients).run()


def names(results: list[Result], outcome: Outcome) -> set[str]:
    """Return the names of the checks with this outcome."""
    return {result.rule.name for result in results if result.outcome is outcome}


def failed(results: list[Result]) -> set[str]:
    """Return the names of the failed checks."""
    return names(results, Outcome.FAILED)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_fails_its_own_check_alone(mistake: str) -> None:
    limits = Limits(step=1.5, start=1.5, pause=0.01) if mistake == "never-listens" else LIMITS
    assert failed(examine(mistake, limits=limits)) == {MISTAKES[mistake]}


def test_a_right_server_for_many_clients_passes_every_check() -> None:
    results = examine(clients="auto")
    assert {result.outcome for result in results} == {Outcome.PASSED}


def test_a_right_server_for_one_client_passes_every_check_that_needs_no_second_client() -> None:
    results = examine("--one", clients="auto")
    assert failed(results) == set()
    assert names(results, Outcome.NOT_JUDGED) == {"second-client", "not-blocked", "paint-to-all"}
