"""When paints and actions are recorded, and how each request is answered.

1. While the record is idle, a paint is recorded at once. Paints that come during a commit wait, and go together in the
   next commit: no timer at low load, large batches at high load.
2. The next commit begins before the viewers are told of the last one, so that the disk works while the loop sends.
3. While telling is put off (rule 1 of :mod:`dcc.board.announcements`), the next commit is put off too, so that the
   commit ends just before the telling. No pixel is shown later because of this rule, and a commit costs as much as
   telling fifty viewers.
4. Requests are answered in the order in which they came, requests without a pixel too.
5. ``append`` only tells the outcome of a request; the board changes by what the record delivers. Before and after a
   batch the record may deliver batches of other servers.
6. If the record refuses a batch, the requests are answered with the reason, and the next batch is tried as usual. While
   nobody paints, the record is tried every few seconds, since a proxy may have taken out a server with a fault.
7. An action waits in the same queue, and is alone in its turn: no paint is on its way to the record meanwhile. It is
   checked in its turn, as it is possible then.
8. A paint that waits while the rules change is checked again. So every recorded paint was allowed at its place in the
   record. If another server changed the rules first, the record says that the batch came too late, and the batch is
   checked and asked for again; an action is worked out again.
9. If the record gives notice of a fault and has not answered the batch under way, what waits is refused, and what comes
   too, except requests of clients with a paint in that batch: a client's answers keep their order. Actions are
   refused at once, whoever asks.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import limits, reasons
from dcc.board.announcements import Announcements
from dcc.board.changes import LatestChanges
from dcc.board.record import BATCH_BYTES, STROKE_BYTES, Record
from dcc.core.actions import Action, LogEntry
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.histogram import SECONDS_BOUNDS, Histogram
from dcc.core.placements import MILLISECONDS, Painter, Stroke
from dcc.errors import DccError, PixelRejected, RecordError, RecordLate, Refusal
from dcc.language import _
from dcc.later import Later

TRIED_SECONDS = 5.0
"""How often a record that takes no paints is tried while nobody paints. Health checks come every few seconds too."""

DEED_TRIES = 10
"""How often an action is worked out while other servers are quicker. On a busy canvas one of three is in time."""

_SURELY_SHORT = BATCH_BYTES // (STROKE_BYTES + limits.REQUEST_PIXELS * PIXEL_BYTES)
"""Requests that fit into a batch whatever they are."""

_PIXELS_BOUNDS = (1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536)

Outcome = int | RecordError | PixelRejected
"""Of a request: the sequence from which on the board has the pixels, or why none was recorded."""

Answer = Callable[[Outcome], None]
"""Takes the outcome of a request."""

Permit = Callable[[bytes], None]
"""Checks once more whether packed pixels may be painted; raises PixelRejected if not."""

Acted = Callable[[LogEntry | DccError], None]
"""Takes the outcome of an action: as recorded, or why it was not."""


@dataclass(frozen=True)
class Deed:
    """An action that waits for its turn.

    :ivar painter: who does it.
    :ivar prepare: checks in its turn that the action is possible, and finds the pixels that it paints; raises Refusal,
        or fails with Refusal or RecordError.
    """

    painter: Painter
    action: Action
    prepare: Callable[[], Deferred[bytes]]
    answer: Acted


_T = TypeVar("_T")

_Request = tuple[Stroke, Answer, Permit]


def _permit_all(_pixels: bytes) -> None:
    """Permit what no rule is about."""


def _refuse_with(answer: Answer, refusal: PixelRejected) -> Answer:
    return lambda _outcome: answer(refusal)


class Commits:
    """Has the paints of one board recorded, batch by batch, and the actions, one by one.

    :ivar under_way: the strokes that the record was given and has not answered; none during an action; None while the
        record is idle.
    :ivar fault: why the record takes no paints; None while the record does.
    :ivar commit_seconds: how long each commit took.
    :ivar commit_pixels: how many pixels went into each commit.
    :ivar rejections: how many requests changed nothing, by the code of the reason.
    """

    _log = Logger()

    def __init__(
        self,
        record: Record,
        changes: LatestChanges,
        announcements: Announcements,
        clock: IReactorTime,
        wall_clock: Callable[[], float],
    ) -> None:
        """
        :param clock: for waiting.
        :param wall_clock: seconds since 1970-01-01 UTC, for the record.
        """
        self.under_way: list[Stroke] | None = None
        self.fault: str | None = None
        self.commit_seconds = Histogram(SECONDS_BOUNDS)
        self.commit_pixels = Histogram(_PIXELS_BOUNDS)
        self.rejections: Counter[str] = Counter()
        self._record = record
        self._changes = changes
        self._announcements = announcements
        self._clock = clock
        self._wall_clock = wall_clock
        self._waiting: list[_Request] = []  # has the next turn
        self._behind: deque[tuple[Deed, list[_Request]]] = deque()  # each action, and the paints behind it
        self._last = self._waiting  # where the next paint waits
        self._expected = 0  # actions that are being made ready aside
        self._must_check = False  # the waiting paints, since they were checked under other rules
        self._is_beginning_deed = False
        self._starting = Later(clock)  # the next commit, while put off
        self._commit_takes = 0.0
        self._trying_again = Later(clock)
        self._idle: list[Deferred[None]] = []
        self._refusal: RecordError | None = None  # see rule 9
        self._kept_waiting: set[int] = set()  # the clients of the batch under way

    def add(self, stroke: Stroke, answer: Answer, permit: Permit = _permit_all) -> None:
        """Have a stroke recorded; then the record delivers it, and the viewers are told.

        :param stroke: checked against the canvas and the rules. A stroke without a pixel is answered in its turn, and
            nothing else happens.
        :param permit: checks the stroke again if the rules change meanwhile.
        """
        if self._refusal is not None and stroke.painter.connection not in self._kept_waiting:
            self._refuse((stroke, answer, permit), self._refusal)
            return
        self._last.append((stroke, answer, permit))
        if self.under_way is None and not self._starting.is_set:
            self._go_on()

    def add_deed(self, deed: Deed) -> None:
        """Have an action recorded in its turn; then the record delivers it."""
        if self._refusal is not None:
            self._answer_deed(self._refusal, deed)
            return
        self._last = []
        self._behind.append((deed, self._last))
        if self.under_way is None and not self._starting.is_set:
            self._go_on()

    def expect_deed(self) -> None:
        """Have :meth:`settle` wait for an action that is being made ready; :meth:`expected_deed` follows."""
        self._expected += 1

    def expected_deed(self) -> None:
        """Note that an expected action was added or refused."""
        self._expected -= 1
        self._tell_settled()

    def rules_changed(self) -> None:
        """Check the waiting paints again in their turn."""
        self._must_check = True

    def settle(self) -> Deferred[None]:
        """Wait until everything that was asked for so far is recorded or refused."""
        if self._is_settled:
            return succeed(None)
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        return idle

    @property
    def _is_settled(self) -> bool:
        return self.under_way is None and not self._waiting and not self._behind and not self._expected

    def stop(self) -> None:
        """Cancel all pending calls."""
        self._starting.cancel()
        self._trying_again.cancel()

    # --- one after the other ---------------------------------------------------------------------

    def _go_on(self) -> None:
        """Record the waiting paints and tell of the recorded ones, each as soon as the rules allow."""
        wait = self._announcements.put_off()
        if wait <= self._commit_takes:
            self._commit_waiting()
        elif (self._waiting or self._behind) and self.under_way is None:
            self._starting.set(wait - self._commit_takes, self._start)
        self._announcements.tell_unless_put_off()
        self._tell_settled()

    def _start(self) -> None:
        self._commit_waiting()
        self._tell_settled()  # no commit began if no stroke has a pixel

    def _tell_settled(self) -> None:
        if self._idle and self._is_settled:
            idle, self._idle = self._idle, []
            for waiter in idle:
                waiter.callback(None)

    def _commit_waiting(self) -> None:
        while self.under_way is None:
            if self._waiting:
                batch = self._take_batch()
                if self._must_check:
                    self._check_again(batch)
                strokes = [stroke for stroke, _answer, _permit in batch if stroke.pixels]
                if strokes:
                    self._commit(batch, strokes)
                else:
                    self._answer_all(batch, self._changes.sequence)
            elif self._behind:
                deed, self._waiting = self._behind.popleft()
                self._must_check = True
                self._begin_deed(deed)
            else:
                return

    def _take_batch(self) -> list[_Request]:
        """Take the waiting requests, as many as fit into a batch."""
        batch, count = self._waiting, len(self._waiting)
        if count > _SURELY_SHORT:
            ends = accumulate(STROKE_BYTES + len(stroke.pixels) for stroke, _answer, _permit in batch)
            count = next((number for number, end in enumerate(ends) if end > BATCH_BYTES), count)
        self._waiting = batch[count:]
        if not self._behind:
            self._last = self._waiting
        return batch[:count]

    def _check_again(self, batch: list[_Request]) -> None:
        """Have the paints refused that the rules do not permit any more."""
        self._must_check = False
        for position, (stroke, answer, permit) in enumerate(batch):
            if stroke.pixels:
                try:
                    permit(stroke.pixels)
                except PixelRejected as error:
                    refusal = error.with_traceback(None)  # see Conversation
                    self.rejections[refusal.code] += 1
                    batch[position] = Stroke(stroke.painter, b""), _refuse_with(answer, refusal), permit

    def _commit(self, batch: list[_Request], strokes: list[Stroke]) -> None:
        self.under_way = strokes
        started = self._clock.seconds()
        recorded = maybeDeferred(self._record.append, strokes, int(self._wall_clock() * MILLISECONDS))
        recorded.addCallbacks(
            self._recorded, self._not_recorded, callbackArgs=(batch, strokes, started), errbackArgs=(batch,)
        )
        recorded.addErrback(self._failed)
        recorded.addCallback(lambda _ignored: self._go_on())

    # --- actions ---------------------------------------------------------------------------------

    def _begin_deed(self, deed: Deed) -> None:
        self.under_way = []
        self._is_beginning_deed = True
        acted: Deferred[Any] = self._prepare_and_act(deed, 1)
        acted.addErrback(self._not_acted)
        acted.addCallback(self._end_deed, deed)
        acted.addErrback(self._failed)
        acted.addCallback(lambda _ignored: self._go_on_after_deed())
        self._is_beginning_deed = False

    def _prepare_and_act(self, deed: Deed, attempt: int) -> Deferred[LogEntry]:
        prepared = maybeDeferred(deed.prepare)
        acted: Deferred[LogEntry] = prepared.addCallback(lambda pixels: self._act(deed, pixels))
        return acted.addErrback(self._act_again, deed, attempt)

    def _act_again(self, failure: Failure, deed: Deed, attempt: int) -> Deferred[LogEntry]:
        failure.trap(RecordLate)
        if attempt == DEED_TRIES:
            raise Refusal(reasons.LATE, veces=attempt)
        return self._prepare_and_act(deed, attempt + 1)

    def _act(self, deed: Deed, pixels: bytes) -> Deferred[LogEntry]:
        acted = maybeDeferred(
            self._record.act, deed.painter, deed.action, pixels, int(self._wall_clock() * MILLISECONDS)
        )
        return acted.addCallbacks(self._has_acted, self._not_written)

    def _has_acted(self, entry: LogEntry) -> LogEntry:
        self._writes()
        return entry

    def _not_written(self, failure: Failure) -> Failure:
        if isinstance(failure.value, RecordError) and not isinstance(failure.value, RecordLate):
            self._note_fault(failure.value)
        return failure

    def _not_acted(self, failure: Failure) -> DccError:
        if isinstance(failure.value, DccError):
            return failure.value.with_traceback(None)
        self._log.failure("while doing an action", failure)  # our own fault; whoever asked is answered all the same
        return RecordError(reasons.NOT_RECORDED)

    def _end_deed(self, outcome: LogEntry | DccError, deed: Deed) -> None:
        self._end_turn()
        self._answer_deed(outcome, deed)

    def _answer_deed(self, outcome: LogEntry | DccError, deed: Deed) -> None:
        if isinstance(outcome, DccError):
            self.rejections[outcome.code] += 1
        self._answer(deed.answer, outcome)

    def _go_on_after_deed(self) -> None:
        if not self._is_beginning_deed:  # otherwise the loop goes on
            self._go_on()

    # --- outcomes --------------------------------------------------------------------------------

    def _recorded(self, sequence: int, batch: list[_Request], strokes: list[Stroke], started: float) -> None:
        took = self._clock.seconds() - started
        pixels = sum([len(stroke.pixels) for stroke in strokes]) // PIXEL_BYTES
        self.commit_seconds.add(took)
        self.commit_pixels.add(pixels)
        self._commit_takes = 2 * took  # the next commit may take longer
        self._writes()
        self._answer_all(batch, sequence - pixels)

    def _writes(self) -> None:
        """Note that the record takes paints."""
        if self.fault is not None:
            self.fault = None
            self._trying_again.cancel()
            self._log.warn("{line}", line=_("The record takes paints again."))

    def _not_recorded(self, failure: Failure, batch: list[_Request]) -> None:
        error = failure.value
        if isinstance(error, RecordLate):
            self._commit_again(batch)
            return
        if not isinstance(error, RecordError):
            self._log.failure("while recording", failure)  # our own fault; the painters are answered all the same
            error = RecordError(reasons.NOT_RECORDED)
        self._note_fault(error)
        self.rejections[error.code] += sum(1 for stroke, _answer, _permit in batch if stroke.pixels)
        self._answer_all(batch, self._changes.sequence, error)

    def _commit_again(self, batch: list[_Request]) -> None:
        """Check a batch under the rules of now, and ask for what is still permitted."""
        self._check_again(batch)
        self._must_check = True  # those that wait
        strokes = [stroke for stroke, _answer, _permit in batch if stroke.pixels]
        if strokes:
            self._commit(batch, strokes)
        else:
            self._answer_all(batch, self._changes.sequence)

    def notice(self, error: RecordError) -> None:
        """Take the news that the record takes no paints."""
        self._note_fault(error)
        if self.under_way is not None:
            self._refuse_waiting(error)

    def _note_fault(self, error: RecordError) -> None:
        if self.fault is None or (error.advice and self.fault != str(error)):
            line = _("The record takes no paints: {error}").format(error=error)
            self._log.critical("{line}", line=f"{line}. {error.advice}" if error.advice else line)
        self.fault = str(error)
        if not self._trying_again.is_set:
            self._trying_again.set(TRIED_SECONDS, self._try_again)

    # --- refusing while a batch is under way -----------------------------------------------------

    def _refuse_waiting(self, error: RecordError) -> None:
        """Refuse what waits, and what comes until the batch under way is answered (rule 9)."""
        if self._refusal is not None or self.under_way is None:
            return
        self._refusal = error
        self._kept_waiting = {stroke.painter.connection for stroke in self.under_way}
        paints, self._waiting, behind = self._waiting, [], self._behind
        self._behind = deque()
        self._last = self._waiting
        for request in paints:
            self.add(*request)
        for deed, paints in behind:
            self.add_deed(deed)
            for request in paints:
                self.add(*request)

    def _refuse(self, request: _Request, error: RecordError) -> None:
        stroke, answer, _permit = request
        if stroke.pixels:
            self.rejections[error.code] += 1
        self._answer(answer, error if stroke.pixels else self._changes.sequence)

    def _end_turn(self) -> None:
        """Note that nothing is under way."""
        self.under_way = self._refusal = None
        self._kept_waiting = set()

    def _try_again(self) -> None:
        if self.under_way is None:
            self._commit([], [])

    def _answer_all(self, batch: list[_Request], sequence: int, error: RecordError | None = None) -> None:
        """:param sequence: before the batch."""
        for stroke, answer, _permit in batch:
            if error is None:
                sequence += len(stroke.pixels) // PIXEL_BYTES
            self._answer(answer, error if error is not None and stroke.pixels else sequence)
        self._end_turn()

    def _answer(self, answer: Callable[[_T], None], outcome: _T) -> None:
        try:
            answer(outcome)
        except Exception:  # our own fault, and no reason to leave the others without an answer
            self._log.failure("while answering")

    def _failed(self, failure: Failure) -> None:
        """Log our own fault in handling an outcome, and let painting go on."""
        self._log.failure("while answering a batch", failure)
        self._end_turn()
