"""Text from outside, made fit for a line for people."""

from __future__ import annotations

import json
import reprlib

_SHOWN_CHARACTERS = 40
"""Enough to recognise a word of any length from a peer."""


def clip(text: object) -> str:
    """Quote text from outside: printable, on one line, and short."""
    shown = text if isinstance(text, str) else reprlib.repr(text)  # stops after a few levels of a deep list
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "…"
    return ascii(shown) if not shown.isprintable() else f"'{shown}'"


def printable(text: str) -> str:
    """Spell out what would not print, such as a line's end or the escape of a terminal, and leave the rest as it is."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def printable_json(words: object) -> str:
    r"""Return JSON on one line, readable in every language, with ``\u202e`` for what would not print.

    JSON itself escapes only U+0000 to U+001F. Terminals also obey U+0080 to U+009F, viewers break lines at U+2028 and
    U+2029, and marks of writing direction show a line in another order.

    :param words: an object without a form in JSON becomes its text.
    """
    line = json.dumps(words, ensure_ascii=False, default=str)
    return (
        line if line.isprintable() else "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in line)
    )


def one_line(text: str) -> str:
    """Return a text without characters that steer a screen: controls, line ends, marks of writing direction.

    Every run of such characters and of spaces becomes a single space; none is left at either end.
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def sentence(text: str) -> str:
    """Make a sentence of a line such as an error: a capital letter, and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
