"""The search for a colour; ``dcc/page/search.js`` has the same."""

from __future__ import annotations

import unicodedata


def is_found(query: str, value: str, names: str) -> bool:
    """Return whether a colour has all the words of a query, each anywhere in its names or at the start of its value.

    Case and accents do not count.

    :param value: ``#rrggbb``.
    """
    known, digits = _plain(names), value[1:].lower()
    return all(word in known or digits.startswith(word.removeprefix("#")) for word in _plain(query).split())


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join([part for part in parts if not unicodedata.combining(part)]).lower()
