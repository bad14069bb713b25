"""``dcc paint``: an image onto the board, in the board's colours; or help with a shared template."""

from __future__ import annotations

import argparse

from tqdm import tqdm

from dcc.client import script
from dcc.commands.arguments import (
    HERE,
    add_key_option,
    add_name_option,
    add_placing_options,
    add_server_arguments,
    chosen_identity,
    chosen_server,
    parse_name,
    parse_server,
    typed,
)
from dcc.commands.painting import Helping, Painting, plan_image, say
from dcc.commands.parser import UsageError
from dcc.errors import DccError
from dcc.images.files import load_image
from dcc.language import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Paint an image on the board, in the board's colours. Transparent pixels are left out, and so are pixels that "
        "match already: the same command continues an interrupted painting. The exit status is 0 once the whole image "
        "is on the board."
    )
    parser.add_argument("image", nargs="?", metavar=_("IMAGE"), help=_("a PNG, JPEG or other image file"))
    parser.add_argument(
        "--template",
        type=typed(parse_name),
        metavar=_("NAME"),
        help=_(
            "help with this shared template instead (see dcc template): paint what is missing, until nothing is missing"
        ),
    )
    add_placing_options(parser)
    add_name_option(parser)
    add_key_option(parser)
    add_server_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    _take_words(arguments)
    image = None if arguments.template else load_image(arguments.image)
    with tqdm(unit=" " + _("pixels"), unit_scale=True, leave=False, disable=None) as bar:
        painting: Painting | Helping
        if image is None:
            painting = Helping(arguments.template, bar)
        else:
            plan = plan_image(image, arguments.at or (0, 0), arguments.width, mixes=arguments.dither)
            painting = Painting(plan, bar)
        try:
            script.run(chosen_server(arguments), painting, chosen_identity(arguments, arguments.name))
        except DccError as error:
            raise DccError(f"{error}{painting.what_is_left}") from None
        except KeyboardInterrupt:
            say(_("interrupted") + painting.what_is_left)
            raise
    say(painting.summary)
    return 0


def _take_words(arguments: argparse.Namespace) -> None:
    """Take the only word beside ``--template`` as the server.

    :raises UsageError: there is neither an image nor a template, or both.
    """
    if arguments.template is None:
        if arguments.image is None:
            raise UsageError(_("what to paint? Give an IMAGE, or --template NAME"))
        return
    if arguments.at or arguments.width or arguments.dither:
        raise UsageError(_("--at, --width and --dither go with an IMAGE, a template has its own place"))
    if arguments.image is not None:
        if arguments.address is not HERE:
            raise UsageError(_("--template NAME goes without an IMAGE"))
        arguments.address = parse_server(arguments.image)
