"""What one peer is sent, and how much of it waits here: at most one message or a few small ones, however slow the peer.

An outbox is flowing or behind. Flowing, it sends what its session has to say at once, what is small in one
piece; and where that is only what everybody is told, it leaves it to the audience of its wire. When the
transport does not take all of a message it turns behind: nothing more is asked of the session, the rest
of the message is handed over piece by piece as the transport takes it, and when all of it is gone the
session is asked again, which then has one message about everything that came meanwhile. (The way of
Drawpile's server: the next part of the history only when the queue is empty.)

What the wire itself has to say, such as the answer to a ping, goes between two messages.

A peer whose answers pile up is not read from until it has taken them, and one that says too much not for a while. One
that takes nothing for a while is aborted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from dcc import limits
from dcc.board.session import Session
from dcc.server.audience import Audience


@implementer(IPushProducer)
class Outbox:
    """Between one session and one transport.

    :ivar session: what it asks.
    :ivar is_behind: whether the transport still holds something.
    :ivar is_reading: whether the peer is read from.
    :ivar bytes_sent: how much was said so far, whether the peer has taken it or not; what the audience was told is
        counted there.
    """

    def __init__(
        self,
        session: Session,
        transport: Any,
        audience: Audience,
        clock: IReactorTime,
        stall_seconds: float,
        hang_up: Callable[[], None] | None = None,
    ) -> None:
        """
        :param transport: ``ITransport`` and ``IConsumer``, of a real socket or of a test.
        :param audience: that of this wire.
        :param stall_seconds: how long a peer may take nothing of what it is owed.
        :param hang_up: begins to end the connection after the goodbye, where the wire has a way of its own
            for it; by itself, our side of it is closed.
        """
        self.is_behind = False
        self.is_reading = True
        self.bytes_sent = 0
        self.session = session
        self._audience = audience
        self._transport = transport
        self._clock = clock
        self._stall_seconds = stall_seconds
        self._hang_up = hang_up
        self._rest: list[memoryview] = []  # what was said and not handed over yet
        self._control = b""
        self._reading_paused: IDelayedCall | None = None  # the end of a time in which the peer is not read from
        self._sending_stopped = False  # the session is not asked any more
        self._leaving = False  # the connection ends as soon as everything is out
        self._deadline: IDelayedCall | None = None
        # Only a plain socket can be written to at once.
        self._direct = isinstance(transport, tcp.Connection) and not transport.TLS
        transport.registerProducer(self, True)

    def wake(self) -> None:
        """Send what the session has to say, as far as the peer takes it."""
        if self._sending_stopped:
            return
        self._audience.step_out(self)
        session, encode = self.session, self._audience.encode
        together = b""  # to send costs more than everything before it
        while not self.is_behind and (message := session.next_message()) is not None:
            data = encode(session.version, message)
            if len(together) + len(data) <= limits.SENT_TOGETHER_BYTES:
                together += data
                continue
            if together:
                self._send(together)
                together = b""
            self._send(data)  # as it is: others are sent the same bytes, and perhaps wait for them too
        if together:
            self._send(together)
        self._read_or_not()
        if self.is_behind:
            return
        if session.is_over:
            self.stop_sending()
            (self._hang_up or self._close_our_side)()
        elif self._direct and session.is_quiet:
            self._audience.step_in(self, self._transport.socket.send)

    board_changed = wake
    """See :class:`dcc.board.board.Viewer`."""

    def send_rest(self, data: bytes, sent: int) -> None:
        """See :class:`dcc.server.audience.Member`. Being behind, it is out of step."""
        self._rest.append(memoryview(data)[sent:])
        self._send_rest()

    def send_control(self, data: bytes) -> None:
        """Send what the wire has to say, after the message that is on its way.

        A peer that asks for much and takes nothing is not read from: at most one read's answers wait.
        """
        if self.is_behind:
            self._control += data
            self._read_or_not()
        else:
            self._send(data)

    def _send(self, data: bytes) -> None:
        self.bytes_sent += len(data)
        sent = 0
        if self._direct and not self.is_behind:
            # transport.write() would ask the reactor to be called back for every message: two system
            # calls and a second pass that cost more than the sending.
            with suppress(OSError):  # full, or lost: write() finds out which, and reports it
                sent = self._transport.socket.send(data)
            if sent == len(data):
                return
        self.send_rest(data, sent)

    def _send_rest(self) -> None:
        while self._rest and not self.is_behind:
            rest = self._rest[0]
            self._transport.write(bytes(rest[: limits.WRITE_PIECE_BYTES]))
            if len(rest) > limits.WRITE_PIECE_BYTES:
                self._rest[0] = rest[limits.WRITE_PIECE_BYTES :]
            else:
                del self._rest[0]
            if self._direct and not self.is_behind:
                # What the socket did not take at once is enough to wait for.
                self.wait_until_drained()

    def wait_until_drained(self) -> None:
        """Send nothing until what the transport holds is gone: it would overtake that, on a plain socket."""
        if self._direct:
            # By itself the transport tells of full and empty from 64 KiB on.
            self._transport.producerPaused = True
            self.pauseProducing()

    # --- IPushProducer: the transport says when it is full and when it is empty ------------------------

    def pauseProducing(self) -> None:
        """The transport holds bytes that the peer has not taken."""
        self._audience.step_out(self)
        self.is_behind = True
        if self._deadline is None:
            self._expect_within(self._patience)

    def resumeProducing(self) -> None:
        """The peer has taken all that the transport held."""
        self.is_behind = False
        self._send_rest()
        if self.is_behind:
            self._expect_within(self._patience)
            return
        if not self._sending_stopped:
            self._cancel_deadline()
        if self._control:
            interjected, self._control = self._control, b""
            self._send(interjected)
        self._read_or_not()
        self.wake()
        if self._leaving:
            self.leave()

    def stopProducing(self) -> None:
        """The connection is lost: nothing more is sent."""
        self._audience.step_out(self)
        self.is_behind = self._sending_stopped = True
        self._cancel_calls()

    # --- reading and closing ----------------------------------------------------------------------------

    def shorten_deadline(self) -> None:
        """The session ends: a peer that is behind has less time from now on."""
        if self._deadline is not None:
            self._deadline.reset(self._patience)

    def pause_reading(self, seconds: float) -> None:
        """Do not read from the peer for so long from now on."""
        if self._sending_stopped:
            return
        if self._reading_paused is None:
            self._reading_paused = self._clock.callLater(seconds, self._read_again)
        else:
            self._reading_paused.reset(seconds)
        self._read_or_not()

    def _read_again(self) -> None:
        self._reading_paused = None
        self._read_or_not()

    def _read_or_not(self) -> None:
        full = len(self._control) > limits.CONTROL_BYTES
        if not self._sending_stopped:  # else nothing is left to hear but the peer's own goodbye
            full = full or self._reading_paused is not None or self.session.has_backlog
        if full and self.is_reading:
            self.is_reading = False
            self._transport.pauseProducing()
        elif not full and not self.is_reading:
            self.is_reading = True
            self._transport.resumeProducing()

    def stop_sending(self) -> None:
        """The goodbye is said: the session is asked no more, and the peer has a short time to hang up."""
        self._audience.step_out(self)
        self._sending_stopped = True
        if self._reading_paused is not None:
            self._reading_paused.cancel()
            self._reading_paused = None
        self._read_or_not()
        self._expect_within(limits.GOODBYE_SECONDS)

    def _close_our_side(self) -> None:
        """End the connection so that the peer can still read the goodbye.

        To close a socket with unread input makes the kernel reset the connection, and the peer loses what
        it had not read. So only our side is closed; what the peer still sends is read and dropped, until
        it closes its own or the time is up.
        """
        # While a paused producer is registered, loseConnection() would never come to an end.
        self._transport.unregisterProducer()
        if self._direct:
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()

    def leave(self) -> None:
        """End the connection when everything is out: the peer has said its last word too."""
        self.stop_sending()
        self._leaving = self.is_behind
        if not self._leaving:
            self._transport.unregisterProducer()
            self._transport.loseConnection()

    @property
    def _patience(self) -> float:
        is_leaving = self._sending_stopped or not self.session.is_open
        return limits.GOODBYE_SECONDS if is_leaving else self._stall_seconds

    def abort(self) -> None:
        """End the connection at once; what was not taken is dropped."""
        self._cancel_calls()
        self._transport.abortConnection()

    def _expect_within(self, seconds: float) -> None:
        if self._deadline is None:
            self._deadline = self._clock.callLater(seconds, self._give_up)
        else:
            self._deadline.reset(seconds)

    def _give_up(self) -> None:
        self._deadline = None
        self.abort()

    def _cancel_calls(self) -> None:
        self._cancel_deadline()
        if self._reading_paused is not None:
            self._reading_paused.cancel()
            self._reading_paused = None

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
