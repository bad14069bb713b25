"""The strokes that a painter has drawn here, and how to take them back. Pure.

The board belongs to everyone: what is taken back is only what still looks as the stroke left it. Where
somebody has painted over it since, their colour stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from dcc import limits


class Strokes:
    """The latest strokes, of which the last can be taken back, then the one before it, and so on."""

    def __init__(self) -> None:
        # From each cell to its colour before the stroke and the one that the stroke gave it.
        self._strokes: deque[dict[int, tuple[int, int]]] = deque(maxlen=limits.STROKES_KEPT)

    def begin(self) -> None:
        """What is added from now on is one stroke, until the next."""
        if not self._strokes or self._strokes[-1]:
            self._strokes.append({})

    def add(self, pixels: Iterable[tuple[int, int]], shown: Sequence[int]) -> None:
        """Add ``(cell, colour)`` pairs to the stroke.

        :param shown: the colour of every cell before they are painted.
        """
        stroke = self._strokes[-1]
        for cell, colour in pixels:
            before = stroke[cell][0] if cell in stroke else shown[cell]
            stroke[cell] = before, colour

    def take_back(self, shown: Sequence[int]) -> list[tuple[int, int]]:
        """Forget the last stroke.

        :param shown: the colour of every cell now.
        :return: the ``(cell, colour)`` pairs to paint so that it is gone; none where others painted since.
        """
        while self._strokes:
            if stroke := self._strokes.pop():
                return [
                    (cell, before)
                    for cell, (before, after) in stroke.items()
                    if shown[cell] == after and before != after
                ]
        return []

    def forget(self) -> None:
        """The board is another one: there is nothing to take back."""
        self._strokes.clear()
