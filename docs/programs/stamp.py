"""Copy the square of 10 x 10 in the upper left corner to the lower right one."""

import sys

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    right, down = canvas.width - 10, canvas.height - 10
    canvas.paint([(x + right, y + down, canvas[x, y]) for x in range(10) for y in range(10)])
