"""A model of servers that race on one log: any paints, actions, outcomes, stops and starts, in any order."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from dcc import reasons
from dcc.cluster.log import LogRefused, LogUnknown
from dcc.cluster.memory_log import MemoryEngine, MemoryLog
from dcc.core.actions import Freeze, Thaw
from dcc.core.placements import Painter
from dcc.errors import RecordError, RecordLate
from dcc.record.maintenance import verify
from dcc.record.reader import Reader
from tests.support.cluster import Server
from tests.support.records import stroke
from tests.support.thread_clock import ThreadClock

SERVERS = 3
ARRIVES, IS_LOST, IS_REFUSED, ARRIVES_UNSAID, ARRIVES_TWICE = "arrives", "lost", "refused", "unsaid", "twice"

_fates = st.sampled_from([ARRIVES, ARRIVES, IS_LOST, IS_REFUSED, ARRIVES_UNSAID, ARRIVES_TWICE])
_servers = st.integers(0, SERVERS - 1)


class UnsureLog(MemoryLog):
    """A log whose next publication has a chosen fate."""

    fate = ARRIVES

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Let the entry arrive, or not, and say so, or not."""
        fate, self.fate = self.fate, ARRIVES
        failed: Future[None] = Future()
        if fate == IS_REFUSED:
            failed.set_exception(LogRefused(reasons.LOG_FULL))
            return failed
        if fate != IS_LOST:
            arrived = super().publish(payload, mark)
            if fate == ARRIVES:
                return arrived
        if fate == ARRIVES_TWICE:
            return super().publish(payload, mark)
        failed.set_exception(LogUnknown("no answer came"))
        return failed


class RacingServers(RuleBasedStateMachine):
    """Each request has a painter of its own, so that it can be found in the records."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="dcc-racing-"))
        self.engine = MemoryEngine()
        self.reactor = ThreadClock()
        self.servers: dict[int, Server] = {}
        self.asked = 0
        self.acknowledged: dict[int, int] = {}  # by painter: the sequence of the last placement
        self.rejected: set[int] = set()
        self.shown: dict[int, bytes] = {}  # by sequence: the board that some server showed

    # --- servers ---------------------------------------------------------------------------------

    @rule(number=_servers)
    def start_or_stop(self, number: int) -> None:
        """Stop a server whatever is under way, or start it again."""
        if number in self.servers:
            self.servers.pop(number).stop()
            return
        self.servers[number] = server = Server(self.engine, self.folder / str(number), self.reactor, make_log=UnsureLog)
        server.follower.seen = self.see
        self.see(server.follower.sequence, bytes(server.follower.canvas.colours))

    def see(self, sequence: int, colours: bytes) -> None:
        """Compare what a server shows with what others have shown."""
        assert self.shown.setdefault(sequence, colours) == colours

    def is_idle(self, number: int) -> bool:
        return number in self.servers and not self.servers[number].record.is_asking

    # --- requests --------------------------------------------------------------------------------

    @precondition(lambda self: self.servers)
    @rule(number=_servers, fate=_fates, pixels=st.lists(st.tuples(st.integers(0, 599), st.integers(0, 7)), min_size=1))
    def paint(self, number: int, fate: str, pixels: list[tuple[int, int]]) -> None:
        """Ask for a batch, unless one is under way."""
        if self.is_idle(number):
            server = self.servers[number]
            server.log.fate = fate  # type: ignore[attr-defined]
            self.expect(server.paint(stroke(*pixels, by=self.painter())))

    @precondition(lambda self: self.servers)
    @rule(number=_servers, fate=_fates, pixels=st.binary(max_size=3))
    def act(self, number: int, fate: str, pixels: bytes) -> None:
        """Ask for an action, unless something is under way."""
        if self.is_idle(number):
            server = self.servers[number]
            server.log.fate = fate  # type: ignore[attr-defined]
            painted = stroke(*((cell, 3) for cell in pixels)).pixels
            action = Freeze() if len(pixels) % 2 else Thaw()
            acted = server.act(action, painted, self.painter())
            self.expect(acted.addCallback(lambda entry: entry.sequence + entry.cells))

    def painter(self) -> Painter:
        self.asked += 1
        return Painter(self.asked, "", "")

    def expect(self, answer: Deferred[int]) -> None:
        asked = self.asked

        def failed(failure: Failure) -> None:
            failure.trap(RecordError)
            if isinstance(failure.value, RecordLate) or failure.value.code in (
                reasons.LOG_FULL.code,
                reasons.LOG_AWAY.code,
            ):
                self.rejected.add(asked)

        answer.addCallbacks(lambda sequence: self.acknowledged.__setitem__(asked, sequence), failed)

    @precondition(lambda self: self.engine.entries)
    @rule(number=st.integers(0))
    def repeat(self, number: int) -> None:
        """Have the engine keep an entry a second time, however late."""
        with self.engine.changed:
            self.engine.entries.append(self.engine.entries[number % len(self.engine.entries)])
            self.engine.changed.notify_all()

    # --- time ------------------------------------------------------------------------------------

    @rule()
    def settle(self) -> None:
        """Let everything arrive and be answered."""
        while not all(self.is_settled(server) for server in self.servers.values()):
            if self.reactor.has_calls:
                self.reactor.turn()
            else:
                self.reactor.advance(1)
                self.reactor.turn()

    def is_settled(self, server: Server) -> bool:
        assert reasons.LOG_LOST.code not in [fault.code for fault in server.follower.faults]
        return server.record.position == self.engine.last and not server.record.is_asking

    # --- the end ---------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Compare all copies, and look for what was acknowledged, and for doubles."""
        try:
            for number in range(SERVERS):
                if number not in self.servers:
                    self.start_or_stop(number)
            self.settle()
            for server in self.servers.values():
                server.stop()
            self.compare()
        finally:
            shutil.rmtree(self.folder)

    def compare(self) -> None:
        paths = [self.folder / str(number) for number in range(SERVERS)]
        checked = [verify(path) for path in paths]
        assert all(check.problems == () for check in checked)
        assert len({check.checksum for check in checked}) == 1
        strokes = []
        for path in paths:
            with Reader(path) as reader:
                strokes.append(list(reader.strokes()))
                entries = list(reader.log())
        assert strokes[0] == strokes[1] == strokes[2]
        ends = {each.painter.connection: each.sequence for each in strokes[0]}
        ends |= {entry.painter.connection: entry.sequence + entry.cells for entry in entries}
        painters = [each.painter.connection for each in strokes[0]] + [
            entry.painter.connection for entry in entries if not entry.cells
        ]
        assert len(painters) == len(set(painters)), "a request was recorded twice"
        assert self.acknowledged.items() <= ends.items()
        assert not self.rejected & ends.keys()


TestRacingServers: Any = RacingServers.TestCase
TestRacingServers.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
