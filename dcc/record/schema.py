"""The tables of a record's file, and the steps from older tables.

Each stroke is one row, with the pixels packed as on the wire. So a commit inserts few rows and a start reads few rows.
10 million single pixels take 22 bytes each; long strokes take little more than the 5 bytes of each pixel. Three choices
keep a single pixel small:

- A stroke's key is the sequence of the last placement, with which the painter was acknowledged. A stroke of n pixels
  has the n sequences up to the key. SQLite keeps the key once, as the number of the row.
- Times are milliseconds since the painter's first stroke (3 or 4 bytes), not since 1970 (6 bytes).
- No table has an index. To find the painter of a cell, SQLite looks for the 4 bytes of the cell's number in the pixels:
  half a second for 10 million strokes. An index would be as large as the record.

- A row more in each commit, with the checksum of all strokes so far, makes a commit some 8 µs longer, half of them for
  its page in the log. In the rows of the commit it would not tell that the last rows are missing.

A keyframe is the whole board as of a sequence, zlib-compressed. The strokes after a keyframe, up to the next keyframe,
were painted on a board of the same size. The first keyframe is the blank board, as of sequence 0.
"""

from __future__ import annotations

APPLICATION_ID = int.from_bytes(b"DCCr", "big")
"""``PRAGMA application_id``: marks an SQLite file as a record."""

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
    (
        """
        CREATE TABLE checksums (      -- one row, see ``checksum.py``; written anew in each commit
            sequence INTEGER NOT NULL,  -- of the last placement
            strokes BLOB NOT NULL,      -- state as of then
            canvas BLOB NOT NULL        -- digest of the id, the palette, the sizes, the ground and the secret
        )
        """,
        # State as of the keyframe's sequence.
        "ALTER TABLE keyframes ADD COLUMN checksum BLOB NOT NULL DEFAULT x''",
    ),
    (
        """
        CREATE TABLE actions (          -- what changed the rules, and what moderators did, see ``dcc/core/actions.py``
            id INTEGER PRIMARY KEY,       -- 1, 2, 3, ...
            sequence INTEGER NOT NULL,    -- of the last placement before the action
            time_ms INTEGER NOT NULL,     -- in milliseconds since 1970-01-01 UTC
            painter INTEGER NOT NULL REFERENCES painters,
            action TEXT NOT NULL,         -- a JSON object, as on the wire
            cells INTEGER NOT NULL        -- how many placements after ``sequence`` are the action's own
        )
        """,
        # Whether a key or a proxy has proved the name.
        "ALTER TABLE painters ADD COLUMN proven INTEGER NOT NULL DEFAULT 0",
        # How many actions the checksum of the strokes covers.
        "ALTER TABLE checksums ADD COLUMN actions INTEGER NOT NULL DEFAULT 0",
        # With which addresses are hashed, see ``dcc/core/addresses.py``.
        "ALTER TABLE canvas ADD COLUMN secret BLOB NOT NULL DEFAULT x''",
        "UPDATE canvas SET secret = randomblob(16)",
    ),
    (
        """
        CREATE TABLE bookmark (         -- one row in a server's copy of a shared log, see ``following.py``; else none
            position INTEGER NOT NULL,  -- of the last entry that the record has
            epoch BLOB NOT NULL,        -- of the log, new at each repair
            entry BLOB NOT NULL,        -- digest of that entry
            starts INTEGER NOT NULL,    -- how many times a server has started
            snapshot INTEGER NOT NULL   -- position of the newest snapshot
        )
        """,
        """
        CREATE TABLE authors (          -- of the entries of a shared log
            id BLOB PRIMARY KEY,        -- new at each start of a server
            number INTEGER NOT NULL     -- of its last entry: a copy of an entry counts once, for ever
        ) WITHOUT ROWID
        """,
    ),
)
"""``SCRIPTS[n]`` brings a file from schema n to schema n + 1. An empty file is of schema 0."""

VERSION = len(SCRIPTS)
"""``PRAGMA user_version`` of a file of the newest schema."""
