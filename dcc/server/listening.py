"""Endpoints: read and opened, with errors in words; and the link for others."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IProtocolNegotiationFactory
from twisted.internet.protocol import ServerFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from dcc.errors import DccError
from dcc.language import _, system_reason
from dcc.parsing import show_address
from dcc.server.twisted_internals import accept_few_at_a_time, free_tls_at_once, takes_ipv4

EVERY_INTERFACE, EVERY_INTERFACE_6 = "0.0.0.0", "::"

LISTEN_BACKLOG = 4096
"""Connections that may wait to be accepted: as many as Linux allows by default (net.core.somaxconn). When ten thousand
clients come back at once after a restart, those that find no place try again after 1 s, then 3 s, then 7 s."""

_PORTS = range(65536)
LOCAL_ADDRESS = "127.0.0.1"

_SOMEWHERE = {socket.AF_INET: ("192.0.2.1", LOCAL_ADDRESS), socket.AF_INET6: ("2001:db8::1", "::1")}
"""Addresses of nobody (RFC 5737 and RFC 3849), and those of this machine alone."""

_DEBIANS_ADDRESS = "127.0.1.1"
"""The machine's own name on Debian and Ubuntu (Debian Reference, 5.1.1)."""

_LOOKUP_SECONDS = 2.0
"""How long the start waits for the address of the machine's own name: longer only where names do not work at all."""

_UNKNOWN_KIND = "Unknown endpoint type: "
"""Twisted's words before the kind."""

_USUAL_KINDS = "tcp, tcp6, ssl, unix, haproxy"

_UNNAMED_KEY = "server.pem"
"""Where Twisted looks for the key of an ``ssl:`` endpoint without ``privateKey=``."""


@dataclass(frozen=True)
class Endpoint:
    """A place to listen.

    :ivar description: for Twisted.
    :ivar where: for people.
    :ivar option: chooses another endpoint.
    :ivar is_local: whether the endpoint is on this machine's own addresses alone, and nobody chose one of them.
    """

    description: str
    where: str
    option: str
    is_local: bool = False

    @property
    def has_interface(self) -> bool:
        """Whether ``--interface`` has a say: not if the operator wrote the whole endpoint."""
        return self.where != self.description


def parse_endpoint(text: str, option: str, interface: str | None) -> Endpoint:
    """Read a port, or an endpoint of Twisted.

    :param interface: address for a port; nothing for this machine alone.
    :raises ValueError: the text is neither; says what was expected.
    """
    if not re.fullmatch(r"[0-9]+", text):
        if ":" not in text:
            raise ValueError(_("expected a number or an endpoint such as tcp:45743"))
        return Endpoint(text, text, option)
    if len(text) > 5 or int(text) not in _PORTS:
        raise ValueError(_no_such_port())
    number = int(text)
    host = LOCAL_ADDRESS if interface is None else interface
    return Endpoint(_tcp(host, number), show_address(host, number), option, is_local=interface is None)


def _tcp(host: str, number: int) -> str:
    return f"tcp:{number}:backlog={LISTEN_BACKLOG}:interface={quoteStringArgument(host)}"


LOCAL_ENDPOINT = Endpoint(_tcp(LOCAL_ADDRESS, 0), show_address(LOCAL_ADDRESS, 0), "--port")
"""Any free port, for programs on this machine alone."""


class Door(ServerFactory):
    """Listens for a factory that is not there yet. Thus the ports are open before the record is made.

    :ivar factory: makes the protocols; nobody is let in before.
    """

    factory: IProtocolFactory | None = None

    noisy = False  # the console has lines of its own

    def __init__(self, *, lets_in: str | None = None) -> None:
        """:param lets_in: the only host that is let in; nothing for every host."""
        self._lets_in = lets_in

    def open(self, factory: IProtocolFactory) -> None:
        """Let clients in."""
        self.factory = factory
        factory.doStart()

    def buildProtocol(self, addr: Any) -> Any:
        """Make the protocol of one more connection; nothing closes the connection at once."""
        if self.factory is None or self._lets_in not in (None, getattr(addr, "host", None)):
            return None
        return self.factory.buildProtocol(addr)

    def doStop(self) -> None:
        """The port is closed."""
        super().doStop()  # type: ignore[no-untyped-call]
        if self.factory is not None:
            self.factory.doStop()


@implementer(IProtocolNegotiationFactory)
class WebDoor(Door):
    """The door of the port for browsers."""

    def acceptableProtocols(self) -> list[bytes]:
        """Offer HTTP/1.1 alone: WebSocket needs HTTP/1.1."""
        return [b"http/1.1"]


