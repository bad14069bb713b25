"""The strokes of this painter, undo and redo. Pure.

The board belongs to everyone:

1. A cell that another painter has painted since belongs to no stroke any longer, see :meth:`Strokes.lose`.
2. Undo touches only cells still in the colour of the stroke: a server may replace the whole board without telling the
   painters. Redo touches only cells still in the colour that undo gave them.
3. A cell that this painter may not paint now is left to its stroke.
4. A stroke of which nothing can be painted is passed over.
5. A new stroke ends redo.
6. What the server refuses of an undo or a redo can be undone or done again once more, see :meth:`Strokes.refused`.

``dcc/page/strokes.js`` does the same; ``tests/vectors/strokes.json`` compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dcc import limits

_Cells = dict[int, tuple[int, int]]
"""For each cell the colour before a stroke, and the colour after."""


@dataclass(eq=False)
class _Stroke:
    """The cells of a stroke, those that undo took back apart from the others."""

    done: _Cells = field(default_factory=dict)
    undone: _Cells = field(default_factory=dict)


@dataclass(frozen=True)
class _Step:
    """What an undo or a redo painted, or the part of it in one request.

    :ivar ended: how often a new stroke had ended redo before.
    """

    stroke: _Stroke
    cells: _Cells
    is_undo: bool
    ended: int


class Strokes:
    """The latest strokes. The last stroke is undone first, then the stroke before.

    :ivar left: how many pixels of its stroke the last :meth:`undo` or :meth:`redo` left for the next.
    :ivar forbidden: the cells that the last :meth:`undo` or :meth:`redo` left to their strokes by rule 3.
    """

    def __init__(self) -> None:
        self._strokes: list[_Stroke] = []  # the oldest first
        self._is_open = False  # what is added belongs to the last stroke
        self._ended = 0
        self._last: _Step | None = None
        self._unanswered: dict[int, _Step] = {}  # by request
        self.left = 0
        self.forbidden: list[int] = []

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
                self._begin_new()
            stroke = self._strokes[-1].done
            before = stroke[cell][0] if cell in stroke else shown[cell]
            stroke[cell] = before, colour

    def _begin_new(self) -> None:
        self._ended += 1
        waiting = [step.stroke for step in self._unanswered.values()]
        for stroke in self._strokes:
            stroke.undone.clear()
        kept = [stroke for stroke in self._strokes if stroke.done or stroke in waiting]
        self._strokes = [*kept, _Stroke()][-limits.STROKES_KEPT :]

    def lose(self, cells: Iterable[int]) -> None:
        """Take cells out of all strokes: another painter has painted them."""
        lost = set(cells)
        if not lost:
            return
        for stroke in self._strokes:
            _remove(lost, stroke.done)
            _remove(lost, stroke.undone)
        for step in self._unanswered.values():
            _remove(lost, step.cells)

    # --- undo and redo -----------------------------------------------------------------------------------

    def undo(
        self, shown: Sequence[int], most: int | None = None, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, int]]:
        """Take back the last stroke with a cell to take back, or a part of it.

        :param shown: the colour of every cell now.
        :param most: how many pixels at most, the last of the stroke. The others stay to be undone.
        :param allowed: not 0 for each cell that may be painted now; None if all may be.
        :return: ``(cell, colour)`` pairs to paint; none if there is nothing to undo.
        """
        return self._go(shown, most, allowed, is_undo=True)

    def redo(
        self, shown: Sequence[int], most: int | None = None, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, int]]:
        """Do again what the last :meth:`undo` took back, so that it can be undone again; see :meth:`undo`."""
        return self._go(shown, most, allowed, is_undo=False)

    def _go(
        self, shown: Sequence[int], most: int | None, allowed: Sequence[int] | None, *, is_undo: bool
    ) -> list[tuple[int, int]]:
        self.begin()
        self.left, self.forbidden, self._last = 0, [], None
        now, then = (1, 0) if is_undo else (0, 1)
        for stroke in reversed(self._strokes) if is_undo else self._strokes:
            source, target = (stroke.done, stroke.undone) if is_undo else (stroke.undone, stroke.done)
            taken: _Cells = {}
            kept: _Cells = {}
            for cell, colours in source.items():
                is_seen = shown[cell] == colours[now] and colours[0] != colours[1]
                if allowed is not None and not allowed[cell]:
                    kept[cell] = colours
                    if is_seen:
                        self.forbidden.append(cell)
                elif is_seen:
                    taken[cell] = colours
            if most is not None and len(taken) > most:
                items = list(taken.items())
                self.left = len(items) - most
                kept.update(items[: self.left])
                taken = dict(items[self.left :])
            source.clear()
            source.update(kept)
            if taken:
                target.update(taken)
                self._last = _Step(stroke, taken, is_undo, self._ended)
                return [(cell, colours[then]) for cell, colours in taken.items()]
        return []

    # --- the server's answers ------------------------------------------------------------------------------

    def sent(self, requests: Iterable[int]) -> None:
        """Take note of the requests with the pixels of the last undo or redo, in order.

        :param requests: each of :data:`.limits.REQUEST_PIXELS` pixels, and the last of the rest.
        """
        if (last := self._last) is None:
            return
        items = list(last.cells.items())
        for start, request in zip(range(0, len(items), limits.REQUEST_PIXELS), requests, strict=False):
            part = dict(items[start : start + limits.REQUEST_PIXELS])
            self._unanswered[request] = _Step(last.stroke, part, last.is_undo, last.ended)

    def accepted(self, request: int) -> None:
        """Take note of a request taken by the server."""
        self._unanswered.pop(request, None)

    def refused(self, request: int) -> None:
        """Put the cells of a refused undo or redo where they can be undone, or done again, once more."""
        if (step := self._unanswered.pop(request, None)) is None:
            return
        stroke = step.stroke
        later = [each.cells for each in self._unanswered.values() if each.stroke is stroke]
        for cell, colours in step.cells.items():
            back = next((cells for cells in later if cell in cells), None)
            if back is not None:
                del back[cell]  # the cell went back there by itself: nothing is left to put back
                continue
            stroke.done.pop(cell, None)
            stroke.undone.pop(cell, None)
            if step.is_undo:
                stroke.done[cell] = colours
            elif step.ended == self._ended:
                stroke.undone[cell] = colours

    def lost(self) -> None:
        """Take note of a lost connection: nothing of the unanswered requests is shown; see :meth:`refused`."""
        for request in list(self._unanswered):
            self.refused(request)

    def forget(self) -> None:
        """Forget all strokes: the board was replaced."""
        self._strokes.clear()
        self._unanswered.clear()
        self._last = None
        self.begin()


def _remove(lost: set[int], cells: _Cells) -> None:
    for cell in lost & cells.keys():
        del cells[cell]
