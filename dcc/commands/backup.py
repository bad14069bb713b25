"""``dcc backup``: a copy of a record, also while a server writes to the record."""

from __future__ import annotations

import argparse

from dcc.commands.arguments import add_store_option
from dcc.language import _
from dcc.record import maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Copy a record as of one moment, also while a server writes to the record. To put the copy back: "
        "dcc restore OUT"
    )
    parser.add_argument("out", metavar=_("OUT"), help=_("the file to make; a file of that name is not overwritten"))
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    maintenance.backup(arguments.store, arguments.out)
    return 0
