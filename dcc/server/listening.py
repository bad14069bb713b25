"""Endpoints: read and opened, with errors in words; and the link for others."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.python.failure import Failure

from dcc.errors import DccError
from dcc.language import _, system_reason
from dcc.parsing import show_address
from dcc.server.twisted_internals import accept_few_at_a_time

EVERY_INTERFACE = "0.0.0.0"

LISTEN_BACKLOG = 4096
"""Connections that may wait to be accepted: as many as Linux allows by default (net.core.somaxconn). When ten thousand
clients come back at once after a restart, those that find no place try again after 1 s, then 3 s, then 7 s."""

_PORTS = range(65536)
_EVERY_ADDRESS = (EVERY_INTERFACE, "::")
_LOCAL_ADDRESS = "127.0.0.1"

_SOMEWHERE = ("192.0.2.1", 9)
"""An address of nobody (RFC 5737)."""

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
    """

    description: str
    where: str
    option: str

    @property
    def has_interface(self) -> bool:
        """Whether ``--interface`` has a say: not if the operator wrote the whole endpoint."""
        return self.where != self.description


def parse_endpoint(text: str, option: str, interface: str) -> Endpoint:
    """Read a port, or an endpoint of Twisted.

    :raises ValueError: the text is neither; says what was expected.
    """
    if not re.fullmatch(r"[0-9]+", text):
        if ":" not in text:
            raise ValueError(_("expected a number or an endpoint such as tcp:45743"))
        return Endpoint(text, text, option)
    if len(text) > 5 or int(text) not in _PORTS:
        raise ValueError(_no_such_port())
    number = int(text)
    description = f"tcp:{number}:backlog={LISTEN_BACKLOG}:interface={quoteStringArgument(interface)}"
    return Endpoint(description, show_address(interface, number), option)


def listen(reactor: Any, endpoint: Endpoint, factory: IProtocolFactory) -> IListeningPort:
    """Open a port.

    :raises DccError: the port cannot be opened; says why.
    """
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
        raise _cannot_listen(endpoint, system_reason(fault) if isinstance(fault, OSError) else str(fault))
    if not IListeningPort.providedBy(outcome):  # ``stdio:`` is a single connection
        raise _cannot_listen(endpoint, _("this kind of endpoint takes no connections"))
    accept_few_at_a_time(outcome)
    return outcome


def _cannot_listen(endpoint: Endpoint, reason: str) -> DccError:
    if endpoint.has_interface:
        line = _("cannot listen on {where}: {reason}; choose another one with {option} or --interface")
    else:
        line = _("cannot listen on {where}: {reason}; choose another one with {option}")
    return DccError(line.format(where=endpoint.where, reason=reason, option=endpoint.option))


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


def bound_address(port: IListeningPort, endpoint: Endpoint) -> str:
    """Spell where a port listens; the kernel may have chosen the number."""
    address = port.getHost()
    if isinstance(address, IPv4Address | IPv6Address):
        return show_address(address.host, address.port)
    return endpoint.where


def address_for_others(port: IListeningPort, endpoint: Endpoint) -> str:
    """Spell how other machines reach a port: if the port listens on every interface, by this machine's own address."""
    address = port.getHost()
    if not isinstance(address, IPv4Address | IPv6Address):
        return endpoint.where
    return show_address(_host_for_others(address), address.port)


def _host_for_others(address: IPv4Address | IPv6Address) -> str:
    return own_address() if address.host in _EVERY_ADDRESS else str(address.host)


def admits_others(port: IListeningPort) -> bool:
    """Whether other machines can reach a port, as far as this machine can tell."""
    address = port.getHost()
    if not isinstance(address, IPv4Address | IPv6Address):
        return False
    return not ip_address(_host_for_others(address)).is_loopback


def link_for_others(port: IListeningPort, endpoint: Endpoint) -> str | None:
    """Return the link to the page that a port serves; nothing if no link leads there, as to a Unix socket."""
    if not isinstance(port.getHost(), IPv4Address | IPv6Address):
        return None
    scheme = "https" if endpoint.description.startswith(("ssl:", "tls:")) else "http"
    return f"{scheme}://{address_for_others(port, endpoint)}/"


def own_address() -> str:
    """Return this machine's address for other machines; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(_SOMEWHERE)  # sends nothing; only chooses the interface
        except OSError:
            return _LOCAL_ADDRESS
        return str(route.getsockname()[0])
