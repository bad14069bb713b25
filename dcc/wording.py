"""Text for people: text from outside made fit for a line, and counted nouns."""

from __future__ import annotations

import reprlib

_SHOWN_CHARACTERS = 40
"""Enough to recognise a wrong word; a peer chooses the length."""


def clip(text: object) -> str:
    """Quote text from outside: printable, on one line, and short."""
    shown = text if isinstance(text, str) else reprlib.repr(text)  # does not follow every level of a list
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "…"
    return ascii(shown) if not shown.isprintable() else f"'{shown}'"


def counted(number: int, noun: str) -> str:
    """Write ``1 stroke`` or ``1,076 strokes``: English, for a noun with a plain plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
