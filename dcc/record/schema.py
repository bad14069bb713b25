"""The tables of a record's file, and how older ones become them.

One row a stroke: what was painted together is one row, with the pixels packed as on the wire. So a commit
inserts few rows and a start reads few, 10 million single pixels take 22 bytes each, and long strokes not much
more than the 5 that a pixel has. Three things make the single pixel small:

- A stroke's key is the sequence of its last placement, which is what its painter was acknowledged with; a
  stroke of n pixels has the n sequences that end there. SQLite keeps the key once, as the row's own number.
- Times are milliseconds since the painter's first stroke (3 or 4 bytes), not since 1970 (6).
- There is no index. Who painted a cell is found by looking for the 4 bytes of its number in the pixels,
  which goes through 10 million strokes in half a second; an index would cost as much as the record itself.

A keyframe is the whole board as of a sequence, zlib-compressed. The strokes after a keyframe, up to the next
one, were painted on a board of its size. There is one from the start, as of sequence 0: the blank board.
"""

from __future__ import annotations

APPLICATION_ID = int.from_bytes(b"DCCr", "big")
"""``PRAGMA application_id``: says that a SQLite file is one of ours."""

SCRIPTS: tuple[tuple[str, ...], ...] = (
    (
        f"PRAGMA application_id = {APPLICATION_ID}",
        """
        CREATE TABLE canvas (       -- one row
            id TEXT NOT NULL,       -- ``lienzo`` of the protocol
            palette TEXT NOT NULL   -- [["white", "#ffffff"], ...]
        )
        """,
        """
        CREATE TABLE painters (     -- one row a connection that has painted
            id INTEGER PRIMARY KEY,
            since_ms INTEGER NOT NULL,    -- its first stroke, in milliseconds since 1970-01-01 UTC
            connection INTEGER NOT NULL,  -- the id of its connection; each run of a server counts from 1
            name TEXT NOT NULL,           -- how it wanted to be listed; may be empty
            address TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE strokes (
            sequence INTEGER PRIMARY KEY,  -- of its last placement
            painter INTEGER NOT NULL REFERENCES painters,
            after_ms INTEGER NOT NULL,     -- milliseconds since the painter's since_ms
            pixels BLOB NOT NULL           -- n x (u32 cell, u8 colour), little-endian
        )
        """,
        """
        CREATE TABLE keyframes (
            sequence INTEGER PRIMARY KEY,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            colours BLOB NOT NULL   -- zlib of width * height colours of one byte, row by row
        )
        """,
    ),
    (
        """
        CREATE VIEW log AS          -- for people with a database shell; nothing here reads it
        SELECT
            sequence,
            length(pixels) / 5 AS pixels,
            strftime('%Y-%m-%d %H:%M:%f', (since_ms + after_ms) / 1000.0, 'unixepoch') AS utc,
            name,
            address,
            connection
        FROM strokes JOIN painters ON painters.id = painter
        ORDER BY sequence
        """,
    ),
)
"""``SCRIPTS[n]`` makes a file of schema n one of schema n + 1. An empty file is of schema 0."""

VERSION = len(SCRIPTS)
"""``PRAGMA user_version`` of a file of today."""
