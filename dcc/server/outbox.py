"""Sends a client the messages of a session, and holds at most a message or a few small messages for a slow client.

An outbox is flowing or behind:

- Flowing, the outbox sends at once what its session has to say, small messages in one piece. If that is only what every
  viewer is told, the outbox leaves the sending to the audience of its wire.
- If the transport does not take all of a message, the outbox is behind. It asks the session for nothing more, and hands
  the rest of the message to the transport piece by piece. When the whole message is gone the outbox asks the session
  again, and the session then has one message about everything since. (As in Drawpile's server: the next part of the
  history only when the queue is empty.)

Control frames of the wire, such as the answer to a ping, go between two messages.

If a client's answers pile up, the outbox stops reading from the client until the client has taken them; if the client
sends too much, for a while. A client that takes nothing for the stall timeout is aborted; a client on a slow line takes
something all the time, and is not.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.interfaces import IPushProducer, IReactorTime
from zope.interface import implementer

from dcc import limits
from dcc.board.session import Session
from dcc.later import Later
from dcc.server.audience import Audience
from dcc.server.twisted_internals import acknowledged_bytes, is_plain_socket, resume_when_empty

SENT_TOGETHER_BYTES = 4096
"""Most bytes of small messages to one client that go out in one piece: a painter's changes and the answers to the
painter's requests. To send costs some 5 us however little is sent."""

CONTROL_BYTES = 4096
"""Most bytes of answers to pings that wait for a client that is behind. Above that the outbox stops reading from the
client: no honest client asks for as much."""


