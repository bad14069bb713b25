"""A client without a window: connects, does one piece of work, says goodbye and ends.

The first attempt to connect has to succeed, so that a mistyped address is reported at once. A later lost connection is
restored, and the work continues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.python.failure import Failure

from dcc import limits
from dcc.client.endpoint import Server
from dcc.client.identity import Identity
from dcc.client.link import Link, LinkState
from dcc.errors import ServerUnavailable
from dcc.language import _
from dcc.later import Later
from dcc.monotonic import wait_monotonically
from dcc.protocol.messages import Closing, Failed, ServerMessage

CONNECT_SECONDS = 15.0
"""Longest silence before the first board: a distant server on a bad line needs some of the time."""

AWAY_SECONDS = 60.0
"""Longest silence of a lost server: time for a restart."""


class Work(Protocol):
    """A script's task. An exception of the task ends the script."""

    def begin(self, script: Script) -> None:
        """Start: the board is live, at first and again after a lost connection."""

    def message_received(self, message: ServerMessage) -> None:
        """Take note of a message, after the replica; the board is live."""


class Script:
    """Runs one piece of work on a link.

    :ivar link: the connection, with the board.
    """

    def __init__(self, reactor: Any, endpoint: IStreamClientEndpoint, work: Work, identity: Identity) -> None:
        """Make a script; :meth:`start` connects."""
        self.link = Link(reactor, endpoint, self, identity)
        self._reactor = reactor
        self._work = work
        self._outcome: Deferred[None] = Deferred()
        self._was_live = False
        self._sent_away = False
        self._deadline = Later(reactor)
        self._timers = [self._deadline]

    def start(self) -> Deferred[None]:
        """Connect and work.

        :return: fires after the work and the goodbye; fails with :class:`~dcc.errors.ServerUnavailable`,
            or with what the work raised.
        """
        self._give_up_after(CONNECT_SECONDS, _("no answer"))
        self.link.start()
        return self._outcome

    def timer(self) -> Later:
        """Make a timer for the work, cancelled at the script's end; set the timer to call :meth:`guarded`."""
        self._timers.append(Later(self._reactor))
        return self._timers[-1]

    def finish(self, failure: Failure | None = None) -> None:
        """End: the work is done, or has failed."""
        if self.link.state is LinkState.STOPPED:
            return
        for timer in self._timers:
            timer.cancel()
        stopped = self.link.stop().addTimeout(limits.GOODBYE_SECONDS, self._reactor)
        stopped.addBoth(lambda _closed_or_not: self._outcome.callback(failure))

    # --- LinkListener ----------------------------------------------------------------------------

    def link_changed(self, state: LinkState, reason: str) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        if state is LinkState.ONLINE:
            self._was_live = True
            self._deadline.cancel()
            self.guarded(lambda: self._work.begin(self))
        elif state is LinkState.AWAY and self._was_live and not self._sent_away:
            if not self._deadline.is_set:
                self._give_up_after(AWAY_SECONDS, _("connection lost: {reason}").format(reason=reason))
        elif reason and state is not LinkState.STOPPED:
            self._fail(reason)

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        if isinstance(message, Failed | Closing) and message.error:
            self._sent_away = True
        elif self.link.state is LinkState.ONLINE:
            self.guarded(lambda: self._work.message_received(message))

    def guarded(self, call: Callable[[], None]) -> None:
        """Call a function of the work; an exception ends the script.

        Twisted would only log the exception and close the connection, and the link would connect again.
        """
        try:
            call()
        except Exception:
            self.finish(Failure())

    def after_silence(self, timer: Later, seconds: float, function: Callable[[], None]) -> None:
        """See :func:`after_silence`."""
        after_silence(self.link, timer, seconds, function)

    def _give_up_after(self, seconds: float, reason: str) -> None:
        self.after_silence(self._deadline, seconds, lambda: self._fail(reason))

    def _fail(self, reason: str) -> None:
        self.finish(Failure(ServerUnavailable(reason.rstrip("."))))


def after_silence(link: Link, timer: Later, seconds: float, function: Callable[[], None]) -> None:
    """Have a timer call a function once nothing has come from the server for a number of seconds.

    The largest board takes minutes on a slow line, so the arrival of any byte counts as a sign of life. Bytes are
    looked for only as the time ends: the silence may last up to twice as long.
    """
    received = link.bytes_received

    def look() -> None:
        if link.bytes_received > received:
            after_silence(link, timer, seconds, function)
        else:
            function()

    timer.set(seconds, look)


def run(server: Server, work: Work, identity: Identity) -> None:
    """Do a piece of work with a server, in this process's reactor, from its start to its stop.

    :raises DccError: see :meth:`~dcc.client.endpoint.Server.endpoint`.
    :raises ServerUnavailable: there is no server, or the server refused this client, or was lost for good.
    :raises KeyboardInterrupt: Ctrl+C was pressed.
    """
    from twisted.internet import reactor

    loop: Any = reactor
    wait_monotonically(loop)
    endpoint = server.endpoint(reactor)
    outcomes: list[Failure | None] = []

    def ended(outcome: Failure | None) -> None:
        if not outcomes:
            outcomes.append(outcome)
            loop.stop()

    def interrupted() -> None:
        if not outcomes:  # before the connection is closed, and looks lost
            outcomes.append(Failure(KeyboardInterrupt()))

    loop.callWhenRunning(lambda: Script(loop, endpoint, work, identity).start().addBoth(ended))
    loop.addSystemEventTrigger("before", "shutdown", interrupted)
    loop.run()
    outcome = outcomes[0]
    if outcome is None:
        return
    if outcome.check(ServerUnavailable):
        raise unavailable(server, outcome.value)
    outcome.raiseException()


def unavailable(server: Server, error: object) -> ServerUnavailable:
    """Return an error of a link with the address of the server before it."""
    return ServerUnavailable(_("server {address}: {reason}").format(address=server.address, reason=error))
