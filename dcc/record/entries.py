"""The entries of the log that several servers share: what a server adds to the canvas, as bytes.

All integers are little-endian; a text is its length and its bytes in UTF-8. An entry is

    mark of our entries                          3 bytes, ``dcc``
    format                                       u8, 1
    kind                                         u8, see :class:`_Kind`
    id of the canvas                             text (u8)
    epoch of the log                             8 bytes
    author: new at each start of a server        16 bytes
    number: 1, 2, 3, … of the author             u64
    witness: position, sequence                  u64, u64
    witness: digest of the checksum              16 bytes
    number of the last action known              u64
    time, in milliseconds since 1970-01-01 UTC   u64
    content, by kind
    CRC-32 of all before                         u32

The witness is how far the author had the log, and with which result. An author adds strokes and actions as they are
right after the witness: :mod:`dcc.record.following` says when an entry comes too late. The contents:

    beginning   name of the snapshot (u8 text)
    start       name of the server (u8 text)
    strokes     number of painters (u32), painters, number of strokes (u32),
                for each stroke the index of its painter and the number of its pixels (u32, u32), all pixels
    action      painter, JSON as in the record (u32 text), number of pixels (u32), zlib stream of the pixels by columns
    snapshot    position (u64), name (u8 text)
    painter     connection (u64), whether the name is proven (u8), name (u8 text), address (u16 text)

Pixels are n x (u32 cell, u8 colour) as on the wire. Those of an action lie by columns, since a million cells in order
then take some KiB: first the lowest byte of each cell, then the next bytes, then the colours.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from dcc import limits
from dcc.cluster.log import ENTRY_BYTES
from dcc.core import packing
from dcc.core.actions import Action
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.placements import LATEST_MS, Painter, Stroke
from dcc.errors import RecordError
from dcc.language import _
from dcc.record.actions import spell
from dcc.record.rows import AUTHOR_BYTES, DIGEST_BYTES, EPOCH_BYTES, Damage, is_text, parse_action

FORMAT = 1

_MARK = b"dcc"

_HIGHEST = 2**63 - 1
"""SQLite's largest number."""

_HEAD = struct.Struct(f"<{EPOCH_BYTES}s{AUTHOR_BYTES}sQQQ{DIGEST_BYTES}sQQ")
_STROKE = struct.Struct("<II")


class _Kind(IntEnum):
    BEGINNING = 1
    START = 2
    STROKES = 3
    ACTION = 4
    SNAPSHOT = 5


@dataclass(frozen=True)
class Beginning:
    """The log begins, or goes on after a repair, with the canvas as the witness says; the epoch is new.

    :ivar snapshot: the name of the snapshot after the entry; earlier versions put the snapshot before. For people.
    """

    snapshot: str


@dataclass(frozen=True)
class Start:
    """A server starts.

    :ivar server: its name, for people.
    """

    server: str


@dataclass(frozen=True)
class Painted:
    """A batch of strokes."""

    strokes: Sequence[Stroke]


@dataclass(frozen=True)
class Acted:
    """An action, and the pixels that it paints, packed."""

    painter: Painter
    action: Action
    pixels: bytes


@dataclass(frozen=True)
class SnapshotKept:
    """A snapshot with everything up to a position is there."""

    position: int
    name: str


Content = Beginning | Start | Painted | Acted | SnapshotKept


@dataclass(frozen=True)
class Witness:
    """How far a copy of the log goes.

    :ivar position: of the last entry.
    :ivar sequence: of the last placement.
    :ivar digest: of the checksum of all strokes and actions.
    """

    position: int
    sequence: int
    digest: bytes


@dataclass(frozen=True)
class Contribution:
    """What an entry says; see the format.

    :ivar actions: the number of the last action that the author knew.
    """

    canvas_id: str
    epoch: bytes
    author: bytes
    number: int
    witness: Witness
    actions: int
    time_ms: int
    content: Content

    @property
    def mark(self) -> str:
        """Name the entry for the engine, which keeps one entry of a name, for some minutes at least."""
        return f"{self.author.hex()}-{self.number}"


