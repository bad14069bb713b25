"""Snapshots beside a log, while connections are lost, logs are closed, and servers end in the middle."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from dcc.cluster.engine import NatsLog
from dcc.cluster.log import LogAway
from tests.cluster.conftest import OpenLog
from tests.support.engine import Engine, Proxy
from tests.support.server_process import PATIENCE_SECONDS

LARGE = 1_000_000
"""Bytes of a snapshot of several pieces."""


PIECE = 128 * 1024
PIECES = 5
"""That come before a connection is lost."""


class ShortLine:
    """Passes some pieces of a snapshot, and nothing more until the connection is cut.

    :ivar left: how many bytes still pass; None for all.
    """

    left: int | None = None

    def __call__(self, data: bytes) -> bytes:
        if self.left is None:
            return data
        passed, self.left = data[: self.left], max(0, self.left - len(data))
        return passed


class CutOffFile(io.BytesIO):
    """Tells when so many pieces were written."""

    def __init__(self) -> None:
        super().__init__()
        self.has_all = Event()

    def write(self, piece: Any) -> int:
        """Write a piece."""
        written = super().write(piece)
        if self.tell() == PIECES * PIECE:
            self.has_all.set()
        return written


def fetch(log: NatsLog, name: str) -> bytes:
    """Return a snapshot."""
    file = io.BytesIO()
    log.fetch_snapshot(name, file)
    return file.getvalue()


def test_a_snapshot_whose_connection_is_cut_is_not_taken_for_whole(
    engine: Engine, name: str, open_log: OpenLog
) -> None:
    large, line, file = random.randbytes(LARGE), ShortLine(), CutOffFile()
    open_log(engine.address(name)).put_snapshot("1", io.BytesIO(large))
    with Proxy(engine.ports[0], line) as proxy, ThreadPoolExecutor() as pool:
        log = open_log(engine.address(name, proxy.port))
        line.left = PIECES * PIECE + PIECE // 2
        fetching = pool.submit(log.fetch_snapshot, "1", file)
        assert file.has_all.wait(PATIENCE_SECONDS)
        line.left = None
        proxy.cut()
        with pytest.raises(LogAway):
            fetching.result(PATIENCE_SECONDS)
        assert file.getvalue() == large[: PIECES * PIECE]
        assert fetch(open_log(engine.address(name, proxy.port)), "1") == large
