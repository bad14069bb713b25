"""The program as installed by a user: from a wheel, in a new environment with its dependencies, in another folder."""

from __future__ import annotations

import ast
import atexit
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from collections import defaultdict
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dcc
from tests.support.server_process import PATIENCE_SECONDS, ServerProcess, Version1Process, WebServer
from tests.support.websocket import get

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
    """Return the output of a program.

    :raises AssertionError: the exit status is not 0.
    """
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


@dataclass(frozen=True)
class Installation:
    """The paths of the wheel and of the source, the commands of the environment with the wheel, and an empty folder."""

    wheel: Path
    source: Path
    scripts: Path
    elsewhere: Path


@cache  # once for all tests; trial knows no setUpClass()
def install() -> Installation:
    """Build the wheel through the source distribution, so that both are known to be complete; install the wheel."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    root = Path(folder.name)
    elsewhere, environment = root / "elsewhere", root / "environment"
    elsewhere.mkdir()
    succeed(run(sys.executable, "-m", "build", "--outdir", root / "dist", CHECKOUT))
    (wheel,), (source,) = (root / "dist").glob("*.whl"), (root / "dist").glob("*.tar.gz")
    succeed(run(sys.executable, "-m", "venv", "--without-pip", environment))
    scripts = environment / "bin"
    succeed(run(sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--no-compile", wheel))
    return Installation(wheel, source, scripts, elsewhere)


def imported_packages() -> dict[str, list[str]]:
    """Return every package of others that the program imports, anywhere, with the files that import the package."""
    found: dict[str, list[str]] = {}
    for path in sorted((*CHECKOUT.glob("dcc/**/*.py"), *CHECKOUT.glob("twisted/**/*.py"))):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
                names = [node.module]
            else:
                continue
            for name in {each.partition(".")[0] for each in names} - {"dcc"} - sys.stdlib_module_names:
                found.setdefault(name, []).append(str(path.relative_to(CHECKOUT)))
    return found


def declared_packages() -> dict[str, Requirement]:
    """Return what ``setup.cfg`` requires for users, by the name of the distribution."""
    config = ConfigParser()
    config.read(CHECKOUT / "setup.cfg")
    extras = config["options.extras_require"]
    lists = [
        config["options"]["install_requires"],
        *(extras[name] for name in ("client", "images", "web", "tls", "video", "cluster")),
    ]
    lines = [line for lines in lists for line in lines.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(each.name): each for each in map(Requirement, lines)}


def providers_of_modules() -> dict[str, set[str]]:
    """Return the distributions with a file of each module; Python 3.10 finds few of them by itself."""
    found = defaultdict(set)
    for distribution in distributions():
        for file in distribution.files or ():
            if file.suffix == ".py":
                found[file.parts[0].removesuffix(".py")].add(distribution.metadata["Name"])
    return found


class DeclarationTests(unittest.TestCase):
    """What ``setup.cfg`` requires. A package that comes only with another package may be gone in its next version."""

    @pytest.mark.tls
    def test_every_package_that_is_imported_is_required_with_its_lowest_version(self) -> None:
        declared, providers = declared_packages(), providers_of_modules()
        imported = imported_packages()
        self.assertLess({"twisted", "PIL", "idna", "PyQt5"}, imported.keys())  # the search finds something
        for name, files in imported.items():
            with self.subTest(name, files=files):
                known = {canonicalize_name(each) for each in providers[name]} & declared.keys()
                self.assertTrue(known, f"none of {providers[name]} is required")
                for each in known:
                    self.assertIn(">=", str(declared[each].specifier))

    @pytest.mark.tls
    def test_every_package_that_is_required_is_imported(self) -> None:
        providers = providers_of_modules()
        used = {canonicalize_name(each) for name in imported_packages() for each in providers[name]}
        self.assertLessEqual(declared_packages().keys(), used)


class WheelTests(unittest.TestCase):
    """A wheel in a new environment, without an extra."""

    def setUp(self) -> None:
        """Install the wheel, the first time."""
        installed = install()
        self.wheel, self.source = installed.wheel, installed.source
        self.scripts, self.elsewhere = installed.scripts, installed.elsewhere

    def test_the_wheel_holds_the_package_and_the_plugin_and_nothing_of_twisted(self) -> None:
        with zipfile.ZipFile(self.wheel) as archive:
            names = {name for name in archive.namelist() if ".dist-info/" not in name}
        here = {
            path.relative_to(CHECKOUT).as_posix()
            for path in (CHECKOUT / "dcc").rglob("*")
            if path.is_file() and path.suffix not in (".pyc", ".po", ".pot")
        }
        manual = f"drawcolorcanvas-{dcc.__version__}.data/data/share/man/man1/dcc.1"
        self.assertEqual(names, here | {"twisted/plugins/dcc_plugin.py", manual})

    def test_the_source_holds_what_its_tests_and_its_readers_need(self) -> None:
        with tarfile.open(self.source) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        needed = [
            path.relative_to(CHECKOUT).as_posix()
            for folder in ("bench", "deploy", "docs", "tests", "tools")
            for path in (CHECKOUT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ]
        self.assertGreater(len(needed), 100)
        for name in (*needed, "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "setup.cfg", "package.json"):
            self.assertIn(name, names)

    def test_both_are_ready_to_be_published(self) -> None:
        checked = succeed(run(sys.executable, "-m", "twine", "check", "--strict", self.wheel, self.source))
        self.assertEqual(checked.count("PASSED"), 2, checked)

    def test_the_version_and_the_manual_are_those_of_the_checkout(self) -> None:
        shown = succeed(run(self.scripts / "dcc", "--version", cwd=self.elsewhere))
        self.assertEqual(shown, f"dcc {dcc.__version__}\n")
        manual = self.scripts.parent / "share" / "man" / "man1" / "dcc.1"
        self.assertEqual(manual.read_bytes(), (CHECKOUT / "docs" / "dcc.1").read_bytes())

    def test_the_package_comes_from_the_new_environment_and_not_from_the_checkout(self) -> None:
        shown = succeed(run(self.scripts / "python", "-c", "import dcc; print(dcc.__file__)", cwd=self.elsewhere))
        self.assertTrue(Path(shown).is_relative_to(self.scripts.parent.resolve()), shown)

    def test_twistd_lists_the_server_which_has_a_help_of_its_own(self) -> None:
        listed = succeed(run(self.scripts / "twistd", "--help", cwd=self.elsewhere))
        self.assertRegex(listed, r"(?m)^    dcc +A shared pixel canvas")
        own = succeed(run(self.scripts / "twistd", "-n", "dcc", "--help", cwd=self.elsewhere))
        self.assertIn("--single-client", own)

    def test_the_installed_server_shows_its_board_to_a_version_1_client_that_paints(self) -> None:
        command = (str(self.scripts / "twistd"), "--nodaemon", "--pidfile=", "dcc")
        with ServerProcess(command=command, cwd=self.elsewhere) as server, Version1Process(server.port) as client:
            client.paint(3, 10, "magenta")
            client.wait_for_boards(2)
            board = client.board()
            self.assertEqual((len(board), len(board["0"])), (50, 50))
            self.assertEqual(board["10"]["3"], "magenta")
            self.assertEqual([row for row in board["3"].values() if row != "white"], [])
            client.leave()

    def test_a_program_paints_without_an_extra(self) -> None:
        command = (str(self.scripts / "twistd"), "--nodaemon", "--pidfile=", "dcc")
        with ServerProcess(command=command, cwd=self.elsewhere) as server:
            program = (
                f"import dcc.api\nwith dcc.api.connect('127.0.0.1:{server.port}') as canvas:\n"
                " canvas[3, 4] = 'red'\n print(canvas[3, 4], dcc.api.__file__)"
            )
            painted = succeed(run(self.scripts / "python", "-c", program, cwd=self.elsewhere))
        self.assertTrue(painted.startswith(f"red {self.scripts.parent.resolve()}"), painted)

    def test_a_command_without_its_extra_names_the_extra_in_one_line(self) -> None:
        table = [
            ("draw", "PyQt5|qt5reactor", "client"),
            ("paint", "numpy|Pillow", "images"),
            ("snapshot", "Pillow", "images"),
        ]
        for command, packages, extra in table:
            with self.subTest(command=command):
                refused = run(self.scripts / "dcc", command, cwd=self.elsewhere)
                self.assertEqual(refused.returncode, 1)
                install = rf"pip install 'drawcolorcanvas\[{extra}\]'"
                self.assertRegex(refused.stdout, rf"\Adcc {command}: ({packages}) is missing: {install}\n\Z")

    def test_a_server_with_tls_without_the_extra_names_the_extra(self) -> None:
        words = ["--lang", "en", "--store", "memory:", "--port", "ssl:0:privateKey=key"]
        refused = run(self.scripts / "twistd", "-n", "--pidfile=", "dcc", *words, cwd=self.elsewhere)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("packages are missing (OpenSSL): pip install 'drawcolorcanvas[tls]'", refused.stdout)
        self.assertNotIn("Traceback", refused.stdout)


class ExtrasTests(unittest.TestCase):
    """A wheel in a new environment, with the extras of a host."""

    def test_a_host_serves_the_page_and_saves_a_picture_of_the_board(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            environment = Path(folder, "environment")
            succeed(run(sys.executable, "-m", "venv", "--without-pip", environment))
            wheel = f"{install().wheel}[images,web]"
            python = environment / "bin" / "python"
            succeed(run(sys.executable, "-m", "pip", "--python", python, "install", "--no-compile", wheel))
            program = str(environment / "bin" / "dcc")
            with WebServer(command=(program, "serve"), cwd=folder) as server:
                self.assertIn(b"<canvas", get(server.web_port, "/")[2])
                succeed(run(program, "snapshot", "board.png", f"127.0.0.1:{server.port}", cwd=Path(folder)))
            self.assertTrue(Path(folder, "board.png").read_bytes().startswith(b"\x89PNG"))
