"""The strokes of this painter, undo and redo. Pure.

The board belongs to everyone:

1. A cell that another painter has painted since belongs to no stroke any longer, see :meth:`Strokes.lose`.
2. Undo touches only cells still in the colour of the stroke: a server may replace the whole board without telling the
   painters. Redo touches only cells still in the colour that undo gave them.
3. A stroke of which nothing is left is passed over.
4. A new stroke ends redo.

``dcc/page/strokes.js`` does the same; ``tests/vectors/strokes.json`` compares.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from dcc import limits

_Stroke = dict[int, tuple[int, int]]
"""For each cell the colour before the stroke, and the colour after."""


class Strokes:
    """The latest strokes. The last stroke is undone first, then the stroke before.

    :ivar left: how many pixels of its stroke the last :meth:`undo` or :meth:`redo` left for the next.
    """

    def __init__(self) -> None:
        self._done: deque[_Stroke] = deque(maxlen=limits.STROKES_KEPT)
        self._undone: deque[_Stroke] = deque()
        self._is_open = False  # what is added belongs to the last stroke
        self.left = 0

    def begin(self) -> None:
        """Begin a stroke: pixels that are added from now on belong together. Undo and redo begin one too."""
        self._is_open = False

    def add(self, pixels: Iterable[tuple[int, int]], shown: Sequence[int]) -> None:
        """Add ``(cell, colour)`` pairs to the stroke.

        :param shown: the colour of every cell before the pixels are painted.
        """
        for cell, colour in pixels:
            if not self._is_open:
                self._is_open = True
                self._done.append({})
                self._undone.clear()
            stroke = self._done[-1]
            before = stroke[cell][0] if cell in stroke else shown[cell]
            stroke[cell] = before, colour

    def lose(self, cells: Iterable[int]) -> None:
        """Take cells out of all strokes: another painter has painted them."""
        lost = set(cells)
        for stroke in (*self._done, *self._undone):
            for cell in lost & stroke.keys():
                del stroke[cell]

    def undo(self, shown: Sequence[int], most: int | None = None) -> list[tuple[int, int]]:
        """Forget the last stroke that is still seen, and list the pixels for undoing the stroke.

        :param shown: the colour of every cell now.
        :param most: how many pixels at most, the last of the stroke. The others stay a stroke.
        :return: ``(cell, colour)`` pairs to paint; none if nothing of any stroke is left.
        """
        taken = self._take(self._done, shown, 1, most)
        if taken:
            self._undone.append(taken)
        return [(cell, before) for cell, (before, _after) in taken.items()]

    def redo(self, shown: Sequence[int], most: int | None = None) -> list[tuple[int, int]]:
        """Do again what the last :meth:`undo` took back, so that it can be undone again; see :meth:`undo`."""
        taken = self._take(self._undone, shown, 0, most)
        if taken:
            self._done.append(taken)
        return [(cell, after) for cell, (_before, after) in taken.items()]

    def _take(self, strokes: deque[_Stroke], shown: Sequence[int], side: int, most: int | None) -> _Stroke:
        """Take what can be painted of the last stroke of which there is something, and drop the strokes behind.

        :param side: which colour of a cell is to be on the board: 0 that before the stroke, 1 that after.
        """
        self.left = 0
        self.begin()
        while strokes:
            stroke = strokes.pop()
            still = [
                (cell, colours)
                for cell, colours in stroke.items()
                if shown[cell] == colours[side] and colours[0] != colours[1]
            ]
            if still:
                self.left = 0 if most is None else max(0, len(still) - most)
                if self.left:
                    strokes.append(dict(still[: self.left]))
                return dict(still[self.left :])
        return {}

    def forget(self) -> None:
        """Forget all strokes: the board was replaced."""
        self._done.clear()
        self._undone.clear()
        self.begin()
