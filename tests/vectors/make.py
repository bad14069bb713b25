"""Write the computed vectors: ``python -m tests.vectors.make``.

``examples.json`` has the examples of ``docs/protocol.md``: run this program after a change of the document. The other
files are samples of what the Python side computes: a difference is a change of behaviour, and has to be meant.
``messages.json``, ``conversations.json`` and ``strokes.json`` are written by hand.
"""

from __future__ import annotations

import itertools
import json
import random
from tempfile import NamedTemporaryFile
from typing import Any

from PIL import Image

from dcc.client.templates import Template
from dcc.core import shapes, templates
from dcc.core.actions import AddTemplate, Rectangle
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.perception import oklab, reads_black
from dcc.core.shapes import Stamp, cells_between
from dcc.core.templates import TemplatePixels
from dcc.window.pictures import stamp_of
from tests.protocol.test_protocol_document import EXAMPLES, to_bytes, to_message
from tests.support.wire import payloads_of
from tests.vectors.notation import FOLDER, message_words, payload_words

DIRECTIONS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
REACH = 12
GREYS = tuple(f"#{level:02x}{level:02x}{level:02x}" for level in (0, 64, 128, 128, 192, 255))
"""With a colour twice: the first is the nearest."""


def examples() -> list[dict[str, Any]]:
    """The examples of the document, as messages and payloads."""
    found = []
    for head, block in EXAMPLES.items():
        sender, _colon, notation = head.partition(": ")
        [payload] = payloads_of(to_bytes(block.partition("\n")[2]))
        found.append(
            {"from": sender, "payload": payload_words(payload), "message": message_words(to_message(notation))}
        )
    return found


def lines() -> dict[str, Any]:
    """Lines from (0, 0), as the place of each step in ``directions``."""
    found = []
    for end in itertools.product(range(-REACH, REACH + 1), repeat=2):
        steps = [
            DIRECTIONS.index((column - before[0], row - before[1]))
            for before, (column, row) in itertools.pairwise(cells_between((0, 0), end))
        ]
        found.append([*end, "".join(map(str, steps))])
    return {"directions": DIRECTIONS, "lines": found}


def nearest() -> dict[str, Any]:
    """A grid of colours, and colours exactly between two others, on several palettes."""
    chance = random.Random(1)
    mixed = tuple(f"#{chance.randrange(2**24):06x}" for _ in range(64))
    grid = [*itertools.product(range(0, 256, 17), repeat=3)]
    tied, between = ties(chance)
    palettes = [tuple(colour.value for colour in AF06), GREYS, mixed, tied]
    colours = [*grid, *between]
    return {
        "colours": "".join("{:02x}{:02x}{:02x}".format(*rgb) for rgb in colours),
        "palettes": [
            {
                "palette": values,
                "nearest": bytes(palette_of(values).nearest(rgb) for rgb in colours).hex(),
            }
            for values in palettes
        ],
    }


def ties(chance: random.Random) -> tuple[tuple[str, ...], list[tuple[int, int, int]]]:
    """A palette of two, and a colour at equal distances."""
    while True:
        colours = [(chance.randrange(256), chance.randrange(256), chance.randrange(256)) for _ in range(1500)]
        labs = [oklab(rgb) for rgb in colours]
        for rgb, lab in zip(colours, labs, strict=True):
            by_distance: dict[int, tuple[int, int, int]] = {}
            for other, place in zip(colours, labs, strict=True):
                distance = sum((x - y) ** 2 for x, y in zip(lab, place, strict=True))
                twin = by_distance.setdefault(distance, other)
                if twin != other:
                    return tuple("#{:02x}{:02x}{:02x}".format(*each) for each in (twin, other)), [rgb]


def contrast() -> dict[str, list[str]]:
    """Colours by whether black or white is read better on them."""
    found: dict[str, list[str]] = {"black": [], "white": []}
    levels = [*itertools.product(range(0, 256, 51), repeat=3), *((grey, grey, grey) for grey in range(112, 124))]
    for rgb in levels:
        found["black" if reads_black(rgb) else "white"].append("#{:02x}{:02x}{:02x}".format(*rgb))
    return found


def palette_of(values: tuple[str, ...]) -> Palette:
    """Make a palette of values; a value may be repeated."""
    return Palette(tuple(Colour(str(number), value) for number, value in enumerate(values)))


