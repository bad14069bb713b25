"""Servers with one mistake each, as processes with real sockets: the check of the mistake fails, and no other."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dcc.check.examination import Outcome, Result
from dcc.check.program import Program
from dcc.check.server import Clients, ServerExamination
from dcc.check.wire import Limits
from tests.check.samples import sample, samples
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, ServerProcess

STUDENT = Path(__file__).parent / "student_server.py"
VERSION_1_SERVER = Path(__file__).parent.parent / "support" / "version1_server.py"

LIMITS = Limits(step=2.0, start=10.0, pause=0.01)
"""Only a wrong server makes a check wait for the end of its limit."""

AT_ONCE = 8
"""Servers that are checked at a time, since their checks mostly wait."""

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
    "keeps-dead-clients": "left-without-goodbye",
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


TWO_MISTAKES = [
    ("prefix-of-4", "swaps-axes"),
    ("prefix-of-4", "big-endian"),
    ("big-endian", "keeps-dead-clients"),
    ("length-with-prefix", "ids-again"),
    ("answers-twice", "paints-row"),
    ("board-each", "no-leave-line"),
    ("dies-of-bad-input", "stop-without-goodbye"),
    ("counts-characters", "answers-painter-only"),
]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def examine(*words: str, clients: Clients = "many") -> list[Result]:
    """Check the student's server with these mistakes."""
    port = free_port() if "prints-nothing" in words else 0
    command = [sys.executable, str(STUDENT), *words, "--port", str(port)]
    program = Program(command, ("127.0.0.1", port), is_printed=port == 0)
    limits = Limits(step=LIMITS.step, start=1.0) if "never-listens" in words else LIMITS
    return ServerExamination(("127.0.0.1", port), limits, lambda result: None, program=program, clients=clients).run()


def names(results: list[Result], outcome: Outcome) -> set[str]:
    """Return the names of the checks with this outcome."""
    return {result.rule.name for result in results if result.outcome is outcome}


def failed(results: list[Result]) -> set[str]:
    """Return the names of the failed checks."""
    return names(results, Outcome.FAILED)


Examined = Callable[..., list[Result]]


@pytest.fixture(scope="module")
def examined() -> Iterator[Examined]:
    """Check the servers of all parametrised tests side by side, and return the results of each."""
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


@pytest.mark.parametrize("where", ["before", "within"])
@pytest.mark.parametrize("mistake", ["", "floods"])
def test_a_server_that_the_system_pauses_at_its_messages_is_judged_no_worse(mistake: str, where: str) -> None:
    words = (mistake,) if mistake else ()
    assert failed(examine(*words, "on-a-loaded-machine", where)) == {MISTAKES[word] for word in words}


def test_a_right_server_for_many_clients_passes_every_check() -> None:
    results = examine(clients="auto")
    assert {result.outcome for result in results} == {Outcome.PASSED}


def test_a_right_server_for_one_client_passes_every_check_that_needs_no_second_client() -> None:
    results = examine("--one", clients="auto")
    assert failed(results) == set()
    assert names(results, Outcome.NOT_JUDGED) == {"second-client", "not-blocked", "paint-to-all"}


def test_a_server_for_one_client_that_ends_after_its_first_client_is_named() -> None:
    assert failed(examine("--one", "ends-after-first", clients="auto")) == {"place-freed"}


def test_the_traceback_of_a_server_that_dies_is_shown_beside_the_failed_check() -> None:
    (result,) = [each for each in examine("dies-at-start") if each.outcome is Outcome.FAILED]
    assert result.difference is not None
    assert "ValueError: parametros.json" in result.difference.came


def test_a_running_server_that_never_answers_is_named_without_a_command() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = ("127.0.0.1", int(listener.getsockname()[1]))
        results = ServerExamination(address, Limits(step=0.3), lambda result: None).run()
    assert failed(results) == {"nuevo"}


def test_an_address_where_nobody_listens_is_named() -> None:
    address = ("127.0.0.1", free_port())
    assert failed(ServerExamination(address, LIMITS, lambda result: None).run()) == {"listens"}


@pytest.mark.parametrize(
    ("options", "clients"), [((), "many"), (("--single-client",), "one")], ids=["many", "single-client"]
)
def test_our_server_passes_every_check(options: tuple[str, ...], clients: Clients) -> None:
    command = [DCC, "serve", "--port", "0", "--store", "memory:", "--lang", "es", *options]
    program = Program(command, ("127.0.0.1", 0), is_printed=True)
    results = ServerExamination(
        ("127.0.0.1", 0), Limits(start=PATIENCE_SECONDS), lambda result: None, program=program, clients="auto"
    ).run()
    assert failed(results) == set()
    several = {"second-client", "not-blocked", "paint-to-all"}
    assert names(results, Outcome.NOT_JUDGED) == (several if clients == "one" else set())


def test_our_running_server_in_english_passes_every_check_that_needs_no_console() -> None:
    with ServerProcess(language="en") as server:
        results = ServerExamination(("127.0.0.1", server.port), Limits(), lambda result: None).run()
    assert {result.outcome for result in results} == {Outcome.PASSED}


def test_the_tests_own_version_1_server_passes_every_check() -> None:
    with LineProcess([sys.executable, str(VERSION_1_SERVER)]) as server:
        port = int(server.wait_for(r"escuchando (\d+)")[1])
        results = ServerExamination(("127.0.0.1", port), LIMITS, lambda result: None).run()
    assert {result.outcome for result in results} == {Outcome.PASSED}, server.output


@pytest.mark.parametrize("mistake", samples("server"))
def test_the_samples_in_the_document_are_what_the_program_says(mistake: str, examined: Examined) -> None:
    assert samples("server")[mistake] == sample(examined(mistake))
