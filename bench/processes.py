"""The processes of a run: the server, the swarm of viewers, the painters, the bare loops."""

from __future__ import annotations

import json
import os
import re
import resource
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.request import urlopen

from bench import machine
from dcc.server.web.metrics import METRICS_SECONDS

HERE = Path(__file__).parent
_Self = TypeVar("_Self", bound="Process")  # typing.Self is newer than Python 3.10
READY_SECONDS = 120.0
DESCRIPTORS_BESIDE = 256
"""Open files of a server besides its viewers: painters, the record, ports."""

_TIME_BYTES = 8

NO_QUOTAS = ("--pixel-rate=0", "--byte-rate=0", "--address-pixel-rate=0", "--address-byte-rate=0")
"""Options of a server for painting at full speed, which the defaults do not allow."""


class BenchError(Exception):
    """A run without figures: a process failed, or a message was lost."""


class Process:
    """A child process that prints lines and reads lines."""

    def __init__(self, command: list[str], **settings: Any) -> None:
        self._popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **settings)
        self.pid = self._popen.pid
        self._pending = b""

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def say(self, line: str) -> None:
        """Send a line to the process."""
        assert self._popen.stdin is not None
        self._popen.stdin.write(line.encode() + b"\n")
        self._popen.stdin.flush()

    def hear(self, pattern: str, seconds: float = READY_SECONDS) -> re.Match[str]:
        """Return the first line that matches.

        :raises BenchError: the process ended, or printed no such line in time.
        """
        deadline = time.monotonic() + seconds
        while (line := self._line(deadline)) is not None:
            if match := re.search(pattern, line):
                return match
        raise BenchError(f"{self._popen.args!r} did not say {pattern!r}")

    def figures(self, seconds: float = READY_SECONDS) -> dict[str, Any]:
        """Return the next line, a JSON object."""
        figures: dict[str, Any] = json.loads(self.hear(r"^\{.*\}$", seconds)[0])
        return figures

    def cpu(self) -> float:
        """Return the CPU seconds used so far."""
        return machine.cpu_seconds(self.pid)

    def memory(self) -> machine.Memory:
        """Return the memory in use now."""
        return machine.memory(self.pid)

    def stop(self) -> None:
        """End the process, gently if the process listens."""
        if self._popen.poll() is None:
            self._popen.terminate()
            try:
                self._popen.wait(5)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _line(self, deadline: float) -> str | None:
        assert self._popen.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._popen.stdout, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return None
                piece = os.read(self._popen.stdout.fileno(), 1 << 16)
                if not piece:
                    return None
                self._pending += piece
        line, _newline, self._pending = self._pending.partition(b"\n")
        return line.decode()


class Server(Process):
    """``twistd dcc`` on a free port, its console read to the end of the start.

    :ivar port: the TCP port.
    :ivar web_port: the same for browsers, 0 without the option ``--http``.
    :ivar started_s: how long the start took.
    """

    def __init__(self, folder: Path, store: str, *options: str) -> None:
        """
        :param folder: for a new folder with the console and the record.
        :param store: ``memory:``, ``sqlite:`` for a new file, or ``sqlite:PATH``.
        """
        folder = Path(tempfile.mkdtemp(dir=folder))
        if store == "sqlite:":
            store = f"sqlite:{folder / 'board.dcc'}"
        self.console = folder / "console.log"
        began = time.monotonic()
        with self.console.open("wb") as console:
            command = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
            command += ["--nodaemon", "--pidfile=", "--reactor=epoll", f"--logfile={self.console}"]
            command += ["dcc", "--port=0", "--lang=en", f"--store={store}", *options]
            super().__init__(command, stderr=console, cwd=folder)
        while (heard := re.search(r"Server listening on \S+:(\d+)", said := self.console.read_text())) is None:
            if self._popen.poll() is not None or time.monotonic() - began > READY_SECONDS:
                self.stop()
                raise BenchError(f"the server did not start:\n{self.console.read_text()}")
            time.sleep(0.005)
        self.started_s = time.monotonic() - began
        self.port = int(heard[1])
        web = re.search(r"http://\S+:(\d+)/", said)
        self.web_port = int(web[1]) if web else 0

    def metrics(self) -> dict[str, float]:
        """Return the server's own figures by name, summed over labels."""
        time.sleep(METRICS_SECONDS)  # the figures may be as old
        with urlopen(f"http://127.0.0.1:{self.web_port}/metrics", timeout=READY_SECONDS) as answer:
            text = answer.read().decode()
        figures: dict[str, float] = defaultdict(float)
        for name, value in re.findall(r"^(\w+)(?:\{[^}]*\})? (\S+)$", text, re.MULTILINE):
            figures[name] += float(value)
        return figures


