"""A log in NATS JetStream: :class:`NatsLog` implements :class:`dcc.cluster.log.Log`.

1. One connection at a time, to any node. Whatever goes wrong on it, a loss, silence, a gap, ends the connection; then a
   new one is opened, to another node if there is one, and everything goes on where it stopped.
2. On each connection the stream is looked at first. Another log in the stream means that the log is lost. A missing
   stream or a shorter log means so only if all looks of ``SURE_SECONDS`` say so: an engine that starts may not know all
   at once.
3. While a reader gets no entry, the stream is looked at every ``WATCH_SECONDS``: a consumer says that it is there even
   if its node is cut off from the others, and a follower may have stopped short.
4. The user hears that the engine is away after a second without a connection, and when the reading goes on.
"""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import Future
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from dcc.cluster import stream as streams
from dcc.cluster.address import ClusterAddress
from dcc.cluster.connection import ASK_SECONDS, Connection, Credentials, LoopThread, end_tasks
from dcc.cluster.follower import Follower
from dcc.cluster.log import Deliver, Extent, LogAway, LogError, LogLost, LogRefused, Notice
from dcc.cluster.publisher import Publisher
from dcc.cluster.snapshots import Snapshots
from dcc.cluster.state import State
from dcc.cluster.stream import NoStream, Stream
from dcc.language import _

SURE_SECONDS = 5.0
"""Until a log that seems to be gone or shorter is believed to be so."""

WATCH_SECONDS = 2.0
"""Between two looks at the stream. A look costs the leader one message."""

_PAUSE_SECONDS = 0.5
"""Between two rounds of attempts to connect, and at least from one connection to the next: a fault that comes right
after connecting would otherwise repeat hundreds of times a second."""


