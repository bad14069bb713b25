"""Palettes from files: pictures of palettes, and files that are none."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from dcc.errors import PaletteError
from dcc.images.palettes import load_palette
from tests.support.server_process import PATIENCE_SECONDS

COLOURS = [(255, 0, 0), (0, 0, 255), (9, 9, 9), (1, 2, 3), (4, 5, 6), (250, 250, 250)]
VALUES = [f"#{bytes(colour).hex()}" for colour in COLOURS]


def refusal(path: Path) -> str:
    with pytest.raises(PaletteError) as caught:
        load_palette(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("columns", [6, 3, 1])
@pytest.mark.parametrize("side", [1, 8, 32])
def test_a_picture_has_a_square_of_any_size_for_each_colour(mode: str, columns: int, side: int, tmp_path: Path) -> None:
    rows = len(COLOURS) // columns
    image = Image.new("RGB", (columns, rows))
    image.putdata(COLOURS)
    image = image.quantize(16) if mode == "P" else image.convert(mode)
    image.resize((columns * side, rows * side), Image.Resampling.NEAREST).save(tmp_path / "palette.png")
    assert [colour.value for colour in load_palette(str(tmp_path / "palette.png"))] == VALUES


def test_transparent_pixels_of_a_picture_are_no_colours(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 1))
    image.putdata([(0, 0, 0, 0), (255, 0, 0, 255), (9, 9, 9, 0), (0, 0, 255, 128)])
    image.save(tmp_path / "palette.png")
    assert [colour.value for colour in load_palette(str(tmp_path / "palette.png"))] == ["#ff0000", "#0000ff"]


def test_a_picture_of_256_colours_is_a_palette_and_one_of_more_a_photo(tmp_path: Path) -> None:
    path = tmp_path / "palette.png"
    Image.linear_gradient("L").save(path)
    assert len(load_palette(str(path))) == 256
    image = Image.new("RGB", (300, 1))
    image.putdata([(number >> 8, number & 255, 0) for number in range(300)])
    image.save(path)
    assert refusal(path) == "a picture of more than 256 colours; a palette picture has one pixel a colour"


def test_a_broken_picture_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "palette.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert refusal(path) == "a PNG picture, but broken: fetch or save the file again"


def test_a_file_that_cannot_be_a_palette_is_not_read_to_its_end(tmp_path: Path) -> None:
    assert refusal(Path("/dev/zero")) == "a device, not a file"
    assert refusal(tmp_path) == "Is a directory"
    assert refusal(tmp_path / "none") == "No such file or directory"
    with (tmp_path / "large").open("wb") as file:
        file.truncate(8 * 1024**4)
    assert refusal(tmp_path / "large") == "longer than 1,048,576 bytes: not a palette"


def test_a_pipe_is_read_as_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "palette"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"#ff0000\n#00f\n",), daemon=True)
    writer.start()
    assert [colour.value for colour in load_palette(str(pipe))] == VALUES[:2]
    writer.join(PATIENCE_SECONDS)


def test_without_pillow_only_a_picture_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "palette.png")
    (tmp_path / "palette.hex").write_text("ff0000\n")
    program = (
        "import sys; sys.modules['PIL'] = None; from dcc.images.palettes import load_palette\n"
        "for path in sys.argv[1:]:\n"
        "    try: print(len(load_palette(path)))\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "palette.hex"), str(tmp_path / "palette.png")]
    lines = subprocess.run(words, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()
    assert lines[0] == "1"
    assert lines[1].startswith("PaletteError a PNG palette needs Pillow: pip install ")
