"""Several servers with the files of ``deploy/``: three nodes of NATS with TLS and limited rights, a leaf node, and
HAProxy in front of two servers.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import nats
import pytest
from nats.errors import Error

import dcc.api
from dcc.cluster.engine import NatsLog
from dcc.protocol.messages import Acknowledged
from dcc.server.listening import own_address
from tests.deploy.nodes import CANVAS, DeployedEngine
from tests.deploy.proxies import HAProxyOfTwo
from tests.support import websocket
from tests.support.chromium import Chromium
from tests.support.engine import NATS_SERVER, free_ports
from tests.support.server_process import DCC, LineProcess, Peer, ServerProcess, Version1Process
from tests.support.shared_board import WIDTH, Watcher, compare
from tests.support.websocket import WebSocket, get
from tests.support.wire import HELLO_1, RED

OWN = own_address()
"""This machine's address in its network: the limits do not count 127.0.0.1 and its neighbours."""

LOG_KEEP = 20
"""Entries: so few that a short test sees snapshots and trimming."""

SNAPSHOT_BYTES = 8_000_000
"""So many that the engine waits for the reader in between, who needs a right for the answer."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DeployedEngine]:
    folder = tmp_path / "nats"
    folder.mkdir()
    with DeployedEngine(folder) as engine:
        yield engine


class Canvas:
    """Servers on the canvas of the files."""

    def __init__(self, engine: DeployedEngine, folder: Path, stack: ExitStack) -> None:
        self.engine, self.folder, self._stack = engine, folder, stack

    def serve(self, name: str, *options: str, address: object = None) -> ServerProcess:
        """Start a server with a copy of that name."""
        words = ["--cluster", str(address or self.engine.address()), "--cluster-credentials", str(self.engine.seed)]
        store = f"sqlite:{self.folder / name}.sqlite3"
        server = ServerProcess(*words, "--store", store, *options, language="en", environment=self.engine.variables)
        self._stack.callback(server.close)
        return server

    def watch(self, port: int) -> Watcher:
        """Connect a client of version 2."""
        peer = self._stack.enter_context(Peer(port))
        return Watcher(peer.send, peer.receive)

    def watch_web(self, port: int) -> Watcher:
        """Connect a client on WebSocket."""
        client = self._stack.enter_context(WebSocket(port))
        return Watcher(
            lambda payload: client.send(websocket.message(payload)),
            lambda: next(
                payload
                for opcode, payload in iter(client.read_frame, None)
                if opcode in (websocket.TEXT, websocket.BINARY)
            ),
        )

    def run(self, *words: str, seed: Path | None = None) -> tuple[int, str]:
        """Run ``dcc cluster``, and return its exit status and its output."""
        command, *rest = words
        line = [DCC, "cluster", command, str(self.engine.address()), *rest]
        line += ["--cluster-credentials", str(seed or self.engine.seed)]
        with LineProcess(line, {"DCC_LANG": "en", **self.engine.variables}) as process:
            return process.finish(), process.output


@pytest.fixture
def canvas(engine: DeployedEngine, tmp_path: Path) -> Iterator[Canvas]:
    with ExitStack() as stack:
        yield Canvas(engine, tmp_path, stack)
    for number in range(3):
        assert "Violation" not in engine.output(number)


def paint(watcher: Watcher, numbers: range) -> None:
    """Paint a pixel for each number, one after the other."""
    for number in numbers:
        watcher.ask(number, (number, RED))
        assert isinstance(watcher.answer(number), Acknowledged)


# --- nodes ---------------------------------------------------------------------------------------


def test_nats_server_accepts_the_files_and_syncs_always(engine: DeployedEngine) -> None:
    for path in (engine.configuration(0), engine.leaf_configuration(free_ports(1)[0])):
        words = [NATS_SERVER, "-t", "--config", str(path), "--name", "node"]
        checked = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        assert checked.returncode == 0, checked.stdout
    assert all(engine.look("/jsz", number)["config"]["sync_always"] is True for number in range(3))


def test_the_rights_are_enough_for_servers_snapshots_and_repair(canvas: Canvas) -> None:
    one = canvas.serve("one", "--log-keep", str(LOG_KEEP))
    watcher = canvas.watch(one.port)
    paint(watcher, range(4 * LOG_KEEP))
    two = canvas.serve("two", "--log-keep", str(LOG_KEEP))  # fetches a snapshot
    other = canvas.watch(two.port)
    other.until(lambda: other.sequence >= watcher.sequence)
    watcher.until(lambda: watcher.users == 2)  # heard by presence
    paint(other, range(100, 100 + 4 * LOG_KEEP))
    status, output = canvas.run("status")
    assert status == 0
    assert output.count("a server on") == 2
    assert "a snapshot has all" in output
    one.stop()
    two.stop()

    copy = str(canvas.folder / "one.sqlite3")
    with LineProcess([DCC, "cluster", "leave", copy]) as leave:
        assert leave.finish() == 0
    assert canvas.run("repair", copy, seed=canvas.engine.operator_seed)[0] == 0
    one = canvas.serve("one")
    paint(canvas.watch(one.port), range(5))
    one.stop()


def test_the_rights_are_enough_for_a_large_snapshot(engine: DeployedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in engine.variables.items():
        monkeypatch.setenv(name, value)
    with closing(NatsLog(engine.address(), engine.seed)) as log:
        log.open()
        data = os.urandom(SNAPSHOT_BYTES)
        log.put_snapshot("large", io.BytesIO(data))
        fetched = io.BytesIO()
        log.fetch_snapshot("large", fetched)
        assert fetched.getvalue() == data


def test_strangers_and_servers_have_no_further_rights(engine: DeployedEngine) -> None:
    asyncio.run(_try_rights(engine))


async def _try_rights(engine: DeployedEngine) -> None:
    url = engine.address().url(engine.address().nodes[0])
    tls = ssl.create_default_context(cafile=engine.variables["SSL_CERT_FILE"])
    with pytest.raises(Error, match="uthorization"):
        await nats.connect(url, tls=tls, allow_reconnect=False, connect_timeout=10)
    refused: asyncio.Queue[str] = asyncio.Queue()

    async def note(error: Exception) -> None:
        await refused.put(str(error))

    client = await nats.connect(
        url, tls=tls, nkeys_seed_str=engine.seed.read_text(), error_cb=note, allow_reconnect=False, name="stranger"
    )
    try:
        for subject in (f"$JS.API.STREAM.DELETE.DCC_{CANVAS}", "$JS.API.STREAM.CREATE.other", "dcc.other.presence"):
            await client.publish(subject, b"{}")
            assert "permissions violation for publish" in (await refused.get()).lower()
        await client.subscribe(">")
        assert "permissions violation for subscription" in (await refused.get()).lower()
    finally:
        await client.close()


def test_nodes_are_stopped_one_by_one_as_their_unit_does_and_no_paint_is_refused(canvas: Canvas) -> None:
    one = canvas.serve("one")
    watcher = canvas.watch(one.port)
    paint(watcher, range(5))
    for number in range(3):
        canvas.engine.wait_until_healthy()
        os.kill(canvas.engine.pid(number), signal.SIGUSR2)
        paint(watcher, range(100 * (number + 1), 100 * (number + 1) + 20))
        canvas.engine.wait_until_ended(number)
        canvas.engine.start(number)
    one.stop()


def test_a_server_at_a_leaf_node_shares_the_canvas(canvas: Canvas) -> None:
    one = canvas.serve("one", "--canvas", f"{WIDTH}x30", "--log-keep", str(LOG_KEEP))
    here = canvas.watch(one.port)
    paint(here, range(3 * LOG_KEEP))
    (port,) = free_ports(1)
    with LineProcess([NATS_SERVER, "--config", str(canvas.engine.leaf_configuration(port)), "--name", "leaf"]) as leaf:
        leaf.wait_for("JetStream using domains")
        two = canvas.serve("two", "--log-keep", str(LOG_KEEP), address=canvas.engine.address(CANVAS, port))
        there = canvas.watch(two.port)
        paint(there, range(100, 100 + 3 * LOG_KEEP))
        here.until(lambda: here.sequence == there.sequence and here.users == 2)
        compare([here, there])
        two.stop()
    one.stop()


# --- HAProxy -------------------------------------------------------------------------------------


def test_clients_of_every_kind_draw_on_one_board_through_two_servers(canvas: Canvas) -> None:
    proxy = HAProxyOfTwo()
    size = ("--canvas", f"{WIDTH}x30")
    servers = [canvas.serve(f"server{number}", *proxy.options_of(number), *size) for number in range(2)]
    with proxy, Version1Process(proxy.port) as old, Version1Process(proxy.port) as other:
        watchers = [watch(port) for watch, port in 2 * [(canvas.watch, proxy.port), (canvas.watch_web, proxy.web_port)]]
        assert [proxy.clients_of(number) for number in range(2)] == [3, 3]
        for position, watcher in enumerate(watchers):
            watcher.ask(1, (position, RED))
            assert isinstance(watcher.answer(1), Acknowledged)
        old.paint(3, 10, "red")
        other.paint(4, 11, "black")
        for watcher in watchers:
            watcher.until(lambda watcher=watcher: watcher.sequence == 6)
        compare(watchers)
        while old.board() != other.board() or old.board()["11"]["4"] != "black":
            pass
    for server in servers:
        server.stop()


def test_the_limit_of_an_address_holds_on_each_server_behind_the_proxy(canvas: Canvas) -> None:
    proxy = HAProxyOfTwo()
    for number in range(2):
        canvas.serve(f"server{number}", *proxy.options_of(number), "--address-clients", "2")

    def join(stack: ExitStack, address: str) -> dict[str, object]:
        peer = stack.enter_context(Peer(proxy.port, source=address))
        peer.send(HELLO_1)
        answer: dict[str, object] = json.loads(peer.receive())
        return answer

    with proxy, ExitStack() as stack:
        assert all("0" in join(stack, OWN) for _number in range(2 * 2))
        assert join(stack, OWN)["codigo"] == "direccion-llena"
        assert "0" in join(stack, "127.0.0.3")


def test_viewers_come_back_through_the_proxy_when_their_server_stops(canvas: Canvas) -> None:
    proxy = HAProxyOfTwo()
    servers = [canvas.serve(f"server{number}", *proxy.options_of(number)) for number in range(2)]
    with proxy, Chromium() as browser, dcc.api.connect(f"127.0.0.1:{proxy.port}") as program:
        tab = browser.open(f"http://127.0.0.1:{proxy.web_port}/")
        for stopped, name in enumerate(("dcc", "dcc_2")):
            servers[stopped].stop()  # whichever server a viewer was on, it is now on the other
            paint(canvas.watch(proxy.port), range(10 * stopped, 10 * stopped + 3))
            tab.until_board(lambda board, stopped=stopped: board.colour(10 * stopped + 2, 0) == "red")
            while program[10 * stopped + 2, 0] != "red":
                program.wait()
            proxy.wait_for(rf"Server dcc_http/{name} is DOWN")  # or a quick new start goes unnoticed
            servers[stopped] = canvas.serve(f"server{stopped}", *proxy.options_of(stopped))
            proxy.wait_for(rf"Server dcc_http/{name} is UP")
        browser.close_tabs()
        browser.take_errors()  # of the connections that were lost


def test_newcomers_can_watch_while_no_server_takes_paints(canvas: Canvas) -> None:
    proxy = HAProxyOfTwo()
    servers = [canvas.serve(f"server{number}", *proxy.options_of(number)) for number in range(2)]
    with proxy:
        paint(canvas.watch(proxy.port), range(3))
        canvas.engine.kill(0, 1)
        for server, name in zip(servers, ("dcc", "dcc_2"), strict=True):
            server.wait_for("The record takes no paints")
            proxy.wait_for(rf"Server dcc_http/{name} is DOWN")
        assert get(proxy.web_port, "/")[0] == 200
        newcomer = canvas.watch(proxy.port)
        newcomer.until(lambda: newcomer.sequence == 3)
