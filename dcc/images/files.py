"""Pictures from and to files."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from dcc import limits, stdout
from dcc.core.canvas import Canvas
from dcc.core.palette import Palette
from dcc.errors import ImageError
from dcc.language import _, number, system_reason
from dcc.wording import clip

STANDARD_OUTPUT = "-"


def load_image(path: str) -> Image.Image:
    """Read an image of any format that Pillow knows, upright, as RGBA; of an animation the first picture.

    :raises ImageError: the image cannot be read.
    """
    try:
        with warnings.catch_warnings():
            # A small file may claim any size, and Pillow would allocate the memory.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.load()
        return _eight_bits(ImageOps.exif_transpose(image)).convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(
            _("{path}: more than {most} pixels, make the image smaller first").format(
                path=path, most=number(Image.MAX_IMAGE_PIXELS or 0)
            )
        ) from None
    except UnidentifiedImageError:
        raise ImageError(
            _("{path}: not a readable image; expected a PNG, JPEG or similar file").format(path=path)
        ) from None
    except OSError as error:
        raise ImageError(f"{path}: {system_reason(error)}") from None
    except Exception as error:  # a broken file makes the decoders raise nearly anything
        raise ImageError(
            _("{path}: a broken image ({error})").format(path=path, error=f"{type(error).__name__}: {clip(error)}")
        ) from None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey levels to 8 bits; Pillow's own conversion would cut them off at 255."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda level: level / 257).convert("L")
    return image


def board_image(canvas: Canvas, scale: int = 1) -> Image.Image:
    """Draw a board as a picture with its own palette, ``scale`` pixels a cell.

    :raises ImageError: the picture would be too large.
    """
    check_size(canvas.width, canvas.height, scale)
    image = Image.frombytes("P", (canvas.width, canvas.height), bytes(canvas.colours))
    image.putpalette(flat_palette(canvas.palette))
    return (
        image if scale == 1 else image.resize((canvas.width * scale, canvas.height * scale), Image.Resampling.NEAREST)
    )


def flat_palette(palette: Palette) -> bytes:
    """Return red, green and blue of each colour in turn."""
    return bytes(channel for colour in palette for channel in colour.rgb)


def check_size(width: int, height: int, scale: int) -> None:
    """Check the size of a picture with ``width`` x ``height`` cells.

    :raises ImageError: the picture would be too large; the error names the largest scale.
    """
    longest = max(width, height)
    if longest * scale > limits.SAVED_SIDE_PIXELS:
        raise ImageError(
            _("a picture of {width} x {height} is too large; at most --scale {most}").format(
                width=width * scale, height=height * scale, most=limits.SAVED_SIDE_PIXELS // longest
            )
        )


def save_png(image: Image.Image, path: str) -> None:
    """Write a PNG file, or to standard output if the path is ``-``.

    :raises ImageError: the file cannot be written.
    :raises OutputError: standard output cannot be written.
    """
    with whole_file(path) as file:
        image.save(file, "PNG")


@contextmanager
def whole_file(path: str) -> Iterator[IO[bytes]]:
    """Open a file that will be complete or missing: written under another name, then renamed. ``-`` is standard output.

    Any other exception of the block passes, and leaves no file.

    :raises ImageError: the file cannot be written.
    :raises OutputError: standard output cannot be written.
    """
    if path == STANDARD_OUTPUT:
        content = io.BytesIO()
        yield content
        # A copy: a view that outlives the buffer, as in the traceback of a failed write, is an error of its own.
        stdout.write(content.getvalue())
        return
    target = Path(path).resolve()  # a symbolic link stays, its target is replaced
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            yield file
        beside.replace(target)
    except OSError as error:
        raise ImageError(_("cannot write {path}: {reason}").format(path=path, reason=system_reason(error))) from None
    finally:
        beside.unlink(missing_ok=True)
