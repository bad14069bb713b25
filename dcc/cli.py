"""``dcc``: the commands of this program, and the edge at which their faults become one line and an exit status.

0 is success, 1 a fault that is named in one line on standard error, 2 a command line that cannot be read,
130 and 141 the statuses of a program that Ctrl+C or a closed pipe ended. Our own faults keep their traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn, Protocol, cast

from dcc import __version__, stdout
from dcc.errors import DccError, OutputError

_FAULT, _USAGE, _INTERRUPTED, _BROKEN_PIPE = 1, 2, 130, 141


class _CommandModule(Protocol):
    """What the module of a command has."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the command takes."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it.

        :return: the exit status.
        :raises DccError: what the user is told in one line.
        """


@dataclass(frozen=True)
class _Command:
    """A command that is imported only when it is chosen: each needs packages that the others do without.

    :ivar extra: the extra of this package that has them.
    """

    name: str
    summary: str
    example: str
    module: str
    extra: str = ""

    def load(self) -> _CommandModule:
        """Import the command.

        :raises DccError: a package that it needs is not there, or cannot be loaded.
        """
        try:
            return cast(_CommandModule, import_module(self.module))
        except ImportError as error:
            package = (error.name or "").partition(".")[0]
            if package == "dcc":
                raise
            if isinstance(error, ModuleNotFoundError):
                raise DccError(
                    f"needs {_DISTRIBUTIONS.get(package, package)}; "
                    f"install it with: pip install 'drawcolorcanvas[{self.extra}]'"
                ) from None
            raise DccError(f"cannot load {package or self.extra}: {error}") from None


_DISTRIBUTIONS = {"PIL": "Pillow"}
"""Packages that pip knows under another name than Python."""

_SERVE = "serve"
_SERVE_SUMMARY = "host a canvas; takes the options of twistd dcc"
_COMMANDS = (
    _Command("draw", "open a window and draw", "dcc draw 192.168.1.20", "dcc.commands.draw", "client"),
    _Command(
        "paint",
        "paint an image on the canvas",
        "dcc paint cat.png --at 10,5 --width 40 192.168.1.20",
        "dcc.commands.paint",
        "images",
    ),
    _Command(
        "snapshot",
        "save the canvas as an image",
        "dcc snapshot canvas.png --scale 8 192.168.1.20",
        "dcc.commands.snapshot",
        "images",
    ),
    _Command("export", "save the canvas of any moment", "dcc export then.png --at 2h", "dcc.commands.export", "images"),
    _Command(
        "timelapse",
        "make a film of how the drawing came to be",
        "dcc timelapse drawing.gif --seconds 8",
        "dcc.commands.timelapse",
        "images",
    ),
    _Command(
        "heatmap", "draw how often each cell was painted", "dcc heatmap hot.png", "dcc.commands.heatmap", "images"
    ),
    _Command("history", "list who painted a cell", "dcc history 10,3", "dcc.commands.history"),
    _Command(
        "stats", "count what was painted, by whom and when", "dcc stats --record monday.sqlite3", "dcc.commands.stats"
    ),
    _Command("backup", "copy a record, also of a running server", "dcc backup monday.sqlite3", "dcc.commands.backup"),
    _Command("verify", "check that a record is sound", "dcc verify dcc.sqlite3", "dcc.commands.verify"),
    _Command("resize", "let the canvas grow", "dcc resize 200x120", "dcc.commands.resize"),
)


class _Parser(argparse.ArgumentParser):
    """One line for a command line that cannot be read, instead of the usage and a line."""

    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(words: Sequence[str] | None = None) -> int:
    """Run a command.

    :param words: the command line after ``dcc``; those of this process if left out.
    :return: the exit status.
    """
    words = sys.argv[1:] if words is None else words
    name = " ".join(["dcc", *words[:1]])
    try:
        try:
            return _serve(words[1:]) if words[:1] == [_SERVE] else _run(words)
        finally:
            stdout.flush()  # here, where what goes wrong with it is still caught
    except DccError as error:
        print(f"{name}: {error}", file=sys.stderr)
        if isinstance(error, OutputError):
            _drop_output()
        return _FAULT
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return _BROKEN_PIPE


def _drop_output() -> None:
    """What is still buffered goes nowhere when Python flushes it at its end."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _serve(words: Sequence[str]) -> int:
    """``twistd -n dcc``, without the pid file that it would leave in the working directory."""
    from twisted.scripts import twistd

    own = ["--nodaemon", "--pidfile="] if os.name == "posix" else ["--nodaemon"]  # elsewhere it writes none
    sys.argv[1:] = [*own, "dcc", *words]
    twistd.run()
    return 0


def _run(words: Sequence[str]) -> int:
    parser = _Parser(
        prog="dcc",
        description="A shared pixel canvas: one command hosts it, everybody draws on it together.",
        epilog="Example: dcc serve --interface 0.0.0.0 lets the whole room in; dcc draw 192.168.1.20 joins it. "
        "Each command has a help of its own: dcc draw --help",
    )
    parser.add_argument("--version", action="version", version=f"dcc {__version__}")
    parsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parsers.add_parser(_SERVE, help=_SERVE_SUMMARY)
    for command in _COMMANDS:
        subparser = parsers.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary.capitalize()}.",
            epilog=f"Example: {command.example}",
        )
        if words[:1] == [command.name]:
            module = command.load()
            module.add_arguments(subparser)
            # Intermixed: or argparse would take no HOST after an option.
            return module.run(subparser.parse_intermixed_args(words[1:]))
    parser.parse_args(words)  # shows a help, or says what is wrong
    parser.error("the command comes first")  # dcc -- draw
