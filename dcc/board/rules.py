"""The rules that decide whether a painter may paint pixels now, for every version and every wire.

The checks run in this order, so that a paint with a wrong cell or colour is refused for the fault instead of a wait:

1. The board has each cell and each colour.
2. The painter is below the rate limit of pixels: its own limit, and the limit shared by its address.
3. On a board with a cooldown, the paint has one pixel, and the painter's cooldown is over.
"""

from __future__ import annotations

from dcc.board.throttle import PaintThrottle
from dcc.core.canvas import PIXEL_BYTES, Canvas


def admit(canvas: Canvas, throttle: PaintThrottle, pixels: bytes, *, may_wait: bool) -> None:
    """Admit a paint: check the rules, start the cooldown and count the pixels. A refused paint does neither.

    :param pixels: packed, at least one.
    :param may_wait: whether the painter can be told to wait. A client of version 1 cannot: a paint above the rate is
        admitted and counted, and reading from the client pauses until the rate allows the next paint.
    :raises PixelRejected: a rule refuses the paint; :data:`dcc.reasons.OF_PAINTS` lists the reasons.
    :raises TooFast: a rule refuses the paint for now.
    """
    canvas.check(pixels)
    if may_wait:
        throttle.check_rate()
    count = len(pixels) // PIXEL_BYTES
    throttle.start_cooldown(count)
    throttle.take(count)
