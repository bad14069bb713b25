"""``/metrics``: the numbers an operator watches, in the form of Prometheus.

The program counts in plain attributes. A scrape reads the attributes and gives them their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from twisted.internet.interfaces import IReactorTime

from dcc import reasons
from dcc.core.actions import KINDS
from dcc.core.histogram import Histogram
from dcc.later import Later
from dcc.reasons import Reason
from dcc.record.cluster import ClusterRecord
from dcc.server.clients import Clients
from dcc.server.web.channel import Page, answer

LOOP_LAG_SECONDS = 1.0
"""How often the lag of the loop is measured: often enough for a scrape every few seconds."""

METRICS_SECONDS = 0.2
"""How old the numbers of a scrape may be: reading them takes milliseconds, with ten thousand clients ten."""

# Each number of these is there from the start at 0: a rate begins with the first event, not the second.
_WIRES = ("tcp", "websocket", "pixelflut")
_KINDS = (*product(("tcp", "websocket"), ("1", "2")), ("pixelflut", "0"))
"""Of clients: wire and version; Pixelflut has no versions."""


class LoopLag:
    """How late the event loop makes its calls.

    :ivar seconds: the last measurement.
    :ivar measured: all measurements.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.seconds = 0.0
        self.measured = Histogram((0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0))
        self._clock = clock
        self._next = Later(clock)

    def start(self) -> None:
        """Measure every second from now on."""
        self._due = self._clock.seconds() + LOOP_LAG_SECONDS
        self._next.set(LOOP_LAG_SECONDS, self._measure)

    def stop(self) -> None:
        """Measure no longer."""
        self._next.cancel()

    def _measure(self) -> None:
        self.seconds = max(0.0, self._clock.seconds() - self._due)
        self.measured.add(self.seconds)
        self.start()


class CanvasCollector(Collector):
    """Reads the counts of a board and its clients."""

    def __init__(self, clients: Clients, lag: LoopLag) -> None:
        self._clients = clients
        self._lag = lag

    def collect(self) -> Iterator[Metric]:
        """Yield every number, as of now."""
        clients, board = self._clients, self._clients.board
        connected: Counter[tuple[str, str]] = Counter(dict.fromkeys(_KINDS, 0))
        behind: Counter[str] = Counter()
        sent = Counter(clients.bytes_sent)
        for client in clients.connected.values():
            connected[client.wire, str(client.session.version)] += 1
            behind[client.wire] += client.outbox.is_behind
            sent[client.wire] += client.outbox.bytes_sent
        for audience in clients.audiences:
            sent[audience.wire] += audience.bytes_sent

        clients_now = GaugeMetricFamily("dcc_clients", "Clients connected now", labels=["wire", "version"])
        for (wire, version), count in connected.items():
            clients_now.add_metric([wire, version], count)
        yield clients_now
        yield _by_wire(
            GaugeMetricFamily("dcc_clients_behind", "Clients that have not taken what they were sent", labels=["wire"]),
            behind,
        )
        yield _by_wire(CounterMetricFamily("dcc_sent_bytes", "Bytes sent to clients", labels=["wire"]), sent)

        yield CounterMetricFamily("dcc_placements", "Pixels painted since the canvas was new", value=board.sequence)
        yield _histogram("dcc_commit_seconds", "How long the record took to make a batch durable", board.commit_seconds)
        yield _histogram("dcc_commit_pixels", "Pixels in a batch", board.commit_pixels)
        yield _histogram("dcc_tell_seconds", "How long it took to send a batch to all viewers", board.tell_seconds)
        yield GaugeMetricFamily("dcc_record_ok", "Whether the record takes paints", value=board.fault is None)
        if isinstance(board.record, ClusterRecord):
            yield from _of_log(board.record)
        rejected = CounterMetricFamily(
            "dcc_rejected", "Requests that changed nothing, by the reason's code", labels=["reason"]
        )
        yield _by_reason(rejected, reasons.OF_PAINTS, board.rejections)
        sent_away = CounterMetricFamily(
            "dcc_sent_away", "Clients whose connection was ended, by the reason's code", labels=["reason"]
        )
        yield _by_reason(sent_away, reasons.OF_ENDS, clients.sent_away)

        actions = CounterMetricFamily("dcc_actions", "Recorded actions of moderators, by kind", labels=["action"])
        for word in KINDS.values():
            actions.add_metric([word], clients.actions[word])
        yield actions

        yield GaugeMetricFamily("dcc_loop_lag_seconds", "How late the loop was last", value=self._lag.seconds)
        yield _histogram("dcc_loop_lag_measured_seconds", "How late the loop was, every second", self._lag.measured)


def _of_log(record: ClusterRecord) -> Iterator[Metric]:
    yield GaugeMetricFamily("dcc_log_position", "The last entry of the common log that is shown", value=record.position)
    yield GaugeMetricFamily("dcc_log_waiting", "Entries that have arrived and are not recorded", value=record.waiting)
    yield CounterMetricFamily(
        "dcc_log_interruptions", "How often the common log could not be reached", value=record.interruptions
    )
    yield _histogram(
        "dcc_log_publish_seconds", "How long it took until an own entry was read back", record.publish_seconds
    )


def _by_wire(family: GaugeMetricFamily | CounterMetricFamily, counts: Counter[str]) -> Metric:
    for wire in _WIRES:
        family.add_metric([wire], counts[wire])
    return family


def _by_reason(family: CounterMetricFamily, known: Sequence[Reason], counts: Counter[str]) -> Metric:
    for code in dict.fromkeys((*(reason.code for reason in known), *counts)):
        family.add_metric([code], counts[code])
    return family


def _histogram(name: str, documentation: str, histogram: Histogram) -> Metric:
    buckets = []
    count = 0
    for bound, more in zip([*map(str, histogram.bounds), "+Inf"], histogram.counts, strict=True):
        count += more
        buckets.append((bound, count))
    family = HistogramMetricFamily(name, documentation)
    family.add_metric([], buckets, histogram.total)
    return family


class Metrics(Page):
    """Answers a scrape. The numbers are read five times a second at most, however often they are asked for."""

    def __init__(self, clients: Clients, lag: LoopLag, clock: IReactorTime) -> None:
        super().__init__()
        self._clock = clock
        self._read = b""
        self._read_at = -METRICS_SECONDS
        self._registry = CollectorRegistry()
        self._registry.register(CanvasCollector(clients, lag))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def show(self, request: Any) -> int:
        """Answer with every number."""
        now = self._clock.seconds()
        if now - self._read_at >= METRICS_SECONDS:
            self._read, self._read_at = generate_latest(self._registry), now
        return answer(request, self._read, CONTENT_TYPE_LATEST.encode())