class Clients:
    """Compile the clients, hold their shared folder, start them.

    :ivar folder: the shared folder, an absolute path.
    :ivar compiled: whether the clients are in C.
    """

    def __init__(self, folder: Path, *, compiler: str | None) -> None:
        """:param compiler: of C; without a compiler the clients are in Python."""
        self.folder = folder
        self.times = folder / "times"
        self.compiled = compiler is not None
        if compiler is not None:
            for name in ("swarm", "painter", "bare", "joiners", "abuser"):
                source, program = HERE / f"{name}.c", folder / name
                built = subprocess.run(
                    [compiler, "-O2", "-o", program, source, "-lz"], capture_output=True, text=True, check=False
                )
                if built.returncode:
                    raise BenchError(f"{source.name} cannot be compiled; --python does without:\n{built.stderr}")

    def expect_placements(self, count: int) -> None:
        """Make room for the times of a number of placements."""
        with self.times.open("wb") as file:
            file.truncate((count + 1) * _TIME_BYTES)

    def swarm(
        self, port: int, viewers: int, *, version: int = 2, web: str = "-", cells: int = 2500, recording: str = "-"
    ) -> Process:
        """See ``swarm.c``.

        :raises BenchError: the system does not allow so many connections.
        """
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if viewers + DESCRIPTORS_BESIDE > most:
            raise BenchError(f"{viewers} viewers need more descriptors than the {most} that ulimit -Hn allows")
        return self._start("swarm", port, viewers, version, web, cells, self.times, recording)

    def painter(
        self,
        port: int,
        painters: int,
        *,
        version: int = 2,
        web: str = "-",
        cells: int = 2500,
        rate: float,
        seconds: float,
        window: int = 1,
        pixels: int = 1,
    ) -> Process:
        """See ``painter.c``."""
        return self._start(
            "painter", port, painters, version, web, cells, 8, self.times, rate, seconds, window, pixels, 1
        )

    def joiners(
        self,
        port: int,
        viewers: int,
        *,
        web: str = "-",
        cells: int,
        receive_buffer: int = 0,
        recording: str = "-",
    ) -> Process:
        """See ``joiners.c``.

        :raises BenchError: there is no compiler.
        """
        if not self.compiled:
            raise BenchError("this one needs a C compiler")
        return self._start("joiners", port, viewers, web, cells, receive_buffer, recording)

    def bare(self, viewers: int, *, in_c: bool) -> Process:
        """See ``bare.c`` and ``bare.py``."""
        if in_c:
            return Process([str(self.folder / "bare"), str(viewers)])
        return Process([sys.executable, str(HERE / "bare.py"), str(viewers)])

    def _start(self, name: str, *words: object) -> Process:
        program = [str(self.folder / name)] if self.compiled else [sys.executable, "-m", f"bench.{name}"]
        return Process([*program, *map(str, words)], cwd=HERE.parent)


@contextmanager
def clients(*, python: bool) -> Iterator[Clients]:
    """Prepare the clients of a benchmark, and their shared folder.

    :param python: use clients in Python even if there is a compiler.
    """
    machine.raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as folder:
        yield Clients(Path(folder), compiler=None if python else shutil.which("cc") or shutil.which("gcc"))
