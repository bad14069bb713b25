"""The search for a colour: the vectors that hold for the page too."""

from __future__ import annotations

from typing import Any

from dcc.core.search import is_found
from tests.support.wire import TableTestCase, each
from tests.vectors.notation import load

SEARCHES = {f"{number} {vector['query']}": vector for number, vector in enumerate(load("search"))}


class SearchTests(TableTestCase):
    """Colours that are found, or not."""

    @each(SEARCHES)
    def test_a_colour_is_found_as_in_the_vector(self, vector: dict[str, Any]) -> None:
        self.assertEqual(is_found(vector["query"], vector["value"], vector["names"]), vector["found"])
