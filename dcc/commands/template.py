"""``dcc template``: pictures that everybody is asked to paint together."""

from __future__ import annotations

import json
import shlex
from argparse import ArgumentParser, Namespace
from typing import Any

from dcc.client.templates import Template
from dcc.commands.arguments import add_placing_options, parse_name, typed
from dcc.commands.authority import add_authority_options, authority, do
from dcc.commands.subcommands import Subcommand
from dcc.core import templates
from dcc.core.actions import AddTemplate, Rectangle, RemoveTemplate
from dcc.core.canvas import Canvas
from dcc.core.templates import TemplatePixels
from dcc.errors import DccError
from dcc.language import N_, _, number
from dcc.stdout import complain, say, say_printable
from dcc.telling import tell_place
from dcc.wording import clip

# --- add -----------------------------------------------------------------------------------------


def _add_add(parser: ArgumentParser) -> None:
    parser.description = _(
        "Publish a picture for everybody to paint, in the board's colours: page and window show it over the board, "
        "with how much of it is done. Transparent pixels are left out."
    )
    parser.add_argument("image", metavar=_("IMAGE"), help=_("a PNG, JPEG or other image file"))
    parser.add_argument(
        "--name", required=True, type=typed(parse_name), metavar=_("NAME"), help=_("a name that no other template has")
    )
    add_placing_options(parser)
    add_authority_options(parser)


def _run_add(arguments: Namespace) -> int:
    try:
        from dcc.images.files import load_image
        from dcc.images.placing import put, tell_size
    except ImportError as error:
        raise DccError(
            _("a picture needs packages that are missing ({name}): pip install 'drawcolorcanvas[images]'").format(
                name=error.name
            )
        ) from None
    image = load_image(arguments.image)
    with authority(arguments) as host:
        board = host.board()
        size, at = (board.width, board.height), arguments.at or (0, 0)
        placed = put(image, at, arguments.width, mixes=arguments.dither, board=size, palette=board.palette)
        if told := tell_size(image, placed.placement):
            complain(f"dcc template: {told}")
        painted = placed.opaque.astype("u1")
        pixels = TemplatePixels((placed.colours * painted).tobytes(), painted.tobytes())
        at = placed.placement
        place = Rectangle(at.column, at.row, at.width, at.height)
        action = AddTemplate(arguments.name, place, templates.spell(pixels))
        do(host, action, f"dcc template remove {shlex.quote(arguments.name)}")
    return 0


# --- list ----------------------------------------------------------------------------------------


def _add_list(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print JSON, an object per line"))
    add_authority_options(parser)


def _run_list(arguments: Namespace) -> int:
    with authority(arguments, needs_key=False) as host:
        board, found = host.board(), host.templates()
    for template in found:
        if arguments.json:
            say_printable(json.dumps(_words(template, board)))
        else:
            say_printable(_line(template, board))
    if not found and not arguments.json:
        say(_("there is no template"))
    return 0


def _done(template: Template, board: Canvas) -> int:
    return template.total - template.count_missing(board.colours)


def _line(template: Template, board: Canvas) -> str:
    done, total = _done(template, board), template.total
    told = _("{name} at {place}: {done} of {all} pixels done ({percent}%)").format(
        name=clip(template.name),
        place=tell_place(template.place),
        done=number(done),
        all=number(total),
        percent=number(done * 100 // total),  # 100 only if nothing is missing
    )
    return told + (_(", by {name}").format(name=clip(template.author)) if template.author else "")


def _words(template: Template, board: Canvas) -> dict[str, Any]:
    return {
        "number": template.number,
        "name": template.name,
        **template.place._asdict(),
        "author": template.author,
        "done": _done(template, board),
        "all": template.total,
    }


# --- remove --------------------------------------------------------------------------------------


def _add_remove(parser: ArgumentParser) -> None:
    parser.add_argument("name", type=typed(parse_name), metavar=_("NAME"), help=_("the template to take away"))
    add_authority_options(parser)


def _run_remove(arguments: Namespace) -> int:
    with authority(arguments) as host:
        do(host, RemoveTemplate(arguments.name))
    return 0


SUBCOMMANDS = (
    Subcommand(
        "add",
        N_("publish a picture for everybody to paint"),
        "dcc template add cat.png --name cat --at 10,5",
        _add_add,
        _run_add,
    ),
    Subcommand(
        "list", N_("list the templates, and how much of each is done"), "dcc template list", _add_list, _run_list
    ),
    Subcommand(
        "remove",
        N_("take a template away; what was painted stays"),
        "dcc template remove cat",
        _add_remove,
        _run_remove,
    ),
)
