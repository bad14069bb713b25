"""The stream that holds a log: making, checking and renewing the stream.

Every log has a random id, in the metadata of the stream and in the subject of its messages. So a message for a log that
was replaced never gets into the next log, however late the message comes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from dcc.cluster.address import ClusterAddress
from dcc.cluster.connection import ApiError, Connection
from dcc.cluster.log import Extent, LogAway, LogError, LogRefused
from dcc.language import _

FORMAT = "1"
"""Of our streams. A later version that others cannot read gets the next number."""

REPLICAS = 3
"""In a group of nodes: any one of them may fail."""

MESSAGE_BYTES = 1024 * 1024
"""Longest message, with headers: the default of nats-server, and little for a reader's memory."""

_ATTEMPTS = 3
"""To renew a log. A server that starts may make an empty one in the moment without a log."""

_DUPLICATES_NS = 120 * 10**9

_HEARD_NS = 3 * 10**9
"""How long ago the leader may have heard of a node that counts. The nodes answer the leader each second."""

_STREAM_NOT_FOUND, _NAME_TAKEN, _OVERLAP = 10059, 10058, 10065
_NO_PEERS, _NO_RESOURCES = 10005, 10023
_OFF = (10039, 10076)  # not for this account, not in this server
"""Error codes of JetStream (``server/errors.json`` in nats-server)."""


@dataclass(frozen=True)
class Stream:
    """A stream of ours.

    :ivar name: of the stream.
    :ivar log_id: of the log in the stream.
    :ivar subject: of its messages.
    :ivar replicas: how many nodes hold the log.
    :ivar most_bytes: of the log; -1 without a limit. An operator may set a limit.
    :ivar extent: at the time of the question.
    """

    name: str
    log_id: str
    subject: str
    replicas: int
    most_bytes: int
    extent: Extent


class NoStream(Exception):
    """The engine has no stream of that name."""


def stream_name(address: ClusterAddress) -> str:
    """Return the name of the stream."""
    return f"DCC_{address.name}"


async def find(connection: Connection, address: ClusterAddress) -> Stream:
    """Find the stream, and check that it is ours.

    A leader that lost the other nodes answers for 20 s as if all were well, but tells when it last heard of them.

    :raises NoStream: there is none.
    :raises LogAway: the engine does not answer, or has no leader or no majority.
    :raises LogRefused: the engine or the stream does not fit.
    """
    name = stream_name(address)
    try:
        info = await connection.ask(f"STREAM.INFO.{name}")
    except ApiError as error:
        if error.code == _STREAM_NOT_FOUND:
            raise NoStream from None
        raise await _explain(connection, error) from None
    stream = _check(address, info)
    if stream.replicas > 1:
        _check_majority(info.get("cluster") or {}, stream.replicas)
    return stream


async def find_or_make(connection: Connection, address: ClusterAddress) -> Stream:
    """Find the stream, or make an empty one. Raises what :func:`find` raises, but not NoStream."""
    while True:
        try:
            return await find(connection, address)
        except NoStream:
            made = await _make(connection, address, 1, -1)
        if made is not None:
            return made


async def renew(connection: Connection, address: ClusterAddress, last: int) -> Stream:
    """Replace the stream by an empty one, whose first message will be number ``last`` + 1.

    :raises LogAway: the engine does not answer, or has no leader; the old stream may be gone.
    :raises LogRefused: the stream is not ours, or the engine refuses.
    """
    for _attempt in range(_ATTEMPTS):
        most_bytes = -1
        try:
            most_bytes = (await find(connection, address)).most_bytes
            await connection.ask(f"STREAM.DELETE.{stream_name(address)}")
        except NoStream:
            pass
        except ApiError as error:
            if error.code != _STREAM_NOT_FOUND:
                raise await _explain(connection, error) from None
        made = await _make(connection, address, last + 1, most_bytes)
        if made is not None:
            return made
    raise LogAway(
        _("other servers make the log of {name} anew at the same time").format(name=address.name),
        _("Repair with one server only, while the others are stopped."),
    )


async def trim(connection: Connection, stream: Stream, upto: int) -> None:
    """Forget the messages up to a number, inclusive.

    :raises LogAway: the engine does not answer, or has no leader.
    :raises LogRefused: the engine refuses; nothing was changed.
    """
    try:
        await connection.ask(f"STREAM.PURGE.{stream.name}", {"seq": upto + 1})
    except ApiError as error:
        raise await _explain(connection, error) from None


