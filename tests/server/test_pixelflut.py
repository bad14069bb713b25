"""The gateway for Pixelflut clients, on fake wires and with the ways of speaking of others' clients."""

from __future__ import annotations

import functools
import random
import re
import socket
import threading
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

import dcc.api
from dcc import reasons
from dcc.core.actions import AddAreas, Area, Ban, Entry, Freeze, Group, Rectangle, SetCooldown, SetEntry
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.perception import oklab
from dcc.core.shades import NOTHING, Shades
from dcc.errors import RecordError
from dcc.protocol import pixelflut
from dcc.protocol.pixelflut import AskPixel, Command, Offset, Paints
from dcc.server.addresses import Quotas
from dcc.server.pixelflut import READS_A_TURN, PixelflutFactory
from dcc.server.turns import TURN_SECONDS
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, ServerProcess
from tests.support.wire import FakeServer, HeldRecord, Peer, SlowTransport, lose, no_collector

ADDRESS = IPv4Address("TCP", "192.0.2.7", 5000)

TRANSCRIPT = {
    "the size": (b"SIZE\n", b"SIZE 50 40\n"),
    "a line end of Windows": (b"SIZE\r\n", b"SIZE 50 40\n"),
    "a pixel": (b"PX 3 4\n", b"PX 3 4 ffffff\n"),
    "a paint, and its pixel": (b"PX 3 4 ff0000\nPX 3 4\n", b"PX 3 4 ff0000\n"),
    "upper case": (b"PX 3 4 FF00FF\nPX 3 4\n", b"PX 3 4 ff00ff\n"),
    "leading zeros": (b"PX 0003 0000000004 ff0000\nPX 03 04\n", b"PX 3 4 ff0000\n"),
    "several spaces": (b"PX  3   4  ff0000 \nPX 3 4\n", b"PX 3 4 ff0000\n"),
    "the nearest colour": (b"PX 3 4 e01010\nPX 3 4\n", b"PX 3 4 ff0000\n"),
    "a grey": (b"PX 3 4 00\nPX 3 4\n", b"PX 3 4 000000\n"),
    "opaque": (b"PX 3 4 ff0000ff\nPX 3 4\n", b"PX 3 4 ff0000\n"),
    "half opaque": (b"PX 3 4 ff000080\nPX 3 4\n", b"PX 3 4 ff0000\n"),
    "transparent": (b"PX 3 4 ff000000\nPX 3 4\n", b"PX 3 4 ffffff\n"),
    "an offset": (b"OFFSET 10 20\nPX 3 4 ff0000\nPX 3 4\nOFFSET 0 0\nPX 13 24\n", b"PX 3 4 ff0000\nPX 13 24 ff0000\n"),
    "a paint outside of the board": (
        b"PX 50 4 ff0000\nPX 3 40 ff0000\nPX 4294967295 0 ff0000\nSIZE\n",
        b"SIZE 50 40\n",
    ),
    "a pixel outside of the board": (b"PX 50 4\n", b"ERROR column 50, row 4 is outside of the board of 50 x 40\n"),
    "no command": (b"HELLO\n", b"ERROR unknown command 'HELLO'\n"),
    "many that are no command": (b"PX -1 0 ff0000\n" * 100, b"ERROR unknown command 'PX -1 0 ff0000'\n"),
    "codes for a terminal": (b"\x1b[2J\n", b"ERROR unknown command '\\x1b[2J'\n"),
    "nothing": (b"\n\r\n", b""),
}


class FlutPeer:
    """A Pixelflut client on a fake wire.

    :ivar protocol: the server's side.
    """

    def __init__(self, server: FakeServer, transport: StringTransport | None = None, factory: Any = None) -> None:
        self._clock = server.clock
        self.transport = transport or StringTransport(peerAddress=ADDRESS)
        self.protocol = (factory or PixelflutFactory(server.clients, server.clock)).buildProtocol(None)
        self.protocol.makeConnection(self.transport)

    def send(self, data: bytes) -> bytes:
        """Send bytes, in one read, and return what came in answer so far."""
        self.protocol.dataReceived(data)
        self._clock.advance(TURN_SECONDS)
        return self.receive()

    def receive(self) -> bytes:
        """Return what came since the last look."""
        data = self.transport.value()
        self.transport.clear()
        return data

    @property
    def is_read_from(self) -> bool:
        """Whether the server reads what the peer sends."""
        return self.transport.producerState == "producing"


