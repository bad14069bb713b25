"""When paints are recorded, and how each request is answered.

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
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import reasons
from dcc.board.announcements import Announcements
from dcc.board.changes import LatestChanges
from dcc.board.record import Record
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.histogram import SECONDS_BOUNDS, Histogram
from dcc.core.placements import MILLISECONDS, Stroke
from dcc.errors import RecordError
from dcc.language import _
from dcc.later import Later

TRIED_SECONDS = 5.0
"""How often a record that takes no paints is tried while nobody paints. Health checks come every few seconds too."""

_PIXELS_BOUNDS = (1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536)

Answer = Callable[[int | RecordError], None]
"""Takes the outcome of a request: the sequence from which on the board has the pixels, or why none was recorded."""


class Commits:
    """Has the paints of one board recorded, batch by batch.

    :ivar under_way: the strokes that the record was given and has not answered; None while the record is idle.
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
        self._waiting: list[tuple[Stroke, Answer]] = []
        self._starting = Later(clock)  # the next commit, while put off
        self._commit_takes = 0.0
        self._trying_again = Later(clock)
        self._idle: list[Deferred[None]] = []

    def add(self, stroke: Stroke, answer: Answer) -> None:
        """Have a stroke recorded; then the record delivers it, and the viewers are told.

        :param stroke: checked against the canvas. A stroke without a pixel is answered in its turn, and nothing else
            happens.
        """
        self._waiting.append((stroke, answer))
        if self.under_way is None and not self._starting.is_set:
            self._go_on()

    def settle(self) -> Deferred[None]:
        """Wait until everything that was asked for so far is recorded or refused."""
        if self.under_way is None and not self._waiting:
            return succeed(None)
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        return idle

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
        elif self._waiting and self.under_way is None:
            self._starting.set(wait - self._commit_takes, self._start)
        self._announcements.tell_unless_put_off()
        self._tell_settled()

    def _start(self) -> None:
        self._commit_waiting()
        self._tell_settled()  # no commit began if no stroke has a pixel

    def _tell_settled(self) -> None:
        if self.under_way is None and not self._waiting:
            idle, self._idle = self._idle, []
            for waiter in idle:
                waiter.callback(None)

    def _commit_waiting(self) -> None:
        while self._waiting and self.under_way is None:
            batch, self._waiting = self._waiting, []
            strokes = [stroke for stroke, _answer in batch if stroke.pixels]
            if strokes:
                self._commit(batch, strokes)
            else:
                self._answer_all(batch, self._changes.sequence)

    def _commit(self, batch: list[tuple[Stroke, Answer]], strokes: list[Stroke]) -> None:
        self.under_way = strokes
        started = self._clock.seconds()
        recorded = maybeDeferred(self._record.append, strokes, int(self._wall_clock() * MILLISECONDS))
        recorded.addCallbacks(
            self._recorded, self._not_recorded, callbackArgs=(batch, strokes, started), errbackArgs=(batch,)
        )
        recorded.addErrback(self._failed)
        recorded.addCallback(lambda _ignored: self._go_on())

    # --- outcomes --------------------------------------------------------------------------------

    def _recorded(
        self, sequence: int, batch: list[tuple[Stroke, Answer]], strokes: list[Stroke], started: float
    ) -> None:
        took = self._clock.seconds() - started
        pixels = sum([len(stroke.pixels) for stroke in strokes]) // PIXEL_BYTES
        self.commit_seconds.add(took)
        self.commit_pixels.add(pixels)
        self._commit_takes = 2 * took  # the next commit may take longer
        if self.fault is not None:
            self.fault = None
            self._trying_again.cancel()
            self._log.warn("{line}", line=_("The record takes paints again."))
        self._answer_all(batch, sequence - pixels)

    def _not_recorded(self, failure: Failure, batch: list[tuple[Stroke, Answer]]) -> None:
        error = failure.value
        if not isinstance(error, RecordError):
            self._log.failure("while recording", failure)  # our own fault; the painters are answered all the same
            error = RecordError(reasons.NOT_RECORDED)
        self.notice(error)
        self.rejections[error.code] += sum(1 for stroke, _answer in batch if stroke.pixels)
        self._answer_all(batch, self._changes.sequence, error)

    def notice(self, error: RecordError) -> None:
        """Take the news that the record takes no paints."""
        if self.fault is None or (error.advice and self.fault != str(error)):
            line = _("The record takes no paints: {error}").format(error=error)
            self._log.critical("{line}", line=f"{line}. {error.advice}" if error.advice else line)
        self.fault = str(error)
        if not self._trying_again.is_set:
            self._trying_again.set(TRIED_SECONDS, self._try_again)

    def _try_again(self) -> None:
        if self.under_way is None:
            self._commit([], [])

    def _answer_all(self, batch: list[tuple[Stroke, Answer]], sequence: int, error: RecordError | None = None) -> None:
        """:param sequence: before the batch."""
        for stroke, answer in batch:
            if error is None:
                sequence += len(stroke.pixels) // PIXEL_BYTES
            try:
                answer(error if error is not None and stroke.pixels else sequence)
            except Exception:  # our own fault, and no reason to leave the others without an answer
                self._log.failure("while answering")
        self.under_way = None

    def _failed(self, failure: Failure) -> None:
        """Log our own fault in handling an outcome, and let painting go on."""
        self._log.failure("while answering a batch", failure)
        self.under_way = None
