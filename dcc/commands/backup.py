"""``dcc backup``: a copy of a record, also while a server writes to it."""

from __future__ import annotations

import argparse

from dcc.commands.arguments import add_record_option
from dcc.record import maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = (
        "Copy a record as of one moment, also while a server writes to it. To restore, start a server on the copy: "
        "dcc serve --store sqlite:OUT"
    )
    parser.add_argument("out", metavar="OUT", help="the file to make; one that is there is not touched")
    add_record_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    maintenance.backup(arguments.record, arguments.out)
    return 0
