"""What the web port serves, and where."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from dcc.server.addresses import AddressUsage, address_may_change
from dcc.server.clients import Clients, configure_transport
from dcc.server.open_files import RefusedConnection
from dcc.server.web.board_pages import Health, Info, Picture, Pixel
from dcc.server.web.channel import Channel, Page, StrictSite, turn_away
from dcc.server.web.metrics import LoopLag, Metrics
from dcc.server.web.origins import Origin, Origins
from dcc.server.web.page_files import put, put_files
from dcc.server.web.websocket import CanvasSocketFactory, SocketPage


class CountedChannel(Channel):
    """A connection that counts as one of its address while it speaks HTTP.

    :ivar clients: they count it with their own.
    """

    clients: Clients
    _source: AddressUsage | None = None
    _address_may_change = False

    def connectionMade(self) -> None:
        """Count it."""
        super().connectionMade()
        configure_transport(self.transport)
        self._source = self.clients.addresses.enter(self.transport.getPeer())
        self._address_may_change = address_may_change(self.transport)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of a request; before the first one a proxy has told where it comes from."""
        if self._address_may_change:
            self._address_may_change = False
            self._source, reason = self.clients.change_address(self._source, self.transport.getPeer())
            if reason:
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(reason))
        super().dataReceived(data)

    def hand_over(self) -> None:
        """The WebSocket counts by itself."""
        self._leave()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is gone."""
        super().connectionLost(reason)
        self._leave()

    def _leave(self) -> None:
        self.clients.addresses.leave(self._source)
        self._source = None


class CanvasSite(StrictSite):
    """The web port of a board."""

    def __init__(self, clients: Clients, max_payload: int, origins: Iterable[Origin], reactor: Any) -> None:
        """
        :param max_payload: the longest message taken from a client, in bytes.
        :param origins: whose pages may connect, besides our own.
        """
        self._lag = LoopLag(reactor)
        self._clients = clients
        root = Page()
        put_files(root)
        put(root, ("board.png",), Picture(clients.board, reactor))
        put(root, ("healthz",), Health(clients.board))
        put(root, ("metrics",), Metrics(clients, self._lag))
        put(root, ("api", "info"), Info(clients.board))
        put(root, ("api", "pixel"), Pixel(clients.board))
        sockets = CanvasSocketFactory(clients, max_payload, reactor)
        root.putChild(b"ws", SocketPage(sockets, Origins(origins).is_welcome))
        super().__init__(root, reactor)
        self.protocol = CountedChannel

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """One more connection, where there is room."""
        if reason := self._clients.refusal_reason(addr):
            return RefusedConnection(turn_away(HTTPStatus.SERVICE_UNAVAILABLE, str(reason)))
        channel: Any = super().buildProtocol(addr)
        channel.clients = self._clients
        return channel

    def startFactory(self) -> None:
        """Called before the port listens."""
        super().startFactory()
        self._lag.start()

    def stopFactory(self) -> None:
        """Called when the port is closed."""
        self._lag.stop()
        super().stopFactory()
