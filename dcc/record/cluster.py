"""A record that several servers share: what the shared log has is recorded, delivered and told, in the log's order.

1. ``append`` and ``act`` publish. The answer follows when the entry is read back: only then is its place known.
2. Each entry that arrives is written into this server's copy, then delivered, whoever published the entry.
3. If the outcome of a publication is unknown, the same bytes are published again until they are read back. Nothing that
   may still turn up is ever refused.
4. An entry that comes too late (rule 3 of :mod:`dcc.record.following`) fails with RecordLate. The board then checks the
   paints again, or works out the action again, and asks again.
5. While the log cannot be reached, paints are refused and the board stays. All goes on by itself.
6. If the log is no longer that of the copy, nothing is taken and nothing accepted until somebody repairs it. The entry
   under way, which is not read back any more, fails with RecordInDoubt.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, cast

from twisted.internet.defer import Deferred, fail, inlineCallbacks, succeed
from twisted.python.failure import Failure

from dcc import reasons
from dcc.board.record import Deliver, DeliverAction, Notice
from dcc.cluster.log import ENTRY_BYTES, Log, LogLost, LogRefused
from dcc.core.actions import Action, LogEntry
from dcc.core.histogram import SECONDS_BOUNDS, Histogram
from dcc.core.placements import Painter, Stroke
from dcc.errors import RecordError, RecordInDoubt, RecordLate
from dcc.later import Later
from dcc.record.author import Author
from dcc.record.entries import Acted, Content, Contribution, Painted, encode
from dcc.record.following import CopyWriter, LogDiffers, Outcome, Taken, line_of
from dcc.record.inflow import Inflow
from dcc.record.sqlite import Reactor, SqliteRecord
from dcc.record.upkeep import Upkeep

DEFAULT_LOG_KEEP = 100_000
"""Entries that the log keeps: half an hour of a canvas on which everybody paints, and some hundred MB at most."""

PUBLISHED_AGAIN_SECONDS = 1.0
"""Pause before an entry of unknown outcome is published again: an engine that comes back must not be flooded."""

TAKEN_AGAIN_SECONDS = 2.0
"""Pause before entries are taken again that the disk did not take."""

ANSWERED_SECONDS = 3.0
"""How long a server that stops waits for the log: a busy engine answers in less."""

CLIENT_IDS = 1_000_000_000
"""Ids of clients for each start of a server: more than a server ever has, and all ids fit into the numbers of a page
(2**53) for nine million starts."""


@dataclass
class _Asked:
    """An entry that is to be read back.

    :ivar strokes: the very list that ``append`` was given.
    :ivar since: when it was first published, in seconds.
    :ivar may_be_there: whether the outcome of a publication is unknown.
    """

    said: Contribution
    payload: bytes
    strokes: list[Stroke]
    answer: Deferred[Any]
    since: float
    may_be_there: bool = False


class ClusterRecord(SqliteRecord):
    """Implements :class:`dcc.board.record.Record` with a log, and an SQLite file as this server's copy.

    :ivar client_ids: the ids of this server's clients are above this number.

    For the operator:

    :ivar publish_seconds: how long it took from a publication until the entry was read back and recorded.
    :ivar interruptions: how often the log could not be reached.
    """

    _writer: CopyWriter

    def __init__(
        self,
        writer: CopyWriter,
        reactor: Reactor,
        log: Log,
        inflow: Inflow,
        author: Author,
        started: Taken,
        advice: str,
        log_keep: int,
    ) -> None:
        """
        :param writer: caught up with the log; from now on only this record uses the writer.
        :param inflow: follows the log.
        :param author: of this server's entries.
        :param started: the entry of this server's start.
        :param advice: what to do if log and copy differ, for the operator.
        :param log_keep: entries that the log keeps at least.
        """
        super().__init__(writer, reactor)
        self.client_ids = started.starts * CLIENT_IDS
        self.publish_seconds = Histogram(SECONDS_BOUNDS)
        self.interruptions = 0
        self._shared_log = log
        self._inflow = inflow
        self._author = author
        self._advice = advice
        self._latest = started  # delivered
        self._asked: _Asked | None = None
        self._is_taking = False
        self._fault: RecordError | None = None
        self._copy_fault: RecordError | None = None  # of the disk
        self._lost: LogDiffers | None = None  # for good
        self._publishing_again = Later(reactor)
        self._taking_again = Later(reactor)
        self._reactor: Reactor = reactor
        assert writer.bookmark is not None
        self._upkeep = Upkeep(log, writer, reactor, author.epoch, writer.bookmark.snapshot, log_keep)

    # --- asking ----------------------------------------------------------------------------------

    def follow(self, deliver: Deliver, deliver_action: DeliverAction, notice: Notice) -> None:
        """See :class:`dcc.board.record.Record`."""
        super().follow(deliver, deliver_action, notice)
        self._inflow.arrived = lambda: self._reactor.callFromThread(self._arrived)
        self._reactor.callFromThread(self._arrived)  # what arrived before, once the reactor runs

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """See :class:`dcc.board.record.Record`."""
        if not strokes:
            fault = self._why_not
            return succeed(self._delivered) if fault is None else fail(fault)
        return self._publish(Painted(strokes), strokes, time_ms)

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> Deferred[LogEntry]:
        """See :class:`dcc.board.record.Record`. Fails with RecordLate if another server was first.

        What the action paints is worked out from the board as delivered, since the caller works it out in the same
        turn of the reactor.
        """
        return self._publish(Acted(painter, action, pixels), [], time_ms)

    @property
    def is_asking(self) -> bool:
        """Whether an entry is not read back."""
        return self._asked is not None

    @property
    def position(self) -> int:
        """The position of the last entry that was delivered."""
        return self._latest.witness.position

    @property
    def waiting(self) -> int:
        """How many entries have arrived, and are not recorded."""
        return self._inflow.held

    @property
    def _why_not(self) -> RecordError | None:
        return self._lost or self._copy_fault or self._fault

    def _publish(self, content: Content, strokes: list[Stroke], time_ms: int) -> Deferred[Any]:
        if self._closed:
            return fail(RecordError(reasons.SERVER_STOPS))
        fault = self._why_not
        if fault is not None:
            return fail(fault)
        assert self._asked is None
        latest = self._latest
        said = self._author.say(content, latest.witness, latest.actions, time_ms)
        payload = encode(said)
        if len(payload) > ENTRY_BYTES:
            return fail(RecordError(reasons.LOG_REFUSED, detalle=f"{len(payload)} > {ENTRY_BYTES}"))
        answer: Deferred[Any] = Deferred()
        self._asked = _Asked(said, payload, strokes, answer, self._clock.seconds())
        self._send()
        return answer

    def _send(self) -> None:
        asked = self._asked
        if asked is not None:
            published = self._shared_log.publish(asked.payload, asked.said.mark)
            published.add_done_callback(lambda done: self._published(asked, done))

    def _published(self, asked: _Asked, published: Future[None]) -> None:
        """Report a failure to the reactor. A success needs no turn of it: the entry is read back, or soon is."""
        error = published.exception()  # in the log's thread
        if error is not None:
            self._reactor.callFromThread(self._not_published, asked, error)

    def _not_published(self, asked: _Asked, error: BaseException) -> None:
        if asked is not self._asked:
            return  # read back in time
        if isinstance(error, LogRefused):
            self._asked = None
            asked.answer.errback(_refusal(error))
            return
        asked.may_be_there = True
        if self._lost is None:
            self._publishing_again.set(PUBLISHED_AGAIN_SECONDS, self._send)
            self._set_fault(RecordError(reasons.LOG_AWAY))

    def _set_fault(self, fault: RecordError) -> None:
        self.interruptions += self._fault is None
        self._fault = fault
        self._notice(fault)

    # --- following -------------------------------------------------------------------------------

    def _arrived(self) -> None:
        """Take what has arrived, and the state of the log."""
        if self._closed:
            return
        fault = self._inflow.fault
        if isinstance(fault, LogLost):
            self._lose(LogDiffers(line_of(fault, self._advice), needs_repair=False))
        elif fault is not None:
            self._set_fault(RecordError(reasons.LOG_AWAY))
        elif self._asked is None or not self._asked.may_be_there:
            self._fault = None
        self._take()

    def _lose(self, lost: LogDiffers) -> None:
        """Take nothing more than what is being taken: log and copy differ, or the log is gone."""
        lost.advice = f"{lost.where}. {self._advice}" if lost.needs_repair else lost.where
        self._lost = lost
        self._publishing_again.cancel()
        self._notice(lost)

    def _take(self) -> None:
        if self._is_taking or self._closed:
            return
        if self._lost is not None:
            self._give_up(self._asked)  # never read back
            return
        entries = self._inflow.take()
        if entries:
            self._is_taking = True
            self._take_these(entries)

    def _take_these(self, entries: list[Any]) -> None:
        taken = self._write(lambda: self._writer.take(entries))
        taken.addCallbacks(self._taken, self._not_taken, errbackArgs=(entries,))
        taken.addErrback(lambda failure: self._log.failure("while taking entries of the log", failure))

    def _not_taken(self, failure: Failure, entries: list[Any]) -> None:
        failure.trap(RecordError)
        error = cast(RecordError, failure.value)
        if self._closed:
            return
        if isinstance(error, LogDiffers):
            self._is_taking = False
            self._lose(error)
            self._take()
            return
        self._copy_fault = error
        self._notice(error)
        self._taking_again.set(TAKEN_AGAIN_SECONDS, lambda: self._take_these(entries))

    def _taken(self, entries: list[Taken]) -> None:
        self._is_taking = False
        self._copy_fault = None
        if self._closed:
            return
        for taken in entries:
            asked = self._asked
            is_own = asked is not None and self._author.wrote(taken.said) and taken.said.number == asked.said.number
            self._latest = taken
            self._delivered = taken.witness.sequence
            self._upkeep.note(taken, is_own=self._author.wrote(taken.said))
            try:
                self._show(taken, asked.strokes if asked is not None and is_own else taken.strokes)
            except Exception:  # our own fault, and no reason to leave out what follows
                self._log.failure("while delivering an entry of the log")
            if asked is not None and is_own:
                self._answer(asked, taken)
        self._delivered_up_to(self._latest.witness.sequence)
        self._take()

    def _show(self, taken: Taken, strokes: Sequence[Stroke]) -> None:
        if taken.log_entry is not None:
            self._deliver_action(taken.log_entry, taken.strokes)
        elif strokes and taken.outcome is Outcome.TAKEN:
            self._deliver(strokes, taken.witness.sequence, taken.said.time_ms)

    def _answer(self, asked: _Asked, taken: Taken) -> None:
        self._asked = None
        self._publishing_again.cancel()
        self.publish_seconds.add(self._clock.seconds() - asked.since)
        if asked.may_be_there and self._inflow.fault is None:
            self._fault = None
        if taken.outcome is not Outcome.TAKEN:
            asked.answer.errback(RecordLate(reasons.LATE, veces=1))
        elif taken.log_entry is not None:
            asked.answer.callback(taken.log_entry)
        else:
            asked.answer.callback(taken.witness.sequence)

    # --- the end ---------------------------------------------------------------------------------

    def answer_soon(self) -> None:
        """See :class:`dcc.board.record.Record`."""
        if self._asked is not None:
            self._reactor.callLater(ANSWERED_SECONDS, self._give_up, self._asked)

    def _give_up(self, asked: _Asked | None) -> None:
        """Answer that the outcome is unknown, unless there is an answer."""
        if asked is not None and asked is self._asked:
            self._asked = None
            self._publishing_again.cancel()
            asked.answer.errback(RecordInDoubt(reasons.IN_DOUBT))

    @inlineCallbacks
    def close(self) -> Generator[Deferred[Any], None, None]:
        """See :class:`dcc.board.record.Record`. An entry of unknown outcome may still turn up in the log."""
        if self._closed:
            return
        self._publishing_again.cancel()
        self._taking_again.cancel()
        self._inflow.arrived = lambda: None
        self._inflow.close()
        self._give_up(self._asked)
        self._upkeep.stop()
        yield self._aside.do(self._end_log)
        yield super().close()

    def _end_log(self) -> None:
        self._shared_log.close()  # first: a snapshot under way on a slow line then fails at once
        self._upkeep.wait()


def _refusal(error: LogRefused) -> RecordError:
    """Say why a paint is refused; the advice is for the operator."""
    known = reasons.REASONS.get(error.code)
    refusal = RecordError(known or reasons.LOG_REFUSED, **(error.values if known else {"detalle": str(error)}))
    refusal.advice = error.advice
    return refusal
