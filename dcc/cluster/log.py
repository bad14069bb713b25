"""The port to a log that several servers share: a totally ordered, durable sequence of byte strings.

1. Positions count from 1, without a gap.
2. Everything is delivered in order, once, in the log's own thread.
3. Publishing the same bytes with the same mark again is harmless: the log may keep a second copy, and readers tell
   copies apart by their content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from dcc.errors import DccError


class LogError(DccError):
    """A fault of the log."""

    kind = "bitacora"


class LogRefused(LogError):
    """An entry is not in the log, and never will be: the log is full, the entry too large, a right is missing."""

    kind = "bitacora-rechaza"


class LogUnknown(LogError):
    """Whether an entry is in the log is unknown: publish the same bytes with the same mark until they are read back."""

    kind = "bitacora-en-duda"


class LogAway(LogError):
    """The engine cannot be reached, or has no majority. The log goes on by itself."""

    kind = "bitacora-ausente"


class LogLost(LogError):
    """The log is not ours, was replaced, or lost entries: a person has to decide."""

    kind = "bitacora-perdida"


@dataclass(frozen=True)
class Entry:
    """An entry of the log.

    :ivar position: in the log, counted from 1 without a gap.
    :ivar payload: as published.
    """

    position: int
    payload: bytes


@dataclass(frozen=True)
class Extent:
    """Which entries the log keeps.

    :ivar first: the position of the first entry kept; ``last + 1`` if none is.
    :ivar last: the position of the last entry; 0 if there never was any.
    """

    first: int
    last: int


Deliver = Callable[[Sequence[Entry]], None]
"""Takes entries in the log's own thread, in order, without gap or repetition. A slow call slows the reading."""

Notice = Callable[[LogAway | LogLost | None], None]
"""Takes news of the log's state in the log's own thread; None if all is well again."""


class Log(Protocol):
    """See the rules above."""

    def open(self) -> Extent:
        """Connect, and make or check the log. Blocks.

        :raises LogError: one clear line.
        """

    def follow(self, after: int, deliver: Deliver, notice: Notice) -> None:
        """Deliver every entry after a position. Called once."""

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Add an entry.

        :param mark: the same mark stands for the same entry.
        :return: None if the engine has the entry; fails with LogRefused or LogUnknown.
        """

    def extent(self) -> Extent:
        """Return which entries the log keeps. Blocks; from any thread.

        :raises LogAway: the engine cannot be reached.
        """

    def renew(self, last: int) -> None:
        """Replace the log by an empty one whose next position is ``last + 1``."""

    def trim(self, upto: int) -> None:
        """Forget the entries up to a position."""

    def put_snapshot(self, name: str, data: bytes) -> None:
        """Keep a snapshot."""

    def snapshots(self) -> list[str]:
        """Return the names of the snapshots, the newest last."""

    def snapshot(self, name: str) -> bytes:
        """Return a snapshot."""

    def close(self) -> None:
        """End the connection and the log's thread."""
