"""The operator's server: a process, the console, the exit status, Ctrl+C."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import pytest

from dcc import limits
from dcc.protocol import codec
from dcc.protocol.messages import Closing, NamedBoard, Welcome, WholeBoard
from tests.support.server_process import DCC, PATIENCE_SECONDS, TWISTD, Peer, ServerProcess, Version1Process

NEW = b'{"comando": "nuevo"}'
NEW_VERSION_2 = b'{"comando": "nuevo", "version": 2}'
GOODBYE = b'{"cerrar": true}'


class ConsoleTests(unittest.TestCase):
    """The lines for the operator."""

    def test_the_spanish_console_says_the_lines_of_the_published_activity_in_their_order(self) -> None:
        with ServerProcess() as server:
            with Version1Process(server.port) as first, Version1Process(server.port) as second:
                first.leave()
                server.wait_for("Se ha eliminado el socket")
                server.stop()
                self.assertEqual(second.finish(), 0)
            self.assertRegex(server.console[5], ": [a-z2-7]{26}$")  # the owner's key
            self.assertEqual(
                server.console[:5] + server.console[6:],
                [
                    "Iniciando servidor...",
                    f"Servidor escuchando en 127.0.0.1:{server.port}",
                    "Servidor aceptando conexiones!",
                    "CTRL + C -> SALIR",
                    "No se guarda: el tablero se olvida cuando el servidor se detiene. Ctrl+C detiene el servidor.",
                    "Ha llegado un nuevo cliente con id 1!",
                    "Escuchando a cliente 1!",
                    "Ha llegado un nuevo cliente con id 2!",
                    "Escuchando a cliente 2!",
                    "Cerrando conexión con el cliente 1...",
                    "Se ha eliminado el socket del cliente 1.",
                    "Forzando cierre de servidor!",
                    "Cerrando conexión con el cliente 2...",
                    "Se ha eliminado el socket del cliente 2.",
                ],
            )

    def test_the_english_console_says_the_same_lines_in_an_english_locale(self) -> None:
        with ServerProcess(language=None, environment={"DCC_LANG": "", "LANGUAGE": "en_GB"}) as server:
            with Version1Process(server.port) as client:
                client.leave()
                server.wait_for("has been removed")
            server.stop()
            self.assertRegex(server.console[5], "^Only for you, and told once: .*: [a-z2-7]{26}$")
            self.assertEqual(
                server.console[:5] + server.console[6:],
                [
                    "Starting server...",
                    f"Server listening on 127.0.0.1:{server.port}",
                    "Server accepting connections!",
                    "CTRL + C -> QUIT",
                    "Not saved: the board is forgotten when the server stops. Ctrl+C stops the server.",
                    "A new client has arrived with id 1!",
                    "Listening to client 1!",
                    "Closing the connection with client 1...",
                    "The socket of client 1 has been removed.",
                    "Stopping",
                ],
            )

    def test_a_wrong_command_is_one_line_for_client_and_operator_and_a_neighbour_goes_on(self) -> None:
        with ServerProcess(language="en") as server, Version1Process(server.port) as neighbour:
            with Peer(server.port) as peer:
                peer.send(b'{"comando": "borrar"}')
                self.assertEqual(
                    [codec.decode_server(payload) for payload in peer.receive_rest()],
                    [Closing("unknown command 'borrar'", "comando-desconocido", {"comando": "'borrar'"})],
                )
            server.wait_for(r"Client 2 \(127\.0\.0\.1:\d+\) is disconnected: unknown command 'borrar'$")
            neighbour.paint(3, 10, "red")
            neighbour.wait_for_boards(2)
            self.assertEqual(neighbour.board()["10"]["3"], "red")


class RefusalTests(unittest.TestCase):
    """A failed start: a line with the reason, the exit status, and no file left."""

    def refuse(self, *options: str) -> tuple[int, list[str]]:
        """Return the exit status and the lines, without Twisted's and the usual lines of a start."""
        with tempfile.TemporaryDirectory() as folder:
            finished = subprocess.run(
                [TWISTD[0], "--nodaemon", "dcc", "--lang", "en", "--store", "memory:", "--port", "0", *options],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                env={**os.environ, "LANGUAGE": "en"},
                cwd=folder,
                timeout=PATIENCE_SECONDS,
            )
            self.assertEqual(list(Path(folder).iterdir()), [])
        every_start = ("UnixAppLogger#info] ", " [-] ", "Starting server...")
        return finished.returncode, [
            line for line in finished.stdout.splitlines() if not any(words in line for words in every_start)
        ]

    def assert_refused(self, status: int, reason: str, *options: str) -> None:
        """Expect a single line with this reason."""
        found, lines = self.refuse(*options)
        self.assertEqual((found, len(lines)), (status, 1), lines)
        self.assertIn(f"dcc serve: {reason}", lines[0])

    def test_a_wrong_option_is_one_line_and_status_2(self) -> None:
        table = [
            (["--port", "65536"], "--port '65536': a port is a number from 0 to 65535"),
            (["--port", "-1"], "--port '-1': expected a number or an endpoint such as tcp:45743"),
            (["--canvas", "0x50"], "--canvas '0x50': expected WIDTHxHEIGHT such as 200x120, each from 1 to 4096"),
            (["--canvas", "4097x1"], "--canvas '4097x1': expected WIDTHxHEIGHT such as 200x120, each from 1 to 4096"),
            (["--store", "tape:"], "--store 'tape:': expected sqlite:PATH"),
            (["--lang", "fr"], "--lang 'fr': expected es or en"),
            (["--stall-timeout", "0"], "--stall-timeout '0': expected a whole number from 1 to 999999999"),
            (
                ["--pixel-rate", "99999999999"],
                "--pixel-rate '99999999999': expected a whole number from 0 to 999999999",
            ),
            (["--store", "sqlite:"], "--store 'sqlite:': expected sqlite:PATH, such as sqlite:dcc.sqlite3, or memory:"),
            (["--palette", "/nowhere.gpl"], "--palette /nowhere.gpl: No such file or directory"),
            (["--colour", "red"], "there is no option --colour"),
            (["--s", "now"], "there is no option --s"),
            (["--canvas"], "--canvas needs a value"),
            (["--single-client=yes"], "--single-client takes no value"),
            (["--max-payload", "2000"], "there is no option --max-payload"),
            (["now"], "unexpected argument 'now'"),
            (["--sin"], "there is no option --sin"),
            (["-p", "0", "--canv=5x5"], "there is no option --canv"),
            (["--interface", ""], "--interface '': expected an address of this machine"),
            (["--interface", " 127.0.0.1"], "--interface ' 127.0.0.1': expected an address of this machine"),
            (["--single-client", "--max-clients", "5"], "--single-client contradicts --max-clients; leave one"),
            (["--background", "pink"], "--background 'pink': the palette has no such colour; it has white, black, red"),
            (["--background", "#ff0001"], "--background '#ff0001': the palette has no such colour; it has white,"),
            (["--log-format", "xml"], "--log-format 'xml': expected text or json"),
        ]
        for options, reason in table:
            with self.subTest(options=options):
                self.assert_refused(2, reason, *options)

    def test_a_palette_that_cannot_be_read_is_named_with_its_line(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".gpl") as file:
            file.write("GIMP Palette\nName: x\n255 0 0 red\n255 0 blue\n")
            file.flush()
            reason = f"--palette {file.name}: line 4 is no colour: '255 0 blue'; expected red, green and blue"
            self.assert_refused(2, reason, "--palette", file.name)

    def test_a_port_that_cannot_be_opened_is_one_line_and_status_1(self) -> None:
        with ServerProcess() as server:
            table = [
                (["--port", str(server.port)], f"127.0.0.1:{server.port}: Address already in use"),
                (["--interface", "192.0.2.1", "--port", "0"], "192.0.2.1:0: Cannot assign requested address"),
                (["--interface", "no-such-host.invalid"], "no-such-host.invalid:0: "),
                # Nobody may make a file there, whether root or not. (A port below 1024 root may open.)
                (["--port", "unix:/sys/dcc"], "unix:/sys/dcc: "),
                (
                    ["--port", "smoke:signals"],
                    "smoke:signals: there is no kind of endpoint 'smoke'; usual kinds are tcp,",
                ),
                (["--http", "tcp:foo"], "tcp:foo: a part is unknown, missing or no number"),
                (["--port", "systemd:domain=INET:name=web"], "systemd:domain=INET:name=web: systemd has given this"),
                (["--port", "systemd:domain=INET:index=0"], "systemd:domain=INET:index=0: systemd has given this"),
                (["--port", "tcp:0:foo=1"], "tcp:0:foo=1: a part is unknown, missing"),
                (["--port", "tcp:70000"], "tcp:70000: a port is a number from 0 to 65535; choose another"),
            ]
            for options, reason in table:
                with self.subTest(options=options):
                    self.assert_refused(1, f"cannot listen on {reason}", *options)

    @pytest.mark.tls
    def test_an_endpoint_of_tls_without_a_certificate_is_one_line_too(self) -> None:
        reason = "cannot listen on ssl:0: name a key and a certificate: privateKey=key.pem:certKey=cert.pem"
        self.assert_refused(1, reason, "--port", "ssl:0")

    def test_an_endpoint_that_is_no_port_is_refused_in_a_line(self) -> None:
        for kind in ("stdio:", "haproxy:stdio:"):
            reason = f"cannot listen on {kind}: this kind of endpoint takes no connections"
            self.assert_refused(1, reason, "--port", kind)

    def test_json_in_the_log_of_twistd_is_refused(self) -> None:
        reason = "--log-format json needs --log-file FILE under twistd, whose own log is text"
        self.assert_refused(1, reason, "--log-format", "json")

    def test_the_advice_for_a_written_out_endpoint_does_not_name_the_interface(self) -> None:
        _status, [line] = self.refuse("--port", "unix:/nosuch/s")
        self.assertTrue(line.endswith(": No such file or directory; choose another one with --port"), line)


