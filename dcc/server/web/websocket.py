"""The protocol over WebSocket: JSON in text messages, payloads that begin with an opcode in binary ones.

autobahn parses what a client sends, and writes pings, pongs and closing frames. Messages go out through the client's
outbox, framed once for all clients, and what autobahn writes goes between two messages.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.protocol import TrafficStats
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from txaio.tx import make_logger

from dcc import limits, reasons
from dcc.errors import DccError, ProtocolError
from dcc.server.addresses import spell_address
from dcc.server.admission import Place
from dcc.server.client import Client
from dcc.server.clients import Clients
from dcc.server.outbox import Outbox
from dcc.server.web.channel import Page, answer_json, refuse, wants_json
from dcc.server.web.signed_in import SignIn

HANDSHAKE_SECONDS = 5.0
"""How long the opening of a WebSocket may take after its request was read."""

PING_SECONDS = 30.0
"""How often a quiet client is sent a ping: many proxies end a connection after 60 seconds without a byte."""

PONG_SECONDS = 20.0
"""How long a client may take to send anything after a ping."""

DROPPED_BYTES = 1024 * 1024
"""How much is read and dropped of a client after our closing frame: more than any client has on its way."""

_PIECE_BYTES = 4096
"""How much of one read autobahn gets at a time. autobahn copies the rest of the piece at every frame: 64 KiB of tiny
frames in one piece would cost a third of a gigabyte of copying."""

_NORMAL_CLOSURE = 1000
"""RFC 6455, section 7.4.1."""


class LimitedSocket(WebSocketServerProtocol):
    """A WebSocket that bounds what autobahn keeps of a client's data."""

    log = make_logger("error")  # the console reports the faults of clients
    transport: Any
    _dropped = 0

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the stream and give it to autobahn in pieces that cost little to copy.

        After its own closing frame autobahn reads on and keeps all of a ping that is too long, so only `DROPPED_BYTES`
        more are taken. After the client's closing frame autobahn keeps everything, so nothing is taken.
        """
        if self.state == self.STATE_CLOSED:
            return
        if self.state == self.STATE_CLOSING:
            self._dropped += len(data)
            if self._dropped > DROPPED_BYTES:
                self.transport.abortConnection()
                return
        for start in range(0, len(data), _PIECE_BYTES):
            super().dataReceived(data[start : start + _PIECE_BYTES])

    def onMessageFrame(self, payload: Any) -> None:
        """Drop empty pieces: a message may have any number of empty frames, which count for no limit."""
        pieces: Any = [piece for piece in payload if piece]  # autobahn gives and expects a list, and annotates bytes
        super().onMessageFrame(pieces)


class CanvasSocket(LimitedSocket):
    """One client on WebSocket."""

    client: Client | None = None
    _acknowledged: int | None = None  # at the last ping without an answer in time
    address: IAddress | None = None
    """Of the client, until the client is let in; likewise the next."""
    signed_in = ""
    """The name that a proxy has signed in; empty if none has."""
    _place: Place
    send_queue: Any
    is_closed: Any
    _transport_details: Any

    def connectionMade(self) -> None:
        """Count the connection, also if the handshake fails."""
        super().connectionMade()
        admission = self.factory.clients.admission
        self._place = admission.enter(self.transport, self.address)

    def onOpen(self) -> None:
        """Let the client in, or send the client away with a reason: the handshake is done."""
        factory = self.factory
        # An idle client stays small without the remains of the handshake and without the block of an empty deque, in
        # which autobahn would queue pieces of frames.
        self.http_request_data = b""
        self.http_response_data = ""
        self.http_headers = {}
        self.send_queue = []
        self._transport_details = None
        self.trafficStats = factory.traffic_stats
        self.client = factory.clients.connect(factory.audience, self.transport, self._place.usage, self._hang_up)
        if self.address is not None and self.address != self.transport.getPeer():  # a proxy brought the client
            self.client.set_address(self.address, self._place.usage)
        self.address = None
        if self.signed_in:
            self.client.sign_in(self.signed_in)
            del self.signed_in
        self.client.outbox.wait_until_drained()  # the answer to the handshake
        self.transport = _BetweenMessages(self, self.client.outbox)
        factory.clients.admit(self.client)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the stream. A fault ends the connection with a reason."""
        super().dataReceived(data)
        if self.client is None:
            return
        if self.failedByMe and self.client.session.is_open:  # a fault after a goodbye has no reason to send
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
        """Cut off a client that has not answered, unless the ping or the answer may be waiting here.

        While a client is behind, the outbox limits the time; while a client is not read from, nobody sees the answer;
        while the client's machine takes bytes, the ping may be on its way.
        """
        if self.client is None:  # the client left: autobahn calls timers by the thousand, cancelled ones too
            return
        outbox = self.client.outbox
        if not outbox.is_reading or outbox.is_behind:
            return
        acknowledged = outbox.acknowledged_bytes()
        if acknowledged == self._acknowledged:
            super().onAutoPingTimeout()
            return
        # On a slow line the ping stands in the kernel behind megabytes of a board.
        self._acknowledged = acknowledged
        self.autoPingTimeoutCall = self.factory._batched_timer.call_later(PONG_SECONDS, self.onAutoPingTimeout)

    def sendCloseFrame(self, *args: Any, **kwargs: Any) -> None:
        """Send our closing frame, after which nothing is sent."""
        super().sendCloseFrame(*args, **kwargs)
        if self.client is not None:
            self.client.outbox.stop_sending()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the client."""
        super().connectionLost(reason)
        if self.client is not None:
            self.client.lost()
        self._place.leave()
        self.client = self.transport = self.is_closed = None  # each of them refers to this socket

    def _hang_up(self) -> None:
        self.sendClose(_NORMAL_CLOSURE)


class _BetweenMessages:
    """The transport that autobahn writes to while a client is connected: the outbox, between two messages."""

    __slots__ = ("_outbox", "_socket")

    def __init__(self, socket: CanvasSocket, outbox: Outbox) -> None:
        self._socket = socket
        self._outbox = outbox

    def write(self, data: bytes) -> None:
        """Send whole frames."""
        self._outbox.send_control(data)

    def loseConnection(self) -> None:
        """End the connection after both closing frames."""
        self._outbox.leave()

    def abortConnection(self) -> None:
        """End the connection after both closing frames, or at once; autobahn calls this method for either."""
        if self._socket.wasClean:
            self._outbox.leave()
        else:
            self._outbox.abort()

    def unregisterProducer(self) -> None:
        """Do nothing: the outbox unregisters itself when everything is sent."""


def limit(factory: WebSocketServerFactory, max_payload: int) -> None:
    """Set autobahn's options: by default messages have no limit, pings are off, and every origin may connect."""
    factory.setProtocolOptions(
        maxFramePayloadSize=max_payload,
        maxMessagePayloadSize=max_payload,
        # Send a closing frame with the reason before the connection ends.
        failByDrop=False,
        openHandshakeTimeout=HANDSHAKE_SECONDS,
        closeHandshakeTimeout=limits.GOODBYE_SECONDS,
        autoPingInterval=PING_SECONDS,
        autoPingTimeout=PONG_SECONDS,
        # SocketPage checks origins. Compression is not offered: boards are packed already, changes are too short for
        # compression, and compression would cost each client more memory than everything else of the client.
        allowNullOrigin=True,
        webStatus=False,
    )
    # autobahn copies thirty options to each socket, and formats a list of the options for a log even when the log is
    # off, which takes a fifth of the time of a join. A class that has the options as attributes avoids both.
    options = {name: getattr(factory, name) for name in LimitedSocket.CONFIG_ATTRS}
    options |= {name: staticmethod(value) for name, value in options.items() if callable(value)}
    options["CONFIG_ATTRS"] = ()
    limited: Any = type(factory.protocol.__name__, (factory.protocol,), options)
    factory.protocol = limited