async def _make(connection: Connection, address: ClusterAddress, first: int, most_bytes: int) -> Stream | None:
    """Make the stream; return None if another server was quicker."""
    log_id = secrets.token_hex(8)
    config = {
        "name": stream_name(address),
        "subjects": [_subject(address, log_id)],
        "num_replicas": REPLICAS if connection.is_clustered else 1,
        "metadata": {"dcc": FORMAT, "log": log_id},
        "first_seq": first,
        "max_bytes": most_bytes,
        "max_msg_size": MESSAGE_BYTES,
        "duplicate_window": _DUPLICATES_NS,
        **_SETTINGS,
    }
    try:
        info = await connection.ask(f"STREAM.CREATE.{config['name']}", config)
    except ApiError as error:
        if error.code == _NAME_TAKEN:
            return None
        if error.code == _OVERLAP:
            raise LogRefused(
                _("another stream of the engine takes messages of {subject}").format(subject=f"dcc.{address.name}.>"),
                _("Choose another name for the canvas in the address, or remove that stream."),
            ) from None
        raise await _explain(connection, error) from None
    return _check(address, info)


_SETTINGS: dict[str, Any] = {
    "retention": "limits",
    "storage": "file",
    "discard": "new",
    "max_age": 0,
    "max_msgs": -1,
    "max_msgs_per_subject": -1,
    "deny_delete": True,
}
"""What keeps the messages: any other value loses some, or leaves gaps."""


def _subject(address: ClusterAddress, log_id: str) -> str:
    return f"dcc.{address.name}.{log_id}"


def _check(address: ClusterAddress, info: dict[str, Any]) -> Stream:
    """:raises LogRefused: the stream does not fit."""
    config, state = info["config"], info["state"]
    name = config["name"]
    metadata = config.get("metadata") or {}
    if not str(metadata.get("dcc", "")).isdigit() or "log" not in metadata:
        raise LogRefused(
            _("the stream {stream} of the engine is not a log of this program").format(stream=name),
            _("Choose another name for the canvas in the address, or remove that stream."),
        )
    if int(metadata["dcc"]) > int(FORMAT):
        raise LogRefused(
            _("the stream {stream} of the engine was made by a later version of this program").format(stream=name),
            _("Update this server."),
        )
    log_id = str(metadata["log"])
    wanted = {**_SETTINGS, "subjects": [_subject(address, log_id)]}
    wrong = [key for key, value in wanted.items() if config.get(key, _ABSENT.get(key)) != value]
    replicas = int(config.get("num_replicas", 1))
    if wrong:
        raise LogRefused(
            _("the stream {stream} of the engine has other settings than this program gave it: {settings}").format(
                stream=name, settings=", ".join(sorted(wrong))
            ),
            _("Set them back with nats stream edit {stream}, or choose another name.").format(stream=name),
        )
    if replicas == 2:
        raise LogRefused(
            _("the stream {stream} is on two nodes: if one of them fails, the other stops too").format(stream=name),
            _("Keep the stream on three nodes, or on one: nats stream edit {stream} --replicas 3.").format(stream=name),
        )
    last = int(state["last_seq"])
    first = int(state["first_seq"]) if state["messages"] else last + 1
    return Stream(name, log_id, wanted["subjects"][0], replicas, int(config.get("max_bytes", -1)), Extent(first, last))


def _check_majority(cluster: dict[str, Any], replicas: int) -> None:
    """:raises LogAway: the leader is alone, or there is none."""
    heard = [
        peer
        for peer in cluster.get("replicas") or ()
        if peer["active"] < _HEARD_NS and (peer["active"] or peer.get("current"))
    ]
    there = len(heard) + 1 if cluster.get("leader") else 0
    if there <= replicas // 2:
        raise unable(_("most of its {replicas} nodes do not answer").format(replicas=replicas))


_ABSENT = {"max_age": 0, "max_msgs": -1, "max_msgs_per_subject": -1, "deny_delete": False}


async def _explain(connection: Connection, error: ApiError) -> LogError:
    """Say in our words what the engine refused."""
    if error.code in _OFF or (error.code == 0 and not await _has_jetstream(connection)):
        return LogRefused(
            _("JetStream is off in the engine"),
            _("Start nats-server with --jetstream, and let the account use JetStream."),
        )
    if error.code == _NO_PEERS:
        return LogAway(
            _("a new log needs three nodes of the engine that run, or one that belongs to no group"),
            _("Start three nodes with JetStream: with two, the failure of either stops both."),
        )
    if error.code == _NO_RESOURCES or "insufficient" in str(error):
        return LogRefused(
            _("the engine has no room for the log: {reason}").format(reason=error),
            _("Raise max_file_store in the configuration of nats-server, or make room on its disk."),
        )
    return unable(str(error))


def unable(reason: str) -> LogAway:
    """Make an error that says that the engine answers, but cannot serve now."""
    return LogAway(
        _("the engine cannot serve the log: {reason}").format(reason=reason),
        _("Check that most of the nodes of nats-server run; all goes on by itself."),
    )


async def _has_jetstream(connection: Connection) -> bool:
    """Find out whether nobody answers because JetStream is off, and not because no leader is there."""
    try:
        await connection.ask("INFO")
    except ApiError as error:
        return not (error.code in _OFF or error.code == 0)
    except LogAway:
        pass
    return True
