"""How the vectors write payloads and messages, for Python. ``tests/page/vectors.js`` reads the same for JavaScript.

A payload is a JSON object as it is, or binary as a string of hexadecimal digits, or anything else as
``{"text": "…"}``. A message has the fields of its class in :mod:`dcc.protocol.messages`, in camelCase, and the class as
``kind``; pixels are pairs of cell and colour, a palette pairs of name and value. What is within a message is written
likewise, but for roles, groups, actions and choices, which have the words of the protocol.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from dcc.core import actions
from dcc.core.canvas import pack_pixels, unpack_pixels
from dcc.core.palette import Colour, Palette
from dcc.core.people import Role
from dcc.protocol import messages

FOLDER = Path(__file__).parent

_WORDS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "action": (actions.write, actions.read),
    "choice": (actions.write_choice, actions.read_choice),
    "allowed": (actions.write_allowed, actions.read_allowed),
    "rest": (actions.write_allowed, actions.read_allowed),
}
"""By the names of fields: how to write what has the words of the protocol, and how to read the words."""


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
            case "colours" | "times" | "numbers", bytes():
                value = list(value)
            case "names", dict():
                value = {f"{column},{row}": name for (column, row), name in value.items()}
            case _, Palette():
                value = [[colour.name, colour.value] for colour in value]
            case _:
                value = _written(field.name, value)
        words[_camel(field.name)] = value
    return words


def _written(name: str, value: Any) -> Any:
    if name in _WORDS:
        return _WORDS[name][0](value)
    if isinstance(value, Role):
        return value.word
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "_fields") or dataclasses.is_dataclass(value):
        return {_camel(each): _written(each, getattr(value, each)) for each in get_type_hints(type(value))}
    return [_written("", each) for each in value] if isinstance(value, tuple) else value


def _read(name: str, hint: Any, words: Any) -> Any:
    if name in _WORDS:
        return _WORDS[name][1](words)
    if hint is Role:
        return Role.of_word(words)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(words)
    if get_origin(hint) is tuple:
        hints = [get_args(hint)[0]] * len(words) if ... in get_args(hint) else get_args(hint)
        return tuple(_read("", *each) for each in zip(hints, words, strict=True))
    if hasattr(hint, "_fields") or dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{each: _read(each, hints[each], words[_camel(each)]) for each in hints})
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
    for name in {"times", "numbers"} & set(values):
        values[name] = bytes(values[name])
    if "palette" in values:
        values["palette"] = Palette(tuple(Colour(name, value) for name, value in values["palette"]))
    if "names" in values:
        places = {tuple(map(int, place.split(","))): name for place, name in values["names"].items()}
        values["names"] = places
    message = getattr(messages, kind[0].upper() + kind[1:])
    hints = get_type_hints(message)
    packed = ("pixels", "colours", "times", "numbers", "palette", "names")
    return message(
        **{name: each if name in packed else _read(name, hints[name], each) for name, each in values.items()}
    )
