"""One peer's conversation: what is answered, in which order, and what ends it."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.core.canvas import Canvas, pack_pixels, unpack_pixels
from dcc.core.palette import AF06
from dcc.core.placements import Moment, Painter, Placement, Span
from dcc.errors import RecordError
from dcc.protocol import codec
from dcc.protocol.messages import (
    Acknowledged,
    AskAuthor,
    AskHistory,
    Author,
    Changes,
    Closing,
    Failed,
    Goodbye,
    Hello,
    History,
    NamedBoard,
    PaintOne,
    PastBoard,
    Rejected,
    Users,
    Welcome,
    WholeBoard,
)
from dcc.record.memory import MemoryRecord
from tests.support.wire import (
    BLACK,
    CANVAS_ID,
    GREEN,
    RED,
    FakeServer,
    HeldRecord,
    cells,
    log,
    names,
    paint,
)

NO_VERSION_1 = "a command of version 1 on a connection of version 2"
NO_VERSION_2 = "a message of version 2 on a connection that did not ask for it"
TOO_LATE = "version 2 is asked for in the first command of a connection"


def welcome(client_id: int, sequence: int) -> Welcome:
    """What a client of the usual board is welcomed with."""
    return Welcome(client_id, CANVAS_ID, 50, 50, AF06, sequence)


def changes(sequence: int, *pixels: tuple[int, int]) -> Changes:
    """Changes from ``(cell, colour)`` pairs."""
    return Changes(sequence, pack_pixels(pixels))


class Version1Tests(SynchronousTestCase):
    """The published activity."""

    def setUp(self) -> None:
        """A server with one client, which has said nothing yet."""
        self.server = FakeServer()
        self.peer = self.server.connect()

    def test_nothing_is_said_before_the_peer_speaks(self) -> None:
        """The server does not know yet what language."""
        self.server.join().send(paint(1, (0, RED)))
        self.server.clock.advance(2)
        self.assertEqual(self.peer.receive(), [])

    def test_nuevo(self) -> None:
        """Is answered with the board."""
        self.peer.say(Hello())
        [board] = self.peer.receive()
        self.assertEqual(names(board), {})
        self.assertEqual(len(board.names), 2500)

    def test_a_paint(self) -> None:
        """Is answered with one board, which shows it: in the column of its ``y_pos``, the row of its ``x_pos``."""
        self.peer.say(Hello())
        self.peer.receive()
        self.peer.send(b'{"comando": "pintar", "x_pos": "3", "y_pos": "10", "nombre_color": "red"}')
        [payload] = self.peer.payloads()
        self.assertEqual(json.loads(payload)["10"]["3"], "red")
        self.assertEqual(names(codec.decode_server(payload)), {(10, 3): "red"})
        self.assertEqual(self.server.board.canvas.colours[3 * 50 + 10], RED)

    def test_a_paint_may_be_the_first_command(self) -> None:
        """The connection is of version 1 then."""
        self.peer.say(PaintOne(1, 2, "green"))
        [board] = self.peer.receive()
        self.assertEqual(names(board), {(1, 2): "green"})

    def test_every_command_has_its_board(self) -> None:
        """Each shows all that was asked for up to it."""
        self.peer.say(Hello(), PaintOne(0, 0, "red"), Hello(), PaintOne(1, 0, "blue"))
        self.assertEqual(
            [names(board) for board in self.peer.receive()],
            [{}, {(0, 0): "red"}, {(0, 0): "red"}, {(0, 0): "red", (1, 0): "blue"}],
        )

    def test_a_paint_that_changes_nothing(self) -> None:
        """Is logged with its reason, and answered with the board, which puts the sender's screen right."""
        for x_pos, y_pos, colour, line in (
            ("50", "0", "red", "column 0, row 50 is outside of the board of 50 x 50"),
            ("-1", "0", "red", "column 0, row -1 is outside of the board of 50 x 50"),
            ("0", "0", "gris", "there is no colour 'gris'"),
        ):
            with log() as logged:
                self.peer.say(PaintOne(int(y_pos), int(x_pos), colour))
            [board] = self.peer.receive()
            self.assertEqual(names(board), {})
            self.assertEqual(logged.lines, [f"A paint of client 1 (127.0.0.1:50000) is refused: {line}"])
        self.assertEqual(self.server.board.sequence, 0)

    def test_paints_of_others(self) -> None:
        """Come as boards, one for all that there is to tell."""
        self.peer.say(Hello())
        other = self.server.join()
        self.peer.receive()
        other.send(paint(1, (0, RED), (1, RED)))
        self.assertEqual([names(board) for board in self.peer.receive()], [{(0, 0): "red", (1, 0): "red"}])

    def test_boards_of_others_are_merged_while_the_peer_takes_nothing(self) -> None:
        """It is owed the latest, not each one in between."""
        self.peer.say(Hello())
        other = self.server.join()
        self.peer.receive()
        self.peer.pause()
        for cell in range(10):
            other.send(paint(cell, (cell, RED)))
        self.assertEqual(self.peer.receive(), [])
        self.peer.resume()
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [10])

    def test_boards_of_others_are_merged_for_a_moment(self) -> None:
        """The first comes at once, and one for all that follows soon; its own are not held up meanwhile."""
        self.peer.say(Hello())
        other = self.server.join()
        self.peer.receive()
        for cell in range(10):
            other.send(paint(cell, (cell, RED)))
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [1])
        self.peer.say(PaintOne(20, 0, "red"))
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [11])
        other.send(paint(10, (10, RED)))
        self.assertEqual(self.peer.receive(), [])
        self.server.clock.advance(limits.WHOLE_BOARDS_INTERVAL_SECONDS)
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [12])

    def test_boards_of_its_own_are_not_merged(self) -> None:
        """A board for each command, after as before; and none besides for what others painted meanwhile."""
        self.peer.say(Hello())
        other = self.server.join()
        self.peer.receive()
        self.peer.pause()
        for cell in range(5):
            self.peer.say(PaintOne(cell, 1, "red"))
            other.send(paint(cell, (cell, GREEN)))
        self.peer.resume()
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [10] * 5)

    def test_users_are_not_told(self) -> None:
        """The published window would take them for a board."""
        self.peer.say(Hello())
        self.peer.receive()
        self.server.join()
        self.assertEqual(self.peer.receive(), [])

    def test_cerrar(self) -> None:
        """Is answered, and the connection closed; also as the first command."""
        self.peer.say(Goodbye())
        self.assertEqual(self.peer.payloads(), [b'{"cerrar": true}'])
        self.assertTrue(self.peer.was_closed)

    def test_version_2_is_not_asked_for_later(self) -> None:
        """A command of version 1 has chosen version 1."""
        self.peer.say(Hello(), Hello(2))
        self.assertEqual(self.peer.receive()[1:], [Closing(TOO_LATE)])

    def test_messages_of_version_2(self) -> None:
        """Are none on a connection that did not ask for them: as the first thing, or later."""
        for message in (paint(1, (0, RED)), b'{"comando": "historia", "solicitud": 1}'):
            peer = self.server.connect()
            peer.send(message)
            self.assertEqual(peer.receive(), [Closing(NO_VERSION_2)])
            peer = self.server.connect()
            peer.say(Hello())
            peer.send(message)
            self.assertEqual(peer.receive()[1:], [Closing(NO_VERSION_2)])
        self.assertEqual(self.server.board.sequence, 0)

    def test_a_board_that_is_too_large(self) -> None:
        """Takes no client of version 1, and says so; one cell less takes them."""
        server = FakeServer(65_537, 1)
        for command in (Hello(), PaintOne(0, 0, "red")):
            peer = server.connect()
            peer.say(command)
            self.assertEqual(
                peer.receive(),
                [Closing("this board of 65537 x 1 is too large for version 1; use a client of version 2")],
            )
            self.assertTrue(peer.was_closed)
        self.assertEqual(server.board.sequence, 0)
        self.assertIsInstance(self.hello_to(FakeServer(256, 256)), NamedBoard)

    def hello_to(self, server: FakeServer) -> object:
        """What ``nuevo`` is answered with."""
        peer = server.connect()
        peer.say(Hello())
        return peer.receive()[0]


