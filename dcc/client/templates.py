"""Shared templates as clients use them: what is missing of each on a board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dcc.core.actions import AddTemplate
from dcc.core.templates import TemplatePixels


class Template:
    """A shared template on a board of a width.

    :ivar number: of the action that published the template.
    :ivar published: as it was published.
    :ivar name: of the template.
    :ivar place: where on the board.
    :ivar author: who published the template; empty if not known.
    :ivar pixels: what the template wants, row by row.
    :ivar wanted: the colour that the template wants, for each cell of the board that is to be painted.
    """

    def __init__(self, number: int, template: AddTemplate, author: str, board_width: int) -> None:
        self.number = number
        self.published = template
        self.name = template.name
        self.place = place = template.place
        self.author = author
        self.pixels: TemplatePixels = template.pixels
        self.wanted: dict[int, int] = {}
        colours, painted = self.pixels
        for row in range(place.height):
            first, start = (place.row + row) * board_width + place.column, row * place.width
            for column in range(place.width):
                if painted[start + column]:
                    self.wanted[first + column] = colours[start + column]

    def missing(self, shown: Sequence[int], cells: Iterable[int] | None = None) -> dict[int, int]:
        """Find the cells that do not show the wanted colour.

        :param shown: the colour of every cell of the board.
        :param cells: where to look; everywhere if left out.
        :return: the wanted colour of each, in the order of the cells.
        """
        wanted = self.wanted
        if cells is None:
            return {cell: colour for cell, colour in wanted.items() if shown[cell] != colour}
        return {cell: wanted[cell] for cell in cells if cell in wanted and shown[cell] != wanted[cell]}

    def next_missing(self, shown: Sequence[int], after: int, only: int | None) -> tuple[int, int] | None:
        """Find the first missing cell after a cell, row by row, and from the beginning if there is none.

        :param only: the only colour to look for; None for any.
        :return: the cell and the wanted colour; None if nothing is missing.
        """
        first = None
        for cell, colour in self.wanted.items():
            if shown[cell] != colour and only in (None, colour):
                if cell > after:
                    return cell, colour
                first = first or (cell, colour)
        return first
