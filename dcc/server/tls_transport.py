"""Twisted's TLS connections, freed as soon as they are lost. Needs the extra ``tls``.

Twisted's own form reference cycles. Therefore each lost connection, with OpenSSL's buffers, stays until a full
garbage collection, and the viewers wait for the collection.
"""

from __future__ import annotations

from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import BufferingTLSTransport
from twisted.python.failure import Failure


class FreedTransport(BufferingTLSTransport):
    """A TLS connection without reference cycles after its end."""

    def _tlsShutdownFinished(self, reason: Failure | None) -> None:
        # A peer that closes without a word of TLS, as most programs do, raises an exception. The frame that catches the
        # exception keeps it in a local variable, and the exception keeps the frame in its traceback.
        if reason is not None:
            reason.cleanFailure()
        super()._tlsShutdownFinished(reason)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Let go of the OpenSSL connection, which holds this object for clients that verify a name."""
        self.getHandle().set_app_data(None)  # type: ignore[no-untyped-call]
        super().connectionLost(reason)
        self._producer = None  # a socket without TLS forgets the producer too
