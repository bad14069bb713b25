"""A connection for programs, in the thread of the reactor.

1. The first attempt to connect has to succeed, so that a mistyped address is reported at once. A later lost connection
   is restored, however long that takes; whoever waits for it meanwhile gives up after the timeout.
2. A paint whose answer was lost with the connection is looked for on the board, and only the missing pixels are sent
   again.
3. A server's rate is waited for. A cooldown is not: the program is told, since it may want to do something else.
4. A server that sends the program away, by a ban or with the end of a key, is not asked again. A refusal of a moment,
   such as by a full server, is a lost connection: the server may still count the connection before.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred

from dcc import limits, reasons
from dcc.api.board import Look
from dcc.api.errors import OnCooldown, Refused, Unavailable
from dcc.api.feed import Feed
from dcc.client.endpoint import Server
from dcc.client.identity import Identity
from dcc.client.link import Link, LinkState
from dcc.client.script import CONNECT_SECONDS, after_silence, unavailable
from dcc.core.canvas import unpack_pixels
from dcc.core.placements import MILLISECONDS
from dcc.errors import Refusal, ServerUnavailable
from dcc.language import _, number
from dcc.later import Later
from dcc.protocol.messages import Acknowledged, Changes, Closing, Cooldown, Failed, Rejected, ServerMessage, Welcome

_T = TypeVar("_T")

_Answer = Acknowledged | Rejected | None
"""To a paint; None if the answer was lost with the connection."""

_OF_COOLDOWNS = (reasons.COOLDOWN.code,)
_OF_RATES = (reasons.TOO_FAST.code,)

_FINAL = frozenset(
    reason.code
    for reason in (
        reasons.UNKNOWN_KEY,
        reasons.EXPIRED_KEY,
        reasons.WRONG_CODE,
        reasons.TURNED_AWAY,
        reasons.TURNED_AWAY_UNTIL,
    )
)
"""Refusals of a person, not of a moment; the page has the same list (``FINAL`` in ``dcc/page/main.js``)."""


class Connection:
    """Paints, waits and asks; see the rules above. Every method is called in the thread of the reactor.

    :ivar link: the connection, with the board. Its replica may be read in other threads.
    """

    def __init__(self, reactor: Any, server: Server, identity: Identity, timeout: float) -> None:
        """
        :param timeout: longest wait for a lost server and for an answer, in seconds.
        :raises DccError: see :meth:`~dcc.client.endpoint.Server.endpoint`.
        """
        self.link = Link(reactor, server.endpoint(reactor), self, identity)
        self._reactor = reactor
        self._server = server
        self._timeout = timeout
        self._connecting = Later(reactor)
        self._was_live = False
        self._reason = ""  # why there is no connection
        self._was_sent_away = False
        self._fault: Unavailable | None = None
        self._answers: dict[int, tuple[Deferred[_Answer], Sequence[tuple[int, int]]]] = {}
        self._told_soon: list[Deferred[_Answer]] = []  # acknowledged; the news of the cooldown is on its way
        self._cooldown_at = 0.0  # when the news of the cooldown came
        self._pauses: set[Deferred[None]] = set()
        self._feeds: list[Feed] = []

    # --- the beginning and the end -----------------------------------------------------------------

    async def start(self) -> None:
        """Connect, and wait for the board.

        :raises Unavailable: there is no server, or the server refused this program.
        """
        seconds = min(CONNECT_SECONDS, self._timeout)
        after_silence(self.link, self._connecting, seconds, lambda: self._fail(_("no answer")))
        self.link.start()
        while not self._was_live:
            await self._news(math.inf)
            self._raise_fault()

    def stop(self) -> Deferred[None]:
        """Say goodbye. Whoever waits is told that the connection is closed."""
        self._end(Unavailable(_("the connection is closed")))
        for feed in self._feeds:
            feed.end(None)
        return self.link.stop().addTimeout(limits.GOODBYE_SECONDS, self._reactor).addErrback(lambda _late: None)

    def _fail(self, reason: str) -> None:
        if self._fault is not None:
            return
        self._end(Unavailable(str(unavailable(self._server, reason.rstrip(".")))))
        for feed in self._feeds:
            feed.end(self._fault)
        self.link.stop()

    def _end(self, fault: Unavailable) -> None:
        self._fault = self._fault or fault
        self._connecting.cancel()
        self._lose_answers()
        self._tell_news()

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault.with_traceback(None)

    # --- LinkListener ------------------------------------------------------------------------------

    def link_changed(self, state: LinkState, reason: str) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        self._reason = reason or self._reason
        if state is LinkState.ONLINE:
            self._was_live = True
            self._connecting.cancel()
            if self.link.replica.version == 1:
                self._fail(_("the server speaks version 1, and programs need version 2"))
        elif state is not LinkState.STOPPED and reason and (self._was_sent_away or not self._was_live):
            self._fail(reason)
        elif state is LinkState.AWAY:
            self._lose_answers()
        self._tell_news()

    def link_received(self, message: ServerMessage, cells: set[int] | None) -> None:
        """See :class:`~dcc.client.link.LinkListener`."""
        match message:
            case Failed() | Closing():
                self._was_sent_away = self._was_sent_away or message.code in _FINAL
            case Acknowledged(request) | Rejected(request) if request in self._answers:
                self._answered(message, *self._answers.pop(request))
            case Cooldown():
                self._cooldown_at = self._reactor.seconds()
                self._acknowledge()
                self._tell_news()
        look = self.look()
        if look is None or not self._feeds or isinstance(message, Welcome):  # whose board is still to come
            return
        changed: Iterable[int] | None = cells
        if isinstance(message, Changes) and cells:
            # As they were painted, without the cells that still show this program's own paints.
            changed = dict.fromkeys(cell for cell, _colour in unpack_pixels(message.pixels) if cell in cells)
        for feed in self._feeds:
            feed.take(changed, look)

    def _answered(
        self, message: Acknowledged | Rejected, answer: Deferred[_Answer], pixels: Sequence[tuple[int, int]]
    ) -> None:
        if isinstance(message, Rejected):
            answer.callback(message)
            return
        self._note_own(pixels)
        if self.link.replica.has_cooldown:  # its news follows, and the program may want to know it next
            self._told_soon.append(answer)
        else:
            answer.callback(message)

    def _note_own(self, pixels: Sequence[tuple[int, int]]) -> None:
        for feed in self._feeds:
            feed.note_own(pixels)

    def _acknowledge(self) -> None:
        answers, self._told_soon = self._told_soon, []
        for answer in answers:
            answer.callback(Acknowledged(0, 0))

    def _lose_answers(self) -> None:
        self._acknowledge()
        answers, self._answers = self._answers, {}
        for answer, pixels in answers.values():
            self._note_own(pixels)  # they may be on the board, or will be
            answer.callback(None)

    # --- waiting -----------------------------------------------------------------------------------

    def _tell_news(self) -> None:
        pauses, self._pauses = self._pauses, set()
        for pause in pauses:
            pause.callback(None)

    def _news(self, seconds: float) -> Deferred[None]:
        """Wait for news of the connection or of the cooldown, or until a time is over."""
        news: Deferred[None] = Deferred()
        self._pauses.add(news)
        if seconds == math.inf:
            return news

        def over() -> None:
            self._pauses.discard(news)
            news.callback(None)

        later = Later(self._reactor)
        later.set(seconds, over)

        def cancel(outcome: None) -> None:
            later.cancel()

        return news.addCallback(cancel)

    async def _sleep(self, seconds: float) -> None:
        end = self._reactor.seconds() + seconds
        while (left := end - self._reactor.seconds()) > 0:
            await self._news(left)
            self._raise_fault()

    async def _until_online(self) -> None:
        """:raises Unavailable: the server was lost for too long, or for good."""
        end = self._reactor.seconds() + self._timeout
        self._raise_fault()
        while self.link.state is not LinkState.ONLINE:
            left = end - self._reactor.seconds()
            if left <= 0:
                reason = _("connection lost: {reason}").format(reason=self._reason.rstrip("."))
                raise Unavailable(str(unavailable(self._server, reason)))
            await self._news(left)
            self._raise_fault()

    async def _in_time(self, answer: Awaitable[_T], give_up: Callable[[], None]) -> _T:
        """Wait for an answer.

        :raises Unavailable: nothing has come from the server for too long.
        """
        deadline = Later(self._reactor)
        after_silence(self.link, deadline, self._timeout, give_up)
        try:
            return await answer
        except CancelledError:
            reason = _("no answer for {seconds} s").format(seconds=number(self._timeout))
            raise Unavailable(str(unavailable(self._server, reason))) from None
        finally:
            deadline.cancel()

    # --- what programs do --------------------------------------------------------------------------

    def look(self) -> Look | None:
        """Return the board as it is shown, or nothing in the middle of a change of its size; in any thread."""
        replica = self.link.replica
        canvas, shown = replica.canvas, replica.shown
        if canvas is None or len(shown) != len(canvas.colours):
            return None
        return Look(canvas.width, canvas.height, canvas.palette, shown)

    async def paint(self, pixels: Sequence[tuple[int, int]]) -> None:
        """Paint ``(cell, colour)`` pairs, and wait until they are recorded.

        :raises Refused: the rules do not permit it. Of more than :data:`.limits.REQUEST_PIXELS` pixels, the ones before
            may be painted.
        :raises Unavailable: the server was lost.
        """
        for start in range(0, len(pixels), limits.REQUEST_PIXELS):
            await self._paint_part(pixels[start : start + limits.REQUEST_PIXELS])

    async def _paint_part(self, pixels: Sequence[tuple[int, int]]) -> None:
        while pixels:
            await self._until_online()
            answer: Deferred[_Answer] = Deferred()
            (request,) = self.link.paint(pixels)
            self._answers[request] = answer, pixels
            match await self._in_time(answer, answer.cancel):
                case Acknowledged():
                    return
                case Rejected() as rejected:
                    if rejected.code not in _OF_RATES or rejected.retry_ms is None:
                        raise _refused(rejected)
                    await self._sleep(rejected.retry_ms / MILLISECONDS)
                case None:
                    await self._until_online()
                    shown = self.link.replica.shown
                    last = dict(pixels)  # of the pixels of a cell, the board keeps the last
                    pixels = [pixel for pixel in last.items() if pixel[0] >= len(shown) or shown[pixel[0]] != pixel[1]]

    async def wait(self, pixels: int) -> None:
        """Wait until the cooldown permits so many pixels at once.

        :raises Refused: it never does.
        :raises Unavailable: the server was lost.
        """
        while True:
            await self._until_online()
            cooldown = self.link.replica.cooldown
            if cooldown is None:
                return
            if pixels > cooldown.most:
                seconds = cooldown.each_ms / MILLISECONDS
                raise Refused(reasons.TOO_MANY_CELLS, cargas=cooldown.most, segundos=seconds)
            missing = pixels - cooldown.charges
            if missing <= 0:
                return
            wait = (cooldown.next_ms + (missing - 1) * cooldown.each_ms) / MILLISECONDS
            left = self._cooldown_at + wait - self._reactor.seconds()
            if left <= 0:
                return
            await self._news(left)

    async def ask(self, question: Callable[[Link], Deferred[_T]]) -> _T:
        """Ask, and wait for the answer; ask again after a lost connection.

        :raises Refused: the server refuses.
        :raises Unavailable: the server was lost.
        """
        while True:
            await self._until_online()
            answer = question(self.link)
            try:
                return await self._in_time(answer, answer.cancel)
            except Refusal as error:
                refused = Refused(str(error))
                refused.code, refused.values = error.code, error.values
                raise refused from None
            except ServerUnavailable as error:
                if self.link.state is LinkState.ONLINE:
                    raise Unavailable(str(unavailable(self._server, error))) from None

    def follow(self, feed: Feed) -> None:
        """Tell a feed of all changes from now on."""
        look = self.look()
        if self._fault is not None:
            feed.end(self._fault)
        elif look is not None:
            feed.begin(look)
            self._feeds.append(feed)

    def unfollow(self, feed: Feed) -> None:
        """Tell a feed no longer."""
        if feed in self._feeds:
            self._feeds.remove(feed)


def _refused(rejected: Rejected) -> Refused:
    line = reasons.tell(rejected.code, rejected.values, rejected.reason)
    error = Refused(line)
    if rejected.code in _OF_COOLDOWNS:
        error = OnCooldown(line)
        error.wait = (rejected.retry_ms or 0) / MILLISECONDS
    error.code, error.values = rejected.code, rejected.values
    return error
