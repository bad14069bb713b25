"""The Autobahn test suite against our WebSocket layer: ``python -m tests.long.autobahn WSTEST [CASES]``.

The suite expects an echo, and ``/ws`` is none. So the suite is run against the same port, page, factory, socket and
outbox with the limits of ``/ws``, in front of an echo instead of a board. One limit differs: a message may have 16 MiB,
like the suite's longest.

The suite needs Python 2.7. Its package on PyPI is ``autobahntestsuite``, its command ``wstest``.

Prints a table of how many cases of each group passed, and each case that did not pass.
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
from dcc.server.addresses import DEFAULT_QUOTAS, AddressTable, AddressUsage
from dcc.server.console import Console
from dcc.server.outbox import Outbox
from dcc.server.web.channel import Page, StrictSite
from dcc.server.web.origins import Origins
from dcc.server.web.websocket import CanvasSocket, CanvasSocketFactory, SocketPage

MESSAGE_BYTES = 16 * 1024 * 1024

Message = tuple[bytes, bool]
"""A payload, and whether it is binary."""


class EchoSession:
    """Sends everything back; as much of a session as an outbox uses."""

    version = 2
    is_quiet = False  # no other client is sent the same

    def __init__(self) -> None:
        self.is_open = True
        self.wake: Callable[[], None] = lambda: None
        self._queue: deque[Message] = deque()

    def say(self, message: Message) -> None:
        """Send a message as soon as the client takes it."""
        self._queue.append(message)
        self.wake()

    def end(self, _error: Exception | None = None) -> None:
        """Send what waits, and no more."""
        self.is_open = False
        self.wake()

    @property
    def has_backlog(self) -> bool:
        """Whether too many messages wait to read more from the client."""
        return len(self._queue) >= limits.REPLIES_OWED

    @property
    def is_over(self) -> bool:
        """Whether everything is sent."""
        return not self.is_open and not self._queue

    def next_message(self) -> Message | None:
        """Take the next message to send."""
        return self._queue.popleft() if self._queue else None


class EchoClient:
    """A client with an echo for a session, and a real outbox."""

    def __init__(self, audience: Any, transport: Any, hang_up: Callable[[], None]) -> None:
        self.session: Any = EchoSession()
        self.outbox = Outbox(self.session, transport, audience, reactor, limits.STALL_SECONDS, hang_up)
        self.session.wake = self.outbox.wake

    def has_sent(self, _length: int) -> None:
        """Set no limit: the suite sends as much as it likes."""

    def send_away(self, _error: Exception) -> None:
        """End the connection through the client's fault."""
        self.session.end()
        self.outbox.shorten_deadline()

    def lost(self) -> None:
        """Forget the client: the connection is lost."""
        self.outbox.stopProducing()
        self.session.is_open = False


class EchoAudience:
    """An audience without members.

    :ivar encode: what goes over the wire for a message.
    """

    encode: Any

    def step_out(self, _client: Any) -> None:
        """Do nothing: no client has stepped in."""


class EchoClients:
    """As much of the registry of clients as a WebSocket uses."""

    def __init__(self) -> None:
        self.addresses = AddressTable(DEFAULT_QUOTAS, Console(), reactor)

    def audience(self, _wire: str, _pack: Any) -> EchoAudience:
        """Return an audience for all clients."""
        return EchoAudience()

    def connect(
        self, audience: EchoAudience, transport: Any, _source: AddressUsage | None, hang_up: Callable[[], None]
    ) -> EchoClient:
        """Make a client."""
        return EchoClient(audience, transport, hang_up)

    def admit(self, client: EchoClient) -> None:
        """Do nothing: every client may stay."""


class EchoSocket(CanvasSocket):
    """Sends everything back."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Send the message back."""
        self.client.session.say((payload, isBinary))


class EchoFactory(CanvasSocketFactory):
    """Makes echo sockets with the limits of the real factory."""

    protocol = EchoSocket

    def __init__(self) -> None:
        super().__init__(EchoClients(), MESSAGE_BYTES, reactor)
        self.audience.encode = self._echo

    def _echo(self, _version: int, message: Message) -> bytes:
        payload, is_binary = message
        return self.prepareMessage(payload, is_binary, doNotCompress=True).payloadHybi


def echo_site() -> StrictSite:
    """Return the site that the suite is run against."""
    root = Page()
    root.putChild(b"ws", SocketPage(EchoFactory(), Origins(()).is_welcome))
    return StrictSite(root, reactor)


def report(results: dict[str, dict[str, str]]) -> str:
    """Format a table of the groups of cases, and each case that did not pass."""
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
    """Serve, run the suite, and print the results."""
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
