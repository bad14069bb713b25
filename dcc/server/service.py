"""The server as a service of Twisted: starts and stops everything in order."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IListeningPort, IReactorCore, IReactorTime

from dcc.board.board import Board
from dcc.errors import DccError, RecordError
from dcc.language import _
from dcc.record import open_record
from dcc.server.admission import Admission
from dcc.server.clients import Clients
from dcc.server.console import Console
from dcc.server.listening import address_for_others, admits_others, bound_address, link_for_others, listen
from dcc.server.open_files import raise_limit
from dcc.server.options import Options
from dcc.server.share import show_share
from dcc.server.tcp import CanvasFactory


class CanvasService(Service):
    """Opens the record and the ports, and closes everything in good order.

    :ivar board: while the service runs, as the following.
    :ivar clients: the clients of the board, over every wire.
    :ivar factory: the wire of the activity.
    :ivar port: the listening port.
    :ivar web_port: the port for browsers, if any.
    """

    board: Board
    clients: Clients
    factory: CanvasFactory
    port: IListeningPort
    web_port: IListeningPort | None = None

    def __init__(self, options: Options, reactor: Any) -> None:
        self._options = options
        self._reactor = reactor
        self._console = Console()

    def privilegedStartService(self) -> None:
        """Open the record and listen: after twistd has become a daemon, since SQLite survives no fork, and before
        twistd gives up its privileges.

        :raises DccError: the record or a port cannot be opened.
        """
        options, clock = self._options, cast(IReactorTime, self._reactor)
        self._console.starting()
        raise_limit(self._reactor)
        self._record = open_record(options.store, options.size, options.colours, self._reactor)
        self.board = Board(self._record, clock, time.time)
        self.clients = Clients(
            self.board,
            Admission(options.quotas, self._console, clock),
            self._console,
            clock,
            max_clients=options.max_clients,
            stall_seconds=options.stall_seconds,
            quotas=options.quotas,
        )
        self.factory = CanvasFactory(self.clients)
        self.port = listen(self._reactor, options.endpoint, self.factory)
        self._listen_for_browsers()
        # Said only when Ctrl+C is taken as it should be (see _stop_on_interrupt).
        cast(IReactorCore, self._reactor).callWhenRunning(self._say_where)
        super().privilegedStartService()

    def _listen_for_browsers(self) -> None:
        options = self._options
        if options.web_endpoint is None:
            return
        try:
            from dcc.server.web.site import CanvasSite
        except ImportError as error:
            if not options.is_web_required:  # --share goes on without a page
                return
            raise DccError(
                _("--http needs packages that are missing ({name}): pip install 'drawcolorcanvas[web]'").format(
                    name=error.name
                )
            ) from None
        site = CanvasSite(self.clients, options.origins, self._reactor)
        self.web_port = listen(self._reactor, options.web_endpoint, site)

    def _say_where(self) -> None:
        options, console = self._options, self._console
        page = None
        if self.web_port is not None and options.web_endpoint is not None:
            link = link_for_others(self.web_port, options.web_endpoint)
            page = link or options.web_endpoint.where
            if link is not None:
                console.serving_pages(link)
            else:
                console.serving_pages_on(page)
        console.listening(bound_address(self.port, options.endpoint))
        console.saving(None if options.store.path is None else Path(options.store.path).absolute())
        if options.is_shared:
            address = address_for_others(self.port, options.endpoint)
            show_share(sys.__stdout__, address, page, is_open=admits_others(self.web_port or self.port))

    @inlineCallbacks
    def stopService(self) -> Any:
        """Say goodbye to every client, record everything that was accepted, close."""
        super().stopService()
        is_well = self.board.fault is None
        self._console.stopping(is_saved=is_well and self._options.store.path is not None)
        yield self.port.stopListening()
        if self.web_port is not None:
            yield self.web_port.stopListening()
        yield self.clients.close()
        yield self.board.settle()
        self.board.stop()
        try:
            yield self._record.close()
        except RecordError as error:
            self._console.ended_badly(error)
            atexit.register(_end_with_fault)


def make_service(options: Options) -> CanvasService:
    """Make the service for these options, and prepare the process."""
    from twisted.internet import reactor

    sys.excepthook = _print_line
    service = CanvasService(options, reactor)
    cast(IReactorCore, reactor).callWhenRunning(_stop_on_interrupt, reactor)
    return service


def _print_line(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Say in one line why the server cannot start. (Raising SystemExit would leave twistd's pid file.)"""
    if isinstance(error, DccError):
        print(f"dcc serve: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


def _end_with_fault() -> None:
    """End with status 1, as the last step of the process: twistd ends with 0 whatever its services say."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(1)


def _stop_on_interrupt(reactor: Any) -> None:
    """Stop on Ctrl+C with exit status 0: Ctrl+C is the usual way to stop this server. (After a clean stop twistd would
    kill itself with the signal once more.) A second Ctrl+C ends a stop that hangs.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        reactor.callFromThread(reactor.stop)

    signal.signal(signal.SIGINT, stop)
