"""The histogram of the metrics."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from dcc.core.histogram import Histogram


class HistogramTests(SynchronousTestCase):
    """Counting measurements by size."""

    def test_a_measurement_counts_in_the_first_class_whose_bound_is_not_below_it(self) -> None:
        histogram = Histogram((1, 4))
        for value in (0, 1, 1.5, 4, 4.01, 100):
            histogram.add(value)
        self.assertEqual(histogram.counts, [2, 2, 2])

    def test_the_total_is_the_sum_of_the_measurements(self) -> None:
        histogram = Histogram((1,))
        self.assertEqual((histogram.counts, histogram.total), ([0, 0], 0))
        histogram.add(0.5)
        histogram.add(8)
        self.assertEqual(histogram.total, 8.5)
