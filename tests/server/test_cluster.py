"""Several processes of ``dcc serve`` on one canvas, through a real NATS JetStream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dcc import reasons
from dcc.protocol.messages import Acknowledged, Rejected
from tests.support.engine import Engine
from tests.support.server_process import Version1Process
from tests.support.shared_board import CELLS, Servers, compare


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with Engine() as engine, ExitStack() as stack:
        yield Servers(engine, tmp_path, stack)


def test_painters_and_viewers_of_every_kind_share_a_board_through_two_servers(servers: Servers) -> None:
    one, two = servers.start("one", "--http", "0"), servers.start("two", "--http", "0")
    watchers = [servers.watch(one), servers.watch(two), servers.watch_web(one), servers.watch_web(two)]
    with Version1Process(one.port) as old, Version1Process(two.port) as other:
        for number in range(50):
            for position, watcher in enumerate(watchers):
                watcher.ask(number, (number * 7 + position, position), (number, 7 - position))
            old.paint(0, 1, "red")
            other.paint(1, 0, "black")
        for watcher in watchers:
            assert all(isinstance(watcher.answer(number), Acknowledged) for number in range(50))
            watcher.until(lambda watcher=watcher: watcher.sequence == 50 * 10)
        compare(watchers)
        while old.board() != other.board():
            pass
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def test_nothing_is_lost_or_doubled_when_a_server_is_killed_in_the_middle(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    first, second = servers.watch(one), servers.watch(two)
    for number in range(200):
        first.ask(number, (number, 3))
        second.ask(number, (number, 5))
        if number == 100:
            first.answer(50)
            one.process.kill()
            break
    acknowledged = max(answer.sequence for answer in first.answers.values() if isinstance(answer, Acknowledged))
    second.until(lambda: second.sequence >= acknowledged)
    one.close()
    one = servers.start("one")
    third = servers.watch(one, desde=first.sequence, lienzo=first.canvas_id)
    third.ask(1, (5, 5))
    answer = third.answer(1)
    assert isinstance(answer, Acknowledged)
    last = second.answer(100)
    assert isinstance(last, Acknowledged)
    for watcher in (second, third):
        watcher.until(lambda watcher=watcher: watcher.sequence >= max(answer.sequence, last.sequence))
    one.stop()
    two.stop()
    assert servers.copies_are_equal()


def test_paints_are_refused_while_the_engine_is_away_and_go_on_by_themselves(servers: Servers) -> None:
    one, two = servers.start("one"), servers.start("two")
    watchers = [servers.watch(one), servers.watch(two)]
    watchers[0].ask(1, (1, 1))
    watchers[0].answer(1)
    servers.engine.kill(0)
    refused = watchers[1]
    number = 2
    refused.ask(number, (2, 2))
    while not isinstance(refused.answer(number), Rejected):
        number += 1
        refused.ask(number, (number % CELLS, 2))
    assert refused.answers[number].code == reasons.LOG_AWAY.code
    servers.engine.start(0)
    answer: object = None
    while not isinstance(answer, Acknowledged):
        number += 1
        refused.ask(number, (number % CELLS, 4))
        answer = refused.answer(number)
    for watcher in watchers:
        watcher.until(lambda watcher=watcher: watcher.sequence >= answer.sequence)
    compare(watchers)
    one.stop()
    two.stop()
    assert servers.copies_are_equal()
