"""Palettes from files: the formats of :mod:`dcc.core.palette_files`, and PNG pictures.

Pillow is needed only for a picture: a server without a page runs without Pillow.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path

from dcc import limits
from dcc.core.palette import Palette
from dcc.core.palette_files import Swatch, make_palette, read_palette
from dcc.errors import ImageError, PaletteError
from dcc.language import _, number, system_reason

_FILE_BYTES = 1024 * 1024
"""Longest palette file: 256 colours with names and comments take a few kilobytes, an enlarged picture some more."""

_PNG = b"\x89PNG\r\n\x1a\n"


def load_palette(path: str) -> Palette:
    """Read a palette from a file.

    A PNG picture gives its colours in the order of their first pixels, row by row, so that one pixel a colour and
    squares of any size are the same. Transparent pixels are left out.

    :raises PaletteError: the file cannot be read, or holds no palette; without the path.
    """
    data = _read(path)
    if data.startswith(_PNG):
        return make_palette(_colours_of_picture(data))
    return read_palette(data, Path(path).suffix)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):  # some never end
                raise PaletteError(_("a device, not a file"))
            data = file.read(_FILE_BYTES + 1)
    except OSError as error:
        raise PaletteError(system_reason(error)) from None
    except ValueError:  # a NUL in the name
        raise PaletteError(_("no file has such a name")) from None
    if len(data) > _FILE_BYTES:
        raise PaletteError(_("longer than {most} bytes: not a palette").format(most=number(_FILE_BYTES)))
    return data


def _colours_of_picture(data: bytes) -> list[Swatch]:
    """Return the colours of a PNG picture.

    :raises PaletteError: the picture cannot be read, or has too many colours.
    """
    try:
        from dcc.images.files import read_image
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dcc"):
            raise
        raise PaletteError(
            _("a PNG palette needs Pillow: pip install 'drawcolorcanvas[images]'; or save the palette as .gpl or .hex")
        ) from None
    try:
        image = read_image(io.BytesIO(data), ("PNG",))
    except ImageError as error:
        raise PaletteError(str(error)) from None
    most = limits.PALETTE_COLOURS
    if image.getcolors(most + 1) is None:  # with one more, which may be transparent
        raise PaletteError(
            _("a picture of more than {most} colours; a palette picture has one pixel a colour").format(most=most)
        )
    found = dict.fromkeys(memoryview(image.tobytes()).cast("I"))
    pixels = [pixel.to_bytes(4, sys.byteorder) for pixel in found]
    return [Swatch("", f"#{pixel[:3].hex()}") for pixel in pixels if pixel[3]]
