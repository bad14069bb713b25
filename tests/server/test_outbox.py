"""Messages to a peer: how much waits, for how long, and the end."""

from __future__ import annotations

import random

from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import Colour, Palette
from dcc.protocol.messages import Changes, Closing, Goodbye, Hello, PaintOne, Welcome, WholeBoard
from dcc.record.memory import MemoryRecord
from tests.support.wire import CANVAS_ID, GREEN, RED, FakeServer, HeldRecord, Peer, SlowTransport, paint, payloads_of

STALL_SECONDS = 20.0


PALETTE = Palette(tuple(Colour(str(number), f"#{number:06x}") for number in range(256)))


def noisy_canvas(width: int, height: int) -> Canvas:
    """Return a canvas too noisy for zlib."""
    return Canvas(width, height, PALETTE, random.Random(5).randbytes(width * height))


class FlowingTests(SynchronousTestCase):
    """The peer takes every message."""

    def test_messages_go_out_at_once_and_leave_no_call_pending(self) -> None:
        server = FakeServer()
        peer = server.join()
        peer.send(paint(1, (0, RED)))
        self.assertEqual(len(peer.receive()), 2)
        self.assertEqual(server.clock.getDelayedCalls(), [])

    def test_a_message_to_many_clients_is_encoded_once(self) -> None:
        server = FakeServer()
        server.join().send(paint(1, (0, RED)))
        whole, changes = server.board.whole(), server.board.catch_up(0)
        encode = server.factory.audience.encode
        self.assertIs(encode(1, whole), encode(1, whole))
        self.assertIs(encode(2, whole), encode(2, whole))
        self.assertIs(encode(2, changes), encode(2, changes))
        self.assertNotEqual(encode(1, whole), encode(2, whole))


class BehindTests(SynchronousTestCase):
    """The peer takes no message."""

    def setUp(self) -> None:
        """A server with a board of 250,000 cells, and somebody who paints."""
        self.server = FakeServer(record=MemoryRecord(CANVAS_ID, noisy_canvas(500, 500)), stall_seconds=STALL_SECONDS)
        self.painter = self.server.join()

    def test_a_long_message_is_handed_to_the_transport_piece_by_piece(self) -> None:
        transport = SlowTransport()
        peer = self.server.connect(transport)
        peer.say(Hello(2))
        data = []
        while transport.value():
            data.append(transport.take())
        self.assertLessEqual(transport.held_most, 2 * limits.WRITE_PIECE_BYTES + 1000)
        self.assertGreaterEqual(len(data), 2)
        welcome, board = payloads_of(b"".join(data))
        self.assertEqual(welcome[:1] + board[:1], b"{\x01")

    def test_everything_that_came_meanwhile_is_one_message_after_the_rest(self) -> None:
        transport = SlowTransport()
        peer = self.server.connect(transport)
        peer.say(Hello(2))
        data = [transport.take()]
        for cell in range(100):
            self.painter.send(paint(cell, (cell, RED)))
        while transport.value():
            data.append(transport.take())
        self.assertEqual([payload[0] for payload in payloads_of(b"".join(data))], [ord("{"), 1, 2])

    def test_a_client_that_takes_nothing_is_aborted_after_the_stall_timeout(self) -> None:
        peer = self.server.join()
        peer.pause()
        self.server.clock.advance(STALL_SECONDS - 0.1)
        self.painter.send(paint(1, (0, RED)))
        self.assertFalse(peer.was_aborted)
        self.server.clock.advance(0.1)
        self.assertTrue(peer.was_aborted)

    def test_a_client_that_takes_a_piece_gets_the_stall_timeout_anew(self) -> None:
        transport = SlowTransport()
        peer = self.server.connect(transport)
        peer.say(Hello(2))
        while transport.value():
            self.server.clock.advance(STALL_SECONDS - 0.1)
            transport.take()
        self.server.clock.advance(10 * STALL_SECONDS)
        self.assertFalse(peer.was_aborted)

    def test_neither_catching_up_nor_leaving_leaves_a_call_pending(self) -> None:
        peers = [self.server.join() for _number in range(3)]
        for peer in peers:
            peer.pause()
        self.assertEqual(len(self.server.clock.getDelayedCalls()), 3)
        peers[0].resume()
        peers[1].hang_up()
        self.server.clock.advance(STALL_SECONDS)
        self.assertTrue(peers[2].was_aborted)
        peers[2].hang_up()
        self.server.clock.advance(1)
        self.assertEqual(self.server.clock.getDelayedCalls(), [])
        self.assertFalse(peers[0].was_aborted)


