"""Pictures from the clipboard and from files, in the colours of a board: as ``dcc paint`` paints them."""

from __future__ import annotations

import io

from PyQt5.QtCore import QBuffer, QIODevice
from PyQt5.QtGui import QImage

from dcc.core.palette import Palette
from dcc.core.shapes import TRANSPARENT, Stamp
from dcc.errors import ImageError
from dcc.language import _


def stamp_of(picture: QImage | str, palette: Palette, board: tuple[int, int], most: int, mixes: bool) -> Stamp:
    """Make a stamp of a picture. A picture that is too large for the board is made smaller.

    :param picture: the picture, or the path of its file.
    :param board: width and height in cells.
    :param most: cells at most.
    :param mixes: whether colours between those of the palette are mixed (dithered).
    :raises ImageError: the picture cannot be read, or what reads pictures is not installed.
    """
    try:
        import numpy as np
        from PIL import Image

        from dcc.images import quantize
        from dcc.images.files import FORMATS, load_image, read_image
    except ImportError:
        raise ImageError(_("pictures need numpy and Pillow: pip install 'drawcolorcanvas[images]'")) from None
    if isinstance(picture, str):
        image = load_image(picture)
    else:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(buffer, "PNG")
        image = read_image(io.BytesIO(buffer.data().data()), FORMATS)
    share = min(1.0, board[0] / image.width, board[1] / image.height, (most / (image.width * image.height)) ** 0.5)
    if share < 1:
        size = max(1, int(image.width * share)), max(1, int(image.height * share))
        image = image.resize(size, Image.Resampling.LANCZOS)
    colours, opaque = quantize.in_colours(np.asarray(image), palette, mixes=mixes)
    cells = np.where(opaque, colours.astype(np.int16), TRANSPARENT)
    return Stamp(image.width, image.height, tuple(cells.ravel().tolist()))
