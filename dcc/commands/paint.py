"""``dcc paint``: an image on the board, in the board's colours."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm
from twisted.internet.interfaces import IDelayedCall

from dcc import limits
from dcc.client import script
from dcc.client.endpoint import add_server_arguments, chosen_server
from dcc.client.link import LinkState
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06, Palette
from dcc.errors import DccError, ImageError, ServerUnavailable
from dcc.images import quantize
from dcc.images.files import load_image
from dcc.protocol.messages import Acknowledged, Cooldown, NamedBoard, Rejected, ServerMessage, WholeBoard
from dcc.wording import clip

_OPAQUE = 128
"""Alpha from which on a pixel is painted: at least half there."""

_VERSION_1_REQUEST = 0
"""Version 1 numbers no requests; the pixels that are on their way count as one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = (
        "Paint an image on the canvas, in the canvas's colours. What is transparent is not painted, and what is "
        "painted already is not painted again, so that the same command goes on with what was interrupted. "
        "The exit status is 0 when all of it is on the canvas."
    )
    parser.add_argument("image", metavar="IMAGE", help="a PNG, JPEG or other image file")
    parser.add_argument(
        "--at", type=_parse_at, default=(0, 0), metavar="X,Y", help="column and row of its upper left corner [0,0]"
    )
    parser.add_argument(
        "--width",
        type=_parse_width,
        metavar="N",
        help="columns to make it wide, its height in proportion [its own size, made smaller where it does not fit]",
    )
    parser.add_argument(
        "--dither", action="store_true", help="mix the canvas's colours: better for photos, worse for drawings"
    )
    add_server_arguments(parser)