def cells(server: FakeServer) -> dict[tuple[int, int], str]:
    """The cells that are not white, by column and row."""
    canvas = server.board.canvas
    return {
        (cell % canvas.width, cell // canvas.width): canvas.palette[colour].name
        for cell, colour in enumerate(canvas.colours)
        if colour
    }


@pytest.mark.parametrize(("said", "answered"), TRANSCRIPT.values(), ids=TRANSCRIPT)
def test_a_command_is_answered_as_pixelflut_clients_expect(said: bytes, answered: bytes) -> None:
    assert FlutPeer(FakeServer(50, 40)).send(said) == answered


@pytest.mark.parametrize("length", [1, 2, 7, 64])
def test_the_stream_may_be_cut_anywhere(length: int) -> None:
    said = b"".join(said for name, (said, _answered) in TRANSCRIPT.items() if "many" not in name)
    whole, pieces = FakeServer(50, 40), FakeServer(50, 40)
    answered = FlutPeer(whole).send(said)
    peer = FlutPeer(pieces)
    assert b"".join(peer.send(said[at : at + length]) for at in range(0, len(said), length)) == answered
    assert cells(pieces) == cells(whole) != {}


def test_help_tells_the_commands_once_for_a_flood_of_questions() -> None:
    told = FlutPeer(FakeServer(50, 40)).send(b"HELP\n" * 3000)
    assert all(word in told for word in (b"50 x 40", b"SIZE", b"PX x y rrggbb", b"OFFSET"))
    assert b"cooldown" not in told
    assert len(told) < 500


def by_line(line: bytes) -> Command | None:
    """Read a line the slow way."""
    words = line.split()
    numbers = [int(word) for word in words[1:3] if re.fullmatch(rb"[0-9]{1,10}", word)]
    is_colour = len(words) == 4 and re.fullmatch(rb"[0-9A-Fa-f]+", words[3]) and len(words[3]) in (2, 6, 8)
    match words[:1], numbers, len(words):
        case [b"PX"], [column, row], 4 if is_colour:
            return Paints([column], [row], [words[3]])
        case [b"PX"], [column, row], 3:
            return AskPixel(column, row)
        case [b"OFFSET"], [column, row], 3:
            return Offset(column, row)
    return None


WORDS = [
    b"PX",
    b"OFFSET",
    b"SIZES",
    b"7",
    b"007",
    b"-1",
    b"1234567890",
    b"12345678901",
    b"ff0000",
    b"0F",
    b"ff0000aa",
    b"g0",
]
LINES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(lambda words: b" ".join(words) + b"\n"))


@given(LINES)
def test_runs_of_paints_are_read_as_line_by_line(lines: list[bytes]) -> None:
    read: list[Command | None] = []
    for command in pixelflut.Decoder().feed(b"".join(lines)):
        if isinstance(command, Paints):
            read += [
                Paints([column], [row], [colour])
                for column, row, colour in zip(command.columns, command.rows, command.colours, strict=True)
            ]
        else:
            read.append(None if isinstance(command, pixelflut.Unknown) else command)
    assert read == [by_line(line) for line in lines]


@given(
    st.lists(st.binary(max_size=60) | st.sampled_from([b"\n", b"PX 1 2 ff0000\n", b"PX 1 2", b"SIZE\n", b"HELP\r\n"]))
)
def test_bytes_that_nobody_would_send_cost_at_most_their_own_connection(pieces: list[bytes]) -> None:
    server = FakeServer()
    peer = FlutPeer(server)
    answered = b"".join(peer.send(piece) for piece in pieces)
    assert {line.split()[0] for line in answered.splitlines()} <= {b"PX", b"SIZE", b"HELP", b"ERROR"}
    assert FlutPeer(server).send(b"SIZE\n") == b"SIZE 50 50\n"


