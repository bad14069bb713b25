"""``dcc snapshot``: a server's board, as a PNG file."""

from __future__ import annotations

import argparse

from dcc.client import script
from dcc.commands.arguments import (
    add_key_option,
    add_png_arguments,
    add_server_arguments,
    chosen_identity,
    chosen_server,
)
from dcc.core.canvas import Canvas
from dcc.images.files import board_image, save_png
from dcc.language import _
from dcc.protocol.messages import ServerMessage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _("Save a server's board as a PNG file.")
    add_png_arguments(parser)
    add_key_option(parser)
    add_server_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    look = TakeSnapshot()
    script.run(chosen_server(arguments), look, chosen_identity(arguments))
    save_png(board_image(look.canvas, arguments.scale), arguments.out)
    return 0


class TakeSnapshot:
    """A :class:`dcc.client.script.Work` that copies the first board.

    :ivar canvas: the copy, once the work is done.
    """

    canvas: Canvas

    def begin(self, script: script.Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        canvas = script.link.replica.canvas
        assert canvas is not None  # while the board is live
        self.canvas = Canvas(canvas.width, canvas.height, canvas.palette, bytes(canvas.colours))
        script.finish()

    def message_received(self, message: ServerMessage) -> None:
        """See :class:`dcc.client.script.Work`; the first board is enough."""
