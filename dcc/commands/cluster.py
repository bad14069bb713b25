"""``dcc cluster``: the common log of several servers, and the copies of the servers."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from dcc.cluster.address import ClusterAddress
from dcc.cluster.engine import NatsLog
from dcc.cluster.log import LogError
from dcc.cluster.presence import running_servers
from dcc.cluster.server_state import ServerState
from dcc.commands.arguments import record_path, typed
from dcc.commands.subcommands import Subcommand
from dcc.errors import DccError
from dcc.language import N_, _, ngettext, number
from dcc.record.following import line_of
from dcc.record.reader import Reader
from dcc.record.repairing import leave, repair
from dcc.record.snapshots import kept_snapshots
from dcc.stdout import say


def _add_address(parser: ArgumentParser) -> None:
    parser.add_argument(
        "address",
        type=typed(ClusterAddress.parse),
        metavar="NATS-URL",
        help=_("the common log, as for dcc serve --cluster"),
    )
    parser.add_argument(
        "--cluster-credentials",
        dest="credentials",
        type=Path,
        metavar=_("FILE"),
        help=_("file with the credentials for NATS"),
    )


def _add_record(parser: ArgumentParser) -> None:
    parser.add_argument("record", type=typed(record_path), metavar=_("RECORD"), help=_("the file of a server's copy"))


# --- status --------------------------------------------------------------------------------------


def _add_status(parser: ArgumentParser) -> None:
    parser.description = _(
        "Say how far the common log goes, which snapshots there are, which servers run, and how far copies are behind."
    )
    _add_address(parser)
    parser.add_argument(
        "records", nargs="*", type=typed(record_path), metavar=_("RECORD"), help=_("copies to compare with the log")
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def _run_status(arguments: Namespace) -> int:
    try:
        with closing(NatsLog(arguments.address, arguments.credentials)) as log:
            extent, snapshots = log.open(), kept_snapshots(log)
        servers = running_servers(arguments.address, arguments.credentials)
    except LogError as error:
        raise DccError(line_of(error)) from None
    copies: dict[str, int | None] = {}
    for path in arguments.records:
        with Reader(path) as reader:
            copies[path] = reader.position()
    if arguments.json:
        found = {
            "first": extent.first,
            "last": extent.last,
            "snapshots": [snapshot.position for snapshot in snapshots],
            "servers": [asdict(server) for server in servers],
            "copies": copies,
        }
        say(json.dumps(found))
        return 0
    say(_("the log has entries {first} to {last}").format(first=number(extent.first), last=number(extent.last)))
    for snapshot in snapshots:
        say(_("a snapshot has all up to entry {position}").format(position=number(snapshot.position)))
    for server in servers:
        say(_tell_server(server, extent.last))
    for path, position in copies.items():
        say(_tell_copy(path, position, extent.last))
    return 0


def _tell_server(server: ServerState, last: int) -> str:
    users = ngettext("{count} user", "{count} users", server.users).format(count=number(server.users))
    line = _("a server on {name} has all up to entry {position} of {last}, and {users}").format(
        name=server.name, position=number(server.position), last=number(last), users=users
    )
    return line if server.fault is None else f"{line}: {server.fault}"


def _tell_copy(path: str, position: int | None, last: int) -> str:
    if position is None:
        return _("{path} is no copy of a shared canvas").format(path=path)
    behind = last - position
    if behind < 0:
        return _("{path} goes further than the log: see dcc cluster repair").format(path=path)
    line = ngettext(
        "{path} has all up to entry {position}, {count} entry behind",
        "{path} has all up to entry {position}, {count} entries behind",
        behind,
    )
    return line.format(path=path, position=number(position), count=number(behind))


# --- repair --------------------------------------------------------------------------------------


def _add_repair(parser: ArgumentParser) -> None:
    parser.description = _(
        "Replace a common log that lost entries, or differs, by one that goes on from a server's copy. Stop all "
        "servers first, and choose the copy that goes furthest (dcc cluster status). Then start the server of that "
        "copy; a server whose copy goes less far starts without its file, and fetches the new one."
    )
    _add_address(parser)
    _add_record(parser)


def _run_repair(arguments: Namespace) -> int:
    def make_log() -> NatsLog:
        return NatsLog(arguments.address, arguments.credentials)

    try:
        running = running_servers(arguments.address, arguments.credentials)
    except LogError as error:
        raise DccError(line_of(error)) from None
    copy = repair(make_log, str(arguments.address), arguments.record, running)
    say(
        _("the log goes on after entry {position}, with the board as of placement {sequence}").format(
            position=number(copy.position), sequence=number(copy.sequence)
        )
    )
    return 0


# --- leave ---------------------------------------------------------------------------------------


def _add_leave(parser: ArgumentParser) -> None:
    parser.description = _(
        "Make a server's copy an ordinary record, which a single server continues, or which dcc resize, dcc forget "
        "and dcc restore change. The common log stays as it is; dcc cluster repair lets the log go on from the "
        "record. Stop the server first."
    )
    _add_record(parser)


def _run_leave(arguments: Namespace) -> int:
    leave(arguments.record)
    say(_("{path} is an ordinary record now").format(path=arguments.record))
    return 0


SUBCOMMANDS = (
    Subcommand(
        "status",
        N_("say how far the common log and copies go"),
        "dcc cluster status nats://10.0.0.1/classroom dcc.sqlite3",
        _add_status,
        _run_status,
    ),
    Subcommand(
        "repair",
        N_("let the common log go on from a copy"),
        "dcc cluster repair nats://10.0.0.1/classroom dcc.sqlite3",
        _add_repair,
        _run_repair,
    ),
    Subcommand(
        "leave",
        N_("make a copy an ordinary record"),
        "dcc cluster leave dcc.sqlite3",
        _add_leave,
        _run_leave,
    ),
)
