"""Finding chosen placements, and what was on the board before them.

The record has no index, so a search reads all strokes from the last one back to the kept board before the first chosen
placement. Backwards, a cell is settled at the first placement that is not chosen; a roll back paints its colour if
chosen placements came after. Placements on settled cells are passed over outside of Python, so Python handles about a
placement of each cell, and the chosen placements. Once every cell is settled, only the chosen placements are counted.
Memory does not grow with the record.

SQLite joins the pixels of many strokes to one string, outside of Python: a stroke that came into Python as a row would
take five times as long. While one string is looked through, another thread has SQLite join the next.

A search is done in parts (:meth:`Search.advance`), so that questions can be answered between two parts, and that no
read keeps the log from being emptied.
"""

from __future__ import annotations

import sqlite3
import struct
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import compress
from operator import itemgetter
from typing import NamedTuple

from dcc import limits, reasons
from dcc.board.record import Selection
from dcc.core.actions import Choice, Rectangle
from dcc.core.addresses import HOUSEHOLD_BITS, hash_address, host_of, is_hashed
from dcc.core.canvas import PIXEL_BYTES, pack_pixels, unpack_pixels
from dcc.core.placements import LATEST_MS, Painter, Size
from dcc.errors import Refusal
from dcc.language import _
from dcc.record import replay, rows
from dcc.record.rows import Damage

_PART_SECONDS = 0.05
"""About how long a part of a search takes: a question waits for one part."""

_SEARCHED_AT_ONCE = 500_000
"""Placements in one query for the first chosen one, in some 50 ms."""

_READ_AT_ONCE = 20_000
"""Placements in one query for their pixels: 100 KB, and a millisecond or two in which Python runs nothing else."""

_PIECES_AHEAD = 2
"""With two, the thread that reads has the next piece to read when it has read one, and never waits for the other."""


@dataclass(frozen=True)
class Selected(Selection):
    """A selection that can be brought up to date without a search.

    :ivar painters: the numbers of the chosen painters; None if every painter is chosen.
    :ivar painters_seen: the number of the last painter when they were chosen.
    """

    painters: frozenset[int] | None
    painters_seen: int