class HeldVersion1Tests(SynchronousTestCase):
    """Version 1 while the record takes its time."""

    def setUp(self) -> None:
        """A server whose record commits when the test says so, and a client."""
        self.record = HeldRecord()
        self.server = FakeServer(record=self.record)
        self.peer = self.server.join(version=1)

    def test_boards_wait_for_the_commit(self) -> None:
        """Also those of commands that paint nothing, since they come after one that does."""
        self.peer.say(PaintOne(0, 0, "red"), Hello(), PaintOne(99, 0, "red"), PaintOne(1, 0, "red"))
        self.assertEqual(self.peer.receive(), [])
        self.record.commit()
        self.assertEqual([names(board) for board in self.peer.receive()], [{(0, 0): "red"}])
        self.record.commit()
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [2, 2, 2])

    def test_a_paint_that_was_not_recorded(self) -> None:
        """Is answered with the board as it is; painting again works."""
        with log():
            self.peer.say(PaintOne(0, 0, "red"))
            self.record.refuse()
            self.assertEqual([names(board) for board in self.peer.receive()], [{}])
            self.peer.say(PaintOne(0, 0, "red"))
            self.record.commit()
        self.assertEqual([names(board) for board in self.peer.receive()], [{(0, 0): "red"}])

    def test_cerrar_waits_for_what_was_asked_before(self) -> None:
        """Then comes the goodbye."""
        self.peer.say(PaintOne(0, 0, "red"), PaintOne(1, 0, "red"), Goodbye())
        self.assertEqual((self.peer.receive(), self.peer.was_closed), ([], False))
        self.record.commit()
        self.record.commit()
        *boards, goodbye = self.peer.receive()
        self.assertEqual([len(names(board)) for board in boards], [1, 2])
        self.assertEqual(goodbye, Closing())
        self.assertTrue(self.peer.was_closed)

    def test_a_fault_waits_for_what_was_asked_before(self) -> None:
        """What was right before it is answered."""
        self.peer.say(PaintOne(0, 0, "red"))
        self.peer.send(b"?")
        self.record.commit()
        board, goodbye = self.peer.receive()
        self.assertEqual(len(names(board)), 1)
        self.assertIn("not a JSON object", goodbye.error)

    def test_a_peer_that_is_gone(self) -> None:
        """What it painted is recorded all the same."""
        self.peer.say(PaintOne(0, 0, "red"), PaintOne(1, 0, "red"))
        self.peer.hang_up()
        self.record.commit()
        self.record.commit()
        self.assertEqual(self.server.board.sequence, 2)
        self.assertEqual(self.peer.receive(), [])

    def test_paints_sent_ahead_do_not_hold_up_a_board(self) -> None:
        """The board of a recorded command comes while the next one is being recorded."""
        self.peer.say(PaintOne(0, 0, "red"), PaintOne(1, 0, "red"))
        self.record.commit()
        self.assertTrue(self.record.is_committing)
        self.assertEqual(len(self.peer.receive()), 1)


