"""The Autobahn test suite against our WebSocket layer: ``python -m tests.long.autobahn WSTEST [CASES]``.

The suite expects an echo of every message, and ``/ws`` has no echo. The suite therefore runs against the same port,
page, factory, socket and outbox with the limits of ``/ws``, and an echo in place of the board. Only one limit differs:
messages may have 16 MiB, the longest of the suite.

The suite needs Python 2.7: ``autobahntestsuite`` on PyPI, with the command ``wstest``.

Prints a table of the passed cases of each group, and each case without a pass.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import react
from twisted.internet.utils import getProcessOutputAndValue

from dcc import limits
from dcc.server.addresses import DEFAULT_QUOTAS, AddressUsage
from dcc.server.admission import Admission
from dcc.server.console import Console
from dcc.server.outbox import Outbox
from dcc.server.web.channel import Page, StrictSite
from dcc.server.web.forwarded import TrustedProxies
from dcc.server.web.origins import Origins
from dcc.server.web.signed_in import SignIn
from dcc.server.web.websocket import CanvasSocket, CanvasSocketFactory, SocketPage

MESSAGE_BYTES = 16 * 1024 * 1024

Message = tuple[bytes, bool]
"""A payload, and whether the payload is binary."""


class EchoSession:
    """Sends everything back; has as much of a session as an outbox needs."""

    version = 2
    is_quiet = False  # nobody else is told the same

    def __init__(self) -> None:
        self.is_open = True
        self.wake: Callable[[], None] = lambda: None
        self._queue: deque[Message] = deque()

    def say(self, message: Message) -> None:
        """Queue a message until the peer can receive it."""
        self._queue.append(message)
        self.wake()

    def end(self, _error: Exception | None = None) -> None:
        """Send the queued messages, and no more."""
        self.is_open = False
        self.wake()

    @property
    def has_backlog(self) -> bool:
        """Return whether too many messages are queued to read from the peer."""
        return len(self._queue) >= limits.REPLIES_OWED

    @property
    def is_over(self) -> bool:
        """Whether all is said."""
        return not self.is_open and not self._queue

    def next_message(self) -> Message | None:
        """Return the next message."""
        return self._queue.popleft() if self._queue else None


class EchoClient:
    """A client with an echo for a session, and a real outbox."""

    def __init__(self, audience: Any, transport: Any, hang_up: Callable[[], None]) -> None:
        self.session: Any = EchoSession()
        self.outbox = Outbox(self.session, transport, audience, reactor, limits.STALL_SECONDS, hang_up)
        self.session.wake = self.outbox.wake

    def sign_in(self, _name: str) -> None:
        """Ignore the name: nobody signs in."""

    def has_sent(self, _length: int) -> None:
        """Ignore the count: the suite may send without a limit."""

    def send_away(self, _error: Exception) -> None:
        """The peer broke the rules."""
        self.session.end()
        self.outbox.shorten_deadline()

    def lost(self) -> None:
        """The connection is gone."""
        self.outbox.stopProducing()
        self.session.is_open = False


class EchoAudience:
    """Nobody is in step with anybody.

    :ivar encode: from a message to the bytes on the wire.
    """

    encode: Any

    def step_out(self, _client: Any) -> None:
        """Nobody has stepped in."""


class EchoClients:
    """As much of the registry of clients as a WebSocket asks for."""

    def __init__(self) -> None:
        self.admission = Admission(DEFAULT_QUOTAS, Console(), reactor)

    def audience(self, _wire: str, _pack: Any) -> EchoAudience:
        """The echo for all connections."""
        return EchoAudience()

    def connect(
        self, audience: EchoAudience, transport: Any, _source: AddressUsage | None, hang_up: Callable[[], None]
    ) -> EchoClient:
        """Connect another client."""
        return EchoClient(audience, transport, hang_up)

    def admit(self, client: EchoClient) -> None:
        """Everybody is."""


class EchoSocket(CanvasSocket):
    """Says everything back."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Send a message back unchanged."""
        self.client.session.say((payload, isBinary))


class EchoFactory(CanvasSocketFactory):
    """Makes echoing sockets, with the limits of the real factory."""

    protocol = EchoSocket

    def __init__(self) -> None:
        super().__init__(EchoClients(), MESSAGE_BYTES, reactor)
        self.audience.encode = self._echo

    def _echo(self, _version: int, message: Message) -> bytes:
        payload, is_binary = message
        return self.prepareMessage(payload, is_binary, doNotCompress=True).payloadHybi


def echo_site() -> StrictSite:
    """Return the port for the suite."""
    root = Page()
    root.putChild(b"ws", SocketPage(EchoFactory(), Origins(()).refusal, SignIn(None, TrustedProxies(()))))
    return StrictSite(root, reactor)


def report(results: dict[str, dict[str, str]]) -> str:
    """Return a table of the groups of cases, and each case without a pass."""
    groups: dict[str, Counter[str]] = {}
    for case, result in results.items():
        groups.setdefault(case.split(".")[0], Counter())[result["behavior"]] += 1
    kinds = sorted({kind for group in groups.values() for kind in group})
    lines = ["| group | " + " | ".join(kinds) + " |", "|---" * (1 + len(kinds)) + "|"]
    for name in sorted(groups, key=int):
        lines.append(f"| {name} | " + " | ".join(str(groups[name][kind] or "") for kind in kinds) + " |")
    odd = [
        f"{case}: {result['behavior']}, closing {result['behaviorClose']}"
        for case, result in sorted(results.items(), key=lambda item: [int(part) for part in item[0].split(".")])
        if result["behavior"] not in ("OK", "UNIMPLEMENTED") or result["behaviorClose"] not in ("OK", "UNIMPLEMENTED")
    ]
    return "\n".join([*lines, "", *odd])


@inlineCallbacks
def run(_reactor: Any, wstest: str, *cases: str) -> Any:
    """Serve, run the suite, print the results."""
    port = reactor.listenTCP(0, echo_site(), interface="127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        plan = {
            "outdir": folder,
            "servers": [{"agent": "dcc", "url": f"ws://127.0.0.1:{port.getHost().port}/ws"}],
            "cases": cases or ["*"],
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        spec = Path(folder) / "plan.json"
        spec.write_text(json.dumps(plan))
        output, errors, status = yield getProcessOutputAndValue(
            wstest, ["--mode", "fuzzingclient", "--spec", str(spec)], env=os.environ
        )
        index = Path(folder) / "index.json"
        if status or not index.exists():
            sys.exit(f"{wstest} ended with {status}:\n{(output + errors).decode(errors='replace')[-2000:]}")
        print(report(json.loads(index.read_text())["dcc"]))
    yield port.stopListening()


if __name__ == "__main__":
    react(run, sys.argv[1:])
