"""``dcc export``: the board of any moment, as a PNG file."""

from __future__ import annotations

import argparse

from dcc.commands.arguments import add_png_arguments, add_store_option, parse_when, typed, when_help
from dcc.images.files import board_image, save_png
from dcc.language import _
from dcc.record.reader import Reader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _("Save a recorded board as a PNG file, as of now or of any moment.")
    add_png_arguments(parser)
    parser.add_argument(
        "--at",
        type=typed(parse_when),
        metavar=_("TIME|NUMBER"),
        help=_("when: {kinds}").format(kinds=when_help(_("the number of the last placement to show"), _("now"))),
    )
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.store) as reader:
        sequence = reader.last_sequence() if arguments.at is None else arguments.at.find(reader)
        canvas = reader.canvas_at(sequence)
    save_png(board_image(canvas, arguments.scale), arguments.out)
    return 0
