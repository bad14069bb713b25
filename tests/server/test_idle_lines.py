"""Nobody says anything: what proxies, routers and sleeping telephones do to a connection in the meantime."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.task import deferLater

from dcc import limits
from dcc.keep_alive import IDLE_SECONDS, PROBE_SECONDS, PROBES
from tests.support.sockets import Client, SocketTestCase
from tests.support.wire import HELLO_1, HELLO_2

REPEATED_SECONDS = 0.2
"""Instead of 30 s."""

PROXY_SECONDS = 3
"""Instead of 50 s, the usual time after which HAProxy ends a silent connection."""

CONFIGURATION = """
defaults
    mode tcp
    timeout connect 5s
    timeout client {seconds}s
    timeout server {seconds}s
listen canvas
    bind 127.0.0.1:{port}
    server dcc 127.0.0.1:{server}
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class IdleTests(SocketTestCase):
    """A real HAProxy, and real sockets."""

    @inlineCallbacks
    def test_a_proxy_keeps_an_idle_client_of_version_2_and_cuts_one_of_version_1(self) -> Iterator[object]:
        self.patch(limits, "USERS_REPEATED_SECONDS", REPEATED_SECONDS)
        self.patch(limits, "USERS_INTERVAL_SECONDS", REPEATED_SECONDS)
        self.board.repeat_users()
        port = free_port()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        configuration = Path(folder.name) / "haproxy.cfg"
        configuration.write_text(
            CONFIGURATION.format(seconds=PROXY_SECONDS, port=port, server=self.port.getHost().port)
        )
        proxy = subprocess.Popen(["haproxy", "-db", "-f", str(configuration)], stderr=subprocess.PIPE)
        self.addCleanup(proxy.communicate)
        self.addCleanup(proxy.kill)
        idle, old = Client(HELLO_2), Client(HELLO_1)
        for client in (idle, old):
            while not client.count:
                endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
                try:
                    yield connectProtocol(endpoint, client)
                except ConnectError:
                    yield deferLater(reactor, 0.05)
                    continue
                yield client.until(lambda client=client: client.count == 1)
        yield old.lost
        self.assertFalse(idle.lost.called)
        idle.transport.loseConnection()
        yield idle.lost

    @inlineCallbacks
    def test_a_connection_that_is_gone_without_a_word_is_found_within_two_minutes(self) -> Iterator[object]:
        yield self.connect(HELLO_1)
        [protocol] = self.factory.protocols.values()
        connection = protocol.transport.socket
        self.assertTrue(connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        values = [connection.getsockopt(socket.IPPROTO_TCP, option) for option in options]
        self.assertEqual(values, [IDLE_SECONDS, PROBE_SECONDS, PROBES])
        self.assertLess(values[0] + values[1] * values[2], 120)
