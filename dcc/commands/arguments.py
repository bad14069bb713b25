"""What the commands about a record share: which record, and how times, areas and sizes are typed and shown."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass
from datetime import datetime

from dcc import limits
from dcc.core.placements import MILLISECONDS
from dcc.errors import DccError
from dcc.record.reader import Reader
from dcc.wording import clip

DEFAULT_RECORD = "dcc.sqlite3"
"""Where a server keeps its record by itself, in its working directory."""

_SQLITE, _MEMORY = "sqlite:", "memory:"

WHEN_HELP = "such as 2026-03-14T15:09 (local time, or with an offset such as +01:00), 2h for two hours ago, "
"""The kinds of time that :func:`parse_when` takes; followed by what a number means there."""

_AGO = re.compile(r"-?([0-9]{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add_record_option(parser: ArgumentParser) -> None:
    """``--record``."""
    parser.add_argument("--record", type=parse_record, default=DEFAULT_RECORD, metavar="FILE", help=RECORD_HELP)


RECORD_HELP = f"the record: a file, or sqlite:FILE as dcc serve takes it [{DEFAULT_RECORD}]"


def parse_record(text: str) -> str:
    """Read the path of a record, or ``sqlite:PATH``; a ``type`` for argparse.

    :raises ArgumentTypeError: it is a store that keeps nothing.
    """
    if text == _MEMORY:
        raise ArgumentTypeError("memory: keeps no record; run the server with --store sqlite:PATH")
    path = text.removeprefix(_SQLITE)
    if not path:
        raise ArgumentTypeError("expected the path of a file")
    return path


@dataclass(frozen=True)
class When:
    """A moment of a record: a placement, or a time. One of the two is given.

    :ivar sequence: of the last placement that is seen.
    :ivar time_ms: milliseconds since 1970-01-01 UTC.
    """

    sequence: int | None = None
    time_ms: int | None = None

    def find(self, reader: Reader) -> int:
        """The sequence of the last placement by then.

        :raises DccError: there is no placement of that number.
        """
        if self.sequence is None:
            assert self.time_ms is not None
            return reader.sequence_at(self.time_ms)
        last = reader.last_sequence()
        if self.sequence > last:
            raise DccError(f"there is no placement {self.sequence} yet, the last one is {last}")
        return self.sequence


def parse_when(text: str) -> When:
    """Read the number of a placement, a time in ISO 8601, or how long ago; a ``type`` for argparse.

    :raises ArgumentTypeError: it is none of them.
    """
    if text.isascii() and text.isdecimal() and len(text) <= limits.DECIMAL_DIGITS:
        return When(sequence=int(text))
    if match := _AGO.fullmatch(text):
        ago = int(match[1]) * _SECONDS[match[2]]
        return When(time_ms=int((time.time() - ago) * MILLISECONDS))
    try:
        # Python 3.10 does not know the Z.
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
        return When(time_ms=int(moment.timestamp() * MILLISECONDS))
    except (ValueError, OverflowError, OSError):
        raise ArgumentTypeError(
            f"{clip(text)}: expected a time such as 2026-03-14T15:09, 2h for two hours ago, "
            "or the number of a placement"
        ) from None


def show_time(time_ms: int) -> str:
    """Local time, to the second, with its offset."""
    return datetime.fromtimestamp(time_ms // MILLISECONDS).astimezone().isoformat(" ")


@dataclass(frozen=True)
class Area:
    """Part of a board, in cells."""

    column: int
    row: int
    width: int
    height: int


def parse_area(text: str) -> Area:
    """Read ``X,Y,WxH``; a ``type`` for argparse.

    :raises ArgumentTypeError: it is no area.
    """
    match = re.fullmatch(r"([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5})[xX]([0-9]{1,5})", text)
    area = Area(*map(int, match.groups())) if match else Area(0, 0, 0, 0)
    if not (area.width and area.height):
        raise ArgumentTypeError(f"{clip(text)}: expected column, row and size, such as 10,5,64x48")
    return area


def parse_size(text: str) -> tuple[int, int]:
    """Read ``WIDTHxHEIGHT``; a ``type`` for argparse.

    :raises ArgumentTypeError: it is no size.
    """
    match = re.fullmatch(r"([0-9]{1,5})[xX]([0-9]{1,5})", text)
    if match is None:
        raise ArgumentTypeError(f"{clip(text)}: expected WIDTHxHEIGHT, such as 200x120")
    return int(match[1]), int(match[2])
