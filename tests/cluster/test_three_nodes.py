"""A group of three nodes that fail, one at a time, two or all: nothing acknowledged is lost, nothing doubled."""

from __future__ import annotations

from dcc.cluster.log import LogAway
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine
from tests.support.log_reader import LogReader, Painter


def check(reader: LogReader, painters: list[Painter]) -> None:
    """Check that a reader has every acknowledged entry once, in each painter's order."""
    expected = [painter.stop() for painter in painters]
    payloads = reader.until_entries(sum(map(len, expected)))
    for own in expected:
        word = own[0].partition(b"-")[0]
        assert [payload for payload in payloads if payload.startswith(word + b"-")] == own


def test_each_node_in_turn_is_killed_and_comes_back_while_painters_paint(
    group: Engine, name: str, open_log: OpenLog
) -> None:
    logs = [open_log(group.address(name)) for _ in range(2)]
    readers = [LogReader(log) for log in logs]
    painters = [Painter(log, f"p{number}") for number, log in enumerate(logs)]
    for node in range(3):
        group.wait_until_whole(f"DCC_{name}")
        group.kill(node)
        for painter in painters:
            painter.until_more(30)
        group.start(node)
    for painter in painters:
        painter.until_more(1)
    for reader in readers:
        check(reader, painters)
    assert readers[0].payloads == readers[1].payloads


def test_all_nodes_are_killed_and_come_back(group: Engine, name: str, open_log: OpenLog) -> None:
    log = open_log(group.address(name))
    reader, painter = LogReader(log), Painter(log, "p")
    painter.until_more(30)
    group.kill(0, 1, 2)
    assert "Connection refused" in str(reader.until_notice(LogAway))
    group.start(0, 1, 2)
    reader.until_notice(type(None))
    painter.until_more(10)
    check(reader, [painter])
