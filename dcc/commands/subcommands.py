"""Commands of a command, such as ``dcc key add``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Subcommand:
    """A command of a command; its module lists them as ``SUBCOMMANDS``.

    :ivar name: a word, or two: ``area add``.
    :ivar summary: translated where shown.
    :ivar add_arguments: adds the arguments to a parser.
    :ivar run: does the work, and returns the exit status; raises DccError for a fault, told to the user in one line.
    """

    name: str
    summary: str
    example: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
