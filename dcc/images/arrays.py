"""Packed pixels as numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_PIXEL = np.dtype([("cell", "<u4"), ("colour", "u1")])
"""The layout of :mod:`dcc.core.canvas`."""


def split(packed: bytes | memoryview) -> NDArray[Any]:
    """View packed pixels as an array with the fields ``cell`` and ``colour``, without a copy."""
    return np.frombuffer(packed, _PIXEL)
