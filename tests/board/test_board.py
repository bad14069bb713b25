"""The shared board: recorded before shown, batched by the commit, telling at most half of the time."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from dcc import limits, reasons
from dcc.board.board import Board
from dcc.board.changes import FORMS, SERVES_SECONDS_A_CELL
from dcc.board.commits import TRIED_SECONDS
from dcc.core.canvas import Canvas, pack_pixels
from dcc.core.palette import AF06
from dcc.core.placements import Painter, Stroke
from dcc.errors import RecordError
from dcc.protocol.messages import Changes, WholeBoard
from dcc.record.memory import MemoryRecord
from tests.support.wire import BLACK, CANVAS_ID, ELSEWHERE, GREEN, RED, WALL_CLOCK_SECONDS, HeldRecord, log

ADA = Painter(1, "Ada", "127.0.0.1:5000")


class Watcher:
    """A viewer that notes the state of the board at each telling.

    :ivar seen: the announced sequence and the colour of cell 0, at each telling.
    """

    def __init__(self, board: Board, then: Callable[[], object] = lambda: None) -> None:
        self.board = board
        self.seen: list[tuple[int, int]] = []
        self._then = then

    def board_changed(self) -> None:
        """See :class:`dcc.board.board.Viewer`."""
        self.seen.append((self.board.announced, self.board.canvas.colours[0]))
        self._then()


class BoardTestCase(SynchronousTestCase):
    """A board with a record that commits on the test's command."""

    def setUp(self) -> None:
        """Make the board."""
        self.clock = Clock()
        self.record = HeldRecord()
        self.board = Board(self.record, self.clock, lambda: WALL_CLOCK_SECONDS)
        self.answers: list[tuple[str, int | RecordError]] = []

    def paint(self, label: str, *pixels: tuple[int, int]) -> None:
        """Paint, and note the answer under the label."""
        stroke = Stroke(ADA, pack_pixels(pixels))
        self.board.paint(stroke, lambda outcome: self.answers.append((label, outcome)))

    def watch(self, then: Callable[[], object] = lambda: None) -> Watcher:
        """Make a viewer that has joined some time ago."""
        watcher = Watcher(self.board, then)
        self.board.join(watcher)
        self.clock.advance(1)
        watcher.seen.clear()
        return watcher