def listen(reactor: Any, endpoint: Endpoint, factory: IProtocolFactory) -> IListeningPort:
    """Open a port.

    :raises DccError: the port cannot be opened; says why.
    """
    if endpoint.description.removeprefix("haproxy:").startswith("stdio:"):  # would take over standard input
        raise _cannot_listen(endpoint, _("this kind of endpoint takes no connections"))
    outcomes: list[IListeningPort | Failure] = []
    try:
        serverFromString(reactor, endpoint.description).listen(factory).addBoth(outcomes.append)
    except Exception as error:  # each kind of endpoint has its own for a description that cannot be read
        raise DccError(
            _("cannot listen on {where}: {reason}").format(
                where=endpoint.where, reason=_what_is_wrong(error, endpoint.description)
            )
        ) from None
    if not outcomes:  # Twisted's own endpoints open at once
        raise _cannot_listen(endpoint, _("this kind of endpoint does not open at once"))
    outcome = outcomes[0]
    if isinstance(outcome, Failure):
        fault = outcome.value
        if isinstance(fault, OverflowError):  # Python's word for a port that does not exist
            raise _cannot_listen(endpoint, _no_such_port())
        if isinstance(fault, CannotListenError):
            fault = fault.socketError
        if isinstance(fault, OSError):
            raise _cannot_listen(endpoint, system_reason(fault), fault.errno or 0)
        raise _cannot_listen(endpoint, str(fault))
    accept_few_at_a_time(outcome)
    free_tls_at_once(outcome)
    return outcome


class CannotListen(DccError):
    """A port cannot be opened.

    :ivar reason: why, without the advice.
    :ivar errno: the number of the system's error; 0 without one.
    """

    def __init__(self, line: str, reason: str, number: int) -> None:
        super().__init__(line)
        self.reason = reason
        self.errno = number


def _cannot_listen(endpoint: Endpoint, reason: str, number: int = 0) -> CannotListen:
    if endpoint.has_interface:
        line = _("cannot listen on {where}: {reason}; choose another one with {option} or --interface")
    else:
        line = _("cannot listen on {where}: {reason}; choose another one with {option}")
    return CannotListen(line.format(where=endpoint.where, reason=reason, option=endpoint.option), reason, number)


def _no_such_port() -> str:
    return _("a port is a number from {least} to {most}").format(least=_PORTS[0], most=_PORTS[-1])


def _what_is_wrong(error: Exception, description: str) -> str:
    """Say why Twisted cannot make an endpoint of a description."""
    if isinstance(error, ImportError):
        return _("packages are missing ({name}): pip install 'drawcolorcanvas[tls]'").format(name=error.name)
    if isinstance(error, OSError) and error.filename is not None:
        if Path(error.filename).name == _UNNAMED_KEY and _UNNAMED_KEY not in description:
            return _("name a key and a certificate: privateKey=key.pem:certKey=cert.pem")
        return f"{error.filename}: {system_reason(error)}"
    if type(error).__module__.startswith("OpenSSL."):
        return _(
            "the key or the certificate cannot be read: is each a PEM file, and the key without a password? ({reason})"
        ).format(reason=error.args[0][-1][-1])
    if isinstance(error, LookupError) and description.startswith("systemd:"):
        return _("systemd has given this server no such socket")
    if isinstance(error, TypeError | IndexError) or "invalid literal" in str(error):  # Python's words, not Twisted's
        return _("a part is unknown, missing or no number; expected an endpoint such as {example}").format(
            example="tcp:45743:interface=127.0.0.1"
        )
    if str(error).startswith(_UNKNOWN_KIND):
        kind = str(error).removeprefix(_UNKNOWN_KIND)
        return _("there is no kind of endpoint {kind}; usual kinds are {kinds}").format(kind=kind, kinds=_USUAL_KINDS)
    return str(error).rstrip(".")


def own_names_addresses() -> list[str]:
    """Return the IPv4 addresses, other than 127.0.0.1, at which programs on this machine look for this machine.

    Clients of the published activity connect to ``socket.gethostname()``: 127.0.1.1 on Debian and Ubuntu, the address
    in the local network elsewhere.
    """
    found = [_DEBIANS_ADDRESS]

    def look_up() -> None:
        with suppress(OSError, UnicodeError):  # the latter for a name that cannot be one in DNS
            answers = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_STREAM)
            found.extend(str(address[0]) for *_rest, address in answers)

    lookup = Thread(target=look_up, daemon=True)  # waits for a name server, perhaps for ever
    lookup.start()
    lookup.join(_LOOKUP_SECONDS)
    return [host for host in dict.fromkeys(found) if host != LOCAL_ADDRESS]


