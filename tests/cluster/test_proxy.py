"""A line to the engine that stalls, breaks, forgets or delays: noticed, told, and survived."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest

from dcc import reasons
from dcc.cluster.engine import NatsLog
from dcc.cluster.log import LogAway, LogRefused, LogUnknown
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine, Proxy
from tests.support.log_reader import LogReader, Painter, publish
from tests.support.server_process import PATIENCE_SECONDS


@pytest.fixture
def proxy(engine: Engine) -> Iterator[Proxy]:
    """A proxy in front of the node."""
    with Proxy(engine.ports[0]) as proxy:
        yield proxy


@pytest.mark.parametrize("fail", [Proxy.stall, Proxy.swallow], ids=["stalled", "half open"])
def test_a_line_that_carries_nothing_is_noticed_and_left(
    engine: Engine, proxy: Proxy, name: str, open_log: OpenLog, fail: Callable[[Proxy], None]
) -> None:
    log, other = open_log(engine.address(name, proxy.port)), open_log(engine.address(name))
    reader = LogReader(log)
    publish(log, b"one")
    reader.until_entries(1)
    fail(proxy)
    publish(other, b"two")
    reader.until_notice(LogAway)
    proxy.flow()
    reader.until_notice(type(None))
    assert reader.until_entries(2) == [b"one", b"two"]
    assert proxy.accepted > 1


def test_a_mark_that_ended_unknown_is_never_refused_and_never_doubled(
    engine: Engine, proxy: Proxy, name: str, open_log: OpenLog
) -> None:
    log, other = open_log(engine.address(name, proxy.port)), open_log(engine.address(name))
    own, reader = LogReader(log), LogReader(other)
    proxy.stall_answers()
    unknown = log.publish(b"one", "mark")
    assert reader.until_entries(1) == [b"one"]
    with pytest.raises(LogUnknown, match="whether the entry is in the log is unknown"):
        unknown.result()
    own.until_notice(LogAway)  # no connection is left on which anything could be sent
    proxy.refuse()
    unknown, refused = log.publish(b"one", "mark"), log.publish(b"two", "another")
    with pytest.raises(LogUnknown):
        unknown.result()
    with pytest.raises(LogRefused) as caught:
        refused.result()
    assert caught.value.code == reasons.LOG_AWAY.code
    proxy.flow()
    publish(log, b"one", "mark")
    publish(log, b"three")
    assert reader.until_entries(2) == [b"one", b"three"]


def test_a_consumer_that_says_nothing_is_left_though_nobody_paints(
    engine: Engine, name: str, open_log: OpenLog
) -> None:
    def silence(piece: bytes) -> bytes:
        return re.sub(rb"HMSG [^\r]*\r\nNATS/1\.0 100 .*?\r\n\r\n\r\n", b"", piece, flags=re.DOTALL)

    with Proxy(engine.ports[0], silence) as proxy:
        LogReader(open_log(engine.address(name, proxy.port)))
        proxy.until_accepted(2)


def test_cut_lines_lose_and_double_nothing(engine: Engine, proxy: Proxy, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name, proxy.port))
    reader = LogReader(log)
    painter = Painter(log, "p")
    for _ in range(10):
        painter.until_more(5)
        proxy.cut()
    painter.until_more(5)
    payloads = painter.stop()
    assert reader.until_entries(len(payloads)) == payloads
    assert log.extent().last == len(payloads)
    assert proxy.accepted > 10


class Meddler:
    """Changes one message on its way from the engine: the first one with the payload ``odd``."""

    def __init__(self, times: int) -> None:
        """:param times: how many times the message is passed on instead of once."""
        self._times = times
        self.has_meddled = False

    def __call__(self, piece: bytes) -> bytes:
        found = re.search(rb"HMSG [^\r]*\r\n(?:(?!HMSG).)*\r\nodd\r\n", piece, re.DOTALL)
        if found is None or self.has_meddled:
            return piece
        self.has_meddled = True
        return piece[: found.start()] + found[0] * self._times + piece[found.end() :]


@pytest.mark.parametrize(
    ("times", "following"), [(0, [b"next"]), (0, []), (2, [b"next"])], ids=["gap", "stops short", "repeated"]
)
def test_an_entry_that_is_lost_or_repeated_on_the_way_is_delivered_once(
    engine: Engine, name: str, open_log: OpenLog, times: int, following: list[bytes]
) -> None:
    meddler = Meddler(times)
    payloads = [b"first", b"odd", *following]
    with Proxy(engine.ports[0], meddler) as proxy:
        reader = LogReader(open_log(engine.address(name, proxy.port)))
        for payload in payloads:
            publish(open_log(engine.address(name)), payload)
        assert reader.until_entries(len(payloads)) == payloads
        assert meddler.has_meddled


def test_a_delayed_line_is_slow_and_right(engine: Engine, proxy: Proxy, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name, proxy.port))
    reader = LogReader(log)
    proxy.delay(0.1)
    payloads = [b"%d" % number for number in range(5)]
    for payload in payloads:
        publish(log, payload)
    assert reader.until_entries(5) == payloads


def test_a_reader_without_a_line_for_questions_goes_to_the_next_node(engine: Engine, proxy: Proxy, name: str) -> None:
    proxy.stall()
    log = NatsLog(engine.address(name, proxy.port, engine.ports[0]))
    log.open()
    publish(log, b"one")
    log.close()


class Listener:
    """Counts answers of the engine.

    :ivar looks: how many told of the stream.
    :ivar pongs: released at each answer to a ping: one as a connection begins, then one every few seconds.
    """

    def __init__(self) -> None:
        self.looks = 0
        self.looked = threading.Event()
        self.pongs = threading.Semaphore(0)

    def __call__(self, piece: bytes) -> bytes:
        self.looks += piece.count(b"stream_info_response")
        if self.looks > 1:
            self.looked.set()
        for _pong in range(piece.count(b"PONG\r\n")):
            self.pongs.release()
        return piece


def test_the_stream_is_looked_at_once_somebody_follows(engine: Engine, name: str, open_log: OpenLog) -> None:
    listener = Listener()
    with Proxy(engine.ports[0], listener) as proxy:
        log = open_log(engine.address(name, proxy.port))
        for _ in range(2):
            assert listener.pongs.acquire(timeout=PATIENCE_SECONDS)
        assert listener.looks == 1  # as the log was opened; an answer now may queue behind a snapshot
        LogReader(log)
        assert listener.looked.wait(PATIENCE_SECONDS)
