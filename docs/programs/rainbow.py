"""A rainbow: every hue, in the nearest colour of the board."""

import colorsys
import sys

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    for x in range(canvas.width):
        red, green, blue = colorsys.hsv_to_rgb(x / canvas.width, 1, 1)
        colour = (round(red * 255), round(green * 255), round(blue * 255))
        canvas.paint([(x, y, colour) for y in range(canvas.height)])
