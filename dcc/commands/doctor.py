"""``dcc doctor``: what is wrong with an installation, and what to do about each fault."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from itertools import chain

from dcc.client.address import DEFAULT_ADDRESS, Invitation
from dcc.commands import examinations
from dcc.commands.arguments import add_server_arguments, add_store_option, chosen_server
from dcc.commands.examinations import Finding, Severity
from dcc.language import _, ngettext
from dcc.stdout import say

_WRONG = 1

_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
_COLOURS = {Severity.OK: _GREEN, Severity.NOTE: _YELLOW, Severity.WRONG: _RED}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Say what is wrong with this installation, and what to do: packages, the record, the disk, the limit of open "
        "files, the clock, a server, and with --page the page as browsers reach it, with the proxy and the certificate "
        "in front. Nothing is changed. The exit status is 0 if nothing is wrong, 1 if something is."
    )
    parser.add_argument("--json", action="store_true", help=_("print the findings as JSON"))
    parser.add_argument(
        "--page",
        metavar="URL",
        type=_parse_page,
        help=_("the page as browsers reach it, such as https://canvas.example.org/"),
    )
    add_store_option(parser)
    add_server_arguments(parser)
    parser.set_defaults(address=None)


def _parse_page(text: str) -> str:
    try:
        return examinations.parse_page(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    is_named = arguments.address is not None
    if not is_named:
        arguments.address = Invitation(DEFAULT_ADDRESS)
    server = chosen_server(arguments)
    parts: list[Callable[[], Iterator[Finding]]] = [
        examinations.packages,
        lambda: examinations.record(arguments.store),
        lambda: examinations.disk(arguments.store),
        examinations.open_files,
        lambda: examinations.server(server, is_named=is_named),
    ]
    if arguments.page is not None:
        parts.append(lambda: examinations.page(arguments.page))
    findings: list[Finding] = []
    is_coloured = sys.stdout is not None and sys.stdout.isatty() and not os.getenv("NO_COLOR")
    for finding in chain.from_iterable(part() for part in parts):
        findings.append(finding)
        if not arguments.json:
            say(_line(finding, is_coloured))
            sys.stdout.flush()
    wrong = sum(finding.severity is Severity.WRONG for finding in findings)
    if arguments.json:
        say(json.dumps({"wrong": wrong, "findings": [finding.to_json() for finding in findings]}))
    elif wrong:
        say(ngettext("{count} thing is wrong.", "{count} things are wrong.", wrong).format(count=wrong))
    else:
        say(_("Nothing is wrong."))
    return _WRONG if wrong else 0


def _line(finding: Finding, is_coloured: bool) -> str:
    word = {Severity.OK: _("ok"), Severity.NOTE: _("note"), Severity.WRONG: _("wrong")}[finding.severity]
    head = f"{word:<6}"
    if is_coloured:
        head = f"{_COLOURS[finding.severity]}{head}{_PLAIN}"
    return f"{head} {finding.text}"
