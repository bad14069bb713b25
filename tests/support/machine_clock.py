"""Runs a program of Python with a clock of the machine that a test can set.

    python machine_clock.py OFFSET_FILE PROGRAM ARGUMENTS…

The file holds the seconds by which ``time.time()`` is off. The monotonic clock goes on, as on a machine whose clock is
set.
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

_offset = Path(sys.argv[1])
_true_time = time.time
_true_time_ns = time.time_ns


def _shown_seconds() -> float:
    return _true_time() + float(_offset.read_text())


def _shown_ns() -> int:
    return _true_time_ns() + int(float(_offset.read_text()) * 10**9)


time.time, time.time_ns = _shown_seconds, _shown_ns
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
