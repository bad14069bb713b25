"""What the servers of a canvas say of themselves, to each other and to commands: on a subject that keeps nothing.

Every server says its own state every few seconds, and at each change. A server that is not heard for a while is gone.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nats.aio.msg import Msg
from nats.errors import Error

from dcc.cluster.address import ClusterAddress
from dcc.cluster.connection import Connection, Credentials, LoopThread
from dcc.cluster.log import LogError
from dcc.cluster.server_state import SAID_SECONDS, ServerState

LISTENED_SECONDS = SAID_SECONDS + 1
"""How long a command has to listen to hear every server."""

_PAUSE_SECONDS = 2.0


class Presence:
    """Says the state of one server, and hears those of the others, its own included."""

    def __init__(self, address: ClusterAddress, credentials: Path | None, heard: Callable[[ServerState], None]) -> None:
        """
        :param heard: called in a thread of the presence.
        :raises LogRefused: the credentials file cannot be used.
        """
        self._address = address
        self._credentials = Credentials(credentials) if credentials is not None else None
        self._heard = heard
        self._said = b""
        self._thread = LoopThread()
        self._changed = asyncio.Event()
        self._thread.start(self._keep())

    def say(self, state: ServerState) -> None:
        """Say a state now, and again every ``SAID_SECONDS``, from any thread."""

        def change(payload: bytes) -> None:
            self._said = payload
            self._changed.set()

        self._thread.loop.call_soon_threadsafe(change, state.encode())

    def close(self) -> None:
        """Say and hear no more. Blocks."""
        self._thread.close()

    async def _keep(self) -> None:
        nodes = random.sample(self._address.nodes, len(self._address.nodes))
        while True:
            for node in nodes:
                try:
                    connection = await Connection.open(self._address, node, self._credentials)
                    try:
                        await self._talk(connection)
                    finally:
                        await connection.close()
                except (LogError, Error, OSError):  # the log tells of an engine that is away
                    pass
                except Exception as error:  # a bug, here or in nats-py: shown, and survived
                    self._thread.loop.call_exception_handler(
                        {"message": "the connection to the engine failed", "exception": error}
                    )
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _talk(self, connection: Connection) -> None:
        async def heard(message: Msg) -> None:
            state = ServerState.decode(message.data)
            if state is not None:
                self._heard(state)

        await connection.client.subscribe(self._address.presence_subject, cb=heard)
        while not connection.ended.done():
            self._changed.clear()
            if self._said:
                await connection.client.publish(self._address.presence_subject, self._said)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), SAID_SECONDS)


def running_servers(address: ClusterAddress, credentials: Path | None) -> list[ServerState]:
    """Listen for a while, and return what the running servers say. Blocks.

    :raises LogRefused: the credentials file cannot be used.
    """
    found: dict[str, ServerState] = {}
    listened = threading.Event()
    presence = Presence(address, credentials, lambda state: found.__setitem__(state.server, state))
    try:
        listened.wait(LISTENED_SECONDS)
    finally:
        presence.close()
    return sorted(found.values(), key=lambda state: (-state.position, state.name))
