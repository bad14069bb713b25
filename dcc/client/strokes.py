"""The strokes of this painter, and undo. Pure.

The board belongs to everyone: undo touches only cells still in the colour of the stroke. A cell painted since by
another painter keeps the other painter's colour.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from dcc import limits


class Strokes:
    """The latest strokes. The last stroke is undone first, then the stroke before.

    :ivar left: how many pixels of its stroke the last :meth:`undo` left for the next.
    """

    def __init__(self) -> None:
        # A stroke is a dict: for each cell the colour before the stroke, and the colour after.
        self._strokes: deque[dict[int, tuple[int, int]]] = deque(maxlen=limits.STROKES_KEPT)
        self.left = 0

    def begin(self) -> None:
        """Begin a stroke: pixels that are added from now on belong together."""
        if not self._strokes or self._strokes[-1]:
            self._strokes.append({})

    def add(self, pixels: Iterable[tuple[int, int]], shown: Sequence[int]) -> None:
        """Add ``(cell, colour)`` pairs to the stroke.

        :param shown: the colour of every cell before the pixels are painted.
        """
        stroke = self._strokes[-1]
        for cell, colour in pixels:
            before = stroke[cell][0] if cell in stroke else shown[cell]
            stroke[cell] = before, colour

    def undo(self, shown: Sequence[int], most: int | None = None) -> list[tuple[int, int]]:
        """Forget the last stroke, and list the pixels for undoing the stroke.

        :param shown: the colour of every cell now.
        :param most: how many pixels at most, the last of the stroke. The others stay a stroke.
        :return: ``(cell, colour)`` pairs to paint; none if other painters have covered the stroke.
        """
        while self._strokes:
            if stroke := self._strokes.pop():
                pixels = [
                    (cell, before)
                    for cell, (before, after) in stroke.items()
                    if shown[cell] == after and before != after
                ]
                self.left = 0 if most is None else max(0, len(pixels) - most)
                if self.left:
                    self._strokes.append({cell: stroke[cell] for cell, _before in pixels[: self.left]})
                return pixels[self.left :]
        self.left = 0
        return []

    def forget(self) -> None:
        """Forget all strokes: the board was replaced."""
        self._strokes.clear()