class GreetingTests(SynchronousTestCase):
    """``nuevo`` of version 2."""

    def setUp(self) -> None:
        """A server on whose board three pixels were painted."""
        self.server = FakeServer()
        painter = self.server.join()
        painter.send(paint(1, (0, RED), (1, RED)), paint(2, (0, GREEN)))
        painter.hang_up()
        self.server.clock.advance(1)
        self.peer = self.server.connect()

    def greet(self, hello: Hello) -> list[object]:
        """What is answered."""
        self.peer.say(hello)
        return self.peer.receive()

    def test_fresh(self) -> None:
        """A welcome, then the whole board."""
        first, board = self.greet(Hello(2))
        self.assertEqual(first, welcome(2, 3))
        self.assertEqual(board.sequence, 3)
        self.assertEqual(cells(board), {0: GREEN, 1: RED})

    def test_words_of_a_welcome(self) -> None:
        """As the protocol has them."""
        self.peer.say(Hello(2))
        self.assertEqual(
            json.loads(self.peer.payloads()[0]),
            {
                "comando": "bienvenida",
                "version": 2,
                "id": 2,
                "lienzo": CANVAS_ID,
                "ancho": 50,
                "alto": 50,
                "paleta": [[colour.name, colour.value] for colour in AF06],
                "secuencia": 3,
            },
        )

    def test_resuming(self) -> None:
        """Who holds this canvas as of a sequence gets what came after it."""
        self.assertEqual(self.greet(Hello(2, CANVAS_ID, 2)), [welcome(2, 3), changes(3, (0, GREEN))])

    def test_resuming_where_nothing_came(self) -> None:
        """Changes follow all the same, empty ones: the client knows then that it is up to date."""
        self.assertEqual(self.greet(Hello(2, CANVAS_ID, 3)), [welcome(2, 3), changes(3)])

    def test_resuming_from_the_beginning(self) -> None:
        """Sequence 0 is a board too: the empty one."""
        self.assertEqual(
            self.greet(Hello(2, CANVAS_ID, 0)), [welcome(2, 3), changes(3, (0, RED), (1, RED), (0, GREEN))]
        )

    def test_resuming_another_canvas(self) -> None:
        """Its sequences say nothing here."""
        self.assertEqual(cells(self.greet(Hello(2, "another", 2))[1]), {0: GREEN, 1: RED})

    def test_resuming_from_a_sequence_that_never_was(self) -> None:
        """Gets the whole board, below and beyond."""
        for since in (-1, 4, 10**18, -(10**18)):
            self.assertIsInstance(self.greet(Hello(2, CANVAS_ID, since))[1], WholeBoard)

    def test_a_version_to_come(self) -> None:
        """Is answered with version 2."""
        self.peer.say(Hello(9))
        self.assertEqual(json.loads(self.peer.payloads()[0])["version"], 2)

    def test_again(self) -> None:
        """Is answered again, with a welcome and the board."""
        self.greet(Hello(2))
        self.assertEqual(self.greet(Hello(2, CANVAS_ID, 3)), [welcome(2, 3), changes(3)])
        first, board = self.greet(Hello(2))
        self.assertEqual((first, cells(board)), (welcome(2, 3), {0: GREEN, 1: RED}))

    def test_again_does_not_count_twice(self) -> None:
        """It is one viewer still."""
        self.greet(Hello(2))
        self.server.clock.advance(1)
        self.assertEqual(self.peer.receive(), [Users(1)])
        self.greet(Hello(2))
        self.server.clock.advance(2)
        self.assertEqual(self.peer.receive(), [])

    def test_name(self) -> None:
        """Is kept with what it paints from then on."""
        record = HeldRecord()
        peer = FakeServer(record=record).connect()
        peer.say(Hello(2, name="Ada"))
        peer.send(paint(1, (0, RED)))
        self.assertEqual(record.batches[0][0].painter, Painter(1, "Ada", "127.0.0.1:50000"))
        record.commit()
        peer.say(Hello(2, name="Eva"))
        peer.send(paint(1, (0, RED)))
        self.assertEqual(record.batches[1][0].painter.name, "Eva")


