"""Publications: each is sent until the engine answers, and ends as a :class:`~dcc.cluster.log.Log` promises.

1. A publication waits while there is no connection, and is sent again under its mark on the next connection.
2. An acknowledgement ends a publication, whichever of its messages is acknowledged.
3. A refusal is definite only if no other message of the same mark is unanswered.
4. After ``PUBLISH_SECONDS`` a publication ends: refused if it was never sent, otherwise unknown.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import OrderedDict, deque
from concurrent.futures import Future
from typing import Any

from nats.aio.msg import Msg

from dcc import reasons
from dcc.cluster.connection import Connection
from dcc.cluster.log import ENTRY_BYTES, LogError, LogLost, LogRefused, LogUnknown
from dcc.cluster.stream import Stream
from dcc.language import _
from dcc.wording import one_line

PUBLISH_SECONDS = 5.0
"""Until a publication ends as unknown. Painters wait so long at most, and then see that the engine is away."""

_PAUSE_SECONDS = 0.1
"""Before a message is sent again that no leader took."""

_MARKS_IN_DOUBT = 10_000
"""Of how many marks it is known that they ended unknown, the latest ones. Each is published until read back."""

_TOO_LONG, _WRONG_STREAM, _STORE_FAILED = 10054, 10060, 10077
NO_ROOM = (10002, 10023, 10047)
FULL = ("maximum messages exceeded", "maximum bytes exceeded")
"""Error codes and texts of JetStream (``server/errors.json``, ``server/store.go`` in nats-server)."""


class _Publication:
    """One call of ``publish``.

    :ivar words: of the messages that were sent, and are not answered.
    :ivar is_in_doubt: whether an answer left open what became of a message.
    """

    __slots__ = ("future", "is_in_doubt", "mark", "payload", "timer", "words")

    def __init__(self, payload: bytes, mark: str, future: Future[None]) -> None:
        self.payload, self.mark, self.future = payload, mark, future
        self.words: set[str] = set()
        self.is_in_doubt = False
        self.timer: asyncio.TimerHandle | None = None


class Publisher:
    """All publications of a log. Used in the loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[_Publication] = deque()
        self._wake = asyncio.Event()
        self._sent: dict[str, _Publication] = {}  # by the last word of the subject of the answer
        self._words = map(str, itertools.count())
        self._in_doubt: OrderedDict[str, None] = OrderedDict()
        self._open: dict[_Publication, None] = {}
        self._lost: LogLost | None = None

    def publish(self, payload: bytes, mark: str, future: Future[None]) -> None:
        """Begin a publication."""
        publication = _Publication(payload, mark, future)
        self._open[publication] = None
        if len(payload) > ENTRY_BYTES:
            detail = _("{bytes} bytes are more than {most}").format(bytes=len(payload), most=ENTRY_BYTES)
            self._refuse(publication, LogRefused(reasons.LOG_REFUSED, detalle=detail))
        elif self._lost is not None:
            self._refuse(publication, LogRefused(reasons.LOG_LOST))
        else:
            publication.timer = self._loop.call_later(PUBLISH_SECONDS, self._give_up, publication)
            self._waiting.append(publication)
            self._wake.set()

    async def run(self, connection: Connection, stream: Stream) -> None:
        """Send what waits, as long as the connection lasts.

        :raises LogAway: the connection is lost.
        """
        inbox = await connection.listen(self._answered)
        headers = {"Nats-Expected-Stream": stream.name}
        self._wake.set()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    publication = self._waiting.popleft()
                    if publication not in self._open:
                        continue
                    word = next(self._words)
                    self._sent[word] = publication
                    publication.words.add(word)
                    try:
                        await connection.send(
                            stream.subject,
                            publication.payload,
                            f"{inbox}.{word}",
                            {"Nats-Msg-Id": publication.mark, **headers},
                        )
                    except LogRefused as error:
                        self._take(word)
                        self._refuse(publication, error)
        finally:
            again = list(dict.fromkeys(self._sent.values()))
            self._sent.clear()  # no answer comes on another connection
            self._waiting.extendleft(reversed(again))

    def stop(self, lost: LogLost | None = None) -> None:
        """End all publications; later ones fail at once if the log is lost."""
        self._lost = lost
        for publication in list(self._open):
            self._refuse(publication, LogRefused(reasons.LOG_LOST if lost else reasons.LOG_AWAY))

    # --- answers -----------------------------------------------------------------------------------

    async def _answered(self, message: Msg) -> None:
        publication = self._take(message.subject.rpartition(".")[2])
        if publication is None:  # it has ended
            return
        if message.headers and message.headers.get("Status") == "503":  # nobody listens: no leader, or no stream
            self._again(publication)
            return
        answer: dict[str, Any] = json.loads(message.data)
        error = answer.get("error")
        if error is None:
            self._in_doubt.pop(publication.mark, None)
            self._end(publication)
            publication.future.set_result(None)
            return
        code, text = error.get("err_code", 0), one_line(error.get("description", ""))
        if code in NO_ROOM or (code == _STORE_FAILED and any(known in text for known in FULL)):
            advice = _("Raise max_bytes of the stream or max_file_store of nats-server, or trim the log.")
            self._refuse(publication, LogRefused(reasons.LOG_FULL, advice))
        elif code in (_TOO_LONG, _WRONG_STREAM):
            self._refuse(publication, LogRefused(reasons.LOG_REFUSED, detalle=text))
        else:  # no leader, a disk that failed, …: the message may be in the log nevertheless
            publication.is_in_doubt = True
            self._again(publication)

    def _take(self, word: str) -> _Publication | None:
        publication = self._sent.pop(word, None)
        if publication is not None:
            publication.words.discard(word)
        return publication

    def _again(self, publication: _Publication) -> None:
        self._loop.call_later(_PAUSE_SECONDS, self._wait, publication)

    def _wait(self, publication: _Publication) -> None:
        if publication in self._open:
            self._waiting.append(publication)
            self._wake.set()

    # --- the ends ----------------------------------------------------------------------------------

    def _give_up(self, publication: _Publication) -> None:
        self._refuse(publication, LogRefused(reasons.LOG_AWAY))

    def _refuse(self, publication: _Publication, error: LogError) -> None:
        """End a publication without an acknowledgement: as unknown, if any of its messages may be in the log."""
        doubtful = publication.words or publication.is_in_doubt or publication.mark in self._in_doubt
        self._end(publication)
        if doubtful:
            self._in_doubt[publication.mark] = None
            self._in_doubt.move_to_end(publication.mark)
            while len(self._in_doubt) > _MARKS_IN_DOUBT:
                self._in_doubt.popitem(last=False)
            error = LogUnknown(_("whether the entry is in the log is unknown: {reason}").format(reason=error))
        publication.future.set_exception(error)

    def _end(self, publication: _Publication) -> None:
        self._open.pop(publication)
        for word in publication.words:
            self._sent.pop(word, None)
        if publication.timer is not None:
            publication.timer.cancel()
