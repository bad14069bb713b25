"""A progress bar on a terminal, for commands that read a long record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from dcc.language import _

_SHORT_SECONDS = 0.5
"""A command that takes no longer shows no bar, which would only flicker."""


@contextmanager
def placements_bar(total: int) -> Iterator[Callable[[int], object]]:
    """Show how many placements were read, if standard error is a terminal.

    :return: takes a number of placements that were read.
    """
    unit = " " + _("placements")
    with tqdm(total=total, unit=unit, unit_scale=True, leave=False, disable=None, delay=_SHORT_SECONDS) as bar:
        yield bar.update
