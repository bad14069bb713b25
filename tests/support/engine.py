"""Real nodes of NATS JetStream, and a proxy in front of them.

    with Engine() as engine, NatsLog(engine.address("canvas")) as log: ...
    with Engine(3) as engine:
        engine.kill(0)
        engine.start(0)

Ports are free ones of this machine, and stay the same through restarts. ``sync_interval: always``, as operators are
told.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import nats
from typing_extensions import Self

from dcc.cluster.address import ClusterAddress
from tests.support.server_process import PATIENCE_SECONDS, SCRIPTS, LineProcess

_ASK_AGAIN_SECONDS = 0.1

_LOST_SECONDS = 8.0
"""Without an answer a question is taken for lost: a new leader is there after 4 to 6 s."""

_FILL_AT_ONCE = 5000
"""The engine drops messages beyond 10,000 that wait for the disk."""

NATS_SERVER = str(SCRIPTS / "nats-server")


PROCESSES = 16
"""That the choice of ports tells apart."""
_own = range(20000 + os.getpid() % PROCESSES, 32000, PROCESSES)
_candidates = itertools.cycle(random.sample(_own, len(_own)))


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody uses, below those that Linux gives to connections meanwhile.

    Between the choice and the use a port is free. Therefore a process chooses no port again soon, and tests that run at
    the same time choose from different ports.
    """
    found: list[int] = []
    while len(found) < count:
        port = next(_candidates)
        with suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            found.append(port)
    return found


