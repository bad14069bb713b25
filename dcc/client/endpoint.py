"""How to reach a server: its address, and TLS if asked for."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint

from dcc.client.address import Address
from dcc.errors import DccError
from dcc.language import _
from dcc.wording import clip


class Server(NamedTuple):
    """A server to connect to.

    :ivar trust: authorities for its certificate, see :data:`dcc.client.tls.Trust`; ``None`` is without TLS.
    """

    address: Address
    trust: Any = None

    def endpoint(self, reactor: Any) -> IStreamClientEndpoint:
        """Return the endpoint that connects to the server.

        :raises DccError: no certificate can be for such a host.
        """
        host, port = self.address
        plain = HostnameEndpoint(reactor, host, port)
        if self.trust is None:
            return plain
        try:
            connections = _tls().CheckedConnections(host, self.trust)
        except ValueError as error:
            raise DccError(
                _("no certificate can be for a host called {host}: {error}").format(host=clip(host), error=error)
            ) from None
        encrypted: IStreamClientEndpoint = wrapClientTLS(connections, plain, reactor)
        return encrypted


def system_trust() -> Any:
    """Trust the authorities of this system.

    :raises DccError: TLS is not installed.
    """
    return _tls().system_trust()


def trust_in(pem: bytes) -> Any:
    """Trust the certificates of a PEM file alone.

    :raises ValueError: there is no certificate, or a certificate cannot be read.
    :raises DccError: TLS is not installed.
    """
    return _tls().trust_in(pem)


def _tls() -> ModuleType:
    try:
        from dcc.client import tls
    except ImportError as error:
        if (error.name or "").startswith("dcc"):
            raise
        raise DccError(
            _("TLS needs packages that are missing ({name}): pip install 'drawcolorcanvas[tls]'").format(
                name=error.name
            )
        ) from None
    return tls
