"""The board for programs of asyncio."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, SupportsIndex, overload

from dcc.api.board import Author, Change, History, Moment, cell_of, whole
from dcc.api.colours import ColourLike
from dcc.api.engine import Engine, LiveBoard, Target
from dcc.api.feed import Feed
from dcc.api.questions import ask_author, ask_history, ask_moment
from dcc.api.templates import Template, ask_templates


class AsyncCanvas(LiveBoard):
    """A shared board; see :func:`dcc.api.aconnect`. ``canvas[10, 3]`` is the name of a cell's colour.

    The methods are those of :class:`dcc.api.Canvas`, and raise the same errors.
    """

    async def __aenter__(self) -> AsyncCanvas:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Say goodbye to the server."""
        if self._drop.detach() is not None:
            await asyncio.wrap_future(self._engine.close())

    async def paint(self, pixels: Iterable[tuple[SupportsIndex, SupportsIndex, ColourLike]]) -> None:
        """See :meth:`dcc.api.Canvas.paint`."""
        pairs = self._engine.pairs(pixels)
        connection = self._engine.connection
        await self._engine.arun(lambda: connection.paint(pairs))

    async def wait(self, pixels: SupportsIndex = 1) -> None:
        """See :meth:`dcc.api.Canvas.wait`."""
        connection, count = self._engine.connection, whole(pixels)
        await self._engine.arun(lambda: connection.wait(count))

    def changes(self) -> AsyncIterator[Change]:
        """See :meth:`dcc.api.Canvas.changes`."""
        return _Changes(self, self._engine)

    @overload
    async def history(self) -> History: ...
    @overload
    async def history(self, placement: SupportsIndex) -> Moment: ...
    async def history(self, placement: SupportsIndex | None = None) -> History | Moment:
        """See :meth:`dcc.api.Canvas.history`."""
        connection = self._engine.connection
        if placement is None:
            return await self._engine.arun(lambda: ask_history(connection))
        sequence = whole(placement)
        return await self._engine.arun(lambda: ask_moment(connection, sequence))

    async def author(self, column: SupportsIndex, row: SupportsIndex) -> Author | None:
        """See :meth:`dcc.api.Canvas.author`."""
        cell_of(self._look(), (column, row))
        connection = self._engine.connection
        return await self._engine.arun(lambda: ask_author(connection, int(column), int(row)))

    async def templates(self) -> list[Template]:
        """See :meth:`dcc.api.Canvas.templates`."""
        connection, look = self._engine.connection, self._look  # which keeps the canvas
        return await self._engine.arun(lambda: ask_templates(connection, look))


class _Changes(AsyncIterator[Change]):
    """What others paint, for a loop of asyncio."""

    def __init__(self, canvas: AsyncCanvas, engine: Engine) -> None:
        """:param canvas: kept, since a canvas without a reference says goodbye."""
        self._canvas = canvas
        self._is_news = asyncio.Event()
        loop, is_news = asyncio.get_running_loop(), self._is_news

        def notify() -> None:
            with suppress(RuntimeError):  # the loop is closed, and nobody reads any more
                loop.call_soon_threadsafe(is_news.set)

        self._feed = Feed(notify)
        self._read: list[Change] = []  # the last comes first
        engine.follow(self._feed)
        self._drop = weakref.finalize(self, engine.call_soon, engine.connection.unfollow, self._feed)

    async def __anext__(self) -> Change:
        while not self._read:
            self._is_news.clear()
            read = self._feed.read()
            if read is None:
                raise StopAsyncIteration
            if not read:
                await self._is_news.wait()
            self._read = read[::-1]
        return self._read.pop()


class Connecting:
    """A connection on its way: for ``async with``, or to be awaited."""

    def __init__(self, target: Target, timeout: float) -> None:
        self._target = target
        self._timeout = timeout

    def __await__(self) -> Generator[Any, None, AsyncCanvas]:
        return self._connect().__await__()

    async def __aenter__(self) -> AsyncCanvas:
        self._canvas = await self._connect()
        return self._canvas

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._canvas.close()

    async def _connect(self) -> AsyncCanvas:
        engine = Engine(self._target, self._timeout)
        canvas = AsyncCanvas(engine)
        await engine.arun(engine.connection.start)
        return canvas


def aconnect(
    server: str = "127.0.0.1",
    *,
    key: str = "",
    code: str = "",
    name: str = "",
    tls: bool = False,
    ca: str | os.PathLike[str] | None = None,
    timeout: float = 60.0,
) -> Connecting:
    """Connect to a board, as :func:`dcc.api.connect` does: ``async with dcc.api.aconnect(…) as canvas:``, or
    ``canvas = await dcc.api.aconnect(…)``.
    """
    return Connecting(Target(server, key, code, name, tls=tls, ca=ca), timeout)
