"""``dcc verify``: whether a record is sound."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from dcc.commands.arguments import add_store_option
from dcc.commands.progress import placements_bar
from dcc.language import _, ngettext, number
from dcc.record import maintenance
from dcc.stdout import complain, say

_UNSOUND = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Check a record from end to end, also while a server writes to the record: the file itself, that every "
        "placement is there once and on the board, that every kept board equals the placements before it, and that "
        "nothing differs from the checksums. Records with the same checksum have the same placements. "
        "The exit status is 0 for a sound record, 1 for any other."
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    found = maintenance.verify(arguments.store, placements_bar)
    if arguments.json:
        say(json.dumps({"sound": not found.problems, **asdict(found)}))
    elif found.problems:
        for problem in found.problems:
            complain(f"dcc verify: {arguments.store}: {problem}")
    else:
        placements = ngettext("{count} placement", "{count} placements", found.sequence)
        strokes = ngettext("{count} stroke", "{count} strokes", found.strokes)
        boards = ngettext("{count} kept board", "{count} kept boards", found.keyframes)
        say(
            _("sound: {placements} in {strokes}, {boards}; checksum {checksum}").format(
                placements=placements.format(count=number(found.sequence)),
                strokes=strokes.format(count=number(found.strokes)),
                boards=boards.format(count=number(found.keyframes)),
                checksum=found.checksum,
            )
        )
    return _UNSOUND if found.problems else 0
