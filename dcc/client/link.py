"""A client's connection to a server, restored after every loss.

The link asks for version 2, and resumes from its own copy of the board. A server of version 1 answers with a board, and
the link continues in version 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Protocol

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import (
    ConnectionDone,
    ConnectionLost,
    ConnectionRefusedError,
    DNSLookupError,
    NoRouteError,
    TCPTimedOutError,
    TimeoutError,
)
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from dcc import limits, reasons
from dcc.client.answers import Answers
from dcc.client.identity import Identity
from dcc.client.pace import Pace
from dcc.client.replica import Replica
from dcc.client.templates import Template
from dcc.core.actions import Action, Choice
from dcc.core.canvas import PIXEL_BYTES, pack_pixels
from dcc.errors import DccError, Refusal, ServerUnavailable
from dcc.keep_alive import keep_alive
from dcc.language import _
from dcc.protocol import codec, strict_json, version2
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import (
    Act,
    ActionLog,
    AskAuthor,
    AskHeat,
    AskHistory,
    AskLog,
    AskPainters,
    AskPeople,
    AskPreview,
    AskTemplate,
    Author,
    ClientMessage,
    Closing,
    Done,
    Failed,
    Goodbye,
    HeatMap,
    History,
    Paint,
    PaintersMap,
    PaintOne,
    PastBoard,
    People,
    Preview,
    Question,
    ServerMessage,
    SharedTemplate,
    Welcome,
)
from dcc.reasons import Reason

_FIRST_PAYLOAD_BYTES = 4 * 1024 * 1024
"""Longest payload before the board is known: the largest version 1 board (65,536 cells with names of up to 40 bytes).
Afterwards the limit is what the board can need."""


class LinkState(Enum):
    """The state of a link."""

    CONNECTING = auto()
    """Never connected so far; trying."""
    GREETING = auto()
    """Connected; the server has not shown its board yet."""
    ONLINE = auto()
    """The board is live, and paints are taken."""
    AWAY = auto()
    """The connection was lost; trying again."""
    STOPPED = auto()
    """Closed by this side."""


class LinkListener(Protocol):
    """The owner of a link."""

    def link_changed(self, state: LinkState, reason: str) -> None:
        """Take note of another state or a failed attempt; ``reason`` is a line, or empty."""

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """Take note of a message, after the replica; ``cells`` as from :meth:`Replica.apply`.

        The answer to an action or a question goes to the asker alone.
        """


class Link:
    """A connection that is restored after every loss.

    :ivar replica: the client's copy of the board.
    :ivar bytes_received: over all connections so far.
    :ivar identity: who this client says it is, from the next connection on; see :meth:`introduce`.
    """

    def __init__(
        self, reactor: Any, endpoint: IStreamClientEndpoint, listener: LinkListener, identity: Identity | None = None
    ) -> None:
        """Make a link; :meth:`start` connects."""
        self.replica = Replica()
        self.bytes_received = 0
        self.state = LinkState.CONNECTING
        self.identity = identity or Identity()
        self._listener = listener
        self._answers = Answers(self._send)
        self._pace = Pace(self._send, reactor)
        self._wait_for_rules: list[Deferred[None]] = []
        self._reason = ""
        self._protocol: _LinkProtocol | None = None
        self._last_request = -1
        self._unwelcome = 0  # successive connections that ended before the board was live
        self._policy = backoffPolicy(limits.RECONNECT_FIRST_SECONDS, limits.RECONNECT_LONGEST_SECONDS)
        watched = _WatchedEndpoint(endpoint, self._attempt_failed)
        self._service = ClientService(watched, Factory.forProtocol(lambda: _LinkProtocol(self)), self._wait, reactor)

    def start(self) -> None:
        """Connect, and stay connected."""
        self._service.startService()

    def stop(self) -> Deferred[None]:
        """Say goodbye to a connected server, and connect no longer.

        :return: fires once the connection is closed.
        """
        if self._protocol is not None:
            self._protocol.send(Goodbye())
        self._pace.drop()
        self._change(LinkState.STOPPED)
        stopped: Deferred[None] = self._service.stopService()
        return stopped

    def try_now(self) -> None:
        """Connect at once, if the link waits for its next attempt."""
        if self._protocol is None and self.state is not LinkState.STOPPED:
            self._service.stopService()
            self._service.startService()

    def introduce(self, key: str = "", code: str = "") -> None:
        """Connect anew, as the holder of a key, or with the code of the room; as nobody without them."""
        self.identity.key, self.identity.code = key, code
        if self._protocol is not None:
            self._protocol.leave()

    def rename(self, name: str) -> None:
        """Tell the server another name."""
        self.identity.name = name
        if self._protocol is not None and self.state is LinkState.ONLINE and self.replica.version == 2:
            self._protocol.send(self.replica.hello(self.identity))

    def paint(self, pixels: Iterable[tuple[int, int]]) -> list[int]:
        """Paint ``(cell, colour)`` pairs, shown at once if the server speaks version 2.

        More than :data:`.limits.REQUEST_PIXELS` pixels go out at the server's pace; see :mod:`dcc.client.pace`.

        :return: the numbers of the requests, each of so many pixels and the last of the rest; none in version 1, which
            does not number requests.
        :raises ServerUnavailable: the board is not live.
        """
        canvas, protocol = self.replica.canvas, self._protocol
        if self.state is not LinkState.ONLINE or protocol is None or canvas is None:
            raise ServerUnavailable(_("not connected"))
        if self.replica.version == 1:
            for cell, colour in pixels:
                row, column = divmod(cell, canvas.width)
                protocol.send(PaintOne(column, row, canvas.palette[colour].name))
            return []
        packed = pack_pixels(pixels)
        step = limits.REQUEST_PIXELS * PIXEL_BYTES
        paints = [Paint(self._next_request(), packed[start : start + step]) for start in range(0, len(packed), step)]
        for paint in paints:
            self.replica.paint(paint.request, paint.pixels)
        self._pace.paint(paints)
        return [paint.request for paint in paints]

    def ask_history(self) -> Deferred[History]:
        """Ask how far the history goes.

        :return: fires with the answer; fails with Refusal if the server refuses, and with ServerUnavailable if there is
            no connection of version 2, or if the connection is lost before the answer.
        """
        return self._ask(AskHistory, reasons.NO_HISTORY)

    def ask_board(self, sequence: int) -> Deferred[PastBoard]:
        """Ask for the board as of a sequence; the answer comes as that of :meth:`ask_history`."""
        return self._ask(lambda request: AskHistory(request, sequence), reasons.NO_HISTORY)

    def ask_author(self, column: int, row: int) -> Deferred[Author]:
        """Ask who painted a cell; the answer comes as that of :meth:`ask_history`."""
        return self._ask(lambda request: AskAuthor(request, column, row), reasons.NO_HISTORY)

    def ask_heat(self) -> Deferred[HeatMap]:
        """Ask how often each cell was painted; the answer comes as that of :meth:`ask_history`."""
        return self._ask(AskHeat, reasons.NO_HISTORY)

    def ask_painters(self) -> Deferred[PaintersMap]:
        """Ask who painted each cell last; the answer comes as that of :meth:`ask_history`."""
        return self._ask(AskPainters, reasons.NO_HISTORY)

    def ask_preview(self, choice: Choice) -> Deferred[Preview]:
        """Ask what a roll back of chosen placements would paint; the answer comes as that of :meth:`ask_history`."""
        return self._ask(lambda request: AskPreview(request, choice))

    def ask_people(self) -> Deferred[People]:
        """Ask for the people, the bans and the keys; the answer comes as for :meth:`ask_history`."""
        return self._ask(AskPeople)

    def ask_log(self, before: int | None = None) -> Deferred[ActionLog]:
        """Ask for recorded actions, the latest first; the answer comes as that of :meth:`ask_history`.

        :param before: only actions with lower numbers.
        """
        return self._ask(lambda request: AskLog(request, before))

    def ask_template(self, number: int) -> Deferred[SharedTemplate]:
        """Ask for the pixels of a shared template; the answer comes as that of :meth:`ask_history`."""
        return self._ask(
            lambda request: AskTemplate(request, number), _("the server speaks version 1, which has no templates")
        )

    def ask_templates(self, name: str = "") -> Deferred[list[Template]]:
        """Ask for the pixels of all shared templates, the oldest first, once the server has told the rules.

        :param name: only of the template with this name.
        :return: fires with the templates; fails as that of :meth:`ask_history`.
        """
        return Deferred.fromCoroutine(self._ask_templates(name))

    async def _ask_templates(self, name: str) -> list[Template]:
        self._check_version_2(_("the server speaks version 1, which has no templates"))
        if not self.replica.knows_rules:
            told: Deferred[None] = Deferred()
            self._wait_for_rules.append(told)
            await told
        templates = []
        for news in self.replica.rules.templates:
            if not name or news.name == name:
                with suppress(Refusal):  # it was removed meanwhile
                    answer = await self.ask_template(news.number)
                    assert self.replica.canvas is not None  # of a link that was live
                    templates.append(Template(answer.number, answer.template, news.author, self.replica.canvas.width))
        return templates

    def act(self, action: Action) -> Deferred[Done]:
        """Do an action.

        :return: fires once the action is recorded and in force; otherwise as that of :meth:`ask_history`. If the
            connection was lost, the action may have been done.
        """
        try:
            request = self._new_request()
        except ServerUnavailable:
            return fail()
        self._send(Act(request, action))
        return self._answers.expect(request)

    def _ask(self, question: Callable[[int], Question], without: Reason | str = "") -> Deferred[Any]:
        try:
            request = self._new_request(without)
        except ServerUnavailable:
            return fail()
        self._answers.ask(question(request))
        return self._answers.expect(request)

    def _new_request(self, without: Reason | str = "") -> int:
        """Number a request of version 2.

        :param without: says that a server of version 1 has no answer.
        :raises ServerUnavailable: there is no connection of version 2.
        """
        self._check_version_2(without)
        return self._next_request()

    def _check_version_2(self, without: Reason | str) -> None:
        if self.state is not LinkState.ONLINE or self._protocol is None:
            raise ServerUnavailable(_("not connected"))
        if self.replica.version == 1:
            raise ServerUnavailable(without or _("the server speaks version 1, which has no moderators"))

    def _send(self, message: ClientMessage) -> None:
        assert self._protocol is not None  # while it is online
        self._protocol.send(message)

    def _next_request(self) -> int:
        self._last_request = (self._last_request + 1) % strict_json.REQUESTS
        return self._last_request

    # --- called by the protocol --------------------------------------------------------------------------

    def _connected(self, protocol: _LinkProtocol) -> None:
        self._protocol = protocol
        self._reason = ""
        self._change(LinkState.GREETING)
        protocol.send(self.replica.hello(self.identity))

    def _received(self, message: ServerMessage) -> None:
        if isinstance(message, Closing | Failed):
            self._reason = reasons.tell(message.code, message.values, message.error) or self._reason
            self.identity.refused(message.code)
        elif isinstance(message, Welcome) and message.name:
            self.identity.accepted()
        if self._answers.take(message) or self._pace.take(message):
            return
        cells = self.replica.apply(message)
        if self.state is LinkState.GREETING and self.replica.is_live:
            self._unwelcome = 0
            self._change(LinkState.ONLINE)
        if self._wait_for_rules and self.replica.knows_rules:
            waiting, self._wait_for_rules = self._wait_for_rules, []
            for told in waiting:
                told.callback(None)
        self._listener.link_received(message, cells)

    def _disconnected(self, reason: str) -> None:
        self._protocol = None
        self._pace.drop()
        if self.state is LinkState.GREETING:
            self._unwelcome += 1
        self.replica.disconnected()
        if self.state is not LinkState.STOPPED:
            self._change(LinkState.AWAY, self._reason or reason)
        self._answers.lost()
        waiting, self._wait_for_rules = self._wait_for_rules, []
        for told in waiting:
            told.errback(ServerUnavailable(_("the connection was lost before the answer")))

    def _change(self, state: LinkState, reason: str = "") -> None:
        self.state = state
        self._listener.link_changed(state, reason)

    def _attempt_failed(self, failure: Failure) -> Failure:
        if self.state is not LinkState.STOPPED:
            self._change(self.state, _describe(failure))
        return failure

    def _wait(self, attempt: int) -> float:
        """Return the seconds to the next attempt: more after refusals of this client too."""
        return self._policy(max(attempt, self._unwelcome))


_TLS_ALERT = b"\x15\x03"
"""First bytes of the answer of a server with TLS to plain text (RFC 8446, section 5.1), if there is an answer."""

_HTTP_ANSWER = b"HTTP/"
"""First bytes of the answer of a web server, ours included."""


def _describe(failure: Failure) -> str:
    """Say why there is no connection."""
    if failure.check("OpenSSL.SSL.Error"):  # by name: the package is missing without TLS
        return _describe_tls(failure.value)
    for kind, text in (
        (ConnectionRefusedError, _("The connection was refused: no server listens there")),
        (DNSLookupError, _("There is no host of this name")),
        (TimeoutError, _("There is no answer")),
        (TCPTimedOutError, _("There is no answer")),
        (NoRouteError, _("There is no route to this host")),
        (ConnectionDone, _("The server closed the connection")),
        (ConnectionLost, _("The connection was lost")),
    ):
        if failure.check(kind):
            return text
    return str(failure.getErrorMessage())


def _describe_tls(error: Any) -> str:
    """Say why there is no connection, from OpenSSL's entries of library, function and reason."""
    reasons = [entry[-1] for entry in error.args[0]]
    if {"wrong version number", "packet length too long"} & set(reasons):  # OpenSSL's views of any other protocol
        return _("The server does not speak TLS: try without --tls and --ca")
    return _("TLS failed: {reason}").format(reason=reasons[-1] if reasons else "")


