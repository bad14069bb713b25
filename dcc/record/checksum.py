"""The running checksum of a record: one value for all strokes and actions so far, the same however the strokes were
batched.

``docs/architecture.md`` has the format, for other programs. In short: the strokes in order are one stream of bytes,

    time, in milliseconds since 1970-01-01 UTC   u64
    number of pixels                             u32
    digest of the painter                        8 bytes
    pixels                                       n x (u32 cell, u8 colour)

all little-endian. An action stands before the strokes that follow it, its own strokes included; no stroke has 0 pixels:

    time, as above                               u64
    0                                            u32
    digest of the painter                        8 bytes
    number of cells that the action painted      u32
    length of the text                           u32
    text, as the file has it, in UTF-8

The stream is cut into blocks of 2,048 bytes, and each whole block is linked to the blocks before:
``link = sha256(link + block)``, from 32 zero bytes on. The *state* is the latest link and the rest of the stream after
the last whole block. Two records with the same sequence and the same state have the same strokes.

A link for each stroke would be simpler, and would cost most of a microsecond for each: a commit of a thousand strokes
would take half as long again. The hash is SHA-256, for which most processors have instructions: BLAKE2b takes twice as
long on them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import sha256

from dcc.core.placements import Painter, Size

LINK_BYTES = 32
BLOCK_BYTES = 2048
"""Small enough for a state to be written with each commit, in one page, and large enough to be hashed at full speed."""

NO_STROKES = bytes(LINK_BYTES)
"""The state before the first stroke."""

_BRIEF_BYTES = 16
_PAINTER_BYTES = 8

_PROVEN = 0x8000_0000

pack_head = struct.Struct("<QI").pack
"""Pack the time in milliseconds and the number of pixels of a stroke: a stroke in the stream is head, painter's digest,
pixels."""


def pack_action(time_ms: int, painter: bytes, cells: int, text: str) -> bytes:
    """Make the part of the stream for an action.

    :param painter: the digest of the painter.
    """
    content = text.encode()
    return b"".join((pack_head(time_ms, 0), painter, struct.pack("<II", cells, len(content)), content))


def extend(state: bytes, strokes: bytes) -> bytes:
    """Return the state after a further piece of the stream."""
    stream = state + strokes
    whole = len(stream) - (len(stream) - LINK_BYTES) % BLOCK_BYTES
    link = stream[:LINK_BYTES]
    for start in range(LINK_BYTES, whole, BLOCK_BYTES):
        link = sha256(link + stream[start : start + BLOCK_BYTES]).digest()
    return link + stream[whole:]


def is_state(value: object) -> bool:
    """Whether a value has the form of a state."""
    return type(value) is bytes and LINK_BYTES <= len(value) < LINK_BYTES + BLOCK_BYTES


def brief(state: bytes) -> bytes:
    """Return 16 bytes for a state, to compare or to show."""
    return sha256(state).digest()[:_BRIEF_BYTES]


def painter_digest(painter: Painter) -> bytes:
    """Return the bytes that stand for a painter: the first 8 of the SHA-256 of connection (u64), length of the name
    (u32, with the highest bit set if the name is proven), name and address, both in UTF-8.
    """
    name = painter.name.encode()
    head = struct.pack("<QI", painter.connection, len(name) | _PROVEN if painter.is_proven else len(name))
    return sha256(head + name + painter.address.encode()).digest()[:_PAINTER_BYTES]


def canvas_digest(canvas_id: str, palette: str, sizes: Iterable[tuple[int, Size]], ground: int, secret: bytes) -> bytes:
    """Return the checksum of what is not painted: SHA-256 of the lengths of id and palette (u32 each), id and palette
    in UTF-8, each size of the board with the sequence of its beginning (u64, u32, u32), the ground (u8), and the
    secret.

    :param palette: as the file has it.
    :param ground: index of the colour of the blank board.
    :param secret: with which addresses are hashed; empty before schema 4.
    """
    texts = canvas_id.encode(), palette.encode()
    parts = [struct.pack("<II", *map(len, texts)), *texts]
    parts += [struct.pack("<QII", sequence, *size) for sequence, size in sizes]
    parts += [bytes([ground]), secret]
    return sha256(b"".join(parts)).digest()
