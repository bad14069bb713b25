"""The documents: their generated parts are today's, and every path and link leads somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.record.test_crash import ROUNDS
from tests.record.test_damage import WRONG
from tests.server.test_fuzz import INPUTS
from tests.server.test_web_port import LEADING_OUT
from tests.support.conversations import load_corpus
from tests.support.reference import generated, help_of, parts
from tests.support.server_process import DCC

CHECKOUT = Path(__file__).parent.parent
OPERATIONS = CHECKOUT / "docs" / "operations.md"
PROTOCOL = CHECKOUT / "docs" / "protocol.md"
PEOPLE = CHECKOUT / "docs" / "people.md"
MANUAL = CHECKOUT / "docs" / "dcc.1"
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md")])

SHOWN = {name.removesuffix(" --help"): text for name, text in parts(OPERATIONS.read_text(encoding="utf-8")).items()}


def prose_of(document: Path) -> str:
    """Read a document without its comments."""
    return re.sub(r"<!--.*?-->", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)


def paths_in(document: Path) -> list[str]:
    """Return the paths of this checkout that a document names."""
    return re.findall(r"(?<![\w/.])(?:dcc|deploy|tests|docs|bench|tools|twisted)/[\w./-]*\w", prose_of(document))


def anchors_of(document: Path) -> set[str]:
    """Return the names that headings have as targets of links."""
    headings = re.findall(r"(?m)^#+ (.*)$", prose_of(document))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands_of(command: str) -> list[str]:
    """Return the commands that the help of a command lists."""
    names = re.findall(r"(?m)^ {4}([a-z]+(?: [a-z]+)?)(?:  |$)", help_of(command).partition("\ncommands:\n")[2])
    return [f"{command} {name}" for name in names]


COMMANDS = commands_of("dcc")
SUBCOMMANDS = [name for command in ("dcc key", "dcc moderate") for name in commands_of(command)]


def test_operations_shows_the_help_of_every_command() -> None:
    assert len(COMMANDS) > 10 and len(SUBCOMMANDS) > 10
    assert {"dcc", *COMMANDS} <= set(SHOWN) <= {"dcc", *COMMANDS, *SUBCOMMANDS}


@pytest.mark.parametrize("command", SHOWN)
def test_the_help_in_operations_is_what_the_command_prints(command: str) -> None:
    # Word by word: Python versions wrap and indent the same help differently. If this fails: make docs
    assert SHOWN[command].split() == generated(f"{command} --help").split()


def test_the_reasons_in_the_protocol_are_those_of_the_program() -> None:
    assert parts(PROTOCOL.read_text(encoding="utf-8")) == {"reasons": generated("reasons")}


def test_the_tables_of_who_may_do_what_are_those_of_the_tests() -> None:
    shown = parts(PEOPLE.read_text(encoding="utf-8"))
    assert shown == {name: generated(name) for name in ("actions", "painting")}


def test_the_limits_in_operations_are_options_of_the_server() -> None:
    text = prose_of(OPERATIONS)
    in_table = set(re.findall(r"`(--[a-z-]+)`", "".join(re.findall(r"(?m)^\| (`--.*?) \|", text))))
    in_help = set(re.findall(r"--[a-z-]+", help_of("dcc serve")))
    assert len(in_table) > 5
    assert in_table <= in_help


def test_the_counts_in_reliability_are_those_of_the_tests() -> None:
    text = " ".join((CHECKOUT / "docs" / "reliability.md").read_text(encoding="utf-8").split())
    records = re.search(r"(?m)^fuzz-records: INPUTS = (\d+)$", (CHECKOUT / "Makefile").read_text(encoding="utf-8"))
    assert records is not None
    for count, words in (
        (len(WRONG), "puts {} wrong values into each column"),
        (int(records[1]), "in {} records unless told otherwise"),
        (ROUNDS, "{} rounds are in `make test`"),
        (len(LEADING_OUT), "{} paths that lead out"),
        (len(load_corpus()), "{} conversations of the window"),
        (INPUTS, "{} inputs are in `make test`"),
    ):
        assert words.format(f"{count:,}") in text


def test_documents_name_no_option_that_does_not_exist() -> None:
    known = set(re.findall(r"--[a-z-]+", "".join(help_of(command) for command in {*SHOWN, *SUBCOMMANDS})))
    for document in set(DOCUMENTS) - {CHECKOUT / "CHANGELOG.md"}:  # which names the options of the past too
        for line in re.findall(r"(?m)\b(?:dcc|twistd -n dcc) .*", prose_of(document)):
            unknown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)) - known - {"--help", "--version"}
            assert not unknown, f"{document.name}: {line}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_path_in_a_document_exists(document: Path) -> None:
    paths = paths_in(document)
    assert [path for path in paths if not (CHECKOUT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_in_a_document_leads_to_a_file_and_a_heading(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(document)):
        if "://" in target:
            continue
        name, _hash, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), target
        if anchor:
            assert anchor in anchors_of(path), target


def test_the_readme_leads_to_every_document() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    missing = [
        path.name for path in DOCUMENTS if path.name not in ("README.md", "style.md") and path.name not in readme
    ]
    assert missing == []


def test_the_documents_name_enough_paths_for_these_tests_to_mean_something() -> None:
    assert len({path for document in DOCUMENTS for path in paths_in(document)}) > 30


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_name_that_a_document_finds_in_a_file_is_there(document: Path) -> None:
    for name, path in re.findall(r"`([A-Za-z][\w.]*)` in\s+`(dcc/[\w/.]+\.\w+)`", prose_of(document)):
        source = (CHECKOUT / path).read_text(encoding="utf-8")
        for part in name.split("."):
            assert re.search(rf"\b(class|def) {part}\b|\b{part}\b\s*[(={{]|\.{part}\b", source), f"{name} in {path}"


def test_the_ways_through_the_program_name_their_functions() -> None:
    names = [
        re.findall(r"`[\w.]+` in\s+`dcc/", prose_of(CHECKOUT / "docs" / name))
        for name in ("architecture.md", "activity.md")
    ]
    assert all(len(found) > 5 for found in names), names


def test_the_manual_is_the_help_of_the_commands() -> None:
    written = subprocess.run([CHECKOUT / "tools" / "manual", DCC], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    # Word by word, as above. If this fails: make docs
    assert MANUAL.read_text(encoding="utf-8").split() == written.stdout.split()


def test_troff_finds_nothing_wrong_with_the_manual() -> None:
    words = ["groff", "-man", "-Tutf8", "-P-cbou", "-Kutf8", "-ww", str(MANUAL)]
    shown = subprocess.run(words, capture_output=True, encoding="utf-8", check=True)
    assert shown.stderr == ""
    assert "--address-clients=NUMBER" in shown.stdout