@implementer(IStreamClientEndpoint)
class _WatchedEndpoint:
    """Reports every failed attempt, which Twisted's service would hide."""

    def __init__(self, endpoint: IStreamClientEndpoint, failed: Callable[[Failure], Failure]) -> None:
        self._endpoint = endpoint
        self._failed = failed

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        return self._endpoint.connect(protocolFactory).addErrback(self._failed)


class _LinkProtocol(TwistedProtocol):
    """One connection of a link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._decoder = FrameDecoder(_FIRST_PAYLOAD_BYTES)
        self._over = False
        self._was_spoken_to = False

    def connectionMade(self) -> None:
        transport: Any = self.transport
        if not isinstance(transport.getPeer(), UNIXAddress):
            transport.setTcpNoDelay(True)
            keep_alive(transport)
        self._link._connected(self)

    def send(self, message: ClientMessage) -> None:
        assert self.transport is not None
        self.transport.write(frame(version2.encode_command(message)))

    def leave(self) -> None:
        """Say goodbye, and end the connection."""
        self.send(Goodbye())
        self._end("")

    def dataReceived(self, data: bytes) -> None:
        if self._over:
            return
        if not self._was_spoken_to and data.startswith(_TLS_ALERT):
            self._end(_("The server speaks TLS: try with --tls"))
            return
        if not self._was_spoken_to and data.startswith(_HTTP_ANSWER):
            self._end(
                _("A web server answers, probably on the port for browsers; use the other port (dcc serve --port)")
            )
            return
        self._was_spoken_to = True
        self._link.bytes_received += len(data)
        self._decoder.feed(data)
        try:
            while not self._over and (payload := self._decoder.next_payload()) is not None:
                self._take(payload)
        except DccError as error:
            self._end(_("the server does not speak the protocol: {error}").format(error=error))

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._over = True
        if reason is None:
            why = ""
        elif not self._was_spoken_to and reason.check(ConnectionDone, ConnectionLost):
            why = _("The server hung up without an answer; perhaps only one side uses TLS (--tls)")
        else:
            why = _describe(reason)
        self._link._disconnected(why)

    def _take(self, payload: bytes) -> None:
        message = codec.decode_server(payload)
        self._link._received(message)
        if isinstance(message, Closing):
            self._end("")
        canvas = self._link.replica.canvas
        if canvas is not None:
            self._decoder.limit = max(_FIRST_PAYLOAD_BYTES, 2 * len(canvas.colours))

    def _end(self, reason: str) -> None:
        self._over = True
        self._link._reason = reason or self._link._reason
        assert self.transport is not None
        self.transport.loseConnection()
