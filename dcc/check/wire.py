"""Conversations with a student's program, over a blocking socket: every wait has a limit, and so has every flood."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from dataclasses import dataclass

from dcc.check.diagnosis import RIGHT, Dialect, Form, read_form
from dcc.language import _

READ_BYTES = 64 * 1024

CONVERSATION_BYTES = 4 * 1024 * 1024
"""Most bytes read in one conversation: a hundred boards of 35 KB, more than any check asks for."""


@dataclass(frozen=True)
class Limits:
    """How long the checks wait, in seconds.

    :ivar step: for each answer of a program, also on a slow machine.
    :ivar start: for a program to start and open its port.
    :ivar person: for a person to do something in a window.
    :ivar pause: between two pieces of a message, so that the pieces arrive as two reads.
    """

    step: float = 5.0
    start: float = 15.0
    person: float = 120.0
    pause: float = 0.02

    @property
    def probe(self) -> float:
        """For a program that probably will not answer."""
        return max(self.step / 4, 0.25)


class Trouble(Exception):
    """The other side did not do the next step. ``str(trouble)`` tells a person what came instead."""


class Silence(Trouble):
    """Nothing more came within the limit."""


class Closed(Trouble):
    """The other side closed the connection, or broke it off."""


class Flood(Trouble):
    """The other side sent more than any conversation needs."""


class Conversation:
    """One connection to a student's program.

    :ivar incoming: how the program writes frames.
    :ivar outgoing: how frames are written to the program.
    """

    def __init__(
        self, connection: socket.socket, step: float, incoming: Dialect = RIGHT, outgoing: Dialect = RIGHT
    ) -> None:
        self._socket = connection
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # pieces must not be joined
        self._step = step
        self._buffer = bytearray()
        self._count = 0
        self._is_ended = False
        self.incoming = incoming
        self.outgoing = outgoing

    def send(self, payload: bytes) -> None:
        """Send one payload in its frame."""
        self.send_bytes(self.outgoing.frame(payload))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are.

        :raises Silence: the other side does not read.
        :raises Closed: the other side is gone.
        """
        self._socket.settimeout(self._step)
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise Silence(
                _("your program did not read what was sent for {seconds:g} s").format(seconds=self._step)
            ) from None
        except OSError:
            raise Closed(_("your program closed the connection")) from None

    def receive(self, seconds: float | None = None) -> Form:
        """Receive one frame, right or wrong.

        :param seconds: the limit for its beginning; that of a step if left out. A frame that has begun gets a step
            at least: on a loaded machine its rest comes late, and half a message must not be taken for a wrong one.
        :raises Silence: no frame came.
        :raises Closed: the connection ended.
        :raises Flood: too much came.
        """
        limit = self._step if seconds is None else seconds
        began = time.monotonic()
        while True:
            form = read_form(bytes(self._buffer), self.incoming)
            if form is not None:
                del self._buffer[: len(form.frame)]
                return form
            if self._buffer:
                limit = max(limit, self._step)
            left = began + limit - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                self._socket.settimeout(left)
                data = self._socket.recv(READ_BYTES)
            except TimeoutError:
                return self._rest(Silence(self._silent(limit)))
            except OSError:
                return self._rest(Closed(_("your program broke the connection off (reset)")))
            if not data:
                self._is_ended = True
                return self._rest(Closed(_("your program closed the connection")))
            self._count += len(data)
            if self._count > CONVERSATION_BYTES:
                raise Flood(_("more than {bytes:,} bytes came").format(bytes=CONVERSATION_BYTES))
            self._buffer += data

    def _silent(self, limit: float) -> str:
        if self._buffer:
            return _("{bytes} bytes came, and then nothing more for {seconds:g} s").format(
                bytes=len(self._buffer), seconds=limit
            )
        return _("nothing came for {seconds:g} s").format(seconds=limit)

    def _rest(self, trouble: Trouble) -> Form:
        """Read what is left as the frame that was meant."""
        form = read_form(bytes(self._buffer), self.incoming, is_all=True) if self._buffer else None
        if form is None:
            raise trouble
        self._buffer.clear()
        return form

    def close(self) -> None:
        """Close in good order.

        After the other side's end a reset harms nobody, and spares a server the state TIME_WAIT, in which the system
        keeps its port for a minute: without SO_REUSEADDR the server could not start again.
        """
        if self._is_ended:
            self.break_off()
        else:
            self._socket.close()

    def break_off(self) -> None:
        """Close with a reset, as a program that was killed can."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self.break_off()
