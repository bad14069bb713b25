"""The protocol on TCP: frames in, frames out; and what every client on a stream of bytes shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.python.failure import Failure

from dcc import limits, reasons
from dcc.board.session import Session
from dcc.errors import ProtocolError
from dcc.protocol import version1
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import Closing
from dcc.reasons import Reason
from dcc.server.addresses import AddressUsage
from dcc.server.admission import RefusedConnection
from dcc.server.client import Client
from dcc.server.clients import Clients
from dcc.server.first_words import for_programs


class ClientProtocol(Protocol, ABC):
    """A client on a stream of bytes.

    :cvar option: chooses the port.
    :ivar client: the client, while connected.
    """

    option: ClassVar[str]
    client: Client
    transport: Any  # a socket, TLS on top of one, or something else that a port of Twisted has

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._is_first = True  # the next piece of the stream is the first one

    @property
    def session(self) -> Session:
        """The client's conversation."""
        return self.client.session

    def connectionMade(self) -> None:
        """Add the client, and let the client in or not."""
        self._place = self._clients.admission.enter(self.transport, self.transport.getPeer())
        self.client = self.connect(self._place.usage)
        self._clients.admit(self.client)

    @abstractmethod
    def connect(self, usage: AddressUsage | None) -> Client:
        """Make the client; see :meth:`dcc.server.clients.Clients.connect`."""

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Handle a piece of the stream, of any length, while the session is open; and count it, see
        :meth:`dcc.server.client.Client.has_sent`.
        """

    def dataReceived(self, data: bytes) -> None:
        """Handle a piece of the stream, of any length."""
        client = self.client
        if self._place.address_may_change:
            self._find_address()
        if not client.session.is_open:
            return
        if self._is_first:
            self._is_first = False
            if reason := for_programs(data):
                self._speaks_otherwise(reason)
                return
        self.received(data)

    def _speaks_otherwise(self, reason: Reason) -> None:
        error = ProtocolError(reason)
        if reason is reasons.HTTP_HERE:
            self._answer_browser(error)
        self._clients.console.spoken_to_otherwise(reason, self.option, self.transport.getHost())
        self.client.send_away(error)

    def _answer_browser(self, error: ProtocolError) -> None:
        """Say in HTTP that the page is elsewhere. The message of the protocol that follows is beyond the answer."""
        words = f"400 Bad Request: {error}\n".encode()
        head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        self.client.outbox.send_control(b"%bContent-Length: %d\r\n\r\n%b" % (head.encode(), len(words), words))

    def _find_address(self) -> None:
        address = self.transport.getPeer()
        refusal = self._place.find_address(address)
        self.client.set_address(address, self._place.usage)
        if refusal is not None:
            self.client.send_away(refusal)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Forget the client."""
        self.client.lost()
        self._place.leave()


class CanvasProtocol(ClientProtocol):
    """A client on TCP."""

    option = "--port"

    def __init__(self, factory: CanvasFactory) -> None:
        super().__init__(factory.clients)
        self._factory = factory
        self._decoder = FrameDecoder(limits.CLIENT_PAYLOAD_BYTES)

    def connect(self, usage: AddressUsage | None) -> Client:
        """See :class:`ClientProtocol`."""
        client = self._clients.connect(self._factory.audience, self.transport, usage)
        self._factory.protocols[client.client_id] = self
        return client

    def received(self, data: bytes) -> None:
        """See :class:`ClientProtocol`."""
        client, session = self.client, self.client.session
        self._decoder.feed(data)
        try:
            while session.is_open and (payload := self._decoder.next_payload()) is not None:
                client.payload_received(payload)
        except ProtocolError as error:
            client.send_away(error)
        client.has_sent(len(data))

    def connectionLost(self, reason: Failure | None = None) -> None:
        """See :class:`ClientProtocol`."""
        del self._factory.protocols[self.client.client_id]
        super().connectionLost(reason)


class CanvasFactory(ServerFactory):
    """Keeps the connected protocols and the board.

    :ivar protocols: the clients connected by TCP now, by id.
    :ivar board: the shared board.
    :ivar clients: all clients of the board, over every wire.
    :ivar audience: the audience of this wire.
    """

    noisy = False  # the console has lines of its own

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.board = clients.board
        self.protocols: dict[int, CanvasProtocol] = {}
        self.audience = clients.audience("tcp", frame)

    def buildProtocol(self, addr: IAddress | None) -> CanvasProtocol | RefusedConnection:
        """Make the protocol of one more connection, or refuse the connection."""
        refusal = self.clients.admission.refusal(addr)
        if refusal is not None:
            return RefusedConnection(
                frame(version1.encode_closing(Closing(str(refusal), refusal.code, refusal.values)))
            )
        return CanvasProtocol(self)
