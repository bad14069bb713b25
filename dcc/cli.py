"""``dcc``: the commands of this program, and the edge at which each fault becomes a line and an exit status.

The status is 0 for success, 1 for a fault with a line on standard error, 2 for a wrong command line, 130 after Ctrl+C
and 141 after a closed pipe. Faults of our own keep their traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from dcc import __version__, stdout
from dcc.commands.parser import USAGE_STATUS, Parser, UsageError, translate_argparse
from dcc.commands.subcommands import Subcommand
from dcc.errors import DccError, OutputError
from dcc.language import N_, _, speak_chosen, take_option

_FAULT, _INTERRUPTED, _BROKEN_PIPE = 1, 130, 141


class _CommandModule(Protocol):
    """The module of a command."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments to its parser."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command.

        :return: the exit status.
        :raises DccError: a fault, told to the user in one line.
        """


class _GroupModule(Protocol):
    """The module of a command that has commands of its own."""

    SUBCOMMANDS: tuple[Subcommand, ...]


@dataclass(frozen=True)
class _Command:
    """A command, imported only for use: each needs packages of its own.

    :ivar summary: translated where shown.
    :ivar extra: the extra of this package with those packages.
    """

    name: str
    summary: str
    example: str
    module: str
    extra: str = ""

    def load(self) -> _CommandModule | _GroupModule:
        """Import the command.

        :raises DccError: a needed package is missing, or cannot be loaded.
        """
        try:
            return cast(_CommandModule | _GroupModule, import_module(self.module))
        except ImportError as error:
            package = (error.name or "").partition(".")[0]
            if package == "dcc":
                raise
            if isinstance(error, ModuleNotFoundError):
                raise DccError(
                    _("{package} is missing: pip install 'drawcolorcanvas[{extra}]'").format(
                        package=_DISTRIBUTIONS.get(package, package), extra=self.extra
                    )
                ) from None
            raise DccError(
                _("cannot load {package}: {error}").format(package=package or self.extra, error=error)
            ) from None


_DISTRIBUTIONS = {"PIL": "Pillow"}
"""Names for pip of packages with another name in Python."""

_SERVE = "serve"
_SPANISH = (["serve"], ["check"])
"""Commands that speak as the published activity does if the locale names no language."""

_SERVE_SUMMARY = N_("host a board; takes the options of twistd dcc")
_COMMANDS = (
    _Command("draw", N_("open a window and draw"), "dcc draw 192.168.1.20", "dcc.commands.draw", "client"),
    _Command(
        "paint",
        N_("paint an image on the board"),
        "dcc paint cat.png --at 10,5 --width 40 192.168.1.20",
        "dcc.commands.paint",
        "images",
    ),
    _Command(
        "snapshot",
        N_("save the board as an image"),
        "dcc snapshot board.png --scale 8 192.168.1.20",
        "dcc.commands.snapshot",
        "images",
    ),
    _Command(
        "export", N_("save the board of any moment"), "dcc export then.png --at 2h", "dcc.commands.export", "images"
    ),
    _Command(
        "timelapse",
        N_("make a time-lapse of the drawing"),
        "dcc timelapse drawing.gif --seconds 8",
        "dcc.commands.timelapse",
        "images",
    ),
    _Command(
        "heatmap", N_("draw how often each cell was painted"), "dcc heatmap hot.png", "dcc.commands.heatmap", "images"
    ),
    _Command("history", N_("list who painted a cell"), "dcc history 10,3", "dcc.commands.history"),
    _Command(
        "stats",
        N_("count placements by painter, colour and hour"),
        "dcc stats --store sqlite:monday.sqlite3",
        "dcc.commands.stats",
    ),
    _Command(
        "log",
        N_("list what moderators and owners did"),
        "dcc log --kind ban --since 2h",
        "dcc.commands.log",
    ),
    _Command(
        "key",
        N_("give people keys, and take keys back"),
        "dcc key add Ana Luis --role moderate",
        "dcc.commands.key",
    ),
    _Command(
        "moderate",
        N_("freeze, ban, roll back, and everything else that moderators do"),
        "dcc moderate freeze",
        "dcc.commands.moderate",
    ),
    _Command(
        "template",
        N_("ask everybody to paint a picture together"),
        "dcc template add cat.png --name cat --at 10,5",
        "dcc.commands.template",
    ),
    _Command(
        "backup", N_("copy a record, also of a running server"), "dcc backup monday.sqlite3", "dcc.commands.backup"
    ),
    _Command(
        "restore",
        N_("put a backup in the place of the record"),
        "dcc restore monday.sqlite3",
        "dcc.commands.restore",
    ),
    _Command("verify", N_("check a record"), "dcc verify --store sqlite:dcc.sqlite3", "dcc.commands.verify"),
    _Command("resize", N_("enlarge the board"), "dcc resize 200x120", "dcc.commands.resize"),
    _Command(
        "forget",
        N_("forget old names and addresses"),
        "dcc forget --addresses --older-than 30d",
        "dcc.commands.forget",
    ),
    _Command(
        "cluster",
        N_("look after a canvas that several servers share"),
        "dcc cluster status nats://10.0.0.1/classroom dcc.sqlite3",
        "dcc.commands.cluster",
        "cluster",
    ),
    _Command(
        "doctor",
        N_("say what is wrong with an installation"),
        "dcc doctor --page https://canvas.example.org/",
        "dcc.commands.doctor",
    ),
    _Command(
        "check",
        N_("check a client or a server of the activity AF06"),
        "dcc check server -- python3 servidor.py",
        "dcc.commands.check",
    ),
)


def main(words: Sequence[str] | None = None) -> int:
    """Run a command.

    :param words: the command line after ``dcc``; if left out, that of this process.
    :return: the exit status.
    """
    stdout.prepare()
    language, words = take_option(sys.argv[1:] if words is None else words)
    name = " ".join(["dcc", *words[:1]])
    try:
        speak_chosen(language, without_language="es" if words[:1] in _SPANISH else "en")
    except ValueError as error:
        stdout.complain(f"{name}: {error}")
        return USAGE_STATUS
    translate_argparse()
    try:
        try:
            return _serve(words[1:]) if words[:1] == [_SERVE] else _run(words)
        finally:
            stdout.flush()  # here a failure is still caught
    except DccError as error:
        stdout.complain(f"{name}: {error}")
        if isinstance(error, OutputError):
            _drop_output()
        return USAGE_STATUS if isinstance(error, UsageError) else _FAULT
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return _BROKEN_PIPE


def _drop_output() -> None:
    """Discard buffered output, which Python would flush at its end."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _serve(words: Sequence[str]) -> int:
    from dcc.server import program

    program.run(words)
    return 0


