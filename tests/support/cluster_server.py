"""A server of several, with its copy, which tests kill and start again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.support.server_process import TWISTD, LineProcess


class ClusterServer:
    """A server with its copy, which somebody kills.

    :ivar port: for programs, once the server serves.
    """

    def __init__(self, path: Path, address: str, *options: str) -> None:
        """:param options: at every start."""
        self.path = path
        self.port: int | None = None
        self._command = [*TWISTD, "--port", "0", "--lang", "en", "--store", f"sqlite:{path}", "--cluster", address]
        self._command += options
        self._process: LineProcess | None = None
        self._stopping: LineProcess | None = None

    def launch(self, *options: str) -> None:
        """Start, and wait for nothing."""
        assert self._process is None and self._stopping is None
        self._process = LineProcess([*self._command, *options])

    def look(self) -> str:
        """Look whether the server serves. A copy that lacks what the log has forgotten is removed, as the line says.

        :return: what a server lacks that has ended, or was left behind and killed, for people; empty if all is well.
        """
        process = self._process
        if process is None:
            return ""
        has_ended = process.process.poll() is not None
        if self.port is None and (match := re.search(r"127\.0\.0\.1:(\d+)$", process.output, re.MULTILINE)):
            self.port = int(match[1])
        assert "repair" not in process.output, process.output
        is_behind = "move the file away" in process.output or "Start the server without its copy" in process.output
        if not has_ended and not is_behind:
            return ""
        assert is_behind or self.port is None, process.output
        self.kill()
        if is_behind:
            self.remove_copy()
        return "its copy" if is_behind else "its engine"

    def remove_copy(self) -> None:
        """Remove all files of the copy."""
        for path in self.path.parent.glob(self.path.name + "*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

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
