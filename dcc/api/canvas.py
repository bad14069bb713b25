"""The board for programs that wait."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Iterator
from threading import Event
from types import TracebackType
from typing import SupportsIndex, overload

from dcc.api.board import Author, Change, History, Moment, Place, cell_of, whole
from dcc.api.colours import ColourLike
from dcc.api.engine import Engine, LiveBoard, Target
from dcc.api.feed import Feed
from dcc.api.questions import ask_author, ask_history, ask_moment
from dcc.api.templates import Template, ask_templates


class Canvas(LiveBoard):
    """A shared board; see :func:`dcc.api.connect`. Several threads may use one canvas.

    ``canvas[10, 3]`` is the name of a cell's colour, and ``canvas[10, 3] = "red"`` paints it.
    """

    def __enter__(self) -> Canvas:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._drop.detach() is not None:
            self._engine.close().result()

    def __setitem__(self, place: Place, colour: ColourLike) -> None:
        cell_of(self._look(), place)  # names a mistake in the place as for reading
        column, row = place
        self.paint([(column, row, colour)])

    def paint(self, pixels: Iterable[tuple[SupportsIndex, SupportsIndex, ColourLike]]) -> None:
        """Paint pixels, each ``(column, row, colour)``, and wait until the server has recorded them.

        :raises UnknownColour: the palette has no such colour; nothing was painted.
        :raises OffBoard: the board has no such cell; nothing was painted.
        :raises OnCooldown: the pause from one pixel to the next is not over, see :meth:`wait`.
        :raises Refused: the rules of the board do not permit it.
        :raises Unavailable: the server was lost.
        """
        pairs = self._engine.pairs(pixels)
        connection = self._engine.connection
        self._engine.run(lambda: connection.paint(pairs))

    def wait(self, pixels: SupportsIndex = 1) -> None:
        """Wait until the cooldown of the board permits to paint; return at once on a board without one.

        :param pixels: how many at a time.
        :raises Refused: nobody may ever paint as many at a time.
        :raises Unavailable: the server was lost.
        """
        connection, count = self._engine.connection, whole(pixels)
        self._engine.run(lambda: connection.wait(count))

    def changes(self) -> Changes:
        """Return what others paint from now on, one :class:`Change` after the other.

        The own paints do not come. A loop that is slower than the painters gets the latest colour of each cell.

        :raises Unavailable: the server has sent the program away. A lost connection is waited for.
        """
        return Changes(self, self._engine)

    @overload
    def history(self) -> History: ...
    @overload
    def history(self, placement: SupportsIndex) -> Moment: ...
    def history(self, placement: SupportsIndex | None = None) -> History | Moment:
        """Return how far the history goes; or the board as it was after so many placements.

        :raises Refused: the server keeps no history.
        :raises Unavailable: the server was lost.
        """
        connection = self._engine.connection
        if placement is None:
            return self._engine.run(lambda: ask_history(connection))
        sequence = whole(placement)
        return self._engine.run(lambda: ask_moment(connection, sequence))

    def author(self, column: SupportsIndex, row: SupportsIndex) -> Author | None:
        """Return who painted a cell last, and when; None if nobody did.

        :raises OffBoard: the board has no such cell.
        :raises Refused: the server keeps no history.
        :raises Unavailable: the server was lost.
        """
        cell_of(self._look(), (column, row))
        connection = self._engine.connection
        return self._engine.run(lambda: ask_author(connection, int(column), int(row)))

    def templates(self) -> list[Template]:
        """Return the pictures that moderators have published for everybody to paint, the oldest first.

        :raises Unavailable: the server was lost.
        """
        connection, look = self._engine.connection, self._look  # which keeps the canvas
        return self._engine.run(lambda: ask_templates(connection, look))


class Changes(Iterator[Change]):
    """What others paint, for a loop that waits; see :meth:`Canvas.changes`."""

    def __init__(self, canvas: Canvas, engine: Engine) -> None:
        """:param canvas: kept, since a canvas without a reference says goodbye."""
        self._canvas = canvas
        self._is_news = Event()
        self._feed = Feed(self._is_news.set)
        self._read: list[Change] = []  # the last comes first
        engine.follow(self._feed)
        self._drop = weakref.finalize(self, engine.call_soon, engine.connection.unfollow, self._feed)

    def __next__(self) -> Change:
        while not self._read:
            self._is_news.clear()
            read = self._feed.read()
            if read is None:
                raise StopIteration
            if not read:
                self._is_news.wait()
            self._read = read[::-1]
        return self._read.pop()


def connect(
    server: str = "127.0.0.1",
    *,
    key: str = "",
    code: str = "",
    name: str = "",
    tls: bool = False,
    ca: str | os.PathLike[str] | None = None,
    timeout: float = 60.0,
) -> Canvas:
    """Connect to a board.

    :param server: ``HOST``, ``HOST:PORT``, ``unix:PATH``, or a link: to the page, or ``dcc:HOST``.
    :param key: proves who you are; a link may have it too.
    :param code: the word of the room.
    :param name: to be shown when somebody asks who painted a pixel; at most 32 characters.
    :param tls: encrypt, and verify the server's name. Needs the extra ``tls``.
    :param ca: likewise, and trust the certificates in this file (PEM) instead of the system's.
    :param timeout: longest wait for a lost server, and for an answer, in seconds.
    :raises Unavailable: there is no server, or the server refused the program.
    :raises Error: the address, the key or the name cannot be used.
    """
    engine = Engine(Target(server, key, code, name, tls=tls, ca=ca), timeout)
    canvas = Canvas(engine)
    engine.run(engine.connection.start)
    return canvas
