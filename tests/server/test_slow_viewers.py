"""Viewers without reading: their cost, and their messages when they read again.

On a fake wire, whose every byte can be looked at, and on real sockets, whose buffers are set small, so
that the kernel does not hold for the peer what the server should not.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import cooperate, deferLater
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.core.palette import AF06
from dcc.protocol import codec
from dcc.protocol.frames import frame
from dcc.protocol.messages import Acknowledged, Changes, NamedBoard, WholeBoard
from tests.support.sockets import Client, SocketTestCase
from tests.support.wire import HELLO_1, HELLO_2, FakeServer, Peer, SlowTransport, paint, payloads_of, pintar

PAINTS = 50_000
COMMANDS = 10_000
WIDTH, HEIGHT = 20, 20
CELLS = WIDTH * HEIGHT

KERNEL_BUFFER_BYTES = 16 * 1024
BOUND_BYTES = 1024 * 1024
"""What the server may hold more than before, all told: the changes that it keeps for who comes back, one
message and one piece for each stalled viewer, paints that wait for the next commit. What goes by is many times that."""


def stroke(number: int) -> bytes:
    """Return the frame of a paint; each number paints another cell."""
    return frame(paint(number, (number % CELLS, 1 + number // CELLS % 7)))


class FakeWireTests(SynchronousTestCase):
    """What waits for a peer is in sight."""

    def test_a_viewer_of_version_2_that_never_reads_is_brought_up_to_date_by_one_message(self) -> None:
        server = FakeServer(WIDTH, HEIGHT)
        painter, transport = server.join(), SlowTransport()
        server.join(transport=transport)
        for number in range(PAINTS):
            painter.protocol.dataReceived(stroke(number))
            painter.transport.clear()
        self.assertLess(transport.held_most, limits.WRITE_PIECE_BYTES + 100)
        while_flowing = payloads_of(transport.take())
        [news] = payloads_of(transport.take())
        board = codec.decode_server(news)
        self.assertIsInstance(board, WholeBoard)
        self.assertEqual((board.sequence, board.colours), (PAINTS, bytes(server.board.canvas.colours)))
        self.assertLess(len(while_flowing), PAINTS // 10)
        painter.protocol.dataReceived(stroke(PAINTS))
        [change] = payloads_of(transport.take())
        self.assertIsInstance(codec.decode_server(change), Changes)

    def test_a_viewer_of_version_1_that_never_reads_is_brought_up_to_date_by_one_board(self) -> None:
        server = FakeServer(WIDTH, HEIGHT)
        painter, transport = server.join(), SlowTransport()
        server.join(version=1, transport=transport)
        for number in range(PAINTS):
            painter.protocol.dataReceived(stroke(number))
            painter.transport.clear()
            server.clock.advance(limits.WHOLE_BOARDS_INTERVAL_SECONDS)
        self.assertLess(transport.held_most, 2 * limits.WRITE_PIECE_BYTES)
        transport.take()
        self.assertEqual(transport.take(), server.factory.audience.encode(1, server.board.whole()))
        self.assertEqual(transport.take(), b"")

    def test_a_client_of_version_1_is_not_read_until_it_takes_its_boards(self) -> None:
        server = FakeServer(WIDTH, HEIGHT)
        transport = SlowTransport()
        peer = server.join(version=1, transport=transport)
        commands = [
            frame(pintar(number % WIDTH, number // WIDTH % HEIGHT, AF06[1 + number // CELLS % 7].name))
            for number in range(COMMANDS)
        ]
        waits = boards = 0
        for number, command in enumerate(commands):
            while not peer.is_read_from:
                self.assertLessEqual(number - boards, 2 * limits.REPLIES_OWED + transport.held_most // 1000)
                waits += 1
                boards += len(payloads_of(transport.take()))
            peer.protocol.dataReceived(command)
        while transport.value():
            data = transport.take()
            boards += len(payloads_of(data))
        self.assertEqual(boards, COMMANDS)
        self.assertGreater(waits, 10)
        self.assertEqual(payloads_of(data)[-1:], payloads_of(server.factory.audience.encode(1, server.board.whole())))

    def test_a_client_of_version_2_is_not_read_until_it_takes_its_answers(self) -> None:
        server = FakeServer(WIDTH, HEIGHT)
        transport = SlowTransport()
        peer = server.join(transport=transport)
        answers: list[int] = []

        def take() -> None:
            messages = map(codec.decode_server, payloads_of(transport.take()))
            answers.extend(message.request for message in messages if isinstance(message, Acknowledged))

        for number in range(COMMANDS):
            while not peer.is_read_from:
                take()
            peer.protocol.dataReceived(stroke(number))
        while transport.value():
            take()
        self.assertEqual(answers, list(range(COMMANDS)))
        self.assertLess(transport.held_most, limits.WRITE_PIECE_BYTES + 100)


class RealSocketTests(SocketTestCase):
    """Real sockets on the loopback, with small buffers in the kernel."""

    width, height = WIDTH, HEIGHT
    kernel_buffer_bytes = KERNEL_BUFFER_BYTES

    @inlineCallbacks
    def test_viewers_that_never_read_cost_bounded_memory_while_50_000_paints_go_by(self) -> Iterator[object]:
        stalled = yield self.connect(HELLO_2)
        stalled_1 = yield self.connect(HELLO_1)
        reader = yield self.connect(HELLO_2)
        for client in (stalled, stalled_1):
            client.transport.pauseProducing()
        painter = Peer(self.factory)
        self.addCleanup(painter.hang_up)
        painter.send(HELLO_2)

        def paints(numbers: range) -> Iterator[None]:
            for number in numbers:
                painter.protocol.dataReceived(stroke(number))
                painter.transport.clear()
                if number % 100 == 99:
                    reader.news.clear()
                    yield
                # On a busy machine more paints would wait for the next commit than BOUND_BYTES allows for.
                while number % 500 == 499 and self.board.announced <= number:
                    yield

        yield cooperate(paints(range(2000))).whenDone()
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        before, _peak = tracemalloc.get_traced_memory()
        yield cooperate(paints(range(2000, PAINTS))).whenDone()
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertLess(peak - before, BOUND_BYTES)

        def is_up_to_date(client: Client) -> bool:
            return bool(client.news) and codec.decode_server(client.news[-1]).sequence == PAINTS

        yield reader.until(lambda: is_up_to_date(reader))
        self.assertGreater(reader.count, PAINTS // 1000)

        stalled.transport.resumeProducing()
        yield stalled.until(lambda: is_up_to_date(stalled))
        before_it, board = map(codec.decode_server, stalled.news[-2:])
        self.assertEqual(board, self.board.whole())
        self.assertLess(before_it.sequence, PAINTS // 2)

        [expected] = payloads_of(self.factory.audience.encode(1, self.board.whole()))
        stalled_1.transport.resumeProducing()
        yield stalled_1.until(lambda: stalled_1.news == [expected])
        self.assertIsInstance(codec.decode_server(expected), NamedBoard)
        self.assertLess(stalled_1.count, 1000)

    @inlineCallbacks
    def test_10_000_unread_commands_of_version_1_have_10_000_boards_once_the_client_reads(self) -> Iterator[object]:
        client = yield self.connect(HELLO_1)
        [protocol] = self.factory.protocols.values()
        client.transport.pauseProducing()
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        commands = [
            frame(pintar(number % WIDTH, number // WIDTH % HEIGHT, "red" if number % 2 else "blue"))
            for number in range(COMMANDS)
        ]
        before, _peak = tracemalloc.get_traced_memory()
        client.transport.write(b"".join(commands))
        waiting_bytes = sum(map(len, commands))  # at the client, which is in this process too
        outbox = protocol.client.outbox
        while outbox.is_reading or not outbox.is_behind or protocol.session.owed < limits.REPLIES_OWED:
            yield deferLater(reactor, 0, lambda: None)
        yield self.board.settle()  # on a busy machine a commit is put off while viewers are told
        taken = self.board.sequence
        for _turn in range(500):  # in which all could be read
            yield deferLater(reactor, 0, lambda: None)
        self.assertEqual(self.board.sequence, taken)
        self.assertLess(taken, COMMANDS // 2)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertLess(peak - before - 2 * waiting_bytes, BOUND_BYTES)

        client.transport.resumeProducing()
        yield client.until(lambda: client.count == 1 + COMMANDS)
        self.assertEqual(self.board.sequence, COMMANDS)
        self.assertEqual(client.news, payloads_of(self.factory.audience.encode(1, self.board.whole())))
