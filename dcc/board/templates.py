"""The shared templates of a board: pictures that moderators publish for everybody to paint."""

from __future__ import annotations

from dcc import limits, reasons
from dcc.core.actions import AddTemplate, LogEntry
from dcc.core.placements import Size
from dcc.errors import Refusal
from dcc.protocol.messages import TemplateNews


class Templates:
    """The templates of one board.

    :ivar news: what everybody is told of them, the oldest first.
    """

    def __init__(self, size: Size, colours: int) -> None:
        """:param colours: how many the palette has."""
        self.news: tuple[TemplateNews, ...] = ()
        self._size = size
        self._colours = colours
        self._by_number: dict[int, AddTemplate] = {}

    @property
    def in_force(self) -> tuple[AddTemplate, ...]:
        """The templates as they were published, the oldest first."""
        return tuple(self._by_number.values())

    @property
    def names(self) -> list[str]:
        """The name of each."""
        return [template.name for template in self._by_number.values()]

    def find(self, number: int) -> AddTemplate:
        """Return the template that an action has published.

        :raises Refusal: no such template is there, or no longer.
        """
        template = self._by_number.get(number)
        if template is None:
            raise Refusal(reasons.NO_SUCH_TEMPLATE, numero=number)
        return template

    def check(self, added: AddTemplate) -> None:
        """Check that a template can be published.

        :raises Refusal: there are too many, the name is taken, the template is not wholly on the board, or has a colour
            that the palette lacks.
        """
        if len(self._by_number) >= limits.TEMPLATES:
            raise Refusal(reasons.TOO_MANY_TEMPLATES, plantillas=limits.TEMPLATES)
        if added.name in self.names:
            raise Refusal(reasons.NAME_TAKEN, nombre=added.name)
        width, height = self._size
        place = added.place
        if place.column + place.width > width or place.row + place.height > height:
            raise Refusal(reasons.TEMPLATE_OUTSIDE, nombre=added.name, ancho=width, alto=height)
        highest = max(added.pixels.colours)
        if highest >= self._colours:
            raise Refusal(reasons.NO_SUCH_COLOUR, color=highest, colores=self._colours)

    def add(self, entry: LogEntry, added: AddTemplate) -> None:
        """Take a published template, by the number of its action."""
        self._by_number[entry.number] = added
        self.news += (TemplateNews(entry.number, added.name, added.place, entry.painter.name),)

    def remove(self, name: str) -> None:
        """Take a template away."""
        self._by_number = {number: each for number, each in self._by_number.items() if each.name != name}
        self.news = tuple(each for each in self.news if each.name != name)