class Version2Tests(SynchronousTestCase):
    """Changes, answers, rejections."""

    def setUp(self) -> None:
        """A server with two viewers."""
        self.server = FakeServer()
        self.peer, self.other = self.server.join(), self.server.join()
        self.peer.receive()

    def test_a_paint(self) -> None:
        """Everybody is told what changed; its painter that it is recorded, after the change itself."""
        self.peer.send(paint(7, (0, RED), (51, GREEN)))
        self.assertEqual(self.peer.receive(), [changes(2, (0, RED), (51, GREEN)), Acknowledged(7, 2)])
        self.assertEqual(self.other.receive(), [changes(2, (0, RED), (51, GREEN))])

    def test_a_request_number_is_the_clients_own(self) -> None:
        """Any 32 bits, also the same again."""
        self.peer.send(paint(2**32 - 1, (0, RED)), paint(2**32 - 1, (1, RED)))
        self.assertEqual(self.peer.receive()[1::2], [Acknowledged(2**32 - 1, 1), Acknowledged(2**32 - 1, 2)])

    def test_a_rejected_paint(self) -> None:
        """Changes nothing, is told with the true colours of its cells, and logged."""
        self.other.send(paint(1, (5, GREEN)))
        self.peer.receive(), self.other.receive()
        with log() as logged:
            self.peer.send(paint(8, (5, RED), (2500, RED), (6, RED), (5, BLACK)))
        self.assertEqual(
            self.peer.receive(),
            [
                Rejected(
                    8,
                    "cell 2500 is outside of the board of 50 x 50",
                    pack_pixels([(5, GREEN), (6, 0), (5, GREEN)]),
                )
            ],
        )
        self.assertEqual(self.other.receive(), [])
        self.assertEqual(self.server.board.sequence, 1)
        self.assertEqual(
            logged.lines,
            ["A paint of client 1 (127.0.0.1:50000) is refused: cell 2500 is outside of the board of 50 x 50"],
        )

    def test_words_of_a_rejection(self) -> None:
        """As the protocol has them."""
        self.peer.send(paint(8, (5, 200)))
        [payload] = self.peer.payloads()
        self.assertEqual(
            json.loads(payload),
            {
                "comando": "rechazado",
                "solicitud": 8,
                "motivo": "colour 200 is not in the palette of 8",
                "codigo": "color-fuera",
                "valores": {"color": 200, "colores": 8},
                "pixeles": [[5, 0]],
            },
        )

    def test_the_connection_lives_on_after_a_rejection(self) -> None:
        """It is no fault of the protocol."""
        self.peer.send(paint(8, (9999, RED)), paint(9, (0, RED)))
        self.assertEqual(self.peer.receive()[1:], [changes(1, (0, RED)), Acknowledged(9, 1)])

    def test_who_is_behind_gets_one_message(self) -> None:
        """About everything that came meanwhile."""
        self.peer.pause()
        for cell in range(10):
            self.other.send(paint(cell, (cell, RED)))
        self.assertEqual(self.peer.receive(), [])
        self.peer.resume()
        self.assertEqual(self.peer.receive(), [changes(10, *[(cell, RED) for cell in range(10)])])

    def test_who_missed_more_than_is_held_gets_the_board(self) -> None:
        """One message still."""
        self.peer.pause()
        for number in range(20):
            self.other.send(paint(number, *[(number, RED)] * 1000))
        self.peer.resume()
        [board] = self.peer.receive()
        self.assertEqual(cells(board), dict.fromkeys(range(20), RED))

    def test_newcomers_to_a_large_board_share_it_for_a_moment(self) -> None:
        """Each has what was painted since at once after it."""
        server = FakeServer(1000, 1000)
        painter, first, second = server.connect(), server.connect(), server.connect()
        painter.say(Hello(2))
        painter.send(paint(1, (0, RED)))
        first.say(Hello(2))
        painter.send(paint(2, (1, GREEN)))
        second.say(Hello(2))
        self.assertEqual(
            [[(type(message), message.sequence) for message in peer.receive()] for peer in (first, second)],
            [
                [(Welcome, 1), (WholeBoard, 0), (Changes, 1), (Changes, 2)],
                [(Welcome, 2), (WholeBoard, 0), (Changes, 2)],
            ],
        )

    def test_commands_of_version_1(self) -> None:
        """Are none here, but the goodbye."""
        for command in (Hello(), PaintOne(0, 0, "red")):
            peer = self.server.join()
            peer.say(command)
            self.assertEqual(peer.receive(), [Failed(NO_VERSION_1), Closing()])
            self.assertTrue(peer.was_closed)
        self.peer.receive()
        self.peer.say(Goodbye())
        self.assertEqual(self.peer.payloads(), [b'{"cerrar": true}'])
        self.assertTrue(self.peer.was_closed)

    def test_a_fault(self) -> None:
        """Is told in the words of version 2, and then the goodbye."""
        self.peer.send(b'{"comando": "bailar"}')
        self.assertEqual(
            self.peer.payloads(),
            [
                b'{"comando": "error", "error": "unknown command \'bailar\'", "codigo": "comando-desconocido", '
                b'"valores": {"comando": "\'bailar\'"}}',
                b'{"cerrar": true}',
            ],
        )

    def test_nothing_is_read_after_the_goodbye(self) -> None:
        """Whatever follows it."""
        self.peer.say(Goodbye())
        self.peer.receive()
        self.peer.send(paint(1, (0, RED)), b"?")
        self.assertEqual(self.peer.receive(), [])
        self.assertEqual(self.server.board.sequence, 0)

    def test_a_nuevo_is_answered_before_the_goodbye(self) -> None:
        """Also to a peer that is behind."""
        self.peer.pause()
        self.peer.say(Hello(2), Goodbye())
        self.peer.resume()
        first, board, goodbye = self.peer.receive()
        self.assertEqual((first, goodbye), (welcome(1, 0), Closing()))
        self.assertIsInstance(board, WholeBoard)


