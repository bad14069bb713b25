"""The lines of the console and of the log: storms counted together, and outputs that take no more."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
import unittest
from pathlib import Path

from twisted.internet.task import Clock
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from dcc import reasons
from dcc.errors import DccError, ProtocolError
from dcc.server.console import SUMMARY_SECONDS, VISITS_A_SECOND, WARNINGS_A_SECOND, Console
from dcc.server.log import LINK_REPEATED_AFTER_LINES, JsonLog, TextLog
from dcc.server.output import WAITING_BYTES, LogFile, Output
from tests.support.wire import log

PATIENCE_SECONDS = 60.0
AT_ONCE = int(VISITS_A_SECOND * 10)


class StormTests(SynchronousTestCase):
    """Many events of a kind."""

    def setUp(self) -> None:
        """Make a console."""
        self.clock = Clock()
        self.console = Console(self.clock)

    def visit(self, *clients: int) -> None:
        """Have clients come and go."""
        for client in clients:
            self.console.arrived(client)
            self.console.closing(client)
            self.console.removed(client)

    def test_a_class_that_comes_and_goes_has_all_its_lines(self) -> None:
        with log() as said:
            self.visit(*range(40))
        self.assertEqual(len(said.lines), 160)

    def test_a_loop_that_connects_and_closes_is_counted_together(self) -> None:
        with log() as said:
            self.visit(*range(1000))
            self.assertEqual(len(said.lines), AT_ONCE * 2)
            self.clock.advance(SUMMARY_SECONDS)
        more = 1000 - AT_ONCE // 2
        self.assertEqual(said.lines[-1], f"{more} more clients came and {more} went in the last 10 s.")

    def test_a_summary_at_the_stop_tells_the_time_that_it_covers(self) -> None:
        for passed, told in ((0.0, 1), (0.4, 1), (3.2, 3), (9.9, 10)):
            with self.subTest(passed=passed), log() as said:
                self.console = Console(self.clock)
                self.visit(*range(1000))
                for client in range(50):
                    self.console.at_fault(client, "192.0.2.1:5", ProtocolError(reasons.EMPTY_MESSAGE))
                self.clock.advance(passed)
                self.console.stopping()
                lines = [line for line in said.lines if "in the last" in line]
                self.assertEqual(len(lines), 2)
                for line in lines:
                    self.assertIn(f" in the last {told} s", line)
                self.clock.advance(SUMMARY_SECONDS)
                self.assertIn("Stopping", said.lines[-1])  # nothing is summed up twice

    def test_an_arrival_without_a_line_has_no_line_at_the_end_either(self) -> None:
        with log() as said:
            for client in range(AT_ONCE + 1):
                self.console.arrived(client)
            self.clock.advance(SUMMARY_SECONDS)
            before = len(said.lines)
            self.console.closing(AT_ONCE)
            self.console.removed(AT_ONCE)
            self.assertEqual(len(said.lines), before)
            self.console.closing(0)
            self.console.removed(0)
            self.assertEqual(len(said.lines), before + 2)

    def test_faults_are_counted_by_kind_and_the_rest_is_told_at_the_stop(self) -> None:
        error = ProtocolError(reasons.EMPTY_MESSAGE)
        at_once = int(WARNINGS_A_SECOND * 10)
        with log() as said:
            for client in range(50):
                self.console.at_fault(client, "192.0.2.1:5", error)
            self.console.refused(1, "192.0.2.1:5", error)
            self.assertEqual(len(said.warnings), at_once + 1)
            self.console.stopping()
        self.assertTrue(said.warnings[-1].startswith(f"{50 - at_once} more warnings of this kind in the last 1 s,"))
        self.assertIn("Client 49 (192.0.2.1:5) is disconnected: ", said.warnings[-1])


STEERING = {
    "clear the screen": "\x1b[2J",
    "a forged line": "\r\nFake line",
    "delete": "\x7f",
    "the same escape in one character": "\x9b2J",
    "next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "right to left from here": "\u202egnp.exe",
    "isolated writing direction": "\u2066\u2069",
    "a mark of writing direction": "\u200f",
    "no width": "\u200b\ufeff",
    "a tag beyond 16 bits": "\U000e0041",
}
"""What a peer may write."""


class TextTests(unittest.TestCase):
    """Events as lines."""

    def test_our_own_fault_has_its_traceback_and_information_of_twisted_is_left_out(self) -> None:
        for form in (TextLog, JsonLog):
            lines: list[str] = []
            observer = form(lines.append)
            Logger(namespace="twisted.internet", observer=observer).info("EMFILE recovery")
            self.assertEqual(lines, [])
            try:
                raise RuntimeError("broken")
            except RuntimeError:
                Logger(namespace="dcc.board", observer=observer).failure("while telling", Failure())
            self.assertIn("while telling: RuntimeError: broken", lines[0])
            self.assertIn("Traceback", lines[0])

    def test_what_would_steer_a_terminal_or_a_viewer_is_escaped_in_both_forms(self) -> None:
        for what, text in STEERING.items():
            with self.subTest(what):
                lines: list[str] = []
                for form in (TextLog, JsonLog):
                    Logger(namespace="dcc", observer=form(lines.append)).warn(
                        "{line}", line=f"«{text}» é 漢", fields={"name": text}
                    )
                plain, entry = lines
                for line in lines:
                    self.assertTrue(line.endswith("\n") and line[:-1].isprintable(), line)
                    self.assertIn("é 漢", line)
                self.assertIn(f"Warning: «{text.encode('unicode_escape').decode()}» é 漢\n", plain)
                self.assertEqual(json.loads(entry)["message"], f"«{text}» é 漢")
                self.assertEqual(json.loads(entry)["name"], text)

    def test_what_would_control_a_terminal_is_escaped_in_a_traceback_too(self) -> None:
        lines: list[str] = []
        try:
            raise RuntimeError("\x1b[2J")
        except RuntimeError:
            Logger(namespace="dcc", observer=TextLog(lines.append)).failure("while telling", Failure())
        self.assertIn("\nbuiltins.RuntimeError: \\x1b[2J\n", lines[0])
        self.assertNotIn("\x1b", lines[0])

    def test_a_terminal_shows_the_link_again_after_a_screen_of_lines(self) -> None:
        lines: list[str] = []
        ours = Logger(namespace="dcc", observer=TextLog(lines.append, is_terminal=True))
        ours.info("Open http://192.0.2.7/", event="page", is_plain=True)
        for _line in range(2 * LINK_REPEATED_AFTER_LINES):
            ours.info("hello", is_plain=True)
        self.assertEqual("".join(lines).count("Open"), 3)


class HeldSink:
    """Takes nothing until released.

    :ivar data: what was written.
    """

    def __init__(self) -> None:
        self.data = b""
        self.entered, self.released = threading.Event(), threading.Event()

    def write(self, data: bytes) -> None:
        """Wait, then take all."""
        self.entered.set()
        assert self.released.wait(PATIENCE_SECONDS)
        self.data += data


class OutputTests(unittest.TestCase):
    """Outputs."""

    def test_lines_that_find_no_room_are_dropped_and_counted(self) -> None:
        sink = HeldSink()
        output = Output(sink, lambda count: f"{count} missing\n")
        output.write("first\n")
        self.assertTrue(sink.entered.wait(PATIENCE_SECONDS))
        line = "x" * 1023 + "\n"
        for _line in range(WAITING_BYTES // 1024 + 7):
            output.write(line)
        sink.released.set()
        output.flush()
        self.assertEqual(sink.data.decode(), "first\n" + line * (WAITING_BYTES // 1024) + "7 missing\n")

    def test_a_file_that_is_renamed_or_deleted_is_made_anew(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dcc.log"
            file = LogFile(path)
            file.write(b"one\n")
            path.rename(Path(folder) / "dcc.log.1")
            file.write(b"two\n")
            self.assertEqual(path.read_bytes(), b"two\n")
            path.unlink()
            file.write(b"three\n")
            self.assertEqual(path.read_bytes(), b"three\n")
            self.assertEqual((Path(folder) / "dcc.log.1").read_bytes(), b"one\n")

    def test_what_cannot_be_written_is_refused_in_a_line_at_once(self) -> None:
        with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as unread:
            folder = Path(name)
            for each in ("folder", "locked"):
                (folder / each).mkdir()
            (folder / "loop").symlink_to("loop")
            os.mkfifo(folder / "pipe")
            unread.bind(f"{folder}/socket")
            (folder / "file").touch()
            for other, reason in (
                ("pipe", "nobody reads the pipe, start the reader first"),
                ("socket", "No such device or address"),
                ("folder", "Is a directory"),
                ("missing/dcc.log", "No such file or directory"),
                ("file/dcc.log", "Not a directory"),
                ("loop", "Too many levels of symbolic links"),
                ("x" * 256, "File name too long"),
            ):
                with self.subTest(other), self.assertRaises(DccError) as caught:
                    LogFile(folder / other)
                self.assertEqual(str(caught.exception), f"--log-file {folder / other}: cannot be written: {reason}")
            (folder / "locked").chmod(0o555)
            folder.chmod(0o755)
            user = os.geteuid()
            if user == 0:
                os.seteuid(65534)
            try:
                with self.assertRaisesRegex(DccError, "cannot be written: Permission denied"):
                    LogFile(folder / "locked" / "dcc.log")
            finally:
                os.seteuid(user)

    def test_a_pipe_and_a_device_take_every_line(self) -> None:
        LogFile(Path(os.devnull)).write(b"line\n")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pipe"
            os.mkfifo(path)
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, reader)
            os.set_blocking(reader, True)
            lines = b"line\n" * 50_000  # more than a pipe holds
            writer = threading.Thread(target=LogFile(path).write, args=(lines,))
            writer.start()
            read = b""
            while len(read) < len(lines):
                read += os.read(reader, 65536)
            writer.join()
            self.assertEqual(read, lines)

    def test_lines_go_on_in_the_old_file_while_the_folder_is_gone(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            folder, moved = Path(root) / "logs", Path(root) / "moved"
            folder.mkdir()
            file = LogFile(folder / "dcc.log")
            folder.rename(moved)
            file.write(b"one\n")
            folder.write_bytes(b"")  # no folder any more
            file.write(b"two\n")
            self.assertEqual((moved / "dcc.log").read_bytes(), b"one\ntwo\n")

    def test_lines_lost_on_a_full_disk_are_counted_in_the_next_ones(self) -> None:
        sink = FullOnce()
        output = Output(sink, lambda count: f"{count} missing\n")
        output.write("lost\n")
        output.flush()
        output.write("kept\n")
        output.flush()
        self.assertEqual(sink.data, b"kept\n1 missing\n")


class FullOnce:
    """Fails once.

    :ivar data: what was written.
    """

    def __init__(self) -> None:
        self.data = b""
        self._is_full = True

    def write(self, data: bytes) -> None:
        """Fail the first time."""
        if self._is_full:
            self._is_full = False
            raise OSError(28, os.strerror(28))
        self.data += data


class LevelTests(unittest.TestCase):
    """Levels of other code."""

    def test_a_warning_of_twisted_is_told(self) -> None:
        lines: list[str] = []
        Logger(namespace="twisted.web", observer=TextLog(lines.append)).emit(LogLevel.warn, "careful")
        self.assertRegex(lines[0], r"^\d\d:\d\d:\d\d Warning: careful\n$")
