"""JSON objects from peers who may send anything, and typed access to their values."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from dcc import limits
from dcc.errors import ProtocolError
from dcc.language import _
from dcc.wording import clip

TOO_LARGE: int = 10**limits.DECIMAL_DIGITS
"""Stands for every integer of more digits than are read, with the integer's sign."""

_DECIMAL = re.compile(r"-?[0-9]+")


def loads(payload: bytes) -> dict[str, Any]:
    """Read one JSON object (RFC 8259), UTF-8; of a key that comes twice the last value holds.

    :raises ProtocolError: it is none. ``NaN`` and ``Infinity``, which Python would take, are not JSON.
    """
    try:
        words = json.loads(payload.decode("utf-8"), parse_constant=_refuse_constant, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise ProtocolError(_("not UTF-8 at byte {byte}").format(byte=error.start)) from None
    except json.JSONDecodeError as error:
        raise ProtocolError(_("not JSON at character {character}").format(character=error.pos)) from None
    except RecursionError:
        raise ProtocolError(_("JSON that is nested too deep")) from None
    if not isinstance(words, dict):
        raise ProtocolError(_("not a JSON object"))
    return words


def dumps(words: dict[str, Any]) -> bytes:
    """Write one JSON object, with the spaces that the published activity's programs write."""
    return json.dumps(words).encode("ascii")


def text(words: dict[str, Any], key: str, default: str | None = None) -> str:
    """The string at ``key``.

    :raises ProtocolError: it is missing without a default, or no string, or not Unicode text.
    """
    value = words.get(key, default)
    if not isinstance(value, str):
        raise _wrong(words, key, _("a string"))
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell and UTF-8 cannot
        raise _wrong(words, key, _("a string")) from None
    return value


def integer(words: dict[str, Any], key: str, default: int | None = None) -> int:
    """The integer at ``key``.

    :raises ProtocolError: it is missing without a default, or no integer.
    """
    value: object = words.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(words, key, _("an integer"))
    return value


def decimal(words: dict[str, Any], key: str) -> int:
    """The integer at ``key``, which may also be a string of decimal digits.

    :raises ProtocolError: it is missing, or neither.
    """
    value: object = words.get(key)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return _integer(value)
    return integer(words, key)


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > limits.DECIMAL_DIGITS:
        return -TOO_LARGE if digits.startswith("-") else TOO_LARGE
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ProtocolError(_("{name} is not JSON").format(name=name))


def _wrong(words: dict[str, Any], key: str, expected: str) -> ProtocolError:
    if key not in words:
        return ProtocolError(_("{key} is missing").format(key=key))
    return ProtocolError(
        _("{key} is {value}; expected {expected}").format(key=key, value=clip(words[key]), expected=expected)
    )
