"""Text for people: text from outside made fit for one line, and counted nouns."""

from __future__ import annotations

import reprlib

_SHOWN_CHARACTERS = 40
"""Enough of a wrong word to recognise it; a peer chooses its length."""


def clip(text: object) -> str:
    """Quote text from outside: printable, on one line, and short."""
    shown = text if isinstance(text, str) else reprlib.repr(text)  # which does not follow every level of a list
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "…"
    return ascii(shown) if not shown.isprintable() else f"'{shown}'"


def counted(number: int, noun: str) -> str:
    """``1 stroke``, ``1,076 strokes``: in English, of a noun with a plain plural."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
