"""The thread in which all connections of a process live, and the beginning and the end of a connection."""

from __future__ import annotations

import asyncio
import atexit
import os
import reprlib
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from dcc import limits
from dcc.api.board import Board, Look, Place, cell_of
from dcc.api.colours import ColourLike, Colours
from dcc.api.connection import Connection
from dcc.api.errors import Error
from dcc.api.feed import Feed
from dcc.client.address import parse_invitation
from dcc.client.endpoint import Server, system_trust, trust_in
from dcc.client.identity import Identity
from dcc.client.reactor_thread import ReactorThread
from dcc.client.resolver import DaemonResolver
from dcc.core.palette import Palette
from dcc.core.people import is_key
from dcc.errors import DccError
from dcc.language import _, system_reason
from dcc.wording import clip

_T = TypeVar("_T")

_lock = Lock()
_threads: dict[int, ReactorThread] = {}
"""The thread of this process, by the number of the process: a fork has no threads of its parent."""


def reactor_thread() -> ReactorThread:
    """Return the thread of this process; start it at the first call.

    Its reactor is not the one of the process, so a program may use Twisted otherwise.
    """
    with _lock:
        thread = _threads.get(os.getpid())
        if thread is None:
            reactor = _new_reactor()
            reactor.installNameResolver(DaemonResolver(reactor))
            thread = ReactorThread(reactor)
            thread.start()
            atexit.register(thread.stop)
            _threads.clear()
            _threads[os.getpid()] = thread
        return thread


def _new_reactor() -> Any:
    try:
        from twisted.internet.epollreactor import EPollReactor

        return EPollReactor()
    except ImportError:  # not Linux
        from twisted.internet.selectreactor import SelectReactor

        return SelectReactor()


class Target:
    """A server and who the program is there.

    :raises Error: the address, the key or the name cannot be used.
    :raises TypeError: one of the first four is no text.
    """

    def __init__(
        self, server: str, key: str, code: str, name: str, *, tls: bool, ca: str | os.PathLike[str] | None
    ) -> None:
        for word, value in (("server", server), ("key", key), ("code", code), ("name", name)):
            if not isinstance(value, str):
                raise TypeError(
                    _("{word}={value}: expected a text in quotes").format(word=word, value=reprlib.repr(value))
                )
        try:
            invitation = parse_invitation(server)
            trust = _trust(tls or invitation.needs_tls, ca)
        except DccError as error:
            raise Error(str(error)) from None
        if key and not is_key(key):
            raise Error(_("the key is not whole: a key has 26 letters and digits"))
        if key and invitation.key:
            raise Error(_("both the link and key= have a key; leave one out"))
        if len(name) > limits.NAME_CHARACTERS:
            raise Error(_("{text}: at most {most} characters").format(text=clip(name), most=limits.NAME_CHARACTERS))
        self.server = Server(invitation.address, trust)
        self.identity = Identity(name, key or invitation.key, code or invitation.code, invitation.only_watches)


def _trust(is_encrypted: bool, ca: str | os.PathLike[str] | None) -> Any:
    if ca is None:
        return system_trust() if is_encrypted else None
    try:
        return trust_in(Path(ca).read_bytes())
    except OSError as error:
        raise DccError(f"{ca}: {system_reason(error)}") from None
    except ValueError:
        raise DccError(_("{path}: no certificate in PEM form can be read").format(path=ca)) from None


class Engine:
    """A connection, driven from any thread.

    :ivar connection: to be used in the thread of the reactor alone, except for its board.
    """

    def __init__(self, target: Target, timeout: float) -> None:
        """:raises Error: the server has no address that can be connected to, or the timeout is no time."""
        if not isinstance(timeout, int | float) or not timeout >= 0:
            raise Error(_("timeout={value}: expected seconds, from 0 up").format(value=reprlib.repr(timeout)))
        self._thread = reactor_thread()
        try:
            self.connection = self._thread.call(
                lambda: Connection(self._thread.reactor, target.server, target.identity, timeout)
            )
        except DccError as error:
            raise Error(str(error)) from None
        self._colours: Colours | None = None
        self._palette: Palette | None = None

    def run(self, begin: Callable[[], Coroutine[Deferred[Any], Any, _T]]) -> _T:
        """Have something done in the thread of the reactor, and wait for the outcome."""
        try:
            return self._submit(begin).result()
        except Error as error:
            raise error.with_traceback(None) from None  # of the reactor, which is nobody's business

    async def arun(self, begin: Callable[[], Coroutine[Deferred[Any], Any, _T]]) -> _T:
        """Do the same for asyncio. Whoever stops waiting does not undo what was asked for."""
        try:
            return await asyncio.wrap_future(self._submit(begin))
        except Error as error:
            raise error.with_traceback(None) from None

    def _submit(self, begin: Callable[[], Coroutine[Deferred[Any], Any, _T]]) -> Future[_T]:
        return self._thread.submit(lambda: Deferred.fromCoroutine(begin()))

    def call_soon(self, function: Callable[..., object], *arguments: Any) -> None:
        """Have a function called in the thread of the reactor, and wait for nothing."""
        self._thread.reactor.callFromThread(function, *arguments)

    def follow(self, feed: Feed) -> None:
        """Tell a feed of all changes from now on: whoever looks at the board next misses none."""
        self._thread.call(lambda: self.connection.follow(feed))

    def close(self) -> Future[None]:
        """Say goodbye."""
        return self._thread.submit(self.connection.stop)

    def drop(self) -> None:
        """Say goodbye, and wait for nothing: nobody has a use for the connection any more."""
        self.call_soon(self.connection.stop)

    def look(self) -> Look:
        """Return the board as it is shown; its colours go on changing."""
        look = self.connection.look()
        return self.copy() if look is None else look

    def copy(self) -> Look:
        """Return the board as it is shown."""

        def copied() -> Look:
            look = self.connection.look()
            assert look is not None  # in this thread there is no middle of a change
            return look._replace(colours=bytes(look.colours))

        return self._thread.call(copied)

    def pairs(self, pixels: Any) -> list[tuple[int, int]]:
        """Turn ``(column, row, colour)`` triples into ``(cell, colour)`` pairs.

        :raises OffBoard: the board has no such cell.
        :raises UnknownColour: the palette has no such colour.
        :raises TypeError: an item is no such triple.
        """
        look = self.look()
        colours = self._colours
        if colours is None or self._palette != look.palette:
            self._colours = colours = Colours(look.palette)
            self._palette = look.palette
        pairs = []
        for pixel in pixels:
            place, colour = _split(pixel)
            pairs.append((cell_of(look, place), colours.index(colour)))
        return pairs


class LiveBoard(Board):
    """The board of a connection. If nobody refers to it any more, the connection says goodbye."""

    def __init__(self, engine: Engine) -> None:
        """Use :func:`dcc.api.connect` or :func:`dcc.api.aconnect`."""
        self._engine = engine
        self._drop = weakref.finalize(self, engine.drop)

    def _look(self) -> Look:
        return self._engine.look()

    def _copy(self) -> Look:
        return self._engine.copy()


def _split(pixel: Any) -> tuple[Place, ColourLike]:
    try:
        column, row, colour = pixel
    except (TypeError, ValueError):
        raise TypeError(
            _("{pixel} is no pixel: expected column, row and colour, such as (10, 3, 'red')").format(pixel=clip(pixel))
        ) from None
    return (column, row), colour
