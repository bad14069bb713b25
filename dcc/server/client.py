"""A connected client of any wire: the conversation, the limits, the end of the connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from twisted.internet.interfaces import IAddress, IReactorTime

from dcc import reasons
from dcc.board.board import Board
from dcc.board.session import Session
from dcc.board.throttle import PaintThrottle
from dcc.core.token_bucket import TokenBucket
from dcc.errors import DccError, PixelRejected, ProtocolError
from dcc.later import Later
from dcc.protocol import codec
from dcc.server.addresses import AddressUsage, Quotas, bucket_of, spell_address, spell_host
from dcc.server.audience import Audience
from dcc.server.console import Console
from dcc.server.outbox import Outbox

REFUSALS_LOGGED = 5
"""Rejected paints of a client with a console line each. A client with thousands must not fill the operator's disk, so
one line counts the rest when the client leaves."""


_NO_FAULTS = {
    reason.code
    for reason in (
        reasons.COOLDOWN,
        reasons.ONLY_WATCHING,
        reasons.NEEDS_CODE,
        reasons.FROZEN,
        reasons.FOREIGN_AREA,
        reasons.FOREIGN_REST,
        reasons.BANNED,
        reasons.BANNED_UNTIL,
    )
}
"""Rejected paints without a console line: rules of the game, which people find out about by trying."""


@dataclass(frozen=True)
class Context:
    """What all clients of a board share.

    :ivar stall_seconds: how long a client may take nothing of what the server sends.
    :ivar takes_version_1: whether the board is small enough for version 1.
    :ivar sent_away: counts the clients that were sent away, by the code of the reason.
    :ivar departed: called when a client has left.
    """

    board: Board
    console: Console
    clock: IReactorTime
    quotas: Quotas
    stall_seconds: float
    takes_version_1: bool
    sent_away: Counter[str]
    departed: Callable[[Client], None]


class Client:
    """A client.

    :cvar session_class: the kind of conversation.
    :ivar client_id: 1, 2, 3, …; not used again while the server runs.
    :ivar wire: what carries the client's messages: ``tcp``, ``websocket`` or ``pixelflut``.
    :ivar address: where the client connects from, for people.
    :ivar context: shared with the other clients.
    :ivar session: the conversation.
    :ivar outbox: sends the client what the session says.
    """

    session_class: ClassVar[type[Session]] = Session

    session: Session

    def __init__(
        self,
        context: Context,
        client_id: int,
        audience: Audience,
        transport: Any,
        usage: AddressUsage | None,
        hang_up: Callable[[], None] | None,
    ) -> None:
        """See :meth:`dcc.server.clients.Clients.connect`."""
        clock = context.clock
        self.client_id = client_id
        self.wire = audience.wire
        self.address = spell_address(transport.getPeer())
        self.context = context
        self._refusals = 0
        self._throttle = PaintThrottle(clock.seconds)
        self._use_buckets(usage)
        self._hello = Later(clock)  # until the first command
        self.session = self.session_class(
            context.board,
            client_id,
            self.address,
            self._throttle,
            takes_version_1=context.takes_version_1,
            source=_source(usage),
            host=spell_host(transport.getPeer()),
        )
        self.outbox = Outbox(self.session, transport, audience, clock, context.stall_seconds, hang_up)

    def _use_buckets(self, usage: AddressUsage | None) -> None:
        """Limit the client by the client's own buckets and the buckets of the address."""
        quotas, now = self.context.quotas, self.context.clock.seconds()
        own_bytes, own_pixels = bucket_of(quotas.client_bytes, now), bucket_of(quotas.client_pixels, now)
        self._byte_buckets = _with(own_bytes, usage.bytes if usage else ())
        self._throttle.use_buckets(_with(own_pixels, usage.pixels if usage else ()))

    def set_address(self, address: IAddress, usage: AddressUsage | None) -> None:
        """Take the address that a proxy has told. To be called before anything of the client is read."""
        self.address = spell_address(address)
        self.session.set_address(self.address, _source(usage), spell_host(address))
        self._use_buckets(usage)

    def sign_in(self, name: str) -> None:
        """Take the name that a proxy has signed in. To be called before anything of the client is read."""
        self.session.sign_in(name)

    def payload_received(self, payload: bytes) -> None:
        """Handle a message. If the payload is no message, end the connection and ignore the rest."""
        if not self.session.is_open:
            return
        self.has_greeted()
        try:
            refusal = self.session.handle(codec.decode_client(payload), self.outbox)
        except ProtocolError as error:
            self.send_away(error)
            return
        if refusal is not None:
            self.paint_refused(refusal)
        if not self.session.is_open:  # the client said goodbye
            self.outbox.shorten_deadline()

    def has_sent(self, length: int) -> None:
        """Count bytes that were read and handled; stop reading for a while if they are too many."""
        now = self.context.clock.seconds()
        wait = self._throttle.wait() if self.session.version != 2 else 0.0  # otherwise the client is told to wait
        for bucket in self._byte_buckets:
            bucket.take(length, now)
            bucket_wait = bucket.wait(now)
            if bucket_wait > wait:
                wait = bucket_wait
        if wait > 0:
            self.outbox.pause_reading(wait)

    def expect_hello(self, seconds: float) -> None:
        """Send the client away unless a command comes within this time."""
        self._hello.set(seconds, self._has_said_nothing, seconds)

    def has_greeted(self) -> None:
        """Wait for the first command no longer: a command has come."""
        self._hello.cancel()

    def _has_said_nothing(self, seconds: float) -> None:
        self.send_away(ProtocolError(reasons.SAID_NOTHING, segundos=seconds))

    def send_away(self, error: DccError) -> None:
        """End the connection because of the client's own fault or a rule of the server; once."""
        if not self.session.is_open:
            return
        self.context.sent_away[error.code] += 1
        self.context.console.at_fault(self.client_id, self.address, error)
        self.end(error)

    def check_whether_turned_away(self) -> None:
        """Send the client away if a ban or the end of a key says so."""
        error = self.session.turned_away()
        if error is not None:
            self.send_away(error)

    def end(self, error: DccError | None = None) -> None:
        """End the connection in good order."""
        self._hello.cancel()
        if self.session.is_open:
            self.session.end(error)
            self.outbox.wake()
        self.outbox.shorten_deadline()

    def abort(self) -> None:
        """End the connection at once."""
        self.outbox.abort()

    def lost(self) -> None:
        """Forget the client: the connection is gone."""
        self._hello.cancel()
        self.outbox.stopProducing()
        self.session.lost()
        self.context.board.leave(self.outbox)
        surplus = self._refusals - REFUSALS_LOGGED
        if surplus > 0:
            self.context.console.refused_more(self.client_id, self.address, surplus)
        self.context.departed(self)

    def paint_refused(self, error: PixelRejected) -> None:
        """Count a paint of the client that changed nothing, and tell the operator of the first ones."""
        self.context.board.rejections[error.code] += 1
        if error.code in _NO_FAULTS:
            return
        self._refusals += 1
        if self._refusals <= REFUSALS_LOGGED:
            self.context.console.refused(self.client_id, self.address, error)


def _source(usage: AddressUsage | None) -> str:
    """Name the address in whose turns a client asks; all clients of this machine share theirs."""
    return usage.name if usage else ""


def _with(bucket: TokenBucket | None, others: tuple[TokenBucket, ...]) -> tuple[TokenBucket, ...]:
    return others if bucket is None else (bucket, *others)