class RecordingTests(BoardTestCase):
    """Paints go to the record first."""

    def test_a_paint_is_neither_applied_nor_answered_nor_told_before_it_is_recorded(self) -> None:
        watcher = self.watch()
        self.paint("a", (0, RED))
        self.assertEqual((self.board.canvas.colours[0], self.board.sequence, self.answers), (0, 0, []))
        self.assertEqual(watcher.seen, [])
        self.record.commit()
        self.assertEqual((self.board.canvas.colours[0], self.board.sequence, self.answers), (RED, 1, [("a", 1)]))
        self.assertEqual(watcher.seen, [(1, RED)])

    def test_paints_that_come_during_a_commit_go_together_in_the_next(self) -> None:
        """No timer at low load, a big batch at high load."""
        self.paint("a", (0, RED))
        self.paint("b", (1, RED))
        self.paint("c", (2, RED), (3, RED))
        self.assertEqual([len(batch) for batch in self.record.batches], [1])
        self.record.commit()
        self.assertEqual([len(batch) for batch in self.record.batches], [1, 2])
        self.record.commit()
        self.assertFalse(self.record.is_committing)
        self.assertEqual(self.answers, [("a", 1), ("b", 2), ("c", 4)])

    def test_the_record_is_told_the_painter_of_each_stroke_and_the_time_of_the_batch(self) -> None:
        times: list[int] = []

        class TimedRecord(MemoryRecord):
            def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
                times.append(time_ms)
                assert [stroke.painter for stroke in strokes] == [ADA]
                return super().append(strokes, time_ms)

        board = Board(TimedRecord(CANVAS_ID, Canvas(2, 2, AF06)), self.clock, lambda: 12.3456)
        board.paint(Stroke(ADA, pack_pixels([(0, RED)])), lambda _outcome: None)
        self.assertEqual(times, [12345])

    def test_the_later_of_two_paints_of_a_cell_wins_within_a_batch_and_within_a_stroke(self) -> None:
        self.paint("a", (0, GREEN))
        self.record.commit()
        self.paint("b", (0, BLACK), (0, GREEN))
        self.paint("c", (0, RED))
        self.record.commit()
        self.record.commit()
        self.assertEqual(self.board.canvas.colours[0], RED)

    def test_a_request_without_a_pixel_is_answered_in_its_turn_and_never_recorded(self) -> None:
        self.paint("empty, at once")
        self.assertEqual(self.answers, [("empty, at once", 0)])
        self.paint("a", (0, RED))
        self.paint("empty, after a")
        self.paint("b", (1, RED))
        self.assertEqual(self.answers[1:], [])
        self.record.commit()
        self.assertEqual(self.answers[1:], [("a", 1)])
        self.record.commit()
        self.assertEqual(self.answers[1:], [("a", 1), ("empty, after a", 1), ("b", 2)])
        self.assertEqual([len(batch) for batch in self.record.batches], [1, 1])

    def test_a_batch_of_requests_without_a_pixel_needs_no_commit(self) -> None:
        self.paint("a", (0, RED))
        self.paint("empty")
        self.record.commit()
        self.assertEqual(self.answers, [("a", 1), ("empty", 1)])
        self.assertFalse(self.record.is_committing)

    def test_a_board_starts_with_the_sequence_and_the_pixels_of_its_record(self) -> None:
        record = MemoryRecord(CANVAS_ID, Canvas(2, 2, AF06))
        self.board = Board(record, self.clock, lambda: WALL_CLOCK_SECONDS)
        self.paint("a", *[(0, 1)] * 17)
        board = Board(record, self.clock, lambda: WALL_CLOCK_SECONDS)
        self.assertEqual((board.sequence, board.announced), (17, 17))
        self.assertEqual(board.canvas.colours[0], 1)
        self.assertEqual(board.catch_up(17), Changes(17, b""))
        self.assertIsInstance(board.catch_up(16), WholeBoard)

    def test_only_requests_with_pixels_count_as_rejected_with_their_batch(self) -> None:
        self.paint("a", (1, RED))
        self.paint("b", (2, RED))
        self.paint("c")
        self.paint("d", (3, RED))
        self.record.commit()
        self.record.refuse(RecordError(reasons.DISK_FULL))
        self.assertEqual([label for label, outcome in self.answers if isinstance(outcome, RecordError)], ["b", "d"])
        self.assertEqual(self.board.rejections, {"disco-lleno": 2})


