"""A record in an SQLite file: ``sqlite:PATH``. The reactor never waits for the disk.

One thread writes, and no other thread uses the writer from the first batch on. Work that takes longer than a commit
runs in a second thread: packing boards to be kept, and questions about the history, over a connection of the thread's
own. A third thread empties the log into the file. A batch is delivered in the reactor's thread, once the commit is
done.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, inlineCallbacks
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import reasons
from dcc.board.record import Deliver, DeliverAction, Notice, Selection
from dcc.core.actions import Action, Choice, LogEntry
from dcc.core.canvas import Canvas
from dcc.core.heat import Heat
from dcc.core.painted_by import PainterMap
from dcc.core.placements import Moment, Painter, Placement, Span, Stroke
from dcc.errors import RecordError, RecordLogGone
from dcc.language import _
from dcc.later import Later
from dcc.record import rescue
from dcc.record.emptying import LogEmptier
from dcc.record.place import log_of
from dcc.record.reader import Reader
from dcc.record.replay import Keyframe
from dcc.record.selecting import Search
from dcc.record.sharing import SharedAnswer
from dcc.record.worker import Worker
from dcc.record.writer import Writer

_T = TypeVar("_T")

REST_SECONDS = 0.5
"""After such a pause in painting the log is emptied into the file, so that a copy of the file alone has everything."""

BUSY_SECONDS = 2.0
"""How often the log is emptied while people paint without a pause. A copy of the file alone is hardly further behind.
Emptying takes two syncs, which the commits feel on a slow disk, so not more often."""

LOOKED_SECONDS = 2.0
"""How often the file's place is looked at while nobody paints: soon enough to put a file back before the next paint."""


class Reactor(IReactorFromThreads, IReactorTime):
    """What a record needs of a reactor."""


