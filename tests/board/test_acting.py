"""Actions: in one queue with paints, alone in their turn, and checked then."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from dcc import limits, reasons
from dcc.board.record import Selection
from dcc.core import templates
from dcc.core.actions import (
    Action,
    AddAreas,
    AddGrid,
    AddKey,
    AddTemplate,
    Area,
    Choice,
    Clear,
    Entry,
    Freeze,
    Group,
    LogEntry,
    Rectangle,
    RemoveAreas,
    RemoveTemplate,
    RollBack,
    SetCooldown,
    SetEntry,
    SetRest,
    Thaw,
)
from dcc.core.canvas import pack_pixels
from dcc.core.people import Role, digest_key
from dcc.core.templates import TemplatePixels
from dcc.errors import DccError, RecordError, Refusal
from dcc.protocol.messages import (
    Acknowledged,
    Act,
    AskHistory,
    AskTemplate,
    Changes,
    Done,
    Hello,
    PaintOne,
    Rejected,
    RulesNews,
    ServerMessage,
    SharedTemplate,
    TemplateNews,
    Users,
)
from tests.support.wire import (
    BLACK,
    GREEN,
    OPERATOR_PAINTER,
    OPERATOR_PERSON,
    RED,
    FakeServer,
    HeldRecord,
    Peer,
    log,
    names,
    paint,
)

NOT_FROZEN = reasons.NOT_FROZEN.tell({})
FROZEN = reasons.FROZEN.tell({})
CAT = AddTemplate("cat", Rectangle(1, 2, 2, 1), templates.spell(TemplatePixels(bytes([RED, 0]), bytes([1, 0]))))
SKY = Area("sky", Rectangle(0, 0, 10, 1), Group.MODERATORS)


def outcomes(peer: Peer) -> list[ServerMessage]:
    """What a peer has received, without news."""
    return [message for message in peer.receive() if not isinstance(message, Users | RulesNews)]


class ActingTestCase(SynchronousTestCase):
    """A server whose record commits on the test's command: Olga owns, Mo moderates, somebody without a key paints."""

    def setUp(self) -> None:
        self.record = HeldRecord()
        self.server = FakeServer(record=self.record)
        self.operator: list[LogEntry | DccError] = []
        self.act(*(AddKey(name, digest_key(name), role) for name, role in (("Olga", Role.OWN), ("Mo", Role.MODERATE))))
        self.record.commit_all()
        self.operator.clear()
        self.olga, self.mo = (self.join(key) for key in ("Olga", "Mo"))
        self.painter = self.server.join()

    def join(self, key: str) -> Peer:
        """Connect somebody with a key."""
        peer = self.server.connect()
        peer.say(Hello(2, key=key))
        self.server.clock.advance(1)
        peer.transport.clear()
        return peer

    def act(self, *actions: Action) -> None:
        """Do actions as the operator."""
        for action in actions:
            self.server.board.act(OPERATOR_PERSON, OPERATOR_PAINTER, action, self.operator.append)

    @property
    def batches(self) -> list[int]:
        """The number of strokes of each batch."""
        return [len(batch) for batch in self.record.batches]


