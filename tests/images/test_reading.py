"""Images that people have: every kind of pixel, broken files, and files that are something else."""

from __future__ import annotations

import io
import logging
import os
import struct
import subprocess
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcc.errors import ImageError
from dcc.images.files import load_image, true_size
from tests.support.server_process import DCC, PATIENCE_SECONDS

ORANGE = (250, 120, 30)


def png(bits: int, kind: int, rows: list[bytes], *chunks: tuple[bytes, bytes], width: int) -> bytes:
    """Write a PNG file by hand: Pillow writes few of the kinds that it reads.

    :param kind: the colour type: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
    """

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, len(rows), bits, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def pixels(path: Path) -> list[tuple[int, ...]]:
    """Read an image, and return its pixels."""
    image = load_image(str(path))
    assert image.mode == "RGBA"
    return [tuple(pixel) for pixel in np.asarray(image).reshape(-1, 4).tolist()]


def u16(*levels: int) -> bytes:
    return struct.pack(f">{len(levels)}H", *levels)


GREY_127 = (127, 127, 127, 255)
PNG_KINDS: dict[str, tuple[bytes, list[tuple[int, ...]]]] = {
    "1 bit": (png(1, 0, [b"\x40"], width=2), [(0, 0, 0, 255), (255, 255, 255, 255)]),
    "1 bit, white transparent": (
        png(1, 0, [b"\x40"], (b"tRNS", u16(1)), width=2),
        [(0, 0, 0, 255), (255, 255, 255, 0)],
    ),
    "2 bits, a grey transparent": (
        png(2, 0, [b"\x60"], (b"tRNS", u16(1)), width=2),
        [(85, 85, 85, 0), (170, 170, 170, 255)],
    ),
    "4 bits, a grey transparent": (
        png(4, 0, [b"\x5a"], (b"tRNS", u16(10)), width=2),
        [(85, 85, 85, 255), (170, 170, 170, 0)],
    ),
    "8 bits, a grey transparent": (
        png(8, 0, [b"\x05\x7f"], (b"tRNS", u16(5)), width=2),
        [(5, 5, 5, 0), GREY_127],
    ),
    "16 bits": (png(16, 0, [u16(0, 32639, 65535)], width=3), [(0, 0, 0, 255), GREY_127, (255, 255, 255, 255)]),
    "16 bits, a grey transparent": (
        png(16, 0, [u16(1000, 32639)], (b"tRNS", u16(1000)), width=2),
        [(4, 4, 4, 0), GREY_127],
    ),
    "16 bits, black transparent": (
        png(16, 0, [u16(0, 32639)], (b"tRNS", u16(0)), width=2),
        [(0, 0, 0, 0), GREY_127],
    ),
    "RGB, a colour transparent": (
        png(8, 2, [bytes([*ORANGE, 1, 2, 3])], (b"tRNS", u16(*ORANGE)), width=2),
        [(*ORANGE, 0), (1, 2, 3, 255)],
    ),
    "RGB of 16 bits, a colour transparent": (
        png(16, 2, [u16(*(257 * c for c in (*ORANGE, 1, 2, 3)))], (b"tRNS", u16(*(257 * c for c in ORANGE))), width=2),
        [(*ORANGE, 0), (1, 2, 3, 255)],
    ),
    "palette with alphas": (
        png(2, 3, [b"\x18"], (b"PLTE", bytes([*ORANGE, 1, 2, 3, 9, 9, 9])), (b"tRNS", b"\x00\x80"), width=3),
        [(*ORANGE, 0), (1, 2, 3, 128), (9, 9, 9, 255)],
    ),
    "grey and alpha of 16 bits": (
        png(16, 4, [u16(32639, 65535, 0, 0)], width=2),
        [GREY_127, (0, 0, 0, 0)],
    ),
    "RGBA of 16 bits": (
        png(16, 6, [u16(*(257 * c for c in (*ORANGE, 255, 1, 2, 3, 0)))], width=2),
        [(*ORANGE, 255), (1, 2, 3, 0)],
    ),
}


@pytest.mark.parametrize("kind", PNG_KINDS)
def test_every_kind_of_png_keeps_its_colours_and_its_transparency(kind: str, tmp_path: Path) -> None:
    content, expected = PNG_KINDS[kind]
    (tmp_path / "image.png").write_bytes(content)
    assert pixels(tmp_path / "image.png") == expected