def pictures() -> dict[str, Any]:
    """Stamps of pictures, as red, green, blue and alpha of every pixel: small and made smaller, mixed and not."""
    chance = random.Random(3)
    noise = bytes(chance.randrange(256) for _ in range(24 * 16 * 4))
    hard = Image.frombytes("RGBA", (24, 16), noise)
    found = []
    for size, board, most in (
        (hard.size, hard.size, 1000),
        ((61, 43), (20, 16), 1000),
        ((40, 30), (99, 99), 100),
        ((50, 3), (20, 9), 1000),
    ):
        image = hard if size == hard.size else _shades(size, chance)
        with NamedTemporaryFile(suffix=".png") as file:
            image.save(file.name)
            stamps = [_words(stamp_of(file.name, AF06, board, most, mixes)) for mixes in (False, True)]
        found.append(
            {
                "width": size[0],
                "height": size[1],
                "pixels": image.tobytes().hex(),
                "board": board,
                "most": most,
                "nearest": stamps[0],
                "mixed": stamps[1],
            }
        )
    return {"palette": [colour.value for colour in AF06], "pictures": found}


def _shades(size: tuple[int, int], chance: random.Random) -> Image.Image:
    # Not by Pillow's resize(), whose versions round otherwise.
    width, height = size
    pixels = [
        (255 * x // width, 255 * y // height, 255 * (x + y) // (width + height), chance.choice((255, 255, 200, 90)))
        for y in range(height)
        for x in range(width)
    ]
    return Image.frombytes("RGBA", size, bytes(itertools.chain.from_iterable(pixels)))


Vector = dict[str, Any]


def _cells(cells: list[tuple[int, int]]) -> list[list[int]]:
    return [list(cell) for cell in cells]


def _stamp(words: Vector) -> Stamp:
    return Stamp(words["width"], words["height"], tuple(words["colours"]))


def _words(stamp: Stamp) -> Vector:
    return {"width": stamp.width, "height": stamp.height, "colours": list(stamp.colours)}


def pencil(given: Vector) -> Vector:
    """``path``, ``size`` and the board's ``width`` and ``height``."""
    path = [tuple(cell) for cell in given["path"]]
    return {"cells": _cells(shapes.pencil(path, given["size"], given["width"], given["height"]))}


def line(given: Vector) -> Vector:
    """``from``, ``to``, ``size`` and the board's ``width`` and ``height``."""
    ends = tuple(given["from"]), tuple(given["to"])
    return {"cells": _cells(shapes.line(*ends, given["size"], given["width"], given["height"]))}


def rectangle(given: Vector) -> Vector:
    """``from``, ``to``, ``size`` and the board's ``width`` and ``height``."""
    ends = tuple(given["from"]), tuple(given["to"])
    return {"cells": _cells(shapes.rectangle(*ends, given["size"], given["width"], given["height"]))}


def filled_rectangle(given: Vector) -> Vector:
    """``from``, ``to`` and the board's ``width`` and ``height``."""
    ends = tuple(given["from"]), tuple(given["to"])
    return {"cells": _cells(shapes.filled_rectangle(*ends, given["width"], given["height"]))}


def fill(given: Vector) -> Vector:
    """``from``, the board's ``width``, ``height`` and ``colours``, ``forbidden`` cells, and the ``most`` cells."""
    forbidden = {tuple(cell) for cell in given["forbidden"]}
    filled = shapes.fill(
        given["colours"],
        given["width"],
        given["height"],
        tuple(given["from"]),
        lambda cell: cell not in forbidden,
        given["most"],
    )
    return {"cells": _cells(filled.cells), "cut": filled.is_cut}


def copy(given: Vector) -> Vector:
    """A ``place`` (column, row, width, height) of a board of ``width`` and ``colours``."""
    return {"stamp": _words(Stamp.copy(given["colours"], given["width"], *given["place"]))}


def turn(given: Vector) -> Vector:
    """A ``stamp``."""
    stamp = _stamp(given["stamp"])
    return {"mirrored": _words(stamp.mirrored()), "flipped": _words(stamp.flipped()), "turned": _words(stamp.turned())}


def place(given: Vector) -> Vector:
    """A ``stamp``, where its corner is ``at``, and the board's ``width`` and ``height``."""
    pixels = _stamp(given["stamp"]).pixels(*given["at"], given["width"], given["height"])
    return {"pixels": [[*cell, colour] for cell, colour in pixels]}


_TOOLS = {each.__name__: each for each in (pencil, line, rectangle, filled_rectangle, fill, copy, turn, place)}


def tools() -> dict[str, list[Vector]]:
    """For each tool what is given, and the cells that it paints."""
    chance = random.Random(14)

    def given() -> dict[str, list[Vector]]:
        ends = [
            ((0, 0), (5, 2)),
            ((5, 2), (0, 0)),
            ((3, 3), (3, 3)),
            ((2, 5), (2, 1)),
            ((6, 4), (1, 4)),
            ((1, 1), (2, 2)),
        ]
        ends += [((-3, 2), (4, 9)), ((5, 5), (20, -4)), ((-2, -2), (8, 7)), ((9, 1), (12, 3))]
        drawn = [
            {"from": [*start], "to": [*end], "size": size, "width": 8, "height": 7}
            for size in shapes.SIZES
            for start, end in ends
        ]
        paths = [[[3, 3]], [[0, 0], [1, 0], [1, 1]], [[7, 6]], [[-1, -1]], [[4, 2], [4, 3], [4, 2], [5, 2]]]
        boards = [
            [int(chance.random() < share) for _cell in range(9 * 7)]
            for share in (0.0, 0.2, 0.35, 0.45, 0.6)
            for _ in "ab"
        ]
        corners = [chance.sample([*itertools.product(range(9), range(7))], 9) for _board in boards]
        stamp = {"width": 3, "height": 2, "colours": [0, 1, 2, shapes.TRANSPARENT, 4, 255]}
        stamps = [stamp, {"width": 1, "height": 4, "colours": [1, 2, 3, 4]}, {"width": 1, "height": 1, "colours": [7]}]
        places = [[0, 0, 9, 7], [2, 1, 3, 4], [8, 6, 1, 1], [0, 3, 9, 1]]
        return {
            "pencil": [
                {"path": path, "size": size, "width": 8, "height": 7} for size in shapes.SIZES for path in paths
            ],
            "line": drawn,
            "rectangle": drawn,
            "filled_rectangle": [{key: each[key] for key in each if key != "size"} for each in drawn[: len(ends)]],
            "fill": [
                {
                    "from": [*cells[0]],
                    "width": 9,
                    "height": 7,
                    "colours": board,
                    "forbidden": _cells(cells[1:count]),
                    "most": most,
                }
                for board, cells in zip(boards, corners, strict=True)
                for count in (1, 9)
                for most in (5, 63)
            ],
            "copy": [{"colours": boards[2], "width": 9, "height": 7, "place": each} for each in places],
            "turn": [{"stamp": each} for each in stamps],
            "place": [
                {"stamp": each, "at": [*at], "width": 8, "height": 7}
                for each in stamps
                for at in ((0, 0), (2, 3), (-1, -1), (6, 6), (8, 0), (-3, 2), (7, -3))
            ],
        }

    return {tool: [each | _TOOLS[tool](each) for each in vectors] for tool, vectors in given().items()}


def shared_templates() -> list[Vector]:
    """Templates on boards: what is missing, and the next missing cell after a cell, of any colour and of one alone."""
    chance = random.Random(5)
    found = []
    for width, height, place in (
        (7, 5, (2, 1, 4, 3)),
        (3, 3, (0, 0, 3, 3)),
        (9, 2, (8, 0, 1, 2)),
        (6, 1, (1, 0, 5, 1)),
    ):
        for done in (0.0, 0.5, 1.0):
            cells = place[2] * place[3]
            colours = bytes(chance.randrange(4) for _ in range(cells))
            painted = bytes([1, *(int(chance.random() < 0.8) for _ in range(cells - 1))])
            published = AddTemplate("a", Rectangle(*place), templates.spell(TemplatePixels(colours, painted)))
            template = Template(1, published, "", width)
            shown = [chance.randrange(4) for _ in range(width * height)]
            for cell, colour in template.missing([255] * width * height):
                if chance.random() < done:
                    shown[cell] = colour
            asked = [(after, only) for after in chance.sample(range(width * height), 3) for only in (None, 2)]
            found.append(
                {
                    "width": width,
                    "height": height,
                    "shown": shown,
                    "place": Rectangle(*place)._asdict(),
                    "data": published.data,
                    "missing": [list(pixel) for pixel in template.missing(shown)],
                    "next": [[after, only, template.next_missing(shown, after, only)] for after, only in asked],
                }
            )
    return found


def main() -> None:
    """Write the files."""
    for make in (examples, lines, nearest, contrast, tools, pictures, shared_templates):
        made = make()
        (FOLDER / f"{make.__name__}.json").write_text(dump(made) + "\n", encoding="utf-8")


def dump(words: Any) -> str:
    """Write JSON with a message, a line of cells or a palette on each line."""
    if isinstance(words, dict):
        entries = [f"{json.dumps(key)}: {dump(each)}" for key, each in words.items()]
        return "{\n" + ",\n".join(entries) + "\n}"
    if isinstance(words, list) and isinstance(words[0], dict | list):
        return "[\n" + ",\n".join(json.dumps(each) for each in words) + "\n]"
    return json.dumps(words)


if __name__ == "__main__":
    main()
