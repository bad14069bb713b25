"""Reads a log in order, with pull requests on a consumer of its own.

1. The follower asks for so many messages and bytes at a time, and asks again when half of them came: one question for
   many messages. (nats-py's ``fetch`` reaches a quarter of the throughput.)
2. The follower asks no more while the user of the log is behind by ``WAITING_BYTES``.
3. While a question is open, the engine sends a heartbeat each second. After ``SILENCE_SECONDS`` without a word, after a
   gap in the numbers, or if the consumer is gone, :meth:`Follower.run` ends, and begins again at the same position.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections import deque
from collections.abc import Callable

from nats.aio.msg import Msg

from dcc.cluster.connection import ApiError, Connection
from dcc.cluster.delivery import Delivery
from dcc.cluster.log import Deliver, Entry, LogLost, Notice
from dcc.cluster.stream import Stream, unable
from dcc.language import _

SILENCE_SECONDS = 3.0
"""Three heartbeats: how long a board can be stale before the follower notices."""

WAITING_BYTES = 8 * 1024 * 1024
"""Of entries that the user has not taken. With two questions open it may become twice as much."""

_MESSAGES, _BYTES = 2000, 4 * 1024 * 1024
"""Of one question: a twentieth of a second's work when catching up, and a bound for the memory."""


def _question(expires_ns: int, heartbeat_ns: int) -> bytes:
    question = {"batch": _MESSAGES, "max_bytes": _BYTES, "expires": expires_ns, "idle_heartbeat": heartbeat_ns}
    return json.dumps(question).encode()


_SHORT_QUESTION = _question(200 * 10**6, 100 * 10**6)
"""The first one on a connection: even without an entry a word comes at once, before the user hears of a fault."""

_LONG_QUESTION = _question(30 * 10**9, 10**9)

_INACTIVE_NS = 60 * 10**9
"""After which the engine removes a consumer whose server is gone."""

_OFFERS_ENDED = ("408", "404")
_STILL_THERE = ("message size exceeds maxbytes", "batch completed")
"""What status 409 says of a question alone, in small letters; the rest says that the consumer is gone."""


class Follower:
    """Follows a log across connections. Used in the loop only.

    :ivar position: of the last entry that was handed on.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, after: int, deliver: Deliver, notice: Notice, reads: Callable[[], None]
    ) -> None:
        """:param reads: called whenever the first word of the consumer has come on a connection."""
        self.position = after
        self.delivery = Delivery(deliver, notice, lambda size: loop.call_soon_threadsafe(self._taken, size))
        self._loop, self._reads = loop, reads
        self._waiting_bytes = 0
        self._questions: deque[list[int]] = deque()  # number of the question, messages to come
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._heard_at = 0.0
        self._fault: str | None = None
        self._reading = object()
        self._has_begun = False

    @property
    def is_full(self) -> bool:
        """Whether the user has to take entries before the reading goes on."""
        return self._waiting_bytes >= WAITING_BYTES

    async def run(self, connection: Connection, stream: Stream) -> None:
        """Read on, as long as the connection and the consumer last.

        :raises LogAway: the reading has to begin again.
        :raises LogLost: the next entry is no longer there.
        """
        if stream.extent.first > self.position + 1:
            raise LogLost(
                _("the log begins at entry {first}, and entry {next} is needed").format(
                    first=stream.extent.first, next=self.position + 1
                ),
                _("Start the server without its copy, or from the copy of another server."),
            )
        if stream.extent.last < self.position:
            raise unable(
                _("the log ends at entry {last}, and entry {position} was read").format(
                    last=stream.extent.last, position=self.position
                )
            )
        consumer = await self._make_consumer(connection, stream)
        self._questions.clear()
        self._fault = None
        numbers, reading = self._numbers, object()
        self._reading = reading
        self._has_begun = False

        async def heard(message: Msg) -> None:
            if self._reading is reading:  # otherwise a rest of the connection before
                self._heard(message)

        inbox = await connection.listen(heard)
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream.name}.{consumer}"
        question = _SHORT_QUESTION
        while self._fault is None:
            self._changed.clear()
            while self._wants_more():
                if not self._questions:
                    self._heard_at = self._loop.time()  # nothing was to be heard before
                number = next(numbers)
                self._questions.append([number, _MESSAGES])
                await connection.send(subject, question, f"{inbox}.{number}")
                question = _LONG_QUESTION
            silent = self._loop.time() - self._heard_at if self._questions else 0.0
            if silent >= SILENCE_SECONDS:
                self._fault = _("nothing was heard for {seconds:.10g} s").format(seconds=SILENCE_SECONDS)
                break
            timer = self._loop.call_later(SILENCE_SECONDS - silent, self._changed.set)
            await self._changed.wait()
            timer.cancel()
        raise unable(self._fault)

    def _wants_more(self) -> bool:
        if self._fault is not None or self.is_full:
            return False
        return not self._questions or (len(self._questions) == 1 and self._questions[0][1] <= _MESSAGES // 2)

    async def _make_consumer(self, connection: Connection, stream: Stream) -> str:
        """Make a consumer that begins after the position. The engine needs a majority of its nodes for that."""
        name = secrets.token_hex(8)
        config = {
            "name": name,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": self.position + 1,
            "ack_policy": "none",
            "replay_policy": "instant",
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": _INACTIVE_NS,
        }
        try:
            await connection.ask(
                f"CONSUMER.CREATE.{stream.name}.{name}", {"stream_name": stream.name, "config": config}
            )
        except ApiError as error:
            raise unable(str(error)) from None
        return name

    def _heard(self, message: Msg) -> None:
        self._heard_at = self._loop.time()
        headers = message.headers
        if headers is not None and "Status" in headers and not message.data:
            self._heard_status(message, headers["Status"], headers.get("Description", ""))
        elif self._fault is None:
            self._heard_entry(message)
        if self._fault is None and not self._has_begun:
            self._has_begun = True
            self._reads()

    def _heard_entry(self, message: Msg) -> None:
        if self._questions:
            head = self._questions[0]
            head[1] -= 1
            if head[1] == 0:
                self._questions.popleft()
                self._changed.set()
            elif head[1] == _MESSAGES // 2:
                self._changed.set()
        position = _number(message.reply)
        if position != self.position + 1:
            if position > self.position:
                self._stop(_("entry {number} came after entry {last}").format(number=position, last=self.position))
            return
        self.position = position
        self._waiting_bytes += len(message.data)
        self.delivery.add(Entry(position, message.data))

    def _heard_status(self, message: Msg, status: str, text: str) -> None:
        if status == "100":  # a heartbeat
            return
        if status in _OFFERS_ENDED or (status == "409" and text.lower() in _STILL_THERE):
            number = message.subject.rpartition(".")[2]
            self._questions = deque(each for each in self._questions if str(each[0]) != number)
            self._changed.set()
        else:
            self._stop(text or _("nobody answers {subject}").format(subject="CONSUMER.MSG.NEXT"))

    def _stop(self, fault: str) -> None:
        self._fault = self._fault or fault
        self._changed.set()

    def _taken(self, size: int) -> None:
        was_full = self.is_full
        self._waiting_bytes -= size
        if was_full:
            self._changed.set()


def _number(reply: str) -> int:
    """Return a message's number in the stream, from the subject for its acknowledgement: ``$JS.ACK.``, then in newer
    engines the domain and the account, then stream, consumer, times delivered, number in the stream, …
    """
    words = reply.split(".")
    return int(words[5] if len(words) == 9 else words[7])