class SqliteRecord:
    """Implements :class:`dcc.board.record.Record` with a :class:`~dcc.record.writer.Writer` in a thread."""

    _log = Logger()
    client_ids = 0
    _deliver: Deliver
    _deliver_action: DeliverAction
    _notice: Notice

    def __init__(self, writer: Writer, reactor: Reactor) -> None:
        """:param writer: just opened; from now on only this record uses the writer."""
        self.canvas_id, self.ground, self.secret = writer.canvas_id, writer.ground, writer.secret
        self._writer = writer
        self._writing = Worker(reactor, "record")
        self._aside = Worker(reactor, "history")
        self._emptier_thread = Worker(reactor, "log")
        self._emptier = LogEmptier(writer.place)
        self._emptying = Later(reactor)
        self._is_emptying = False
        self._is_told = False  # why the log could not be emptied
        self._clock: IReactorTime = reactor
        self._emptied = writer.sequence  # the log is in the file up to here
        self._emptied_at = reactor.seconds()
        self._seen = writer.sequence
        self._looking = Later(reactor)
        self._reader: Reader | None = None
        self._heat = SharedAnswer(lambda: self._ask(lambda reader: reader.heat()), reactor)
        self._painters = SharedAnswer(lambda: self._ask(lambda reader: reader.painters()), reactor)
        self._delivered = writer.sequence  # the canvas is as of this sequence
        self._keeping_board = False
        self._closed = False

    def load(self) -> tuple[int, Canvas]:
        """See :class:`dcc.board.record.Record`."""
        return self._writer.sequence, self._writer.canvas

    def log(self) -> list[LogEntry]:
        """See :class:`dcc.board.record.Record`."""
        log, self._writer.log = self._writer.log, []
        return log

    def painted_since(self, time_ms: int) -> list[tuple[Painter, int, int]]:
        """See :class:`dcc.board.record.Record`."""
        return self._writer.painted_since(time_ms)

    def follow(self, deliver: Deliver, deliver_action: DeliverAction, notice: Notice) -> None:
        """See :class:`dcc.board.record.Record`."""
        self._deliver, self._deliver_action, self._notice = deliver, deliver_action, notice
        self._looking.set(LOOKED_SECONDS, self._look)

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """See :class:`dcc.board.record.Record`."""
        appended = self._write(lambda: self._writer.append(strokes, time_ms))
        return appended.addCallback(self._appended, strokes, time_ms) if strokes else appended

    def _appended(self, sequence: int, strokes: list[Stroke], time_ms: int) -> int:
        self._deliver(strokes, sequence, time_ms)
        self._delivered_up_to(sequence)
        return sequence

    def act(self, painter: Painter, action: Action, pixels: bytes, time_ms: int) -> Deferred[LogEntry]:
        """See :class:`dcc.board.record.Record`."""
        return self._write(lambda: self._writer.act(painter, action, pixels, time_ms)).addCallback(self._acted)

    def _acted(self, acted: tuple[LogEntry, list[Stroke]]) -> LogEntry:
        entry, strokes = acted
        self._deliver_action(entry, strokes)
        self._delivered_up_to(entry.sequence + entry.cells)
        return entry

    def _delivered_up_to(self, sequence: int) -> None:
        self._delivered = sequence
        if not (self._is_emptying or self._emptying.is_set):
            self._empty_soon()

    def _write(self, task: Callable[[], _T]) -> Deferred[_T]:
        """Do something in the thread of the writer; once again if the log is gone."""
        if self._writer.keyframe_due and not self._keeping_board:
            self._keep_board()
        return self._do(self._writing, task).addErrback(self._write_again, task)

    def _write_again(self, failure: Failure, task: Callable[[], _T]) -> Deferred[_T]:
        failure.trap(RecordLogGone)
        return self._renew_log().addCallback(lambda _renewed: self._do(self._writing, task))

    # --- the file --------------------------------------------------------------------------------

    def _look(self) -> None:
        """Look whether the file is in its place, before a paint finds out."""
        self._do(self._writing, self._writer.check).addErrback(self._looked).addBoth(self._look_later)

    def _looked(self, failure: Failure) -> Deferred[None] | None:
        if failure.check(RecordLogGone):
            return self._renew_log()
        return failure  # type: ignore[return-value]  # Twisted's errbacks may return the failure

    def _look_later(self, outcome: Failure | None) -> None:
        if self._closed:
            return
        if outcome is not None:
            error = outcome.value
            if isinstance(error, RecordError):
                self._notice(error)
            else:
                self._log.failure("while looking at the record's file", outcome)
        self._looking.set(LOOKED_SECONDS, self._look)

    @inlineCallbacks
    def _renew_log(self) -> Generator[Deferred[None], None, None]:
        """Go on with a new log: every connection to the deleted one is closed first."""
        yield self._do(self._aside, self._close_reader)
        yield self._do(self._emptier_thread, self._emptier.close)
        yield self._do(self._writing, self._writer.renew_log)
        self._log.warn(
            "{line}",
            line=_("The log {log} was deleted while the server runs; nothing is lost, and painting goes on.").format(
                log=log_of(self._writer.path)
            ),
        )

    def _empty_soon(self) -> None:
        self._seen = self._delivered
        self._emptying.set(REST_SECONDS, self._empty_log)

    def _empty_log(self) -> None:
        now = self._clock.seconds()
        if self._delivered != self._seen and now - self._emptied_at < BUSY_SECONDS:  # people paint on
            self._empty_soon()
            return
        self._is_emptying = True
        self._emptied, self._emptied_at = self._delivered, now
        emptied = self._do(self._emptier_thread, self._emptier.empty)
        emptied.addCallback(self._shorten_log)
        emptied.addBoth(self._log_emptied)

    def _shorten_log(self, is_long: bool) -> Deferred[None] | None:
        return self._do(self._writing, self._writer.shorten_log) if is_long else None

    def _log_emptied(self, outcome: Failure | None) -> None:
        self._is_emptying = False
        if self._closed:
            return
        if outcome is not None:
            self._log_not_emptied(outcome)
            self._emptying.set(BUSY_SECONDS, self._empty_log)
            return
        self._is_told = False
        if self._delivered != self._emptied:
            self._empty_soon()

    def _log_not_emptied(self, failure: Failure) -> None:
        error = failure.value
        if not isinstance(error, RecordError):
            self._log.failure("while emptying the log", failure)
        elif not (self._is_told or error.advice):  # the next look tells of a file that is not in its place
            self._is_told = True
            line = _("The log was not written into {path}, so a plain copy of the file is old: {error}")
            self._log.warn("{line}", line=line.format(path=self._writer.path, error=error))

    # --- keyframes -------------------------------------------------------------------------------

    def _board(self) -> Callable[[], Keyframe]:
        """Copy the board as of now, for another thread to pack."""
        own, sequence = self._writer.canvas, self._delivered
        canvas = Canvas(own.width, own.height, own.palette, bytes(own.colours))
        return lambda: Keyframe.of(sequence, canvas)

    def _keep_board(self) -> None:
        self._keeping_board = True
        packed = self._do(self._aside, self._board())
        kept = packed.addCallback(
            lambda keyframe: self._do(self._writing, lambda: self._writer.write_keyframe(keyframe))
        )
        kept.addBoth(self._board_kept)

    def _board_kept(self, outcome: Failure | None) -> None:
        self._keeping_board = False
        if outcome is not None and not self._closed:  # closing keeps the last board anyway
            self._board_not_kept(outcome)

    def _board_not_kept(self, failure: Failure) -> None:
        if failure.check(RecordError) is None:
            self._log.failure("while keeping the board", failure)
            return
        line = _("The board was not kept in the record, so the next start takes longer: {error}")
        self._log.warn("{line}", line=line.format(error=failure.getErrorMessage()))

    # --- history ---------------------------------------------------------------------------------

    @inlineCallbacks
    def select(self, choice: Choice) -> Generator[Deferred[Selection | None], Selection | None, Selection]:
        """See :class:`dcc.board.record.Record`. Between two parts of the search, questions are answered."""
        search = Search(choice)
        selection: Selection | None = None
        while selection is None:
            selection = yield self._ask(lambda reader: reader.search(search))
        return selection

    def complete(self, selection: Selection) -> Deferred[Selection]:
        """See :class:`dcc.board.record.Record`. Done in the thread that writes, which has nothing to do meanwhile: in
        the other one a question may be under way.
        """
        return self._do(self._writing, lambda: self._writer.complete(selection))

    def span(self) -> Deferred[Span]:
        """See :class:`dcc.board.record.Record`."""
        return self._ask(lambda reader: reader.span())

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """See :class:`dcc.board.record.Record`."""
        return self._ask(lambda reader: reader.moment(sequence))

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """See :class:`dcc.board.record.Record`."""

        def latest(reader: Reader) -> Placement | None:
            return next((painting.placement for painting in reader.history(cell)), None)

        return self._ask(latest)

    def heat(self) -> Deferred[Heat]:
        """See :class:`dcc.board.record.Record`."""
        return self._heat.get()

    def painters(self) -> Deferred[PainterMap]:
        """See :class:`dcc.board.record.Record`."""
        return self._painters.get()

    def _ask(self, question: Callable[[Reader], _T]) -> Deferred[_T]:
        def answer() -> _T:
            if self._closed:
                raise RecordError(reasons.SERVER_STOPS)
            if self._reader is None:
                self._writer.place.check_file()  # a reader of another file would apply this record's log to it
                self._reader = Reader(self._writer.path)
            return question(self._reader)

        return self._do(self._aside, answer)

    # --- threads ---------------------------------------------------------------------------------

    def _do(self, worker: Worker, task: Callable[[], _T]) -> Deferred[_T]:
        def done() -> _T:
            try:
                return task()
            except RecordError as error:
                if error.code in reasons.REASONS:
                    raise
                # Clients are told, and the path of the file is none of their business.
                detail = str(error).replace(str(self._writer.path), _("the record"))
                failed = reasons.RECORD_UNREADABLE if worker is self._aside else reasons.RECORD_UNWRITABLE
                raise RecordError(failed, detalle=detail) from None

        return fail(RecordError(reasons.SERVER_STOPS)) if self._closed else worker.do(done)

    def answer_soon(self) -> None:
        """See :class:`dcc.board.record.Record`. A disk answers by itself."""

    @inlineCallbacks
    def close(self) -> Generator[Deferred[Any], None, None]:
        """Keep the last board, and empty the log into the file; see :class:`dcc.board.record.Record`."""
        if self._closed:
            return
        self._closed = True
        self._looking.cancel()
        self._emptying.cancel()
        if self._reader is not None:
            self._reader.interrupt()
        yield self._aside.do(self._close_reader)
        self._aside.stop()
        yield self._emptier_thread.do(self._emptier.close)
        self._emptier_thread.stop()
        board = self._board()
        try:
            not_kept = yield self._writing.do(lambda: rescue.close(self._writer, board()))
        finally:
            self._writing.stop()
        if not_kept is not None:
            self._board_not_kept(Failure(not_kept))

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
