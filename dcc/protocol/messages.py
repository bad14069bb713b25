"""The messages of both versions, as values. The codecs turn them into bytes and back.

Pixels stay packed, n x (u32 cell, u8 colour) little-endian, from the painter's frame through the record to the frames
of the viewers. :mod:`dcc.core.canvas` has the functions that pack and unpack.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dcc.core.actions import Action, AddTemplate, Allowed, Area, Ban, Choice, Entry, Group, LogEntry, Rectangle
from dcc.core.painted_by import PaintedBy
from dcc.core.palette import Palette
from dcc.core.people import Role
from dcc.core.placements import NamedMoment
from dcc.errors import Refusal
from dcc.reasons import Values

# --- from a client -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hello:
    """``nuevo``: ask for the board, and choose the version.

    :ivar canvas_id: the canvas of the board that the client holds.
    :ivar since: the sequence of the board that the client holds.
    :ivar name: the painter's name for lists; not authenticated.
    :ivar key: proves the name, as handed out; empty without a key.
    :ivar code: the word of the room; empty if not told.
    :ivar only_watches: the client will not paint, and is not counted as somebody here.
    """

    version: int = 1
    canvas_id: str | None = None
    since: int | None = None
    name: str = ""
    key: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    only_watches: bool = False


@dataclass(frozen=True)
class PaintOne:
    """``pintar`` of version 1: paint one pixel; the colour is given by name."""

    column: int
    row: int
    colour: str


@dataclass(frozen=True)
class Paint:
    """Opcode ``0x03`` of version 2: paint all given pixels or none.

    :ivar request: a number chosen by the client, unsigned 32 bits; the answer carries the same number.
    :ivar pixels: packed, at least one.
    """

    request: int
    pixels: bytes


@dataclass(frozen=True)
class AskHistory:
    """``historia``: ask for the extent of the history, or for the board as of a sequence."""

    request: int
    sequence: int | None = None


@dataclass(frozen=True)
class AskAuthor:
    """``autor``: ask for the last painter of a cell."""

    request: int
    column: int
    row: int


@dataclass(frozen=True)
class AskTemplate:
    """``plantilla``: ask for the pixels of a shared template; the answer is :class:`SharedTemplate`.

    :ivar number: see :class:`TemplateNews`.
    """

    request: int
    number: int


@dataclass(frozen=True)
class AskHeat:
    """``calor``: ask how often each cell was painted; the answer is :class:`HeatMap`."""

    request: int


@dataclass(frozen=True)
class AskPainters:
    """``pintores``: ask who painted each cell last; the answer is :class:`PaintersMap`."""

    request: int


@dataclass(frozen=True)
class Act:
    """``accion``: do an action; the answer is :class:`Done` or :class:`Rejected`.

    :ivar action: the action, or what is wrong with it. A wrong value ends no connection.
    """

    request: int
    action: Action | Refusal


@dataclass(frozen=True)
class AskPreview:
    """``elegir``: ask what a roll back of chosen placements would paint; the answer is :class:`Preview`.

    :ivar choice: the choice, or what is wrong with it.
    """

    request: int
    choice: Choice | Refusal


@dataclass(frozen=True)
class AskPeople:
    """``gente``: ask for the people, the bans and the keys; for moderators alone."""

    request: int


@dataclass(frozen=True)
class AskLog:
    """``diario``: ask for recorded actions, the latest first; moderators alone.

    :ivar before: the number of an action; only earlier ones are wanted. None for the latest.
    """

    request: int
    before: int | None = None


@dataclass(frozen=True)
class Goodbye:
    """``cerrar`` from a client: end the connection."""


Question = AskHistory | AskAuthor | AskHeat | AskPainters | AskPreview | AskPeople | AskLog | AskTemplate
"""What is answered one at a time."""

ClientMessage = Hello | PaintOne | Paint | Act | Question | Goodbye

# --- from a server -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Welcome:
    """``bienvenida``: the client's id, and the size, palette and sequence of the canvas. The board follows.

    :ivar role: what the client may do here as things are; ``PAINT`` if the server does not say.
    :ivar name: the proven name of the client; empty without one.
    """

    client_id: int
    canvas_id: str
    width: int
    height: int
    palette: Palette
    sequence: int
    role: Role = Role.PAINT
    name: str = ""


@dataclass(frozen=True)
class WholeBoard:
    """The board as of ``sequence``: one byte a cell, row by row, an index into the palette."""

    sequence: int
    colours: bytes


@dataclass(frozen=True)
class Changes:
    """The changes since the last sequence sent to the client. They bring the client's board to ``sequence``."""

    sequence: int
    pixels: bytes


