"""A log needs most of three nodes: a node that is cut off from the others is not taken for the engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dcc.cluster.engine import NatsLog
from dcc.cluster.log import LogAway, LogRefused
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine
from tests.support.log_reader import LogReader, publish


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Three nodes."""
    with Engine(3) as engine:
        yield engine


@pytest.fixture(autouse=True)
def whole(engine: Engine) -> Iterator[None]:
    """Leave the nodes as they were."""
    yield
    engine.start_missing()


def test_a_node_alone_is_not_taken_for_the_engine(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    publish(log, b"one")
    leader = engine.leader(f"DCC_{name}")
    log.close()
    log = open_log(engine.address(name, engine.ports[leader]))
    reader = LogReader(log)
    reader.until_entries(1)
    engine.wait_until_whole(f"DCC_{name}")
    others = [node for node in range(3) if node != leader]
    engine.kill(*others)
    away = reader.until_notice(LogAway)  # though the node answers, and its consumer too
    assert str(away) == "the engine cannot serve the log: most of its 3 nodes do not answer"
    with pytest.raises(LogAway):
        log.extent()
    engine.start(*others)
    reader.until_notice(type(None))
    publish(log, b"two")
    assert reader.until_entries(2) == [b"one", b"two"]


def test_a_leader_that_stands_still_is_left(engine: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(engine.address(name))
    publish(log, b"one")
    leader = engine.leader(f"DCC_{name}")
    log.close()
    engine.wait_until_whole(f"DCC_{name}")
    others = [engine.ports[node] for node in range(3) if node != leader]
    log = open_log(engine.address(name, engine.ports[leader]))
    log.close()
    log = open_log(engine.address(name, *others))
    reader = LogReader(log)
    engine.pause(leader)
    publish(log, b"two")
    assert reader.until_entries(2) == [b"one", b"two"]
    engine.resume(leader)


def test_a_log_on_two_nodes_of_three_is_refused(engine: Engine, name: str) -> None:
    settings = {
        "name": f"DCC_{name}",
        "subjects": [f"dcc.{name}.0123"],
        "metadata": {"dcc": "1", "log": "0123"},
        "discard": "new",
        "deny_delete": True,
        "num_replicas": 2,
    }
    engine.ask(f"STREAM.CREATE.DCC_{name}", settings)
    log = NatsLog(engine.address(name))
    with pytest.raises(LogRefused, match=f"the stream DCC_{name} is on two nodes"):
        log.open()
    log.close()


def test_a_group_of_two_nodes_is_refused() -> None:
    with Engine(2) as engine:
        log = NatsLog(engine.address("x"))
        with pytest.raises(LogAway, match="a new log needs three nodes of the engine that run"):
            log.open()
        log.close()
