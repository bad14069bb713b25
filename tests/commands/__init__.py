"""Tests of ``dcc.commands``."""
