"""Places as people write them: the vectors that hold for the page too."""

from __future__ import annotations

from typing import Any

from dcc.core.places import Place, read_place
from tests.support.wire import TableTestCase, each
from tests.vectors.notation import load

PLACES = {f"{number} {vector['text']}": vector for number, vector in enumerate(load("places"))}


class PlaceTests(TableTestCase):
    """Places."""

    @each(PLACES)
    def test_a_text_is_read_as_the_place_of_the_vector(self, vector: dict[str, Any]) -> None:
        place = vector["place"]
        self.assertEqual(read_place(vector["text"]), place and Place(*place))

    def test_a_place_is_written_as_the_end_of_a_link(self) -> None:
        places = [Place(12, 30), Place(0, 0, 16.0), Place(7, 9, 0.5), Place(1, 2, 1 / 3)]
        self.assertEqual([str(place) for place in places], ["12,30", "0,0,16", "7,9,0.5", "1,2,0.33"])
