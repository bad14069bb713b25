"""Viewers told together, on real sockets: in step or not, nobody notices."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater

from dcc.core.canvas import PIXEL_BYTES, pack_pixels, unpack_pixels
from dcc.protocol import codec, version2
from dcc.protocol.messages import Acknowledged, Changes, Hello, ServerMessage, WholeBoard
from tests.support.sockets import Client, SocketTestCase
from tests.support.wire import CANVAS_ID, GREEN, HELLO_1, HELLO_2, RED, Peer, frame, paint

CHANGE_BYTES = 5 + 9 + 5
"""One pixel on TCP: a frame's head, a message's head, a pixel."""

VIEWERS = 3


def messages(client: Client) -> list[ServerMessage]:
    """The news about the board."""
    return [codec.decode_server(payload) for payload in client.news]


class AudienceTestCase(SocketTestCase):
    """Viewers, and a painter on a fake wire, always told by an outbox."""

    @inlineCallbacks
    def setUp(self) -> Iterator[object]:
        """Everybody has the board, and knows how many they are."""
        super().setUp()
        self.painter = Peer(self.factory)
        self.addCleanup(self.painter.hang_up)
        self.painter.send(HELLO_2)
        self.viewers: list[Client] = []
        for _viewer in range(VIEWERS):
            self.viewers.append((yield self.connect(HELLO_2)))
        while self.board.users.connected < 1 + VIEWERS:
            yield deferLater(reactor, 0.01)
        self.audience = self.factory.audience

    @inlineCallbacks
    def paint(self, *pixels: tuple[int, int]) -> Iterator[object]:
        """Somebody else paints, and all are told."""
        self.painter.send(paint(0, *pixels))
        while self.board.announced < self.board.sequence:
            yield deferLater(reactor, 0)

    def told_together(self) -> int:
        """How many bytes the audience was sent since the last look."""
        since, self._sent = getattr(self, "_sent", 0), self.audience.bytes_sent
        return self._sent - since


class ToldTogetherTests(AudienceTestCase):
    """Nearly everybody, nearly always."""

    @inlineCallbacks
    def test_a_change_comes_to_all_viewers_by_the_audience_and_to_each_once(self) -> Iterator[object]:
        self.told_together()
        for number in range(3):
            yield self.paint((number, RED))
            self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)
        for viewer in self.viewers:
            yield viewer.until(lambda viewer=viewer: viewer.count == 4)
            board, *changes = messages(viewer)
            self.assertIsInstance(board, WholeBoard)
            self.assertEqual([change.sequence for change in changes], [1, 2, 3])

    @inlineCallbacks
    def test_a_painter_is_told_alone_until_the_answer_and_then_with_the_others_again(self) -> Iterator[object]:
        painter = self.viewers[0]
        self.told_together()
        painter.transport.write(frame(paint(7, (0, GREEN))))
        yield painter.until(lambda: painter.count == 3)
        self.assertEqual([type(message) for message in messages(painter)], [WholeBoard, Changes, Acknowledged])
        self.assertEqual(self.told_together(), (VIEWERS - 1) * CHANGE_BYTES)
        yield self.paint((1, RED))
        self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)
        yield painter.until(lambda: painter.count == 4)
        self.assertEqual(messages(painter)[-1].sequence, 2)

    @inlineCallbacks
    def test_a_client_of_version_1_is_never_in_step(self) -> Iterator[object]:
        old = yield self.connect(HELLO_1)
        self.told_together()
        yield self.paint((0, RED))
        self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)
        yield old.until(lambda: old.count == 2)

    @inlineCallbacks
    def test_a_newcomer_with_a_newer_board_steps_in_when_the_others_have_the_same(self) -> Iterator[object]:
        board = self.board

        class Slow:
            """Takes its time: the next telling is put off for as long."""

            def board_changed(self) -> None:
                over = reactor.seconds() + 0.3
                while reactor.seconds() < over:
                    pass

        slow = Slow()
        board.watch(slow)
        yield self.paint((0, RED))
        self.painter.send(paint(0, (1, RED)))
        newcomer = yield self.connect(HELLO_2)
        board.unwatch(slow)
        while board.announced < board.sequence:
            yield deferLater(reactor, 0.01)
        self.told_together()
        yield self.paint((2, RED))
        self.assertEqual(self.told_together(), (VIEWERS + 1) * CHANGE_BYTES)
        yield newcomer.until(lambda: messages(newcomer)[-1].sequence == 3)
        self.assertEqual([message.sequence for message in messages(newcomer)], [2, 3])

    @inlineCallbacks
    def test_a_client_that_greets_again_gets_what_came_after_the_board_that_it_names(self) -> Iterator[object]:
        yield self.paint((0, RED))
        yield self.paint((1, RED))
        viewer = self.viewers[0]
        yield viewer.until(lambda: viewer.count == 3)
        viewer.transport.write(frame(HELLO_2))
        yield viewer.until(lambda: viewer.count == 4)
        self.assertEqual(messages(viewer)[-1], WholeBoard(2, bytes(self.board.canvas.colours)))
        viewer.transport.write(frame(version2.encode_command(Hello(2, CANVAS_ID, 1))))
        yield viewer.until(lambda: viewer.count == 5)
        self.assertEqual(messages(viewer)[-1], Changes(2, pack_pixels([(1, RED)])))
        self.told_together()
        yield self.paint((2, RED))
        self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)

    @inlineCallbacks
    def test_a_client_that_leaves_is_no_longer_in_step(self) -> Iterator[object]:
        guest = yield self.connect(HELLO_2)
        guest.transport.loseConnection()
        while len(self.factory.clients.connected) > 1 + VIEWERS:
            yield deferLater(reactor, 0)
        self.told_together()
        yield self.paint((0, RED))
        self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)

    @inlineCallbacks
    def test_a_client_lost_while_the_audience_is_told_costs_the_others_nothing(self) -> Iterator[object]:
        guest = yield self.connect(HELLO_2)
        yield self.paint((0, RED))
        guest.transport.abortConnection()
        while len(self.factory.clients.connected) > 1 + VIEWERS:
            yield self.paint((1, RED))
            yield deferLater(reactor, 0)
        self.told_together()
        yield self.paint((2, RED))
        self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)
        for viewer in self.viewers:
            yield viewer.until(lambda viewer=viewer: messages(viewer)[-1].sequence == self.board.sequence)
            sequences = [message.sequence for message in messages(viewer)]
            self.assertEqual(sequences, list(range(self.board.sequence + 1)), "nothing was sent twice or left out")


class CutShortTests(AudienceTestCase):
    """A message that a socket takes in part."""

    kernel_buffer_bytes = 4096

    @inlineCallbacks
    def test_a_client_that_does_not_read_gets_the_rest_and_then_one_message_about_all_it_missed(
        self,
    ) -> Iterator[object]:
        stalled, *others = self.viewers
        stalled.transport.pauseProducing()
        [outbox] = [client.outbox for client in self.factory.clients.connected.values() if client.client_id == 2]
        number = 0
        while not outbox.is_behind:
            yield self.paint(*((cell, 1 + number % 7) for cell in range(100)))
            number += 1
            yield deferLater(reactor, 0)
        self.told_together()
        for cell in range(10):
            yield self.paint((cell, GREEN))
        self.assertEqual(self.told_together(), (VIEWERS - 1) * CHANGE_BYTES * 10)
        stalled.transport.resumeProducing()
        for viewer in self.viewers:
            yield viewer.until(lambda viewer=viewer: messages(viewer)[-1].sequence == self.board.sequence)
        *_before, last = messages(stalled)
        self.assertEqual(len(last.pixels), 10 * 5)
        self.assertEqual(b"".join(message.pixels for message in messages(stalled)[1:]), self.changes_of(others[0]))
        while outbox.is_behind:
            yield deferLater(reactor, 0)
        self.told_together()
        yield self.paint((0, GREEN))
        self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)

    def changes_of(self, viewer: Client) -> bytes:
        """All pixels that a viewer was told of."""
        return b"".join(message.pixels for message in messages(viewer)[1:])


class InAndOutTests(AudienceTestCase):
    """Viewers that paint, stop reading and go on, on sockets that are soon full."""

    kernel_buffer_bytes = 4096

    @inlineCallbacks
    def test_members_at_random_are_told_everything_once_and_in_order(self) -> Iterator[object]:
        seed = Random().randrange(2**32)
        print(f"seed {seed}")
        random = Random(seed)
        requests = [0] * VIEWERS
        for _step in range(600):
            number = random.randrange(VIEWERS)
            transport = self.viewers[number].transport
            pixels = [(random.randrange(2500), random.randrange(8)) for _pixel in range(random.choice((1, 1, 20, 500)))]
            match random.choice(("stop reading", "read on", "read on", "paint", "paint", "another paints", "wait")):
                case "stop reading":
                    transport.pauseProducing()
                case "read on":
                    transport.resumeProducing()
                case "paint":
                    transport.write(frame(paint(requests[number], *pixels)))
                    requests[number] += 1
                case "another paints":
                    self.painter.send(paint(0, *pixels))
            yield deferLater(reactor, 0)
        for viewer in self.viewers:
            viewer.transport.resumeProducing()
        while sum(self.count_answers(viewer) for viewer in self.viewers) < sum(requests):
            yield deferLater(reactor, 0.01)
        yield self.paint((0, RED))
        for viewer, last in zip(self.viewers, requests, strict=True):
            yield viewer.until(lambda viewer=viewer: messages(viewer)[-1].sequence == self.board.sequence)
            self.follow(viewer, last)
        self.told_together()
        yield self.paint((0, GREEN))
        self.assertEqual(self.told_together(), VIEWERS * CHANGE_BYTES)

    def count_answers(self, viewer: Client) -> int:
        """How many acknowledgements came, by their opcode."""
        return sum(payload[0] == version2.ACKNOWLEDGED for payload in viewer.news)

    def follow(self, viewer: Client, requests: int) -> None:
        """Keep the board of a viewer, and see whether what it was told is right."""
        sequence, request, colours = -1, 0, bytearray()
        for message in messages(viewer):
            match message:
                case WholeBoard():
                    self.assertGreater(message.sequence, sequence)
                    sequence, colours = message.sequence, bytearray(message.colours)
                case Changes():
                    sequence += len(message.pixels) // PIXEL_BYTES
                    self.assertEqual(message.sequence, sequence, "something was left out or told twice")
                    for cell, colour in unpack_pixels(message.pixels):
                        colours[cell] = colour
                case Acknowledged():
                    self.assertEqual(message.request, request)
                    self.assertLessEqual(message.sequence, sequence, "it was not shown yet")
                    request += 1
        self.assertEqual((sequence, request), (self.board.sequence, requests))
        self.assertEqual(colours, self.board.canvas.colours)
