"""Version 2: changes instead of boards. Words as JSON, pixels in binary, all integers little-endian.

====== ====== =========================================================================
opcode from   layout
====== ====== =========================================================================
0x01   server u64 sequence, u8 coding (0 plain, 1 zlib), width * height x u8 colour
0x02   server u64 sequence, n x (u32 cell, u8 colour)
0x03   client u32 request, n x (u32 cell, u8 colour)
0x04   server u32 request, u64 sequence
====== ====== =========================================================================
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

from dcc import limits
from dcc.canvas import PIXEL_BYTES, pack_pixels, unpack_pixels
from dcc.codec import jsontext, version1
from dcc.errors import PaletteError, ProtocolError
from dcc.language import _
from dcc.messages import (
    Acknowledged,
    Changes,
    Closing,
    Failed,
    Ignored,
    Paint,
    Rejected,
    ServerMessage,
    Users,
    Welcome,
    WholeBoard,
)
from dcc.palette import Colour, Palette

WHOLE_BOARD, CHANGES, PAINT, ACKNOWLEDGED = 1, 2, 3, 4
PLAIN, ZLIB = 0, 1

_WHOLE_BOARD = struct.Struct("<BQB")
_CHANGES = struct.Struct("<BQ")
_PAINT = struct.Struct("<BI")
_ACKNOWLEDGED = struct.Struct("<BIQ")

_ZLIB_LEVEL = 1
"""The fastest: a drawing is nearly all runs, which every level finds; the joiner waits for this."""

# --- from a client -------------------------------------------------------------------------------


def encode_paint(message: Paint) -> bytes:
    """Opcode ``0x03``."""
    return _PAINT.pack(PAINT, message.request) + message.pixels


def decode_paint(payload: bytes) -> Paint:
    """Read the one binary message that a client sends.

    :raises ProtocolError: another opcode, a broken pixel, no pixel or too many.
    """
    if payload[0] != PAINT:
        raise ProtocolError(_("unknown opcode {opcode:#04x}").format(opcode=payload[0]))
    length = len(payload) - _PAINT.size
    count = length // PIXEL_BYTES
    if length < 0 or length % PIXEL_BYTES or not 1 <= count <= limits.REQUEST_PIXELS:
        raise ProtocolError(
            _("a paint request of {length} bytes; expected 5 and 1 to {most} pixels of 5").format(
                length=len(payload), most=limits.REQUEST_PIXELS
            )
        )
    return Paint(int.from_bytes(payload[1:5], "little"), payload[_PAINT.size :])


# --- from a server -------------------------------------------------------------------------------


def encode(message: ServerMessage) -> bytes:
    """Write what a version 2 client is sent."""
    match message:
        case Changes():
            return _CHANGES.pack(CHANGES, message.sequence) + message.pixels
        case Acknowledged():
            return _ACKNOWLEDGED.pack(ACKNOWLEDGED, message.request, message.sequence)
        case WholeBoard():
            packed = zlib.compress(message.colours, _ZLIB_LEVEL)
            if len(packed) < len(message.colours):
                return _WHOLE_BOARD.pack(WHOLE_BOARD, message.sequence, ZLIB) + packed
            return _WHOLE_BOARD.pack(WHOLE_BOARD, message.sequence, PLAIN) + message.colours
        case Closing():
            return version1.encode_closing(message)
        case _:
            return jsontext.dumps(_words(message))


def _words(message: ServerMessage) -> dict[str, Any]:
    match message:
        case Welcome():
            return {
                "comando": "bienvenida",
                "version": 2,
                "id": message.client_id,
                "lienzo": message.canvas_id,
                "ancho": message.width,
                "alto": message.height,
                "paleta": [[colour.name, colour.value] for colour in message.palette],
                "secuencia": message.sequence,
            }
        case Rejected():
            words: dict[str, Any] = {
                "comando": "rechazado",
                "solicitud": message.request,
                "motivo": message.reason,
                "pixeles": [list(pixel) for pixel in unpack_pixels(message.pixels)],
            }
            if message.retry_ms is not None:
                words["espera_ms"] = message.retry_ms
            return words
        case Users():
            return {"comando": "usuarios", "conectados": message.connected}
        case Failed():
            return {"comando": "error", "error": message.error}
    raise TypeError(f"a server of version 2 does not send {message!r}")


def decode_words(words: dict[str, Any]) -> ServerMessage:
    """Read what a version 2 server said in JSON.

    :raises ProtocolError: a value is missing or of a wrong type.
    """
    word = jsontext.text(words, "comando")
    match word:
        case "bienvenida":
            return _decode_welcome(words)
        case "rechazado":
            retry = jsontext.integer(words, "espera_ms") if "espera_ms" in words else None
            return Rejected(
                jsontext.integer(words, "solicitud"), jsontext.text(words, "motivo"), _decode_pixels(words), retry
            )
        case "usuarios":
            return Users(jsontext.integer(words, "conectados"))
        case "error":
            return Failed(jsontext.text(words, "error"))
        case _:
            return Ignored(word)


def decode_binary(payload: bytes) -> WholeBoard | Changes | Acknowledged:
    """Read what a version 2 server said in binary.

    :raises ProtocolError: an unknown opcode, or a length that does not fit.
    """
    try:
        match payload[0]:
            case 2:
                _opcode, sequence = _CHANGES.unpack_from(payload)
                pixels = payload[_CHANGES.size :]
                if len(pixels) % PIXEL_BYTES == 0:
                    return Changes(sequence, pixels)
            case 4:
                _opcode, request, sequence = _ACKNOWLEDGED.unpack(payload)
                return Acknowledged(request, sequence)
            case 1:
                _opcode, sequence, coding = _WHOLE_BOARD.unpack_from(payload)
                colours = payload[_WHOLE_BOARD.size :]
                if coding == ZLIB:
                    colours = _inflate(colours)
                if coding in (PLAIN, ZLIB):
                    return WholeBoard(sequence, colours)
    except (struct.error, zlib.error):
        pass
    raise ProtocolError(
        _("a binary message that cannot be read: opcode {opcode:#04x}, {length} bytes").format(
            opcode=payload[0], length=len(payload)
        )
    )


def _inflate(packed: bytes) -> bytes:
    """Unpack a board, but never more than the largest one has."""
    most = limits.CANVAS_SIDE_CELLS**2
    stream = zlib.decompressobj()
    colours = stream.decompress(packed, most)
    if not stream.eof:
        raise zlib.error("cut short, or larger than any board")
    return colours


def _decode_welcome(words: dict[str, Any]) -> Welcome:
    width, height = jsontext.integer(words, "ancho"), jsontext.integer(words, "alto")
    if not (1 <= width <= limits.CANVAS_SIDE_CELLS and 1 <= height <= limits.CANVAS_SIDE_CELLS):
        raise ProtocolError(_("a board of {width} x {height}").format(width=width, height=height))
    try:
        palette = Palette(tuple(Colour(str(name), str(value)) for name, value in words["paleta"]))
    except (KeyError, TypeError, ValueError, PaletteError):
        raise ProtocolError(_("a palette that cannot be read")) from None
    return Welcome(
        jsontext.integer(words, "id"),
        jsontext.text(words, "lienzo"),
        width,
        height,
        palette,
        jsontext.integer(words, "secuencia"),
    )


def _decode_pixels(words: dict[str, Any]) -> bytes:
    try:
        return pack_pixels((cell, colour) for cell, colour in words["pixeles"])
    except (KeyError, TypeError, ValueError, struct.error):
        raise ProtocolError(_("pixels that cannot be read")) from None
