"""A clock: a hand for the seconds, as long as the program runs."""

import math
import sys
import time

import dcc.api

with dcc.api.connect(sys.argv[1]) as canvas:
    while True:
        angle = time.localtime().tm_sec * math.tau / 60
        hand = {(round(20 + r * math.sin(angle)), round(20 - r * math.cos(angle))) for r in range(15)}
        canvas.paint([(x, y, "blue") for x, y in hand])
        time.sleep(1 - time.time() % 1)
        canvas.paint([(x, y, "white") for x, y in hand])