class StopTests(unittest.TestCase):
    """Ctrl+C."""

    def test_ctrl_c_tells_everybody_goodbye_and_nobody_holds_up_the_stop(self) -> None:
        with (
            ServerProcess("--canvas", "256x256") as server,
            Version1Process(server.port) as published,
            Peer(server.port) as modern,
            Peer(server.port) as silent,
            Peer(server.port, receive_buffer=4096) as stalled,
        ):
            modern.send(NEW_VERSION_2)
            self.assertIsInstance(codec.decode_server(modern.receive()), Welcome)
            for _ in range(20):  # more than the kernel holds for it: some 900 KiB each
                stalled.send(NEW)
            # In two rounds of another peer the server has surely read what was sent before them.
            for boards in (2, 3):
                published.paint(boards, 0, "blue")
                published.wait_for_boards(boards)
            server.interrupt()
            self.assertEqual(published.finish(), 0)
            self.assertEqual(published.lines[-1], 'cierre {"cerrar": true}')
            self.assertEqual(modern.receive_rest()[-1], GOODBYE)
            self.assertEqual(silent.receive_rest(), [GOODBYE])
            server.stop()

    def test_paints_read_before_ctrl_c_are_answered_before_the_goodbye(self) -> None:
        with ServerProcess() as server, Peer(server.port) as peer:
            for column in range(10):
                peer.send(b'{"comando": "pintar", "x_pos": "0", "y_pos": "%d", "nombre_color": "red"}' % column)
            first = peer.receive()
            server.interrupt()
            *boards, goodbye = [first, *peer.receive_rest()]
            self.assertEqual(goodbye, GOODBYE)
            for number, board in enumerate(boards):
                self.assertEqual(json.loads(board)[str(number)]["0"], "red")

    def test_dcc_serve_is_the_same_server_and_leaves_no_pid_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with ServerProcess(command=(DCC, "serve"), cwd=folder) as server, Version1Process(server.port) as client:
                self.assertEqual(list(Path(folder).iterdir()), [])
                client.paint(3, 10, "red")
                client.wait_for_boards(2)
                self.assertEqual(client.board()["10"]["3"], "red")
                server.stop()
            self.assertEqual(list(Path(folder).iterdir()), [])


