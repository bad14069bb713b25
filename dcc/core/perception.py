"""How colours look to an eye: how far two colours are apart, and whether black or white is read better on a colour.

Pure. The page in the browser has the same functions (``dcc/page/colours.js``), and ``tests/vectors`` holds both to
the same answers. For that reason a colour in OKLab is three whole numbers: distances are exact, so a tie is a tie in
Python, in numpy and in JavaScript, and rounding in the last bit of a power or a cube root decides nothing.
"""

from __future__ import annotations

import math

Rgb = tuple[int, int, int]
"""Red, green and blue of sRGB, 0 to 255 each."""

LIGHT = tuple(
    level / 255 / 12.92 if level <= 10 else ((level / 255 + 0.055) / 1.055) ** 2.4  # the standard's bend is at 0.04045
    for level in range(256)
)
"""From a level of sRGB to the amount of light, 0 to 1 (IEC 61966-2-1)."""

TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
"""Both matrices of OKLab (Björn Ottosson, https://bottosson.github.io/posts/oklab/)."""

LAB_STEPS = (2**16, 2**17, 2**17)
"""Steps of L, a and b in a unit: hundreds of steps between two levels of sRGB. Hue counts twice, which is Ottosson's
own correction from measured colour differences (w3c/csswg-drafts issue 6642; deltaEOK2 in color.js). Without the
correction red is the colour of AF06 nearest to a middle grey."""

_EQUAL_CONTRAST = math.sqrt(1.05 * 0.05) - 0.05
"""The luminance at which black and white have the same contrast, 4.58 : 1 (WCAG 2.2, "contrast ratio")."""


def oklab(rgb: Rgb) -> tuple[int, int, int]:
    """Convert a colour to OKLab, in steps (:data:`LAB_STEPS`)."""
    red, green, blue = (LIGHT[level] for level in rgb)
    cones = [(x * red + y * green + z * blue) ** (1 / 3) for x, y, z in TO_CONES]
    long, middle, short = cones
    lightness, hue_a, hue_b = (
        math.floor((x * long + y * middle + z * short) * steps + 0.5)
        for (x, y, z), steps in zip(TO_LAB, LAB_STEPS, strict=True)
    )
    return lightness, hue_a, hue_b


def reads_black(rgb: Rgb) -> bool:
    """Tell whether black text on this colour has more contrast than white text (WCAG 2.2)."""
    red, green, blue = (LIGHT[level] for level in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > _EQUAL_CONTRAST
