"""``dcc restore``: a backup in the place of a record."""

from __future__ import annotations

import argparse

from dcc.commands.arguments import add_store_option
from dcc.language import _
from dcc.record import maintenance
from dcc.stdout import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Put a copy of a backup in the place of a record. Stop the server first. The backup is checked, and stays "
        "as it is; the record that was there is kept under another name."
    )
    parser.add_argument("backup", metavar=_("BACKUP"), help=_("a file made by dcc backup"))
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    kept = maintenance.restore(arguments.backup, arguments.store)
    say(_("restored {path} from {backup}").format(path=arguments.store, backup=arguments.backup))
    if kept is not None:
        say(_("the record that was there is now {path}").format(path=kept))
    return 0