class OptionTests(unittest.TestCase):
    """Options with an effect for clients."""

    def test_with_single_client_a_second_client_is_told_why_and_the_next_comes_later(self) -> None:
        with ServerProcess("--single-client", language="en") as server:
            with Version1Process(server.port) as first:
                with Peer(server.port) as second:
                    closing = Closing("the server is full (limit: 1)", "lleno", {"clientes": 1})
                    self.assertEqual([codec.decode_server(payload) for payload in second.receive_rest()], [closing])
                first.paint(1, 2, "green")
                first.wait_for_boards(2)
                first.leave()
            server.wait_for("The socket of client 1 has been removed")
            with Version1Process(server.port) as third:
                self.assertEqual(third.board()["2"]["1"], "green")

    def test_a_palette_file_gives_its_names_to_version_1_and_its_order_to_version_2(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".gpl") as file:
            file.write("GIMP Palette\nName: Sea\nColumns: 3\n#\n  0   0 128 navy\n 64 224 208 turquoise\n255 245 238\n")
            file.flush()
            with ServerProcess("--palette", file.name, "--canvas", "3x2") as server:
                with Version1Process(server.port) as client:
                    client.paint(1, 2, "turquoise")
                    client.wait_for_boards(2)
                    self.assertEqual(client.board()["2"], {"0": "navy", "1": "turquoise"})
                with Peer(server.port) as peer:
                    peer.send(NEW_VERSION_2)
                    welcome = codec.decode_server(peer.receive())
        assert isinstance(welcome, Welcome)
        self.assertEqual(
            [(colour.name, colour.value) for colour in welcome.palette],
            [("navy", "#000080"), ("turquoise", "#40e0d0"), ("#fff5ee", "#fff5ee")],
        )

    def test_the_largest_board_of_version_1_is_served_and_a_row_more_takes_only_version_2(self) -> None:
        width, height = 256, limits.VERSION_1_CELLS // 256
        with ServerProcess("--canvas", f"{width}x{height}") as server, Peer(server.port) as peer:
            peer.send(NEW)
            board = codec.decode_server(peer.receive())
            assert isinstance(board, NamedBoard)
            self.assertEqual(len(board.names), limits.VERSION_1_CELLS)
        with (
            ServerProcess("--canvas", f"{width}x{height + 1}", language="en") as server,
            Peer(server.port) as published,
            Peer(server.port) as modern,
        ):
            published.send(NEW)
            (closing,) = (codec.decode_server(payload) for payload in published.receive_rest())
            assert isinstance(closing, Closing)
            self.assertIn("board of 256 x 257 is too large for version 1", closing.error)
            self.assertEqual((closing.code, closing.values), ("tablero-grande", {"ancho": 256, "alto": 257}))
            modern.send(NEW_VERSION_2)
            welcome = codec.decode_server(modern.receive())
            assert isinstance(welcome, Welcome)
            self.assertEqual((welcome.width, welcome.height), (width, height + 1))
            whole = codec.decode_server(modern.receive())
            assert isinstance(whole, WholeBoard)
            self.assertEqual(len(whole.colours), width * (height + 1))

    def test_a_message_over_the_limit_is_refused_as_soon_as_its_length_is_read(self) -> None:
        most = limits.CLIENT_PAYLOAD_BYTES
        with ServerProcess(language="en") as server, Peer(server.port) as peer:
            peer.socket.sendall((most + 1).to_bytes(5, "little"))
            (closing,) = (codec.decode_server(payload) for payload in peer.receive_rest())
        text = f"a message of {most + 1} bytes is longer than the limit of {most}"
        self.assertEqual(closing, Closing(text, "mensaje-largo", {"bytes": most + 1, "limite": most}))