def digest(payload: bytes) -> bytes:
    """Return 16 bytes that stand for an entry."""
    return sha256(payload).digest()[:DIGEST_BYTES]


# --- to bytes ------------------------------------------------------------------------------------


def encode(said: Contribution) -> bytes:
    """Make an entry, of any length."""
    kind, content = _content(said.content)
    witness = said.witness
    body = b"".join(
        (
            _MARK,
            bytes((FORMAT, kind)),
            _text8(said.canvas_id),
            _HEAD.pack(
                said.epoch,
                said.author,
                said.number,
                witness.position,
                witness.sequence,
                witness.digest,
                said.actions,
                said.time_ms,
            ),
            content,
        )
    )
    return body + struct.pack("<I", zlib.crc32(body))


def _content(content: Content) -> tuple[_Kind, bytes]:
    match content:
        case Beginning(snapshot):
            return _Kind.BEGINNING, _text8(snapshot)
        case Start(server):
            return _Kind.START, _text8(server)
        case Painted(strokes):
            return _Kind.STROKES, _strokes(strokes)
        case Acted(painter, action, pixels):
            text = spell(action).encode()
            columns = b"".join([pixels[column::PIXEL_BYTES] for column in range(PIXEL_BYTES)])
            head = _painter(painter) + struct.pack("<I", len(text)) + text
            return _Kind.ACTION, head + struct.pack("<I", len(pixels) // PIXEL_BYTES) + packing.compress(columns)
        case SnapshotKept(position, name):
            return _Kind.SNAPSHOT, struct.pack("<Q", position) + _text8(name)


def _strokes(strokes: Sequence[Stroke]) -> bytes:
    painters: dict[Painter, int] = {}
    numbers: dict[int, int] = {}  # by identity: to hash a painter for each stroke would take longer than all the rest
    heads = []
    for stroke in strokes:
        number = numbers.get(id(stroke.painter))
        if number is None:
            number = numbers[id(stroke.painter)] = painters.setdefault(stroke.painter, len(painters))
        heads.append(_STROKE.pack(number, len(stroke.pixels) // PIXEL_BYTES))
    pieces = [struct.pack("<I", len(painters)), *map(_painter, painters), struct.pack("<I", len(strokes)), *heads]
    return b"".join(pieces + [stroke.pixels for stroke in strokes])


def _painter(painter: Painter) -> bytes:
    address = painter.address.encode()
    head = struct.pack("<QB", painter.connection, painter.is_proven) + _text8(painter.name)
    return head + struct.pack("<H", len(address)) + address


def _text8(text: str) -> bytes:
    content = text.encode()
    return bytes((len(content),)) + content


# --- from bytes ----------------------------------------------------------------------------------


class _Bytes:
    """Takes values from the front of an entry.

    Every method raises :class:`Damage` if the entry ends too soon, or a value is wrong.
    """

    def __init__(self, payload: bytes, end: int) -> None:
        self._payload = payload
        self._end = end
        self._at = 0

    def take(self, length: int) -> bytes:
        start, self._at = self._at, self._at + length
        if self._at > self._end:
            raise _damage(_("it ends too soon"))
        return self._payload[start : self._at]

    def rest(self) -> bytes:
        return self.take(self._end - self._at)

    def whole(self, kind: str, most: int = _HIGHEST) -> int:
        (value,) = struct.unpack("<" + kind, self.take(struct.calcsize("<" + kind)))
        return _up_to(value, most)

    def text(self, kind: str) -> str:
        try:
            return self.take(self.whole(kind)).decode()
        except UnicodeDecodeError:
            raise _damage(_("a text is no text")) from None

    def painter(self) -> Painter:
        connection, is_proven = self.whole("Q"), bool(self.whole("B", 1))
        return Painter(connection, self.text("B"), self.text("H"), is_proven)

    def end(self) -> None:
        if self._at != self._end:
            raise _damage(_("more bytes follow"))


def _damage(reason: str) -> Damage:
    return Damage(_("an entry of the log cannot be read: {reason}").format(reason=reason))


def _up_to(value: int, most: int) -> int:
    if value > most:
        raise _damage(_("a number is too large"))
    return value


class NewerEntry(RecordError):
    """A newer version of this program wrote an entry."""


def decode(payload: bytes) -> Contribution:
    """Read an entry, and check every value that does not depend on the canvas.

    :raises Damage: a value is wrong.
    :raises NewerEntry: a newer version of this program wrote the entry.
    """
    source = _Bytes(payload, max(0, len(payload) - 4))
    is_ours, version = source.take(len(_MARK)) == _MARK, source.whole("B")
    if is_ours and version > FORMAT:
        raise NewerEntry(
            _("the log has an entry of a newer version (format {version}, this one knows {known}); update dcc").format(
                version=version, known=FORMAT
            )
        )
    if not is_ours or version != FORMAT or payload[-4:] != struct.pack("<I", zlib.crc32(payload[:-4])):
        raise _damage(_("it is of another program, or damaged"))
    kind, canvas_id = source.whole("B"), source.text("B")
    epoch, author, number, position, sequence, state, actions, time_ms = _HEAD.unpack(source.take(_HEAD.size))
    for value in (number, position, sequence, actions):
        _up_to(value, _HIGHEST)
    if not 0 < len(canvas_id) <= limits.CANVAS_ID_CHARACTERS or not number:
        raise _damage(_("a number is too small"))
    _up_to(time_ms, LATEST_MS - 1)
    witness = Witness(position, sequence, state)
    content = _read_content(kind, source)
    source.end()
    return Contribution(canvas_id, epoch, author, number, witness, actions, time_ms, content)


def _read_content(kind: int, source: _Bytes) -> Content:
    match kind:
        case _Kind.BEGINNING:
            return Beginning(source.text("B"))
        case _Kind.START:
            return Start(source.text("B"))
        case _Kind.STROKES:
            return _read_strokes(source)
        case _Kind.ACTION:
            return _read_action(source)
        case _Kind.SNAPSHOT:
            return SnapshotKept(source.whole("Q"), source.text("B"))
    raise _damage(_("there is no kind {kind}").format(kind=kind))


def _read_strokes(source: _Bytes) -> Painted:
    painters = [source.painter() for _number in range(source.whole("I", ENTRY_BYTES))]
    heads = list(_STROKE.iter_unpack(source.take(source.whole("I", ENTRY_BYTES) * _STROKE.size)))
    if not heads:
        raise _damage(_("there is no stroke"))
    strokes = []
    for number, count in heads:
        if number >= len(painters) or not 0 < count <= limits.ACTION_CELLS:
            raise _damage(_("a stroke has no painter, or no pixels"))
        strokes.append(Stroke(painters[number], source.take(count * PIXEL_BYTES)))
    return Painted(strokes)


def _read_action(source: _Bytes) -> Acted:
    painter, text, count = source.painter(), source.text("I"), source.whole("I", limits.ACTION_CELLS)
    try:
        if not is_text(text):
            raise ValueError(text)
        action = parse_action(text)
    except ValueError:
        raise _damage(_("an action cannot be read")) from None
    try:
        columns = packing.decompress(source.rest(), count * PIXEL_BYTES)
        if len(columns) != count * PIXEL_BYTES:
            raise ValueError
    except ValueError:
        raise _damage(_("the pixels of an action cannot be read")) from None
    pixels = bytearray(len(columns))
    for column in range(PIXEL_BYTES):
        pixels[column::PIXEL_BYTES] = columns[column * count : (column + 1) * count]
    return Acted(painter, action, bytes(pixels))
