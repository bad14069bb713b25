"""Tests of ``dcc.api``."""
