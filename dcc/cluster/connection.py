"""One connection to one node of the engine, from its opening to its end.

nats-py can reconnect by itself. This module does not use that: what was sent before a loss would be sent again unseen,
and an error of the node ends nats-py's attempts for good. Whoever needs a connection again opens a new one.

Everything here runs in the loop of :class:`LoopThread`.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from nats.aio.client import Client, RawCredentials
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError, Error, MaxPayloadError, NoRespondersError

from dcc.cluster.address import ClusterAddress
from dcc.cluster.log import LogAway, LogError, LogRefused
from dcc.language import _, system_reason
from dcc.parsing import show_address
from dcc.wording import one_line

LEAST_VERSION = (2, 10, 23)
"""Of nats-server. Earlier ones lack the option ``sync_interval: always`` or keep it wrongly, and lose what they
acknowledged when the power fails."""

CONNECT_SECONDS = 3.0
"""A node in another country answers within a second."""

ASK_SECONDS = 5.0
"""Longest wait for an answer of the engine. A new leader is there after 4 to 6 s; whoever asks, asks again."""

_PING_SECONDS = 5
"""Between two pings. Two unanswered pings end the connection."""

_CLOSE_SECONDS = 1.0
"""For sending the rest. A peer that takes nothing more gets nothing more."""

_JWT, _SEED = "BEGIN NATS USER JWT", "BEGIN USER NKEY SEED"

_Result = TypeVar("_Result")


class LoopThread:
    """An asyncio loop in a thread of its own, since nats-py knows nothing of Twisted."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._is_closing = False
        self._thread = threading.Thread(target=self.loop.run_forever, name="dcc-log", daemon=True)
        self._thread.start()

    def start(self, coroutine: Coroutine[Any, Any, _Result]) -> Future[_Result]:
        """Run a coroutine in the loop. From any thread. Cancelled if :meth:`close` comes before the end.

        :raises LogAway: the loop is being closed.
        """
        with self._lock:
            if not self._is_closing:
                return asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        coroutine.close()
        raise LogAway(_("the connection was closed"))

    def close(self) -> None:
        """End all that runs in the loop, and the loop. From any other thread."""
        with self._lock:  # a later coroutine would never be ended, and its caller would wait for ever
            self._is_closing = True
            ended = asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        ended.result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _end(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        await end_tasks(*rest)  # of nats-py


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait for their ends. nats-py swallows a cancellation now and then."""
    waiting = {task for task in tasks if not task.done()}
    while waiting:
        for task in waiting:
            task.cancel()
        _done, waiting = await asyncio.wait(waiting, timeout=0.1)
    for task in tasks:
        _note_end(task)


def _note_end(task: asyncio.Future[Any]) -> None:
    """Have asyncio not complain of an error that nobody asked for."""
    if not task.cancelled():
        task.exception()


class ApiError(Exception):
    """The engine answered with an error.

    :ivar code: JetStream's own, five digits; 0 if there is none.
    """

    def __init__(self, code: int, description: str) -> None:
        super().__init__(one_line(description))
        self.code = code


class Credentials:
    """The content of a credentials file: what ``nsc`` writes (a JWT and a seed), or the seed of an nkey alone."""

    def __init__(self, path: Path) -> None:
        """:raises LogRefused: the file cannot be read, or holds no credentials."""
        try:
            text = path.read_text("ascii")
        except OSError as error:
            raise LogRefused(
                _("the credentials file {path}: {reason}").format(path=path, reason=system_reason(error))
            ) from None
        except UnicodeDecodeError:
            text = ""
        self.options: dict[str, Any]
        if _JWT in text and _SEED in text:
            self.options = {"user_credentials": RawCredentials(text)}
        elif len(text.split()) == 1 and text.startswith("SU"):
            self.options = {"nkeys_seed_str": text.strip()}
        else:
            raise LogRefused(
                _("the credentials file {path} holds no credentials of NATS").format(path=path),
                _("Give the file that nsc wrote (.creds), or a file with the seed of an nkey (SU…)."),
            )


class Connection:
    """A connection to a node.

    :ivar node: host and port.
    :ivar is_clustered: whether the node belongs to a group of nodes.
    :ivar ended: fires when the connection is lost or closed; its result is the reason.
    """

    def __init__(self, address: ClusterAddress, node: tuple[str, int]) -> None:
        self.node = node
        self._address = address
        self.client = Client()
        self.ended: asyncio.Future[LogError] = asyncio.get_running_loop().create_future()
        self.is_clustered = False
        self._failed: Exception | None = None

    @classmethod
    async def open(cls, address: ClusterAddress, node: tuple[str, int], credentials: Credentials | None) -> Connection:
        """Connect to a node.

        :raises LogAway: the node does not answer.
        :raises LogRefused: the node does not let us in, or does not fit.
        """
        self = cls(address, node)
        failed: LogError
        try:
            await asyncio.wait_for(
                self.client.connect(
                    address.url(node),
                    name=f"dcc {address.name}",
                    error_cb=self._error,
                    closed_cb=self._closed,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=int(CONNECT_SECONDS),
                    ping_interval=_PING_SECONDS,
                    tls=ssl.create_default_context() if address.is_tls else None,
                    **(credentials.options if credentials else {}),
                ),
                2 * CONNECT_SECONDS,
            )
            self._check(address)
            return self
        except asyncio.CancelledError:
            await self.close()
            raise
        except LogError as error:
            failed = error
        except asyncio.TimeoutError:
            failed = self.away(_("no answer within {seconds:.10g} s").format(seconds=CONNECT_SECONDS))
        except (OSError, Error, ValueError) as error:
            failed = self._explain(self._failed or error)
        await self.close()
        raise failed from None

    def _check(self, address: ClusterAddress) -> None:
        """:raises LogRefused: the node does not fit."""
        info: dict[str, Any] = self.client._server_info  # has no public name; the version alone has
        where = show_address(*self.node)
        if address.is_tls and not info.get("tls_required"):
            raise LogRefused(
                _("the engine at {node} does not encrypt").format(node=where),
                _("Set up TLS in nats-server, or write nats:// instead of tls://."),
            )
        version = self.client.connected_server_version
        if (version.major, version.minor, version.patch) < LEAST_VERSION:
            raise LogRefused(
                _("the engine at {node} is nats-server {version}, and {least} or later is required").format(
                    node=where, version=one_line(str(info.get("version"))), least=".".join(map(str, LEAST_VERSION))
                ),
                _("Update nats-server: earlier versions cannot keep every message through a power cut."),
            )
        self.is_clustered = bool(info.get("cluster"))

    def _explain(self, error: Exception) -> LogError:
        """Say why the connection could not be opened."""
        where, text = show_address(*self.node), str(error)
        if "Authorization" in text or "Authentication" in text:
            return LogRefused(
                _("the engine at {node} refuses the credentials").format(node=where),
                _("Check the file of --cluster-credentials, and the users in the configuration of nats-server."),
            )
        if isinstance(error, ssl.SSLError):
            reason = getattr(error, "verify_message", "") or error.reason or text
            return LogRefused(
                _("no encrypted connection to the engine at {node}: {reason}").format(node=where, reason=reason),
                _("Use tls:// only with a certificate that this machine trusts (SSL_CERT_FILE names further ones)."),
            )
        if isinstance(error, OSError) and error.errno:
            text = system_reason(error)
        return self.away(one_line(text.removeprefix("nats: ")) or type(error).__name__)

    def away(self, reason: str) -> LogAway:
        """Make an error that says that this node cannot be reached."""
        return LogAway(
            _("the engine at {node} cannot be reached: {reason}").format(node=show_address(*self.node), reason=reason),
            _("Start nats-server there, or check the address; all goes on by itself."),
        )

    # --- what nats-py calls ------------------------------------------------------------------------

    async def _error(self, error: Exception) -> None:
        text, self._failed = str(error), error
        if "permissions violation" in text.lower():  # the engine answers nothing else to what it does not allow
            reason, subject = one_line(text.removeprefix("nats: ")), self._address.presence_subject
            advice = _(
                "Let the user publish to $JS.API.>, $JS.FC.>, $O.> and dcc.>, and subscribe to _INBOX.> and {subject}."
            )
            self.end(
                LogRefused(
                    _("the engine does not let this server at its log: {reason}").format(reason=reason),
                    advice.format(subject=subject),
                )
            )

    async def _closed(self) -> None:
        self.end(self.away(_("the connection was lost")))

    # --- talking -----------------------------------------------------------------------------------

    def end(self, reason: LogError) -> None:
        """Say that the connection serves no longer. Whoever uses the connection stops, and closes it."""
        if not self.ended.done():
            self.ended.set_result(reason)

    async def ask(self, subject: str, question: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the engine.

        :param subject: without the prefix of JetStream's API.
        :raises ApiError: the engine's answer is an error.
        :raises LogAway: nobody answers.
        """
        payload = json.dumps(question).encode() if question is not None else b""
        try:
            answer = await self.within(self.client.request(f"$JS.API.{subject}", payload, timeout=ASK_SECONDS))
        except NoRespondersError:
            raise ApiError(0, _("nobody answers {subject}").format(subject=subject)) from None
        found: dict[str, Any] = json.loads(answer.data)
        if "error" in found:
            raise ApiError(found["error"].get("err_code", 0), found["error"].get("description", ""))
        return found

    async def within(self, work: Coroutine[Any, Any, _Result], seconds: float | None = None) -> _Result:
        """Do some work of nats-py's, but not longer than the connection lasts.

        :param seconds: longest time; by default the work has a limit of its own.
        :raises LogAway: the connection was lost, or the time is over.
        :raises LogRefused: the engine does not allow what was asked for.
        """
        task = asyncio.ensure_future(work)
        task.add_done_callback(_note_end)
        try:
            await asyncio.wait((task, self.ended), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise self.ended.result() if self.ended.done() else self.away(_("no answer"))
        except (asyncio.TimeoutError, ConnectionClosedError, OSError):
            raise self.away(_("no answer")) from None
        finally:
            task.cancel()

    async def listen(self, heard: Callable[[Msg], Awaitable[None]]) -> str:
        """Have answers delivered to a coroutine function.

        :return: the beginning of the answers' subjects; a dot and one more word follow.
        :raises LogAway: the connection is lost.
        """
        inbox: str = self.client.new_inbox()
        try:
            await self.client.subscribe(f"{inbox}.*", cb=heard)
        except Error as error:
            raise self.away(str(error)) from None
        return inbox

    async def send(self, subject: str, payload: bytes, reply: str, headers: dict[str, str] | None = None) -> None:
        """Send a message. The answer goes to ``reply``.

        :raises LogAway: the connection is lost; whether the message was sent is unknown.
        :raises LogRefused: the message is too long, and was not sent.
        """
        try:
            await self.client.publish(subject, payload, reply=reply, headers=headers)
        except MaxPayloadError:
            raise LogRefused(
                _("the engine takes messages of at most {most} bytes").format(most=self.client.max_payload),
                _("Set max_payload in nats-server to 1 MiB or more."),
            ) from None
        except (Error, OSError) as error:
            raise self.away(str(error)) from None

    async def close(self) -> None:
        """Close the connection, also if its peer is silent."""
        self.end(self.away(_("the connection was closed")))
        with suppress(asyncio.TimeoutError, Error, OSError):
            await asyncio.wait_for(self.client.close(), _CLOSE_SECONDS)
        writer = getattr(self.client._transport, "_io_writer", None)  # close() alone waits for a silent peer for ever
        if writer is not None:
            writer.transport.abort()