class EndingTests(SynchronousTestCase):
    """The goodbye."""

    def setUp(self) -> None:
        """A server, a client to stay, and a client to leave."""
        self.server = FakeServer(stall_seconds=STALL_SECONDS)
        self.other = self.server.join()
        self.peer = self.server.join()
        self.other.receive()

    def test_nothing_follows_the_goodbye_whatever_happens_on_the_board(self) -> None:
        self.peer.say(Goodbye())
        self.other.send(paint(1, (0, RED)))
        self.assertEqual(self.peer.receive(), [Closing()])
        self.assertTrue(self.peer.was_closed)
        self.assertIsNone(self.peer.transport.producer)

    def test_no_board_follows_the_goodbye_of_version_1(self) -> None:
        peer = self.server.join(version=1)
        peer.say(Goodbye())
        self.other.send(paint(1, (0, RED)))
        self.assertEqual(peer.receive(), [Closing()])

    def test_a_client_that_does_not_hang_up_after_the_goodbye_is_cut_off(self) -> None:
        self.peer.say(Goodbye())
        self.server.clock.advance(limits.GOODBYE_SECONDS - 0.1)
        self.assertFalse(self.peer.was_aborted)
        self.server.clock.advance(0.1)
        self.assertTrue(self.peer.was_aborted)

    def test_a_client_that_hangs_up_leaves_no_call_pending(self) -> None:
        self.peer.say(Goodbye())
        self.peer.hang_up()
        self.server.clock.advance(1)
        self.assertEqual(self.server.clock.getDelayedCalls(), [])

    def test_a_client_that_is_behind_gets_the_goodbye_after_the_rest(self) -> None:
        self.peer.pause()
        self.other.send(paint(1, (0, RED)))
        self.peer.say(Goodbye())
        self.assertEqual((self.peer.receive(), self.peer.was_closed), ([], False))
        self.peer.resume()
        self.assertEqual(self.peer.receive(), [Closing()])
        self.assertTrue(self.peer.was_closed)

    def test_a_client_that_is_behind_has_less_time_once_disconnected(self) -> None:
        self.peer.pause()
        self.peer.send(b"?")
        self.server.clock.advance(limits.GOODBYE_SECONDS)
        self.assertTrue(self.peer.was_aborted)

    def test_a_client_that_leaves_while_behind_has_less_time_too(self) -> None:
        self.peer.pause()
        self.peer.say(Goodbye())
        self.server.clock.advance(limits.GOODBYE_SECONDS)
        self.assertTrue(self.peer.was_aborted)

    def test_what_follows_the_goodbye_in_the_same_read_is_ignored(self) -> None:
        self.peer.say(Goodbye(), PaintOne(0, 0, "red"), Goodbye())
        self.peer.send(b"?", b"")
        self.assertEqual(self.peer.receive(), [Closing()])
        self.assertEqual(self.server.board.sequence, 0)

    def test_nothing_is_written_to_a_client_that_was_lost_before_the_answer(self) -> None:
        record = HeldRecord()
        server = FakeServer(record=record)
        peer, other = server.join(), server.join()
        peer.send(paint(1, (0, GREEN)))
        peer.say(Goodbye())
        peer.hang_up()
        peer.receive(), other.receive()
        record.commit()
        self.assertEqual(peer.receive(), [])
        self.assertEqual(len(other.receive()), 1)


class JoiningTests(SynchronousTestCase):
    """A viewer that comes while others paint."""

    def test_pixels_painted_between_welcome_and_board_are_in_the_board_and_not_sent_again(self) -> None:
        canvas = noisy_canvas(100, 100)  # too large to go out together with the welcome
        canvas.apply(pack_pixels([(0, GREEN), (1, GREEN)]))
        server = FakeServer(record=MemoryRecord(CANVAS_ID, canvas))
        painter = server.join()
        peer = server.connect()
        peer.pause()
        peer.say(Hello(2))
        painter.send(paint(1, (0, RED)))
        self.resume_once(peer)
        painter.send(paint(2, (1, RED)))
        peer.resume()
        welcome, board = peer.receive()
        self.assertIsInstance(welcome, Welcome)
        self.assertIsInstance(board, WholeBoard)
        self.assertEqual(board.sequence, 2)
        self.assertEqual(list(board.colours[:2]), [RED, RED])
        painter.send(paint(3, (2, RED)))
        self.assertEqual([type(message) for message in peer.receive()], [Changes])

    def resume_once(self, peer: Peer) -> None:
        """The welcome goes out, and the transport is full with it."""
        peer.resume_for_one_message()
