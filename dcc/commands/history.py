"""``dcc history``: who painted a cell, and when."""

from __future__ import annotations

import argparse
import json

from dcc.commands.arguments import add_store_option, parse_cell, typed
from dcc.errors import DccError
from dcc.language import _
from dcc.record.reader import Reader
from dcc.stdout import say, say_printable
from dcc.times import show_time
from dcc.wording import clip, printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _("List who painted a cell and when, newest first.")
    parser.add_argument(
        "cell", type=typed(parse_cell), metavar="X,Y", help=_("column and row of the cell, such as 10,5")
    )
    parser.add_argument("--json", action="store_true", help=_("print JSON, an object per line"))
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    column, row = arguments.cell
    with Reader(arguments.store) as reader:
        width, height = reader.size
        if column >= width or row >= height:
            raise DccError(
                _("cell {column},{row} is outside of the board of {width} x {height}").format(
                    column=column, row=row, width=width, height=height
                )
            )
        reader.check_whole()  # a missing stroke would be a painter who is not in the list
        names = [colour.name if arguments.json else printable(colour.shown_name) for colour in reader.palette]
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
                say_printable(f"{show_time(placement.time_ms)}  {colour:{longest}}  {who}")
    if painting is None and not arguments.json:
        say(_("nobody has painted column {column}, row {row}").format(column=column, row=row))
    return 0
