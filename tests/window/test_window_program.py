"""``dcc draw`` as a program: how it begins and how it ends."""

from __future__ import annotations

import socket
import sys
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server_process import DCC, LineProcess, ServerProcess

CLOSING_WINDOW = str(Path(__file__).parents[1] / "support" / "closing_window.py")
OFFSCREEN = {
    "QT_QPA_PLATFORM": "offscreen",
    "LANGUAGE": "",
    "LC_ALL": "",
    "LC_MESSAGES": "",
    "LANG": "es_CL.UTF-8",
    "DCC_LANG": "",
}


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class EndTests(unittest.TestCase):
    """However it stands with the server, the program ends, without a word and with exit status 0."""

    def assert_ends_well(self, window: LineProcess) -> None:
        """Wait for its end."""
        self.assertEqual(window.finish(), 0, window.output)
        self.assertNotIn("Traceback", window.output)

    def test_closing_the_window_says_goodbye(self) -> None:
        """The server hears it, and takes the client from its list."""
        with ServerProcess() as server:
            command = [sys.executable, CLOSING_WINDOW, f"127.0.0.1:{server.port}", "En línea"]
            with LineProcess(command, OFFSCREEN) as window:
                self.assert_ends_well(window)
            server.wait_for("Se ha eliminado el socket del cliente 1")
            self.assertFalse([line for line in server.console if "error" in line.lower()])

    def test_closing_the_window_while_there_is_no_server(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        title = f"Sin conexión con 127.0.0.1:{port}"
        with LineProcess([sys.executable, CLOSING_WINDOW, f"127.0.0.1:{port}", title], OFFSCREEN) as window:
            window.wait_for("Sin conexión")
            self.assert_ends_well(window)

    def test_closing_the_window_while_the_server_is_silent(self) -> None:
        with silent_server() as port:
            command = [sys.executable, CLOSING_WINDOW, f"127.0.0.1:{port}", "Conectando…"]
            with LineProcess(command, OFFSCREEN) as window:
                self.assert_ends_well(window)

    def test_ctrl_c_in_the_terminal(self) -> None:
        with ServerProcess() as server, LineProcess([DCC, "draw", f"127.0.0.1:{server.port}"], OFFSCREEN) as window:
            server.wait_for("Escuchando a cliente 1")
            window.interrupt()
            self.assert_ends_well(window)
            server.wait_for("Se ha eliminado el socket del cliente 1")


class BeginTests(unittest.TestCase):
    """What it is told on the command line."""

    def test_without_a_screen_it_says_so_in_one_line(self) -> None:
        nothing = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"), "")
        with LineProcess([DCC, "draw"], nothing) as window:
            self.assertEqual(window.finish(), 1)
            [line] = window.lines
        self.assertTrue(line.startswith("dcc draw: there is no screen to open a window on"), line)

    def test_a_screen_that_is_not_there(self) -> None:
        """One line with Qt's reasons, exit status 1; not Qt's own lines, and no abort."""
        with LineProcess([DCC, "draw"], {"DISPLAY": ":65000", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}) as window:
            self.assertEqual(window.finish(), 1)
            [line] = window.lines
        self.assertTrue(line.startswith("dcc draw: no window can be opened: "), line)
        self.assertTrue(line.endswith("(see DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM)"), line)

    def test_a_name_too_long_is_a_usage_error(self) -> None:
        with LineProcess([DCC, "draw", "--lang", "en", "--name", 33 * "a"], OFFSCREEN) as window:
            self.assertEqual(window.finish(), 2)
            [line] = window.lines
        self.assertIn("at most 32 characters", line)
