"""Pages about the board: a picture, the server's health, the board's data, the painter of a cell."""

from __future__ import annotations

import io
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from dcc import limits
from dcc.board.board import Board
from dcc.core.canvas import Canvas
from dcc.core.placements import Placement
from dcc.errors import PixelRejected, RecordError
from dcc.images.files import board_image
from dcc.later import Later
from dcc.server.web.channel import Page, answer, answer_json, answer_later, answer_same, has_same, number, refuse

_SOURCE = "http"
"""Source of all questions of HTTP requests, which take turns with the questions of each address."""

PICTURE_SIDE_PIXELS = limits.CANVAS_SIDE_CELLS
"""Longest side of ``/board.png``: the largest board at its own size, and a second of one core at most."""


PICTURE_SECONDS = 1.0
"""Shortest time between the beginnings of two pictures of the same scale: a board that changes all the time is drawn
once a second for everybody."""

PICTURES_HELD_BYTES = 64 * 1024 * 1024
"""Pictures that may be held, old ones for slow readers too: four of the largest board, or thousands of usual boards.
Above that, readers get the last picture."""


@dataclass
class _Made:
    """A picture.

    :ivar sequence: of the board in the picture.
    :ivar begun: when the picture was begun.
    """

    sequence: int
    begun: float
    png: bytes


class Picture(Page):
    """``/board.png``: the board now, ``scale`` pixels a cell.

    A thread makes one picture at a time, and rests as long as each took. Requests for the same picture share the
    picture, and wait until the next one may begin.
    """

    def __init__(self, board: Board, reactor: Any) -> None:
        super().__init__()
        self._board = board
        self._reactor = reactor
        self._most = PICTURE_SIDE_PIXELS // max(board.canvas.width, board.canvas.height)
        self._last: dict[int, _Made] = {}  # by scale
        self._being_read: list[_Made] = []
        self._wanted: dict[int, list[Deferred[_Made]]] = {}  # by scale: requests for pictures not begun yet
        self._is_making = False
        self._rest_until = 0.0
        self._next = Later(reactor)

    def show(self, request: Any) -> int:
        """Answer with the picture, unless the browser has the same one."""
        try:
            scale = number(request, b"scale", 1)
            if not 1 <= scale <= self._most:
                raise ValueError(f"scale must be from 1 to {self._most} on this board")
        except ValueError as error:
            return refuse(request, HTTPStatus.BAD_REQUEST, str(error))
        if has_same(request, self._tag(self._board.sequence, scale)):
            return answer_same(request)

        def show(made: _Made) -> int:
            if has_same(request, self._tag(made.sequence, scale)):
                return answer_same(request)
            self._being_read.append(made)
            request.notifyFinish().addBoth(lambda _outcome: self._being_read.remove(made))
            return answer(request, made.png, b"image/png")

        return answer_later(request, self._picture(scale), show)

    def _tag(self, sequence: int, scale: int) -> bytes:
        return b'"%b-%d-%d"' % (self._board.record.canvas_id.encode(), sequence, scale)

    def _picture(self, scale: int) -> Deferred[_Made]:
        last = self._last.get(scale)
        if last is not None and (last.sequence == self._board.sequence or self._has_no_room()):
            return succeed(last)
        wanted: Deferred[_Made] = Deferred()
        self._wanted.setdefault(scale, []).append(wanted)
        self._begin_next()
        return wanted

    def _has_no_room(self) -> bool:
        held = {id(made): len(made.png) for made in (*self._being_read, *self._last.values())}
        return sum(held.values()) > PICTURES_HELD_BYTES

    def _begin_next(self) -> None:
        """Begin the wanted picture that may begin first, or wait until the picture may begin."""
        if self._is_making or not self._wanted:
            return
        scale = min(self._wanted, key=self._due)
        wait = self._due(scale) - self._reactor.seconds()
        if wait > 0:
            self._next.set(wait, self._begin_next)
        else:
            self._make(scale)

    def _due(self, scale: int) -> float:
        last = self._last.get(scale)
        return self._rest_until if last is None else max(self._rest_until, last.begun + PICTURE_SECONDS)

    def _make(self, scale: int) -> None:
        wanted = self._wanted.pop(scale)
        board, begun = self._board, self._reactor.seconds()
        sequence, canvas = board.sequence, board.canvas
        copy = Canvas(canvas.width, canvas.height, canvas.palette, bytes(canvas.colours))
        self._is_making = True

        def ended(outcome: bytes | Failure) -> None:
            now = self._reactor.seconds()
            self._is_making, self._rest_until = False, now + (now - begun)
            made: _Made | Failure = outcome if isinstance(outcome, Failure) else _Made(sequence, begun, outcome)
            if isinstance(made, _Made):
                self._last = {each: last for each, last in self._last.items() if last.sequence == sequence}
                self._last[scale] = made
            for each in wanted:
                each.callback(made)
            self._begin_next()

        deferToThreadPool(self._reactor, self._reactor.getThreadPool(), _png, copy, scale).addBoth(ended)


def _png(canvas: Canvas, scale: int) -> bytes:
    file = io.BytesIO()
    board_image(canvas, scale).save(file, "PNG")
    return file.getvalue()


class Health(Page):
    """``/healthz``: whether the record takes paints."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board

    def show(self, request: Any) -> int:
        """Answer 200, or 503 with the reason."""
        if self._board.fault is None:
            return answer(request, b"ok\n")
        return refuse(request, HTTPStatus.SERVICE_UNAVAILABLE, self._board.fault)


class Info(Page):
    """``/api/info``: the board's id, size, palette and sequence."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board

    def show(self, request: Any) -> int:
        """Answer with a JSON object."""
        board, canvas = self._board, self._board.canvas
        return answer_json(
            request,
            {
                "canvas": board.record.canvas_id,
                "width": canvas.width,
                "height": canvas.height,
                "palette": [{"name": colour.name, "value": colour.value} for colour in canvas.palette],
                "sequence": board.sequence,
                "users": board.users.connected,
                "largest_scale": PICTURE_SIDE_PIXELS // max(canvas.width, canvas.height),
            },
        )


class Pixel(Page):
    """``/api/pixel?column=&row=``: a cell's colour, and who painted the cell last and when, if known."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board

    def show(self, request: Any) -> int:
        """Answer with a JSON object, or say what is wrong with the question."""
        board, canvas = self._board, self._board.canvas
        try:
            column, row = number(request, b"column"), number(request, b"row")
            cell = canvas.cell(column, row)
        except (ValueError, PixelRejected) as error:
            return refuse(request, HTTPStatus.BAD_REQUEST, str(error))

        colour = canvas.palette[canvas.colours[cell]]
        words: dict[str, Any] = {
            "column": column,
            "row": row,
            "colour": {"index": canvas.colours[cell], "name": colour.name, "value": colour.value},
        }

        def tell(placement: Placement | None) -> None:
            words["painted"] = placement and {
                "sequence": placement.sequence,
                "time_ms": placement.time_ms,
                "client": placement.painter.connection,
                "name": placement.painter.name,
            }

        def not_kept(failure: Failure) -> None:
            failure.trap(RecordError)

        looked_up = board.ask(_SOURCE, lambda: board.record.last_placement(cell)).addCallbacks(tell, not_kept)
        return answer_later(request, looked_up, lambda _told: answer_json(request, words))