def _parse_at(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,5}),([0-9]{1,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{clip(text)}: expected column and row, such as 10,5")
    return int(match[1]), int(match[2])


def _parse_width(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= limits.CANVAS_SIDE_CELLS:
        raise argparse.ArgumentTypeError(
            f"{clip(text)}: expected a number of columns from 1 to {limits.CANVAS_SIDE_CELLS}"
        )
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    image = load_image(arguments.image)
    with tqdm(unit=" pixels", unit_scale=True, leave=False, disable=None) as bar:
        painting = Painting(image, arguments.at, arguments.width, arguments.dither, bar)
        try:
            script.run(chosen_server(arguments), painting)
        except DccError as error:
            raise DccError(f"{error}{painting.what_is_left}") from None
        except KeyboardInterrupt:
            _say(f"interrupted{painting.what_is_left}")
            raise
    _say(painting.summary)
    return 0


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
    """Find the size that an image is painted in.

    :param size: of the image: width, height.
    :param at: column and row of its upper left corner.
    :param width: as it is asked for; otherwise the image's own, or less where that does not fit.
    :param board: its width and height.
    :raises ImageError: it does not fit; says what would.
    """
    (own_width, own_height), (column, row) = size, at
    if column >= board[0] or row >= board[1]:
        raise ImageError(f"--at {column},{row} is outside of the board of {board[0]} x {board[1]}")
    room_width, room_height = board[0] - column, board[1] - row
    widest = min(room_width, room_height * own_width // own_height)
    if width is None:
        width = min(own_width, max(1, widest))
        return Placement(column, row, width, min(room_height, _in_proportion(size, width)))
    height = _in_proportion(size, width)
    if width > room_width or height > room_height:
        hint = f"; at most --width {widest}" if widest else ""
        raise ImageError(
            f"{width} x {height} does not fit: from {column},{row} there is room for {room_width} x {room_height}{hint}"
        )
    return Placement(column, row, width, height)


def _in_proportion(size: tuple[int, int], width: int) -> int:
    return max(1, round(size[1] * width / size[0]))


class Painting:
    """A :class:`dcc.client.script.Work` that paints an image.

    What is done is what the server acknowledged, or what its board showed anyway. The rest is worked out
    anew from the board after every lost connection, so that nothing in doubt is left out and nothing that
    the board shows is painted twice.
    """

    def __init__(
        self, image: Image.Image, at: tuple[int, int], width: int | None, dither: bool, bar: tqdm[NoReturn]
    ) -> None:
        """
        :param image: RGBA.
        :param at, width: as for :func:`place`.
        :param bar: shows how far it is.
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
        self._on_their_way: dict[int, NDArray[np.intp]] = {}
        self._requests_in_flight = limits.PAINT_REQUESTS_IN_FLIGHT
        self._pace_was_told = False
        self._pause: IDelayedCall | None = None
        self._deadline: IDelayedCall | None = None

    @property
    def summary(self) -> str:
        """One line about what was done."""
        already = f", {self._already:,} of them were so already" if self._already else ""
        return f"{len(self._done):,} pixels are on the canvas{already}"

    @property
    def what_is_left(self) -> str:
        """The end of a line about what was not done; nothing where nothing was begun."""
        if self._canvas is None:
            return ""
        return f"; {self._left:,} of {len(self._done):,} pixels are not painted, the same command goes on with them"

    @property
    def _left(self) -> int:
        return len(self._done) - int(np.count_nonzero(self._done))

    # --- Work ------------------------------------------------------------------------------------

    def begin(self, script: script.Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        self._script = script
        self._on_their_way.clear()
        for call in (self._pause, self._deadline):
            if call is not None and call.active():
                call.cancel()
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
                if not self._script.link.replica.has_cooldown:  # there the answer ends with how long it is
                    self._go_on()
            case Rejected() if message.request in self._on_their_way:
                self._take_back(message)
            case Cooldown():
                if not self._on_their_way:  # so it follows an answer, and is the whole pause from pixel to pixel
                    self._tell_pace(message.wait_ms)
                self._rest(message.wait_ms)
            case NamedBoard():
                self._look_at_board()
                if self._done[self._on_their_way.get(_VERSION_1_REQUEST, [])].all():
                    self._on_their_way.clear()
                self._go_on()

    def _look_at_board(self) -> None:
        """Count as done what the board shows already."""
        replica = self._script.link.replica
        canvas = replica.canvas
        assert canvas is not None  # while the board is live
        if canvas is not self._canvas:
            # A server of version 1 does not tell its palette, but takes the eight colours of AF06.
            self._plan(canvas, AF06 if replica.version == 1 else canvas.palette)
            self._canvas = canvas
        self._done |= np.frombuffer(canvas.colours, np.uint8)[self._cells] == self._colours

    def _plan(self, canvas: Canvas, palette: Palette) -> None:
        placement = place(self._image.size, self._at, self._width, (canvas.width, canvas.height))
        size = placement.width, placement.height
        image = self._image
        if size != image.size:
            _say(f"{image.width} x {image.height} becomes {size[0]} x {size[1]} on the board")
            # Larger, a drawing keeps its hard edges.
            shrinks = size[0] < image.width
            image = image.resize(size, Image.Resampling.LANCZOS if shrinks else Image.Resampling.NEAREST)
        pixels = np.asarray(image)
        rgb, opaque = pixels[..., :3], pixels[..., 3] >= _OPAQUE
        colours = quantize.dithered(rgb, opaque, palette) if self._dither else quantize.nearest(rgb, palette)
        rows, columns = np.nonzero(opaque)
        self._cells = (rows + placement.row) * canvas.width + columns + placement.column
        self._colours = colours[opaque]
        self._done = np.frombuffer(canvas.colours, np.uint8)[self._cells] == self._colours
        self._already = int(np.count_nonzero(self._done))
        self._bar.reset(len(self._done))

    def _take_back(self, message: Rejected) -> None:
        """Paint the pixels of a rejected request again: later, where the server says when, or one by one.

        :raises ImageError: neither helps.
        """
        pixels = self._on_their_way.pop(message.request)
        was_too_large = self._script.link.replica.has_cooldown and len(pixels) > 1  # which was not known yet
        if message.retry_ms is None and not was_too_large:
            raise ImageError(f"the server rejects it: {message.reason}")
        self._waiting = np.concatenate([pixels, self._waiting])
        self._requests_in_flight = 1  # more would only be rejected too
        if message.retry_ms is None:
            self._go_on()
        else:
            self._rest(message.retry_ms)

    def _rest(self, wait_ms: int) -> None:
        """Send nothing for so long."""
        if self._pause is not None and self._pause.active():
            self._pause.cancel()
        wait = min(max(0, wait_ms) / 1000, limits.SCRIPT_PAUSE_SECONDS)
        self._pause = self._script.call_later(wait, self._go_on)
        self._go_on()

    def _tell_pace(self, pause_ms: int) -> None:
        if self._left and pause_ms > 0 and not self._pace_was_told:
            self._pace_was_told = True
            seconds = pause_ms / 1000
            whole = timedelta(seconds=round(self._left * seconds))
            pace = f"the server takes a pixel every {seconds:g} s"
            _say(f"{pace}: the {self._left:,} that are left take about {whole}; Ctrl+C stops it")

    def _go_on(self) -> None:
        """Send what may be sent, or find that all is done."""
        link = self._script.link
        self._bar.update(np.count_nonzero(self._done) - self._bar.n)
        if self._done.all():
            self._script.finish()
            return
        if link.state is not LinkState.ONLINE or link.replica.canvas is not self._canvas:
            return  # begin() follows
        in_flight, size = self._requests_in_flight, limits.REQUEST_PIXELS
        if link.replica.has_cooldown:
            in_flight, size = 1, 1
        elif link.replica.version == 1:
            in_flight, size = 1, limits.VERSION_1_PAINTS_IN_FLIGHT
        paused = self._pause is not None and self._pause.active()
        while len(self._waiting) and len(self._on_their_way) < in_flight and not paused:
            pixels, self._waiting = self._waiting[:size], self._waiting[size:]
            cells, colours = self._cells[pixels].tolist(), self._colours[pixels].tolist()
            requests = link.paint(zip(cells, colours, strict=True))
            self._on_their_way[requests[0] if requests else _VERSION_1_REQUEST] = pixels
        self._expect_an_answer()

    def _expect_an_answer(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        if self._on_their_way:
            self._deadline = self._script.call_later(limits.SCRIPT_ANSWER_SECONDS, self._give_up)

    def _give_up(self) -> None:
        if self._script.link.state is LinkState.ONLINE:
            raise ServerUnavailable(f"no answer for {limits.SCRIPT_ANSWER_SECONDS:g} s")
