"""A conversation with a server, for a script that asks one thing after another and waits for each answer.

with ReactorThread() as thread, Conversation(thread, server, Identity(key=key)) as conversation:
    preview = conversation.ask(lambda link: link.ask_preview(choice))
    if input() == "y":
        conversation.ask(lambda link: link.act(RollBack(choice)))
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from dcc.client.endpoint import Server
from dcc.client.identity import Identity
from dcc.client.link import Link
from dcc.client.reactor_thread import ReactorThread
from dcc.client.script import Script, unavailable
from dcc.errors import ServerUnavailable
from dcc.language import _, number
from dcc.later import Later
from dcc.protocol.messages import ServerMessage

ANSWER_SECONDS = 60.0
"""Longest silence of a server that owes an answer; it sends something at least every 30 seconds."""

_T = TypeVar("_T")


class Conversation:
    """A :class:`dcc.client.script.Work` whose task is done by another thread than the reactor's."""

    def __init__(self, thread: ReactorThread, server: Server, identity: Identity) -> None:
        self._thread = thread
        self._server = server
        self._identity = identity
        self._is_live: Deferred[None] = Deferred()
        self._ended: Deferred[None]
        self._script: Script
        self._deadline: Later

    def __enter__(self) -> Conversation:
        """Connect.

        :raises DccError: see :meth:`~dcc.client.endpoint.Server.endpoint`.
        :raises ServerUnavailable: there is no server, or the server refused this client.
        """
        try:
            self._thread.wait(self._start)
        except ServerUnavailable as error:
            raise unavailable(self._server, error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.wait(self._finish)

    def ask(self, question: Callable[[Link], Deferred[_T]]) -> _T:
        """Ask, and wait for the answer.

        :param question: called in the thread of the reactor.
        :raises Refusal: the server refuses.
        :raises ServerUnavailable: the connection is lost, or no answer came.
        """
        try:
            return self._thread.wait(lambda: self._asked(question(self._script.link)))
        except ServerUnavailable as error:
            raise unavailable(self._server, error) from None

    def _asked(self, answer: Deferred[_T]) -> Deferred[_T]:
        self._script.after_silence(self._deadline, ANSWER_SECONDS, answer.cancel)
        return answer.addBoth(self._answered)

    def _answered(self, outcome: _T | Failure) -> _T | Failure:
        self._deadline.cancel()
        if isinstance(outcome, Failure) and outcome.check(CancelledError):
            raise ServerUnavailable(_("no answer for {seconds} s").format(seconds=number(ANSWER_SECONDS)))
        return outcome

    def _start(self) -> Deferred[None]:
        reactor = self._thread.reactor
        self._script = Script(reactor, self._server.endpoint(reactor), self, self._identity)
        self._deadline = self._script.timer()
        self._ended = self._script.start().addErrback(self._failed)
        return self._is_live

    def _failed(self, failure: Failure) -> None:
        """Tell why there is no connection; who asks during a lost one is told by the link."""
        if not self._is_live.called:
            self._is_live.errback(failure)

    def _finish(self) -> Deferred[None]:
        self._script.finish()
        return self._ended

    # --- Work ------------------------------------------------------------------------------------

    def begin(self, script: Script) -> None:
        """See :class:`dcc.client.script.Work`."""
        if not self._is_live.called:
            self._is_live.callback(None)

    def message_received(self, message: ServerMessage) -> None:
        """See :class:`dcc.client.script.Work`; the answers come to their askers."""
