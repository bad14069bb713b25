"""Tests of ``dcc.server``."""
