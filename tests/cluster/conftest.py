"""One node of the engine, or three, for all tests of a file, and a canvas in it for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from dcc.cluster.address import ClusterAddress
from dcc.cluster.engine import NatsLog
from dcc.cluster.log import LogAway
from tests.support.engine import Engine

_numbers = itertools.count(1)

OpenLog = Callable[..., NatsLog]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One node."""
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="module")
def started_group() -> Iterator[Engine]:
    """Three nodes, started once."""
    with Engine(3) as engine:
        yield engine


@pytest.fixture
def group(started_group: Engine) -> Iterator[Engine]:
    """Three nodes, all of which run again after the test."""
    yield started_group
    started_group.start_missing()


@pytest.fixture
def name() -> str:
    """Return the name of a canvas of this test alone."""
    return f"canvas{next(_numbers)}"


@pytest.fixture
def open_log() -> Iterator[OpenLog]:
    """Open logs, and close all of them at the end."""
    logs: list[NatsLog] = []

    def open_one(address: ClusterAddress) -> NatsLog:
        log = NatsLog(address)
        logs.append(log)
        while True:  # a node that a test before has killed may be on its way back
            try:
                log.open()
            except LogAway:
                continue
            return log

    yield open_one
    for log in logs:
        log.close()