@pytest.mark.parametrize(
    ("mode", "format"),
    [
        *(("RGB", name) for name in ("PNG", "BMP", "TIFF", "PPM", "WEBP", "JPEG", "GIF")),
        *(("CMYK", name) for name in ("JPEG", "TIFF")),
        *(("RGBA", name) for name in ("PNG", "TIFF", "WEBP")),
        *(("P", name) for name in ("PNG", "GIF", "BMP", "TIFF")),
        ("YCbCr", "TIFF"),
    ],
)
def test_every_format_has_the_same_colours(mode: str, format: str, tmp_path: Path) -> None:
    options = {"lossless": True} if format == "WEBP" else {"quality": 100} if format == "JPEG" else {}
    image = Image.new("RGB", (8, 8), ORANGE)
    image = image.quantize(4) if mode == "P" else image.convert(mode)
    image.save(tmp_path / "image", format, **options)
    for pixel in pixels(tmp_path / "image"):
        np.testing.assert_allclose(pixel, (*ORANGE, 255), atol=8)


def tiff_of_ycbcr(across: int, down: int) -> bytes:
    """Write an uncompressed TIFF file of YCbCr by hand, 8 x 8 in orange; see section 21 of TIFF 6.0.

    :param across: how many pixels in a row share a value of Cb and of Cr.
    :param down: how many rows do.
    """
    luma, blue, red = Image.new("RGB", (1, 1), ORANGE).convert("YCbCr").tobytes()
    data = bytes([*[luma] * (across * down), blue, red]) * (64 // (across * down))
    fields = {  # by tag: kind (3 for 16 bits, 4 for 32, 5 for fractions), values
        256: (3, [8]),  # width
        257: (3, [8]),  # height
        258: (3, [8, 8, 8]),  # bits
        259: (3, [1]),  # not compressed
        262: (3, [6]),  # YCbCr
        273: (4, [400]),  # where the pixels are
        277: (3, [3]),  # values of a pixel
        278: (3, [8]),  # rows
        279: (4, [len(data)]),
        530: (3, [across, down]),
        532: (5, [0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1]),  # black and white of each value
    }
    head, behind = b"II*\0\x08\0\0\0" + struct.pack("<H", len(fields)), b""
    for tag, (kind, values) in fields.items():
        content = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(content) > 4:
            behind += content
            content = struct.pack("<I", 200 + len(behind) - len(content))
        head += struct.pack("<HHI", tag, kind, len(values) // (2 if kind == 5 else 1)) + content.ljust(4, b"\0")
    return (head.ljust(200, b"\0") + behind).ljust(400, b"\0") + data


@pytest.mark.parametrize("more", [0, 200])  # bytes behind the pixels, as of a second picture
@pytest.mark.parametrize("shared", [(1, 1), (2, 1), (2, 2), (4, 2)])
def test_a_tiff_of_ycbcr_has_its_colours_however_many_pixels_share_one(
    shared: tuple[int, int], more: int, tmp_path: Path
) -> None:
    (tmp_path / "image.tif").write_bytes(tiff_of_ycbcr(*shared) + bytes(more))
    np.testing.assert_allclose(pixels(tmp_path / "image.tif"), [(*ORANGE, 255)] * 64, atol=8)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_picture_is_taken(format: str, tmp_path: Path) -> None:
    first, second = Image.new("RGB", (4, 4), (255, 0, 0)), Image.new("RGB", (4, 4), (0, 0, 255))
    first.save(tmp_path / "image", format, save_all=True, append_images=[second])
    red, green, blue, alpha = pixels(tmp_path / "image")[0]
    assert red > 250 and green < 5 and blue < 5 and alpha == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_however_the_camera_was_held(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    for format in ("JPEG", "PNG", "WEBP", "TIFF"):
        Image.new("RGB", (30, 20)).save(tmp_path / "image", format, exif=exif)
        image = load_image(str(tmp_path / "image"))
        assert image.size == true_size(image) == ((30, 20) if orientation <= 4 else (20, 30)), format


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_photo_of_200_megapixels_is_decoded_at_half_its_size_and_known_by_its_whole_size(
    orientation: int, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("L", (16_320, 12_240), 200).save(tmp_path / "photo.jpg", "JPEG", exif=exif)
    image = load_image(str(tmp_path / "photo.jpg"))
    assert sorted(image.size) == [6120, 8160]
    assert true_size(image) == ((16_320, 12_240) if orientation == 1 else (12_240, 16_320))
    assert image.getpixel((6000, 6000)) == (200, 200, 200, 255)


def _iso(brand: bytes) -> bytes:
    return b"\0\0\0\x1cftyp" + brand + b"\0\0\0\0mif1" + bytes(40)


OTHERS: dict[str, tuple[bytes, str]] = {
    "EPS": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "a PostScript or EPS file; save it as PNG or JPEG first",
    ),
    "EPS with a preview": (b"\xc5\xd0\xd3\xc6" + bytes(30), "a PostScript or EPS file; save it"),
    "PDF": (b"%PDF-1.7\n", "a PDF file; save it as PNG or JPEG first"),
    "HEIC": (_iso(b"heic"), "a HEIC photo; save it as PNG or JPEG first"),
    "HEIF of a telephone": (_iso(b"mif1"), "a HEIC photo; save it as PNG or JPEG first"),
    "AVIF": (_iso(b"avif"), "an AVIF picture; save it as PNG or JPEG first"),
    "MP4": (_iso(b"isom"), "a video; save it"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing; save it as PNG or JPEG first"),
    "SVG with a head": (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg/>', "an SVG drawing; save it"),
    "a web page": (b"<!DOCTYPE html><html>", "a web page; save it"),
    "Photoshop": (b"8BPS\0\1" + bytes(20), "a Photoshop drawing; save it"),
    "GIMP": (b"gimp xcf v011\0", "a GIMP drawing; save it"),
    "Aseprite": (struct.pack("<IHHHHH", 200, 0xA5E0, 1, 9, 9, 32) + bytes(120), "an Aseprite drawing; save it"),
    "JPEG XL": (b"\xff\x0a\xfa\x00", "a JPEG XL picture; save it"),
    "an icon": (b"\0\0\1\0\1\0" + bytes(20), "an icon; save it"),
    "ZIP": (b"PK\x03\x04" + bytes(30), "a ZIP archive"),
    "text": (b"no image", "not a readable image; expected a PNG, JPEG or similar file"),
    "nothing": (b"", "the file is empty"),
    "zeros": (bytes(5000), "not a readable image"),
    "the head of a PNG file": (b"\x89PNG\r\n\x1a\n", "a PNG picture, but broken: fetch or save the file again"),
    "the head of a JPEG file": (b"\xff\xd8\xff\xe0", "a JPEG picture, but broken"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_another_kind_of_file_is_named_whatever_its_name_says(kind: str, tmp_path: Path) -> None:
    content, reason = OTHERS[kind]
    path = tmp_path / "cat.png"
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        load_image(str(path))
    assert str(caught.value).startswith(f"{path}: {reason}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("format", ["EPS", "PCX", "TGA", "SGI", "ICNS", "DDS", "IM", "MSP", "PDF", "XBM", "ICO"])
def test_only_named_formats_are_opened(format: str, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow will drop a format
        Image.new("1" if format in ("MSP", "XBM") else "RGB", (32, 32)).save(path, format)
    with pytest.raises(ImageError):
        load_image(str(path))


def test_a_program_in_an_eps_file_is_not_run(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    program = f"({proof}) (w) file dup (run) writestring closefile"
    (tmp_path / "cat.png").write_text(f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{program}\n")
    words = [DCC, "paint", str(tmp_path / "cat.png"), "127.0.0.1:1"]
    ended = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS)
    assert (ended.returncode, ended.stderr.count("\n"), proof.exists()) == (1, 1, False), ended.stderr


def test_broken_images_of_every_format_are_a_line_and_nothing_else(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    random = np.random.default_rng(7)
    picture = Image.fromarray(random.integers(0, 256, (24, 24, 3), np.uint8))
    path = tmp_path / "image"
    with warnings.catch_warnings(record=True) as warned, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        for format in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"):
            content = io.BytesIO()
            picture.save(content, format, **({"save_all": True, "append_images": [picture]} if format == "PNG" else {}))
            for _round in range(60):
                broken = np.frombuffer(content.getvalue(), np.uint8).copy()
                broken[random.integers(0, min(200, len(broken)), 3)] = random.integers(0, 256, 3)
                path.write_bytes(broken[: random.integers(len(broken) // 2, len(broken) + 1)].tobytes())
                try:
                    load_image(str(path))
                except ImageError as error:
                    assert "\n" not in str(error) and str(error).startswith(f"{path}: ")
    assert [str(warning.message) for warning in warned] == []
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_an_apng_with_a_wrong_count_of_frames_is_read_without_a_word(tmp_path: Path) -> None:
    wrong = png(8, 0, [b"\x05"], (b"acTL", struct.pack(">II", 0, 0)), width=1)
    (tmp_path / "image.png").write_bytes(wrong)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert pixels(tmp_path / "image.png") == [(5, 5, 5, 255)]
    assert not warned


def test_an_image_comes_through_a_pipe_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    content = io.BytesIO()
    Image.new("RGB", (2, 1), ORANGE).save(content, "PNG")
    writer = threading.Thread(target=pipe.write_bytes, args=(content.getvalue(),), daemon=True)
    writer.start()
    assert pixels(pipe) == [(*ORANGE, 255)] * 2
    writer.join(PATIENCE_SECONDS)
