"""``dcc stats``: counts of a record's placements, by painter, hour and colour."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dcc.commands.arguments import add_store_option, show_time
from dcc.core.canvas import PIXEL_BYTES, unpack_pixels
from dcc.core.placements import Painter
from dcc.language import _, ngettext, number
from dcc.record.reader import Reader
from dcc.stdout import say
from dcc.wording import clip

_LISTED = 10
"""Painters and hours in the list for people; JSON has all."""

_HOUR_MS = 3_600_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _("Count placements: in all, by painter, by colour, and in the busiest hours.")
    parser.add_argument("--json", action="store_true", help=_("print all counts as JSON"))
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.store) as reader:
        counts = count(reader)
        width, height = reader.size
        palette = reader.palette
    if arguments.json:
        say(json.dumps(_words(counts, width, height, [colour.name for colour in palette])))
    else:
        say("\n".join(_lines(counts, width, height, [colour.shown_name for colour in palette])))
    return 0


@dataclass
class Share:
    """The placements of one painter: everybody with the same name from the same host."""

    placements: int = 0
    first_ms: int = 0
    last_ms: int = 0


@dataclass
class Counts:
    """The counts of a record.

    :ivar cells: cells with at least one placement.
    :ivar painters: by name (may be empty) and host.
    :ivar hours: placements by the hour, in milliseconds since 1970-01-01 UTC.
    :ivar colours: placements by the colour's index.
    """

    placements: int = 0
    strokes: int = 0
    cells: int = 0
    painters: dict[tuple[str, str], Share] = field(default_factory=dict)
    hours: Counter[int] = field(default_factory=Counter)
    colours: Counter[int] = field(default_factory=Counter)


def count(reader: Reader) -> Counts:
    """Read a record once. Memory grows with painters and hours, not with placements."""
    counts = Counts()
    painted = bytearray(reader.size.width * reader.size.height)
    for stroke in reader.strokes():
        pixels = len(stroke.pixels) // PIXEL_BYTES
        counts.placements += pixels
        counts.strokes += 1
        who = stroke.painter.name, _host(stroke.painter)
        share = counts.painters.get(who)
        if share is None:
            share = counts.painters[who] = Share(first_ms=stroke.time_ms)
        share.placements += pixels
        share.last_ms = stroke.time_ms
        counts.hours[stroke.time_ms // _HOUR_MS * _HOUR_MS] += pixels
        counts.colours.update(stroke.pixels[PIXEL_BYTES - 1 :: PIXEL_BYTES])
        for cell, _colour in unpack_pixels(stroke.pixels):
            painted[cell] = 1
    counts.cells = sum(painted)
    return counts


def _host(painter: Painter) -> str:
    """Return the address without the port, since every connection has another port."""
    return painter.address.rpartition(":")[0] or painter.address


def _by_placements(counts: Counts) -> list[tuple[tuple[str, str], Share]]:
    return sorted(counts.painters.items(), key=lambda item: -item[1].placements)


def _words(counts: Counts, width: int, height: int, names: list[str]) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "placements": counts.placements,
        "strokes": counts.strokes,
        "painted_cells": counts.cells,
        "colours": [{"name": name, "placements": counts.colours[index]} for index, name in enumerate(names)],
        "painters": [
            {
                "name": name,
                "host": host,
                "placements": share.placements,
                "first_ms": share.first_ms,
                "last_ms": share.last_ms,
            }
            for (name, host), share in _by_placements(counts)
        ],
        "hours": [{"begin_ms": hour, "placements": counts.hours[hour]} for hour in sorted(counts.hours)],
    }


def _lines(counts: Counts, width: int, height: int, names: list[str]) -> Iterator[str]:
    cells = width * height
    yield _("board of {width} x {height}, {colours} colours").format(width=width, height=height, colours=len(names))
    placements = ngettext("{count} placement", "{count} placements", counts.placements)
    strokes = ngettext("{count} stroke", "{count} strokes", counts.strokes)
    painters = ngettext("{count} painter", "{count} painters", len(counts.painters))
    yield _("{placements} in {strokes} by {painters}").format(
        placements=placements.format(count=number(counts.placements)),
        strokes=strokes.format(count=number(counts.strokes)),
        painters=painters.format(count=number(len(counts.painters))),
    )
    yield _("{painted} of {cells} cells painted ({percent}%)").format(
        painted=number(counts.cells), cells=number(cells), percent=number(round(100 * counts.cells / cells, 1))
    )
    if not counts.placements:
        return
    widest = len(number(counts.placements))
    yield ""
    yield _("painters, by placements")
    for (name, host), share in _by_placements(counts)[:_LISTED]:
        who = _("{name} from {host}").format(name=clip(name), host=host) if name else host
        when = _("{first} to {last}").format(first=show_time(share.first_ms), last=show_time(share.last_ms))
        yield f"  {number(share.placements):>{widest}}  {who}, {when}"
    yield ""
    yield _("busiest hours")
    for hour, painted in counts.hours.most_common(_LISTED):
        yield f"  {number(painted):>{widest}}  " + _("from {time}").format(time=show_time(hour))
    yield ""
    yield _("colours, by placements")
    for index, painted in counts.colours.most_common():
        yield f"  {number(painted):>{widest}}  {names[index]}"
