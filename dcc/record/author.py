"""A server as the author of entries: who it is since its start, and the number of its last entry."""

from __future__ import annotations

import os

from dcc.record.entries import Content, Contribution, Witness
from dcc.record.rows import AUTHOR_BYTES


class Author:
    """Numbers the entries of one server, from its start on.

    :ivar id: new at each start, so that no number is used twice.
    :ivar epoch: of the log; empty until known.
    """

    def __init__(self, canvas_id: str) -> None:
        self.id = os.urandom(AUTHOR_BYTES)
        self.epoch = b""
        self._canvas_id = canvas_id
        self._number = 0

    def say(self, content: Content, witness: Witness, actions: int, time_ms: int) -> Contribution:
        """Make the next entry.

        :param witness: how far the author has the log.
        :param actions: the number of the last action up to then.
        :param time_ms: milliseconds since 1970-01-01 UTC.
        """
        self._number += 1
        return Contribution(self._canvas_id, self.epoch, self.id, self._number, witness, actions, time_ms, content)

    def wrote(self, said: Contribution) -> bool:
        """Whether an entry is of this author."""
        return said.author == self.id
