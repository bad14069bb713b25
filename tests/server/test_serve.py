"""``dcc serve``: console, log, start and end of the process."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from dcc.protocol import codec
from dcc.protocol.messages import Acknowledged, WholeBoard
from dcc.record.maintenance import resize, verify
from dcc.record.reader import Reader
from tests.support.certificates import local_endpoint
from tests.support.server_process import (
    DCC,
    PATIENCE_SECONDS,
    TWISTD,
    LineProcess,
    Peer,
    ServerProcess,
    Version1Process,
)
from tests.support.wire import GOODBYE, HELLO_1, HELLO_2, RED, paint

SERVE = (DCC, "serve")
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_FDNAMES="dcc.socket", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Starts a program with a socket, as systemd does (``sd_listen_fds(3)``)."""

TIME = r"\d\d:\d\d:\d\d"


def paint_cell(peer: Peer, cell: int, colour: int) -> None:
    """Join with a peer, paint a cell, and wait until the cell is recorded."""
    peer.send(HELLO_2)
    peer.send(paint(1, (cell, colour)))
    while not isinstance(codec.decode_server(peer.receive()), Acknowledged):
        pass


class Serving(ServerProcess):
    """``dcc serve``."""

    def __init__(self, *options: str, language: str = "en", **settings: object) -> None:
        """:param settings: see :class:`ServerProcess`."""
        super().__init__(*options, language=language, command=SERVE, **settings)  # type: ignore[arg-type]


