"""``dcc stats``: what a record says about a canvas and its painters."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dcc.commands.arguments import add_record_option, show_time
from dcc.core.canvas import PIXEL_BYTES, unpack_pixels
from dcc.core.placements import Painter
from dcc.record.reader import Reader
from dcc.stdout import say
from dcc.wording import clip, counted

_LISTED = 10
"""Painters and hours that are listed for people; JSON has all of them."""

_HOUR_MS = 3_600_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = "Count what was painted, by whom, in which colours, and in which hours most of it."
    parser.add_argument("--json", action="store_true", help="say all of it as JSON")
    add_record_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.record) as reader:
        counts = count(reader)
        width, height = reader.size
        names = [colour.name for colour in reader.palette]
    if arguments.json:
        say(json.dumps(_words(counts, width, height, names)))
    else:
        say("\n".join(_lines(counts, width, height, names)))
    return 0


@dataclass
class Share:
    """What one painter did. Who comes back with the same name from the same host is the same."""

    placements: int = 0
    first_ms: int = 0
    last_ms: int = 0


@dataclass
class Counts:
    """What a record says.

    :ivar cells: how many were ever painted.
    :ivar painters: by name, which may be empty, and host.
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
    """Go through a record once. Memory grows with the painters and the hours, not with the placements."""
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
    """The address without its port, which changes with every connection."""
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
    yield f"canvas of {width} x {height}, {len(names)} colours"
    yield (
        f"{counted(counts.placements, 'placement')} in {counted(counts.strokes, 'stroke')} "
        f"by {counted(len(counts.painters), 'painter')}"
    )
    yield f"{counts.cells:,} of {cells:,} cells painted ({counts.cells / cells:.1%})"
    if not counts.placements:
        return
    widest = len(f"{counts.placements:,}")
    yield ""
    yield "painters, by placements"
    for (name, host), share in _by_placements(counts)[:_LISTED]:
        who = f"{clip(name)} from {host}" if name else host
        yield f"  {share.placements:{widest},}  {who}, {show_time(share.first_ms)} to {show_time(share.last_ms)}"
    yield ""
    yield "busiest hours"
    for hour, placements in counts.hours.most_common(_LISTED):
        yield f"  {placements:{widest},}  from {show_time(hour)}"
    yield ""
    yield "colours, by placements"
    for index, placements in counts.colours.most_common():
        yield f"  {placements:{widest},}  {names[index]}"
