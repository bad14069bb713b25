"""Records: each keeps every placement of one canvas, in order (:class:`dcc.board.record.Record`)."""

from __future__ import annotations

import uuid

from twisted.logger import Logger

from dcc.board.record import Record
from dcc.core.palette import Colour, Palette
from dcc.core.placements import Size
from dcc.language import _
from dcc.record.memory import MemoryRecord
from dcc.record.sqlite import Reactor, SqliteRecord
from dcc.record.store import Store
from dcc.record.writer import Writer, new_canvas

_log = Logger(namespace="dcc.record")


def open_record(
    store: Store,
    size: Size | None,
    palette: Palette | None,
    reactor: Reactor,
    ground: Colour | None = None,
) -> Record:
    """Open a record, or make a new one.

    :param size: of a new canvas; an old canvas must have this size.
    :param palette: of a new canvas; an old canvas must have this palette.
    :param ground: of a new canvas, a colour of its palette; an old canvas must have begun with this colour.
    :raises RecordError: the file cannot be opened, is in use, is no record, is damaged, or has another canvas.
    """
    if store.path is None:
        return MemoryRecord(uuid.uuid4().hex, new_canvas(size, palette, ground))
    writer = Writer(store.path, size, palette, ground=ground)
    if writer.backup is not None:
        line = _("{path} was updated from an older version; the old file is kept as {backup}")
        _log.warn("{line}", line=line.format(path=writer.path, backup=writer.backup))
    return SqliteRecord(writer, reactor)
