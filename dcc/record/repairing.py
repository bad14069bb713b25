"""A log goes on from one server's copy: after the engine has lost entries, or has another log than the copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dcc.cluster.log import Log, LogError
from dcc.cluster.server_state import ServerState
from dcc.errors import RecordError
from dcc.language import _
from dcc.record import database
from dcc.record.entries import Witness
from dcc.record.following import CopyWriter, line_of
from dcc.record.joining import Joining, Mismatch, repair_advice
from dcc.record.snapshots import kept_snapshots


def repair(make_log: Callable[[], Log], address: str, path: str | Path, running: Sequence[ServerState] = ()) -> Witness:
    """Replace the log by one that goes on from a copy, after the copy has caught up as far as possible.

    Every other server starts anew: with its copy if the copy is equal, otherwise without.

    :param make_log: makes the log, not yet open.
    :param address: of the log, for people.
    :param path: of the copy; its server is stopped.
    :param running: the servers of the canvas that run.
    :return: how far the copy goes.
    :raises RecordError: the log fits the copy, or another copy goes further; nothing was changed. Or the log was not
        renewed.
    """
    resolved = database.resolve(path)
    database.check_there(resolved)
    writer = CopyWriter(resolved)
    try:
        if writer.bookmark is not None:
            with closing(make_log()) as log:
                _check_differs(log, writer, address)
        with closing(make_log()) as log:
            extent = log.open()
            copy, is_copy = writer.witness, writer.bookmark is not None
            if not is_copy:
                # No position comes twice: a copy of before must not seem to fit.
                last = max([extent.last, *(snapshot.position for snapshot in kept_snapshots(log))])
                copy = replace(copy, position=last)
            _check_running(copy, running)
            if not is_copy:
                writer.begin_after(copy.position)
            log.renew(copy.position)
            with closing(Joining(log, writer, address, repair_advice(address, writer.path))) as joining:
                joining.begin()
    except LogError as error:
        raise RecordError(line_of(error)) from None
    finally:
        writer.close()
    return copy


def _check_differs(log: Log, writer: CopyWriter, address: str) -> None:
    """:raises RecordError: the log fits the copy, or another copy goes further."""
    extent = log.open()
    if extent.first > extent.last == writer.witness.position:  # a repair from this copy broke off
        return
    for snapshot in kept_snapshots(log):
        if snapshot.position > max(extent.last, writer.witness.position):
            raise RecordError(
                _(
                    "another copy goes further than {path}: a snapshot has {position} entries, this copy {own}. "
                    "Repair from the most advanced copy"
                ).format(path=writer.path, position=snapshot.position, own=writer.witness.position)
            )
    try:
        with closing(Joining(log, writer, address, repair_advice(address, writer.path))) as joining:
            joining.catch_up(extent)
    except Mismatch:
        return
    raise RecordError(_("the log fits {path}: nothing to repair, start the server").format(path=writer.path))


def _check_running(copy: Witness, running: Sequence[ServerState]) -> None:
    """:raises RecordError: a server that runs has more."""
    for server in running:
        if server.position > copy.position or server.sequence > copy.sequence:
            raise RecordError(
                _(
                    "a server on {name} goes further: its copy has {position} entries, this copy {own}. "
                    "Stop that server, and repair from its copy"
                ).format(name=server.name, position=server.position, own=copy.position)
            )


def leave(path: str | Path) -> None:
    """Make a copy an ordinary record, which is no longer one of several.

    :raises RecordError: the record is in use, or no copy.
    """
    resolved = database.resolve(path)
    database.check_there(resolved)
    writer = CopyWriter(resolved)
    try:
        if writer.bookmark is None:
            raise RecordError(_("{path} is no copy of a shared canvas").format(path=resolved))
        writer.leave()
    finally:
        writer.close()