class _Chooser:
    """Tells which strokes are chosen.

    :ivar painters: the numbers of the chosen painters; None if every painter is chosen.
    """

    def __init__(
        self, connection: sqlite3.Connection, choice: Choice, painters: frozenset[int] | None = None, seen: int = 0
    ) -> None:
        """
        :param painters: known from an earlier search.
        :param seen: the number of the last painter as of then.
        :raises Refusal: the choice names an action or a placement that is not there.
        :raises Damage: a row has a wrong value.
        """
        self.choice = choice
        self.painters, self.seen = painters, seen
        self.after, self.until = 0, 2**63 - 1  # the sequences of an action
        if choice.action is not None:
            action = rows.find_action(connection, choice.action)
            if action is None:
                raise Refusal(reasons.NO_SUCH_ACTION, numero=choice.action)
            self.after, self.until = action.sequence, action.sequence + action.cells
        if choice.names or choice.networks or choice.connections_of:
            self.painters = (painters or frozenset()) | set(self._find_painters(connection))

    def _find_painters(self, connection: sqlite3.Connection) -> Iterator[int]:
        names, is_chosen_address = set(self.choice.names), _Addresses(connection, self.choice.networks)
        wanted = [self._connection_of(connection, sequence) for sequence in self.choice.connections_of]
        for number, known in rows.read_painters(connection, self.seen):
            painter = known.painter
            if (
                (painter.is_proven and painter.name in names)
                or (not painter.is_proven and self.choice.networks and is_chosen_address(painter.address))
                or any(number == own or _is_same_connection(painter, other) for own, other in wanted)
            ):
                yield number
            self.seen = number

    def _connection_of(self, connection: sqlite3.Connection, sequence: int) -> tuple[int, Painter]:
        found = rows.find_painter(connection, sequence)
        if found is None:
            raise Refusal(reasons.NO_SUCH_PLACEMENT, secuencia=sequence)
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be chosen."""
        return self.painters == frozenset() or self.after >= self.until

    def condition(self) -> tuple[str, list[object]]:
        """Return the condition in SQL for a stroke, and its values; empty if every stroke is chosen.

        SQLite stops at the first part that is not met, and the quickest come first.
        """
        parts: list[str] = []
        values: list[object] = []
        if self.choice.action is not None:
            parts.append("sequence > ? AND sequence <= ?")
            values += (self.after, self.until)
        if self.painters is not None:
            first, last = min(self.painters), max(self.painters)
            parts.append("painter BETWEEN ? AND ?")
            values += (first, last)
            if len(self.painters) <= last - first:
                # A byte for each number: a list of numbers would be sorted anew in each query.
                is_chosen = bytearray(last - first + 1)
                for number in self.painters:
                    is_chosen[number - first] = 1
                parts.append("substr(?, painter - ?, 1) = x'01'")
                values += (bytes(is_chosen), first - 1)
        if self.choice.since_ms is not None or self.choice.until_ms is not None:
            parts.append("(SELECT since_ms FROM painters WHERE id = painter) + after_ms BETWEEN ? AND ?")
            values += (*self._times,)
        return " AND ".join(parts), values

    @property
    def _times(self) -> tuple[int, int]:
        since_ms, until_ms = self.choice.since_ms, self.choice.until_ms
        return since_ms or 0, LATEST_MS if until_ms is None else until_ms

    def has(self, sequence: int, painter: int, time_ms: int) -> bool:
        """Whether a stroke is chosen."""
        least, most = self._times
        return (
            self.after < sequence <= self.until
            and (self.painters is None or painter in self.painters)
            and least <= time_ms <= most
        )


class _Addresses:
    """Tells which addresses of a record are in given networks; each host is looked at once.

    A hashed address of IPv6 is that of a network of 64 bits: a network or address within chooses all of it.
    """

    def __init__(self, connection: sqlite3.Connection, networks: tuple[str, ...]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(network) for network in networks]
        hosts = [str(network.network_address) for network in self._networks if _is_household(network)]
        secret = rows.read_secret(connection) if hosts else b""
        self._hashed = {hash_address(secret, host) for host in hosts}
        self._known: dict[str, bool] = {}

    def __call__(self, address: str) -> bool:
        host = host_of(address)
        found = self._known.get(host)
        if found is None:
            found = self._known[host] = self._is_chosen(host)
        return found

    def _is_chosen(self, host: str) -> bool:
        if is_hashed(host):
            return host in self._hashed
        try:
            address: IPv4Address | IPv6Address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _is_household(network: IPv4Network | IPv6Network) -> bool:
    """Whether a network is so narrow that one hash stands for its addresses."""
    return network.prefixlen >= (network.max_prefixlen if network.version == 4 else HOUSEHOLD_BITS)


def _is_same_connection(one: Painter, other: Painter) -> bool:
    """Whether two painters were one connection, which had several names. Each run of a server numbers anew, so the
    numbers are not enough, but with the port of the address they are.
    """
    return one.connection == other.connection and one.address == other.address != host_of(other.address)


class Search:
    """One search. Used by one thread at a time, each time with any connection to the same record."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._placements = 0
        self._scan: _Scan | None = None
        self._reached = -1  # nothing chosen is up to here; before the beginning

    def advance(self, connection: sqlite3.Connection) -> Selected | None:
        """Do a part of the search.

        :return: the selection, when the search is at its end.
        :raises Refusal: the choice names what does not exist, or more than an action can paint.
        :raises Damage: the record contradicts itself.
        """
        end = time.monotonic() + _PART_SECONDS
        if self._reached < 0:
            self._chooser = _Chooser(connection, self._choice)
            self._condition, self._values = self._chooser.condition() if not self._chooser.is_empty else ("0", [])
            self._until = rows.last_sequence(connection)
            self._reached = self._until if self._chooser.is_empty else 0
        while self._scan is None:
            if self._reached >= self._until:
                return self._selected(b"")
            self._look_for_first(connection)
            if time.monotonic() > end:
                return None
        self._scan.read(connection, end)
        if not self._scan.is_done:
            return None
        self._placements = self._scan.placements
        return self._selected(self._scan.pixels())

    def _look_for_first(self, connection: sqlite3.Connection) -> None:
        until = min(self._reached + _SEARCHED_AT_ONCE, self._until)
        first = rows.find_stroke(connection, self._reached, until, self._condition, self._values)
        if first is not None:
            self._scan = _Scan(connection, self._choice.place, self._condition, self._values, first, self._until)
        self._reached = until

    def _selected(self, pixels: bytes) -> Selected:
        chooser = self._chooser
        return Selected(self._choice, self._until, self._placements, pixels, chooser.painters, chooser.seen)


