"""A random walk of 200 steps from the middle of the board."""

import random
import sys

import dcc.api

with dcc.api.connect(sys.argv[1], name="Walker") as canvas:
    x, y = canvas.width // 2, canvas.height // 2
    for _step in range(200):
        canvas.wait()
        canvas[x, y] = random.choice(canvas.palette)
        x = (x + random.choice([-1, 0, 1])) % canvas.width
        y = (y + random.choice([-1, 0, 1])) % canvas.height
