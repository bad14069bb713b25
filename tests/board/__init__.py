"""Tests of ``dcc.board``."""
