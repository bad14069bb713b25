"""The documents: their generated parts are today's, and every path and link leads somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from dcc.commands.parser import Parser
from dcc.server.options import Options
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
LESSONS = [CHECKOUT / "docs" / name for name in ("lesson.md", "leccion.md")]
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
SUBCOMMANDS = [name for command in ("dcc key", "dcc moderate", "dcc cluster") for name in commands_of(command)]


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


def lines_of(document: Path) -> list[str]:
    """Return the command lines that a document shows, in blocks and in sentences."""
    text = prose_of(document)
    return re.findall(r"(?m)^ {4,}(dcc .*)$", text) + re.findall(r"`(dcc \w[^`]*)`", text)


def parse(words: list[str]) -> None:
    """Parse a command line as the program would.

    :param words: without the name of the program.
    :raises SystemExit: it is wrong.
    """
    if words[0] == "serve":
        Options().parseOptions(words[1:])
        return
    command = import_module(f"dcc.commands.{words[0]}")
    count = 1
    if hasattr(command, "SUBCOMMANDS") and words[1:] != ["--help"]:
        named = [each for each in command.SUBCOMMANDS if words[1 : 1 + len(each.name.split())] == each.name.split()]
        assert len(named) == 1, words
        command, count = named[0], 1 + len(named[0].name.split())
    if words[count:] and words[count:] != ["--help"]:  # else only the name of the command stands in a sentence
        parser = Parser(prog="dcc")
        command.add_arguments(parser)
        parser.parse_intermixed_args(words[count:])


@pytest.mark.parametrize(
    ("document", "line"),
    [(document, line) for document in LESSONS for line in lines_of(document)],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_every_command_of_a_lesson_is_one_of_the_program(
    document: Path, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"--class (\S+)", line):
        Path(name).write_text("Ada\nBruno\n", encoding="utf-8")
    parse(shlex.split(line, comments=True)[1:])


def test_the_lessons_in_both_languages_have_the_same_commands_and_pictures() -> None:
    shown = [
        (
            [re.findall(r"^dcc \w+|--[a-z]+", line) for line in lines_of(document)],
            re.findall(r"\]\((images/\S+)\)", prose_of(document)),
        )
        for document in LESSONS
    ]
    assert shown[0] == shown[1]
    assert len(shown[0][0]) > 10 and len(shown[0][1]) > 3


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
