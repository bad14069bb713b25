"""Pictures from and to files."""

from __future__ import annotations

import errno
import io
import logging
import os
import secrets
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from PIL import Image, ImageFile, ImageOps, TiffImagePlugin, UnidentifiedImageError

from dcc import limits, stdout
from dcc.core.canvas import Canvas
from dcc.core.kinds import HEAD_BYTES, kind_of
from dcc.core.palette import Palette
from dcc.errors import ImageError
from dcc.language import _, number, system_reason
from dcc.wording import clip

STANDARD_OUTPUT = "-"


FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
"""Formats that are read. Pillow knows many more, and has other programs decode some: Ghostscript runs the program that
an EPS file is, whatever the file's name."""

_MOST_PIXELS = 128 * 1024 * 1024
"""Largest image: room for the photos of telephones, such as 12,000 x 9,000. The image takes 8 bytes a pixel for a
moment, 1 GiB for the largest. A JPEG photo up to twice as large is decoded at half its size."""

_PIPE_BYTES = 256 * 1024 * 1024
"""Most bytes from a pipe, which are kept in memory: more than the largest image takes in a file."""

_TRUE_SIZE = "true size"
"""Where an image that was read keeps its width and height in the file, in Pillow's ``info``."""

_GREY_LEVELS = {"L;2": 85, "L;4": 17}
"""Pillow's names for grey of 2 and 4 bits, and the steps of their levels in 8 bits."""

_YCBCR = 6
"""The kind of pixels in a TIFF file, see section 21 of TIFF 6.0."""

Image.MAX_IMAGE_PIXELS = _MOST_PIXELS  # Pillow itself refuses twice as many, also for a frame of an animation
logging.getLogger("PIL").setLevel(logging.CRITICAL)  # remarks on odd files, for developers


