"""Pages about the board: a picture, the server's health, the board's data, the painter of a cell."""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock, succeed
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.web import http

from dcc import limits
from dcc.board.board import Board
from dcc.core.canvas import Canvas
from dcc.core.placements import Placement
from dcc.errors import PixelRejected, RecordError
from dcc.images.files import board_image
from dcc.server.web.channel import Page, answer, answer_json, answer_later, number, refuse

_SOURCE = "http"
"""Source of all questions of HTTP requests, which take turns with the questions of each address."""

PICTURE_SIDE_PIXELS = limits.CANVAS_SIDE_CELLS
"""Longest side of ``/board.png``: the largest board at its own size, and a second of one core at most."""


class Picture(Page):
    """``/board.png``: the board now, ``scale`` pixels a cell.

    A thread makes one picture at a time. Requests for the same picture share the picture.
    """

    def __init__(self, board: Board, reactor: Any) -> None:
        super().__init__()
        self._board = board
        self._reactor = reactor
        self._most = PICTURE_SIDE_PIXELS // max(board.canvas.width, board.canvas.height)
        self._one_at_a_time = DeferredLock()
        self._made: dict[int, tuple[int, bytes]] = {}  # by scale: a sequence, and the picture of the board then
        self._wanted: dict[int, list[Deferred[tuple[int, bytes]]]] = {}  # by scale: requests for pictures not begun yet

    def show(self, request: Any) -> int:
        """Answer with the picture, unless the browser has the same one."""
        try:
            scale = number(request, b"scale", 1)
            if not 1 <= scale <= self._most:
                raise ValueError(f"scale must be from 1 to {self._most} on this board")
        except ValueError as error:
            return refuse(request, HTTPStatus.BAD_REQUEST, str(error))
        if request.setETag(self._tag(self._board.sequence, scale)) is http.CACHED:
            return answer(request, b"", b"image/png")

        def show(made: tuple[int, bytes]) -> int:
            sequence, picture = made
            request.setETag(self._tag(sequence, scale))
            return answer(request, picture, b"image/png")

        return answer_later(request, self._picture(scale), show)

    def _tag(self, sequence: int, scale: int) -> bytes:
        return b'"%b-%d-%d"' % (self._board.record.canvas_id.encode(), sequence, scale)

    def _picture(self, scale: int) -> Deferred[tuple[int, bytes]]:
        made = self._made.get(scale)
        if made is not None and made[0] == self._board.sequence:
            return succeed(made)
        wanted: Deferred[tuple[int, bytes]] = Deferred()
        if scale in self._wanted:
            self._wanted[scale].append(wanted)
        else:
            self._wanted[scale] = [wanted]
            self._one_at_a_time.run(self._make, scale)
        return wanted

    def _make(self, scale: int) -> Deferred[None]:
        wanted = self._wanted.pop(scale)
        board = self._board
        sequence, canvas = board.sequence, board.canvas
        copy = Canvas(canvas.width, canvas.height, canvas.palette, bytes(canvas.colours))
        made: Deferred[bytes] = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), _png, copy, scale)

        def keep(picture: bytes) -> None:
            if board.sequence != sequence:
                self._made.clear()
            self._made[scale] = sequence, picture
            for each in wanted:
                each.callback((sequence, picture))

        def fail(failure: Failure) -> None:
            for each in wanted:
                each.errback(failure)

        return made.addCallbacks(keep, fail)


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
