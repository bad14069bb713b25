"""The server as a service of Twisted: starts and stops everything in order."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, inlineCallbacks
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IListeningPort, IReactorCore, IReactorTime
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from dcc.board.board import Board
from dcc.board.record import Record
from dcc.core.addresses import hash_address
from dcc.core.people import KEY_BYTES, digest_key, spell_key
from dcc.errors import DccError, RecordError
from dcc.language import _
from dcc.monotonic import wait_monotonically
from dcc.operator_file import Operator, remove_operator, write_operator
from dcc.parsing import split_address
from dcc.record import open_record
from dcc.record.cluster import ClusterRecord
from dcc.record.joining import join
from dcc.server.admission import Admission
from dcc.server.beginning import News, begin
from dcc.server.clients import Clients
from dcc.server.console import Console
from dcc.server.listening import (
    LOCAL_ENDPOINT,
    Door,
    Endpoint,
    Unreachable,
    WebDoor,
    address_for_others,
    admits_others,
    bound_address,
    link_for_others,
    listen,
    listen_by_name,
    own_names_addresses,
    plain_address,
)
from dcc.server.log import file_log
from dcc.server.open_files import raise_limit
from dcc.server.options import Options
from dcc.server.pixelflut import PixelflutFactory
from dcc.server.share import show_owner, show_share
from dcc.server.systemd import Systemd
from dcc.server.tcp import CanvasFactory
from dcc.server.together import Together
from dcc.server.twisted_internals import close_port_now
from dcc.sheet import link_with_key
from dcc.stdout import complain

_WHITE = "#ffffff"


class CanvasService(Service):
    """Opens the ports and the record, and closes everything in good order.

    1. The ports open first, while twistd still has its privileges: if a port is taken, no file is made.
    2. The record opens last, after twistd has become a daemon, since SQLite survives no fork, and as the user that
       writes the record from then on. If the record cannot be opened, the ports are closed.
    3. Nobody is let in before the record is open: the reactor does not run yet.

    :ivar board: while the service runs, as the following.
    :ivar clients: the clients of the board, over every wire.
    :ivar factory: the wire of the activity.
    :ivar port: the listening port.
    :ivar web_port: the port for browsers, if any.
    :ivar pixelflut_port: the port for Pixelflut clients, if any.
    """

    board: Board
    clients: Clients
    factory: CanvasFactory
    port: IListeningPort
    web_port: IListeningPort | None = None
    pixelflut_port: IListeningPort | None = None
    _begun: Deferred[News]
    _record: Record
    _together: Together | None = None
    _operators_record: Path | None = None
    _is_stopping = False

    def __init__(self, options: Options, reactor: Any) -> None:
        self._options = options
        self._reactor = reactor
        self._console = Console(cast(IReactorTime, reactor), is_quiet=options.is_quiet)
        self._systemd = Systemd(cast(IReactorTime, reactor))
        self._ports: list[IListeningPort] = []
        self._doors: list[Door] = []  # of the wire of the activity
        self._web_door = WebDoor()
        self._pixelflut_door = Door()
        self._unreachable: list[Unreachable] = []

    def privilegedStartService(self) -> None:
        """Open the ports.

        :raises DccError: a port cannot be opened.
        """
        options = self._options
        raise_limit(self._reactor)
        try:
            self._open_ports(options.endpoint)
            if options.web_endpoint is not None and self._has_pages():
                self.web_port = listen(self._reactor, options.web_endpoint, self._web_door)
                self._ports.append(self.web_port)
            if options.pixelflut_endpoint is not None:
                self.pixelflut_port = listen(self._reactor, options.pixelflut_endpoint, self._pixelflut_door)
                self._ports.append(self.pixelflut_port)
        except DccError:
            self._close_ports_now()
            raise
        super().privilegedStartService()

    def _open_ports(self, endpoint: Endpoint) -> None:
        door = Door()
        self.port = listen(self._reactor, endpoint, door)
        self._ports.append(self.port)
        self._doors.append(door)
        if not endpoint.is_local:
            return
        for opened in listen_by_name(self._reactor, endpoint, self.port, own_names_addresses()):
            if isinstance(opened, Unreachable):
                self._unreachable.append(opened)
            else:
                self._ports.append(opened.port)
                self._doors.append(opened.door)

    def _has_pages(self) -> bool:
        """Whether the packages for browsers are there.

        :raises DccError: they are not, and the operator asked for the port.
        """
        try:
            import dcc.server.web.site  # noqa: F401
        except ImportError as error:
            if not self._options.is_web_required:  # --share goes on without a page
                return False
            raise DccError(
                _("--http needs packages that are missing ({name}): pip install 'drawcolorcanvas[web]'").format(
                    name=error.name
                )
            ) from None
        return True

    def startService(self) -> None:
        """Open the record, and let clients in.

        :raises DccError: the record cannot be opened.
        """
        options, clock = self._options, cast(IReactorTime, self._reactor)
        try:
            self._open_log()
            self._record = self._open_record()
        except DccError:
            self._close_ports_now()
            raise
        self._console.starting()
        self.board = Board(self._record, clock, time.time)
        self.board.keep_address = self._kept_address
        self.clients = Clients(
            self.board,
            Admission(options.quotas, self._console, clock),
            self._console,
            clock,
            max_clients=options.max_clients,
            stall_seconds=options.stall_seconds,
            quotas=options.quotas,
        )
        self._open_presence()
        self.factory = CanvasFactory(self.clients)
        self._begun = self._begin()
        for door in self._doors:
            door.open(self.factory)
        if self.web_port is not None:
            from dcc.server.web.site import CanvasSite

            self._web_door.open(CanvasSite(self.clients, options.web, self._reactor, self._link()))
        if self.pixelflut_port is not None:
            self._pixelflut_door.open(PixelflutFactory(self.clients, clock))
        self._admit_operator()
        # Said only when Ctrl+C is taken as it should be (see _stop_on_signals).
        cast(IReactorCore, self._reactor).callWhenRunning(self._when_running)
        self.board.repeat_users()
        super().startService()

    def _open_record(self) -> Record:
        """:raises DccError: the record cannot be opened, or the common log not be followed."""
        options = self._options
        new = options.size, options.colours, self._reactor, options.ground
        if options.cluster is None or options.store.path is None:
            return open_record(options.store, *new)
        self._console.joining(str(options.cluster))
        try:
            from dcc.cluster.engine import NatsLog
        except ImportError as error:
            raise DccError(
                _("--cluster needs packages that are missing ({name}): pip install 'drawcolorcanvas[cluster]'").format(
                    name=error.name
                )
            ) from None
        log = NatsLog(options.cluster, options.cluster_credentials)
        return join(
            log,
            str(options.cluster),
            options.store.path,
            *new,
            credentials=options.cluster_credentials,
            log_keep=options.log_keep,
        )

    def _open_presence(self) -> None:
        """Count the users of the other servers too."""
        options = self._options
        if options.cluster is not None and isinstance(self._record, ClusterRecord):
            from dcc.cluster.presence import Presence

            make_presence = partial(Presence, options.cluster, options.cluster_credentials)
            self._together = Together(self.board, self._record, self._reactor, make_presence)

    def _kept_address(self, address: str) -> str:
        """Return what the record keeps of an address, by the option ``--addresses``."""
        match self._options.addresses:
            case "keep":
                return address
            case "hash":
                host = split_address(address)
                return hash_address(self._record.secret, host[0] if host else address)
            case "none":
                return ""

    def _begin(self) -> Deferred[News]:
        address = address_for_others(self.port, self._options.endpoint)
        try:
            return begin(self.board, self._options, address, self._link())
        except DccError as error:
            return fail(error)

    def _admit_operator(self) -> None:
        """Let commands on this machine act, if there is a record to own."""
        path = self._options.store.path
        if path is None:
            return
        key = spell_key(os.urandom(KEY_BYTES))
        self.board.rules.operator = digest_key(key)
        try:
            address = plain_address(self.port, self._options.endpoint)
            if address is None:
                door = Door()
                door.open(self.factory)
                port = listen(self._reactor, LOCAL_ENDPOINT, door)
                self._ports.append(port)
                address = bound_address(port, LOCAL_ENDPOINT)
            self._operators_record = Path(path).resolve()
            write_operator(self._operators_record, Operator(key, address, self._link()))
        except DccError as error:
            self._console.not_operable(error)

    def _open_log(self) -> None:
        options = self._options
        if options.log_file is None:
            return
        observer, output = file_log(options.log_file, options.log_format)
        globalLogPublisher.addObserver(observer)
        self._reactor.addSystemEventTrigger("after", "shutdown", output.flush)

    def _close_ports_now(self) -> None:
        for port in self._ports:
            close_port_now(port)

    def _link(self) -> str | None:
        """Return the link to the page, for other machines; nothing if there is no page, or no link leads there."""
        if self.web_port is None or self._options.web_endpoint is None:
            return None
        return link_for_others(self.web_port, self._options.web_endpoint)

    def _when_running(self) -> None:
        self._begun.addCallbacks(self._say_all, self._stop_at_once)

    def _say_all(self, news: News) -> None:
        if not self._is_stopping:
            self._say_where()
        self._say_what_is_new(news)

    def _say_where(self) -> None:
        options, console = self._options, self._console
        if self.web_port is not None and options.web_endpoint is not None:
            link = self._link()
            if link is not None:
                console.serving_pages(link)
            else:
                console.serving_pages_on(options.web_endpoint.where)
        console.listening(bound_address(self.port, options.endpoint))
        if self.pixelflut_port is not None and options.pixelflut_endpoint is not None:
            console.serving_pixelflut(address_for_others(self.pixelflut_port, options.pixelflut_endpoint))
        for unreachable in self._unreachable:
            console.not_listening(unreachable.where, unreachable.reason)
        ground = self.board.canvas.palette[self.board.canvas.colours[0]]
        if self.board.announced == 0 and ground.value.lower() != _WHITE:
            console.ground(ground.shown_name)
        console.saving(None if options.store.path is None else Path(options.store.path).absolute())
        if options.is_shared:
            address = address_for_others(self.port, options.endpoint)
            page = None
            if self.web_port is not None and options.web_endpoint is not None:
                page = self._link() or options.web_endpoint.where
            is_open = admits_others(self.web_port or self.port)
            show_share(options.out, address, page, self.board.rules.news.entry, is_open=is_open)
        self._systemd.ready()

    def _say_what_is_new(self, news: News) -> None:
        options, console = self._options, self._console
        if news.owner_key is not None:
            link = self._link()
            if link is None:
                line, secret = (
                    _("Only for you, and told once: whoever has this key owns the canvas: {key}"),
                    news.owner_key,
                )
            else:
                line = _("Only for you, and told once: whoever opens this link owns the canvas: {link}")
                secret = link_with_key(link, news.owner_key)
            if options.has_console and options.out is not None:
                show_owner(options.out, line.format(key="", link="").rstrip(), secret)
            else:
                console.owner(line.format(key=secret, link=secret))
        if news.sheet is not None:
            console.sheet(news.sheet.absolute(), news.new_keys)
        if news.without_area:
            console.without_area(news.without_area)
        self.board.on_action.append(console.acted)

    def _stop_at_once(self, failure: Failure) -> None:
        failure.trap(DccError)
        error = failure.value
        assert isinstance(error, DccError)
        self._console.cannot_begin(error)
        atexit.register(_end_with_fault)
        cast(IReactorCore, self._reactor).stop()

    @inlineCallbacks
    def stopService(self) -> Any:
        """Say goodbye to every client, record everything that was accepted, close."""
        super().stopService()
        self._is_stopping = True
        self._systemd.stopping()
        self._console.stopping()
        if self._operators_record is not None:
            remove_operator(self._operators_record)
        for port in self._ports:
            with suppress(OSError):  # the file of a Unix socket is gone already, or in a folder of another user
                yield port.stopListening()
        yield self.clients.close()
        if self._together is not None:
            self._together.stop()
        self._record.answer_soon()
        yield self.board.settle()
        self.board.stop()
        try:
            yield self._record.close()
        except RecordError as error:
            self._console.ended_badly(error)
            atexit.register(_end_with_fault)
        else:
            if self._options.store.path is not None:
                self._console.saved()
        self._systemd.stopped()


def make_service(options: Options) -> CanvasService:
    """Make the service for these options, and prepare the process."""
    from twisted.internet import reactor

    sys.excepthook = _print_line
    wait_monotonically(reactor)
    if options.log_format == "json" and options.log_file is None and not options.has_console:
        raise DccError(_("--log-format json needs --log-file FILE under twistd, whose own log is text"))
    service = CanvasService(options, reactor)
    cast(IReactorCore, reactor).callWhenRunning(_stop_on_signals, reactor)
    return service


def _print_line(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Say in one line why the server cannot start. (Raising SystemExit would leave twistd's pid file.)"""
    if isinstance(error, DccError):
        complain(f"dcc serve: {error}")
    else:
        sys.__excepthook__(kind, error, traceback)


