"""Empties a record's write-ahead log into the file beside the commits, so that the file alone is seldom far behind."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from dcc.record import database
from dcc.record.place import Place

LOG_PAGES = 4096
"""Length of the log, in pages of 4 KiB, from which the log is to begin anew. SQLite begins anew only at a commit that
finds the log empty, which does not happen while people paint without a pause."""


class LogEmptier:
    """A connection of its own to a record that is being written. Used by one thread at a time."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._connection: sqlite3.Connection | None = None

    def empty(self) -> bool:
        """Write the log into the file, as far as nobody reads an older state. No commit waits for this.

        :return: whether the log is so long that the writer should write the rest.
        :raises RecordError: the file is not in its place, or cannot be written.
        """
        with database.faults_of(self._place.path):
            if self._connection is None:
                self._connection = database.connect(self._place)
            return self._place.empty_log(self._connection, "PASSIVE").pages >= LOG_PAGES

    def close(self) -> None:
        """Close the connection; the next :meth:`empty` opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
