"""Limits that several modules share, defaults of the server's options, and limits that ``docs/protocol.md`` promises.

Sizes are in bytes, times in seconds, unless the name says otherwise. A limit of a single module stands in that module.
"""

from __future__ import annotations

DEFAULT_PORT = 45743
"""TCP port of the published activity."""

# --- the board -----------------------------------------------------------------------------------

CANVAS_SIDE_CELLS = 4096
"""Longest side of a board: 4096 x 4096 cells take 16 MiB, which a browser and a window hold with ease."""

PALETTE_COLOURS = 256
"""Most colours: the index of a colour is one byte on the wire, in the record and in the canvas."""

VERSION_1_CELLS = 65_536
"""Largest board for version 1 clients. Version 1 sends the whole board for every change, at some 14 bytes a cell: a
larger board would cost a megabyte per paint."""

# --- what a client may send ----------------------------------------------------------------------

CLIENT_PAYLOAD_BYTES = 64 * 1024
"""Longest payload that a server accepts: room for the largest paint request, far above any command."""

REQUEST_PIXELS = 8192
"""Most pixels in a paint request: 40 KiB, within the payload limit, and about 1 ms of a commit, so that no single
request delays the painters behind."""

NAME_CHARACTERS = 32
"""Longest name of a painter: fits on a line of a list."""

KEY_CHARACTERS = 64
"""Read characters of a key; ours have 26, and spaces between them do not count."""

CANVAS_ID_CHARACTERS = 64
"""Compared characters of a ``lienzo``; ours have 32."""

DECIMAL_DIGITS = 18
"""Most digits of an integer that is converted: more than any cell or sequence has. Longer integers count as "too large"
without conversion, since conversion costs quadratic time."""

REPLIES_OWED = 64
"""Pending answers to a peer before reading from the peer pauses: enough to keep a commit busy, and at most a few MiB of
waiting pixels for a peer that never reads."""

AREAS = 4096
"""Most areas of a board, and most names in a grid. Their list is sent to everybody: a few hundred KiB at most."""

ANNOUNCEMENT_CHARACTERS = 200
"""Longest announcement, and longest reason for a ban: two lines on a telephone."""

ACTION_CELLS = 1_048_576
"""Most cells that one action paints, a board of 1024 x 1024: some 50 ms of the loop's time."""

TEMPLATES = 32
"""Most shared templates of a board: a list that people can look through, and 2 MiB of packed pixels at most."""

TEMPLATE_CELLS = ACTION_CELLS
"""Most cells of a shared template: a page compares all of them with the board in some milliseconds."""

TEMPLATE_CHARACTERS = 60_000
"""Longest spelling of a template's pixels: fits into a message with everything else. A picture of 200 x 200 in 256
mixed colours has some 54,000 characters, and drawings of the same size have a few thousand."""

HEAT_PLACEMENTS = 1_000_000
"""Most placements, the latest, that are counted for a map of where was painted how often: some 250 ms of a
thread."""

PAINTER_PLACEMENTS = 100_000
"""Most placements, the latest, that are looked at for a map of who painted: each may be a stroke of its own, and
then all of them take 0.4 s of a thread."""

# --- how much of it, and how fast -----------------------------------------------------------------

CLIENT_PIXELS_A_SECOND = 10_000
"""Pixels per second of a client, with bursts of 100,000: a picture of 300 x 300 goes through at once, and the record
grows by less than a gigabyte per hour however long a robot paints."""

ADDRESS_PIXELS_A_SECOND = 100_000
"""The same for all clients from an address, with bursts of 1,000,000: enough for a class of 40 in which everybody
paints pictures."""

CLIENT_BYTES_A_SECOND = 256 * 1024
"""Bytes per second read from a client, with bursts of 2.5 MiB: three times the size of its pixels as single paints."""

ADDRESS_BYTES_A_SECOND = 2 * 1024 * 1024
"""The same for all clients from an address."""

ADDRESS_CLIENTS = 500
"""Connections from an address at a time: a class of 40, each with a window, a script and a browser, which opens six
connections for a page."""

HELLO_SECONDS = 30.0
"""Time to the first command of a client: enough for a bad line, and for a person who types the command by hand."""

# --- what a server sends -------------------------------------------------------------------------

CHANGES_HELD_BYTES = 2 * 1024 * 1024
"""Latest changes that the board holds for clients that come back or fell behind, and never more than the board's own
size: 400,000 pixels, minutes of a busy canvas. A client that missed more gets the whole board."""

WRITE_PIECE_BYTES = 64 * 1024
"""Most bytes of a message in a transport's buffer, so that a thousand stalled viewers of a large board cost a thousand
pieces, not a thousand boards."""

WHOLE_BOARDS_INTERVAL_SECONDS = 0.05
"""Shortest time between two boards to a version 1 client after paints of others. The eye notices no delay, and each
board is 35 KB per client."""

USERS_INTERVAL_SECONDS = 1.0
"""Shortest time between two ``usuarios``: ten thousand joining clients must not cause a message each."""

RULES_INTERVAL_SECONDS = 1.0
"""Shortest time between two ``reglas``, which may be a hundred KiB: a moderator who draws areas must not have ten
thousand clients sent all of them at each stroke of the mouse."""

USERS_REPEATED_SECONDS = 30.0
"""Longest time between two ``usuarios``, so that proxies do not cut an idle client of version 2: many end a connection
after 50 or 60 seconds without a byte."""

# --- time ----------------------------------------------------------------------------------------

STALL_SECONDS = 60.0
"""How long a client may receive nothing while data waits; after this time the client is probably gone."""

GOODBYE_SECONDS = 5.0
"""Time for a peer to read the goodbye and its reason, before the connection is cut."""

# --- clients -------------------------------------------------------------------------------------

RECONNECT_FIRST_SECONDS = 0.5
RECONNECT_LONGEST_SECONDS = 10.0
"""Time to the next attempt: short at first, for a restarted server; longer later, for a missing server; never long
enough for people to wonder whether the program still tries."""

STROKES_KEPT = 100
"""Strokes that can be undone: more than anybody counts, and a few MiB if each went over a whole screen."""

SAVED_SIDE_PIXELS = 16_384
"""Longest side of a saved picture: few programs open a larger picture, and the picture takes 256 MiB to make."""
