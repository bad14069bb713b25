"""Everybody who is connected, over whichever wire: their ids, how many at a time, how they leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime

from dcc import limits
from dcc.board.board import Board
from dcc.board.session import Session
from dcc.board.throttle import PaintThrottle
from dcc.core.token_bucket import TokenBucket
from dcc.errors import DccError, PixelRejected, ProtocolError, StillResting
from dcc.language import _
from dcc.protocol import codec, version1, version2
from dcc.protocol.messages import Changes, ServerMessage, Users, WholeBoard
from dcc.server.addresses import DEFAULT_QUOTAS, AddressTable, AddressUsage, Quotas, bucket_of, network_of
from dcc.server.audience import Audience, Encode
from dcc.server.console import Console
from dcc.server.open_files import OpenFiles
from dcc.server.outbox import Outbox

_SENT_TO_MANY = (Changes, WholeBoard, Users)


def configure_transport(transport: Any) -> None:
    """A connection was accepted: it sends at once, notices when nobody is there, and reads little at a time."""
    for option in ("setTcpNoDelay", "setTcpKeepAlive"):  # not every transport is TCP
        getattr(transport, option, bool)(True)
    transport.bufferSize = limits.READ_BYTES


def cache_last(make: Encode) -> Encode:
    """As ``make``, but what many clients are sent is made once: of each kind, the last is kept."""
    last: dict[tuple[int, type], tuple[ServerMessage, bytes]] = {}

    def made(version: int, message: ServerMessage) -> bytes:
        if not isinstance(message, _SENT_TO_MANY):
            return make(version, message)
        key = version, type(message)
        known = last.get(key)
        if known is not None and known[0] is message:
            return known[1]
        data = make(version, message)
        last[key] = message, data
        return data

    return made


class Client:
    """One client that is connected: its conversation, and what it is sent.

    :ivar client_id: counts 1, 2, 3, … and is not used again while the server runs.
    :ivar wire: what carries it: ``tcp`` or ``websocket``.
    :ivar address: where it connects from, for people.
    """

    def __init__(
        self,
        clients: Clients,
        client_id: int,
        audience: Audience,
        transport: Any,
        source: AddressUsage | None,
        hang_up: Callable[[], None] | None,
    ) -> None:
        """See :meth:`Clients.connect`."""
        self.client_id = client_id
        self.wire = audience.wire
        self.address = spell_address(transport.getPeer())
        self._clients = clients
        self._refusals = 0
        self._throttle = PaintThrottle(clients.clock.seconds, cooldown=clients.quotas.cooldown_seconds)
        self._share_with(source)
        self._hello: IDelayedCall | None = None  # until the first command
        self.session = Session(
            clients.board,
            client_id,
            self.address,
            self._throttle,
            takes_version_1=clients.takes_version_1,
        )
        self.outbox = Outbox(self.session, transport, audience, clients.clock, clients.stall_seconds, hang_up)

    def _share_with(self, source: AddressUsage | None) -> None:
        """Have allowances of its own, and those of its address."""
        quotas, now = self._clients.quotas, self._clients.clock.seconds()
        self._byte_buckets = _of_both(bucket_of(quotas.client_bytes, now), source.bytes if source else None)
        self._throttle.use_buckets(_of_both(bucket_of(quotas.client_pixels, now), source.pixels if source else None))

    def set_address(self, address: IAddress, source: AddressUsage | None) -> None:
        """It connects from there, as a proxy has told. To be called before anything of it is read."""
        self.address = spell_address(address)
        self.session.set_address(self.address)
        self._share_with(source)

    def payload_received(self, payload: bytes) -> None:
        """Take one message; one that is none ends the connection. What comes after that is not read."""
        if not self.session.is_open:
            return
        self._cancel_hello()
        try:
            refusal = self.session.handle(codec.decode_client(payload), self.outbox)
        except ProtocolError as error:
            self.send_away(error)
        else:
            if refusal is not None:
                self._paint_refused(refusal)
            if not self.session.is_open:  # it said goodbye
                self.outbox.shorten_deadline()

    def has_sent(self, length: int) -> None:
        """So many bytes were read of it, and taken: who sends too much is not read from for a while."""
        now = self._clients.clock.seconds()
        wait = self._throttle.wait() if self.session.version == 1 else 0.0
        for bucket in self._byte_buckets:
            bucket.take(length, now)
            its_wait = bucket.wait(now)
            if its_wait > wait:
                wait = its_wait
        if wait > 0:
            self.outbox.pause_reading(wait)

    def expect_hello(self, seconds: float) -> None:
        """Send it away unless it says something within that time."""
        self._hello = self._clients.clock.callLater(seconds, self._has_said_nothing, seconds)

    def _has_said_nothing(self, seconds: float) -> None:
        self._hello = None
        self.send_away(ProtocolError(_("no command came within {seconds:g} s").format(seconds=seconds)))

    def _cancel_hello(self) -> None:
        if self._hello is not None:
            self._hello.cancel()
            self._hello = None

    def send_away(self, error: DccError) -> None:
        """End the connection through the client's own fault, or a rule of the server's; once."""
        if not self.session.is_open:
            return
        self._clients.sent_away[type(error).__name__] += 1
        self._clients.console.at_fault(self.client_id, self.address, error)
        self.end(error)

    def end(self, error: DccError | None = None) -> None:
        """End the connection in good order."""
        self._cancel_hello()
        if self.session.is_open:
            self.session.end(error)
            self.outbox.wake()
        self.outbox.shorten_deadline()

    def abort(self) -> None:
        """End the connection at once."""
        self.outbox.abort()

    def lost(self) -> None:
        """The connection is gone: forget the client."""
        self._cancel_hello()
        self.outbox.stopProducing()
        self.session.lost()
        self._clients.board.leave(self.outbox)
        surplus = self._refusals - limits.REFUSALS_LOGGED
        if surplus > 0:
            self._clients.console.refused_more(self.client_id, self.address, surplus)
        self._clients.depart(self)

    def _paint_refused(self, error: PixelRejected) -> None:
        self._clients.board.rejections[type(error).__name__] += 1
        if isinstance(error, StillResting):  # which people run into all the time
            return
        self._refusals += 1
        if self._refusals <= limits.REFUSALS_LOGGED:
            self._clients.console.refused(self.client_id, self.address, error)


class Clients:
    """The clients of one board.

    :ivar connected: those connected now, by their id.
    :ivar payload: the payload for a message, which every wire frames in its own way.
    :ivar takes_version_1: whether the board is small enough for version 1.
    :ivar sent_away: how many were, by the kind of error.
    :ivar addresses: where they come from.
    :ivar open_files: whether there is room for one more connection.
    :ivar audiences: those that are told together, one a wire.
    :ivar bytes_sent: to those that have left and each by itself, by wire.
    """

    def __init__(
        self,
        board: Board,
        console: Console,
        clock: IReactorTime,
        *,
        max_clients: int | None = None,
        stall_seconds: float = limits.STALL_SECONDS,
        quotas: Quotas = DEFAULT_QUOTAS,
    ) -> None:
        """
        :param max_clients: how many may be connected at once; one is the activity's single-client mode.
        :param stall_seconds: how long a client may take nothing of what it is owed.
        :param quotas: what a client may have.
        """
        self.board = board
        self.console = console
        self.clock = clock
        self.max_clients = max_clients
        self.stall_seconds = stall_seconds
        self.quotas = quotas
        self.addresses = AddressTable(quotas, console, clock)
        self.open_files = OpenFiles(console, clock)
        self.connected: dict[int, Client] = {}
        self.audiences: list[Audience] = []
        self.sent_away: Counter[str] = Counter()
        self.bytes_sent: Counter[str] = Counter()
        self.takes_version_1 = len(board.canvas.colours) <= limits.VERSION_1_CELLS
        self.payload = cache_last(self._encode)
        self._last_id = 0
        self._boards = version1.BoardEncoder(board.canvas.width, board.canvas.height, board.canvas.palette)
        self._emptied: Deferred[None] | None = None

    def audience(self, wire: str, pack: Callable[[bytes], bytes]) -> Audience:
        """For the clients that will come by a wire.

        :param pack: a payload, as it goes over this wire.
        """
        encode = cache_last(lambda version, message: pack(self.payload(version, message)))
        self.audiences.append(Audience(self.board, wire, encode))
        return self.audiences[-1]

    def refusal_reason(self, address: IAddress | None) -> str:
        """Why a connection that was just accepted may not stay; empty where it may. To be asked about each."""
        if not self.open_files.have_room():
            return _("the server has no room for another connection")
        return self._refusal_reason_of(address)

    def change_address(self, source: AddressUsage | None, address: IAddress) -> tuple[AddressUsage | None, str]:
        """A connection comes from there, as a proxy has told.

        :param source: how it was counted so far.
        :return: how it is counted now, and why it may not stay, as :meth:`refusal_reason`.
        """
        if network_of(address) == (source and source.name):
            return source, ""
        reason = self._refusal_reason_of(address)
        self.addresses.leave(source)
        return self.addresses.enter(address), reason

    def _refusal_reason_of(self, address: IAddress | None) -> str:
        if not self.addresses.have_room(address):
            return _("there are {most} connections from your address, which is the most").format(
                most=self.quotas.address_clients
            )
        return ""

    def connect(
        self,
        audience: Audience,
        transport: Any,
        source: AddressUsage | None,
        hang_up: Callable[[], None] | None = None,
    ) -> Client:
        """A client is connected; :meth:`admit` it next.

        :param audience: that of its wire.
        :param transport: ``ITransport`` and ``IConsumer``, of a real socket or of a test.
        :param source: where it comes from, as ``addresses`` counts it.
        :param hang_up: ends the connection after the goodbye, where the wire has a way of its own for it.
        """
        self._last_id += 1
        client = Client(self, self._last_id, audience, transport, source, hang_up)
        self.connected[client.client_id] = client
        return client

    def admit(self, client: Client) -> None:
        """Let a client in; one too many is sent away."""
        self.console.arrived(client.client_id)
        if self._emptied is not None:  # it was on its way while the server stops
            client.end()
        elif self.max_clients is not None and self._count_open() > self.max_clients:
            client.send_away(DccError(_("the server is full ({most} at a time)").format(most=self.max_clients)))
        elif self.quotas.hello_seconds:
            client.expect_hello(self.quotas.hello_seconds)

    def depart(self, client: Client) -> None:
        """A client is gone."""
        self.console.closing(client.client_id)
        del self.connected[client.client_id]
        self.bytes_sent[client.wire] += client.outbox.bytes_sent
        self.console.removed(client.client_id)
        if self._emptied is not None and not self._emptied.called and not self.connected:
            self._emptied.callback(None)

    def close(self) -> Deferred[None]:
        """Say goodbye to every client, also to those that come from now on.

        :return: fires when all of them are gone, the slowest by force.
        """
        self._emptied = Deferred()
        if not self.connected:
            self._emptied.callback(None)
            return self._emptied
        deadline = self.clock.callLater(limits.STOP_SECONDS, self._abort_all)
        self._emptied.addCallback(lambda _ignored: deadline.cancel() if deadline.active() else None)
        for client in list(self.connected.values()):
            client.end()
        return self._emptied

    def _abort_all(self) -> None:
        for client in list(self.connected.values()):
            client.abort()

    def _count_open(self) -> int:
        return sum(client.session.is_open for client in self.connected.values())

    def _encode(self, version: int, message: ServerMessage) -> bytes:
        if version == 1 and isinstance(message, WholeBoard):
            return self._boards.encode(message)
        return version2.encode(message)


def _of_both(one: TokenBucket | None, other: TokenBucket | None) -> tuple[TokenBucket, ...]:
    return tuple(each for each in (one, other) if each is not None)


def spell_address(address: IAddress) -> str:
    """``host:port`` where it has them, else what kind of address it is."""
    if isinstance(address, IPv6Address):
        return f"[{address.host}]:{address.port}"
    if isinstance(address, IPv4Address):
        return f"{address.host}:{address.port}"
    return type(address).__name__