class NatsLog:
    """The log of one canvas."""

    def __init__(self, address: ClusterAddress, credentials: Path | None = None) -> None:
        """:raises LogRefused: the credentials file cannot be used."""
        self._address = address
        self._credentials = Credentials(credentials) if credentials is not None else None
        self._thread = LoopThread()
        self._loop = self._thread.loop
        self._publisher = Publisher(self._loop)
        self._follower: Follower | None = None
        self._followed = asyncio.Event()
        self._connection: Connection | None = None
        self._stream: Stream | None = None
        self._log_id = ""
        self._connected = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._last_node: tuple[str, int] | None = None
        self._state = State(self._loop)

    # --- the port: from any thread ------------------------------------------------------------------

    def open(self) -> Extent:
        """Connect, and make or check the log; see :class:`~dcc.cluster.log.Log`."""
        return self._thread.start(self._open()).result()

    def follow(self, after: int, deliver: Deliver, notice: Notice) -> None:
        """Deliver every entry after a position; see :class:`~dcc.cluster.log.Log`."""

        def begin() -> None:
            follower = self._follower = Follower(self._loop, after, deliver, notice, self._state.well)
            self._state.follow(follower.delivery.tell)
            self._followed.set()

        self._loop.call_soon_threadsafe(begin)

    def publish(self, payload: bytes, mark: str) -> Future[None]:
        """Add an entry; see :class:`~dcc.cluster.log.Log`."""
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()  # nobody can take a message back
        self._loop.call_soon_threadsafe(self._publisher.publish, payload, mark, future)
        return future

    def extent(self) -> Extent:
        """Tell how far the log goes; see :class:`~dcc.cluster.log.Log`."""
        return self._thread.start(self._extent()).result()

    def renew(self, last: int) -> None:
        """Replace the log by an empty one; see :class:`~dcc.cluster.log.Log`."""
        self._thread.start(self._renew(last)).result()

    def trim(self, upto: int) -> None:
        """Forget entries; see :class:`~dcc.cluster.log.Log`."""
        self._thread.start(self._trim(upto)).result()

    def put_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """Keep a snapshot; see :class:`~dcc.cluster.log.Log`."""
        self._thread.start(self._put_snapshot(name, file)).result()

    def snapshots(self) -> list[str]:
        """Return the names of the snapshots; see :class:`~dcc.cluster.log.Log`."""
        return self._thread.start(self._snapshot_names()).result()

    def fetch_snapshot(self, name: str, file: BufferedIOBase) -> None:
        """Write a snapshot into a file; see :class:`~dcc.cluster.log.Log`."""
        self._thread.start(self._fetch_snapshot(name, file)).result()

    def close(self) -> None:
        """Disconnect; see :class:`~dcc.cluster.log.Log`."""
        if self._loop.is_closed():
            return
        self._thread.start(self._close()).result()
        if self._follower is not None:
            self._follower.delivery.close()
        self._thread.close()

    # --- in the loop --------------------------------------------------------------------------------

    async def _open(self) -> Extent:
        if self._keeper is not None:
            return await self._extent()
        failed: LogError | None = None
        for node in self._nodes():
            try:
                connection = await Connection.open(self._address, node, self._credentials)
            except LogError as error:
                failed = error if failed is None or isinstance(error, LogRefused) else failed
                continue
            try:
                stream = await streams.find_or_make(connection, self._address)
            except LogError as error:
                failed = error if failed is None or isinstance(error, LogRefused) else failed
                await connection.close()
                continue
            self._log_id = stream.log_id
            self._keeper = asyncio.create_task(self._keep(connection, stream))
            return stream.extent
        assert failed is not None
        raise failed

    def _nodes(self) -> list[tuple[str, int]]:
        """Return all nodes in some order, the last one used at the end, so that the servers share the nodes."""
        nodes = random.sample(self._address.nodes, len(self._address.nodes))
        return sorted(nodes, key=lambda node: node == self._last_node)

    async def _keep(self, connection: Connection, stream: Stream) -> None:
        """Work on one connection after the other, until the log is lost."""
        opened: tuple[Connection, Stream] | None = (connection, stream)
        while True:
            try:
                connection, stream = opened or await self._connect_again()
                opened = None
                self._connection, self._stream, self._last_node = connection, stream, connection.node
                self._connected.set()
                began = self._loop.time()
                if self._follower is None:
                    self._state.well()
                try:
                    fault = await self._work(connection, stream)
                finally:
                    self._connected.clear()
                    await connection.close()
                self._state.note(fault)
                await asyncio.sleep(began + _PAUSE_SECONDS - self._loop.time())
            except LogLost as lost:
                self._publisher.stop(lost)
                self._state.lose(lost)
                return
            except Exception as error:  # a bug, here or in nats-py: shown, and survived
                self._loop.call_exception_handler(
                    {"message": "the connection to the engine failed", "exception": error}
                )
                self._state.note(streams.unable(repr(error)))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _work(self, connection: Connection, stream: Stream) -> LogError:
        """Publish and read on a connection, as long as that goes well.

        :return: why it ended.
        :raises LogLost: the log is lost.
        """
        tasks = [
            asyncio.create_task(self._publisher.run(connection, stream)),
            asyncio.create_task(self._follow(connection, stream)),
            asyncio.create_task(self._watch(connection)),
        ]
        try:
            watched: list[asyncio.Future[Any]] = [*tasks, connection.ended]
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    await task
            return connection.ended.result()
        except LogLost:
            raise
        except LogError as error:
            return error
        finally:
            await end_tasks(*tasks)

    async def _follow(self, connection: Connection, stream: Stream) -> None:
        await self._followed.wait()
        assert self._follower is not None
        await self._follower.run(connection, stream)

    async def _watch(self, connection: Connection) -> None:
        """Look at the stream now and then while the user follows and nothing comes.

        :raises LogAway: the engine has no majority, or the reading stopped short.
        :raises LogRefused: the stream was changed.
        """
        read = behind_at = -1
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            follower = self._follower
            if follower is None:  # the answer could queue for long, behind a snapshot on a slow line
                continue
            position = follower.position
            if position != read:
                read = position
                continue
            try:
                last = (await streams.find(connection, self._address)).extent.last
            except NoStream:
                raise streams.unable(_("the log is gone")) from None
            is_behind = not follower.is_full and last > position
            if is_behind and behind_at == position:
                raise streams.unable(_("entry {number} does not come").format(number=position + 1))
            behind_at = position if is_behind else -1

    async def _connect_again(self) -> tuple[Connection, Stream]:
        """Connect to any node that has the log.

        :raises LogLost: the log is lost.
        """
        suspected_at: float | None = None
        while True:
            is_suspected = False
            for node in self._nodes():
                try:
                    connection = await Connection.open(self._address, node, self._credentials)
                except LogError as error:
                    self._state.note(error)
                    continue
                try:
                    stream = await streams.find(connection, self._address)
                    if stream.log_id != self._log_id:
                        raise self._replaced()
                    position = self._follower.position if self._follower is not None else 0
                    if stream.extent.last >= position:
                        return connection, stream
                    lost = LogLost(
                        _("the log ends at entry {last}, and entry {position} was read").format(
                            last=stream.extent.last, position=position
                        )
                    )
                except NoStream:
                    lost = LogLost(_("the log of {name} is gone from the engine").format(name=self._address.name))
                except LogLost:
                    await connection.close()
                    raise
                except LogError as error:
                    self._state.note(error)
                    await connection.close()
                    continue
                await connection.close()
                is_suspected, now = True, self._loop.time()
                suspected_at = now if suspected_at is None else suspected_at
                if now - suspected_at >= SURE_SECONDS:
                    raise lost
                self._state.note(LogAway(str(lost), _("This is looked at again for some seconds.")))
            if not is_suspected:
                suspected_at = None
            await asyncio.sleep(_PAUSE_SECONDS)

    def _replaced(self) -> LogLost:
        return LogLost(
            _("the log of {name} was replaced by another one").format(name=self._address.name),
            _("Start this server anew; its copy is compared with the new log."),
        )

    async def _ready(self) -> tuple[Connection, Stream]:
        """Return the connection.

        :raises LogAway: there is none, for some seconds.
        """
        state = self._state
        if state.lost is not None:
            raise LogAway(str(state.lost), state.lost.advice)
        if state.is_away and state.away is not None:
            raise state.away
        try:
            await asyncio.wait_for(self._connected.wait(), ASK_SECONDS)
        except asyncio.TimeoutError:
            raise state.away or LogAway(_("the log is not open")) from None
        assert self._connection is not None and self._stream is not None
        return self._connection, self._stream

    # --- questions and orders -------------------------------------------------------------------------

    async def _extent(self) -> Extent:
        connection, _stream = await self._ready()
        try:
            return (await streams.find(connection, self._address)).extent
        except NoStream:
            raise LogAway(_("the log of {name} is gone from the engine").format(name=self._address.name)) from None
        except LogRefused as error:
            raise LogAway(str(error), error.advice) from None

    async def _renew(self, last: int) -> None:
        connection, _old = await self._ready()
        made = await streams.renew(connection, self._address, last)
        if self._follower is None:
            self._log_id = made.log_id
        self._connected.clear()
        connection.end(connection.away(_("the log was replaced")))

    async def _trim(self, upto: int) -> None:
        connection, stream = await self._ready()
        await streams.trim(connection, stream, upto)

    async def _put_snapshot(self, name: str, file: BufferedIOBase) -> None:
        await Snapshots(*await self._ready()).put(name, file)

    async def _snapshot_names(self) -> list[str]:
        return await Snapshots(*await self._ready()).names()

    async def _fetch_snapshot(self, name: str, file: BufferedIOBase) -> None:
        await Snapshots(*await self._ready()).get(name, file)

    async def _close(self) -> None:
        if self._keeper is not None:
            await end_tasks(self._keeper)
        self._publisher.stop()
