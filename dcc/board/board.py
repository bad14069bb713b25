"""The shared board: takes paints, has them recorded, applies them, tells the viewers.

The rules:

1. A paint is applied and shown only when the record has it. What anyone has seen is recorded.
2. While nothing is being recorded, a paint is recorded at once. Paints that come meanwhile wait, and go
   together in the next commit: no timer at low load, big batches at high load. It begins before the
   viewers are told of the one before, so that the disk works while the loop sends. While telling is put off
   (rule 4) the next commit is too, so that it is just done by then: nothing is shown later for that, and a
   commit costs as much as telling fifty viewers.
3. Requests are answered in the order in which they came, also those without a pixel.
4. Viewers are told at once, or, when telling them all took a while, no sooner than that while after: at
   most about half of the loop's time goes into telling.
5. Whole boards, which version 1 is told in, follow at once too, but no sooner than 50 ms after the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import limits, reasons
from dcc.board.record import Record
from dcc.core.canvas import PIXEL_BYTES
from dcc.core.histogram import Histogram
from dcc.core.placements import MILLISECONDS, Stroke
from dcc.errors import RecordError
from dcc.language import _
from dcc.protocol.messages import Changes, Users, WholeBoard

_SECONDS_BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_PIXELS_BOUNDS = (1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536)


class Viewer(Protocol):
    """Somebody who looks at the board."""

    def board_changed(self) -> None:
        """There is something new: the board up to ``announced``, or the users."""


Answer = Callable[[int | RecordError], None]
"""Told what became of a request: the sequence from which on the board has it, or why nothing of it was
recorded."""


class Board:
    """The board that everyone connected shares.

    :ivar canvas: every placement up to ``sequence``, applied.
    :ivar announced: the sequence that the viewers were last told of.
    :ivar announced_whole: the same for those who are told in whole boards.
    :ivar users: how many viewers there are, as they were last told.
    :ivar fault: why the record takes no paints; nothing while it does.

    For the operator:

    :ivar commit_seconds: how long the commits took.
    :ivar commit_pixels: how many pixels went into each.
    :ivar tell_seconds: how long it took each time to tell all viewers.
    :ivar rejections: how many requests changed nothing, by the kind of error.
    """

    _log = Logger()

    def __init__(self, record: Record, clock: IReactorTime, wall_clock: Callable[[], float]) -> None:
        """
        :param clock: for waiting.
        :param wall_clock: seconds since 1970-01-01 UTC, for the record.
        """
        self.record = record
        self.sequence, self.canvas = record.load()
        self.announced = self.announced_whole = self.sequence
        self.users = Users(0)
        self._clock = clock
        self._wall_clock = wall_clock
        self._joined: set[Viewer] = set()
        self._watching: dict[Viewer, None] = {}  # in the order in which they are told

        self._waiting: list[tuple[Stroke, Answer]] = []
        self._recording = False
        self._starting: IDelayedCall | None = None  # of the next commit, where that is put off
        self._commit_takes = 0.0
        self._idle: list[Deferred[None]] = []
        self.fault: str | None = None
        self._trying_again: IDelayedCall | None = None

        self.commit_seconds = Histogram(_SECONDS_BOUNDS)
        self.commit_pixels = Histogram(_PIXELS_BOUNDS)
        self.tell_seconds = Histogram(_SECONDS_BOUNDS)
        self.rejections: Counter[str] = Counter()

        worth_holding = min(limits.CHANGES_HELD_BYTES, max(limits.WRITE_PIECE_BYTES, len(self.canvas.colours)))
        self._held_bytes = worth_holding // PIXEL_BYTES * PIXEL_BYTES
        self._held = bytearray()  # the latest placements, packed; ends at ``sequence``
        self._changes: dict[int, Changes] = {}  # made since ``sequence`` last grew
        self._whole: WholeBoard | None = None
        self._whole_serves_until = 0.0

        self._telling: IDelayedCall | None = None
        self._tell_not_before = self._telling_took = 0.0
        self._telling_whole: IDelayedCall | None = None
        self._tell_whole_not_before = 0.0
        self._counting: IDelayedCall | None = None
        self._count_not_before = 0.0

    # --- viewers ---------------------------------------------------------------------------------

    def join(self, viewer: Viewer) -> None:
        """Tell this viewer from now on, and count it; nothing happens where it had joined."""
        if viewer not in self._joined:
            self._joined.add(viewer)
            self.watch(viewer)
            self._count_users()

    def leave(self, viewer: Viewer) -> None:
        """Tell it no more; nothing happens where it had not joined."""
        if viewer in self._joined:
            self._joined.remove(viewer)
            self.unwatch(viewer)
            self._count_users()

    def watch(self, viewer: Viewer) -> None:
        """Tell this viewer from now on, after all the others."""
        self._watching[viewer] = None

    def unwatch(self, viewer: Viewer) -> None:
        """Tell it no more; where it has joined it still counts."""
        self._watching.pop(viewer, None)

    def whole(self) -> WholeBoard:
        """The board as it is, the same object until it changes."""
        if self._whole is None or self._whole.sequence != self.sequence:
            cells = len(self.canvas.colours)
            self._whole = WholeBoard(self.sequence, bytes(self.canvas.colours))
            serves = cells * limits.WHOLE_BOARD_SERVES_SECONDS_A_CELL if cells > limits.WHOLE_BOARD_MADE_CELLS else 0
            self._whole_serves_until = self._clock.seconds() + serves
        return self._whole

    def catch_up(self, since: int) -> Changes | WholeBoard:
        """What brings a board as of ``since`` up to date, or nearly; the same object for the same question.

        That is the changes while they are held, which is while they are no longer than a board. Else it is the board,
        and of a large one perhaps that of a moment ago: ask for what came since next.
        """
        if (changes := self._changes.get(since)) is not None:
            return changes
        length = (self.sequence - since) * PIXEL_BYTES  # negative for a sequence that never was
        if not 0 <= length <= min(len(self._held), self._held_bytes):
            lately = self._whole
            if lately is not None and lately.sequence > since and self._clock.seconds() < self._whole_serves_until:
                return lately
            return self.whole()
        if len(self._changes) == limits.CHANGES_FORMS:
            del self._changes[next(iter(self._changes))]
        changes = Changes(self.sequence, bytes(self._held[len(self._held) - length :]))
        self._changes[since] = changes
        return changes

    # --- painting --------------------------------------------------------------------------------

    def paint(self, stroke: Stroke, answer: Answer) -> None:
        """Have pixels recorded, which were checked against the canvas; then applied and shown.

        :param stroke: without a pixel, it is answered in its turn and nothing else happens.
        """
        self._waiting.append((stroke, answer))
        if not self._recording and self._starting is None:
            self._go_on()

    def settle(self) -> Deferred[None]:
        """Fires when everything that was asked for so far is recorded or refused."""
        if not self._recording and not self._waiting:
            return succeed(None)
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        return idle

    def _go_on(self) -> None:
        """Record what waits, and tell what is recorded: each as soon as it should be."""
        wait = self._until(self._tell_not_before, self._telling_took)
        if self.announced < self.sequence and self._telling is None and wait > 0:
            self._telling = self._clock.callLater(wait, self._tell)
        if self._telling is None or wait <= self._commit_takes:
            self._record_waiting()
        elif self._waiting and not self._recording:
            self._starting = self._clock.callLater(wait - self._commit_takes, self._start)
        if self.announced < self.sequence and self._telling is None:
            self._tell()  # only now, so that the disk works while the loop sends
        self._tell_settled()

    def _start(self) -> None:
        self._starting = None
        self._record_waiting()
        self._tell_settled()  # nothing is to be recorded where no stroke has a pixel

    def _tell_settled(self) -> None:
        if not self._recording and not self._waiting:
            idle, self._idle = self._idle, []
            for waiter in idle:
                waiter.callback(None)

    def _record_waiting(self) -> None:
        while self._waiting and not self._recording:
            batch, self._waiting = self._waiting, []
            strokes = [stroke for stroke, _answer in batch if stroke.pixels]
            if not strokes:
                self._answer_all(batch, self.sequence)
                continue
            self._record(batch, strokes)

    def _record(self, batch: list[tuple[Stroke, Answer]], strokes: list[Stroke]) -> None:
        self._recording = True
        started = self._clock.seconds()
        recorded = maybeDeferred(self.record.append, strokes, int(self._wall_clock() * MILLISECONDS))
        recorded.addCallbacks(self._recorded, self._not_recorded, callbackArgs=(batch, started), errbackArgs=(batch,))
        recorded.addErrback(self._failed)
        recorded.addCallback(lambda _ignored: self._go_on())

    def _recorded(self, sequence: int, batch: list[tuple[Stroke, Answer]], started: float) -> None:
        took = self._since(started)
        self.commit_seconds.add(took)
        self._commit_takes = 2 * took  # the next one may take longer
        self.commit_pixels.add(sequence - self.sequence)
        if self.fault is not None:
            self.fault = None
            if self._trying_again is not None:
                self._trying_again.cancel()
                self._trying_again = None
            self._log.warn("{line}", line=_("The record takes paints again."))
        before = self.sequence
        for stroke, _answer in batch:
            self.canvas.apply(stroke.pixels)
            self._held += stroke.pixels
        self.sequence = sequence
        self._changes.clear()
        if len(self._held) > 2 * self._held_bytes:  # seldom, so that each byte is moved once on average
            del self._held[: -self._held_bytes]
        self._answer_all(batch, before)

    def _not_recorded(self, failure: Failure, batch: list[tuple[Stroke, Answer]]) -> None:
        error = failure.value
        if not isinstance(error, RecordError):
            self._log.failure("while recording", failure)  # our own fault; the painters are answered all the same
            error = RecordError(reasons.NOT_RECORDED)
        if self.fault is None:
            self._log.critical("{line}", line=_("The record takes no paints: {error}").format(error=error))
        self.fault = str(error)
        if self._trying_again is None:
            self._trying_again = self._clock.callLater(limits.RECORD_TRIED_SECONDS, self._try_again)
        self.rejections[error.code] += len(batch)
        self._answer_all(batch, self.sequence, error)

    def _try_again(self) -> None:
        """Nobody may paint any more: a proxy that asks how this server is has perhaps taken it out."""
        self._trying_again = None
        if not self._recording:
            self._record([], [])

    def _answer_all(self, batch: list[tuple[Stroke, Answer]], sequence: int, error: RecordError | None = None) -> None:
        """:param sequence: before the batch."""
        for stroke, answer in batch:
            if error is None:
                sequence += len(stroke.pixels) // PIXEL_BYTES
            try:
                answer(error if error is not None and stroke.pixels else sequence)
            except Exception:  # our own fault, and no reason to leave the others without an answer
                self._log.failure("while answering")
        self._recording = False

    def _failed(self, failure: Failure) -> None:
        """Our own fault in taking over a batch: say so, and let painting go on."""
        self._log.failure("while applying", failure)
        self._recording = False

    # --- telling ---------------------------------------------------------------------------------

    def _tell(self) -> None:
        self._telling = None
        started = self._clock.seconds()
        self.announced = self.sequence
        if self._telling_whole is None:
            wait = self._until(self._tell_whole_not_before, limits.WHOLE_BOARDS_INTERVAL_SECONDS)
            if wait > 0:
                self._telling_whole = self._clock.callLater(wait, self._tell_whole)
            else:
                self._announce_whole()
        self._wake_viewers()
        self._telling_took = self._since(started)
        self.tell_seconds.add(self._telling_took)
        self._tell_not_before = self._clock.seconds() + self._telling_took

    def _announce_whole(self) -> None:
        self.announced_whole = self.announced
        self._tell_whole_not_before = self._clock.seconds() + limits.WHOLE_BOARDS_INTERVAL_SECONDS

    def _tell_whole(self) -> None:
        self._telling_whole = None
        self._announce_whole()
        self._wake_viewers()

    def _count_users(self) -> None:
        if self._counting is None:
            wait = self._until(self._count_not_before, limits.USERS_INTERVAL_SECONDS)
            self._counting = self._clock.callLater(max(0.0, wait), self._tell_users)

    def _tell_users(self) -> None:
        self._counting = None
        self._count_not_before = self._clock.seconds() + limits.USERS_INTERVAL_SECONDS
        self.users = Users(len(self._joined))
        self._wake_viewers()

    def _wake_viewers(self) -> None:
        for viewer in list(self._watching):
            try:
                viewer.board_changed()
            except Exception:  # our own fault, and no reason to leave the others in the dark
                self._log.failure("while telling a viewer")

    def _until(self, moment: float, longest: float) -> float:
        """Seconds that are left; of a clock that is set back, as Twisted's may be, no more than there ever were."""
        return min(moment - self._clock.seconds(), longest)

    def _since(self, moment: float) -> float:
        return max(0.0, self._clock.seconds() - moment)

    def stop(self) -> None:
        """Give up the calls that are still to come."""
        for call in (self._starting, self._trying_again, self._telling, self._telling_whole, self._counting):
            if call is not None and call.active():
                call.cancel()
        self._starting = self._trying_again = self._telling = self._telling_whole = self._counting = None
