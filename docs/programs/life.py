"""Conway's game of life: 20 generations of the black cells on the board."""

import sys

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    cells = [(x, y) for x in range(canvas.width) for y in range(canvas.height)]
    for _generation in range(20):
        alive = {cell for cell in cells if canvas[cell] == "black"}
        around = {(x, y): sum((x + i, y + j) in alive for i in (-1, 0, 1) for j in (-1, 0, 1)) for x, y in cells}
        after = {cell for cell in cells if around[cell] == 3 or (around[cell] == 4 and cell in alive)}
        canvas.paint([(x, y, "black" if (x, y) in after else "white") for x, y in alive ^ after])
