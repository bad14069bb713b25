"""Tests of ``dcc.window``."""
