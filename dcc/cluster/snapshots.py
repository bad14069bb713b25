"""Snapshots beside a log: an object store of JetStream, in the bucket ``DCC_NAME``.

The bucket is a stream. A snapshot has two subjects: one of its pieces, and one of a description, written at the end. An
interrupted snapshot leaves pieces without a description. A removed snapshot leaves a description of its removal.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from io import BufferedIOBase
from typing import Any, TypeVar

from nats.errors import NoRespondersError
from nats.js.api import ObjectInfo, ObjectStoreConfig, StorageType
from nats.js.errors import (
    APIError,
    BadObjectMetaError,
    DigestMismatchError,
    NoStreamResponseError,
    NotFoundError,
    ObjectNotFoundError,
)
from nats.js.object_store import ObjectStore

from dcc.cluster.connection import ApiError, Connection
from dcc.cluster.log import LogAway, LogRefused
from dcc.cluster.publisher import FULL, NO_ROOM
from dcc.cluster.stream import Stream
from dcc.language import _
from dcc.wording import clip, one_line

KEPT = 2
"""Newest snapshots: a server may be reading the one while the next one is written."""

_ASK_SECONDS = 30.0
"""For a question, and on top of the time for a whole snapshot."""

_LEAST_SPEED = 500_000
"""Bytes a second: a snapshot that moves more slowly does not move."""

ABANDONED_SECONDS = 3600
"""After its last piece a snapshot without a description is not on its way any more: a piece takes seconds."""

_Result = TypeVar("_Result")


class _Pieces(BufferedIOBase):
    """A file for nats-py, which reads and writes pieces of 128 KiB in a thread.

    :ivar fault: of the file: another OSError means that the connection failed.
    :ivar written: bytes written so far.
    """

    def __init__(self, file: BufferedIOBase) -> None:
        super().__init__()
        self._file = file
        self.fault: OSError | None = None
        self.written = 0

    def readinto(self, buffer: Any) -> int:
        try:
            return self._file.readinto(buffer)
        except OSError as error:
            self.fault = error
            raise

    def write(self, piece: Any) -> int:
        try:
            written = self._file.write(piece)
        except OSError as error:
            self.fault = error
            raise
        self.written += written
        return written


class Snapshots:
    """The snapshots of a log, over one connection."""

    def __init__(self, connection: Connection, stream: Stream) -> None:
        self._connection = connection
        self._bucket = stream.name
        self._replicas = stream.replicas
        self._context = connection.client.jetstream()

    async def names(self) -> list[str]:
        """Return the names, the newest last.

        :raises LogAway: the engine does not answer.
        """
        store = await self._find()
        return [] if store is None else [str(each.name) for each in await self._kept(store)]

    async def _kept(self, store: ObjectStore) -> list[ObjectInfo]:
        try:
            return await self._do(store.list(ignore_deletes=True))  # in the order in which they were put
        except NotFoundError:
            return []

    async def get(self, name: str, file: BufferedIOBase) -> None:
        """Write a snapshot into a file.

        :raises LogAway: the engine does not answer.
        :raises LogRefused: there is none of that name, or it is damaged.
        :raises OSError: the file cannot be written.
        """
        store = await self._find()
        pieces = _Pieces(file)
        try:
            if store is None:
                raise ObjectNotFoundError
            size = (await self._do(store.get_info(name))).size or 0
            got = await self._move(store.get(name, writeinto=pieces), pieces, size)
            if pieces.written != (got.info.size or 0):  # to nats-py a lost connection is the end of the snapshot
                raise self._connection.away(_("no answer"))
        except NotFoundError:
            raise LogRefused(_("there is no snapshot {name} in the engine").format(name=clip(name))) from None
        except (DigestMismatchError, BadObjectMetaError):
            raise LogRefused(
                _("the snapshot {name} in the engine is damaged").format(name=clip(name)),
                _("Start the server from the copy of another server."),
            ) from None

    async def put(self, name: str, file: BufferedIOBase) -> None:
        """Keep a snapshot; remove all but the newest few.

        :raises LogAway: the engine does not answer.
        :raises LogRefused: the engine has no room.
        :raises OSError: the file cannot be read.
        """
        store = await self._find() or await self._make()
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        pieces = _Pieces(file)
        try:
            await self._move(store.put(name, pieces), pieces, size)
        except NotFoundError:  # somebody removed the bucket meanwhile
            raise self._connection.away(_("no answer")) from None
        kept = await self._kept(store)
        for old in kept[:-KEPT]:
            with suppress(NotFoundError):  # another server was quicker
                await self._do(store.delete(str(old.name)))
        await self._sweep(kept)

    async def _sweep(self, kept: Sequence[ObjectInfo]) -> None:
        """Remove the rests of interrupted and removed snapshots, once these are old.

        :param kept: the complete snapshots.
        :raises LogAway: the engine does not answer.
        """
        stream, prefix = f"OBJ_{self._bucket}", f"$O.{self._bucket}"
        known = {f"{prefix}.C.{each.nuid}" for each in kept}
        known |= {f"{prefix}.M.{urlsafe_b64encode(str(each.name).encode()).decode()}" for each in kept}
        try:
            info = await self._connection.ask(f"STREAM.INFO.{stream}", {"subjects_filter": f"{prefix}.>"})
        except ApiError as error:
            raise self._connection.away(str(error)) from None
        now = _time(info["ts"])
        for subject in (info["state"].get("subjects") or {}).keys() - known:
            with suppress(ApiError):  # another server was quicker, or the next time will do
                last = (await self._connection.ask(f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject}))["message"]
                if (now - _time(last["time"])).total_seconds() >= ABANDONED_SECONDS:
                    # Up to the last message: a snapshot of the same name may be put meanwhile.
                    question = {"filter": subject, "seq": last["seq"] + 1}
                    await self._connection.ask(f"STREAM.PURGE.{stream}", question)

    async def _move(self, work: Coroutine[Any, Any, _Result], pieces: _Pieces, size: int) -> _Result:
        """:raises OSError: the file cannot be read or written; and what the callers raise."""
        try:
            return await self._do(work, size)
        except LogAway:
            if pieces.fault is not None:
                raise pieces.fault from None
            raise

    async def _find(self) -> ObjectStore | None:
        try:
            return await self._do(self._context.object_store(self._bucket))
        except NotFoundError:
            return None

    async def _make(self) -> ObjectStore:
        config = ObjectStoreConfig(storage=StorageType.FILE, replicas=self._replicas)
        return await self._do(self._context.create_object_store(self._bucket, config))

    async def _do(self, work: Coroutine[Any, Any, _Result], size: int = 0) -> _Result:
        """:raises NotFoundError: there is none; and what the callers raise."""
        try:
            return await self._connection.within(work, _ASK_SECONDS + size / _LEAST_SPEED)
        except NotFoundError:
            raise
        except APIError as error:
            reason = one_line(error.description or str(error))
            if error.err_code in NO_ROOM or any(known in reason for known in FULL):
                raise LogRefused(
                    _("the engine has no room for a snapshot: {reason}").format(reason=reason),
                    _("Raise max_file_store in the configuration of nats-server, or make room on its disk."),
                ) from None
            raise self._connection.away(reason) from None
        except (NoStreamResponseError, NoRespondersError):  # the bucket has no leader now
            raise self._connection.away(_("no answer")) from None


def _time(text: str) -> datetime:
    """Read a time of the engine, in whole seconds: ``2026-03-01T10:20:30.123456789Z``."""
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
