"""Notices for systemd (``sd_notify(3)``): the server is ready, still alive, stopping.

Without ``NOTIFY_SOCKET`` in the environment nothing is sent.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from twisted.internet.interfaces import IReactorTime

from dcc.later import Later

_MICROSECONDS = 1e6


class Systemd:
    """Tells systemd about the state of the server."""

    def __init__(self, clock: IReactorTime) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._watchdog = Later(clock)
        meant_for = os.environ.get("WATCHDOG_PID", str(os.getpid()))
        microseconds = os.environ.get("WATCHDOG_USEC", "") if meant_for == str(os.getpid()) else ""
        self._half = int(microseconds) / _MICROSECONDS / 2 if microseconds.isdecimal() else 0.0  # as systemd advises

    def ready(self) -> None:
        """Clients can connect. From now on the watchdog is told that the event loop runs."""
        self._tell("READY=1")
        if self._half:
            self._alive()

    def _alive(self) -> None:
        self._tell("WATCHDOG=1")
        self._watchdog.set(self._half, self._alive)

    def stopping(self) -> None:
        """The server is about to stop. The watchdog is told until the end, since the last commit may take a while."""
        self._tell("STOPPING=1")

    def stopped(self) -> None:
        """The server has stopped."""
        self._watchdog.cancel()

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.setblocking(False)
            notices.sendto(state.encode(), address)
