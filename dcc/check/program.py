"""A student's server as a process: started, its output read, Ctrl+C pressed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from dcc.check.diagnosis import Difference
from dcc.errors import DccError
from dcc.language import _, system_reason
from dcc.wording import clip

_LINES = 2000
"""Most lines of output that are kept: a program that prints without end must not fill the memory."""

_LINE_CHARACTERS = 1000
_SHOWN_LINES = 8

_POLL_SECONDS = 0.05
"""Between two looks for an open port of a program that prints none: the system tells nobody about new ports."""

_WHERE = re.compile(r"(?:escuchando|listening|puerto|port)\b(.*)", re.IGNORECASE)
"""The end of a line such as ``Servidor escuchando en localhost:45743``; a date in front has colons too."""

_PORT = re.compile(r"(?:(\[[0-9a-fA-F:]+\]|[\w.-]+)['\"]?\s*[:,]\s*)?\b(\d{2,5})\b(?!\.)")
"""Host and port, or a port alone."""

Address = tuple[str, int]


class Program:
    """A command that is a server.

    :ivar lines: what the current process has printed, errors included.
    """

    def __init__(self, command: Sequence[str], address: Address, is_printed: bool) -> None:
        """
        :param address: where the server listens, if its output does not say.
        :param is_printed: whether the output decides.
        """
        self._command = list(command)
        self._address = address
        self._is_printed = is_printed
        self._process: subprocess.Popen[str] | None = None
        self._changed = threading.Condition()
        self.lines: deque[str] = deque(maxlen=_LINES)
        self.count = 0

    def start(self, seconds: float) -> tuple[Address, socket.socket]:
        """Start the program and find its port.

        :return: where it listens, and a connection. To look for the port without using the connection would be a
            client that leaves without a goodbye, which already is a test.
        :raises Difference: it ended, or opened no port within the limit.
        :raises DccError: the command cannot be started, or somebody else has the port.
        """
        self.kill()
        self.lines = deque(maxlen=_LINES)
        other = _connect(self._address)
        is_taken = other is not None
        if other is not None:
            other.close()
        if is_taken and not self._is_printed:
            raise DccError(_("another program listens on port {port}: stop it first").format(port=self._address[1]))
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
        before = signal.getsignal(signal.SIGINT)
        is_ignored = before is signal.SIG_IGN and threading.current_thread() is threading.main_thread()
        if is_ignored:  # as behind & of a shell; the program would inherit that, and ignore Ctrl+C
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                env=environment,
                start_new_session=True,  # Ctrl+C here must not stop the program there
            )
        except OSError as error:
            raise DccError(
                _("cannot start {command}: {error}. For a server that runs already, write HOST:PORT").format(
                    command=clip(self._command[0]), error=system_reason(error)
                )
            ) from None
        finally:
            if is_ignored:
                signal.signal(signal.SIGINT, before)
        threading.Thread(target=self._read, args=(self._process, self.lines), daemon=True).start()
        return self._find_port(time.monotonic() + seconds, seconds, is_taken)

    def _read(self, process: subprocess.Popen[str], lines: deque[str]) -> None:
        assert process.stdout is not None
        while line := process.stdout.readline(_LINE_CHARACTERS):
            with self._changed:
                lines.append(line.rstrip("\r\n"))
                self.count += 1
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _find_port(self, deadline: float, seconds: float, is_taken: bool) -> tuple[Address, socket.socket]:
        while time.monotonic() < deadline:
            address = self._printed() if self._is_printed else None
            if address is None and not is_taken and (connection := _connect(self._address)):
                return self._address, connection
            if address is not None and (reached := _reach(address)):
                return reached
            if self.status() is not None:
                self.wait(lambda: False, _POLL_SECONDS)  # for the last of its output
                raise Difference(
                    _("the program ended by itself (status {status})").format(status=self.status()) + self.last_lines()
                )
            with self._changed:
                self._changed.wait(_POLL_SECONDS)
        raise Difference(
            _("no open port was found for {seconds:g} s").format(seconds=seconds) + self.last_lines(),
            _(
                "Call bind((host, port)) and listen(). If the server does listen: print its host and port, or add "
                "--address HOST:PORT to dcc check."
            ),
        )

    def _printed(self) -> Address | None:
        with self._changed:
            for line in self.lines:
                if (where := _WHERE.search(line)) and (match := _PORT.search(where[1])):
                    return (match[1] or "127.0.0.1").strip("[]"), int(match[2])
        return None

    def output(self) -> list[str]:
        """What the current process has printed so far."""
        with self._changed:
            return list(self.lines)

    def wait(self, is_there: Callable[[], bool], seconds: float) -> bool:
        """Wait for something in the output.

        :param is_there: called after every line.
        """
        with self._changed:
            return self._changed.wait_for(is_there, seconds)

    def status(self) -> int | None:
        """Return the exit status; None while the program runs."""
        return self._process.poll() if self._process is not None else None

    def interrupt(self, seconds: float) -> bool:
        """Press Ctrl+C.

        :return: whether the program has ended within the limit.
        """
        self.press_ctrl_c()
        return self.ended(seconds)

    def press_ctrl_c(self) -> None:
        """Send the signal of Ctrl+C, as a terminal does: to the program and to what it has started."""
        self._signal(signal.SIGINT)

    def ended(self, seconds: float) -> bool:
        """Wait for the end of the program."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the program and all that it has started."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def last_lines(self) -> str:
        """The end of the output, for a report."""
        lines = self.output()[-_SHOWN_LINES:]
        if not lines:
            return _("; it printed nothing")
        return "\n    ".join([_("; it printed:"), *lines])


def _connect(address: Address) -> socket.socket | None:
    try:
        return socket.create_connection(address, 1.0)
    except OSError:
        return None


def _reach(address: Address) -> tuple[Address, socket.socket] | None:
    """Connect to a server on this machine that says it listens on ``address``."""
    host, port = address
    if not 0 < port < 65536:
        return None
    for each in ("127.0.0.1", host):
        if is_here(each) and (connection := _connect((each, port))):
            return (each, port), connection
    return None


def is_here(host: str) -> bool:
    """Tell whether a host is this machine: only then can a socket be bound to all of its addresses."""
    try:
        addresses = {(family, address) for family, *_rest, address in socket.getaddrinfo(host, 0)}
        for family, address in addresses:
            with socket.socket(family) as bound:
                bound.bind((address[0], 0))
    except (OSError, UnicodeError):
        return False
    return True
