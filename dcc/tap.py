"""``twistd dcc``: the server's options, and the service that they make."""

from __future__ import annotations

import re
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, ClassVar, cast

from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import inlineCallbacks
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorCore, IReactorTime
from twisted.python import usage
from twisted.python.failure import Failure

from dcc import __version__, limits
from dcc.board.board import Board
from dcc.core.palette import Palette, parse_palette
from dcc.core.placements import Size
from dcc.errors import DccError, PaletteError, RecordError
from dcc.language import Language, _, locale_language, speak
from dcc.parsing import whole_number
from dcc.record import open_record
from dcc.record.store import DEFAULT_STORE, parse_store
from dcc.record.writer import DEFAULT_SIZE
from dcc.server.addresses import Quotas
from dcc.server.console import Console
from dcc.server.open_files import accept_few_at_a_time, raise_limit
from dcc.server.tcp import CanvasFactory
from dcc.server.web.origins import Origin, parse_origin
from dcc.wording import clip

_USAGE_STATUS = 2

_EVERY_ADDRESS = ("0.0.0.0", "::")
_SOMEWHERE = ("192.0.2.1", 9)
"""An address that is nobody's (RFC 5737)."""

_UNNAMED_KEY = "server.pem"
"""Where Twisted looks for the key of an ``ssl:`` endpoint that names none."""


