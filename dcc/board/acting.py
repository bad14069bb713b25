"""Actions: from a request to the record, in their turn among the paints.

1. An action above the person's role is refused at once. Everything else is checked in the action's turn, since earlier
   actions may make it possible or impossible.
2. A roll back is selected aside first, while others paint. In its turn the selection is brought up to date, so that it
   touches no cell that somebody else has painted since. Roll backs take turns with questions about the history: one
   selection is held at a time.
3. A clear is worked out from the board in its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import limits, reasons
from dcc.board.changes import LatestChanges
from dcc.board.commits import Acted, Commits, Deed
from dcc.board.questions import Questions
from dcc.board.record import Record, Selection
from dcc.board.rules import Rules
from dcc.core.actions import ROLES, Action, Clear, LogEntry, Rectangle, RollBack
from dcc.core.canvas import PIXEL_BYTES, fill_pixels
from dcc.core.people import Person, Role
from dcc.core.placements import Painter
from dcc.errors import DccError, RecordError, Refusal


def require(role: Role, least: Role) -> None:
    """Check that somebody has a role.

    :raises Refusal: it is a lesser role.
    """
    if role < least:
        raise Refusal(reasons.OWNERS_ONLY if least is Role.OWN else reasons.MODERATORS_ONLY)


class Acting:
    """Does the actions of one board."""

    _log = Logger()

    def __init__(
        self,
        record: Record,
        rules: Rules,
        changes: LatestChanges,
        commits: Commits,
        questions: Questions,
        now_ms: Callable[[], int],
    ) -> None:
        self._record = record
        self._rules = rules
        self._changes = changes
        self._commits = commits
        self._questions = questions
        self._now_ms = now_ms

    def act(self, person: Person, painter: Painter, action: Action, answer: Acted, source: str = "") -> None:
        """Do an action.

        :param painter: the person, as recorded with the action.
        :param answer: called when the action is recorded and in force, or refused.
        :param source: see :meth:`.Questions.ask`.
        """
        try:
            require(self._rules.role(person, self._now_ms()), ROLES[type(action)])
            action = self._rules.resolve(action)
        except Refusal as refusal:
            answer(refusal.with_traceback(None))
            return
        if isinstance(action, RollBack):
            self._roll_back(person, painter, action, answer, source)
        else:
            self._commits.add_deed(Deed(painter, action, partial(self._prepare, person, action), answer))

    def _check(self, action: Action, person: Person) -> None:
        self._rules.check(action, person, self._now_ms())

    def _prepare(self, person: Person, action: Action) -> Deferred[bytes]:
        self._check(action, person)
        return succeed(self._cleared(action.place) if isinstance(action, Clear) else b"")

    # --- clear -----------------------------------------------------------------------------------

    def _cleared(self, place: Rectangle | None) -> bytes:
        canvas, ground = self._changes.canvas, self._record.ground
        place = place or Rectangle(0, 0, canvas.width, canvas.height)
        line = bytes([ground]) * place.width
        cells: list[int] = []
        for row in range(place.row, place.row + place.height):
            start = row * canvas.width + place.column
            colours = canvas.colours[start : start + place.width]
            if colours != line:
                cells += [cell for cell, colour in enumerate(colours, start) if colour != ground]
        _check_count(len(cells))
        return fill_pixels(cells, ground)

    # --- roll back -------------------------------------------------------------------------------

    def _roll_back(self, person: Person, painter: Painter, action: RollBack, answer: Acted, source: str) -> None:
        ended: Deferred[None] = Deferred()  # the next question has its turn

        def end(outcome: LogEntry | DccError) -> None:
            ended.callback(None)
            answer(outcome)

        def select() -> Deferred[Selection]:
            self._check(action, person)
            return self._record.select(action.choice)

        def selected(selection: Selection) -> Deferred[None]:
            self._commits.add_deed(Deed(painter, action, partial(self._complete, person, action, selection), end))
            return ended

        def refuse(failure: Failure) -> None:
            error = failure.value
            if not isinstance(error, DccError):
                self._log.failure("while selecting placements", failure)  # our own fault
                error = RecordError(reasons.NOT_LOOKED_UP)
            answer(error.with_traceback(None))

        self._commits.expect_deed()
        rolled_back = self._questions.ask(source, lambda: select().addCallback(selected))
        rolled_back.addErrback(refuse)
        rolled_back.addErrback(lambda failure: self._log.failure("while answering", failure))
        rolled_back.addCallback(lambda _ignored: self._commits.expected_deed())

    def _complete(self, person: Person, action: RollBack, selection: Selection) -> Deferred[bytes]:
        self._check(action, person)

        def pixels(completed: Selection) -> bytes:
            _check_count(len(completed.pixels) // PIXEL_BYTES)
            return completed.pixels

        return self._record.complete(selection).addCallback(pixels)


def _check_count(count: int) -> None:
    if not count:
        raise Refusal(reasons.NOTHING_TO_PAINT)
    if count > limits.ACTION_CELLS:
        raise Refusal(reasons.TOO_MANY_CELLS_AT_ONCE, celdas=count, limite=limits.ACTION_CELLS)
