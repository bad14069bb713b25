"""An examination: its checks in their order, and the result of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from dcc.check.diagnosis import Difference
from dcc.check.rules import Rule
from dcc.check.wire import Flood, Trouble
from dcc.language import _


class Outcome(Enum):
    """What came of a check. The values are those of the JSON report."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not judged"


class NotJudged(Exception):
    """A check cannot be made. ``str(error)`` is the reason."""


@dataclass(frozen=True)
class Result:
    """The result of a check.

    :ivar difference: what differs, for a failed check.
    :ivar reason: why a check was not judged.
    :ivar output: what the program printed meanwhile, if that explains the failure.
    """

    rule: Rule
    outcome: Outcome
    difference: Difference | None = None
    reason: str = ""
    output: list[str] = field(default_factory=list)

    @property
    def costs(self) -> bool:
        """Whether the examination fails by this check: a bonus costs nothing."""
        return self.outcome is Outcome.FAILED and not self.rule.bonus


Told = Callable[[Result], None]


class Examination:
    """Runs the checks of one side. A subclass has a method ``check_NAME`` for each rule.

    :cvar flood_rule: the rule that a program breaks that sends without end.
    """

    flood_rule: ClassVar[str]

    def __init__(self, rules: list[Rule], told: Told) -> None:
        """:param told: called with each result as it is found."""
        self._rules = {rule.name: rule for rule in rules}
        self._told = told
        self.results: dict[str, Result] = {}
        self._found: dict[str, Difference] = {}
        self._flood = ""

    def run(self) -> list[Result]:
        """Run every check.

        :return: the results, in the order of the rules.
        """
        try:
            for rule in self._rules.values():
                result = self._judge(rule)
                self.results[rule.name] = result
                self._told(result)
            self._attribute()
            return [self.results[name] for name in self._rules]
        finally:
            self.end()

    def _judge(self, rule: Rule) -> Result:
        if rule.name in self._found:
            return self._failed(rule, self._found[rule.name])
        missing = [name for name in rule.needs if self.outcome(name) is not Outcome.PASSED]
        if missing:
            return self._not_judged(rule, _("needs the check {name}").format(name=missing[0]))
        if self._flood and rule.needs:
            return self._not_judged(rule, self._flood)
        self.begin()
        try:
            getattr(self, "check_" + rule.name.replace("-", "_"))()
        except NotJudged as why:
            return self._not_judged(rule, str(why))
        except Difference as difference:
            if difference.rule in ("", rule.name):
                return self._failed(rule, difference)
            self.find(difference.rule, difference)
            return self._not_judged(rule, _("needs the check {name}").format(name=difference.rule))
        except Flood as flood:
            self.flooded(str(flood))
            return self._judge(rule)
        except Trouble as trouble:
            return self._failed(rule, Difference(str(trouble)))
        return Result(rule, Outcome.PASSED)

    def _failed(self, rule: Rule, difference: Difference) -> Result:
        output = self.explanation()
        is_told = bool(output) and output[-1] in difference.came
        return Result(rule, Outcome.FAILED, difference, output=[] if is_told else output)

    def _not_judged(self, rule: Rule, reason: str) -> Result:
        return Result(rule, Outcome.NOT_JUDGED, reason=reason)

    def flooded(self, came: str) -> None:
        """Note that the program sends without end: no further check can be made."""
        self._flood = came
        self.find(self.flood_rule, Difference(came))

    def find(self, name: str, difference: Difference) -> None:
        """Note that a rule is broken, whichever check showed it."""
        self._found.setdefault(name, difference)

    def _attribute(self) -> None:
        """Let the rules fail that were found to be broken after they had passed."""
        for name, difference in self._found.items():
            if self.results[name].outcome is not Outcome.FAILED:
                self.results[name] = Result(self._rules[name], Outcome.FAILED, difference)
                self._told(self.results[name])

    def outcome(self, name: str) -> Outcome | None:
        """The outcome of an earlier check; None of one that has not been made."""
        if name in self._found:
            return Outcome.FAILED
        return self.results[name].outcome if name in self.results else None

    def begin(self) -> None:
        """Called before each check."""

    def explanation(self) -> list[str]:
        """What the program printed since the check began, if it explains a failure."""
        return []

    def end(self) -> None:
        """Called after the last check, whatever happened."""