class Options(usage.Options):
    """The options of ``twistd dcc`` and ``dcc serve``; each is checked and converted here."""

    longdesc = (
        "Hosts a shared pixel canvas.  Example, a larger board that the whole room can reach:  "
        "dcc serve --interface 0.0.0.0 --canvas 200x120"
    )

    optParameters: ClassVar = [
        ["port", "p", str(limits.DEFAULT_PORT), "TCP port, or a Twisted endpoint such as unix:/run/dcc.sock"],
        ["http", None, None, "port for browsers, or a Twisted endpoint; needs the extra web [none]"],
        ["interface", "i", "127.0.0.1", "address to listen on; 0.0.0.0 lets other machines in"],
        [
            "canvas",
            None,
            None,
            f"size of a new board, up to {limits.CANVAS_SIDE_CELLS}x{limits.CANVAS_SIDE_CELLS}; "
            f"a kept one has its own [{DEFAULT_SIZE.width}x{DEFAULT_SIZE.height}]",
        ],
        [
            "palette",
            None,
            None,
            "file with a new board's colours: GIMP .gpl, or one like #ff8800 a line; a kept one has its own "
            "[the 8 of AF06]",
        ],
        ["store", None, DEFAULT_STORE, "where the board is kept: sqlite:PATH, or memory: to forget it with the server"],
        ["lang", None, "auto", "language of the console: es, en, or auto for the locale's"],
        ["max-clients", None, None, "most clients at a time [no limit]"],
        ["max-payload", None, str(limits.CLIENT_PAYLOAD_BYTES), "longest message taken from a client, in bytes"],
        ["stall", None, f"{limits.STALL_SECONDS:g}", "seconds that a client may take nothing of what it is sent"],
        ["hello", None, f"{limits.HELLO_SECONDS:g}", "seconds within which a client says its first command; 0: any"],
        ["cooldown", None, "0", "seconds from one pixel of a painter to its next, as on r/place; 0: none"],
        ["paints", None, str(limits.CLIENT_PIXELS_A_SECOND), "pixels a second that a client may paint; 0: no limit"],
        ["read", None, str(limits.CLIENT_BYTES_A_SECOND), "bytes a second that are read of a client; 0: no limit"],
        ["address-clients", None, str(limits.ADDRESS_CLIENTS), "most connections from one address; 0: no limit"],
        ["address-paints", None, str(limits.ADDRESS_PIXELS_A_SECOND), "as --paints, for all from one address together"],
        ["address-read", None, str(limits.ADDRESS_BYTES_A_SECOND), "as --read, for all from one address together"],
    ]
    optFlags: ClassVar = [["single-client", None, "one client at a time, as in the activity's first part"]]

    # What postOptions() makes of them:
    endpoint: str  # Twisted's description of where to listen
    where: str  # the same for people
    web_endpoint: str | None
    web_where: str
    size: Size | None  # none given
    colours: Palette | None  # none given
    language: Language
    max_clients: int | None
    max_payload: int
    stall_seconds: float
    quotas: Quotas

    def __init__(self) -> None:
        super().__init__()
        self.origins: list[Origin] = []

    def getSynopsis(self) -> str:
        """As the program is called, under both of its names."""
        return "Usage: dcc serve [options]   (or: twistd -n dcc [options])"

    def opt_origin(self, text: str) -> None:
        """Lets the pages of another site connect, such as https://example.org; may be given more than once"""
        try:
            self.origins.append(parse_origin(text))
        except ValueError as error:
            raise usage.UsageError(f"--origin {error}") from None

    def opt_version(self) -> None:
        """Display the version and exit."""
        print(f"dcc {__version__}")
        sys.exit(0)

    def parseOptions(self, options: list[str] | None = None) -> None:
        """As Twisted's, but a wrong value is one line and exit status 2, without the whole help before it."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            print(f"dcc serve: {error} (see dcc serve --help)", file=sys.stderr)
            sys.exit(_USAGE_STATUS)

    def parseArgs(self, *words: str) -> None:
        """There are no arguments."""
        if words:
            raise usage.UsageError(f"unexpected argument {clip(words[0])}")

    def postOptions(self) -> None:
        """Check and convert every value.

        :raises twisted.python.usage.UsageError: one is wrong.
        """
        self.language = self._language()
        self.endpoint, self.where = self._endpoint("port")
        self.web_endpoint, self.web_where = (None, "") if self["http"] is None else self._endpoint("http")
        self.size = self._size()
        self.colours = self._palette()
        try:
            self.store = parse_store(self["store"])
        except RecordError as error:
            raise usage.UsageError(f"--store {error}") from None
        self.max_payload = self._whole("max-payload", 1024)
        self.max_clients = None if self["max-clients"] is None else self._whole("max-clients", 1)
        if self["single-client"]:
            self.max_clients = 1
        self.stall_seconds = float(self._whole("stall", 1))
        self.quotas = Quotas(
            client_pixels=self._whole("paints", 0),
            client_bytes=self._whole("read", 0),
            address_clients=self._whole("address-clients", 0),
            address_pixels=self._whole("address-paints", 0),
            address_bytes=self._whole("address-read", 0),
            hello_seconds=self._whole("hello", 0),
            cooldown_seconds=self._whole("cooldown", 0),
        )

    def _language(self) -> Language:
        if self["lang"] == "auto":
            return locale_language()
        if self["lang"] not in ("es", "en"):
            raise usage.UsageError(f"--lang {clip(self['lang'])}: expected es, en or auto")
        return cast(Language, self["lang"])

    def _endpoint(self, option: str) -> tuple[str, str]:
        port = self[option]
        if not re.fullmatch(r"[0-9]+", port):
            if ":" not in port:
                raise usage.UsageError(f"--{option} {clip(port)}: expected a number or an endpoint such as tcp:45743")
            return port, port
        if len(port) > 5 or int(port) > 65535:
            raise usage.UsageError(f"--{option} {clip(port)}: a port is a number from 0 to 65535")
        number, interface = int(port), self["interface"]
        listens = f"tcp:{number}:backlog={limits.LISTEN_BACKLOG}:interface={quoteStringArgument(interface)}"
        return listens, _spell(interface, number)

    def _size(self) -> Size | None:
        if self["canvas"] is None:
            return None
        match = re.fullmatch(r"([0-9]{1,5})[xX]([0-9]{1,5})", self["canvas"])
        width, height = (int(match.group(1)), int(match.group(2))) if match else (0, 0)
        if not (1 <= width <= limits.CANVAS_SIDE_CELLS and 1 <= height <= limits.CANVAS_SIDE_CELLS):
            raise usage.UsageError(
                f"--canvas {clip(self['canvas'])}: expected WIDTHxHEIGHT such as 200x120, "
                f"each from 1 to {limits.CANVAS_SIDE_CELLS}"
            )
        return Size(width, height)

    def _palette(self) -> Palette | None:
        path = self["palette"]
        if path is None:
            return None
        try:
            return parse_palette(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise usage.UsageError(f"--palette {path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise usage.UsageError(f"--palette {path}: not a text file (UTF-8)") from None
        except PaletteError as error:
            raise usage.UsageError(f"--palette {path}: {error}") from None

    def _whole(self, name: str, least: int) -> int:
        most = limits.LARGEST_OPTION
        number = whole_number(self[name], least, most)
        if number is None:
            raise usage.UsageError(f"--{name} {clip(self[name])}: expected a whole number from {least} to {most}")
        return number


class CanvasService(Service):
    """Opens the port, and closes everything in good order.

    :ivar factory: while the service runs.
    :ivar port: the listening port, while the service runs.
    :ivar web_port: the one for browsers, where there is one.
    """

    factory: CanvasFactory
    port: IListeningPort
    web_port: IListeningPort | None = None

    def __init__(self, options: Options, reactor: Any) -> None:
        self._options = options
        self._reactor = reactor
        self._console = Console()

    def privilegedStartService(self) -> None:
        """Open the record and listen: after twistd has become a daemon, since SQLite survives no fork, and
        before it gives up its privileges.

        :raises DccError: it cannot.
        """
        options = self._options
        self._console.starting()
        raise_limit(self._reactor)
        self._record = open_record(options.store, options.size, options.colours, self._reactor)
        self.board = Board(self._record, cast(IReactorTime, self._reactor), time.time)
        self.factory = CanvasFactory(
            self.board,
            self._console,
            self._reactor,
            max_payload=options.max_payload,
            max_clients=options.max_clients,
            stall_seconds=options.stall_seconds,
            quotas=options.quotas,
        )
        self.port = self._listen(self.factory, options.endpoint, options.where, "--port")
        # Said only when Ctrl+C is taken as it should be (see _stop_on_interrupt).
        when_running = cast(IReactorCore, self._reactor).callWhenRunning
        if options.web_endpoint is not None:
            self.web_port = self._listen(self._site(), options.web_endpoint, options.web_where, "--http")
            when_running(self._console.serving_pages, self._link(self.web_port, options.web_endpoint))
        when_running(self._console.listening, self._where())
        super().privilegedStartService()

    def _site(self) -> IProtocolFactory:
        try:
            from dcc.server.web.site import CanvasSite
        except ImportError as error:
            raise DccError(
                _("--http needs packages that are not there ({name}): pip install 'drawcolorcanvas[web]'").format(
                    name=error.name
                )
            ) from None
        options = self._options
        return CanvasSite(self.factory.clients, options.max_payload, options.origins, self._reactor)

    def _listen(self, factory: IProtocolFactory, endpoint: str, where: str, option: str) -> IListeningPort:
        def cannot(reason: str) -> DccError:
            if where == endpoint:  # which was written out: --interface has no say in it
                line = _("cannot listen on {where}: {reason}; choose another one with {option}")
            else:
                line = _("cannot listen on {where}: {reason}; choose another one with {option} or --interface")
            return DccError(line.format(where=where, reason=reason, option=option))

        outcomes: list[IListeningPort | Failure] = []
        try:
            serverFromString(self._reactor, endpoint).listen(factory).addBoth(outcomes.append)
        except Exception as error:  # each kind of endpoint has its own for a string that it cannot read
            raise DccError(
                _("cannot listen on {where}: {reason}").format(where=where, reason=_what_is_wrong(error, endpoint))
            ) from None
        if not outcomes:  # those of Twisted's own open at once
            raise cannot(_("this kind of endpoint does not open at once"))
        outcome = outcomes[0]
        if isinstance(outcome, Failure):
            fault = outcome.value
            if isinstance(fault, CannotListenError):
                fault = fault.socketError
            raise cannot(getattr(fault, "strerror", None) or str(fault))
        accept_few_at_a_time(outcome)
        return outcome

    def _where(self) -> str:
        address = self.port.getHost()
        if isinstance(address, IPv4Address | IPv6Address):
            return _spell(address.host, address.port)
        return self._options.where

    def _link(self, port: IListeningPort, endpoint: str) -> str:
        address = port.getHost()
        if not isinstance(address, IPv4Address | IPv6Address):
            return self._options.web_where
        scheme = "https" if endpoint.startswith(("ssl:", "tls:")) else "http"
        host = _own_address() if address.host in _EVERY_ADDRESS else address.host
        return f"{scheme}://{_spell(host, address.port)}/"

    @inlineCallbacks
    def stopService(self) -> Any:
        """Say goodbye to every client, have everything recorded that was accepted, close."""
        super().stopService()
        self._console.stopping()
        yield self.port.stopListening()
        if self.web_port is not None:
            yield self.web_port.stopListening()
        yield self.factory.clients.close()
        yield self.board.settle()
        self.board.stop()
        yield self._record.close()


def _what_is_wrong(error: Exception, endpoint: str) -> str:
    """Why there is no such endpoint."""
    if isinstance(error, ImportError):
        return _("needs packages that are not there ({name}): pip install 'drawcolorcanvas[tls]'").format(
            name=error.name
        )
    if isinstance(error, OSError) and error.filename is not None:
        if Path(error.filename).name == _UNNAMED_KEY and _UNNAMED_KEY not in endpoint:
            return _("it names no key and no certificate: privateKey=key.pem:certKey=cert.pem")
        return f"{error.filename}: {error.strerror}"
    if type(error).__module__.startswith("OpenSSL."):
        return _(
            "the key or the certificate cannot be read: is each a PEM file, and the key without a password? ({reason})"
        ).format(reason=error.args[0][-1][-1])
    if isinstance(error, TypeError | IndexError) or "invalid literal" in str(error):  # Python's words, not Twisted's
        return _("a part is unknown, missing, or not the number that it should be; expected such as {example}").format(
            example="tcp:45743:interface=127.0.0.1"
        )
    return str(error).rstrip(".")


def _spell(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _own_address() -> str:
    """The address by which other machines reach this one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(_SOMEWHERE)  # sends nothing; only chooses the way
        except OSError:
            return "127.0.0.1"
        return str(route.getsockname()[0])


def makeService(options: Options) -> CanvasService:
    """The service for these options; twistd calls this."""
    from twisted.internet import reactor

    speak(options.language)
    sys.excepthook = _print_line
    service = CanvasService(options, reactor)
    cast(IReactorCore, reactor).callWhenRunning(_stop_on_interrupt, reactor)
    return service


def _print_line(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """A server that cannot start says why in one line. (Raising SystemExit would leave twistd's pid file.)"""
    if isinstance(error, DccError):
        print(f"dcc serve: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


def _stop_on_interrupt(reactor: Any) -> None:
    """Ctrl+C is how this server is meant to be stopped: exit status 0. (twistd would kill itself with the
    signal once more after a clean stop.) A second one ends a stop that hangs.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        reactor.callFromThread(reactor.stop)

    signal.signal(signal.SIGINT, stop)