def _end_with_fault() -> None:
    """End with status 1, as the last step of the process: twistd ends with 0 whatever its services say."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(1)


def _stop_on_signals(reactor: Any) -> None:
    """Stop on Ctrl+C, on SIGTERM, and on SIGHUP as a terminal closes, with the exit status of the stop. (Twisted's own
    handlers have twistd kill itself with the signal after a stop, and the last lines and the status are lost.)

    A second Ctrl+C ends a stop that hangs. Further SIGTERM and SIGHUP are ignored: systems, shells and containers send
    several signals at nearly the same time, and a stop that is cut short loses its last lines. SIGHUP is left alone if
    nohup has the process ignore it.
    """
    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    received: set[int] = set()

    def stop(number: int, _frame: FrameType | None) -> None:
        if not received:
            reactor.callFromThread(begin_to_stop)
        received.add(number)

    # The next two are not done in a handler: Python complains of a signal that is pending while its handler is taken
    # away.
    def begin_to_stop() -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        if signal.SIGINT in received:
            force_at_next()
        else:  # the first Ctrl+C may be on its way
            signal.signal(signal.SIGINT, lambda *_arguments: reactor.callFromThread(force_at_next))
        with suppress(ReactorNotRunning):  # the server was about to stop by itself
            reactor.stop()

    def force_at_next() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    for each in signals:
        signal.signal(each, stop)
