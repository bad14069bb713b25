"""Times for people."""

from __future__ import annotations

from datetime import datetime


def show_time(time_ms: int) -> str:
    """Return the local time, to the second, with its offset.

    :param time_ms: milliseconds since 1970-01-01 UTC.
    """
    return datetime.fromtimestamp(time_ms // 1000).astimezone().isoformat(" ")
