"""A record in an SQLite file: ``sqlite:PATH``. The reactor never waits for the disk.

One thread writes, and no other thread uses the writer from the first batch on. Work that takes longer than a commit
runs in a second thread: packing boards to be kept, and questions about the history, over a connection of the thread's
own. A batch is delivered in the reactor's thread, once the commit is done.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, inlineCallbacks
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import Logger
from twisted.python.failure import Failure

from dcc import reasons
from dcc.board.record import Deliver
from dcc.core.canvas import Canvas
from dcc.core.placements import Moment, Placement, Span, Stroke
from dcc.errors import RecordError
from dcc.language import _
from dcc.record.reader import Reader
from dcc.record.replay import Keyframe
from dcc.record.worker import Worker
from dcc.record.writer import Writer

_T = TypeVar("_T")


class SqliteRecord:
    """Implements :class:`dcc.board.record.Record` with a :class:`~dcc.record.writer.Writer` in a thread."""

    _log = Logger()
    _deliver: Deliver

    def __init__(self, writer: Writer, reactor: IReactorFromThreads) -> None:
        """:param writer: just opened; from now on only this record uses the writer."""
        self.canvas_id = writer.canvas_id
        self._writer = writer
        self._writing = Worker(reactor, "record")
        self._aside = Worker(reactor, "history")
        self._reader: Reader | None = None
        self._delivered = writer.sequence  # the canvas is as of this sequence
        self._keeping_board = False
        self._closed = False

    def load(self) -> tuple[int, Canvas]:
        """See :class:`dcc.board.record.Record`."""
        return self._writer.sequence, self._writer.canvas

    def follow(self, deliver: Deliver) -> None:
        """See :class:`dcc.board.record.Record`."""
        self._deliver = deliver

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """See :class:`dcc.board.record.Record`."""
        if self._writer.keyframe_due and not self._keeping_board:
            self._keep_board()
        appended = self._do(self._writing, lambda: self._writer.append(strokes, time_ms))
        return appended.addCallback(self._appended, strokes, time_ms) if strokes else appended

    def _appended(self, sequence: int, strokes: list[Stroke], time_ms: int) -> int:
        self._deliver(strokes, sequence, time_ms)
        self._delivered = sequence
        return sequence

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

    def _ask(self, question: Callable[[Reader], _T]) -> Deferred[_T]:
        def answer() -> _T:
            if self._closed:
                raise RecordError(reasons.SERVER_STOPS)
            if self._reader is None:
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
                failed = reasons.RECORD_UNWRITABLE if worker is self._writing else reasons.RECORD_UNREADABLE
                raise RecordError(failed, detalle=detail) from None

        return fail(RecordError(reasons.SERVER_STOPS)) if self._closed else worker.do(done)

    @inlineCallbacks
    def close(self) -> Generator[Deferred[None], None, None]:
        """Keep the last board, and empty the log into the file; see :class:`dcc.board.record.Record`."""
        if self._closed:
            return
        self._closed = True
        if self._reader is not None:
            self._reader.interrupt()
        yield self._aside.do(self._close_reader)
        self._aside.stop()
        board = self._board()
        yield self._writing.do(lambda: self._writer.close(board())).addErrback(self._board_not_kept)
        self._writing.stop()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
