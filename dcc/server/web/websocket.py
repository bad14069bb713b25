"""The protocol over WebSocket: a text message is JSON, a binary one what begins with an opcode.

autobahn reads, and says what the wire itself has to say (pings, closing). Messages go out by the outbox,
framed once for all clients; what autobahn writes goes between two of them.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.protocol import TrafficStats
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from txaio.tx import make_logger

from dcc import limits, reasons
from dcc.errors import ProtocolError
from dcc.server.admission import Place
from dcc.server.client import Client
from dcc.server.clients import Clients
from dcc.server.outbox import Outbox
from dcc.server.web.channel import Page, refuse

NORMAL_CLOSURE = 1000
"""RFC 6455, section 7.4.1."""


class LimitedSocket(WebSocketServerProtocol):
    """A WebSocket that takes no more than it should; what it is for is a subclass's business."""

    log = make_logger("error")  # what peers do wrong is the console's to tell
    transport: Any
    _dropped = 0

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the stream, in pieces that autobahn copies at little cost.

        autobahn reads on after it has said that it closes, and keeps all of a ping that is too long for one; of a peer
        that has closed it keeps everything. So of the first not much more is taken, and nothing of the second.
        """
        if self.state == self.STATE_CLOSED:
            return
        if self.state == self.STATE_CLOSING:
            self._dropped += len(data)
            if self._dropped > limits.WEBSOCKET_DROPPED_BYTES:
                self.transport.abortConnection()
                return
        for start in range(0, len(data), limits.WEBSOCKET_PIECE_BYTES):
            super().dataReceived(data[start : start + limits.WEBSOCKET_PIECE_BYTES])

    def onMessageFrame(self, payload: Any) -> None:
        """Keep no empty pieces: a message may have any number of empty frames, which its limit does not count."""
        pieces: Any = [piece for piece in payload if piece]  # a list, whatever autobahn's annotation says
        super().onMessageFrame(pieces)


class CanvasSocket(LimitedSocket):
    """One client on WebSocket."""

    client: Client | None = None
    _place: Place
    send_queue: Any
    is_closed: Any
    _transport_details: Any

    def connectionMade(self) -> None:
        """Count it, whether the handshake comes to an end or not."""
        super().connectionMade()
        self._place = self.factory.clients.admission.enter(self.transport)

    def onOpen(self) -> None:
        """The handshake is done: let the client in or not."""
        factory = self.factory
        # An idle client is kept small: without what the handshake leaves behind, and without the block that an empty
        # queue takes; nothing is written in autobahn's own pieces.
        self.http_request_data = b""
        self.http_response_data = ""
        self.http_headers = {}
        self.send_queue = []
        self._transport_details = None
        self.trafficStats = factory.traffic_stats
        self.client = factory.clients.connect(factory.audience, self.transport, self._place.usage, self._hang_up)
        self.client.outbox.wait_until_drained()  # the answer to the handshake
        self.transport = _BetweenMessages(self, self.client.outbox)
        factory.clients.admit(self.client)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the stream; what is no WebSocket ends the connection."""
        super().dataReceived(data)
        if self.client is None:
            return
        if self.failedByMe and self.client.session.is_open:  # else it fails after a goodbye, and there is no reason
            reason: Any = self.localCloseReason
            self.client.send_away(ProtocolError(reasons.WEBSOCKET_FAULT, detalle=reason.decode()))
        self.client.has_sent(len(data))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take one message."""
        assert self.client is not None
        if payload and isBinary == payload.startswith(b"{"):
            self.client.send_away(ProtocolError(reasons.WRONG_WEBSOCKET_KIND))
        else:
            self.client.payload_received(payload)

    def onAutoPingTimeout(self) -> None:
        """A peer that is behind may not have got the ping yet; its outbox sees to whether it takes anything. And of one
        that is not read from the answer is not either, until it is again.
        """
        if self.client is None:  # it is gone: of a thousand timers at once, autobahn calls cancelled ones too
            return
        outbox = self.client.outbox
        if outbox.is_reading and not outbox.is_behind:
            super().onAutoPingTimeout()

    def sendCloseFrame(self, *args: Any, **kwargs: Any) -> None:
        """Say goodbye as a WebSocket does. Nothing may follow it."""
        super().sendCloseFrame(*args, **kwargs)
        if self.client is not None:
            self.client.outbox.stop_sending()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the client."""
        super().connectionLost(reason)
        if self.client is not None:
            self.client.lost()
        self._place.leave()
        self.client = self.transport = self.is_closed = None  # each refers to this one: no reference cycle may stay

    def _hang_up(self) -> None:
        self.sendClose(NORMAL_CLOSURE)


