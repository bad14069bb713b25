"""``dcc history``: who painted a cell, and when."""

from __future__ import annotations

import argparse
import json
import re

from dcc.commands.arguments import add_record_option, show_time
from dcc.errors import DccError
from dcc.record.reader import Reader
from dcc.stdout import say
from dcc.wording import clip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = "List who painted a cell and when, newest first."
    parser.add_argument("cell", type=_parse_cell, metavar="COLUMN,ROW", help="the cell, such as 10,3")
    parser.add_argument("--json", action="store_true", help="list it as JSON, an object a line")
    add_record_option(parser)


def _parse_cell(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,5}),([0-9]{1,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{clip(text)}: expected column and row, such as 10,3")
    return int(match[1]), int(match[2])


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    column, row = arguments.cell
    with Reader(arguments.record) as reader:
        width, height = reader.size
        if column >= width or row >= height:
            raise DccError(f"cell {column},{row} is outside of the canvas of {width} x {height}")
        names = [colour.name for colour in reader.palette]
        longest = max(map(len, names))
        painting = None
        for painting in reader.history(row * width + column):
            placement, colour = painting.placement, names[painting.colour]
            painter = placement.painter
            if arguments.json:
                words = {
                    "sequence": placement.sequence,
                    "time_ms": placement.time_ms,
                    "colour": colour,
                    "name": painter.name,
                    "connection": painter.connection,
                    "address": painter.address,
                }
                say(json.dumps(words))
            else:
                who = f"{clip(painter.name)} {painter.address}" if painter.name else painter.address
                say(f"{show_time(placement.time_ms)}  {colour:{longest}}  {who}")
    if painting is None and not arguments.json:
        say(f"nobody has painted column {column}, row {row}")
    return 0
