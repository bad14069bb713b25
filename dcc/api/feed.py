"""The changes that others make, on their way from the thread of the reactor to a program that reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock

from dcc.api.board import Change, Look
from dcc.api.errors import Unavailable


class Feed:
    """Holds the changes that a program has not read yet: the latest of each cell, so that a slow one costs little.

    The methods for the reactor are called in its thread alone, :meth:`read` in the program's.
    """

    def __init__(self, notify: Callable[[], None]) -> None:
        """:param notify: called in the thread of the reactor when there is something to read."""
        self._notify = notify
        self._lock = Lock()
        self._waiting: dict[tuple[int, int], str] = {}
        self._is_over = False
        self._fault: Unavailable | None = None
        self._known: Look  # the board as the program knows it, its own paints included

    # --- for the reactor ---------------------------------------------------------------------------

    def begin(self, look: Look) -> None:
        """Take the board as of now."""
        self._known = look._replace(colours=bytearray(look.colours))

    def take(self, cells: Iterable[int] | None, look: Look) -> None:
        """Take a change.

        :param cells: whose colour on the screen has changed; None if any may have.
        """
        known, colours = self._known, look.colours
        if cells is None:
            changed = _differences(known, look)
            self.begin(look)
        else:
            changed = [cell for cell in cells if known.colours[cell] != colours[cell]]
            self.note_own((cell, colours[cell]) for cell in changed)
        if not changed:
            return
        with self._lock:
            for cell in changed:
                row, column = divmod(cell, look.width)
                self._waiting.pop((column, row), None)  # a later change comes last
                self._waiting[column, row] = look.palette[colours[cell]].name
        self._notify()

    def note_own(self, pixels: Iterable[tuple[int, int]]) -> None:
        """Take note of ``(cell, colour)`` pairs that this program has painted itself."""
        colours = self._known.colours
        assert isinstance(colours, bytearray)
        for cell, colour in pixels:
            if cell < len(colours):
                colours[cell] = colour

    def end(self, fault: Unavailable | None) -> None:
        """There will be no more changes.

        :param fault: why, if the program has to know.
        """
        with self._lock:
            self._is_over, self._fault = True, fault
        self._notify()

    # --- for the program ---------------------------------------------------------------------------

    def read(self) -> list[Change] | None:
        """Return the changes since the last call; None if there will be no more.

        :raises Unavailable: the connection has failed for good.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            if waiting or not self._is_over:
                return [Change(column, row, colour) for (column, row), colour in waiting.items()]
            if self._fault is not None:
                raise self._fault.with_traceback(None)
            return None


def _differences(known: Look, look: Look) -> list[int]:
    if (known.width, known.height, known.palette) == (look.width, look.height, look.palette):
        return [cell for cell, (old, new) in enumerate(zip(known.colours, look.colours, strict=True)) if old != new]
    return list(range(len(look.colours)))  # another board, or larger: all of it is new
