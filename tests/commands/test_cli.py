"""``dcc``: requests and exit statuses; typed addresses."""

from __future__ import annotations

import argparse
import errno
import inspect
import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from unittest.mock import patch

import dcc
from dcc import cli, stdout
from dcc.client.address import Address, parse_address
from dcc.commands.parser import ARGPARSE_TEXTS
from dcc.core.canvas import pack_pixels
from dcc.core.placements import Painter, Stroke
from dcc.errors import DccError
from dcc.record.writer import Writer
from tests.support.server_process import DCC, PATIENCE_SECONDS, LineProcess, ServerProcess, Version1Process

COMMANDS = (
    *("serve", "draw", "paint", "snapshot"),
    *("export", "timelapse", "heatmap", "history", "stats", "log", "key", "moderate", "template"),
    *("backup", "verify", "resize", "doctor"),
)


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``dcc`` to its end."""
    return subprocess.run(
        [DCC, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        env=os.environ | environment,
    )


class HelpTests(unittest.TestCase):
    """What it tells about itself."""

    def test_the_help_lists_every_command_and_each_has_a_help_with_an_example(self) -> None:
        shown = run("--help").stdout
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertRegex(shown, rf"(?m)^ +{command}\s")
                own = run(command, "--help")
                self.assertEqual((own.returncode, own.stderr), (0, ""))
                self.assertRegex(own.stdout, rf"Example[^:]*:\s+dcc\s+{command} ")

    def test_dcc_alone_shows_the_help(self) -> None:
        alone = run()
        self.assertEqual((alone.returncode, alone.stderr), (0, ""))
        self.assertEqual(alone.stdout, run("--help").stdout)

    def test_every_name_of_the_program_shows_its_version(self) -> None:
        self.assertEqual(run("--version").stdout, f"dcc {dcc.__version__}\n")
        self.assertEqual(run("serve", "--version").stdout, f"dcc {dcc.__version__}\n")


class LanguageTests(unittest.TestCase):
    """What the commands say in both languages."""

    NO_LANGUAGE: ClassVar = {"DCC_LANG": "", "LANGUAGE": "", "LC_ALL": "C.UTF-8"}

    def test_every_help_is_in_the_chosen_language(self) -> None:
        for command in COMMANDS:
            with self.subTest(command=command):
                texts = [run("--lang", "es", command, "--help").stdout, run(command, "--help", "--lang=es").stdout]
                self.assertEqual(texts[0], texts[1])
                self.assertRegex(texts[0], r"(?i)\Auso: dcc|\s*Uso: dcc serve|\AUso: dcc")
                self.assertRegex(texts[0], rf"Ejemplo: dcc {command} ")
                english = run(command, "--help", "--lang", "en").stdout
                paragraphs = [set(re.split(r"\n\n+", text)) for text in (texts[0], english)]
                self.assertLessEqual(len(paragraphs[0] & paragraphs[1]), 1, "a paragraph is the same in both languages")

    def test_an_error_of_the_command_line_is_in_the_chosen_language(self) -> None:
        table = [
            (["snapshot"], "dcc snapshot: faltan estos argumentos: SALIDA.png (ver dcc snapshot --help)"),
            (["paint", "a.png", "--at"], "dcc paint: argumento --at: se espera un valor (ver dcc paint --help)"),
            (["paint", "a.png", "--borrar"], "dcc paint: argumentos desconocidos: --borrar (ver dcc paint --help)"),
            (["paint", "a.png", "--at", "-5,0"], "dcc paint: argumento --at: '-5,0': se espera columna y fila, como "),
            (["history", "-1,3"], "dcc history: argumento X,Y: '-1,3': se espera columna y fila, como 10,5 (ver dcc "),
            (["timelapse", "a.gif", "--area", "-1,0,5x5"], "dcc timelapse: argumento --area: '-1,0,5x5': se espera "),
            (["check"], "dcc check: faltan estos argumentos: {server,client}, "),
            (["borrar"], "dcc: argumento COMANDO: opción inválida: 'borrar' (elige entre "),
            (["history", "x"], "dcc history: argumento X,Y: 'x': se espera columna y fila, como 10,5 (ver dcc history"),
            (["serve", "--borrar"], "dcc serve: no hay opción --borrar (ver dcc serve --help)"),
            (["stats", "--store", "memory:"], "dcc stats: argumento --store: memory: no guarda un registro; "),
        ]
        for words, line in table:
            with self.subTest(words=words):
                ended = run(*words, DCC_LANG="es")
                self.assertEqual((ended.returncode, ended.stderr.count("\n")), (2, 1), ended.stderr)
                self.assertTrue(ended.stderr.startswith(line), ended.stderr)

    def test_without_a_language_the_server_speaks_spanish_and_every_other_command_english(self) -> None:
        self.assertIn("Ejemplo: dcc serve", run("serve", "--help", **self.NO_LANGUAGE).stdout)
        self.assertIn("Example: dcc stats", run("stats", "--help", **self.NO_LANGUAGE).stdout)
        self.assertIn("usage: dcc ", run("--help", **self.NO_LANGUAGE).stdout)

    def test_an_unknown_language_is_a_line_and_a_usage_error(self) -> None:
        for command in ("stats", "draw", "serve"):
            ended = run(command, DCC_LANG="fr", LANGUAGE="en")
            line = f"dcc {command}: DCC_LANG 'fr': expected es or en\n"
            self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (2, "", line))

    def test_a_refusal_of_a_spanish_server_is_told_in_english_and_the_other_way_round(self) -> None:
        refusals = {"en": "the server is full (limit: 1)", "es": "el servidor está lleno (máximo 1 a la vez)"}
        for ours, theirs in (("en", "es"), ("es", "en")):
            with ServerProcess("--single-client", language=theirs) as server, Version1Process(server.port):
                server.wait_for("1!")
                with tempfile.TemporaryDirectory() as folder:
                    ended = run("snapshot", f"{folder}/out.png", f"127.0.0.1:{server.port}", "--lang", ours)
                self.assertEqual(ended.returncode, 1)
                self.assertIn(refusals[ours], ended.stderr)

    def test_the_texts_of_argparse_are_those_of_this_python(self) -> None:
        source = inspect.getsource(argparse)
        self.assertEqual([text for text in ARGPARSE_TEXTS if text not in source], [])


class EndTests(unittest.TestCase):
    """Exit statuses, and the one line that comes with them."""

    def assert_ends(self, status: int, reason: str, *words: str) -> None:
        """One line on standard error, which begins with that reason; nothing else."""
        ended = run(*words)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr.count("\n")), (status, "", 1), ended)
        self.assertTrue(ended.stderr.startswith(reason), ended.stderr)

    def test_a_wrong_command_line_is_one_line_and_exit_status_2(self) -> None:
        table = [
            (["erase"], "dcc: argument COMMAND: invalid choice: 'erase'"),
            (["--erase"], "dcc: unrecognized arguments: --erase"),
            (["serve", "--erase"], "dcc serve: there is no option --erase"),
            (["snapshot"], "dcc snapshot: the following arguments are required: OUT.png"),
            (["snapshot", "a.png", "host:x"], "dcc snapshot: argument HOST[:PORT]: 'host:x': a port is a number"),
            (["paint", "a.png", "--erase"], "dcc paint: unrecognized arguments: --erase"),
        ]
        for words, reason in table:
            with self.subTest(words=words):
                self.assert_ends(2, reason, *words)

    def test_a_fault_from_outside_is_one_line_and_exit_status_1(self) -> None:
        with tempfile.TemporaryDirectory() as folder, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # and does not listen
            address = f"127.0.0.1:{nobody.getsockname()[1]}"
            out = Path(folder) / "out.png"
            self.assert_ends(1, f"dcc snapshot: server {address}: ", "snapshot", str(out), address)
            self.assert_ends(1, f"dcc paint: {out}: No such file or directory", "paint", str(out), address)
            self.assertFalse(out.exists())

    def test_ctrl_c_ends_a_waiting_command_without_a_word(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent, tempfile.TemporaryDirectory() as folder:
            silent.settimeout(PATIENCE_SECONDS)
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            with LineProcess([DCC, "snapshot", str(Path(folder) / "out.png"), address]) as process:
                connection, _peer = silent.accept()
                with connection:
                    process.interrupt()
                    self.assertEqual((process.finish(), process.output), (130, ""))

    def test_a_closed_pipe_ends_a_command_without_a_word(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            ended = subprocess.run(
                [DCC, "--help"],
                stdout=writing,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                timeout=PATIENCE_SECONDS,
                env=os.environ | {"PYTHONUNBUFFERED": ""},  # argparse would see the closed pipe, and say nothing
            )
        finally:
            os.close(writing)
        self.assertEqual((ended.returncode, ended.stderr), (141, ""))

    def test_output_that_cannot_be_written_is_one_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder, open("/dev/full", "wb") as full:
            record = Path(folder) / "record.sqlite3"
            writer = Writer(record)
            # More than is buffered: of a long list, writing fails long before the end.
            writer.append([Stroke(Painter(1, "Ana", "127.0.0.1:1"), pack_pixels([(0, 1)]) * 200)], 0)
            writer.close()
            store = ("--store", str(record))
            table = [
                ("--help",),
                ("stats", *store),
                ("stats", "--json", *store),
                ("history", "0,0", *store),
                ("history", "0,0", "--json", *store),
                ("verify", *store),
                ("verify", "--json", *store),
                ("export", "-", *store),
                ("export", "-", "--scale", "300", *store),
                ("heatmap", "-", *store),
            ]
            for words in table:
                with self.subTest(words=words):
                    ended = subprocess.run(
                        [DCC, *words],
                        stdout=full,
                        stderr=subprocess.PIPE,
                        encoding="utf-8",
                        timeout=PATIENCE_SECONDS,
                        env=os.environ | {"PYTHONUNBUFFERED": ""},
                    )
                    self.assertEqual(
                        (ended.returncode, ended.stderr),
                        (1, f"dcc {words[0]}: cannot write standard output: No space left on device\n"),
                    )

    def test_a_picture_for_a_closed_output_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            record = str(Path(folder) / "record.sqlite3")
            Writer(record).close()
            for words, status, said in (
                (("export", "-", "--store", record), 1, "dcc export: cannot write standard output: it is closed\n"),
                (("backup", f"{folder}/copy.sqlite3", "--store", record), 0, ""),
            ):
                ended = subprocess.run(
                    ["sh", "-c", 'exec "$@" >&-', "sh", DCC, *words],
                    stderr=subprocess.PIPE,
                    encoding="utf-8",
                    timeout=PATIENCE_SECONDS,
                )
                self.assertEqual((ended.returncode, ended.stderr), (status, said), words)

    def test_output_that_takes_a_part_at_a_time(self) -> None:
        """As one does that is not buffered; a picture is written whole all the same."""

        class Narrow(io.BytesIO):
            def write(self, data: bytes) -> int:
                return super().write(data[:3])

        narrow = Narrow()
        with patch.object(sys, "stdout", SimpleNamespace(buffer=narrow)):
            stdout.write(b"all of a picture")
        self.assertEqual(narrow.getvalue(), b"all of a picture")

    def test_a_fault_of_our_own_keeps_its_traceback(self) -> None:
        fault = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with tempfile.NamedTemporaryFile() as record, patch("sqlite3.connect", side_effect=fault):
            record.write(b"not empty")
            record.flush()
            self.assertRaises(OSError, cli.main, ["stats", "--store", record.name])


class AddressTests(unittest.TestCase):
    """``HOST[:PORT]``."""

    def test_an_address_is_a_host_with_or_without_a_port(self) -> None:
        table = {
            "example.org": ("example.org", 45743),
            "192.168.1.20": ("192.168.1.20", 45743),
            "localhost:8080": ("localhost", 8080),
            "[::1]": ("::1", 45743),
            "[::1]:1": ("::1", 1),
            "[fe80::1%eth0]:65535": ("fe80::1%eth0", 65535),
            "::1": ("::1", 45743),
            "ñandú.cl:0080": ("ñandú.cl", 80),
        }
        for text, address in table.items():
            with self.subTest(text=text):
                self.assertEqual(parse_address(text), Address(*address))

    def test_a_wrong_address_is_refused_with_the_reason(self) -> None:
        table = {
            "": "expected HOST or HOST:PORT",
            ":45743": "expected HOST or HOST:PORT",
            "two words": "expected HOST or HOST:PORT",
            "host:1:2": "expected HOST or HOST:PORT",
            "[::1]x": "expected HOST or HOST:PORT",
            "fe80::1:45743": "expected HOST or HOST:PORT",
            "http://192.168.1.20:8080/": "a link for browsers; .* take the host alone, such as 192.168.1.20$",
            "https://canvas.example.org": "such as canvas.example.org$",
            "HTTP://[::1]:8080/?view=only": r"such as \[::1\]$",
            "[]": "there is no IPv6 address in the brackets",
            "[host]:1": "there is no IPv6 address in the brackets",
            "host:": "a port is a number from 1 to 65535",
            "host:0": "a port is a number from 1 to 65535",
            "host:65536": "a port is a number from 1 to 65535",
            "host:-1": "a port is a number from 1 to 65535",
            "host:٣": "a port is a number from 1 to 65535",
        }
        for text, reason in table.items():
            with self.subTest(text=text), self.assertRaisesRegex(DccError, reason):
                parse_address(text)

    def test_an_address_is_shown_as_it_can_be_typed(self) -> None:
        for address in (Address("::1", 80), Address("example.org", 45743)):
            self.assertEqual(parse_address(str(address)), address)