class TurnsTests(ActingTestCase):
    """The one queue."""

    def test_an_action_is_answered_when_it_is_recorded_and_in_force(self) -> None:
        self.mo.say(Act(7, Freeze()))
        self.assertEqual(outcomes(self.mo), [])
        self.assertFalse(self.server.board.rules.news.is_frozen)
        self.record.commit()
        self.assertEqual(outcomes(self.mo), [Done(7, 3, 0, 0)])
        self.assertTrue(self.server.board.rules.news.is_frozen)

    def test_paints_before_an_action_are_recorded_without_it_and_paints_behind_it_are_checked_with_it(self) -> None:
        self.painter.send(paint(1, (0, RED)), paint(2, (1, RED)))
        self.mo.say(Act(1, Freeze()))
        self.painter.send(paint(3, (2, RED)))
        self.mo.send(paint(2, (3, GREEN)))
        self.mo.say(Act(3, Thaw()))
        self.painter.send(paint(4, (4, RED)))
        self.record.commit_all()
        self.assertEqual(self.batches, [1, 1, 1, 1])
        self.assertEqual(self.record.actions[2:], [Freeze(), Thaw()])
        answers = [message for message in outcomes(self.painter) if not isinstance(message, Changes)]
        self.assertEqual(
            answers,
            [Acknowledged(1, 1), Acknowledged(2, 2), Rejected(3, FROZEN, pack_pixels([(2, 0)])), Acknowledged(4, 4)],
        )
        self.assertEqual(self.server.board.canvas.colours[:5], bytes([RED, RED, 0, GREEN, RED]))

    def test_a_paint_that_waits_is_checked_again_for_its_own_painter_and_its_own_cells_alone(self) -> None:
        self.painter.send(paint(1, (49, RED)))
        self.mo.say(Act(1, AddAreas((SKY,))))
        self.painter.send(paint(2, (0, RED)), paint(3, (10, RED)), paint(4, (10, RED), (9, RED)))
        self.mo.send(paint(2, (0, GREEN)))
        self.record.commit_all()
        colours = self.server.board.canvas.colours
        self.assertEqual((colours[0], colours[9], colours[10]), (GREEN, 0, RED))
        self.assertEqual(self.server.board.rejections, {"zona-ajena": 2})

    def test_a_paint_that_an_action_of_another_server_forbids_is_not_recorded(self) -> None:
        self.painter.send(paint(1, (0, RED)), paint(2, (1, RED)))
        self.record.act_elsewhere(Freeze())
        self.record.commit_all()
        answers = [message for message in outcomes(self.painter) if not isinstance(message, Changes)]
        self.assertEqual(answers, [Acknowledged(1, 1), Rejected(2, FROZEN, pack_pixels([(1, 0)]))])
        self.assertEqual(self.batches, [1])

    def test_a_paint_of_version_1_that_waits_behind_a_freeze_is_answered_with_the_board_as_it_is(self) -> None:
        old = self.server.join(version=1)
        self.painter.send(paint(1, (0, RED)))
        self.mo.say(Act(1, Freeze()))
        old.say(PaintOne(5, 0, "green"))
        self.record.commit_all()
        self.assertEqual(names(old.receive()[-1]), {(0, 0): "red"})

    def test_an_action_is_checked_in_its_turn_as_it_is_possible_then(self) -> None:
        self.painter.send(paint(1, (0, RED)))
        self.mo.say(Act(1, Thaw()), Act(2, Freeze()), Act(3, Freeze()), Act(4, Thaw()), Act(5, Thaw()))
        self.record.commit_all()
        answers = [message for message in outcomes(self.mo) if not isinstance(message, Changes)]
        self.assertEqual(
            answers,
            [
                Rejected(1, NOT_FROZEN, b""),
                Done(2, 3, 1, 0),
                Rejected(3, reasons.ALREADY_FROZEN.tell({}), b""),
                Done(4, 4, 1, 0),
                Rejected(5, NOT_FROZEN, b""),
            ],
        )

    def test_an_action_without_the_role_is_refused_at_once_and_breaks_no_batch(self) -> None:
        self.painter.send(paint(1, (0, RED)), paint(2, (1, RED)))
        self.painter.say(Act(3, Freeze()), Act(4, SetEntry(Entry.KEYS)))
        self.mo.say(Act(1, SetEntry(Entry.KEYS)))
        self.painter.send(paint(5, (2, RED)))
        self.assertEqual(
            outcomes(self.painter),
            [
                Rejected(3, reasons.MODERATORS_ONLY.tell({}), b""),
                Rejected(4, reasons.OWNERS_ONLY.tell({}), b""),
            ],
        )
        self.assertEqual(outcomes(self.mo), [Rejected(1, reasons.OWNERS_ONLY.tell({}), b"")])
        self.record.commit_all()
        self.assertEqual(self.batches, [1, 2])

    def test_somebody_who_is_no_moderator_any_more_in_the_turn_of_the_action_does_not_do_it(self) -> None:
        self.olga.say(Act(1, AddKey("Max", digest_key("Max"), Role.MODERATE, until_ms=1_700_000_001_000 + 10_000)))
        self.record.commit_all()
        max_ = self.join("Max")
        self.painter.send(paint(1, (0, RED)))
        max_.say(Act(1, Freeze()))
        self.server.wall_clock_seconds += 3600
        self.record.commit_all()
        self.assertEqual(self.record.actions[-1], AddKey("Max", digest_key("Max"), Role.MODERATE, 1_700_000_011_000))
        self.assertIn(Rejected(1, reasons.MODERATORS_ONLY.tell({}), b""), max_.receive())

    def test_many_actions_in_a_row_need_no_stack(self) -> None:
        server = FakeServer()
        with_delay = server.join()
        with_delay.send(paint(1, (0, RED)))
        done: list[LogEntry | DccError] = []

        def act_all(entry: LogEntry) -> None:
            server.board.on_action.clear()
            for _ in range(2000):
                for action in (Freeze(), Thaw()):
                    server.board.act(OPERATOR_PERSON, OPERATOR_PAINTER, action, done.append)

        server.board.on_action.append(act_all)
        server.act(SetRest(Group.EVERYBODY))
        self.assertEqual(len([entry for entry in done if isinstance(entry, LogEntry)]), 4000)

    def test_a_board_settles_when_every_action_is_recorded(self) -> None:
        self.painter.send(paint(1, (0, RED)))
        self.mo.say(Act(1, Freeze()), Act(2, RollBack(Choice(("Ada",)))))
        settled = self.server.board.settle()
        self.record.commit_all()
        self.assertNoResult(settled)
        [(choice, selected)] = self.record.selections
        selected.callback(Selection(choice, 1, 1, pack_pixels([(0, BLACK)])))
        self.assertNoResult(settled)
        self.record.commit_all()
        self.successResultOf(settled)
        self.assertEqual(self.server.board.canvas.colours[0], BLACK)


