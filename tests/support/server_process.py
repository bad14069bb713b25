"""Programs in processes of their own, for tests: a real server and its clients.

    with ServerProcess("--canvas", "20x10") as server, Version1Process(server.port) as client:
        client.paint(3, 10, "red")
        server.wait_for("Ha llegado un nuevo cliente")
        with Peer(server.port) as peer:
            peer.send(b'{"comando": "nuevo"}')
            board = json.loads(peer.receive())

Nothing here sleeps: a test waits for a line of output, a message, or the end of a process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from typing_extensions import Self

from dcc.protocol.frames import FrameDecoder, frame

PATIENCE_SECONDS = 120.0
"""How long a test waits before it fails: far more than the slowest machine needs, since it is paid only then."""

SCRIPTS = Path(sysconfig.get_path("scripts"))
"""Folder of this Python's commands ``twistd`` and ``dcc``."""

TWISTD = (str(SCRIPTS / "twistd"), "--nodaemon", "--pidfile=", "dcc")
DCC = str(SCRIPTS / "dcc")

# nohup ignores SIGHUP, and a shell has commands behind & ignore SIGINT. So would each program that a test starts; a
# handler is not inherited.
for _number, _handler in ((signal.SIGHUP, lambda *_: None), (signal.SIGINT, signal.default_int_handler)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

_VERSION_1_CLIENT = str(Path(__file__).parent / "version1_process.py")
_LONGEST_PAYLOAD = 64 * 1024 * 1024


class LineProcess:
    """A program with output and errors read line by line. Killed at the end of the block.

    :ivar lines: the output so far.
    :ivar interrupted: whether Ctrl+C was pressed.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None, cwd: str | Path | None = None
    ) -> None:
        """Start the program.

        :param environment: variables on top of this process's own.
        """
        self.lines: list[str] = []
        self.interrupted = False
        self._changed = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, **(environment or {})},
            cwd=cwd,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, pattern: str, count: int = 1) -> re.Match[str]:
        """Wait for a line in which the regular expression is found, or for the ``count``-th such line.

        :raises AssertionError: the program ended without it, or took too long.
        """

        def find() -> re.Match[str] | None:
            matches = [match for line in self.lines if (match := re.search(pattern, line))]
            return matches[count - 1] if len(matches) >= count else None

        with self._changed:
            self._changed.wait_for(lambda: find() or self._ended, PATIENCE_SECONDS)
            match = find()
        assert match is not None, f"{pattern!r} did not come {count} times in:\n{self.output}"
        return match

    def tell(self, line: str) -> None:
        """Write a line to the program's input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def interrupt(self) -> None:
        """Press Ctrl+C."""
        self.interrupted = True
        self.process.send_signal(signal.SIGINT)

    def finish(self) -> int:
        """Wait for the end of the program and of the output.

        :return: the exit status.
        """
        status = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return status

    @property
    def output(self) -> str:
        """Return the output so far."""
        return "\n".join(self.lines)

    def close(self) -> None:
        """Kill the program if still running, and free resources."""
        if self.process.poll() is None:
            self.process.kill()
        self.finish()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self.close()


class ServerProcess(LineProcess):
    """A server that listens on a port of the kernel's choice. As the block ends it is stopped by Ctrl+C.

    :ivar port: the TCP port on 127.0.0.1.
    """

    def __init__(
        self,
        *options: str,
        port: int = 0,
        language: str | None = "es",
        command: Sequence[str] = TWISTD,
        environment: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
    ) -> None:
        """
        :param options: of ``twistd dcc``; the default store is ``memory:``.
        :param port: of the server before, for a restart.
        :param command: words before the options.
        """
        words = [
            *command,
            "--port",
            str(port),
            *(["--lang", language] if language else []),
            "--store",
            "memory:",
            *options,
        ]
        super().__init__(words, environment, cwd)
        try:
            self.wait_for(r"CTRL \+ C")
            self.port = int(self.wait_for(r"127\.0\.0\.1:(\d+)$")[1])
        except BaseException:
            self.close()
            raise

    @property
    def console(self) -> list[str]:
        """Return the console's lines so far, without the log's prefix."""
        return [match[1] for line in self.lines if (match := re.match(r"\S+ \[dcc\S+\] (.*)", line))]

    def stop(self) -> None:
        """Press Ctrl+C, unless done already, and wait for the end.

        :raises AssertionError: the exit status is not 0, or the log has a traceback.
        """
        if not self.interrupted:
            self.interrupt()
        status = self.finish()
        assert status == 0, f"exit status {status}:\n{self.output}"
        assert "Traceback" not in self.output, self.output

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        try:
            if kind is None:
                self.stop()
        finally:
            self.close()


class WebServer(ServerProcess):
    """A real server with a web port.

    :ivar url: of the page.
    :ivar web_port: on 127.0.0.1.
    """

    def __init__(self, *options: str, web_port: int = 0, **settings: Any) -> None:
        """:param settings: see :class:`ServerProcess`."""
        super().__init__("--http", str(web_port), *options, **settings)
        match = self.wait_for(r"https?://127\.0\.0\.1:(\d+)/$")
        self.url, self.web_port = match[0], int(match[1])

    def memory_bytes(self) -> int:
        """What the process has of the machine's memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) * 1024


class Version1Process(LineProcess):
    """A client of the published activity (``version1_process.py``) after the first board."""

    def __init__(self, port: int) -> None:
        super().__init__([sys.executable, _VERSION_1_CLIENT, "127.0.0.1", str(port)])
        try:
            self.wait_for("recibido 1$")
        except BaseException:
            self.close()
            raise

    def paint(self, x_pos: int, y_pos: int, colour: str) -> None:
        """Paint one pixel: on every screen in column ``y_pos`` and row ``x_pos``."""
        self.tell(f"pintar {x_pos} {y_pos} {colour}")

    def wait_for_boards(self, count: int) -> None:
        """Wait for a number of boards, the first included."""
        self.wait_for(f"recibido {count}$")

    def board(self) -> dict[str, dict[str, str]]:
        """Return the client's board: a colour's name by ``y_pos`` and ``x_pos``."""
        asked = sum(line.startswith("tablero ") for line in self.lines)
        self.tell("tablero")
        board: dict[str, dict[str, str]] = json.loads(self.wait_for("^tablero (.*)", asked + 1)[1])
        return board

    def leave(self) -> None:
        """Say goodbye, and wait for the end.

        :raises AssertionError: the server did not answer with a goodbye.
        """
        self.tell("cerrar")
        assert self.finish() == 0, self.output


class Peer:
    """A blocking connection that sends and receives payloads, for what no client of ours would do."""

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        receive_buffer: int | None = None,
        tls: ssl.SSLContext | None = None,
        source: str | None = None,
    ) -> None:
        """Connect.

        :param receive_buffer: bytes in the kernel for a peer without reading; few, to stall soon.
        :param tls: encrypts, and checks the server.
        :param source: the address of this machine that the connection comes from.
        """
        self.socket = socket.socket()
        if source is not None:
            self.socket.bind((source, 0))
        self.socket.settimeout(PATIENCE_SECONDS)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect((host, port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self._decoder = FrameDecoder(_LONGEST_PAYLOAD)

    def send(self, payload: bytes) -> None:
        """Send a payload in a frame."""
        self.socket.sendall(frame(payload))

    def receive(self) -> bytes:
        """The next payload.

        :raises EOFError: the server has closed, in good order.
        """
        while (payload := self._decoder.next_payload()) is None:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._decoder.feed(data)
        return payload

    def receive_rest(self) -> list[bytes]:
        """Every payload until the server closes.

        :raises AssertionError: the server did not close in time, whatever it goes on to send.
        """
        payloads = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            while True:
                payloads.append(self.receive())
                assert time.monotonic() < deadline, "the server did not close"
        except EOFError:
            return payloads

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self.socket.close()
