"""``twistd dcc``: the names for Twisted's plugin."""

from __future__ import annotations

from dcc.server.options import Options
from dcc.server.service import make_service

makeService = make_service
"""Twisted's name for the function."""

__all__ = ["Options", "makeService"]
