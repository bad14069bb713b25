"""Counting placements by cell, and the steps of the colours."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from dcc.core.canvas import cells_of, pack_pixels
from dcc.core.heat import COLOURS, STEPS, HeatCounter, step_of


class HeatTests(SynchronousTestCase):
    """Of a board of six cells, and of single counts."""

    def test_cells_are_read_from_packed_pixels_in_order(self) -> None:
        self.assertEqual(list(cells_of(pack_pixels([(0, 7), (0x01020304, 255), (5, 0)]))), [0, 0x01020304, 5])
        self.assertEqual(list(cells_of(b"")), [])

    def test_each_placement_counts_for_its_cell_up_to_the_highest_count_that_is_kept(self) -> None:
        counter = HeatCounter(6)
        counter.add(pack_pixels([(2, 1), (5, 0), (2, 3)]))
        for _ in range(300):
            counter.add(pack_pixels([(0, 1)]))
        self.assertEqual(counter.times(), bytes([255, 0, 2, 0, 0, 1]))

    def test_a_count_belongs_to_the_last_step_that_it_reaches(self) -> None:
        for times in range(256):
            expected = max(index for index, least in enumerate(STEPS) if least <= times)
            self.assertEqual(step_of(times), expected, times)

    def test_each_step_has_a_colour(self) -> None:
        self.assertEqual(len(COLOURS), len(STEPS))
