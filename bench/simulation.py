"""A machine with some servers of a canvas, paint by paint. Times are in seconds; nothing here measures anything.

1. Paints come at a rate, to each server in turn. A server publishes one batch at a time. Paints that come meanwhile
   share the next batch.
2. An entry of the log arrives at every server after the time of a publication, and costs each server CPU: the author
   another amount than the others. The time of a publication has the CPU that an entry waits for. So the CPU of an entry
   delays only what comes after.
3. A server tells its viewers of all changes at once. The next telling begins no sooner after the end of the last one
   than the last one took, and a publication is put off along with the telling, as in :mod:`dcc.board.announcements`
   and :mod:`dcc.board.commits`.
4. A server does one thing at a time. So does a process of viewers, which reads while its server tells.
5. If more processes work than the machine has cores, all get an equal part.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

FRAME_BYTES, PIXEL_BYTES = 14, 5
"""Of a message of changes, and of each pixel of it; see ``docs/protocol.md``."""

_VIEWERS_LOOKED_AT = 16
"""Of a telling: the first of them is told soon after the beginning, the last one just before the end."""
_P99_SIGMAS = 2.326
_EARLY_SECONDS = 0.001
"""How much sooner a publication that is put off ends than the telling begins."""


@dataclass(frozen=True)
class Load:
    """What is asked of the servers.

    :ivar servers: of the canvas.
    :ivar here: how many of them are on the machine that is looked at.
    :ivar viewers: of each server.
    :ivar rate: paints a second, over all servers.
    :ivar seconds: how long they paint.
    :ivar is_regular: whether the paints come at equal intervals, as in a measurement, or at random, as people paint.
    """

    servers: int
    here: int
    viewers: int
    rate: float
    seconds: float
    is_regular: bool


@dataclass(frozen=True)
class Service:
    """How long things take.

    :ivar publish: from a paint until its entry is at the servers: median and 99th percentile.
    :ivar own: CPU of a server for an entry of its own.
    :ivar followed: CPU of a server for an entry of another server.
    :ivar message: CPU of a server for a message of so many bytes to a viewer, so many seconds after the last telling.
    :ivar telling: how long a server takes to send a message: its CPU, and what the kernel does meanwhile.
    :ivar read: CPU of the viewers' process for a message; 0 if the viewers are elsewhere.
    :ivar wake: how much later the viewers' process reads if it had nothing to do before.
    """

    publish: tuple[float, float]
    own: float
    followed: float
    message: Callable[[float, float], float]
    telling: Callable[[float, float], float]
    read: float = 0.0
    wake: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of the load.

    :ivar entries: of the log, a second.
    :ivar messages: to each viewer, a second.
    :ivar message_bytes: of a message, on average.
    :ivar cpu: of the servers that were looked at, in cores.
    :ivar busy: of one server: part of the time in which the server works, which is more if the cores are too few.
    :ivar p50: from a paint until a viewer is told, the median.
    :ivar p99: the same, the 99th percentile.
    """

    entries: float
    messages: float
    message_bytes: float
    cpu: float
    busy: float
    p50: float
    p99: float


@dataclass
class _Process:
    """Does one task after the other.

    :ivar tasks: CPU of each, and the call at its end.
    :ivar left: CPU that the first task still needs.
    :ivar busy: seconds with a task.
    """

    tasks: deque[tuple[float, Callable[[], None]]] = field(default_factory=deque)
    left: float = 0.0
    busy: float = 0.0


class _Cores:
    """Shares cores among processes, and keeps the time."""

    def __init__(self, cores: float) -> None:
        self.now = 0.0
        self._cores = cores
        self._working: dict[int, _Process] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, time: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._events, (max(time, self.now), next(self._order), call))

    def do(self, process: _Process, work: float, done: Callable[[], None]) -> None:
        process.tasks.append((work, done))
        if len(process.tasks) == 1:
            process.left = work
            self._working[id(process)] = process

    def run(self, until: float) -> None:
        """Go on until a time, or until nothing is left to do."""
        while self.now < until and (self._events or self._working):
            speed = min(1.0, self._cores / len(self._working)) if self._working else 1.0
            first = min(self._working.values(), key=lambda process: process.left, default=None)
            ends = math.inf if first is None else self.now + first.left / speed
            comes = self._events[0][0] if self._events else math.inf
            then = min(ends, comes)
            for process in self._working.values():
                process.left -= (then - self.now) * speed
                process.busy += then - self.now
            self.now = then
            if first is not None and ends <= comes:
                self._end_task(first)
            else:
                heapq.heappop(self._events)[2]()

    def _end_task(self, process: _Process) -> None:
        _work, done = process.tasks.popleft()
        if process.tasks:
            process.left = process.tasks[0][0]
        else:
            del self._working[id(process)]
        done()


