"""The protocol on TCP: frames in, frames out."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.python.failure import Failure

from dcc import codec, limits
from dcc.board import Board
from dcc.codec import version1, version2
from dcc.console import Console
from dcc.errors import DccError, PixelRejected, ProtocolError
from dcc.framing import FrameDecoder, frame
from dcc.language import _
from dcc.messages import Changes, Closing, ServerMessage, Users, WholeBoard
from dcc.outbox import Outbox
from dcc.session import Session


class CanvasProtocol(Protocol):
    """One client on TCP.

    :ivar session: its conversation.
    """

    session: Session

    def __init__(self, factory: CanvasFactory, client_id: int) -> None:
        self._factory = factory
        self.client_id = client_id
        self._decoder = FrameDecoder(factory.max_payload)
        self._refusals = 0

    def connectionMade(self) -> None:
        """Make the session, its outbox, and let the client in or not."""
        transport = self.transport
        assert transport is not None
        self.address = _spell(transport.getPeer())
        for option in ("setTcpNoDelay", "setTcpKeepAlive"):  # not every transport is TCP
            getattr(transport, option, bool)(True)
        self.session = Session(
            self._factory.board,
            self.client_id,
            self.address,
            wake=lambda: self._outbox.wake(),
            refused=self._paint_refused,
            takes_version_1=self._factory.takes_version_1,
        )
        self._outbox = Outbox(
            self.session, transport, self._factory.encode, self._factory.clock, self._factory.stall_seconds
        )
        self._factory.arrived(self)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the stream, wherever it breaks."""
        if not self.session.is_open:
            return
        self._decoder.receive(data)
        try:
            while self.session.is_open and (payload := self._decoder.next_payload()) is not None:
                self.session.receive(codec.decode_client(payload))
        except ProtocolError as error:
            self.send_away(error)

    def send_away(self, error: DccError) -> None:
        """End the connection through the client's own fault, or a rule of the server's."""
        self._factory.console.at_fault(self.client_id, self.address, error)
        self.end(error)

    def end(self, error: DccError | None = None) -> None:
        """End the connection in good order."""
        self.session.end(error)
        self._outbox.hurry()

    def abort(self) -> None:
        """End the connection at once."""
        self._outbox.abort()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Forget the client."""
        self._outbox.stopProducing()
        self.session.lost()
        surplus = self._refusals - limits.REFUSALS_LOGGED
        if surplus > 0:
            self._factory.console.refused_more(self.client_id, self.address, surplus)
        self._factory.departed(self)

    def _paint_refused(self, error: PixelRejected) -> None:
        self._refusals += 1
        if self._refusals <= limits.REFUSALS_LOGGED:
            self._factory.console.refused(self.client_id, self.address, error)


class CanvasFactory(ServerFactory):
    """Keeps the connected protocols and the board.

    :ivar protocols: the clients connected now, by their id.
    :ivar board: what they share.
    """

    noisy = False  # the console has lines of its own

    def __init__(
        self,
        board: Board,
        console: Console,
        clock: IReactorTime,
        *,
        max_payload: int = limits.CLIENT_PAYLOAD_BYTES,
        max_clients: int | None = None,
        stall_seconds: float = limits.STALL_SECONDS,
    ) -> None:
        """
        :param max_payload: the longest payload taken from a client, in bytes.
        :param max_clients: how many may be connected at once; one is the activity's single-client mode.
        :param stall_seconds: how long a client may take nothing of what it is owed.
        """
        self.board = board
        self.console = console
        self.clock = clock
        self.max_payload = max_payload
        self.max_clients = max_clients
        self.stall_seconds = stall_seconds
        self.protocols: dict[int, CanvasProtocol] = {}
        self.takes_version_1 = len(board.canvas.colours) <= limits.VERSION_1_CELLS
        self._last_id = 0
        self._boards = version1.BoardEncoder(board.canvas.width, board.canvas.height, board.canvas.palette)
        self._forms: dict[tuple[int, type], tuple[ServerMessage, bytes]] = {}
        self._emptied: Deferred[None] | None = None

    def buildProtocol(self, addr: IAddress | None) -> CanvasProtocol:
        """One more client, with the next id."""
        self._last_id += 1
        return CanvasProtocol(self, self._last_id)

    def arrived(self, protocol: CanvasProtocol) -> None:
        """A client is connected; one too many is sent away."""
        full = self.max_clients is not None and self._count_open() >= self.max_clients
        self.protocols[protocol.client_id] = protocol
        self.console.arrived(protocol.client_id)
        if full:
            protocol.send_away(DccError(_("the server is full ({most} at a time)").format(most=self.max_clients)))

    def departed(self, protocol: CanvasProtocol) -> None:
        """A client is gone."""
        self.console.closing(protocol.client_id)
        del self.protocols[protocol.client_id]
        self.console.removed(protocol.client_id)
        if self._emptied is not None and not self.protocols:
            self._emptied.callback(None)

    def close(self) -> Deferred[None]:
        """Say goodbye to every client.

        :return: fires when all of them are gone, the slowest by force.
        """
        if not self.protocols:
            return succeed(None)
        self._emptied = Deferred()
        self.clock.callLater(limits.STOP_SECONDS, self._abort_all)
        for protocol in list(self.protocols.values()):
            protocol.end()
        return self._emptied

    def _abort_all(self) -> None:
        for protocol in list(self.protocols.values()):
            protocol.abort()

    def _count_open(self) -> int:
        return sum(protocol.session.is_open for protocol in self.protocols.values())

    def encode(self, version: int, message: ServerMessage) -> bytes:
        """The frame for a message. What many clients are sent is made once: of each kind, the last is kept."""
        if not isinstance(message, Changes | WholeBoard | Users):
            return frame(version1.encode_closing(message) if isinstance(message, Closing) else version2.encode(message))
        key = version, type(message)
        known = self._forms.get(key)
        if known is not None and known[0] is message:
            return known[1]
        if version == 1 and isinstance(message, WholeBoard):
            data = frame(self._boards.encode(message))
        else:
            data = frame(version2.encode(message))
        self._forms[key] = message, data
        return data


def _spell(address: IAddress) -> str:
    host, port = getattr(address, "host", ""), getattr(address, "port", "")
    return f"{host}:{port}" if host else type(address).__name__
