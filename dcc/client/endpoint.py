"""How to reach a server: its address, and TLS if asked for."""

from __future__ import annotations

import errno
import os
import stat
from types import ModuleType
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from dcc.client.address import AnyAddress, UnixAddress
from dcc.errors import DccError, ServerUnavailable
from dcc.language import _, system_reason
from dcc.wording import clip


class Server(NamedTuple):
    """A server to connect to.

    :ivar trust: authorities for its certificate, see :data:`dcc.client.tls.Trust`; ``None`` is without TLS.
    """

    address: AnyAddress
    trust: Any = None

    def endpoint(self, reactor: Any) -> IStreamClientEndpoint:
        """Return the endpoint that connects to the server.

        :raises DccError: no certificate can be for such a host, or for a Unix socket.
        """
        if isinstance(self.address, UnixAddress):
            if self.trust is not None:
                raise DccError(_("no certificate can be for a Unix socket: leave out --tls and --ca"))
            return _UnixEndpoint(reactor, self.address.path)
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


@implementer(IStreamClientEndpoint)
class _UnixEndpoint:
    """Twisted's endpoint, with reasons in words: the kernel has one error for no socket and for a socket of nobody."""

    def __init__(self, reactor: Any, path: str) -> None:
        self._endpoint = UNIXClientEndpoint(reactor, path)
        self._path = path

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        """See :class:`IStreamClientEndpoint`; fails with :class:`~dcc.errors.ServerUnavailable` for a known reason."""
        connected: Deferred[Any] = self._endpoint.connect(protocolFactory)
        return connected.addErrback(self._explain)

    def _explain(self, failure: Failure) -> Failure:
        try:
            is_socket = stat.S_ISSOCK(os.stat(self._path).st_mode)
        except OSError as error:
            return Failure(ServerUnavailable(system_reason(error)))
        if not is_socket:
            return Failure(ServerUnavailable(_("not a socket")))
        if not os.access(self._path, os.W_OK):
            return Failure(ServerUnavailable(system_reason(PermissionError(errno.EACCES, ""))))
        return failure


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
