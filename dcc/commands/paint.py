"""``dcc paint``: an image onto the board, in the board's colours."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from dcc import limits, reasons
from dcc.client import script
from dcc.client.link import LinkState
from dcc.commands.arguments import (
    add_key_option,
    add_name_option,
    add_server_arguments,
    chosen_identity,
    chosen_server,
    number_up_to,
    parse_cell,
    typed,
)
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06, Palette
from dcc.errors import DccError, ImageError, ServerUnavailable
from dcc.images import quantize
from dcc.images.files import load_image, true_size
from dcc.language import _, ngettext, number
from dcc.later import Later
from dcc.protocol.messages import Acknowledged, Cooldown, NamedBoard, Rejected, ServerMessage, WholeBoard

_VERSION_1_REQUEST = 0
"""Version 1 numbers no requests: all unanswered pixels count as one request."""

REQUESTS_IN_FLIGHT = 8
"""Unanswered requests at a time: the server always has the next at hand as a commit ends, and little is in doubt after
a lost connection."""

VERSION_1_PAINTS_IN_FLIGHT = 32
"""Paints to a version 1 server before looking at the boards in answer, each of tens of kilobytes: a server with
blocking sockets must not be left waiting."""

ANSWER_SECONDS = 60.0
"""Longest silence while an answer to a paint is owed: a slower server has lost the paint."""

_TOO_LARGE = ("", reasons.ONE_CELL.code, reasons.TOO_MANY_CELLS.code)
"""Codes of a rejection of more pixels than a painter can gather."""

_TOLD_SECONDS = 5
"""Shortest painting whose length is told: nobody wonders about a shorter one."""

_LONGEST_PAUSE_SECONDS = 3600.0
"""Longest pause that a server can impose: an error in the server's arithmetic must not stop a script for a year."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Paint an image on the board, in the board's colours. Transparent pixels are left out, and so are pixels that "
        "match already: the same command continues an interrupted painting. The exit status is 0 once the whole image "
        "is on the board."
    )
    parser.add_argument("image", metavar=_("IMAGE"), help=_("a PNG, JPEG or other image file"))
    parser.add_argument(
        "--at",
        type=typed(parse_cell),
        default=(0, 0),
        metavar="X,Y",
        help=_("column and row of the image's upper left corner [{default}]").format(default="0,0"),
    )
    parser.add_argument(
        "--width",
        type=number_up_to(limits.CANVAS_SIDE_CELLS),
        metavar="N",
        help=_("width in cells, the height in proportion [the image's own; a larger image is fitted to the board]"),
    )
    parser.add_argument(
        "--dither", action="store_true", help=_("mix the board's colours: better for photos, worse for drawings")
    )
    add_name_option(parser)
    add_key_option(parser)
    add_server_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    image = load_image(arguments.image)
    with tqdm(unit=" " + _("pixels"), unit_scale=True, leave=False, disable=None) as bar:
        painting = Painting(image, arguments.at, arguments.width, arguments.dither, bar)
        try:
            script.run(chosen_server(arguments), painting, chosen_identity(arguments, arguments.name))
        except DccError as error:
            raise DccError(f"{error}{painting.what_is_left}") from None
        except KeyboardInterrupt:
            _say(_("interrupted") + painting.what_is_left)
            raise
    _say(painting.summary)
    return 0