class CanvasSocketFactory(WebSocketServerFactory):
    """Makes the sockets of a board's clients.

    :ivar clients: the clients of the board, on all wires.
    :ivar audience: the clients on WebSocket that are sent the same bytes.
    """

    protocol = CanvasSocket
    noisy = False

    def __init__(self, clients: Clients, max_payload: int, reactor: IReactorTime) -> None:
        super().__init__(server="", reactor=reactor)
        limit(self, max_payload)
        self.traffic_stats = TrafficStats()  # autobahn needs one; nobody reads the figures, so all sockets share it
        self.clients = clients
        self.audience = clients.audience("websocket", self._frame)

    def _frame(self, payload: bytes) -> bytes:
        prepared = self.prepareMessage(payload, isBinary=not payload.startswith(b"{"), doNotCompress=True)
        return bytes(prepared.payloadHybi)


class _ForClient:
    """Makes the socket of a client whose address is known, and perhaps the name."""

    def __init__(self, factory: WebSocketServerFactory, address: IAddress, name: str) -> None:
        self._factory = factory
        self._address = address
        self._name = name

    def buildProtocol(self, _peer: IAddress) -> Any:
        socket: Any = self._factory.buildProtocol(self._address)
        socket.address = self._address
        if self._name:
            socket.signed_in = self._name
        return socket


