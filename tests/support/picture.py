"""A picture to draw together: the sun goes down behind a city by the sea, in the eight colours of the activity."""

from __future__ import annotations

import math

SIDE = 50
HORIZON = 34

_SKY = ("blue", "magenta", "red", "yellow")
"""From the top down to the horizon."""

_SUN_COLUMN, _SUN_ROW, _SUN_RADIUS = 30, 29, 9.5

_BAYER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))
"""The 4 x 4 matrix of ordered dithering (B. E. Bayer, 1973)."""

_TOWERS = (
    # left, width, height
    (0, 4, 9),
    (4, 3, 14),
    (7, 5, 7),
    (12, 4, 19),
    (16, 5, 11),
    (38, 4, 10),
    (42, 3, 17),
    (45, 5, 12),
)
_STARS = ((3, 2), (9, 5), (15, 1), (21, 4), (27, 2), (34, 1), (40, 4), (46, 2), (48, 7), (24, 8), (12, 9), (36, 7))
_BIRDS = ((22, 13), (26, 11), (40, 14))


def sunset() -> list[list[str]]:
    """The names of the colours, row by row."""
    return [[_cell(column, row) for column in range(SIDE)] for row in range(SIDE)]


def _cell(column: int, row: int) -> str:
    if row >= HORIZON:
        return _water(column, row)
    tower = next(((left, width, height) for left, width, height in _TOWERS if left <= column < left + width), None)
    if tower is not None and row >= HORIZON - tower[2]:
        return _tower(column, row, *tower)
    if (column, row) in _STARS:
        return "white"
    if any((abs(column - x), row - y) in ((1, 0), (0, 1)) for x, y in _BIRDS):
        return "black"
    distance = math.dist((column, row), (_SUN_COLUMN, _SUN_ROW))
    if distance < _SUN_RADIUS:
        return "white" if distance < _SUN_RADIUS / 2 else "yellow"
    return _sky(column, row, (row + 0.5) / HORIZON)


def _sky(column: int, row: int, depth: float) -> str:
    """Choose one of two neighbouring colours, with the probability of the depth, 0 to 1."""
    place = min(max(depth * 1.15 - 0.2, 0.0), 0.999) * (len(_SKY) - 1)
    threshold = (_BAYER[row % 4][column % 4] + 0.5) / 16
    return _SKY[int(place) + (place % 1 > threshold)]


def _tower(column: int, row: int, left: int, width: int, height: int) -> str:
    top = HORIZON - height
    has_window = left < column < left + width - 1 and (row - top) % 2 == 1 and row < HORIZON - 1
    if has_window and (column * 7 + row * 5 + left) % 3:
        return "yellow" if (column + row + left) % 5 else "cyan"
    return "black"


def _water(column: int, row: int) -> str:
    """Mirror the rows above, among waves that grow towards the viewer."""
    depth = row - HORIZON
    width = 2 + depth * 0.55
    wave = math.sin(depth * 2.1) * (1 + depth * 0.12)
    if abs(column - _SUN_COLUMN + wave) < width and (depth + column // 3) % 3 != 2:
        return "yellow" if depth % 2 else "white"
    if depth > 1 and (column * 3 + row * 11) % 17 == 0:
        return "cyan"
    if row > SIDE - 5 and column < 13 - (SIDE - row) * 2 + (column % 3):
        return "green"
    return "blue" if (row + column // 5) % 4 or depth < 2 else "magenta"
