"""Pictures from and to files: what every command that reads or writes an image shares."""

from __future__ import annotations

import io
import os
import warnings
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from dcc import limits, stdout
from dcc.core.canvas import Canvas
from dcc.core.palette import Palette
from dcc.errors import ImageError
from dcc.parsing import whole_number
from dcc.wording import clip

STANDARD_OUTPUT = "-"


def load_image(path: str) -> Image.Image:
    """Read an image of any format that Pillow knows, upright, as RGBA; of an animation the first picture.

    :raises ImageError: it cannot be.
    """
    try:
        with warnings.catch_warnings():
            # A small file may claim any size, and would be given the memory.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.load()
        return _eight_bits(ImageOps.exif_transpose(image)).convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(f"{path}: more than {Image.MAX_IMAGE_PIXELS:,} pixels, make it smaller first") from None
    except UnidentifiedImageError:
        raise ImageError(f"{path}: not an image that can be read, such as a PNG or JPEG file") from None
    except OSError as error:
        raise ImageError(f"{path}: {error.strerror or error}") from None
    except Exception as error:  # a broken file makes the decoders raise nearly anything
        raise ImageError(f"{path}: a broken image ({type(error).__name__}: {clip(error)})") from None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow cuts the grey levels of 16 bits off at 255 where it converts them."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda level: level / 257).convert("L")
    return image


def board_image(canvas: Canvas, scale: int = 1) -> Image.Image:
    """The board as a picture with its own palette, ``scale`` pixels a cell.

    :raises ImageError: the picture would be too large.
    """
    check_size(canvas.width, canvas.height, scale)
    image = Image.frombytes("P", (canvas.width, canvas.height), bytes(canvas.colours))
    image.putpalette(flat_palette(canvas.palette))
    return (
        image if scale == 1 else image.resize((canvas.width * scale, canvas.height * scale), Image.Resampling.NEAREST)
    )


def flat_palette(palette: Palette) -> bytes:
    """Red, green and blue of each colour in turn."""
    return bytes(channel for colour in palette for channel in colour.rgb)


def check_size(width: int, height: int, scale: int) -> None:
    """Make sure that a picture of that many cells may be made.

    :raises ImageError: it would be too large; says which scale would do.
    """
    longest = max(width, height)
    if longest * scale > limits.SAVED_SIDE_PIXELS:
        raise ImageError(
            f"a picture of {width * scale} x {height * scale} is too large; "
            f"at most --scale {limits.SAVED_SIDE_PIXELS // longest}"
        )


def parse_scale(text: str) -> int:
    """Read ``--scale``; a ``type`` for argparse.

    :raises ArgumentTypeError: it is no whole number, or one with which not even a single cell could be saved.
    """
    most = limits.SAVED_SIDE_PIXELS
    scale = whole_number(text, 1, most)
    if scale is None:
        raise ArgumentTypeError(f"{clip(text)}: expected how many pixels a cell is wide, from 1 to {most}")
    return scale


def parse_png(text: str) -> str:
    """Read where a PNG file goes; a ``type`` for argparse.

    :raises ArgumentTypeError: it would have the name of another kind of picture.
    """
    if text != STANDARD_OUTPUT and Path(text).suffix.lower() != ".png":
        raise ArgumentTypeError(f"{clip(text)}: expected a name that ends in .png, or - for standard output")
    return text


def save_png(image: Image.Image, path: str) -> None:
    """Write a PNG file, or to standard output where the path is ``-``.

    :raises ImageError: it cannot be written; standard output: OutputError.
    """
    with whole_file(path) as file:
        image.save(file, "PNG")


@contextmanager
def whole_file(path: str) -> Iterator[IO[bytes]]:
    """A file that is there whole or not at all: written beside, then renamed. ``-`` is standard output.

    :raises ImageError: it cannot be written; standard output: OutputError. Whatever else the block raises passes, and
        leaves no file.
    """
    if path == STANDARD_OUTPUT:
        content = io.BytesIO()
        yield content
        stdout.write(content.getbuffer())
        return
    target = Path(path).resolve()  # of a link, the file that it points to is replaced
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            yield file
        beside.replace(target)
    except OSError as error:
        raise ImageError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)
