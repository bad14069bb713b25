"""``dcc resize``: a larger canvas."""

from __future__ import annotations

import argparse
import sys

from dcc import limits
from dcc.commands.arguments import add_record_option, parse_size
from dcc.record import maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = (
        "Let the canvas in a record grow, to the right and downwards: the picture stays where it is, in the upper "
        "left corner. Stop the server before. Clients of the published activity, of version 1, take no more than "
        f"{limits.VERSION_1_CELLS:,} cells; and a canvas never shrinks."
    )
    parser.add_argument("size", type=parse_size, metavar="WIDTHxHEIGHT", help="the new size in cells, such as 200x120")
    add_record_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    width, height = arguments.size
    maintenance.resize(arguments.record, width, height)
    if width * height > limits.VERSION_1_CELLS:
        print("dcc resize: the canvas is too large for clients of version 1 from now on", file=sys.stderr)
    return 0
