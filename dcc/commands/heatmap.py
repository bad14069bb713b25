"""``dcc heatmap``: a picture of how often each cell was painted."""

from __future__ import annotations

import argparse
import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dcc.commands.arguments import add_png_arguments, add_store_option
from dcc.commands.progress import placements_bar
from dcc.core.heat import INFERNO
from dcc.images.arrays import split
from dcc.images.files import check_size, save_png
from dcc.language import _, ngettext, number
from dcc.record.reader import Reader

_LEVELS = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """See :mod:`dcc.cli`."""
    parser.description = _(
        "Draw how often each cell was painted: black is never, light yellow most often. The steps between are "
        "logarithmic, so that rarely painted cells are visible too."
    )
    add_png_arguments(parser)
    add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """See :mod:`dcc.cli`."""
    with Reader(arguments.store) as reader:
        width, height = reader.size
        check_size(width, height, arguments.scale)
        counts = count(reader)
    image = Image.fromarray(levels(counts).reshape(height, width), "P")
    image.putpalette(colour_map().tobytes())
    save_png(image.resize((width * arguments.scale, height * arguments.scale), Image.Resampling.NEAREST), arguments.out)
    row, column = divmod(int(counts.argmax()), width)
    most = int(counts.max())
    line = ngettext(
        "most painted: column {column}, row {row}, {count} time",
        "most painted: column {column}, row {row}, {count} times",
        most,
    )
    print(f"dcc heatmap: {line.format(column=column, row=row, count=number(most))}", file=sys.stderr)
    return 0


def count(reader: Reader) -> NDArray[np.int64]:
    """Count the placements on each cell."""
    counts = np.zeros(reader.size.width * reader.size.height, np.int64)
    last = reader.last_sequence()
    with placements_bar(last) as progress:
        for packed in reader.pixels(until=last):
            cells = split(packed)["cell"]
            np.add.at(counts, cells, 1)
            progress(len(cells))
    return counts


def levels(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return a level for each count on a logarithmic scale: 0 for never, the last for the highest count."""
    scale = (_LEVELS - 1) / np.log1p(max(1, counts.max()))
    result: NDArray[np.uint8] = np.rint(np.log1p(counts) * scale).astype(np.uint8)
    return result


def colour_map() -> NDArray[np.uint8]:
    """Return red, green and blue of every level."""
    steps = np.array([[int(step[i : i + 2], 16) for i in (1, 3, 5)] for step in INFERNO])
    at = np.linspace(0, len(steps) - 1, _LEVELS)
    channels = [np.interp(at, np.arange(len(steps)), channel) for channel in steps.T]
    colours: NDArray[np.uint8] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return colours
