"""Text that people type, read: numbers, sizes, cells; and addresses, read and spelled.

A reader returns nothing for text of another form; the caller says what was expected.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address

PORTS = range(1, 65536)

_NUMBER = "([0-9]{1,5})"
"""Of cells: no board is longer, and Python refuses to read thousands of digits."""

_IN_BRACKETS = re.compile(r"\[([^\]]*)\](?::(.*))?")
_PLAIN = re.compile(r"([^:\[\]]*)(?::([^:]*))?")


def whole_number(text: str, least: int, most: int) -> int | None:
    """Read a number from ``least`` to ``most``, of at most nine digits."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        return None
    return int(text)


def parse_size(text: str) -> tuple[int, int] | None:
    """Read ``WIDTHxHEIGHT``."""
    match = re.fullmatch(f"{_NUMBER}[xX]{_NUMBER}", text)
    return (int(match[1]), int(match[2])) if match else None


def parse_cell(text: str) -> tuple[int, int] | None:
    """Read ``COLUMN,ROW``."""
    match = re.fullmatch(f"{_NUMBER},{_NUMBER}", text)
    return (int(match[1]), int(match[2])) if match else None


def parse_area(text: str) -> tuple[int, int, int, int] | None:
    """Read ``COLUMN,ROW,WIDTHxHEIGHT``, of at least one cell."""
    place, _comma, extent = text.rpartition(",")
    cell, size = parse_cell(place), parse_size(extent)
    return (*cell, *size) if cell and size and all(size) else None


def split_address(text: str) -> tuple[str, str | None] | None:
    """Read ``HOST`` or ``HOST:PORT``, where an IPv6 address with a port stands in brackets. The port is not checked."""
    if _is_ipv6(text):
        return text, None
    if match := _IN_BRACKETS.fullmatch(text):
        return (match[1], match[2]) if _is_ipv6(match[1]) else None
    match = _PLAIN.fullmatch(text)
    if match is None or not match[1] or not match[1].isprintable() or " " in match[1]:
        return None
    return match[1], match[2]


def show_address(host: str, port: int) -> str:
    """Spell ``HOST:PORT``, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True
