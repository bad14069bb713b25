"""A record in an SQLite file: ``sqlite:PATH``. The reactor never waits on the disk.

One thread writes, and is the only one to use the writer from the first batch on; another one answers questions
about the history, over a connection of its own, so that they hold up no commit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, inlineCallbacks
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from dcc.board import Moment, Placement, Span, Stroke
from dcc.canvas import Canvas
from dcc.errors import RecordError
from dcc.language import _
from dcc.record.reader import Reader
from dcc.record.writer import Writer

_T = TypeVar("_T")


class SqliteRecord:
    """Implements :class:`dcc.board.Record` with a :class:`~dcc.record.writer.Writer` and a thread for it."""

    _log = Logger()

    def __init__(self, writer: Writer, reactor: IReactorFromThreads) -> None:
        """:param writer: just opened; from now on only this record uses it."""
        self.canvas_id = writer.canvas_id
        self._writer = writer
        self._reactor = reactor
        # Started with the first batch: a server that fails to start must end, and a thread would keep it.
        self._writing = ThreadPool(1, 1, "record")
        self._reading = ThreadPool(1, 1, "history")
        self._reader: Reader | None = None
        self._under_way = 0  # batches
        self._closed = False

    def load(self) -> tuple[int, Canvas]:
        """See :class:`dcc.board.Record`."""
        return self._writer.sequence, self._writer.canvas

    def append(self, strokes: list[Stroke], time_ms: int) -> Deferred[int]:
        """See :class:`dcc.board.Record`."""
        keyframe = None
        if self._under_way == 0 and self._writer.keyframe_due:  # the canvas is as of the writer's sequence
            keyframe = self._writer.sequence, bytes(self._writer.canvas.colours)
        self._under_way += 1
        appended = self._in_thread(self._writing, lambda: self._writer.append(strokes, time_ms))
        appended.addBoth(self._done)
        if keyframe is not None:
            # After the batch, whose painters wait. It holds up no one now but the next batch.
            sequence, colours = keyframe
            written = self._in_thread(self._writing, lambda: self._writer.write_keyframe(sequence, colours))
            written.addErrback(self._board_not_kept)
        return appended

    def _done(self, outcome: _T) -> _T:
        self._under_way -= 1
        return outcome

    def _board_not_kept(self, failure: Failure) -> None:
        error = failure.check(RecordError)
        if error is None:
            self._log.failure("while keeping the board", failure)
            return
        self._log.warn(
            "{line}",
            line=_("The board was not kept in the record, so the next start takes longer: {error}").format(
                error=failure.getErrorMessage()
            ),
        )

    # --- history ---------------------------------------------------------------------------------

    def span(self) -> Deferred[Span]:
        """See :class:`dcc.board.Record`."""
        return self._ask(lambda reader: reader.span())

    def board_at(self, sequence: int) -> Deferred[Moment]:
        """See :class:`dcc.board.Record`."""
        return self._ask(lambda reader: reader.moment(sequence))

    def last_placement(self, cell: int) -> Deferred[Placement | None]:
        """See :class:`dcc.board.Record`."""

        def latest(reader: Reader) -> Placement | None:
            return next((painting.placement for painting in reader.history(cell)), None)

        return self._ask(latest)

    def _ask(self, question: Callable[[Reader], _T]) -> Deferred[_T]:
        def answer() -> _T:
            if self._closed:
                raise RecordError(_("the server stops"))
            if self._reader is None:
                self._reader = Reader(self._writer.path)
            return question(self._reader)

        return self._in_thread(self._reading, answer)

    # --- threads ---------------------------------------------------------------------------------

    def _in_thread(self, pool: ThreadPool, function: Callable[[], _T]) -> Deferred[_T]:
        if self._closed:
            return fail(RecordError(_("the server stops")))
        if not pool.started:
            pool.start()
        return deferToThreadPool(self._reactor, pool, function)

    @inlineCallbacks
    def close(self) -> Generator[Deferred[None], None, None]:
        """See :class:`dcc.board.Record`: keeps the last board, and empties the log into the file."""
        if self._closed:
            return
        self._closed = True
        if self._reading.started:
            if self._reader is not None:
                self._reader.interrupt()
            yield deferToThreadPool(self._reactor, self._reading, self._close_reader)
            self._reading.stop()
        last = bytes(self._writer.canvas.colours) if self._under_way == 0 else None
        if not self._writing.started:
            self._writing.start()
        written = deferToThreadPool(self._reactor, self._writing, lambda: self._writer.close(last))
        yield written.addErrback(self._board_not_kept)
        self._writing.stop()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
