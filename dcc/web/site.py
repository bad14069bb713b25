"""What the web port serves, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.interfaces import IAddress

from dcc.clients import Clients
from dcc.descriptors import TurnedAway
from dcc.web.board_pages import Health, Info, Picture, Pixel
from dcc.web.files import put, put_files
from dcc.web.http import NO_ROOM, Page, StrictSite
from dcc.web.metrics import LoopLag, Metrics
from dcc.web.origins import Origin, Origins
from dcc.web.websocket import CanvasSocketFactory, SocketPage


class CanvasSite(StrictSite):
    """The web port of a board."""

    def __init__(self, clients: Clients, max_payload: int, origins: Iterable[Origin], reactor: Any) -> None:
        """
        :param max_payload: the longest message taken from a client, in bytes.
        :param origins: whose pages may connect, besides our own.
        """
        self._lag = LoopLag(reactor)
        self._descriptors = clients.descriptors
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

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """One more connection, where there is room."""
        return super().buildProtocol(addr) if self._descriptors.have_room() else TurnedAway(NO_ROOM)

    def startFactory(self) -> None:
        """Called before the port listens."""
        super().startFactory()
        self._lag.start()

    def stopFactory(self) -> None:
        """Called when the port is closed."""
        self._lag.stop()
        super().stopFactory()
