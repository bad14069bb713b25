"""``dcc check`` as a command: reports, exit status, and refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import dcc.server.console
from dcc.check import console
from dcc.language import speak
from tests.check.test_server import STUDENT, free_port
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess
from tests.support.wire import log

SERVER = ("--", sys.executable, str(STUDENT))


def check(*words: str) -> subprocess.CompletedProcess[str]:
    """Run ``dcc check`` in English to its end."""
    command = [DCC, "check", "--lang", "en", *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)


def test_a_right_server_has_the_exit_status_0_and_a_summary() -> None:
    ran = check("server", "--limit", "2", *SERVER)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[-1] == "===== 34 passed, 0 failed, 0 not judged ====="


def test_a_wrong_server_has_the_exit_status_1_and_both_reports(tmp_path: Path) -> None:
    junit = tmp_path / "results.xml"
    ran = check("server", "--limit", "2", "--json", "--junit", str(junit), *SERVER, "swaps-axes")
    assert (ran.returncode, ran.stderr) == (1, "")
    report = json.loads(ran.stdout)
    assert report["passed"] is False
    (failed,) = [each for each in report["checks"] if each["outcome"] == "failed"]
    assert failed["name"] == "paint-axes"
    assert failed["came"] == 'board["3"]["10"] was painted'
    (suite,) = ElementTree.parse(junit).getroot()
    assert suite.attrib["failures"] == "1"
    assert [case.attrib["name"] for case in suite if case.find("failure") is not None] == ["paint-axes"]


def test_a_failed_bonus_costs_nothing() -> None:
    ran = check("server", "--limit", "2", *SERVER, "dies-of-bad-input")
    assert ran.returncode == 0
    assert "1 bonus failed" in ran.stdout.splitlines()[-1]


def test_a_server_hears_ctrl_c_where_the_shell_has_ctrl_c_ignored() -> None:
    """As behind ``&`` in a script: a child inherits what is ignored."""
    command = [
        "sh",
        "-c",
        'trap "" INT; exec "$0" "$@"',
        DCC,
        "check",
        "--lang",
        "en",
        "server",
        "--limit",
        "2",
        *SERVER,
    ]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
    assert ran.stdout.splitlines()[-1] == "===== 34 passed, 0 failed, 0 not judged ====="
    assert ran.returncode == 0


def test_a_client_is_told_where_to_connect_and_what_to_do() -> None:
    words = [DCC, "check", "--lang", "en", "client", "--address", f"127.0.0.1:{free_port()}", "--wait", "0.5"]
    with LineProcess(words) as checking:
        checking.wait_for(r"Start your client, with host 127\.0\.0\.1 and port \d+\.")
        assert checking.finish() == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("server",), "dcc check: name a server: dcc check server HOST:PORT, or dcc check server -- COMMAND"),
        (("client", "localhost:1"), "dcc check: dcc check client takes no HOST:PORT"),
        (("server", "192.0.2.1:45743"), "dcc check: '192.0.2.1' is not this machine."),
        (("server", "--", "no-such-program"), "dcc check: cannot start 'no-such-program': No such file or directory."),
        (("server", "--junit", "/no/such/folder/x", "localhost:1"), "dcc check: /no/such/folder/x: No such file"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_a_line(words: tuple[str, ...], line: str) -> None:
    ran = check(*words)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(line)
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(seconds: str) -> None:
    ran = check("server", f"--limit={seconds}", f"127.0.0.1:{free_port()}")
    assert ran.returncode == 2
    assert "expected seconds" in ran.stderr


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_lines_of_figure_3_are_those_of_our_server(language: str) -> None:
    ours = dcc.server.console.Console()
    speak("es" if language == "es" else "en")
    try:
        with log() as said:
            ours.starting()
            ours.listening("localhost:45743")
            ours.arrived(7)
            ours.closing(7)
            ours.removed(7)
            ours.stopping()
    finally:
        speak("en")
    known = [*console.AT_START, console.ARRIVED, console.HEARING, console.CLOSING, console.REMOVED, console.STOPPING]
    assert [bool(console.find(line, said.lines)) for line in known] == [True] * len(known)
    assert console.find(console.REMOVED, said.lines) == ["7"]
