"""The clients of a board, over every wire: ids, the number at a time, the end of their connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from dcc import limits, reasons
from dcc.board.board import Board
from dcc.core.actions import KINDS, LogEntry
from dcc.errors import DccError
from dcc.later import Later
from dcc.server.addresses import DEFAULT_QUOTAS, AddressUsage, Quotas
from dcc.server.admission import Admission
from dcc.server.audience import Audience, Encode
from dcc.server.client import Client, Context
from dcc.server.console import Console
from dcc.server.encoding import Encoder

STOP_SECONDS = 1.0
"""Time to read the goodbye when the server stops: an operator who pressed Ctrl+C waits for it."""


class Clients:
    """The clients of one board.

    :ivar board: the board.
    :ivar admission: decides whether a connection may stay.
    :ivar console: where what happens is said.
    :ivar connected: the clients connected now, by id.
    :ivar sent_away: that of the admission.
    :ivar actions: how many actions were recorded since the start, by their words.
    :ivar audiences: the audience of each wire.
    :ivar bytes_sent: by wire, without the clients connected now and what audiences sent.
    """

    def __init__(
        self,
        board: Board,
        admission: Admission,
        console: Console,
        clock: IReactorTime,
        *,
        max_clients: int | None = None,
        stall_seconds: float = limits.STALL_SECONDS,
        quotas: Quotas = DEFAULT_QUOTAS,
    ) -> None:
        """
        :param max_clients: how many may be connected at once; one is the activity's single-client mode.
        :param stall_seconds: how long a client may take nothing of what the server sends.
        :param quotas: limits of a client.
        """
        self.board = board
        self.admission = admission
        self.max_clients = max_clients
        self.connected: dict[int, Client] = {}
        self.actions: Counter[str] = Counter()
        self.audiences: list[Audience] = []
        self.sent_away = admission.sent_away
        self.bytes_sent: Counter[str] = Counter()
        self.console = console
        self._quotas = quotas
        self._encoder = Encoder(board.canvas)
        self._context = Context(
            board=board,
            console=console,
            clock=clock,
            quotas=quotas,
            stall_seconds=stall_seconds,
            takes_version_1=len(board.canvas.colours) <= limits.VERSION_1_CELLS,
            sent_away=self.sent_away,
            departed=self._departed,
        )
        board.people_changed = self._turn_away
        board.on_action.append(self._count_action)
        self._last_id = board.record.client_ids
        self._emptied: Deferred[None] | None = None
        self._stop_deadline = Later(clock)

    def audience(self, wire: str, pack: Callable[[bytes], bytes]) -> Audience:
        """Make the audience of a wire.

        :param pack: puts a payload into the wire's frame.
        """
        return self.audience_of_own(wire, self._encoder.for_wire(pack))

    def audience_of_own(self, wire: str, encode: Encode) -> Audience:
        """Make the audience of a wire that has messages of its own."""
        audience = Audience(self.board, wire, encode)
        self.audiences.append(audience)
        return audience

    def connect(
        self,
        audience: Audience,
        transport: Any,
        usage: AddressUsage | None,
        hang_up: Callable[[], None] | None = None,
        kind: type[Client] = Client,
    ) -> Client:
        """Add a client that has connected; :meth:`admit` the client next.

        :param audience: that of the client's wire.
        :param transport: ``ITransport`` and ``IConsumer``, of a real socket or of a test.
        :param usage: limits that the client shares with others from the same address.
        :param hang_up: ends the connection after the goodbye, if the wire has a way of its own.
        :param kind: what becomes of the connection.
        """
        self._last_id += 1
        client = kind(self._context, self._last_id, audience, transport, usage, hang_up)
        self.connected[client.client_id] = client
        return client

    def admit(self, client: Client) -> None:
        """Let a client in, or send the client away if the server is full."""
        self.console.arrived(client.client_id)
        if self._emptied is not None:  # the client was on its way while the server stops
            client.end()
        elif self.max_clients is not None and self._count_open() > self.max_clients:
            client.send_away(DccError(reasons.SERVER_FULL, clientes=self.max_clients))
        elif self._quotas.hello_seconds:
            client.expect_hello(self._quotas.hello_seconds)

    def _turn_away(self) -> None:
        """End the connections of people who may no longer be connected."""
        for client in list(self.connected.values()):
            client.check_whether_turned_away()

    def _count_action(self, entry: LogEntry) -> None:
        self.actions[KINDS[type(entry.action)]] += 1

    def _departed(self, client: Client) -> None:
        self.console.closing(client.client_id)
        del self.connected[client.client_id]
        self.bytes_sent[client.wire] += client.outbox.bytes_sent
        self.console.removed(client.client_id)
        if self._emptied is not None and not self._emptied.called and not self.connected:
            self._stop_deadline.cancel()
            self._emptied.callback(None)

    def close(self) -> Deferred[None]:
        """Say goodbye to every client, and to every client yet to come.

        :return: fires when all clients have left, the slowest by force.
        """
        self._emptied = Deferred()
        if not self.connected:
            self._emptied.callback(None)
            return self._emptied
        self._stop_deadline.set(STOP_SECONDS, self._abort_all)
        for client in list(self.connected.values()):
            client.end()
        return self._emptied

    def _abort_all(self) -> None:
        for client in list(self.connected.values()):
            client.abort()

    def _count_open(self) -> int:
        return sum(client.session.is_open for client in self.connected.values())
