"""``dcc export``: the board as of any moment, as a PNG file."""

from __future__ import annotations

import argparse

from dcc.commands.arguments import WHEN_HELP, add_record_option, parse_when
from dcc.images.files import board_image, parse_png, parse_scale, save_png
from dcc.record.reader import Reader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = "Save the canvas as it is in a record, now or at any moment, as a PNG file."
    parser.add_argument("out", type=parse_png, metavar="OUT.png", help="the file to write; - writes to standard output")
    parser.add_argument(
        "--at",
        type=parse_when,
        metavar="TIME|NUMBER",
        help=f"when: {WHEN_HELP}or the number of the last placement to show [now]",
    )
    parser.add_argument("--scale", type=parse_scale, default=1, metavar="N", help="pixels a cell is wide [1]")
    add_record_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.record) as reader:
        sequence = reader.last_sequence() if arguments.at is None else arguments.at.find(reader)
        canvas = reader.canvas_at(sequence)
    save_png(board_image(canvas, arguments.scale), arguments.out)
    return 0
