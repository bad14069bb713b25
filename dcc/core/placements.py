"""The values of a record: painters, strokes, placements, and the board at a moment of the history.

A placement is one recorded pixel; a stroke is the pixels of one request. A sequence is the number of a placement:
1, 2, 3, … in the order of the record. Times are in milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MILLISECONDS = 1000
"""In a second. Records and messages count time in milliseconds."""


LATEST_MS = 253_370_764_800_000
"""The year 9999, the last that Python shows, in milliseconds since 1970-01-01 UTC."""


class Size(NamedTuple):
    """Width and height in cells."""

    width: int
    height: int


@dataclass(frozen=True)
class Painter:
    """A painter, as recorded.

    :ivar connection: the id of the client.
    :ivar name: the name to show in lists; may be empty.
    :ivar address: the network address of the client, as far as the record keeps addresses.
    :ivar is_proven: whether a key or a proxy has proved the name.
    """

    connection: int
    name: str
    address: str
    is_proven: bool = False


@dataclass(frozen=True)
class Stroke:
    """The packed pixels of one request, and their painter."""

    painter: Painter
    pixels: bytes


@dataclass(frozen=True)
class Placement:
    """One recorded placement."""

    sequence: int
    time_ms: int
    painter: Painter


@dataclass(frozen=True)
class Span:
    """The extent of a record: its last sequence, and the times of the first and the last placement.

    A record without placements has sequence 0 and no times.
    """

    sequence: int
    first_ms: int | None
    last_ms: int | None


class NamedMoment(NamedTuple):
    """A moment that a moderator named: the board as of a sequence."""

    name: str
    sequence: int


@dataclass(frozen=True)
class Moment:
    """The board as of a sequence.

    :ivar time_ms: the time of the placement with that sequence; 0 before the first placement.
    :ivar packed: the coding and the bytes that :func:`dcc.core.packing.pack` makes of the colours.
    """

    sequence: int
    time_ms: int
    colours: bytes
    packed: tuple[int, bytes]
