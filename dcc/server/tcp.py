"""The protocol on TCP: frames in, frames out."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.python.failure import Failure

from dcc import limits
from dcc.board.board import Board
from dcc.board.session import Session
from dcc.errors import ProtocolError
from dcc.protocol import version1
from dcc.protocol.frames import FrameDecoder, frame
from dcc.protocol.messages import Closing
from dcc.server.addresses import DEFAULT_QUOTAS, Quotas, address_may_change
from dcc.server.clients import Client, Clients, configure_transport
from dcc.server.console import Console
from dcc.server.open_files import RefusedConnection


class CanvasProtocol(Protocol):
    """One client on TCP.

    :ivar client: the client, while it is connected.
    """

    client: Client
    transport: Any  # a socket, TLS on top of one, or something else that a port of Twisted has

    def __init__(self, factory: CanvasFactory) -> None:
        self._factory = factory
        self._decoder = FrameDecoder(factory.max_payload)

    @property
    def session(self) -> Session:
        """The client's conversation."""
        return self.client.session

    def connectionMade(self) -> None:
        """Let the client in or not."""
        transport, clients = self.transport, self._factory.clients
        configure_transport(transport)
        self._source = clients.addresses.enter(transport.getPeer())
        self._address_may_change = address_may_change(transport)
        self.client = clients.connect(self._factory.audience, transport, self._source)
        self._factory.protocols[self.client.client_id] = self
        clients.admit(self.client)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the stream, wherever it breaks."""
        client, session = self.client, self.client.session
        if self._address_may_change:
            self._find_address()
        if not session.is_open:
            return
        self._decoder.feed(data)
        try:
            while session.is_open and (payload := self._decoder.next_payload()) is not None:
                client.payload_received(payload)
        except ProtocolError as error:
            client.send_away(error)
        client.has_sent(len(data))

    def _find_address(self) -> None:
        """Something came through a proxy: now it has told from where."""
        self._address_may_change = False
        address = self.transport.getPeer()
        self._source, reason = self._factory.clients.change_address(self._source, address)
        self.client.set_address(address, self._source)
        if reason:
            self.client.send_away(reason)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Forget the client."""
        del self._factory.protocols[self.client.client_id]
        self.client.lost()
        self._factory.clients.addresses.leave(self._source)


class CanvasFactory(ServerFactory):
    """Keeps the connected protocols and the board.

    :ivar protocols: the clients connected now, by their id.
    :ivar board: what they share.
    :ivar clients: the same and those of every other wire to this board.
    :ivar audience: those of this wire that are told together.
    """

    noisy = False  # the console has lines of its own

    def __init__(
        self,
        board: Board,
        console: Console,
        clock: IReactorTime,
        *,
        max_payload: int = limits.CLIENT_PAYLOAD_BYTES,
        max_clients: int | None = None,
        stall_seconds: float = limits.STALL_SECONDS,
        quotas: Quotas = DEFAULT_QUOTAS,
    ) -> None:
        """
        :param max_payload: the longest payload taken from a client, in bytes.
        :param max_clients: see :class:`~dcc.server.clients.Clients`.
        :param stall_seconds: see :class:`~dcc.server.clients.Clients`.
        :param quotas: what a client may have.
        """
        self.board = board
        self.max_payload = max_payload
        self.protocols: dict[int, CanvasProtocol] = {}
        self.clients = Clients(
            board, console, clock, max_clients=max_clients, stall_seconds=stall_seconds, quotas=quotas
        )
        self.audience = self.clients.audience("tcp", frame)

    def buildProtocol(self, addr: IAddress | None) -> CanvasProtocol | RefusedConnection:
        """One more client, where there is room."""
        if reason := self.clients.refusal_reason(addr):
            return RefusedConnection(frame(version1.encode_closing(Closing(str(reason), reason.code, reason.values))))
        return CanvasProtocol(self)
