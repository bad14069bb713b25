"""``dcc resize``: a larger canvas."""

from __future__ import annotations

import argparse

from dcc.commands.options import add_record_option, parse_size
from dcc.record import upkeep


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = (
        "Let the canvas in a record grow, to the right and downwards: the picture stays where it is, in the upper "
        "left corner. Stop the server before."
    )
    parser.add_argument("size", type=parse_size, metavar="WIDTHxHEIGHT", help="the new size in cells, such as 200x120")
    add_record_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    upkeep.resize(arguments.record, *arguments.size)
    return 0
