"""What waits between the log's thread and the record."""

from __future__ import annotations

from threading import Event, Thread

from dcc.cluster.log import Entry
from dcc.record.inflow import HELD_BYTES, Inflow
from tests.support.server_process import PATIENCE_SECONDS


def test_no_more_bytes_wait_than_a_bound_however_long_the_entries_are() -> None:
    payload = bytes(500_000)
    fitting = HELD_BYTES // len(payload) + 1
    count = 40 * fitting
    inflow = Inflow()
    most = 0
    is_full = Event()

    def note() -> None:
        nonlocal most
        most = max(most, inflow.held)
        if most == fitting:
            is_full.set()

    def put() -> None:
        for position in range(1, count + 1):
            inflow.put([Entry(position, payload)])

    inflow.arrived = note
    thread = Thread(target=put)
    thread.start()
    assert is_full.wait(PATIENCE_SECONDS)
    taken: list[int] = []
    while len(taken) < count:
        assert inflow.wait(PATIENCE_SECONDS)
        taken += [entry.position for entry in inflow.take(1)]
    thread.join()
    assert taken == list(range(1, count + 1))
    assert most == fitting
