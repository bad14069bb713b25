"""Text that people type, read: numbers."""

from __future__ import annotations

import re


def whole_number(text: str, least: int, most: int) -> int | None:
    """Read a number that somebody has typed; nothing where it is none, or is not from ``least`` to ``most``."""
    # No longer than that: Python refuses to read thousands of digits.
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        return None
    return int(text)
