"""``dcc export``: the board of any moment, or each of its areas, as PNG files."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from dcc.board.rules import Rules
from dcc.commands.arguments import When, add_png_arguments, add_store_option, parse_when, typed, when_help
from dcc.commands.file_names import file_names
from dcc.commands.parser import UsageError
from dcc.core.actions import Area, LogEntry, Rectangle
from dcc.core.canvas import Canvas
from dcc.core.placements import Size
from dcc.errors import DccError
from dcc.images.files import board_image, save_png
from dcc.language import _, ngettext, number, system_reason
from dcc.record.reader import Reader
from dcc.stdout import complain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Save a recorded board as a PNG file, as of now or of any moment. With --areas each area becomes a file of its "
        "own, with the name of the area."
    )
    add_png_arguments(parser, is_needed=False)
    parser.add_argument(
        "--areas",
        type=Path,
        metavar=_("FOLDER"),
        help=_("instead of OUT.png: a PNG file for each area of that moment, in this folder"),
    )
    parser.add_argument(
        "--at",
        type=typed(parse_when),
        metavar=_("TIME|NUMBER"),
        help=_("when: {kinds}").format(kinds=when_help(_("the number of the last placement to show"), _("now"))),
    )
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    if (arguments.out is None) == (arguments.areas is None):
        raise UsageError(_("give either OUT.png or --areas FOLDER"))
    with Reader(arguments.store) as reader:
        when = arguments.at or When(sequence=reader.last_sequence())
        canvas = reader.canvas_at(when.find(reader))
        areas = () if arguments.areas is None else areas_by(when.actions(reader), reader.size)
    if arguments.areas is None:
        save_png(board_image(canvas, arguments.scale), arguments.out)
        return 0
    if not areas:
        raise DccError(_("the board has no areas at that moment"))
    _save_areas(canvas, areas, arguments.areas, arguments.scale)
    return 0


def areas_by(actions: Iterable[LogEntry], size: Size) -> tuple[Area, ...]:
    """Return the areas that actions leave."""
    rules = Rules(size)
    for entry in actions:
        rules.apply(entry)
    return rules.news.areas


def _save_areas(canvas: Canvas, areas: Iterable[Area], folder: Path, scale: int) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DccError(f"{folder}: {system_reason(error)}") from None
    names = file_names(area.name for area in areas)
    for area, name in zip(areas, names, strict=True):
        save_png(board_image(cut(canvas, area.place), scale), str(folder / f"{name}.png"))
    count = ngettext("{count} area", "{count} areas", len(names)).format(count=number(len(names)))
    complain("dcc export: " + _("{folder}: {areas}").format(folder=folder, areas=count))


def cut(canvas: Canvas, place: Rectangle) -> Canvas:
    """Return a part of a board, as a board of its own."""
    lines = (
        canvas.colours[row * canvas.width + place.column :][: place.width]
        for row in range(place.row, place.row + place.height)
    )
    return Canvas(place.width, place.height, canvas.palette, b"".join(lines))