def test_a_shade_is_exact_for_the_palette_and_near_for_every_other_colour() -> None:
    some = random.Random(7)
    palette = Palette(tuple(Colour(str(n), f"#{some.randrange(1 << 24):06x}") for n in range(256)))
    for colours in (AF06, palette):
        shades = Shades(colours)
        exact = [colour.value[1:].upper().encode() for colour in colours]
        assert [colours[index].value for index in shades.indices(exact)] == [colour.value for colour in colours]
        for _ in range(200):
            text = f"{some.randrange(1 << 24):06x}"
            found, nearest = shades.indices([text.encode()])[0], colours.nearest(tuple(bytes.fromhex(text)))  # type: ignore[arg-type]
            assert far(text, colours[found]) <= far(text, colours[nearest]) + 0.05
    assert shades.indices([b"ff00007f", b"ff000000"]) == [NOTHING, NOTHING]


def far(text: str, colour: Colour) -> float:
    """How far a colour looks from another, as a part of the way from black to white."""
    here, there = oklab(tuple(bytes.fromhex(text))), oklab(colour.rgb)  # type: ignore[arg-type]
    return sum((a - b) ** 2 for a, b in zip(here, there, strict=True)) ** 0.5 / 2**16


class RulesTests(SynchronousTestCase):
    """The rules hold as for everybody."""

    def test_the_pixels_of_a_read_are_one_stroke_and_questions_wait_for_it(self) -> None:
        record = HeldRecord()
        server = FakeServer(record=record)
        peer = FlutPeer(server)
        self.assertEqual(peer.send(b"PX 1 0 ff0000\nPX 2 0 0000ff\nPX 1 0\n"), b"")
        [[stroke]] = record.batches
        self.assertEqual(len(stroke.pixels), 10)
        record.commit_all()
        self.assertEqual(peer.receive(), b"PX 1 0 ff0000\n")

    def test_the_painter_is_recorded_by_its_address(self) -> None:
        record = HeldRecord()
        FlutPeer(FakeServer(record=record)).send(b"PX 1 0 ff0000\n")
        [[stroke]] = record.batches
        painter = stroke.painter
        self.assertEqual((painter.connection, painter.name, painter.address), (1, "", "192.0.2.7:5000"))

    def test_a_viewer_of_version_2_sees_the_pixels_and_one_more_user(self) -> None:
        server = FakeServer()
        viewer = server.join()
        FlutPeer(server).send(b"PX 1 0 ff0000\n")
        [changes] = viewer.receive()
        self.assertEqual(changes.pixels, bytes([1, 0, 0, 0, 2]))
        server.clock.advance(1)
        [users] = viewer.receive()
        self.assertEqual(users.connected, 2)

    def test_a_client_above_its_rate_is_read_more_slowly_and_loses_nothing(self) -> None:
        server = FakeServer(quotas=Quotas(client_pixels=10))
        peer = FlutPeer(server)
        self.assertEqual(peer.send(b"PX 1 0 ff0000\n" * 120), b"")
        self.assertEqual(server.board.sequence, 120)
        self.assertFalse(peer.is_read_from)
        server.clock.advance(1.9)
        self.assertFalse(peer.is_read_from)
        server.clock.advance(0.2)
        self.assertTrue(peer.is_read_from)

    def test_the_address_of_a_client_has_a_rate_too(self) -> None:
        server = FakeServer(quotas=Quotas(address_pixels=10))
        FlutPeer(server).send(b"PX 1 0 ff0000\n" * 120)
        second = FlutPeer(server)
        second.send(b"PX 2 0 ff0000\n")
        self.assertFalse(second.is_read_from)

    def test_pixels_in_areas_of_others_are_left_out_and_the_rest_is_painted(self) -> None:
        server = FakeServer()
        server.act(AddAreas((Area("Ada's", Rectangle(0, 0, 10, 10), ("Ada",)),)))
        told = FlutPeer(server).send(b"PX 9 9 ff0000\nPX 10 9 ff0000\nPX 0 0 ff0000\nPX 11 9 ff0000\n")
        self.assertEqual(told, b"ERROR the area Ada's is for others\n")
        self.assertEqual(cells(server), {(10, 9): "red", (11, 9): "red"})

    def test_a_refusal_is_told_once_a_second_and_paints_nothing(self) -> None:
        server = FakeServer()
        server.act(Freeze())
        peer = FlutPeer(server)
        line = b"ERROR the board is frozen: only moderators paint until it is thawed\n"
        self.assertEqual(peer.send(b"PX 1 0 ff0000\n" * 100), line)
        self.assertEqual(peer.send(b"PX 1 0 ff0000\n"), b"")
        server.clock.advance(1)
        self.assertEqual(peer.send(b"PX 1 0 ff0000\n"), line)
        self.assertEqual(cells(server), {})
        self.assertEqual(server.board.rejections, {"congelado": 3})

    def test_a_board_for_people_with_keys_is_for_nobody_here(self) -> None:
        server = FakeServer()
        server.act(SetEntry(Entry.KEYS))
        told = FlutPeer(server).send(b"PX 1 0 ff0000\nPX 1 0\n")
        self.assertEqual(told, f"ERROR {reasons.ONLY_WATCHING.text}\nPX 1 0 ffffff\n".encode())

    def test_somebody_banned_from_connecting_is_sent_away_and_somebody_connected_too(self) -> None:
        server = FakeServer()
        connected = FlutPeer(server)
        connected.send(b"PX 1 0 ff0000\n")
        server.act(Ban("", "192.0.2.7", "vandalism", from_connecting=True))
        line = b"ERROR you may not connect any more: vandalism\n"
        self.assertEqual(connected.receive(), line)
        self.assertEqual(FlutPeer(server).send(b"PX 2 0 ff0000\n"), line)
        self.assertEqual(cells(server), {(1, 0): "red"})

    def test_a_cooldown_takes_the_charges_of_the_address_and_leaves_the_rest_out(self) -> None:
        server = FakeServer()
        server.act(SetCooldown(5, 2))
        peer = FlutPeer(server)
        self.assertIn(b"cooldown: a pixel every 5 s, at most 2", peer.send(b"HELP\n"))
        line = b"ERROR too soon: a pause of 5 s follows each cell\n"
        self.assertEqual(peer.send(b"PX 1 0 ff0000\nPX 2 0 ff0000\nPX 3 0 ff0000\n"), line)
        self.assertEqual(FlutPeer(server).send(b"PX 4 0 ff0000\n"), line)
        self.assertEqual(cells(server), {(1, 0): "red", (2, 0): "red"})
        server.clock.advance(5)
        self.assertEqual(peer.send(b"PX 5 0 ff0000\n"), b"")
        self.assertIn((5, 0), cells(server))

    def test_a_paint_that_is_not_recorded_gives_its_charge_back_and_is_told(self) -> None:
        record = HeldRecord()
        server = FakeServer(record=record)
        server.act(SetCooldown(5, 1))
        record.commit_all()
        peer = FlutPeer(server)
        peer.send(b"PX 1 0 ff0000\n")
        record.refuse(RecordError(reasons.DISK_FULL))
        self.assertEqual(peer.receive(), b"ERROR the disk is full\n")
        self.assertEqual(server.board.cooldowns.news("192.0.2.7").charges, 1)
        self.flushLoggedErrors()

    def test_rules_that_change_while_a_paint_waits_hold_for_it(self) -> None:
        record = HeldRecord()
        server = FakeServer(record=record)
        peer = FlutPeer(server)
        peer.send(b"PX 1 0 ff0000\n")
        server.act(Freeze())
        peer.send(b"PX 2 0 ff0000\n")
        record.commit_all()
        self.assertEqual(cells(server), {(1, 0): "red"})
        self.assertIn(b"ERROR the board is frozen", peer.receive())


