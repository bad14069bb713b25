"""The web port: its pages and their paths."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from dcc import limits
from dcc.server.admission import Admission, Place, RefusedConnection
from dcc.server.clients import Clients
from dcc.server.web.board_pages import Health, Info, Picture, Pixel
from dcc.server.web.channel import Channel, Page, StrictSite, refusal_answer
from dcc.server.web.metrics import LoopLag, Metrics
from dcc.server.web.origins import Origin, Origins
from dcc.server.web.page_files import put, put_files
from dcc.server.web.websocket import CanvasSocketFactory, SocketPage


class AdmittedChannel(Channel):
    """A connection with a place while the connection speaks HTTP.

    :ivar admission: decides whether the connection may stay.
    """

    admission: Admission
    _place: Place | None = None

    def connectionMade(self) -> None:
        """Take a place."""
        super().connectionMade()
        self._place = self.admission.enter(self.transport)

    def dataReceived(self, data: bytes) -> None:
        """Handle a piece of a request."""
        if self._place is not None and self._place.address_may_change:
            refusal = self._place.find_address(self.transport.getPeer())
            if refusal is not None:
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(refusal))
        super().dataReceived(data)

    def hand_over(self) -> None:
        """Leave the place: the WebSocket takes a place of its own."""
        self._leave()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leave the place: the connection is gone."""
        super().connectionLost(reason)
        self._leave()

    def _leave(self) -> None:
        if self._place is not None:
            self._place.leave()
            self._place = None


class CanvasSite(StrictSite):
    """The web port of a board."""

    def __init__(self, clients: Clients, origins: Iterable[Origin], reactor: Any) -> None:
        """:param origins: sites whose pages may connect, besides our own."""
        self._admission = clients.admission
        self._lag = LoopLag(reactor)
        board = clients.board
        root = Page()
        put_files(root)
        put(root, ("board.png",), Picture(board, reactor))
        put(root, ("healthz",), Health(board))
        put(root, ("metrics",), Metrics(clients, self._lag))
        put(root, ("api", "info"), Info(board))
        put(root, ("api", "pixel"), Pixel(board))
        sockets = CanvasSocketFactory(clients, limits.CLIENT_PAYLOAD_BYTES, reactor)
        root.putChild(b"ws", SocketPage(sockets, Origins(origins).is_welcome))
        super().__init__(root, reactor)
        self.protocol = AdmittedChannel

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make the protocol of one more connection, or refuse the connection."""
        refusal = self._admission.refusal(addr)
        if refusal is not None:
            return RefusedConnection(refusal_answer(HTTPStatus.SERVICE_UNAVAILABLE, str(refusal)))
        channel: Any = super().buildProtocol(addr)
        channel.admission = self._admission
        return channel

    def startFactory(self) -> None:
        """Start measuring: the port is about to listen."""
        super().startFactory()
        self._lag.start()

    def stopFactory(self) -> None:
        """Stop measuring: the port is closed."""
        self._lag.stop()
        super().stopFactory()
