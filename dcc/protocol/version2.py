"""Version 2: changes instead of boards. Commands in JSON, pixels in binary, all integers little-endian.

====== ====== =========================================================================
opcode from   layout
====== ====== =========================================================================
0x01   server u64 sequence, u8 coding (0 plain, 1 zlib), width * height x u8 colour
0x02   server u64 sequence, n x (u32 cell, u8 colour)
0x03   client u32 request, n x (u32 cell, u8 colour)
0x04   server u32 request, u64 sequence
0x05   server u32 request, u64 sequence, u64 time_ms, u8 coding, width * height x u8 colour
0x06   server u32 request, u64 sequence, u32 placements, n x (u32 cell, u8 colour)
0x07   server u32 request, u64 sequence, u64 since, u8 coding, width * height x u8 times
0x08   server u32 request, u64 sequence, u64 since, u32 n, n bytes of JSON, u8 coding, width * height x u8 number
====== ====== =========================================================================
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, TypeVar

from dcc import limits, reasons
from dcc.core import actions, packing
from dcc.core.canvas import PIXEL_BYTES, pack_pixels, unpack_pixels
from dcc.core.painted_by import PaintedBy
from dcc.core.palette import Palette
from dcc.core.people import Role
from dcc.core.placements import NamedMoment
from dcc.errors import PaletteError, ProtocolError, Refusal
from dcc.language import _
from dcc.protocol import people, strict_json, version1
from dcc.protocol.messages import (
    Acknowledged,
    Act,
    ActionLog,
    AskAuthor,
    AskHeat,
    AskHistory,
    AskLog,
    AskPainters,
    AskPeople,
    AskPreview,
    AskTemplate,
    Author,
    Changes,
    ClientMessage,
    Closing,
    Cooldown,
    Done,
    Failed,
    HeatMap,
    Hello,
    History,
    Ignored,
    Paint,
    PaintersMap,
    PastBoard,
    People,
    Preview,
    Rejected,
    RulesNews,
    ServerMessage,
    SharedTemplate,
    Users,
    Welcome,
    WholeBoard,
)

_T = TypeVar("_T")

WHOLE_BOARD, CHANGES, PAINT, ACKNOWLEDGED, PAST_BOARD, PREVIEW, HEAT_MAP, PAINTERS_MAP = 1, 2, 3, 4, 5, 6, 7, 8

_WHOLE_BOARD = struct.Struct("<BQB")
_PAST_BOARD = struct.Struct("<BIQQB")
_CHANGES = struct.Struct("<BQ")
_PAINT = struct.Struct("<BI")
_ACKNOWLEDGED = struct.Struct("<BIQ")
_HEAT_MAP = struct.Struct("<BIQQB")
_PAINTERS_MAP = struct.Struct("<BIQQI")
_PREVIEW = struct.Struct("<BIQI")

_LARGEST_BOARD_BYTES = limits.CANVAS_SIDE_CELLS**2

# --- from a client -------------------------------------------------------------------------------


def decode_command(words: dict[str, Any]) -> ClientMessage:
    """Decode a client's command in JSON, of version 1 or 2.

    :raises ProtocolError: the command is missing or unknown, or a value has the wrong type.
    """
    match words.get("comando"):
        case "nuevo":
            return _decode_hello(words)
        case "historia":
            sequence = strict_json.integer(words, "secuencia") if "secuencia" in words else None
            return AskHistory(strict_json.request(words), sequence)
        case "autor":
            return AskAuthor(
                strict_json.request(words), strict_json.integer(words, "columna"), strict_json.integer(words, "fila")
            )
        case "calor":
            return AskHeat(strict_json.request(words))
        case "pintores":
            return AskPainters(strict_json.request(words))
        case "accion":
            return Act(strict_json.request(words), _or_refusal(actions.read, words))
        case "elegir":
            return AskPreview(strict_json.request(words), _or_refusal(actions.read_choice, words))
        case "gente":
            return AskPeople(strict_json.request(words))
        case "plantilla":
            return AskTemplate(strict_json.request(words), strict_json.integer(words, "numero"))
        case "diario":
            return AskLog(strict_json.request(words), strict_json.integer_or_none(words, "antes"))
        case _:
            return version1.decode_command(words)


def _or_refusal(read: Callable[[dict[str, Any]], _T], words: dict[str, Any]) -> _T | Refusal:
    try:
        return read(words)
    except Refusal as refusal:
        return refusal.with_traceback(None)


def _decode_hello(words: dict[str, Any]) -> Hello:
    version = strict_json.integer(words, "version", 1)
    if version < 1:
        raise ProtocolError(reasons.UNKNOWN_VERSION, version=version)
    if version == 1:
        return Hello()
    name = strict_json.text(words, "nombre", "")
    if len(name) > limits.NAME_CHARACTERS:
        raise ProtocolError(reasons.NAME_TOO_LONG, caracteres=limits.NAME_CHARACTERS)
    canvas_id = since = None
    if "lienzo" in words and "desde" in words:
        canvas_id = strict_json.text(words, "lienzo")[: limits.CANVAS_ID_CHARACTERS]
        since = strict_json.integer(words, "desde")
    return Hello(
        version,
        canvas_id,
        since,
        name,
        strict_json.text(words, "clave", "")[: limits.KEY_CHARACTERS],
        strict_json.text(words, "codigo", "")[: limits.NAME_CHARACTERS],
        strict_json.flag(words, "mirar"),
    )


def encode_command(message: ClientMessage) -> bytes:
    """Encode a message from a client, of version 1 or 2."""
    match message:
        case Paint():
            return _PAINT.pack(PAINT, message.request) + message.pixels
        case Hello() if message.version >= 2:
            words: dict[str, Any] = {"comando": "nuevo", "version": message.version}
            if message.canvas_id is not None:
                words |= {"lienzo": message.canvas_id, "desde": message.since}
            if message.name:
                words["nombre"] = message.name
            if message.key:
                words["clave"] = message.key
            if message.code:
                words["codigo"] = message.code
            if message.only_watches:
                words["mirar"] = True
            return strict_json.dumps(words)
        case Act():
            assert not isinstance(message.action, Refusal), "only a server reads wrong actions"
            return strict_json.dumps(_asking("accion", message) | actions.write(message.action))
        case AskPreview():
            assert not isinstance(message.choice, Refusal), "only a server reads wrong choices"
            return strict_json.dumps(_asking("elegir", message) | actions.write_choice(message.choice))
        case AskHeat():
            return strict_json.dumps(_asking("calor", message))
        case AskPainters():
            return strict_json.dumps(_asking("pintores", message))
        case AskPeople():
            return strict_json.dumps(_asking("gente", message))
        case AskLog():
            words = _asking("diario", message)
            if message.before is not None:
                words["antes"] = message.before
            return strict_json.dumps(words)
        case AskTemplate():
            return strict_json.dumps(_asking("plantilla", message) | {"numero": message.number})
        case AskHistory():
            words = {"comando": "historia", "solicitud": message.request}
            if message.sequence is not None:
                words["secuencia"] = message.sequence
            return strict_json.dumps(words)
        case AskAuthor():
            return strict_json.dumps(
                {"comando": "autor", "solicitud": message.request, "columna": message.column, "fila": message.row}
            )
        case _:
            return version1.encode_command(message)


def _asking(
    word: str, message: Act | AskHeat | AskPainters | AskPreview | AskPeople | AskLog | AskTemplate
) -> dict[str, Any]:
    return {"comando": word, "solicitud": message.request}


def decode_paint(payload: bytes) -> Paint:
    """Decode a paint request, the only binary message of a client.

    :raises ProtocolError: the opcode is another one, or the length does not fit 1 to ``REQUEST_PIXELS`` pixels.
    """
    if payload[0] != PAINT:
        raise ProtocolError(reasons.UNKNOWN_OPCODE, opcode=payload[0])
    length = len(payload) - _PAINT.size
    count = length // PIXEL_BYTES
    if length < 0 or length % PIXEL_BYTES or not 1 <= count <= limits.REQUEST_PIXELS:
        raise ProtocolError(reasons.PAINT_LENGTH, bytes=len(payload), pixeles=limits.REQUEST_PIXELS)
    return Paint(int.from_bytes(payload[1:5], "little"), payload[_PAINT.size :])


# --- from a server -------------------------------------------------------------------------------


def encode(message: ServerMessage) -> bytes:
    """Encode a message to a version 2 client."""
    match message:
        case Changes():
            return _CHANGES.pack(CHANGES, message.sequence) + message.pixels
        case Acknowledged():
            return _ACKNOWLEDGED.pack(ACKNOWLEDGED, message.request, message.sequence)
        case WholeBoard():
            coding, colours = packing.pack(message.colours)
            return _WHOLE_BOARD.pack(WHOLE_BOARD, message.sequence, coding) + colours
        case PastBoard():
            coding, colours = message.packed or packing.pack(message.colours)
            head = _PAST_BOARD.pack(PAST_BOARD, message.request, message.sequence, message.time_ms, coding)
            return head + colours
        case HeatMap():
            coding, times = message.packed or packing.pack(message.times)
            head = _HEAT_MAP.pack(HEAT_MAP, message.request, message.sequence, message.since, coding)
            return head + times
        case PaintersMap():
            coding, numbers = message.packed or packing.pack(message.numbers)
            words = strict_json.dumps({"pintores": [[*painter] for painter in message.painters]})
            head = _PAINTERS_MAP.pack(PAINTERS_MAP, message.request, message.sequence, message.since, len(words))
            return head + words + bytes([coding]) + numbers
        case Preview():
            return _PREVIEW.pack(PREVIEW, message.request, message.sequence, message.placements) + message.pixels
        case Closing():
            return version1.encode_closing(message)
        case _:
            return strict_json.dumps(_words(message))


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
                "paleta": message.palette.pairs,
                "secuencia": message.sequence,
                **({"rol": message.role.word} if message.role is not Role.PAINT else {}),
                **({"nombre": message.name} if message.name else {}),
            }
        case Rejected():
            words: dict[str, Any] = {
                "comando": "rechazado",
                "solicitud": message.request,
                "motivo": message.reason,
                **strict_json.reason(message.code, message.values),
                "pixeles": [list(pixel) for pixel in unpack_pixels(message.pixels)],
            }
            if message.retry_ms is not None:
                words["espera_ms"] = message.retry_ms
            return words
        case Cooldown():
            words = {"comando": "espera", "espera_ms": message.wait_ms}
            if message.each_ms or not message.most:
                words |= {
                    "cargas": message.charges,
                    "tope": message.most,
                    "siguiente_ms": message.next_ms,
                    "cada_ms": message.each_ms,
                }
            return words
        case History():
            return {
                "comando": "historia",
                "solicitud": message.request,
                "secuencia": message.sequence,
                "desde_ms": message.first_ms,
                "hasta_ms": message.last_ms,
                **({"momentos": [[*moment] for moment in message.moments]} if message.moments else {}),
            }
        case Author():
            words = {
                "comando": "autor",
                "solicitud": message.request,
                "columna": message.column,
                "fila": message.row,
                "nombre": message.name,
                "id": message.client_id,
                "ms": message.time_ms,
                "secuencia": message.sequence,
            }
            if message.is_proven:
                words["probado"] = True
            if message.address is not None:
                words["direccion"] = message.address
            return words
        case RulesNews() | SharedTemplate() | Done() | People() | ActionLog():
            return people.write(message)
        case Users():
            return {"comando": "usuarios", "conectados": message.connected}
        case Failed():
            return {"comando": "error", "error": message.error, **strict_json.reason(message.code, message.values)}
    raise TypeError(f"a server of version 2 does not send {message!r}")


def decode_words(words: dict[str, Any]) -> ServerMessage:
    """Decode a version 2 server's message in JSON.

    :raises ProtocolError: a value is missing or has the wrong type.
    """
    try:
        return _decode_words(words)
    except Refusal as refusal:  # an action or a choice that cannot be read
        raise ProtocolError(str(refusal)) from None


def _decode_words(words: dict[str, Any]) -> ServerMessage:
    word = strict_json.text(words, "comando")
    match word:
        case "bienvenida":
            return _decode_welcome(words)
        case "rechazado":
            retry = strict_json.integer(words, "espera_ms") if "espera_ms" in words else None
            return Rejected(
                strict_json.integer(words, "solicitud"),
                strict_json.text(words, "motivo"),
                _decode_pixels(words),
                retry,
                *strict_json.read_reason(words),
            )
        case "espera":
            return Cooldown(
                strict_json.integer(words, "espera_ms"),
                strict_json.integer(words, "cargas", 0),
                strict_json.integer(words, "tope", 1),
                strict_json.integer(words, "siguiente_ms", 0),
                strict_json.integer(words, "cada_ms", 0),
            )
        case "historia":
            return History(
                strict_json.request(words),
                strict_json.integer(words, "secuencia"),
                strict_json.integer_or_none(words, "desde_ms"),
                strict_json.integer_or_none(words, "hasta_ms"),
                _decode_moments(words),
            )
        case "autor":
            return Author(
                strict_json.request(words),
                strict_json.integer(words, "columna"),
                strict_json.integer(words, "fila"),
                None if words.get("nombre") is None else strict_json.text(words, "nombre"),
                strict_json.integer_or_none(words, "id"),
                strict_json.integer_or_none(words, "ms"),
                strict_json.integer_or_none(words, "secuencia"),
                words.get("probado") is True,
                None if words.get("direccion") is None else strict_json.text(words, "direccion"),
            )
        case "reglas" | "plantilla" | "hecho" | "gente" | "diario":
            return people.read(word, words)
        case "usuarios":
            return Users(strict_json.integer(words, "conectados"))
        case "error":
            return Failed(strict_json.text(words, "error"), *strict_json.read_reason(words))
        case _:
            return Ignored(word)


def decode_binary(payload: bytes) -> WholeBoard | Changes | Acknowledged | PastBoard | HeatMap | PaintersMap | Preview:
    """Decode a version 2 server's binary message.

    :raises ProtocolError: the opcode is unknown, or the length does not fit the opcode.
    """
    opcode = payload[0]
    try:
        if opcode == CHANGES:
            _opcode, sequence = _CHANGES.unpack_from(payload)
            pixels = payload[_CHANGES.size :]
            if len(pixels) % PIXEL_BYTES == 0:
                return Changes(sequence, pixels)
        elif opcode == ACKNOWLEDGED:
            _opcode, request, sequence = _ACKNOWLEDGED.unpack(payload)
            return Acknowledged(request, sequence)
        elif opcode == WHOLE_BOARD:
            _opcode, sequence, coding = _WHOLE_BOARD.unpack_from(payload)
            colours = packing.unpack(coding, payload[_WHOLE_BOARD.size :], _LARGEST_BOARD_BYTES)
            return WholeBoard(sequence, colours)
        elif opcode == PAST_BOARD:
            _opcode, request, sequence, time_ms, coding = _PAST_BOARD.unpack_from(payload)
            colours = packing.unpack(coding, payload[_PAST_BOARD.size :], _LARGEST_BOARD_BYTES)
            return PastBoard(request, sequence, time_ms, colours)
        elif opcode == HEAT_MAP:
            _opcode, request, sequence, since, coding = _HEAT_MAP.unpack_from(payload)
            times = packing.unpack(coding, payload[_HEAT_MAP.size :], _LARGEST_BOARD_BYTES)
            return HeatMap(request, sequence, since, times)
        elif opcode == PAINTERS_MAP:
            return _decode_painters(payload)
        elif opcode == PREVIEW:
            _opcode, request, sequence, placements = _PREVIEW.unpack_from(payload)
            pixels = payload[_PREVIEW.size :]
            if len(pixels) % PIXEL_BYTES == 0:
                return Preview(request, sequence, placements, pixels)
    except (struct.error, ValueError, IndexError):
        pass
    raise ProtocolError(
        _("a binary message that cannot be read: opcode {opcode:#04x}, {length} bytes").format(
            opcode=opcode, length=len(payload)
        )
    )


def _decode_painters(payload: bytes) -> PaintersMap:
    """
    :raises ProtocolError: the JSON is none.
    :raises ValueError: something else cannot be read; or IndexError, or ``struct.error``.
    """
    _opcode, request, sequence, since, length = _PAINTERS_MAP.unpack_from(payload)
    end = _PAINTERS_MAP.size + length
    found = strict_json.loads(payload[_PAINTERS_MAP.size : end]).get("pintores")
    try:
        painters = tuple(PaintedBy(*each) for each in found or ())
    except TypeError as error:
        raise ValueError(str(error)) from None
    if not all([*map(type, each)] == [str, int, bool] for each in painters):
        raise ValueError("wrong types")
    numbers = packing.unpack(payload[end], payload[end + 1 :], _LARGEST_BOARD_BYTES)
    return PaintersMap(request, sequence, since, painters, numbers)


def _decode_welcome(words: dict[str, Any]) -> Welcome:
    width, height = strict_json.integer(words, "ancho"), strict_json.integer(words, "alto")
    if not (1 <= width <= limits.CANVAS_SIDE_CELLS and 1 <= height <= limits.CANVAS_SIDE_CELLS):
        raise ProtocolError(_("a board of {width} x {height}").format(width=width, height=height))
    try:
        palette = Palette.of_pairs(words["paleta"])
    except (KeyError, PaletteError):
        raise ProtocolError(_("a palette that cannot be read")) from None
    return Welcome(
        strict_json.integer(words, "id"),
        strict_json.text(words, "lienzo"),
        width,
        height,
        palette,
        strict_json.integer(words, "secuencia"),
        people.read_role(words),
        strict_json.text(words, "nombre", ""),
    )


def _decode_moments(words: dict[str, Any]) -> tuple[NamedMoment, ...]:
    try:
        moments = tuple(NamedMoment(*moment) for moment in words.get("momentos", ()))
    except TypeError:
        moments = (NamedMoment("", -1),)
    if all(isinstance(name, str) and type(sequence) is int and sequence >= 0 for name, sequence in moments):
        return moments
    raise ProtocolError(_("named moments that cannot be read"))


def _decode_pixels(words: dict[str, Any]) -> bytes:
    try:
        return pack_pixels((cell, colour) for cell, colour in words["pixeles"])
    except (KeyError, TypeError, ValueError, struct.error):
        raise ProtocolError(_("pixels that cannot be read")) from None
