"""Tests of ``dcc.core``."""
