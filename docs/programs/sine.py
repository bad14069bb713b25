"""A sine curve across the board."""

import math
import sys

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    middle = canvas.height // 2
    for x in range(canvas.width):
        y = middle - round(math.sin(x / canvas.width * 2 * math.pi) * (middle - 1))
        canvas[x, y] = "red"
