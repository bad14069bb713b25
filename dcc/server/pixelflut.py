"""The gateway for Pixelflut clients: their lines in, and over the same rules, limits and record as everybody's."""

from __future__ import annotations

from typing import ClassVar

from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import ServerFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from dcc.board.session import Session
from dcc.board.session_pixelflut import PixelflutSession
from dcc.core.shades import Shades
from dcc.errors import ProtocolError
from dcc.protocol import pixelflut
from dcc.protocol.messages import Closing
from dcc.server.addresses import AddressUsage
from dcc.server.admission import RefusedConnection
from dcc.server.client import Client
from dcc.server.clients import Clients
from dcc.server.tcp import ClientProtocol
from dcc.server.turns import Turns
from dcc.server.twisted_internals import limit_input

READ_BYTES = 4096
"""Most bytes read from a client at a time: some 200 pixels."""

READS_A_TURN = 3
"""Reads handled in a turn: some 1 ms. All clients together paint some 150,000 pixels a second, more than an address may
by default, and painters hardly notice."""

INPUT_BYTES = 32 * 1024
"""What the kernel holds of a client that is not read from. Otherwise a flood would go on for many seconds after its end
from megabytes in the kernel."""


class PixelflutClient(Client):
    """A Pixelflut client."""

    session_class: ClassVar[type[Session]] = PixelflutSession
    session: PixelflutSession

    def take(self, commands: list[pixelflut.Command], shades: Shades) -> None:
        """Handle the commands of one read."""
        if not commands:
            return
        self.has_greeted()
        try:
            refusals = self.session.handle_commands(commands, shades, self.context.clock.seconds, self.outbox)
        except ProtocolError as error:
            self.send_away(error)
            return
        for refusal in refusals:
            self.paint_refused(refusal)


@implementer(IHalfCloseableProtocol)
class PixelflutProtocol(ClientProtocol):
    """A Pixelflut client on TCP.

    A client such as netcat closes its side after its last line, and reads on: the answers still reach it.
    """

    option = "--pixelflut"
    client: PixelflutClient

    def __init__(self, factory: PixelflutFactory) -> None:
        super().__init__(factory.clients)
        self._factory = factory
        self._decoder = pixelflut.Decoder()
        self._waiting = b""  # was read, and has no turn yet
        self._has_heard_all = False

    def connectionMade(self) -> None:
        """See :class:`.ClientProtocol`."""
        super().connectionMade()
        self.transport.bufferSize = READ_BYTES
        limit_input(self.transport, INPUT_BYTES)

    def connect(self, usage: AddressUsage | None) -> Client:
        """See :class:`.ClientProtocol`."""
        return self._clients.connect(self._factory.audience, self.transport, usage, self._hang_up, PixelflutClient)

    def received(self, data: bytes) -> None:
        """See :class:`.ClientProtocol`. Clients have turns, so that a flood does not hold up painters and viewers."""
        self._waiting += data
        self._factory.turns.take(self, self._handle)
        if self._waiting:
            self.client.outbox.hold_reading(is_held=True)

    def _handle(self) -> None:
        client, data, self._waiting = self.client, self._waiting, b""
        client.take(self._decoder.feed(data), self._factory.shades)
        client.has_sent(len(data))
        client.outbox.hold_reading(is_held=False)

    def readConnectionLost(self) -> None:
        """The client says nothing more: end the connection after the answers."""
        self._has_heard_all = True
        if self.client.session.is_over:
            self.transport.loseConnection()
        else:
            self.client.end()

    def writeConnectionLost(self) -> None:
        """Do nothing: this side is closed after the goodbye."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        """See :class:`.ClientProtocol`."""
        self._factory.turns.drop(self)
        super().connectionLost(reason)
        del self.client  # which refers to this protocol by its way to hang up

    def _hang_up(self) -> None:
        if self._has_heard_all:
            self.client.outbox.leave()
        else:
            self.client.outbox.close_our_side()


class PixelflutFactory(ServerFactory):
    """Makes the protocols of Pixelflut clients.

    :ivar clients: all clients of the board, over every wire.
    :ivar audience: counts the bytes of this wire. Its clients are told of nothing that they did not ask for.
    :ivar shades: the board's colours, for all clients.
    :ivar turns: of all clients.
    """

    noisy = False  # the console has lines of its own

    def __init__(self, clients: Clients, clock: IReactorTime) -> None:
        self.clients = clients
        self.turns = Turns(clock, READS_A_TURN)
        self.audience = clients.audience_of_own("pixelflut", lambda _version, message: pixelflut.encode(message))
        self.shades = Shades(clients.board.canvas.palette)

    def stopFactory(self) -> None:
        """Leave no timer behind."""
        self.turns.rest()

    def buildProtocol(self, addr: IAddress | None) -> PixelflutProtocol | RefusedConnection:
        """Make the protocol of one more connection, or refuse the connection."""
        refusal = self.clients.admission.refusal(addr)
        if refusal is not None:
            return RefusedConnection(pixelflut.encode(Closing(str(refusal), refusal.code, refusal.values)))
        return PixelflutProtocol(self)
