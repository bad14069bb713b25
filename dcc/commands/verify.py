"""``dcc verify``: whether a record is sound."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from dcc.commands.arguments import add_store_option
from dcc.language import _, ngettext, number
from dcc.record import maintenance
from dcc.stdout import say

_UNSOUND = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Check a record from end to end, also while a server writes to the record: the file itself, that every "
        "placement is there once and on the board, and that every kept board equals the placements before it. "
        "The exit status is 0 for a sound record, 1 for any other."
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    found = maintenance.verify(arguments.store)
    if arguments.json:
        say(json.dumps({"sound": not found.problems, **asdict(found)}))
    elif found.problems:
        for problem in found.problems:
            print(f"dcc verify: {arguments.store}: {problem}", file=sys.stderr)
    else:
        placements = ngettext("{count} placement", "{count} placements", found.sequence)
        strokes = ngettext("{count} stroke", "{count} strokes", found.strokes)
        boards = ngettext("{count} kept board", "{count} kept boards", found.keyframes)
        say(
            _("sound: {placements} in {strokes}, {boards}").format(
                placements=placements.format(count=number(found.sequence)),
                strokes=strokes.format(count=number(found.strokes)),
                boards=boards.format(count=number(found.keyframes)),
            )
        )
    return _UNSOUND if found.problems else 0
