"""The program as a user has it: from a wheel, in a new environment with what it depends on, in another folder."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dcc
from tests.support.server_process import PATIENCE_SECONDS, ServerProcess, Version1Process

CHECKOUT = Path(dcc.__file__).parent.parent


def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, away from this environment's packages."""
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=variables,
        cwd=cwd,
        timeout=PATIENCE_SECONDS,
    )


def succeed(finished: subprocess.CompletedProcess[str]) -> str:
    """What it wrote.

    :raises AssertionError: its exit status is not 0.
    """
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


@dataclass(frozen=True)
class Installation:
    """Where the wheel is, the commands of the environment that it is installed in, and an empty folder."""

    wheel: Path
    scripts: Path
    elsewhere: Path


@cache  # once for all tests; trial knows no setUpClass()
def install() -> Installation:
    """Build the wheel by way of the source distribution, so that this is known to be complete too, and install it."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    root = Path(folder.name)
    elsewhere, environment = root / "elsewhere", root / "environment"
    elsewhere.mkdir()
    succeed(run(sys.executable, "-m", "build", "--outdir", root / "dist", CHECKOUT))
    (wheel,) = (root / "dist").glob("*.whl")
    succeed(run(sys.executable, "-m", "venv", "--without-pip", environment))
    scripts = environment / "bin"
    succeed(run(sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--no-compile", wheel))
    return Installation(wheel, scripts, elsewhere)


class WheelTests(unittest.TestCase):
    """One wheel in one new environment, without an extra."""

    def setUp(self) -> None:
        """Install it, the first time."""
        installed = install()
        self.wheel, self.scripts, self.elsewhere = installed.wheel, installed.scripts, installed.elsewhere

    def test_files(self) -> None:
        """Everything of the package and the plugin, and nothing else: above all nothing of Twisted's own."""
        with zipfile.ZipFile(self.wheel) as archive:
            names = {name for name in archive.namelist() if ".dist-info/" not in name}
        here = {
            path.relative_to(CHECKOUT).as_posix()
            for path in (CHECKOUT / "dcc").rglob("*")
            if path.is_file() and path.suffix not in (".pyc", ".po", ".pot", ".ts")
        }
        self.assertEqual(names, here | {"twisted/plugins/dcc_plugin.py"})

    def test_where_it_is_found(self) -> None:
        """The package of the new environment is meant, not the checkout's."""
        shown = succeed(run(self.scripts / "python", "-c", "import dcc; print(dcc.__file__)", cwd=self.elsewhere))
        self.assertTrue(Path(shown).is_relative_to(self.scripts.parent.resolve()), shown)

    def test_twistd_knows_it(self) -> None:
        """Listed among its commands, with a help of its own."""
        listed = succeed(run(self.scripts / "twistd", "--help", cwd=self.elsewhere))
        self.assertRegex(listed, r"(?m)^    dcc +A shared pixel canvas")
        own = succeed(run(self.scripts / "twistd", "-n", "dcc", "--help", cwd=self.elsewhere))
        self.assertIn("--single-client", own)

    def test_it_serves(self) -> None:
        """A client of version 1 paints, and is shown the board, in Spanish."""
        command = (str(self.scripts / "twistd"), "--nodaemon", "--pidfile=", "dcc")
        with ServerProcess(command=command, cwd=self.elsewhere) as server, Version1Process(server.port) as client:
            client.paint(3, 10, "magenta")
            client.wait_for_boards(2)
            board = client.board()
            self.assertEqual((len(board), len(board["0"])), (50, 50))
            self.assertEqual(board["10"]["3"], "magenta")
            self.assertEqual([row for row in board["3"].values() if row != "white"], [])
            client.leave()

    def test_what_needs_an_extra_says_which(self) -> None:
        """One line with the command that installs it, exit status 1."""
        table = [
            ("draw", "PyQt5|qt5reactor", "client"),
            ("paint", "numpy|Pillow|tqdm", "images"),
            ("snapshot", "Pillow|tqdm", "images"),
        ]
        for command, packages, extra in table:
            with self.subTest(command=command):
                refused = run(self.scripts / "dcc", command, cwd=self.elsewhere)
                self.assertEqual(refused.returncode, 1)
                install = rf"pip install 'drawcolorcanvas\[{extra}\]'"
                self.assertRegex(
                    refused.stdout, rf"\Adcc {command}: needs ({packages}); install it with: {install}\n\Z"
                )

    def test_tls_needs_an_extra_and_says_which(self) -> None:
        """So does the server; exit status 1."""
        words = ["--lang", "en", "--store", "memory:", "--port", "ssl:0:privateKey=key"]
        refused = run(self.scripts / "twistd", "-n", "--pidfile=", "dcc", *words, cwd=self.elsewhere)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("needs packages that are not there (OpenSSL): pip install 'drawcolorcanvas[tls]'", refused.stdout)
        self.assertNotIn("Traceback", refused.stdout)
