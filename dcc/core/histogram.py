"""A histogram, for the metrics of the server."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

SECONDS_BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
"""For what should take milliseconds: from half of a fast disk's commit to what everybody notices."""


class Histogram:
    """Counts measurements by size. Counting is cheap enough for every commit, and a scrape reads the fields directly.

    :ivar bounds: the largest value of each class, except the last class, which has no bound.
    :ivar counts: the number of measurements in each class.
    :ivar total: the sum of the measurements, in the unit of the measure.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one measurement."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
