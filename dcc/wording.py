"""Text from people and for them: numbers, and what comes from outside made fit for one line."""

from __future__ import annotations

import re
import reprlib

_SHOWN_CHARACTERS = 40
"""Enough of a wrong word to recognise it; a peer chooses its length."""


def clip(text: object) -> str:
    """Quote text from outside: printable, on one line, and short."""
    shown = text if isinstance(text, str) else reprlib.repr(text)  # which does not follow every level of a list
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "…"
    return ascii(shown) if not shown.isprintable() else f"'{shown}'"


def whole_number(text: str, least: int, most: int) -> int | None:
    """Read a number that somebody has typed; nothing where it is none, or is not from ``least`` to ``most``."""
    # No longer than that: Python refuses to read thousands of digits.
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        return None
    return int(text)


def counted(number: int, noun: str) -> str:
    """``1 stroke``, ``1,076 strokes``: in English, of a noun with a plain plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