class FolderTests(unittest.TestCase):
    """Tests with a folder of their own."""

    def setUp(self) -> None:
        """Make the folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()


class ConsoleTests(FolderTests):
    """What the operator reads."""

    def test_a_pipe_gets_exactly_the_published_lines(self) -> None:
        with Serving("--store", f"{self.folder}/canvas.sqlite3", language="es") as server:
            with Version1Process(server.port) as client:
                client.leave()
            server.wait_for("Se ha eliminado")
            server.stop()
            *lines, saved = server.lines
            owner = lines.pop(5)
            self.assertRegex(owner, ": [a-z2-7]{26}$")
            self.assertEqual(
                lines,
                [
                    "Iniciando servidor...",
                    f"Servidor escuchando en 127.0.0.1:{server.port}",
                    "Servidor aceptando conexiones!",
                    "CTRL + C -> SALIR",
                    f"Se guarda en {self.folder}/canvas.sqlite3. Ctrl+C detiene el servidor.",
                    "Ha llegado un nuevo cliente con id 1!",
                    "Escuchando a cliente 1!",
                    "Cerrando conexión con el cliente 1...",
                    "Se ha eliminado el socket del cliente 1.",
                    "Forzando cierre de servidor!",
                ],
            )
            self.assertTrue(saved)

    def test_everything_is_saved_is_the_last_line_and_only_of_a_saved_board(self) -> None:
        with Serving("--store", f"{self.folder}/canvas.sqlite3") as server:
            server.stop()
            self.assertEqual(server.lines[-2:], ["Stopping", "Everything is saved."])
        with Serving() as server:
            server.stop()
            self.assertEqual(server.lines[-1], "Stopping")

    def test_a_warning_has_the_time_and_a_word(self) -> None:
        with Serving() as server, Peer(server.port) as peer:
            peer.send(b'{"comando": "borrar"}')
            peer.receive_rest()
            server.wait_for(
                rf"^{TIME} Warning: Client 1 \(127\.0\.0\.1:\d+\) is disconnected: unknown command 'borrar'$"
            )

    def test_a_terminal_has_colours_unless_no_color_is_set(self) -> None:
        for variable, word in (("", "\x1b[33mWarning:\x1b[0m"), ("1", "Warning:")):
            with self.subTest(NO_COLOR=variable):
                ours, theirs = pty.openpty()
                words = [*SERVE, "--lang", "en", "--store", "memory:", "--port", "0"]
                environment = {**os.environ, "NO_COLOR": variable, "TERM": "xterm"}
                process = subprocess.Popen(words, stdout=theirs, stderr=theirs, env=environment)
                os.close(theirs)
                self.addCleanup(process.kill)
                seen = self.read_until(ours, rb"127\.0\.0\.1:(\d+)\r\n(?:.*\r\n)*.*Ctrl\+C stops")
                match = re.search(rb"127\.0\.0\.1:(\d+)", seen)
                assert match is not None
                with Peer(int(match[1])) as peer:
                    peer.send(b"?")
                    self.read_until(ours, rb"\d " + re.escape(word.encode()) + rb" Client 1 ")
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(PATIENCE_SECONDS), 0)
                os.close(ours)

    def read_until(self, terminal: int, pattern: bytes) -> bytes:
        """Read a terminal until a pattern is found."""
        seen = b""
        while re.search(pattern, seen) is None:
            ready, _, _ = select.select([terminal], [], [], PATIENCE_SECONDS)
            self.assertTrue(ready, seen)
            seen += os.read(terminal, 65536)
        return seen

    def test_quiet_leaves_out_visitors_and_keeps_warnings(self) -> None:
        with Serving("--quiet") as server:
            with Peer(server.port) as peer:
                peer.send(b"?")
                peer.receive_rest()
            server.wait_for("Warning: Client 1")
            server.stop()
            self.assertEqual([line for line in server.lines if "lient" in line and "Warning" not in line], [])

    def test_json_is_an_object_on_each_line_with_the_fields_of_the_event(self) -> None:
        with LineProcess(
            [*SERVE, "--lang", "en", "--store", "memory:", "--port", "0", "--log-format", "json"]
        ) as server:
            port = int(server.wait_for(r"127\.0\.0\.1:(\d+)\"")[1])
            with Peer(port) as peer:
                peer.send(b'{"comando": "borrar"}')
                peer.receive_rest()
            server.wait_for("client-removed")
            server.interrupt()
            self.assertEqual(server.finish(), 0)
            events = [json.loads(line) for line in server.lines]
        self.assertEqual(
            [event["event"] for event in events],
            [
                *("starting", "listening", "accepting", "how-to-stop", "not-saving", "owner"),
                *("client-arrived", "client-heard"),
                *("client-disconnected", "client-closing", "client-removed", "stopping"),
            ],
        )
        (fault,) = [event for event in events if event["level"] == "warn"]
        self.assertRegex(fault.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertRegex(fault.pop("address"), r"^127\.0\.0\.1:\d+$")
        self.assertRegex(fault.pop("message"), r"^Client 1 .* is disconnected: unknown command 'borrar'$")
        self.assertEqual(
            fault, {"level": "warn", "event": "client-disconnected", "client": 1, "code": "comando-desconocido"}
        )

    def test_json_is_utf_8_whatever_the_encoding_of_the_terminal(self) -> None:
        with LineProcess(
            [*SERVE, "--lang", "en", "--store", "memory:", "--port", "0", "--log-format", "json"],
            {"PYTHONIOENCODING": "ascii"},
        ) as server:
            port = int(server.wait_for(r"127\.0\.0\.1:(\d+)\"")[1])
            with Peer(port) as peer:
                peer.send('{"comando": "é"}'.encode())
                peer.receive_rest()
            server.wait_for("client-disconnected")
            server.interrupt()
            self.assertEqual(server.finish(), 0)
        self.assertEqual(len([json.loads(line) for line in server.lines if "'é'" in line]), 1)

    def test_a_log_file_has_every_line_with_its_date_and_grows_with_each_start(self) -> None:
        file = self.folder / "dcc.log"
        for starts in (1, 2):
            with Serving("--log-file", str(file)) as server:
                server.stop()
            lines = file.read_text(encoding="utf-8").splitlines()
            shown = [line for line in server.lines if not line.startswith("Only for you")]  # a key is in no log
            self.assertEqual([re.sub(rf"^\d{{4}}-\d\d-\d\d {TIME} ", "", line) for line in lines[-6:]], shown)
            self.assertEqual(len(lines), 6 * starts)

    def test_the_log_file_of_twistd_is_beside_twistds_own_log(self) -> None:
        file = self.folder / "dcc.log"
        with ServerProcess("--log-file", str(file), "--log-format", "json", language="en") as server:
            server.stop()
            self.assertIn("Stopping", server.console)
        events = [json.loads(line)["event"] for line in file.read_text(encoding="utf-8").splitlines()]
        self.assertEqual((events[0], events[-1]), ("starting", "stopping"))

    def test_an_output_that_nobody_reads_holds_up_neither_painting_nor_ctrl_c(self) -> None:
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while True:
                os.write(writing, bytes(4096))  # full before the first line
        os.set_blocking(writing, True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words = [*SERVE, "--lang", "en", "--store", "memory:", "--port", str(port)]
        process = subprocess.Popen(words, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        self.addCleanup(process.kill)
        assert process.stderr is not None
        self.addCleanup(process.stderr.close)
        for _visit in range(3):
            with self.connect(port) as peer:
                paint_cell(peer, 7, RED)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE_SECONDS), 0, process.stderr.read())

    def connect(self, port: int) -> Peer:
        """Connect as soon as the server listens."""
        while True:
            try:
                return Peer(port)
            except ConnectionRefusedError:
                select.select([], [], [], 0.05)


class StartTests(FolderTests):
    """A start that fails, in one line and without a trace; and the other order."""

    def refuse(self, *options: str) -> str:
        """Return the only line of a start that fails."""
        words = [*SERVE, "--lang", "en", *options]
        ran = subprocess.run(words, capture_output=True, encoding="utf-8", cwd=self.folder, timeout=PATIENCE_SECONDS)
        self.assertEqual((ran.returncode, ran.stdout), (1, ""), ran.stderr)
        self.assertEqual(ran.stderr.count("\n"), 1, ran.stderr)
        return ran.stderr

    def test_a_failed_start_is_one_line_and_leaves_no_file(self) -> None:
        with ServerProcess() as other:
            table = [
                (["--port", str(other.port)], "Address already in use"),
                (["--port", "0", "--http", str(other.port)], "Address already in use"),
                (["--port", "unix:s", "--http", str(other.port)], "Address already in use"),
                (["--port", "0", "--interface", "192.0.2.77"], "Cannot assign requested address"),
                (["--port", "0", "--interface", "no-such-host.invalid"], "no-such-host.invalid:0: "),
                (
                    ["--port", "unix:s", "--log-file", "/nowhere/dcc.log"],
                    "--log-file /nowhere/dcc.log: cannot be written",
                ),
                (["--port", "unix:s", "--store", "sqlite:/nowhere/dcc.sqlite3"], "cannot use /nowhere/dcc.sqlite3"),
            ]
            for options, reason in table:
                with self.subTest(options=options):
                    self.assertIn(reason, self.refuse("--canvas", "7x7", *options))
                    self.assertEqual(list(self.folder.iterdir()), [])

    @pytest.mark.tls
    def test_a_start_without_its_certificate_fails_like_that_too(self) -> None:
        options = ("--canvas", "7x7", "--port", "ssl:0:privateKey=no.pem:certKey=no.pem")
        self.assertIn("no.pem: No such file or directory", self.refuse(*options))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_record_belongs_to_the_user_that_writes_it(self) -> None:
        user = 65534 if os.geteuid() == 0 else os.getuid()
        os.chown(self.folder, user, -1)
        path = self.folder / "dcc.sqlite3"
        command = (TWISTD[0], "--nodaemon", "--pidfile=", "--uid", str(user), "dcc")
        options = ("--store", f"sqlite:{path}", "--log-file", str(self.folder / "dcc.log"))
        with ServerProcess(*options, command=command, language="en") as server, Peer(server.port) as peer:
            paint_cell(peer, 7, RED)
            files = sorted(self.folder.iterdir())
            self.assertEqual(len(files), 5, files)  # the record, two of its log, the operator's; the log of lines
            self.assertEqual({file.stat().st_uid for file in files}, {user})

    def test_programs_that_look_for_this_machine_by_its_name_get_in(self) -> None:
        """Debian and Ubuntu have the machine's name at 127.0.1.1."""
        for command in (SERVE, TWISTD):
            with self.subTest(command), ServerProcess(command=command) as server, ExitStack() as stack:
                for host in ("127.0.1.1", socket.gethostname()):
                    peer = stack.enter_context(Peer(server.port, host=host))
                    peer.send(HELLO_1)
                    self.assertIn(b'"0"', peer.receive())

    def test_a_taken_address_of_the_name_is_a_warning(self) -> None:
        with socket.create_server(("127.0.1.1", 0)) as other:
            port = other.getsockname()[1]
            with Serving(port=port) as server:
                server.wait_for(
                    rf"Warning: Programs that connect .* cannot listen on 127\.0\.1\.1:{port}: Address already in use"
                )

    def test_an_interface_that_was_chosen_is_the_only_one(self) -> None:
        with Serving("--interface", "127.0.0.1") as server, self.assertRaises(ConnectionRefusedError):
            Peer(server.port, host="127.0.1.1")

    @pytest.mark.tls
    def test_the_link_behind_a_proxy_with_tls_is_https(self) -> None:
        with Serving("--http", f"haproxy:{local_endpoint()}") as server:
            server.wait_for(r"Open in a browser: https://127\.0\.0\.1:\d+/$")


