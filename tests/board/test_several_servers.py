"""A board whose record has batches, actions and refusals of other servers."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits, reasons
from dcc.board.board import AHEAD_SECONDS, Board
from dcc.board.commits import DEED_TRIES
from dcc.board.record import BATCH_BYTES
from dcc.core.actions import Clear, Freeze, LogEntry, SetCooldown
from dcc.core.canvas import PIXEL_BYTES, pack_pixels
from dcc.core.people import OPERATOR, Person
from dcc.core.placements import Painter, Stroke
from dcc.errors import DccError, PixelRejected, RecordError, RecordLate
from dcc.protocol.messages import Changes, Hello, Welcome, WholeBoard
from dcc.record.memory import MemoryRecord
from tests.support.wire import CANVAS_ID, GREEN, RED, WALL_CLOCK_SECONDS, FakeServer, HeldRecord

ADA, BOB = Painter(1, "Ada", "127.0.0.1:5000"), Painter(2, "Bob", "127.0.0.1:5001")
OWNER = Person(OPERATOR, is_operator=True)
AWAY = RecordError(reasons.LOG_AWAY)


class BoardTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.record = HeldRecord()
        self.record.client_ids = 1000
        self.board = Board(self.record, self.clock, lambda: WALL_CLOCK_SECONDS)
        self.answers: list[tuple[str, object]] = []

    def paint(self, label: str, *pixels: tuple[int, int], by: Painter = ADA) -> None:
        stroke = Stroke(by, pack_pixels(pixels))
        self.board.paint(stroke, lambda outcome: self.answers.append((label, outcome)), self._permit)

    def _permit(self, _pixels: bytes) -> None:
        if self.board.rules.news.is_frozen:
            raise PixelRejected(reasons.FROZEN)

    def act(self, label: str, action: Freeze | Clear | SetCooldown) -> None:
        def answered(outcome: LogEntry | DccError) -> None:
            self.answers.append((label, outcome.code if isinstance(outcome, DccError) else outcome.number))

        self.board.act(OWNER, ADA, action, answered)

    @property
    def codes(self) -> list[tuple[str, object]]:
        """The answers so far; of a refusal the code."""
        return [(label, getattr(outcome, "code", outcome)) for label, outcome in self.answers]


class LateTests(BoardTestCase):
    """Another server was quicker."""

    def test_a_late_batch_is_asked_for_again(self) -> None:
        self.paint("a", (0, RED))
        self.record.refuse(RecordLate(reasons.LATE, veces=1))
        self.assertEqual(self.answers, [])
        self.record.commit()
        self.assertEqual(self.answers, [("a", 1)])
        self.assertIsNone(self.board.fault)

    def test_a_late_batch_is_checked_under_the_rules_of_the_other_server(self) -> None:
        self.paint("a", (0, RED))
        self.paint("waits", (1, RED))
        self.record.act_elsewhere(Freeze())
        self.record.refuse(RecordLate(reasons.LATE, veces=1))
        self.assertEqual(self.codes, [("a", "congelado"), ("waits", "congelado")])
        self.assertFalse(self.record.is_committing)

    def test_a_late_action_is_worked_out_again(self) -> None:
        self.record.commit_elsewhere((0, RED))
        self.act("clear", Clear(None))
        self.record.commit_elsewhere((1, GREEN))
        self.record.refuse(RecordLate(reasons.LATE, veces=1))
        self.record.commit()
        self.assertEqual(self.answers, [("clear", 1)])
        self.assertEqual(set(self.board.canvas.colours), {0})

    def test_an_action_that_is_late_all_the_time_is_refused(self) -> None:
        self.act("freeze", Freeze())
        for _attempt in range(DEED_TRIES):
            self.record.refuse(RecordLate(reasons.LATE, veces=1))
        self.assertEqual(self.answers, [("freeze", "tarde")])
        self.assertIsNone(self.board.fault)


class UnknownOutcomeTests(BoardTestCase):
    """The record gives notice while nobody knows what becomes of a batch."""

    def notice(self) -> None:
        self.board._commits.notice(AWAY)  # as the record does, which was given the method

    def test_other_painters_are_refused_at_once_and_the_batch_is_answered_in_the_end(self) -> None:
        self.paint("a", (0, RED))
        self.paint("b", (1, RED), by=BOB)
        self.notice()
        self.paint("c", (2, RED), by=BOB)
        self.assertEqual(self.codes, [("b", "motor-ausente"), ("c", "motor-ausente")])
        self.record.commit()
        self.assertEqual(self.codes[2:], [("a", 1)])
        self.paint("d", (3, RED), by=BOB)
        self.record.commit()
        self.assertEqual(self.codes[3:], [("d", 2)])

    def test_a_client_with_a_paint_in_the_batch_keeps_the_order_of_its_answers(self) -> None:
        self.paint("a", (0, RED))
        self.paint("b", (1, RED))
        self.notice()
        self.paint("c", (2, RED))
        self.assertEqual(self.answers, [])
        self.record.commit()
        self.record.commit()
        self.assertEqual(self.answers, [("a", 1), ("b", 2), ("c", 3)])

    def test_requests_without_a_pixel_are_answered(self) -> None:
        self.paint("a", (0, RED))
        self.notice()
        self.paint("looks", by=BOB)
        self.assertEqual(self.answers, [("looks", 0)])

    def test_actions_are_refused(self) -> None:
        self.paint("a", (0, RED))
        self.act("waits", Freeze())
        self.notice()
        self.act("comes", Freeze())
        self.assertEqual(self.codes, [("waits", "motor-ausente"), ("comes", "motor-ausente")])

    def test_a_fault_in_an_answer_leaves_nobody_without_one(self) -> None:
        def fail(_outcome: LogEntry | DccError) -> None:
            raise ZeroDivisionError

        self.paint("a", (0, RED))
        self.board.act(OWNER, ADA, Freeze(), fail)
        self.paint("b", (1, RED), by=BOB)
        self.notice()
        self.assertEqual(self.codes, [("b", "motor-ausente")])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class BatchTests(BoardTestCase):
    def test_no_batch_is_longer_than_an_entry_of_the_common_log(self) -> None:
        self.paint("first", (0, RED))
        longest = [(0, RED)] * limits.REQUEST_PIXELS
        count = 2 * BATCH_BYTES // (limits.REQUEST_PIXELS * PIXEL_BYTES)
        for number in range(count):
            self.paint(str(number), *longest)
        self.paint("last", (0, GREEN))
        self.record.commit_all()
        for batch in self.record.batches:
            self.assertLess(sum(len(stroke.pixels) for stroke in batch), BATCH_BYTES)
        self.assertEqual([label for label, _outcome in self.answers], ["first", *map(str, range(count)), "last"])
        self.assertEqual(self.board.sequence, count * limits.REQUEST_PIXELS + 2)


class CooldownTests(BoardTestCase):
    def test_a_paint_through_another_server_takes_a_charge(self) -> None:
        self.act("cooldown", SetCooldown(10, 1))
        self.record.commit()
        MemoryRecord.append(self.record, [Stroke(ADA, pack_pixels([(0, RED)]))], int(WALL_CLOCK_SECONDS * 1000))
        with self.assertRaises(PixelRejected):
            self.board.cooldowns.take("127.0.0.1", 1)


class AheadTests(SynchronousTestCase):
    """Clients that come from a server that was ahead."""

    def setUp(self) -> None:
        self.record = HeldRecord()
        self.record.client_ids = 1000
        self.server = FakeServer(record=self.record)

    def test_a_client_that_has_more_is_answered_once_the_board_has_as_much(self) -> None:
        peer = self.server.connect()
        peer.say(Hello(2, canvas_id=CANVAS_ID, since=2))
        self.record.commit_elsewhere((0, RED))
        self.assertEqual(peer.receive(), [])
        self.record.commit_elsewhere((1, RED), (2, RED))
        welcome, changes, *_rest = peer.receive()
        self.assertIsInstance(welcome, Welcome)
        self.assertEqual(changes, Changes(3, pack_pixels([(2, RED)])))

    def test_a_client_that_claims_too_much_gets_the_board_in_the_end(self) -> None:
        peer = self.server.connect()
        peer.say(Hello(2, canvas_id=CANVAS_ID, since=10**9))
        self.server.clock.advance(AHEAD_SECONDS)
        welcome, board, *_rest = peer.receive()
        self.assertIsInstance(welcome, Welcome)
        self.assertIsInstance(board, WholeBoard)

    def test_each_client_waits_as_long_whenever_others_came(self) -> None:
        first, second = self.server.connect(), self.server.connect()
        first.say(Hello(2, canvas_id=CANVAS_ID, since=1))
        self.record.commit_elsewhere((0, RED))
        self.assertNotEqual(first.receive(), [])
        self.server.clock.advance(AHEAD_SECONDS - 0.1)
        second.say(Hello(2, canvas_id=CANVAS_ID, since=10**9))
        self.server.clock.advance(0.1)
        self.assertEqual(second.receive(), [], "the wait of the first is none of the second")
        self.server.clock.advance(AHEAD_SECONDS - 0.1)
        self.assertNotEqual(second.receive(), [])

    def test_no_client_is_shown_less_while_the_log_is_away(self) -> None:
        peer = self.server.connect()
        self.server.board._commits.notice(AWAY)  # as the record does, which was given the method
        peer.say(Hello(2, canvas_id=CANVAS_ID, since=2))
        for _ in range(3):
            self.server.clock.advance(AHEAD_SECONDS)
            self.assertEqual(peer.receive(), [])
            self.server.board._commits.notice(AWAY)
        self.record.commit_elsewhere((0, RED), (1, RED))
        self.assertIsInstance(peer.receive()[0], Welcome)

    def test_the_ids_of_clients_are_of_the_block_of_the_server(self) -> None:
        peer = self.server.connect()
        peer.say(Hello(2))
        [welcome] = [message for message in peer.receive() if isinstance(message, Welcome)]
        self.assertEqual(welcome.client_id, 1001)
