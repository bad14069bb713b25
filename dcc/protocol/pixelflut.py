r"""Pixelflut, the text protocol of pixel walls: a command on each line, in ASCII, ended by ``\n`` or ``\r\n``.

===================== ==========================================================================
from the client       meaning
===================== ==========================================================================
``HELP``              asks for the commands
``SIZE``              asks for the size of the board; the answer is ``SIZE width height``
``PX x y``            asks for a colour; the answer is ``PX x y rrggbb``
``PX x y rrggbb``     paints a pixel; also ``rrggbbaa`` with an alpha value, and ``gg`` for a grey
``OFFSET x y``        moves all later ``PX`` of the connection by this much
===================== ==========================================================================

A fault is answered by ``ERROR`` and a reason. Source: https://github.com/defnull/pixelflut and its server pixelnuke;
``OFFSET`` as in shoreline and breakwater. Clients such as sturmflut send thousands of ``PX`` in one write and read
nothing, so a run of paints is read as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dcc import limits
from dcc.protocol.messages import Closing, Lines, ServerMessage
from dcc.wording import one_line

LINE_BYTES = 100
"""Longest line: twice as long as the longest command, with many leading zeros."""

_NUMBER = rb" {1,4}([0-9]{1,10})"
"""Of a place: 32 bits, as clients compute."""

_COLOUR = rb" {1,4}(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{2})"
_PAINTS = re.compile(rb"(?:PX {1,4}[0-9]{1,10} {1,4}[0-9]{1,10}" + _COLOUR + rb" ?\r?\n)+")
_ASK_PIXEL = re.compile(rb"PX" + _NUMBER + _NUMBER)
_OFFSET = re.compile(rb"OFFSET" + _NUMBER + _NUMBER)

_SPELLED = {b"%d" % number: number for number in range(limits.CANVAS_SIDE_CELLS)}
"""The columns and rows of the largest board: to look a number up takes half as long as to read it."""

_WORDS = 4
"""Words of a paint."""


@dataclass(frozen=True)
class Paints:
    """A run of paints: columns, rows and colours, each as long as the others.

    :ivar colours: as sent, two, six or eight hexadecimal digits; see :class:`dcc.core.shades.Shades`.
    """

    columns: list[int]
    rows: list[int]
    colours: list[bytes]


@dataclass(frozen=True)
class AskPixel:
    """``PX x y``: ask for the colour of a pixel."""

    column: int
    row: int


@dataclass(frozen=True)
class AskSize:
    """``SIZE``: ask for the size of the board."""


@dataclass(frozen=True)
class AskHelp:
    """``HELP``: ask for the commands."""


@dataclass(frozen=True)
class Offset:
    """``OFFSET x y``: move all later paints and questions."""

    column: int
    row: int


@dataclass(frozen=True)
class Unknown:
    """A line that is no command."""

    line: str


@dataclass(frozen=True)
class TooLong:
    """A line that is too long; nothing after it is read.

    :ivar length: bytes so far.
    """

    length: int


Question = AskPixel | AskSize | AskHelp | Unknown
"""What is answered by a line."""

Command = Paints | Offset | Question | TooLong


class Decoder:
    """Cuts the bytes of one connection into commands."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Command]:
        """Take a piece of the stream.

        :return: the commands whose lines are complete; :class:`TooLong` is the last of the connection.
        """
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        commands: list[Command] = []
        position = 0
        while position < end:
            if run := _PAINTS.match(data, position, end):
                words = run[0].split()
                commands.append(Paints(_numbers(words[1::_WORDS]), _numbers(words[2::_WORDS]), words[3::_WORDS]))
                position = run.end()
                continue
            line_end = data.index(b"\n", position)
            if line_end - position > LINE_BYTES:
                commands.append(TooLong(line_end - position))
                return commands
            if line := data[position:line_end].rstrip():
                commands.append(_read(line))
            position = line_end + 1
        if len(self._rest) > LINE_BYTES:
            commands.append(TooLong(len(self._rest)))
        return commands


def _numbers(words: list[bytes]) -> list[int]:
    try:
        return list(map(_SPELLED.__getitem__, words))
    except KeyError:
        return list(map(int, words))


def _read(line: bytes) -> Command:
    if match := _ASK_PIXEL.fullmatch(line):
        return AskPixel(int(match[1]), int(match[2]))
    if match := _OFFSET.fullmatch(line):
        return Offset(int(match[1]), int(match[2]))
    if line == b"SIZE":
        return AskSize()
    return AskHelp() if line == b"HELP" else Unknown(line.decode("ascii", "replace"))


def encode(message: ServerMessage) -> bytes:
    """Encode what a server says: lines, or the reason for the end of the connection."""
    match message:
        case Lines(text):
            return text.encode()
        case Closing(error) if error:
            return f"ERROR {one_line(error)}\n".encode()
        case _:
            return b""
