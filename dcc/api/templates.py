"""Shared templates for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dcc.api.board import Look
from dcc.api.connection import Connection
from dcc.api.errors import Error
from dcc.client import templates
from dcc.client.link import Link
from dcc.core.actions import AddTemplate
from dcc.language import _

if TYPE_CHECKING:
    from PIL.Image import Image


class Template:
    """A picture that a moderator has published for everybody to paint.

    :ivar name: of the template.
    :ivar at: column and row of the upper left corner.
    :ivar size: width and height, in cells.
    :ivar author: the name of who published the template; empty if not known.
    """

    def __init__(self, look: Callable[[], Look], published: AddTemplate, author: str) -> None:
        """:param look: returns the board as of now."""
        self.name = published.name
        self.at = published.place.column, published.place.row
        self.size = published.place.width, published.place.height
        self.author = author
        self._look = look
        self._published = published

    def missing(self) -> list[tuple[int, int, str]]:
        """Return what the board does not show now: ``(column, row, colour)`` triples, as ``paint`` takes them."""
        look = self._look()
        missing = templates.Template(0, self._published, "", look.width).missing(look.colours)
        return [(cell % look.width, cell // look.width, look.palette[colour].name) for cell, colour in missing]

    def image(self) -> Image:
        """Return a picture of the template, a pixel a cell, as an image of Pillow in mode RGBA.

        :raises Error: Pillow is missing.
        """
        try:
            from PIL import Image
        except ImportError:
            raise Error(_("image() needs Pillow: pip install 'drawcolorcanvas[images]'")) from None
        colours, painted = self._published.pixels
        picture = Image.frombytes("P", self.size, colours)
        picture.putpalette(b"".join(bytes(colour.rgb) for colour in self._look().palette))
        picture = picture.convert("RGBA")
        picture.putalpha(Image.frombytes("L", self.size, bytes(255 * each for each in painted)))
        return picture


async def ask_templates(connection: Connection, look: Callable[[], Look]) -> list[Template]:
    """Ask for the shared templates; raises as :meth:`.Connection.ask`."""
    found = await connection.ask(Link.ask_templates)
    return [Template(look, each.published, each.author) for each in found]
