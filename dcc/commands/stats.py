"""``dcc stats``: counts of a record's placements, by painter, hour and colour."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dcc.commands.arguments import add_store_option
from dcc.commands.progress import placements_bar
from dcc.core.canvas import PIXEL_BYTES, unpack_pixels
from dcc.core.placements import Painter
from dcc.language import _, ngettext, number
from dcc.record.reader import Reader
from dcc.stdout import say, say_printable
from dcc.times import show_time
from dcc.wording import clip

_LISTED = 10
"""Painters and hours in the list for people; JSON has all."""

_HOUR_MS = 3_600_000

_COUNTED_AT_ONCE = 100_000
"""Colours that are counted together: one by one takes three times as long."""

_PAINTERS_REMEMBERED = 10_000
"""Painters that are not looked up by name and host for each stroke, in some 3 MB."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Count placements: in all, by painter, by colour, and in the busiest hours. A painter is everybody with the "
        "same name from the same address; without a name, every connection is a painter of its own."
    )
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
        say_printable(*_lines(counts, width, height, [colour.shown_name for colour in palette]))
    return 0


class Who(NamedTuple):
    """A painter, as counted.

    :ivar address: without the port if there is a name, since every connection has another port.
    :ivar connection: the id of the connection; None if there is a name.
    """

    name: str
    address: str
    connection: int | None


@dataclass
class Share:
    """The placements of one painter."""

    placements: int = 0
    first_ms: int = 0
    last_ms: int = 0


@dataclass
class Counts:
    """The counts of a record.

    :ivar cells: cells with at least one placement.
    :ivar painters: everybody with a name from a host is one painter, and so is every connection without a name.
    :ivar hours: placements by the hour, in milliseconds since 1970-01-01 UTC.
    :ivar colours: placements by the colour's index.
    """

    placements: int = 0
    strokes: int = 0
    cells: int = 0
    painters: dict[Who, Share] = field(default_factory=dict)
    hours: Counter[int] = field(default_factory=Counter)
    colours: Counter[int] = field(default_factory=Counter)


def count(reader: Reader) -> Counts:
    """Read a record once, with a progress bar. Memory grows with painters and hours, not with placements."""
    counts = Counts()
    painted = bytearray(reader.size.width * reader.size.height)
    shares: dict[Painter, Share] = {}
    colours = bytearray()
    last = reader.last_sequence()
    with placements_bar(last) as progress:
        for stroke in reader.strokes(until=last):
            pixels = len(stroke.pixels) // PIXEL_BYTES
            counts.strokes += 1
            share = shares.get(stroke.painter)
            if share is None:
                if len(shares) > _PAINTERS_REMEMBERED:
                    shares.clear()
                share = counts.painters.setdefault(_who(stroke.painter), Share(first_ms=stroke.time_ms))
                shares[stroke.painter] = share
            share.placements += pixels
            share.last_ms = stroke.time_ms
            counts.hours[stroke.time_ms // _HOUR_MS * _HOUR_MS] += pixels
            for cell, _colour in unpack_pixels(stroke.pixels):
                painted[cell] = 1
            colours += stroke.pixels[PIXEL_BYTES - 1 :: PIXEL_BYTES]
            if len(colours) > _COUNTED_AT_ONCE:
                counts.colours.update(colours)
                progress(len(colours))
                colours.clear()
    counts.colours.update(colours)
    counts.placements = last
    counts.cells = sum(painted)
    return counts


def _who(painter: Painter) -> Who:
    if painter.name:
        return Who(painter.name, _host(painter.address), None)
    return Who("", painter.address, painter.connection)


def _host(address: str) -> str:
    return address.rpartition(":")[0] or address


def _by_placements(counts: Counts) -> list[tuple[Who, Share]]:
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
                "name": who.name,
                "host": _host(who.address) if who.connection is not None else who.address,
                "connection": who.connection,
                "placements": share.placements,
                "first_ms": share.first_ms,
                "last_ms": share.last_ms,
            }
            for who, share in _by_placements(counts)
        ],
        "hours": [{"begin_ms": hour, "placements": counts.hours[hour]} for hour in sorted(counts.hours)],
    }


def _percent(part: int, whole: int) -> str:
    """Write a share with one digit after the point; 0 only for nothing, 100 only for all."""
    if 0 < part < whole / 1000:
        return f"< {number(0.1)}"
    return number(min(round(100 * part / whole, 1), 100.0 if part == whole else 99.9))


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
        painted=number(counts.cells), cells=number(cells), percent=_percent(counts.cells, cells)
    )
    if not counts.placements:
        return
    widest = len(number(counts.placements))
    yield ""
    yield _("painters, by placements")
    for (name, address, _connection), share in _by_placements(counts)[:_LISTED]:
        who = _("{name} from {host}").format(name=clip(name), host=address) if name else address
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
