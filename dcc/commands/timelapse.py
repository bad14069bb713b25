"""``dcc timelapse``: the making of a drawing, as a film."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from dcc.commands.arguments import add_store_option, number_up_to, parse_area, parse_when, typed, when_help
from dcc.core.actions import Rectangle
from dcc.errors import DccError
from dcc.images.arrays import split
from dcc.images.files import check_size, whole_file
from dcc.images.film import Apng, Board, Film, Gif, Mp4, WebP
from dcc.language import _
from dcc.limits import SAVED_SIDE_PIXELS
from dcc.record.reader import Reader
from dcc.wording import clip

_KINDS: dict[str, type[Film]] = {
    ".gif": Gif,
    ".webp": WebP,
    ".png": Apng,
    ".mp4": Mp4,
}

_LONGEST_SECONDS = 600
"""Ten minutes at the highest rate are 30,000 frames, and an animated PNG counts frames in 16 bits."""

_MOST_FRAMES_PER_SECOND = 50
"""A GIF counts hundredths of a second, and browsers show a frame of less than two hundredths for ten."""

_DEFAULT_SECONDS, _DEFAULT_FRAMES_PER_SECOND = 10, 20

_LAST_SECONDS = 2
"""How long the finished drawing stays before the film repeats."""

_USUAL_SIDE_PIXELS = 720
"""Longer side of a film without ``--scale``: a small board would be a stamp otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Make a time-lapse of the drawing. Every frame adds the same number of placements, so that hours without "
        "painting take no time; the finished drawing stays for {seconds} s at the end. A GIF, WebP or PNG has exactly "
        "the colours of the board, an MP4 nearly."
    ).format(seconds=_LAST_SECONDS)
    parser.add_argument(
        "out",
        type=_parse_out,
        metavar=_("OUT"),
        help=_("the file to write; its name ends in .gif, .webp, .png or .mp4"),
    )
    parser.add_argument(
        "--seconds",
        type=number_up_to(_LONGEST_SECONDS),
        default=_DEFAULT_SECONDS,
        metavar="N",
        help=_("length of the film in seconds, up to {most} [{default}]").format(
            most=_LONGEST_SECONDS, default=_DEFAULT_SECONDS
        ),
    )
    parser.add_argument(
        "--fps",
        type=number_up_to(_MOST_FRAMES_PER_SECOND),
        default=_DEFAULT_FRAMES_PER_SECOND,
        metavar="N",
        help=_("frames per second, up to {most} [{default}]").format(
            most=_MOST_FRAMES_PER_SECOND, default=_DEFAULT_FRAMES_PER_SECOND
        ),
    )
    parser.add_argument(
        "--scale",
        type=number_up_to(SAVED_SIDE_PIXELS),
        metavar="N",
        help=_("width of a cell in pixels [a longer side of about {pixels} pixels]").format(pixels=_USUAL_SIDE_PIXELS),
    )
    parser.add_argument(
        "--from",
        dest="begin",
        type=typed(parse_when),
        metavar=_("TIME|NUMBER"),
        help=_("where to begin: {kinds}").format(kinds=when_help(_("the number of a placement"), _("the blank board"))),
    )
    parser.add_argument(
        "--to", dest="end", type=typed(parse_when), metavar=_("TIME|NUMBER"), help=_("where to end [now]")
    )
    parser.add_argument(
        "--area",
        type=typed(parse_area),
        metavar=_("X,Y,WxH"),
        help=_("a part of the board: column, row and size in cells, such as 10,5,64x48"),
    )
    add_store_option(parser)


def _parse_out(text: str) -> str:
    if Path(text).suffix.lower() not in _KINDS:
        raise argparse.ArgumentTypeError(
            _("{text}: expected a name that ends in .gif, .webp, .png or .mp4").format(text=clip(text))
        )
    return text


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.store) as reader:
        begin = 0 if arguments.begin is None else arguments.begin.find(reader)
        end = reader.last_sequence() if arguments.end is None else arguments.end.find(reader)
        if begin > end:
            raise DccError(_("--from is later than --to"))
        if begin == end and arguments.begin is not None:
            between = _("nothing was painted between --from and --to")
            raise DccError(between if arguments.end else _("nothing was painted after --from"))
        area = arguments.area or Rectangle(0, 0, *reader.size)
        if area.column + area.width > reader.size.width or area.row + area.height > reader.size.height:
            raise DccError(
                _("--area goes beyond the board of {width} x {height}").format(
                    width=reader.size.width, height=reader.size.height
                )
            )
        scale = arguments.scale or max(1, _USUAL_SIDE_PIXELS // max(area.width, area.height))
        kind = _KINDS[Path(arguments.out).suffix.lower()]
        check_size(area.width, area.height, scale, kind.longest_side)
        with whole_file(arguments.out) as file:
            film = kind(file, reader.palette, scale, arguments.fps)
            _shoot(film, reader, area, moments(begin, end, arguments.seconds * arguments.fps), arguments.fps)
    return 0


def _shoot(film: Film, reader: Reader, area: Rectangle, sequences: list[int], frames_per_second: int) -> None:
    part = np.s_[area.row : area.row + area.height, area.column : area.column + area.width]
    for board in tqdm(boards(reader, sequences), _("frames"), len(sequences), leave=False, disable=None):
        film.add(board[part])
    for _frame in range(_LAST_SECONDS * frames_per_second):
        film.add(board[part])
    film.close()


def moments(begin: int, end: int, count: int) -> list[int]:
    """Return the sequences that the frames show: evenly from ``begin`` to ``end``, both included.

    :param count: of frames; a single frame shows the end.
    """
    return [end - (end - begin) * (count - 1 - frame) // max(1, count - 1) for frame in range(count)]


def boards(reader: Reader, sequences: list[int]) -> Iterator[Board]:
    """Yield the boards as of ascending sequences, reading the record once.

    :return: the same array each time, changed in place.
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
            colours[now["cell"]] = now["colour"]  # numpy keeps the later of two values for a cell
            reached += len(now)
        yield board
