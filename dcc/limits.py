"""Every limit of the program, each with its reason.

Sizes are in bytes, times in seconds, unless the name says otherwise. Those that an operator may want
to change are the defaults of the server's options (``dcc.tap``).
"""

from __future__ import annotations

DEFAULT_PORT = 45743
"""TCP port of the published activity."""

LARGEST_OPTION = 999_999_999
"""Largest number that an option of the server takes: thirty years of seconds, a gigabyte of message."""

# --- the board -----------------------------------------------------------------------------------

CANVAS_SIDE_CELLS = 4096
"""Longest side: 4096 x 4096 is 16 MiB a board, which a browser and a window still hold with ease."""

PALETTE_COLOURS = 256
"""A colour's index is one byte on the wire, in the record and in the canvas."""

COLOUR_NAME_CHARACTERS = 64
"""Longest name of a colour. A ``.gpl`` file may hold any text; a version 1 board repeats it a cell."""

VERSION_1_CELLS = 65_536
"""Largest board that version 1 clients are let in to: theirs is sent whole, at some 14 bytes a cell,
for every change, so a larger one would cost a megabyte a paint."""

# --- what a client may send ----------------------------------------------------------------------

CLIENT_PAYLOAD_BYTES = 64 * 1024
"""Longest payload that a server takes: room for the largest paint request, far above any command."""

REQUEST_PIXELS = 8192
"""Most pixels in one paint request: 40 KiB, within the payload limit, and about 1 ms of one commit,
so that no single request holds up the painters behind it."""

NAME_CHARACTERS = 32
"""Longest name of a painter: what a list of painters shows on one line."""

CANVAS_ID_CHARACTERS = 64
"""Longest ``lienzo`` that is compared at all; ours have 32."""

DECIMAL_DIGITS = 18
"""Most digits of an integer that is read as a number: more than any cell or sequence has. Longer ones
are taken as "too large" unread, since converting them costs quadratic time."""

REPLIES_OWED = 64
"""Commands of one peer that may wait for their answer before it is no longer read from: enough to keep
a commit busy, and at most a few MiB of waiting pixels for a peer that never reads."""

REFUSALS_LOGGED = 5
"""Refused paints of one connection that get a line each; a peer that sends thousands must not fill the
operator's disk, so the rest are counted in one line when it leaves."""

# --- how much of it, and how fast -----------------------------------------------------------------

BURST_SECONDS = 10
"""Who has asked for nothing for so long may have that much at once: with a hand that draws and rests, and a script
that paints one picture, nobody meets a limit."""

CLIENT_PIXELS_A_SECOND = 10_000
"""Pixels that one client may paint a second, 100,000 at once: a picture of 300 x 300 goes through as it is, and a
record grows by less than a gigabyte an hour however long a robot paints."""

ADDRESS_PIXELS_A_SECOND = 100_000
"""The same for everybody from one address, 1,000,000 at once: a class of 40 that all paint pictures."""

CLIENT_BYTES_A_SECOND = 256 * 1024
"""How much of one client is read a second, 2.5 MiB at once: three times what its pixels take as single paints."""

ADDRESS_BYTES_A_SECOND = 2 * 1024 * 1024
"""The same for everybody from one address."""

ADDRESS_CLIENTS = 500
"""Connections from one address at a time: a class of 40, each with a window, a script and a browser, which opens
six to get a page."""

HELLO_SECONDS = 30.0
"""How long a client may take over its first command: longer than a bad line, and than somebody who types it by hand
would like."""

# --- what a server sends -------------------------------------------------------------------------

CHANGES_HELD_BYTES = 2 * 1024 * 1024
"""Latest changes that the board keeps for those who come back or fell behind, and never more than a
board has bytes: 400,000 pixels, minutes of a busy canvas. Who missed more gets the whole board."""

WHOLE_BOARD_SERVES_SECONDS_A_CELL = 1e-7
"""A board that was made for a newcomer serves those who come within the next moment too; what changed since follows it.
The moment is some ten times as long as it takes to pack: 0.1 s for 1000 x 1000. So that packing boards takes a
tenth of the loop's time at most, however many come while others paint."""

WHOLE_BOARD_MADE_CELLS = 65_536
"""Up to so many cells it is not worth it: packed in half a millisecond."""

CHANGES_FORMS = 16
"""Latest changes are kept ready from so many sequences on: everyone who keeps up asks from one or two, and
those who come back must not make the board keep a copy for each of them."""

WRITE_PIECE_BYTES = 64 * 1024
"""Most bytes of a message that are copied into one transport's buffer at a time, so that a thousand
stalled viewers of a large board cost a thousand pieces, not a thousand boards."""

READ_BYTES = 16 * 1024
"""Most bytes read from a plain connection at a time. Twisted takes that much memory for each read and gives back what
was not needed; of its own 64 KiB ever more holes were left in the heap, each a little too small for the next one."""

SENT_TOGETHER_BYTES = 4096
"""Most bytes of small messages to one peer that go out in one piece: a painter's changes and the answers to
its requests. To send costs some 5 us however little it is."""

WHOLE_BOARDS_INTERVAL_SECONDS = 0.05
"""Shortest time between two boards that a version 1 client is sent for what others painted. To the eye it is at once;
and a board is 35 KB for each client."""

USERS_INTERVAL_SECONDS = 1.0
"""Shortest time between two ``usuarios``: ten thousand people joining must not be told of each other
one by one."""

# --- time ----------------------------------------------------------------------------------------

STALL_SECONDS = 60.0
"""A peer that is owed something and takes none of it for so long is gone, or might as well be."""

