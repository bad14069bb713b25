"""``dcc timelapse``: how a drawing came to be, as a film."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from tqdm import tqdm

from dcc import limits
from dcc.commands.arguments import WHEN_HELP, Area, add_record_option, parse_area, parse_when
from dcc.core.palette import Palette
from dcc.errors import DccError
from dcc.images.arrays import split
from dcc.images.files import check_size, parse_scale, whole_file
from dcc.images.film import Apng, Board, Film, Gif, Mp4, WebP
from dcc.parsing import whole_number
from dcc.record.reader import Reader
from dcc.wording import clip

_KINDS: dict[str, Callable[[IO[bytes], Palette, int, int], Film]] = {
    ".gif": Gif,
    ".webp": WebP,
    ".png": Apng,
    ".mp4": Mp4,
}

_DEFAULT_SECONDS, _DEFAULT_FRAMES_PER_SECOND = 10, 20

_LAST_SECONDS = 2
"""How long the finished drawing stays, before the film begins again."""

_USUAL_SIDE_PIXELS = 720
"""How large a film is where nobody says so: a small board would be a stamp otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = (
        "Make a film of how the drawing came to be. Each frame adds as many placements as any other, so that hours "
        "in which nobody drew take no time; the finished drawing stays for two seconds more. A GIF, WebP or PNG has "
        "exactly the colours of the canvas, an MP4 nearly."
    )
    parser.add_argument(
        "out", type=_parse_out, metavar="OUT", help="the file to write; its name ends in .gif, .webp, .png or .mp4"
    )
    parser.add_argument(
        "--seconds",
        type=partial(_parse_number, most=limits.TIMELAPSE_SECONDS),
        default=_DEFAULT_SECONDS,
        metavar="N",
        help=f"how long the drawing takes [{_DEFAULT_SECONDS}]",
    )
    parser.add_argument(
        "--fps",
        type=partial(_parse_number, most=limits.TIMELAPSE_FRAMES_PER_SECOND),
        default=_DEFAULT_FRAMES_PER_SECOND,
        metavar="N",
        help=f"frames a second, up to {limits.TIMELAPSE_FRAMES_PER_SECOND} [{_DEFAULT_FRAMES_PER_SECOND}]",
    )
    parser.add_argument(
        "--scale",
        type=parse_scale,
        metavar="N",
        help=f"pixels a cell is wide [what makes the longer side about {_USUAL_SIDE_PIXELS}]",
    )
    parser.add_argument(
        "--from",
        dest="begin",
        type=parse_when,
        metavar="TIME|NUMBER",
        help=f"where to begin: {WHEN_HELP}or the number of a placement [the blank canvas]",
    )
    parser.add_argument("--to", dest="end", type=parse_when, metavar="TIME|NUMBER", help="where to end [now]")
    parser.add_argument(
        "--area", type=parse_area, metavar="X,Y,WxH", help="a part of the canvas: column, row and size in cells"
    )
    add_record_option(parser)


def _parse_out(text: str) -> str:
    if Path(text).suffix.lower() not in _KINDS:
        raise argparse.ArgumentTypeError(f"{clip(text)}: expected a name that ends in .gif, .webp, .png or .mp4")
    return text


def _parse_number(text: str, most: int) -> int:
    number = whole_number(text, 1, most)
    if number is None:
        raise argparse.ArgumentTypeError(f"{clip(text)}: expected a number from 1 to {most}")
    return number


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.record) as reader:
        begin = 0 if arguments.begin is None else arguments.begin.find(reader)
        end = reader.last_sequence() if arguments.end is None else arguments.end.find(reader)
        if begin > end:
            raise DccError("--from is later than --to")
        if begin == end and arguments.begin is not None:
            raise DccError("nothing was painted " + ("between --from and --to" if arguments.end else "after --from"))
        area = arguments.area or Area(0, 0, *reader.size)
        if area.column + area.width > reader.size.width or area.row + area.height > reader.size.height:
            raise DccError(f"--area goes beyond the canvas of {reader.size.width} x {reader.size.height}")
        scale = arguments.scale or max(1, _USUAL_SIDE_PIXELS // max(area.width, area.height))
        check_size(area.width, area.height, scale)
        kind = _KINDS[Path(arguments.out).suffix.lower()]
        with whole_file(arguments.out) as file:
            film = kind(file, reader.palette, scale, arguments.fps)
            _shoot(film, reader, area, moments(begin, end, arguments.seconds * arguments.fps), arguments.fps)
    return 0


def _shoot(film: Film, reader: Reader, area: Area, sequences: list[int], frames_per_second: int) -> None:
    part = np.s_[area.row : area.row + area.height, area.column : area.column + area.width]
    for board in tqdm(boards(reader, sequences), "frames", len(sequences), leave=False, disable=None):
        film.add(board[part])
    for _ in range(_LAST_SECONDS * frames_per_second):
        film.add(board[part])
    film.close()


def moments(begin: int, end: int, count: int) -> list[int]:
    """The sequences that the frames show: evenly from ``begin`` to ``end``, both included.

    :param count: of frames; of one alone, it is the end that is shown.
    """
    return [end - (end - begin) * (count - 1 - frame) // max(1, count - 1) for frame in range(count)]


def boards(reader: Reader, sequences: list[int]) -> Iterator[Board]:
    """The boards as of these sequences, which do not go back; the record is gone through once.

    :return: one array, which changes from one to the next.
    """
    canvas = reader.canvas_at(sequences[0])
    colours = np.frombuffer(canvas.colours, np.uint8)
    board = colours.reshape(canvas.height, canvas.width)
    reached = sequences[0]
    pieces = reader.pixels(reached, sequences[-1])
    rest = split(b"")
    for sequence in sequences:
        while reached < sequence:
            if not len(rest):
                rest = split(next(pieces))
            now, rest = rest[: sequence - reached], rest[sequence - reached :]
            colours[now["cell"]] = now["colour"]  # of a cell that comes twice, the later one stays
            reached += len(now)
        yield board
