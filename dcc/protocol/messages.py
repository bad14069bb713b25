"""What the two sides say to each other, as values. Bytes are the codecs' business.

Pixels travel packed, n x (u32 cell, u8 colour) little-endian, from the painter's frame through the
record to the viewers' frames: the layout is the same everywhere, so nothing is taken apart on the way
(see :mod:`dcc.core.canvas` for the functions that do).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dcc.core.palette import Palette
from dcc.reasons import Values

# --- from a client -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hello:
    """``nuevo``: asks for the board, and chooses the version.

    :ivar canvas_id: the canvas of which the client holds a board, as of sequence ``since``.
    :ivar name: how the painter wants to be listed; a label and no proof.
    """

    version: int = 1
    canvas_id: str | None = None
    since: int | None = None
    name: str = ""


@dataclass(frozen=True)
class PaintOne:
    """``pintar`` of version 1: one pixel, its colour by name."""

    column: int
    row: int
    colour: str


@dataclass(frozen=True)
class Paint:
    """Opcode ``0x03`` of version 2: paint these pixels, all or none.

    :ivar request: the client's own number for it, unsigned 32 bits.
    :ivar pixels: packed, at least one.
    """

    request: int
    pixels: bytes


@dataclass(frozen=True)
class AskHistory:
    """``historia``: how far back the board goes, or with a sequence, the board as of then."""

    request: int
    sequence: int | None = None


@dataclass(frozen=True)
class AskAuthor:
    """``autor``: who painted a cell last."""

    request: int
    column: int
    row: int


@dataclass(frozen=True)
class Goodbye:
    """``cerrar`` from a client."""


ClientMessage = Hello | PaintOne | Paint | AskHistory | AskAuthor | Goodbye

# --- from a server -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Welcome:
    """``bienvenida``: what the client is looking at. The board follows."""

    client_id: int
    canvas_id: str
    width: int
    height: int
    palette: Palette
    sequence: int


@dataclass(frozen=True)
class WholeBoard:
    """The board as of ``sequence``: the index of each cell's colour, row by row, one byte each."""

    sequence: int
    colours: bytes


@dataclass(frozen=True)
class Changes:
    """What changed since the last sequence sent to that client; afterwards it is as of ``sequence``."""

    sequence: int
    pixels: bytes


@dataclass(frozen=True)
class Acknowledged:
    """All of the request is in the record, and in the board from ``sequence`` on."""

    request: int
    sequence: int


@dataclass(frozen=True)
class Rejected:
    """``rechazado``: the request changed nothing.

    :ivar reason: why, in the language of the server.
    :ivar pixels: the true colours of its cells, packed.
    :ivar retry_ms: when to try again, in milliseconds, where that helps.
    :ivar code: why, as a code of :mod:`dcc.reasons`; empty if the server sent none.
    :ivar values: the values in the reason.
    """

    request: int
    reason: str
    pixels: bytes
    retry_ms: int | None = None
    code: str = ""
    values: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Cooldown:
    """``espera``: when the client can paint again. Of a server where painters wait between two pixels.

    :ivar wait_ms: in so many milliseconds; at once, where it is 0.
    """

    wait_ms: int


@dataclass(frozen=True)
class History:
    """``historia``: how far back the board goes.

    :ivar sequence: the last placement's.
    :ivar first_ms: when the first placement was made, milliseconds since 1970-01-01 UTC; nothing before that.
    :ivar last_ms: when the last one was.
    """

    request: int
    sequence: int
    first_ms: int | None
    last_ms: int | None


@dataclass(frozen=True)
class PastBoard:
    """Opcode ``0x05``: the board as of an earlier sequence, and when that was.

    :ivar packed: the coding and the bytes in which the colours travel, where a thread made them ahead.
    """

    request: int
    sequence: int
    time_ms: int
    colours: bytes
    packed: tuple[int, bytes] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Author:
    """``autor``: who painted a cell last, and when; nothing of it where nobody did."""

    request: int
    column: int
    row: int
    name: str | None = None
    client_id: int | None = None
    time_ms: int | None = None
    sequence: int | None = None


@dataclass(frozen=True)
class Users:
    """``usuarios``: how many clients are connected."""

    connected: int


@dataclass(frozen=True)
class Failed:
    """``error`` of version 2: why the connection ends; a :class:`Closing` follows.

    :ivar error: the reason; ``code`` and ``values`` are those of :class:`Rejected`.
    """

    error: str
    code: str = ""
    values: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Closing:
    """``cerrar`` from the server, the last thing that it sends.

    :ivar error: why, if it is not simply over; ``code`` and ``values`` are those of :class:`Rejected`.
    """

    error: str = ""
    code: str = ""
    values: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class NamedBoard:
    """A version 1 board as a client reads it: the colour's name by ``(column, row)``."""

    names: dict[tuple[int, int], str]


@dataclass(frozen=True)
class Ignored:
    """A ``comando`` that this client does not know, and so passes over."""

    word: str


ServerMessage = (
    Welcome
    | WholeBoard
    | Changes
    | Acknowledged
    | Rejected
    | Cooldown
    | History
    | PastBoard
    | Author
    | Users
    | Failed
    | Closing
    | NamedBoard
    | Ignored
)
