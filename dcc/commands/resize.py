"""``dcc resize``: a larger board."""

from __future__ import annotations

import argparse
import sys

from dcc import limits
from dcc.commands.arguments import add_store_option, parse_size, typed
from dcc.language import _, number
from dcc.record import maintenance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Enlarge a recorded board to the right and downwards: the picture keeps its place in the upper left corner. "
        "Stop the server first. A board never shrinks, and AF06 programs cannot join boards above {cells} cells."
    ).format(cells=number(limits.VERSION_1_CELLS))
    parser.add_argument(
        "size", type=typed(parse_size), metavar=_("WIDTHxHEIGHT"), help=_("the new size in cells, such as 200x120")
    )
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    width, height = arguments.size
    maintenance.resize(arguments.store, width, height)
    if width * height > limits.VERSION_1_CELLS:
        warning = _("AF06 programs cannot join this board any longer: it has more than {cells} cells")
        print(f"dcc resize: {warning.format(cells=number(limits.VERSION_1_CELLS))}", file=sys.stderr)
    return 0
