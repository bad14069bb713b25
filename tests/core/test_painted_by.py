"""The last painter of each cell."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from dcc.core.canvas import pack_pixels
from dcc.core.painted_by import OTHERS, LastPainters, PaintedBy
from dcc.core.placements import Painter


def cells(*numbers: int) -> bytes:
    """Pack cells of any colour."""
    return pack_pixels([(number, 0) for number in numbers])


class LastPaintersTests(SynchronousTestCase):
    """Of small boards."""

    def test_a_name_is_one_painter_over_all_connections_and_a_proven_name_apart(self) -> None:
        last = LastPainters(8)
        last.add(Painter(1, "Ada", "a"), cells(0, 1, 2))
        last.add(Painter(2, "Ada", "b"), cells(3))
        last.add(Painter(3, "Ada", "c", is_proven=True), cells(0, 4))
        last.add(Painter(4, "", "a"), cells(5))
        last.add(Painter(5, "", "a"), cells(6, 6))
        painters, numbers = last.result()
        self.assertEqual(painters[:2], (PaintedBy("Ada", 2, False), PaintedBy("Ada", 3, True)))
        self.assertEqual(set(painters[2:]), {PaintedBy("", 4, False), PaintedBy("", 5, False)})
        self.assertEqual(numbers[:5] + numbers[7:], bytes([2, 1, 1, 1, 2, 0]))
        self.assertEqual(painters[numbers[5] - 1].client_id, 4)

    def test_painters_beyond_the_most_numbers_share_one(self) -> None:
        last = LastPainters(400)
        for connection in range(300):
            last.add(Painter(connection, "", ""), cells(connection, *([connection + 300] if connection < 100 else [])))
        painters, numbers = last.result()
        self.assertEqual(len(painters), OTHERS - 1)
        self.assertTrue(all(painter.client_id < 254 for painter in painters[:100]))
        self.assertEqual(numbers.count(OTHERS), 300 - len(painters))
