"""Tests of ``dcc.record``."""