class HeldVersion2Tests(SynchronousTestCase):
    """Version 2 while the record takes its time."""

    def setUp(self) -> None:
        """A server whose record commits when the test says so, and a client."""
        self.record = HeldRecord()
        self.server = FakeServer(record=self.record)
        self.peer = self.server.join()

    def test_each_request_of_a_batch_has_its_own_sequence(self) -> None:
        """The one from which on the board has all of it."""
        self.peer.send(paint(1, (0, RED)), paint(2, (1, RED), (2, RED)), paint(3, (3, RED)))
        self.record.commit()
        self.record.commit()
        self.assertEqual(
            self.peer.receive(),
            [
                changes(1, (0, RED)),
                Acknowledged(1, 1),
                changes(4, (1, RED), (2, RED), (3, RED)),
                Acknowledged(2, 3),
                Acknowledged(3, 4),
            ],
        )

    def test_a_rejection_may_come_before_earlier_answers(self) -> None:
        """It needs no commit."""
        self.peer.send(paint(1, (0, RED)), paint(2, (9999, RED)))
        self.assertEqual([type(message) for message in self.peer.receive()], [Rejected])
        self.record.commit()
        self.assertEqual(self.peer.receive(), [changes(1, (0, RED)), Acknowledged(1, 1)])

    def test_a_paint_that_was_not_recorded(self) -> None:
        """Is rejected with the reason and the true colours; painting again works."""
        with log() as logged:
            self.peer.send(paint(1, (0, RED)))
            self.record.refuse()
            self.assertEqual(self.peer.receive(), [Rejected(1, "the disk is full", pack_pixels([(0, 0)]))])
            self.peer.send(paint(2, (0, RED)))
            self.record.commit()
        self.assertEqual(self.peer.receive(), [changes(1, (0, RED)), Acknowledged(2, 1)])
        self.assertFalse(logged.has_traceback)

    def test_true_colours_are_those_of_when_it_is_told(self) -> None:
        """What was painted meanwhile by somebody else shows in them."""
        other = self.server.join()
        with log():
            self.peer.send(paint(1, (0, RED)))
            other.send(paint(1, (0, GREEN)))
            self.peer.pause()
            self.record.refuse()
            self.record.commit()
            self.peer.resume()
        [rejected] = [message for message in self.peer.receive() if isinstance(message, Rejected)]
        self.assertEqual(list(unpack_pixels(rejected.pixels)), [(0, GREEN)])

    def test_an_answer_waits_for_the_message_that_shows_it(self) -> None:
        """Telling may be later than recording: the answer is not before it."""
        clock = self.server.clock

        class SlowToTell:
            def board_changed(self) -> None:
                clock.pump([5])

        self.server.board.join(SlowToTell())
        clock.advance(1)
        self.peer.send(paint(1, (0, RED)))
        self.record.commit()
        self.peer.receive()
        self.peer.send(paint(2, (1, RED)))
        self.record.commit()
        self.assertEqual(self.peer.receive(), [])
        clock.advance(5)
        self.assertEqual(self.peer.receive(), [changes(2, (1, RED)), Acknowledged(2, 2)])

    def test_cerrar_waits_for_what_was_asked_before(self) -> None:
        """Change, answer, goodbye."""
        self.peer.send(paint(1, (0, RED)))
        self.peer.say(Goodbye())
        self.assertEqual((self.peer.receive(), self.peer.was_closed), ([], False))
        self.record.commit()
        self.assertEqual(self.peer.receive(), [changes(1, (0, RED)), Acknowledged(1, 1), Closing()])
        self.assertTrue(self.peer.was_closed)

    def test_answers_are_not_starved_by_news(self) -> None:
        """A peer that is behind after every message gets its answer before the next news."""
        other = self.server.join()
        self.peer.send(paint(1, (0, RED)))
        self.record.commit()
        self.peer.receive()
        self.peer.send(paint(2, (1, RED)))
        self.peer.pause()
        self.record.commit()
        seen: list[object] = []
        for number in range(6):
            other.send(paint(number, (number, GREEN)))
            self.record.commit()
            self.peer.resume_for_one_message()
            seen += self.peer.receive()
        self.assertIn(Acknowledged(2, 2), seen[:2])

    def test_the_goodbye_is_not_starved_by_news(self) -> None:
        """Nor is what it waits for."""
        other = self.server.join()
        self.peer.receive()
        self.peer.pause()
        self.peer.send(paint(2, (1, RED)))
        self.peer.say(Goodbye())
        self.record.commit()
        seen: list[object] = []
        for number in range(2):
            other.send(paint(number, *((cell, GREEN) for cell in range(1000))))  # more than is sent together
            self.record.commit()
            self.peer.resume_for_one_message()
            seen += self.peer.receive()
        self.assertEqual([type(message) for message in seen], [Changes, Acknowledged, Closing])
        self.peer.resume()
        self.assertTrue(self.peer.was_closed)


