"""Questions to the record, which the network addresses take turns in."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from dcc.board.questions import Questions


class QuestionsTests(SynchronousTestCase):
    """One question at a time."""

    def setUp(self) -> None:
        """Ask nothing so far."""
        self.questions = Questions()
        self.begun: list[str] = []
        self.outcomes: list[Deferred[str]] = []

    def look_up(self, name: str) -> Callable[[], Deferred[str]]:
        """A question that is answered when the test says so."""

        def look_up() -> Deferred[str]:
            self.begun.append(name)
            self.outcomes.append(Deferred())
            return self.outcomes[-1]

        return look_up

    def answer_all(self) -> list[str]:
        """Answer the question under way until none is left, and return the questions in their order."""
        while self.outcomes:
            self.outcomes.pop().callback("")
        return self.begun

    def test_a_question_waits_for_one_question_of_each_other_address(self) -> None:
        for number in range(100):
            self.questions.ask("many", self.look_up(f"many {number}"))
        for number in range(3):
            self.questions.ask("few", self.look_up(f"few {number}"))
        honest = self.questions.ask("honest", self.look_up("honest"))
        self.assertEqual(self.begun, ["many 0"])
        order = self.answer_all()
        self.assertLessEqual(order.index("honest"), 3)
        self.assertEqual([name for name in order if "many" in name], [f"many {number}" for number in range(100)])
        self.assertEqual(len(order), 104)
        self.assertEqual(self.successResultOf(honest), "")

    def test_a_question_withdrawn_before_its_turn_is_never_looked_up(self) -> None:
        self.questions.ask("a", self.look_up("first"))
        withdrawn = self.questions.ask("a", self.look_up("withdrawn"))
        self.questions.ask("a", self.look_up("last"))
        withdrawn.cancel()
        self.failureResultOf(withdrawn, CancelledError)
        self.assertEqual(self.answer_all(), ["first", "last"])

    def test_a_question_withdrawn_while_under_way_still_holds_up_the_next(self) -> None:
        # Otherwise an address could begin searches one after the other, and leave.
        under_way = self.questions.ask("a", self.look_up("first"))
        self.questions.ask("b", self.look_up("second"))
        under_way.cancel()
        self.failureResultOf(under_way, CancelledError)
        self.assertEqual(self.begun, ["first"])
        self.assertEqual(self.answer_all(), ["first", "second"])

    def test_a_failure_reaches_the_asker_alone(self) -> None:
        first, second = (self.questions.ask("a", self.look_up(name)) for name in ("first", "second"))
        self.outcomes.pop().errback(ZeroDivisionError())
        self.failureResultOf(first, ZeroDivisionError)
        self.answer_all()
        self.assertEqual(self.successResultOf(second), "")

    def test_thousands_of_waiting_questions_are_answered_at_once(self) -> None:
        self.questions.ask("a", self.look_up("first"))
        answers = [self.questions.ask("a", lambda: succeed("at once")) for _ in range(5000)]
        answers += [self.questions.ask("b", lambda: fail(ZeroDivisionError())) for _ in range(5000)]
        self.answer_all()
        self.assertEqual(self.successResultOf(answers[0]), "at once")
        for answer in answers[5000:]:
            self.failureResultOf(answer, ZeroDivisionError)
