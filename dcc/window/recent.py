"""The changes that the window has seen lately, for the layer in which they glow. The page has the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

GLOW_SECONDS = 300
"""How long a change glows."""

_KEPT_CELLS = 100_000
"""Of the latest changes: a flood is cut from its beginning, since each cell takes time once a second."""


class Recent:
    """Changed cells, and when they came."""

    def __init__(self, now: Callable[[], float]) -> None:
        """:param now: in seconds."""
        self._now = now
        self._seen: deque[tuple[float, tuple[int, ...]]] = deque()
        self._cells = 0

    def add(self, cells: Iterable[int]) -> None:
        """Take changes that have just come."""
        changed = tuple(cells)
        if not changed:
            return
        now = self._now()
        self._drop_old(now)
        self._seen.append((now, changed))
        self._cells += len(changed)
        while self._cells > _KEPT_CELLS and len(self._seen) > 1:
            self._drop()

    def clear(self) -> None:
        """Forget all changes."""
        self._seen.clear()
        self._cells = 0

    def glowing(self) -> Iterator[tuple[float, tuple[int, ...]]]:
        """Yield the changes that glow now, the latest last: age from 0, just now, to 1, and the cells."""
        now = self._now()
        self._drop_old(now)
        for came, cells in self._seen:
            yield (now - came) / GLOW_SECONDS, cells

    def _drop_old(self, now: float) -> None:
        while self._seen and now - self._seen[0][0] >= GLOW_SECONDS:
            self._drop()

    def _drop(self) -> None:
        self._cells -= len(self._seen.popleft()[1])
