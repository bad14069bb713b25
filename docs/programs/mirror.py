"""A mirror: what others paint on one side appears on the other."""

import sys

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    for x, y, colour in canvas.changes():
        canvas.wait()
        canvas[canvas.width - 1 - x, y] = colour
