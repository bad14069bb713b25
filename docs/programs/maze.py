"""A maze: white ways in black, from each room one to the right or one down."""

import random
import sys

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    canvas.paint([(x, y, "black") for x in range(canvas.width) for y in range(canvas.height)])
    for x in range(1, canvas.width - 1, 2):
        for y in range(1, canvas.height - 1, 2):
            doors = [(i, j) for i, j in [(x + 1, y), (x, y + 1)] if i < canvas.width - 2 and j < canvas.height - 2]
            door = random.choice(doors or [(x, y)])
            canvas.paint([(x, y, "white"), (*door, "white")])
