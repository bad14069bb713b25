"""Records: each keeps every placement of one canvas, in one order (:class:`dcc.board.record.Record`)."""

from __future__ import annotations

import uuid

from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import Logger

from dcc.board.record import Record
from dcc.core.canvas import Canvas
from dcc.core.palette import AF06, Palette
from dcc.core.placements import Size
from dcc.errors import RecordError
from dcc.language import _
from dcc.record.memory import MemoryRecord
from dcc.record.sqlite import SqliteRecord
from dcc.record.writer import DEFAULT_SIZE, Writer
from dcc.wording import clip

_log = Logger(namespace="dcc.record")

_MEMORY, _SQLITE = "memory:", "sqlite:"

DEFAULT_URL = "sqlite:dcc.sqlite3"
"""In the working directory: what people draw is kept unless somebody asks for it not to be."""


def check_url(url: str) -> None:
    """Make sure that there is such a kind of record, without opening one.

    :raises RecordError: there is not.
    """
    if url != _MEMORY and not (url.startswith(_SQLITE) and len(url) > len(_SQLITE)):
        raise RecordError(
            _("{url}: expected sqlite:PATH, such as sqlite:dcc.sqlite3, or memory:").format(url=clip(url))
        )


def open_record(url: str, size: Size | None, palette: Palette | None, reactor: IReactorFromThreads) -> Record:
    """Open a record, or make a new one.

    :param url: ``sqlite:PATH``, or ``memory:``, which forgets everything with the server.
    :param size: that a new canvas is to have, or an old one has to have.
    :param palette: the same.
    :raises RecordError: it cannot be opened, is in use, is no record, is damaged, or is of another canvas.
    """
    check_url(url)
    if url == _MEMORY:
        return MemoryRecord(uuid.uuid4().hex, Canvas(*(size or DEFAULT_SIZE), palette or AF06))
    writer = Writer(url[len(_SQLITE) :], size, palette)
    if writer.backup is not None:
        line = _("{path} was of an older version; as it was, it is kept in {backup}")
        _log.warn("{line}", line=line.format(path=writer.path, backup=writer.backup))
    return SqliteRecord(writer, reactor)
