"""``dcc verify``: whether a record is sound."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from dcc.commands.arguments import DEFAULT_RECORD, RECORD_HELP, parse_record
from dcc.record import maintenance
from dcc.stdout import say
from dcc.wording import counted

_UNSOUND = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = (
        "Check a record from end to end: the file itself, that every placement is there once and on its board, and "
        "that every kept board equals the placements before it. Also while a server writes to it. "
        "The exit status is 0 when it is sound, 1 when it is not."
    )
    parser.add_argument(
        "record", type=parse_record, nargs="?", default=DEFAULT_RECORD, metavar="FILE", help=RECORD_HELP
    )
    parser.add_argument("--json", action="store_true", help="say it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    found = maintenance.verify(arguments.record)
    if arguments.json:
        say(json.dumps({"sound": not found.problems, **asdict(found)}))
    elif found.problems:
        for problem in found.problems:
            print(f"dcc verify: {arguments.record}: {problem}", file=sys.stderr)
    else:
        say(
            f"sound: {counted(found.sequence, 'placement')} in {counted(found.strokes, 'stroke')}, "
            f"{counted(found.keyframes, 'kept board')}"
        )
    return _UNSOUND if found.problems else 0
