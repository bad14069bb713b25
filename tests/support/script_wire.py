"""A script and a server on a fake wire, with one clock."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from dcc.client.identity import Identity
from dcc.client.script import Script, Work
from dcc.protocol import codec, version2
from dcc.protocol.frames import frame
from dcc.protocol.messages import ClientMessage, Hello, ServerMessage
from tests.support.wire import FakeServer, Peer, payloads_of


class ClientTransport(StringTransport):
    """What a client's protocol asks of a TCP transport."""

    def setTcpNoDelay(self, _enabled: bool) -> None:
        """As on TCP."""


@implementer(IStreamClientEndpoint)
class Wire:
    """Connects to a server core, or to nobody.

    :ivar server: which one; nobody while it is ``None``.
    :ivar version: 1 for a server that passes over what version 2 adds to the first command.
    :ivar sent: every message of the client so far.
    """

    def __init__(self, server: FakeServer | None, version: int = 2) -> None:
        self.server = server
        self.version = version
        self.sent: list[ClientMessage] = []
        self.protocol: Any = None
        self._transport = ClientTransport()
        self._peer: Peer | None = None
        self._refused: Deferred[Any] | None = None

    def connect(self, factory: Any) -> Deferred[Any]:
        """See ``IStreamClientEndpoint``."""
        if self.server is None:
            self._refused = Deferred()
            return self._refused
        self._peer = self.server.connect()
        self._transport = ClientTransport()
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self._transport)
        return succeed(self.protocol)

    def lose(self) -> list[ClientMessage]:
        """What the client wrote, which does not arrive."""
        messages = [codec.decode_client(payload) for payload in payloads_of(self._transport.value())]
        self._transport.clear()
        return messages

    def to_server(self) -> bool:
        """Carry what the client wrote; says whether that was anything."""
        messages = self.lose()
        self.sent += messages
        for message in messages:
            if isinstance(message, Hello) and self.version == 1:
                message = Hello()
            if self._peer is not None:
                self._peer.say(message)
        if self._transport.disconnecting and self.protocol is not None:
            self.cut()
        return bool(messages)

    def to_client(self) -> bool:
        """Carry what the server wrote; says whether that was anything."""
        data = b"" if self._peer is None else self._peer.transport.value()
        if self._peer is not None:
            self._peer.transport.clear()
        if data:
            self.protocol.dataReceived(data)
        return bool(data)

    def carry(self) -> None:
        """Carry everything, until both are silent; refuse the connection where there is nobody."""
        refused, self._refused = self._refused, None
        if refused is not None:
            refused.errback(ConnectionRefusedError())
        while self.to_server() | self.to_client():
            pass

    def say(self, *messages: ServerMessage) -> None:
        """Be the server."""
        for message in messages:
            self.protocol.dataReceived(frame(version2.encode(message)))

    def cut(self) -> None:
        """The connection is lost, with what is on the wire."""
        protocol, peer = self.protocol, self._peer
        self.protocol = self._peer = None
        self._transport = ClientTransport()
        if peer is not None and peer.transport.connected:
            peer.hang_up()
        protocol.connectionLost(Failure(ConnectionDone()))


class ScriptTestCase(SynchronousTestCase):
    """Runs scripts on wires."""

    def start(self, wire: Wire, server: FakeServer, work: Work) -> Script:
        """Start a script, which has not been answered yet."""
        script = Script(server.clock, wire, work, Identity())
        self.ended = script.start()
        return script

    def assert_fails(self, kind: type[Exception], reason: str) -> None:
        """The script has ended with that error; ``reason`` is how its line begins."""
        error = self.failureResultOf(self.ended, kind).value
        self.assertTrue(str(error).startswith(reason), str(error))
