"""Chosen placements and what was there before them: found in any record, while others paint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from twisted.python.failure import Failure

from dcc.board.record import Selection
from dcc.core.actions import Choice, Clear, LogEntry, Rectangle, RollBack
from dcc.core.addresses import UNIX_SOCKET, hash_address, host_of
from dcc.core.canvas import unpack_pixels
from dcc.core.placements import LATEST_MS, Painter, Size, Stroke
from dcc.errors import RecordError
from dcc.parsing import show_address
from dcc.record import selecting
from dcc.record import writer as writing
from dcc.record.maintenance import resize, verify
from dcc.record.reader import Reader
from dcc.record.selecting import Search
from dcc.record.sqlite import SqliteRecord
from dcc.record.writer import Writer
from tests.support.records import ANA, BRUNO, SIZE, PaintingWriter, stroke
from tests.support.thread_clock import ThreadClock

EVA = Painter(3, "Eva", "[2001:db8::7]:9", is_proven=True)
CLAIMED = Painter(4, "Eva", "10.0.0.4:1")
RENAMED = replace(BRUNO, name="Bruno")
PAINTERS = (ANA, BRUNO, EVA, CLAIMED, RENAMED, Painter(2, "", "127.0.0.1:50000"))
MODERATOR = Painter(9, "Mod", "10.0.0.9:1", is_proven=True)
TIME_MS = 1_700_000_000_000
GROWN = Size(37, 22)


def select(path: Path, choice: Choice) -> Selection:
    """Search a record."""
    with Reader(path) as reader:
        search = Search(choice)
        while (selection := reader.search(search)) is None:
            pass
        return selection


class Painted:
    """A record of random strokes and roll backs, and all its placements."""

    def __init__(self, path: Path, random: Random, batches: int, grown_at: int = -1) -> None:
        self.path, self.random, self.width = path, random, SIZE.width
        self.placements: list[tuple[int, int, int, Painter, int]] = []  # sequence, cell, colour, painter, time
        self.entries: list[LogEntry] = []
        self.time_ms = TIME_MS
        with patch.object(writing, "KEYFRAME_PLACEMENTS", 60):
            writer = PaintingWriter(path, SIZE)
            for number in range(batches):
                if number == grown_at:
                    writer.stop()
                    resize(path, *GROWN)
                    writer = PaintingWriter(path)
                    self._grow()
                self.paint(writer)
                if writer.keyframe_due:
                    writer.keep_board()
            writer.stop()

    def paint(self, writer: PaintingWriter) -> None:
        """Paint a batch, or do an action."""
        random = self.random
        self.time_ms += random.randrange(-300, 2000)
        cells = writer.canvas.width * min(12, writer.canvas.height)
        if random.random() < 0.15:
            pixels = stroke(
                *((random.randrange(cells), random.randrange(8)) for _ in range(random.randrange(9)))
            ).pixels
            entry, _strokes = writer.act(MODERATOR, Clear(), pixels, self.time_ms)
            self.entries.append(entry)
            self._add(Stroke(MODERATOR, pixels), writer)
        else:
            strokes = [
                stroke(
                    *((random.randrange(cells), random.randrange(8)) for _ in range(random.randint(1, 12))),
                    by=random.choice(PAINTERS),
                )
                for _ in range(random.randint(1, 6))
            ]
            writer.append(strokes, self.time_ms)
            for one in strokes:
                self._add(one, writer)

    def _add(self, one: Stroke, writer: PaintingWriter) -> None:
        self.add(one)
        assert writer.sequence >= len(self.placements)

    def add(self, one: Stroke) -> None:
        """Take note of a stroke."""
        for cell, colour in unpack_pixels(one.pixels):
            self.placements.append((len(self.placements) + 1, cell, colour, one.painter, self.time_ms))

    def _grow(self) -> None:
        self.placements = [
            (sequence, cell // SIZE.width * GROWN.width + cell % SIZE.width, *rest)
            for sequence, cell, *rest in self.placements
        ]
        self.width = GROWN.width

    def expected(self, choice: Choice) -> tuple[int, list[tuple[int, int]]]:
        """Return how many placements are chosen, and what a roll back would paint."""
        stacks: dict[int, list[tuple[bool, int]]] = {}
        count = 0
        for sequence, cell, colour, painter, time_ms in self.placements:
            is_chosen = self.is_chosen(choice, sequence, cell, painter, time_ms)
            stacks.setdefault(cell, []).append((is_chosen, colour))
            count += is_chosen
        pixels = []
        for cell, stack in sorted(stacks.items()):
            if stack[-1][0]:
                pixels.append((cell, next((colour for is_chosen, colour in stack[::-1] if not is_chosen), 0)))
        return count, pixels

    def is_chosen(self, choice: Choice, sequence: int, cell: int, painter: Painter, time_ms: int) -> bool:
        """Whether a placement meets every condition, as the docstring of Choice says."""
        if choice.names or choice.networks or choice.connections_of:
            others = [self.placements[other - 1][3] for other in choice.connections_of]
            if not (
                (painter.is_proven and painter.name in choice.names)
                or (
                    not painter.is_proven
                    and any(ip_address(host_of(painter.address)) in ip_network(each) for each in choice.networks)
                )
                or any((painter.connection, painter.address) == (other.connection, other.address) for other in others)
            ):
                return False
        if choice.action is not None:
            entry = self.entries[choice.action - 1]
            if not entry.sequence < sequence <= entry.sequence + entry.cells:
                return False
        if choice.place is not None:
            column, row, width, height = choice.place
            if not (column <= cell % self.width < column + width and row <= cell // self.width < row + height):
                return False
        return (choice.since_ms or 0) <= time_ms <= (choice.until_ms or LATEST_MS)


CHOICES = {
    "nobody": Choice(names=("Ana",)),
    "a proven name": Choice(names=("Eva",)),
    "two names": Choice(names=("Eva", "Mod")),
    "an address": Choice(networks=("127.0.0.1",)),
    "a network": Choice(networks=("10.0.0.0/8", "2001:db8::/32")),
    "a connection": Choice(connections_of=(5, 9)),
    "an action": Choice(action=2),
    "a place": Choice(place=Rectangle(3, 2, 9, 4)),
    "a place beyond the board": Choice(place=Rectangle(20, 3, 999, 999)),
    "a place off the board": Choice(place=Rectangle(900, 900, 2, 2)),
    "a name in a small place": Choice(names=("Eva",), place=Rectangle(2, 1, 6, 3)),
    "a time": Choice(since_ms=TIME_MS + 9000),
    "a time from the first on": Choice(until_ms=TIME_MS + 20_000),
    "between": Choice(since_ms=TIME_MS + 4000, until_ms=TIME_MS + 20_000),
    "all of it": Choice(
        ("Eva",), ("127.0.0.0/8",), (4,), None, Rectangle(0, 0, 25, 8), TIME_MS + 3000, TIME_MS + 40_000
    ),
}


@pytest.mark.parametrize("grown_at", [-1, 0, 9])
@pytest.mark.parametrize("at_once", [1, 7, 20_000])
def test_a_selection_is_what_the_words_say(tmp_path: Path, at_once: int, grown_at: int) -> None:
    """Whatever is chosen, however much is read at once, and also after the board has grown."""
    painted = Painted(tmp_path / "record", Random(at_once * 10 + grown_at), 40, grown_at)
    assert verify(painted.path).problems == ()
    found = 0
    for name, choice in CHOICES.items():
        with patch.multiple(selecting, _READ_AT_ONCE=at_once, _SEARCHED_AT_ONCE=3 * at_once, _PART_SECONDS=0):
            selection = select(painted.path, choice)
        assert selection.sequence == len(painted.placements)
        assert (selection.placements, list(unpack_pixels(selection.pixels))) == painted.expected(choice), name
        found += len(selection.pixels) > 0
    assert found >= len(CHOICES) - 3


@pytest.mark.parametrize("name", ["a proven name", "an address", "a connection", "a place", "an action", "all of it"])
def test_what_others_paint_during_a_search_is_neither_lost_nor_rolled_back(tmp_path: Path, name: str) -> None:
    """With the threads of a server: others paint between the parts of the search, and before its turn."""
    choice, random = CHOICES[name], Random(name)
    painted = Painted(tmp_path / "record", random, 40)
    clock = ThreadClock()
    record = SqliteRecord(Writer(painted.path), clock)
    canvas = record.load()[1]

    def show(strokes: Sequence[Stroke], *_rest: object) -> None:
        for one in strokes:
            canvas.apply(one.pixels)

    record.follow(show, lambda _entry, strokes: show(strokes), lambda _error: None)
    selected: list[Selection] = []

    def others_paint() -> None:
        strokes = [stroke((random.randrange(200), random.randrange(8)), by=random.choice(PAINTERS)) for _ in range(3)]
        for one in strokes:
            painted.add(one)
        clock.turn_until(record.append(strokes, painted.time_ms))

    with patch.multiple(selecting, _READ_AT_ONCE=40, _SEARCHED_AT_ONCE=90, _PART_SECONDS=0):
        record.select(choice).addCallback(selected.append)
        while not selected:
            others_paint()
    others_paint()
    assert selected[0].sequence < len(painted.placements)
    completed = clock.turn_until(record.complete(selected[0]))
    count, pixels = painted.expected(choice)
    assert (completed.sequence, completed.placements) == (len(painted.placements), count)
    assert list(unpack_pixels(completed.pixels)) == pixels
    before = bytes(canvas.colours)
    entry = clock.turn_until(record.act(MODERATOR, RollBack(choice), completed.pixels, painted.time_ms))
    assert (entry.sequence, entry.cells) == (len(painted.placements), len(pixels))
    assert bytes(canvas.colours) == bytes({**dict(enumerate(before)), **dict(pixels)}.values())
    clock.turn_until(record.close())
    assert verify(painted.path).problems == ()
    with Reader(painted.path) as reader:
        assert reader.canvas_at(reader.last_sequence()).colours == canvas.colours


def test_a_search_that_is_closed_while_it_reads_ends_and_closing_waits_for_it(tmp_path: Path) -> None:
    painted = Painted(tmp_path / "record", Random(1), 40)
    clock = ThreadClock()
    record = SqliteRecord(Writer(painted.path), clock)
    failed: list[Failure] = []
    with patch.multiple(selecting, _READ_AT_ONCE=1, _PART_SECONDS=0):
        record.select(Choice(names=("Eva",))).addErrback(failed.append)
        for _ in range(3):
            clock.turn()
        clock.turn_until(record.close())
    [failure] = failed
    assert failure.check(RecordError)
    assert verify(painted.path).problems == ()


HOSTS = {
    "here": "192.0.2.7",
    "neighbour": "192.0.2.8",
    "IPv6": "2001:db8:1:2::5",
    "same 64 bits": "2001:db8:1:2:ffff::1",
    "other 64 bits": "2001:db8:1:3::5",
    "unnamed": "unknown",
    "socket": "",
}
HASHED = {
    "192.0.2.7": {"here"},
    "192.0.2.0/24": set(),
    "0.0.0.0/0": set(),
    "2001:db8:1:2::/64": {"IPv6", "same 64 bits"},
    "2001:db8:1:2::5": {"IPv6", "same 64 bits"},
    "2001:db8:1:3::5": {"other 64 bits"},
    "2001:db8:1::/48": set(),
}
WHOLE = {
    **HASHED,
    "192.0.2.0/24": {"here", "neighbour"},
    "0.0.0.0/0": {"here", "neighbour"},
    "2001:db8:1:2::5": {"IPv6"},
    "2001:db8:1::/48": {"IPv6", "same 64 bits", "other 64 bits"},
}


@pytest.mark.parametrize("is_hashed", [True, False])
def test_addresses_are_found_in_a_record_that_keeps_them_hashed_or_whole(tmp_path: Path, is_hashed: bool) -> None:
    """And somebody's connection, also by a Unix socket, which has no address and is in no network."""
    writer = PaintingWriter(tmp_path / "record", SIZE)
    for number, host in enumerate(HOSTS.values()):
        whole = show_address(host, 5000 + number) if "." in host or ":" in host else host or UNIX_SOCKET
        address = hash_address(writer.secret, host) if is_hashed else whole
        writer.append([stroke((number, 1), by=Painter(number + 1, "", address))], TIME_MS)
    writer.stop()
    for network, names in (HASHED if is_hashed else WHOLE).items():
        cells = {cell for cell, _colour in unpack_pixels(select(writer.path, Choice(networks=(network,))).pixels)}
        assert {name for number, name in enumerate(HOSTS) if number in cells} == names, network
    for number in range(len(HOSTS)):
        selection = select(writer.path, Choice(connections_of=(number + 1,)))
        assert list(unpack_pixels(selection.pixels)) == [(number, 0)]


def test_a_roll_back_that_was_undone_is_done_again_by_undoing_the_undoing(tmp_path: Path) -> None:
    """What comes back is the moderator's, so a choice of the painter no longer finds it."""
    writer = PaintingWriter(tmp_path / "record", SIZE)
    writer.append([stroke((5, 3)), stroke((5, 6), by=EVA)], TIME_MS)
    for choice, colour in ((Choice(names=("Eva",)), 3), (Choice(action=1), 6), (Choice(action=2), 3)):
        selection = select(writer.path, choice)
        assert list(unpack_pixels(selection.pixels)) == [(5, colour)]
        writer.act(MODERATOR, RollBack(choice), selection.pixels, TIME_MS)
        assert not select(writer.path, Choice(names=("Eva",))).pixels
    writer.stop()