class FailureTests(ActingTestCase):
    """A record that does not take an action."""

    def test_an_action_that_is_not_recorded_changes_nothing_and_is_answered_with_the_reason(self) -> None:
        self.mo.say(Act(1, Freeze()))
        self.painter.send(paint(1, (0, RED)))
        with log() as logged:
            self.record.refuse(RecordError(reasons.DISK_FULL))
        self.assertEqual(outcomes(self.mo), [Rejected(1, "the disk is full", b"")])
        self.assertEqual(logged.warnings, ["The record takes no paints: the disk is full"])
        self.assertFalse(self.server.board.rules.news.is_frozen)
        self.assertEqual(self.server.board.fault, "the disk is full")
        self.record.commit_all()
        self.assertIn(Acknowledged(1, 1), self.painter.receive())

    def test_an_action_ends_the_fault_of_the_record_as_a_paint_does(self) -> None:
        self.painter.send(paint(1, (0, RED)))
        with log() as logged:
            self.record.refuse(RecordError(reasons.DISK_FULL))
            self.mo.say(Act(1, Freeze()))
            self.record.commit()
        self.assertEqual(logged.warnings[1:], ["The record takes paints again."])
        self.assertIsNone(self.server.board.fault)

    def test_a_refused_action_is_no_fault_of_the_record(self) -> None:
        with log() as logged:
            self.mo.say(Act(1, Thaw()), Act(2, RollBack(Choice(("Ada",)))))
            self.record.selections[0][1].errback(RecordError(reasons.NO_HISTORY))
        self.assertEqual(logged.warnings, [])
        self.assertIsNone(self.server.board.fault)

    def test_our_own_fault_in_an_action_is_logged_and_answered_and_painting_goes_on(self) -> None:
        self.mo.say(Act(1, Freeze()))
        self.painter.send(paint(1, (0, RED)))
        self.record.refuse(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(outcomes(self.mo), [Rejected(1, reasons.NOT_RECORDED.tell({}), b"")])
        self.record.commit_all()
        self.assertIn(Acknowledged(1, 1), self.painter.receive())


class ClearTests(ActingTestCase):
    """The colour of the blank board, where it is not."""

    def test_a_clear_paints_the_cells_that_differ_in_its_turn(self) -> None:
        self.painter.send(paint(1, (0, RED), (51, GREEN)))
        self.mo.say(Act(1, Clear(Rectangle(0, 0, 50, 1))))
        self.painter.send(paint(2, (1, RED)))
        self.record.commit_all()
        self.assertEqual([message for message in outcomes(self.mo) if isinstance(message, Done)], [Done(1, 3, 3, 1)])
        self.assertEqual(self.server.board.canvas.colours[:2], bytes([0, RED]))
        self.assertEqual(self.server.board.canvas.colours[51], GREEN)
        self.assertEqual(self.server.board.sequence, 4)

    def test_a_clear_follows_the_change_that_it_makes(self) -> None:
        self.painter.send(paint(1, (7, RED)))
        self.record.commit_all()
        self.mo.receive()
        self.mo.say(Act(1, Clear()))
        self.record.commit_all()
        self.assertEqual(outcomes(self.mo), [Changes(2, pack_pixels([(7, 0)])), Done(1, 3, 2, 1)])

    def test_a_clear_of_clean_cells_is_refused(self) -> None:
        self.mo.say(Act(1, Clear()), Act(2, Clear(Rectangle(49, 49, 2, 1))))
        refusals = outcomes(self.mo)
        self.assertEqual(refusals[0], Rejected(1, reasons.NOTHING_TO_PAINT.tell({}), b""))
        self.assertIn("is not on the board of 50 x 50", str(refusals[1]))

    def test_more_cells_than_an_action_paints_are_refused(self) -> None:
        server = FakeServer(1025, 1024)
        server.board.canvas.colours[:] = bytes([RED]) * (1025 * 1024)
        [refusal] = server.act(Clear())
        assert isinstance(refusal, Refusal)
        self.assertEqual(refusal.code, reasons.TOO_MANY_CELLS_AT_ONCE.code)
        [entry] = server.act(Clear(Rectangle(0, 0, 1024, 1024)))
        assert isinstance(entry, LogEntry)
        self.assertEqual(entry.cells, 1024 * 1024)
        self.assertEqual(server.board.canvas.colours.count(RED), 1024)


class RollBackTests(ActingTestCase):
    """Selected aside, completed in its turn."""

    CHOICE = Choice(("Ada",))

    def test_people_paint_on_while_placements_are_selected(self) -> None:
        self.mo.say(Act(1, RollBack(self.CHOICE)))
        self.painter.send(paint(1, (0, RED)))
        self.record.commit_all()
        self.assertIn(Acknowledged(1, 1), self.painter.receive())
        self.select((3, GREEN))
        self.record.commit_all()
        self.assertIn(Done(1, 3, 2, 1), self.mo.receive())
        self.assertEqual(self.server.board.canvas.colours[3], GREEN)

    def select(self, *pixels: tuple[int, int]) -> None:
        """Answer the first selection under way."""
        choice, selected = self.record.selections.pop(0)
        selected.callback(Selection(choice, self.server.board.sequence, len(pixels), pack_pixels(pixels)))

    def test_one_selection_is_held_at_a_time_and_questions_take_turns_with_roll_backs(self) -> None:
        self.mo.say(Act(1, RollBack(self.CHOICE)), Act(2, RollBack(self.CHOICE)))
        self.painter.say(AskHistory(1))
        self.assertEqual(len(self.record.selections), 1)
        self.select((3, GREEN))
        self.assertEqual(self.record.selections, [])
        self.record.commit()
        self.assertEqual(len(self.record.selections), 1)

    def test_nothing_to_paint_is_refused(self) -> None:
        self.mo.say(Act(1, RollBack(self.CHOICE)))
        self.select()
        self.assertEqual(outcomes(self.mo), [Rejected(1, reasons.NOTHING_TO_PAINT.tell({}), b"")])

    def test_a_roll_back_goes_on_when_its_moderator_has_left(self) -> None:
        self.mo.say(Act(1, RollBack(self.CHOICE)))
        self.mo.hang_up()
        self.select((3, GREEN))
        self.record.commit_all()
        self.assertEqual(self.server.board.canvas.colours[3], GREEN)

    def test_a_painter_has_nothing_selected(self) -> None:
        self.painter.say(Act(1, RollBack(self.CHOICE)))
        self.assertEqual(self.record.selections, [])


class RecordedTests(ActingTestCase):
    """What is recorded, and what everybody is told."""

    def test_a_grid_is_recorded_as_its_areas(self) -> None:
        self.mo.say(Act(1, AddGrid(("Ada", "Bo"))))
        self.record.commit_all()
        self.assertEqual(
            self.record.actions[-1],
            AddAreas(
                (
                    Area("Ada", Rectangle(0, 0, 25, 50), ("Ada",)),
                    Area("Bo", Rectangle(25, 0, 25, 50), ("Bo",)),
                )
            ),
        )

    def test_the_rules_are_told_to_everybody_at_most_once_a_second_and_to_newcomers_after_the_board(self) -> None:
        for action in (AddAreas((SKY,)), Freeze(), RemoveAreas(), Thaw(), Freeze()):
            self.mo.say(Act(1, action))
            self.record.commit_all()
        self.server.clock.advance(0)
        news = RulesNews(is_frozen=True)
        self.assertEqual([message for message in self.painter.receive() if isinstance(message, RulesNews)], [news])
        newcomer = self.server.connect()
        newcomer.say(Hello(2))
        self.assertEqual(newcomer.receive()[2:], [news])
        self.mo.say(Act(1, Thaw()))
        self.record.commit_all()
        self.server.clock.advance(0.9)
        self.assertEqual(outcomes(self.painter), [])
        self.server.clock.advance(0.1)
        self.assertIn(RulesNews(), self.painter.receive())

    def test_a_server_without_a_rule_sends_none_and_keys_are_no_rule(self) -> None:
        self.mo.receive()
        self.server.clock.advance(60)
        self.assertEqual([type(message) for message in self.mo.receive()], [])

    def test_version_1_is_told_no_rules(self) -> None:
        old = self.server.join(version=1)
        self.mo.say(Act(1, Freeze()))
        self.record.commit_all()
        self.server.clock.advance(2)
        self.assertEqual(old.receive(), [])

    def test_templates_are_told_to_everybody_and_their_pixels_to_whoever_asks_until_they_are_removed(self) -> None:
        self.mo.say(Act(1, CAT))
        self.record.commit_all()
        self.server.clock.advance(0)
        told = TemplateNews(3, "cat", CAT.place, "Mo")
        self.assertEqual(self.painter.receive(), [RulesNews(templates=(told,))])
        watcher = self.server.connect()
        watcher.say(Hello(2, only_watches=True))
        self.assertEqual(watcher.receive()[2:], [RulesNews(templates=(told,))])
        watcher.say(AskTemplate(7, 3), AskTemplate(8, 2))
        self.assertEqual(
            outcomes(watcher),
            [
                SharedTemplate(7, 3, CAT),
                Rejected(8, reasons.NO_SUCH_TEMPLATE.tell({"numero": 2}), b""),
            ],
        )
        self.mo.say(Act(2, RemoveTemplate("cat")))
        self.record.commit_all()
        self.server.clock.advance(1)
        self.assertIn(RulesNews(), self.painter.receive())
        self.painter.say(AskTemplate(9, 3))
        self.assertEqual([type(each) for each in outcomes(self.painter)], [Rejected])

    def test_a_log_of_many_large_templates_is_told_in_pages(self) -> None:
        large = AddTemplate("cat", CAT.place, "A" * limits.TEMPLATE_CHARACTERS)
        for number in range(20):
            self.record.act_elsewhere(replace(large, name=str(number)))
        pages = [len(self.server.board.log_before(None)), len(self.server.board.log_before(12))]
        self.assertEqual(pages, [8, 8])

    def test_a_cooldown_is_told_when_it_is_set_and_when_it_is_taken_away(self) -> None:
        self.olga.say(Act(1, SetCooldown(30, 10)), Act(2, SetCooldown(0)))
        self.record.commit()
        [told] = outcomes(self.painter)
        self.assertEqual((told.charges, told.most, told.each_ms), (10, 10, 30_000))
        self.record.commit()
        [told] = outcomes(self.painter)
        self.assertEqual((told.wait_ms, told.most), (0, 0))
