"""Tests of ``dcc.images``."""
