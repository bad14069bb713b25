"""The checksums of schema 3, as version 0.2.0 wrote them: they are compared once, when a record is updated.

The stream of the strokes is that of :mod:`dcc.record.checksum` without actions. Blocks have 1,024 bytes, links have 16,
and each digest is BLAKE2b of its size instead of SHA-256. The digest of the canvas has no secret.
"""

from __future__ import annotations

import sqlite3
import struct
from hashlib import blake2b

from dcc.core.canvas import PIXEL_BYTES
from dcc.core.placements import Painter
from dcc.language import _
from dcc.record import checksum, replay, rows
from dcc.record.rows import Damage

_LINK_BYTES = 16
_BLOCK_BYTES = 1024
_PAINTER_BYTES = 8


def compare(connection: sqlite3.Connection) -> None:
    """Compare what a record of schema 3 has with its checksums.

    :param connection: to the record, which has the columns of schema 4, and still the checksums of schema 3.
    :raises Damage: something differs, or has a wrong value.
    """
    last, strokes, canvas = _checksums(connection)
    if canvas != _canvas_digest(connection):
        raise Damage(_("the id, the palette, a size or the ground of the board differs from its checksum"))
    if last != rows.last_sequence(connection):
        raise Damage(
            _("the last placement is {sequence}, and should be {expected}").format(
                sequence=rows.last_sequence(connection), expected=last
            )
        )
    kept = connection.execute("SELECT sequence, checksum FROM keyframes ORDER BY sequence").fetchall()
    state, reached = bytes(_LINK_BYTES), 0
    painters, digests = rows.Painters(connection), dict[Painter, bytes]()
    for until, expected in (*kept, (last, strokes)):
        for found in rows.read_strokes(connection, reached, until, "painter", "after_ms"):
            stream = [state]
            for (known, time_ms), (_sequence, pixels, _number, _after_ms) in zip(
                painters.of(found), found, strict=True
            ):
                digest = digests.get(known.painter)
                if digest is None:
                    digest = digests[known.painter] = _painter_digest(known.painter)
                stream += (checksum.pack_head(time_ms, len(pixels) // PIXEL_BYTES), digest, pixels)
            state = _link(b"".join(stream))
        if state != expected and until == reached:
            raise Damage(_("the checksums have a wrong value"))
        if state != expected:
            raise Damage(
                _("placements {first} to {last} differ from their checksum").format(first=reached + 1, last=until)
            )
        reached = until


def _checksums(connection: sqlite3.Connection) -> tuple[object, object, object]:
    found: list[tuple[object, object, object]] = connection.execute(
        "SELECT sequence, strokes, canvas FROM checksums LIMIT 2"
    ).fetchall()
    if len(found) != 1:
        raise Damage(_("there is not one row of checksums, but {count}").format(count=len(found)))
    return found[0]


def _link(stream: bytes) -> bytes:
    """Return the state after a stream that begins with the state before."""
    link, whole = stream[:_LINK_BYTES], len(stream) - (len(stream) - _LINK_BYTES) % _BLOCK_BYTES
    for start in range(_LINK_BYTES, whole, _BLOCK_BYTES):
        link = blake2b(link + stream[start : start + _BLOCK_BYTES], digest_size=_LINK_BYTES).digest()
    return link + stream[whole:]


def _painter_digest(painter: Painter) -> bytes:
    name = painter.name.encode()
    head = struct.pack("<QI", painter.connection, len(name))
    return blake2b(head + name + painter.address.encode(), digest_size=_PAINTER_BYTES).digest()


def _canvas_digest(connection: sqlite3.Connection) -> bytes:
    identity = rows.read_identity(connection)
    texts = identity.canvas_id.encode(), identity.palette_text.encode()
    parts = [struct.pack("<II", *map(len, texts)), *texts]
    parts += [struct.pack("<QII", sequence, *size) for sequence, size in rows.read_sizes(connection)]
    parts.append(bytes([replay.ground(connection, identity.palette)]))
    return blake2b(b"".join(parts), digest_size=_LINK_BYTES).digest()
