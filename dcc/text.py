"""Text from outside, made fit for one line of a log, a reply or a terminal."""

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