@implementer(IPushProducer)
class Outbox:
    """Between a session and a transport; the board's viewer for the session.

    :ivar session: the source of messages.
    :ivar is_behind: whether the transport still holds a part of a message.
    :ivar is_reading: whether the transport reads from the client.
    :ivar bytes_sent: bytes sent so far, taken by the client or not, without the audience's bytes.
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
        :param audience: the audience of this wire.
        :param stall_seconds: how long a client may take nothing of what the outbox sends.
        :param hang_up: begins to end the connection after the goodbye, if the wire has a way of its own; otherwise
            the outbox closes this side of the connection.
        """
        self.is_behind = False
        self.is_reading = True
        self.bytes_sent = 0
        self.session = session
        self._audience = audience
        self._transport = transport
        self._stall_seconds = stall_seconds
        self._hang_up = hang_up
        self._rest: list[memoryview] = []  # said, but not handed to the transport yet
        self._control = b""
        self._reading_paused = Later(clock)  # reads again
        self._reading_held = False  # what was read last is not handled yet
        self._sending_stopped = False  # the session is asked no longer
        self._leaving = False  # the connection ends as soon as everything is out
        self._deadline = Later(clock)  # aborts
        self._acknowledged: int | None = None  # as the deadline was set
        self._direct = is_plain_socket(transport)
        transport.registerProducer(self, True)

    def wake(self) -> None:
        """Send the session's messages, as far as the client takes them."""
        if self._sending_stopped:
            return
        self._audience.step_out(self)
        session, encode = self.session, self._audience.encode
        together = b""  # to send costs more than all of this
        while not self.is_behind and (message := session.next_message()) is not None:
            data = encode(session.version, message)
            if len(together) + len(data) <= SENT_TOGETHER_BYTES:
                together += data
                continue
            if together:
                self._send(together)
                together = b""
            self._send(data)  # not joined: other outboxes hold views of the same bytes
        if together:
            self._send(together)
        self._read_or_not()
        if self.is_behind:
            return
        if session.is_over:
            self.stop_sending()
            (self._hang_up or self.close_our_side)()
        elif self._direct and session.is_quiet:
            self._audience.step_in(self, self._transport.socket.send)

    board_changed = wake
    """See :class:`dcc.board.board.Viewer`."""

    def send_rest(self, data: bytes, sent: int) -> None:
        """See :class:`dcc.server.audience.Member`. An outbox that is behind is out of step."""
        self._rest.append(memoryview(data)[sent:])
        self._send_rest()

    def send_control(self, data: bytes) -> None:
        """Send a control frame of the wire, after the message that is on its way.

        The outbox stops reading from a client that asks for much and takes nothing: the answers to one read wait at
        most.
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
            # transport.write() would ask the reactor for a call back: two system calls and a second pass for every
            # message, which cost more than the sending.
            with suppress(OSError):  # full or lost: write() finds out, and reports a loss
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
                self.wait_until_drained()

    def wait_until_drained(self) -> None:
        """Send nothing until the transport's buffer is empty: on a plain socket new bytes would overtake the buffer."""
        if self._direct:
            resume_when_empty(self._transport)
            self.pauseProducing()

    # --- IPushProducer: the transport says when it is full and when it is empty ------------------------

    def pauseProducing(self) -> None:
        """Turn behind: the transport holds bytes that the client has not taken."""
        self._audience.step_out(self)
        self.is_behind = True
        if not self._deadline.is_set:
            self._expect_within(self._patience)

    def resumeProducing(self) -> None:
        """Go on: the client has taken all that the transport held."""
        self.is_behind = False
        self._send_rest()
        if self.is_behind:
            self._expect_within(self._patience)
            return
        if not self._sending_stopped:
            self._deadline.cancel()
        if self._control:
            control, self._control = self._control, b""
            self._send(control)
        self._read_or_not()
        self.wake()
        if self._leaving:
            self.leave()

    def stopProducing(self) -> None:
        """Send nothing more: the connection is lost."""
        self._audience.step_out(self)
        self.is_behind = self._sending_stopped = True
        self._cancel_calls()

    # --- reading and closing ----------------------------------------------------------------------------

    def shorten_deadline(self) -> None:
        """Give a client that is behind less time, since the session ends."""
        self._deadline.move(self._patience)

    def pause_reading(self, seconds: float) -> None:
        """Stop reading from the client for this time from now."""
        if self._sending_stopped:
            return
        if self._reading_paused.is_set:
            self._reading_paused.move(seconds)
        else:
            self._reading_paused.set(seconds, self._read_or_not)
        self._read_or_not()

    def hold_reading(self, *, is_held: bool) -> None:
        """Stop reading from the client until what was read is handled; read again."""
        self._reading_held = is_held
        self._read_or_not()

    def _read_or_not(self) -> None:
        full = self._reading_held or len(self._control) > CONTROL_BYTES
        if not self._sending_stopped:  # otherwise only the client's own goodbye is left to read
            full = full or self._reading_paused.is_set or self.session.has_backlog
        if full and self.is_reading:
            self.is_reading = False
            self._transport.pauseProducing()
        elif not full and not self.is_reading:
            self.is_reading = True
            self._transport.resumeProducing()

    def stop_sending(self) -> None:
        """Ask the session no longer: the goodbye is said, and the client has a short time to hang up."""
        self._audience.step_out(self)
        self._sending_stopped = True
        self._reading_paused.cancel()
        self._read_or_not()
        self._expect_within(limits.GOODBYE_SECONDS)

    def close_our_side(self) -> None:
        """End the connection, but leave the client time to read the goodbye.

        If a socket with unread input is closed, the kernel resets the connection, and the client loses what the client
        had not read. So only this side is closed. What the client still sends is read and dropped, until the client
        closes the other side or the time is up.
        """
        # While a paused producer is registered, loseConnection() would never come to an end.
        self._transport.unregisterProducer()
        if self._direct:
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()

    def leave(self) -> None:
        """End the connection when everything is out: the client has said goodbye too."""
        self.stop_sending()
        self._leaving = self.is_behind
        if not self._leaving:
            self._transport.unregisterProducer()
            self._transport.loseConnection()

    @property
    def _is_leaving(self) -> bool:
        return self._sending_stopped or not self.session.is_open

    @property
    def _patience(self) -> float:
        return limits.GOODBYE_SECONDS if self._is_leaving else self._stall_seconds

    def abort(self) -> None:
        """End the connection at once, and drop what the client has not taken."""
        self._cancel_calls()
        self._transport.abortConnection()

    def _expect_within(self, seconds: float) -> None:
        self._acknowledged = self.acknowledged_bytes()
        if self._deadline.is_set:
            self._deadline.move(seconds)
        else:
            self._deadline.set(seconds, self._time_is_up)

    def _time_is_up(self) -> None:
        if not self._is_leaving and self.acknowledged_bytes() != self._acknowledged:  # slow, but still there
            self._expect_within(self._patience)
        else:
            self.abort()

    def acknowledged_bytes(self) -> int | None:
        """See :func:`.twisted_internals.acknowledged_bytes`."""
        return acknowledged_bytes(self._transport)

    def _cancel_calls(self) -> None:
        self._deadline.cancel()
        self._reading_paused.cancel()
