"""A client without a window: it connects, does one piece of work, says goodbye and ends.

The first attempt to connect has to succeed, so that a mistyped address is said at once. A connection that
is lost later comes back by itself, and the work goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IStreamClientEndpoint
from twisted.python.failure import Failure

from dcc import limits
from dcc.client.endpoint import Server
from dcc.client.link import Link, LinkState
from dcc.errors import ServerUnavailable
from dcc.protocol.messages import Closing, Failed, ServerMessage


class Work(Protocol):
    """What a script does, once it is connected. What it raises ends the script."""

    def begin(self, script: Script) -> None:
        """The board is live: at first, and again after a connection that was lost."""

    def message_received(self, message: ServerMessage) -> None:
        """A message came, while the board is live, and was taken into the replica."""


class Script:
    """Runs one piece of work on a link.

    :ivar link: the connection, with the board.
    """

    def __init__(self, reactor: Any, endpoint: IStreamClientEndpoint, work: Work) -> None:
        self.link = Link(reactor, endpoint, self)
        self._reactor = reactor
        self._work = work
        self._outcome: Deferred[None] = Deferred()
        self._was_live = False
        self._sent_away = False
        self._calls: list[IDelayedCall] = []
        self._deadline: IDelayedCall | None = None

    def start(self) -> Deferred[None]:
        """Connect and work.

        :return: fires when the work is done and the goodbye said; fails with :class:`~dcc.errors.ServerUnavailable`,
            or with what the work raised.
        """
        self._give_up_after(limits.SCRIPT_CONNECT_SECONDS, "it does not answer")
        self.link.start()
        return self._outcome

    def call_later(self, seconds: float, call: Callable[[], None]) -> IDelayedCall:
        """Call the work back; not after the script's end. What it raises ends the script."""
        self._calls = [waiting for waiting in self._calls if waiting.active()]
        self._calls.append(self._reactor.callLater(seconds, self._guarded, call))
        return self._calls[-1]

    def finish(self, failure: Failure | None = None) -> None:
        """The work is done, or cannot be."""
        if self.link.state is LinkState.STOPPED:
            return
        for call in (*self._calls, self._deadline):
            if call is not None and call.active():
                call.cancel()
        stopped = self.link.stop().addTimeout(limits.GOODBYE_SECONDS, self._reactor)
        stopped.addBoth(lambda _closed_or_not: self._outcome.callback(failure))

    # --- LinkListener ----------------------------------------------------------------------------

    def link_changed(self, state: LinkState, reason: str) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        if state is LinkState.ONLINE:
            self._was_live = True
            if self._deadline is not None and self._deadline.active():
                self._deadline.cancel()
            self._guarded(lambda: self._work.begin(self))
        elif state is LinkState.AWAY and self._was_live and not self._sent_away:
            if self._deadline is None or not self._deadline.active():
                self._give_up_after(limits.SCRIPT_AWAY_SECONDS, f"connection lost: {reason}")
        elif reason and state is not LinkState.STOPPED:
            self._fail(reason)

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        if isinstance(message, Failed | Closing) and message.error:
            self._sent_away = True
        elif self.link.state is LinkState.ONLINE:
            self._guarded(lambda: self._work.message_received(message))

    def _guarded(self, call: Callable[[], None]) -> None:
        # Twisted would only log what is raised here, and close the connection, which would come back.
        try:
            call()
        except Exception:
            self.finish(Failure())

    def _give_up_after(self, seconds: float, reason: str) -> None:
        self._deadline = self._reactor.callLater(seconds, self._fail, reason)

    def _fail(self, reason: str) -> None:
        self.finish(Failure(ServerUnavailable(reason.rstrip("."))))


def run(server: Server, work: Work) -> None:
    """Do a piece of work with the server there, in this process's reactor, which it starts and stops.

    :raises DccError: see :meth:`~dcc.client.endpoint.Server.endpoint`.
    :raises ServerUnavailable: there is no server, it sent this client away, or was lost for good.
    :raises KeyboardInterrupt: Ctrl+C was pressed.
    """
    from twisted.internet import reactor

    loop: Any = reactor
    endpoint = server.endpoint(reactor)
    outcomes: list[Failure | None] = []

    def ended(outcome: Failure | None) -> None:
        if not outcomes:
            outcomes.append(outcome)
            loop.stop()

    def interrupted() -> None:
        if not outcomes:  # so that a connection which Ctrl+C closes is not taken for a lost one
            outcomes.append(Failure(KeyboardInterrupt()))

    loop.callWhenRunning(lambda: Script(loop, endpoint, work).start().addBoth(ended))
    loop.addSystemEventTrigger("before", "shutdown", interrupted)
    loop.run()
    outcome = outcomes[0]
    if outcome is None:
        return
    if outcome.check(ServerUnavailable):
        raise ServerUnavailable(f"server {server.address}: {outcome.getErrorMessage()}")
    outcome.raiseException()
