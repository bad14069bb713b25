"""The clock that this process waits and measures by: monotonic, whatever happens to the clock of the machine.

Twisted's reactors wait by ``time.time()``. If the clock of the machine is set back by an hour, every pending call comes
an hour late; if the clock is set ahead, every pending call comes at once. Only the times in a record are wall times.
"""

from __future__ import annotations

import time
from typing import Any


def wait_monotonically(reactor: Any) -> None:
    """Have a reactor wait and measure by the monotonic clock. To be called before anything waits.

    Twisted offers no way to choose the clock, but asks ``reactor.seconds()`` for each of its times (``ReactorBase``:
    ``callLater``, ``timeout``, ``runUntilCurrent``), and hands the function to each ``DelayedCall``.
    """
    reactor.seconds = time.monotonic
