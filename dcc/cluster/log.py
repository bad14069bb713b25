"""The port to a log that several servers share: a durable list of byte strings, in the same order for every reader.

1. An entry has a position: 1, 2, 3 and so on, without gap. An entry never changes, and never moves.
2. Each reader receives every entry after a position, in order, without gap and without repetition.
3. A publication ends in one of three ways: in the log, definitely not in the log, or unknown. After an unknown end the
   same bytes are published again under the same mark, until the entry is read back.
4. The engine recognises a mark for two minutes only. A reader has to recognise an entry that comes twice.
5. Of two publications under way at the same time, either may come first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Protocol

from dcc.errors import DccError
from dcc.reasons import Reason, Value


class LogError(DccError):
    """A fault of the log. The line says what happened.

    :ivar advice: a sentence for the operator, with the next step; empty if the line says enough.
    """

    kind = "motor"

    def __init__(self, why: Reason | str, advice: str = "", **values: Value) -> None:
        super().__init__(why, **values)
        self.advice = advice


class LogRefused(LogError):
    """Definite: nothing was added to the log, and nothing turns up later. At the start: the engine or its log does not
    fit, and waiting does not help.
    """

    kind = "motor-rechaza"


class LogUnknown(LogError):
    """Whether the entry is in the log, or will be, is unknown."""

    kind = "motor-en-duda"


class LogAway(LogError):
    """The engine cannot be reached, or has no leader or no majority. The log goes on by itself when the engine does."""

    kind = "motor-ausente"


class LogLost(LogError):
    """The log is gone, was replaced, or lacks entries that were delivered. Only a person can decide how to go on.

    The advice is empty if only a repair helps: the user of the log knows how.
    """

    kind = "motor-perdido"


@dataclass(frozen=True)
class Entry:
    """An entry of the log.

    :ivar position: in the log, counted from 1 without gap.
    :ivar payload: as published.
    """

    position: int
    payload: bytes


@dataclass(frozen=True)
class Extent:
    """How far the log goes.

    :ivar first: the position of the first entry that is kept; last + 1 if no entry is kept.
    :ivar last: the position of the last entry; 0 if there never was an entry.
    """

    first: int
    last: int


Deliver = Callable[[Sequence[Entry]], None]
"""Takes entries, in the log's own thread, in order, without gap and without repetition. A slow call slows the
reading."""

Notice = Callable[[LogAway | LogLost | None], None]
"""Takes the news that the state of the log changed, in the same thread, between the entries. None: all is well again,
and the reading goes on. After LogLost nothing follows."""


class Log(Protocol):
    """A log in an engine. Every method may be called from any thread."""

    def open(self) -> Extent:
        """Connect, and make or check the log. Blocks. May be called again after a fault.

        :raises LogAway: no engine answers, or not now.
        :raises LogRefused: the engine or its log does not fit.
        """

    def follow(self, after: int, deliver: Deliver, notice: Notice) -> None:
        """Deliver every entry after a position. Called once, after ``open()``. The functions must not raise."""

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Add an entry.

        :param payload: shorter than :data:`ENTRY_BYTES`.
        :param mark: names the message: printable ASCII without spaces. The engine takes a message only once.
        :return: ends with None once the entry is in the log; fails with LogRefused or LogUnknown. A mark that once
            ended unknown never fails with LogRefused.
        """

    def extent(self) -> Extent:
        """Tell how far the log goes. Blocks.

        :raises LogAway: no engine answers, or not now.
        """

    def renew(self, last: int) -> None:
        """Replace the log by an empty one, whose first entry will have the position ``last`` + 1. Blocks.

        For every follower, also of this object, the old log is lost. Before ``follow()`` this object goes on with the
        new log.

        :raises LogAway: the old log may be gone; call again.
        :raises LogRefused: the log in the engine is not ours, or a new one does not fit; the old one may be gone.
        """

    def trim(self, upto: int) -> None:
        """Forget the entries up to a position, inclusive. Blocks.

        :raises LogAway: whether the entries are forgotten is unknown.
        :raises LogRefused: nothing was changed.
        """

    def put_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """Keep a snapshot beside the log, as the newest. Only the newest few are kept. Blocks.

        :param name: letters, digits, ``-``, ``_``, ``.`` and ``=``.
        :param file: with the snapshot, at the beginning; read in pieces.
        :raises LogAway: the snapshot may be incomplete, and is then not listed.
        :raises LogRefused: nothing was kept.
        :raises OSError: the file cannot be read; nothing was kept.
        """

    def snapshots(self) -> list[str]:
        """Return the names of the complete snapshots, the newest last. Blocks.

        :raises LogAway: no engine answers, or not now.
        """

    def fetch_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """Write a snapshot into a file, in pieces. Blocks. After an error the file has a part.

        :raises LogAway: no engine answers, or not now.
        :raises LogRefused: there is no such snapshot, or the snapshot is damaged.
        :raises OSError: the file cannot be written.
        """

    def close(self) -> None:
        """Disconnect. After the call nothing is delivered, and open publications have failed. Blocks.

        Calls under way in other threads, such as that of a snapshot, fail.
        """


ENTRY_BYTES = 1024 * 1024 - 4096
"""Longest payload. An engine takes messages of 1 MiB unless configured otherwise, headers included."""