class HoldingBackTests(SynchronousTestCase):
    """A peer that asks for more than it is answered is not read from."""

    def test_while_commits_are_slow(self) -> None:
        """It is read again as soon as its requests are answered."""
        record = HeldRecord()
        peer = FakeServer(record=record).join()
        for request in range(limits.REPLIES_OWED):
            self.assertTrue(peer.is_read_from)
            peer.send(paint(request, (0, RED)))
        self.assertFalse(peer.is_read_from)
        record.commit()
        self.assertTrue(peer.is_read_from)

    def test_version_1_while_commits_are_slow(self) -> None:
        """The same, also with commands that paint nothing."""
        record = HeldRecord()
        peer = FakeServer(record=record).join(version=1)
        peer.say(PaintOne(0, 0, "red"))
        for _command in range(limits.REPLIES_OWED - 1):
            self.assertTrue(peer.is_read_from)
            peer.say(Hello())
        self.assertFalse(peer.is_read_from)
        record.commit()
        self.assertTrue(peer.is_read_from)

    def test_while_it_takes_nothing(self) -> None:
        """It is read again as it takes its answers."""
        for version, command in ((1, b'{"comando": "nuevo"}'), (2, paint(1, (0, RED))), (2, paint(1, (9999, RED)))):
            peer = FakeServer().join(version=version)
            peer.pause()
            with log():
                for _command in range(limits.REPLIES_OWED):
                    self.assertTrue(peer.is_read_from)
                    peer.send(command)
            self.assertFalse(peer.is_read_from)
            peer.resume()
            self.assertTrue(peer.is_read_from)
            self.assertGreaterEqual(len(peer.receive()), limits.REPLIES_OWED)

    def test_who_goes_is_read_to_the_end(self) -> None:
        """Or its own goodbye, and its hanging up, would not be noticed."""
        record = HeldRecord()
        server = FakeServer(record=record)
        peer = server.join()
        peer.send(*[paint(1, (0, RED))] * limits.REPLIES_OWED)
        self.assertFalse(peer.is_read_from)
        server.clients.close()
        self.assertTrue(peer.is_read_from)

    def test_a_peer_that_is_lost_meanwhile(self) -> None:
        """Leaves nothing behind that fails."""
        record = HeldRecord()
        server = FakeServer(record=record)
        peer = server.join()
        peer.send(*[paint(1, (0, RED))] * limits.REPLIES_OWED)
        peer.transport.abortConnection()
        peer.hang_up()
        record.commit()
        record.commit()
        self.assertEqual(server.board.sequence, limits.REPLIES_OWED)


