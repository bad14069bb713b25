"""How a server is reached: its address, and TLS where it is asked for."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint

from dcc.client.address import DEFAULT_ADDRESS, Address, parse_address
from dcc.errors import DccError
from dcc.wording import clip


class Server(NamedTuple):
    """A server as it is asked for.

    :ivar trust: who may vouch for it, see :data:`dcc.client.tls.Trust`; ``None`` is without TLS.
    """

    address: Address
    trust: Any = None

    def endpoint(self, reactor: Any) -> IStreamClientEndpoint:
        """What connects to it.

        :raises DccError: TLS knows no such host.
        """
        host, port = self.address
        plain = HostnameEndpoint(reactor, host, port)
        if self.trust is None:
            return plain
        try:
            connections = _certificates().CheckedConnections(host, self.trust)
        except ValueError as error:
            raise DccError(f"there is no certificate for a host called {clip(host)}: {error}") from None
        encrypted: IStreamClientEndpoint = wrapClientTLS(connections, plain, reactor)
        return encrypted


def add_server_arguments(parser: ArgumentParser) -> None:
    """``HOST[:PORT]`` as the last word of a command, and its TLS; :func:`chosen_server` makes one of them."""
    parser.add_argument("--tls", action="store_true", help="encrypt, and connect to none but the server of that name")
    parser.add_argument(
        "--ca",
        type=_parse_authorities,
        metavar="FILE",
        help="the same, trusting the certificates in this file (PEM) instead of those that the system trusts",
    )
    parser.add_argument(
        "address",
        type=parse_address,
        nargs="?",
        default=DEFAULT_ADDRESS,
        metavar="HOST[:PORT]",
        help=f"the server [{DEFAULT_ADDRESS}]",
    )


def chosen_server(arguments: Namespace) -> Server:
    """What the command line asks for.

    :raises DccError: TLS needs what is not installed.
    """
    trust = arguments.ca
    if arguments.tls and trust is None:
        trust = _certificates().system_trust()
    return Server(arguments.address, trust)


def _parse_authorities(path: str) -> Any:
    """A ``type`` for argparse.

    :raises ArgumentTypeError: the file cannot be used.
    :raises DccError: TLS needs what is not installed.
    """
    try:
        return _certificates().trust_in(Path(path).read_bytes())
    except OSError as error:
        raise ArgumentTypeError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise ArgumentTypeError(f"{path}: there is no certificate in it, or none that can be read (PEM)") from None


def _certificates() -> ModuleType:
    try:
        from dcc.client import tls
    except ImportError as error:
        if (error.name or "").startswith("dcc"):
            raise
        raise DccError(
            f"TLS needs packages that are not there ({error.name}): pip install 'drawcolorcanvas[tls]'"
        ) from None
    return tls
