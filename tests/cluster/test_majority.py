"""A log needs most of three nodes: a node that is cut off from the others is not taken for the engine."""

from __future__ import annotations

import pytest

from dcc.cluster.engine import NatsLog
from dcc.cluster.log import LogAway, LogRefused
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine
from tests.support.log_reader import LogReader, publish


def test_a_node_alone_is_not_taken_for_the_engine(group: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(group.address(name))
    publish(log, b"one")
    leader = group.leader(f"DCC_{name}")
    log.close()
    log = open_log(group.address(name, group.ports[leader]))
    reader = LogReader(log)
    reader.until_entries(1)
    group.wait_until_whole(f"DCC_{name}")
    others = [node for node in range(3) if node != leader]
    group.kill(*others)
    away = reader.until_notice(LogAway)  # though the node answers, and its consumer too
    assert str(away) == "the engine cannot serve the log: most of its 3 nodes do not answer"
    with pytest.raises(LogAway):
        log.extent()
    group.start(*others)
    reader.until_notice(type(None))
    publish(log, b"two")
    assert reader.until_entries(2) == [b"one", b"two"]


def test_a_leader_that_stands_still_is_left(group: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(group.address(name))
    publish(log, b"one")
    leader = group.leader(f"DCC_{name}")
    log.close()
    group.wait_until_whole(f"DCC_{name}")
    others = [group.ports[node] for node in range(3) if node != leader]
    log = open_log(group.address(name, group.ports[leader]))
    log.close()
    log = open_log(group.address(name, *others))
    reader = LogReader(log)
    group.pause(leader)
    publish(log, b"two")
    assert reader.until_entries(2) == [b"one", b"two"]
    group.resume(leader)


def test_a_log_on_two_nodes_of_three_is_refused(group: Engine, name: str) -> None:
    settings = {
        "name": f"DCC_{name}",
        "subjects": [f"dcc.{name}.0123"],
        "metadata": {"dcc": "1", "log": "0123"},
        "discard": "new",
        "deny_delete": True,
        "num_replicas": 2,
    }
    group.ask(f"STREAM.CREATE.DCC_{name}", settings)
    log = NatsLog(group.address(name))
    with pytest.raises(LogRefused, match=f"the stream DCC_{name} is on two nodes"):
        log.open()
    log.close()


def test_a_group_of_two_nodes_is_refused() -> None:
    with Engine(2) as engine:
        log = NatsLog(engine.address("x"))
        with pytest.raises(LogAway, match="a new log needs three nodes of the engine that run"):
            log.open()
        log.close()
