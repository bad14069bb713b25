"""One client's session: answers, their order, and the end of the session."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits
from dcc.core.actions import LogEntry, NameMoment
from dcc.core.canvas import Canvas, pack_pixels, unpack_pixels
from dcc.core.heat import Heat
from dcc.core.painted_by import PaintedBy, PainterMap
from dcc.core.palette import AF06
from dcc.core.placements import Moment, NamedMoment, Painter, Placement, Span
from dcc.errors import RecordError
from dcc.protocol import codec
from dcc.protocol.messages import (
    Acknowledged,
    AskAuthor,
    AskHeat,
    AskHistory,
    AskPainters,
    Author,
    Changes,
    Closing,
    Failed,
    Goodbye,
    HeatMap,
    Hello,
    History,
    NamedBoard,
    PaintersMap,
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
NO_VERSION_2 = "a message of version 2 on a connection that did not ask for version 2"
TOO_LATE = "version 2 must be asked for in the first command of a connection"


def welcome(client_id: int, sequence: int) -> Welcome:
    """Return the welcome of a client on the usual board."""
    return Welcome(client_id, CANVAS_ID, 50, 50, AF06, sequence)


def changes(sequence: int, *pixels: tuple[int, int]) -> Changes:
    """Return changes made of ``(cell, colour)`` pairs."""
    return Changes(sequence, pack_pixels(pixels))


class Version1Tests(SynchronousTestCase):
    """The published activity."""

    def setUp(self) -> None:
        self.server = FakeServer()
        self.peer = self.server.connect()

    def test_nothing_is_sent_before_the_first_command_of_a_client(self) -> None:
        # Until then the version of the client is unknown.
        self.server.join().send(paint(1, (0, RED)))
        self.server.clock.advance(2)
        self.assertEqual(self.peer.receive(), [])

    def test_nuevo_is_answered_with_the_board(self) -> None:
        self.peer.say(Hello())
        [board] = self.peer.receive()
        self.assertEqual(names(board), {})
        self.assertEqual(len(board.names), 2500)

    def test_a_paint_is_answered_with_one_board_that_shows_it_in_column_y_pos_and_row_x_pos(self) -> None:
        self.peer.say(Hello())
        self.peer.receive()
        self.peer.send(b'{"comando": "pintar", "x_pos": "3", "y_pos": "10", "nombre_color": "red"}')
        [payload] = self.peer.payloads()
        self.assertEqual(json.loads(payload)["10"]["3"], "red")
        self.assertEqual(names(codec.decode_server(payload)), {(10, 3): "red"})
        self.assertEqual(self.server.board.canvas.colours[3 * 50 + 10], RED)

    def test_a_paint_as_the_first_command_chooses_version_1(self) -> None:
        self.peer.say(PaintOne(1, 2, "green"))
        [board] = self.peer.receive()
        self.assertEqual(names(board), {(1, 2): "green"})

    def test_every_command_is_answered_with_a_board_that_shows_all_commands_up_to_it(self) -> None:
        self.peer.say(Hello(), PaintOne(0, 0, "red"), Hello(), PaintOne(1, 0, "blue"))
        self.assertEqual(
            [names(board) for board in self.peer.receive()],
            [{}, {(0, 0): "red"}, {(0, 0): "red"}, {(0, 0): "red", (1, 0): "blue"}],
        )

    def test_a_refused_paint_is_logged_with_its_reason_and_answered_with_the_board(self) -> None:
        # The board corrects the sender's screen.
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

    def test_a_paint_of_another_client_is_shown_in_one_board(self) -> None:
        self.peer.say(Hello())
        other = self.server.join()
        self.peer.receive()
        other.send(paint(1, (0, RED), (1, RED)))
        self.assertEqual([names(board) for board in self.peer.receive()], [{(0, 0): "red", (1, 0): "red"}])

    def test_paints_of_others_are_merged_into_one_board_while_the_client_is_behind(self) -> None:
        self.peer.say(Hello())
        other = self.server.join()
        self.peer.receive()
        self.peer.pause()
        for cell in range(10):
            other.send(paint(cell, (cell, RED)))
        self.assertEqual(self.peer.receive(), [])
        self.peer.resume()
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [10])

    def test_paints_of_others_are_merged_for_a_moment_but_own_paints_are_answered_at_once(self) -> None:
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

    def test_a_client_that_was_behind_gets_one_board_for_each_own_command_and_none_besides(self) -> None:
        self.peer.say(Hello())
        other = self.server.join()
        self.peer.receive()
        self.peer.pause()
        for cell in range(5):
            self.peer.say(PaintOne(cell, 1, "red"))
            other.send(paint(cell, (cell, GREEN)))
        self.peer.resume()
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [10] * 5)

    def test_the_number_of_users_is_not_sent_to_version_1(self) -> None:
        # The published window would take the message for a board.
        self.peer.say(Hello())
        self.peer.receive()
        self.server.join()
        self.assertEqual(self.peer.receive(), [])

    def test_cerrar_as_the_first_command_is_answered_and_the_connection_closed(self) -> None:
        self.peer.say(Goodbye())
        self.assertEqual(self.peer.payloads(), [b'{"cerrar": true}'])
        self.assertTrue(self.peer.was_closed)

    def test_version_2_cannot_be_chosen_after_a_command_of_version_1(self) -> None:
        self.peer.say(Hello(), Hello(2))
        self.assertEqual(self.peer.receive()[1:], [Closing(TOO_LATE)])

    def test_a_message_of_version_2_is_a_fault_without_a_version_and_in_version_1(self) -> None:
        for message in (paint(1, (0, RED)), b'{"comando": "historia", "solicitud": 1}'):
            peer = self.server.connect()
            peer.send(message)
            self.assertEqual(peer.receive(), [Closing(NO_VERSION_2)])
            peer = self.server.connect()
            peer.say(Hello())
            peer.send(message)
            self.assertEqual(peer.receive()[1:], [Closing(NO_VERSION_2)])
        self.assertEqual(self.server.board.sequence, 0)

    def test_a_board_above_65536_cells_refuses_version_1_with_a_reason(self) -> None:
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
        """Return the answer to ``nuevo``."""
        peer = server.connect()
        peer.say(Hello())
        return peer.receive()[0]


class HeldVersion1Tests(SynchronousTestCase):
    """Version 1 while commits are slow."""

    def setUp(self) -> None:
        self.record = HeldRecord()
        self.server = FakeServer(record=self.record)
        self.peer = self.server.join(version=1)

    def test_answers_wait_for_the_commit_even_after_commands_that_paint_nothing(self) -> None:
        # Such a command comes after one that paints, and answers keep the order of the commands.
        self.peer.say(PaintOne(0, 0, "red"), Hello(), PaintOne(99, 0, "red"), PaintOne(1, 0, "red"))
        self.assertEqual(self.peer.receive(), [])
        self.record.commit()
        self.assertEqual([names(board) for board in self.peer.receive()], [{(0, 0): "red"}])
        self.record.commit()
        self.assertEqual([len(names(board)) for board in self.peer.receive()], [2, 2, 2])

    def test_a_paint_that_was_not_recorded_is_answered_with_the_board_and_can_be_repeated(self) -> None:
        with log():
            self.peer.say(PaintOne(0, 0, "red"))
            self.record.refuse()
            self.assertEqual([names(board) for board in self.peer.receive()], [{}])
            self.peer.say(PaintOne(0, 0, "red"))
            self.record.commit()
        self.assertEqual([names(board) for board in self.peer.receive()], [{(0, 0): "red"}])

    def test_the_goodbye_follows_the_answers_to_earlier_commands(self) -> None:
        self.peer.say(PaintOne(0, 0, "red"), PaintOne(1, 0, "red"), Goodbye())
        self.assertEqual((self.peer.receive(), self.peer.was_closed), ([], False))
        self.record.commit()
        self.record.commit()
        *boards, goodbye = self.peer.receive()
        self.assertEqual([len(names(board)) for board in boards], [1, 2])
        self.assertEqual(goodbye, Closing())
        self.assertTrue(self.peer.was_closed)

    def test_a_fault_is_told_after_the_answers_to_earlier_commands(self) -> None:
        self.peer.say(PaintOne(0, 0, "red"))
        self.peer.send(b"?")
        self.record.commit()
        board, goodbye = self.peer.receive()
        self.assertEqual(len(names(board)), 1)
        self.assertIn("not a JSON object", goodbye.error)

    def test_paints_of_a_client_that_left_are_recorded(self) -> None:
        self.peer.say(PaintOne(0, 0, "red"), PaintOne(1, 0, "red"))
        self.peer.hang_up()
        self.record.commit()
        self.record.commit()
        self.assertEqual(self.server.board.sequence, 2)
        self.assertEqual(self.peer.receive(), [])

    def test_a_recorded_paint_is_answered_while_the_next_paint_is_being_recorded(self) -> None:
        self.peer.say(PaintOne(0, 0, "red"), PaintOne(1, 0, "red"))
        self.record.commit()
        self.assertTrue(self.record.is_committing)
        self.assertEqual(len(self.peer.receive()), 1)


class GreetingTests(SynchronousTestCase):
    """``nuevo`` of version 2."""

    def setUp(self) -> None:
        """Paint three pixels before the client connects."""
        self.server = FakeServer()
        painter = self.server.join()
        painter.send(paint(1, (0, RED), (1, RED)), paint(2, (0, GREEN)))
        painter.hang_up()
        self.server.clock.advance(1)
        self.peer = self.server.connect()

    def greet(self, hello: Hello) -> list[object]:
        """Return the answer to a ``nuevo``."""
        self.peer.say(hello)
        return self.peer.receive()

    def test_a_new_client_gets_a_welcome_and_the_whole_board(self) -> None:
        first, board = self.greet(Hello(2))
        self.assertEqual(first, welcome(2, 3))
        self.assertEqual(board.sequence, 3)
        self.assertEqual(cells(board), {0: GREEN, 1: RED})

    def test_a_welcome_has_the_words_of_the_protocol(self) -> None:
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

    def test_a_client_that_holds_the_canvas_gets_the_changes_since_its_sequence(self) -> None:
        self.assertEqual(self.greet(Hello(2, CANVAS_ID, 2)), [welcome(2, 3), changes(3, (0, GREEN))])

    def test_a_client_that_missed_nothing_gets_empty_changes(self) -> None:
        # Empty changes tell the client that its board is up to date.
        self.assertEqual(self.greet(Hello(2, CANVAS_ID, 3)), [welcome(2, 3), changes(3)])

    def test_a_client_that_holds_the_empty_board_gets_all_changes(self) -> None:
        self.assertEqual(
            self.greet(Hello(2, CANVAS_ID, 0)), [welcome(2, 3), changes(3, (0, RED), (1, RED), (0, GREEN))]
        )

    def test_a_client_that_holds_another_canvas_gets_the_whole_board(self) -> None:
        self.assertEqual(cells(self.greet(Hello(2, "another", 2))[1]), {0: GREEN, 1: RED})

    def test_a_client_whose_sequence_never_existed_gets_the_whole_board(self) -> None:
        for since in (-1, 4, 10**18, -(10**18)):
            self.assertIsInstance(self.greet(Hello(2, CANVAS_ID, since))[1], WholeBoard)

    def test_a_client_of_a_later_version_is_answered_in_version_2(self) -> None:
        self.peer.say(Hello(9))
        self.assertEqual(json.loads(self.peer.payloads()[0])["version"], 2)

    def test_a_further_nuevo_is_answered_with_a_welcome_and_the_board_again(self) -> None:
        self.greet(Hello(2))
        self.assertEqual(self.greet(Hello(2, CANVAS_ID, 3)), [welcome(2, 3), changes(3)])
        first, board = self.greet(Hello(2))
        self.assertEqual((first, cells(board)), (welcome(2, 3), {0: GREEN, 1: RED}))

    def test_a_further_nuevo_does_not_count_as_a_further_user(self) -> None:
        self.greet(Hello(2))
        self.server.clock.advance(1)
        self.assertEqual(self.peer.receive(), [Users(1)])
        self.greet(Hello(2))
        self.server.clock.advance(2)
        self.assertEqual(self.peer.receive(), [])

    def test_the_name_in_nuevo_is_recorded_with_later_paints(self) -> None:
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
        self.server = FakeServer()
        self.peer, self.other = self.server.join(), self.server.join()
        self.peer.receive()

    def test_a_paint_is_shown_to_everybody_and_then_acknowledged_to_its_painter(self) -> None:
        self.peer.send(paint(7, (0, RED), (51, GREEN)))
        self.assertEqual(self.peer.receive(), [changes(2, (0, RED), (51, GREEN)), Acknowledged(7, 2)])
        self.assertEqual(self.other.receive(), [changes(2, (0, RED), (51, GREEN))])

    def test_a_request_may_have_any_number_of_32_bits_even_twice(self) -> None:
        self.peer.send(paint(2**32 - 1, (0, RED)), paint(2**32 - 1, (1, RED)))
        self.assertEqual(self.peer.receive()[1::2], [Acknowledged(2**32 - 1, 1), Acknowledged(2**32 - 1, 2)])

    def test_a_rejected_paint_changes_nothing_and_is_answered_with_true_colours_and_logged(self) -> None:
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

    def test_a_rejection_has_the_words_of_the_protocol(self) -> None:
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

    def test_a_rejection_does_not_end_the_connection(self) -> None:
        self.peer.send(paint(8, (9999, RED)), paint(9, (0, RED)))
        self.assertEqual(self.peer.receive()[1:], [changes(1, (0, RED)), Acknowledged(9, 1)])

    def test_a_client_that_was_behind_gets_one_message_with_all_changes(self) -> None:
        self.peer.pause()
        for cell in range(10):
            self.other.send(paint(cell, (cell, RED)))
        self.assertEqual(self.peer.receive(), [])
        self.peer.resume()
        self.assertEqual(self.peer.receive(), [changes(10, *[(cell, RED) for cell in range(10)])])

    def test_a_client_that_missed_more_changes_than_are_held_gets_one_board(self) -> None:
        self.peer.pause()
        for number in range(20):
            self.other.send(paint(number, *[(number, RED)] * 1000))
        self.peer.resume()
        [board] = self.peer.receive()
        self.assertEqual(cells(board), dict.fromkeys(range(20), RED))

    def test_newcomers_to_a_large_board_share_a_recent_board_and_get_the_changes_since(self) -> None:
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

    def test_a_command_of_version_1_is_a_fault_except_cerrar(self) -> None:
        for command in (Hello(), PaintOne(0, 0, "red")):
            peer = self.server.join()
            peer.say(command)
            self.assertEqual(peer.receive(), [Failed(NO_VERSION_1), Closing()])
            self.assertTrue(peer.was_closed)
        self.peer.receive()
        self.peer.say(Goodbye())
        self.assertEqual(self.peer.payloads(), [b'{"cerrar": true}'])
        self.assertTrue(self.peer.was_closed)

    def test_a_fault_is_told_as_an_error_before_the_goodbye(self) -> None:
        self.peer.send(b'{"comando": "bailar"}')
        self.assertEqual(
            self.peer.payloads(),
            [
                b'{"comando": "error", "error": "unknown command \'bailar\'", "codigo": "comando-desconocido", '
                b'"valores": {"comando": "\'bailar\'"}}',
                b'{"cerrar": true}',
            ],
        )

    def test_messages_after_the_goodbye_are_ignored(self) -> None:
        self.peer.say(Goodbye())
        self.peer.receive()
        self.peer.send(paint(1, (0, RED)), b"?")
        self.assertEqual(self.peer.receive(), [])
        self.assertEqual(self.server.board.sequence, 0)

    def test_a_nuevo_is_answered_before_the_goodbye_to_a_client_that_is_behind(self) -> None:
        self.peer.pause()
        self.peer.say(Hello(2), Goodbye())
        self.peer.resume()
        first, board, goodbye = self.peer.receive()
        self.assertEqual((first, goodbye), (welcome(1, 0), Closing()))
        self.assertIsInstance(board, WholeBoard)


class HeldVersion2Tests(SynchronousTestCase):
    """Version 2 while commits are slow."""

    def setUp(self) -> None:
        self.record = HeldRecord()
        self.server = FakeServer(record=self.record)
        self.peer = self.server.join()

    def test_each_request_of_a_batch_is_acknowledged_with_its_own_sequence(self) -> None:
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

    def test_a_rejection_overtakes_the_answer_to_an_earlier_request(self) -> None:
        # A rejection needs no commit.
        self.peer.send(paint(1, (0, RED)), paint(2, (9999, RED)))
        self.assertEqual([type(message) for message in self.peer.receive()], [Rejected])
        self.record.commit()
        self.assertEqual(self.peer.receive(), [changes(1, (0, RED)), Acknowledged(1, 1)])

    def test_a_paint_that_was_not_recorded_is_rejected_and_can_be_repeated(self) -> None:
        with log() as logged:
            self.peer.send(paint(1, (0, RED)))
            self.record.refuse()
            self.assertEqual(self.peer.receive(), [Rejected(1, "the disk is full", pack_pixels([(0, 0)]))])
            self.peer.send(paint(2, (0, RED)))
            self.record.commit()
        self.assertEqual(self.peer.receive(), [changes(1, (0, RED)), Acknowledged(2, 1)])
        self.assertFalse(logged.has_traceback)

    def test_the_true_colours_in_a_rejection_are_those_at_the_time_of_sending(self) -> None:
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

    def test_an_acknowledgement_waits_for_a_delayed_announcement(self) -> None:
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

    def test_the_goodbye_follows_the_answers_to_earlier_requests(self) -> None:
        self.peer.send(paint(1, (0, RED)))
        self.peer.say(Goodbye())
        self.assertEqual((self.peer.receive(), self.peer.was_closed), ([], False))
        self.record.commit()
        self.assertEqual(self.peer.receive(), [changes(1, (0, RED)), Acknowledged(1, 1), Closing()])
        self.assertTrue(self.peer.was_closed)

    def test_a_client_that_is_always_behind_gets_its_answer_before_further_news(self) -> None:
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

    def test_a_client_that_is_always_behind_gets_its_goodbye_before_further_news(self) -> None:
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


class BackpressureTests(SynchronousTestCase):
    """Reading pauses while too many answers are owed."""

    def test_reading_pauses_at_the_limit_of_owed_answers_and_resumes_after_the_commit(self) -> None:
        record = HeldRecord()
        peer = FakeServer(record=record).join()
        for request in range(limits.REPLIES_OWED):
            self.assertTrue(peer.is_read_from)
            peer.send(paint(request, (0, RED)))
        self.assertFalse(peer.is_read_from)
        record.commit()
        self.assertTrue(peer.is_read_from)

    def test_commands_of_version_1_that_paint_nothing_count_as_owed_too(self) -> None:
        record = HeldRecord()
        peer = FakeServer(record=record).join(version=1)
        peer.say(PaintOne(0, 0, "red"))
        for _command in range(limits.REPLIES_OWED - 1):
            self.assertTrue(peer.is_read_from)
            peer.say(Hello())
        self.assertFalse(peer.is_read_from)
        record.commit()
        self.assertTrue(peer.is_read_from)

    def test_reading_pauses_while_a_client_takes_no_answers_and_resumes_when_it_does(self) -> None:
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

    def test_reading_resumes_when_the_session_closes(self) -> None:
        # Otherwise the client's own goodbye and hang-up would not be noticed.
        record = HeldRecord()
        server = FakeServer(record=record)
        peer = server.join()
        peer.send(*[paint(1, (0, RED))] * limits.REPLIES_OWED)
        self.assertFalse(peer.is_read_from)
        server.clients.close()
        self.assertTrue(peer.is_read_from)

    def test_requests_of_a_client_that_was_lost_meanwhile_are_recorded_without_an_error(self) -> None:
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
    """The number of connected clients."""

    def test_the_number_of_users_is_sent_at_most_once_a_second_even_to_a_newcomer(self) -> None:
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

    def test_a_newcomer_is_told_the_number_of_users_even_if_the_number_is_unchanged(self) -> None:
        server = FakeServer()
        server.join()
        leaving = server.join()
        coming = server.connect()
        coming.say(Hello(2))
        leaving.hang_up()
        server.clock.advance(1)
        self.assertEqual(coming.receive()[2:], [Users(2)])

    def test_an_idle_client_is_told_the_number_of_users_again_and_again(self) -> None:
        server = FakeServer()
        peer, old = server.join(), server.join(version=1)
        server.board.repeat_users()
        server.clock.advance(limits.USERS_REPEATED_SECONDS - 0.1)
        peer.receive()
        for _ in range(3):
            server.clock.advance(0.1)
            self.assertEqual(peer.receive(), [Users(2)])
            server.clock.advance(limits.USERS_REPEATED_SECONDS - 0.1)
            self.assertEqual(peer.receive(), [])
        self.assertEqual(old.receive(), [])
        server.board.stop()

    def test_a_number_of_users_not_yet_sent_is_sent_after_a_further_nuevo(self) -> None:
        server = FakeServer()
        peer = server.connect()
        peer.say(Hello(2))
        peer.pause()
        server.clock.advance(1)
        peer.receive()
        peer.say(Hello(2))
        peer.resume()
        self.assertEqual(peer.receive()[2:], [Users(1)])

    def test_the_number_of_users_has_the_words_of_the_protocol(self) -> None:
        server = FakeServer()
        peer = server.connect()
        peer.say(Hello(2))
        server.clock.advance(0)
        self.assertEqual(peer.payloads()[2:], [b'{"comando": "usuarios", "conectados": 1}'])


class HistoryRecord(MemoryRecord):
    """A record whose answers about the history the test gives."""

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

    def heat(self) -> Deferred[Heat]:
        """See :class:`dcc.board.record.Record`."""
        return self._ask("heat")

    def painters(self) -> Deferred[PainterMap]:
        """See :class:`dcc.board.record.Record`."""
        return self._ask("painters")


class QuestionTests(SynchronousTestCase):
    """Questions about the history."""

    def setUp(self) -> None:
        self.record = HistoryRecord()
        self.server = FakeServer(record=self.record)
        self.peer = self.server.join()

    def answer(self, value: object) -> list[object]:
        """Answer the pending question, and return the messages to the client."""
        self.record.answers.pop().callback(value)
        return self.peer.receive()

    def test_the_extent_of_the_history_is_answered_with_sequence_and_times(self) -> None:
        self.peer.say(AskHistory(3))
        self.assertEqual(self.record.asked, [("span", None)])
        self.assertEqual(self.answer(Span(7, 1000, 2000)), [History(3, 7, 1000, 2000)])

    def test_the_extent_of_the_history_has_the_latest_named_moments(self) -> None:
        for number in range(1, 203):
            action = NameMoment(f"moment {number}")
            self.server.board.rules.apply(LogEntry(number, 2 * number, 1000, Painter(1, "Mo", ""), action, 0))
        self.peer.say(AskHistory(3))
        [history] = self.answer(Span(500, 1000, 2000))
        assert isinstance(history, History)
        self.assertEqual(len(history.moments), 200)
        self.assertEqual(history.moments[0], NamedMoment("moment 3", 6))
        self.assertEqual(history.moments[-1], NamedMoment("moment 202", 404))

    def test_a_past_board_is_answered_with_the_sequence_of_its_moment(self) -> None:
        self.peer.say(AskHistory(3, 99))
        self.assertEqual(self.record.asked, [("board_at", 99)])
        self.assertEqual(
            self.answer(Moment(7, 2000, bytes(2500), (0, bytes(2500)))), [PastBoard(3, 7, 2000, bytes(2500))]
        )

    def test_a_map_of_what_was_painted_how_often_has_the_range_of_its_placements(self) -> None:
        self.peer.say(AskHeat(3))
        self.assertEqual(self.record.asked, [("heat", None)])
        times = bytes([255]) + bytes(2499)
        self.assertEqual(self.answer(Heat(9, 2, times, (0, times))), [HeatMap(3, 9, 2, times)])

    def test_a_map_of_the_painters_has_their_names_and_a_number_for_each_cell(self) -> None:
        self.peer.say(AskPainters(3))
        self.assertEqual(self.record.asked, [("painters", None)])
        found, numbers = (PaintedBy("Ada", 4, True),), bytes([1]) + bytes(2499)
        self.assertEqual(
            self.answer(PainterMap(9, 2, found, numbers, (0, numbers))), [PaintersMap(3, 9, 2, found, numbers)]
        )

    def test_the_last_painter_of_a_cell_is_somebody_or_nobody(self) -> None:
        self.peer.say(AskAuthor(3, column=10, row=2))
        self.assertEqual(self.record.asked, [("last_placement", 110)])
        placement = Placement(7, 2000, Painter(4, "Ada", "127.0.0.1:5"))
        self.assertEqual(self.answer(placement), [Author(3, 10, 2, "Ada", 4, 2000, 7)])
        self.peer.say(AskAuthor(4, 10, 2))
        self.assertEqual(self.answer(None), [Author(4, 10, 2)])

    def test_a_question_about_a_cell_outside_the_board_is_rejected_without_asking_the_record(self) -> None:
        self.peer.say(AskAuthor(3, 50, 0))
        self.assertEqual(self.peer.receive(), [Rejected(3, "column 50, row 0 is outside of the board of 50 x 50", b"")])
        self.assertEqual(self.record.asked, [])

    def test_a_question_is_rejected_until_the_last_answer_is_sent(self) -> None:
        busy = "one question at a time: the previous question is not answered yet"
        self.peer.say(AskHistory(1), AskHistory(2))
        self.assertEqual(self.peer.receive(), [Rejected(2, busy, b"")])
        self.peer.pause()
        self.answer(Span(0, None, None))
        self.peer.say(AskHistory(3))
        self.peer.resume()
        self.assertEqual(self.peer.receive(), [History(1, 0, None, None), Rejected(3, busy, b"")])
        self.peer.say(AskHistory(4))
        self.assertEqual(self.answer(Span(0, None, None)), [History(4, 0, None, None)])

    def test_a_failed_lookup_is_rejected_with_its_reason_and_the_next_question_is_asked(self) -> None:
        for request in (1, 2):
            self.peer.say(AskHistory(request))
            self.record.answers.pop().errback(RecordError("the file is gone"))
            self.assertEqual(self.peer.receive(), [Rejected(request, "the file is gone", b"")])

    def test_a_bug_in_a_lookup_is_logged_and_the_question_is_rejected(self) -> None:
        self.peer.say(AskHistory(1))
        self.record.answers.pop().errback(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.peer.receive(), [Rejected(1, "the server could not answer the question", b"")])

    def test_a_server_without_a_history_rejects_every_question(self) -> None:
        peer = FakeServer().join()
        peer.say(AskHistory(1), AskHistory(2, 5), AskAuthor(3, 0, 0))
        self.assertEqual(
            peer.receive(), [Rejected(request, "this server keeps no history", b"") for request in (1, 2, 3)]
        )

    def test_the_answer_to_a_client_that_left_goes_nowhere_and_a_lookup_not_begun_is_never_made(self) -> None:
        waiting, last = self.server.join(), self.server.join()
        self.peer.say(AskHistory(1))
        waiting.say(AskHistory(1))
        last.say(AskHistory(2))
        self.peer.hang_up()
        waiting.hang_up()
        self.assertEqual(len(self.record.answers), 1)
        self.peer.receive()
        self.assertEqual(self.answer(Span(0, None, None)), [])
        self.record.answers.pop(0).callback(Span(0, None, None))
        self.assertEqual(last.receive()[-1], History(2, 0, None, None))
        self.assertEqual(self.record.answers, [])

    def test_the_goodbye_follows_the_answer_to_an_earlier_question(self) -> None:
        self.peer.say(AskHistory(1), Goodbye())
        self.assertEqual(self.peer.receive(), [])
        self.assertEqual(self.answer(Span(0, None, None)), [History(1, 0, None, None), Closing()])
