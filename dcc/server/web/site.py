"""The web port: its pages and their paths."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from dcc import limits, reasons
from dcc.errors import DccError
from dcc.reasons import Reason
from dcc.server.admission import Place, RefusedConnection
from dcc.server.clients import Clients
from dcc.server.web.board_pages import Health, Info, Picture, Pixel
from dcc.server.web.channel import Channel, Page, StrictRequest, StrictSite, refusal_answer
from dcc.server.web.hosts import KnownHosts
from dcc.server.web.join import JoinCode, JoinLink, Links
from dcc.server.web.metrics import LoopLag, Metrics
from dcc.server.web.origins import Origins
from dcc.server.web.page_files import put, put_files
from dcc.server.web.settings import WebSettings
from dcc.server.web.signed_in import SignIn
from dcc.server.web.websocket import CanvasSocketFactory, SocketPage


class AdmittedChannel(Channel):
    """A connection with a place while the connection speaks HTTP.

    A connection from a trusted proxy counts nowhere; each of its requests counts as a connection of the person who sent
    the request, until the request is answered. Without a header that is the proxy itself: a proxy that names nobody
    must not lift the limits.

    :ivar site: decides whether the connection may stay.
    """

    site: CanvasSite
    _place: Place | None = None
    _person: IAddress | None = None
    """Sent the request that is being answered, if a proxy brought it."""

    def connectionMade(self) -> None:
        """Take a place."""
        super().connectionMade()
        self._place = self.site.admission.enter(self.transport, self._counted_peer())

    def dataReceived(self, data: bytes) -> None:
        """Handle a piece of a request."""
        if self._place is not None and self._place.address_may_change:
            refusal = self._place.find_address(self._counted_peer())
            if refusal is not None:
                self.site.admission.sent_away[refusal.code] += 1
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(refusal))
        super().dataReceived(data)

    def _counted_peer(self) -> IAddress | None:
        peer: IAddress = self.transport.getPeer()
        return None if self.site.proxies.include(peer) else peer

    def count_request(self, request: StrictRequest) -> DccError | None:
        """Count a request from a proxy as a connection of the person who sent the request.

        :return: why the request may not be answered, if so.
        :raises ValueError: see :meth:`dcc.server.web.forwarded.TrustedProxies.person`.
        """
        peer: IAddress = self.transport.getPeer()
        if self._place is None or not self.site.proxies.include(peer):
            return None
        self._person = self.site.proxies.person(peer, request.requestHeaders)
        refusal = self._place.find_address(self._person)
        if refusal is not None:
            self.site.admission.sent_away[refusal.code] += 1
        return refusal

    def requestDone(self, request: StrictRequest) -> None:
        """Count the connection as the proxy's again, and go on to the next request."""
        if self._person is not None and self._place is not None:
            self._person = None
            self._place.find_address(None)
        super().requestDone(request)

    def client_address(self) -> IAddress:
        """Return the address of the person, if a proxy brought the request."""
        return self._person or super().client_address()

    def hand_over(self) -> IAddress:
        """Leave the place: the WebSocket takes a place of its own."""
        self._leave()
        return super().hand_over()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leave the place: the connection is gone."""
        super().connectionLost(reason)
        self._leave()

    def _leave(self) -> None:
        if self._place is not None:
            self._place.leave()
            self._place = None


class CanvasSite(StrictSite):
    """The web port of a board.

    :ivar admission: decides whether a connection may stay.
    :ivar proxies: proxies that are believed.
    """

    def __init__(self, clients: Clients, settings: WebSettings, reactor: Any, link: str | None = None) -> None:
        """:param link: to the page, for other machines; nothing if no link leads there."""
        self.admission = clients.admission
        self._console = clients.console
        self.proxies = settings.proxies
        self._hosts = KnownHosts((*settings.hosts, *(host for _scheme, host, _port in settings.origins)))
        self._lag = LoopLag(reactor)
        board = clients.board
        root = Page()
        put_files(root, settings.embedders)
        put(root, ("board.png",), Picture(board, reactor))
        put(root, ("healthz",), Health(board))
        put(root, ("metrics",), Metrics(clients, self._lag, reactor))
        put(root, ("api", "info"), Info(board))
        links = Links(link, settings.proxies)
        put(root, ("api", "join"), JoinLink(links))
        put(root, ("join.svg",), JoinCode(links))
        put(root, ("api", "pixel"), Pixel(board))
        sockets = CanvasSocketFactory(clients, limits.CLIENT_PAYLOAD_BYTES, reactor)
        sign_in = SignIn(settings.user_header, settings.proxies)
        put(root, ("ws",), SocketPage(sockets, Origins(settings.origins).refusal, sign_in))
        super().__init__(root, reactor, settings.stall_seconds)
        self.protocol = AdmittedChannel

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make the protocol of one more connection, or refuse the connection."""
        refusal = self.admission.refusal(None if self.proxies.include(addr) else addr)
        if refusal is not None:
            return RefusedConnection(refusal_answer(HTTPStatus.SERVICE_UNAVAILABLE, str(refusal)))
        return super().buildProtocol(addr)

    def refusal(self, request: Any) -> tuple[HTTPStatus, DccError | str] | None:
        """Refuse requests for hosts that are not ours, people with too many connections, and strange proxies."""
        if request.named_host is not None and not self._hosts.include(request.named_host):
            name = request.named_host.name
            return HTTPStatus.MISDIRECTED_REQUEST, DccError(reasons.UNKNOWN_HOST, host=name, opcion=f"--host {name}")
        try:
            refusal = request.channel.count_request(request)
        except ValueError as error:
            return HTTPStatus.BAD_REQUEST, str(error)
        return None if refusal is None else (HTTPStatus.SERVICE_UNAVAILABLE, refusal)

    def spoken_to_otherwise(self, reason: Reason, here: IAddress) -> None:
        """Tell the operator which option helps."""
        self.admission.sent_away[reason.code] += 1
        self._console.spoken_to_otherwise(reason, "--http", here)

    def startFactory(self) -> None:
        """Start measuring: the port is about to listen."""
        super().startFactory()
        self._hosts.look_up_own_names()
        self._lag.start()

    def stopFactory(self) -> None:
        """Stop measuring: the port is closed."""
        self._lag.stop()
        super().stopFactory()
