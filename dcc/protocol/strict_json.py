"""A strict reader of JSON objects from untrusted peers, with typed access to the values."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from dcc import limits, reasons
from dcc.errors import ProtocolError
from dcc.reasons import Reason, Values
from dcc.wording import clip

TOO_LARGE: int = 10**limits.DECIMAL_DIGITS
"""Stands for every integer of more than :data:`~dcc.limits.DECIMAL_DIGITS` digits, with the same sign: beyond every
board and every sequence. Python's own bound is 4,300 digits, and a ``ValueError``."""

REQUESTS = 2**32
"""One more than the largest request number: 32 bits, unsigned."""

_DECIMAL = re.compile(r"-?[0-9]+")


def loads(payload: bytes) -> dict[str, Any]:
    """Read one JSON object (RFC 8259) in UTF-8. The last value of a repeated key holds.

    :raises ProtocolError: the payload is anything else, ``NaN`` and ``Infinity`` included, which Python accepts.
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
    """Write one JSON object, with the spaces that programs of the published activity write."""
    return json.dumps(words).encode("ascii")


def text(words: dict[str, Any], key: str, default: str | None = None) -> str:
    """Return the string at ``key``.

    :raises ProtocolError: the key is missing and has no default, or the value is not a string of Unicode text.
    """
    value = words.get(key, default)
    if not isinstance(value, str):
        raise _wrong(words, key, reasons.NO_STRING)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair: legal in JSON, impossible in UTF-8
        raise _wrong(words, key, reasons.NO_STRING) from None
    return value


def integer(words: dict[str, Any], key: str, default: int | None = None) -> int:
    """Return the integer at ``key``.

    :raises ProtocolError: the key is missing and has no default, or the value is not an integer.
    """
    value: object = words.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(words, key, reasons.NO_INTEGER)
    return value


def integer_or_none(words: dict[str, Any], key: str) -> int | None:
    """Return the integer at ``key``; None if the key is missing or the value is ``null``.

    :raises ProtocolError: the value is neither.
    """
    return None if words.get(key) is None else integer(words, key)


def flag(words: dict[str, Any], key: str) -> bool:
    """Return the truth value at ``key``; False if the key is missing.

    :raises ProtocolError: the value is neither ``true`` nor ``false``.
    """
    value: object = words.get(key, False)
    if not isinstance(value, bool):
        raise ProtocolError(reasons.WRONG_VALUE, clave=key, valor=clip(value))
    return value


def request(words: dict[str, Any]) -> int:
    """Return the number of a request, at ``solicitud``.

    :raises ProtocolError: the number is missing, or does not fit in 32 bits.
    """
    number = integer(words, "solicitud")
    if not 0 <= number < REQUESTS:
        raise ProtocolError(reasons.REQUEST_OUT_OF_RANGE, solicitud=number)
    return number


def decimal(words: dict[str, Any], key: str) -> int:
    """Return the integer at ``key``, which may also be written as a string of decimal digits.

    :raises ProtocolError: the key is missing, or the value is neither.
    """
    value: object = words.get(key)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return _integer(value)
    return integer(words, key)


def reason(code: str, values: Values) -> dict[str, Any]:
    """Write the code and the values of a reason, as ``codigo`` and ``valores``; leave out an empty one."""
    words: dict[str, Any] = {}
    if code:
        words["codigo"] = code
    if values:
        words["valores"] = dict(values)
    return words


def read_reason(words: dict[str, Any]) -> tuple[str, Values]:
    """Read the code and the values of a reason; the inverse of :func:`reason`.

    A code that is not a string is ignored, and so is a value that is neither a number nor a string: the text beside
    the code says the same.
    """
    code, values = words.get("codigo"), words.get("valores")
    if not isinstance(code, str):
        return "", {}
    if not isinstance(values, dict):
        return code, {}
    return code, {
        name: value
        for name, value in values.items()
        if isinstance(value, int | float | str) and not isinstance(value, bool)
    }


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