class FailingTests(BoardTestCase):
    """A record that refuses a batch."""

    def test_a_refused_batch_is_answered_with_the_reason_and_not_shown(self) -> None:
        watcher = self.watch()
        with log() as logged:
            self.paint("a", (0, RED))
            self.record.refuse()
        [(label, error)] = self.answers
        self.assertEqual((label, str(error)), ("a", "the disk is full"))
        self.assertEqual((self.board.canvas.colours[0], self.board.sequence), (0, 0))
        self.assertEqual(watcher.seen, [])
        self.assertEqual(logged.lines, ["The record takes no paints: the disk is full"])
        self.assertFalse(logged.has_traceback)

    def test_a_request_without_a_pixel_does_not_fail_with_its_batch(self) -> None:
        self.paint("a", (0, RED))
        self.record.commit()
        self.paint("b", (0, GREEN))
        self.paint("c", (0, GREEN))
        self.paint("empty")
        self.record.commit()
        self.record.refuse()
        self.assertEqual([label for label, _outcome in self.answers], ["a", "b", "c", "empty"])
        self.assertIsInstance(self.answers[2][1], RecordError)
        self.assertEqual(self.answers[3][1], 2)

    def test_painting_goes_on_by_itself_once_the_record_takes_paints_again(self) -> None:
        """The log has one line when the record fails, and one line when the record is well again."""
        with log() as logged:
            for label in ("a", "b", "c", "d"):
                self.paint(label, (0, RED))
            self.record.refuse()
            self.record.refuse()
            self.paint("e", (1, RED))
            self.record.refuse()
            self.paint("f", (2, RED))
            self.record.commit()
            self.paint("g", (2, RED))
            self.record.commit()
        self.assertEqual(self.answers[-2:], [("f", 1), ("g", 2)])
        self.assertEqual(
            logged.lines, ["The record takes no paints: the disk is full", "The record takes paints again."]
        )

    def test_a_record_that_fails_is_tried_while_nobody_paints(self) -> None:
        """Otherwise a proxy that lets nobody in while the server has a fault would wait for ever."""
        self.paint("a", (0, RED))
        self.record.refuse()
        for _time in range(2):
            self.clock.advance(TRIED_SECONDS)
            self.record.refuse()
            self.assertEqual(self.board.fault, "the disk is full")
        self.clock.advance(TRIED_SECONDS)
        self.paint("b", (1, RED))  # waits for its turn
        self.record.commit()
        self.assertIsNone(self.board.fault)
        self.record.commit()
        self.assertEqual(self.answers[1:], [("b", 1)])
        self.assertEqual(self.record.batches[1:-1], [[]] * 3)
        self.clock.advance(TRIED_SECONDS)
        self.assertFalse(self.record.is_committing)

    def test_a_paint_made_by_an_answer_comes_after_the_whole_failed_batch(self) -> None:

        def again(outcome: int | RecordError) -> None:
            self.answers.append(("a", outcome))
            self.paint("again")

        self.paint("first", (0, RED))
        self.board.paint(Stroke(ADA, pack_pixels([(0, RED)])), again)
        self.paint("b", (0, RED))
        self.record.commit()
        self.record.refuse()
        self.assertEqual([label for label, _outcome in self.answers], ["first", "a", "b", "again"])

    def test_an_exception_in_the_record_is_logged_and_its_painters_are_answered(self) -> None:
        self.paint("a", (0, RED))
        self.record.refuse(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(str(self.answers[0][1]), "the server could not record the paint")
        self.paint("b", (0, RED))
        self.record.commit()
        self.assertEqual(self.answers[1], ("b", 1))

    def test_a_record_that_raises_at_once_is_like_one_that_fails_later(self) -> None:

        class BrokenRecord(MemoryRecord):
            def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
                raise RecordError("closed")

        self.board = Board(BrokenRecord(CANVAS_ID, Canvas(2, 2, AF06)), self.clock, lambda: 0.0)
        self.paint("a", (0, RED))
        self.paint("b", (0, RED))
        self.assertEqual([(label, str(outcome)) for label, outcome in self.answers], [("a", "closed"), ("b", "closed")])

    def test_an_exception_in_an_answer_is_logged_and_costs_nobody_else_anything(self) -> None:
        watcher = self.watch()
        self.paint("a", (0, RED))
        for label in ("b", "c"):
            self.board.paint(Stroke(ADA, pack_pixels([(0, RED)])), lambda _outcome: 1 // 0)
            self.paint(label, (0, GREEN))
        self.record.commit()
        self.record.commit()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)
        self.assertEqual(self.answers, [("a", 1), ("b", 3), ("c", 5)])
        self.assertEqual(watcher.seen, [(1, RED), (5, GREEN)])
        self.board.paint(Stroke(ADA, pack_pixels([(0, RED)])), lambda _outcome: 1 // 0)
        self.record.refuse()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.paint("d", (0, RED))
        self.record.commit()
        self.assertEqual(self.answers[3:], [("d", 6)])


class SharedRecordTests(BoardTestCase):
    """A record with batches of other servers: the board shows whatever is delivered."""

    def test_a_batch_of_another_server_is_shown_while_nobody_paints_here(self) -> None:
        watcher = self.watch()
        self.record.commit_elsewhere((0, RED), (1, GREEN))
        self.assertEqual((self.board.sequence, self.board.announced, watcher.seen), (2, 2, [(2, RED)]))
        self.assertEqual(self.board.catch_up(0), Changes(2, pack_pixels([(0, RED), (1, GREEN)])))
        self.assertEqual(self.board.announced_whole, 2)

    def test_a_batch_of_another_server_is_shown_while_a_commit_lasts(self) -> None:
        watcher = self.watch()
        self.paint("a", (1, GREEN))
        self.record.commit_elsewhere((0, RED))
        self.assertEqual((watcher.seen, self.answers), ([(1, RED)], []))
        self.record.commit()
        self.assertEqual((watcher.seen, self.answers), ([(1, RED), (2, RED)], [("a", 2)]))

    def test_an_answer_names_its_own_placements_whatever_came_before_them(self) -> None:
        self.paint("a", (0, RED))
        self.paint("b", (1, RED), (2, RED))
        self.paint("empty")
        self.paint("c", (3, RED))
        self.record.commit_elsewhere(*[(9, GREEN)] * 5)
        self.record.commit()
        self.record.commit_elsewhere(*[(9, BLACK)] * 10)
        self.record.commit()
        self.assertEqual(self.answers, [("a", 6), ("b", 18), ("empty", 18), ("c", 19)])
        self.assertEqual(self.board.sequence, 19)

    def test_an_answer_names_its_own_placements_whatever_came_after_them(self) -> None:
        watcher = self.watch()
        self.paint("a", (0, RED))
        self.paint("b", (0, BLACK))
        self.record.commit((0, GREEN), (1, GREEN))
        self.assertEqual((self.answers, self.board.sequence, watcher.seen), ([("a", 1)], 3, [(3, GREEN)]))
        self.record.commit((2, GREEN))
        self.assertEqual((self.answers[1:], self.board.sequence, watcher.seen[1:]), ([("b", 4)], 5, [(5, BLACK)]))

    def test_the_order_of_the_record_is_the_order_of_the_board(self) -> None:
        self.paint("a", (0, RED))
        self.record.commit_elsewhere((0, GREEN))
        self.record.commit()
        self.assertEqual(self.board.canvas.colours[0], RED)
        self.assertEqual(self.board.catch_up(0), Changes(2, pack_pixels([(0, GREEN), (0, RED)])))

    def test_a_request_without_a_pixel_is_answered_with_what_came_from_elsewhere(self) -> None:
        self.record.commit_elsewhere((0, RED))
        self.paint("empty")
        self.assertEqual(self.answers, [("empty", 1)])

    def test_a_refused_batch_takes_nothing_of_other_servers_away(self) -> None:
        self.paint("a", (0, RED))
        self.record.commit_elsewhere((1, GREEN))
        with log():
            self.record.refuse()
        self.assertEqual(bytes(self.board.canvas.colours[:2]), bytes([0, GREEN]))
        self.paint("empty")
        self.paint("b", (2, RED))
        self.record.commit()
        self.assertEqual(self.answers[1:], [("empty", 1), ("b", 2)])

    def test_batches_of_other_servers_do_not_make_a_failing_record_well(self) -> None:
        self.paint("a", (0, RED))
        with log():
            self.record.refuse()
        self.record.commit_elsewhere((1, GREEN))
        self.assertEqual(self.board.fault, "the disk is full")

    def test_other_servers_are_told_of_no_sooner_than_the_last_telling_took(self) -> None:
        watcher = self.watch(then=lambda: self.clock.pump([0.25]))
        self.record.commit_elsewhere((0, RED))
        self.record.commit_elsewhere((0, GREEN))
        self.record.commit_elsewhere((0, BLACK))
        self.assertEqual(watcher.seen, [(1, RED)])
        self.clock.advance(0.24)
        self.assertEqual(watcher.seen, [(1, RED)])
        self.clock.advance(0.01)
        self.assertEqual(watcher.seen, [(1, RED), (3, BLACK)])

    def test_a_commit_is_put_off_while_telling_of_other_servers_is(self) -> None:
        watcher = self.watch(then=lambda: self.clock.pump([0.25]))
        self.paint("a", (0, RED))
        self.clock.advance(0.02)
        self.record.commit()
        self.record.commit_elsewhere((0, GREEN))
        self.paint("b", (0, BLACK))
        self.assertFalse(self.record.is_committing)
        self.clock.advance(0.21)
        self.assertTrue(self.record.is_committing)
        self.record.commit()
        self.clock.advance(0.04)
        self.assertEqual(watcher.seen, [(1, RED), (3, BLACK)])

    def test_a_batch_that_comes_back_as_a_copy_is_shown_too(self) -> None:
        class CopyingRecord(MemoryRecord):
            def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
                return super().append(list(strokes), time_ms)

        self.board = Board(CopyingRecord(CANVAS_ID, Canvas(2, 2, AF06)), self.clock, lambda: 0.0)
        watcher = self.watch()
        self.paint("a", (0, RED))
        self.assertEqual((watcher.seen, self.answers), ([(1, RED)], [("a", 1)]))

    def test_a_batch_that_is_delivered_while_another_is_appended_is_shown(self) -> None:
        class CatchingUpRecord(MemoryRecord):
            def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
                super().append([Stroke(ELSEWHERE, pack_pixels([(0, GREEN)]))], time_ms)
                return super().append(strokes, time_ms)

        self.board = Board(CatchingUpRecord(CANVAS_ID, Canvas(2, 2, AF06)), self.clock, lambda: 0.0)
        watcher = self.watch()
        self.paint("a", (0, RED))
        self.assertEqual((watcher.seen, self.answers), ([(1, GREEN), (2, RED)], [("a", 2)]))

    def test_the_figures_of_commits_are_of_own_batches_alone(self) -> None:
        self.record.commit_elsewhere(*[(0, RED)] * 100)
        self.paint("a", (0, RED), (1, RED))
        self.record.commit(*[(0, RED)] * 100)
        self.assertEqual((sum(self.board.commit_pixels.counts), self.board.commit_pixels.total), (1, 2))

    def test_two_boards_of_one_process_share_nothing(self) -> None:
        other = Board(MemoryRecord("other", Canvas(2, 2, AF06)), self.clock, lambda: WALL_CLOCK_SECONDS)
        watcher, elsewhere = Watcher(self.board), Watcher(other)
        self.board.join(watcher)
        other.join(elsewhere)
        self.clock.advance(1)
        self.assertEqual((self.board.users.connected, other.users.connected), (1, 1))
        watcher.seen.clear()
        elsewhere.seen.clear()
        other.paint(Stroke(ADA, pack_pixels([(0, RED)])), lambda _outcome: None)
        self.paint("a", (1, GREEN))
        with log():
            self.record.refuse()
        self.assertEqual((watcher.seen, elsewhere.seen), ([], [(1, RED)]))
        self.assertEqual((self.board.sequence, other.sequence, other.fault), (0, 1, None))


class SettlingTests(BoardTestCase):
    """Waiting for all requests so far."""

    def test_an_idle_board_is_settled(self) -> None:
        self.assertIsNone(self.successResultOf(self.board.settle()))

    def test_settling_waits_for_the_commit_and_for_the_paints_behind_it(self) -> None:
        self.paint("a", (0, RED))
        settled = self.board.settle()
        self.paint("b", (0, RED))
        self.record.commit()
        self.assertNoResult(settled)
        self.record.refuse()
        self.assertIsNone(self.successResultOf(settled))
        self.assertEqual(len(self.answers), 2)


class TellingTests(BoardTestCase):
    """Telling the viewers takes at most about half of the time."""

    def test_every_commit_is_told_at_once_while_telling_takes_no_time(self) -> None:
        watcher = self.watch()
        for number in range(1, 4):
            self.paint("a", (0, RED))
            self.record.commit()
            self.assertEqual(len(watcher.seen), number)

    def test_whole_boards_are_told_at_once_and_then_once_an_interval(self) -> None:
        """No call is left waiting afterwards."""
        self.watch()
        announced: list[int] = []
        for _stroke in range(3):
            self.paint("a", (0, RED))
            self.record.commit()
            announced.append(self.board.announced_whole)
        self.clock.advance(limits.WHOLE_BOARDS_INTERVAL_SECONDS)
        announced.append(self.board.announced_whole)
        self.assertEqual(announced, [1, 1, 1, 3])
        self.clock.advance(limits.WHOLE_BOARDS_INTERVAL_SECONDS)
        self.paint("a", (0, GREEN))
        self.record.commit()
        self.assertEqual(self.board.announced_whole, 4)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_the_next_commit_begins_before_the_viewers_are_told_of_the_last(self) -> None:
        """So the disk works while the loop sends."""
        committing: list[bool] = []
        watcher = self.watch(then=lambda: committing.append(self.record.is_committing))
        committing.clear()
        self.paint("a", (0, RED))
        self.paint("b", (0, GREEN))
        self.record.commit()
        self.assertEqual((watcher.seen, self.answers), ([(1, RED)], [("a", 1)]))
        self.record.commit()
        self.assertEqual((watcher.seen, self.answers), ([(1, RED), (2, GREEN)], [("a", 1), ("b", 2)]))
        self.assertEqual(committing, [True, False])

    def test_a_board_that_is_stopped_once_settled_leaves_no_call_behind(self) -> None:
        self.watch(then=lambda: self.clock.pump([5]))
        self.paint("a", (0, RED))
        self.record.commit()
        self.paint("b", (0, RED))
        self.board.settle().addCallback(lambda _ignored: self.board.stop())
        self.record.commit()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_viewers_are_told_no_sooner_than_the_last_telling_took(self) -> None:
        watcher = self.watch(then=lambda: self.clock.pump([0.25]))
        self.paint("a", (0, RED))
        self.record.commit()
        self.assertEqual(watcher.seen, [(1, RED)])
        self.paint("b", (0, GREEN))
        self.record.commit()
        self.assertEqual(watcher.seen, [(1, RED)])
        self.clock.advance(0.24)
        self.assertEqual(watcher.seen, [(1, RED)])
        self.clock.advance(0.01)
        self.assertEqual(watcher.seen, [(1, RED), (2, GREEN)])

    def test_a_commit_is_put_off_until_it_just_ends_before_a_telling_that_is_put_off(self) -> None:
        """A commit is expected to last at most twice as long as the last. Every paint until then is in the commit."""
        watcher = self.watch(then=lambda: self.clock.pump([0.25]))
        for label in "ab":
            self.paint(label, (0, RED))
            self.clock.advance(0.02)
            self.record.commit()
        self.assertEqual((watcher.seen, self.record.is_committing), ([(1, RED)], False))
        self.paint("c", (0, GREEN))
        self.clock.advance(0.18)
        self.paint("d", (0, BLACK))
        self.assertFalse(self.record.is_committing)
        self.clock.advance(0.02)
        self.assertEqual(len(self.record.batches[-1]), 2)
        self.record.commit()
        self.clock.advance(0.03)
        self.assertEqual(watcher.seen, [(1, RED), (4, BLACK)])
        self.assertEqual([label for label, _outcome in self.answers], ["a", "b", "c", "d"])

    def test_a_commit_that_takes_longer_than_expected_holds_up_no_telling(self) -> None:
        watcher = self.watch(then=lambda: self.clock.pump([0.25]))
        for label in "ab":
            self.paint(label, (0, RED))
            self.clock.advance(0.02)
            self.record.commit()
        self.paint("c", (0, GREEN))
        self.clock.advance(0.23)
        self.assertEqual(watcher.seen, [(1, RED), (2, RED)])
        self.record.commit()
        self.clock.advance(0.25)
        self.assertEqual(watcher.seen[-1], (3, GREEN))

    def test_settling_waits_for_a_commit_that_is_put_off(self) -> None:
        self.watch(then=lambda: self.clock.pump([0.25]))
        for label in "ab":
            self.paint(label, (0, RED))
            self.record.commit()
        self.paint("c", (0, GREEN))
        settled = self.board.settle()
        self.clock.advance(0.25)
        self.assertNoResult(settled)
        self.record.commit()
        self.successResultOf(settled)
        self.board.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_settling_waits_for_a_request_without_a_pixel_that_is_put_off(self) -> None:
        self.watch(then=lambda: self.clock.pump([0.25]))
        for label in "ab":
            self.paint(label, (0, RED))
            self.record.commit()
        self.paint("c")
        settled = self.board.settle()
        self.assertNoResult(settled)
        self.clock.advance(0.25)
        self.successResultOf(settled)
        self.assertEqual(self.answers[-1], ("c", 2))

    def test_a_viewer_that_leaves_while_others_are_told_is_not_told(self) -> None:
        second = Watcher(self.board)
        self.watch(then=lambda: self.board.leave(second))
        self.board.join(second)
        self.clock.advance(1)
        second.seen.clear()
        self.paint("a", (0, RED))
        self.record.commit()
        self.assertEqual(second.seen, [])

    def test_an_exception_in_a_viewer_is_logged_and_the_others_are_told(self) -> None:
        self.watch(then=lambda: 1 // 0)
        self.flushLoggedErrors(ZeroDivisionError)
        other = self.watch()
        self.flushLoggedErrors(ZeroDivisionError)
        self.paint("a", (0, RED))
        self.record.commit()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(other.seen, [(1, RED)])

    def test_stopping_cancels_the_telling_and_the_counting(self) -> None:
        self.watch(then=lambda: self.clock.pump([5]))
        for _stroke in range(2):
            self.paint("a", (0, RED))
            self.record.commit()
        self.board.join(Watcher(self.board))
        self.assertEqual(len(self.clock.getDelayedCalls()), 2)
        self.board.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])


class UsersTests(BoardTestCase):
    """The number of users."""

    def test_the_number_of_users_is_told_at_most_once_a_second(self) -> None:
        watcher = self.watch()
        self.assertEqual(self.board.users.connected, 1)
        others = [Watcher(self.board) for _number in range(20)]
        for other in others:
            self.board.join(other)
            self.clock.advance(0.1)
        self.clock.advance(1)
        self.assertEqual(self.board.users.connected, 21)
        self.assertLessEqual(len(watcher.seen), 4)

    def test_the_number_of_users_is_told_when_a_viewer_leaves(self) -> None:
        """Viewers that leave without a join, or join twice, change nothing."""
        watcher, other = self.watch(), self.watch()
        self.board.leave(Watcher(self.board))
        self.board.join(other)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.board.leave(other)
        self.clock.advance(1)
        self.assertEqual(self.board.users.connected, 1)
        self.assertEqual(len(watcher.seen), 2)


class CatchingUpTests(BoardTestCase):
    """Answers to copies of the board that are behind."""

    def setUp(self) -> None:
        """Make a board with a record that commits at once."""
        super().setUp()
        self.board = self.board_of(100, 100)

    def board_of(self, width: int, height: int) -> Board:
        """Make a board of a size."""
        return Board(MemoryRecord(CANVAS_ID, Canvas(width, height, AF06)), self.clock, lambda: WALL_CLOCK_SECONDS)

    def test_the_changes_since_a_sequence_are_packed_in_their_order(self) -> None:
        self.paint("a", (1, RED), (2, RED))
        self.paint("b", (3, GREEN))
        self.assertEqual(self.board.catch_up(0), Changes(3, pack_pixels([(1, RED), (2, RED), (3, GREEN)])))
        self.assertEqual(self.board.catch_up(2), Changes(3, pack_pixels([(3, GREEN)])))
        self.assertEqual(self.board.catch_up(3), Changes(3, b""))

    def test_a_sequence_that_never_was_gets_the_whole_board(self) -> None:
        self.paint("a", (1, RED))
        for since in (-1, -(10**18), 2, 10**18):
            self.assertEqual(self.board.catch_up(since), self.board.whole())

    def test_equal_questions_get_the_same_object_until_the_board_changes(self) -> None:
        """So a message is made once for all viewers."""
        self.paint("a", (1, RED))
        changes, whole = self.board.catch_up(0), self.board.whole()
        self.assertIs(self.board.catch_up(0), changes)
        self.assertIs(self.board.whole(), whole)
        self.paint("b", (1, GREEN))
        self.assertEqual(self.board.catch_up(0).sequence, 2)
        self.assertEqual((whole.colours[1], self.board.whole().colours[1]), (RED, GREEN))

    def test_a_large_board_serves_newcomers_for_a_moment_and_the_changes_follow(self) -> None:
        board = self.board = self.board_of(1000, 1000)
        self.paint("a", (0, RED))
        first = board.catch_up(-1)
        self.paint("a", (1, GREEN))
        self.assertIs(board.catch_up(-1), first)
        self.assertEqual(board.catch_up(first.sequence), Changes(2, pack_pixels([(1, GREEN)])))
        self.clock.advance(1_000_000 * SERVES_SECONDS_A_CELL)
        self.assertEqual(board.catch_up(-1).sequence, 2)

    def test_a_copy_newer_than_the_shared_board_gets_a_new_one(self) -> None:
        board = self.board = self.board_of(300, 300)
        board.whole()
        self.paint("a", (0, RED))
        self.paint("b", *[(1, GREEN)] * 20_000)
        self.assertEqual(board.catch_up(1), board.whole())

    def test_a_copy_that_missed_more_than_a_board_gets_the_whole_board(self) -> None:
        most = limits.WRITE_PIECE_BYTES // 5
        for number in range(3 * most // 100):
            self.paint("a", *[(number, RED)] * 100)
            self.assertIsInstance(self.board.catch_up(self.board.sequence - min(most, self.board.sequence)), Changes)
            self.assertIsInstance(self.board.catch_up(self.board.sequence - most - 1), WholeBoard)
        changes = self.board.catch_up(self.board.sequence - most)
        self.assertEqual(changes.pixels, self.board.catch_up(self.board.sequence - most).pixels)
        self.assertEqual(len(changes.pixels), most * 5)

    def test_the_held_changes_are_right_after_they_were_trimmed(self) -> None:
        most = limits.WRITE_PIECE_BYTES // 5
        for number in range(3 * most // 100):
            self.paint("a", *[((number * 7 + step) % 10_000, (number + step) % 8) for step in range(100)])
        older = Canvas(100, 100, AF06, self.board.whole().colours)
        before = self.board.sequence
        for number in range(100):
            self.paint("a", *[((number * 11 + step) % 10_000, number % 8) for step in range(100)])
        older.apply(self.board.catch_up(before).pixels)
        self.assertEqual(older.colours, self.board.canvas.colours)

    def test_a_board_of_sixteen_mebibytes_holds_two_of_changes(self) -> None:
        board = self.board_of(4096, 4096)
        pixels = pack_pixels([(7, RED)] * 100_000)
        for _stroke in range(5):
            board.paint(Stroke(ADA, pixels), lambda _outcome: None)
        most = limits.CHANGES_HELD_BYTES // 5
        self.assertIsInstance(board.catch_up(board.sequence - most), Changes)
        self.assertIsInstance(board.catch_up(board.sequence - most - 1), WholeBoard)

    def test_questions_from_every_sequence_in_turn_do_not_fill_the_memory(self) -> None:
        self.paint("a", *[(1, RED)] * 10_000)
        first = self.board.catch_up(0)
        for since in range(1, FORMS + 1):
            self.board.catch_up(since)
        again = self.board.catch_up(0)
        self.assertEqual(again, first)
        self.assertIsNot(again, first)
