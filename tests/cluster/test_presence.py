"""What the servers of a canvas say of themselves, without an engine."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from dcc.cluster.address import ClusterAddress
from dcc.cluster.presence import Presence
from tests.support.server_process import PATIENCE_SECONDS


def test_the_end_comes_although_a_cancellation_is_swallowed() -> None:
    presence = Presence(ClusterAddress.parse("nats://127.0.0.1:1/canvas"), None, lambda _state: None)

    async def swallow() -> None:  # as nats-py does now and then
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(PATIENCE_SECONDS)
        await asyncio.sleep(PATIENCE_SECONDS)

    task = presence._thread.start(swallow())
    presence.close()
    assert task.cancelled()
