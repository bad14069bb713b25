"""``dcc check``: what is wrong with a student's client or server."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path

from dcc.check import report
from dcc.check.client import ClientExamination, Instruction
from dcc.check.examination import Result, Told
from dcc.check.program import Program, is_here
from dcc.check.server import SIDE_CELLS, ServerExamination
from dcc.check.wire import Limits
from dcc.client.address import DEFAULT_ADDRESS, Address, parse_address
from dcc.errors import DccError
from dcc.language import _, system_reason
from dcc.stdout import say
from dcc.wording import clip

_FAILED = 1

_SECONDS = 3600.0
"""Longest limit: an hour for a person who is called away."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Check a client or a server of the activity AF06, rule by rule, and explain what to change. "
        "dcc check server HOST:PORT checks a server that runs; dcc check server -- COMMAND starts a server, and checks "
        "its console and Ctrl+C too. The checks paint on the server's board, and what they paint stays there: do not "
        "check a server on whose board people paint. dcc check client waits for a client and says what to paint in its "
        "window. The exit status is 0 if no check failed, 1 if one did."
    )
    sides = ("server", "client")
    parser.add_argument("side", choices=sides, metavar=f"{{{','.join(sides)}}}", help=_("which side to check"))
    parser.add_argument(
        "target", nargs="*", metavar="HOST:PORT | -- COMMAND", help=_("the server: where it runs, or how to start it")
    )
    parser.add_argument("--json", action="store_true", help=_("print the results as JSON"))
    parser.add_argument("--junit", type=Path, metavar="FILE", help=_("write the results to a file as JUnit XML"))
    parser.add_argument(
        "--clients",
        choices=("auto", "one", "many"),
        default="auto",
        help=_("clients that the server serves at a time: one (first part), many (second part) [auto]"),
    )
    parser.add_argument(
        "--address",
        type=parse_address,
        metavar="HOST:PORT",
        help=_("where the server of COMMAND or dcc check client listens [{address}]").format(address=DEFAULT_ADDRESS),
    )
    parser.add_argument("--remote", action="store_true", help=_("also check a server on another machine"))
    for option, default, what in (
        ("--limit", Limits.step, _("seconds for each answer of the program")),
        ("--start-limit", Limits.start, _("seconds for the program to start")),
        ("--wait", Limits.person, _("seconds for each thing to do in the window")),
    ):
        parser.add_argument(option, type=_parse_seconds, default=default, metavar="N", help=f"{what} [{default:g}]")


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _SECONDS:
        raise argparse.ArgumentTypeError(
            _("{text}: expected seconds, more than 0 and at most {most:g}").format(text=clip(text), most=_SECONDS)
        )
    return seconds


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    text = report.Text(
        not arguments.json and sys.stdout is not None and sys.stdout.isatty() and not os.getenv("NO_COLOR")
    )

    def told(result: Result) -> None:
        if not arguments.json:
            say(text.line(result))
            sys.stdout.flush()

    times = Limits(step=arguments.limit, start=arguments.start_limit, person=arguments.wait)
    if arguments.junit is not None:
        _write(arguments.junit, "")  # fails before minutes of checks, not after
    if arguments.side == "server":
        results = _server(arguments, times, told).run()
    else:
        if arguments.target:
            raise DccError(_("dcc check client takes no HOST:PORT: the client connects to the port that is printed"))
        results = _client(arguments, times, told).run()
    if arguments.junit is not None:
        _write(arguments.junit, report.to_junit(arguments.side, results))
    if arguments.json:
        say(json.dumps(report.to_json(arguments.side, results), indent=2))
    else:
        if details := text.details(results):
            say("\n" + details)
        say(text.summary(results))
    return _FAILED if any(result.costs for result in results) else 0


def _server(arguments: argparse.Namespace, times: Limits, told: Told) -> ServerExamination:
    words = arguments.target
    if not words:
        raise DccError(_("name a server: dcc check server HOST:PORT, or dcc check server -- COMMAND"))
    address = _running(words)
    program = None
    if address is None:
        address = arguments.address or DEFAULT_ADDRESS
        program = Program(words, tuple(address), is_printed=arguments.address is None)
    if not (arguments.remote or is_here(address.host)):
        raise DccError(
            _("{host} is not this machine. The checks paint and send bad input: with --remote they do so there").format(
                host=clip(address.host)
            )
        )
    return ServerExamination(tuple(address), times, told, program=program, clients=arguments.clients, side=SIDE_CELLS)


def _running(words: list[str]) -> Address | None:
    """Read ``HOST:PORT``; None if the words are a command."""
    if len(words) != 1 or ":" not in words[0]:
        return None
    try:
        return parse_address(words[0])
    except argparse.ArgumentTypeError:
        return None


def _client(arguments: argparse.Namespace, times: Limits, told: Told) -> ClientExamination:
    address = arguments.address or DEFAULT_ADDRESS

    def ask(instruction: Instruction) -> None:
        print(f"→ {instruction.text}", file=sys.stderr if arguments.json else sys.stdout, flush=True)

    return ClientExamination(tuple(address), times, told, ask)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DccError(f"{path}: {system_reason(error)}") from None