class UsersTests(SynchronousTestCase):
    """How many are connected."""

    def test_told_once_a_second_at_most(self) -> None:
        """Also to somebody who has just come."""
        server = FakeServer()
        first = server.connect()
        first.say(Hello(2))
        server.clock.advance(0)
        first.receive()
        second = server.connect()
        second.say(Hello(2))
        self.assertEqual([type(message) for message in second.receive()], [Welcome, WholeBoard])
        server.clock.advance(0.99)
        self.assertEqual((first.receive(), second.receive()), ([], []))
        server.clock.advance(0.01)
        self.assertEqual((first.receive(), second.receive()), ([Users(2)], [Users(2)]))

    def test_somebody_comes_as_another_goes(self) -> None:
        """The number is the same, and the one who came is told it."""
        server = FakeServer()
        server.join()
        leaving = server.join()
        coming = server.connect()
        coming.say(Hello(2))
        leaving.hang_up()
        server.clock.advance(1)
        self.assertEqual(coming.receive()[2:], [Users(2)])

    def test_not_forgotten_over_another_nuevo(self) -> None:
        """What a peer that is behind has not been told is told with the rest."""
        server = FakeServer()
        peer = server.connect()
        peer.say(Hello(2))
        peer.pause()
        server.clock.advance(1)
        peer.receive()
        peer.say(Hello(2))
        peer.resume()
        self.assertEqual(peer.receive()[2:], [Users(1)])

    def test_words(self) -> None:
        """As the protocol has them."""
        server = FakeServer()
        peer = server.connect()
        peer.say(Hello(2))
        server.clock.advance(0)
        self.assertEqual(peer.payloads()[2:], [b'{"comando": "usuarios", "conectados": 1}'])


class HistoryRecord(MemoryRecord):
    """Answers questions about the history when the test says so."""

    def __init__(self) -> None:
        super().__init__(CANVAS_ID, Canvas(50, 50, AF06))
        self.asked: list[tuple[str, object]] = []
        self.answers: list[Deferred[object]] = []

    def _ask(self, what: str, argument: object = None) -> Deferred[object]:
        self.asked.append((what, argument))
        self.answers.append(Deferred())
        return self.answers[-1]

    def span(self) -> Deferred[Span]:
        """See :class:`dcc.board.record.Record`."""
        return self._ask("span")

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """See :class:`dcc.board.record.Record`."""
        return self._ask("board_at", sequence)

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """See :class:`dcc.board.record.Record`."""
        return self._ask("last_placement", cell)


