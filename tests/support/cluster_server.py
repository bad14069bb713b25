"""A server of several, with its copy, which tests kill and start again."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.server_process import TWISTD, LineProcess


class ClusterServer:
    """A server with its copy, which somebody kills.

    :ivar port: for programs, once the server serves.
    """

    def __init__(self, path: Path, address: str) -> None:
        self.path = path
        self.port: int | None = None
        self._command = [*TWISTD, "--port", "0", "--lang", "en", "--store", f"sqlite:{path}", "--cluster", address]
        self._process: LineProcess | None = None
        self._stopping: LineProcess | None = None

    def launch(self, *options: str) -> None:
        """Start, and wait for nothing."""
        assert self._process is None and self._stopping is None
        self._process = LineProcess([*self._command, *options])

    def look(self) -> bool:
        """Look whether the server serves.

        :return: whether the server has not started, since its engine is away.
        """
        process = self._process
        if process is None:
            return False
        has_ended = process.process.poll() is not None
        if self.port is None and (match := re.search(r"127\.0\.0\.1:(\d+)$", process.output, re.MULTILINE)):
            self.port = int(match[1])
        if has_ended:
            assert self.port is None and "repair" not in process.output, process.output
            self.kill()
        return has_ended

    def kill(self) -> None:
        """Kill the server."""
        for process in (self._process, self._stopping):
            if process is not None:
                process.close()
                assert "Traceback" not in process.output, process.output
        self._process = self._stopping = self.port = None

    def begin_to_stop(self) -> None:
        """Ask the server to stop in order, as an operator's tools do, and wait for nothing."""
        assert self._process is not None
        self._process.process.terminate()
        self._process, self._stopping, self.port = None, self._process, None

    def has_stopped(self) -> bool:
        """Look whether the server has ended in order."""
        process = self._stopping
        if process is not None and process.process.poll() is not None:
            assert process.finish() == 0, process.output
            self.kill()
        return self._stopping is None

    def stop(self) -> None:
        """Stop in order, and wait for the end."""
        if self.runs:
            self.begin_to_stop()
            assert self._stopping is not None
            self._stopping.finish()
            assert self.has_stopped()

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None
