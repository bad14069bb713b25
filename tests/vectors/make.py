"""Write the computed vectors: ``python -m tests.vectors.make``.

``examples.json`` has the examples of ``docs/protocol.md``: run this program after a change of the document. The other
files are samples of what the Python side computes: a difference is a change of behaviour, and has to be meant.
``messages.json``, ``conversations.json`` and ``strokes.json`` are written by hand.
"""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

from dcc.client.line import cells_between
from dcc.core.palette import AF06, Colour, Palette
from dcc.core.perception import oklab, reads_black
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


def main() -> None:
    """Write the files."""
    for make in (examples, lines, nearest, contrast):
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