class _Server:
    """A server and its viewers."""

    def __init__(self, canvas: _Canvas, is_here: bool) -> None:
        """:param is_here: whether the server is on the machine that is looked at."""
        self._canvas, self._is_here = canvas, is_here
        self.loop, self._viewers = _Process(), _Process()
        self._waiting: list[float] = []  # times of paints
        self._is_publishing = False
        self._untold: list[float] = []
        self._is_telling = self._is_put_off = False
        self._ended = -math.inf
        self._not_before = 0.0
        self.messages = 0
        self.message_bytes = self.cpu = 0.0
        self.latencies: list[float] = []

    # --- paints

    def paint(self) -> None:
        self._waiting.append(self._canvas.cores.now)
        self._publish()

    def _publish(self) -> None:
        canvas = self._canvas
        if self._is_publishing or not self._waiting:
            return
        takes = canvas.draw_publish_time()
        begins = canvas.cores.now
        if self._untold and self._is_put_off:
            begins = max(begins, self._not_before - takes - _EARLY_SECONDS)
        self._is_publishing = True
        canvas.cores.at(begins, lambda: self._publish_now(takes))

    def _publish_now(self, takes: float) -> None:
        batch, self._waiting = self._waiting, []
        self._canvas.cores.at(self._canvas.cores.now + takes, lambda: self._canvas.deliver(self, batch))

    def published(self) -> None:
        self._is_publishing = False
        self._publish()

    # --- entries

    def take(self, batch: list[float], is_own: bool) -> None:
        if not self._is_here:
            if is_own:
                self.published()
            return
        self._canvas.cores.do(self.loop, 0.0, lambda: self._taken(batch, is_own))

    def _taken(self, batch: list[float], is_own: bool) -> None:
        self._untold += batch
        if is_own:
            self.published()
        self._tell_when_due()
        service = self._canvas.service
        work = service.own if is_own else service.followed
        self.cpu += work
        self._canvas.cores.do(self.loop, work, lambda: None)

    def _tell_when_due(self) -> None:
        if not self._untold or self._is_telling or self._is_put_off:
            return
        cores = self._canvas.cores
        if cores.now < self._not_before:
            self._is_put_off = True
            cores.at(self._not_before, lambda: cores.do(self.loop, 0.0, self._tell))
        else:
            self._tell(self._canvas.service.wake)

    def _tell(self, wake: float = 0.0) -> None:
        self._is_telling, self._is_put_off = True, False
        canvas = self._canvas
        viewers, began = canvas.load.viewers, canvas.cores.now
        since = began - self._ended
        told, self._untold = self._untold, []
        size = FRAME_BYTES + PIXEL_BYTES * len(told)
        self.cpu += viewers * canvas.service.message(size, since)
        self.messages += 1
        self.message_bytes += size
        unfinished = [2]

        def finish() -> None:
            unfinished[0] -= 1
            if not unfinished[0]:
                self._note(told, began, wake)

        def end_telling() -> None:
            self._is_telling = False
            self._ended = canvas.cores.now
            self._not_before = canvas.cores.now + (canvas.cores.now - began)
            finish()
            self._tell_when_due()

        canvas.cores.do(self.loop, viewers * canvas.service.telling(size, since), end_telling)
        canvas.cores.do(self._viewers, viewers * canvas.service.read, finish)

    def _note(self, told: list[float], began: float, wake: float) -> None:
        took = self._canvas.cores.now - began
        for number in range(_VIEWERS_LOOKED_AT):
            told_at = began + took * (number + 0.5) / _VIEWERS_LOOKED_AT + wake
            self.latencies += [told_at - painted for painted in told]


class _Canvas:
    """All servers."""

    def __init__(self, load: Load, service: Service, cores: float, random: Random) -> None:
        self.load, self.service, self.cores = load, service, _Cores(cores)
        self._random = random
        median, p99 = service.publish
        self._log_median = math.log(median)
        self._sigma = math.log(max(p99, median) / median) / _P99_SIGMAS
        self.servers = [_Server(self, number < load.here) for number in range(load.servers)]
        self.entries = 0
        self._paints = 0

    def draw_publish_time(self) -> float:
        return self._random.lognormvariate(self._log_median, self._sigma)

    def deliver(self, author: _Server, batch: list[float]) -> None:
        self.entries += 1
        for server in self.servers[: self.load.here]:
            server.take(batch, server is author)
        if author not in self.servers[: self.load.here]:
            author.take(batch, True)

    def run(self) -> None:
        self._paint_next()
        self.cores.run(math.inf)

    def _paint_next(self) -> None:
        load = self.load
        wait = 1 / load.rate if load.is_regular else self._random.expovariate(load.rate)
        if self.cores.now + wait <= load.seconds:
            self.cores.at(self.cores.now + wait, self._paint)

    def _paint(self) -> None:
        number = self._paints % self.load.servers if self.load.is_regular else self._random.randrange(self.load.servers)
        self._paints += 1
        self.servers[number].paint()
        self._paint_next()


def simulate(load: Load, service: Service, cores: float, random: Random) -> Outcome:
    """Let the servers be painted on for a while, and wait until everybody is told.

    :param cores: of the machine.
    """
    canvas = _Canvas(load, service, cores, random)
    canvas.run()
    took = max(canvas.cores.now, load.seconds)
    here = canvas.servers[: load.here]
    messages = sum(server.messages for server in here)
    latencies = sorted(itertools.chain.from_iterable(server.latencies for server in here))
    return Outcome(
        entries=canvas.entries / took,
        messages=messages / len(here) / took,
        message_bytes=sum(server.message_bytes for server in here) / max(1, messages),
        cpu=sum(server.cpu for server in here) / took,
        busy=sum(server.loop.busy for server in here) / len(here) / took,
        p50=latencies[len(latencies) // 2] if latencies else 0.0,
        p99=latencies[int(0.99 * len(latencies))] if latencies else 0.0,
    )