@dataclass(frozen=True)
class Acknowledged:
    """The whole request is recorded; the board has all of its pixels from ``sequence`` on."""

    request: int
    sequence: int


@dataclass(frozen=True)
class Rejected:
    """``rechazado``: the request changed nothing.

    :ivar reason: text, in the language of the server.
    :ivar pixels: the cells of the request in their true colours, packed.
    :ivar retry_ms: milliseconds until a new try can succeed; None if waiting does not help.
    :ivar code: the code of the reason in :mod:`dcc.reasons`; empty if the server sent no code.
    :ivar values: the values in the text of the reason.
    """

    request: int
    reason: str
    pixels: bytes
    retry_ms: int | None = None
    code: str = ""
    values: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Cooldown:
    """``espera``: the time that is left of the client's cooldown. Only a server with a cooldown sends this message.

    :ivar wait_ms: milliseconds; 0 if the client can paint now.
    :ivar charges: how many pixels the client can paint now.
    :ivar most: how many pixels the client can gather.
    :ivar next_ms: milliseconds until there is one charge more; 0 if there is the most.
    :ivar each_ms: milliseconds from one charge to the next.
    """

    wait_ms: int
    charges: int = 0
    most: int = 1
    next_ms: int = 0
    each_ms: int = 0


@dataclass(frozen=True)
class History:
    """``historia``: the extent of the history.

    :ivar sequence: the sequence of the last placement.
    :ivar first_ms: the time of the first placement, in milliseconds since 1970-01-01 UTC; None if nothing was painted.
    :ivar last_ms: the time of the last placement, likewise.
    :ivar moments: the latest named moments, in the order of their sequences.
    """

    request: int
    sequence: int
    first_ms: int | None
    last_ms: int | None
    moments: tuple[NamedMoment, ...] = ()


@dataclass(frozen=True)
class PastBoard:
    """Opcode ``0x05``: the board as of an earlier sequence, and the time of the placement with that sequence.

    :ivar packed: the coding and the packed colours, if a thread packed them ahead of the encoding.
    """

    request: int
    sequence: int
    time_ms: int
    colours: bytes
    packed: tuple[int, bytes] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class HeatMap:
    """Opcode ``0x07``: how often each cell was painted, by the placements after ``since`` up to ``sequence``.

    :ivar times: a byte a cell; 255 is 255 or more.
    :ivar packed: the coding and the packed counts, if a thread packed them ahead of the encoding.
    """

    request: int
    sequence: int
    since: int
    times: bytes
    packed: tuple[int, bytes] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class PaintersMap:
    """Opcode ``0x08``: who painted each cell last, of the placements after ``since`` up to ``sequence``.

    :ivar painters: those with most cells first; the first has the number 1.
    :ivar numbers: a byte a cell; 0 is nobody, 255 is anybody without a number.
    :ivar packed: the coding and the packed numbers, if a thread packed them ahead of the encoding.
    """

    request: int
    sequence: int
    since: int
    painters: tuple[PaintedBy, ...]
    numbers: bytes
    packed: tuple[int, bytes] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Author:
    """``autor``: the last painter of a cell, and the time; all None if nobody painted the cell.

    :ivar is_proven: whether the name was proven.
    :ivar address: without a port, for moderators alone; None otherwise.
    """

    request: int
    column: int
    row: int
    name: str | None = None
    client_id: int | None = None
    time_ms: int | None = None
    sequence: int | None = None
    is_proven: bool = False
    address: str | None = None


class TemplateNews(NamedTuple):
    """A shared template without its pixels, which :class:`AskTemplate` asks for.

    :ivar number: of the action that published the template. A template never changes: another one has another number.
    :ivar author: the name of the person who published the template; empty without one.
    """

    number: int
    name: str
    place: Rectangle
    author: str