class StopTests(FolderTests):
    """The end."""

    def test_every_signal_that_asks_for_the_end_stops_the_server_in_good_order(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            path = self.folder / f"{number}.sqlite3"
            with (
                self.subTest(number),
                Serving("--store", f"sqlite:{path}") as server,
                Peer(server.port) as peer,
            ):
                paint_cell(peer, 7, RED)
                server.process.send_signal(number)
                self.assertEqual(peer.receive_rest()[-1], b'{"cerrar": true}')
                self.assertEqual(server.finish(), 0)
                self.assertEqual(server.lines[-1], "Everything is saved.")

    def test_a_record_that_was_lost_is_told_with_a_status_whatever_signal_ends_the_server(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            path = self.folder / f"{number}.sqlite3"
            with (
                self.subTest(number),
                LineProcess((*SERVE, "--port", "0", "--lang", "en", "--store", str(path))) as server,
            ):
                port = int(server.wait_for(r"listening on 127\.0\.0\.1:(\d+)$")[1])
                server.wait_for("^Saved in ")
                with Peer(port) as peer:
                    paint_cell(peer, 7, RED)
                    path.unlink()
                    server.process.send_signal(number)
                    self.assertEqual(server.finish(), 1)
                self.assertRegex(server.lines[-1], "^[0-9:]* Error: .*saved in ")

    def test_a_terminal_that_closes_twice_stops_the_server_in_good_order(self) -> None:
        """The shell and the system each send SIGHUP."""
        for first in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(first), Serving("--store", f"sqlite:{self.folder}/{first}.sqlite3") as server:
                server.process.send_signal(first)
                server.process.send_signal(signal.SIGHUP)
                server.process.send_signal(signal.SIGHUP)
                self.assertEqual(server.finish(), 0)
                self.assertEqual(server.lines[-2:], ["Stopping", "Everything is saved."])
                self.assertNotIn("Traceback", server.output)

    def test_more_signals_do_not_cut_a_stop_short(self) -> None:
        """A system that shuts down, a container and a shell each send their own."""
        int_, term, hup = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
        for first, *others in ((int_, term, term), (term, int_), (term, term, int_), (hup, int_, term), (int_, hup)):
            path = self.folder / f"{first}-{'-'.join(map(str, others))}.sqlite3"
            with (
                self.subTest(signals=[each.name for each in (first, *others)]),
                Serving("--store", f"sqlite:{path}") as server,
                Peer(server.port) as peer,  # stays after the goodbye, and so the stop takes a while
            ):
                paint_cell(peer, 7, RED)
                server.process.send_signal(first)
                server.wait_for("^Stopping$")
                for other in others:
                    server.process.send_signal(other)
                self.assertEqual(server.finish(), 0)
                self.assertEqual(server.lines[-1], "Everything is saved.")
                self.assertNotIn("Traceback", server.output)

    def test_a_second_ctrl_c_ends_a_stop_that_lasts(self) -> None:
        for first in (signal.SIGINT, signal.SIGTERM):
            with (
                self.subTest(first),
                LineProcess((*SERVE, "--port", "0", "--lang", "en", "--store", "memory:")) as server,
            ):
                port = int(server.wait_for(r"listening on 127\.0\.0\.1:(\d+)$")[1])
                server.wait_for("^Not saved")
                with Peer(port) as peer:
                    paint_cell(peer, 7, RED)
                    server.process.send_signal(first)
                    server.wait_for("^Stopping$")
                    while server.process.poll() is None:
                        server.process.send_signal(signal.SIGINT)
                    self.assertEqual(server.finish(), -signal.SIGINT)

    def test_a_unix_socket_whose_file_cannot_be_removed_does_not_hold_up_the_stop(self) -> None:
        for ill in ("no file", "no folder", "a folder"):
            place = self.folder / ill
            place.mkdir()
            path, file = self.folder / f"{ill}.sqlite3", place / "http"
            with (
                self.subTest(ill),
                Serving("--store", f"sqlite:{path}", "--http", f"unix:{file}") as server,
                Peer(server.port) as peer,
            ):
                paint_cell(peer, 7, RED)
                file.unlink()
                if ill == "no folder":
                    shutil.rmtree(place)
                elif ill == "a folder":
                    file.mkdir()
                server.interrupt()
                self.assertEqual(peer.receive_rest()[-1], b'{"cerrar": true}')
                server.stop()
                self.assertEqual(server.lines[-1], "Everything is saved.")
                self.assertEqual(list(self.folder.glob(f"{path.name}*")), [path])

    def test_under_nohup_a_terminal_that_closes_does_not_stop_the_server(self) -> None:
        with ServerProcess(command=("nohup", *SERVE), language="en") as server:
            server.process.send_signal(signal.SIGHUP)
            with Peer(server.port) as peer:
                peer.send(HELLO_1)
                peer.receive()


class BackgroundTests(FolderTests):
    """The ground of a new board."""

    def board(self, server: ServerProcess) -> WholeBoard:
        """Ask for the board."""
        with Peer(server.port) as peer:
            peer.send(HELLO_2)
            peer.receive()
            board = codec.decode_server(peer.receive())
            assert isinstance(board, WholeBoard)
            return board

    def test_a_new_board_has_the_ground_that_was_chosen(self) -> None:
        for colour in ("red", "#ff0000", "FF0000"):
            with self.subTest(colour), Serving("--background", colour, "--canvas", "3x2") as server:
                server.wait_for("^The ground of the board is red.$")
                self.assertEqual(self.board(server).colours, bytes([RED]) * 6)
                with Version1Process(server.port) as client:
                    self.assertEqual(client.board()["1"], {"0": "red", "1": "red"})

    def test_the_ground_is_the_first_colour_unless_chosen_and_white_is_not_mentioned(self) -> None:
        palette = self.folder / "dark.hex"
        palette.write_text("#102030\n#ffffff\n")
        with Serving("--palette", str(palette)) as server:
            server.wait_for("^The ground of the board is #102030.$")
        with Serving("--palette", str(palette), "--background", "#FFFFFF") as server:
            self.assertEqual(self.board(server).colours, b"\1" * 2500)
            server.stop()
            self.assertNotIn("ground", server.output)

    def test_a_saved_board_keeps_its_ground_and_grows_with_it(self) -> None:
        path = self.folder / "dcc.sqlite3"
        store = ("--store", f"sqlite:{path}")
        with Serving(*store, "--background", "red", "--canvas", "2x1") as server, Peer(server.port) as peer:
            paint_cell(peer, 0, 4)
        resize(path, 3, 2)
        with Serving(*store, "--background", "red") as server:
            self.assertEqual(self.board(server).colours, bytes([4, RED, RED, RED, RED, RED]))
        self.assertEqual(verify(path).problems, ())
        with Reader(path) as reader:
            self.assertEqual(bytes(reader.canvas_at(0).colours), bytes([RED]) * 6)

    def test_another_ground_than_the_records_is_refused_in_a_line(self) -> None:
        path = self.folder / "dcc.sqlite3"
        with Serving("--store", f"sqlite:{path}"):
            pass
        words = [*SERVE, "--lang", "en", "--port", "0", "--store", f"sqlite:{path}", "--background", "red"]
        ran = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
        line = f"dcc serve: the canvas in {path} began with the ground white: leave --background out\n"
        self.assertEqual((ran.returncode, ran.stderr), (1, line))


class SystemdTests(FolderTests):
    """``Type=notify``, the watchdog and socket activation."""

    def test_systemd_is_told_of_the_start_of_life_and_of_the_stop(self) -> None:
        path = self.folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(str(path))
            notices.settimeout(PATIENCE_SECONDS)
            environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "100000"}
            with Serving(environment=environment) as server:
                self.assertEqual([notices.recv(100) for _ in range(3)], [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"])
                server.interrupt()
                while (notice := notices.recv(100)) == b"WATCHDOG=1":
                    pass
                self.assertEqual(notice, b"STOPPING=1")

    def test_a_socket_of_systemd_is_served_and_named(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as given:
            port = given.getsockname()[1]
            words = [sys.executable, "-c", ACTIVATE, str(given.fileno()), *SERVE, "--lang", "en", "--store", "memory:"]
            process = subprocess.Popen(
                [*words, "--port", "systemd:domain=INET:index=0"],
                stdout=subprocess.PIPE,
                pass_fds=[given.fileno()],
                encoding="utf-8",
            )
            self.addCleanup(process.kill)
            assert process.stdout is not None
            self.addCleanup(process.stdout.close)
            lines = [process.stdout.readline() for _line in range(4)]
            self.assertEqual(lines[1], f"Server listening on 127.0.0.1:{port}\n")
            with Peer(port) as peer:
                peer.send(HELLO_1)
                peer.receive()
                peer.send(GOODBYE)
                peer.receive_rest()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE_SECONDS), 0)