GOODBYE_SECONDS = 5.0
"""A peer that was told why its connection ends has so long to read it."""

STOP_SECONDS = 1.0
"""The same when the server stops: an operator who pressed Ctrl+C waits for it."""

# --- connections ---------------------------------------------------------------------------------

LISTEN_BACKLOG = 4096
"""Connections that may wait to be accepted: as many as Linux allows by itself (net.core.somaxconn). When ten thousand
come back at once after a restart, those that find no place try again after 1 s, then 3 s, then 7 s."""

ACCEPTED_AT_A_TIME = 20
"""Connections that are accepted before anybody else has a turn: some 5 ms, with their first words."""

DESCRIPTORS_KEPT_BACK = 128
"""Open files that are not for connections, but at most a quarter: the record, its reader and its backup need some 20,
and so many connections may be told at a time that there is no room."""

DESCRIPTORS_CALM_SECONDS = 10.0
"""How long nobody must have been turned away before it is said that there is room again: clients try again within
that time (RECONNECT_LONGEST_SECONDS)."""

DESCRIPTORS_WHERE_UNLIMITED = 10_240
"""Open files that are asked for where the system names no limit: what macOS gives (its OPEN_MAX)."""

SELECT_DESCRIPTORS = 1024
"""Numbers that select() takes (FD_SETSIZE): Twisted's choice on macOS. Higher ones are errors there."""

# --- the web -------------------------------------------------------------------------------------

HTTP_REQUEST_SECONDS = 20.0
"""How long a connection may take over a request, from its first byte or from the answer before it to the
last byte, however busily it trickles."""

HTTP_HEADERS = 100
"""Most headers of a request: browsers send some 20, with everything that proxies add some 40."""

HTTP_HEADER_NAME_BYTES = 128
"""Longest name of a header: those that there are have up to 40, and twisted.web keeps the first 10,000 different names
that it reads for good."""

HTTP_DROPPED_BYTES = 1024 * 1024
"""How much is read and dropped of a request that was refused, so that its sender comes to read why."""

CONTROL_BYTES = 4096
"""Most bytes of pings' answers that wait for a peer that is behind before it is not read from: more than
any that means well asks for."""

PICTURE_SIDE_PIXELS = CANVAS_SIDE_CELLS
"""Longest side of ``/board.png``: every board at its own size, and a second of one core at most."""

LOOP_LAG_SECONDS = 1.0
"""How often the lag of the loop is measured: often enough for a scrape every few seconds."""

# --- the record ----------------------------------------------------------------------------------

RECORD_KEYFRAME_PLACEMENTS = 100_000
"""Fewest placements from one kept board to the next: read and painted in 50 ms, so that a start and any
moment of the history are soon there. More where a packed board is larger than so many bytes."""

RECORD_PAINTERS_REMEMBERED = 10_000
"""Painters whose row in the record is known without looking, those who painted last: some 4 MB. Where more than that
take turns, they get further rows, of 40 bytes each."""

RECORD_TRIED_SECONDS = 5.0
"""How often a record that takes no paints is tried where nobody paints. What asks whether the server is well does so
every few seconds too."""

RECORD_BUSY_SECONDS = 5.0
"""How long to wait for another process that keeps the record's file from being read or written, such as
somebody's database shell, before that is an error."""

# --- what a client takes -------------------------------------------------------------------------

SERVER_PAYLOAD_BYTES = 4 * 1024 * 1024
"""Longest payload that a client takes before it knows the board: the largest version 1 board
(65,536 cells with names of up to 40 bytes). Afterwards it takes what its own board can need."""

RECONNECT_FIRST_SECONDS = 0.5
RECONNECT_LONGEST_SECONDS = 10.0
"""How long a client waits before it tries again: at first soon, for a server that was only restarted;
later seldom, for one that is away; never so seldom that somebody has to ask whether it still tries."""

PAINT_REQUESTS_IN_FLIGHT = 8
"""Requests that a script keeps on their way at once: the server always has the next one at hand when a
commit ends, and little is in doubt when a connection is lost."""

SCRIPT_CONNECT_SECONDS = 15.0
"""How long a script waits for its first sight of the board: a far server on a bad line needs some of it."""

SCRIPT_AWAY_SECONDS = 60.0
"""How long a script waits for a server that it has lost: time for it to be restarted."""

SCRIPT_ANSWER_SECONDS = 60.0
"""How long a script waits for the answer to a paint: a server that takes longer has lost it."""

SCRIPT_PAUSE_SECONDS = 3600.0
"""Longest pause that a server can ask a script for: a slip in its arithmetic must not stop it for a year."""

VERSION_1_PAINTS_IN_FLIGHT = 32
"""Paints that a script sends a version 1 server before it looks at the boards that answer them, each of
tens of kilobytes: a server that writes them with blocking sockets must not be left waiting."""

# --- films ---------------------------------------------------------------------------------------

TIMELAPSE_SECONDS = 600
"""Longest time-lapse: ten minutes at the most frames are 30,000, and an animated PNG counts them in 16 bits."""

TIMELAPSE_FRAMES_PER_SECOND = 50
"""A GIF counts hundredths, and browsers show a frame of less than two of them for ten."""

# --- the window ----------------------------------------------------------------------------------

LEAVE_SECONDS = 0.5
"""How long a closed window waits for its goodbye to be sent: the program is gone within a second, also when
the server takes nothing."""

STROKES_KEPT = 100
"""Strokes that can be taken back: more than anybody counts, and a few MiB if each went over a whole screen."""

SAVED_SIDE_PIXELS = 16_384
"""Longest side of a saved picture: most programs open no larger one, and it takes 256 MiB to make."""
