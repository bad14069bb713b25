"""May this painter paint these pixels now? One answer for every version and every wire.

A paint is checked in this order, so that the reason that a painter is told is the one that they can do something about:

1. The board has each cell and each colour.
2. The painter is not above the rate of pixels, its own or the one that its address shares.
3. The painter's cooldown is over, and a paint on a board with a cooldown has one pixel.
"""

from __future__ import annotations

from dcc.board.throttle import PaintThrottle
from dcc.core.canvas import PIXEL_BYTES, Canvas


def admit(canvas: Canvas, throttle: PaintThrottle, pixels: bytes, *, may_wait: bool) -> None:
    """Let a painter paint, and count the pixels; or raise.

    :param pixels: packed, at least one.
    :param may_wait: whether the painter can be told to wait. A client of version 1 cannot: a paint above its rate is
        let in and counted, and the client is not read from until the rate allows the next paint.
    :raises PixelRejected: the paint changes nothing: see the reasons of :data:`dcc.reasons.OF_PAINTS`.
    :raises TooFast: the same, and the painter may try again later.
    """
    canvas.check(pixels)
    if may_wait:
        throttle.check_rate()
    count = len(pixels) // PIXEL_BYTES
    throttle.start_cooldown(count)
    throttle.take(count)
