"""JSON objects from peers who may send anything, and typed access to their values."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from dcc import limits, reasons
from dcc.errors import ProtocolError
from dcc.reasons import Reason, Values
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
        raise ProtocolError(reasons.NOT_UTF8, byte=error.start) from None
    except json.JSONDecodeError as error:
        raise ProtocolError(reasons.NOT_JSON, caracter=error.pos) from None
    except RecursionError:
        raise ProtocolError(reasons.NESTED_TOO_DEEP) from None
    if not isinstance(words, dict):
        raise ProtocolError(reasons.NO_OBJECT)
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
        raise _wrong(words, key, reasons.NO_STRING)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell and UTF-8 cannot
        raise _wrong(words, key, reasons.NO_STRING) from None
    return value


def integer(words: dict[str, Any], key: str, default: int | None = None) -> int:
    """The integer at ``key``.

    :raises ProtocolError: it is missing without a default, or no integer.
    """
    value: object = words.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(words, key, reasons.NO_INTEGER)
    return value


def decimal(words: dict[str, Any], key: str) -> int:
    """The integer at ``key``, which may also be a string of decimal digits.

    :raises ProtocolError: it is missing, or neither.
    """
    value: object = words.get(key)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return _integer(value)
    return integer(words, key)


def reason(code: str, values: Values) -> dict[str, Any]:
    """Write the code of a reason, and its values: ``codigo`` and ``valores``, each only if there is any."""
    words: dict[str, Any] = {}
    if code:
        words["codigo"] = code
    if values:
        words["valores"] = dict(values)
    return words


def read_reason(words: dict[str, Any]) -> tuple[str, Values]:
    """Read what :func:`reason` wrote. A code that is no string, and a value that is no number and no string, is as if
    the peer had sent none: the text beside the code says the same.
    """
    code, values = words.get("codigo"), words.get("valores")
    if not isinstance(code, str):
        return "", {}
    if not isinstance(values, dict):
        return code, {}
    return code, {name: value for name, value in values.items() if isinstance(value, int | float | str)}


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > limits.DECIMAL_DIGITS:
        return -TOO_LARGE if digits.startswith("-") else TOO_LARGE
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ProtocolError(reasons.NOT_JSON_VALUE, valor=name)


def _wrong(words: dict[str, Any], key: str, expected: Reason) -> ProtocolError:
    if key not in words:
        return ProtocolError(reasons.MISSING_KEY, clave=key)
    return ProtocolError(expected, clave=key, valor=clip(words[key]))