class Engine:
    """One node, or a group of nodes.

    :ivar ports: for clients, one a node.
    """

    def __init__(self, nodes: int = 1, *, extra: str = "", jetstream: bool = True, sync: str = "always") -> None:
        """Start the nodes, and wait until they serve.

        :param extra: lines of configuration for each node.
        :param sync: when the engine has the disk keep what was written.
        """
        self._folder = tempfile.TemporaryDirectory()
        self._extra, self._jetstream, self._sync = extra, jetstream, sync
        self._processes: list[LineProcess | None] = [None] * nodes
        ports = free_ports(2 * nodes)
        self.ports, self._routes = ports[:nodes], ports[nodes:]
        try:
            for number in range(nodes):
                self._launch(number)
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def address(self, name: str, *ports: int) -> ClusterAddress:
        """Return the address of a canvas.

        :param ports: by default those of all nodes.
        """
        nodes = ",".join(f"127.0.0.1:{port}" for port in ports or self.ports)
        return ClusterAddress.parse(f"nats://{nodes}/{name}")

    @property
    def pids(self) -> list[int]:
        """The processes of the running nodes."""
        return [process.process.pid for process in self._running()]

    def folder(self, number: int) -> Path:
        """Return where a node keeps its files."""
        return Path(self._folder.name, f"node{number}")

    def _launch(self, number: int) -> None:
        lines = [
            f"server_name: node{number}",
            f"listen: 127.0.0.1:{self.ports[number]}",
            self._extra,
        ]
        if self._jetstream:
            lines.append(f'jetstream {{ store_dir: "{self.folder(number)}", sync_interval: {self._sync} }}')
        if len(self.ports) > 1:
            routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self._routes)
            listen = f"127.0.0.1:{self._routes[number]}"
            lines.append(f'cluster {{ name: tests, listen: "{listen}", routes: [{routes}], no_advertise: true }}')
        path = Path(self._folder.name, f"node{number}.conf")
        path.write_text("\n".join(lines))
        self._processes[number] = LineProcess([NATS_SERVER, "--config", str(path)])

    def wait_until_ready(self) -> None:
        """Wait until each running node serves, and the nodes of a group have a leader."""
        for process in self._running():
            process.wait_for("Server is ready")
        if len(self.ports) > 1 and self._jetstream:
            for process in self._running():
                process.wait_for("new metadata leader: |Self is new JetStream cluster metadata leader")

    def _running(self) -> list[LineProcess]:
        return [process for process in self._processes if process is not None]

    def launch(self, *numbers: int) -> None:
        """Start nodes again, and wait for nothing."""
        for number in numbers:
            self._launch(number)

    def start(self, *numbers: int) -> None:
        """Start nodes again, and wait until they take connections."""
        self.launch(*numbers)
        for number in numbers:
            process = self._processes[number]
            assert process is not None
            process.wait_for("Server is ready")

    def start_missing(self) -> None:
        """Start all nodes that do not run."""
        self.start(*[number for number, process in enumerate(self._processes) if process is None])

    def kill(self, *numbers: int) -> None:
        """Kill nodes, as a failure of the power does, and free their ports."""
        for number in numbers:
            process, self._processes[number] = self._processes[number], None
            assert process is not None
            process.close()

    def pause(self, *numbers: int) -> None:
        """Have nodes stand still: connections stay, and nobody answers."""
        for number in numbers:
            self._signal(number, signal.SIGSTOP)

    def resume(self, *numbers: int) -> None:
        """Have nodes go on."""
        for number in numbers:
            self._signal(number, signal.SIGCONT)

    def _signal(self, number: int, what: signal.Signals) -> None:
        process = self._processes[number]
        assert process is not None
        os.kill(process.process.pid, what)

    def ask(
        self,
        subject: str,
        question: dict[str, Any] | None = None,
        number: int = 0,
        seconds: float = PATIENCE_SECONDS,
    ) -> dict[str, Any]:
        """Ask JetStream's API at a node, as an operator's tool does; again while there is no leader.

        :param seconds: after which a lost question is not repeated.
        :raises AssertionError: the answer is an error, or there is none.
        """

        async def converse() -> dict[str, Any]:
            client = await nats.connect(f"nats://127.0.0.1:{self.ports[number]}", allow_reconnect=False)
            try:
                payload, end = json.dumps(question or {}).encode(), time.monotonic() + seconds
                while True:
                    with suppress(nats.errors.TimeoutError):  # a question can be lost with its leader
                        answer = await client.request(
                            f"$JS.API.{subject}", payload, timeout=min(seconds, _LOST_SECONDS)
                        )
                        found: dict[str, Any] = json.loads(answer.data)
                        if found.get("error", {}).get("code") != 503:
                            break
                    assert time.monotonic() < end, f"no answer to {subject} for {seconds:g} s"
                    await asyncio.sleep(_ASK_AGAIN_SECONDS)
            finally:
                await client.close()
            assert "error" not in found, found
            return found

        return asyncio.run(converse())

    def fill(self, stream: str, payloads: Sequence[bytes]) -> None:
        """Add many messages to a stream of one subject, quicker than a careful client does."""
        (subject,) = self.ask(f"STREAM.INFO.{stream}")["config"]["subjects"]
        with socket.create_connection(("127.0.0.1", self.ports[0])) as line, line.makefile("rb") as answers:
            line.sendall(b'CONNECT {"verbose": false}\r\nSUB filled 1\r\n')
            for start in range(0, len(payloads), _FILL_AT_ONCE):
                some = payloads[start : start + _FILL_AT_ONCE]
                replies = [b""] * (len(some) - 1) + [b" filled"]  # the last one is acknowledged after all
                line.sendall(
                    b"".join(
                        b"PUB %b%b %d\r\n%b\r\n" % (subject.encode(), reply, len(payload), payload)
                        for payload, reply in zip(some, replies, strict=True)
                    )
                )
                while not answers.readline().startswith(b"MSG filled"):
                    pass
                assert b'"error"' not in answers.readline()

    def leader(self, stream: str) -> int:
        """Return the number of the node that leads a stream."""
        return int(self.ask(f"STREAM.INFO.{stream}")["cluster"]["leader"].removeprefix("node"))

    def wait_until_whole(self, stream: str, number: int = 0) -> None:
        """Wait until all nodes have all of a stream.

        :param number: of the node to ask.
        """
        pause = threading.Event()
        for _ in range(int(PATIENCE_SECONDS / _ASK_AGAIN_SECONDS)):
            with suppress(nats.errors.Error, OSError, AssertionError):
                replicas = self.ask(f"STREAM.INFO.{stream}", number=number, seconds=1.0)["cluster"]["replicas"]
                if all(each["current"] and each["active"] < 2 * 10**9 for each in replicas):
                    return
            pause.wait(_ASK_AGAIN_SECONDS)
        raise AssertionError(f"not all nodes have {stream}")

    def change_stream(self, stream: str, **settings: Any) -> None:
        """Change settings of a stream, as an operator does."""
        config = self.ask(f"STREAM.INFO.{stream}")["config"]
        self.ask(f"STREAM.UPDATE.{stream}", {**config, **settings})

    def output(self, number: int) -> str:
        """Return the log of a running node."""
        process = self._processes[number]
        return process.output if process is not None else ""

    def close(self) -> None:
        """Kill all nodes, and remove their files."""
        for process in self._running():
            process.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Proxy:
    """A TCP proxy in front of a port, which can be told to misbehave.

    :ivar port: of the proxy.
    :ivar accepted: the number of connections so far.
    :ivar passed: the number of bytes so far that the engine sent.
    """

    def __init__(self, target: int, change: Callable[[bytes], bytes] = bytes) -> None:
        """
        :param target: port on 127.0.0.1.
        :param change: applied to each piece that the engine sends.
        """
        self._target, self._change = target, change
        self._flows, self._answers_flow = threading.Event(), threading.Event()
        self._closed = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.accepted = self.passed = 0
        self._more = threading.Condition()
        self.flow()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Pass nothing on, in both directions, and keep the connections."""
        self._flows.clear()

    def stall_answers(self) -> None:
        """Pass nothing on that the engine sends, and keep the connections."""
        self._answers_flow.clear()

    def flow(self) -> None:
        """Pass everything on again, also what was held back."""
        self._swallows = self._refuses = False
        self._delay_seconds = 0.0
        self._flows.set()
        self._answers_flow.set()

    def swallow(self) -> None:
        """Drop what is sent, in both directions: half-open connections, as behind a firewall that forgot them."""
        self._swallows = True

    def delay(self, seconds: float) -> None:
        """Pass each piece on so much later."""
        self._delay_seconds = seconds

    def refuse(self) -> None:
        """Cut all connections, and let no new one through."""
        self._refuses = True
        self.cut()

    def cut(self) -> None:
        """Cut all connections."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def until_passed(self, count: int) -> None:
        """Wait until the engine has sent so many bytes."""
        with self._more:
            assert self._more.wait_for(lambda: self.passed >= count, PATIENCE_SECONDS), self.passed

    def until_accepted(self, count: int) -> None:
        """Wait until there have been so many connections."""
        with self._more:
            assert self._more.wait_for(lambda: self.accepted >= count, PATIENCE_SECONDS), self.accepted

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            with self._more:
                self.accepted += 1
                self._more.notify_all()
            try:
                if self._refuses:
                    raise OSError
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            for each in (near, far):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets |= {near, far}
            for source, sink, is_answer in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pump, args=(source, sink, is_answer), daemon=True).start()

    def _count(self, piece: bytes) -> bytes:
        with self._more:
            self.passed += len(piece)
            self._more.notify_all()
        return self._change(piece)

    def _pump(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if self._delay_seconds:
                    self._closed.wait(self._delay_seconds)
                self._flows.wait()
                if is_answer:
                    self._answers_flow.wait()
                    piece = self._count(piece)
                if not self._swallows:
                    sink.sendall(piece)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        source.close()

    def close(self) -> None:
        """Cut all connections, and stop listening."""
        self._closed.set()
        self.flow()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
