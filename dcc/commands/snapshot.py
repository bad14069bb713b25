"""``dcc snapshot``: what a server shows, as a PNG file."""

from __future__ import annotations

import argparse

from dcc.client import script
from dcc.client.endpoint import add_server_arguments, chosen_server
from dcc.core.canvas import Canvas
from dcc.images.files import board_image, parse_png, parse_scale, save_png
from dcc.protocol.messages import ServerMessage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.add_argument("out", type=parse_png, metavar="OUT.png", help="the file to write; - writes to standard output")
    parser.add_argument("--scale", type=parse_scale, default=1, metavar="N", help="pixels a cell is wide [1]")
    add_server_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    look = TakeSnapshot()
    script.run(chosen_server(arguments), look)
    save_png(board_image(look.canvas, arguments.scale), arguments.out)
    return 0


class TakeSnapshot:
    """A :class:`dcc.client.script.Work` that takes the first board it is shown.

    :ivar canvas: that board, when the work is done.
    """

    canvas: Canvas

    def begin(self, script: script.Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        canvas = script.link.replica.canvas
        assert canvas is not None  # while the board is live
        self.canvas = Canvas(canvas.width, canvas.height, canvas.palette, bytes(canvas.colours))
        script.finish()

    def message_received(self, message: ServerMessage) -> None:
        """See :class:`dcc.client.script.Work`; the first board was enough."""