class QuestionTests(SynchronousTestCase):
    """Questions about the history."""

    def setUp(self) -> None:
        """A server with a history, and a client."""
        self.record = HistoryRecord()
        self.server = FakeServer(record=self.record)
        self.peer = self.server.join()

    def answer(self, value: object) -> list[object]:
        """What the peer is told when the record has answered."""
        self.record.answers.pop().callback(value)
        return self.peer.receive()

    def test_how_far_it_goes(self) -> None:
        """From when to when, and the last sequence."""
        self.peer.say(AskHistory(3))
        self.assertEqual(self.record.asked, [("span", None)])
        self.assertEqual(self.answer(Span(7, 1000, 2000)), [History(3, 7, 1000, 2000)])

    def test_the_board_then(self) -> None:
        """With the sequence that it really is of."""
        self.peer.say(AskHistory(3, 99))
        self.assertEqual(self.record.asked, [("board_at", 99)])
        self.assertEqual(
            self.answer(Moment(7, 2000, bytes(2500), (0, bytes(2500)))), [PastBoard(3, 7, 2000, bytes(2500))]
        )

    def test_who_painted_a_cell(self) -> None:
        """Somebody, or nobody."""
        self.peer.say(AskAuthor(3, column=10, row=2))
        self.assertEqual(self.record.asked, [("last_placement", 110)])
        placement = Placement(7, 2000, Painter(4, "Ada", "127.0.0.1:5"))
        self.assertEqual(self.answer(placement), [Author(3, 10, 2, "Ada", 4, 2000, 7)])
        self.peer.say(AskAuthor(4, 10, 2))
        self.assertEqual(self.answer(None), [Author(4, 10, 2)])

    def test_a_cell_that_there_is_not(self) -> None:
        """Is rejected, and the record not asked."""
        self.peer.say(AskAuthor(3, 50, 0))
        self.assertEqual(self.peer.receive(), [Rejected(3, "column 50, row 0 is outside of the board of 50 x 50", b"")])
        self.assertEqual(self.record.asked, [])

    def test_one_at_a_time(self) -> None:
        """An answer may be a whole board: the next question is rejected until the last answer is taken."""
        busy = "one question at a time: the one before is not answered yet"
        self.peer.say(AskHistory(1), AskHistory(2))
        self.assertEqual(self.peer.receive(), [Rejected(2, busy, b"")])
        self.peer.pause()
        self.answer(Span(0, None, None))
        self.peer.say(AskHistory(3))
        self.peer.resume()
        self.assertEqual(self.peer.receive(), [History(1, 0, None, None), Rejected(3, busy, b"")])
        self.peer.say(AskHistory(4))
        self.assertEqual(self.answer(Span(0, None, None)), [History(4, 0, None, None)])

    def test_a_record_that_cannot_say(self) -> None:
        """The reason is told, and the next question is taken."""
        for request in (1, 2):
            self.peer.say(AskHistory(request))
            self.record.answers.pop().errback(RecordError("the file is gone"))
            self.assertEqual(self.peer.receive(), [Rejected(request, "the file is gone", b"")])

    def test_our_own_fault(self) -> None:
        """Is logged as one, and the question is answered all the same."""
        self.peer.say(AskHistory(1))
        self.record.answers.pop().errback(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.peer.receive(), [Rejected(1, "the server could not look it up", b"")])

    def test_a_server_without_a_history(self) -> None:
        """Says so."""
        peer = FakeServer().join()
        peer.say(AskHistory(1), AskHistory(2, 5), AskAuthor(3, 0, 0))
        self.assertEqual(
            peer.receive(), [Rejected(request, "this server keeps no history", b"") for request in (1, 2, 3)]
        )

    def test_a_peer_that_is_gone(self) -> None:
        """Nothing is looked up for it any more, and an answer that comes all the same goes nowhere."""
        self.peer.say(AskHistory(1))
        self.peer.hang_up()
        self.assertTrue(self.record.answers[0].called)
        self.assertEqual(self.answer(Span(0, None, None)), [])

    def test_the_goodbye_waits_for_the_answer(self) -> None:
        """It was asked before."""
        self.peer.say(AskHistory(1), Goodbye())
        self.assertEqual(self.peer.receive(), [])
        self.assertEqual(self.answer(Span(0, None, None)), [History(1, 0, None, None), Closing()])
