"""argparse for ``dcc``: every word in the language of this process, and each error in a single line."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from dcc.errors import DccError
from dcc.language import N_, OPTION, _, ngettext

USAGE_STATUS = 2

ARGPARSE_TEXTS = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("unrecognized arguments: %s"),
    N_("the following arguments are required: %s"),
    N_("expected one argument"),
    N_("ignored explicit argument %r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("not allowed with argument %s"),
)
"""Texts of argparse that our commands can show."""


class UsageError(DccError):
    """A command line that is wrong as a whole, such as two options that exclude each other."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are a line without the whole usage, and that knows ``--lang``.

    Options cannot be shortened, since ``--lang`` is read before the others, see :func:`dcc.language.take_option`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        # Python 3.14's own. Before, -5,0 was taken for an option, and the cell for missing.
        self._negative_number_matcher = re.compile(r"-\.?\d")
        self.add_argument(
            OPTION,
            metavar="es|en",
            help=_("language: es or en [{default}]").format(default=_("as DCC_LANG or the locale")),
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and end the process."""
        name, colon, rest = message.partition(": ")
        if colon and name.startswith("argument "):  # Python 3.10 does not translate this text
            message = _("argument %(argument_name)s: %(message)s") % {
                "argument_name": name.removeprefix("argument "),
                "message": rest,
            }
        see = _("see {command}").format(command=f"{self.prog} --help")
        self.exit(USAGE_STATUS, f"{self.prog}: {message} ({see})\n")


def translate_argparse() -> None:
    """Have argparse take its own texts from our catalogue: it looks these two names up for each text."""
    argparse._ = _  # type: ignore[attr-defined]
    argparse.ngettext = ngettext  # type: ignore[attr-defined]