class _BetweenMessages:
    """The transport, as autobahn has it while a client is connected."""

    __slots__ = ("_outbox", "_socket")

    def __init__(self, socket: CanvasSocket, outbox: Outbox) -> None:
        self._socket = socket
        self._outbox = outbox

    def write(self, data: bytes) -> None:
        """Whole frames."""
        self._outbox.send_control(data)

    def loseConnection(self) -> None:
        """Both sides have said goodbye."""
        self._outbox.leave()

    def abortConnection(self) -> None:
        """The same, or the peer has not answered; autobahn says it in either case."""
        if self._socket.wasClean:
            self._outbox.leave()
        else:
            self._outbox.abort()

    def unregisterProducer(self) -> None:
        """The outbox does, when it is time."""


def limit(factory: WebSocketServerFactory, max_payload: int) -> None:
    """Set what autobahn's factory leaves open."""
    factory.setProtocolOptions(
        maxFramePayloadSize=max_payload,
        maxMessagePayloadSize=max_payload,
        # Say why before hanging up.
        failByDrop=False,
        openHandshakeTimeout=limits.HANDSHAKE_SECONDS,
        closeHandshakeTimeout=limits.GOODBYE_SECONDS,
        autoPingInterval=limits.PING_SECONDS,
        autoPingTimeout=limits.PONG_SECONDS,
        # Origins are checked before a request comes here. Compression is not offered: boards are packed already,
        # changes are too short for it, and it would cost each client more memory than everything else of it.
        allowNullOrigin=True,
        webStatus=False,
    )
    # autobahn copies its thirty options to each socket that has none of its own: let its class have them. (And it
    # formats a list of them for its log, whether that is kept or not, which takes a fifth of the time of joining.)
    options = {name: getattr(factory, name) for name in LimitedSocket.CONFIG_ATTRS}
    options |= {name: staticmethod(value) for name, value in options.items() if callable(value)}
    options["CONFIG_ATTRS"] = ()
    limited: Any = type(factory.protocol.__name__, (factory.protocol,), options)
    factory.protocol = limited


class CanvasSocketFactory(WebSocketServerFactory):
    """Makes the clients of a board that come by WebSocket.

    :ivar clients: these and those of every other wire to the board.
    :ivar audience: those of this wire that are told together.
    """

    protocol = CanvasSocket
    noisy = False

    def __init__(self, clients: Clients, max_payload: int, reactor: IReactorTime) -> None:
        super().__init__(server="", reactor=reactor)
        limit(self, max_payload)
        self.traffic_stats = TrafficStats()  # nobody looks at it; one does for all
        self.clients = clients
        self.audience = clients.audience("websocket", self._frame)

    def _frame(self, payload: bytes) -> bytes:
        prepared = self.prepareMessage(payload, isBinary=not payload.startswith(b"{"), doNotCompress=True)
        return bytes(prepared.payloadHybi)


class SocketPage(WebSocketResource):
    """``/ws``: hands the connection over to WebSocket."""

    def __init__(
        self, factory: WebSocketServerFactory, is_welcome: Callable[[bytes | None, bytes | None], bool]
    ) -> None:
        """:param is_welcome: from the headers Origin and Host to whether such a page may connect."""
        super().__init__(factory)
        self._is_welcome = is_welcome

    def render(self, request: Any) -> int:
        """Open a WebSocket, unless it is none, or one of a page from elsewhere."""
        if request.postpath:
            return Page().show(request)
        if request.method != b"GET":
            request.setHeader(b"Allow", b"GET")
            return refuse(request, HTTPStatus.METHOD_NOT_ALLOWED, "use GET")
        if (request.getHeader(b"Upgrade") or b"").lower() != b"websocket":
            request.setHeader(b"Upgrade", b"websocket")
            return refuse(request, HTTPStatus.UPGRADE_REQUIRED, "connect with WebSocket")
        origin = request.getHeader(b"Origin")
        if not self._is_welcome(origin, request.getHeader(b"Host")):
            return refuse(
                request, HTTPStatus.FORBIDDEN, "pages of other sites may connect only with dcc serve --origin"
            )
        # The channel of the requests is told by the transport how full it is; from now on it is the outbox.
        request.channel.transport.unregisterProducer()
        request.channel.hand_over()
        outcome = int(super().render(request))
        request.channel.requests.clear()  # neither is needed any more, and each would keep the other
        return outcome
