"""How the vectors write payloads and messages, for Python. ``tests/page/vectors.js`` reads the same for JavaScript.

A payload is a JSON object as it is, or binary as a string of hexadecimal digits, or anything else as
``{"text": "…"}``. A message has the fields of its class in :mod:`dcc.protocol.messages`, in camelCase, and the class as
``kind``; pixels are pairs of cell and colour, a palette pairs of name and value.
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

from dcc.core.canvas import pack_pixels, unpack_pixels
from dcc.core.palette import Colour, Palette
from dcc.protocol import messages

FOLDER = Path(__file__).parent


def load(name: str) -> Any:
    """Read a file of vectors."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def payload_words(payload: bytes) -> Any:
    """Write a payload, JSON or binary."""
    return json.loads(payload) if payload.startswith(b"{") else payload.hex()


def payload_of(words: Any) -> bytes:
    """Read a payload."""
    if isinstance(words, str):
        return bytes.fromhex(words)
    if set(words) == {"text"}:
        return str(words["text"]).encode()
    return json.dumps(words).encode()


def message_words(message: Any) -> dict[str, Any]:
    """Write a message."""
    words: dict[str, Any] = {"kind": _camel(type(message).__name__)}
    for field in dataclasses.fields(message):
        if not field.compare:
            continue
        value = getattr(message, field.name)
        match field.name, value:
            case "pixels", bytes():
                value = [list(pixel) for pixel in unpack_pixels(value)]
            case "colours", bytes():
                value = list(value)
            case "names", dict():
                value = {f"{column},{row}": name for (column, row), name in value.items()}
            case _, Palette():
                value = [[colour.name, colour.value] for colour in value]
        words[_camel(field.name)] = value
    return words


def _camel(name: str) -> str:
    head, *rest = re.findall(r"[A-Z]?[a-z0-9]+", name)
    return head.lower() + "".join(word.capitalize() for word in rest)


def message_of(words: dict[str, Any]) -> Any:
    """Read a message."""
    fields = dict(words)
    kind = fields.pop("kind")
    values = {re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name): each for name, each in fields.items()}
    if "pixels" in values:
        values["pixels"] = pack_pixels((cell, colour) for cell, colour in values["pixels"])
    if "colours" in values:
        values["colours"] = bytes(values["colours"])
    if "palette" in values:
        values["palette"] = Palette(tuple(Colour(name, value) for name, value in values["palette"]))
    if "names" in values:
        places = {tuple(map(int, place.split(","))): name for place, name in values["names"].items()}
        values["names"] = places
    return getattr(messages, kind[0].upper() + kind[1:])(**values)