class _Piece(NamedTuple):
    """Strokes that were read together.

    :ivar begin: the sequence before the first placement.
    :ivar end: the sequence of the last.
    :ivar size: of the board as of then.
    :ivar chosen: begin and end of those that are chosen, as sequences.
    """

    begin: int
    end: int
    size: Size
    pixels: bytes
    chosen: list[tuple[int, int]]


class _Scan:
    """Reads the strokes from the last one back to the kept board before the first chosen one.

    :ivar placements: how many chosen placements so far.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        place: Rectangle | None,
        condition: str,
        values: list[object],
        first: int,
        until: int,
    ) -> None:
        self._palette = rows.read_identity(connection).palette
        self._valid = bytes(range(len(self._palette)))
        self._sizes = rows.read_sizes(connection)
        self._size = self._sizes[-1][1]
        keyframe = replay.keyframe_at(connection, first - 1)
        # The colour of each cell before the placements that were not read yet, or the colour that was found.
        self._under = replay.grow(keyframe.canvas(self._palette), self._size, connection).colours
        self._place = None if place is None else _cells_in(place, self._size)
        self._unsettled = bytearray(self._place or b"\1" * len(self._under))
        self._left = self._unsettled.count(1)
        self._marked = bytearray(len(self._under))  # whether a chosen placement is the last one on the cell
        self._condition, self._values = condition, values
        self._floor = keyframe.sequence
        self._ahead: deque[Future[_Piece]] = deque()
        self._unread = self._reached = until
        self.placements = 0

    @property
    def is_done(self) -> bool:
        """Whether all strokes were read."""
        return self._reached <= self._floor

    def read(self, connection: sqlite3.Connection, until: float) -> None:
        """Read the strokes before.

        :param until: when to stop, of the monotonic clock.
        :raises Damage: they have a wrong value.
        """
        with ThreadPoolExecutor(1) as helper:
            while self._left and not self.is_done:
                while len(self._ahead) < _PIECES_AHEAD:
                    self._ahead.append(helper.submit(self._read_piece, connection))
                self._look_through(self._ahead.popleft().result())
                if time.monotonic() > until:
                    return
        self._ahead.clear()
        while not self.is_done:
            self._count(connection)
            if time.monotonic() > until:
                return

    def _count(self, connection: sqlite3.Connection) -> None:
        """Count the chosen placements before, which change no cell any more."""
        end = self._reached
        floor, size = self._size_before(end)
        self._reached = max(floor, end - _SEARCHED_AT_ONCE)
        pixels = rows.read_chosen(connection, self._reached, end, self._condition, self._values)
        if self._place is None:
            self.placements += len(pixels) // PIXEL_BYTES
        elif pixels:
            cells, _colours = _split_backwards(pixels)
            replay.check(pixels, size, self._palette)
            self.placements += sum(map(self._place.__getitem__, self._cells_of_today(cells, size)))

    def _size_before(self, end: int) -> tuple[int, Size]:
        """Return the size of the board before a placement, and the sequence from which on to read strokes on it."""
        floor, size = next((floor, size) for floor, size in reversed(self._sizes) if floor < end)
        return max(floor, self._floor), size

    def _cells_of_today(self, cells: tuple[int, ...], size: Size) -> tuple[int, ...]:
        old, new = size.width, self._size.width
        return cells if old == new else tuple([cell // old * new + cell % old for cell in cells])

    def _read_piece(self, connection: sqlite3.Connection) -> _Piece:
        """Read the piece before. In the thread of the helper."""
        end = self._unread
        if end <= self._floor:
            return _Piece(end, end, self._size, b"", [])
        floor, size = self._size_before(end)
        begin, pixels, chosen = rows.read_joined(
            connection, floor, max(floor, end - _READ_AT_ONCE), end, self._condition, self._values
        )
        self._unread = begin
        return _Piece(begin, end, size, pixels, chosen)

    def _look_through(self, piece: _Piece) -> None:
        begin, end, size, pixels, chosen = piece
        if begin == end:
            return
        cells, colours = _split_backwards(pixels)
        if colours.translate(None, self._valid) or (size != self._size and max(cells) >= size.width * size.height):
            replay.check(pixels, size, self._palette)  # says which
        cells = self._cells_of_today(cells, size)
        is_chosen = _flags(begin, end, chosen)
        try:
            # Twice the first: of one cell alone, no tuple would come. These are the fastest functions for the purpose.
            unsettled = itemgetter(*cells, cells[0])(self._unsettled)
        except IndexError:
            replay.check(pixels, size, self._palette)
            raise
        if self._place is None:
            self.placements += is_chosen.count(1)
        else:
            self.placements += sum(map(self._place.__getitem__, compress(cells, is_chosen)))
        self._reached = begin
        is_unsettled, under, marked = self._unsettled, self._under, self._marked
        for cell, colour, is_mark in compress(zip(cells, colours, is_chosen, strict=True), unsettled):
            if not is_unsettled[cell]:  # since this piece
                continue
            if is_mark:
                marked[cell] = 1
            else:
                is_unsettled[cell], under[cell] = 0, colour
                self._left -= 1

    def pixels(self) -> bytes:
        """Return what a roll back would paint.

        :raises Refusal: it is too much for one action.
        """
        found: list[tuple[int, int]] = []
        cell = self._marked.find(1)
        while cell >= 0:
            found.append((cell, self._under[cell]))
            cell = self._marked.find(1, cell + 1)
        return _pack(found)


def _flags(begin: int, end: int, chosen: list[tuple[int, int]]) -> bytearray:
    """Return whether each of the placements ``begin + 1`` to ``end`` is chosen, from the last to the first.

    :param chosen: begin and end of those that are chosen, as sequences.
    :raises Damage: they are not in order, or beyond.
    """
    flags, at = bytearray(end - begin), begin
    for first, last in chosen:
        if not at <= first < last <= end:
            raise Damage(_("the stroke up to {sequence} does not follow the stroke before").format(sequence=last))
        flags[end - last : end - first] = b"\1" * (last - first)
        at = last
    return flags


def _cells_in(place: Rectangle, size: Size) -> bytes:
    """Return 1 for each cell of a board that is in a place, and 0 for the others."""
    inside = bytearray(size.width * size.height)
    columns = range(size.width)[place.column : place.column + place.width]
    for row in range(size.height)[place.row : place.row + place.height]:
        begin = row * size.width
        inside[begin + columns.start : begin + columns.stop] = b"\1" * len(columns)
    return bytes(inside)


def complete(connection: sqlite3.Connection, selection: Selection) -> Selection:
    """Bring a selection up to the last placement, by looking at the placements since.

    :raises Refusal: it has become more than an action can paint.
    :raises Damage: the record contradicts itself.
    """
    assert isinstance(selection, Selected)
    until = rows.last_sequence(connection)
    if until == selection.sequence:
        return selection
    chooser = _Chooser(connection, selection.choice, selection.painters, selection.painters_seen)
    palette = rows.read_identity(connection).palette
    size = rows.read_sizes(connection)[-1][1]
    painters, placements = rows.Painters(connection), selection.placements
    under = dict(unpack_pixels(selection.pixels))
    painted: dict[int, int] = {}  # since the selection, by painters who are not chosen
    before: bytearray | None = None
    for strokes in rows.read_strokes(connection, selection.sequence, until, "painter", "after_ms"):
        for (_painter, time_ms), (sequence, pixels, number, _after_ms) in zip(
            painters.of(strokes), strokes, strict=True
        ):
            replay.check(pixels, size, palette)
            is_chosen = chooser.has(sequence, number, time_ms)
            for cell, colour in unpack_pixels(pixels):
                if not is_chosen or not _is_in(selection.choice.place, cell, size.width):
                    painted[cell] = colour
                    under.pop(cell, None)
                    continue
                placements += 1
                if cell in under:
                    continue
                if cell not in painted:
                    if before is None:
                        before = replay.board_at(connection, palette, selection.sequence).colours
                    painted[cell] = before[cell]
                under[cell] = painted[cell]
    return Selected(selection.choice, until, placements, _pack(sorted(under.items())), chooser.painters, chooser.seen)


def _is_in(place: Rectangle | None, cell: int, width: int) -> bool:
    if place is None:
        return True
    row, column = divmod(cell, width)
    return place.holds(column, row)


def _pack(pixels: list[tuple[int, int]]) -> bytes:
    if len(pixels) > limits.ACTION_CELLS:
        raise Refusal(reasons.TOO_MANY_CELLS_AT_ONCE, celdas=len(pixels), limite=limits.ACTION_CELLS)
    return pack_pixels(pixels)


def _split_backwards(pixels: bytes) -> tuple[tuple[int, ...], bytes]:
    """Return the cells and the colours of packed pixels, from the last to the first; twice as fast as one by one."""
    count = len(pixels) // PIXEL_BYTES
    cells = bytearray(4 * count)
    for place in range(4):
        cells[place::4] = pixels[place - PIXEL_BYTES :: -PIXEL_BYTES]
    return struct.unpack(f"<{count}I", cells), pixels[::-PIXEL_BYTES]
