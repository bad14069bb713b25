"""Boards that programs read, and what is known of their past."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

from dcc import reasons
from dcc.api.errors import Error, OffBoard
from dcc.core.palette import Palette
from dcc.core.placements import MILLISECONDS
from dcc.language import _
from dcc.wording import clip

if TYPE_CHECKING:
    from PIL.Image import Image

Place = tuple[SupportsIndex, SupportsIndex]
"""Column and row, from the upper left corner, which is ``(0, 0)``."""


class Look(NamedTuple):
    """A board as of a moment.

    :ivar colours: ``width * height`` indices into the palette, row by row.
    """

    width: int
    height: int
    palette: Palette
    colours: bytes | bytearray


class Change(NamedTuple):
    """A pixel that somebody else has painted.

    :ivar colour: the name of the colour.
    """

    column: int
    row: int
    colour: str


@dataclass(frozen=True)
class Author:
    """Who painted a cell last.

    :ivar name: empty if the painter has told none.
    :ivar is_proven: whether a key has proved the name.
    :ivar time: in UTC.
    :ivar placement: the number of the placement, for ``canvas.history(placement)``.
    """

    column: int
    row: int
    name: str
    is_proven: bool
    time: datetime
    placement: int


@dataclass(frozen=True)
class History:
    """How far the history of a board goes.

    :ivar placements: how many pixels were painted so far.
    :ivar first: the time of the first one, in UTC; None if nothing was painted. Likewise :attr:`last`.
    """

    placements: int
    first: datetime | None
    last: datetime | None


class Board(ABC):
    """A board: ``board[column, row]`` is the name of a cell's colour."""

    __iter__: Any = None  # a board is no sequence, although it has an index

    @abstractmethod
    def _look(self) -> Look:
        """Return the board as of now; the colours may go on changing."""

    def _copy(self) -> Look:
        """Return the board as of now."""
        return self._look()

    @property
    def width(self) -> int:
        """Columns of the board."""
        return self._look().width

    @property
    def height(self) -> int:
        """Rows of the board."""
        return self._look().height

    @property
    def palette(self) -> Palette:
        """The colours of the board, in their order. Each has a ``name``, a ``value`` ``#rrggbb``, and ``rgb``."""
        return self._look().palette

    def __getitem__(self, place: Place) -> str:
        look = self._look()
        return look.palette[look.colours[cell_of(look, place)]].name

    def image(self) -> Image:
        """Return a picture of the board, a pixel a cell, as an image of Pillow in mode RGB.

        ``numpy.asarray(canvas.image())`` has the shape ``(height, width, 3)``.

        :raises Error: Pillow is missing.
        """
        try:
            from PIL import Image
        except ImportError:
            raise Error(_("image() needs Pillow: pip install 'drawcolorcanvas[images]'")) from None
        look = self._copy()
        picture = Image.frombytes("P", (look.width, look.height), bytes(look.colours))
        picture.putpalette(b"".join(bytes(colour.rgb) for colour in look.palette))
        return picture.convert("RGB")


class Moment(Board):
    """The board as it was after a number of placements.

    :ivar placements: how many pixels had been painted.
    :ivar time: of the last of them, in UTC; None before the first.
    """

    def __init__(self, look: Look, placements: int, time: datetime | None) -> None:
        self._board = look
        self.placements = placements
        self.time = time

    def _look(self) -> Look:
        return self._board


def cell_of(look: Look, place: Place) -> int:
    """Return the number of a cell.

    :raises OffBoard: the board has no such cell.
    :raises TypeError: these are not two whole numbers.
    """
    try:
        column, row = map(operator.index, place)
    except (TypeError, ValueError):
        raise TypeError(
            _("{place} is no place: expected two whole numbers, column and row").format(place=clip(place))
        ) from None
    if 0 <= column < look.width and 0 <= row < look.height:
        return row * look.width + column
    raise OffBoard(reasons.OUTSIDE_POSITION, columna=column, fila=row, ancho=look.width, alto=look.height)


def whole(value: SupportsIndex) -> int:
    """Return a whole number, of Python or of numpy, as an int.

    :raises TypeError: this is no whole number.
    """
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(_("{value}: expected a whole number").format(value=clip(value))) from None


def time_of(time_ms: int) -> datetime:
    """Return a moment, from milliseconds since 1970-01-01 UTC."""
    return datetime.fromtimestamp(time_ms / MILLISECONDS, timezone.utc)