class Opened(NamedTuple):
    """A further open port, and its door."""

    port: IListeningPort
    door: Door


class Unreachable(NamedTuple):
    """An address of this machine that cannot be listened on, and the reason."""

    where: str
    reason: str


def listen_by_name(
    reactor: Any, endpoint: Endpoint, port: IListeningPort, hosts: Iterable[str]
) -> Iterator[Opened | Unreachable]:
    """Open the number of a port on further addresses of this machine, for programs on this machine alone.

    At an address other than 127.x.x.x only a connection that comes from the same address is let in: other machines
    can connect, and are cut off before a byte is read.

    :param port: on 127.0.0.1.
    """
    number = port.getHost().port  # type: ignore[attr-defined]
    for host in hosts:
        door = Door(lets_in=None if ip_address(host).is_loopback else host)
        further = Endpoint(_tcp(host, number), show_address(host, number), endpoint.option)
        try:
            yield Opened(listen(reactor, further, door), door)
        except CannotListen as error:
            if error.errno != errno.EADDRNOTAVAIL:  # of another machine, or of none
                yield Unreachable(further.where, error.reason)


def bound_address(port: IListeningPort, endpoint: Endpoint) -> str:
    """Spell where a port listens; the kernel may have chosen the number."""
    address = port.getHost()
    if isinstance(address, IPv4Address | IPv6Address):
        return show_address(address.host, address.port)
    return endpoint.where


def plain_address(port: IListeningPort, endpoint: Endpoint) -> str | None:
    """Spell how a program on this machine reaches a port, as :mod:`dcc.client.address` reads it; nothing if programs
    must encrypt, or speak the PROXY protocol first.
    """
    if endpoint.description.startswith(("haproxy:", "ssl:", "tls:")):
        return None
    address = port.getHost()
    if isinstance(address, UNIXAddress):
        return f"unix:{os.path.abspath(os.fsdecode(address.name or b''))}"
    if isinstance(address, IPv4Address | IPv6Address):
        local = {EVERY_INTERFACE: LOCAL_ADDRESS, "::": "::1"}.get(address.host, address.host)
        return show_address(local, address.port)
    return None


def address_for_others(port: IListeningPort, endpoint: Endpoint) -> str:
    """Spell how other machines reach a port: if the port listens on every interface, by this machine's own address."""
    address = port.getHost()
    if not isinstance(address, IPv4Address | IPv6Address):
        return endpoint.where
    return show_address(_host_for_others(port), address.port)


def _host_for_others(port: IListeningPort) -> str:
    host = str(port.getHost().host)  # type: ignore[attr-defined]
    if host == EVERY_INTERFACE:
        return own_address()
    if host != EVERY_INTERFACE_6:
        return host
    own = own_address(socket.AF_INET6)
    return own_address() if ip_address(own).is_loopback and takes_ipv4(port) else own


def admits_others(port: IListeningPort) -> bool:
    """Whether other machines can reach a port, as far as this machine can tell."""
    if not isinstance(port.getHost(), IPv4Address | IPv6Address):
        return False
    return not ip_address(_host_for_others(port)).is_loopback


def link_for_others(port: IListeningPort, endpoint: Endpoint) -> str | None:
    """Return the link to the page that a port serves; nothing if no link leads there, as to a Unix socket.

    No link leads to an IPv6 address that is valid on one cable only: browsers take no name of an interface.
    """
    address = port.getHost()
    if not isinstance(address, IPv4Address | IPv6Address):
        return None
    if isinstance(address, IPv6Address) and ip_address(address.host).is_link_local:
        return None
    is_encrypted = endpoint.description.removeprefix("haproxy:").startswith(("ssl:", "tls:"))
    scheme = "https" if is_encrypted else "http"
    return f"{scheme}://{address_for_others(port, endpoint)}/"


def own_address(family: socket.AddressFamily = socket.AF_INET) -> str:
    """Return this machine's address for other machines; 127.0.0.1 or ::1 without a network of the family."""
    somewhere, loopback = _SOMEWHERE[family]
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as route:  # the system may lack the family
            route.connect((somewhere, 9))  # sends nothing; only chooses the interface
            own = str(route.getsockname()[0])
    except OSError:
        return loopback
    return loopback if family == socket.AF_INET6 and ip_address(own).is_link_local else own