@dataclass(frozen=True)
class RulesNews:
    """``reglas``: what people may do here now. A server without any rule does not send this message.

    :ivar entry: who may paint at all; without a key or the code, others only watch.
    :ivar is_frozen: whether only moderators paint.
    :ivar rest: who may paint outside of all areas.
    :ivar areas: from below to the top.
    :ivar announcement: empty without one.
    :ivar templates: what people paint together here, the oldest first.
    """

    entry: Entry = Entry.OPEN
    is_frozen: bool = False
    rest: Allowed = Group.EVERYBODY
    areas: tuple[Area, ...] = ()
    announcement: str = ""
    templates: tuple[TemplateNews, ...] = ()


@dataclass(frozen=True)
class SharedTemplate:
    """``plantilla``: a shared template with its pixels.

    :ivar number: see :class:`TemplateNews`.
    """

    request: int
    number: int
    template: AddTemplate


@dataclass(frozen=True)
class Done:
    """``hecho``: an action is recorded, and in force.

    :ivar number: of the action, see :class:`dcc.core.actions.LogEntry`.
    :ivar sequence: from which on the board shows the action.
    :ivar cells: how many cells the action painted.
    """

    request: int
    number: int
    sequence: int
    cells: int


@dataclass(frozen=True)
class Preview:
    """Opcode ``0x06``: what a roll back would paint, as of a sequence.

    :ivar placements: how many placements are chosen, covered ones included.
    :ivar pixels: packed, one for each cell that would be painted, also where the colour stays the same.
    """

    request: int
    sequence: int
    placements: int
    pixels: bytes


@dataclass(frozen=True)
class Guest:
    """Somebody who is connected, for moderators.

    :ivar name: proven or claimed; empty without one.
    :ivar address: without a port.
    """

    client_id: int
    name: str
    is_proven: bool
    role: Role
    address: str


@dataclass(frozen=True)
class KeyHolder:
    """Somebody who has a key, for owners."""

    name: str
    role: Role
    until_ms: int | None


@dataclass(frozen=True)
class People:
    """``gente``: the people, the bans and the keys.

    :ivar code: the word of the room; empty without one.
    :ivar guesses: wrong keys and codes since the server started, by address; the latest last.
    :ivar keys: empty for those who are no owners.
    """

    request: int
    guests: tuple[Guest, ...]
    bans: tuple[Ban, ...] = ()
    code: str = ""
    guesses: tuple[tuple[str, int], ...] = ()
    keys: tuple[KeyHolder, ...] = ()


@dataclass(frozen=True)
class ActionLog:
    """``diario``: recorded actions, the latest first; none if there are no more."""

    request: int
    entries: tuple[LogEntry, ...]


@dataclass(frozen=True)
class Users:
    """``usuarios``: the number of connected clients."""

    connected: int


@dataclass(frozen=True)
class Failed:
    """``error`` of version 2: the reason for the end of the connection; a :class:`Closing` follows.

    :ivar error: text, in the language of the server.
    :ivar code: see :class:`Rejected`.
    :ivar values: see :class:`Rejected`.
    """

    error: str
    code: str = ""
    values: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Closing:
    """``cerrar`` from the server: the last message of a connection.

    :ivar error: the reason, in the language of the server; empty without one, and in version 2.
    :ivar code: see :class:`Rejected`.
    :ivar values: see :class:`Rejected`.
    """

    error: str = ""
    code: str = ""
    values: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Lines:
    """Answers to a Pixelflut client, in whole lines; see :mod:`dcc.protocol.pixelflut`."""

    text: str


@dataclass(frozen=True)
class NamedBoard:
    """A version 1 board, as read by a client: names of colours by ``(column, row)``."""

    names: dict[tuple[int, int], str]


@dataclass(frozen=True)
class Ignored:
    """A ``comando`` that this client does not know and therefore ignores."""

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
    | HeatMap
    | PaintersMap
    | Author
    | RulesNews
    | SharedTemplate
    | Done
    | Preview
    | People
    | ActionLog
    | Users
    | Failed
    | Closing
    | Lines
    | NamedBoard
    | Ignored
)