class TurnsTests(SynchronousTestCase):
    """Clients have turns."""

    def test_a_few_reads_are_handled_at_once_and_the_others_in_later_turns(self) -> None:
        server = FakeServer()
        factory = PixelflutFactory(server.clients, server.clock)
        peers = [FlutPeer(server, factory=factory) for _ in range(3 * READS_A_TURN)]
        for number, peer in enumerate(peers):
            peer.protocol.dataReceived(b"PX %d 0 ff0000\n" % number)
        for turn in range(1, 4):
            self.assertEqual(len(cells(server)), turn * READS_A_TURN)
            read_from = [peer.is_read_from for peer in peers]
            self.assertEqual(read_from, [number < turn * READS_A_TURN for number in range(len(peers))])
            server.clock.advance(TURN_SECONDS)

    def test_a_client_that_left_takes_no_turn(self) -> None:
        server = FakeServer()
        factory = PixelflutFactory(server.clients, server.clock)
        peers = [FlutPeer(server, factory=factory) for _ in range(3 * READS_A_TURN)]
        for number, peer in enumerate(peers):
            peer.protocol.dataReceived(b"PX %d 0 ff0000\n" % number)
        for peer in peers[READS_A_TURN : 2 * READS_A_TURN]:
            lose(peer.transport)
            peer.protocol.connectionLost()
        server.clock.advance(TURN_SECONDS)
        self.assertEqual(len(cells(server)), 2 * READS_A_TURN)

    def test_a_closed_port_leaves_no_timer_and_loses_no_work(self) -> None:
        server = FakeServer()
        factory = PixelflutFactory(server.clients, server.clock)
        done: list[int] = []
        for most, timers in ((READS_A_TURN, 0), (READS_A_TURN + 1, 1)):
            done.clear()
            for number in range(most):
                factory.turns.take(number, functools.partial(done.append, number))
            factory.stopFactory()
            self.assertEqual(len(server.clock.getDelayedCalls()), timers)
            server.clock.advance(TURN_SECONDS)
            self.assertEqual(done, list(range(most)))


