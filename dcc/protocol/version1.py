"""Version 1, the published activity AF06: commands as JSON, whole boards as answers.

Only this module knows the geometry of version 1: on every screen ``y_pos`` is the column and ``x_pos`` the row, since
the published window draws the outer key of a board (``y_pos``) from left to right.
"""

from __future__ import annotations

import json
from typing import Any

from dcc import limits, reasons
from dcc.core.palette import Palette
from dcc.errors import ProtocolError
from dcc.language import _
from dcc.protocol import strict_json
from dcc.protocol.messages import Closing, Goodbye, Hello, NamedBoard, PaintOne, WholeBoard
from dcc.wording import clip

# --- from a client -------------------------------------------------------------------------------


def decode_command(words: dict[str, Any]) -> Hello | PaintOne | Goodbye:
    """Decode a command. Unknown keys are ignored.

    :raises ProtocolError: the command is missing or unknown, or a value has the wrong type.
    """
    command = strict_json.text(words, "comando")
    match command:
        case "nuevo":
            return Hello()
        case "pintar":
            return PaintOne(
                column=strict_json.decimal(words, "y_pos"),
                row=strict_json.decimal(words, "x_pos"),
                colour=strict_json.text(words, "nombre_color"),
            )
        case "cerrar":
            return Goodbye()
    raise ProtocolError(reasons.UNKNOWN_COMMAND, comando=clip(command))


def encode_command(message: Hello | PaintOne | Goodbye) -> bytes:
    """Encode a command."""
    match message:
        case Hello():
            return strict_json.dumps({"comando": "nuevo"})
        case PaintOne():
            return strict_json.dumps(
                {
                    "comando": "pintar",
                    "x_pos": str(message.row),
                    "y_pos": str(message.column),
                    "nombre_color": message.colour,
                }
            )
        case Goodbye():
            return strict_json.dumps({"comando": "cerrar"})


# --- from a server -------------------------------------------------------------------------------


class BoardEncoder:
    """Encodes boards. The text of each column is cached, so that only changed columns are encoded again.

    A board is ``{"0": {"0": "white", …}, …}``: the outer keys are columns, the inner keys are rows.
    """

    def __init__(self, width: int, height: int, palette: Palette) -> None:
        self._width = width
        self._keys = [b'"%d": ' % row for row in range(height)]
        self._names = [json.dumps(colour.name).encode("ascii") for colour in palette]
        self._columns = [b""] * width
        self._texts = [b""] * width

    def encode(self, board: WholeBoard) -> bytes:
        """Encode a board of this size and palette."""
        names = self._names
        for column in range(self._width):
            colours = board.colours[column :: self._width]
            if colours != self._columns[column]:
                cells = [key + names[colour] for key, colour in zip(self._keys, colours, strict=True)]
                self._columns[column] = colours
                self._texts[column] = b'"%d": {%b}' % (column, b", ".join(cells))
        return b"{%b}" % b", ".join(self._texts)


def encode_closing(message: Closing) -> bytes:
    """Encode ``{"cerrar": true}``, with the reason if any."""
    words: dict[str, Any] = {"cerrar": True}
    if message.error:
        words |= {"error": message.error, **strict_json.reason(message.code, message.values)}
    return strict_json.dumps(words)


def decode_reply(words: dict[str, Any]) -> Closing | NamedBoard:
    """Decode a message from a version 1 server: a goodbye if the object has a key ``cerrar``, otherwise a board.

    :raises ProtocolError: the object is neither.
    """
    if "cerrar" in words:
        error = words.get("error")
        return Closing(error, *strict_json.read_reason(words)) if isinstance(error, str) else Closing()
    names = {}
    for outer, inner in words.items():
        if not isinstance(inner, dict):
            raise ProtocolError(_("not a board: {key} holds no rows").format(key=clip(outer)))
        column = _position(outer)
        for key, name in inner.items():
            if not isinstance(name, str):
                raise ProtocolError(_("not a board: {name} is no colour").format(name=clip(name)))
            names[column, _position(key)] = name
    if not names:
        raise ProtocolError(_("not a board: it has no cells"))
    return NamedBoard(names)


def _position(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= limits.DECIMAL_DIGITS):
        raise ProtocolError(_("not a board: {key} is no position").format(key=clip(key)))
    position = int(key)
    if position >= limits.CANVAS_SIDE_CELLS:
        raise ProtocolError(_("not a board: {key} is no position").format(key=clip(key)))
    return position