def load_image(path: str) -> Image.Image:
    """Read an image of one of our :data:`FORMATS`, upright, as RGBA; of an animation the first picture.

    :raises ImageError: the image cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return read_image(file if file.seekable() else io.BytesIO(file.read(_PIPE_BYTES)), FORMATS)
    except OSError as error:
        raise ImageError(f"{path}: {system_reason(error)}") from None
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from None


def read_image(file: IO[bytes], formats: tuple[str, ...]) -> Image.Image:
    """Read an image from a file, see :func:`load_image`.

    :param file: at its beginning, seekable.
    :param formats: Pillow's names of the accepted formats.
    :raises ImageError: the image cannot be read; the error does not name the file.
    :raises OSError: the disk fails.
    """
    head = file.read(HEAD_BYTES)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on odd files, for developers
            return _upright(file, formats)
    except Image.DecompressionBombError:
        raise _too_large() from None
    except UnidentifiedImageError:
        raise ImageError(_not_an_image(head, formats)) from None
    except MemoryError:
        raise ImageError(_("the memory is too small for the image, make the image smaller first")) from None
    except ImageError:
        raise
    except Exception as error:  # a broken file makes the decoders raise nearly anything
        if isinstance(error, OSError) and error.errno:
            raise  # the disk, not the content
        what = f"{type(error).__name__}: {clip(str(error))}"
        raise ImageError(_("a broken image ({error})").format(error=what)) from None


def _upright(file: IO[bytes], formats: tuple[str, ...]) -> Image.Image:
    with _opened(file, formats) as image:
        true = image.size
        if image.width * image.height > _MOST_PIXELS:
            # A JPEG photo can be decoded at half its size.
            image.draft(None, (image.width // 2, image.height // 2))
        if image.width * image.height > _MOST_PIXELS:  # a small file may claim any size
            raise _too_large()
        coding = image.tile[0].args if image.tile else None  # forgotten by load()
        image.load()
        upright: Image.Image = ImageOps.exif_transpose(image)
        is_turned = upright.size != image.size
        image.close()  # its pixels too, before the next copy
    rgba = _rgba(upright, coding if isinstance(coding, str) else "")
    rgba.info[_TRUE_SIZE] = true[::-1] if is_turned else true
    return rgba


def _opened(file: IO[bytes], formats: tuple[str, ...]) -> ImageFile.ImageFile:
    image = Image.open(file, formats=formats)
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or not image.tile or image.tile[0].codec_name != "raw":
        return image
    if image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) != _YCBCR:
        return image
    # Pillow takes the pixels of an uncompressed YCbCr file for others: before Pillow 13 always, in every version if
    # several pixels share their colour. The picture is "truncated", or has wrong colours. libtiff knows better.
    file.seek(0)
    TiffImagePlugin.READ_LIBTIFF = True
    try:
        return Image.open(file, formats=formats)
    finally:
        TiffImagePlugin.READ_LIBTIFF = False


def true_size(image: Image.Image) -> tuple[int, int]:
    """Return width and height of an image that was read, as in the file: a large JPEG is decoded at half."""
    size: tuple[int, int] = image.info.get(_TRUE_SIZE, image.size)
    return size


def _rgba(image: Image.Image, coding: str) -> Image.Image:
    """Convert to RGBA. Pillow's own conversion mistakes grey levels and transparent colours of other than 8 bits.

    :param coding: Pillow's name for the pixels in the file.
    """
    transparent = image.info.get("transparency")
    if image.mode == "I" or image.mode.startswith("I;16"):
        levels = image.convert("I")
        grey = levels.point([round(level / 257) for level in range(65536)], "L")
        opaque = levels.point([0 if level == transparent else 255 for level in range(65536)], "L")
        return Image.merge("RGBA", (grey, grey, grey, opaque))
    if isinstance(transparent, int) and coding in _GREY_LEVELS and image.mode == "L":
        image.info["transparency"] = transparent * _GREY_LEVELS[coding]
    if isinstance(transparent, tuple) and coding.startswith("RGB;16"):
        image.info["transparency"] = tuple(level >> 8 for level in transparent)
    try:
        return image.convert("RGBA")
    except ValueError:
        raise ImageError(
            _("pixels of a rare kind ({kind}); save the image as PNG or JPEG first").format(kind=image.mode)
        ) from None


def _too_large() -> ImageError:
    return ImageError(_("more than {most} pixels, make the image smaller first").format(most=number(_MOST_PIXELS)))


def _not_an_image(head: bytes, formats: tuple[str, ...]) -> str:
    kind = kind_of(head)
    if kind is None:
        return _("not a readable image; expected a PNG, JPEG or similar file") if head else _("the file is empty")
    if kind.picture in formats:
        return _("{kind}, but broken: fetch or save the file again").format(kind=kind.name)
    return _("{kind}; save it as PNG or JPEG first").format(kind=kind.name)


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


def check_size(width: int, height: int, scale: int, most: int = limits.SAVED_SIDE_PIXELS) -> None:
    """Check the size of a picture with ``width`` x ``height`` cells.

    :param most: longest side in pixels.
    :raises ImageError: the picture would be too large; the error names the largest scale.
    """
    longest = max(width, height)
    if longest * scale > most:
        raise ImageError(
            _("a picture of {width} x {height} is too large; at most --scale {most}").format(
                width=width * scale, height=height * scale, most=most // longest
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

    A file that is replaced hands on its mode, and its owner if possible. A pipe or a device is not replaced: the
    content goes there once it is complete. A symbolic link stays, its target is replaced.

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
    try:
        there = _status(path)
        if there is not None and not stat.S_ISREG(there.st_mode):
            with open(path, "wb", buffering=0) as pipe:  # a folder is refused here
                content = io.BytesIO()
                yield content
                _write_all(pipe, content.getvalue())
            return
        if there is not None and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with _replacing(os.path.realpath(path), there) as file:
            yield file
    except OSError as error:
        raise ImageError(_("cannot write {path}: {reason}").format(path=path, reason=system_reason(error))) from None


@contextmanager
def _replacing(target: str, there: os.stat_result | None) -> Iterator[IO[bytes]]:
    # A name of its own: the target's name with more letters could be too long.
    beside = os.path.join(os.path.dirname(target), f".dcc-{os.getpid()}-{secrets.token_hex(4)}.part")
    with open(beside, "xb") as file:
        try:
            yield file
            file.close()  # here a full disk may be noticed
            if there is not None:
                with suppress(PermissionError, AttributeError):  # only the superuser may, and only on POSIX
                    os.chown(beside, there.st_uid, there.st_gid)
                os.chmod(beside, stat.S_IMODE(there.st_mode))
            os.replace(beside, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _write_all(file: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