def _run(words: Sequence[str]) -> int:
    parser = Parser(
        prog="dcc",
        description=_("A shared pixel canvas: one command hosts it, everybody draws on it together."),
        epilog=_(
            "Example: dcc serve --share lets the whole room in; dcc draw 192.168.1.20 joins. "
            "Each command has a help of its own: dcc draw --help"
        ),
    )
    parser.add_argument(
        "--version", action="version", version=f"dcc {__version__}", help=_("show the version and exit")
    )
    parsers = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))
    parsers.add_parser(_SERVE, help=_(_SERVE_SUMMARY))
    for command in _COMMANDS:
        subparser = _add_parser(parsers, command)
        if words[:1] == [command.name]:
            module = command.load()
            if hasattr(module, "SUBCOMMANDS"):
                return _run_subcommand(subparser, module.SUBCOMMANDS, words[1:])
            return _run_with(subparser, module, words[1:])
    parser.parse_args(words or ["--help"])  # shows a help, or says what is wrong
    parser.error(_("the command comes first"))  # dcc -- draw


def _run_subcommand(parser: argparse.ArgumentParser, subcommands: Sequence[Subcommand], words: Sequence[str]) -> int:
    parsers = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))
    for subcommand in subcommands:
        subparser = _add_parser(parsers, subcommand)
        count = len(subcommand.name.split())
        if list(words[:count]) == subcommand.name.split():
            return _run_with(subparser, subcommand, words[count:])
    parser.parse_args(words or ["--help"])
    parser.error(_("the command comes first"))


def _add_parser(parsers: Any, command: _Command | Subcommand) -> argparse.ArgumentParser:
    summary = _(command.summary)
    parser: argparse.ArgumentParser = parsers.add_parser(
        command.name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_("Example: {command}").format(command=command.example),
    )
    return parser


def _run_with(parser: argparse.ArgumentParser, command: _CommandModule | Subcommand, words: Sequence[str]) -> int:
    command.add_arguments(parser)
    # Otherwise parse_intermixed_args cuts off as many letters as "usage: " has in English.
    parser.usage = parser.format_usage().removeprefix(_("usage: "))
    # Intermixed, since argparse would accept no HOST after an option.
    return command.run(parser.parse_intermixed_args(words))
