"""How many cells have each colour."""

import sys
from collections import Counter

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    colours = Counter(canvas[x, y] for x in range(canvas.width) for y in range(canvas.height))
    for colour, cells in colours.most_common():
        print(f"{colour:10}{cells:8}")