def _clock(seconds: int) -> str:
    """Write a duration as ``HOURS:MM:SS``."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _say(line: str) -> None:
    tqdm.write(f"dcc paint: {line}", file=sys.stderr)  # above the progress bar


@dataclass(frozen=True)
class Placement:
    """Where an image goes on a board, and how large, in cells."""

    column: int
    row: int
    width: int
    height: int


def place(size: tuple[int, int], at: tuple[int, int], width: int | None, board: tuple[int, int]) -> Placement:
    """Find where an image goes, and how large.

    An image larger than the board is made smaller; the place never changes the size.

    :param size: of the image: width, height.
    :param at: column and row of its upper left corner.
    :param width: of the painting; if left out, the image's own, or less to fit the board.
    :param board: its width and height.
    :raises ImageError: the image does not fit; the error says what would.
    """
    column, row = at
    if column >= board[0] or row >= board[1]:
        raise ImageError(
            _("--at {column},{row} is outside of the board of {width} x {height}").format(
                column=column, row=row, width=board[0], height=board[1]
            )
        )
    if width is None:
        width = min(size[0], max(1, _widest(size, board)))
        height = min(board[1], _in_proportion(size, width))
    else:
        height = _in_proportion(size, width)
    room = board[0] - column, board[1] - row
    if width <= room[0] and height <= room[1]:
        return Placement(column, row, width, height)
    raise ImageError(
        _("{width} x {height} does not fit: from {column},{row} there is room for {room_width} x {room_height}").format(
            width=width, height=height, column=column, row=row, room_width=room[0], room_height=room[1]
        )
        + _what_fits(size, (width, height), at, board)
    )


def _what_fits(size: tuple[int, int], wanted: tuple[int, int], at: tuple[int, int], board: tuple[int, int]) -> str:
    """Write the end of a line: the options with which an image fits; empty if there are none."""
    options = []
    if wanted[0] <= board[0] and wanted[1] <= board[1]:
        options.append(f"--at {min(at[0], board[0] - wanted[0])},{min(at[1], board[1] - wanted[1])}")
    if widest := _widest(size, (board[0] - at[0], board[1] - at[1])):
        options.append(f"--width {widest}")
    match options:
        case []:
            return ""
        case [option]:
            return _("; it fits with {option}").format(option=option)
    return _("; it fits with {option} or with {other}").format(option=options[0], other=options[1])


def _widest(size: tuple[int, int], room: tuple[int, int]) -> int:
    """Return the largest width in proportion that fits; 0 if none does."""
    return min(room[0], room[1] * size[0] // size[1])


def _in_proportion(size: tuple[int, int], width: int) -> int:
    return max(1, round(size[1] * width / size[0]))


class Painting:
    """A :class:`dcc.client.script.Work` that paints an image.

    A pixel is done once the server acknowledged its request, or once the board shows its colour. After every lost
    connection the rest is found again from the board: nothing in doubt is left out, and no pixel on the board is
    painted twice.
    """

    def __init__(
        self, image: Image.Image, at: tuple[int, int], width: int | None, dither: bool, bar: tqdm[NoReturn]
    ) -> None:
        """
        :param image: RGBA.
        :param at, width: as for :func:`place`.
        :param bar: shows the progress.
        """
        self._image = image
        self._at = at
        self._width = width
        self._dither = dither
        self._bar = bar
        self._canvas: Canvas | None = None
        self._cells: NDArray[np.intp]
        self._colours: NDArray[np.uint8]
        self._done: NDArray[np.bool_]
        self._already = 0
        self._waiting: NDArray[np.intp]  # neither done nor on their way
        self._pause: Later
        self._deadline: Later
        self._on_their_way: dict[int, NDArray[np.intp]] = {}
        self._requests_in_flight = REQUESTS_IN_FLIGHT
        self._pace_was_told = False

    @property
    def summary(self) -> str:
        """One line about the finished painting."""
        painted = len(self._done) - self._already
        line = ngettext("painted {count} pixel", "painted {count} pixels", painted).format(count=number(painted))
        if self._already:
            already = ngettext("; {count} already matched", "; {count} already matched", self._already)
            line += already.format(count=number(self._already))
        return line

    @property
    def what_is_left(self) -> str:
        """The end of a line about an unfinished painting; empty if no pixel was sent yet."""
        if self._canvas is None:
            return ""
        return _("; {left} of {all} pixels are not painted yet, the same command continues").format(
            left=number(self._left), all=number(len(self._done))
        )

    @property
    def _left(self) -> int:
        return len(self._done) - int(np.count_nonzero(self._done))

    # --- Work ------------------------------------------------------------------------------------

    def begin(self, script: script.Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        if self._canvas is None:
            self._pause, self._deadline = script.timer(), script.timer()
        self._script = script
        self._on_their_way.clear()
        self._pause.cancel()
        self._deadline.cancel()
        self._look_at_board()
        self._waiting = np.flatnonzero(~self._done)
        self._go_on()

    def message_received(self, message: ServerMessage) -> None:
        """See :class:`dcc.client.script.Work`."""
        match message:
            case WholeBoard() if self._script.link.replica.canvas is not self._canvas:
                self.begin(self._script)  # the board was given another size
            case Acknowledged() if message.request in self._on_their_way:
                self._done[self._on_their_way.pop(message.request)] = True
                if not self._script.link.replica.has_cooldown:  # otherwise a Cooldown follows the answer
                    self._go_on()
            case Rejected() if message.request in self._on_their_way:
                self._take_back(message)
            case Cooldown():
                if not self._on_their_way:  # after an answer: the whole pause between two pixels
                    self._tell_pace(message)
                self._rest(message.wait_ms)
            case NamedBoard():
                self._look_at_board()
                if self._done[self._on_their_way.get(_VERSION_1_REQUEST, [])].all():
                    self._on_their_way.clear()
                self._go_on()

    def _look_at_board(self) -> None:
        """Count matching pixels of the board as done."""
        replica = self._script.link.replica
        canvas = replica.canvas
        assert canvas is not None  # while the board is live
        if canvas is not self._canvas:
            # A server of version 1 does not send its palette, but accepts the eight colours of AF06.
            self._plan(canvas, AF06 if replica.version == 1 else canvas.palette)
            self._canvas = canvas
        self._done |= np.frombuffer(canvas.colours, np.uint8)[self._cells] == self._colours

    def _plan(self, canvas: Canvas, palette: Palette) -> None:
        true = true_size(self._image)
        placement = place(true, self._at, self._width, (canvas.width, canvas.height))
        size = placement.width, placement.height
        image = self._image
        if size != true:
            _say(
                _("{width} x {height} becomes {columns} x {rows} on the board").format(
                    width=true[0], height=true[1], columns=size[0], rows=size[1]
                )
            )
        if size != image.size:
            # An enlarged drawing keeps its hard edges.
            shrinks = size[0] < image.width
            image = image.resize(size, Image.Resampling.LANCZOS if shrinks else Image.Resampling.NEAREST)
        colours, opaque = quantize.in_colours(np.asarray(image), palette, mixes=self._dither)
        rows, columns = np.nonzero(opaque)
        self._cells = (rows + placement.row) * canvas.width + columns + placement.column
        self._colours = colours[opaque]
        self._done = np.frombuffer(canvas.colours, np.uint8)[self._cells] == self._colours
        self._already = int(np.count_nonzero(self._done))
        self._bar.reset(len(self._done))

    def _take_back(self, message: Rejected) -> None:
        """Paint the pixels of a rejected request again: later if the server says when, or fewer at a time.

        :raises ImageError: neither is possible.
        """
        pixels = self._on_their_way.pop(message.request)
        # The cooldown was not known yet, or has changed. Servers before 0.2 send no code.
        was_too_large = len(pixels) > 1 and self._script.link.replica.has_cooldown and message.code in _TOO_LARGE
        if message.retry_ms is None and not was_too_large:
            reason = reasons.tell(message.code, message.values, message.reason)
            raise ImageError(_("the server refuses: {reason}").format(reason=reason))
        self._waiting = np.concatenate([pixels, self._waiting])
        self._requests_in_flight = 1  # further requests would be rejected too
        if message.retry_ms is None:
            self._go_on()
        else:
            self._tell_rate(message)
            self._rest(message.retry_ms)

    def _rest(self, wait_ms: int) -> None:
        """Send nothing for this long."""
        self._pause.set(min(max(0, wait_ms) / 1000, _LONGEST_PAUSE_SECONDS), self._script.guarded, self._go_on)
        self._go_on()

    def _tell_pace(self, cooldown: Cooldown) -> None:
        seconds = (cooldown.each_ms or cooldown.wait_ms) / 1000
        waiting = self._left - cooldown.charges
        if waiting > 0 and seconds > 0 and not self._pace_was_told:
            self._pace_was_told = True
            _say(
                _("the server accepts a pixel every {seconds} s: {left} pixels take about {time}; Ctrl+C stops").format(
                    seconds=number(seconds), left=number(self._left), time=_clock(round(waiting * seconds))
                )
            )

    def _tell_rate(self, message: Rejected) -> None:
        """Say how long the rest takes, once: the first refusal tells the server's rate."""
        rate = message.values.get("pixeles")
        if message.code != reasons.TOO_FAST.code or not isinstance(rate, int | float) or rate <= 0:
            return
        seconds = round(self._left / rate)
        if seconds >= _TOLD_SECONDS and not self._pace_was_told:
            self._pace_was_told = True
            _say(
                _("the server accepts {rate} pixels a second: {left} pixels take about {time}; Ctrl+C stops").format(
                    rate=number(rate), left=number(self._left), time=_clock(seconds)
                )
            )

    def _go_on(self) -> None:
        """Send as much as the server accepts now, or finish."""
        link = self._script.link
        self._bar.update(np.count_nonzero(self._done) - self._bar.n)
        if self._done.all():
            self._script.finish()
            return
        if link.state is not LinkState.ONLINE or link.replica.canvas is not self._canvas:
            return  # begin() follows
        in_flight, size = self._requests_in_flight, limits.REQUEST_PIXELS
        if (cooldown := link.replica.cooldown) is not None:
            in_flight, size = 1, max(1, cooldown.charges)
        elif link.replica.version == 1:
            in_flight, size = 1, VERSION_1_PAINTS_IN_FLIGHT
        while len(self._waiting) and len(self._on_their_way) < in_flight and not self._pause.is_set:
            pixels, self._waiting = self._waiting[:size], self._waiting[size:]
            cells, colours = self._cells[pixels].tolist(), self._colours[pixels].tolist()
            requests = link.paint(zip(cells, colours, strict=True))
            self._on_their_way[requests[0] if requests else _VERSION_1_REQUEST] = pixels
        self._expect_an_answer()

    def _expect_an_answer(self) -> None:
        self._deadline.cancel()
        if self._on_their_way:
            self._script.after_silence(self._deadline, ANSWER_SECONDS, lambda: self._script.guarded(self._give_up))

    def _give_up(self) -> None:
        if self._script.link.state is LinkState.ONLINE:
            raise ServerUnavailable(_("no answer for {seconds} s").format(seconds=number(ANSWER_SECONDS)))