class ConnectionTests(SynchronousTestCase):
    """A connection, from its beginning to its end."""

    def test_a_line_that_is_too_long_ends_the_connection_after_the_lines_before(self) -> None:
        for line in (b"PX 1 0 ff0000" + b" " * 100 + b"\n", b"0" * 101):
            server = FakeServer()
            peer = FlutPeer(server)
            told = peer.send(b"PX 2 0 ff0000\nPX 2 0\n" + line + b"\nPX 3 0 ff0000\n")
            self.assertRegex(
                told, rb"\APX 2 0 ff0000\nERROR a message of \d+ bytes is longer than the limit of 100\n\Z"
            )
            self.assertTrue(peer.transport.disconnecting)
            peer.send(b"PX 4 0 ff0000\n")
            self.assertEqual(cells(server), {(2, 0): "red"})

    def test_a_request_of_a_browser_paints_nothing(self) -> None:
        server = FakeServer()
        told = FlutPeer(server).send(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nPX 1 0 ff0000\n")
        self.assertTrue(told.startswith(b"HTTP/1.1 400 "))
        self.assertEqual(cells(server), {})

    def test_a_client_that_never_reads_is_read_no_further_and_dropped_as_others(self) -> None:
        server = FakeServer(stall_seconds=60)
        peer = FlutPeer(server, SlowTransport(peerAddress=ADDRESS))
        sent = 0
        while peer.is_read_from:
            peer.protocol.dataReceived(b"SIZE\n" * 800)
            server.clock.advance(TURN_SECONDS)
            sent += 1
        self.assertLess(sent, 20)
        self.assertLess(peer.transport.held_most, 200_000)
        server.clock.advance(59)
        self.assertFalse(peer.transport.disconnected)
        server.clock.advance(2)
        self.assertTrue(peer.transport.disconnected)

    def test_a_client_that_reads_again_gets_every_answer(self) -> None:
        server = FakeServer(50, 40)
        peer = FlutPeer(server, SlowTransport(peerAddress=ADDRESS))
        asked = 0
        while peer.is_read_from:
            peer.protocol.dataReceived(b"SIZE\n" * 800)
            server.clock.advance(TURN_SECONDS)
            asked += 800
        read = b""
        while data := peer.transport.take():
            read += data
        self.assertEqual(read, b"SIZE 50 40\n" * asked)
        self.assertTrue(peer.is_read_from)

    def test_a_client_that_says_nothing_whole_is_sent_away(self) -> None:
        server = FakeServer(quotas=Quotas(hello_seconds=30))
        peer = FlutPeer(server)
        peer.send(b"PX 1")
        server.clock.advance(31)
        self.assertEqual(peer.receive(), b"ERROR no command came within 30 s\n")

    def test_a_full_server_says_so(self) -> None:
        server = FakeServer(max_clients=1)
        server.join()
        self.assertEqual(FlutPeer(server).receive(), b"ERROR the server is full (limit: 1)\n")

    def test_the_connections_of_an_address_count_together_with_those_of_other_wires(self) -> None:
        server = FakeServer(quotas=Quotas(address_clients=1))
        Peer(server.factory, StringTransport(peerAddress=ADDRESS))
        factory = PixelflutFactory(server.clients, server.clock)
        refused = factory.buildProtocol(ADDRESS)
        transport = StringTransport(peerAddress=ADDRESS)
        refused.makeConnection(transport)
        self.assertTrue(transport.disconnected or transport.disconnecting)

    def test_a_client_that_has_said_all_still_gets_what_waits_for_the_record(self) -> None:
        record = HeldRecord()
        peer = FlutPeer(FakeServer(record=record))
        peer.send(b"PX 1 0 ff0000\nPX 1 0\n")
        peer.protocol.readConnectionLost()
        self.assertFalse(peer.transport.disconnecting)
        record.commit_all()
        self.assertEqual(peer.receive(), b"PX 1 0 ff0000\n")
        self.assertTrue(peer.transport.disconnecting)

    def test_a_stopping_server_hangs_up(self) -> None:
        server = FakeServer()
        peer = FlutPeer(server)
        peer.send(b"PX 1 0 ff0000\n")
        closed = server.clients.close()
        self.assertTrue(peer.transport.disconnecting)
        lose(peer.transport)
        peer.protocol.connectionLost()
        self.successResultOf(closed)

    def test_a_client_that_left_is_freed_at_once_without_the_garbage_collector(self) -> None:
        server = FakeServer()
        server.act(
            AddAreas(
                (
                    Area("Ada's", Rectangle(0, 0, 10, 10), ("Ada",)),
                    Area("rest", Rectangle(20, 0, 1, 1), Group.EVERYBODY),
                )
            )
        )
        factory = PixelflutFactory(server.clients, server.clock)
        with no_collector():
            peer = FlutPeer(server, factory=factory)
            peer.send(b"PX 1 0 ff0000\nPX 30 0 ff0000\nPX 99 99\nfoo\nHELP\n")
            left = [weakref.ref(each) for each in (peer.protocol, peer.protocol.client, peer.protocol.session)]
            lose(peer.transport)
            peer.protocol.connectionLost()
            del peer
            self.assertEqual([ref() for ref in left], [None] * 3)
        server.clock.advance(1)
        self.assertEqual(server.board.users.connected, 0)


# --- real sockets ---------------------------------------------------------------------------------


class Gateway(ServerProcess):
    """A real server with a port for Pixelflut.

    :ivar flut_port: on 127.0.0.1.
    """

    def __init__(self, *options: str) -> None:
        super().__init__("--pixelflut", "0", *options, command=(DCC, "serve"), language="en")
        self.flut_port = int(self.wait_for(r"Pixelflut on [\d.]+:(\d+)$")[1])

    def connect(self) -> socket.socket:
        """Connect as a Pixelflut client does."""
        return socket.create_connection(("127.0.0.1", self.flut_port), PATIENCE_SECONDS)


def picture(width: int, height: int) -> list[tuple[int, int, str]]:
    """A picture in colours of AF06."""
    colours = [colour.value[1:] for colour in AF06][1:]
    return [(x, y, colours[(x * y + x) % len(colours)]) for y in range(height) for x in range(width)]


def sturmflut(server: Gateway) -> None:
    """Send as TobleMiner/sturmflut (network.c): ``PX %u %u %08x``, a part of the picture in each of some threads, as
    long writes of which the server reads pieces; reads nothing, and shuts both ways down.
    """

    def send(part: list[tuple[int, int, str]]) -> None:
        with server.connect() as flood:
            flood.sendall("".join(f"PX {x} {y} {colour}ff\n" for x, y, colour in part).encode())
            flood.shutdown(socket.SHUT_RDWR)

    pixels = picture(50, 50)
    threads = [threading.Thread(target=send, args=(pixels[start : start + 625],)) for start in range(0, 2500, 625)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tutorial(server: Gateway) -> None:
    """Send as the client of most tutorials: ``sock.send`` for each pixel, in upper case, column by column."""
    with server.connect() as client:
        for x, y, colour in sorted(picture(50, 50)):
            client.send(b"PX %d %d %s\n" % (x, y, colour.upper().encode()))


def pixelpwnr(server: Gateway) -> None:
    """Send as timvisee/pixelpwnr (src/pix/client.rs): ask for the size, read the line, and paint through a buffer of
    8 KiB, which cuts lines anywhere.
    """
    with server.connect() as client, client.makefile("rwb", buffering=8192) as stream:
        stream.write(b"SIZE\n")
        stream.flush()
        match = re.fullmatch(rb"(?i:\s*SIZE)\s*(\d+)\s*(\d+)\s*", stream.readline())
        assert match is not None
        for x, y, colour in picture(int(match[1]), int(match[2])):
            stream.write(f"PX {x} {y} {colour}\n".encode())


def netcat(server: Gateway) -> None:
    """Send as a shell script with netcat: everything at once, the end of the input, and the answers after it."""
    with server.connect() as client:
        client.sendall(b"".join(f"PX {x} {y} {colour}\n".encode() for x, y, colour in picture(50, 50)) + b"PX 7 7\n")
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while data := client.recv(4096):
            answer += data
    by_place = {(x, y): colour for x, y, colour in picture(50, 50)}
    assert answer == f"PX 7 7 {by_place[7, 7]}\n".encode()


@pytest.mark.parametrize("client", [sturmflut, tutorial, pixelpwnr, netcat], ids=lambda client: client.__name__)
def test_a_picture_of_a_client_of_others_is_on_the_board(client: Any) -> None:
    with Gateway() as server, dcc.api.connect(f"127.0.0.1:{server.port}") as canvas:
        changes = canvas.changes()
        client(server)
        wanted = {(x, y): f"#{colour}" for x, y, colour in picture(50, 50)}
        seen: dict[tuple[int, int], str] = {}
        while len(seen) < len(wanted):
            column, row, name = next(changes)
            seen[column, row] = canvas.palette[canvas.palette.index[name]].value
        assert seen == wanted


def test_the_port_listens_on_the_interface_of_the_others() -> None:
    words = [DCC, "serve", "--lang=en", "--store=memory:", "--port=0", "--pixelflut=0", "--interface=127.0.0.2"]
    with LineProcess(words) as server, socket.socket() as elsewhere:
        port = int(server.wait_for(r"Pixelflut on 127\.0\.0\.2:(\d+)$")[1])
        assert elsewhere.connect_ex(("127.0.0.1", port)) != 0
        server.interrupt()
        assert server.finish() == 0


def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError) as failed:
            Gateway("--pixelflut", str(port))
    assert (
        f"dcc serve: cannot listen on 127.0.0.1:{port}: Address already in use; choose another one with --pixelflut"
        in str(failed.value)
    )
