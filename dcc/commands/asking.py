"""Questions to the person at the terminal, before what cannot be taken back."""

from __future__ import annotations

import sys

from dcc.errors import DccError
from dcc.language import _
from dcc.wording import printable


def confirm(question: str, *, is_agreed: bool) -> None:
    """Ask whether to go on.

    :param is_agreed: ``--yes`` was given: nothing is asked.
    :raises DccError: the answer is no, or nobody is there to ask.
    """
    if is_agreed:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise DccError(_("nothing was done: there is no terminal to ask on; --yes does it without asking"))
    choices = _("y/N")
    print(f"{printable(question)} [{choices}] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip().casefold()
    if answer not in {"y", "yes", *_("y yes").split()}:
        raise DccError(_("nothing was done"))
