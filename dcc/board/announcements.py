"""When the viewers are told: of changes, of whole boards, of the rules, and of how many users there are.

1. The viewers are told of changes at once. If telling all of them took a while, the next telling comes no sooner than
   the same while later: telling takes at most about half of the loop's time.
2. Whole boards, which version 1 is told in, follow at once too, but no sooner than 50 ms after the last.
3. The number of users is told at most once a second, and again and again while nothing changes: a sign of life for
   clients and proxies.
4. The rules are told after each change, at most once a second.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from dcc import limits
from dcc.core.histogram import SECONDS_BOUNDS, Histogram
from dcc.later import Later


class Announcements:
    """Has the viewers of one board told.

    :ivar tell_seconds: how long each telling of changes took.
    """

    def __init__(
        self,
        clock: IReactorTime,
        tell: Callable[[bool], None],
        tell_whole: Callable[[], None],
        tell_users: Callable[[], None],
        tell_rules: Callable[[], None],
    ) -> None:
        """
        :param tell: tells all viewers of the changes, and takes whether to tell of whole boards too.
        :param tell_whole: tells the viewers that are told in whole boards.
        :param tell_users: tells all viewers how many users there are.
        :param tell_rules: tells all viewers of the rules.
        """
        self.tell_seconds = Histogram(SECONDS_BOUNDS)
        self._clock = clock
        self._tell_changes = tell
        self._tell_whole_boards = tell_whole
        self._tell_number = tell_users
        self._has_changes = False
        self._telling = Later(clock)
        self._tell_not_before = 0.0
        self._telling_whole = Later(clock)
        self._tell_whole_not_before = 0.0
        self._counting = Later(clock)
        self._count_not_before = 0.0
        self._tell_present_rules = tell_rules
        self._telling_rules = Later(clock)
        self._tell_rules_not_before = 0.0
        self._repeating = Later(clock)

    # --- changes ---------------------------------------------------------------------------------

    def add(self) -> None:
        """Note that there are changes to tell; :meth:`tell_when_due` or :meth:`put_off` follows."""
        self._has_changes = True

    def tell_when_due(self) -> None:
        """Have the viewers told of the changes, now or as soon as rule 1 allows."""
        self.put_off()
        self.tell_unless_put_off()

    def put_off(self) -> float:
        """Set a time for telling the changes, if rule 1 forbids to tell them now.

        :return: seconds until then; 0 if nothing is put off.
        """
        if not self._has_changes:
            return 0.0
        wait = self._until(self._tell_not_before)
        if not self._telling.is_set:
            if wait <= 0:
                return 0.0
            self._telling.set(wait, self._tell)
        return wait

    def tell_unless_put_off(self) -> None:
        """Have the viewers told of the changes now, unless a time is set."""
        if self._has_changes and not self._telling.is_set:
            self._tell()

    def _tell(self) -> None:
        started = self._clock.seconds()
        self._has_changes = False
        self._tell_changes(self._whole_boards_have_their_turn())
        now = self._clock.seconds()
        took = now - started
        self._tell_not_before = now + took
        self.tell_seconds.add(took)

    # --- whole boards ----------------------------------------------------------------------------

    def _whole_boards_have_their_turn(self) -> bool:
        """Take a turn of whole boards, if rule 2 allows one now; otherwise have them told as soon as rule 2 allows."""
        if self._telling_whole.is_set:
            return False
        wait = self._until(self._tell_whole_not_before)
        if wait > 0:
            self._telling_whole.set(wait, self._tell_whole)
            return False
        self._tell_whole_not_before = self._clock.seconds() + limits.WHOLE_BOARDS_INTERVAL_SECONDS
        return True

    def _tell_whole(self) -> None:
        self._tell_whole_not_before = self._clock.seconds() + limits.WHOLE_BOARDS_INTERVAL_SECONDS
        self._tell_whole_boards()

    # --- users -----------------------------------------------------------------------------------

    def count(self) -> None:
        """Have the viewers told how many users there are, as soon as rule 3 allows."""
        if not self._counting.is_set:
            wait = self._until(self._count_not_before)
            self._counting.set(max(0.0, wait), self._tell_users)

    def repeat_count(self) -> None:
        """Have the viewers told how many users there are, from now on every :data:`.limits.USERS_REPEATED_SECONDS`."""
        self._repeating.set(limits.USERS_REPEATED_SECONDS, self._repeat_count)

    def _repeat_count(self) -> None:
        self.count()
        self.repeat_count()

    def _tell_users(self) -> None:
        self._count_not_before = self._clock.seconds() + limits.USERS_INTERVAL_SECONDS
        self._tell_number()

    # --- rules -----------------------------------------------------------------------------------

    def tell_rules(self) -> None:
        """Have the viewers told of the rules, as soon as rule 4 allows."""
        if not self._telling_rules.is_set:
            wait = self._until(self._tell_rules_not_before)
            self._telling_rules.set(max(0.0, wait), self._tell_rules)

    def _tell_rules(self) -> None:
        self._tell_rules_not_before = self._clock.seconds() + limits.RULES_INTERVAL_SECONDS
        self._tell_present_rules()

    def _until(self, moment: float) -> float:
        return moment - self._clock.seconds()

    def stop(self) -> None:
        """Cancel all pending calls."""
        self._telling.cancel()
        self._telling_whole.cancel()
        self._counting.cancel()
        self._telling_rules.cancel()
        self._repeating.cancel()
