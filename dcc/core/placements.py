"""What a record keeps: who painted what, in which order, and the board at any moment of it.

Times are milliseconds since 1970-01-01 UTC. A sequence is the number of a placement: 1, 2, 3, … in the order of the
record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MILLISECONDS = 1000
"""In a second: records and messages count times in milliseconds."""


class Size(NamedTuple):
    """Width and height in cells."""

    width: int
    height: int


@dataclass(frozen=True)
class Painter:
    """Who paints, as the record keeps it.

    :ivar connection: the client's id.
    :ivar name: how it wants to be listed; may be empty.
    :ivar address: where it connects from.
    """

    connection: int
    name: str
    address: str


@dataclass(frozen=True)
class Stroke:
    """Pixels that were asked for together, packed, and by whom."""

    painter: Painter
    pixels: bytes


@dataclass(frozen=True)
class Placement:
    """One placement as the record has it."""

    sequence: int
    time_ms: int
    painter: Painter


@dataclass(frozen=True)
class Span:
    """How far a record goes: its last sequence, and when the first and the last placement were made.

    Times are milliseconds since 1970-01-01 UTC; there are none while there is no placement.
    """

    sequence: int
    first_ms: int | None
    last_ms: int | None


@dataclass(frozen=True)
class Moment:
    """The board as of a sequence, and when that placement was made (0 before the first).

    :ivar packed: the colours as :func:`dcc.core.packing.pack` codes them.
    """

    sequence: int
    time_ms: int
    colours: bytes
    packed: tuple[int, bytes]