class SocketPage(Page):
    """``/ws``: hands connections over to WebSocket, and tells a page why its connection is refused.

    A page cannot see the answer to its WebSocket. Therefore the page asks the same path with ``Accept:
    application/json`` and its own origin in ``X-Dcc-Origin``, and gets the refusal, or the address that the server
    counts the page by.
    """

    isLeaf = True

    def __init__(
        self,
        factory: WebSocketServerFactory,
        refusal: Callable[[bytes | None, bytes | None], DccError | None],
        sign_in: SignIn,
    ) -> None:
        """
        :param refusal: from the header Origin and the host to why such a page may not connect, if so.
        :param sign_in: tells the names that a proxy has signed in.
        """
        super().__init__()
        self._factory = factory
        self._refusal = refusal
        self._sign_in = sign_in

    def render(self, request: Any) -> int:
        """Open a WebSocket, or refuse: a request of another kind, or one of a page from elsewhere."""
        if request.postpath:
            return Page().show(request)
        if request.method != b"GET":
            request.setHeader(b"Allow", b"GET")
            return refuse(request, HTTPStatus.METHOD_NOT_ALLOWED, "use GET")
        is_handshake = (request.getHeader(b"Upgrade") or b"").lower() == b"websocket"
        if not is_handshake and not wants_json(request):
            request.setHeader(b"Upgrade", b"websocket")
            return refuse(request, HTTPStatus.UPGRADE_REQUIRED, "connect with WebSocket")
        origin = request.getHeader(b"Origin")
        if origin is None and not is_handshake:
            origin = request.getHeader(b"X-Dcc-Origin")  # requests of a page to its own host have no Origin
        refusal = self._refusal(origin, request.authority)
        if refusal is not None:
            return refuse(request, HTTPStatus.FORBIDDEN, refusal)
        try:
            name = self._sign_in.name(request.channel.transport.getPeer(), request.requestHeaders)
        except ProtocolError as error:
            return refuse(request, HTTPStatus.BAD_REQUEST, error)
        if not is_handshake:
            words = {"direccion": spell_address(request.channel.client_address())}
            return answer_json(request, words | ({"nombre": name} if name else {}))
        # Until now the transport told the channel when its buffer was full; from now on the transport tells the outbox.
        request.channel.transport.unregisterProducer()
        factory: Any = _ForClient(self._factory, request.channel.hand_over(), name)
        outcome = int(WebSocketResource(factory).render(request))
        request.channel.requests.clear()  # the request and the channel refer to each other
        return outcome
